//! The books: conversions within an atom and for the protocol, interest that suppliers never get more of than borrowers
//! pay, and assets that cover every claim.

use crate::model::{
    Books, Exact, bps, ceil, debt_atoms, exp, floor, int, per_second, pow2, ratio, supply_atoms, yearly_rate,
};
use crate::world::{NOW, Q64, YEAR, amount, any_curve, curve, debt_index, laws, ledger};
use ballast_core::Refusal;
use ballast_core::ledger::{Ledger, WriteOff};
use ballast_core::units::{Atoms, Bps, DebtShares, SupplyShares, Wide};
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};
use proptest::prelude::*;

/// By how much the effective rate falls short of the nominal one, at most. Measured: 1.646e-10 at [`WORST_EXPONENT`],
/// where the square of the exponent is just short of two units of Q64; 3.9e-11 at 2^-10 and beyond.
const RATE_ERROR: (u64, u64) = (165, 1_000_000_000_000);

const WORST_EXPONENT: u64 = 6_074_000_999;

type Movement = fn(&mut Ledger, u64, u64) -> ballast_core::Result<()>;

/// One second to a hundred years.
fn elapsed() -> impl Strategy<Value = i64> {
    (1i64..=100 * YEAR, 0u32..32).prop_map(|(secs, shift)| (secs >> shift).max(1))
}

/// Books with a rate and a pass-through.
fn settled() -> impl Strategy<Value = (Ledger, u16)> {
    (ledger(), any_curve(), 0u16..=5_000).prop_map(|(mut ledger, curve, reserve_factor)| {
        ledger.settle(&curve, Bps(reserve_factor)).expect("sound books");
        (ledger, reserve_factor)
    })
}

fn accrued(ledger: &Ledger, now: i64) -> Ledger {
    let mut ledger = *ledger;
    ledger.accrue(now);
    ledger
}

fn fitting(exact: BigInt) -> Result<u64, Refusal> {
    exact.to_u64().ok_or(Refusal::MathOverflow)
}

