//! One builder per instruction, with its remaining accounts in order: the only code that knows which accounts instructions take.
//!
//! Builders take an [`Asset`] where an instruction names a reserve, and a [`Borrower`] where it takes the obligation's other positions
//! too; both are made of decoded state, or by [`crate::Snapshot`]. They check nothing: that is the program's.
//!
//! ```
//! use ballast::instruction::Deposit;
//! use ballast_client::instructions::{self, Asset, Wallet};
//! use ballast_client::addresses::{SPL_TOKEN, config_address, obligation_address};
//! # use anchor_lang::prelude::Address;
//! # let [owner, mint, price, tokens] = [1, 2, 3, 4].map(|byte| Address::new_from_array([byte; 32]));
//!
//! let config = config_address(&owner);
//! let asset = Asset::new(&config, mint, SPL_TOKEN, price);
//! let wallet = Wallet { signer: owner, tokens };
//! let deposit = instructions::deposit(&wallet, &obligation_address(&config, &owner, 0), &asset, 1_000_000);
//! assert_eq!(deposit.accounts.len(), 8);
//! ```

mod authority;
mod named;
mod obligation;
mod reserve;

pub use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
pub use authority::*;
pub use named::{Asset, Borrower, PositionAccounts, Target, UnknownReserve, Wallet};
pub use obligation::*;
pub use reserve::*;

use anchor_lang::prelude::Address;
use anchor_lang::{InstructionData, ToAccountMetas};

fn instruction(accounts: impl ToAccountMetas, args: impl InstructionData) -> Instruction {
    Instruction { program_id: ballast::ID, accounts: accounts.to_account_metas(None), data: args.data() }
}

/// The same with remaining accounts, all of which the program only reads.
fn with_remaining(mut instruction: Instruction, remaining: impl IntoIterator<Item = Address>) -> Instruction {
    instruction.accounts.extend(remaining.into_iter().map(|address| AccountMeta::new_readonly(address, false)));
    instruction
}
