//! fees_collect: divides the protocol's equity, all of it and nothing else.

use crate::model::{Books, bps, int};
use crate::world::{NOW, YEAR, any_curve, funded, laws, ledger, paused, pool};
use ballast_core::Refusal::*;
use ballast_core::op::fees_collect::{Fees, fees_collect};
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::units::Wide;
use num_traits::Zero;
use proptest::prelude::*;

/// Claims of 1,000 atoms, equity of 200, a share of 30 % for the insurance up to 5 % of the claims.
fn reserve() -> Pool {
    let mut pool = funded(1, 1_000);
    pool.ledger.cash_atoms = 1_200;
    (pool.settings.risk.insurance_share_bps, pool.settings.risk.insurance_target_bps) = (3_000, 500);
    pool
}

/// Each case would also be refused for the reason below it.
#[test]
fn refuses_in_order_an_open_flash_loan_and_a_reserve_without_equity() {
    let mut nothing = Pool { flash_atoms: 1, ..funded(1, 1_000) };
    assert_eq!(fees_collect(&mut nothing, NOW), Err(FlashLoanOpen));
    nothing.flash_atoms = 0;
    assert_eq!(fees_collect(&mut nothing, NOW), Err(AmountTooSmall));
    // Equity, but nothing to pay it with and no insurance to fill.
    let mut lent_out = funded(1, 1_000);
    (lent_out.ledger.cash_atoms, lent_out.ledger.debt_shares) = (0, Wide::new(1_200 << 32));
    assert_eq!(fees_collect(&mut lent_out, NOW), Err(AmountTooSmall));
}

#[test]
fn collects_while_everything_is_paused() {
    let pause = paused(Pause::ALL, NOW + 1);
    assert!(fees_collect(&mut Pool { pause, ..reserve() }, NOW).is_ok());
}

#[test]
fn a_split_by_hand() {
    let fees = |change: fn(&mut Pool)| {
        let mut pool = reserve();
        change(&mut pool);
        fees_collect(&mut pool, NOW).map(|fees| (fees.paid_out.0, fees.insured.0))
    };
    // 30 % of 200 would be 60; the target of 50 is reached before.
    assert_eq!(fees(|_| ()), Ok((150, 50)));
    assert_eq!(fees(|pool| pool.settings.risk.insurance_target_bps = 10_000), Ok((140, 60)));
    assert_eq!(fees(|pool| pool.settings.risk.insurance_share_bps = 0), Ok((200, 0)));
    assert_eq!(fees(|pool| pool.settings.risk.insurance_target_bps = 0), Ok((200, 0)));
    // The insurance bucket is not equity, and counts toward the target.
    assert_eq!(fees(|pool| pool.ledger.insurance_atoms = 20), Ok((150, 30)));
    assert_eq!(fees(|pool| pool.ledger.insurance_atoms = 60), Ok((140, 0)));
    // 129 of the 200 are lent and stay undivided: 50 is seven tenths of 71, and 21 are the other three.
    let lent = |pool: &mut Pool| (pool.ledger.cash_atoms, pool.ledger.debt_shares) = (50, Wide::new(1_150 << 32));
    assert_eq!(fees(lent), Ok((50, 21)));
}

/// Sound books with a rate, and any share and target.
fn any_reserve() -> impl Strategy<Value = Pool> {
    (ledger(), any_curve(), 0u16..=5_000, 0u16..=5_000, 0u16..=10_000).prop_map(
        |(ledger, curve, reserve_factor_bps, share, target)| {
            let mut pool = Pool { ledger, ..pool(1) };
            let risk = &mut pool.settings.risk;
            risk.reserve_factor_bps = reserve_factor_bps;
            (risk.insurance_share_bps, risk.insurance_target_bps) = (share, target);
            pool.settings.curve = curve;
            pool.settle().expect("sound books");
            pool
        },
    )
}

