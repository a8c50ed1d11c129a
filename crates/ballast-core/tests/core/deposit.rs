//! deposit: shares are sold at their price, never below.

use crate::model::{Books, Exact, int, supply_atoms};
use crate::world::{NOW, YEAR, amount, dollars, funded, id, laws, ledger, paused, pool, positions};
use ballast_core::Refusal::*;
use ballast_core::call::Call;
use ballast_core::op::deposit::{Deposit, Entry, deposit, size};
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::price::RawPrice;
use ballast_core::units::{Amount, Atoms, DebtShares, SupplyShares, Wide};
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

/// A pool with any sound books.
pub fn any_pool() -> impl Strategy<Value = Pool> {
    ledger().prop_map(|ledger| {
        let mut pool = Pool { ledger, ..pool(1) };
        pool.settle().expect("sound books");
        pool
    })
}

fn tried(pool: &Pool, positions: &Positions, atoms: u64) -> Result<Deposit, ballast_core::Refusal> {
    deposit(&mut pool.clone(), &mut positions.clone(), &Entry::Free, Atoms(atoms), NOW)
}

/// In the order of the code; each case would also be refused for those before it.
#[test]
fn refuses_in_order_an_open_flash_loan_the_supply_the_amount_the_price_the_positions_and_the_cap() {
    let mut full = positions();
    full.add_debt(&id(1), DebtShares(1)).unwrap();
    let mut pool = funded(1, 1_000);
    pool.settings.limits.supply_cap_atoms = 1_009;
    assert_eq!(tried(&pool, &positions(), 10), Err(SupplyCapReached));
    assert_eq!(tried(&pool, &full, 10), Err(PositionConflict));
    pool.ledger.cash_atoms = u64::MAX;
    assert_eq!(tried(&pool, &full, 10), Err(MathOverflow));
    full.remove_debt(&id(1), DebtShares(1)).unwrap();
    full.add_debt(&id(2), DebtShares(1)).unwrap();
    assert_eq!(tried(&pool, &full, 10), Err(PriceRequired));
    assert_eq!(tried(&pool, &full, 0), Err(AmountTooSmall));
    pool.ledger.supply_index = Wide::new(0);
    assert_eq!(tried(&pool, &full, 0), Err(SupplyWipedOut));
    pool.flash_atoms = 1;
    assert_eq!(tried(&pool, &full, 0), Err(FlashLoanOpen));
}

/// Supplying is not paused: the pause has no bit for it.
#[test]
fn takes_deposits_while_everything_is_paused() {
    let pause = paused(Pause::ALL, NOW + 1);
    assert!(tried(&Pool { pause, ..pool(1) }, &positions(), 1).is_ok());
}

/// What comes in may leave again.
#[test]
fn a_deposit_is_a_credit_to_the_outflow() {
    let mut pool = pool(1);
    deposit(&mut pool, &mut positions(), &Entry::Free, Atoms(700), NOW).unwrap();
    assert_eq!((pool.outflow.net_atoms, pool.outflow.updated_at), (-700, NOW));
}

#[test]
fn refuses_a_reserve_whose_supply_is_lost() {
    let mut pool = pool(1);
    pool.ledger.supply_index = Wide::new(0);
    assert_eq!(tried(&pool, &positions(), 0), Err(SupplyWipedOut));
}

#[test]
fn refuses_less_than_a_share() {
    let mut pool = pool(1);
    pool.ledger.supply_index = Wide::new(3 << 64);
    assert_eq!(tried(&pool, &positions(), 0), Err(AmountTooSmall));
    assert_eq!(tried(&pool, &positions(), 2), Err(AmountTooSmall));
    assert_eq!(tried(&pool, &positions(), 3), Ok(Deposit { taken: Atoms(3), shares: SupplyShares(1) }));
}

#[test]
fn refuses_an_amount_that_overflows_the_vault() {
    assert_eq!(tried(&funded(1, u64::MAX), &positions(), 1), Err(MathOverflow));
}

