//! repay: always possible, takes no more than the debt, and removes debt only for its price.

use crate::model::{Books, Exact, ceil, debt_atoms, int};
use crate::world::{NOW, Q64, YEAR, amount, funded, id, laws, ledger, paused, pool, positions};
use ballast_core::Refusal::*;
use ballast_core::ledger::Ledger;
use ballast_core::op::repay::{Repayment, repay, size};
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::positions::{Positions, Side};
use ballast_core::settings::Settings;
use ballast_core::units::{Amount, Atoms, DebtShares, SupplyShares, Wide};
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

/// A pool, and a borrower who owes a part of its debt that fits the vault.
fn debtor() -> impl Strategy<Value = (Pool, Positions)> {
    (ledger(), 1u64..=1_000).prop_map(|(mut ledger, part)| {
        ledger.cash_atoms >>= 1;
        ledger.insurance_atoms >>= 1;
        ledger.supply_shares >>= 1;
        let room = int(u64::MAX / 2 + 1) / debt_atoms(1, ledger.debt_index.get());
        let most = room.floor().to_integer().to_u128().expect("fits").min(ledger.debt_shares.get());
        let shares = DebtShares((most / 1_000 * u128::from(part)).max(1));
        let mut pool = Pool { ledger, ..pool(1) };
        pool.settle().expect("sound books");
        let mut positions = positions();
        positions.add_debt(&pool.id, shares).expect("room");
        (pool, positions)
    })
}

#[test]
fn refuses_an_obligation_without_this_debt() {
    let mut owner = positions();
    assert_eq!(repay(&mut funded(1, 9), &mut owner, Amount::All, NOW), Err(InsufficientDebt));
    owner.add_collateral(&id(1), SupplyShares(5)).unwrap();
    assert_eq!(repay(&mut funded(1, 9), &mut owner, Amount::All, NOW), Err(InsufficientDebt));
    assert_eq!(repay(&mut funded(1, 9), &mut owner, Amount::Exact(Atoms(0)), NOW), Err(InsufficientDebt));
    assert_eq!(size(&funded(1, 9), &owner, Amount::All, NOW), Err(InsufficientDebt));
}

#[test]
fn refuses_a_payment_of_zero() {
    let mut owner = positions();
    owner.add_debt(&id(1), DebtShares(5)).unwrap();
    assert_eq!(repay(&mut funded(1, 9), &mut owner, Amount::Exact(Atoms(0)), NOW), Err(AmountTooSmall));
}

#[test]
fn a_debt_at_the_capped_index_can_be_repaid() {
    let mut pool = funded(1, 1_000);
    pool.ledger.debt_index = Wide::new(Ledger::MAX_INDEX.0);
    pool.ledger.debt_shares = Wide::new(7);
    let mut owner = positions();
    owner.add_debt(&id(1), DebtShares(7)).unwrap();
    let part = repay(&mut pool, &mut owner, Amount::Exact(Atoms(3)), NOW + 100 * YEAR);
    assert_eq!(part, Ok(Repayment { taken: Atoms(3), shares: DebtShares(3) }));
    let rest = repay(&mut pool, &mut owner, Amount::All, NOW + 200 * YEAR);
    assert_eq!(rest, Ok(Repayment { taken: Atoms(4), shares: DebtShares(4) }));
    assert!(owner.is_empty());
}

/// INV-19: nothing stops a repayment: no pause, no open flash loan, no limit.
#[test]
fn takes_repayments_while_everything_is_closed() {
    let mut pool = funded(1, 1_000);
    pool.ledger.debt_shares = Wide::new(10 << 32);
    pool.pause = paused(Pause::ALL, NOW + 1);
    pool.flash_atoms = 1_000;
    pool.settings.limits = Settings::CLOSED.limits;
    let mut owner = positions();
    owner.add_debt(&id(1), DebtShares(10 << 32)).unwrap();
    assert!(repay(&mut pool, &mut owner, Amount::Exact(Atoms(4)), NOW).is_ok());
    assert!(repay(&mut pool, &mut owner, Amount::All, NOW).is_ok() && owner.is_empty());
}

/// What comes back may leave again.
#[test]
fn a_repayment_is_a_credit_to_the_outflow() {
    let mut pool = funded(1, 1_000);
    pool.ledger.debt_shares = Wide::new(10 << 32);
    let mut owner = positions();
    owner.add_debt(&id(1), DebtShares(10 << 32)).unwrap();
    repay(&mut pool, &mut owner, Amount::Exact(Atoms(4)), NOW).unwrap();
    assert_eq!((pool.outflow.net_atoms, pool.outflow.updated_at), (-4, NOW));
}