proptest! {
    #![proptest_config(laws(600))]

    /// INV-1, A9: claims, debts and indices are as they were; what was the protocol's is with the treasury and in the
    /// bucket, and less than two atoms of it, or what there is no cash for, are still its own.
    #[test]
    fn never_touches_the_claims_and_leaves_no_fee_behind(pool in any_reserve(), later in 0..YEAR) {
        let (mut after, mut before) = (pool, pool.ledger);
        before.accrue(NOW + later);
        let Ok(Fees { paid_out, insured }) = fees_collect(&mut after, NOW + later) else { return Ok(()) };
        let (was, is) = (Books::of(&before), Books::of(&after.ledger));
        prop_assert_eq!((&is.claims, &is.debt), (&was.claims, &was.debt));
        prop_assert_eq!((after.ledger.supply_index, after.ledger.debt_index), (before.supply_index, before.debt_index));
        prop_assert_eq!(&was.cash - &is.cash, int(paid_out.0));
        prop_assert_eq!(&is.insurance - &was.insurance, int(insured.0));
        prop_assert!(is.are_solvent());
        prop_assert_eq!(was.equity() - is.equity(), int(paid_out.0) + int(insured.0));
        let rest = is.equity();
        prop_assert!(rest < int(2) || is.cash.is_zero());
        prop_assert_eq!(after.ledger.accrued_at, NOW + later);
    }

    /// The bucket gets its share of the equity, rounded down with the equity itself, up to its target of the claims;
    /// the treasury the rest, as far as there is cash; and where there is not enough the bucket no more than goes with
    /// what the treasury gets.
    #[test]
    fn splits_exactly_by_share_and_target(pool in any_reserve()) {
        let before = Books::of(&pool.ledger);
        // Debt rounded down and claims up.
        let equity = before.cash.clone() + before.debt.floor() - before.claims.ceil() - &before.insurance;
        let equity = equity.max(int(0));
        let risk = pool.settings.risk;
        let target = (before.claims.ceil() * bps(risk.insurance_target_bps)).floor().min(int(u64::MAX));
        let room = (target - &before.insurance).max(int(0));
        let share = bps(risk.insurance_share_bps);
        let matching = (&before.cash * &share / (int(1) - &share)).floor();
        let share = (&equity * share).floor().min(matching).min(room);
        let paid = (&equity - &share).min(before.cash);
        let mut after = pool;
        match fees_collect(&mut after, NOW) {
            Ok(fees) => prop_assert_eq!((int(fees.paid_out.0), int(fees.insured.0)), (paid, share)),
            Err(refusal) => {
                prop_assert_eq!(refusal, AmountTooSmall);
                prop_assert!(paid.is_zero() && share.is_zero());
            }
        }
    }

    /// What is left is less than an atom of each rounding, which no second call turns into a fee.
    #[test]
    fn collecting_twice_is_collecting_once(pool in any_reserve()) {
        let mut after = pool;
        if fees_collect(&mut after, NOW).is_ok() {
            prop_assert_eq!(fees_collect(&mut after, NOW), Err(AmountTooSmall));
        }
    }

    /// However the cash comes in, in the end as much has been divided as at once, and the bucket has no more of it, and
    /// less by the rounding of each call only.
    #[test]
    fn collecting_in_parts_is_collecting_at_once(
        equity in 1u64..=1_000, share in 0u16..=5_000, target in 0u16..=10_000, parts in prop::collection::vec(0u64..1_000, 1..8)
    ) {
        let mut pool = reserve();
        pool.ledger.cash_atoms = 1_000 + equity;
        (pool.settings.risk.insurance_share_bps, pool.settings.risk.insurance_target_bps) = (share, target);
        let once = fees_collect(&mut pool.clone(), NOW).unwrap();
        let ledger = &mut pool.ledger;
        (ledger.cash_atoms, ledger.debt_shares) = (0, Wide::new(u128::from(ledger.cash_atoms) << 32));
        let (mut paid, mut insured) = (0, 0);
        for part in parts.iter().chain([&u64::MAX]) {
            let lent = u64::try_from(pool.ledger.debt_shares.get() >> 32).unwrap();
            pool.ledger.cash_atoms += lent.min(*part);
            pool.ledger.debt_shares = Wide::new(u128::from(lent - lent.min(*part)) << 32);
            if let Ok(fees) = fees_collect(&mut pool, NOW) {
                (paid, insured) = (paid + fees.paid_out.0, insured + fees.insured.0);
            }
        }
        prop_assert_eq!(paid + insured, once.paid_out.0 + once.insured.0);
        prop_assert!(insured <= once.insured.0 && insured + parts.len() as u64 >= once.insured.0);
    }
}
