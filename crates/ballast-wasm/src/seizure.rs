//! What a liquidation would move, by the operation itself: whoever is refused here is refused by the program.

use std::sync::{Mutex, PoisonError};

use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::terms::LiquidationTerms;
use ballast_core::op::Priced;
use ballast_core::op::liquidate::{Bid, Borrower, liquidate};
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_core::units::{Atoms, Bps, Wide};
use ballast_core::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

use crate::memory::Slot;
use crate::most::positions;
use crate::number::SeizureNumbers;

/// Beside the positions, what a liquidation depends on. Without padding, little-endian.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Circumstances {
    terms: LiquidationTerms,
    call: Call,
    target_health_bps: u64,
    /// When it would happen.
    slot: u64,
}

static CIRCUMSTANCES: Mutex<Option<Circumstances>> = Mutex::new(None);

#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn circumstances() -> *mut Circumstances {
    let mut circumstances = CIRCUMSTANCES.lock().unwrap_or_else(PoisonError::into_inner);
    std::ptr::from_mut(circumstances.get_or_insert_with(Circumstances::zeroed))
}

/// Takes the collateral in one slot for the debt in another, as much as the state of the obligation allows.
pub fn seizure(slots: &[Slot], collateral: usize, debt: usize, now: i64) -> Result<SeizureNumbers> {
    let circumstances = *CIRCUMSTANCES.lock().unwrap_or_else(PoisonError::into_inner);
    let Circumstances { terms, mut call, target_health_bps, slot } =
        circumstances.unwrap_or_else(Circumstances::zeroed);
    let (taken, paid) = (at(slots, collateral)?, at(slots, debt)?);
    let mut others = Totals::default();
    for (_, other) in slots.iter().enumerate().filter(|(index, _)| *index != collateral && *index != debt) {
        others.add(other.holding(), &quote(other, now)?)?;
    }
    let mut positions = positions(slots);
    let (mut collateral, mut debt) = (taken.pool, paid.pool);
    let borrower = Borrower {
        positions: &mut positions,
        call: &mut call,
        others,
        target: Bps(u16::try_from(target_health_bps).unwrap_or(u16::MAX)),
        slot,
    };
    let seizure = liquidate(
        Priced { pool: &mut collateral, price: taken.raw_price()? },
        Priced { pool: &mut debt, price: paid.raw_price()? },
        borrower,
        &terms,
        Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) },
        now,
    )?;
    Ok(SeizureNumbers {
        repaid: seizure.repaid.0,
        premium: seizure.premium.0,
        seized: seizure.seized.0,
        bonus_bps: seizure.bonus_bps,
        paid: value(paid, seizure.paid(), now)?,
        taken: value(taken, seizure.seized, now)?,
        before: seizure.health.before.into(),
        after: seizure.health.after.into(),
        loss: Wide::new(
            u128::from(seizure.write_off.insurance.0)
                + u128::from(seizure.write_off.fees.0)
                + u128::from(seizure.write_off.suppliers.0),
        ),
    })
}

fn at(slots: &[Slot], index: usize) -> Result<&Slot> {
    slots.get(index).ok_or(Refusal::PositionsFull)
}

fn quote(slot: &Slot, now: i64) -> Result<Quote> {
    Quote::new(&slot.pool, &slot.raw_price()?, PriceUse::Liquidation, now)
}

/// At the spot price; zero where the obligation has nothing left and so nothing is priced.
fn value(slot: &Slot, atoms: Atoms, now: i64) -> Result<Wide> {
    if atoms.0 == 0 {
        Ok(Wide::default())
    } else {
        quote(slot, now)?.spot_atom_floor()?.value_floor(atoms.0).map(|value| Wide::new(value.0))
    }
}
