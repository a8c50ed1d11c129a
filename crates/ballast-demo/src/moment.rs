//! What happens, as the run tells it: the live text and the JSON document are two tellings of the same moments.

use crate::figures::{Amount, Health};
use crate::scenario::ASSETS;
use serde::{Serialize, Serializer};
use std::fmt;
use std::io;

/// Unix seconds, told in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub i64);

impl Time {
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

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The lines of a health factor that people care about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Warning,
    Call,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "moment", rename_all = "snake_case")]
pub enum Moment {
    Opened {
        program: String,
        program_bytes: u64,
        source: String,
        from: Time,
        to: Time,
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
        amounts: Vec<Amount>,
    },
    Borrowed {
        who: &'static str,
        story: &'static str,
        collateral: Vec<Amount>,
        debts: Vec<Amount>,
        health: Health,
    },
    Accrued {
        symbol: &'static str,
        days: i64,
        utilization_bps: u16,
        borrow_rate_bps: u16,
        /// What borrowers owe more.
        interest: Amount,
        /// What suppliers own more.
        earned: Amount,
    },
    /// The market is set: from here on prices move.
    Started {
        borrowers: Vec<&'static str>,
        /// All prices to come, for the chart; in the document they stand with their steps.
        #[serde(skip)]
        charts: Vec<Vec<f64>>,
    },
    Priced {
        time: Time,
        prices: [f64; ASSETS.len()],
        healths: Vec<Option<Health>>,
    },
    Crossed {
        time: Time,
        who: &'static str,
        line: Line,
        before: Health,
        now: Health,
    },
    Repaid {
        time: Time,
        who: &'static str,
        amounts: Vec<Amount>,
        before: Health,
        after: Health,
    },
    Liquidated(Liquidation),
    /// Liquidatable, but no bid would have gone through. Told once, until somebody could help.
    Unserved {
        time: Time,
        who: &'static str,
        reason: String,
    },
    Left {
        who: &'static str,
        repaid: Vec<Amount>,
        withdrew: Vec<Amount>,
        empty: bool,
    },
}

impl Moment {
    pub fn bad_debt_dollars(&self) -> f64 {
        match self {
            Self::Liquidated(liquidation) => liquidation.bad_debt_dollars,
            _ => 0.0,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Liquidation {
    pub time: Time,
    pub who: &'static str,
    pub by: &'static str,
    pub repaid: Amount,
    pub seized: Amount,
    pub repaid_dollars: f64,
    pub seized_dollars: f64,
    pub bonus_bps: u64,
    pub health_before: Health,
    pub health_after: Health,
    /// Written off: owed by nobody any more, borne by insurance, fees and suppliers.
    pub bad_debt: Amount,
    pub bad_debt_dollars: f64,
    pub compute_units: u64,
}

/// Hears every moment as it happens; what it cannot pass on ends the run.
pub type Listener<'l> = dyn FnMut(&Moment) -> io::Result<()> + 'l;

/// Tells every moment to a listener as it happens, and keeps it for the document.
pub struct Narrator<'a> {
    listener: &'a mut Listener<'a>,
    pub told: Vec<Moment>,
}

impl<'a> Narrator<'a> {
    pub fn new(listener: &'a mut Listener<'a>) -> Self {
        Self { listener, told: Vec::new() }
    }

    pub fn tell(&mut self, moment: Moment) -> io::Result<()> {
        let heard = (self.listener)(&moment);
        self.told.push(moment);
        heard
    }
}
