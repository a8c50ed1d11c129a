//! The limits of a reserve, exact to the atom: caps, utilization, outflow, isolation. INV-9.

use crate::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_core::limits::Limits;
use ballast_core::units::Atoms;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Market, Receipt, User, World};

/// The four assets without supply or debt, so every index is one until somebody borrows. `limits` changes the limits of
/// `asset`.
fn empty(asset: usize, limits: impl FnOnce(&mut Limits)) -> Scene {
    let mut listings = listings();
    limits(&mut listings[asset].settings.limits);
    let mut world = World::new();
    let market = Market::with(&mut world, &listings);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
    Scene { world, market, lender, borrower }
}

/// The lender supplied a million atoms of USD long ago, and the borrower has collateral for a debt of all of it.
fn supplied(limits: impl FnOnce(&mut Limits)) -> Scene {
    let mut scene = empty(USD, limits);
    lend(&mut scene, USD, 1_000_000).expect("deposit");
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    scene.wait(Limits::MAX_WINDOW_SECS.into());
    scene
}

fn lend(scene: &mut Scene, asset: usize, amount: u64) -> Result<Receipt, Failure> {
    scene.lender.deposit(&mut scene.world, &scene.market, asset, amount)
}

fn take(scene: &mut Scene, asset: usize, amount: u64) -> Result<Receipt, Failure> {
    scene.lender.withdraw(&mut scene.world, &scene.market, asset, amount)
}

/// Panics unless `amount` passes and an atom more is refused.
#[track_caller]
fn at_most(
    scene: &mut Scene,
    amount: u64,
    refusal: BallastError,
    action: fn(&mut Scene, u64) -> Result<Receipt, Failure>,
) {
    refused(action(scene, amount + 1), refusal);
    action(scene, amount).expect("exactly the amount");
}

const BORROW: fn(&mut Scene, u64) -> Result<Receipt, Failure> = |scene, amount| scene.borrow(USD, amount);
const WITHDRAW: fn(&mut Scene, u64) -> Result<Receipt, Failure> = |scene, amount| take(scene, USD, amount);

/// INV-9
#[test]
fn a_reserve_takes_deposits_up_to_its_supply_cap() {
    let mut scene = empty(USD, |limits| limits.supply_cap_atoms = 1_000_000);
    lend(&mut scene, USD, 999_999).expect("below");
    let deposit: fn(&mut Scene, u64) -> _ = |scene, amount| scene.deposit(USD, amount);
    at_most(&mut scene, 1, BallastError::SupplyCapReached, deposit);
    refused(lend(&mut scene, USD, 1), BallastError::SupplyCapReached);
    take(&mut scene, USD, 500).expect("withdraw");
    at_most(&mut scene, 500, BallastError::SupplyCapReached, deposit);
    scene.audit();
}

#[test]
fn interest_fills_the_supply_cap_and_blocks_no_withdrawal() {
    let mut scene = supplied(|limits| limits.supply_cap_atoms = 1_000_000);
    scene.borrow(USD, 500_000).expect("borrow");
    scene.wait(365 * crate::scene::DAY);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let claims = scene.pool(USD).ledger.claims_ceil().expect("claims");
    assert!(claims > 1_000_000);
    refused(lend(&mut scene, USD, 10), BallastError::SupplyCapReached);
    take(&mut scene, USD, 10_000).expect("withdraw");
    refused(lend(&mut scene, USD, 10_000), BallastError::SupplyCapReached);
    scene.repay(USD, ALL).expect("repay");
    scene.audit();
}

/// INV-9
#[test]
fn a_reserve_lends_up_to_its_borrow_cap() {
    let mut scene = supplied(|limits| limits.borrow_cap_atoms = 700_000);
    at_most(&mut scene, 700_000, BallastError::BorrowCapReached, BORROW);
    scene.repay(USD, 123).expect("repay");
    at_most(&mut scene, 123, BallastError::BorrowCapReached, BORROW);
    scene.audit();
}

