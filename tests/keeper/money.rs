//! What the keeper spends and earns: one budget for several liquidations, loans, fees.

use anchor_lang::prelude::Address;
use ballast::event::{FlashRepaid, Liquidated};
use ballast_client::addresses::{SPL_TOKEN, SYSTEM, TOKEN_2022};
use ballast_keeper::event::{KeeperEvent, Route, RouteAccount, TransactionKind};
use ballast_keeper::target::Outcome;
use ballast_testkit::{Listing, User};

use crate::chain::{Chain, ONE_SOL, ONE_USD, SOL, SWAP_UNITS, USD, WEALTH, only, route, sends};
use crate::compute::requested;

const LISTINGS: fn() -> [Listing; 2] = || [Listing::new(9, 100.0), Listing::new(6, 1.0)];

/// Three borrowers who owe 7,000 USD each.
fn three() -> (Chain, Vec<User>) {
    let mut chain = Chain::new();
    chain.set_up(|setup| (setup.flag_warnings, setup.flag_calls) = (false, false));
    let Chain { world, market, .. } = &mut chain;
    let more = (0..2).map(|_| {
        let user = User::new(world, market, 1_000 * ONE_SOL);
        user.deposit(world, market, SOL, 100 * ONE_SOL).expect("deposit");
        user.borrow(world, market, USD, 7_000 * ONE_USD).expect("borrow");
        user
    });
    let more = more.collect();
    (chain, more)
}

#[test]
fn several_liquidations_share_one_budget() {
    let (mut chain, _) = three();
    // At 84 USD each takes some 2,740 USD: two, and a part of a third.
    chain.endow(USD, 6_000 * ONE_USD);
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let actions = chain.step();
    assert_eq!(sends(&actions).len(), 3);
    let before = chain.keeper_holds(USD);
    // All land in one slot, whatever is left of the budget.
    for send in sends(&actions) {
        chain.land_in_slot(send).expect("it lands");
    }
    assert!(chain.keeper_holds(USD) < before / 100, "{} left", chain.keeper_holds(USD));
    chain.market.audit(&chain.world, &[0; 2]);
}

#[test]
fn tokens_in_flight_are_not_spent_again() {
    let (mut chain, _) = three();
    chain.endow(USD, 3_000 * ONE_USD);
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let actions = chain.step();
    assert_eq!(sends(&actions).len(), 2, "one, and what is left");
    assert_eq!(sends(&chain.step()).len(), 0, "{:#?}", chain.engine.status());
    // One of them will never land: its tokens are free again.
    let send = sends(&actions)[0];
    let expired = KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome: Outcome::Expired };
    let actions = chain.hear(&[expired, chain.blockhash()]);
    assert_eq!(sends(&actions).len(), 1);
}

#[test]
fn without_a_token_a_flash_loan_pays() {
    let mut chain = Chain::with(&LISTINGS(), |world, market| {
        market.set(world, USD, |settings| settings.risk.flash_fee_bps = 9).expect("a change");
    });
    chain.set_up(|setup| (setup.flag_warnings, setup.flag_calls) = (false, false));
    chain.impoverish();
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let swap = chain.swap(84);
    assert_eq!(sends(&chain.step()).len(), 0, "nothing to pay with: {:?}", chain.engine.status().skips);
    // A market that pays too little for the collateral would earn only the lender's fee.
    let poor = route(&chain, &swap, 81, SWAP_UNITS);
    assert_eq!(sends(&chain.hear(&[KeeperEvent::Route(poor), chain.blockhash()])).len(), 0);
    let good = route(&chain, &swap, 84, SWAP_UNITS);
    let mut old = good.clone();
    old.slot -= 11;
    assert_eq!(sends(&chain.hear(&[KeeperEvent::Route(old), chain.blockhash()])).len(), 0, "quoted too long ago");
    let send = only(&chain.hear(&[KeeperEvent::Route(good), chain.blockhash()]), TransactionKind::Liquidate);
    let receipt = chain.land(&send).expect("it lands");
    let (seized, repaid): (Liquidated, FlashRepaid) = (receipt.event(), receipt.event());
    let [sol, usd] = [SOL, USD].map(|asset| chain.keeper_holds(asset));
    // Everything is sold except the tolerance.
    assert_eq!(sol, seized.seized_atoms - seized.seized_atoms * 9_970 / 10_000);
    let sold = u128::from(seized.seized_atoms - sol) * 84 * u128::from(ONE_USD) / u128::from(ONE_SOL);
    let spent = seized.repaid_atoms + seized.premium_atoms + repaid.fee_atoms;
    assert_eq!(u128::from(usd + spent), sold);
    assert!(usd > 10 * ONE_USD && repaid.fee_atoms > ONE_USD);
    chain.market.audit(&chain.world, &[0; 2]);
}

