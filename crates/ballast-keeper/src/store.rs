//! Every obligation of a market, in columns of fixed width: 128 bytes per row, of which a scan reads 76, and at most 11
//! bytes in the hash table.
//!
//! Nothing is rounded: [`Store::obligation`] returns what was put in.

use std::collections::HashMap;
use std::hash::BuildHasher;

use ballast_core::call::Call;
use ballast_core::pool::ReserveId;
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Bps, DebtShares, SupplyShares};
use bytemuck::Zeroable;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::columns::{Amounts, Columns, INLINE, INLINE_DEBTS, Kinds, OwnerChoice, kind};
use crate::tracked::{TrackedObligation, UpdateError};
use anchor_lang::prelude::Address;

#[derive(Default)]
pub struct Store {
    /// By listing number; zeros for a number that is not in use.
    ids: Vec<ReserveId>,
    columns: Columns,
    /// The rows, by address.
    rows: HashTable<u32>,
    hasher: DefaultHashBuilder,
    free: Vec<u32>,
    /// The margin calls with their clocks, by row. Most obligations have none.
    calls: HashMap<u32, Call>,
    wide: HashMap<u32, Box<Positions>>,
}

impl Store {
    /// The most reserves of a market.
    pub const RESERVES: usize = 64;
    /// The most positions of an obligation.
    pub const POSITIONS: u64 = 16;

