//! What a liquidation would move. Core's operation computes it, so what it refuses the program refuses too.

use std::sync::{Mutex, PoisonError};

use ballast_core::call::Call;
use ballast_core::op::liquidate::Bid;
use ballast_core::positions::Positions;
use ballast_core::preview::{self, BorrowerState};
use ballast_core::price::PriceUse;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, Bps, Wide};
use ballast_core::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

use crate::memory::{Slot, others};
use crate::most::positions;
use crate::number::SeizureNumbers;

/// What a liquidation depends on besides the positions. Without padding, little-endian.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Circumstances {
    terms: LiquidationTerms,
    call: Call,
    target_health_bps: u64,
    /// The slot of the liquidation.
    slot: u64,
    /// 1 if the liquidator takes the shares into an empty obligation, 0 for tokens.
    in_shares: u64,
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
    let Circumstances { terms, call, target_health_bps, slot, in_shares } =
        circumstances.unwrap_or_else(Circumstances::zeroed);
    let (taken, paid) = (at(slots, collateral)?, at(slots, debt)?);
    let borrower = BorrowerState {
        positions: positions(slots),
        call,
        others: others(slots, &[collateral, debt], PriceUse::Maintenance, now)?,
        target: Bps(u16::try_from(target_health_bps).unwrap_or(u16::MAX)),
        slot,
    };
    let bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };
    let taker = (in_shares != 0).then(Positions::zeroed);
    let seizure = preview::liquidate(taken.priced()?, paid.priced()?, borrower, taker, &terms, bid, now)?.flows;
    Ok(SeizureNumbers {
        repaid: seizure.repaid.0,
        premium: seizure.premium.0,
        seized: seizure.seized.0,
        bonus_bps: seizure.bonus_bps,
        paid: value(paid, seizure.paid(), now)?,
        taken: value(taken, seizure.seized, now)?,
        before: seizure.health.before.into(),
        after: seizure.health.after.into(),
        loss: Wide::new(seizure.write_off.loss()),
    })
}

fn at(slots: &[Slot], index: usize) -> Result<&Slot> {
    slots.get(index).ok_or(Refusal::PositionsFull)
}

/// Returns the value at the spot price, rounded down. Zero atoms need no price: their feed may be dead.
fn value(slot: &Slot, atoms: Atoms, now: i64) -> Result<Wide> {
    if atoms.0 == 0 {
        Ok(Wide::default())
    } else {
        slot.quote(PriceUse::Liquidation, now)?.spot_atom_floor()?.value_floor(atoms.0).map(|value| Wide::new(value.0))
    }
}
