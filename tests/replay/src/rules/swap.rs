//! A repayment for collateral at a bonus, for the rules that core does not have.

use ballast_core::units::{DebtShares, SupplyShares};

use crate::borrower::{AssetPair, Borrower};
use crate::market::{ATOMS, Moment, TERMS, reserve_id};
use crate::rules::Offer;

/// Takes collateral worth `repay` and the bonus at spot prices. If there is less, takes all of it for less.
pub fn swap(borrower: &Borrower, moment: &Moment, pair: AssetPair, repay: f64, bonus: f64) -> Option<Offer> {
    let [collateral, debt] = [pair.collateral, pair.debt].map(|asset| moment.assets[asset].spot);
    let (held, owed) = (borrower.tokens(pair.collateral), borrower.tokens(pair.debt));
    let repay = if owed * debt - repay < dust() { owed * debt } else { repay };
    let wanted = repay * (1.0 + bonus) / collateral;
    let (seized, repaid) =
        if wanted < held { (wanted, repay / debt) } else { (held, held * collateral / (1.0 + bonus) / debt) };
    let (mut positions, [seized_id, repaid_id]) =
        (borrower.positions, [reserve_id(pair.collateral), reserve_id(pair.debt)]);
    let whole = |part: f64, whole: f64| part >= whole * (1.0 - 1e-9);
    let shares = positions.collateral(&seized_id);
    let seized_shares = if whole(seized, held) { shares } else { SupplyShares((seized * ATOMS) as u64) };
    positions.remove_collateral(&seized_id, seized_shares).ok()?;
    let shares = positions.debt(&repaid_id);
    let repaid_shares = if whole(repaid, owed) { shares } else { DebtShares(((repaid * ATOMS) as u128) << 32) };
    positions.remove_debt(&repaid_id, repaid_shares).ok()?;
    Some(Offer { pair, repaid, seized, lost: 0.0, positions, call: borrower.call })
}

/// The rest of a debt that is repaid with it, in USD.
fn dust() -> f64 {
    TERMS.dust_cents as f64 / 100.0
}
