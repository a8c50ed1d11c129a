//! The program accepts damaged bytes exactly when Pyth's SDK reads a fully verified update of the feed, and it reads
//! the same price.

use anchor1::Discriminator;
use ballast::error::BallastError;
use ballast::oracle::parse;
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use oracle_parity::fixtures::captured;
use oracle_parity::random::Random;
use oracle_parity::update::{ACCOUNT_LEN, PriceUpdate, Verification};
use pyth_solana_receiver_sdk::price_update::TwapUpdate;
use std::panic;

const MUTATIONS: usize = 400_000;
/// The offsets of the tag and of the numbers after the feed id.
const TAG: usize = 40;
const NUMBERS: [usize; 8] = [73, 81, 89, 93, 101, 109, 117, 125];

type Outcome = anchor_lang::prelude::Result<RawPrice>;

/// How often each outcome occurred.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    changed_price: usize,
    wrong_account: usize,
    not_fully_verified: usize,
    wrong_feed: usize,
    undecodable: usize,
}

impl Tally {
    fn count(&mut self, ours: Outcome, sdk: Option<PriceUpdate>, original: &RawPrice) {
        self.undecodable += usize::from(sdk.is_none());
        match ours {
            Ok(price) => {
                self.accepted += 1;
                self.changed_price += usize::from(price != *original);
            }
            Err(error) if error == BallastError::OracleWrongAccount.into() => self.wrong_account += 1,
            Err(error) if error == BallastError::OracleNotFullyVerified.into() => self.not_fully_verified += 1,
            Err(error) if error == BallastError::OracleWrongFeed.into() => self.wrong_feed += 1,
            Err(error) => panic!("not a refusal of the parser: {error:?}"),
        }
    }

    /// A run that never reaches an outcome proves nothing about it.
    fn assert_every_outcome_is_common(&self) {
        let Self { accepted, changed_price, wrong_account, not_fully_verified, wrong_feed, undecodable } = *self;
        for count in [accepted, changed_price, wrong_account, not_fully_verified, wrong_feed, undecodable] {
            assert!(count > MUTATIONS / 50, "{self:?}");
        }
    }
}

#[test]
fn the_program_accepts_exactly_what_the_sdk_reads_as_full() {
    let (accounts, random) = (captured(), &mut Random::new(4));
    let mut tally = Tally::default();
    for number in 0..MUTATIONS {
        let account = &accounts[number % accounts.len()];
        let (mut bytes, feed_id) = (account.bytes.clone(), account.documented.feed_id);
        let other = &accounts[random.below(accounts.len())].bytes;
        (0..=random.below(3)).for_each(|_| mutate(&mut bytes, other, random));

        let ours = parse_without_panic(&bytes, &feed_id, number);
        let sdk = PriceUpdate::by_sdk(&bytes);
        let full = sdk.filter(|update| update.verification == Verification::Full && update.feed_id == feed_id);
        let theirs = full.map(|update| update.raw_price());
        assert_eq!(ours.as_ref().ok(), theirs.as_ref(), "mutation {number}: {bytes:02x?}");
        tally.count(ours, sdk, &account.documented.raw_price());
    }
    println!("{MUTATIONS} mutations of {} accounts: {tally:?}", accounts.len());
    tally.assert_every_outcome_is_common();
}

/// Damages an account in one of many ways.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let place = random.below(ACCOUNT_LEN);
    match random.below(12) {
        0..=4 => overwrite(bytes, place, &[random.byte()]),
        5 | 6 => overwrite(bytes, NUMBERS[random.below(NUMBERS.len())], &random.number().to_le_bytes()),
        7 => overwrite(bytes, TAG, &random.below(3).to_le_bytes()[..1]),
        8 => overwrite(bytes, place, &other[place..]),
        9 => shift(bytes, place, random),
        10 => overwrite(bytes, 0, TwapUpdate::DISCRIMINATOR),
        _ => bytes.resize(random.below(ACCOUNT_LEN + 8), 0),
    }
}

/// Overwrites bytes, up to the end.
fn overwrite(bytes: &mut [u8], place: usize, with: &[u8]) {
    bytes.iter_mut().skip(place).zip(with).for_each(|(byte, new)| *byte = *new);
}

/// Adds or removes a byte, which moves all that follow.
fn shift(bytes: &mut Vec<u8>, place: usize, random: &mut Random) {
    if place >= bytes.len() {
        bytes.push(random.byte());
    } else if random.byte() & 1 == 0 {
        bytes.insert(place, random.byte());
    } else {
        bytes.remove(place);
    }
}

/// Returns the parser's answer. Core judges every price that the parser returns.
fn parse_without_panic(bytes: &[u8], feed_id: &[u8; 32], number: usize) -> Outcome {
    panic::catch_unwind(|| parse(bytes, feed_id).inspect(judge))
        .unwrap_or_else(|_| panic!("mutation {number} makes the parser or core panic: {bytes:02x?}"))
}

fn judge(price: &RawPrice) {
    let guard = PriceGuard {
        max_age_new_risk_secs: 30,
        max_age_liquidation_secs: 120,
        max_confidence_bps: 100,
        confidence_multiplier_bps: PriceGuard::MAX_MULTIPLIER_BPS,
        max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS,
        max_move_bps: PriceGuard::MAX_BAND_BPS,
    };
    for now in [price.publish_time, 0, i64::MIN, i64::MAX] {
        if let Ok(admitted) = guard.admit(price, PriceUse::NewRisk, now) {
            assert!(admitted.low <= admitted.spot && admitted.spot <= admitted.high && admitted.digits <= 18);
        }
        if let Ok(admitted) = guard.admit(price, PriceUse::Liquidation, now) {
            assert!(admitted.low == admitted.high && admitted.low > 0 && admitted.digits <= 18);
        }
    }
}