/// A borrower cannot hide behind a reserve that has lent its cash out.
#[test]
fn without_cash_the_keepers_obligation_takes_the_shares() {
    let mut chain = Chain::new();
    chain.set_up(|setup| (setup.flag_warnings, setup.flag_calls) = (false, false));
    let Chain { world, market, .. } = &mut chain;
    let other = User::new(world, market, WEALTH);
    other.deposit(world, market, USD, WEALTH).expect("deposit");
    let cash = market.reserve(world, SOL).pool.ledger.cash_atoms;
    other.borrow(world, market, SOL, cash).expect("all SOL are lent out");
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    assert_eq!(sends(&chain.step()).len(), 0, "no cash, and no obligation that could take the shares");
    let taker = chain.open_taker();
    let send = only(&chain.step(), TransactionKind::Liquidate);
    let receipt = chain.land(&send).expect("it lands");
    let seized: Liquidated = receipt.event();
    assert_eq!((seized.destination, seized.in_shares), (taker, 1));
    let id = chain.market.reserve(&chain.world, SOL).pool.id;
    let held = chain.world.read::<ballast::state::Obligation>(&taker).positions.collateral(&id);
    assert!(held.0 > ONE_SOL && held.0 == seized.supply_shares);
    // What the shares cost depends on the positions that are there already.
    let ratio = requested(&send.transaction) as f64 / receipt.compute_units as f64;
    assert!((1.0..=1.1).contains(&ratio), "{ratio}");
    chain.market.audit(&chain.world, &[0; 2]);
}

/// A malicious router gets no more from the keeper's signature than a sale takes.
#[test]
fn a_route_that_could_take_more_is_not_signed() {
    let third = Listing::new(6, 1.0);
    let [sol, usd] = LISTINGS();
    let mut chain = Chain::with(&[sol, usd, third], |_, _| {});
    chain.set_up(|setup| (setup.flag_warnings, setup.flag_calls) = (false, false));
    chain.impoverish();
    assert_eq!(chain.load_and_step(), []);
    let swap = chain.swap(84);
    // A quote from the future would never grow old.
    let eternal = Route { slot: u64::MAX, ..route(&chain, &swap, 84, SWAP_UNITS) };
    assert_eq!(chain.hear(&[KeeperEvent::Route(eternal)]), []);
    (0..20).for_each(|_| assert_eq!(sends(&chain.step()).len(), 0));
    chain.set_price(SOL, 84.0);
    assert_eq!(sends(&chain.step()).len(), 0, "it has grown old like any other");
    let good = route(&chain, &swap, 84, SWAP_UNITS);
    let with = |address, is_signer| {
        let added = RouteAccount { address, is_signer, is_writable: true };
        Route { accounts: [&good.accounts[..], &[added]].concat(), ..good.clone() }
    };
    let by = |program: Address| Route { program, ..good.clone() };
    let own = chain.engine.token_accounts()[2].address;
    let hostile = [
        ("another signer", with([9; 32].into(), true)),
        ("another account of the keeper's", with(own, false)),
        ("the token program", by(SPL_TOKEN)),
        ("the other token program", by(TOKEN_2022)),
        ("the system program", by(SYSTEM)),
        ("our program", by(ballast::ID)),
        ("more than a transaction may use", Route { units: u32::MAX, ..good.clone() }),
    ];
    for (what, route) in hostile {
        assert_eq!(sends(&chain.hear(&[KeeperEvent::Route(route), chain.blockhash()])).len(), 0, "{what}");
    }
    only(&chain.hear(&[KeeperEvent::Route(good), chain.blockhash()]), TransactionKind::Liquidate);
}

#[test]
fn an_unprofitable_liquidation_is_left_to_others() {
    let (mut chain, _) = three();
    chain.set_up(|setup| (setup.fees.floor_micro_lamports, setup.fees.cap_micro_lamports) = (1 << 40, 1 << 40));
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    assert_eq!(sends(&chain.step()).iter().filter(|send| send.kind == TransactionKind::Liquidate).count(), 0);
}

