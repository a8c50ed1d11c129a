//! What the engine's transactions ask for, against what they use on the compiled program: never less, and at most 1.05
//! times as much.

use ballast_core::volatility::MarginModel;
use ballast_keeper::event::{KeeperAction, KeeperEvent, TransactionKind};
use ballast_keeper::setup::Setup;
use ballast_testkit::{Listing, Market, User, World};
use solana_transaction::versioned::VersionedTransaction;

use crate::chain::{Chain, ONE_USD, SOL, SWAP_UNITS, USD, only, route, sends};

/// The atoms of each of the borrower's collaterals.
const COLLATERAL: u64 = 1_000_000_000_000;

#[derive(Clone, Copy, Debug, Default)]
struct Portfolio {
    collaterals: usize,
    debts: usize,
    /// Whether collaterals and debts are of Token-2022.
    of_2022: [bool; 2],
    has_model: bool,
    is_insured: bool,
    /// Seconds since the last mark.
    wait: i64,
}

impl Portfolio {
    /// Every debt is 60 % of its collateral at 1 USD, and interest runs in every reserve.
    fn build(&self) -> Chain {
        let mut world = World::new();
        let mut listing = Listing::new(6, 1.0);
        if self.has_model {
            let (z_bps, cost_bps, stress_bps) = (30_000, 100, 10_000);
            let (horizon_secs, fast_secs, slow_secs, reserved) = (60, 3_600, 86_400, 0);
            let model = MarginModel { z_bps, cost_bps, stress_bps, horizon_secs, fast_secs, slow_secs, reserved };
            listing.settings.margin = model;
        }
        if self.is_insured {
            (listing.settings.risk.insurance_share_bps, listing.settings.risk.insurance_target_bps) = (1_000, 1_000);
        }
        let extensions = |asset| self.of_2022[usize::from(asset >= self.collaterals)].then_some(&[][..]);
        let count = self.collaterals + self.debts;
        let listings = (0..count).map(|asset| Listing { extensions: extensions(asset), ..listing }).collect::<Vec<_>>();
        let market = Market::with(&mut world, &listings);
        let [lender, borrower, other] = [(); 3].map(|()| User::new(&mut world, &market, COLLATERAL * 20));
        for asset in 0..count {
            lender.deposit(&mut world, &market, asset, COLLATERAL * 5).expect("deposit");
        }
        for asset in 0..self.collaterals {
            borrower.deposit(&mut world, &market, asset, COLLATERAL).expect("deposit");
        }
        let loan = COLLATERAL * 6 / 10 * self.collaterals as u64 / self.debts as u64;
        for asset in self.collaterals..count {
            borrower.borrow(&mut world, &market, asset, loan).expect("borrow");
        }
        other.deposit(&mut world, &market, self.collaterals, COLLATERAL * 10).expect("deposit");
        for asset in 0..self.collaterals {
            other.borrow(&mut world, &market, asset, COLLATERAL / 2).expect("borrow");
        }
        world.advance(10);
        market.repeat_prices(&mut world);
        for asset in 0..count {
            market.refresh_with_price(&mut world, asset).expect("refresh");
        }
        // Interest runs for at least some seconds.
        world.advance(5 + self.wait);
        market.repeat_prices(&mut world);
        let mut chain = Chain::around(world, market, borrower);
        let tables = chain.tables();
        chain.set_up(|setup| (setup.flag_warnings, setup.tables) = (false, tables));
        chain
    }
}

/// Requested and used units of what is sent when all collaterals cost `dollars`.
fn measure(portfolio: &Portfolio, dollars: f64, kind: TransactionKind) -> [u64; 2] {
    let mut chain = portfolio.build();
    if kind == TransactionKind::Flag {
        chain.set_up(|setup| (setup.liquidate, setup.flag_calls) = (false, true));
    }
    for asset in 0..portfolio.collaterals {
        chain.set_price(asset, dollars);
    }
    let target = chain.borrower.obligation;
    let wanted = |actions: &[KeeperAction]| sends(actions).into_iter().find(|send| send.target == target).cloned();
    let mut found = wanted(&chain.load_and_step());
    if kind == TransactionKind::Liquidate && found.as_ref().is_some_and(|send| send.kind == TransactionKind::Flag) {
        // The loss of an insolvent obligation is certain from the flag on. Then the bonus rises from 0.
        chain.settle(&found.expect("a flag"));
        chain.world.advance_slots(200);
        found = wanted(&chain.step());
    }
    let send = found.unwrap_or_else(|| panic!("{portfolio:?} {dollars}: {:#?}", chain.engine.status()));
    assert_eq!(send.kind, kind);
    let used =
        chain.land(&send).unwrap_or_else(|failure| panic!("{portfolio:?} {dollars}: {failure:#?}")).compute_units;
    [requested(&send.transaction), used]
}

