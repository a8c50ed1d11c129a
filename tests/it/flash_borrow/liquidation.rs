//! A liquidation without capital: borrow the debt's tokens, liquidate, sell the collateral and repay the loan, all or
//! nothing.

use crate::scene::{ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::{TokenError, refused_by_token};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::event::{FlashRepaid, Liquidated};
use ballast_testkit::User;
use ballast_testkit::stage::SwapPool;
use ballast_testkit::user::{ALL, AssetPair};

/// The simple scene with SOL at 80 USD, a market maker who pays `dollars` for a SOL, and a liquidator without tokens.
fn without_capital(dollars: u64) -> (Scene, User, Vec<Instruction>) {
    let mut scene = Scene::simple();
    scene.market.set(&mut scene.world, USD, |settings| settings.risk.flash_fee_bps = 9).expect("a change");
    scene.set_price(SOL, 80.0);
    let Scene { world, market, borrower, .. } = &mut scene;
    let [sol, usd] = [SOL, USD].map(|asset| market.assets[asset].mint);
    let swap = SwapPool::new(world, &sol, &usd, dollars * ONE_USD, ONE_SOL, 1_000_000 * ONE_USD);
    let poor = User::new(world, market, 0);
    let pair = AssetPair { collateral: SOL, debt: USD };
    let all = vec![
        poor.flash_borrow_ix(market, USD, 7_000 * ONE_USD),
        poor.liquidate_ix(world, market, borrower.obligation, pair, 7_000 * ONE_USD),
        swap.swap_ix(&poor.address(), poor.tokens[SOL], poor.tokens[USD], ALL),
        poor.flash_repay_ix(market, USD),
    ];
    (scene, poor, all)
}

/// INV-10
#[test]
fn a_liquidator_without_capital_earns_the_bonus_less_the_fee() {
    let (mut scene, poor, all) = without_capital(80);
    let receipt = scene.world.send(&all, &[&poor.key]).expect("all four");

    let (liquidated, repaid): (Liquidated, FlashRepaid) = (receipt.event(), receipt.event());
    assert_eq!((repaid.amount_atoms, repaid.fee_atoms), (7_000 * ONE_USD, 6_300_000));
    let sold = u128::from(liquidated.seized_atoms) * u128::from(80 * ONE_USD) / u128::from(ONE_SOL);
    let profit = u64::try_from(sold).expect("dollars") - liquidated.repaid_atoms - repaid.fee_atoms;
    assert!(profit > 50 * ONE_USD, "{profit} atoms");
    assert_eq!([SOL, USD].map(|asset| poor.balance(&scene.world, asset)), [0, profit]);
    assert!((10_499..=10_500).contains(&liquidated.health_after_bps));
    scene.audit();
}

#[test]
fn a_bad_swap_price_undoes_the_whole_transaction() {
    let (mut scene, poor, all) = without_capital(70);
    let before = [SOL, USD].map(|asset| (scene.pool(asset), scene.vault(asset)));
    let positions = scene.positions();
    refused_by_token(scene.world.send(&all, &[&poor.key]), TokenError::InsufficientFunds);
    assert_eq!([SOL, USD].map(|asset| (scene.pool(asset), scene.vault(asset))), before);
    assert_eq!(scene.positions(), positions);
    assert_eq!([SOL, USD].map(|asset| poor.balance(&scene.world, asset)), [0, 0]);
}
