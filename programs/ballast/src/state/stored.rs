//! Loads the program's accounts and refuses layouts that this program does not know. The binary contains the code once
//! per type, while Anchor's `Account` would add a copy at each mention.

use super::VERSION;
use crate::error::BallastError;
use alloc::vec::Vec;
use anchor_lang::accounts::SlabSchema;
use anchor_lang::prelude::*;
use anchor_lang::{AccountClose, AnchorAccount, IdlAccountType};
use bytemuck::Pod;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

/// An account that exists already; `Account` is for those that an instruction creates. It is never dropped: the end of
/// the instruction releases everything at once.
pub struct Stored<T: SlabSchema + Pod>(ManuallyDrop<Account<T>>);

impl<T: SlabSchema + Pod> Stored<T> {
    fn known(account: Account<T>) -> Result<Self> {
        let version = bytemuck::bytes_of::<T>(&account).first();
        require!(version == Some(&VERSION), BallastError::UnknownVersion);
        Ok(Self(ManuallyDrop::new(account)))
    }

    pub fn address(&self) -> &Address {
        self.0.address()
    }
}

impl<T: SlabSchema + Pod> AnchorAccount for Stored<T> {
    type Data = T;
    const MIN_DATA_LEN: usize = Account::<T>::MIN_DATA_LEN;

    #[inline(never)]
    fn load(view: AccountView) -> Result<Self> {
        Self::known(Account::load(view)?)
    }

    #[inline(never)]
    #[expect(unsafe_code, reason = "Anchor calls it under the conditions of its own wrapper")]
    unsafe fn load_mut(view: AccountView) -> Result<Self> {
        // SAFETY: the caller upholds the conditions of `Account::load_mut`.
        Self::known(unsafe { Account::load_mut(view) }?)
    }

    fn account(&self) -> &AccountView {
        self.0.account()
    }
}

impl<T: SlabSchema + Pod> AccountClose for Stored<T> {
    fn close(&mut self, destination: AccountView) -> Result<()> {
        self.0.close(destination)
    }
}

impl<T: SlabSchema + Pod> Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: SlabSchema + Pod> DerefMut for Stored<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: SlabSchema + Pod + IdlAccountType> IdlAccountType for Stored<T> {
    fn __idl_account_entry() -> Option<&'static str> {
        T::__idl_account_entry()
    }

    fn __idl_type_def() -> Option<&'static str> {
        T::__idl_type_def()
    }

    fn __register_idl_deps(accounts: &mut Vec<&'static str>, types: &mut Vec<&'static str>) {
        T::__register_idl_deps(accounts, types);
    }
}
