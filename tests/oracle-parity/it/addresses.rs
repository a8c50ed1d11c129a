//! The program's Pyth addresses are those of Pyth's SDK, and it derives the addresses of the accounts that Pyth
//! publishes.

use anchor_lang::prelude::Address;
use anchor1::prelude::Pubkey;
use ballast::error::BallastError;
use ballast::oracle::{RECEIVERS, feed_address, receiver};
use oracle_parity::fixtures::{are_real, sponsored};
use oracle_parity::random::Random;
use pyth_solana_receiver_sdk::PYTH_PUSH_ORACLE_ID;

#[test]
fn receiver_0_is_the_one_of_the_sdk() {
    assert_eq!(RECEIVERS[0].owner.to_bytes(), pyth_solana_receiver_sdk::ID.to_bytes());
    assert_eq!(RECEIVERS[0].push_oracle.to_bytes(), PYTH_PUSH_ORACLE_ID.to_bytes());
}

#[test]
fn every_sponsored_feed_has_its_derived_address() {
    let feeds = sponsored();
    for feed in &feeds {
        assert_eq!(feed_address(&RECEIVERS[0], 0, &feed.feed_id), feed.account);
    }
    assert!(!are_real() || feeds.len() == 47);
}

#[test]
fn receiver_1_has_sol_usd_at_the_published_address() {
    let sol_usd = sponsored()[0].feed_id;
    let published = Address::from_str_const("7AviUf9nL62mcxNbQGKm4nKDQnPjswo6c5MX4D57HmyE");
    assert_eq!(feed_address(&RECEIVERS[1], 0, &sol_usd), published);
}

#[test]
fn every_shard_and_feed_derives_as_with_the_sdks_types() {
    let random = &mut Random::new(1);
    for program in &RECEIVERS {
        let push_oracle = Pubkey::new_from_array(program.push_oracle.to_bytes());
        for _ in 0..100 {
            let (shard, feed_id) = (u16::from_le_bytes(random.bytes()), random.bytes::<32>());
            let (theirs, _) = Pubkey::find_program_address(&[&shard.to_le_bytes(), &feed_id], &push_oracle);
            assert_eq!(feed_address(program, shard, &feed_id).to_bytes(), theirs.to_bytes());
        }
    }
}

#[test]
fn there_is_no_third_receiver() {
    assert!(receiver(0).is_ok() && receiver(1).is_ok());
    for index in [2, 256, 1 << 32, u64::MAX] {
        assert_eq!(receiver(index).err(), Some(BallastError::OracleUnknownReceiver.into()));
    }
}
