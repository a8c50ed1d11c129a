//! Balances, settings and prices as somebody sees them who knows nothing but the events.

use crate::arena::{ASSETS, Arena};
use crate::state::State;
use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use ballast::event::{
    Borrowed, ChangeExecuted, ChangeProposed, Deposited, FeesCollected, FlashRepaid, InsuranceFunded, Liquidated,
    Repaid, ReserveTightened, VouchersBurned, VouchersMinted, Withdrawn,
};
use ballast::state::MarketSettings;
use ballast_core::positions::Positions;
use ballast_core::settings::Settings;
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

/// Follows a market from its opening on.
#[derive(Clone)]
pub struct Replay {
    reserves: BTreeMap<[u8; 32], Books>,
    positions: BTreeMap<([u8; 32], [u8; 32]), Position>,
    settings: BTreeMap<[u8; 32], Settings>,
    market: MarketSettings,
    /// The content of each change, as proposed.
    proposed: BTreeMap<[u8; 32], ChangeProposed>,
    /// The prices that the events of one transaction have named: reserve, spot, digits.
    named: Vec<([u8; 32], u64, u64)>,
}

fn wide([low, high]: [u64; 2]) -> i128 {
    i128::try_from((u128::from(high) << 64) | u128::from(low)).expect("below 2^127")
}

/// The event in a log line's bytes, if it is of this type.
fn event<E: Discriminator + bytemuck::Pod>(bytes: &[u8]) -> Option<E> {
    bytemuck::try_pod_read_unaligned(bytes.strip_prefix(E::DISCRIMINATOR)?).ok()
}

impl Replay {
    /// Starts with the settings that the market was opened with.
    pub fn new(state: &State) -> Self {
        let settings = state.reserves.iter().map(|reserve| (reserve.pool.id.bytes, reserve.pool.settings));
        Self {
            reserves: BTreeMap::new(),
            positions: BTreeMap::new(),
            settings: settings.collect(),
            market: state.config.market,
            proposed: BTreeMap::new(),
            named: Vec::new(),
        }
    }

    /// The logs of a transaction that went through.
    pub fn read(&mut self, logs: &[String]) {
        self.named.clear();
        for payload in logs.iter().filter_map(|line| line.strip_prefix("Program data: ")) {
            let bytes = BASE64_STANDARD.decode(payload).expect("base64");
            let _ = self
                .supply_side(&bytes)
                .or_else(|| self.debt_side(&bytes))
                .or_else(|| self.protocol(&bytes))
                .or_else(|| self.governance(&bytes));
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
        } else if let Some(it) = event(bytes) {
            let Withdrawn { obligation, reserve, amount_atoms, supply_shares, spot, digits, .. } = it;
            self.named.push((reserve.to_bytes(), spot, digits));
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
        if let Some(it) = event(bytes) {
            let Borrowed { obligation, reserve, amount_atoms, debt_shares, spot, digits, .. } = it;
            self.named.push((reserve.to_bytes(), spot, digits));
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
        self.named.push((it.collateral_reserve.to_bytes(), it.collateral_spot, it.collateral_digits));
        self.named.push((it.debt_reserve.to_bytes(), it.debt_spot, it.debt_digits));
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

    fn governance(&mut self, bytes: &[u8]) -> Option<()> {
        if let Some(it) = event::<ChangeProposed>(bytes) {
            self.proposed.insert(it.change.to_bytes(), it);
        } else if let Some(ChangeExecuted { change, target, kind, .. }) = event(bytes) {
            let content = self.proposed.get(&change.to_bytes()).expect("proposed before");
            match kind {
                0 => drop(self.settings.insert(target.to_bytes(), content.settings)),
                2 => self.market = content.market,
                _ => {}
            }
        } else {
            let it: ReserveTightened = event(bytes)?;
            let bps = |value: u64| u16::try_from(value).expect("basis points");
            let Settings { risk, limits, .. } = self.settings.get_mut(&it.reserve.to_bytes()).expect("a reserve");
            risk.ltv_bps = bps(it.ltv_bps);
            limits.max_utilization_bps = bps(it.max_utilization_bps);
            limits.supply_cap_atoms = it.supply_cap_atoms;
            limits.borrow_cap_atoms = it.borrow_cap_atoms;
            limits.collateral_cap_usd = it.collateral_cap_usd;
            limits.allowed_debts = it.allowed_debts;
        }
        Some(())
    }

    /// Whether the last transaction's events name the prices that the feeds had. A write-off and a withdrawal without
    /// debt use none.
    pub fn check_prices(&self, state: &State) -> Result<(), String> {
        let is_used = |(_, spot, digits): &&([u8; 32], u64, u64)| (*spot, *digits) != (0, 0);
        for (reserve, spot, digits) in self.named.iter().filter(is_used) {
            let asset = state.reserves.iter().position(|listed| listed.pool.id.bytes == *reserve).expect("a reserve");
            let price = &state.prices[asset];
            let published = (price.spot.unsigned_abs(), u64::from(price.exponent.unsigned_abs()));
            if published != (*spot, *digits) {
                return Err(format!("an event values asset {asset} at {spot} e-{digits}, the feed at {published:?}"));
            }
        }
        Ok(())
    }

    /// Whether the accounts say the same.
    pub fn compare(&self, arena: &Arena, state: &State) -> Result<(), String> {
        if bytemuck::bytes_of(&self.market) != bytemuck::bytes_of(&state.config.market) {
            return Err(format!("the events end with other terms: {:?}", self.market));
        }
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
            let settings = self.settings.get(&address.to_bytes());
            if settings != Some(&state.reserves[asset].pool.settings) {
                return Err(format!("the events of asset {asset} end with other settings: {settings:?}"));
            }
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
