//! An account as the runtime passes it to the program, without a runtime.

use crate::update::ACCOUNT_LEN;
use anchor_lang::prelude::{AccountView, Address};
use solana_account_view::{NOT_BORROWED, RuntimeAccount};

/// The runtime's record of an account: its header, then its data.
#[repr(C)]
pub struct Loaded {
    header: RuntimeAccount,
    data: [u8; ACCOUNT_LEN],
}

impl Loaded {
    pub fn new(address: Address, owner: Address, data: &[u8]) -> Self {
        let data: [u8; ACCOUNT_LEN] = data.try_into().expect("a whole price account");
        let data_len = ACCOUNT_LEN as u64;
        let header = RuntimeAccount { borrow_state: NOT_BORROWED, address, owner, data_len, ..Default::default() };
        Self { header, data }
    }

    pub fn view<T>(&mut self, look: impl FnOnce(&AccountView) -> T) -> T {
        let whole: *mut Self = self;
        // SAFETY: the pointer covers the header and, right after it, the `data_len` bytes that the header announces.
        // They are borrowed while `look` runs, and the view does not outlive it.
        #[expect(unsafe_code, reason = "the only way to create a view outside a program")]
        let view = unsafe { AccountView::new_unchecked(whole.cast()) };
        look(&view)
    }
}
