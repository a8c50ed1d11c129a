//! What a transaction needs around its main instruction: create token accounts, wrap and unwrap SOL.

use crate::answer::CommandError;
use crate::figures::Tokens;
use anchor_lang::prelude::Address;
use ballast_client::instructions::Instruction;
use ballast_client::{Asset, Chain};
use solana_program_pack::Pack;
use solana_rpc_client::rpc_client::RpcClient;
use solana_system_interface::instruction::transfer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent;
use spl_token_interface::instruction::{close_account, sync_native};
use spl_token_interface::native_mint;
use spl_token_interface::state::Account;

/// A token that a wallet pays or receives: its mint, and the token program that owns the mint.
#[derive(Clone, Copy)]
pub struct WalletToken {
    pub mint: Address,
    pub program: Address,
}

impl WalletToken {
    pub fn of(asset: &Asset) -> Self {
        Self { mint: asset.mint, program: asset.token_program }
    }

    /// Vouchers are always tokens of the SPL Token program.
    pub fn voucher(asset: &Asset) -> Self {
        Self { mint: asset.voucher_mint, program: spl_token_interface::ID }
    }

    pub fn is_sol(&self) -> bool {
        self.mint == native_mint::ID
    }

    /// Returns the owner's associated token account.
    pub fn account(&self, owner: &Address) -> Address {
        get_associated_token_address_with_program_id(owner, &self.mint, &self.program)
    }

    /// Creates the owner's token account if it does not exist.
    pub fn create(&self, payer: &Address, owner: &Address) -> Instruction {
        create_associated_token_account_idempotent(payer, owner, &self.mint, &self.program)
    }

    /// Builds the instructions that pay. SOL is wrapped before `action`, `lamports` of it, and the whole token account
    /// is unwrapped after it.
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

    /// Builds the instructions that pay an owner. Their token account is created; SOL is unwrapped if the owner signs.
    pub fn receiving(&self, signer: &Address, owner: &Address, action: Instruction) -> Vec<Instruction> {
        let mut instructions = vec![self.create(signer, owner), action];
        if self.is_sol() && signer == owner {
            instructions.extend(self.unwrap(owner));
        }
        instructions
    }

    /// Says how much SOL was wrapped before: [`Self::paying`] and [`Self::receiving`] unwrap it too. Empty if there is
    /// none.
    pub fn unwrapped_too(&self, node: &RpcClient, owner: &Address) -> Result<String, CommandError> {
        if !self.is_sol() {
            return Ok(String::new());
        }
        let account = self.account(owner);
        let found = node.accounts(&[account]).map_err(CommandError::node)?.into_iter().flatten().next();
        let held = found.and_then(|found| Account::unpack(&found.data).ok()).filter(|held| held.amount > 0);
        Ok(held.map_or_else(String::new, |held| {
            let sol = Tokens { atoms: held.amount.into(), decimals: native_mint::DECIMALS };
            format!("; this also unwraps the {sol} SOL in {account}")
        }))
    }

    // The builder refuses only a foreign token program, and wrapped SOL is always SPL Token's.
    fn unwrap(&self, owner: &Address) -> Option<Instruction> {
        close_account(&self.program, &self.account(owner), owner, owner, &[]).ok()
    }
}
