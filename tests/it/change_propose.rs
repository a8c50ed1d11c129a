//! change_propose: only the authority proposes, and only consistent settings without large steps.

use crate::interface::account_of;
use crate::scene::{DAY, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::ChangeProposed;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::oracle::{RECEIVERS, feed_address};
use ballast::state::{Change, MarketSettings};
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::limits::Limits;
use ballast_core::price::PriceGuard;
use ballast_core::risk::{Ramp, RiskParams};
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::volatility::MarginModel;
use ballast_testkit::market::open_settings;
use ballast_testkit::{ChangeTarget, Failure, Listing, Market, Receipt, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Proposes to open a market's only asset with these settings.
fn propose(settings: Settings) -> Result<Receipt, Failure> {
    propose_over(settings, Ramp::MIN_SECS)
}

fn propose_over(settings: Settings, ramp_secs: u32) -> Result<Receipt, Failure> {
    let mut world = World::new();
    let mut market = Market::new(&mut world);
    market.list_closed(&mut world, &Listing::new(6, 1.0));
    market.propose(&mut world, market.target(0), 0, Proposal::Settings { settings, ramp_secs })
}

/// Proposes to change the settings of SOL, which is in use.
fn propose_change(scene: &mut Scene, change: impl FnOnce(&mut Settings)) -> Result<Receipt, Failure> {
    let mut settings = scene.market.settings(&scene.world, SOL);
    change(&mut settings);
    let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    let target = scene.market.target(SOL);
    scene.market.propose(&mut scene.world, target, 1, proposal)
}

fn propose_market(scene: &mut Scene, change: impl FnOnce(&mut MarketSettings)) -> Result<Receipt, Failure> {
    let mut market = scene.market.state(&scene.world).market;
    change(&mut market);
    scene.market.propose(&mut scene.world, ChangeTarget::Market, 1, Proposal::Market { market })
}

/// One proposal of each kind, for SOL, USD and the market.
fn proposals(scene: &Scene) -> [(ChangeTarget, Proposal); 3] {
    let feed = PriceFeed { feed_id: [9; 32], shard: 3, receiver: 1 };
    let settings = scene.market.settings(&scene.world, SOL);
    [
        (scene.market.target(SOL), Proposal::Settings { settings, ramp_secs: 5 * Ramp::MIN_SECS }),
        (scene.market.target(USD), Proposal::Feed { feed }),
        (ChangeTarget::Market, Proposal::Market { market: scene.market.state(&scene.world).market }),
    ]
}

#[test]
fn refuses_anyone_but_the_authority() {
    let mut scene = Scene::simple();
    let foreign = Market::new(&mut scene.world);
    let others = [&scene.market.guardian, &scene.market.fee_receiver, &scene.lender.key, &foreign.authority];
    for other in others.map(Keypair::insecure_clone) {
        for (target, proposal) in proposals(&scene) {
            let mut propose = scene.market.propose_ix(target, 1, proposal);
            account_of(&mut propose, "authority").pubkey = other.pubkey();
            refused(scene.world.send(&[propose], &[&other]), BallastError::NotAuthority);
        }
    }
}

#[test]
fn refuses_a_proposal_that_does_not_fit_its_target() {
    let mut scene = Scene::simple();
    let [(sol, settings), (_, feed), (_, market)] = proposals(&scene);
    for (target, proposal) in [(ChangeTarget::Market, settings), (ChangeTarget::Market, feed), (sol, market)] {
        refused(scene.market.propose(&mut scene.world, target, 1, proposal), BallastError::WrongChange);
    }
}

#[test]
fn refuses_a_taken_number_and_queues_several_changes_of_one_target() {
    let mut scene = Scene::simple();
    let [(target, proposal), ..] = proposals(&scene);
    for number in [0, 1, u64::MAX] {
        scene.market.propose(&mut scene.world, target, number, proposal).expect("change_propose");
        let before = scene.market.change(&scene.world, number);
        scene.market.propose(&mut scene.world, target, number, proposal).expect_err("the address is taken");
        let after = scene.market.change(&scene.world, number);
        assert_eq!(bytemuck::bytes_of(&after), bytemuck::bytes_of(&before));
    }
}

#[test]
fn writes_the_proposal_and_nothing_else_and_emits_the_event() {
    let mut scene = Scene::established();
    for (number, (target, proposal)) in (0..).zip(proposals(&scene)) {
        let (config, now) = (scene.market.state(&scene.world), scene.world.now());
        let (address, epoch, kind) = match target {
            ChangeTarget::Market => (scene.market.config, config.epoch, 2),
            ChangeTarget::Reserve(reserve) => (reserve, scene.pool(SOL).epoch, if number == 0 { 0 } else { 1 }),
        };
        let watched = [scene.market.config, scene.market.assets[SOL].reserve, scene.market.assets[USD].reserve];
        let before = watched.map(|account| scene.world.get(&account));

        let receipt = scene.market.propose(&mut scene.world, target, number, proposal);

        let event: ChangeProposed = receipt.expect("change_propose").event();
        let change = scene.market.change(&scene.world, number);
        assert_eq!((event.config, event.target, event.kind), (scene.market.config, address, kind));
        assert_eq!((event.change, event.executable_at), (address_of(&scene, number), now + DAY));
        assert_eq!((change.config, change.target, u64::from(change.kind)), (scene.market.config, address, kind));
        assert_eq!((change.epoch, change.executable_at), (epoch, now + DAY));
        holds(&change, &proposal);
        assert_eq!(watched.map(|account| scene.world.get(&account)), before, "a proposal changes nothing yet");
    }
}

fn address_of(scene: &Scene, number: u64) -> Address {
    ballast::seeds::change_address(&scene.market.config, number)
}

/// Panics unless the change holds the proposal and the other two contents are zero.
#[track_caller]
fn holds(change: &Change, proposal: &Proposal) {
    let contents: [&[u8]; 3] =
        [bytemuck::bytes_of(&change.settings), bytemuck::bytes_of(&change.source), bytemuck::bytes_of(&change.market)];
    for (kind, content) in contents.into_iter().enumerate() {
        assert_eq!(content.iter().any(|byte| *byte != 0), kind == usize::from(change.kind));
    }
    match proposal {
        Proposal::Settings { settings, ramp_secs } => {
            assert_eq!((change.settings, change.ramp_secs), (*settings, u64::from(*ramp_secs)));
        }
        Proposal::Feed { feed } => {
            let account = feed_address(&RECEIVERS[1], feed.shard, &feed.feed_id);
            assert_eq!((change.source.account, change.source.feed_id), (account, feed.feed_id));
            assert_eq!((change.source.receiver, change.ramp_secs), (1, 0));
        }
        Proposal::Market { market } => {
            assert_eq!(bytemuck::bytes_of(&change.market), bytemuck::bytes_of(market));
        }
    }
}

#[test]
fn refuses_an_unknown_receiver() {
    let mut scene = Scene::simple();
    for receiver in [2, u8::MAX] {
        let proposal = Proposal::Feed { feed: PriceFeed { feed_id: [9; 32], shard: 0, receiver } };
        let target = scene.market.target(SOL);
        let result = scene.market.propose(&mut scene.world, target, 1, proposal);
        refused(result, BallastError::OracleUnknownReceiver);
    }
}

/// INV-8: settings that were sound under the terms at their listing stay sound.
#[test]
fn refuses_terms_that_contradict_themselves_or_endanger_a_listed_reserve() {
    type Change = fn(&mut LiquidationTerms);
    let mut scene = Scene::simple();
    let rows: [(Change, BallastError); 5] = [
        (|terms| terms.base_bonus_bps = terms.max_bonus_bps + 1, BallastError::InvalidLiquidationTerms),
        (|terms| terms.target_health_bps = 10_199, BallastError::InvalidLiquidationTerms),
        (|terms| terms.cure_slots = LiquidationTerms::MAX_CURE_SLOTS + 1, BallastError::InvalidLiquidationTerms),
        (|terms| terms.max_bonus_bps += 1, BallastError::StepTooLarge),
        (|terms| terms.deep_line_bps -= 1, BallastError::StepTooLarge),
    ];
    for (change, refusal) in rows {
        refused(propose_market(&mut scene, |market| change(&mut market.terms)), refusal);
    }
    let sound = |market: &mut MarketSettings| (market.terms.max_bonus_bps, market.terms.deep_line_bps) = (999, 9_501);
    propose_market(&mut scene, sound).expect("a lower bonus and a higher deep line");
}

#[test]
fn refuses_a_delay_out_of_bounds_and_the_removal_of_a_delay() {
    let mut scene = Scene::simple();
    for secs in [1, 3_599, 2_592_001, u64::MAX] {
        refused(propose_market(&mut scene, |to| to.change_delay_secs = secs), BallastError::InvalidDelay);
    }
    for secs in [0, 3_600, 2_592_000] {
        scene.attempt(|scene| propose_market(scene, |to| to.change_delay_secs = secs).expect("a delay"));
    }
    let mut scene = Scene::established();
    refused(propose_market(&mut scene, |to| to.change_delay_secs = 0), BallastError::InvalidDelay);
    propose_market(&mut scene, |to| to.change_delay_secs = 3_600).expect("the shortest");
}

#[test]
fn refuses_a_market_without_a_fee_receiver() {
    let nobody = |to: &mut MarketSettings| to.fee_receiver = Address::default();
    refused(propose_market(&mut Scene::simple(), nobody), BallastError::NoFeeReceiver);
}

/// Each bound passes, one unit beyond it is refused.
#[test]
fn refuses_too_large_a_step_in_a_reserve_in_use() {
    type Change = fn(&mut Settings, u16);
    let rows: [Change; 21] = [
        |to, more| (to.risk.ltv_bps, to.risk.liquidation_threshold_bps) = (7_700 + 500 + more, 8_300),
        |to, more| to.risk.liquidation_threshold_bps += 500 + more,
        |to, more| to.risk.borrow_factor_bps -= 1_000 + more,
        |to, more| to.limits.supply_cap_atoms = 2_000 + u64::from(more),
        |to, more| to.limits.borrow_cap_atoms = 2_000 + u64::from(more),
        |to, more| to.limits.collateral_cap_usd = 2_000 + u64::from(more),
        |to, more| to.curve.points[2].rate_bps = 13_000 + u32::from(more),
        |to, more| to.limits.max_utilization_bps = 6_000 + more,
        |to, more| to.limits.allowed_debts = if more == 0 { 0b11_1111_1110 } else { 0b111_1111_1110 },
        |to, more| to.limits.outflow_bps = 2_500 + more,
        |to, more| to.limits.outflow_floor_atoms = 210 + u64::from(more),
        |to, more| to.limits.outflow_window_secs = 1_800 - u32::from(more),
        |to, more| to.guard.max_age_new_risk_secs = 180 + u32::from(more),
        |to, more| to.guard.max_age_liquidation_secs = 660 + u32::from(more),
        |to, more| to.guard.max_confidence_bps = 300 + more,
        |to, more| to.guard.confidence_multiplier_bps = 4_000 - more,
        |to, more| to.guard.max_ema_deviation_bps = 700 + more,
        |to, more| to.guard.max_move_bps = 2_100 + more,
        |to, more| (to.margin.z_bps, to.margin.stress_bps) = (19_000 - more, 4_500),
        |to, more| to.margin.cost_bps = 50 - more,
        |to, more| to.margin.horizon_secs = 240 - u32::from(more),
    ];
    let mut scene = Scene::simple();
    let start = |to: &mut Settings| {
        (to.risk.ltv_bps, to.risk.borrow_factor_bps) = (7_700, 12_000);
        let limits = &mut to.limits;
        (limits.supply_cap_atoms, limits.borrow_cap_atoms, limits.collateral_cap_usd) = (1_000, 1_000, 1_000);
        (limits.max_utilization_bps, limits.allowed_debts) = (5_000, 0b10);
        (limits.outflow_bps, limits.outflow_floor_atoms) = (1_000, 100);
        (to.guard.max_ema_deviation_bps, to.guard.max_move_bps) = (300, 1_000);
        let (fast_secs, slow_secs) = (3_600, 86_400);
        let (z_bps, cost_bps, stress_bps, horizon_secs) = (40_000, 200, 10_000, 600);
        to.margin = MarginModel { z_bps, cost_bps, stress_bps, horizon_secs, fast_secs, slow_secs, reserved: 0 };
    };
    scene.market.set(&mut scene.world, SOL, start).expect("a change");
    for change in rows {
        refused(propose_change(&mut scene, |to| change(to, 1)), BallastError::StepTooLarge);
        scene.attempt(|scene| propose_change(scene, |to| change(to, 0)).expect("the largest step"));
    }
}

#[test]
fn limits_fall_by_any_step_and_only_a_cap_that_was_never_set_rises_by_any_step() {
    let mut scene = Scene::simple();
    let fall = |to: &mut Settings| {
        (to.risk.ltv_bps, to.risk.liquidation_threshold_bps, to.risk.borrow_factor_bps) = (0, 0, 50_000);
        (to.limits.supply_cap_atoms, to.limits.borrow_cap_atoms, to.limits.collateral_cap_usd) = (0, 0, 0);
    };
    scene.attempt(|scene| propose_change(scene, fall).expect("a fall"));
    for (cap, most) in [(1_000, 2_000), (0, 2_000), (1, 2)] {
        scene.market.set(&mut scene.world, SOL, |to| to.limits.supply_cap_atoms = cap).expect("a change");
        scene.market.tighten(&mut scene.world, SOL, |to| to.supply_cap_atoms = 0).expect("reserve_tighten");
        let raise = |to: u64| move |settings: &mut Settings| settings.limits.supply_cap_atoms = to;
        refused(propose_change(&mut scene, raise(most + 1)), BallastError::StepTooLarge);
        scene.attempt(|scene| propose_change(scene, raise(most)).expect("twice the last cap above zero"));
    }
    let mut world = World::new();
    let mut settings = open_settings();
    settings.limits.borrow_cap_atoms = 0;
    let market = Market::with(&mut world, &[Listing { settings, ..Listing::new(6, 1.0) }]);
    settings.limits.borrow_cap_atoms = u64::MAX;
    let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    market.propose(&mut world, market.target(0), 1, proposal).expect("nobody has borrowed yet");
}

/// Nobody has a position in a reserve that was never open.
#[test]
fn the_first_settings_have_no_step_limits() {
    let mut settings = open_settings();
    settings.curve.points[2].rate_bps = Curve::MAX_RATE_BPS;
    propose(settings).expect("any sound settings");
}

#[test]
fn refuses_an_invalid_curve() {
    let point = |utilization_bps, rate_bps| CurvePoint { utilization_bps, rate_bps };
    let curve = |points: &[CurvePoint], len| {
        let mut all = [CurvePoint::default(); 8];
        all[..points.len()].copy_from_slice(points);
        Curve { points: all, len }
    };
    let unsound = [
        curve(&[], 0),
        curve(&[point(0, 0)], 1),
        curve(&[point(0, 0), point(9_999, 1)], 2),
        curve(&[point(1, 0), point(10_000, 1)], 2),
        curve(&[point(0, 2), point(10_000, 1)], 2),
        curve(&[point(0, 0), point(10_000, Curve::MAX_RATE_BPS + 1)], 2),
        curve(&[point(0, 0), point(10_000, 1)], 9),
        curve(&[point(0, 0), point(10_000, 1)], u64::MAX),
    ];
    for curve in unsound {
        refused(propose(Settings { curve, ..open_settings() }), BallastError::InvalidCurve);
    }
}

#[test]
fn refuses_risk_parameters_that_contradict_each_other() {
    let risk = open_settings().risk;
    let unsound = [
        RiskParams { ltv_bps: risk.liquidation_threshold_bps, ..risk },
        // With the market's largest bonus of 10 % the threshold must stay below 90.9 %.
        RiskParams { liquidation_threshold_bps: 9_091, ..risk },
        RiskParams { borrow_factor_bps: 9_999, ..risk },
        RiskParams { borrow_factor_bps: RiskParams::MAX_BORROW_FACTOR_BPS + 1, ..risk },
        RiskParams { reserve_factor_bps: RiskParams::MAX_RESERVE_FACTOR_BPS + 1, ..risk },
        RiskParams { origination_fee_bps: RiskParams::MAX_ORIGINATION_FEE_BPS + 1, ..risk },
        RiskParams { flash_fee_bps: RiskParams::MAX_FLASH_FEE_BPS + 1, ..risk },
        RiskParams { insurance_share_bps: RiskParams::MAX_INSURANCE_SHARE_BPS + 1, ..risk },
        RiskParams { insurance_target_bps: 10_001, ..risk },
    ];
    for risk in unsound {
        refused(propose(Settings { risk, ..open_settings() }), BallastError::InvalidRiskParams);
    }
}

#[test]
fn refuses_price_limits_that_contradict_each_other() {
    let guard = open_settings().guard;
    let unsound = [
        PriceGuard { max_age_new_risk_secs: 0, ..guard },
        PriceGuard { max_age_new_risk_secs: 61, max_age_liquidation_secs: 60, ..guard },
        PriceGuard { max_age_new_risk_secs: 1, max_age_liquidation_secs: 59, ..guard },
        PriceGuard { max_age_liquidation_secs: PriceGuard::MAX_AGE_SECS + 1, ..guard },
        PriceGuard { max_confidence_bps: 0, ..guard },
        PriceGuard { max_confidence_bps: 10_001, ..guard },
        PriceGuard { confidence_multiplier_bps: PriceGuard::MAX_MULTIPLIER_BPS + 1, ..guard },
        PriceGuard { max_ema_deviation_bps: 0, ..guard },
        PriceGuard { max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS + 1, ..guard },
        PriceGuard { max_move_bps: 0, ..guard },
        PriceGuard { max_move_bps: PriceGuard::MAX_BAND_BPS + 1, ..guard },
    ];
    for guard in unsound {
        refused(propose(Settings { guard, ..open_settings() }), BallastError::InvalidPriceGuard);
    }
}

#[test]
fn refuses_limits_that_contradict_each_other() {
    let limits = open_settings().limits;
    let unsound = [
        Limits { outflow_bps: 10_001, ..limits },
        Limits { max_utilization_bps: 10_001, ..limits },
        Limits { outflow_window_secs: 0, ..limits },
        Limits { outflow_window_secs: Limits::MAX_WINDOW_SECS + 1, ..limits },
        Limits { probation_secs: Limits::MAX_PROBATION_SECS + 1, collateral_cap_usd: 1, ..limits },
        Limits { probation_secs: 1, collateral_cap_usd: Limits::NO_COLLATERAL_CAP, ..limits },
        Limits { reserved: 1, ..limits },
    ];
    for limits in unsound {
        refused(propose(Settings { limits, ..open_settings() }), BallastError::InvalidLimits);
    }
}

#[test]
fn refuses_a_margin_model_that_contradicts_itself() {
    let off = MarginModel::OFF;
    let unsound = [
        MarginModel { fast_secs: 0, ..off },
        MarginModel { fast_secs: 2, ..off },
        MarginModel { slow_secs: MarginModel::MAX_SECS + 1, ..off },
        MarginModel { horizon_secs: MarginModel::MAX_SECS + 1, ..off },
        MarginModel { stress_bps: MarginModel::MAX_STRESS_BPS + 1, ..off },
        MarginModel { cost_bps: 10_001, ..off },
        MarginModel { reserved: 1, ..off },
    ];
    for margin in unsound {
        refused(propose(Settings { margin, ..open_settings() }), BallastError::InvalidMarginModel);
    }
}

#[test]
fn refuses_a_ramp_of_less_than_a_day_or_more_than_ninety() {
    for secs in [0, Ramp::MIN_SECS - 1, Ramp::MAX_SECS + 1, u32::MAX] {
        refused(propose_over(open_settings(), secs), BallastError::InvalidRamp);
    }
    for secs in [Ramp::MIN_SECS, Ramp::MAX_SECS] {
        propose_over(open_settings(), secs).expect("a ramp");
    }
}
