//! Positions are a small map: packed, without duplicates, each on one side, sixteen at most.

use crate::world::{id, laws, positions};
use ballast_core::Refusal::{self, *};
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::units::{DebtShares, SupplyShares, Wide};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug)]
enum Change {
    Grow(Side),
    Shrink(Side),
}

/// Reserve, side and shares of each position.
type Model = BTreeMap<u8, (bool, u128)>;

fn change() -> impl Strategy<Value = (u8, Change, u64)> {
    let side = prop_oneof![Just(Side::Collateral), Just(Side::Debt)];
    let change =
        (side, any::<bool>()).prop_map(|(side, grow)| if grow { Change::Grow(side) } else { Change::Shrink(side) });
    (0u8..20, change, prop_oneof![4 => 1u64..4, 1 => Just(u64::MAX)])
}

fn apply(positions: &mut Positions, n: u8, change: Change, shares: u64) -> Result<(), Refusal> {
    let (supply, debt) = (SupplyShares(shares), DebtShares(u128::from(shares)));
    match change {
        Change::Grow(Side::Collateral) => positions.add_collateral(&id(n), supply),
        Change::Grow(Side::Debt) => positions.add_debt(&id(n), debt),
        Change::Shrink(Side::Collateral) => positions.remove_collateral(&id(n), supply),
        Change::Shrink(Side::Debt) => positions.remove_debt(&id(n), debt),
    }
}

/// What the change does to the map, or whether it is refused.
fn expected(model: &Model, n: u8, change: Change, shares: u64) -> Option<Model> {
    let mut model = model.clone();
    let is_debt = matches!(change, Change::Grow(Side::Debt) | Change::Shrink(Side::Debt));
    let held = match model.get(&n) {
        Some((side, _)) if *side != is_debt => return None,
        Some((_, held)) => *held,
        None => 0,
    };
    let rest = match change {
        Change::Grow(_) => held + u128::from(shares),
        Change::Shrink(_) => held.checked_sub(u128::from(shares))?,
    };
    model.insert(n, (is_debt, rest));
    model.retain(|_, (_, shares)| *shares > 0);
    let fits = model.len() <= 16 && (is_debt || rest <= u128::from(u64::MAX));
    fits.then_some(model)
}

fn read(positions: &Positions) -> Vec<(u8, (bool, u128))> {
    let row = |holding: Holding| match holding {
        Holding::Collateral(shares) => (false, u128::from(shares.0)),
        Holding::Debt(shares) => (true, shares.0),
    };
    positions.as_slice().iter().map(|position| (position.reserve.bytes[0], row(position.holding()))).collect()
}

proptest! {
    #![proptest_config(laws(300))]

    /// INV-4.
    #[test]
    fn positions_are_packed_unique_and_one_sided(changes in prop::collection::vec(change(), 1..80)) {
        let (mut positions, mut model) = (positions(), Model::new());
        for (n, change, shares) in changes {
            let mut after = positions;
            let result = apply(&mut after, n, change, shares);
            match expected(&model, n, change, shares) {
                Some(next) => {
                    prop_assert_eq!(result, Ok(()));
                    (positions, model) = (after, next);
                }
                None => prop_assert!(result.is_err()),
            }
            let mut rows = read(&positions);
            rows.sort_unstable();
            prop_assert_eq!(rows, model.clone().into_iter().collect::<Vec<_>>());
            prop_assert!(positions.slots[model.len()..].iter().all(|slot| slot.shares == Wide::default() && slot.reserve == id(0) && slot.side == 0));
            prop_assert_eq!(positions.invariant(), Ok(()));
            prop_assert_eq!(positions.is_empty(), model.is_empty());
            prop_assert_eq!(positions.has(Side::Debt), model.values().any(|(is_debt, _)| *is_debt));
            prop_assert_eq!(positions.has(Side::Collateral), model.values().any(|(is_debt, _)| !*is_debt));
        }
    }
}

fn full() -> Positions {
    let mut positions = positions();
    (1..=16).for_each(|n| positions.add_collateral(&id(n), SupplyShares(1)).unwrap());
    positions
}

/// INV-4.
#[test]
fn a_seventeenth_position_is_refused_while_the_sixteen_still_grow() {
    let mut full = full();
    assert_eq!(full.add_collateral(&id(17), SupplyShares(1)), Err(PositionsFull));
    assert_eq!(full.add_debt(&id(17), DebtShares(1)), Err(PositionsFull));
    assert_eq!(full.add_collateral(&id(16), SupplyShares(1)), Ok(()));
    assert_eq!(full.collateral(&id(16)), SupplyShares(2));
}

#[test]
fn collateral_and_debt_in_one_reserve_are_refused() {
    let mut positions = positions();
    positions.add_collateral(&id(1), SupplyShares(1)).unwrap();
    assert_eq!(positions.add_debt(&id(1), DebtShares(1)), Err(PositionConflict));
    positions.add_debt(&id(2), DebtShares(1)).unwrap();
    assert_eq!(positions.add_collateral(&id(2), SupplyShares(1)), Err(PositionConflict));
    assert_eq!((positions.debt(&id(1)), positions.collateral(&id(2))), (DebtShares(0), SupplyShares(0)));
}

#[test]
fn more_than_there_is_cannot_be_removed() {
    let mut positions = full();
    positions.remove_collateral(&id(3), SupplyShares(1)).unwrap();
    positions.add_debt(&id(20), DebtShares(5)).unwrap();
    assert_eq!(positions.remove_collateral(&id(1), SupplyShares(2)), Err(InsufficientCollateral));
    assert_eq!(positions.remove_collateral(&id(3), SupplyShares(1)), Err(InsufficientCollateral));
    assert_eq!(positions.remove_collateral(&id(20), SupplyShares(1)), Err(InsufficientCollateral));
    assert_eq!(positions.remove_debt(&id(20), DebtShares(6)), Err(InsufficientDebt));
    assert_eq!(positions.remove_debt(&id(1), DebtShares(1)), Err(InsufficientDebt));
}

/// INV-4: bytes that no operation leaves behind are recognized.
#[test]
fn unsound_positions_are_recognized() {
    let broken = |spoil: fn(&mut Positions)| {
        let mut positions = full();
        spoil(&mut positions);
        positions.invariant()
    };
    assert_eq!(broken(|_| ()), Ok(()));
    assert_eq!(broken(|positions| positions.len = 17), Err(InvariantBroken));
    assert_eq!(broken(|positions| positions.slots[3].shares = Wide::default()), Err(InvariantBroken));
    assert_eq!(broken(|positions| positions.slots[3].shares.high = 1), Err(InvariantBroken));
    let no_debt =
        |positions: &mut Positions| (positions.slots[3].side, positions.slots[3].shares) = (1, Wide::default());
    assert_eq!(broken(no_debt), Err(InvariantBroken));
}
