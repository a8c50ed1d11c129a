//! `pyth-sdk-solana` reads only the retired format. The program reads only the current one.

use ballast::error::BallastError;
use ballast::oracle::parse;
use oracle_parity::fixtures::{LEGACY_LEN, captured, legacy};
use pyth_sdk_solana::state::{PriceStatus, SolanaPriceAccount, load_price_account};
use pyth_sdk_solana::{Price, PythError};

/// 2 November 2024, 08:07:40 UTC: the last write of the account.
const LAST_WRITTEN: i64 = 1_730_534_860;
/// 5 August 2024, 10:08:52 UTC: its last price.
const LAST_PRICE: i64 = 1_722_852_532;

/// The SDK refuses bytes that are not aligned to 8.
fn aligned(bytes: &[u8]) -> Vec<u64> {
    let mut words = vec![0; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
    words
}

fn load(words: &[u64]) -> Result<&SolanaPriceAccount, PythError> {
    load_price_account::<32, ()>(bytemuck::cast_slice(words))
}

fn at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    *bytes[offset..].first_chunk().expect("within the account")
}

#[test]
fn the_old_sdk_reads_each_field_at_its_documented_offset() {
    let bytes = legacy();
    let words = aligned(&bytes);
    let account = load(&words).expect("a legacy price account");
    assert_eq!(bytes.len(), LEGACY_LEN);
    assert_eq!(account.expo, i32::from_le_bytes(at(&bytes, 20)));
    assert_eq!(account.ema_price.val, i64::from_le_bytes(at(&bytes, 48)));
    assert_eq!(account.ema_conf.val, i64::from_le_bytes(at(&bytes, 72)));
    assert_eq!(account.timestamp, i64::from_le_bytes(at(&bytes, 96)));
    assert_eq!(account.agg.price, i64::from_le_bytes(at(&bytes, 208)));
    assert_eq!(account.agg.conf, u64::from_le_bytes(at(&bytes, 216)));
    assert_eq!(account.agg.status as u8, bytes[224]);
}

/// Somebody still wrote the account in November, but with the price of 5 August, when the publishers left.
#[test]
fn the_old_account_has_had_no_price_since_august_2024() {
    let words = aligned(&legacy());
    let account = load(&words).expect("a legacy price account");
    assert_eq!((account.timestamp, account.agg.status), (LAST_WRITTEN, PriceStatus::Unknown));
    let feed = account.to_price_feed(&Default::default());
    let price = |price, conf| Price { price, conf, expo: -8, publish_time: LAST_PRICE };
    assert_eq!(feed.get_price_unchecked(), price(11_923_378_000, 16_676_631));
    assert_eq!(feed.get_ema_price_unchecked(), price(12_068_220_500, 13_079_402));
    assert_eq!(feed.get_price_no_older_than(LAST_WRITTEN, 86_400), None);
}

#[test]
fn the_parser_refuses_the_old_account() {
    let bytes = legacy();
    let looks_like_a_feed = at(&bytes, 41);
    for feed_id in [captured()[0].documented.feed_id, looks_like_a_feed, [0; 32]] {
        assert_eq!(parse(&bytes, &feed_id), Err(BallastError::OracleWrongAccount.into()));
        assert_eq!(parse(&bytes[..134], &feed_id), Err(BallastError::OracleWrongAccount.into()));
    }
}

#[test]
fn the_old_sdk_refuses_the_current_account() {
    for account in captured() {
        let mut bytes = account.bytes;
        assert_eq!(load(&aligned(&bytes)).err(), Some(PythError::InvalidAccountData));
        bytes.resize(LEGACY_LEN, 0);
        assert_eq!(load(&aligned(&bytes)).err(), Some(PythError::InvalidAccountData));
    }
}
