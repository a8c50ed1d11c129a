//! `change list`.

use crate::figures::{Time, table};
use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use ballast::state::Change;
use ballast_client::{Found, Snapshot};
use serde::Serialize;
use std::fmt;

#[derive(Debug, Serialize)]
pub struct Line {
    pub change: String,
    /// What it changes.
    pub of: &'static str,
    pub target: String,
    pub executable_at: Time,
    pub given_up_at: Time,
    /// "waiting", "executable" or "obsolete".
    pub state: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct List(pub Vec<Line>);

/// The next first.
pub fn list(market: &Snapshot, queued: &[Found<Change>]) -> List {
    let mut queued: Vec<_> = queued.iter().collect();
    queued.sort_by_key(|change| (change.state.executable_at, change.address.to_bytes()));
    List(queued.into_iter().map(|change| line(market, change)).collect())
}

fn line(market: &Snapshot, change: &Found<Change>) -> Line {
    let Change { kind, target, executable_at, .. } = change.state;
    Line {
        change: change.address.to_string(),
        of: match kind {
            Change::SETTINGS => "settings",
            Change::FEED => "feed",
            _ => "market",
        },
        target: target.to_string(),
        executable_at: Time(executable_at),
        given_up_at: Time(executable_at.saturating_add(Change::LIFE_SECS)),
        state: state(market, &change.state),
    }
}

/// As the program would say at this moment.
pub fn state(market: &Snapshot, change: &Change) -> &'static str {
    match change.check_executable(&change.target, epoch(market, &change.target), market.moment.unix_timestamp) {
        Ok(()) => "executable",
        Err(error) if error == Error::from(BallastError::ChangeTooEarly) => "waiting",
        Err(_) => "obsolete",
    }
}

fn epoch(market: &Snapshot, target: &Address) -> u64 {
    let reserve = market.reserves.iter().find(|listed| listed.reserve.address == *target);
    reserve.map_or(market.config.state.epoch, |listed| listed.reserve.state.pool.epoch)
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = self.0.iter().map(|line| {
            let times = [line.executable_at, line.given_up_at].map(|time| time.to_string());
            let [from, until] = times;
            vec![line.change.clone(), line.of.to_owned(), line.target.clone(), from, until, line.state.to_owned()]
        });
        writeln!(f, "{}", table(&["change", "of", "target", "from", "until", "state"], rows))
    }
}
