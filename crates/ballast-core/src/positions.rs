//! What a borrower has: up to 16 positions, each one reserve, collateral or debt, never both.

use crate::pool::ReserveId;
use crate::units::{DebtShares, SupplyShares, Wide};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// Which side of a reserve a position is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Collateral,
    Debt,
}

/// The shares of one position, with their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    Collateral(SupplyShares),
    Debt(DebtShares),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Position {
    pub reserve: ReserveId,
    /// Supply shares of a collateral, debt shares of a debt; never zero in use.
    pub shares: Wide,
    /// 0: collateral, 1: debt.
    pub side: u64,
}

impl Position {
    const COLLATERAL: u64 = 0;
    const DEBT: u64 = 1;

    pub fn side(&self) -> Side {
        if self.side == Self::DEBT { Side::Debt } else { Side::Collateral }
    }

    pub fn holding(&self) -> Holding {
        match self.side() {
            // The high word of a collateral is zero: positions grow only by SupplyShares.
            Side::Collateral => Holding::Collateral(SupplyShares(self.shares.low)),
            Side::Debt => Holding::Debt(DebtShares(self.shares.get())),
        }
    }
}

/// In slot order; the slots in use come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Positions {
    pub len: u64,
    pub slots: [Position; 16],
}

impl Positions {
    pub const MAX: usize = 16;

    /// The positions in use.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Position] {
        usize::try_from(self.len).ok().and_then(|len| self.slots.get(..len)).unwrap_or(&self.slots)
    }

    /// The positions in use, each with its reserve.
    pub fn holdings(&self) -> impl Iterator<Item = (ReserveId, Holding)> {
        self.as_slice().iter().map(|position| (position.reserve, position.holding()))
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn has(&self, side: Side) -> bool {
        self.as_slice().iter().any(|position| position.side() == side)
    }

    /// Whether there is a position in a reserve, on either side.
    pub fn holds(&self, reserve: &ReserveId) -> bool {
        self.find(reserve).is_some()
    }

    /// The collateral of a reserve; zero shares when there is none.
    #[inline(never)]
    pub fn collateral(&self, reserve: &ReserveId) -> SupplyShares {
        match self.find(reserve).map(Position::holding) {
            Some(Holding::Collateral(shares)) => shares,
            _ => SupplyShares(0),
        }
    }

    /// The debt to a reserve; zero shares when there is none.
    #[inline(never)]
    pub fn debt(&self, reserve: &ReserveId) -> DebtShares {
        match self.find(reserve).map(Position::holding) {
            Some(Holding::Debt(shares)) => shares,
            _ => DebtShares(0),
        }
    }

    pub fn add_collateral(&mut self, reserve: &ReserveId, shares: SupplyShares) -> Result<()> {
        self.add(reserve, Position::COLLATERAL, u128::from(shares.0))
    }

    pub fn remove_collateral(&mut self, reserve: &ReserveId, shares: SupplyShares) -> Result<()> {
        self.remove(reserve, Position::COLLATERAL, u128::from(shares.0)).ok_or(Refusal::InsufficientCollateral)?;
        self.invariant()
    }

    #[inline(never)]
    pub fn add_debt(&mut self, reserve: &ReserveId, shares: DebtShares) -> Result<()> {
        self.add(reserve, Position::DEBT, shares.0)
    }

    pub fn remove_debt(&mut self, reserve: &ReserveId, shares: DebtShares) -> Result<()> {
        self.remove(reserve, Position::DEBT, shares.0).ok_or(Refusal::InsufficientDebt)?;
        self.invariant()
    }

    fn find(&self, reserve: &ReserveId) -> Option<&Position> {
        self.as_slice().iter().find(|position| position.reserve == *reserve)
    }

    fn index_of(&self, reserve: &ReserveId) -> Option<usize> {
        self.as_slice().iter().position(|position| position.reserve == *reserve)
    }

    /// Grows the position of a reserve, or opens it in the next free slot.
    #[inline(always)]
    fn add(&mut self, reserve: &ReserveId, side: u64, shares: u128) -> Result<()> {
        let free = self.as_slice().len();
        let index = self.index_of(reserve).unwrap_or(free);
        let slot = self.slots.get_mut(index).ok_or(Refusal::PositionsFull)?;
        if index == free {
            *slot = Position { reserve: *reserve, shares: Wide::default(), side };
            self.len += 1;
        } else if slot.side != side {
            return Err(Refusal::PositionConflict);
        }
        slot.shares = Wide::new(slot.shares.get().checked_add(shares).ok_or(Refusal::MathOverflow)?);
        self.invariant()
    }

    /// Shrinks a position. When nothing is left the last position takes its slot. `None` when there is less.
    fn remove(&mut self, reserve: &ReserveId, side: u64, shares: u128) -> Option<()> {
        let index = self.index_of(reserve)?;
        let last = self.as_slice().len().checked_sub(1)?;
        let slot = self.slots.get_mut(index).filter(|slot| slot.side == side)?;
        let rest = slot.shares.get().checked_sub(shares)?;
        slot.shares = Wide::new(rest);
        if rest == 0 {
            self.slots.swap(index, last);
            *self.slots.get_mut(last)? = Position::zeroed();
            self.len -= 1;
        }
        Some(())
    }

    /// INV-4: the slots in use come first and none is empty; a collateral fits 64 bits. No reserve has two slots,
    /// because `add` looks before it opens a slot. The tests prove that, so this does not search for it.
    #[inline(never)]
    pub fn invariant(&self) -> Result<()> {
        let sound = |position: &Position| match position.holding() {
            Holding::Collateral(shares) => shares.0 != 0 && position.shares.high == 0,
            Holding::Debt(shares) => shares.0 != 0,
        };
        if usize::try_from(self.len).is_ok_and(|len| len <= Self::MAX) && self.as_slice().iter().all(sound) {
            Ok(())
        } else {
            Err(Refusal::InvariantBroken)
        }
    }
}
