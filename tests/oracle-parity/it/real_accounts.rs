//! On accounts of mainnet, the parser, Pyth's SDK, our encoder and the accounts' own documentation say the same.

use ballast::oracle::{RECEIVERS, feed_address, parse};
use oracle_parity::fixtures::{are_real, binaries, captured, dump};
use oracle_parity::update::{PriceUpdate, Verification};

#[test]
fn every_field_is_what_the_sdk_reads() {
    for account in captured() {
        let sdk = PriceUpdate::by_sdk(&account.bytes).expect("a price update");
        assert_eq!(parse(&account.bytes, &sdk.feed_id), Ok(sdk.raw_price()), "{}", account.name);
        assert_eq!(sdk, account.said, "{}", account.name);
    }
    assert!(!are_real() || captured().len() == 12);
}

/// So the fields that the program skips stand where its layout says, too.
#[test]
fn the_encoder_writes_every_byte_of_them() {
    for account in captured() {
        assert_eq!(account.said.account(), account.bytes, "{}", account.name);
    }
}

#[test]
fn all_are_fully_verified() {
    assert!(captured().iter().all(|account| account.said.verification == Verification::Full));
}

#[test]
fn each_was_written_by_the_canonical_address_of_its_feed() {
    for account in captured() {
        let canonical = feed_address(&RECEIVERS[0], 0, &account.said.feed_id);
        assert_eq!(canonical.to_bytes(), account.said.write_authority, "{}", account.name);
    }
}

/// Two independent copies of what the list holds, in the two forms in which tools save accounts.
#[test]
fn saved_files_hold_the_same_accounts() {
    let listed: Vec<_> = captured().into_iter().map(|account| account.bytes).collect();
    for bytes in binaries().into_iter().chain([dump().bytes]) {
        assert!(listed.contains(&bytes));
    }
}
