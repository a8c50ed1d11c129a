//! The balances as somebody sees them who knows nothing but the events.

use crate::arena::{ASSETS, Arena};
use crate::state::State;
use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use ballast::event::{
    Borrowed, Deposited, FeesCollected, FlashRepaid, InsuranceFunded, Liquidated, Repaid, VouchersBurned,
    VouchersMinted, Withdrawn,
};
use ballast_core::positions::Positions;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::BTreeMap;

/// The books of one reserve. Signed, so that an event too many does not wrap around.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Books {
    cash: i128,
    insurance: i128,
    supply_shares: i128,
    debt_shares: i128,
    vouchers: i128,
}

/// The position of one obligation in one reserve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Position {
    collateral: i128,
    debt: i128,
}

/// Follows a market from its first event on.
#[derive(Clone, Default)]
pub struct Replay {
    reserves: BTreeMap<[u8; 32], Books>,
    positions: BTreeMap<([u8; 32], [u8; 32]), Position>,
}

fn wide([low, high]: [u64; 2]) -> i128 {
    i128::try_from((u128::from(high) << 64) | u128::from(low)).expect("below 2^127")
}

/// The event in a log line's bytes, if it is of this type.
fn event<E: Discriminator + bytemuck::Pod>(bytes: &[u8]) -> Option<E> {
    bytemuck::try_pod_read_unaligned(bytes.strip_prefix(E::DISCRIMINATOR)?).ok()
}

impl Replay {
    /// The logs of a transaction that went through.
    pub fn read(&mut self, logs: &[String]) {
        for payload in logs.iter().filter_map(|line| line.strip_prefix("Program data: ")) {
            let bytes = BASE64_STANDARD.decode(payload).expect("base64");
            let _ = self.supply_side(&bytes).or_else(|| self.debt_side(&bytes)).or_else(|| self.protocol(&bytes));
        }
    }

    fn books(&mut self, reserve: Address) -> &mut Books {
        self.reserves.entry(reserve.to_bytes()).or_default()
    }

    fn position(&mut self, obligation: Address, reserve: Address) -> &mut Position {
        self.positions.entry((obligation.to_bytes(), reserve.to_bytes())).or_default()
    }

    fn supply_side(&mut self, bytes: &[u8]) -> Option<()> {
        if let Some(Deposited { obligation, reserve, amount_atoms, supply_shares }) = event(bytes) {
            let books = self.books(reserve);
            books.cash += i128::from(amount_atoms);
            books.supply_shares += i128::from(supply_shares);
            self.position(obligation, reserve).collateral += i128::from(supply_shares);
        } else if let Some(Withdrawn { obligation, reserve, amount_atoms, supply_shares, .. }) = event(bytes) {
            let books = self.books(reserve);
            books.cash -= i128::from(amount_atoms);
            books.supply_shares -= i128::from(supply_shares);
            self.position(obligation, reserve).collateral -= i128::from(supply_shares);
        } else if let Some(VouchersMinted { obligation, reserve, supply_shares, .. }) = event(bytes) {
            self.books(reserve).vouchers += i128::from(supply_shares);
            self.position(obligation, reserve).collateral -= i128::from(supply_shares);
        } else if let Some(VouchersBurned { obligation, reserve, supply_shares }) = event(bytes) {
            self.books(reserve).vouchers -= i128::from(supply_shares);
            self.position(obligation, reserve).collateral += i128::from(supply_shares);
        } else {
            return None;
        }
        Some(())
    }

    fn debt_side(&mut self, bytes: &[u8]) -> Option<()> {
        if let Some(Borrowed { obligation, reserve, amount_atoms, debt_shares, .. }) = event(bytes) {
            let books = self.books(reserve);
            books.cash -= i128::from(amount_atoms);
            books.debt_shares += wide(debt_shares);
            self.position(obligation, reserve).debt += wide(debt_shares);
        } else if let Some(Repaid { obligation, reserve, amount_atoms, debt_shares, .. }) = event(bytes) {
            let books = self.books(reserve);
            books.cash += i128::from(amount_atoms);
            books.debt_shares -= wide(debt_shares);
            self.position(obligation, reserve).debt -= wide(debt_shares);
        } else {
            self.liquidated(&event(bytes)?);
        }
        Some(())
    }

    fn liquidated(&mut self, it: &Liquidated) {
        let shares = i128::from(it.supply_shares);
        if it.in_shares == 1 {
            self.position(it.destination, it.collateral_reserve).collateral += shares;
        } else {
            let books = self.books(it.collateral_reserve);
            books.cash -= i128::from(it.seized_atoms);
            books.supply_shares -= shares;
        }
        self.position(it.obligation, it.collateral_reserve).collateral -= shares;
        let gone = wide(it.debt_shares) + wide(it.loss_debt_shares);
        let books = self.books(it.debt_reserve);
        books.cash += i128::from(it.repaid_atoms) + i128::from(it.premium_atoms);
        books.insurance += i128::from(it.premium_atoms) - i128::from(it.loss_insurance_atoms);
        books.debt_shares -= gone;
        self.position(it.obligation, it.debt_reserve).debt -= gone;
    }

    fn protocol(&mut self, bytes: &[u8]) -> Option<()> {
        if let Some(FlashRepaid { reserve, fee_atoms, .. }) = event(bytes) {
            self.books(reserve).cash += i128::from(fee_atoms);
        } else if let Some(FeesCollected { reserve, paid_out_atoms, insured_atoms }) = event(bytes) {
            let books = self.books(reserve);
            books.cash -= i128::from(paid_out_atoms);
            books.insurance += i128::from(insured_atoms);
        } else if let Some(InsuranceFunded { reserve, amount_atoms, .. }) = event(bytes) {
            let books = self.books(reserve);
            books.cash += i128::from(amount_atoms);
            books.insurance += i128::from(amount_atoms);
        } else {
            return None;
        }
        Some(())
    }

    /// Whether the accounts say the same.
    pub fn compare(&self, arena: &Arena, state: &State) -> Result<(), String> {
        for asset in 0..ASSETS {
            let address = arena.market.assets[asset].reserve;
            let ledger = &state.reserves[asset].pool.ledger;
            let found = Books {
                cash: ledger.cash_atoms.into(),
                insurance: ledger.insurance_atoms.into(),
                supply_shares: ledger.supply_shares.into(),
                debt_shares: ledger.debt_shares.get().try_into().expect("below 2^127"),
                vouchers: state.tokens.voucher_supply[asset].into(),
            };
            let replayed = self.reserves.get(&address.to_bytes()).cloned().unwrap_or_default();
            if replayed != found {
                return Err(format!("the events of asset {asset} show {replayed:?}, the accounts {found:?}"));
            }
            for (seat, obligation) in arena.seats.iter().zip(&state.obligations) {
                let key = (seat.address.to_bytes(), address.to_bytes());
                let replayed = self.positions.get(&key).cloned().unwrap_or_default();
                let found = position(&obligation.positions, state, asset);
                if replayed != found {
                    return Err(format!("the events show {replayed:?} of {}, the account {found:?}", seat.address));
                }
            }
        }
        Ok(())
    }
}

fn position(positions: &Positions, state: &State, asset: usize) -> Position {
    let id = &state.reserves[asset].pool.id;
    Position {
        collateral: positions.collateral(id).0.into(),
        debt: positions.debt(id).0.try_into().expect("below 2^127"),
    }
}
