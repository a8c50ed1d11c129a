//! Instructions of the authority and the guardian.

use super::{Asset, ChangeTarget, Instruction, instruction, with_remaining};
use crate::addresses::{INSTRUCTIONS, SPL_TOKEN, SYSTEM, TOKEN_2022, change_address, config_address};
use anchor_lang::prelude::Address;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast::symbol::Symbol;
use ballast::{accounts, instruction as args};
use ballast_core::settings::Tightening;

pub fn config_init(creator: &Address, market: MarketSettings) -> Instruction {
    let accounts = accounts::ConfigInit { creator: *creator, config: config_address(creator), system_program: SYSTEM };
    instruction(accounts, args::ConfigInit { market })
}

pub fn config_update(authority: &Address, config: &Address, pending_authority: Address) -> Instruction {
    let accounts = accounts::ConfigUpdate { authority: *authority, config: *config, instructions: INSTRUCTIONS };
    instruction(accounts, args::ConfigUpdate { pending_authority })
}

pub fn config_accept(pending_authority: &Address, config: &Address) -> Instruction {
    let accounts =
        accounts::ConfigAccept { pending_authority: *pending_authority, config: *config, instructions: INSTRUCTIONS };
    instruction(accounts, args::ConfigAccept {})
}

/// `asset` has the addresses of [`Asset::new`]. `accepted_powers` are the bits of `programs/ballast/src/mint.rs`, and
/// [`ballast::symbol::symbol`] makes a symbol of a text.
pub fn reserve_init(
    authority: &Address,
    config: &Address,
    asset: &Asset,
    feed: PriceFeed,
    accepted_powers: u64,
    symbol: Symbol,
) -> Instruction {
    let Asset { reserve, mint, vault, voucher_mint, token_program, price } = *asset;
    let accounts = accounts::ReserveInit {
        authority: *authority,
        config: *config,
        mint,
        reserve,
        vault,
        voucher_mint,
        price,
        instructions: INSTRUCTIONS,
        token_program: SPL_TOKEN,
        system_program: SYSTEM,
    };
    // Vouchers always belong to SPL Token. A vault of Token-2022 needs the second program, too.
    let second_program = (token_program == TOKEN_2022).then_some(TOKEN_2022);
    with_remaining(instruction(accounts, args::ReserveInit { feed, accepted_powers, symbol }), second_program)
}

pub fn change_propose(
    authority: &Address,
    config: &Address,
    target: ChangeTarget,
    number: u64,
    proposal: Proposal,
) -> Instruction {
    let accounts = accounts::ChangePropose {
        authority: *authority,
        config: *config,
        reserve: target.reserve(),
        change: change_address(config, number),
        instructions: INSTRUCTIONS,
        system_program: SYSTEM,
    };
    instruction(accounts, args::ChangePropose { number, proposal })
}

/// `new_price` is the new price account, if the change is one of the feed.
pub fn change_execute(
    authority: &Address,
    config: &Address,
    target: ChangeTarget,
    change: Address,
    new_price: Option<Address>,
) -> Instruction {
    let accounts = accounts::ChangeExecute {
        authority: *authority,
        config: *config,
        reserve: target.reserve(),
        change,
        price: new_price,
        instructions: INSTRUCTIONS,
    };
    instruction(accounts, args::ChangeExecute {})
}

/// The authority or the guardian signs. The rent returns to the authority.
pub fn change_cancel(signer: &Address, config: &Address, authority: &Address, change: Address) -> Instruction {
    let accounts = accounts::ChangeCancel {
        signer: *signer,
        config: *config,
        authority: *authority,
        change,
        instructions: INSTRUCTIONS,
    };
    instruction(accounts, args::ChangeCancel {})
}

pub fn reserve_tighten(signer: &Address, config: &Address, reserve: &Address, to: Tightening) -> Instruction {
    instruction(restriction(signer, config, reserve), args::ReserveTighten { to })
}

pub fn pause(signer: &Address, config: &Address, reserve: &Address, actions: u64, secs: u32) -> Instruction {
    instruction(restriction(signer, config, reserve), args::Pause { actions, secs })
}

fn restriction(signer: &Address, config: &Address, reserve: &Address) -> accounts::Restriction {
    accounts::Restriction { signer: *signer, config: *config, reserve: *reserve, instructions: INSTRUCTIONS }
}
