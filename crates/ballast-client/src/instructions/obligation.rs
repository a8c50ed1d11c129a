//! Instructions on an obligation, for owners, delegates, payers and liquidators. An amount of `u64::MAX` means all,
//! except for `borrow`.

use super::{Asset, Instruction, ObligationAccounts, TokenWallet, instruction, with_remaining};
use crate::addresses::{SPL_TOKEN, SYSTEM, obligation_address};
use anchor_lang::prelude::Address;
use ballast::instructions::OwnerSettings;
use ballast::{accounts, instruction as args};
use ballast_core::op::liquidate::Bid;

pub fn obligation_open(owner: &Address, config: &Address, number: u16) -> Instruction {
    let accounts = accounts::ObligationOpen {
        owner: *owner,
        config: *config,
        obligation: obligation_address(config, owner, number),
        system_program: SYSTEM,
    };
    instruction(accounts, args::ObligationOpen { number })
}

pub fn obligation_close(owner: &Address, obligation: &Address) -> Instruction {
    let accounts = accounts::ObligationClose { owner: *owner, obligation: *obligation };
    instruction(accounts, args::ObligationClose {})
}

pub fn obligation_settings(owner: &Address, obligation: &Address, settings: OwnerSettings) -> Instruction {
    let accounts = accounts::ObligationSettings { owner: *owner, obligation: *obligation };
    instruction(accounts, args::ObligationSettings { settings })
}

pub fn deposit(payer: &TokenWallet, obligation: &Address, asset: &Asset, amount_atoms: u64) -> Instruction {
    instruction(own_position(payer, obligation, asset), args::Deposit { amount_atoms })
}

pub fn withdraw(to: &TokenWallet, borrower: &ObligationAccounts, asset: &Asset, amount_atoms: u64) -> Instruction {
    let withdraw = instruction(own_position(to, &borrower.obligation, asset), args::Withdraw { amount_atoms });
    with_remaining(withdraw, borrower.others(&[asset]))
}

pub fn borrow(to: &TokenWallet, borrower: &ObligationAccounts, asset: &Asset, amount_atoms: u64) -> Instruction {
    let borrow = instruction(own_position(to, &borrower.obligation, asset), args::Borrow { amount_atoms });
    with_remaining(borrow, borrower.others(&[asset]))
}

fn own_position(wallet: &TokenWallet, obligation: &Address, asset: &Asset) -> accounts::OwnPosition {
    let Asset { reserve, mint, vault, token_program, price, .. } = *asset;
    let TokenWallet { signer: owner, tokens } = *wallet;
    accounts::OwnPosition { owner, obligation: *obligation, reserve, price, mint, vault, tokens, token_program }
}

/// The payer need not own the obligation.
pub fn repay(payer: &TokenWallet, obligation: &Address, asset: &Asset, amount_atoms: u64) -> Instruction {
    let Asset { reserve, mint, vault, token_program, .. } = *asset;
    let TokenWallet { signer: payer, tokens: source } = *payer;
    let accounts = accounts::Repay { payer, obligation: *obligation, reserve, mint, vault, source, token_program };
    instruction(accounts, args::Repay { amount_atoms })
}

/// The token account of the wallet holds vouchers.
pub fn voucher_mint(to: &TokenWallet, borrower: &ObligationAccounts, asset: &Asset, amount_shares: u64) -> Instruction {
    let mint = instruction(own_vouchers(to, &borrower.obligation, asset), args::VoucherMint { amount_shares });
    with_remaining(mint, borrower.others(&[asset]))
}

/// The token account of the wallet holds vouchers.
pub fn voucher_burn(payer: &TokenWallet, obligation: &Address, asset: &Asset, amount_shares: u64) -> Instruction {
    instruction(own_vouchers(payer, obligation, asset), args::VoucherBurn { amount_shares })
}

fn own_vouchers(wallet: &TokenWallet, obligation: &Address, asset: &Asset) -> accounts::OwnVouchers {
    let Asset { reserve, voucher_mint, price, .. } = *asset;
    let TokenWallet { signer: owner, tokens: vouchers } = *wallet;
    let (obligation, token_program) = (*obligation, SPL_TOKEN);
    accounts::OwnVouchers { owner, obligation, reserve, price, voucher_mint, vouchers, token_program }
}

pub fn flag(config: &Address, borrower: &ObligationAccounts) -> Instruction {
    let accounts = accounts::Flag { config: *config, obligation: borrower.obligation };
    let flag = instruction(accounts, args::Flag {});
    with_remaining(flag, borrower.others(&[]))
}

pub fn assert_health(borrower: &ObligationAccounts, min_health_bps: u64, deadline: i64) -> Instruction {
    let accounts = accounts::AssertHealth { obligation: borrower.obligation };
    with_remaining(instruction(accounts, args::AssertHealth { min_health_bps, deadline }), borrower.others(&[]))
}

/// A liquidation: which debt of which obligation to repay, for which collateral.
#[derive(Clone, Copy, Debug)]
pub struct LiquidationRequest<'a> {
    pub liquidator: Address,
    pub config: Address,
    pub borrower: &'a ObligationAccounts,
    pub collateral: &'a Asset,
    pub debt: &'a Asset,
    /// The token account that pays the debt.
    pub source: Address,
    /// The token account that receives the collateral, or an obligation of the liquidator that takes the shares.
    pub destination: Address,
    pub bid: Bid,
}

pub fn liquidate(request: &LiquidationRequest) -> Instruction {
    let LiquidationRequest { liquidator, config, borrower, collateral, debt, source, destination, bid } = *request;
    let accounts = accounts::Liquidate {
        liquidator,
        config,
        obligation: borrower.obligation,
        collateral_reserve: collateral.reserve,
        debt_reserve: debt.reserve,
        collateral_price: collateral.price,
        debt_price: debt.price,
        collateral_mint: collateral.mint,
        debt_mint: debt.mint,
        collateral_vault: collateral.vault,
        debt_vault: debt.vault,
        source,
        destination,
        collateral_token_program: collateral.token_program,
        debt_token_program: debt.token_program,
    };
    let args = args::Liquidate { max_repay_atoms: bid.max_repay.0, min_seized_atoms: bid.min_seized.0 };
    with_remaining(instruction(accounts, args), borrower.others(&[collateral, debt]))
}
