//! Borrowers: how they are drawn, and what their positions are worth.

use ballast_core::call::Call;
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::units::{DebtShares, SupplyShares};
use bytemuck::Zeroable;

use crate::crash::Crash;
use crate::dice::Dice;
use crate::market::{ATOMS, Moment, QuotedAsset, asset_of, is_dollar, reserve_id, weights};

/// One obligation under one set of rules.
#[derive(Clone)]
pub struct Borrower {
    pub number: u64,
    pub positions: Positions,
    pub call: Call,
    /// The positions in whole tokens.
    pub lines: Vec<PositionLine>,
}

#[derive(Clone, Copy, Debug)]
pub struct PositionLine {
    pub asset: usize,
    pub side: Side,
    pub tokens: f64,
}

/// An asset that is collateral, and one that is owed.
#[derive(Clone, Copy, Debug)]
pub struct AssetPair {
    pub collateral: usize,
    pub debt: usize,
}

/// Values in USD: `C`, `D` and `A` of docs/MODEL.md, "Lines". No borrow factor here is above 1, so `B` is `D`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub collateral: f64,
    pub debt: f64,
    pub limit: f64,
}

impl Sums {
    pub fn of(lines: &[PositionLine], mut count: impl FnMut(usize) -> (f64, f64)) -> Self {
        let mut sums = Self::default();
        for line in lines {
            let (price, threshold) = count(line.asset);
            let value = line.tokens * price;
            match line.side {
                Side::Collateral => {
                    sums.collateral += value;
                    sums.limit += value * threshold;
                }
                Side::Debt => sums.debt += value,
            }
        }
        sums
    }

    pub fn health(&self) -> f64 {
        if self.debt == 0.0 { f64::MAX } else { self.limit / self.debt }
    }

    pub fn equity(&self) -> f64 {
        (self.collateral - self.debt).max(0.0)
    }

    /// What the collateral cannot pay.
    pub fn hole(&self) -> f64 {
        (self.debt - self.collateral).max(0.0)
    }
}

impl Borrower {
    /// One to three collaterals worth 1,000 to 1,000,000 USD, and one or two debts of half to all of what they may
    /// borrow. Two debts of three are in a dollar coin.
    pub fn draw(crash: &Crash, number: u64, seed: u64) -> Self {
        let mut dice = Dice::of(&[seed, crash.starts_at.unsigned_abs(), number]);
        let symbol = |asset: usize| crash.feeds[asset].symbol.as_str();
        let first = |asset: usize| crash.feeds[asset].bars.iter().flatten().next().map_or(1.0, |bar| bar.open);
        let (mut positions, mut borrowable) = (Positions::zeroed(), 0.0);
        // The quote coin comes last. Nothing moves its price, so as collateral it would only be less debt.
        let quote_coin = crash.feeds.len() - 1;
        let mut assets = (0..quote_coin).collect::<Vec<_>>();
        let worth = 1_000.0 * 1_000f64.powf(dice.uniform());
        let collaterals = 1 + dice.roll() % 3;
        for _ in 0..collaterals {
            // Somebody has to be able to owe another asset than the quote coin.
            let Some(asset) = (assets.len() > 1).then(|| dice.draw(&mut assets)).flatten() else { break };
            let value = worth * dice.between(0.5, 1.5) / collaterals as f64;
            borrowable += value * f64::from(weights(symbol(asset))[0]) / 1e4;
            let atoms = (value / first(asset) * ATOMS) as u64;
            positions.add_collateral(&reserve_id(asset), SupplyShares(atoms)).expect("a collateral");
        }
        assets.push(quote_coin);
        let (mut dollars, mut others): (Vec<_>, Vec<_>) =
            assets.into_iter().partition(|asset| is_dollar(symbol(*asset)));
        let debts = 1 + dice.roll() % 2;
        let owed = borrowable * dice.between(0.5, 1.0) / debts as f64;
        for _ in 0..debts {
            let is_dollar_wanted = dice.uniform() < 2.0 / 3.0;
            let [wanted, instead] =
                if is_dollar_wanted { [&mut dollars, &mut others] } else { [&mut others, &mut dollars] };
            let Some(asset) = dice.draw(wanted).or_else(|| dice.draw(instead)) else { continue };
            let atoms = owed / first(asset) * ATOMS;
            positions.add_debt(&reserve_id(asset), DebtShares((atoms as u128) << 32)).expect("a debt");
        }
        let mut borrower = Self { number, positions, call: Call::default(), lines: Vec::new() };
        borrower.hold(positions);
        borrower
    }

    /// Takes over other positions.
    pub fn hold(&mut self, positions: Positions) {
        self.positions = positions;
        self.lines = positions.holdings().map(|(id, holding)| PositionLine::new(asset_of(&id), holding)).collect();
    }

    pub fn has(&self, side: Side) -> bool {
        self.lines.iter().any(|line| line.side == side)
    }

    /// Every collateral with every debt.
    pub fn pairs(&self) -> impl Iterator<Item = AssetPair> + '_ {
        let of = |side| self.lines.iter().filter(move |line| line.side == side).map(|line| line.asset);
        of(Side::Collateral).flat_map(move |collateral| of(Side::Debt).map(move |debt| AssetPair { collateral, debt }))
    }

    pub fn tokens(&self, asset: usize) -> f64 {
        self.lines.iter().find(|line| line.asset == asset).map_or(0.0, |line| line.tokens)
    }

    /// At prices of the market.
    pub fn fair(&self, moment: &Moment) -> Sums {
        self.sums(moment, |asset| asset.fair)
    }

    pub fn sums(&self, moment: &Moment, price: impl Fn(&QuotedAsset) -> f64) -> Sums {
        Sums::of(&self.lines, |asset| (price(&moment.assets[asset]), moment.assets[asset].threshold))
    }
}

impl PositionLine {
    fn new(asset: usize, holding: Holding) -> Self {
        let (side, atoms) = match holding {
            Holding::Collateral(shares) => (Side::Collateral, shares.0 as f64),
            Holding::Debt(shares) => (Side::Debt, (shares.0 >> 32) as f64),
        };
        Self { asset, side, tokens: atoms / ATOMS }
    }
}
