//! The memory that caller and module share: one input and one output at fixed addresses. A WebAssembly module has one
//! thread, so the locks never wait.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use ballast_core::health::Totals;
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Position, Positions};
use ballast_core::preview::PricedPool;
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::units::Wide;
use ballast_core::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// A position with the pool and the price that value it. Without padding, little-endian.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Slot {
    pub pool: Pool,
    pub price: SlotPrice,
    pub position: Position,
}

/// [`RawPrice`], the exponent widened so that there is no padding.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct SlotPrice {
    pub spot: i64,
    pub confidence: u64,
    pub ema: i64,
    pub ema_confidence: u64,
    pub exponent: i64,
    pub publish_time: i64,
    pub previous_publish_time: i64,
}

impl Slot {
    pub fn raw_price(&self) -> Result<RawPrice> {
        let SlotPrice { spot, confidence, ema, ema_confidence, exponent, publish_time, previous_publish_time } =
            self.price;
        let exponent = i32::try_from(exponent).map_err(|_| Refusal::PriceExponent)?;
        Ok(RawPrice { spot, confidence, ema, ema_confidence, exponent, publish_time, previous_publish_time })
    }

    pub fn priced(&self) -> Result<PricedPool> {
        Ok(PricedPool { pool: self.pool, price: self.raw_price()? })
    }

    pub fn quote(&self, usage: PriceUse, now: i64) -> Result<Quote> {
        Quote::new(&self.pool, &self.raw_price()?, usage, now)
    }

    pub fn holding(&self) -> Holding {
        self.position.holding()
    }
}

/// Returns the totals of the positions in all slots but those at `named`.
pub fn others(slots: &[Slot], named: &[usize], usage: PriceUse, now: i64) -> Result<Totals> {
    let others = slots.iter().enumerate().filter(|(at, _)| !named.contains(at));
    Totals::of(others.map(|(_, slot)| (slot, slot.holding())), |slot| slot.quote(usage, now))
}

type Input = [Slot; Positions::MAX];
/// More than the largest answer takes.
type Output = [Wide; 128];

static INPUT: Mutex<Option<Input>> = Mutex::new(None);
static OUTPUT: Mutex<Output> = Mutex::new([Wide { low: 0, high: 0 }; 128]);

#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn input() -> *mut Slot {
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    input.get_or_insert_with(Input::zeroed).as_mut_ptr()
}

#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *mut Wide {
    OUTPUT.lock().unwrap_or_else(PoisonError::into_inner).as_mut_ptr()
}

/// The first `len` slots.
pub fn slots(len: usize) -> Result<Vec<Slot>> {
    let input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    let slots = input.as_ref().and_then(|input| input.get(..len));
    slots.map(<[Slot]>::to_vec).ok_or(Refusal::PositionsFull)
}

/// Writes a result where the caller reads it.
pub fn answer<T: Pod>(result: Result<T>) -> usize {
    let mut output = OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut *output);
    match result {
        Ok(value) => {
            let value = bytemuck::bytes_of(&value);
            bytes[..value.len()].copy_from_slice(value);
            0
        }
        Err(refusal) => {
            let mut name = String::new();
            // Writing to a string cannot fail.
            let _ = write!(name, "{refusal:?}");
            bytes[..name.len()].copy_from_slice(name.as_bytes());
            name.len()
        }
    }
}
