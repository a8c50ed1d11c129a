//! An account must have the reserve's address and owner before the program reads its bytes.

use anchor_lang::prelude::{Address, Result};
use ballast::error::BallastError;
use ballast::oracle::{RECEIVERS, feed_address, parse, read};
use ballast::state::PriceSource;
use ballast_core::price::RawPrice;
use oracle_parity::fixtures::{Dump, dump, sponsored};
use oracle_parity::view::Loaded;

fn source() -> PriceSource {
    let feed_id = sponsored()[0].feed_id;
    PriceSource { account: feed_address(&RECEIVERS[0], 0, &feed_id), feed_id, receiver: 0 }
}

fn read_dump(dump: &Dump, source: &PriceSource) -> Result<RawPrice> {
    Loaded::new(dump.address, dump.owner, &dump.bytes).view(|view| read(view, source))
}

#[test]
fn the_real_account_is_read_at_its_address() {
    let dump = dump();
    let price = read_dump(&dump, &source());
    assert!(price.is_ok());
    assert_eq!(price, parse(&dump.bytes, &source().feed_id));
}

#[test]
fn genuine_bytes_elsewhere_are_refused() {
    let elsewhere = Dump { address: Address::new_from_array([5; 32]), ..dump() };
    assert_eq!(read_dump(&elsewhere, &source()), Err(BallastError::OracleWrongAddress.into()));
}

/// Neither the other receiver, nor the push oracle (which writes the account but does not own it), nor the system
/// program (which owns a closed account) may own it.
#[test]
fn genuine_bytes_of_another_owner_are_refused() {
    for owner in [RECEIVERS[1].owner, RECEIVERS[0].push_oracle, RECEIVERS[1].push_oracle, Address::default()] {
        let foreign = Dump { owner, ..dump() };
        assert_eq!(read_dump(&foreign, &source()), Err(BallastError::OracleWrongOwner.into()));
    }
}

#[test]
fn a_reserve_of_the_other_receiver_does_not_take_this_ones_price() {
    let other = PriceSource { receiver: 1, ..source() };
    assert_eq!(read_dump(&dump(), &other), Err(BallastError::OracleWrongOwner.into()));
}

#[test]
fn a_reserve_of_an_unknown_receiver_takes_no_price() {
    let unknown = PriceSource { receiver: 2, ..source() };
    assert_eq!(read_dump(&dump(), &unknown), Err(BallastError::OracleUnknownReceiver.into()));
}

#[test]
fn a_reserve_of_another_feed_does_not_take_this_ones_price() {
    let other = PriceSource { feed_id: [7; 32], ..source() };
    assert_eq!(read_dump(&dump(), &other), Err(BallastError::OracleWrongFeed.into()));
}
