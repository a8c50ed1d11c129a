//! What happens in a run. The live text and the JSON document show the same moments.

use crate::figures::{AssetAmount, HealthFactor};
use crate::scenario::ASSETS;
use serde::{Serialize, Serializer};
use std::fmt;
use std::io;

/// Unix seconds, shown in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime(pub i64);

impl UtcTime {
    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.0).unwrap_or_default()
    }

    pub fn clock(self) -> String {
        self.timestamp().to_string().get(11..16).unwrap_or_default().to_owned()
    }

    pub fn date(self) -> String {
        self.timestamp().to_string().get(..10).unwrap_or_default().to_owned()
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The health factors below which something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchedLine {
    Warning,
    Call,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "moment", rename_all = "snake_case")]
pub enum StoryMoment {
    Opened {
        program: String,
        program_bytes: u64,
        source: String,
        from: UtcTime,
        to: UtcTime,
        steps: usize,
    },
    Listed {
        symbol: &'static str,
        price: f64,
        decimals: u8,
        ltv_bps: u16,
        liquidation_threshold_bps: u16,
    },
    Supplied {
        who: &'static str,
        amounts: Vec<AssetAmount>,
    },
    Borrowed {
        who: &'static str,
        story: &'static str,
        collateral: Vec<AssetAmount>,
        debts: Vec<AssetAmount>,
        health: HealthFactor,
    },
    Accrued {
        symbol: &'static str,
        days: i64,
        utilization_bps: u16,
        borrow_rate_bps: u16,
        /// How much the debt has grown.
        interest: AssetAmount,
        /// How much the suppliers' claims have grown.
        earned: AssetAmount,
    },
    /// The market is complete. From here on prices move.
    Started {
        borrowers: Vec<&'static str>,
        /// All prices to come, for the chart. The document has them with their steps.
        #[serde(skip)]
        charts: Vec<Vec<f64>>,
    },
    Priced {
        time: UtcTime,
        prices: [f64; ASSETS.len()],
        healths: Vec<Option<HealthFactor>>,
    },
    Crossed {
        time: UtcTime,
        who: &'static str,
        line: WatchedLine,
        before: HealthFactor,
        now: HealthFactor,
    },
    Repaid {
        time: UtcTime,
        who: &'static str,
        amounts: Vec<AssetAmount>,
        before: HealthFactor,
        after: HealthFactor,
    },
    Liquidated(LiquidationMoment),
    /// The obligation can be liquidated, but no bid would succeed. Reported once, until a bid succeeds.
    Unserved {
        time: UtcTime,
        who: &'static str,
        reason: String,
    },
    Left {
        who: &'static str,
        repaid: Vec<AssetAmount>,
        withdrew: Vec<AssetAmount>,
        empty: bool,
    },
}

impl StoryMoment {
    pub fn bad_debt_dollars(&self) -> f64 {
        match self {
            Self::Liquidated(liquidation) => liquidation.bad_debt_dollars,
            _ => 0.0,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct LiquidationMoment {
    pub time: UtcTime,
    pub who: &'static str,
    pub by: &'static str,
    pub repaid: AssetAmount,
    pub seized: AssetAmount,
    pub repaid_dollars: f64,
    pub seized_dollars: f64,
    pub bonus_bps: u64,
    pub health_before: HealthFactor,
    pub health_after: HealthFactor,
    /// Written off. Insurance, fees and then suppliers bear it.
    pub bad_debt: AssetAmount,
    pub bad_debt_dollars: f64,
    pub compute_units: u64,
}

/// Receives every moment as it happens. Its error ends the run.
pub type Listener<'l> = dyn FnMut(&StoryMoment) -> io::Result<()> + 'l;

/// Passes every moment to a listener as it happens, and keeps it for the document.
pub struct Narrator<'a> {
    listener: &'a mut Listener<'a>,
    pub moments: Vec<StoryMoment>,
}

impl<'a> Narrator<'a> {
    pub fn new(listener: &'a mut Listener<'a>) -> Self {
        Self { listener, moments: Vec::new() }
    }

    pub fn narrate(&mut self, moment: StoryMoment) -> io::Result<()> {
        let result = (self.listener)(&moment);
        self.moments.push(moment);
        result
    }
}
