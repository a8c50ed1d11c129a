//! Compares a keeper in shadow mode with liquidators who act.

use anchor_lang::prelude::Address;
use ballast_keeper::score::Score;

#[test]
fn a_liquidation_is_ahead_late_or_missed() {
    let mut score = Score::default();
    score.decide(&address(1), 100);
    score.decide(&address(1), 103);
    score.see(&address(1), 105);
    assert_eq!((score.ahead, score.slots_ahead), (1, 5), "the first decision counts");
    score.decide(&address(2), 105);
    score.see(&address(2), 105);
    assert_eq!(score.late, 1);
    score.see(&address(3), 106);
    score.see(&address(1), 107);
    assert_eq!(score.missed, 2, "never decided, or not since the last time");
    score.decide(&address(4), 110);
    score.sweep(1_609);
    assert_eq!(score.idle, 0);
    score.sweep(1_610);
    assert_eq!(score.idle, 1);
    score.see(&address(4), 1_611);
    assert_eq!(score.missed, 3);
}

fn address(number: u8) -> Address {
    Address::new_from_array([number; 32])
}
