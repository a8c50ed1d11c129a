//! Pairs of a collateral and a debt. Each liquidation names one pair.

use ballast_core::positions::Holding;

/// The reserves of a liquidation by listing number: one gives collateral, the other takes the repayment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReservePair {
    pub collateral: u8,
    pub debt: u8,
}

/// Two positions of one obligation that a liquidation could name.
#[derive(Clone, Copy, Debug)]
pub struct PairedHoldings {
    pub pair: ReservePair,
    pub collateral: Holding,
    pub debt: Holding,
}

impl ReservePair {
    pub fn contains(self, number: u8) -> bool {
        [self.collateral, self.debt].contains(&number)
    }
}

/// Every pair of an obligation's positions: debt by debt, each with all collaterals.
pub fn pairs(holdings: &[(u8, Holding)]) -> impl Iterator<Item = PairedHoldings> {
    let is_debt = |holding: &Holding| matches!(holding, Holding::Debt(_));
    let debts = holdings.iter().filter(move |(_, holding)| is_debt(holding));
    debts.flat_map(move |&(debt_number, debt)| {
        let collaterals = holdings.iter().filter(move |(_, holding)| !is_debt(holding));
        collaterals.map(move |&(number, collateral)| {
            let pair = ReservePair { collateral: number, debt: debt_number };
            PairedHoldings { pair, collateral, debt }
        })
    })
}
