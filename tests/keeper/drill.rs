//! Failures around a keeper. They must not lead to a second liquidation, a lost target or a panic.

use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_client::accounts::ProgramAccount as _;
use ballast_keeper::engine::Engine;
use ballast_keeper::event::{Attempt, Fate, HealthLine, KeeperAction, KeeperEvent, SignedTransaction, TransactionKind};
use ballast_keeper::target::{LIFE_SLOTS, Outcome};
use ballast_testkit::user::AssetPair;
use ballast_testkit::{Listing, User};

use crate::chain::{Chain, ONE_SOL, ONE_USD, SECRET, SOL, USD, notices, only, sends};

const OBLIGATION: usize = ballast::state::Obligation::LEN;

fn lines(actions: &[KeeperAction]) -> Vec<HealthLine> {
    notices(actions).iter().map(|notice| notice.line).collect()
}

/// SOL has fallen to 84 USD, and the engine wants to liquidate.
fn crashed() -> (Chain, SignedTransaction) {
    let mut chain = Chain::new();
    chain.set_up(|setup| setup.flag_warnings = false);
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let actions = chain.step();
    let send = only(&actions, TransactionKind::Liquidate);
    (chain, send)
}

fn nothing_sent(actions: &[KeeperAction]) {
    assert_eq!(sends(actions), [] as [&SignedTransaction; 0]);
}

/// Between a health of 0.97 and 1 a liquidation waits for eight slots.
fn with_a_cure_window() -> Chain {
    Chain::with(&[Listing::new(9, 100.0), Listing::new(6, 1.0)], |world, market| {
        let change = market.set_market(world, |market| {
            (market.terms.cure_slots, market.terms.hard_line_bps) = (8, 9_700);
        });
        change.expect("a change");
    })
}

#[test]
fn a_crash_leads_to_warning_margin_call_and_liquidation() {
    let mut chain = with_a_cure_window();
    assert_eq!(chain.load_and_step(), []);

    // 100 SOL at 80 % against 7,000 USD: below 1.10 at 96.25.
    chain.set_price(SOL, 95.0);
    let actions = chain.step();
    let warning = only(&actions, TransactionKind::Flag);
    assert_eq!(lines(&actions), [HealthLine::Warning]);
    nothing_sent(&chain.settle(&warning).1);

    // Below 1 at 87.50, hard below 84.875.
    chain.set_price(SOL, 86.0);
    let actions = chain.step();
    let call = only(&actions, TransactionKind::Flag);
    assert_eq!(lines(&actions), [HealthLine::Call]);
    nothing_sent(&chain.settle(&call).1);
    assert_eq!(chain.engine.status().skips["cure_window"], 1);

    chain.world.advance_slots(8);
    let actions = chain.step();
    let liquidation = only(&actions, TransactionKind::Liquidate);
    assert_eq!(lines(&actions), [HealthLine::Liquidatable]);
    let before = [SOL, USD].map(|asset| chain.keeper_holds(asset));
    let (receipt, actions) = chain.settle(&liquidation);
    let Liquidated { repaid_atoms, premium_atoms, seized_atoms, .. } = receipt.event();
    assert!(repaid_atoms > 100 * ONE_USD && seized_atoms > ONE_SOL);
    let after = [SOL, USD].map(|asset| chain.keeper_holds(asset));
    assert_eq!(after, [before[0] + seized_atoms, before[1] - repaid_atoms - premium_atoms]);
    assert_eq!(lines(&actions), [HealthLine::Liquidated]);
    nothing_sent(&actions);
    chain.market.audit(&chain.world, &[0; 2]);

    chain.set_price(SOL, 100.0);
    let actions = chain.step();
    assert_eq!(lines(&actions), [HealthLine::Recovered]);
}

