//! Somebody with a wallet, an obligation and a token account per asset.

use crate::market::{Asset, Market, system_instruction_program};
use crate::receipt::{Failure, Receipt};
use crate::world::{World, instruction};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::OwnerSettings;
use ballast::state::Obligation;
use ballast::{accounts, instruction as args, seeds};
use ballast_core::op::liquidate::Bid;
use ballast_core::units::Atoms;
use solana_keypair::Keypair;
use solana_signer::Signer;

pub struct User {
    pub key: Keypair,
    pub obligation: Address,
    /// One per asset of the market.
    pub tokens: Vec<Address>,
}

impl Clone for User {
    /// Keys do not copy by themselves, lest a secret spread unnoticed; these are no secrets.
    fn clone(&self) -> Self {
        Self { key: self.key.insecure_clone(), obligation: self.obligation, tokens: self.tokens.clone() }
    }
}

/// All that there is, where an instruction takes an amount.
pub const ALL: u64 = u64::MAX;

impl User {
    /// With an open obligation and `amount` tokens of every asset.
    pub fn new(world: &mut World, market: &Market, amount: u64) -> Self {
        let key = world.wallet();
        let owner = key.pubkey();
        let tokens = market.assets.iter().map(|asset| world.tokens(&asset.mint, &owner, amount)).collect();
        let obligation = seeds::obligation_address(&market.config, &owner, 0);
        let user = Self { key, obligation, tokens };
        world.send(&[user.open(market, 0)], &[&user.key]).expect("obligation_open");
        user
    }

    pub fn address(&self) -> Address {
        self.key.pubkey()
    }

    pub fn obligation(&self, world: &World) -> Obligation {
        world.read(&self.obligation)
    }

    pub fn balance(&self, world: &World, asset: usize) -> u64 {
        world.balance(&self.tokens[asset])
    }

    pub fn open(&self, market: &Market, number: u16) -> Instruction {
        instruction(
            accounts::ObligationOpen {
                owner: self.address(),
                config: market.config,
                obligation: seeds::obligation_address(&market.config, &self.address(), number),
                system_program: system_instruction_program(),
            },
            args::ObligationOpen { number },
            &[],
        )
    }

    pub fn close(&self) -> Instruction {
        instruction(
            accounts::ObligationClose { owner: self.address(), obligation: self.obligation },
            args::ObligationClose {},
            &[],
        )
    }

    pub fn settings_ix(&self, settings: OwnerSettings) -> Instruction {
        instruction(
            accounts::ObligationSettings { owner: self.address(), obligation: self.obligation },
            args::ObligationSettings { settings },
            &[],
        )
    }

    /// What the owner has decided so far, to start from.
    pub fn settings(&self, world: &World) -> OwnerSettings {
        let Obligation { target_health_bps, warning_bps, delegate, delegate_rights, .. } = self.obligation(world);
        OwnerSettings { target_health_bps, warning_bps, delegate, delegate_rights }
    }

    /// Changes what the owner decides.
    pub fn set(&self, world: &mut World, change: impl FnOnce(&mut OwnerSettings)) -> Result<Receipt, Failure> {
        let mut settings = self.settings(world);
        change(&mut settings);
        world.send(&[self.settings_ix(settings)], &[&self.key])
    }

    /// This user, key and wallet, at the obligation of another.
    pub fn for_owner(&self, owner: &User) -> Self {
        Self { obligation: owner.obligation, ..self.clone() }
    }

    /// The accounts of what moves tokens between the user's wallet and the obligation.
    fn own_position(&self, market: &Market, asset: usize) -> accounts::OwnPosition {
        let Asset { reserve, feed, mint, vault, token_program, .. } = market.assets[asset];
        accounts::OwnPosition {
            owner: self.address(),
            obligation: self.obligation,
            reserve,
            price: feed.address,
            mint,
            vault,
            tokens: self.tokens[asset],
            token_program,
        }
    }

