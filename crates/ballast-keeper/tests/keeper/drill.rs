//! What goes wrong around a keeper, and what may not come of it: a second liquidation, a target that is lost, a panic.

use ballast::event::Liquidated;
use ballast_keeper::event::{Kind, Line};

use crate::chain::{Chain, ONE_USD, SOL, notices, only, sends};

#[test]
fn a_crash_is_warned_of_called_and_liquidated() {
    let mut chain =
        Chain::with(&[ballast_tests::Listing::new(9, 100.0), ballast_tests::Listing::new(6, 1.0)], |world, market| {
            market.set_market(world, |market| market.terms.cure_slots = 8).expect("a change");
        });
    let actions = chain.load_and_step();
    assert_eq!(actions, [], "{:#?}", chain.engine.status());
    assert!(chain.engine.status().is_loaded, "{:#?}", chain.engine.status());

    // 100 SOL at 80 % against 7,000 USD: below 1.10 at 96.25.
    chain.set_price(SOL, 95.0);
    let actions = chain.step();
    let warning = only(&actions, Kind::Flag);
    assert_eq!(notices(&actions).iter().map(|notice| notice.line).collect::<Vec<_>>(), [Line::Warning]);
    let (_, actions) = chain.settle(&warning);
    assert_eq!(sends(&actions), [] as [&_; 0], "warned once");

    // Below 1 at 87.50, hard below 84.875.
    chain.set_price(SOL, 86.0);
    let actions = chain.step();
    let call = only(&actions, Kind::Flag);
    assert_eq!(notices(&actions).iter().map(|notice| notice.line).collect::<Vec<_>>(), [Line::Call]);
    let (_, actions) = chain.settle(&call);
    assert_eq!(sends(&actions), [] as [&_; 0], "the owner's slots: {:#?}", chain.engine.status());

    chain.world.advance_slots(8);
    let actions = chain.step();
    let liquidation = only(&actions, Kind::Liquidate);
    assert_eq!(notices(&actions).iter().map(|notice| notice.line).collect::<Vec<_>>(), [Line::Liquidatable]);
    let (receipt, actions) = chain.settle(&liquidation);
    let event: Liquidated = receipt.event();
    assert!(event.repaid_atoms > 100 * ONE_USD, "{event:?}");
    assert_eq!(notices(&actions).iter().map(|notice| notice.line).collect::<Vec<_>>(), [Line::Liquidated]);
    assert_eq!(sends(&actions), [] as [&_; 0]);
    chain.market.audit(&chain.world, &[0; 2]);
}
