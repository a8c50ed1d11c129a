//! A keeper that starts from its file knows what was final when the file was written.

use crate::world::{SLOT, World, price_account};
use anchor_lang::prelude::Address;
use ballast_keeper::market::TrackedMarket;
use ballast_keeper::snapshot::SnapshotError;
use ballast_keeper::tracked::Version;
use ballast_keeper::tracked::{AccountUpdate, TrackedValue};

/// A file of a market whose obligations have gone on since the root, and the market as it was then.
fn saved() -> (World, Vec<u8>) {
    let mut world = World::random(11, 14, 60);
    world.market.root(SLOT);
    let then = world.obligations.clone();
    for (count, (address, obligation)) in then.iter().enumerate() {
        let mut changed = *obligation;
        changed.call.called_at = 99;
        let value = (count % 3 > 0).then(|| TrackedValue::Obligation(Box::new(changed)));
        let version = Version { slot: SLOT + 1, write_version: 0 };
        if count % 2 == 0 {
            world.market.apply(&AccountUpdate { account: *address, version, value }).expect("a sound update");
        }
    }
    let now = |market: &TrackedMarket| {
        let store = market.obligations();
        then.keys().map(|address| store.row(address).map(|row| store.obligation(row))).collect::<Vec<_>>()
    };
    let before = now(&world.market);
    let mut file = Vec::new();
    world.market.save(&mut file).expect("saved");
    assert_eq!(now(&world.market), before, "saving changes nothing");
    (world, file)
}

#[test]
fn a_snapshot_is_of_the_root() {
    let (world, file) = saved();
    let mut market = TrackedMarket::restore(file.as_slice()).expect("a snapshot");
    assert_eq!(market.obligations().len(), world.obligations.len());
    for (address, obligation) in &world.obligations {
        let row = market.obligations().row(address).expect("known");
        assert_eq!(market.obligations().obligation(row), *obligation);
        assert_eq!(market.obligations().slot(row), SLOT);
    }
    for pool in world.pools.values() {
        let value = TrackedValue::Reserve(Box::new(*pool), price_account(pool.listing_number));
        market.load(&Address::from(pool.id.bytes), &value).expect("the same reserve");
    }
    let mut again = Vec::new();
    market.save(&mut again).expect("saved");
    assert_eq!(
        TrackedMarket::restore(again.as_slice()).expect("a snapshot").obligations().len(),
        world.obligations.len()
    );
    // Updates up to the root change nothing.
    let (address, _) = world.obligations.first_key_value().expect("one");
    let version = Version { slot: SLOT, write_version: u64::MAX };
    market.apply(&AccountUpdate { account: *address, version, value: None }).expect("ignored");
    assert!(market.obligations().row(address).is_some());
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let (_, file) = saved();
    for at in 0..file.len() {
        // Every byte of the ends, and some of the middle.
        if at % 97 == 0 || at < 100 || at + 100 > file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(TrackedMarket::restore(damaged.as_slice()).is_err(), "byte {at}");
            assert!(matches!(TrackedMarket::restore(&file[..at]), Err(SnapshotError::Io(_))), "cut at {at}");
        }
    }
}