proptest! {
    #![proptest_config(laws(600))]

    #[test]
    fn supply_conversions_are_exact_to_the_rounding(ledger in ledger(), amount in amount()) {
        let index = ledger.supply_index.get();
        let shares = int(amount) * pow2(64) / int(index);
        prop_assert_eq!(ledger.supply_shares_floor(Atoms(amount)).map(|s| s.0), fitting(floor(&shares)));
        prop_assert_eq!(ledger.supply_shares_ceil(Atoms(amount)).map(|s| s.0), fitting(ceil(&shares)));
        let atoms = supply_atoms(amount, index);
        prop_assert_eq!(ledger.supply_atoms_floor(SupplyShares(amount)).map(|a| a.0), fitting(floor(&atoms)));
        prop_assert_eq!(ledger.supply_atoms_ceil(SupplyShares(amount)).map(|a| a.0), fitting(ceil(&atoms)));
    }

    #[test]
    fn debt_conversions_are_exact_to_the_rounding(ledger in ledger(), amount in amount(), shift in 0u32..=32) {
        let index = ledger.debt_index.get();
        let shares = int(amount) * pow2(96) / int(index);
        prop_assert_eq!(BigInt::from(ledger.debt_shares_floor(Atoms(amount)).unwrap().0), floor(&shares));
        prop_assert_eq!(BigInt::from(ledger.debt_shares_ceil(Atoms(amount)).unwrap().0), ceil(&shares));
        let shares = DebtShares(u128::from(amount) << shift);
        let atoms = debt_atoms(shares.0, index);
        prop_assert_eq!(ledger.debt_atoms_ceil(shares).map(|a| a.0), fitting(ceil(&atoms)));
    }

    #[test]
    fn an_atom_of_debt_is_always_worth_a_share(ledger in ledger()) {
        prop_assert!(ledger.debt_shares_floor(Atoms(1)).unwrap() >= DebtShares(1));
    }

    #[test]
    fn totals_are_exact_to_the_rounding(ledger in ledger()) {
        let exact = Books::of(&ledger);
        prop_assert_eq!(BigInt::from(ledger.claims_ceil().unwrap()), ceil(&exact.claims));
        prop_assert_eq!(BigInt::from(ledger.debt_floor().unwrap()), floor(&exact.debt));
        let equity = int(ledger.equity_floor().unwrap());
        prop_assert!(equity <= exact.equity() && equity > exact.equity() - int(2));
    }

    #[test]
    fn growth_is_e_to_the_x_within_the_stated_error(rate in amount(), elapsed in elapsed(), start in debt_index()) {
        let ledger = Ledger { borrow_rate: rate, debt_index: Wide::new(start), ..Ledger::new(NOW) };
        let index = ledger.indices_at(NOW + elapsed).debt.0;
        // Beyond e^23 every index is capped.
        let exponent = (int(rate) * int(elapsed) * pow2(-64)).min(int(23));
        let least = &exponent * (Exact::one() - ratio(RATE_ERROR.0, RATE_ERROR.1));
        prop_assert!(int(index) >= (int(start) * exp(&least)).min(int(Ledger::MAX_INDEX.0)));
        // And a unit of 2^-64, which rounds up.
        prop_assert!(int(index) <= int(start) * exp(&exponent) + Exact::one());
    }

    #[test]
    fn the_rate_in_force_is_the_curves_at_the_utilization(ledger in ledger(), curve in any_curve()) {
        let mut ledger = ledger;
        ledger.settle(&curve, Bps(0)).unwrap();
        let debt = int(floor(&Books::of(&ledger).debt));
        let used = if debt.is_zero() { Exact::zero() } else { &debt / (&debt + int(ledger.cash_atoms)) };
        let step = ratio(1, 1_000_000_000);
        let at = |utilization: Exact| per_second(&yearly_rate(&curve, &utilization)) * pow2(64);
        prop_assert!(int(ledger.borrow_rate) >= at(used.clone()));
        prop_assert!(int(ledger.borrow_rate) <= at((used + step).min(Exact::one())) + int(2));
    }

    /// INV-1, over a century and in two steps.
    #[test]
    fn interest_leaves_the_assets_above_the_claims((ledger, _) in settled(), first in elapsed(), second in elapsed()) {
        prop_assert!(Books::of(&ledger).are_solvent());
        let once = accrued(&ledger, NOW + first);
        prop_assert!(Books::of(&once).are_solvent());
        prop_assert!(Books::of(&accrued(&once, NOW + first + second)).are_solvent());
        prop_assert_eq!(once.invariant(), Ok(()));
    }

    /// INV-2.
    #[test]
    fn interest_never_lowers_an_index_nor_lifts_it_above_the_cap((ledger, _) in settled(), elapsed in elapsed()) {
        let after = accrued(&ledger, NOW + elapsed);
        prop_assert!(after.supply_index.get() >= ledger.supply_index.get());
        prop_assert!(after.debt_index.get() >= ledger.debt_index.get());
        prop_assert!(after.supply_index.get() <= Ledger::MAX_INDEX.0 && after.debt_index.get() <= Ledger::MAX_INDEX.0);
    }

    #[test]
    fn suppliers_get_the_interest_less_the_reserve_factor((ledger, reserve_factor) in settled(), elapsed in elapsed()) {
        let (before, after) = (Books::of(&ledger), Books::of(&accrued(&ledger, NOW + elapsed)));
        let interest = &after.debt - &before.debt;
        let share = &interest * (Exact::one() - bps(reserve_factor));
        let gain = &after.claims - &before.claims;
        prop_assert!(gain <= share);

        // They get no less, but for a few atoms per doubling and a capped index. Claims never grow faster than debt.
        let grown = accrued(&ledger, NOW + elapsed);
        let capped = [grown.debt_index.get(), grown.supply_index.get()].contains(&Ledger::MAX_INDEX.0);
        if !capped && !before.debt.is_zero() {
            let growth = &interest / &before.debt;
            let due = share.min(&before.claims * &growth);
            let rounding = &growth * int(4) + int(2) + &due * ratio(1, 1_000_000_000);
            prop_assert!(gain >= due - rounding);
        }
    }

    #[test]
    fn accruing_twice_is_accruing_once((ledger, _) in settled(), elapsed in elapsed()) {
        let once = accrued(&ledger, NOW + elapsed);
        prop_assert_eq!(accrued(&once, NOW + elapsed), once);
        let read = ledger.indices_at(NOW + elapsed);
        prop_assert_eq!((read.supply.0, read.debt.0), (once.supply_index.get(), once.debt_index.get()));
        prop_assert_eq!(once.accrued_at, NOW + elapsed);
    }

    #[test]
    fn a_clock_that_steps_back_accrues_nothing((ledger, _) in settled(), back in 0i64..=i64::MAX) {
        prop_assert_eq!(accrued(&ledger, NOW.saturating_sub(back)), ledger);
    }

    #[test]
    fn accruing_in_parts_is_accruing_at_once((ledger, _) in settled(), first in elapsed(), second in elapsed()) {
        let parts = accrued(&accrued(&ledger, NOW + first), NOW + first + second);
        let whole = accrued(&ledger, NOW + first + second);
        let exponent = (int(ledger.borrow_rate) * int(first + second) * pow2(-64)).min(int(23));
        // The relative error of the exponent, twice, and a unit of the index each time.
        let error = &exponent * ratio(2 * RATE_ERROR.0, RATE_ERROR.1) + pow2(-62);
        let near = |a: u128, b: u128| int(a.abs_diff(b)) <= int(a.max(b)) * &error;
        prop_assert!(near(parts.debt_index.get(), whole.debt_index.get()));
        let expected = exp(&exponent) * int(ledger.debt_index.get());
        let least = expected * (Exact::one() - &error);
        prop_assert!(int(parts.debt_index.get()) >= least.min(int(Ledger::MAX_INDEX.0)));
    }

    /// INV-3.
    #[test]
    fn movements_leave_the_indices_alone((ledger, _) in settled(), amount in amount(), shares in amount()) {
        let movements: [Movement; 4] = [
            |ledger, amount, shares| ledger.supply(Atoms(amount), SupplyShares(shares)),
            |ledger, amount, shares| ledger.redeem(Atoms(amount), SupplyShares(shares)),
            |ledger, amount, shares| ledger.lend(Atoms(amount), DebtShares(u128::from(shares))),
            |ledger, amount, shares| ledger.collect(Atoms(amount), DebtShares(u128::from(shares))),
        ];
        for movement in movements {
            let mut after = ledger;
            let moved = movement(&mut after, amount, shares);
            let settled = after.settle(&curve(), Bps(0));
            prop_assert_eq!((after.supply_index, after.debt_index), (ledger.supply_index, ledger.debt_index));
            // INV-1: shares that the atoms do not pay for are noticed, beyond the atom that rounding may hide.
            if moved.is_ok() && Books::of(&after).equity() < int(-2) {
                prop_assert_eq!(settled, Err(Refusal::InvariantBroken));
            }
        }
    }

    /// INV-1, INV-3.
    #[test]
    fn a_loss_is_borne_by_insurance_then_fees_then_suppliers((ledger, _) in settled(), part in 0u64..=1_000) {
        let shares = DebtShares(ledger.debt_shares.get() / 1_000 * u128::from(part));
        let before = Books::of(&ledger);
        let loss = ceil(&debt_atoms(shares.0, ledger.debt_index.get()));
        let mut after = ledger;
        let Ok(WriteOff { insurance, fees, suppliers, shares: gone }) = after.write_off(shares) else {
            prop_assert!(loss > BigInt::from(u64::MAX));
            return Ok(());
        };
        prop_assert_eq!(gone, shares);
        prop_assert_eq!(BigInt::from(insurance.0) + fees.0 + suppliers.0, loss.clone());
        prop_assert_eq!(BigInt::from(insurance.0), loss.clone().min(ledger.insurance_atoms.into()));
        prop_assert_eq!(after.insurance_atoms, ledger.insurance_atoms - insurance.0);
        let equity = before.equity();
        prop_assert!(int(fees.0) <= equity && (suppliers.0 == 0 || int(fees.0) > equity - int(2)));

        let books = Books::of(&after);
        prop_assert!(books.are_solvent());
        let haircut = before.claims - &books.claims;
        // What the suppliers lose is what is left of the loss, to the atom that each of debt, fees and index are
        // rounded by.
        prop_assert!(haircut >= int(suppliers.0) - int(3) && haircut <= int(suppliers.0) + int(2));
        prop_assert_eq!(after.debt_index, ledger.debt_index);
        prop_assert!(after.supply_index.get() <= ledger.supply_index.get());
        prop_assert_eq!(after.cash_atoms, ledger.cash_atoms);
    }
}

