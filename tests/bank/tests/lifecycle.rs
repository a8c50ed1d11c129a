//! A loan from the opening of its market to its last atom, on the bank and in the World.

use ballast::event::{Borrowed, Deposited, Liquidated, ObligationClosed, Refreshed, Repaid, Withdrawn};
use ballast_testkit::User;
use ballast_testkit::user::{ALL, AssetPair};
use bank_tests::cast::{Cast, ONE_SOL, ONE_USD, SOL, USD, WEALTH};
use bank_tests::{Chain, Twins};

const YEAR: u32 = 365 * 86_400;

#[test]
fn a_loan_goes_the_same_way_on_the_bank_and_in_the_world() {
    let cast = Cast::rehearse();
    let mut twins = Twins::opened(&cast);
    lend_and_borrow(&mut twins, &cast);
    a_year_passes(&mut twins, &cast);
    the_price_falls(&mut twins, &cast);
    everybody_leaves(&mut twins, &cast);
}

/// The wallet's SOL and USD.
fn wallet(twins: &Twins, user: &User) -> [u64; 2] {
    [SOL, USD].map(|asset| user.balance(&twins.world, asset))
}

/// Audits the books. Both chains have the same, because every account is the same.
fn audit(twins: &Twins, cast: &Cast) {
    twins.agree(cast.addresses());
    cast.market.audit(&twins.world, &[0, 0]);
}

/// The lender supplies 10,000 USD; the borrower has 100 SOL (10,000 USD) as collateral and owes 7,000 USD.
fn lend_and_borrow(twins: &mut Twins, cast: &Cast) {
    let Cast { market, lender, borrower, .. } = cast;
    for (user, asset, amount) in [(lender, USD, 10_000 * ONE_USD), (borrower, SOL, 100 * ONE_SOL)] {
        let deposit = user.deposit_ix(market, asset, amount);
        let event: Deposited = twins.send(&deposit, &[&user.key]).expect("deposit").event();
        assert_eq!((event.obligation, event.amount_atoms), (user.obligation, amount));
    }
    let borrow = borrower.borrow_ix(&twins.world, market, USD, 7_000 * ONE_USD);
    let event: Borrowed = twins.send(&borrow, &[&borrower.key]).expect("borrow").event();
    // 80 % of 10,000 USD for 7,000 USD, less what the confidence of two prices takes.
    assert_eq!((event.amount_atoms, event.health_before_bps), (7_000 * ONE_USD, u64::MAX));
    assert!((11_400..11_429).contains(&event.health_after_bps), "{event:?}");
    assert_eq!(wallet(twins, lender), [WEALTH, WEALTH - 10_000 * ONE_USD]);
    assert_eq!(wallet(twins, borrower), [WEALTH - 100 * ONE_SOL, WEALTH + 7_000 * ONE_USD]);
    audit(twins, cast);
}

/// At 70 % utilization the debt grows by about 5.4 %; the borrower then repays 1,000 USD.
fn a_year_passes(twins: &mut Twins, cast: &Cast) {
    let Cast { market, borrower, .. } = cast;
    twins.wait(YEAR);
    twins.publish(cast, SOL, 100.0);
    twins.publish(cast, USD, 1.0);
    let refresh = market.refresh_ix(USD, None);
    let event: Refreshed = twins.send(&refresh, &[&market.authority]).expect("refresh").event();
    let [fraction, whole] = event.debt_index;
    let grown = whole as f64 + fraction as f64 / 2f64.powi(64);
    assert!((1.05..1.06).contains(&grown), "the debt grew to {grown}");
    let repay = borrower.repay_ix(market, borrower.obligation, USD, 1_000 * ONE_USD);
    let event: Repaid = twins.send(&repay, &[&borrower.key]).expect("repay").event();
    assert_eq!((event.payer, event.amount_atoms), (borrower.address(), 1_000 * ONE_USD));
    audit(twins, cast);
}

/// At 78 USD the limit is 6,240 USD for a debt of about 6,380: the lender liquidates to a health of 1.05.
fn the_price_falls(twins: &mut Twins, cast: &Cast) {
    let Cast { market, lender, borrower, .. } = cast;
    twins.publish(cast, SOL, 78.0);
    let before = wallet(twins, lender);
    let pair = AssetPair { collateral: SOL, debt: USD };
    let liquidate = lender.liquidate_ix(&twins.world, market, borrower.obligation, pair, ALL);
    let event: Liquidated = twins.send(&liquidate, &[&lender.key]).expect("liquidate").event();
    assert!((9_500..10_000).contains(&event.health_before_bps), "{event:?}");
    assert!((10_499..=10_500).contains(&event.health_after_bps), "{event:?}");
    assert!(event.repaid_atoms > 0 && event.loss_suppliers_atoms == 0, "{event:?}");
    assert_eq!(wallet(twins, lender), [before[SOL] + event.seized_atoms, before[USD] - event.repaid_atoms]);
    audit(twins, cast);
}

/// The borrower repays the debt, both withdraw everything, and both obligations are closed.
fn everybody_leaves(twins: &mut Twins, cast: &Cast) {
    let Cast { market, lender, borrower, .. } = cast;
    let repay = borrower.repay_ix(market, borrower.obligation, USD, ALL);
    twins.send(&repay, &[&borrower.key]).expect("repay");
    for (user, asset) in [(borrower, SOL), (lender, USD)] {
        let withdraw = user.withdraw_ix(&twins.world, market, asset, ALL);
        let event: Withdrawn = twins.send(&withdraw, &[&user.key]).expect("withdraw").event();
        assert_eq!(event.health_after_bps, u64::MAX, "no debt is left");
        let event: ObligationClosed = twins.send(&user.close(), &[&user.key]).expect("obligation_close").event();
        assert_eq!(event.obligation, user.obligation);
        assert_eq!(twins.bank.get(&user.obligation), Default::default(), "the rent is back");
    }
    audit(twins, cast);
    let wallets = [lender, borrower].map(|user| wallet(twins, user));
    let vaults = [SOL, USD].map(|asset| twins.world.balance(&market.assets[asset].vault));
    for asset in [SOL, USD] {
        assert_eq!(wallets[0][asset] + wallets[1][asset] + vaults[asset], 2 * WEALTH, "no token appeared or vanished");
    }
    assert_eq!(vaults[SOL], 0, "nobody borrowed SOL, so its vault is empty");
    assert!(vaults[USD] > 0, "the protocol's tenth of the interest");
}
