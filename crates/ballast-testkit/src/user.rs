//! A person with a wallet, an obligation and a token account per asset.

use crate::market::Market;
use crate::receipt::{Failure, Receipt};
use crate::world::World;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::OwnerSettings;
use ballast::seeds;
use ballast::state::Obligation;
use ballast_client::TokenWallet;
use ballast_client::instructions::{self, LiquidationRequest};
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
    /// Keys do not implement `Clone`, so that no secret spreads unnoticed. These are not secrets.
    fn clone(&self) -> Self {
        Self { key: self.key.insecure_clone(), obligation: self.obligation, tokens: self.tokens.clone() }
    }
}

/// The amount of an instruction that means all.
pub const ALL: u64 = u64::MAX;

impl User {
    /// Creates a user with an open obligation and `amount` tokens of every asset.
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
        instructions::obligation_open(&self.address(), &market.config, number)
    }

    pub fn close(&self) -> Instruction {
        instructions::obligation_close(&self.address(), &self.obligation)
    }

    pub fn settings_ix(&self, settings: OwnerSettings) -> Instruction {
        instructions::obligation_settings(&self.address(), &self.obligation, settings)
    }

    /// The owner's current settings, to start from.
    pub fn settings(&self, world: &World) -> OwnerSettings {
        let Obligation { target_health_bps, warning_bps, delegate, delegate_rights, .. } = self.obligation(world);
        OwnerSettings { target_health_bps, warning_bps, delegate, delegate_rights }
    }

    /// Changes the owner's settings.
    pub fn set(&self, world: &mut World, change: impl FnOnce(&mut OwnerSettings)) -> Result<Receipt, Failure> {
        let mut settings = self.settings(world);
        change(&mut settings);
        world.send(&[self.settings_ix(settings)], &[&self.key])
    }

    /// This user's key and wallet with another user's obligation.
    pub fn for_owner(&self, owner: &User) -> Self {
        Self { obligation: owner.obligation, ..self.clone() }
    }

    /// The user's account of an asset.
    pub fn wallet(&self, asset: usize) -> TokenWallet {
        TokenWallet { signer: self.address(), tokens: self.tokens[asset] }
    }

    pub fn deposit_ix(&self, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        instructions::deposit(&self.wallet(asset), &self.obligation, &market.named(asset), amount_atoms)
    }

    pub fn withdraw_ix(&self, world: &World, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        let borrower = market.borrower(world, &self.obligation);
        instructions::withdraw(&self.wallet(asset), &borrower, &market.named(asset), amount_atoms)
    }

    pub fn borrow_ix(&self, world: &World, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        let borrower = market.borrower(world, &self.obligation);
        instructions::borrow(&self.wallet(asset), &borrower, &market.named(asset), amount_atoms)
    }

    /// Repays the debt of `obligation`, which may be another user's.
    pub fn repay_ix(&self, market: &Market, obligation: Address, asset: usize, amount_atoms: u64) -> Instruction {
        instructions::repay(&self.wallet(asset), &obligation, &market.named(asset), amount_atoms)
    }

    /// Liquidates `obligation`: repays up to `max_repay_atoms` of the debt asset for collateral.
    pub fn liquidate_ix(
        &self,
        world: &World,
        market: &Market,
        obligation: Address,
        pair: AssetPair,
        max_repay_atoms: u64,
    ) -> Instruction {
        let bid = Bid { max_repay: Atoms(max_repay_atoms), min_seized: Atoms(0) };
        self.bid_ix(world, market, obligation, pair, bid)
    }

    /// Liquidates `obligation` with a least amount of collateral.
    pub fn bid_ix(
        &self,
        world: &World,
        market: &Market,
        obligation: Address,
        pair: AssetPair,
        bid: Bid,
    ) -> Instruction {
        self.seizure_ix(world, market, obligation, pair, bid, self.tokens[pair.collateral])
    }

    /// Liquidates `obligation` into a token account, or into an obligation of this user.
    pub fn seizure_ix(
        &self,
        world: &World,
        market: &Market,
        obligation: Address,
        pair: AssetPair,
        bid: Bid,
        destination: Address,
    ) -> Instruction {
        instructions::liquidate(&LiquidationRequest {
            liquidator: self.address(),
            config: market.config,
            borrower: &market.borrower(world, &obligation),
            collateral: &market.named(pair.collateral),
            debt: &market.named(pair.debt),
            source: self.tokens[pair.debt],
            destination,
            bid,
        })
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
        pair: AssetPair,
        max_repay: u64,
    ) -> Result<Receipt, Failure> {
        let liquidate = self.liquidate_ix(world, market, borrower.obligation, pair, max_repay);
        world.send(&[liquidate], &[&self.key])
    }
}

/// The collateral and the debt of a liquidation, by asset index.
#[derive(Clone, Copy, Debug)]
pub struct AssetPair {
    pub collateral: usize,
    pub debt: usize,
}
