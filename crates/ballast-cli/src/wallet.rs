//! What an action needs of a wallet around it: token accounts made, SOL wrapped and unwrapped.

use anchor_lang::prelude::Address;
use ballast_client::Asset;
use ballast_client::instructions::Instruction;
use solana_system_interface::instruction::transfer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent;
use spl_token_interface::instruction::{close_account, sync_native};
use spl_token_interface::native_mint;

/// A mint, and the program that knows it.
#[derive(Clone, Copy)]
pub struct Token {
    pub mint: Address,
    pub program: Address,
}

impl Token {
    pub fn of(asset: &Asset) -> Self {
        Self { mint: asset.mint, program: asset.token_program }
    }

    /// Vouchers are tokens of the SPL Token program, whatever their asset is.
    pub fn voucher(asset: &Asset) -> Self {
        Self { mint: asset.voucher_mint, program: spl_token_interface::ID }
    }

    pub fn is_sol(&self) -> bool {
        self.mint == native_mint::ID
    }

    /// The owner's associated token account.
    pub fn account(&self, owner: &Address) -> Address {
        get_associated_token_address_with_program_id(owner, &self.mint, &self.program)
    }

    /// Makes sure that the owner's account is there.
    pub fn create(&self, payer: &Address, owner: &Address) -> Instruction {
        create_associated_token_account_idempotent(payer, owner, &self.mint, &self.program)
    }

    /// SOL is wrapped before, `lamports` of it, and all that the account holds is unwrapped behind.
    pub fn paying(&self, owner: &Address, lamports: u64, action: Instruction) -> Vec<Instruction> {
        if !self.is_sol() {
            return vec![action];
        }
        let account = self.account(owner);
        let wrap = transfer(owner, &account, lamports);
        let mut instructions = vec![self.create(owner, owner), wrap];
        instructions.extend(sync_native(&self.program, &account));
        instructions.push(action);
        instructions.extend(self.unwrap(owner));
        instructions
    }

    /// To an owner, whose account is made; SOL is unwrapped where he signs himself.
    pub fn receiving(&self, signer: &Address, owner: &Address, action: Instruction) -> Vec<Instruction> {
        let mut instructions = vec![self.create(signer, owner), action];
        if self.is_sol() && signer == owner {
            instructions.extend(self.unwrap(owner));
        }
        instructions
    }

    /// Refused where the program's id is another's, which it is not.
    fn unwrap(&self, owner: &Address) -> Option<Instruction> {
        close_account(&self.program, &self.account(owner), owner, owner, &[]).ok()
    }
}