    pub fn deposit_ix(&self, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        instruction(self.own_position(market, asset), args::Deposit { amount_atoms }, &[])
    }

    pub fn withdraw_ix(&self, world: &World, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        instruction(
            self.own_position(market, asset),
            args::Withdraw { amount_atoms },
            &market.remaining(world, &self.obligation, &[market.assets[asset].reserve]),
        )
    }

    pub fn borrow_ix(&self, world: &World, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        instruction(
            self.own_position(market, asset),
            args::Borrow { amount_atoms },
            &market.remaining(world, &self.obligation, &[market.assets[asset].reserve]),
        )
    }

    /// Repays the debt of `obligation`, one's own or another's.
    pub fn repay_ix(&self, market: &Market, obligation: Address, asset: usize, amount_atoms: u64) -> Instruction {
        let Asset { reserve, mint, vault, token_program, .. } = market.assets[asset];
        instruction(
            accounts::Repay {
                payer: self.address(),
                obligation,
                reserve,
                mint,
                vault,
                source: self.tokens[asset],
                token_program,
            },
            args::Repay { amount_atoms },
            &[],
        )
    }

    /// Liquidates `obligation`: repays up to `max_repay_atoms` of the debt asset for collateral.
    pub fn liquidate_ix(
        &self,
        world: &World,
        market: &Market,
        obligation: Address,
        pair: Pair,
        max_repay_atoms: u64,
    ) -> Instruction {
        let bid = Bid { max_repay: Atoms(max_repay_atoms), min_seized: Atoms(0) };
        self.bid_ix(world, market, obligation, pair, bid)
    }

    /// Liquidates `obligation`, insisting on some collateral.
    pub fn bid_ix(&self, world: &World, market: &Market, obligation: Address, pair: Pair, bid: Bid) -> Instruction {
        let (collateral, debt) = (market.assets[pair.collateral], market.assets[pair.debt]);
        instruction(
            accounts::Liquidate {
                liquidator: self.address(),
                config: market.config,
                obligation,
                collateral_reserve: collateral.reserve,
                debt_reserve: debt.reserve,
                collateral_price: collateral.feed.address,
                debt_price: debt.feed.address,
                collateral_mint: collateral.mint,
                debt_mint: debt.mint,
                collateral_vault: collateral.vault,
                debt_vault: debt.vault,
                source: self.tokens[pair.debt],
                destination: self.tokens[pair.collateral],
                collateral_token_program: collateral.token_program,
                debt_token_program: debt.token_program,
            },
            args::Liquidate { max_repay_atoms: bid.max_repay.0, min_seized_atoms: bid.min_seized.0 },
            &market.remaining(world, &obligation, &[collateral.reserve, debt.reserve]),
        )
    }

    pub fn deposit(&self, world: &mut World, market: &Market, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        world.send(&[self.deposit_ix(market, asset, amount)], &[&self.key])
    }

    pub fn withdraw(&self, world: &mut World, market: &Market, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        let withdraw = self.withdraw_ix(world, market, asset, amount);
        world.send(&[withdraw], &[&self.key])
    }

    pub fn borrow(&self, world: &mut World, market: &Market, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        let borrow = self.borrow_ix(world, market, asset, amount);
        world.send(&[borrow], &[&self.key])
    }

    pub fn repay(&self, world: &mut World, market: &Market, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        world.send(&[self.repay_ix(market, self.obligation, asset, amount)], &[&self.key])
    }

    pub fn liquidate(
        &self,
        world: &mut World,
        market: &Market,
        borrower: &User,
        pair: Pair,
        max_repay: u64,
    ) -> Result<Receipt, Failure> {
        let liquidate = self.liquidate_ix(world, market, borrower.obligation, pair, max_repay);
        world.send(&[liquidate], &[&self.key])
    }
}

/// Which collateral is taken for which debt, by asset index.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub collateral: usize,
    pub debt: usize,
}