#[test]
fn a_call_within_the_blockhash_of_its_warning_is_another_transaction() {
    let mut chain = with_a_cure_window();
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 95.0);
    let warning = only(&chain.step(), TransactionKind::Flag);
    chain.land_in_slot(&warning).expect("it lands");
    let outcome = Outcome::Landed(chain.world.slot());
    let settled = KeeperEvent::Outcome { obligation: warning.target, attempt: warning.attempt, outcome };
    let blockhash = chain.blockhash();
    chain.world.advance_slots(1);
    chain.set_price(SOL, 86.0);
    let mut news = [vec![settled], chain.news()].concat();
    news.retain(|event| !matches!(event, KeeperEvent::Blockhash { .. }));
    news.push(blockhash);
    let call = only(&chain.hear(&news), TransactionKind::Flag);
    assert_eq!(call.last_valid_height, warning.last_valid_height, "of the same blockhash");
    assert_ne!(call.transaction, warning.transaction, "the chain would take the one for the other");
    chain.land_in_slot(&call).expect("a margin call");
}

#[test]
fn a_landing_in_the_slot_of_the_load_is_not_repeated() {
    let mut chain = Chain::new();
    chain.set_up(|setup| setup.flag_warnings = false);
    chain.set_price(SOL, 84.0);
    let send = only(&chain.load_and_step(), TransactionKind::Liquidate);
    let slot = chain.world.slot();
    chain.land_in_slot(&send).expect("it lands");
    // The outcome arrives before the account.
    let outcome =
        KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome: Outcome::Landed(slot) };
    nothing_sent(&chain.hear(&[outcome]));
    assert_eq!(chain.engine.status().skips["held"], 1);
    nothing_sent(&chain.step());
}

#[test]
fn one_transaction_is_in_flight_until_it_lands_or_expires() {
    let (mut chain, send) = crashed();
    for _ in 0..5 {
        nothing_sent(&chain.step());
    }
    // The chain has dropped it without a word. Its blockhash grows too old.
    chain.world.advance_slots(LIFE_SLOTS);
    let again = only(&chain.step(), TransactionKind::Liquidate);
    assert!(again.attempt > send.attempt);
    chain.settle(&again);
    assert!(chain.land(&send).is_err(), "the first can no longer land");
}

#[test]
fn an_expired_transaction_is_replaced_immediately() {
    let (mut chain, send) = crashed();
    let outcome = KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome: Outcome::Expired };
    let mut events = vec![outcome];
    events.extend(chain.news());
    only(&chain.hear(&events), TransactionKind::Liquidate);
}

#[test]
fn duplicate_and_late_news_change_nothing() {
    let mut chain = Chain::new();
    let mut all = chain.load();
    assert_eq!(chain.hear(&all.clone()), []);
    chain.set_price(SOL, 84.0);
    let low = chain.next_slot();
    let send = only(&chain.hear(&low), TransactionKind::Liquidate);
    chain.land(&send).expect("it lands");
    let after = chain.news();
    nothing_sent(&chain.hear(&after));
    let healthy = chain.engine.health_bps(&send.target).expect("priced");
    // Everything again and backwards, without the beginning and end of the load.
    all.retain(|event| matches!(event, KeeperEvent::Account(_)));
    let late = [after, low, all].concat().into_iter().rev().collect::<Vec<_>>();
    nothing_sent(&chain.hear(&late));
    assert_eq!(chain.engine.health_bps(&send.target), Some(healthy));
}

#[test]
fn a_price_on_a_dead_fork_is_forgotten() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    let before = chain.world.clone();
    chain.set_price(SOL, 84.0);
    let send = only(&chain.step(), TransactionKind::Liquidate);
    let dead = chain.world.slot();
    // On the other fork the price has never fallen.
    chain.world = before;
    chain.world.advance_slots(2);
    assert!(chain.land(&send).is_err());
    let outcome = KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome: Outcome::Expired };
    nothing_sent(&chain.hear(&[KeeperEvent::Slot(dead, Fate::Dead), outcome]));
    assert!(chain.engine.health_bps(&send.target).expect("priced") > 10_000);
    assert_eq!(chain.engine.status().skips, [("blockhash", 1)].into(), "the blockhash was of that fork too");
    nothing_sent(&chain.step());
    chain.set_price(SOL, 83.0);
    let send = only(&chain.step(), TransactionKind::Liquidate);
    chain.settle(&send);
}

