//! liquidate: only unhealthy obligations, only up to the target health, for no more than the bonus; bad debt is written
//! off at once.

mod auction;
mod bad_debt;
mod batch;
mod insurance;
mod liveness;
mod loss;
mod soft_zone;
mod taker;

use crate::interface::{account_of, drop_last_position};
use crate::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast::state::Obligation;
use ballast_core::health::Health;
use ballast_core::math::words;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::preview::{self, BorrowerState, PricedPool};
use ballast_core::price::PriceUse;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, Bps};
use ballast_testkit::market::default_terms;
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Failure, Receipt};

const SOL_FOR_USD: AssetPair = AssetPair { collateral: SOL, debt: USD };

/// The simple scene at a price of SOL: 7,000 USD of debt are healthy down to 87.50, deep below 73.68, insolvent below
/// 70.
fn at(dollars: f64) -> Scene {
    let mut scene = Scene::simple();
    scene.set_price(SOL, dollars);
    scene
}

fn bid(scene: &mut Scene, max_repay: u64, min_seized: u64) -> Result<Receipt, Failure> {
    let Scene { world, market, lender, borrower } = scene;
    let bid = Bid { max_repay: Atoms(max_repay), min_seized: Atoms(min_seized) };
    let liquidate = lender.bid_ix(world, market, borrower.obligation, SOL_FOR_USD, bid);
    world.send(&[liquidate], &[&lender.key])
}

/// Returns the result that core computes: both pools, the positions and the seizure.
pub fn preview(scene: &Scene, pair: AssetPair, max_repay: u64) -> (Pool, Pool, Positions, Seizure) {
    let priced = |asset| PricedPool { pool: scene.pool(asset), price: scene.market.price(&scene.world, asset) };
    let Obligation { positions, call, target_health_bps, .. } = scene.obligation();
    let borrower = BorrowerState {
        positions,
        call,
        others: scene.totals(&[pair.collateral, pair.debt], PriceUse::Maintenance),
        target: Bps(target_health_bps),
        slot: scene.world.slot(),
    };
    let terms = scene.market.state(&scene.world).market.terms;
    let bid = Bid { max_repay: Atoms(max_repay), min_seized: Atoms(0) };
    let now = scene.world.now();
    let after = preview::liquidate(priced(pair.collateral), priced(pair.debt), borrower, None, &terms, bid, now);
    let after = after.expect("core liquidates");
    let [collateral, debt] = after.pools;
    (collateral, debt, after.positions, after.flows)
}

#[test]
fn refuses_the_config_of_another_market() {
    let mut scene = at(85.0);
    let other = ballast_testkit::Market::new(&mut scene.world);
    let mut liquidate =
        scene.lender.liquidate_ix(&scene.world, &scene.market, scene.borrower.obligation, SOL_FOR_USD, ALL);
    account_of(&mut liquidate, "config").pubkey = other.config;
    refused(scene.world.send(&[liquidate], &[&scene.lender.key]), BallastError::WrongMarket);
}

#[test]
fn refuses_a_missing_position_among_the_remaining_accounts() {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 10.0);
    let mut liquidate =
        scene.lender.liquidate_ix(&scene.world, &scene.market, scene.borrower.obligation, SOL_FOR_USD, ALL);
    drop_last_position(&mut liquidate);
    refused(scene.world.send(&[liquidate], &[&scene.lender.key]), BallastError::WrongRemainingAccounts);
}

#[test]
fn refuses_a_collateral_or_a_debt_that_the_obligation_does_not_have() {
    let mut scene = at(85.0);
    refused(scene.liquidate(BTC, USD, ALL), BallastError::InsufficientCollateral);
    refused(scene.liquidate(SOL, ETH, ALL), BallastError::InsufficientDebt);
    refused(scene.liquidate(USD, SOL, ALL), BallastError::InsufficientCollateral);
}

