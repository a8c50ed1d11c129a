//! Pyth's `PriceUpdateV2` as borsh writes it: a second opinion on the layout, independent of the parser and of the SDK.

use crate::random::Random;
use anchor1::{AccountDeserialize, Discriminator};
use ballast_core::price::RawPrice;
use borsh::{BorshDeserialize, BorshSerialize};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};

/// The length that Pyth's receiver allocates. A fully verified update does not use the last byte.
pub const ACCOUNT_LEN: usize = 134;

#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Verification {
    Partial { signatures: u8 },
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PriceUpdate {
    pub write_authority: [u8; 32],
    pub verification: Verification,
    pub feed_id: [u8; 32],
    pub spot: i64,
    pub confidence: u64,
    pub exponent: i32,
    pub publish_time: i64,
    pub previous_publish_time: i64,
    pub ema: i64,
    pub ema_confidence: u64,
    pub posted_slot: u64,
}

impl PriceUpdate {
    /// Reads the account with Pyth's SDK. `None` if it is not a price update.
    pub fn by_sdk(bytes: &[u8]) -> Option<Self> {
        PriceUpdateV2::try_deserialize(&mut &*bytes).ok().as_ref().map(Self::from)
    }

    /// A fully verified update with any numbers.
    pub fn arbitrary(random: &mut Random) -> Self {
        Self {
            write_authority: random.bytes(),
            verification: Verification::Full,
            feed_id: random.bytes(),
            spot: random.number() as i64,
            confidence: random.number(),
            exponent: random.number() as i32,
            publish_time: random.number() as i64,
            previous_publish_time: random.number() as i64,
            ema: random.number() as i64,
            ema_confidence: random.number(),
            posted_slot: random.number(),
        }
    }

    pub fn account(&self) -> Vec<u8> {
        let mut bytes = PriceUpdateV2::DISCRIMINATOR.to_vec();
        self.serialize(&mut bytes).expect("a vector takes every byte");
        bytes.resize(ACCOUNT_LEN, 0);
        bytes
    }

    /// The part that the program reads.
    pub fn raw_price(&self) -> RawPrice {
        RawPrice {
            spot: self.spot,
            confidence: self.confidence,
            ema: self.ema,
            ema_confidence: self.ema_confidence,
            exponent: self.exponent,
            publish_time: self.publish_time,
            previous_publish_time: self.previous_publish_time,
        }
    }
}

impl From<&PriceUpdateV2> for PriceUpdate {
    fn from(sdk: &PriceUpdateV2) -> Self {
        let message = &sdk.price_message;
        Self {
            write_authority: sdk.write_authority.to_bytes(),
            verification: match sdk.verification_level {
                VerificationLevel::Partial { num_signatures } => Verification::Partial { signatures: num_signatures },
                VerificationLevel::Full => Verification::Full,
            },
            feed_id: message.feed_id,
            spot: message.price,
            confidence: message.conf,
            exponent: message.exponent,
            publish_time: message.publish_time,
            previous_publish_time: message.prev_publish_time,
            ema: message.ema_price,
            ema_confidence: message.ema_conf,
            posted_slot: sdk.posted_slot,
        }
    }
}