/// Returns the limit of the instruction `2`, a u32.
pub fn requested(transaction: &[u8]) -> u64 {
    let transaction: VersionedTransaction = wincode::deserialize(transaction).expect("the wire format");
    let limit = transaction.message.instructions().iter().find_map(|instruction| match instruction.data.as_slice() {
        [2, a, b, c, d] => Some(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    });
    limit.expect("a limit").into()
}

fn check(rows: &mut Vec<f64>, what: &str, [requested, used]: [u64; 2]) {
    let ratio = requested as f64 / used as f64;
    println!("{what}: {requested} / {used} = {ratio:.3}");
    assert!((1.0..=1.05).contains(&ratio), "{what}: {requested} requested, {used} used");
    rows.push(ratio);
}

const SIZES: [[usize; 2]; 9] = [[1, 1], [2, 1], [1, 2], [3, 1], [1, 3], [3, 2], [5, 3], [8, 5], [10, 6]];

#[test]
fn liquidations_ask_for_what_they_use() {
    let mut rows = Vec::new();
    for [collaterals, debts] in SIZES {
        // Just below the line, to the target; worth little more than the debt, or less: a close-out.
        for dollars in [0.745, 0.7, 0.62, 0.5] {
            let portfolio = Portfolio { collaterals, debts, ..Portfolio::default() };
            check(
                &mut rows,
                &format!("{collaterals} + {debts} at {dollars}"),
                measure(&portfolio, dollars, TransactionKind::Liquidate),
            );
        }
    }
    let small = Portfolio { collaterals: 1, debts: 1, ..Portfolio::default() };
    let several = Portfolio { collaterals: 3, debts: 2, ..small };
    for base in [small, several] {
        for portfolio in [
            Portfolio { of_2022: [true, false], ..base },
            Portfolio { of_2022: [false, true], ..base },
            Portfolio { of_2022: [true, true], is_insured: true, ..base },
            Portfolio { has_model: true, wait: 70, ..base },
            Portfolio { wait: 70, ..base },
            Portfolio { is_insured: true, ..base },
        ] {
            for dollars in [0.745, 0.62] {
                check(
                    &mut rows,
                    &format!("{portfolio:?} at {dollars}"),
                    measure(&portfolio, dollars, TransactionKind::Liquidate),
                );
            }
        }
    }
    let (least, most) = (rows.iter().copied().fold(f64::MAX, f64::min), rows.iter().copied().fold(0.0, f64::max));
    println!("liquidate: {} rows, {least:.3} to {most:.3}", rows.len());
}

#[test]
fn flags_ask_for_what_they_use() {
    let mut rows = Vec::new();
    for [collaterals, debts] in SIZES {
        let portfolio = Portfolio { collaterals, debts, ..Portfolio::default() };
        check(&mut rows, &format!("flag {collaterals} + {debts}"), measure(&portfolio, 0.745, TransactionKind::Flag));
    }
}

#[test]
fn refreshes_ask_for_what_they_use() {
    let mut rows = Vec::new();
    for has_model in [false, true] {
        let mut chain = Portfolio { collaterals: 1, debts: 1, has_model, wait: 600, ..Portfolio::default() }.build();
        chain.set_up(|setup| setup.refresh_secs = 300);
        chain.set_price(0, 1.01);
        chain.set_price(1, 1.01);
        let actions = chain.load_and_step();
        assert_eq!(sends(&actions).len(), 2, "both reserves");
        for send in sends(&actions) {
            let used = chain.land(send);
            // Each landing expires the blockhash of the next.
            let used = used.map(|receipt| receipt.compute_units);
            if let Ok(used) = used {
                check(&mut rows, &format!("refresh, model {has_model}"), [requested(&send.transaction), used]);
            }
        }
    }
    assert_eq!(rows.len(), 2);
}

/// The stage's swap stands for a market. A route says how many units it uses.
#[test]
fn a_flash_loan_asks_for_what_it_uses() {
    let mut chain = Chain::new();
    chain.impoverish();
    assert_eq!(chain.load_and_step(), []);
    chain.set_price(SOL, 84.0);
    let swap = chain.swap(84);
    let quoted = KeeperEvent::Route(route(&chain, &swap, 84, SWAP_UNITS));
    let events = [chain.next_slot(), vec![quoted]].concat();
    let send = only(&chain.hear(&events), TransactionKind::Liquidate);
    let receipt = chain.land(&send).expect("it lands");
    check(&mut Vec::new(), "flash", [requested(&send.transaction), receipt.compute_units]);
    assert!(chain.keeper_holds(USD) > 10 * ONE_USD, "the bonus less the fee, of {}", chain.keeper_holds(USD));
}

#[test]
fn defaults_are_those_of_an_empty_file() {
    let market = "BaLLast1111111111111111111111111111111111111".to_owned();
    let text = format!("{{\"market\": \"{market}\"}}");
    assert_eq!(serde_json::from_str::<Setup>(&text).expect("a setup"), Setup::new(market));
}
