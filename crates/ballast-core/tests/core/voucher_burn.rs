//! voucher_burn: shares come back into an obligation as a deposit would, and the reserve does not notice.

use crate::world::{NOW, amount, dollars, funded, id, laws, ledger, paused, pool, positions};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::op::deposit::Entry;
use ballast_core::op::voucher_burn::voucher_burn;
use ballast_core::op::voucher_mint::voucher_mint;
use ballast_core::op::withdraw::Margin;
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::price::RawPrice;
use ballast_core::units::{Amount, DebtShares, SupplyShares};
use proptest::prelude::*;

fn burn(pool: &Pool, owner: &Positions, entry: &Entry, shares: u64) -> Result<(Pool, Positions), Refusal> {
    let (mut pool, mut owner) = (*pool, *owner);
    voucher_burn(&mut pool, &mut owner, entry, SupplyShares(shares), NOW).map(|()| (pool, owner))
}

fn indebted(n: u8) -> Positions {
    let mut owner = positions();
    owner.add_debt(&id(n), DebtShares(1)).unwrap();
    owner
}

/// Each case would also be refused for the reasons below it.
#[test]
fn refuses_in_order_an_open_flash_loan_the_amount_the_price_and_the_positions() {
    let open = Pool { flash_atoms: 1, ..pool(1) };
    let stale = RawPrice { publish_time: NOW - 121, ..dollars(1) };
    let refusal = |pool: &Pool, entry: &Entry, shares| burn(pool, &indebted(1), entry, shares).err();
    assert_eq!(refusal(&open, &Entry::Priced(stale), 0), Some(FlashLoanOpen));
    assert_eq!(refusal(&pool(1), &Entry::Priced(stale), 0), Some(AmountTooSmall));
    assert_eq!(refusal(&pool(1), &Entry::Priced(stale), 1), Some(PriceStale));
    assert_eq!(refusal(&pool(1), &Entry::Priced(dollars(1)), 9_999_999), Some(CollateralTooSmall));
    assert_eq!(refusal(&pool(1), &Entry::Priced(dollars(1)), 10_000_000), Some(PositionConflict));
    let mut full = positions();
    (2..=17).for_each(|n| full.add_collateral(&id(n), SupplyShares(1)).unwrap());
    assert_eq!(burn(&pool(1), &full, &Entry::Free, 1).err(), Some(PositionsFull));
}

/// As in a deposit, one share with a dead feed would prevent the liquidation of the whole obligation.
#[test]
fn a_collateral_new_to_an_obligation_in_debt_comes_with_a_usable_price() {
    assert_eq!(burn(&pool(1), &indebted(2), &Entry::Free, 1).err(), Some(PriceRequired));
    let price = RawPrice { publish_time: NOW - 5, ..dollars(1) };
    let (used, owner) = burn(&pool(1), &indebted(2), &Entry::Priced(price), 10_000_000).unwrap();
    assert_eq!((used.newest_publish_time, used.volatility.marked_at), (NOW - 5, NOW - 5));
    assert!(burn(&pool(1), &owner, &Entry::Free, 1).is_ok(), "more of what is there needs none");
}

/// The supply cap is for what is supplied; this has been, and no pause keeps collateral out.
#[test]
fn comes_back_above_the_cap_and_while_everything_is_paused() {
    let mut closed = Pool { pause: paused(Pause::ALL, NOW + 1), ..funded(1, 1_000) };
    closed.settings.limits.supply_cap_atoms = 0;
    assert!(burn(&closed, &positions(), &Entry::Free, 1_000).is_ok());
}

proptest! {
    #![proptest_config(laws(400))]

    /// INV-3: byte for byte, whatever the books.
    #[test]
    fn leaves_the_reserve_unchanged(ledger in ledger(), held in amount(), shares in amount()) {
        let before = Pool { ledger, ..pool(1) };
        let mut owner = positions();
        owner.add_collateral(&id(1), SupplyShares(held)).unwrap();
        match burn(&before, &owner, &Entry::Free, shares) {
            Ok((after, richer)) => {
                prop_assert_eq!(after, before);
                prop_assert_eq!(richer.collateral(&id(1)).0, held + shares);
            }
            // INV-4: more shares than a collateral can be.
            Err(refusal) => prop_assert!(refusal == InvariantBroken && held.checked_add(shares).is_none()),
        }
    }

    /// INV-13: out and in again, in any parts: nothing is gained, nothing lost, nothing noticed.
    #[test]
    fn vouchers_are_the_shares_themselves(ledger in ledger(), held in amount(), parts in prop::collection::vec(amount(), 1..6)) {
        let mut pool = Pool { ledger, ..pool(1) };
        let (before, mut owner, mut vouchers) = (pool, positions(), 0u64);
        owner.add_collateral(&id(1), SupplyShares(held)).unwrap();
        for part in parts {
            let (mut next, amount) = (owner, Amount::Exact(SupplyShares(part)));
            if let Ok(issue) = voucher_mint(&mut pool, &mut next, &mut Call::default(), amount, &Margin::NoDebt, NOW) {
                (owner, vouchers) = (next, vouchers + issue.shares.0);
            } else if vouchers > 0 {
                let back = part % vouchers + 1;
                voucher_burn(&mut pool, &mut owner, &Entry::Free, SupplyShares(back), NOW).unwrap();
                vouchers -= back;
            }
            prop_assert_eq!(owner.collateral(&id(1)).0 + vouchers, held);
        }
        prop_assert_eq!(pool, before);
    }
}
