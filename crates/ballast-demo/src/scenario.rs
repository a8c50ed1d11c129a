//! The assets, and the people and what they want. Amounts are in dollars, so the same people fit any price path.

use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::settings::Settings;
use ballast_testkit::Listing;

/// How the market lists an asset.
pub struct AssetProfile {
    pub symbol: &'static str,
    pub decimals: u8,
    /// How many decimals the live text shows.
    pub shown_decimals: u8,
    pub ltv_bps: u16,
    pub liquidation_threshold_bps: u16,
    /// Yearly borrow rates in bps at 0, 80 and 100 % utilization.
    pub rates_bps: [u32; 3],
}

pub const SOL: usize = 0;
pub const USDC: usize = 1;
pub const BTC: usize = 2;

/// By asset index.
pub const ASSETS: [AssetProfile; 3] = [
    AssetProfile {
        symbol: "SOL",
        decimals: 9,
        shown_decimals: 3,
        ltv_bps: 7_500,
        liquidation_threshold_bps: 8_000,
        rates_bps: [0, 700, 10_000],
    },
    AssetProfile {
        symbol: "USDC",
        decimals: 6,
        shown_decimals: 2,
        ltv_bps: 8_300,
        liquidation_threshold_bps: 8_800,
        rates_bps: [0, 900, 8_000],
    },
    AssetProfile {
        symbol: "BTC",
        decimals: 8,
        shown_decimals: 5,
        ltv_bps: 7_800,
        liquidation_threshold_bps: 8_300,
        rates_bps: [0, 400, 6_000],
    },
];

/// An amount of an asset by its value.
#[derive(Clone, Copy)]
pub struct Part {
    pub asset: usize,
    pub dollars: f64,
}

pub struct LenderProfile {
    pub name: &'static str,
    pub supplies: &'static [Part],
}

/// A person who borrows until their health factor is `health`.
pub struct BorrowerProfile {
    pub name: &'static str,
    pub story: &'static str,
    pub collateral: &'static [Part],
    /// The borrowed assets, each with its part of the debt.
    pub debts: &'static [(usize, f64)],
    pub health: f64,
    pub reaction: Reaction,
}

/// What a borrower does after a warning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing.
    Sleeps,
    /// Repays a third of the debt at the next step.
    Repays,
}

pub const LENDERS: [LenderProfile; 3] = [
    LenderProfile { name: "Ada", supplies: &[Part { asset: USDC, dollars: 2_400_000.0 }] },
    LenderProfile { name: "Ben", supplies: &[Part { asset: SOL, dollars: 621_000.0 }] },
    LenderProfile {
        name: "Cleo",
        supplies: &[Part { asset: BTC, dollars: 486_000.0 }, Part { asset: USDC, dollars: 600_000.0 }],
    },
];

pub const BORROWERS: [BorrowerProfile; 8] = [
    BorrowerProfile {
        name: "Dora",
        story: "careful",
        collateral: &[Part { asset: SOL, dollars: 103_500.0 }],
        debts: &[(USDC, 1.0)],
        health: 2.76,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Emil",
        story: "all that the market lends",
        collateral: &[Part { asset: SOL, dollars: 207_000.0 }],
        debts: &[(USDC, 1.0)],
        health: 1.072,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Fay",
        story: "two collaterals",
        collateral: &[Part { asset: SOL, dollars: 82_800.0 }, Part { asset: BTC, dollars: 182_250.0 }],
        debts: &[(USDC, 1.0)],
        health: 1.12,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Gus",
        story: "two debts",
        collateral: &[Part { asset: BTC, dollars: 1_215_000.0 }],
        debts: &[(USDC, 0.8), (SOL, 0.2)],
        health: 1.077,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Hal",
        story: "short: gains in the crash",
        collateral: &[Part { asset: USDC, dollars: 300_000.0 }],
        debts: &[(SOL, 0.6), (BTC, 0.4)],
        health: 1.27,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Iris",
        story: "keeps some distance",
        collateral: &[Part { asset: BTC, dollars: 364_500.0 }],
        debts: &[(USDC, 1.0)],
        health: 1.19,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Jon",
        story: "a small loan",
        collateral: &[Part { asset: SOL, dollars: 2_070.0 }],
        debts: &[(USDC, 1.0)],
        health: 1.14,
        reaction: Reaction::Sleeps,
    },
    BorrowerProfile {
        name: "Kim",
        story: "will act on the warning",
        collateral: &[Part { asset: SOL, dollars: 124_200.0 }],
        debts: &[(USDC, 1.0)],
        health: 1.15,
        reaction: Reaction::Repays,
    },
];

/// The liquidator, and what it can spend of each asset.
pub const LIQUIDATOR: LenderProfile = LenderProfile {
    name: "Lex",
    supplies: &[Part { asset: USDC, dollars: 3_000_000.0 }, Part { asset: SOL, dollars: 1_000_000.0 }],
};

/// What a borrower holds besides the collateral, as a part of the loan. It pays the interest at the end.
pub const POCKET: f64 = 0.02;

impl AssetProfile {
    pub fn listing(&self, dollars: f64) -> Listing {
        let corners = [0, 8_000, 10_000].into_iter().zip(self.rates_bps);
        let points: Vec<_> =
            corners.map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps }).collect();
        let mut listing = Listing::new(self.decimals, dollars);
        let Settings { curve, risk, .. } = &mut listing.settings;
        *curve = Curve::new(&points).expect("the corners above are a curve");
        risk.ltv_bps = self.ltv_bps;
        risk.liquidation_threshold_bps = self.liquidation_threshold_bps;
        listing
    }

    /// Returns what so many dollars buy, rounded to `digits` significant digits, because people prefer round numbers.
    pub fn atoms(&self, dollars: f64, price: f64, digits: i32) -> u64 {
        let tokens = dollars / price;
        let step = 10f64.powi(tokens.log10().floor() as i32 + 1 - digits);
        let rounded = (tokens / step + 1e-6).floor() * step;
        (rounded * 10f64.powi(i32::from(self.decimals))).round() as u64
    }
}