/// A debt that has outgrown what a token can count is paid in parts.
#[test]
fn a_part_of_a_debt_beyond_64_bits_can_be_repaid() {
    let mut pool = funded(1, 1_000);
    pool.ledger.debt_index = Wide::new(Ledger::MAX_INDEX.0);
    pool.ledger.debt_shares = Wide::new(1 << 66);
    let mut owner = positions();
    owner.add_debt(&id(1), DebtShares(1 << 66)).unwrap();
    assert_eq!(repay(&mut pool.clone(), &mut owner.clone(), Amount::All, NOW), Err(MathOverflow));
    let part = repay(&mut pool, &mut owner, Amount::Exact(Atoms(1 << 60)), NOW);
    assert_eq!(part, Ok(Repayment { taken: Atoms(1 << 60), shares: DebtShares(1 << 60) }));
}

proptest! {
    #![proptest_config(laws(400))]

    /// INV-4.
    #[test]
    fn repaying_all_costs_what_is_owed_and_leaves_no_position((pool, owner) in debtor(), later in 0..YEAR) {
        let (mut after, mut free) = (pool, owner);
        let mut waited = pool;
        waited.ledger.accrue(NOW + later);
        let owed = debt_atoms(owner.debt(&pool.id).0, waited.ledger.debt_index.get());
        let Ok(repayment) = repay(&mut after, &mut free, Amount::All, NOW + later) else {
            prop_assert!(owed + int(pool.ledger.cash_atoms) > int(u64::MAX - 1));
            return Ok(());
        };
        prop_assert_eq!(ceil(&owed), repayment.taken.0.into());
        let by_amount = repay(&mut pool.clone(), &mut owner.clone(), Amount::Exact(repayment.taken), NOW + later);
        prop_assert_eq!(by_amount, Ok(repayment));
        prop_assert!(!free.has(Side::Debt) && free.is_empty());
        prop_assert_eq!(after.ledger.debt_shares.get(), pool.ledger.debt_shares.get() - repayment.shares.0);
        prop_assert_eq!(after.ledger.cash_atoms, pool.ledger.cash_atoms + repayment.taken.0);
    }

    /// INV-1, INV-3.
    #[test]
    fn takes_the_offer_up_to_the_debt_and_reduces_the_debt_by_at_most_that((pool, owner) in debtor(), offered in amount()) {
        let (mut after, mut less) = (pool, owner);
        let index = pool.ledger.debt_index.get();
        let owed = ceil(&debt_atoms(owner.debt(&pool.id).0, index));
        let Repayment { taken, shares } = repay(&mut after, &mut less, Amount::Exact(Atoms(offered)), NOW).unwrap();
        prop_assert_eq!(int(taken.0), int(offered).min(int(owed)));
        let forgiven = debt_atoms(shares.0, index);
        prop_assert!(forgiven <= int(taken.0) && forgiven > int(taken.0) - Exact::one());
        prop_assert_eq!(less.debt(&pool.id).0, owner.debt(&pool.id).0 - shares.0);
        let gain = Books::of(&after.ledger).equity() - Books::of(&pool.ledger).equity();
        prop_assert!(gain >= int(0) && gain < Exact::one());
        prop_assert_eq!((after.ledger.debt_index, after.ledger.supply_index), (pool.ledger.debt_index, pool.ledger.supply_index));
    }

    /// A repayment takes what `size` returns, and a repayment of exactly that amount does the same.
    #[test]
    fn takes_exactly_its_size((pool, owner) in debtor(), offered in amount(), all in any::<bool>(), later in 0..YEAR) {
        let amount = if all { Amount::All } else { Amount::Exact(Atoms(offered)) };
        let asked = size(&pool, &owner, amount, NOW + later);
        let once = |amount| {
            let (mut pool, mut owner) = (pool, owner);
            repay(&mut pool, &mut owner, amount, NOW + later).map(|repayment| (repayment, pool, owner))
        };
        if let Ok(repaid) = once(amount) {
            prop_assert_eq!(asked, Ok(repaid.0.taken));
            prop_assert_eq!(once(Amount::Exact(repaid.0.taken)), Ok(repaid));
        }
    }

    #[test]
    fn repaying_in_parts_is_never_cheaper((pool, owner) in debtor(), parts in prop::collection::vec(amount(), 1..8)) {
        let whole = repay(&mut pool.clone(), &mut owner.clone(), Amount::All, NOW).unwrap().taken;
        let (mut pool, mut owner, mut paid) = (pool, owner, 0u128);
        for part in parts.into_iter().map(|part| Amount::Exact(Atoms(part))).chain([Amount::All]) {
            match repay(&mut pool, &mut owner, part, NOW) {
                Ok(repayment) => paid += u128::from(repayment.taken.0),
                Err(refusal) => prop_assert_eq!(refusal, InsufficientDebt),
            }
        }
        prop_assert!(owner.is_empty() && paid >= u128::from(whole.0));
        prop_assert!(pool.ledger.debt_index.get() >= Q64);
    }
}
