//! flash_borrow: cash for the length of a transaction, and nothing else that could use the missing cash meanwhile.

use crate::model::{bps, int};
use crate::world::{
    NOW, SLOT, amount, call_of, dollars, funded, id, laws, ledger, open, paused, pool, positions, settings, terms,
};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, Totals};
use ballast_core::op::Priced;
use ballast_core::op::borrow::borrow;
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::deposit::{Entry, deposit};
use ballast_core::op::fees_collect::fees_collect;
use ballast_core::op::flash_borrow::{FlashLoan, flash_borrow};
use ballast_core::op::insurance_fund::insurance_fund;
use ballast_core::op::liquidate::{Bid, Borrower, liquidate};
use ballast_core::op::pause::pause;
use ballast_core::op::refresh::refresh;
use ballast_core::op::repay::repay;
use ballast_core::op::reserve_tighten::reserve_tighten;
use ballast_core::op::voucher_burn::voucher_burn;
use ballast_core::op::voucher_mint::voucher_mint;
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::pause::{Pausable, Pause, Pauser};
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::settings::Tightening;
use ballast_core::units::{Amount, Atoms, Bps, DebtShares, SupplyShares, WeightedUsd, Wide};
use proptest::prelude::*;

fn lent(pool: &Pool, atoms: u64) -> Result<(FlashLoan, Pool), Refusal> {
    let mut after = *pool;
    flash_borrow(&mut after, Atoms(atoms), NOW).map(|loan| (loan, after))
}

/// Each case would also be refused for the reasons below it.
#[test]
fn refuses_in_order_a_pause_a_second_loan_zero_and_more_than_the_cash() {
    let mut reserve = Pool { flash_atoms: 1, ..funded(1, 100) };
    reserve.pause = paused(Pausable::FlashBorrow.bit(), NOW + 1);
    assert_eq!(lent(&reserve, 0).err(), Some(ActionPaused));
    reserve.pause.authority.actions = Pause::ALL ^ Pausable::FlashBorrow.bit();
    assert_eq!(lent(&reserve, 0).err(), Some(FlashLoanOpen));
    reserve.flash_atoms = 0;
    assert_eq!(lent(&reserve, 0).err(), Some(AmountTooSmall));
    assert_eq!(lent(&reserve, 101).err(), Some(InsufficientCash));
    assert!(lent(&reserve, 100).is_ok());
}

/// It takes no part in caps, utilization or outflow: it is back before anybody looks.
#[test]
fn needs_no_room_in_any_limit() {
    let mut closed = funded(1, 100);
    closed.settings.limits = ballast_core::settings::Settings::CLOSED.limits;
    assert!(lent(&closed, 100).is_ok());
}

proptest! {
    #![proptest_config(laws(600))]

    /// INV-1, INV-3: the books do not know of it. The fee is rounded up to an atom.
    #[test]
    fn records_the_loan_and_changes_no_books(ledger in ledger(), atoms in amount(), flash_fee_bps in 0u16..=500) {
        let mut before = Pool { ledger, ..pool(1) };
        before.settings.risk.flash_fee_bps = flash_fee_bps;
        let Ok((loan, after)) = lent(&before, atoms) else {
            prop_assert!(atoms > ledger.cash_atoms);
            return Ok(());
        };
        prop_assert_eq!(after, Pool { flash_atoms: atoms, ..before });
        prop_assert_eq!(loan.paid_out, Atoms(atoms));
        prop_assert_eq!(int(loan.fee.0), (int(atoms) * bps(flash_fee_bps)).ceil());
        prop_assert_eq!(before.settings.risk.flash_fee().fee_ceil(Atoms(atoms)), Ok(loan.fee));
    }
}

#[test]
fn the_smallest_loan_costs_an_atom_and_the_largest_its_fee() {
    let mut reserve = funded(1, u64::MAX);
    reserve.settings.risk.flash_fee_bps = 500;
    assert_eq!(lent(&reserve, 1).unwrap().0.fee, Atoms(1));
    assert_eq!(lent(&reserve, 20).unwrap().0.fee, Atoms(1));
    assert_eq!(lent(&reserve, 21).unwrap().0.fee, Atoms(2));
    assert_eq!(lent(&reserve, u64::MAX).unwrap().0.fee, Atoms(u64::MAX / 20 + 1));
    reserve.settings.risk.flash_fee_bps = 0;
    assert_eq!(lent(&reserve, 21).unwrap().0.fee, Atoms(0));
}

/// A reserve with an owner's collateral, a debtor, equity, and everything else an action could want; and a call.
struct World {
    pool: Pool,
    owner: Positions,
    debtor: Positions,
    call: Call,
}

