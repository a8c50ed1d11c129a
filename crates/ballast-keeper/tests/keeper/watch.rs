//! Each line gives one notice, and only for watched obligations.

use anchor_lang::prelude::Address;
use ballast_keeper::event::HealthLine;
use ballast_keeper::watch::WatchList;

const OWNER: Address = Address::new_from_array([1; 32]);
const IT: Address = Address::new_from_array([2; 32]);

fn lines(watch: &mut WatchList, lines: &[HealthLine]) -> Vec<HealthLine> {
    lines.iter().filter_map(|line| watch.cross(&IT, *line, 5, 9_000)).map(|notice| notice.line).collect()
}

#[test]
fn each_line_gives_one_notice_on_the_way_down() {
    use HealthLine::{Call, Liquidatable, Liquidated, Warning};
    let mut watch = WatchList::new([OWNER].into(), false);
    watch.meet(&IT, &OWNER);
    assert_eq!(
        lines(&mut watch, &[Warning, Warning, Call, Warning, Call, Liquidatable]),
        [Warning, Call, Liquidatable]
    );
    assert_eq!(lines(&mut watch, &[Liquidated, Liquidated, Warning, Call]), [Liquidated, Liquidated, Call]);
    assert_eq!(watch.recover(&IT, 6, 12_000).map(|notice| notice.line), Some(HealthLine::Recovered));
    assert_eq!(watch.recover(&IT, 7, 12_000), None);
    assert_eq!(lines(&mut watch, &[Warning]), [Warning]);
}

#[test]
fn an_obligation_is_watched_by_its_address_or_its_owner() {
    for (wanted, everybody, is_watched) in [
        (OWNER, false, true),
        (IT, false, true),
        (Address::new_from_array([3; 32]), false, false),
        (Address::new_from_array([3; 32]), true, true),
    ] {
        let mut watch = WatchList::new([wanted].into(), everybody);
        watch.meet(&IT, &OWNER);
        assert_eq!(watch.is_watched(&IT), is_watched);
        assert_eq!(watch.cross(&IT, HealthLine::Call, 5, 9_000).is_some(), is_watched);
        assert_eq!(watch.obligations_of(&OWNER).len(), usize::from(is_watched));
        watch.forget(&IT);
        assert!(watch.is_empty());
    }
}

/// Every obligation gets its turn, however many there are.
#[test]
fn obligations_with_a_notice_are_checked_in_turn() {
    let mut watch = WatchList::new([].into(), true);
    let all = (0..2_500u32).map(|number| {
        let mut address = [0; 32];
        address[..4].copy_from_slice(&number.to_be_bytes());
        Address::new_from_array(address)
    });
    for address in all.clone() {
        watch.meet(&address, &OWNER);
        watch.cross(&address, HealthLine::Warning, 5, 10_500);
    }
    let glances = (0..3).flat_map(|_| watch.next_to_check()).collect::<Vec<_>>();
    assert!(glances.iter().eq(all.collect::<Vec<_>>().iter()));
    assert_eq!(watch.next_to_check().len(), 1_024, "and again");
}
