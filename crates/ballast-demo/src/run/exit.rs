//! Everybody leaves: nothing in the protocol keeps people from repaying and withdrawing.

use super::Run;
use crate::chain::unexpected;
use crate::figures::AssetAmount;
use crate::moment::StoryMoment;
use crate::stage::{Move, Person, Role};
use crate::valuation;
use anyhow::Result;
use ballast::event::{Repaid, Withdrawn};
use ballast_core::positions::Side;
use ballast_testkit::user::ALL;

impl Run<'_> {
    /// Borrowers leave first, because lenders withdraw what they repay.
    pub(super) fn everybody_leaves(&mut self) -> Result<()> {
        let world = &mut self.stage.chain.world;
        world.advance(60);
        self.stage.market.repeat_prices(world);
        let mut people = self.stage.indices(|role| matches!(role, Role::Borrower(_)));
        people.extend(self.stage.indices(|role| matches!(role, Role::Lender)));
        for person in people {
            let repaid = self.repay_all(person)?;
            let withdrew = self.withdraw_all(person)?;
            let empty = self.stage.positions(person).is_empty();
            let Person { name, user, .. } = &self.stage.people[person];
            if empty {
                self.stage
                    .chain
                    .send("obligation_close", user.close(), user)
                    .map_err(|failure| unexpected(name, "obligation_close", &failure))?;
            }
            self.narrator.narrate(StoryMoment::Left { who: name, repaid, withdrew, empty })?;
        }
        Ok(())
    }

    /// Repays as much as the wallet holds.
    fn repay_all(&mut self, person: usize) -> Result<Vec<AssetAmount>> {
        let snapshot = self.stage.snapshot()?;
        let wallet = self.stage.wallet(person);
        let mut repaid = Vec::new();
        for owed in self.stage.holdings(&snapshot, person, Side::Debt) {
            let enough = wallet[owed.asset] >= owed.atoms;
            let atoms = if enough { ALL } else { wallet[owed.asset] };
            if atoms > 0 {
                let receipt = self.stage.act(person, Move::Repay, AssetAmount { atoms, ..owed })?;
                repaid.push(AssetAmount { atoms: receipt.event::<Repaid>().amount_atoms, ..owed });
            }
        }
        Ok(repaid)
    }

    /// Withdraws what the reserve's cash allows, or nothing while the person still has debt.
    fn withdraw_all(&mut self, person: usize) -> Result<Vec<AssetAmount>> {
        let mut withdrew = Vec::new();
        let snapshot = self.stage.snapshot()?;
        if self.stage.positions(person).has(Side::Debt) {
            return Ok(withdrew);
        }
        for held in self.stage.holdings(&snapshot, person, Side::Collateral) {
            let cash = valuation::pool(&snapshot, held.asset).ledger.cash_atoms;
            let atoms = if cash >= held.atoms { ALL } else { cash };
            if atoms > 0 {
                let receipt = self.stage.act(person, Move::Withdraw, AssetAmount { atoms, ..held })?;
                withdrew.push(AssetAmount { atoms: receipt.event::<Withdrawn>().amount_atoms, ..held });
            }
        }
        Ok(withdrew)
    }
}
