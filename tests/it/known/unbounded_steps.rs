//! A single change may move only weights, caps and the highest rate by a bounded step. Outflow limit, price guard,
//! isolation, probation and margin model go from strict to none in one change. A cap that was first tightened to 0,
//! which works at once, can then become anything.

use crate::scene::{DAY, Scene, USD};
use ballast::instructions::Proposal;
use ballast_core::limits::Limits;
use ballast_core::price::PriceGuard;
use ballast_core::risk::Ramp;
use ballast_core::volatility::MarginModel;
use ballast_testkit::governance::as_tight;
use solana_signer::Signer;

/// Today's behavior; a planned change turns it around.
#[test]
fn one_change_removes_every_guard() {
    let mut scene = Scene::established();
    scene.set_pool(USD, |pool| {
        let limits = &mut pool.settings.limits;
        (limits.outflow_bps, limits.supply_cap_atoms, limits.allowed_debts) = (1_000, 1_000_000_000, 0);
    });
    let Scene { world, market, .. } = &mut scene;
    let mut to = as_tight(&market.settings(world, USD));
    to.supply_cap_atoms = 0;
    world.send(&[market.tighten_ix(&market.authority.pubkey(), USD, to)], &[&market.authority]).expect("at once");

    let mut settings = market.settings(world, USD);
    settings.limits.supply_cap_atoms = u64::MAX;
    settings.limits.outflow_bps = 10_000;
    settings.limits.allowed_debts = Limits::ANY_DEBT;
    settings.guard = PriceGuard {
        max_age_new_risk_secs: PriceGuard::MAX_AGE_SECS,
        max_age_liquidation_secs: PriceGuard::MAX_AGE_SECS,
        max_confidence_bps: 10_000,
        confidence_multiplier_bps: 0,
        max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS,
        max_move_bps: PriceGuard::MAX_BAND_BPS,
    };
    settings.margin = MarginModel::OFF;
    let target = market.target(USD);
    let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    market.propose(world, target, 1, proposal).expect("change_propose");
    world.advance(DAY);
    market.execute(world, target, 1, None).expect("one change, one delay");
    assert_eq!(market.settings(world, USD), settings);
}
