//! What a transaction would do to an obligation: its figures before, and as a simulation leaves them.

use crate::figures::{Dollars, Percent};
use crate::obligation::{self, ObligationView, PositionView};
use crate::reserve;
use anchor_lang::prelude::Address;
use ballast::state::{Obligation, Reserve};
use ballast_client::accounts::decode;
use ballast_client::{Found, Snapshot};
use ballast_core::curve::RatePerSecond;
use ballast_core::units::Bps;
use serde::Serialize;
use solana_account::Account;

/// A figure before and after. None: there is no such figure on that side.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct FigureDiff {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// An obligation and the reserves that a transaction names.
pub struct WatchedObligation {
    pub market: Snapshot,
    pub obligation: Address,
    /// None if the transaction opens it.
    pub before: Option<Obligation>,
    pub reserves: Vec<Address>,
}

/// Names and values, before or after.
type NamedFigures = Vec<(String, Option<String>)>;

impl WatchedObligation {
    /// Returns the accounts to ask the simulation for: the obligation, then the reserves.
    pub fn addresses(&self) -> Vec<Address> {
        [self.obligation].into_iter().chain(self.reserves.iter().copied()).collect()
    }

    /// Compares the figures with those after the transaction. `accounts` are the simulated ones, in the order of
    /// [`Self::addresses`].
    pub fn effect(&self, accounts: &[Option<Account>]) -> Vec<FigureDiff> {
        let mut accounts = accounts.iter().map(Option::as_ref);
        // A closed obligation does not decode.
        let obligation = accounts.next().flatten().and_then(|account| decode::<Obligation>(account).ok());
        let mut market = self.market.clone();
        for (address, account) in self.reserves.iter().zip(accounts) {
            let after = account.and_then(|account| decode::<Reserve>(account).ok());
            let listed = market.reserves.iter_mut().find(|listed| listed.reserve.address == *address);
            if let (Some(after), Some(listed)) = (after, listed) {
                listed.reserve.state = after;
            }
        }
        let before = self.figures(&self.market, self.before.as_ref());
        let after = self.figures(&market, obligation.as_ref());
        let pairs = before.into_iter().zip(after);
        pairs.map(|((name, before), (_, after))| FigureDiff { name, before, after }).collect()
    }

    fn figures(&self, market: &Snapshot, obligation: Option<&Obligation>) -> NamedFigures {
        let found = obligation.map(|state| Found { address: self.obligation, state: *state });
        let view = found.as_ref().map(|found| obligation::view(market, found));
        let dollars = |of: fn(&ObligationView) -> Option<Dollars>| {
            view.as_ref().and_then(of).map(|dollars| format!("{dollars} $"))
        };
        let health = view.as_ref().map(|view| match (&view.health, &view.unvalued) {
            (Some(health), _) => health.to_string(),
            (None, reason) => reason.clone().unwrap_or_default(),
        });
        let mut figures = vec![
            ("health".to_owned(), health),
            ("collateral".to_owned(), dollars(|view| view.collateral_usd)),
            ("debt".to_owned(), dollars(|view| view.debt_usd)),
        ];
        for reserve in &self.reserves {
            figures.extend(figures_of_reserve(market, reserve, found.as_ref()));
        }
        figures
    }
}

fn figures_of_reserve(market: &Snapshot, address: &Address, obligation: Option<&Found<Obligation>>) -> NamedFigures {
    let held = obligation.and_then(|found| {
        let position = found.state.positions.as_slice().iter().find(|held| address.to_bytes() == held.reserve.bytes)?;
        let PositionView { side, amount, .. } = obligation::position(market, position);
        Some(format!("{} {side}", amount.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string())))
    });
    let listed = market.reserves.iter().find(|listed| listed.reserve.address == *address);
    let rate = listed.map(|listed| {
        Percent(Bps::from(RatePerSecond(listed.reserve.state.pool.ledger.borrow_rate)).get()).to_string()
    });
    let asset = listed.map_or_else(|| address.to_string(), |listed| reserve::symbol_of(listed).to_owned());
    vec![(format!("in {asset}"), held), ("its borrow rate".to_owned(), rate)]
}
