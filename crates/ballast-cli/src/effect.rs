//! What a transaction would do to an obligation: its accounts before, and as a simulation leaves them.

use crate::figures::{Dollars, Percent};
use crate::obligation;
use anchor_lang::prelude::Address;
use ballast::state::{Obligation, Reserve};
use ballast_client::accounts::decode;
use ballast_client::{Found, Snapshot};
use ballast_core::curve::RatePerSecond;
use ballast_core::units::Bps;
use serde::Serialize;
use solana_account::Account;

/// A figure that moves; none where there is nothing to tell.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// An obligation and the reserves that an act names.
pub struct Watched {
    pub market: Snapshot,
    pub obligation: Address,
    /// None where it is yet to be opened.
    pub before: Option<Obligation>,
    pub reserves: Vec<Address>,
}

/// Names and values of one side.
type Side = Vec<(String, Option<String>)>;

impl Watched {
    /// Which accounts to look at, the obligation's first.
    pub fn addresses(&self) -> Vec<Address> {
        [self.obligation].into_iter().chain(self.reserves.iter().copied()).collect()
    }

    /// `accounts`: what would stand at these addresses.
    pub fn effect(&self, accounts: &[Option<Account>]) -> Vec<Shift> {
        let mut accounts = accounts.iter().map(Option::as_ref);
        // An obligation that is closed is none.
        let obligation = accounts.next().flatten().and_then(|account| decode::<Obligation>(account).ok());
        let mut market = self.market.clone();
        for (address, account) in self.reserves.iter().zip(accounts) {
            let after = account.and_then(|account| decode::<Reserve>(account).ok());
            let listed = market.reserves.iter_mut().find(|listed| listed.reserve.address == *address);
            if let (Some(after), Some(listed)) = (after, listed) {
                listed.reserve.state = after;
            }
        }
        let (before, after) = (self.side(&self.market, self.before.as_ref()), self.side(&market, obligation.as_ref()));
        let shifts = before.into_iter().zip(after);
        shifts.map(|((name, before), (_, after))| Shift { name, before, after }).collect()
    }

    fn side(&self, market: &Snapshot, obligation: Option<&Obligation>) -> Side {
        let found = obligation.map(|state| Found { address: self.obligation, state: *state });
        let line = found.as_ref().map(|found| obligation::line(market, found));
        let dollars = |of: fn(&obligation::Line) -> Option<Dollars>| {
            line.as_ref().and_then(of).map(|dollars| format!("{dollars} $"))
        };
        let health = line.as_ref().map(|line| match (&line.health, &line.unvalued) {
            (Some(health), _) => health.to_string(),
            (None, reason) => reason.clone().unwrap_or_default(),
        });
        let mut side = vec![
            ("health".to_owned(), health),
            ("collateral".to_owned(), dollars(|line| line.collateral_usd)),
            ("debt".to_owned(), dollars(|line| line.debt_usd)),
        ];
        for reserve in &self.reserves {
            side.extend(of_reserve(market, reserve, found.as_ref()));
        }
        side
    }
}

fn of_reserve(market: &Snapshot, reserve: &Address, obligation: Option<&Found<Obligation>>) -> Side {
    let held = obligation.and_then(|found| {
        let position = found.state.positions.as_slice().iter().find(|held| reserve.to_bytes() == held.reserve.bytes)?;
        let obligation::Position { side, amount, .. } = obligation::position(market, position);
        Some(format!("{} {side}", amount.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string())))
    });
    let listed = market.reserves.iter().find(|listed| listed.reserve.address == *reserve);
    let rate = listed.map(|listed| {
        Percent(Bps::from(RatePerSecond(listed.reserve.state.pool.ledger.borrow_rate)).get()).to_string()
    });
    vec![(format!("in {reserve}"), held), ("its borrow rate".to_owned(), rate)]
}
