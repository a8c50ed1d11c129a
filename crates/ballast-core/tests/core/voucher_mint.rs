//! voucher_mint: shares leave the obligation under the margin of a withdrawal, and the reserve does not notice.

use crate::world::{
    NOW, Obligation, SLOT, YEAR, amount, call_of, dollars, funded, id, laws, ledger, obligation, paused, pool,
    positions,
};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, HealthChange, Totals};
use ballast_core::limits::Limits;
use ballast_core::op::voucher_mint::{Issue, voucher_mint};
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::pause::Pausable;
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::settings::Settings;
use ballast_core::units::{Amount, DebtShares, SupplyShares, WeightedUsd, Wide};
use proptest::prelude::*;

fn owner(shares: u64) -> Positions {
    let mut positions = positions();
    positions.add_collateral(&id(1), SupplyShares(shares)).unwrap();
    positions
}

fn exact(shares: u64) -> Amount<SupplyShares> {
    Amount::Exact(SupplyShares(shares))
}

struct Case {
    pool: Pool,
    owner: Positions,
    amount: Amount<SupplyShares>,
    price: RawPrice,
    others: Totals,
}

/// Each would also be refused for those before it.
const SPOILS: [fn(&mut Case); 6] = [
    |case| case.others.barred_debts = 2,
    |case| case.others.initial.debt = WeightedUsd(u128::MAX >> 8),
    |case| case.price.publish_time -= 61,
    |case| case.amount = exact(101),
    |case| case.pool.flash_atoms = 1,
    |case| case.pool.pause = paused(Pausable::Withdraw.bit(), NOW + 1),
];

fn refusal(spoil: impl FnOnce(&mut Case)) -> Option<Refusal> {
    let others = Totals { debts: 2, ..Totals::default() };
    let mut case = Case { pool: funded(1, 1_000), owner: owner(100), amount: exact(10), price: dollars(1), others };
    spoil(&mut case);
    let Case { mut pool, mut owner, amount, price, others } = case;
    let margin = Margin::Initial { price, others };
    voucher_mint(&mut pool, &mut owner, &mut Call::default(), amount, &margin, NOW).err()
}

#[test]
fn refuses_in_order_a_closed_reserve_the_collateral_the_price_and_the_margin() {
    let reasons = [DebtNotAllowed, HealthTooLow, PriceStale, InsufficientCollateral, FlashLoanOpen, ActionPaused];
    assert_eq!(refusal(|_| ()), None);
    for (n, reason) in reasons.into_iter().enumerate() {
        assert_eq!(refusal(|case| SPOILS[..=n].iter().for_each(|spoil| spoil(case))), Some(reason));
    }
    assert_eq!(refusal(|case| case.amount = exact(0)), Some(InsufficientCollateral));
    assert_eq!(refusal(|case| case.owner = positions()), Some(InsufficientCollateral));
    assert_eq!(refusal(|case| case.amount = exact(100)), None);
}

/// INV-5: an obligation in debt cannot pass for one without.
#[test]
fn refuses_an_obligation_with_debt_without_a_margin() {
    let mut owner = owner(10);
    owner.add_debt(&id(2), DebtShares(1)).unwrap();
    let mut call = Call::default();
    let refused = voucher_mint(&mut funded(1, 100), &mut owner, &mut call, exact(1), &Margin::NoDebt, NOW);
    assert_eq!(refused.err(), Some(InvariantBroken));
}

/// No cash is needed and no limit asked: nothing leaves the reserve.
#[test]
fn needs_neither_cash_nor_room_in_the_outflow() {
    let shut = Limits { allowed_debts: Limits::ANY_DEBT, ..Settings::CLOSED.limits };
    let illiquid = |case: &mut Case| {
        (case.pool.settings.limits, case.pool.ledger.cash_atoms) = (shut, 0);
        case.pool.ledger.debt_shares = Wide::new(1_000 << 32);
    };
    assert_eq!(refusal(illiquid), None);
}

/// Liveness: shares in a reserve whose supply is lost are worth nothing and still somebody's.
#[test]
fn shares_of_a_lost_supply_can_leave() {
    assert_eq!(refusal(|case| case.pool.ledger.supply_index = Wide::new(0)), None);
}

/// INV-6 and INV-12: the price that was used is the newest, and a healthy obligation has no call.
#[test]
fn records_the_price_and_clears_the_call_if_the_obligation_is_healthy_after_it() {
    let minted = |debt: u128| {
        let (mut pool, mut call) = (funded(1, 1_000), call_of(1, SLOT));
        let others =
            Totals { maintenance: Health { debt: WeightedUsd(debt), ..Health::default() }, ..Totals::default() };
        let price = RawPrice { publish_time: NOW - 5, ..dollars(1) };
        let margin = Margin::Initial { price, others };
        let issue = voucher_mint(&mut pool, &mut owner(100), &mut call, exact(10), &margin, NOW).unwrap();
        assert_eq!((pool.newest_publish_time, pool.volatility.marked_at), (NOW - 5, NOW - 5));
        assert_eq!(issue.health.after.covers_debt(), call.called_at == 0);
        call.called_at
    };
    // 90 micro-dollars are left, at a threshold of 80 %.
    let limit = (90u128 << 40) * 8_000 / 1_000_000;
    assert_eq!([minted(limit - limit / 1_000), minted(limit + limit / 1_000)], [0, SLOT]);
}