#[test]
fn the_origination_fee_counts_towards_the_borrow_cap() {
    let mut scene = supplied(|limits| limits.borrow_cap_atoms = 505_000);
    scene.market.set(&mut scene.world, USD, |settings| settings.risk.origination_fee_bps = 100).expect("a change");
    // 500,001 and its fee of 5,000.01, rounded up, are 505,002.
    at_most(&mut scene, 500_000, BallastError::BorrowCapReached, BORROW);
    scene.audit();
}

/// INV-9: the rest is left for withdrawals.
#[test]
fn loans_raise_utilization_up_to_its_limit_and_withdrawals_beyond() {
    let mut scene = supplied(|limits| limits.max_utilization_bps = 8_000);
    at_most(&mut scene, 800_000, BallastError::UtilizationTooHigh, BORROW);
    take(&mut scene, USD, 200_000).expect("all of the cash");
    scene.repay(USD, 100_000).expect("repay");
    refused(scene.borrow(USD, 1), BallastError::UtilizationTooHigh);
    scene.audit();
}

/// A known weakness: only loans are checked against the utilization limit, withdrawals are not. A deposit that is
/// withdrawn in the same transaction lets a borrower take all of the cash. The outflow limit still bounds the loan:
/// such a deposit leaves no room in it.
#[test]
fn a_momentary_deposit_evades_the_utilization_limit_and_not_the_outflow_limit() {
    let attack = |outflow_bps, loan| {
        let mut scene = supplied(|limits| {
            (limits.max_utilization_bps, limits.outflow_bps) = (8_000, outflow_bps);
            limits.outflow_window_secs = 3_600;
        });
        let accomplice = User::new(&mut scene.world, &scene.market, WEALTH);
        refused(scene.borrow(USD, 800_001), BallastError::UtilizationTooHigh);
        let Scene { world, market, borrower, .. } = &mut scene;
        let instructions = [
            accomplice.deposit_ix(market, USD, 1_000_000),
            borrower.borrow_ix(world, market, USD, loan),
            // The accomplice has no debt, so this needs no price and no other position.
            accomplice.withdraw_ix(world, market, USD, 1_000_000),
        ];
        let result = world.send(&instructions, &[&accomplice.key, &borrower.key]);
        scene.audit();
        (result, scene.pool(USD).ledger.cash_atoms)
    };
    let (result, cash) = attack(10_000, 1_000_000);
    result.expect("without an outflow limit");
    assert_eq!(cash, 0);
    let (result, cash) = attack(1_000, 100_001);
    refused(result, BallastError::OutflowLimited);
    assert_eq!(cash, 1_000_000);
    attack(1_000, 100_000).0.expect("a tenth of the claims that stay");
}

/// INV-9
#[test]
fn a_loan_leaves_at_least_the_minimum_debt() {
    let mut scene = supplied(|limits| limits.min_debt_atoms = 1_000);
    refused(scene.borrow(USD, 999), BallastError::DebtTooSmall);
    scene.borrow(USD, 1_000).expect("the minimum");
    scene.borrow(USD, 1).expect("the debt counts, not the loan");
    scene.repay(USD, 900).expect("nothing stops a repayment");
    refused(scene.borrow(USD, 898), BallastError::DebtTooSmall);
    scene.borrow(USD, 899).expect("a thousand again");
    scene.audit();
}

/// A tenth of the supply within an hour.
fn tenth(limits: &mut Limits) {
    (limits.outflow_bps, limits.outflow_window_secs) = (1_000, 3_600);
}

/// INV-9
#[test]
fn withdrawals_pass_up_to_the_outflow_limit() {
    let mut scene = supplied(tenth);
    // A tenth of the 909,091 that stay.
    at_most(&mut scene, 90_909, BallastError::OutflowLimited, WITHDRAW);
    refused(take(&mut scene, USD, 1), BallastError::OutflowLimited);
    scene.audit();
}

