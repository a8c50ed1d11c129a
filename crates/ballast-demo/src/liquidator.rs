//! Finds who can be liquidated and with which pair. Planning is pure: a snapshot in, a verdict out; [`crate::run`] acts on it.

use crate::scenario::ASSETS;
use crate::snapshot::Snapshot;
use ballast::state::Obligation;
use ballast_core::health::Totals;
use ballast_core::op::Priced;
use ballast_core::op::liquidate::{Bid, Borrower, Seizure, liquidate};
use ballast_core::positions::Side;
use ballast_core::units::{Atoms, Bps, Usd};
use ballast_core::{Refusal, Result};
use ballast_testkit::user::Pair;

/// What the liquidator can spend, by asset.
pub type Wallet = [u64; ASSETS.len()];

/// A liquidation that will go through, and what exactly it will do.
pub struct Candidate {
    pub pair: Pair,
    pub max_repay: u64,
    /// The outcome of the operation that the program itself runs, on copies of the accounts.
    pub preview: Seizure,
}

pub enum Verdict {
    Healthy,
    Liquidate(Box<Candidate>),
    /// Unhealthy, but every pair is refused, the last one so.
    Stuck(Refusal),
}

/// Judges one obligation. Pairs are tried by value, the largest collateral against the largest debt first: the fewer
/// transactions it takes, the sooner the borrower is safe. A pair that would lower health is refused, and the next one tried.
pub fn plan(snapshot: &Snapshot, obligation: &Obligation, wallet: &Wallet) -> Result<Verdict> {
    if snapshot.totals(&obligation.positions, &[])?.maintenance.covers_debt() {
        return Ok(Verdict::Healthy);
    }
    let mut last = Refusal::InsufficientCollateral;
    for pair in pairs(snapshot, obligation)? {
        let max_repay = wallet[pair.debt];
        match preview(snapshot, obligation, pair, max_repay) {
            Ok(preview) => return Ok(Verdict::Liquidate(Box::new(Candidate { pair, max_repay, preview }))),
            Err(refusal) => last = refusal,
        }
    }
    Ok(Verdict::Stuck(last))
}

/// All pairs, by value. Debt that has outlived all collateral is written off whatever reserve is named beside it.
pub fn pairs(snapshot: &Snapshot, obligation: &Obligation) -> Result<Vec<Pair>> {
    let collaterals = by_value(snapshot, obligation, Side::Collateral)?;
    let debts = by_value(snapshot, obligation, Side::Debt)?;
    if collaterals.is_empty() {
        let beside = |debt: usize| Pair { collateral: (debt + 1) % ASSETS.len(), debt };
        return Ok(debts.into_iter().map(beside).collect());
    }
    let pairs = debts.iter().flat_map(|debt| collaterals.iter().map(|collateral| (*collateral, *debt)));
    Ok(pairs.map(|(collateral, debt)| Pair { collateral, debt }).collect())
}

/// The assets of one side, the most valuable first.
fn by_value(snapshot: &Snapshot, obligation: &Obligation, side: Side) -> Result<Vec<usize>> {
    let mut valued: Vec<(Usd, usize)> = Vec::new();
    for position in obligation.positions.as_slice().iter().filter(|position| position.side() == side) {
        let Some(asset) = snapshot.asset(&position.reserve) else { continue };
        let totals = Totals::default().with(position.holding(), &snapshot.quote(asset)?)?;
        let value = match side {
            Side::Collateral => totals.collateral,
            Side::Debt => totals.debt,
        };
        valued.push((value, asset));
    }
    valued.sort_by(|a, b| b.cmp(a));
    Ok(valued.into_iter().map(|(_, asset)| asset).collect())
}

fn preview(snapshot: &Snapshot, obligation: &Obligation, pair: Pair, max_repay: u64) -> Result<Seizure> {
    let (mut collateral, mut debt) = (snapshot.pools[pair.collateral], snapshot.pools[pair.debt]);
    let Obligation { mut positions, mut call, .. } = *obligation;
    let others = snapshot.totals(&positions, &[pair.collateral, pair.debt])?;
    let min_seized = Atoms(u64::from(positions.has(Side::Collateral)));
    let target = Bps(obligation.target_health_bps);
    let borrower = Borrower { positions: &mut positions, call: &mut call, others, target, slot: snapshot.slot };
    liquidate(
        Priced { pool: &mut collateral, price: snapshot.prices[pair.collateral] },
        Priced { pool: &mut debt, price: snapshot.prices[pair.debt] },
        borrower,
        &snapshot.terms,
        Bid { max_repay: Atoms(max_repay), min_seized },
        snapshot.now,
    )
}
