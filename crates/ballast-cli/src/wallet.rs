//! What an action needs of a wallet around it: token accounts made, SOL wrapped and unwrapped.

use crate::answer::Failure;
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

    /// What [`Self::paying`] and [`Self::receiving`] unwrap besides what they move, in words: all that lay wrapped before.
    pub fn unwrapped_too(&self, node: &RpcClient, owner: &Address) -> Result<String, Failure> {
        if !self.is_sol() {
            return Ok(String::new());
        }
        let account = self.account(owner);
        let found = node.accounts(&[account]).map_err(Failure::chain)?.into_iter().flatten().next();
        let held = found.and_then(|found| Account::unpack(&found.data).ok()).filter(|held| held.amount > 0);
        Ok(held.map_or_else(String::new, |held| {
            let sol = Tokens { atoms: held.amount.into(), decimals: native_mint::DECIMALS };
            format!("; the {sol} SOL that lie wrapped in {account} are unwrapped with it")
        }))
    }

    /// Refused where the program's id is another's, which it is not.
    fn unwrap(&self, owner: &Address) -> Option<Instruction> {
        close_account(&self.program, &self.account(owner), owner, owner, &[]).ok()
    }
}