/// Every position makes a liquidation dearer: the feed must live, and the collateral be worth 10 USD.
#[test]
fn a_collateral_new_to_an_obligation_in_debt_comes_with_a_usable_price() {
    let mut indebted = positions();
    indebted.add_debt(&id(2), DebtShares(1)).unwrap();
    let priced =
        |price: &RawPrice| deposit(&mut pool(1), &mut indebted.clone(), &Entry::Priced(*price), Atoms(10_000_000), NOW);
    assert_eq!(tried(&pool(1), &indebted, 1), Err(PriceRequired));
    assert_eq!(priced(&RawPrice { publish_time: NOW - 3_600, ..dollars(1) }), Err(PriceStale));
    assert_eq!(priced(&RawPrice { publish_time: NOW - 121, ..dollars(1) }), Err(PriceStale));
    assert!(
        priced(&RawPrice { publish_time: NOW - 120, confidence: u64::MAX, ..dollars(1) }).is_ok(),
        "in a crash too"
    );
    let dust = deposit(&mut pool(1), &mut indebted.clone(), &Entry::Priced(dollars(1)), Atoms(9_999_999), NOW);
    assert_eq!(dust, Err(CollateralTooSmall));
    let (mut used, mut owner) = (pool(1), indebted);
    deposit(&mut used, &mut owner, &Entry::Priced(dollars(1)), Atoms(10_000_000), NOW).unwrap();
    assert_eq!(used.newest_publish_time, dollars(1).publish_time, "INV-6: no older price comes after it");
    assert_eq!(used.volatility.marked_at, dollars(1).publish_time);
    indebted.add_collateral(&id(1), SupplyShares(1)).unwrap();
    assert!(tried(&pool(1), &indebted, 1).is_ok(), "more of what is there needs none");
}

/// INV-4.
#[test]
fn refuses_a_seventeenth_position() {
    let mut full = positions();
    (2..=17).for_each(|n| full.add_collateral(&id(n), SupplyShares(1)).unwrap());
    assert_eq!(tried(&pool(1), &full, 1), Err(PositionsFull));
    assert_eq!(tried(&pool(2), &full, 1), Ok(Deposit { taken: Atoms(1), shares: SupplyShares(1) }));
}

/// INV-4.
#[test]
fn refuses_a_reserve_that_the_obligation_owes_to() {
    let mut indebted = positions();
    indebted.add_debt(&id(1), DebtShares(1)).unwrap();
    assert_eq!(tried(&pool(1), &indebted, 1), Err(PositionConflict));
}

