//! The parser returns exactly the numbers of a fully verified update.

use anchor1::AnchorSerialize;
use ballast::oracle::parse;
use borsh::BorshDeserialize;
use oracle_parity::random::Random;
use oracle_parity::update::{ACCOUNT_LEN, PriceUpdate};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};

const UPDATES: usize = 100_000;

fn arbitrary_updates() -> impl Iterator<Item = PriceUpdate> {
    let mut random = Random::new(2);
    (0..UPDATES).map(move |_| PriceUpdate::arbitrary(&mut random))
}

#[test]
fn the_parser_returns_what_was_encoded() {
    for update in arbitrary_updates() {
        assert_eq!(parse(&update.account(), &update.feed_id), Ok(update.raw_price()), "{update:?}");
    }
}

#[test]
fn the_sdk_returns_what_was_encoded() {
    for update in arbitrary_updates() {
        assert_eq!(PriceUpdate::by_sdk(&update.account()), Some(update));
    }
}

#[test]
fn borsh_returns_what_was_encoded() {
    for update in arbitrary_updates() {
        let account = update.account();
        let mut fields = &account[8..];
        assert_eq!(PriceUpdate::deserialize(&mut fields).ok(), Some(update));
        assert_eq!(fields, [0], "one byte is left over");
    }
}

#[test]
fn the_sdk_encodes_to_the_same_bytes() {
    for update in arbitrary_updates() {
        let mut bytes = update.account()[..8].to_vec();
        in_sdk_types(&update).serialize(&mut bytes).expect("a vector takes every byte");
        assert_eq!(bytes, update.account()[..ACCOUNT_LEN - 1]);
    }
}

#[test]
fn the_sdks_account_has_one_byte_more_than_the_parser_reads() {
    let largest = borsh::max_serialized_size::<PriceUpdateV2>().expect("a bounded type");
    assert_eq!((8 + largest, PriceUpdateV2::LEN), (ACCOUNT_LEN, ACCOUNT_LEN));
}

fn in_sdk_types(update: &PriceUpdate) -> PriceUpdateV2 {
    PriceUpdateV2 {
        write_authority: update.write_authority.into(),
        verification_level: VerificationLevel::Full,
        price_message: PriceFeedMessage {
            feed_id: update.feed_id,
            price: update.spot,
            conf: update.confidence,
            exponent: update.exponent,
            publish_time: update.publish_time,
            prev_publish_time: update.previous_publish_time,
            ema_price: update.ema,
            ema_conf: update.ema_confidence,
        },
        posted_slot: update.posted_slot,
    }
}
