//! Instructions on a reserve that anybody may send.

use super::{Asset, Instruction, TokenWallet, instruction};
use crate::addresses::INSTRUCTIONS;
use anchor_lang::prelude::Address;
use ballast::{accounts, instruction as args};

/// Collects the fees. `destination` is a token account of the market's fee receiver.
pub fn fees_collect(config: &Address, asset: &Asset, destination: &Address) -> Instruction {
    let Asset { reserve, mint, vault, token_program, .. } = *asset;
    let accounts =
        accounts::FeesCollect { config: *config, reserve, mint, vault, destination: *destination, token_program };
    instruction(accounts, args::FeesCollect {})
}

/// Gives tokens of the payer to the insurance bucket.
pub fn insurance_fund(payer: &TokenWallet, asset: &Asset, amount_atoms: u64) -> Instruction {
    instruction(payment(payer, asset), args::InsuranceFund { amount_atoms })
}

/// Lends cash to any token account. Needs no signature, but a [`flash_repay`] later in the same transaction.
pub fn flash_borrow(asset: &Asset, destination: &Address, amount_atoms: u64) -> Instruction {
    let Asset { reserve, mint, vault, token_program, .. } = *asset;
    let accounts = accounts::FlashBorrow {
        reserve,
        mint,
        vault,
        destination: *destination,
        instructions: INSTRUCTIONS,
        token_program,
    };
    instruction(accounts, args::FlashBorrow { amount_atoms })
}

/// Repays the open flash loan with its fee.
pub fn flash_repay(payer: &TokenWallet, asset: &Asset) -> Instruction {
    instruction(payment(payer, asset), args::FlashRepay {})
}

fn payment(payer: &TokenWallet, asset: &Asset) -> accounts::Payment {
    let Asset { reserve, mint, vault, token_program, .. } = *asset;
    accounts::Payment { payer: payer.signer, reserve, mint, vault, source: payer.tokens, token_program }
}

/// Persists interest. With the reserve's price account, it also marks the price and advances the volatility.
pub fn refresh(reserve: &Address, price: Option<Address>) -> Instruction {
    instruction(accounts::Refresh { reserve: *reserve, price }, args::Refresh {})
}

/// Fails unless the spot price is from `min` to `max`, in the feed's unit of `10^exponent` USD, and the time is at most
/// `deadline`, in Unix seconds.
pub fn assert_price(asset: &Asset, min: u64, max: u64, deadline: i64) -> Instruction {
    let accounts = accounts::AssertPrice { reserve: asset.reserve, price: asset.price };
    instruction(accounts, args::AssertPrice { min, max, deadline })
}