#[test]
fn loans_and_withdrawals_share_the_outflow_limit() {
    let mut scene = supplied(tenth);
    take(&mut scene, USD, 40_000).expect("withdraw");
    // A tenth of 960,000.
    at_most(&mut scene, 56_000, BallastError::OutflowLimited, BORROW);
    refused(take(&mut scene, USD, 1), BallastError::OutflowLimited);
    scene.audit();
}

#[test]
fn outflow_drains_with_the_window() {
    let mut scene = supplied(tenth);
    take(&mut scene, USD, 90_000).expect("withdraw");
    scene.wait(360);
    // Nine tenths of it still count: 90,090 are a tenth of the 900,910 that stay.
    at_most(&mut scene, 9_090, BallastError::OutflowLimited, WITHDRAW);
    scene.wait(3_599);
    // 26 of 90,090 still count: 81,903 are a tenth of 819,033.
    at_most(&mut scene, 81_877, BallastError::OutflowLimited, WITHDRAW);
    scene.wait(3_600);
    at_most(&mut scene, 74_457, BallastError::OutflowLimited, WITHDRAW);
    scene.audit();
}

#[test]
fn inflow_may_leave_again() {
    let mut scene = supplied(tenth);
    take(&mut scene, USD, 90_000).expect("withdraw");
    lend(&mut scene, USD, 50_000).expect("deposit");
    // 40,000 still count: 90,909 are a tenth of 909,091.
    at_most(&mut scene, 50_909, BallastError::OutflowLimited, WITHDRAW);
    let mut scene = supplied(tenth);
    lend(&mut scene, USD, 500_000).expect("deposit");
    // All of the new money, and a tenth of the 909,091 that stay.
    at_most(&mut scene, 590_909, BallastError::OutflowLimited, WITHDRAW);
    let mut scene = supplied(tenth);
    scene.borrow(USD, 100_000).expect("borrow");
    scene.repay(USD, 60_000).expect("repay");
    at_most(&mut scene, 60_000, BallastError::OutflowLimited, BORROW);
    scene.audit();
}

/// Credit drains too: an old inflow gives no right to an outflow at once.
#[test]
fn credit_drains_with_the_window() {
    let mut scene = supplied(tenth);
    lend(&mut scene, USD, 500_000).expect("deposit");
    scene.wait(1_800);
    // 250,000 and a tenth of the 1,136,364 that stay.
    at_most(&mut scene, 250_000 + 113_636, BallastError::OutflowLimited, WITHDRAW);
}

#[test]
fn the_floor_lets_the_last_supplier_out() {
    let mut scene = supplied(|limits| {
        tenth(limits);
        limits.outflow_floor_atoms = 400_000;
    });
    at_most(&mut scene, 400_000, BallastError::OutflowLimited, WITHDRAW);
    scene.wait(3_600);
    at_most(&mut scene, 400_000, BallastError::OutflowLimited, WITHDRAW);
    scene.wait(3_600);
    take(&mut scene, USD, ALL).expect("the rest");
    assert_eq!(scene.vault(USD), 0);
    scene.audit();
}

#[test]
fn the_outflow_limit_does_not_apply_to_liquidations_repayments_and_flash_loans() {
    let mut scene = supplied(tenth);
    scene.borrow(USD, 100_000).expect("borrow");
    lend(&mut scene, SOL, 100 * ONE_SOL).expect("deposit");
    scene.market.set(&mut scene.world, SOL, |settings| settings.limits.outflow_bps = 0).expect("a change");
    let Scene { world, market, borrower, .. } = &mut scene;
    borrower.flash(world, market, USD, 900_000, &[]).expect("all of the cash");
    let outflow = |scene: &Scene| [SOL, USD].map(|asset| scene.pool(asset).outflow);
    let before = outflow(&scene);
    scene.set_price(SOL, 0.11);
    scene.liquidate(SOL, USD, ALL).expect("liquidate");
    assert_eq!(outflow(&scene), before);
    scene.audit();
}

/// The borrower's 10 SOL of 40 are a quarter of what SOL may count for.
fn capped(limits: impl FnOnce(&mut Limits)) -> Scene {
    let mut scene = empty(SOL, limits);
    lend(&mut scene, SOL, 30 * ONE_SOL).expect("deposit");
    lend(&mut scene, USD, 10_000 * ONE_USD).expect("deposit");
    scene.deposit(SOL, 10 * ONE_SOL).expect("deposit");
    scene
}

