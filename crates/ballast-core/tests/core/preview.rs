//! A preview is the operation on copies.

use crate::world::{NOW, call_of, dollars, funded, id, positions};
use ballast_core::Refusal::InsufficientCash;
use ballast_core::health::{Health, Totals};
use ballast_core::op::Priced;
use ballast_core::op::borrow::borrow;
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::preview::{self, BorrowerState, Preview, PricedPool};
use ballast_core::units::{Amount, Atoms, Bps, DebtShares, SupplyShares, WeightedUsd};

const RESERVE: fn() -> PricedPool = || PricedPool { pool: funded(1, 1_000), price: dollars(1) };

/// Returns a borrower with other positions that cover any debt.
fn rich() -> BorrowerState {
    let health = Health { limit: WeightedUsd(1 << 100), ..Health::default() };
    let others = Totals { initial: health, maintenance: health, ..Totals::default() };
    let call = call_of(0, 1);
    BorrowerState { positions: positions(), call, others, target: Bps(10_500), slot: 0 }
}

#[test]
fn a_loan_is_what_borrow_does() {
    let (PricedPool { mut pool, price }, BorrowerState { mut positions, mut call, others, .. }) = (RESERVE(), rich());
    let reserve = Priced { pool: &mut pool, price };
    let flows = borrow(reserve, &mut positions, &mut call, &others, Atoms(10), NOW).unwrap();
    assert_eq!(
        preview::borrow(RESERVE(), rich(), Atoms(10), NOW),
        Ok(Preview { flows, pools: [pool], positions, call })
    );
    assert_eq!(preview::borrow(RESERVE(), rich(), Atoms(1_001), NOW).err(), Some(InsufficientCash));
}

/// The preview needs the price if there is debt, and only then.
#[test]
fn a_withdrawal_is_what_withdraw_does_with_debt_and_without() {
    for owes in [false, true] {
        let mut borrower = rich();
        borrower.positions.add_collateral(&id(1), SupplyShares(100)).unwrap();
        if owes {
            borrower.positions.add_debt(&id(2), DebtShares(1)).unwrap();
        }
        let mut stale = RESERVE();
        stale.price.publish_time = 0;
        let (PricedPool { mut pool, price }, BorrowerState { mut positions, mut call, others, .. }) =
            (RESERVE(), borrower);
        let margin = if owes { Margin::Initial { price, others } } else { Margin::NoDebt };
        let flows = withdraw(&mut pool, &mut positions, &mut call, Amount::All, &margin, NOW).unwrap();
        let expected = Ok(Preview { flows, pools: [pool], positions, call });
        assert_eq!(preview::withdraw(RESERVE(), borrower, Amount::All, NOW), expected);
        assert_eq!(preview::withdraw(stale, borrower, Amount::All, NOW).is_err(), owes);
    }
}