#[test]
fn refuses_a_healthy_obligation_down_to_the_threshold() {
    // 100 SOL at 80 % against 7,000 USD and a minute's interest.
    refused(at(87.51).liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    at(87.49).liquidate(SOL, USD, ALL).expect("health below 1");
}

#[test]
fn refuses_an_obligation_between_the_initial_margin_and_the_threshold() {
    let mut scene = at(90.0);
    refused(scene.borrow(USD, 1), BallastError::HealthTooLow);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
}

#[test]
fn refuses_a_bid_of_zero() {
    refused(at(85.0).liquidate(SOL, USD, 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_to_seize_less_than_the_minimum_of_the_bid() {
    let mut scene = at(85.0);
    let (.., seizure) = preview(&scene, SOL_FOR_USD, ALL);
    refused(bid(&mut scene, ALL, seizure.seized.0 + 1), BallastError::SeizureBelowMinimum);
    bid(&mut scene, ALL, seizure.seized.0).expect("exactly what there is");
}

#[test]
fn refuses_a_seizure_that_the_reserve_has_no_cash_for() {
    let mut scene = at(85.0);
    let held = scene.pool(SOL).ledger.cash_atoms;
    let thief = scene.lender.tokens[SOL];
    // Lends everything but one SOL by writing the books.
    scene.set_pool(SOL, |pool| {
        let shares = pool.ledger.debt_shares_ceil(Atoms(held - ONE_SOL)).expect("a debt");
        pool.ledger.cash_atoms = ONE_SOL;
        pool.ledger.debt_shares = ballast_core::units::Wide::new(pool.ledger.debt_shares.get() + shares.0);
    });
    assert!(scene.world.balance(&thief) > 0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::InsufficientCash);
    scene.liquidate(SOL, USD, 50 * ONE_USD).expect("a part that the cash allows");
}

#[test]
fn moves_what_core_says_and_emits_the_event() {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 35.0);
    let (collateral, debt, positions, seizure) = preview(&scene, SOL_FOR_USD, ALL);
    let Scene { world, lender, .. } = &scene;
    let wallet = [SOL, USD].map(|asset| lender.balance(world, asset));
    let vault = [SOL, USD].map(|asset| scene.vault(asset));
    let others = [BTC, ETH].map(|asset| world.get(&scene.market.assets[asset].reserve));

    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();

    assert_eq!((scene.pool(SOL), scene.pool(USD), scene.positions()), (collateral, debt, positions));
    let Seizure { repaid, seized, .. } = seizure;
    let Scene { world, lender, .. } = &scene;
    assert_eq!(lender.balance(world, USD), wallet[1] - repaid.0);
    assert_eq!(lender.balance(world, SOL), wallet[0] + seized.0);
    assert_eq!([SOL, USD].map(|asset| scene.vault(asset)), [vault[0] - seized.0, vault[1] + repaid.0]);
    assert_eq!([BTC, ETH].map(|asset| world.get(&scene.market.assets[asset].reserve)), others);
    event_matches(&scene, &event, &seizure);
    scene.audit();
}

/// Panics unless every field of the event is what core says.
fn event_matches(scene: &Scene, event: &Liquidated, seizure: &Seizure) {
    assert_eq!(event.obligation, scene.borrower.obligation);
    assert_eq!(event.collateral_reserve, scene.market.assets[SOL].reserve);
    assert_eq!(event.debt_reserve, scene.market.assets[USD].reserve);
    assert_eq!(event.liquidator, scene.lender.address());
    assert_eq!((event.repaid_atoms, event.seized_atoms), (seizure.repaid.0, seizure.seized.0));
    assert_eq!(event.premium_atoms, seizure.premium.0);
    assert_eq!(event.debt_shares, words(seizure.debt_shares.0));
    assert_eq!(event.supply_shares, seizure.collateral_shares.0);
    assert_eq!(event.bonus_bps, seizure.bonus_bps);
    assert_eq!(event.health_before_bps, seizure.health.before.factor_bps_floor());
    assert_eq!(event.health_after_bps, seizure.health.after.factor_bps_floor());
    let loss = [event.loss_insurance_atoms, event.loss_fees_atoms, event.loss_suppliers_atoms];
    assert_eq!(loss, [seizure.write_off.insurance.0, seizure.write_off.fees.0, seizure.write_off.suppliers.0]);
}

#[test]
fn reaches_the_target_health_and_does_not_overshoot() {
    for dollars in [87.4, 86.0, 84.0, 82.0, 80.0, 78.0, 76.0] {
        let mut scene = at(dollars);
        let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
        let target = u64::from(scene.obligation().target_health_bps);
        // An atom of 1e-6 USD in 7,000 is far below a basis point; the event rounds down.
        assert!((target - 1..=target).contains(&event.health_after_bps), "{dollars}: {event:?}");
        assert!(scene.has_debt(), "at {dollars} a part is enough");
        refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
        scene.audit();
    }
}

#[test]
fn seizes_no_more_than_the_bonus_allows_at_oracle_prices() {
    for dollars in [87.4, 80.0, 76.0, 73.0, 71.0, 60.0, 1.0] {
        let mut scene = at(dollars);
        if dollars < 70.0 {
            scene.ripen(200);
        }
        let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
        let paid = event.repaid_atoms as f64 / ONE_USD as f64;
        let taken = event.seized_atoms as f64 / ONE_SOL as f64 * dollars;
        let bonus = event.bonus_bps as f64 / 10_000.0;
        assert!(event.bonus_bps <= u64::from(default_terms().max_bonus_bps));
        // A millionth of a dollar for the rounding of this test's own floats.
        assert!(taken <= paid * (1.0 + bonus) + 1e-6, "{dollars}: {taken} for {paid} at {bonus}");
    }
}

#[test]
fn the_bonus_grows_with_the_missing_health() {
    let bonus = |dollars| at(dollars).liquidate(SOL, USD, ALL).expect("liquidate").event::<Liquidated>().bonus_bps;
    let bonuses = [87.4, 86.0, 84.0, 82.0].map(bonus);
    assert!(bonuses.is_sorted() && bonuses[0] < bonuses[3], "{bonuses:?}");
    // 10 bps plus half of the missing health: 8,200 USD at 80 % are 6,560 of 7,000, which lacks 6.3 %, so 10 + 314.
    assert!((323..=325).contains(&bonuses[3]), "{bonuses:?}");
}

#[test]
fn repays_no_more_than_the_bid_allows() {
    let mut scene = at(85.0);
    let before = scene.lender.balance(&scene.world, USD);
    let event: Liquidated = scene.liquidate(SOL, USD, 100 * ONE_USD).expect("liquidate").event();
    assert_eq!(event.repaid_atoms, 100 * ONE_USD);
    assert_eq!(scene.lender.balance(&scene.world, USD), before - 100 * ONE_USD);
    assert!(event.health_after_bps > event.health_before_bps, "a part improves health");
    scene.audit();
}

#[test]
fn slices_of_any_size_improve_health_and_end_at_the_target() {
    let mut scene = at(80.0);
    let mut slices = 0;
    while let Ok(receipt) = scene.liquidate(SOL, USD, 500 * ONE_USD) {
        let event: Liquidated = receipt.event();
        assert!(event.health_after_bps >= event.health_before_bps);
        slices += 1;
    }
    assert!((2..20).contains(&slices), "{slices} slices");
    refused(scene.liquidate(SOL, USD, 500 * ONE_USD), BallastError::ObligationHealthy);
    scene.audit();
}

#[test]
fn closes_a_debt_whole_when_the_rest_would_be_dust() {
    let mut scene = Scene::new();
    scene.deposit(SOL, ONE_SOL / 5).expect("20 USD");
    scene.borrow(USD, 14 * ONE_USD).expect("borrow");
    scene.set_price(SOL, 85.0);
    // The target health needs about 4 of the 14 USD, but a rest below 10 USD is dust.
    scene.liquidate(SOL, USD, ALL).expect("liquidate");
    assert!(!scene.has_debt());
    assert_eq!(scene.positions().len, 1, "the borrower keeps the rest of the collateral");
    scene.audit();
}

#[test]
fn closes_a_deep_obligation_whole() {
    let mut scene = at(72.0);
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
    assert!(!scene.has_debt());
    assert!(event.repaid_atoms >= 7_000 * ONE_USD);
    assert_eq!(event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms, 0);
    scene.audit();
}

#[test]
fn an_owner_may_liquidate_themselves_and_gains_nothing() {
    let mut scene = at(80.0);
    let worth = |scene: &Scene| {
        let Health { limit, debt } = scene.health();
        let wallet = scene.wallet(SOL) as f64 / ONE_SOL as f64 * 80.0 + scene.wallet(USD) as f64 / ONE_USD as f64;
        // The limit is 80 % of the collateral; both are in 2^-40 USD times 10,000.
        let dollars = |value: u128| value as f64 / (1u64 << 40) as f64 / 10_000.0;
        wallet + dollars(limit.0) / 0.8 - dollars(debt.0)
    };
    let before = worth(&scene);
    let Scene { world, market, borrower, .. } = &mut scene;
    borrower.liquidate(world, market, borrower, SOL_FOR_USD, ALL).expect("the owner may");
    let after = worth(&scene);
    // The owner exchanges their own collateral for their own debt. The tolerance is the rounding error of floats at a
    // wallet of 100 million USD.
    assert!((after - before).abs() < 1e-4, "{before} became {after}");
    scene.audit();
}

#[test]
fn accepts_a_price_too_old_for_new_risk_up_to_its_own_limit() {
    let mut scene = at(80.0);
    scene.world.advance(300);
    refused(scene.borrow(USD, 1), BallastError::PriceStale);
    scene.attempt(|scene| scene.liquidate(SOL, USD, ALL)).expect("300 seconds are allowed");
    scene.world.advance(1);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::PriceStale);
}

/// A liquidation of one obligation leaves the others as they are.
#[test]
fn changes_no_other_obligation() {
    let mut scene = at(80.0);
    let lender = scene.world.get(&scene.lender.obligation);
    scene.liquidate(SOL, USD, ALL).expect("liquidate");
    assert_eq!(scene.world.get(&scene.lender.obligation), lender);
}

#[test]
fn refuses_a_pair_that_would_lower_health() {
    let mut listings = crate::scene::listings();
    listings[BTC].settings.risk.liquidation_threshold_bps = 9_000;
    let risk = &mut listings[SOL].settings.risk;
    (risk.ltv_bps, risk.liquidation_threshold_bps) = (0, 0);
    let mut scene = Scene::with(&listings);
    scene.deposit(BTC, ONE_BTC / 10).expect("5,000 USD");
    scene.deposit(SOL, 50 * ONE_SOL).expect("5,000 USD without weight");
    scene.borrow(ETH, ONE_ETH + ONE_ETH / 2).expect("3,000 USD");
    // With BTC at 10,000 USD, the limit is 900 USD for a debt of 3,000 USD. Each seized dollar of BTC lowers the limit
    // by more than 30 %.
    scene.set_price(BTC, 10_000.0);
    refused(scene.liquidate(BTC, ETH, ONE_ETH), BallastError::PairLowersHealth);
    scene.liquidate(SOL, ETH, ONE_ETH).expect("collateral without weight only helps");
    scene.audit();
}

#[test]
fn uses_the_terms_of_the_markets_config() {
    let mut scene = at(85.0);
    let mut config: ballast::state::Config = scene.world.read(&scene.market.config);
    let terms = &mut config.market.terms;
    *terms = LiquidationTerms { base_bonus_bps: 0, health_slope_bps: 0, ..*terms };
    scene.world.write(&scene.market.config, &config);
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
    assert_eq!(event.bonus_bps, 0);
}

#[test]
fn collateral_goes_to_any_account_that_the_liquidator_names() {
    let mut scene = at(85.0);
    let elsewhere: Address = scene.borrower.tokens[SOL];
    let before = scene.wallet(SOL);
    let mut liquidate =
        scene.lender.liquidate_ix(&scene.world, &scene.market, scene.borrower.obligation, SOL_FOR_USD, ALL);
    account_of(&mut liquidate, "destination").pubkey = elsewhere;
    let event: Liquidated = scene.world.send(&[liquidate], &[&scene.lender.key]).expect("liquidate").event();
    assert_eq!(scene.wallet(SOL), before + event.seized_atoms);
}
