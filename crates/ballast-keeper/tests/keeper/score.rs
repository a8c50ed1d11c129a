//! A keeper in the shadows against those who act.

use ballast_keeper::score::Score;

#[test]
fn who_decided_first_and_who_did_not() {
    let mut score = Score::default();
    score.decide(&[1; 32], 100);
    score.decide(&[1; 32], 103);
    score.see(&[1; 32], 105);
    assert_eq!((score.ahead, score.slots_ahead), (1, 5), "the first decision counts");
    score.decide(&[2; 32], 105);
    score.see(&[2; 32], 105);
    assert_eq!(score.late, 1);
    score.see(&[3; 32], 106);
    score.see(&[1; 32], 107);
    assert_eq!(score.missed, 2, "never decided, or not since the last time");
    score.decide(&[4; 32], 110);
    score.sweep(1_609);
    assert_eq!(score.idle, 0);
    score.sweep(1_610);
    assert_eq!(score.idle, 1);
    score.see(&[4; 32], 1_611);
    assert_eq!(score.missed, 3);
}
