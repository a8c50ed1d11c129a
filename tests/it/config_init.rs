//! config_init: one market per creator, under terms that do not contradict each other.

use crate::interface::account_of;
use crate::verdict::refused;
use anchor_lang::prelude::{Address, ProgramError};
use anchor_lang::solana_program::system_instruction::transfer;
use ballast::error::BallastError;
use ballast::event::ConfigInitialized;
use ballast::seeds::config_address;
use ballast::state::{Config, MarketSettings};
use ballast_core::notice::ChangeDelay;
use ballast_core::terms::LiquidationTerms;
use ballast_testkit::World;
use ballast_testkit::market::{config_init, default_market, default_terms};
use solana_signer::Signer;
use std::slice::from_ref;

fn settings() -> MarketSettings {
    default_market(Address::from([1; 32]), Address::from([2; 32]))
}

#[test]
fn refuses_terms_that_contradict_each_other() {
    let sound = default_terms();
    let unsound = [
        LiquidationTerms { base_bonus_bps: sound.max_bonus_bps + 1, ..sound },
        LiquidationTerms { max_deep_bonus_bps: sound.max_bonus_bps - 1, ..sound },
        LiquidationTerms { max_deep_bonus_bps: LiquidationTerms::MAX_DEEP_BONUS_BPS + 1, ..sound },
        // An auction that stands still.
        LiquidationTerms { slot_step_centibps: 0, ..sound },
        LiquidationTerms { deep_step_centibps: 0, ..sound },
        LiquidationTerms { relax_slots: LiquidationTerms::MAX_RELAX_SLOTS + 1, ..sound },
        LiquidationTerms { max_bonus_bps: LiquidationTerms::MAX_BONUS_BPS + 1, ..sound },
        LiquidationTerms { health_slope_bps: 10_001, ..sound },
        LiquidationTerms { deep_line_bps: LiquidationTerms::MIN_DEEP_LINE_BPS - 1, ..sound },
        LiquidationTerms { deep_line_bps: 10_001, ..sound },
        LiquidationTerms { target_health_bps: LiquidationTerms::MIN_TARGET_HEALTH_BPS - 1, ..sound },
        LiquidationTerms { target_health_bps: LiquidationTerms::MAX_TARGET_HEALTH_BPS + 1, ..sound },
        LiquidationTerms { hard_line_bps: LiquidationTerms::MIN_HARD_LINE_BPS - 1, ..sound },
        LiquidationTerms { hard_line_bps: 10_001, ..sound },
        LiquidationTerms { cure_slots: LiquidationTerms::MAX_CURE_SLOTS + 1, ..sound },
        LiquidationTerms { warning_bps: LiquidationTerms::MAX_WARNING_BPS + 1, ..sound },
        LiquidationTerms { reserved: 1, ..sound },
    ];
    for terms in unsound {
        let mut world = World::new();
        let creator = world.wallet();
        let result = world.send(&[config_init(&creator.pubkey(), MarketSettings { terms, ..settings() })], &[&creator]);
        refused(result, BallastError::InvalidLiquidationTerms);
    }
}

#[test]
fn refuses_a_delay_out_of_bounds() {
    let init = |change_delay_secs| {
        let mut world = World::new();
        let creator = world.wallet();
        world.send(&[config_init(&creator.pubkey(), MarketSettings { change_delay_secs, ..settings() })], &[&creator])
    };
    for delay in [1, ChangeDelay::MIN_SECS - 1, ChangeDelay::MAX_SECS + 1, u64::MAX] {
        refused(init(delay), BallastError::InvalidDelay);
    }
    for delay in [0, ChangeDelay::MIN_SECS, ChangeDelay::MAX_SECS] {
        init(delay).expect("a delay");
    }
}

#[test]
fn refuses_a_market_without_a_fee_receiver() {
    let mut world = World::new();
    let creator = world.wallet();
    let nobody = MarketSettings { fee_receiver: Address::default(), ..settings() };
    refused(world.send(&[config_init(&creator.pubkey(), nobody)], &[&creator]), BallastError::NoFeeReceiver);
}

#[test]
fn refuses_a_second_market_of_one_creator() {
    let mut world = World::new();
    let creator = world.wallet();
    let init = config_init(&creator.pubkey(), settings());
    world.send(from_ref(&init), &[&creator]).expect("config_init");
    let before = world.get(&config_address(&creator.pubkey()));
    world.send(&[init], &[&creator]).expect_err("the address is taken");
    assert_eq!(world.get(&config_address(&creator.pubkey())), before);
}

#[test]
fn refuses_the_address_of_another_creator() {
    let mut world = World::new();
    let [creator, other] = [(); 2].map(|()| world.wallet());
    let mut init = config_init(&creator.pubkey(), settings());
    account_of(&mut init, "config").pubkey = config_address(&other.pubkey());
    refused(world.send(&[init], &[&creator]), ProgramError::InvalidSeeds);
}

#[test]
fn writes_the_config_and_emits_the_event() {
    let mut world = World::new();
    let creator = world.wallet();
    let (address, key) = (config_address(&creator.pubkey()), creator.pubkey());
    let init = config_init(&key, settings());

    let event: ConfigInitialized = world.send(&[init], &[&creator]).expect("config_init").event();

    assert_eq!((event.config, event.authority), (address, key));
    let config: Config = world.read(&address);
    assert_eq!((config.version, config.creator, config.authority), (ballast::state::VERSION, key, key));
    assert_eq!(config.pending_authority, Address::default());
    assert_eq!(bytemuck::bytes_of(&config.market), bytemuck::bytes_of(&settings()));
    assert_eq!((config.reserve_count, config.epoch), (0, 0));
    assert_eq!((config.reserved_flags, config.reserved), ([0; 5], [0; 15]));
    let account = world.get(&address);
    assert_eq!(account.owner, ballast::ID);
    assert_eq!(account.lamports, world.svm.minimum_balance_for_rent_exemption(account.data.len()));
}

/// Lamports that were sent to the address before do not prevent it.
#[test]
fn opens_at_an_address_that_somebody_has_funded() {
    let mut world = World::new();
    let [creator, griefer] = [(); 2].map(|()| world.wallet());
    let address = config_address(&creator.pubkey());
    world.send(&[transfer(&griefer.pubkey(), &address, 1_000_000)], &[&griefer]).expect("transfer");
    world.send(&[config_init(&creator.pubkey(), settings())], &[&creator]).expect("config_init");
    let config: Config = world.read(&address);
    assert_eq!(config.authority, creator.pubkey());
}