#[test]
fn an_older_price_is_not_used_after_a_newer_one() {
    let (mut chain, send) = crashed();
    chain.wait(10);
    chain.settle(&send);
    let health = chain.engine.health_bps(&send.target);
    // The reserve remembers the publish time; an older price in a newer slot moves no health.
    let mut account = chain.world.get(&chain.market.assets[SOL].feed.address);
    let stale = chain.world.now() - 60;
    account.data[93..101].copy_from_slice(&stale.to_le_bytes());
    account.data[73..81].copy_from_slice(&5_000_000_000i64.to_le_bytes());
    chain.world.set(chain.market.assets[SOL].feed.address, account);
    nothing_sent(&chain.step());
    assert_eq!(chain.engine.health_bps(&send.target), health);
}

#[test]
fn a_stale_blockhash_signs_nothing() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    chain.world.advance_slots(41);
    chain.set_price(SOL, 84.0);
    let mut news = chain.next_slot();
    news.retain(|event| !matches!(event, KeeperEvent::Blockhash { .. }));
    nothing_sent(&chain.hear(&news));
    assert_eq!(chain.engine.status().skips, [("blockhash", 1)].into());
    let blockhash = chain.blockhash();
    let send = only(&chain.hear(&[blockhash]), TransactionKind::Liquidate);
    chain.settle(&send);
}

#[test]
fn the_engine_does_not_act_on_a_lagging_source() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let news = chain.next_slot();
    // Blockhashes come from another node and show the lag.
    chain.world.advance_slots(51);
    let blockhash = chain.blockhash();
    nothing_sent(&chain.hear(&[news, vec![blockhash]].concat()));
    assert_eq!(chain.engine.status().skips, [("lagging", 1)].into());
    only(&chain.step(), TransactionKind::Liquidate);
}

#[test]
fn an_account_that_is_closed_in_flight_is_not_a_target() {
    let (mut chain, send) = crashed();
    let Chain { world, market, borrower, .. } = &mut chain;
    borrower.repay(world, market, USD, u64::MAX).expect("repay");
    borrower.withdraw(world, market, SOL, u64::MAX).expect("withdraw");
    world.send(&[borrower.close()], &[&borrower.key]).expect("obligation_close");
    assert!(chain.land(&send).is_err());
    let reverted = Outcome::Reverted(3_007);
    let outcome = KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome: reverted };
    let news = [vec![outcome], chain.news()].concat();
    nothing_sent(&chain.hear(&news));
    assert_eq!(chain.engine.status().obligations, 1, "the lender's");
    chain.world.advance_slots(1_000);
    nothing_sent(&chain.step());
}

/// An attempt from the journal holds its target until it lands or expires.
#[test]
fn a_keeper_that_was_killed_does_not_send_again() {
    let (mut chain, send) = crashed();
    let Attempt { target, attempt, .. } = send.attempt();
    chain.restart();
    let resumed = vec![KeeperEvent::Resumed(send.attempt())];
    nothing_sent(&chain.hear(&resumed));
    nothing_sent(&chain.load_and_step());
    for _ in 0..5 {
        // Not `next_slot`: the blockhash lives on.
        chain.world.advance_slots(1);
        let news = chain.news();
        nothing_sent(&chain.hear(&news));
    }
    assert_eq!(chain.engine.status().targets["sent"], 1);
    // It lands after all, and the new keeper learns of it.
    let (receipt, actions) = chain.settle(&send);
    assert_eq!(receipt.events::<Liquidated>().len(), 1);
    nothing_sent(&actions);
    // The next attempt has another number.
    chain.set_price(SOL, 70.0);
    let next = only(&chain.step(), TransactionKind::Liquidate);
    assert_eq!((next.target, next.attempt), (target, attempt + 1));
}

