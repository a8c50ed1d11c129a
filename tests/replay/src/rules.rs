//! The rules of a liquidation: what a liquidator may take, and what somebody records before.

pub mod ballast;
pub mod before;
pub mod fixed;
pub mod swap;

use ballast_core::call::Call;
use ballast_core::positions::Positions;

use crate::borrower::{AssetPair, Borrower};
use crate::market::{Moment, QuotedAsset};

/// What the borrowers of a market live under.
pub trait LiquidationRules: Send + Sync {
    fn name(&self) -> &'static str;

    /// Whether a price is one that a liquidation may trade at, young and believed.
    fn believes(&self, asset: &QuotedAsset) -> bool;

    /// What keepers record in every step, before anybody liquidates.
    fn flag(&self, borrower: &mut Borrower, moment: &Moment);

    /// Whether an obligation is below the line from which on no liquidation waits, and every clock that could still make
    /// one wait has run out.
    fn is_due(&self, borrower: &Borrower, moment: &Moment) -> bool;

    /// The largest liquidation of a pair, or none where the rules refuse it.
    fn offer(&self, borrower: &Borrower, moment: &Moment, pair: AssetPair) -> Option<Offer>;
}

/// What a liquidation moves, in tokens, and what it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    pub pair: AssetPair,
    pub repaid: f64,
    pub seized: f64,
    /// Debt that goes without a payment.
    pub lost: f64,
    pub positions: Positions,
    pub call: Call,
}

/// The rules that a table compares.
pub fn all() -> Vec<Box<dyn LiquidationRules>> {
    vec![
        Box::new(ballast::Ballast::CONFIRMED),
        Box::new(ballast::Ballast::AT_ONCE),
        Box::new(before::Before),
        Box::new(fixed::Fixed::HALF),
        Box::new(fixed::Fixed::FIFTH),
    ]
}
