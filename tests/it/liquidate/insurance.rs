//! Liquidations pay premiums to the insurance bucket of the debt's reserve, and the bucket pays losses.

use super::{SOL_FOR_USD, at, preview};
use crate::scene::{ONE_USD, SOL, Scene, USD};
use ballast::event::Liquidated;
use ballast_core::units::{Atoms, Bps, DebtShares};
use ballast_testkit::user::ALL;

/// A fifth of every bonus goes to the bucket of USD, until it holds `target_bps` of the claims.
fn insured(dollars: f64, target_bps: u16) -> Scene {
    let mut scene = at(dollars);
    let share = |settings: &mut ballast_core::settings::Settings| {
        (settings.risk.insurance_share_bps, settings.risk.insurance_target_bps) = (2_000, target_bps);
    };
    scene.market.set(&mut scene.world, USD, share).expect("a change");
    scene
}

/// Fills the bucket up to `room` below its target.
fn fill(scene: &mut Scene, room: u64) {
    let pool = scene.pool(USD);
    let Atoms(missing) = pool.ledger.uninsured_floor(Bps(pool.settings.risk.insurance_target_bps)).expect("a target");
    let Scene { world, market, lender, .. } = scene;
    let fund = market.insurance_fund_ix(&lender.address(), lender.tokens[USD], USD, missing - room);
    world.send(&[fund], &[&lender.key]).expect("insurance_fund");
}

/// `repaid * bonus * share`, rounded down.
fn premium(event: &Liquidated) -> u64 {
    let premium = u128::from(event.repaid_atoms) * u128::from(event.bonus_bps) * 2_000 / 100_000_000;
    u64::try_from(premium).expect("a premium")
}

fn insurance(scene: &Scene) -> u64 {
    scene.pool(USD).ledger.insurance_atoms
}

#[test]
fn a_part_of_the_bonus_goes_to_the_insurance_of_the_debt_reserve() {
    for dollars in [87.0, 84.0, 80.0, 74.0, 72.0] {
        let mut scene = insured(dollars, 10_000);
        let (collateral, debt, _, seizure) = preview(&scene, SOL_FOR_USD, ALL);
        let (wallet, vault) = (scene.lender.balance(&scene.world, USD), scene.vault(USD));

        let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();

        assert_eq!((scene.pool(SOL), scene.pool(USD)), (collateral, debt));
        assert_eq!((event.repaid_atoms, event.premium_atoms), (seizure.repaid.0, seizure.premium.0));
        assert_eq!(event.premium_atoms, premium(&event));
        assert!(event.premium_atoms > 0);
        let paid = event.repaid_atoms + event.premium_atoms;
        assert_eq!(scene.lender.balance(&scene.world, USD), wallet - paid);
        assert_eq!(scene.vault(USD), vault + paid);
        assert_eq!((insurance(&scene), scene.pool(SOL).ledger.insurance_atoms), (event.premium_atoms, 0));
        scene.audit();
    }
}

#[test]
fn the_premium_costs_the_borrower_nothing() {
    let liquidated = |mut scene: Scene| {
        let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
        (event.repaid_atoms, event.seized_atoms, event.bonus_bps, scene.positions())
    };
    assert_eq!(liquidated(insured(84.0, 10_000)), liquidated(insured(84.0, 0)));
}

#[test]
fn the_bucket_takes_no_more_than_its_target() {
    for room in [1, 1_000] {
        let mut scene = insured(84.0, 1);
        fill(&mut scene, room);
        let before = insurance(&scene);
        let event: Liquidated = scene.liquidate(SOL, USD, 1_000 * ONE_USD).expect("liquidate").event();
        assert_eq!((event.premium_atoms, insurance(&scene)), (room, before + room));
        assert_eq!(event.repaid_atoms, 1_000 * ONE_USD - room, "the rest of the bid repays");
        let event: Liquidated = scene.liquidate(SOL, USD, 100 * ONE_USD).expect("liquidate").event();
        assert_eq!((event.premium_atoms, event.repaid_atoms), (0, 100 * ONE_USD));
        scene.audit();
    }
}

#[test]
fn a_bid_bounds_repayment_and_premium_together() {
    for bid in [1_000, 9_999, 123_456_789, 500 * ONE_USD, 500 * ONE_USD + 1] {
        let mut scene = insured(84.0, 10_000);
        let event: Liquidated = scene.liquidate(SOL, USD, bid).expect("liquidate").event();
        let paid = event.repaid_atoms + event.premium_atoms;
        assert_eq!(event.premium_atoms, premium(&event));
        assert!(paid <= bid, "{paid} of {bid}");
        // One more atom of repayment would cost more than the bid.
        let next = Liquidated { repaid_atoms: event.repaid_atoms + 1, ..event };
        assert!(next.repaid_atoms + premium(&next) > bid, "{paid} of {bid}");
    }
}

/// A bid of exactly the cost of a full liquidation gets the full liquidation.
#[test]
fn a_bid_of_the_full_cost_equals_a_bid_of_all() {
    for dollars in [84.0, 72.0, 60.0] {
        let mut scene = insured(dollars, 10_000);
        if dollars < 70.0 {
            scene.ripen(200);
        }
        let take = |scene: &mut Scene, bid| scene.liquidate(SOL, USD, bid).expect("liquidate").event::<Liquidated>();
        let all = scene.attempt(|scene| take(scene, ALL));
        let exactly = take(&mut scene, all.repaid_atoms + all.premium_atoms);
        assert_eq!(bytemuck::bytes_of(&exactly), bytemuck::bytes_of(&all));
    }
}

#[test]
fn insurance_then_fees_then_suppliers_bear_a_loss_to_the_atom() {
    let mut scene = insured(60.0, 10_000);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    scene.set_pool(USD, |pool| pool.ledger.insurance_atoms = 25 * ONE_USD);
    let mut ledger = scene.pool(USD).ledger;
    let held = scene.positions().debt(&scene.pool(USD).id);
    scene.ripen(200);

    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();

    let shares = |words: [u64; 2]| DebtShares(u128::from(words[0]) | u128::from(words[1]) << 64);
    let (repaid, lost) = (shares(event.debt_shares), shares(event.loss_debt_shares));
    assert_eq!(repaid.0 + lost.0, held.0);
    ledger.collect(Atoms(event.repaid_atoms), repaid).expect("a repayment");
    ledger
        .earn(Atoms(event.premium_atoms))
        .and_then(|()| ledger.insure(Atoms(event.premium_atoms)))
        .expect("a premium");
    let (bucket, equity) = (ledger.insurance_atoms, ledger.equity_floor().expect("equity"));
    let owed = ledger.debt_atoms_ceil(lost).expect("a debt").0;
    ledger.write_off(lost).expect("a loss");

    assert_eq!((event.loss_insurance_atoms, u128::from(event.loss_fees_atoms)), (bucket, equity));
    assert_eq!(event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms, owed);
    assert!(event.premium_atoms > 0 && event.loss_fees_atoms > 0 && event.loss_suppliers_atoms > 0, "{event:?}");
    let after = scene.pool(USD).ledger;
    assert_eq!((after.insurance_atoms, after.cash_atoms), (0, ledger.cash_atoms));
    assert_eq!((after.supply_index, after.debt_shares), (ledger.supply_index, ledger.debt_shares));
    assert!(scene.positions().is_empty());
    scene.audit();
}
