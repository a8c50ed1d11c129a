//! Today's rules: the operations of core that the program runs.

use ballast_core::Result;
use ballast_core::call::{Crossing, Zone};
use ballast_core::health::Totals;
use ballast_core::op::flag;
use ballast_core::op::liquidate::Bid;
use ballast_core::preview::{self, BorrowerState};
use ballast_core::units::{Atoms, Bps};

use crate::borrower::{AssetPair, Borrower};
use crate::market::{ATOMS, Confirmation, Moment, QuotedAsset, TERMS, asset_of, reserve_id};
use crate::rules::{LiquidationRules, Offer};

pub struct Ballast {
    name: &'static str,
    confirmation: Confirmation,
}

impl Ballast {
    pub const CONFIRMED: Self = Self { name: "ballast", confirmation: Confirmation::On };
    /// Believes every jump at once.
    pub const AT_ONCE: Self = Self { name: "ballast, jumps at once", confirmation: Confirmation::Off };

    /// The positions outside of the named assets.
    fn totals(&self, borrower: &Borrower, moment: &Moment, named: &[usize]) -> Result<Totals> {
        let holdings = borrower.positions.holdings().map(|(id, holding)| (asset_of(&id), holding));
        let others = holdings.filter(|(asset, _)| !named.contains(asset));
        Totals::of(others, |asset| Ok(&moment.assets[asset].book(self.confirmation).quote))
    }
}

impl LiquidationRules for Ballast {
    fn name(&self) -> &'static str {
        self.name
    }

    fn believes(&self, asset: &QuotedAsset) -> bool {
        asset.is_alive && asset.book(self.confirmation).is_usable
    }

    /// Flags as the keeper does: not for a line that is crossed upward.
    fn flag(&self, borrower: &mut Borrower, moment: &Moment) {
        let mut call = borrower.call;
        let Ok(totals) = self.totals(borrower, moment, &[]) else { return };
        let Ok(record) = flag::flag(&mut call, &totals, &TERMS, Bps(0), moment.slot) else { return };
        if record.crossings.clocks || record.crossings.call == Crossing::Down {
            borrower.call = call;
        }
    }

    fn is_due(&self, borrower: &Borrower, moment: &Moment) -> bool {
        let Ok(totals) = self.totals(borrower, moment, &[]) else { return true };
        let (call, slot) = (&borrower.call, moment.slot);
        if totals.is_deep(TERMS.deep_line()) {
            return call.slots_since_certain(slot).is_some();
        }
        totals.is_hard(&TERMS) && call.elapsed(Zone::Hard, &TERMS, slot) >= u64::from(TERMS.relax_slots)
    }

    fn offer(&self, borrower: &Borrower, moment: &Moment, pair: AssetPair) -> Option<Offer> {
        let others = self.totals(borrower, moment, &[pair.collateral, pair.debt]).ok()?;
        let state = BorrowerState {
            positions: borrower.positions,
            call: borrower.call,
            others,
            target: Bps(TERMS.target_health_bps),
            slot: moment.slot,
        };
        let reserve = |asset: usize| moment.assets[asset].book(self.confirmation).reserve;
        let bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };
        let preview =
            preview::liquidate(reserve(pair.collateral), reserve(pair.debt), state, None, &TERMS, bid, moment.now)
                .ok()?;
        let flows = preview.flows;
        let retired =
            borrower.positions.debt(&reserve_id(pair.debt)).0 - preview.positions.debt(&reserve_id(pair.debt)).0;
        Some(Offer {
            pair,
            repaid: flows.repaid.0 as f64 / ATOMS,
            seized: flows.seized.0 as f64 / ATOMS,
            lost: (retired.saturating_sub(flows.debt_shares.0) >> 32) as f64 / ATOMS,
            positions: preview.positions,
            call: preview.call,
        })
    }
}
