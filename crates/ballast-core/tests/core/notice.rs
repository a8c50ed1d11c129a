//! How long a change waits, and until when it can be executed. INV-11.

use crate::world::NOW;
use ballast_core::Refusal::{ChangeObsolete, ChangeTooEarly, InvalidDelay};
use ballast_core::notice::{ChangeDelay, ChangeNotice};

#[test]
fn a_delay_is_an_hour_to_30_days_or_none() {
    for secs in [0, 3_600, 2_592_000] {
        assert_eq!(ChangeDelay(secs).validate(), Ok(()));
    }
    for secs in [1, 3_599, 2_592_001, u64::MAX] {
        assert_eq!(ChangeDelay(secs).validate(), Err(InvalidDelay));
    }
}

#[test]
fn a_delay_never_falls_back_to_none() {
    let step = |from, to| ChangeDelay(to).check_step(ChangeDelay(from));
    assert_eq!([step(0, 0), step(0, 3_600), step(7_200, 3_600)], [Ok(()); 3]);
    assert_eq!(step(3_600, 0), Err(InvalidDelay));
}

#[test]
fn a_change_is_executable_from_the_end_of_its_notice_for_14_days_at_its_epoch() {
    let notice = ChangeNotice::new(7, ChangeDelay(3_600), NOW);
    let ends = NOW + 3_600 + ChangeNotice::LIFE_SECS;
    assert_eq!(notice.check_executable(8, NOW + 3_599), Err(ChangeTooEarly));
    assert_eq!([notice.check_executable(7, NOW + 3_600), notice.check_executable(7, ends)], [Ok(()); 2]);
    assert_eq!(notice.check_executable(7, ends + 1), Err(ChangeObsolete));
    assert_eq!(notice.check_executable(8, NOW + 3_600), Err(ChangeObsolete));
    assert_eq!(ChangeNotice::new(0, ChangeDelay(u64::MAX), NOW).executable_at, i64::MAX);
}
