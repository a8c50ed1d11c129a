//! voucher_mint: turns collateral into tokens, one for each share; checked like a withdrawal, but no cash leaves.
//! INV-13.

use crate::interface::drop_last_position;
use crate::scene::{BTC, DAY, ETH, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::VouchersMinted;
use ballast::state::Obligation;
use ballast_core::health::Health;
use ballast_core::op::obligation_settings::Right;
use ballast_core::op::voucher_mint::voucher_mint;
use ballast_core::op::withdraw::Margin;
use ballast_core::pause::Pausable;
use ballast_core::price::PriceUse;
use ballast_core::units::{Amount, Atoms, SupplyShares};
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt, User};

/// The simple scene and the borrower's account for vouchers of SOL.
fn scene() -> (Scene, Address) {
    let mut scene = Scene::simple();
    let Scene { world, market, borrower, .. } = &mut scene;
    let account = borrower.voucher_account(world, market, SOL);
    (scene, account)
}

fn mint(scene: &mut Scene, asset: usize, destination: Address, shares: u64) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    borrower.voucher_mint(world, market, asset, destination, shares)
}

fn shares(scene: &Scene) -> SupplyShares {
    scene.positions().collateral(&scene.pool(SOL).id)
}

#[test]
fn refuses_zero() {
    let (mut scene, account) = scene();
    refused(mint(&mut scene, SOL, account, 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_strangers_and_a_delegate_who_may_not_withdraw() {
    let (mut scene, account) = scene();
    let other = User::new(&mut scene.world, &scene.market, 0);
    let Scene { world, market, borrower, .. } = &mut scene;
    let acting = other.for_owner(borrower);
    refused(acting.voucher_mint(world, market, SOL, account, 1), BallastError::NotOwner);
    borrower.set(world, |settings| settings.delegate = other.address()).expect("obligation_settings");
    refused(acting.voucher_mint(world, market, SOL, account, 1), BallastError::NotGranted);
    borrower.set(world, |settings| settings.delegate_rights = Right::Withdraw.bit()).expect("obligation_settings");
    let own = other.voucher_account(world, market, SOL);
    refused(acting.voucher_mint(world, market, SOL, own, 1), BallastError::NotOwnersAccount);
    acting.voucher_mint(world, market, SOL, account, 1).expect("to the owner");
    scene.audit();
}

#[test]
fn refuses_a_missing_debt_among_the_remaining_accounts() {
    let (mut scene, account) = scene();
    let mut mint = scene.borrower.voucher_mint_ix(&scene.world, &scene.market, SOL, account, 1);
    drop_last_position(&mut mint);
    refused(scene.world.send(&[mint], &[&scene.borrower.key]), BallastError::WrongRemainingAccounts);
}

/// INV-6
#[test]
fn refuses_a_price_too_old_for_new_risk() {
    let (mut scene, account) = scene();
    scene.world.advance(61);
    refused(mint(&mut scene, SOL, account, 1), BallastError::PriceStale);
}

#[test]
fn refuses_while_withdrawing_is_paused() {
    let (mut scene, account) = scene();
    scene.market.pause(&mut scene.world, SOL, Pausable::Withdraw.bit(), 60).expect("pause");
    refused(mint(&mut scene, SOL, account, 1), BallastError::ActionPaused);
}

#[test]
fn refuses_more_than_the_collateral() {
    let (mut scene, account) = scene();
    let held = shares(&scene).0;
    refused(mint(&mut scene, SOL, account, held + 1), BallastError::InsufficientCollateral);
    let Scene { world, market, borrower, .. } = &mut scene;
    let bitcoin = borrower.voucher_account(world, market, BTC);
    refused(mint(&mut scene, BTC, bitcoin, 1), BallastError::InsufficientCollateral);
    refused(mint(&mut scene, BTC, bitcoin, ALL), BallastError::InsufficientCollateral);
}

/// INV-5: the limit is exact to the share, and equals that of a withdrawal.
#[test]
fn refuses_what_the_initial_margin_needs() {
    let (mut scene, account) = scene();
    let mut mints = |shares| scene.attempt(|scene| mint(scene, SOL, account, shares).is_ok());
    let (mut low, mut high) = (6 * ONE_SOL, 7 * ONE_SOL);
    assert!(mints(low) && !mints(high));
    while high - low > 1 {
        let middle = low.midpoint(high);
        if mints(middle) { low = middle } else { high = middle }
    }
    refused(mint(&mut scene, SOL, account, high), BallastError::HealthTooLow);
    refused(mint(&mut scene, SOL, account, ALL), BallastError::HealthTooLow);
    let mut ledger = scene.pool(SOL).ledger;
    ledger.accrue(scene.world.now());
    let Atoms(worth) = ledger.supply_atoms_floor(SupplyShares(high)).expect("a worth");
    refused(scene.withdraw(SOL, worth + 1), BallastError::HealthTooLow);
    mint(&mut scene, SOL, account, low).expect("the last share that may go");
    refused(scene.withdraw(SOL, 1), BallastError::HealthTooLow);
    scene.audit();
}

/// INV-13: the result is what core says. The ledger keeps every byte, although a minute has passed since it was
/// written.
#[test]
fn moves_what_core_says_and_emits_the_event() {
    let mut scene = Scene::indebted();
    let Scene { world, market, borrower, .. } = &mut scene;
    let account = borrower.voucher_account(world, market, SOL);
    let (mut pool, mut obligation) = (scene.pool(SOL), scene.obligation());
    let (ledger, vault) = (pool.ledger, scene.vault(SOL));
    let price = scene.market.price(&scene.world, SOL);
    let others = scene.totals(&[SOL], PriceUse::NewRisk);
    let margin = Margin::Initial { price, others };
    let Obligation { positions, call, .. } = &mut obligation;
    let asked = Amount::Exact(SupplyShares(ONE_SOL + 1));
    let issue = voucher_mint(&mut pool, positions, call, asked, &margin, scene.world.now()).expect("core issues");

    let event: VouchersMinted = mint(&mut scene, SOL, account, ONE_SOL + 1).expect("voucher_mint").event();

    assert_eq!((scene.pool(SOL), scene.positions()), (pool, obligation.positions));
    assert_eq!((scene.pool(SOL).ledger, scene.vault(SOL)), (ledger, vault));
    assert_eq!(scene.world.balance(&account), ONE_SOL + 1);
    assert_eq!(scene.world.token_supply(&scene.market.assets[SOL].voucher_mint), ONE_SOL + 1);
    assert_eq!((event.obligation, event.reserve), (scene.borrower.obligation, scene.market.assets[SOL].reserve));
    assert_eq!(event.supply_shares, ONE_SOL + 1);
    assert_eq!(event.health_before_bps, issue.health.before.factor_bps_floor());
    assert_eq!(event.health_after_bps, issue.health.after.factor_bps_floor());
    assert!(event.health_after_bps < event.health_before_bps);
    scene.audit();
}

#[test]
fn mints_everything_without_debt_and_without_an_oracle() {
    let mut scene = Scene::new();
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene.deposit(BTC, ONE_BTC).expect("deposit");
    let Scene { world, market, borrower, .. } = &mut scene;
    let account = borrower.voucher_account(world, market, SOL);
    let held = shares(&scene);
    scene.kill_oracle();
    let event: VouchersMinted = mint(&mut scene, SOL, account, ALL).expect("all").event();
    assert_eq!((event.supply_shares, scene.world.balance(&account)), (held.0, held.0));
    assert_eq!((event.health_before_bps, event.health_after_bps), (Health::NO_DEBT, Health::NO_DEBT));
    assert_eq!((shares(&scene), scene.positions().len), (SupplyShares(0), 1), "the slot is free");
    scene.audit();
}

/// No cash leaves, so neither a lack of cash nor the outflow limit prevents it.
#[test]
fn needs_no_cash_and_uses_no_outflow() {
    let mut scene = Scene::new();
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    let close = |settings: &mut ballast_core::settings::Settings| settings.limits.outflow_bps = 0;
    scene.market.set(&mut scene.world, SOL, close).expect("a change");
    let Scene { world, market, borrower, .. } = &mut scene;
    let account = borrower.voucher_account(world, market, SOL);
    scene.attempt(|scene| {
        scene.wait(7_200);
        refused(scene.withdraw(SOL, ONE_SOL), BallastError::OutflowLimited);
        mint(scene, SOL, account, ALL).expect("nothing leaves");
    });
    scene.set_pool(SOL, |pool| {
        let lent = std::mem::take(&mut pool.ledger.cash_atoms);
        let debt = pool.ledger.debt_shares_ceil(Atoms(lent)).expect("a debt");
        pool.ledger.debt_shares = ballast_core::units::Wide::new(pool.ledger.debt_shares.get() + debt.0);
    });
    mint(&mut scene, SOL, account, ALL).expect("no cash is there");
}

/// INV-13
#[test]
fn vouchers_earn_interest_as_collateral_does() {
    let (mut scene, account) = scene();
    let before = scene.pool(SOL).ledger;
    mint(&mut scene, SOL, account, ONE_SOL).expect("voucher_mint");
    scene.audit();
    scene.wait(DAY);
    scene.market.refresh(&mut scene.world, SOL).expect("refresh");
    assert!(scene.pool(SOL).ledger.supply_index.get() > before.supply_index.get(), "vouchers earn interest too");
    assert_eq!(scene.pool(SOL).ledger.supply_shares, before.supply_shares);
    scene.audit();
}

#[test]
fn leaves_the_other_reserves_as_they_are() {
    let (mut scene, account) = scene();
    let others = |scene: &Scene| [USD, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve));
    let before = others(&scene);
    mint(&mut scene, SOL, account, ONE_USD).expect("voucher_mint");
    assert_eq!(others(&scene), before);
}