fn world() -> World {
    let (mut pool, mut owner, mut debtor) = (funded(1, 1_000), positions(), positions());
    pool.ledger.debt_shares = Wide::new(500 << 32);
    pool.ledger.cash_atoms = 600;
    owner.add_collateral(&id(1), SupplyShares(500)).unwrap();
    debtor.add_debt(&id(1), DebtShares(500 << 32)).unwrap();
    debtor.add_collateral(&id(2), SupplyShares(500)).unwrap();
    World { pool, owner, debtor, call: call_of(0, SLOT) }
}

type Try = fn(&mut World) -> Result<(), Refusal>;

/// Every operation that writes the reserve, and whether it goes on while a flash loan is open.
const OPERATIONS: [(&str, bool, Try); 15] = [
    ("deposit", false, |w| deposit(&mut w.pool, &mut w.owner, &Entry::Free, Atoms(5), NOW).map(drop)),
    ("withdraw", false, |w| {
        withdraw(&mut w.pool, &mut w.owner, &mut w.call, Amount::Exact(Atoms(5)), &Margin::NoDebt, NOW).map(drop)
    }),
    ("borrow", false, |w| {
        let rich = Health { limit: WeightedUsd(1 << 100), ..Health::default() };
        let others = Totals { initial: rich, ..Totals::default() };
        let reserve = Priced { pool: &mut w.pool, price: dollars(1) };
        borrow(reserve, &mut w.debtor, &mut w.call, &others, Atoms(5), NOW).map(drop)
    }),
    ("voucher_mint", false, |w| {
        voucher_mint(&mut w.pool, &mut w.owner, &mut w.call, Amount::All, &Margin::NoDebt, NOW).map(drop)
    }),
    ("voucher_burn", false, |w| voucher_burn(&mut w.pool, &mut w.owner, &Entry::Free, SupplyShares(5), NOW)),
    ("fees_collect", false, |w| fees_collect(&mut w.pool, NOW).map(drop)),
    ("insurance_fund", false, |w| insurance_fund(&mut w.pool, Atoms(5), NOW)),
    ("flash_borrow", false, |w| flash_borrow(&mut w.pool, Atoms(5), NOW).map(drop)),
    ("repay", true, |w| repay(&mut w.pool, &mut w.debtor, Amount::Exact(Atoms(5)), NOW).map(drop)),
    ("liquidate as debt", true, |w| {
        let mut other = funded(2, 1_000);
        seize(&mut other, 60, &mut w.pool, &mut w.debtor, &mut w.call)
    }),
    ("liquidate as collateral", true, |w| {
        let mut other = funded(2, 1_000);
        other.ledger.debt_shares = Wide::new(500 << 32);
        w.owner.add_debt(&id(2), DebtShares(450 << 32)).unwrap();
        seize(&mut w.pool, 1, &mut other, &mut w.owner, &mut w.call)
    }),
    ("refresh", true, |w| refresh(&mut w.pool, Some(&dollars(1)), NOW)),
    ("change_execute", true, |w| change_execute(&mut w.pool, &settings(), 86_400, &terms(), NOW)),
    ("reserve_tighten", true, |w| {
        let limits = open();
        let to = Tightening {
            ltv_bps: 0,
            max_utilization_bps: limits.max_utilization_bps,
            supply_cap_atoms: limits.supply_cap_atoms,
            borrow_cap_atoms: limits.borrow_cap_atoms,
            collateral_cap_usd: limits.collateral_cap_usd,
            allowed_debts: limits.allowed_debts,
        };
        reserve_tighten(&mut w.pool, &to)
    }),
    ("pause", true, |w| pause(&mut w.pool, Pauser::Guardian, Pause::ALL, 60, NOW)),
];

fn seize(c: &mut Pool, cents: i64, d: &mut Pool, owner: &mut Positions, call: &mut Call) -> Result<(), Refusal> {
    let price = ballast_core::price::RawPrice { exponent: -10, ..dollars(if cents == 1 { 100 } else { cents }) };
    let borrower = Borrower { positions: owner, call, others: Totals::default(), target: Bps(10_500), slot: SLOT };
    let bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };
    let collateral = Priced { pool: c, price };
    liquidate(collateral, Priced { pool: d, price: dollars(1) }, borrower, None, &terms(), bid, NOW).map(drop)
}

/// INV-10: the refused would use cash that is not there, or price what is missing; the others only bring tokens, or
/// bring none.
#[test]
fn an_operation_during_a_loan_is_refused_or_works_as_its_row_says() {
    for (name, goes_on, operation) in OPERATIONS {
        assert_eq!(operation(&mut world()), Ok(()), "{name} without a loan");
        let mut open = world();
        flash_borrow(&mut open.pool, Atoms(100), NOW).unwrap();
        assert_eq!(operation(&mut open), if goes_on { Ok(()) } else { Err(FlashLoanOpen) }, "{name}");
        assert!(!goes_on || open.pool.flash_atoms == 100, "{name} leaves the loan open");
    }
}
