//! The parser, Pyth's SDK, the independent encoder and the accounts' documentation agree on accounts of mainnet.

use ballast::oracle::{RECEIVERS, feed_address, parse};
use oracle_parity::fixtures::{are_real, binaries, captured, dump};
use oracle_parity::update::{PriceUpdate, Verification};

#[test]
fn every_field_is_what_the_sdk_reads() {
    for account in captured() {
        let sdk = PriceUpdate::by_sdk(&account.bytes).expect("a price update");
        assert_eq!(parse(&account.bytes, &sdk.feed_id), Ok(sdk.raw_price()), "{}", account.name);
        assert_eq!(sdk, account.documented, "{}", account.name);
    }
    assert!(!are_real() || captured().len() == 12);
}

/// This also proves the layout of the fields that the program skips.
#[test]
fn the_encoder_writes_the_same_bytes() {
    for account in captured() {
        assert_eq!(account.documented.account(), account.bytes, "{}", account.name);
    }
}

#[test]
fn every_account_is_fully_verified() {
    assert!(captured().iter().all(|account| account.documented.verification == Verification::Full));
}

#[test]
fn each_was_written_by_the_canonical_address_of_its_feed() {
    for account in captured() {
        let canonical = feed_address(&RECEIVERS[0], 0, &account.documented.feed_id);
        assert_eq!(canonical.to_bytes(), account.documented.write_authority, "{}", account.name);
    }
}

/// The files are independent copies of listed accounts, in the two forms in which tools save accounts.
#[test]
fn saved_files_hold_the_same_accounts() {
    let listed: Vec<_> = captured().into_iter().map(|account| account.bytes).collect();
    for bytes in binaries().into_iter().chain([dump().bytes]) {
        assert!(listed.contains(&bytes));
    }
}