#[test]
fn a_bad_debt_is_booked_below_the_least_profit() {
    let (mut chain, _) = three();
    chain.set_up(|setup| setup.least_profit_cents = 1_000_000);
    assert_eq!(chain.load_and_step(), []);
    let liquidations =
        |chain: &mut Chain| sends(&chain.step()).iter().filter(|send| send.kind == TransactionKind::Liquidate).count();
    chain.set_price(SOL, 84.0);
    assert_eq!(liquidations(&mut chain), 0, "some 30 USD are not 10,000");
    // 50 USD are left of the collateral, and 7,000 owed. The loss is certain from a margin call on.
    chain.set_price(SOL, 0.5);
    chain.set_up(|setup| setup.flag_calls = true);
    let actions = chain.load_and_step();
    assert!(sends(&actions).len() == 3 && sends(&actions).iter().all(|send| send.kind == TransactionKind::Flag));
    for send in sends(&actions) {
        chain.land_in_slot(send).expect("it lands");
    }
    assert_eq!(liquidations(&mut chain), 0, "at a bonus of 0");
    // 1,000 slots later the bonus is 250 bps.
    chain.world.advance_slots(1_000);
    assert_eq!(liquidations(&mut chain), 3);
}

#[test]
fn bundlers_get_tips_if_a_tip_account_is_set() {
    let (mut chain, _) = three();
    let tip = chain.world.wallet();
    let account = solana_signer::Signer::pubkey(&tip);
    chain.set_up(|setup| setup.fees.tip_account = Some(account.to_string()));
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let events = [chain.next_slot(), vec![KeeperEvent::Tip { lamports: 7_777 }]].concat();
    let actions = chain.hear(&events);
    let send = sends(&actions)[0].clone();
    assert_eq!(send.tip_lamports, 7_777);
    let before = chain.world.get(&account).lamports;
    chain.land(&send).expect("it lands");
    assert_eq!(chain.world.get(&account).lamports, before + 7_777);
}

#[test]
fn a_reverted_target_rests_and_asks_for_more_units() {
    let (mut chain, _) = three();
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let actions = chain.step();
    let send = sends(&actions)[0].clone();
    let reverted = |send: &ballast_keeper::event::SignedTransaction| {
        let outcome = Outcome::Reverted(6_000);
        KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome }
    };
    assert_eq!(chain.hear(&[reverted(&send)]), []);
    let actions = chain.step();
    let again = sends(&actions).into_iter().find(|again| again.target == send.target).expect("tried again").clone();
    assert!(again.attempt > send.attempt);
    assert_eq!(chain.hear(&[reverted(&again)]), []);
    assert_eq!(sends(&chain.step()).len(), 0, "two slots after the second");
    let actions = chain.step();
    let last = only(&actions, TransactionKind::Liquidate);
    chain.land(&last).expect("it lands");
}

#[test]
fn a_jump_is_marked_and_an_old_mark_is_renewed() {
    let mut chain = Chain::with(&LISTINGS(), |world, market| {
        market.set(world, SOL, |settings| settings.guard.max_move_bps = 1_000).expect("a change");
    });
    for asset in [SOL, USD] {
        chain.market.refresh_with_price(&mut chain.world, asset).expect("refresh");
    }
    chain.set_up(|setup| (setup.flag_warnings, setup.refresh_secs) = (false, 1_800));
    assert_eq!(chain.load_and_step(), []);
    chain.wait(70);
    assert_eq!(sends(&chain.step()).len(), 0, "nothing has jumped");
    chain.set_price(SOL, 120.0);
    let volatility = |chain: &Chain| chain.market.reserve(&chain.world, SOL).pool.volatility;
    let record = only(&chain.step(), TransactionKind::Refresh);
    assert_eq!(record.target, chain.market.assets[SOL].reserve);
    chain.settle(&record);
    assert!(volatility(&chain).unconfirmed_at != 0 && volatility(&chain).jumped_at == 0, "one print is not a market");
    chain.wait(20);
    assert_eq!(sends(&chain.step()).len(), 0, "too early to confirm it");
    chain.wait(10);
    let confirm = only(&chain.step(), TransactionKind::Refresh);
    chain.settle(&confirm);
    assert_eq!(volatility(&chain).jumped_at, volatility(&chain).marked_at, "it cools off");
    chain.wait(100);
    assert_eq!(sends(&chain.step()).len(), 0);
    chain.wait(1_800);
    assert_eq!(sends(&chain.step()).len(), 2, "both marks are old");
}
