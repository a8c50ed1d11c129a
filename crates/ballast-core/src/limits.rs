//! How much a reserve takes, lends and pays out. docs/MODEL.md, "Limits".

use crate::curve::{UTILIZATION_PER_BPS, Utilization};
use crate::ledger::Books;
use crate::math::{mul_exact, narrow_saturating};
use crate::units::{Atoms, BPS_ONE, Bps, Usd};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct Limits {
    /// The most that suppliers may have in the reserve, interest included.
    pub supply_cap_atoms: u64,
    /// The most that borrowers may owe to the reserve, interest included.
    pub borrow_cap_atoms: u64,
    /// The most that the whole supply counts for in borrow limits, in USD; every supplier has a part of it. `u64::MAX`:
    /// no cap.
    pub collateral_cap_usd: u64,
    /// A debt is at least this large when it is taken; 0 for any.
    pub min_debt_atoms: u64,
    /// Bit `n`: an obligation with this collateral may owe the asset with the listing number `n`.
    pub allowed_debts: u64,
    /// Beyond the share of the supply, this much may always leave within the window, so that the last supplier can.
    pub outflow_floor_atoms: u64,
    /// The window of the outflow limit.
    pub outflow_window_secs: u32,
    /// How long the collateral cap takes to grow from 0 after the reserve was opened.
    pub probation_secs: u32,
    /// What may leave within a window, net, as a part of the supply; 10,000 for all.
    pub outflow_bps: u16,
    /// The highest utilization that new debt may cause.
    pub max_utilization_bps: u16,
    pub reserved: u32,
}

impl Limits {
    pub const NO_COLLATERAL_CAP: u64 = u64::MAX;
    pub const ANY_DEBT: u64 = u64::MAX;
    /// 90 days.
    pub const MAX_PROBATION_SECS: u32 = 7_776_000;
    /// 30 days.
    pub const MAX_WINDOW_SECS: u32 = 2_592_000;

    pub fn validate(&self) -> Result<()> {
        let ratios = u64::from(self.outflow_bps) <= BPS_ONE && u64::from(self.max_utilization_bps) <= BPS_ONE;
        let times = self.probation_secs <= Self::MAX_PROBATION_SECS
            && (1..=Self::MAX_WINDOW_SECS).contains(&self.outflow_window_secs);
        let probation = self.probation_secs == 0 || self.has_collateral_cap();
        if ratios && times && probation && self.reserved == 0 { Ok(()) } else { Err(Refusal::InvalidLimits) }
    }

    /// Whether there is a cap: one below what any position can be worth.
    #[inline(always)]
    fn has_collateral_cap(&self) -> bool {
        self.collateral_cap_usd >> (92 - Usd::FRACTION_BITS) == 0
    }

    pub fn check_supply(&self, books: &Books) -> Result<()> {
        if books.claims_ceil > u128::from(self.supply_cap_atoms) { Err(Refusal::SupplyCapReached) } else { Ok(()) }
    }

    /// Checks the books after a loan that leaves its borrower with a debt of `owed`.
    #[inline(always)]
    pub fn check_loan(&self, books: &Books, owed: Atoms) -> Result<()> {
        let Utilization(used) = books.utilization;
        if books.debt_floor > u128::from(self.borrow_cap_atoms) {
            Err(Refusal::BorrowCapReached)
        } else if used > u64::from(self.max_utilization_bps) * UTILIZATION_PER_BPS {
            Err(Refusal::UtilizationTooHigh)
        } else if owed.0 < self.min_debt_atoms {
            Err(Refusal::DebtTooSmall)
        } else {
            Ok(())
        }
    }

    /// What the whole supply may count for, `opened_secs` after the reserve was opened.
    #[inline(always)]
    pub fn collateral_cap(&self, opened_secs: u64) -> Usd {
        if !self.has_collateral_cap() {
            return Usd(Usd::POSITION_LIMIT);
        }
        let full = u128::from(self.collateral_cap_usd) << Usd::FRACTION_BITS;
        let probation_secs = u64::from(self.probation_secs);
        if opened_secs >= probation_secs {
            return Usd(full);
        }
        // Below 2^92 times 2^23.
        Usd(full.wrapping_mul(u128::from(opened_secs)) / u128::from(probation_secs))
    }
}

/// What has recently left a reserve, net of what has come in: a level that drains toward zero. docs/MODEL.md,
/// "Limits".
///
/// Every update drains it by the part of the window that has passed. Deposits and repayments lower it, below zero too,
/// so that money that comes in may leave again; withdrawals and loans raise it. Liquidations and flash loans do not
/// touch it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Outflow {
    /// Positive: more has left than come.
    pub net_atoms: i64,
    /// Unix seconds.
    pub updated_at: i64,
}

impl Outflow {
    pub fn come(&mut self, amount: Atoms, limits: &Limits, now: i64) {
        self.drain(limits, now);
        self.net_atoms = self.net_atoms.saturating_sub(signed(amount));
    }

    /// Adds an outflow. Refuses it if the level would exceed what `limits` allow for a supply of `claims`. This is the
    /// supply that remains, so a deposit that comes for a moment makes no room.
    pub fn leave(&mut self, amount: Atoms, claims: u128, limits: &Limits, now: i64) -> Result<()> {
        self.drain(limits, now);
        self.net_atoms = self.net_atoms.saturating_add(signed(amount));
        if u64::from(limits.outflow_bps) >= BPS_ONE {
            return Ok(());
        }
        let share = narrow_saturating(Bps(limits.outflow_bps).part_floor(claims)?);
        let allowed = share.max(limits.outflow_floor_atoms);
        if u64::try_from(self.net_atoms).is_ok_and(|left| left > allowed) {
            Err(Refusal::OutflowLimited)
        } else {
            Ok(())
        }
    }

    /// Drains toward zero by the part of the window that has passed. Rounds outflow up and credit down.
    fn drain(&mut self, limits: &Limits, now: i64) {
        let window = u64::from(limits.outflow_window_secs);
        let elapsed = u64::try_from(now.saturating_sub(self.updated_at)).unwrap_or(0);
        self.updated_at = self.updated_at.max(now);
        if self.net_atoms == 0 || elapsed == 0 {
            return;
        }
        if elapsed >= window {
            self.net_atoms = 0;
            return;
        }
        let scaled = mul_exact(self.net_atoms.unsigned_abs(), window - elapsed);
        self.net_atoms = if self.net_atoms > 0 {
            signed(Atoms(narrow_saturating(scaled.div_ceil(u128::from(window)))))
        } else {
            signed(Atoms(narrow_saturating(scaled / u128::from(window)))).saturating_neg()
        };
    }
}

/// Converts atoms to a level. Amounts above 2^63 - 1 count as 2^63 - 1.
fn signed(amount: Atoms) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}