/// Returns the largest loan on collateral that counts for this much, in micro-USD: 75 %, with a debt at 1.0002 USD.
fn lent_on(counted: u64) -> u64 {
    counted * 75 * 100 / 10_002
}

/// INV-9
#[test]
fn collateral_counts_for_its_part_of_the_collateral_cap() {
    let mut scene = capped(|limits| limits.collateral_cap_usd = 1_000);
    scene.attempt(|scene| at_most(scene, lent_on(250_000_000), BallastError::HealthTooLow, BORROW));
    // The part of the cap grows when others withdraw and shrinks when others deposit.
    scene.attempt(|scene| {
        take(scene, SOL, 20 * ONE_SOL).expect("withdraw");
        at_most(scene, lent_on(500_000_000), BallastError::HealthTooLow, BORROW);
    });
    lend(&mut scene, SOL, 40 * ONE_SOL).expect("deposit");
    at_most(&mut scene, lent_on(125_000_000), BallastError::HealthTooLow, BORROW);
    scene.audit();
}

#[test]
fn collateral_below_the_cap_counts_for_what_it_is_worth() {
    // At the conservative end of the price, 99.98 USD.
    for cap in [4_000, 1_000_000, Limits::NO_COLLATERAL_CAP] {
        let mut scene = capped(|limits| limits.collateral_cap_usd = cap);
        at_most(&mut scene, lent_on(999_800_000), BallastError::HealthTooLow, BORROW);
    }
}

/// The cap limits new debt and liquidates nobody.
#[test]
fn the_collateral_cap_does_not_apply_to_maintenance() {
    let mut scene = capped(|limits| limits.collateral_cap_usd = 1_000);
    scene.borrow(USD, 187 * ONE_USD).expect("borrow");
    let health = scene.health();
    let Scene { world, market, .. } = &mut scene;
    market.tighten(world, SOL, |to| to.collateral_cap_usd = 0).expect("reserve_tighten");
    assert_eq!(scene.health(), health);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    refused(scene.borrow(USD, 1), BallastError::HealthTooLow);
    refused(scene.withdraw(SOL, 1), BallastError::HealthTooLow);
    scene.repay(USD, ALL).expect("repay");
    scene.withdraw(SOL, ALL).expect("withdraw");
    scene.audit();
}

/// INV-9: a new collateral counts for nothing at first and for its cap at the end of its probation.
#[test]
fn the_collateral_cap_grows_during_probation() {
    let mut scene = capped(|limits| (limits.collateral_cap_usd, limits.probation_secs) = (4_000, 1_000));
    refused(scene.borrow(USD, 1), BallastError::HealthTooLow);
    for (secs, counted) in [(250, 250_000_000), (250, 500_000_000), (250, 750_000_000), (250, 999_800_000)] {
        scene.wait(secs);
        scene.attempt(|scene| at_most(scene, lent_on(counted), BallastError::HealthTooLow, BORROW));
    }
    scene.wait(1_000_000);
    at_most(&mut scene, lent_on(999_800_000), BallastError::HealthTooLow, BORROW);
}

/// SOL as collateral allows a debt in USD only. The lender supplies everything, the borrower has SOL.
fn isolated() -> Scene {
    let mut scene = empty(SOL, |limits| limits.allowed_debts = 1 << USD);
    for (asset, amount) in [(USD, 100_000 * ONE_USD), (BTC, 10 * ONE_BTC)] {
        lend(&mut scene, asset, amount).expect("deposit");
    }
    assert_eq!([SOL, USD, BTC, ETH].map(|asset| usize::from(scene.pool(asset).listing_number)), [SOL, USD, BTC, ETH]);
    scene
}