proptest! {
    #![proptest_config(laws(400))]

    #[test]
    fn takes_what_the_shares_cost_and_less_than_a_share_below_the_offer(pool in any_pool(), offered in amount()) {
        let (mut after, mut owned) = (pool, positions());
        let Ok(Deposit { taken, shares }) = deposit(&mut after, &mut owned, &Entry::Free, Atoms(offered), NOW) else { return Ok(()) };
        let cost = supply_atoms(shares.0, pool.ledger.supply_index.get());
        prop_assert!(int(taken.0) >= cost && int(taken.0) < cost + Exact::one());
        prop_assert!(taken.0 <= offered);
        prop_assert!(int(offered) < supply_atoms(1, pool.ledger.supply_index.get()) * int(u128::from(shares.0) + 1));
        prop_assert_eq!(owned.collateral(&pool.id), shares);
        prop_assert_eq!(after.ledger.cash_atoms, pool.ledger.cash_atoms + taken.0);
        prop_assert_eq!(after.ledger.supply_shares, pool.ledger.supply_shares + shares.0);
    }

    /// INV-1, INV-3.
    #[test]
    fn leaves_the_protocol_no_poorer_and_the_share_price_alone(pool in any_pool(), offered in amount(), later in 0..YEAR) {
        let mut waited = pool;
        waited.ledger.accrue(NOW + later);
        let mut after = pool;
        if deposit(&mut after, &mut positions(), &Entry::Free, Atoms(offered), NOW + later).is_err() {
            return Ok(());
        }
        let gain = Books::of(&after.ledger).equity() - Books::of(&waited.ledger).equity();
        prop_assert!(gain >= int(0) && gain < int(1));
        prop_assert_eq!(after.ledger.supply_index, waited.ledger.supply_index);
        prop_assert_eq!(after.ledger.debt_index, waited.ledger.debt_index);
        prop_assert_eq!(after.ledger.accrued_at, NOW + later);
    }

    /// A deposit takes what `size` returns, and a deposit of exactly that amount takes all of it.
    #[test]
    fn takes_exactly_its_size(pool in any_pool(), offered in amount(), later in 0..YEAR) {
        let asked = size(&pool, Atoms(offered), NOW + later);
        let once = |offered| {
            let (mut pool, mut owner) = (pool, positions());
            deposit(&mut pool, &mut owner, &Entry::Free, offered, NOW + later).map(|deposit| deposit.taken)
        };
        if let Ok(taken) = once(Atoms(offered)) {
            prop_assert_eq!([asked, once(taken)], [Ok(taken), Ok(taken)]);
        }
    }

    /// INV-9: what the suppliers have with the deposit, rounded up, is compared with the cap.
    #[test]
    fn the_supply_cap_is_exact_to_the_atom(pool in any_pool(), offered in amount()) {
        let mut after = pool;
        if deposit(&mut after, &mut positions(), &Entry::Free, Atoms(offered), NOW).is_err() {
            return Ok(());
        }
        let claims = Books::of(&after.ledger).claims.ceil().to_integer().to_u64().expect("below the open cap");
        let capped = |supply_cap_atoms| {
            let mut pool = pool;
            pool.settings.limits.supply_cap_atoms = supply_cap_atoms;
            tried(&pool, &positions(), offered).err()
        };
        prop_assert_eq!([capped(claims), capped(claims - 1)], [None, Some(SupplyCapReached)]);
    }

    /// INV-1: asking first changes nothing, and no more is booked than arrives.
    #[test]
    fn the_size_is_what_the_operation_takes_and_it_books_no_more_than_arrives(
        pool in any_pool(), offered in amount(), later in 0..YEAR, lost in amount()
    ) {
        let deposit = |atoms| deposit(&mut pool.clone(), &mut positions(), &Entry::Free, atoms, NOW + later);
        let Ok(asked) = size(&pool, Atoms(offered), NOW + later) else { return Ok(()) };
        prop_assert_eq!(deposit(asked), deposit(Atoms(offered)));
        let arrived = Atoms(asked.0.saturating_sub(lost));
        match deposit(arrived) {
            Ok(deposit) => prop_assert!(deposit.taken <= arrived),
            Err(refusal) => prop_assert!(matches!(refusal, AmountTooSmall | MathOverflow | SupplyCapReached)),
        }
    }

    #[test]
    fn refuses_only_for_a_reason(pool in any_pool(), offered in amount()) {
        let share = supply_atoms(1, pool.ledger.supply_index.get());
        let shares = int(offered) / &share;
        let room = int(u64::MAX - pool.ledger.cash_atoms) >= int(offered)
            && int(u64::MAX - pool.ledger.supply_shares) >= shares;
        let result = tried(&pool, &positions(), offered);
        // Claims can outgrow 64 bits, which is as high as a cap goes.
        let counted = Books::of(&pool.ledger).claims + int(offered) <= int(u64::MAX);
        if shares < Exact::one() {
            prop_assert_eq!(result, Err(AmountTooSmall));
        } else if room && !counted {
            prop_assert!(result.is_ok() || result == Err(SupplyCapReached));
        } else if room {
            prop_assert!(result.is_ok());
        }
    }

    #[test]
    fn depositing_and_withdrawing_never_profits_in_any_number_of_parts(
        pool in any_pool(), offers in prop::collection::vec(amount(), 1..6), takes in prop::collection::vec(amount(), 0..6)
    ) {
        let (mut pool, mut owned) = (pool, positions());
        let (mut paid, mut received) = (0u128, 0u128);
        for offered in offers {
            let (mut next, mut holding) = (pool, owned);
            if let Ok(deposit) = deposit(&mut next, &mut holding, &Entry::Free, Atoms(offered), NOW) {
                (pool, owned, paid) = (next, holding, paid + u128::from(deposit.taken.0));
            }
        }
        let wanted = takes.into_iter().map(|atoms| Amount::Exact(Atoms(atoms))).chain([Amount::All]);
        for amount in wanted {
            let (mut next, mut holding) = (pool, owned);
            if let Ok(withdrawal) = withdraw(&mut next, &mut holding, &mut Call::default(), amount, &Margin::NoDebt, NOW) {
                (pool, owned, received) = (next, holding, received + u128::from(withdrawal.paid_out.0));
            }
        }
        prop_assert!(received <= paid);
    }
}
