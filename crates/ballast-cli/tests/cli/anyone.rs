//! liquidate, flag, refresh, insurance_fund, fees_collect.

use crate::stage::{DOLLAR, SOL, Stage};
use ballast_cli::answer::Answer;
use ballast_client::addresses::obligation_address;
use ballast_testkit::User;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;

/// Returns a borrower of dollars against SOL. The price has fallen, so that their health is below 1.
fn unhealthy(stage: &Stage) -> User {
    let mut chained = stage.node.chained();
    let world = &mut chained.world;
    let borrower = User::new(world, &stage.market, 100_000_000_000);
    borrower.deposit(world, &stage.market, SOL, 10_000_000_000).expect("deposit");
    borrower.borrow(world, &stage.market, DOLLAR, 700_000_000).expect("borrow");
    stage.market.set_price(world, SOL, 80.0);
    borrower
}

#[test]
fn anybody_liquidates_with_their_own_tokens() {
    let stage = Stage::new();
    let borrower = unhealthy(&stage);
    let dollar = stage.market.assets[DOLLAR].mint;
    let line = format!("liquidate {} --collateral SOL --debt {dollar}", borrower.obligation);
    let greedy =
        stage.act(&format!("{line} --min-seized 10.5")).expect_err("more collateral than the liquidation seizes");
    assert_eq!((greedy.status(), stage.node.sent()), (Answer::REFUSED, 0));
    let look = stage.act(&format!("{line} --dry-run")).expect("a dry run");
    assert!(look.text.contains("nothing was sent") && stage.node.sent() == 0, "{}", look.text);
    let (dollars, lamports) = (stage.dollars(), stage.lamports());
    let done = stage.act(&format!("{line} --max-repay 500")).expect("a liquidation");
    assert!(stage.dollars() < dollars && stage.lamports() > lamports, "{}", done.text);
    assert_eq!(done.json["effect"][0]["name"], "health");
    assert!(done.json["effect"][0]["after"].as_str() > done.json["effect"][0]["before"].as_str(), "{}", done.text);
}

#[test]
fn flag_records_a_margin_call_and_refresh_lands() {
    let stage = Stage::new();
    let healthy = obligation_address(&stage.market.config, &stage.key.pubkey(), 0);
    stage.act("deposit 1 SOL").expect("a deposit");
    let refused = stage.act(&format!("flag {healthy}")).expect_err("nothing to flag");
    assert_eq!(refused.status(), Answer::REFUSED);
    let borrower = unhealthy(&stage);
    stage.act(&format!("flag {}", borrower.obligation)).expect("a flag");
    let shown = stage.ask(&format!("obligation show {}", borrower.obligation)).expect("an obligation");
    assert!(shown.json["called_slots_ago"].is_u64(), "{}", shown.text);
    stage.act("refresh SOL").expect("a refresh");
    assert!(stage.node.chained().history.iter().all(|known| known.error.is_null()));
}

#[test]
fn gifts_reach_the_insurance_bucket_and_fees_their_receiver() {
    let stage = Stage::new();
    let dollar = stage.market.assets[DOLLAR].mint;
    let insured = |stage: &Stage| stage.market.reserve(&stage.node.chained().world, DOLLAR).pool.ledger.insurance_atoms;
    stage.act(&format!("insurance fund 12.5 {dollar}")).expect("a gift");
    assert_eq!((insured(&stage), stage.dollars()), (12_500_000, 1_000_000_000 - 12_500_000));
    let all = stage.act(&format!("insurance fund all {dollar}")).expect_err("`all` is not an amount");
    assert_eq!(all.status(), Answer::INPUT);
    let none = stage.act(&format!("fees collect {dollar}")).expect_err("there are no fees yet");
    assert_eq!(none.status(), Answer::REFUSED);
    unhealthy(&stage);
    stage.node.chained().world.advance(31_536_000);
    stage.act(&format!("fees collect {dollar}")).expect("the fees of a year");
    let receiver = get_associated_token_address(&stage.market.fee_receiver.pubkey(), &dollar);
    assert!(stage.node.chained().world.balance(&receiver) > 0);
}