proptest! {
    #![proptest_config(laws(600))]

    /// INV-1, INV-3: what is earned is equity, what is insured is equity no more, and what is paid of it is cash that
    /// leaves.
    #[test]
    fn fees_move_between_cash_equity_and_the_bucket((ledger, _) in settled(), atoms in amount(), target in 0u16..=10_000) {
        let before = Books::of(&ledger);
        let mut after = ledger;
        if after.earn(Atoms(atoms)).is_ok() {
            prop_assert_eq!(Books::of(&after).equity() - before.equity(), int(atoms));
        }
        let mut after = ledger;
        if after.insure(Atoms(atoms)).is_ok() {
            prop_assert_eq!(before.equity() - Books::of(&after).equity(), int(atoms));
            prop_assert_eq!(after.cash_atoms, ledger.cash_atoms);
        }
        let mut after = ledger;
        prop_assert_eq!(after.pay_fees(Atoms(atoms)).is_ok(), atoms <= ledger.cash_atoms);
        let paid = int(ledger.cash_atoms) - int(after.cash_atoms);
        prop_assert_eq!(before.equity() - Books::of(&after).equity(), paid);
        let wanted = (before.claims.ceil() * bps(target)).floor().min(int(u64::MAX)) - int(ledger.insurance_atoms);
        prop_assert_eq!(int(ledger.uninsured_floor(Bps(target)).unwrap().0), wanted.max(Exact::zero()));
    }
}

