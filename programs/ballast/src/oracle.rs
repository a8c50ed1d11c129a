//! Turns the bytes of Pyth's accounts into a raw price; the only code that knows Pyth. The program uses no Pyth crate:
//! `tests/oracle-parity` compares this parser with both of Pyth's SDKs. docs/MODEL.md, "Prices". Enforces INV-6.
//!
//! `PriceUpdateV2`, fully verified (tag 1 takes one byte, so every later offset is fixed):
//! `0 discriminator | 8 write authority | 40 tag | 41 feed id | 73 price i64 | 81 confidence u64 | 89 exponent i32 |
//! 93 publish time i64 | 101 previous publish time i64 | 109 EMA i64 | 117 EMA confidence u64 | 125 posted slot u64 |
//! 133 unused`.

use crate::error::BallastError;
use crate::state::{PriceSource, Reserve};
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::price::RawPrice;
use bytemuck::{Pod, Zeroable};

/// A Pyth deployment: the program that owns price accounts, and the program that their addresses are derived from.
pub struct Receiver {
    pub owner: Address,
    pub push_oracle: Address,
}

/// In the order of the numbers that [`PriceSource::receiver`] stores.
pub static RECEIVERS: [Receiver; 2] = [
    Receiver {
        owner: Address::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
        push_oracle: Address::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT"),
    },
    Receiver {
        owner: Address::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
        push_oracle: Address::from_str_const("pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou"),
    },
];

/// `sha256("account:PriceUpdateV2")[..8]`
const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const FULLY_VERIFIED: u8 = 1;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct FullPriceUpdate {
    discriminator: [u8; 8],
    write_authority: [u8; 32],
    verification: u8,
    feed_id: [u8; 32],
    price: PodI64,
    confidence: PodU64,
    exponent: PodI32,
    publish_time: PodI64,
    previous_publish_time: PodI64,
    ema: PodI64,
    ema_confidence: PodU64,
    posted_slot: PodU64,
}

/// The account has one more byte, which a fully verified update does not use.
const LEN: usize = 133;
const _: () = assert!(size_of::<FullPriceUpdate>() == LEN && align_of::<FullPriceUpdate>() == 1);

/// Returns the address at which Pyth keeps a feed current. Only its push oracle writes there, and only newer updates.
pub fn feed_address(receiver: &Receiver, shard: u16, feed_id: &[u8; 32]) -> Address {
    Address::find_program_address(&[&shard.to_le_bytes(), feed_id], &receiver.push_oracle).0
}

/// Returns the Pyth deployment with a number.
pub fn receiver(number: u64) -> Result<&'static Receiver> {
    let index = usize::try_from(number).unwrap_or(usize::MAX);
    RECEIVERS.get(index).ok_or(BallastError::OracleUnknownReceiver.into())
}

/// Returns the price in a reserve's price account. Core judges its content ([`ballast_core::pool::Pool::admit`]).
#[inline(never)]
pub fn read(view: &AccountView, source: &PriceSource) -> Result<RawPrice> {
    require!(address_eq(view.address(), &source.account), BallastError::OracleWrongAddress);
    content(view, source)
}

#[inline(always)]
fn content(view: &AccountView, source: &PriceSource) -> Result<RawPrice> {
    require!(view.owned_by(&receiver(source.receiver)?.owner), BallastError::OracleWrongOwner);
    parse(&view.try_borrow()?, &source.feed_id)
}

/// Returns the price in a reserve's price account, or the reserve's mark if the account holds none: closing a price
/// account must not protect obligations.
pub fn read_or_mark(view: &AccountView, reserve: &Reserve) -> Result<RawPrice> {
    require!(address_eq(view.address(), &reserve.source.account), BallastError::OracleWrongAddress);
    Ok(content(view, &reserve.source).unwrap_or_else(|_| reserve.pool.marked_price()))
}

/// Returns the price in an account's bytes. Refuses everything but a fully verified update of the feed.
#[inline(always)]
pub fn parse(data: &[u8], feed_id: &[u8; 32]) -> Result<RawPrice> {
    let update: &FullPriceUpdate = data
        .get(..LEN)
        .and_then(|bytes| bytemuck::try_from_bytes(bytes).ok())
        .ok_or(BallastError::OracleWrongAccount)?;
    require!(update.discriminator == DISCRIMINATOR, BallastError::OracleWrongAccount);
    require!(update.verification == FULLY_VERIFIED, BallastError::OracleNotFullyVerified);
    // As addresses, because `address_eq` compares words and `==` on bytes calls a byte loop.
    let (named, carried): (&Address, &Address) = (bytemuck::cast_ref(feed_id), bytemuck::cast_ref(&update.feed_id));
    require!(address_eq(named, carried), BallastError::OracleWrongFeed);
    Ok(RawPrice {
        spot: update.price.into(),
        confidence: update.confidence.into(),
        ema: update.ema.into(),
        ema_confidence: update.ema_confidence.into(),
        exponent: update.exponent.into(),
        publish_time: update.publish_time.into(),
        previous_publish_time: update.previous_publish_time.into(),
    })
}