    /// Builds a store from columns, margin calls and wide obligations.
    pub fn assemble(
        ids: Vec<ReserveId>,
        columns: Columns,
        calls: HashMap<u32, Call>,
        wide: HashMap<u32, Box<Positions>>,
    ) -> Self {
        let mut store = Self { ids, calls, wide, ..Self::default() };
        let count = u32::try_from(columns.addresses.len()).unwrap_or(u32::MAX);
        let (addresses, hasher) = (&columns.addresses, &store.hasher);
        store.rows.reserve(addresses.len(), |row| hash(hasher, addresses, *row));
        for row in 0..count {
            if addresses[row as usize] == Address::default() {
                store.free.push(row);
            } else {
                let hashed = hash(hasher, addresses, row);
                store.rows.insert_unique(hashed, row, |row| hash(hasher, addresses, *row));
            }
        }
        store.columns = columns;
        store
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    pub fn ids(&self) -> &[ReserveId] {
        &self.ids
    }

    pub fn calls(&self) -> &HashMap<u32, Call> {
        &self.calls
    }

    pub fn wide(&self) -> &HashMap<u32, Box<Positions>> {
        &self.wide
    }

    /// Returns the count of obligations.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the row of an obligation.
    pub fn row(&self, address: &Address) -> Option<u32> {
        let is_it = |row: &u32| self.columns.addresses[*row as usize] == *address;
        self.rows.find(self.hasher.hash_one(address), is_it).copied()
    }

    pub fn address(&self, row: u32) -> &Address {
        &self.columns.addresses[row as usize]
    }

    /// Returns the slot of the last write.
    pub fn slot(&self, row: u32) -> u64 {
        self.columns.slots[row as usize]
    }

    /// See [`OwnerChoice::line_bps`].
    pub fn line_bps(&self, row: u32) -> u64 {
        self.columns.choices[row as usize].line_bps()
    }

    /// Returns the positions of a row with the listing numbers of their reserves, in slot order; none for a row without
    /// an obligation.
    pub fn holdings(&self, row: u32) -> impl Iterator<Item = (u8, Holding)> {
        let Columns { amounts, kinds, excesses, .. } = &self.columns;
        let (amounts, kinds) = (&amounts[row as usize], &kinds[row as usize]);
        let mut excesses = excesses[row as usize].iter();
        let inline = amounts.iter().zip(kinds).filter(|(amount, _)| **amount != 0).map(move |(amount, kind)| {
            let holding = if kind & kind::DEBT == 0 {
                Holding::Collateral(SupplyShares(*amount))
            } else {
                let excess = excesses.next().copied().unwrap_or(0);
                Holding::Debt(DebtShares((u128::from(*amount) << 32) - u128::from(excess)))
            };
            (kind & kind::NUMBER, holding)
        });
        let wide = if kinds[0] & kind::WIDE == 0 { None } else { self.wide.get(&row) };
        let wide = wide.into_iter().flat_map(|positions| positions.as_slice());
        inline.chain(wide.filter_map(|position| Some((self.number(&position.reserve)?, position.holding()))))
    }

    /// Returns the reserves of a row's positions as bits: of collaterals, then of debts.
    pub fn held(&self, row: u32) -> [u64; 2] {
        let index = row as usize;
        let (amounts, kinds) = (&self.columns.amounts[index], &self.columns.kinds[index]);
        let inline = kinds.iter().copied().zip(amounts.iter().copied());
        let wide = if kinds[0] & kind::WIDE == 0 { None } else { Some(self.amounts_of_wide(row)) };
        let mut held = [0; 2];
        for (kind, amount) in inline.chain(wide.into_iter().flatten()) {
            held[usize::from(kind >> 7)] |= u64::from(amount != 0) << (kind & kind::NUMBER);
        }
        held
    }

    /// Returns the positions of a wide obligation in the form of a row.
    pub fn amounts_of_wide(&self, row: u32) -> impl Iterator<Item = (u8, u64)> {
        let positions = self.wide.get(&row).into_iter().flat_map(|positions| positions.as_slice());
        positions.filter_map(|position| {
            let (side, amount) = amount(position.holding());
            Some((self.number(&position.reserve)? | side, amount))
        })
    }

    /// Returns the obligation of a row as it was put in.
    pub fn obligation(&self, row: u32) -> TrackedObligation {
        let mut positions = Positions::zeroed();
        for (number, holding) in self.holdings(row) {
            let id = &self.ids[usize::from(number)];
            // Cannot fail: a row holds each reserve once and at most as many as there are slots.
            let _ = match holding {
                Holding::Collateral(shares) => positions.add_collateral(id, shares),
                Holding::Debt(shares) => positions.add_debt(id, shares),
            };
        }
        let OwnerChoice { target_bps, warning_bps } = self.columns.choices[row as usize];
        let warned = u64::from(warning_bps & OwnerChoice::WARNED != 0);
        let call = Call { warned, ..self.calls.get(&row).copied().unwrap_or_default() };
        TrackedObligation { positions, call, target: Bps(target_bps), warning: Bps(warning_bps & !OwnerChoice::WARNED) }
    }

    /// Records the listing number of a reserve. It never changes, and no other reserve gets it.
    pub fn list(&mut self, number: u8, id: ReserveId) -> Result<(), UpdateError> {
        self.ids.resize(Self::RESERVES, ReserveId::default());
        let place = self.ids.get_mut(usize::from(number)).ok_or(UpdateError::ReserveNumber)?;
        if *place != ReserveId::default() && *place != id {
            return Err(UpdateError::ReserveNumber);
        }
        *place = id;
        Ok(())
    }

    /// Checks whether [`Store::put`] would take an obligation.
    pub fn check(&self, obligation: &TrackedObligation) -> Result<(), UpdateError> {
        let positions = &obligation.positions;
        let sound = positions.invariant().is_ok() && obligation.warning.0 <= LiquidationTerms::MAX_WARNING_BPS;
        let fits =
            |holding| !matches!(holding, Holding::Debt(DebtShares(shares)) if shares.div_ceil(1 << 32) >> 64 != 0);
        if !sound || !positions.as_slice().iter().all(|position| fits(position.holding())) {
            return Err(UpdateError::Malformed);
        }
        let known = positions.as_slice().iter().all(|position| self.number(&position.reserve).is_some());
        if known { Ok(()) } else { Err(UpdateError::UnknownReserve) }
    }

    /// Records an obligation as of `slot` and returns its row, which does not change until the obligation is removed.
    pub fn put(&mut self, address: &Address, slot: u64, obligation: &TrackedObligation) -> Result<u32, UpdateError> {
        self.check(obligation)?;
        let row = self.row(address).unwrap_or_else(|| self.open(address));
        let index = row as usize;
        let TrackedObligation { positions, call, target, warning } = obligation;
        let (amounts, kinds, excesses) = self.inline(positions);
        self.columns.amounts[index] = amounts;
        self.columns.kinds[index] = kinds;
        self.columns.excesses[index] = excesses;
        self.columns.slots[index] = slot;
        let warned = if call.warned == 0 { 0 } else { OwnerChoice::WARNED };
        self.columns.choices[index] = OwnerChoice { target_bps: target.0, warning_bps: warning.0 | warned };
        match call.called_at {
            0 => self.calls.remove(&row),
            _ => self.calls.insert(row, *call),
        };
        if kinds[0] & kind::WIDE == 0 {
            self.wide.remove(&row);
        } else {
            self.wide.insert(row, Box::new(*positions));
        }
        Ok(row)
    }

    /// Forgets an obligation, and returns its row.
    pub fn remove(&mut self, address: &Address) -> Option<u32> {
        let addresses = &self.columns.addresses;
        let is_it = |row: &u32| addresses[*row as usize] == *address;
        let (row, _) = self.rows.find_entry(self.hasher.hash_one(address), is_it).ok()?.remove();
        let index = row as usize;
        self.columns.amounts[index] = Amounts::default();
        self.columns.kinds[index] = Kinds::default();
        self.columns.addresses[index] = Address::default();
        self.calls.remove(&row);
        self.wide.remove(&row);
        self.free.push(row);
        Some(row)
    }

    fn open(&mut self, address: &Address) -> u32 {
        let Columns { amounts, kinds, choices, excesses, slots, addresses } = &mut self.columns;
        let row = self.free.pop().unwrap_or_else(|| {
            amounts.push(Amounts::default());
            kinds.push(Kinds::default());
            choices.push(OwnerChoice::default());
            excesses.push([0; INLINE_DEBTS]);
            slots.push(0);
            addresses.push(Address::default());
            // A chain cannot hold four billion obligations.
            u32::try_from(addresses.len() - 1).unwrap_or(u32::MAX)
        });
        addresses[row as usize] = *address;
        let hasher = &self.hasher;
        self.rows.insert_unique(hasher.hash_one(address), row, |row| hash(hasher, addresses, *row));
        row
    }

    /// Returns the listing number of a reserve.
    pub fn number(&self, id: &ReserveId) -> Option<u8> {
        let at = self.ids.iter().position(|known| known == id)?;
        u8::try_from(at).ok().filter(|_| *id != ReserveId::default())
    }

    /// Returns the positions in the form of a row. The row of a wide obligation has none.
    fn inline(&self, positions: &Positions) -> (Amounts, Kinds, [u32; INLINE_DEBTS]) {
        let (mut amounts, mut kinds, mut excesses) = (Amounts::default(), Kinds::default(), [0; INLINE_DEBTS]);
        let debts = positions.as_slice().iter().filter(|position| position.side() == Side::Debt).count();
        if positions.as_slice().len() > INLINE || debts > INLINE_DEBTS {
            kinds[0] = kind::WIDE;
            return (amounts, kinds, excesses);
        }
        let mut excess = excesses.iter_mut();
        for ((amount, kind), position) in amounts.iter_mut().zip(&mut kinds).zip(positions.as_slice()) {
            let side;
            (side, *amount) = self::amount(position.holding());
            *kind = self.number(&position.reserve).unwrap_or(0) | side;
            if let Holding::Debt(DebtShares(shares)) = position.holding()
                && let Some(excess) = excess.next()
            {
                *excess = (shares as u32).wrapping_neg();
            }
        }
        (amounts, kinds, excesses)
    }
}

/// Returns the side of a kind, and the amount.
fn amount(holding: Holding) -> (u8, u64) {
    match holding {
        Holding::Collateral(SupplyShares(shares)) => (0, shares),
        // Fits: see `Store::check`.
        Holding::Debt(DebtShares(shares)) => (kind::DEBT, u64::try_from(shares.div_ceil(1 << 32)).unwrap_or(u64::MAX)),
    }
}

fn hash(hasher: &DefaultHashBuilder, addresses: &[Address], row: u32) -> u64 {
    hasher.hash_one(addresses[row as usize])
}
