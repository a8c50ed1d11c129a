//! A reserve as core knows it: its books, its interest curve, its weights and its price limits, without mint, vault or oracle.

use crate::curve::Curve;
use crate::ledger::Ledger;
use crate::price::{Price, PriceGuard, PriceUse, RawPrice};
use crate::risk::RiskParams;
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// Names a reserve: on chain, the address of its account.
#[derive(Clone, Copy, Debug, Default, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct ReserveId {
    pub bytes: [u8; 32],
}

/// Word by word: on chain, comparing the bytes would call a byte loop.
impl PartialEq for ReserveId {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        let [a, b]: [[[u8; 8]; 4]; 2] = [bytemuck::cast(self.bytes), bytemuck::cast(other.bytes)];
        a.iter().zip(&b).all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Pool {
    pub id: ReserveId,
    pub ledger: Ledger,
    pub curve: Curve,
    pub risk: RiskParams,
    pub guard: PriceGuard,
    /// Publish time of the newest price that an instruction which wrote this pool has used.
    pub newest_publish_time: i64,
    /// Of the token, 0 to 18: one whole token is `10^decimals` atoms.
    pub decimals: u64,
}

impl Pool {
    pub const MAX_DECIMALS: u64 = 18;

    /// An empty pool at `now`; the parameters have been validated.
    pub fn new(
        id: ReserveId,
        decimals: u8,
        curve: Curve,
        risk: RiskParams,
        guard: PriceGuard,
        now: i64,
    ) -> Result<Self> {
        let decimals = u64::from(decimals);
        if decimals > Self::MAX_DECIMALS {
            return Err(Refusal::UnsupportedDecimals);
        }
        let mut pool = Self { id, ledger: Ledger::new(now), curve, risk, guard, newest_publish_time: 0, decimals };
        pool.settle().map(|()| pool)
    }

    /// The price, if it may be used so at `now`, and is no older than one already used (INV-6).
    #[inline(always)]
    pub fn admit(&self, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Price> {
        if raw.publish_time < self.newest_publish_time {
            return Err(Refusal::PriceReplayed);
        }
        self.guard.admit(raw, usage, now)
    }

    /// Remembers a price that was used, so that no older one is accepted afterwards.
    pub fn record_price(&mut self, raw: &RawPrice) {
        self.newest_publish_time = self.newest_publish_time.max(raw.publish_time);
    }

    /// Ends every change of the books.
    pub fn settle(&mut self) -> Result<()> {
        self.ledger.settle(&self.curve, self.risk.reserve_factor())
    }
}