#[test]
fn without_the_journal_a_second_transaction_is_the_same_or_refused() {
    let (mut chain, first) = crashed();
    chain.restart();
    let same = only(&chain.load_and_step(), TransactionKind::Liquidate);
    assert_eq!(same.transaction, first.transaction, "the chain takes the same bytes once");

    chain.restart();
    chain.world.advance_slots(1);
    chain.world.svm.expire_blockhash();
    let second = only(&chain.load_and_step(), TransactionKind::Liquidate);
    assert_ne!(second.transaction, first.transaction);
    chain.land(&second).expect("it lands");
    let first = chain.resigned(&first);
    let refused = chain.world.svm.send_transaction(first).map_err(ballast_testkit::Failure::from).map(|_| ());
    assert!(refused.expect_err("refused").is(BallastError::ObligationHealthy));
}

#[test]
fn the_step_that_ends_a_load_acts_on_what_was_missed() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    nothing_sent(&chain.hear(&[KeeperEvent::Lost]));
    assert!(!chain.engine.status().is_loaded);
    chain.set_price(SOL, 84.0);
    let news = chain.next_slot();
    nothing_sent(&chain.hear(&news));
    chain.world.advance_slots(500);
    chain.wait(1);
    only(&chain.load_and_step(), TransactionKind::Liquidate);
}

#[test]
fn an_account_closed_while_the_source_was_lost_is_gone_after_the_load() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    assert_eq!(chain.engine.status().obligations, 2);
    nothing_sent(&chain.hear(&[KeeperEvent::Lost]));
    let Chain { world, market, borrower, .. } = &mut chain;
    borrower.repay(world, market, USD, u64::MAX).expect("repay");
    borrower.withdraw(world, market, SOL, u64::MAX).expect("withdraw");
    world.send(&[borrower.close()], &[&borrower.key]).expect("obligation_close");
    chain.world.advance_slots(40);
    assert_eq!(chain.load_and_step(), []);
    assert_eq!(chain.engine.status().obligations, 1);
}

#[test]
fn a_load_older_than_the_root_is_requested_again() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    let root = chain.engine.status().root;
    let late = [
        KeeperEvent::Lost,
        KeeperEvent::Loading { slot: root - 1 },
        KeeperEvent::Loaded,
        KeeperEvent::Lost,
        KeeperEvent::Loaded,
    ];
    assert_eq!(chain.hear(&late), [KeeperAction::Reload]);
    assert!(!chain.engine.status().is_loaded);
    chain.set_price(SOL, 84.0);
    chain.world.advance_slots(1);
    only(&chain.load_and_step(), TransactionKind::Liquidate);
}

/// The obligations come from a file, the rest from the chain, and the writes in between as news.
#[test]
fn a_keeper_that_starts_from_a_snapshot_goes_on() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    let mut file = Vec::new();
    chain.engine.save(&mut file).expect("saved");
    let all = chain.load();
    chain.engine = Engine::restore(chain.setup.clone(), SECRET, file.as_slice()).expect("restored");
    assert_eq!(chain.engine.status().obligations, 2);
    // No obligation among it, as of a slot that is the root already: reserves count as of then.
    let is_obligation =
        |event: &KeeperEvent| matches!(event, KeeperEvent::Account(account) if account.data.len() == OBLIGATION);
    let mut rest = all.into_iter().filter(|event| !is_obligation(event)).collect::<Vec<_>>();
    rest.retain(|event| !matches!(event, KeeperEvent::Loading { .. } | KeeperEvent::Loaded));
    for event in &mut rest {
        if let KeeperEvent::Account(account) = event {
            account.slot += 1;
        }
    }
    rest.push(KeeperEvent::Loaded);
    chain.world.advance_slots(1);
    assert_eq!(chain.hear(&rest), []);
    assert_eq!((chain.engine.status().obligations, chain.engine.status().unpriced), (2, 0));
    chain.set_price(SOL, 84.0);
    let send = only(&chain.step(), TransactionKind::Liquidate);
    chain.settle(&send);
}

