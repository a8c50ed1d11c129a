//! Fees and tips are high enough to land, and below what a liquidation earns.

use ballast_core::units::Usd;
use ballast_keeper::fee::{FeeOffer, LandingRecord};
use ballast_keeper::setup::FeeSettings;
use proptest::prelude::*;

use crate::world::laws;

fn fees() -> FeeSettings {
    FeeSettings { tip_account: Some("tip".to_owned()), ..FeeSettings::default() }
}

#[test]
fn losses_raise_the_offer_to_the_caps_and_no_further() {
    let offers = (0..20).map(|losses| FeeOffer::new(&fees(), 10_000, 20_000, losses)).collect::<Vec<_>>();
    // 10,000 times 1.2; a tenth to the third of a cap of 5,000,000 is less.
    assert_eq!(offers[0], FeeOffer { micro_lamports_per_unit: 12_000, tip_lamports: 20_000 });
    assert_eq!(offers[1].micro_lamports_per_unit, 12_000);
    assert_eq!(offers[5], FeeOffer { micro_lamports_per_unit: 625_000, tip_lamports: 20_000 });
    assert_eq!(offers[10], FeeOffer { micro_lamports_per_unit: 5_000_000, tip_lamports: 100_000 });
    assert!(offers.iter().skip(10).all(|offer| *offer == offers[10]));
    assert!(offers.is_sorted_by_key(|offer| (offer.micro_lamports_per_unit, offer.tip_lamports)));
}

#[test]
fn no_tip_is_paid_without_a_tip_account() {
    assert_eq!(
        FeeOffer::new(&FeeSettings::default(), 0, 90_000, 9),
        FeeOffer { micro_lamports_per_unit: 3_645_000, tip_lamports: 0 }
    );
}

#[test]
fn a_failure_costs_everything_except_the_tip() {
    let offer = FeeOffer { micro_lamports_per_unit: 1_000_001, tip_lamports: 700 };
    assert_eq!((offer.failed_lamports(100), offer.lamports(100)), (5_101, 5_801));
}

#[test]
fn the_chance_is_one_half_without_a_record() {
    let chance = |landed, failed| LandingRecord { landed, failed }.chance_bps();
    assert_eq!([chance(0, 0), chance(1, 0), chance(0, 1), chance(98, 0)], [5_000, 6_666, 3_333, 9_900]);
    // One in ten lands: it has to earn nine failures besides its own cost.
    let record = LandingRecord { landed: 0, failed: 8 };
    assert_eq!(record.expected(1_000, Usd(100), Usd(100)), 0);
    assert_eq!(record.expected(1_010, Usd(100), Usd(100)), 1);
}

#[test]
fn a_bad_hour_is_forgotten() {
    let mut record = LandingRecord::default();
    (0..1_000).for_each(|_| record.add(false));
    assert!(record.chance_bps() > 100);
    (0..40).for_each(|_| record.add(true));
    assert!(record.chance_bps() > 5_000, "{record:?}");
    // Also if the keeper no longer tries, because too few land.
    (0..63).for_each(|_| record.add(false));
    (0..6).for_each(|_| record.fade());
    assert_eq!(record.chance_bps(), 5_000, "{record:?}");
}

proptest! {
    #![proptest_config(laws(256))]

    /// The rule in floating point.
    #[test]
    fn the_expected_profit_is_the_mean(gross in -1i64..1 << 50, cost in 0u64..1 << 50, failed_cost in 0u64..1 << 50, landed in 0u64..1_000, failed in 0u64..1_000) {
        let record = LandingRecord { landed, failed };
        let chance = record.chance_bps() as f64 / 1e4;
        let mean = chance * (gross as f64 - cost as f64) - (1.0 - chance) * failed_cost as f64;
        let expected = record.expected(gross.into(), Usd(cost.into()), Usd(failed_cost.into()));
        prop_assert!((expected as f64 - mean).abs() <= 1.0 + mean.abs() * 1e-9, "{expected} and {mean}");
    }

    #[test]
    fn an_offer_stays_within_floor_and_caps(paid: u64, tipped: u64, losses: u32) {
        let offer = FeeOffer::new(&fees(), paid, tipped, losses);
        prop_assert!((1_000..=5_000_000).contains(&offer.micro_lamports_per_unit));
        prop_assert!(offer.tip_lamports <= 100_000);
    }
}
