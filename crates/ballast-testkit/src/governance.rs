//! What the authority, the guardian and the fee receiver do.

use crate::market::{IMMEDIATE, Market};
use crate::receipt::{Failure, Receipt};
use crate::world::World;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::Proposal;
use ballast::seeds;
use ballast::state::{Change, MarketSettings};
use ballast_client::instructions;
use ballast_client::{ChangeTarget, TokenWallet};
use ballast_core::risk::Ramp;
use ballast_core::settings::{Settings, Tightening};
use solana_signer::Signer;

/// A tightening that changes nothing, to start from.
pub fn as_tight(settings: &Settings) -> Tightening {
    let Settings { risk, limits, .. } = settings;
    Tightening {
        ltv_bps: risk.ltv_bps,
        max_utilization_bps: limits.max_utilization_bps,
        supply_cap_atoms: limits.supply_cap_atoms,
        borrow_cap_atoms: limits.borrow_cap_atoms,
        collateral_cap_usd: limits.collateral_cap_usd,
        allowed_debts: limits.allowed_debts,
    }
}

/// Changes.
impl Market {
    pub fn target(&self, asset: usize) -> ChangeTarget {
        ChangeTarget::Reserve(self.assets[asset].reserve)
    }

    pub fn settings(&self, world: &World, asset: usize) -> Settings {
        self.reserve(world, asset).pool.settings
    }

    pub fn change(&self, world: &World, number: u64) -> Change {
        world.read(&seeds::change_address(&self.config, number))
    }

    pub fn cancel_ix(&self, signer: &Address, number: u64) -> Instruction {
        let change = seeds::change_address(&self.config, number);
        instructions::change_cancel(signer, &self.config, &self.authority.pubkey(), change)
    }

    pub fn propose(
        &self,
        world: &mut World,
        target: ChangeTarget,
        number: u64,
        proposal: Proposal,
    ) -> Result<Receipt, Failure> {
        world.send(&[self.propose_ix(target, number, proposal)], &[&self.authority])
    }

    pub fn execute(
        &self,
        world: &mut World,
        target: ChangeTarget,
        number: u64,
        price: Option<Address>,
    ) -> Result<Receipt, Failure> {
        world.send(&[self.execute_ix(target, number, price)], &[&self.authority])
    }

    /// The guardian cancels a change.
    pub fn cancel(&self, world: &mut World, number: u64) -> Result<Receipt, Failure> {
        world.send(&[self.cancel_ix(&self.guardian.pubkey(), number)], &[&self.guardian])
    }

    /// Changes an asset's settings at once, in a market without a delay. A change that makes borrowers less healthy
    /// ramps over a day.
    pub fn set(&self, world: &mut World, asset: usize, change: impl FnOnce(&mut Settings)) -> Result<Receipt, Failure> {
        let mut settings = self.settings(world, asset);
        change(&mut settings);
        self.change_now(world, self.target(asset), Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS })
    }

    /// Changes the market's settings at once.
    pub fn set_market(&self, world: &mut World, change: impl FnOnce(&mut MarketSettings)) -> Result<Receipt, Failure> {
        let mut market = self.state(world).market;
        change(&mut market);
        self.change_now(world, ChangeTarget::Market, Proposal::Market { market })
    }

    fn change_now(&self, world: &mut World, target: ChangeTarget, proposal: Proposal) -> Result<Receipt, Failure> {
        let change = [self.propose_ix(target, IMMEDIATE, proposal), self.execute_ix(target, IMMEDIATE, None)];
        world.send(&change, &[&self.authority])
    }
}

/// Actions without a delay.
impl Market {
    pub fn tighten_ix(&self, signer: &Address, asset: usize, to: Tightening) -> Instruction {
        instructions::reserve_tighten(signer, &self.config, &self.assets[asset].reserve, to)
    }

    pub fn pause_ix(&self, signer: &Address, asset: usize, actions: u64, secs: u32) -> Instruction {
        instructions::pause(signer, &self.config, &self.assets[asset].reserve, actions, secs)
    }

    /// The guardian tightens an asset's settings.
    pub fn tighten(
        &self,
        world: &mut World,
        asset: usize,
        change: impl FnOnce(&mut Tightening),
    ) -> Result<Receipt, Failure> {
        let mut to = as_tight(&self.settings(world, asset));
        change(&mut to);
        world.send(&[self.tighten_ix(&self.guardian.pubkey(), asset, to)], &[&self.guardian])
    }

    /// The guardian pauses.
    pub fn pause(&self, world: &mut World, asset: usize, actions: u64, secs: u32) -> Result<Receipt, Failure> {
        world.send(&[self.pause_ix(&self.guardian.pubkey(), asset, actions, secs)], &[&self.guardian])
    }
}

/// The hand-over to a new authority.
impl Market {
    pub fn config_update_ix(&self, pending_authority: Address) -> Instruction {
        instructions::config_update(&self.authority.pubkey(), &self.config, pending_authority)
    }

    pub fn config_accept_ix(&self, pending_authority: Address) -> Instruction {
        instructions::config_accept(&pending_authority, &self.config)
    }
}

/// Fees and insurance.
impl Market {
    /// Creates an empty account of the fee receiver.
    pub fn fee_account(&self, world: &mut World, asset: usize) -> Address {
        world.tokens(&self.assets[asset].mint, &self.fee_receiver.pubkey(), 0)
    }

    pub fn fees_collect_ix(&self, asset: usize, destination: Address) -> Instruction {
        instructions::fees_collect(&self.config, &self.named(asset), &destination)
    }

    /// Collects fees, which anybody may do. The authority pays the transaction's fee.
    pub fn fees_collect(&self, world: &mut World, asset: usize, destination: Address) -> Result<Receipt, Failure> {
        world.send(&[self.fees_collect_ix(asset, destination)], &[&self.authority])
    }

    pub fn insurance_fund_ix(&self, payer: &Address, source: Address, asset: usize, amount_atoms: u64) -> Instruction {
        let wallet = TokenWallet { signer: *payer, tokens: source };
        instructions::insurance_fund(&wallet, &self.named(asset), amount_atoms)
    }
}
