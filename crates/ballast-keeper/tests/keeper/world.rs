//! Random markets, and what the program would say about their obligations.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::ledger::Ledger;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::Positions;
use ballast_core::preview::{self, BorrowerState, PricedPool};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::RiskParams;
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Bps, DebtShares, SupplyShares, Wide};
use ballast_core::{Refusal, Result};
use ballast_keeper::market::TrackedMarket;
use ballast_keeper::tracked::Version;
use ballast_keeper::tracked::{AccountUpdate, TrackedObligation, TrackedValue};
use bytemuck::Zeroable;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

pub const NOW: i64 = 1_800_000_000;
pub const SLOT: u64 = 400_000_000;
pub const Q64: u128 = 1 << 64;

/// The same cases on every run, unless `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for others.
pub fn laws(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { cases };
    let rng_seed = if config.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { config.rng_seed };
    ProptestConfig { cases, rng_seed, ..config }
}

pub fn terms() -> LiquidationTerms {
    LiquidationTerms {
        base_bonus_bps: 100,
        health_slope_bps: 5_000,
        slot_step_centibps: 100,
        max_bonus_bps: 1_000,
        deep_step_centibps: 25,
        max_deep_bonus_bps: 3_000,
        deep_line_bps: 9_500,
        target_health_bps: 10_500,
        hard_line_bps: 10_000,
        warning_bps: 1_000,
        cure_slots: 0,
        relax_slots: 750,
        reserved: 0,
        dust_cents: 100,
    }
}

pub fn id(number: u8) -> ReserveId {
    ReserveId { bytes: [number + 1; 32] }
}

pub fn price_account(number: u8) -> Address {
    Address::new_from_array([128 + number; 32])
}

/// An open pool of a token with 6 decimals, an LT of 80 % and ample cash.
pub fn pool(number: u8) -> Pool {
    let mut pool = Pool::new(id(number), number, 6, NOW).expect("a pool");
    pool.settings = Settings {
        risk: RiskParams { ltv_bps: 7_500, liquidation_threshold_bps: 8_000, ..Settings::CLOSED.risk },
        ..Settings::CLOSED
    };
    pool.ledger.cash_atoms = 1 << 60;
    pool.ledger.supply_shares = 1 << 60;
    pool.ledger.debt_shares = Wide::new(1 << 93);
    pool
}

pub fn price(dollars: f64) -> RawPrice {
    let spot = (dollars * 1e8) as i64;
    let (ema, publish_time, previous_publish_time) = (spot, NOW, NOW - 1);
    RawPrice { spot, confidence: 0, ema, ema_confidence: 0, exponent: -8, publish_time, previous_publish_time }
}

