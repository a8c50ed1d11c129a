//! What the parser refuses, and with which error, in the order of its checks.

use anchor1::{AccountSerialize, Discriminator};
use ballast::error::BallastError;
use ballast::oracle::parse;
use oracle_parity::fixtures::captured;
use oracle_parity::random::Random;
use oracle_parity::update::{ACCOUNT_LEN, PriceUpdate, Verification};
use pyth_solana_receiver_sdk::price_update::{TwapPrice, TwapUpdate};

const TAG: usize = 40;

fn sample() -> (Vec<u8>, PriceUpdate) {
    let account = captured().swap_remove(0);
    (account.bytes, account.documented)
}

#[test]
fn fewer_than_133_bytes_are_refused() {
    let (bytes, documented) = sample();
    for len in 0..133 {
        assert_eq!(
            parse(&bytes[..len], &documented.feed_id),
            Err(BallastError::OracleWrongAccount.into()),
            "{len} bytes"
        );
        assert_eq!(PriceUpdate::by_sdk(&bytes[..len]), None, "{len} bytes");
    }
}

/// A fully verified update uses 133 bytes.
#[test]
fn a_price_is_read_from_133_bytes_or_more() {
    let (mut bytes, documented) = sample();
    for len in [133, ACCOUNT_LEN, 1_000] {
        bytes.resize(len, 0xff);
        assert_eq!(parse(&bytes, &documented.feed_id), Ok(documented.raw_price()), "{len} bytes");
        assert_eq!(PriceUpdate::by_sdk(&bytes), Some(documented), "{len} bytes");
    }
}

#[test]
fn every_bit_of_the_discriminator_counts() {
    let (bytes, documented) = sample();
    for bit in 0..64 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(parse(&bytes, &documented.feed_id), Err(BallastError::OracleWrongAccount.into()), "bit {bit}");
        assert_eq!(PriceUpdate::by_sdk(&bytes), None, "bit {bit}");
    }
}

/// The receiver also owns average prices, which differ only in the discriminator.
#[test]
fn an_average_price_account_is_refused() {
    let (mut bytes, documented) = sample();
    bytes[..8].copy_from_slice(TwapUpdate::DISCRIMINATOR);
    assert_eq!(parse(&bytes, &documented.feed_id), Err(BallastError::OracleWrongAccount.into()));
    let mut genuine = average_price_account(&documented);
    genuine.resize(ACCOUNT_LEN, 0);
    assert_eq!(parse(&genuine, &documented.feed_id), Err(BallastError::OracleWrongAccount.into()));
}

/// The SDK cannot decode a tag above 1. The program does not take it for "full" either.
#[test]
fn every_tag_but_full_is_refused() {
    let (bytes, documented) = sample();
    for tag in (0..=u8::MAX).filter(|tag| *tag != 1) {
        let mut bytes = bytes.clone();
        bytes[TAG] = tag;
        assert_eq!(parse(&bytes, &documented.feed_id), Err(BallastError::OracleNotFullyVerified.into()), "tag {tag}");
        let sdk = PriceUpdate::by_sdk(&bytes).map(|update| update.verification);
        assert!(sdk != Some(Verification::Full) && (sdk.is_none() || tag == 0), "tag {tag}");
    }
}

#[test]
fn no_number_of_signatures_makes_a_partial_update_full() {
    let (_, documented) = sample();
    for signatures in 0..=u8::MAX {
        let partial = PriceUpdate { verification: Verification::Partial { signatures }, ..documented };
        let bytes = partial.account();
        assert_eq!(PriceUpdate::by_sdk(&bytes), Some(partial));
        assert_eq!(parse(&bytes, &documented.feed_id), Err(BallastError::OracleNotFullyVerified.into()));
    }
}

/// An attacker who chooses the content of a partial update can choose a feed whose shifted bytes are those of the
/// reserve's feed. Then only the tag protects the reserve: the same bytes under tag 1 are a price.
#[test]
fn a_forged_partial_update_is_refused() {
    let random = &mut Random::new(3);
    for _ in 0..1_000 {
        let full = PriceUpdate::arbitrary(random);
        let mut forged = full.account();
        forged[TAG] = 0;
        let sdk = PriceUpdate::by_sdk(&forged).expect("a price update");
        assert_eq!(sdk.verification, Verification::Partial { signatures: full.feed_id[0] });
        assert_eq!(sdk.feed_id[..31], full.feed_id[1..]);
        assert_eq!(parse(&forged, &full.feed_id), Err(BallastError::OracleNotFullyVerified.into()));
        forged[TAG] = 1;
        assert_eq!(parse(&forged, &full.feed_id), Ok(full.raw_price()));
    }
}

#[test]
fn every_bit_of_the_feed_id_counts() {
    let (bytes, documented) = sample();
    for bit in 0..256 {
        let mut other = documented.feed_id;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(parse(&bytes, &other), Err(BallastError::OracleWrongFeed.into()), "bit {bit}");
    }
}

fn average_price_account(documented: &PriceUpdate) -> Vec<u8> {
    let twap = TwapPrice {
        feed_id: documented.feed_id,
        start_time: documented.publish_time - 300,
        end_time: documented.publish_time,
        price: documented.spot,
        conf: documented.confidence,
        exponent: documented.exponent,
        down_slots_ratio: 0,
    };
    let mut bytes = Vec::new();
    let account = TwapUpdate { write_authority: documented.write_authority.into(), twap };
    account.try_serialize(&mut bytes).expect("a vector takes every byte");
    bytes
}
