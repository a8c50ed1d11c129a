//! Simplified rules of other protocols: a bonus that waits for nothing and grows with no clock. Only the two prices of
//! the pair have to be young.

use crate::borrower::{AssetPair, Borrower, Sums};
use crate::market::{Moment, QuotedAsset};
use crate::rules::swap::swap;
use crate::rules::{LiquidationRules, Offer};

pub struct Fixed {
    name: &'static str,
    /// The part of a debt that one call may repay.
    close_factor: f64,
    /// Below this health the whole debt may be repaid.
    whole_below: f64,
    least_bonus: f64,
    /// The bonus is how far the loan-to-value lies above its limit, between the least and this.
    most_bonus: f64,
}

impl Fixed {
    /// In the style of Aave v3: 5 % on half of a debt, or on all of it below a health of 0.95.
    pub const HALF: Self =
        Self { name: "fixed 5 %, half", close_factor: 0.5, whole_below: 0.95, least_bonus: 0.05, most_bonus: 0.05 };
    /// In the style of klend: 2 to 10 % on a fifth of a debt.
    pub const FIFTH: Self =
        Self { name: "2 to 10 %, a fifth", close_factor: 0.2, whole_below: 0.0, least_bonus: 0.02, most_bonus: 0.1 };
}

impl LiquidationRules for Fixed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn believes(&self, asset: &QuotedAsset) -> bool {
        asset.is_alive
    }

    fn flag(&self, _: &mut Borrower, _: &Moment) {}

    fn is_due(&self, borrower: &Borrower, moment: &Moment) -> bool {
        borrower.sums(moment, |asset| asset.spot).health() < 1.0
    }

    fn offer(&self, borrower: &Borrower, moment: &Moment, pair: AssetPair) -> Option<Offer> {
        let sums = borrower.sums(moment, |asset| asset.spot);
        let Sums { collateral, debt, limit } = sums;
        let is_alive = [pair.collateral, pair.debt].iter().all(|asset| moment.assets[*asset].is_alive);
        if !is_alive || sums.health() >= 1.0 || collateral == 0.0 {
            return None;
        }
        let excess = (debt - limit) / collateral;
        let bonus = excess.clamp(self.least_bonus, self.most_bonus);
        let part = if sums.health() < self.whole_below { 1.0 } else { self.close_factor };
        let owed = borrower.tokens(pair.debt) * moment.assets[pair.debt].spot;
        swap(borrower, moment, pair, owed * part, bonus)
    }
}
