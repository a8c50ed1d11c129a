//! What the parser refuses, and as what: in the order of its checks.

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
    (account.bytes, account.said)
}

#[test]
fn fewer_than_133_bytes_are_no_price_account() {
    let (bytes, said) = sample();
    for len in 0..133 {
        assert_eq!(parse(&bytes[..len], &said.feed_id), Err(BallastError::OracleWrongAccount.into()), "{len} bytes");
        assert_eq!(PriceUpdate::by_sdk(&bytes[..len]), None, "{len} bytes");
    }
}

/// 133 bytes are all that a fully verified update uses.
#[test]
fn from_133_bytes_on_the_price_is_read() {
    let (mut bytes, said) = sample();
    for len in [133, ACCOUNT_LEN, 1_000] {
        bytes.resize(len, 0xff);
        assert_eq!(parse(&bytes, &said.feed_id), Ok(said.raw_price()), "{len} bytes");
        assert_eq!(PriceUpdate::by_sdk(&bytes), Some(said), "{len} bytes");
    }
}

#[test]
fn every_bit_of_the_discriminator_counts() {
    let (bytes, said) = sample();
    for bit in 0..64 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(parse(&bytes, &said.feed_id), Err(BallastError::OracleWrongAccount.into()), "bit {bit}");
        assert_eq!(PriceUpdate::by_sdk(&bytes), None, "bit {bit}");
    }
}

/// The receiver owns average prices as well; only the discriminator tells them apart.
#[test]
fn an_average_price_account_is_no_price_account() {
    let (mut bytes, said) = sample();
    bytes[..8].copy_from_slice(TwapUpdate::DISCRIMINATOR);
    assert_eq!(parse(&bytes, &said.feed_id), Err(BallastError::OracleWrongAccount.into()));
    let mut genuine = average_price_account(&said);
    genuine.resize(ACCOUNT_LEN, 0);
    assert_eq!(parse(&genuine, &said.feed_id), Err(BallastError::OracleWrongAccount.into()));
}

/// The SDK cannot decode a tag above 1; to the program it is not "full" either.
#[test]
fn every_tag_but_full_is_refused() {
    let (bytes, said) = sample();
    for tag in (0..=u8::MAX).filter(|tag| *tag != 1) {
        let mut bytes = bytes.clone();
        bytes[TAG] = tag;
        assert_eq!(parse(&bytes, &said.feed_id), Err(BallastError::OracleNotFullyVerified.into()), "tag {tag}");
        let sdk = PriceUpdate::by_sdk(&bytes).map(|update| update.verification);
        assert!(sdk != Some(Verification::Full) && (sdk.is_none() || tag == 0), "tag {tag}");
    }
}

#[test]
fn no_number_of_signatures_makes_a_partial_update_full() {
    let (_, said) = sample();
    for signatures in 0..=u8::MAX {
        let partial = PriceUpdate { verification: Verification::Partial { signatures }, ..said };
        let bytes = partial.account();
        assert_eq!(PriceUpdate::by_sdk(&bytes), Some(partial));
        assert_eq!(parse(&bytes, &said.feed_id), Err(BallastError::OracleNotFullyVerified.into()));
    }
}

/// An attacker who chooses what a partial update says can choose a feed whose shifted bytes are those of the feed wanted. Then
/// the tag is the only thing in the way: the same bytes under tag 1 are a price.
#[test]
fn a_partial_update_made_to_look_right_is_refused() {
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
    let (bytes, said) = sample();
    for bit in 0..256 {
        let mut other = said.feed_id;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(parse(&bytes, &other), Err(BallastError::OracleWrongFeed.into()), "bit {bit}");
    }
}

fn average_price_account(said: &PriceUpdate) -> Vec<u8> {
    let twap = TwapPrice {
        feed_id: said.feed_id,
        start_time: said.publish_time - 300,
        end_time: said.publish_time,
        price: said.spot,
        conf: said.confidence,
        exponent: said.exponent,
        down_slots_ratio: 0,
    };
    let mut bytes = Vec::new();
    let account = TwapUpdate { write_authority: said.write_authority.into(), twap };
    account.try_serialize(&mut bytes).expect("a vector takes every byte");
    bytes
}