/// A market by its accounts, besides the keeper's view of it.
pub struct World {
    pub market: TrackedMarket,
    pub pools: BTreeMap<u8, Pool>,
    pub prices: BTreeMap<u8, RawPrice>,
    pub obligations: BTreeMap<Address, TrackedObligation>,
    /// The chain's slot.
    pub slot: u64,
    pub now: i64,
    pub dice: Dice,
    writes: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut world = Self {
            market: TrackedMarket::new(SLOT - 1),
            pools: BTreeMap::new(),
            prices: BTreeMap::new(),
            obligations: BTreeMap::new(),
            slot: SLOT,
            now: NOW,
            dice: Dice(seed),
            writes: 0,
        };
        world.apply(Address::new_from_array([254; 32]), Some(TrackedValue::Terms(terms())));
        world
    }

    /// A market of `reserves` random reserves and `obligations` random obligations.
    pub fn random(seed: u64, reserves: u8, obligations: u64) -> Self {
        let mut world = Self::new(seed);
        for number in 0..reserves {
            let pool = world.any_pool(number);
            world.set_pool(pool);
            let price = world.any_price();
            world.set_price(number, price);
        }
        for _ in 0..obligations {
            let obligation = world.any_obligation();
            let address = world.dice.address();
            world.set_obligation(address, obligation);
        }
        world
    }

    /// The next write of the chain.
    pub fn update(&mut self, account: Address, value: Option<TrackedValue>) -> AccountUpdate {
        self.writes += 1;
        AccountUpdate { account, version: Version { slot: self.slot, write_version: self.writes }, value }
    }

    fn apply(&mut self, account: Address, value: Option<TrackedValue>) {
        let update = self.update(account, value);
        self.market.apply(&update).expect("a sound update");
    }

    pub fn set_terms(&mut self, terms: LiquidationTerms) {
        self.apply(Address::new_from_array([254; 32]), Some(TrackedValue::Terms(terms)));
    }

    pub fn forget_terms(&mut self) {
        self.apply(Address::new_from_array([254; 32]), None);
    }

    pub fn set_pool(&mut self, pool: Pool) {
        self.pools.insert(pool.listing_number, pool);
        self.apply(
            Address::from(pool.id.bytes),
            Some(TrackedValue::Reserve(Box::new(pool), price_account(pool.listing_number))),
        );
    }

    pub fn set_price(&mut self, number: u8, price: RawPrice) {
        self.prices.insert(number, price);
        self.apply(price_account(number), Some(TrackedValue::Price(price)));
    }

    pub fn lose_price(&mut self, number: u8) {
        self.prices.remove(&number);
        self.apply(price_account(number), None);
    }

    pub fn set_obligation(&mut self, address: Address, obligation: TrackedObligation) {
        self.obligations.insert(address, obligation);
        self.apply(address, Some(TrackedValue::Obligation(Box::new(obligation))));
    }

    pub fn close(&mut self, address: Address) {
        self.obligations.remove(&address);
        self.apply(address, None);
    }

    fn quote(&self, number: u8) -> Result<Quote> {
        let raw = self.prices.get(&number).ok_or(Refusal::PriceRequired)?;
        Quote::new(&self.pools[&number], raw, PriceUse::Maintenance, self.now)
    }

    /// Sums the positions as the program does: in slot order, each with its own quote.
    pub fn totals(&self, obligation: &TrackedObligation) -> Result<Totals> {
        Totals::of(obligation.positions.holdings(), |reserve| self.quote(reserve.bytes[0] - 1))
    }

    /// What the program does with a `liquidate`, and the accounts that it leaves behind.
    pub fn liquidated(
        &self,
        address: &Address,
        [collateral, debt]: [u8; 2],
        bid: Bid,
    ) -> Result<(Seizure, [Pool; 2], TrackedObligation)> {
        let TrackedObligation { positions, call, target, .. } = self.obligations[address];
        let pair = [id(collateral), id(debt)];
        let others = positions.holdings().filter(|(reserve, _)| !pair.contains(reserve));
        let others = Totals::of(others, |reserve| self.quote(reserve.bytes[0] - 1))?;
        let priced = |number: u8| PricedPool { pool: self.pools[&number], price: self.prices[&number] };
        let borrower = BorrowerState { positions, call, others, target, slot: self.slot };
        let after = preview::liquidate(priced(collateral), priced(debt), borrower, None, &terms(), bid, self.now)?;
        let left = TrackedObligation { positions: after.positions, call: after.call, ..self.obligations[address] };
        Ok((after.flows, after.pools, left))
    }

    /// Returns the obligations below their lines, by the program's rules alone.
    pub fn below(&self) -> Vec<Address> {
        let is_below = |obligation: &TrackedObligation| {
            let warning = if obligation.call.warned == 0 { obligation.warning.get() } else { 0 };
            self.totals(obligation).is_ok_and(|totals| totals.maintenance.is_below(10_000 + warning))
        };
        self.obligations.iter().filter(|(_, obligation)| is_below(obligation)).map(|(address, _)| *address).collect()
    }

    /// The addresses of rows, in order.
    pub fn addresses(&self, rows: &[u32]) -> Vec<Address> {
        let mut addresses = rows.iter().map(|row| *self.market.obligations().address(*row)).collect::<Vec<_>>();
        addresses.sort_unstable();
        addresses
    }

    pub fn any_pool(&mut self, number: u8) -> Pool {
        let dice = &mut self.dice;
        let mut pool = Pool { decimals: dice.below(13) as u8, ..pool(number) };
        let index = |dice: &mut Dice| Wide::new(Q64 + (u128::from(dice.next()) << dice.below(3)));
        pool.ledger = Ledger { supply_index: index(dice), debt_index: index(dice), ..pool.ledger };
        pool.ledger.borrow_rate = dice.next() >> (30 + dice.below(20));
        pool.ledger.pass_through = dice.next();
        pool.settings.risk.liquidation_threshold_bps = [0, 5_000, 8_000, 9_400][dice.below(4) as usize];
        pool.settings.risk.ltv_bps = 0;
        pool.settings.risk.borrow_factor_bps = 10_000 + [0, 0, 1_234, 40_000][dice.below(4) as usize];
        pool
    }

    fn any_price(&mut self) -> RawPrice {
        let spot = self.dice.log_uniform(20, 40) as i64;
        let exponent = -(self.dice.below(10) as i32);
        let (ema, publish_time, previous_publish_time) = (spot, self.now, self.now - 1);
        RawPrice { spot, confidence: 0, ema, ema_confidence: 0, exponent, publish_time, previous_publish_time }
    }

    /// Any number of positions; with both sides and prices, the health is usually near 1 or near the warning line.
    pub fn any_obligation(&mut self) -> TrackedObligation {
        let mut positions = Positions::zeroed();
        let numbers = self.pools.keys().copied().collect::<Vec<_>>();
        for number in numbers {
            let _ = match self.dice.below(4) {
                0 => positions.add_collateral(&id(number), SupplyShares(self.dice.log_uniform(0, 50))),
                1 => {
                    let shares = u128::from(self.dice.log_uniform(0, 50)) << self.dice.below(33);
                    positions.add_debt(&id(number), DebtShares(shares + u128::from(self.dice.below(1 << 32))))
                }
                _ => Ok(()),
            };
        }
        let called_at = self.dice.below(2) * (SLOT - 7);
        let warned = self.dice.below(2);
        let call = Call { called_at, turn_at: called_at, seen_at: called_at, warned, ..Call::default() };
        let warning = Bps([0, 1_000, 5_000][self.dice.below(3) as usize]);
        let mut obligation = TrackedObligation { positions, call, target: Bps(10_500), warning };
        let Ok(totals) = self.totals(&obligation) else { return obligation };
        let line = [1.0, 1.0, 1.1, 0.7, 2.0][self.dice.below(5) as usize];
        let nearly = 1.0 + [0.0, 1e-12, 1e-6, 1e-3, 0.1][self.dice.below(5) as usize] * self.dice.normal();
        let scale = totals.maintenance.limit.0 as f64 / totals.maintenance.debt.0 as f64 / line / nearly;
        for position in positions.as_slice().iter().filter(|position| position.side == 1) {
            let shares = (position.shares.get() as f64 * scale).clamp(1.0, 2f64.powi(90)) as u128;
            let slot = obligation.positions.slots.iter_mut().find(|slot| slot.reserve == position.reserve);
            slot.expect("the same position").shares = Wide::new(shares);
        }
        obligation
    }
}

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn address(&mut self) -> Address {
        Address::new_from_array(std::array::from_fn(|_| self.next() as u8))
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// A number of `from` to `to` bits.
    pub fn log_uniform(&mut self, from: u64, to: u64) -> u64 {
        let bits = from + self.below(to - from);
        (1 << bits) | (self.next() & ((1 << bits) - 1))
    }
}
