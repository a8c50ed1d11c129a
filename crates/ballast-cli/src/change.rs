//! `change list`.

use crate::figures::{UnixTime, table};
use crate::reserve;
use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use ballast::state::Change;
use ballast_client::snapshot::PricedReserve;
use ballast_client::{Found, Snapshot};
use ballast_core::notice::ChangeNotice;
use serde::Serialize;
use std::fmt;

#[derive(Debug, Serialize)]
pub struct ChangeView {
    pub change: String,
    /// What it changes: "settings", "feed" or "market".
    pub of: &'static str,
    /// The symbol of the reserve; none for a change of the market.
    pub symbol: Option<String>,
    pub target: String,
    pub executable_at: UnixTime,
    /// When it becomes obsolete if nobody executes it.
    pub given_up_at: UnixTime,
    pub state: ChangeStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeStatus {
    /// Its notice is not over.
    Waiting,
    Executable,
    /// It can never be executed: it is too old, or another change of its target came first.
    Obsolete,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct ChangeList(pub Vec<ChangeView>);

/// Lists the queued changes, the next first.
pub fn list(market: &Snapshot, queued: &[Found<Change>]) -> ChangeList {
    let mut queued: Vec<_> = queued.iter().collect();
    queued.sort_by_key(|change| (change.state.executable_at, change.address.to_bytes()));
    ChangeList(queued.into_iter().map(|change| view(market, change)).collect())
}

fn view(market: &Snapshot, change: &Found<Change>) -> ChangeView {
    let Change { kind, target, executable_at, .. } = change.state;
    ChangeView {
        change: change.address.to_string(),
        of: match kind {
            Change::SETTINGS => "settings",
            Change::FEED => "feed",
            _ => "market",
        },
        symbol: listed(market, &target).map(|listed| reserve::symbol_of(listed).to_owned()),
        target: target.to_string(),
        executable_at: UnixTime(executable_at),
        given_up_at: UnixTime(executable_at.saturating_add(ChangeNotice::LIFE_SECS)),
        state: status(market, &change.state),
    }
}

/// Judges a change with the program's own check, at the moment of the snapshot.
pub fn status(market: &Snapshot, change: &Change) -> ChangeStatus {
    match change.check_executable(&change.target, epoch(market, &change.target), market.moment.unix_timestamp) {
        Ok(()) => ChangeStatus::Executable,
        Err(error) if error == Error::from(BallastError::ChangeTooEarly) => ChangeStatus::Waiting,
        Err(_) => ChangeStatus::Obsolete,
    }
}

fn listed<'a>(market: &'a Snapshot, target: &Address) -> Option<&'a PricedReserve> {
    market.reserves.iter().find(|listed| listed.reserve.address == *target)
}

fn epoch(market: &Snapshot, target: &Address) -> u64 {
    listed(market, target).map_or(market.config.state.epoch, |listed| listed.reserve.state.pool.epoch)
}

impl fmt::Display for ChangeStatus {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Executable => "executable",
            Self::Obsolete => "obsolete",
        })
    }
}

impl fmt::Display for ChangeList {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = self.0.iter().map(|view| {
            let [from, until] = [view.executable_at, view.given_up_at].map(|time| time.to_string());
            vec![
                view.change.clone(),
                view.of.to_owned(),
                view.symbol.clone().unwrap_or_default(),
                from,
                until,
                view.state.to_string(),
            ]
        });
        writeln!(f, "{}", table(&["change", "of", "asset", "from", "until", "state"], rows))
    }
}