#[test]
fn the_stated_error_of_growth_is_reached_but_not_exceeded() {
    let start = Q64 << 20;
    let ledger = Ledger { borrow_rate: WORST_EXPONENT, debt_index: Wide::new(start), ..Ledger::new(NOW) };
    let index = int(ledger.indices_at(NOW + 1).debt.0);
    let short_by = |error: u64| {
        let exponent = int(WORST_EXPONENT) * pow2(-64) * (Exact::one() - ratio(error, RATE_ERROR.1));
        int(start) * exp(&exponent)
    };
    assert!(index >= short_by(RATE_ERROR.0));
    assert!(index < short_by(RATE_ERROR.0 - 1));
}

/// INV-2: at the cap interest stands still.
#[test]
fn at_the_capped_index_interest_stands_still() {
    let mut ledger = Ledger { cash_atoms: 5, supply_shares: 1_000, debt_shares: Wide::new(1_000), ..Ledger::new(NOW) };
    ledger.debt_index = Wide::new(Ledger::MAX_INDEX.0 - 1);
    ledger.settle(&curve(), Bps(0)).unwrap();
    ledger.accrue(NOW + 10 * YEAR);
    assert_eq!(ledger.debt_index.get(), Ledger::MAX_INDEX.0);
    assert_eq!(ledger.supply_index.get(), Q64);
    ledger.settle(&curve(), Bps(0)).unwrap();
    let capped = ledger;
    ledger.accrue(NOW + 20 * YEAR);
    assert_eq!(ledger, Ledger { accrued_at: NOW + 20 * YEAR, ..capped });
}

