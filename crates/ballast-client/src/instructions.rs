//! One builder per instruction, with its remaining accounts in order. No other code knows which accounts an instruction
//! takes.
//!
//! A builder takes an [`Asset`] for a reserve, and [`ObligationAccounts`] if the instruction also takes the
//! obligation's other positions. Make both from decoded state, or with [`crate::Snapshot`]. Builders check nothing; the
//! program does.
//!
//! ```
//! use ballast::instruction::Deposit;
//! use ballast_client::instructions::{self, Asset, TokenWallet};
//! use ballast_client::addresses::{SPL_TOKEN, config_address, obligation_address};
//! # use anchor_lang::prelude::Address;
//! # let [owner, mint, price, tokens] = [1, 2, 3, 4].map(|byte| Address::new_from_array([byte; 32]));
//!
//! let config = config_address(&owner);
//! let asset = Asset::new(&config, mint, SPL_TOKEN, price);
//! let wallet = TokenWallet { signer: owner, tokens };
//! let deposit = instructions::deposit(&wallet, &obligation_address(&config, &owner, 0), &asset, 1_000_000);
//! assert_eq!(deposit.accounts.len(), 8);
//! ```

mod authority;
mod named;
mod obligation;
mod reserve;

pub use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
pub use authority::*;
pub use named::{Asset, ChangeTarget, ObligationAccounts, PositionAccounts, TokenWallet, UnknownReserve};
pub use obligation::*;
pub use reserve::*;

use anchor_lang::prelude::Address;
use anchor_lang::{InstructionData, ToAccountMetas};

fn instruction(accounts: impl ToAccountMetas, args: impl InstructionData) -> Instruction {
    Instruction { program_id: ballast::ID, accounts: accounts.to_account_metas(None), data: args.data() }
}

/// Adds remaining accounts, which the program only reads.
fn with_remaining(mut instruction: Instruction, remaining: impl IntoIterator<Item = Address>) -> Instruction {
    instruction.accounts.extend(remaining.into_iter().map(|address| AccountMeta::new_readonly(address, false)));
    instruction
}
