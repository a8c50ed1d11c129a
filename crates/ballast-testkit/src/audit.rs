//! Compares the books of a market with its vaults.

use crate::market::Market;
use crate::world::World;
use ballast::state::{Obligation, Reserve};
use ballast_core::units::DebtShares;

impl Market {
    /// Panics unless every reserve is solvent, its vault holds the cash and the tokens `donated` to it, and its shares
    /// are those of the obligations and the vouchers.
    pub fn audit(&self, world: &World, donated: &[u64]) {
        let obligations: Vec<Obligation> = world.all();
        for (asset, donated) in (0..self.assets.len()).zip(donated) {
            let reserve = self.reserve(world, asset);
            let ledger = reserve.pool.ledger;
            let held = world.balance(&self.assets[asset].vault);
            assert_eq!(held, ledger.cash_atoms + donated, "the vault of asset {asset} holds the cash");
            assert_eq!(ledger.invariant(), Ok(()), "asset {asset} is solvent");
            self.audit_shares(world, asset, &reserve, &obligations);
        }
        for obligation in &obligations {
            assert_eq!(obligation.positions.invariant(), Ok(()), "positions in use come first, and none is empty");
        }
    }

    fn audit_shares(&self, world: &World, asset: usize, reserve: &Reserve, obligations: &[Obligation]) {
        let id = self.reserve_id(asset);
        let supplied: u64 = obligations.iter().map(|obligation| obligation.positions.collateral(&id).0).sum();
        let vouchers = world.token_supply(&self.assets[asset].voucher_mint);
        let owed: u128 = obligations.iter().map(|obligation| obligation.positions.debt(&id).0).sum();
        let ledger = &reserve.pool.ledger;
        assert_eq!(
            supplied + vouchers,
            ledger.supply_shares,
            "the supply shares of asset {asset} are the obligations'"
        );
        assert_eq!(DebtShares(owed), DebtShares(ledger.debt_shares.get()), "so are its debt shares");
    }
}