/// INV-9
#[test]
fn isolated_collateral_carries_the_debts_that_it_allows() {
    let mut scene = isolated();
    scene.deposit(SOL, 10 * ONE_SOL).expect("deposit");
    refused(scene.borrow(BTC, 1), BallastError::DebtNotAllowed);
    scene.borrow(USD, 100 * ONE_USD).expect("allowed");
    refused(scene.borrow(BTC, 1), BallastError::DebtNotAllowed);
    scene.withdraw(SOL, ONE_SOL).expect("withdraw");
    // Other collateral does not help while the isolated one is there.
    scene.deposit(ETH, ONE_ETH).expect("deposit");
    refused(scene.borrow(BTC, 1), BallastError::DebtNotAllowed);
    scene.withdraw(SOL, ALL).expect("ether alone carries the dollars");
    scene.borrow(BTC, 1_000).expect("and now a debt in bitcoin");
    scene.audit();
}

/// INV-9: a debt on good collateral cannot be moved to isolated collateral.
#[test]
fn good_collateral_cannot_be_swapped_for_isolated_under_a_debt() {
    let mut scene = isolated();
    scene.deposit(ETH, 10 * ONE_ETH).expect("deposit");
    scene.borrow(BTC, ONE_BTC / 10).expect("borrow");
    scene.deposit(SOL, 1_000 * ONE_SOL).expect("it still protects the suppliers");

    refused(scene.withdraw(ETH, 1), BallastError::DebtNotAllowed);
    refused(scene.withdraw(ETH, ALL), BallastError::DebtNotAllowed);
    refused(scene.borrow(USD, 1), BallastError::DebtNotAllowed);
    let Scene { world, market, borrower, .. } = &mut scene;
    let vouchers = borrower.voucher_account(world, market, ETH);
    refused(borrower.voucher_mint(world, market, ETH, vouchers, 1), BallastError::DebtNotAllowed);
    scene.deposit(ETH, ONE_ETH).expect("more of the good collateral");
    scene.attempt(|scene| {
        scene.repay(BTC, ALL).expect("repay");
        scene.withdraw(ETH, ALL).expect("without a debt nothing is forbidden");
    });
    scene.withdraw(SOL, ALL).expect("the isolated collateral may leave");
    scene.withdraw(ETH, ONE_ETH).expect("then the good one may leave");
    scene.audit();
}

#[test]
fn collateral_that_allows_no_debt_carries_none() {
    let mut scene = empty(SOL, |limits| limits.allowed_debts = 0);
    lend(&mut scene, USD, 1_000 * ONE_USD).expect("deposit");
    scene.deposit(SOL, 10 * ONE_SOL).expect("deposit");
    refused(scene.borrow(USD, 1), BallastError::DebtNotAllowed);
    scene.deposit(ETH, ONE_ETH).expect("deposit");
    refused(scene.borrow(USD, 1), BallastError::DebtNotAllowed);
    let Atoms(worth) =
        scene.pool(SOL).ledger.supply_atoms_floor(ballast_core::units::SupplyShares(1)).expect("a worth");
    scene.withdraw(SOL, 10 * ONE_SOL - worth).expect("withdraw");
    refused(scene.borrow(USD, 1), BallastError::DebtNotAllowed);
    scene.withdraw(SOL, ALL).expect("the last share");
    scene.borrow(USD, 1_000).expect("ether alone");
    scene.audit();
}

/// A prohibition by the guardian applies to new debt only and liquidates nobody.
#[test]
fn an_existing_debt_survives_its_prohibition() {
    let mut scene = isolated();
    scene.deposit(SOL, 10 * ONE_SOL).expect("deposit");
    scene.borrow(USD, 100 * ONE_USD).expect("borrow");
    scene.market.tighten(&mut scene.world, SOL, |to| to.allowed_debts = 0).expect("reserve_tighten");
    refused(scene.borrow(USD, 1), BallastError::DebtNotAllowed);
    refused(scene.withdraw(SOL, 1), BallastError::DebtNotAllowed);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    scene.repay(USD, ALL).expect("repay");
    scene.withdraw(SOL, ALL).expect("withdraw");
    scene.audit();
}