/// INV-1, INV-2: books that no operation leaves behind are recognized.
#[test]
fn unsound_books_are_recognized() {
    let sound = Ledger { cash_atoms: 100, supply_shares: 90, insurance_atoms: 10, ..Ledger::new(NOW) };
    assert_eq!(sound.invariant(), Ok(()));
    let broken = |ledger: Ledger| ledger.invariant() == Err(Refusal::InvariantBroken);
    // Two atoms may be missing by rounding.
    assert!(broken(Ledger { supply_shares: 93, ..sound }));
    assert!(broken(Ledger { insurance_atoms: 13, ..sound }));
    assert!(broken(Ledger { cash_atoms: 97, ..sound }));
    let empty = Ledger::new(NOW);
    assert!(broken(Ledger { supply_index: Wide::new(Ledger::MAX_INDEX.0 + 1), ..empty }));
    assert!(broken(Ledger { debt_index: Wide::new(Ledger::MAX_INDEX.0 + 1), ..empty }));
    assert_eq!(Ledger { debt_index: Wide::new(Ledger::MAX_INDEX.0), ..empty }.invariant(), Ok(()));
}

#[test]
fn a_wiped_out_supply_sells_no_shares() {
    let ledger = Ledger { supply_index: Wide::new(0), supply_shares: 7, ..Ledger::new(NOW) };
    assert_eq!(ledger.supply_shares_floor(Atoms(1)), Err(Refusal::SupplyWipedOut));
    assert_eq!(ledger.supply_shares_ceil(Atoms(1)), Err(Refusal::SupplyWipedOut));
    assert_eq!(ledger.supply_atoms_floor(SupplyShares(7)), Ok(Atoms(0)));
}

#[test]
fn no_more_leaves_the_books_than_is_in_them() {
    let books = Ledger { cash_atoms: 10, supply_shares: 10, debt_shares: Wide::new(10), ..Ledger::new(NOW) };
    let tried = |movement: fn(&mut Ledger) -> ballast_core::Result<()>| movement(&mut books.clone());
    assert_eq!(tried(|ledger| ledger.redeem(Atoms(11), SupplyShares(1))), Err(Refusal::InsufficientCash));
    assert_eq!(tried(|ledger| ledger.redeem(Atoms(1), SupplyShares(11))), Err(Refusal::InsufficientCollateral));
    assert_eq!(tried(|ledger| ledger.lend(Atoms(11), DebtShares(1))), Err(Refusal::InsufficientCash));
    assert_eq!(tried(|ledger| ledger.collect(Atoms(1), DebtShares(11))), Err(Refusal::InsufficientDebt));
    assert_eq!(tried(|ledger| ledger.write_off(DebtShares(11)).map(drop)), Err(Refusal::InsufficientDebt));
    assert_eq!(tried(|ledger| ledger.supply(Atoms(u64::MAX), SupplyShares(1))), Err(Refusal::MathOverflow));
    assert_eq!(tried(|ledger| ledger.supply(Atoms(1), SupplyShares(u64::MAX))), Err(Refusal::MathOverflow));
    assert_eq!(tried(|ledger| ledger.lend(Atoms(1), DebtShares(u128::MAX))), Err(Refusal::MathOverflow));
    assert_eq!(tried(|ledger| ledger.collect(Atoms(u64::MAX), DebtShares(1))), Err(Refusal::MathOverflow));
    assert_eq!(tried(|ledger| ledger.pay_fees(Atoms(11))), Err(Refusal::InsufficientCash));
    assert_eq!(tried(|ledger| ledger.earn(Atoms(u64::MAX))), Err(Refusal::MathOverflow));
    let full = |ledger: &mut Ledger| ledger.insure(Atoms(1)).and_then(|()| ledger.insure(Atoms(u64::MAX)));
    assert_eq!(tried(full), Err(Refusal::MathOverflow));
}
