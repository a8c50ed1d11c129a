//! What the issuer of a mint can do to it later.

use crate::token_2022::{DEFAULT_ACCOUNT_STATE, ISSUER, PAUSABLE, TRANSFER_FEE, TRANSFER_HOOK, entries};
use crate::world::World;
use anchor_lang::prelude::Address;

const FROZEN: u8 = 2;

/// Actions of the issuer.
impl World {
    pub fn change_extension(&mut self, mint: &Address, extension: u16, change: impl FnOnce(&mut [u8])) {
        let mut account = self.get(mint);
        let entries = entries(&account.data);
        let (_, value) = entries.into_iter().find(|(number, _)| *number == extension).expect("the extension");
        change(&mut account.data[value]);
        self.set(*mint, account);
    }

    /// Charges a fee from now on.
    pub fn charge_fee(&mut self, mint: &Address, bps: u16) {
        self.set_fees(mint, [bps; 2]);
    }

    /// Sets the older and the newer fee. Their epochs do not matter, because the program checks both.
    pub fn set_fees(&mut self, mint: &Address, fees: [u16; 2]) {
        self.change_extension(mint, TRANSFER_FEE, |config| {
            // Epoch, maximum, basis points.
            for (at, bps) in [72, 90].into_iter().zip(fees) {
                config[at + 8..at + 16].copy_from_slice(&u64::MAX.to_le_bytes());
                config[at + 16..at + 18].copy_from_slice(&bps.to_le_bytes());
            }
        });
    }

    pub fn set_hook(&mut self, mint: &Address, program: &Address) {
        self.change_extension(mint, TRANSFER_HOOK, |hook| hook[32..].copy_from_slice(program.as_ref()));
    }

    /// Gives up the power of an extension that begins with its authority.
    pub fn renounce(&mut self, mint: &Address, extension: u16) {
        self.change_extension(mint, extension, |value| value[..32].fill(0));
    }

    pub fn pause(&mut self, mint: &Address) {
        self.change_extension(mint, PAUSABLE, |pausable| pausable[32] = 1);
    }

    /// New accounts are frozen from now on.
    pub fn freeze_new_accounts(&mut self, mint: &Address) {
        self.change_extension(mint, DEFAULT_ACCOUNT_STATE, |state| state[0] = FROZEN);
    }

    /// Gives a mint of either program a freeze authority.
    pub fn let_freeze(&mut self, mint: &Address) {
        let mut account = self.get(mint);
        account.data[46..50].copy_from_slice(&1u32.to_le_bytes());
        account.data[50..82].copy_from_slice(ISSUER.as_ref());
        self.set(*mint, account);
    }

    pub fn freeze(&mut self, token_account: &Address) {
        self.set_state(token_account, FROZEN);
    }

    pub fn thaw(&mut self, token_account: &Address) {
        self.set_state(token_account, 1);
    }

    fn set_state(&mut self, token_account: &Address, state: u8) {
        let mut account = self.get(token_account);
        account.data[108] = state;
        self.set(*token_account, account);
    }
}
