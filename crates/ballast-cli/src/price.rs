//! `price show`.

use crate::answer::Failure;
use crate::figures::{Time, table};
use crate::reserve;
use anchor_lang::prelude::Address;
use ballast_client::Snapshot;
use ballast_client::snapshot::Listed;
use ballast_core::price::PriceUse;
use serde::Serialize;
use std::fmt;

/// What the oracle says of an asset, and whether the program would take it now.
#[derive(Debug, Serialize)]
pub struct Line {
    pub reserve: String,
    pub account: String,
    pub spot: Option<String>,
    pub confidence: Option<String>,
    pub average: Option<String>,
    pub published: Option<Time>,
    /// "good", or the program's sentence.
    pub for_new_risk: String,
    pub for_liquidation: String,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct List(pub Vec<Line>);

pub fn show(market: &Snapshot, one: Option<&Address>) -> Result<List, Failure> {
    let now = market.moment.unix_timestamp;
    match one {
        Some(address) => Ok(List(vec![line(reserve::find(market, address)?, now)])),
        None => Ok(List(market.reserves.iter().map(|listed| line(listed, now)).collect())),
    }
}

fn line(listed: &Listed, now: i64) -> Line {
    let raw = listed.price.as_ref().ok();
    let verdict = |usage| match &listed.price {
        Err(unreadable) => unreadable.to_string(),
        Ok(_) => listed.quote(usage, now).map_or_else(|error| error.reason(), |_| "good".to_owned()),
    };
    Line {
        reserve: listed.reserve.address.to_string(),
        account: listed.reserve.state.source.account.to_string(),
        spot: raw.map(|raw| dollars(raw.spot.into(), raw.exponent)),
        confidence: raw.map(|raw| dollars(raw.confidence.into(), raw.exponent)),
        average: raw.map(|raw| dollars(raw.ema.into(), raw.exponent)),
        published: raw.map(|raw| Time(raw.publish_time)),
        for_new_risk: verdict(PriceUse::NewRisk),
        for_liquidation: verdict(PriceUse::Liquidation),
    }
}

/// `value * 10^exponent`, exactly, as far as the program would take the exponent.
pub fn dollars(value: i128, exponent: i32) -> String {
    let Some(digits) =
        exponent.checked_neg().and_then(|digits| usize::try_from(digits).ok()).filter(|digits| *digits <= 18)
    else {
        return format!("{value}e{exponent}");
    };
    let one = 10u128.pow(u32::try_from(digits).unwrap_or(0));
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    if digits == 0 { format!("{sign}{size}") } else { format!("{sign}{}.{:0digits$}", size / one, size % one) }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let head = ["reserve", "spot, $", "confidence", "average", "published", "for new risk", "for liquidation"];
        let rows = self.0.iter().map(|line| {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let published = line.published.as_ref().map(ToString::to_string);
            vec![
                line.reserve.clone(),
                text(&line.spot),
                text(&line.confidence),
                text(&line.average),
                text(&published),
                line.for_new_risk.clone(),
                line.for_liquidation.clone(),
            ]
        });
        writeln!(f, "{}", table(&head, rows))
    }
}