/// A keeper that loses offers more for the same target the next time, as `most_losses` says.
#[test]
fn a_keeper_that_loses_offers_more() {
    let mut chain = Chain::new();
    chain.set_up(|setup| {
        setup.flag_warnings = false;
        (setup.fees.most_losses, setup.fees.tip_account) = (1, Some(Address::new_unique().to_string()));
    });
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let send = only(&chain.step(), TransactionKind::Liquidate);
    assert_eq!(send.tip_lamports, 0);
    let Chain { world, market, borrower, .. } = &mut chain;
    let other = User::new(world, market, 1_000_000 * ONE_USD);
    let pair = AssetPair { collateral: SOL, debt: USD };
    other.liquidate(world, market, borrower, pair, u64::MAX).expect("liquidate");
    chain.step();
    let outcome = Outcome::Reverted(6_000);
    let reverted = KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome };
    nothing_sent(&chain.hear(&[reverted]));
    chain.set_price(SOL, 70.0);
    chain.world.advance_slots(2);
    let again = only(&chain.step(), TransactionKind::Liquidate);
    assert_eq!(again.tip_lamports, 100_000, "the cap");
}

#[test]
fn a_shadow_is_scored_by_the_liquidations_of_others() {
    let (mut chain, send) = crashed();
    let slot = send.slot;
    let Chain { world, market, borrower, .. } = &mut chain;
    let other = User::new(world, market, 1_000_000 * ONE_USD);
    world.advance_slots(3);
    let pair = AssetPair { collateral: SOL, debt: USD };
    other.liquidate(world, market, borrower, pair, u64::MAX).expect("liquidate");
    let actions = chain.step();
    assert_eq!(lines(&actions), [HealthLine::Liquidated]);
    let score = chain.engine.score();
    assert_eq!((score.ahead, score.slots_ahead), (1, chain.world.slot() - slot));
    assert_eq!((score.late, score.missed), (0, 0));
}

#[test]
fn the_engine_reports_health_token_accounts_and_status() {
    let mut chain = Chain::new();
    assert_eq!(chain.load_and_step(), []);
    let (owner, obligation) = (chain.borrower.address(), chain.borrower.obligation);
    assert_eq!(chain.engine.obligations_of(&owner), [obligation]);
    // 8,000 of 7,000 USD and a minute's interest.
    assert_eq!(chain.engine.health_bps(&obligation), Some(11_428));
    let wallets = chain.engine.token_accounts();
    assert!(wallets.len() == 2 && wallets.iter().all(|wallet| wallet.is_open));
    assert!(wallets.iter().all(|wallet| chain.engine.accounts().contains(&wallet.address)));
    assert_eq!(chain.engine.accounts().len(), 5, "the clock, two prices, two wallets");
}

#[test]
fn a_reserve_that_is_listed_and_closed_is_known() {
    let mut chain = Chain::new();
    let Chain { world, market, .. } = &mut chain;
    market.list_closed(world, &Listing::new(6, 1.0));
    market.assets.pop();
    assert_eq!(chain.load_and_step(), []);
    assert_eq!((chain.engine.status().reserves, chain.engine.status().refused.len()), (3, 0));
}

#[test]
fn obligations_wait_for_their_reserves() {
    let mut chain = Chain::new();
    let mut events = chain.load();
    // The beginning of the load, then everything backwards, then its end.
    let last = events.len() - 1;
    events[1..last].reverse();
    assert_eq!(chain.hear(&events), []);
    assert_eq!((chain.engine.status().obligations, chain.engine.status().unpriced), (2, 0));
    chain.set_price(SOL, 84.0);
    only(&chain.step(), TransactionKind::Liquidate);
}