/// Mints from a collateral of the obligation; the reserve and the positions afterwards.
fn minted(
    obligation: &Obligation,
    n: usize,
    amount: Amount<SupplyShares>,
) -> Result<(Issue, Pool, Positions), Refusal> {
    let (mut pool, price, _) = obligation.lines[n];
    let mut owner = obligation.positions();
    let others = obligation.others(&[n], PriceUse::NewRisk)?;
    let margin = Margin::Initial { price, others };
    voucher_mint(&mut pool, &mut owner, &mut Call::default(), amount, &margin, NOW).map(|issue| (issue, pool, owner))
}

proptest! {
    #![proptest_config(laws(150))]

    /// INV-5: to the share: what may leave as a withdrawal may leave as vouchers, with the same health.
    #[test]
    fn the_margin_is_that_of_a_withdrawal(obligation in obligation(10_500..30_000), part in 0u128..=1_000) {
        let n = obligation.collaterals()[0];
        let (pool, price, _) = obligation.lines[n];
        let (owner, others) = (obligation.positions(), obligation.others(&[n], PriceUse::NewRisk).unwrap());
        let held = owner.collateral(&pool.id).0;
        let shares = ((u128::from(held) * part / 1_000) as u64).max(1);
        let margin = Margin::Initial { price, others };
        let Ok(atoms) = pool.ledger.supply_atoms_floor(SupplyShares(shares)) else { return Ok(()) };
        let withdrawn = withdraw(&mut pool.clone(), &mut owner.clone(), &mut Call::default(), Amount::Exact(atoms), &margin, NOW);
        match (minted(&obligation, n, exact(shares)), withdrawn) {
            (Ok((issue, ..)), Ok(withdrawal)) => {
                prop_assert_eq!(issue.shares, SupplyShares(shares));
                // A withdrawal of atoms may take fewer shares that are worth as many.
                if withdrawal.shares == issue.shares {
                    prop_assert_eq!(issue.health, withdrawal.health);
                }
            }
            (Err(refusal), Err(same)) => prop_assert!(refusal == same || same == InsufficientCollateral),
            (Err(refusal), Ok(withdrawal)) => prop_assert!(refusal == HealthTooLow && withdrawal.shares.0 < shares),
            (Ok(_), Err(refusal)) => prop_assert!(refusal == InsufficientCash || refusal == InsufficientCollateral && atoms.0 == 0),
        }
    }

    /// INV-3, INV-13: byte for byte, except for the price that was used.
    #[test]
    fn leaves_the_reserve_unchanged(obligation in obligation(15_000..60_000), part in 1u128..=1_000) {
        let n = obligation.collaterals()[0];
        let (before, before_owner) = (obligation.lines[n].0, obligation.positions());
        let held = before_owner.collateral(&before.id).0;
        let shares = ((u128::from(held) * part / 1_000) as u64).max(1);
        let Ok((issue, after, owner)) = minted(&obligation, n, exact(shares)) else { return Ok(()) };
        let (newest_publish_time, volatility) = (after.newest_publish_time, after.volatility);
        prop_assert_eq!(after, Pool { newest_publish_time, volatility, ..before });
        prop_assert_eq!(owner.collateral(&before.id).0 + issue.shares.0, held);
        let mut restored = owner;
        restored.add_collateral(&before.id, issue.shares).unwrap();
        let sorted = |positions: &Positions| {
            let mut all = positions.as_slice().to_vec();
            all.sort_unstable_by_key(|position| position.reserve.bytes);
            all
        };
        prop_assert_eq!(sorted(&restored), sorted(&before_owner));
    }
}

proptest! {
    #![proptest_config(laws(400))]

    /// Without a debt no price is looked at, and not even the interest is booked: everything can leave, whatever the
    /// books are.
    #[test]
    fn an_obligation_without_debt_can_mint_all_its_vouchers(ledger in ledger(), held in amount(), later in 0..YEAR) {
        let before = Pool { ledger, ..pool(1) };
        let (mut after, mut owner) = (before, owner(held));
        let issue = voucher_mint(&mut after, &mut owner, &mut Call::default(), Amount::All, &Margin::NoDebt, NOW + later);
        prop_assert_eq!(issue, Ok(Issue { shares: SupplyShares(held), health: HealthChange::default() }));
        prop_assert_eq!(after, before);
        prop_assert!(owner.is_empty());
    }
}
