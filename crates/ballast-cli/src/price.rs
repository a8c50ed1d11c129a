//! `price show`.

use crate::answer::CommandError;
use crate::figures::{UnixTime, decimal, table};
use crate::quantity::AssetName;
use crate::reserve;
use ballast_client::Snapshot;
use ballast_client::snapshot::PricedReserve;
use ballast_core::price::PriceUse;
use serde::Serialize;
use std::fmt;

/// The oracle's price of an asset, and whether the program accepts it now.
#[derive(Debug, Serialize)]
pub struct PriceView {
    pub symbol: String,
    pub reserve: String,
    pub account: String,
    pub spot: Option<String>,
    pub confidence: Option<String>,
    pub average: Option<String>,
    pub published: Option<UnixTime>,
    /// "good", or why the program refuses it.
    pub for_new_risk: String,
    pub for_liquidation: String,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct PriceList(pub Vec<PriceView>);

/// Shows the price of one reserve, or of all.
pub fn show(market: &Snapshot, one: Option<&AssetName>) -> Result<PriceList, CommandError> {
    let now = market.moment.unix_timestamp;
    match one {
        Some(name) => Ok(PriceList(vec![view(reserve::find(market, name)?, now)])),
        None => Ok(PriceList(market.reserves.iter().map(|listed| view(listed, now)).collect())),
    }
}

fn view(listed: &PricedReserve, now: i64) -> PriceView {
    let raw = listed.price.as_ref().ok();
    let verdict = |usage| match &listed.price {
        Err(unreadable) => unreadable.to_string(),
        Ok(_) => listed.quote(usage, now).map_or_else(|error| error.reason(), |_| "good".to_owned()),
    };
    PriceView {
        symbol: reserve::symbol_of(listed).to_owned(),
        reserve: listed.reserve.address.to_string(),
        account: listed.reserve.state.source.account.to_string(),
        spot: raw.map(|raw| decimal(raw.spot.into(), raw.exponent)),
        confidence: raw.map(|raw| decimal(raw.confidence.into(), raw.exponent)),
        average: raw.map(|raw| decimal(raw.ema.into(), raw.exponent)),
        published: raw.map(|raw| UnixTime(raw.publish_time)),
        for_new_risk: verdict(PriceUse::NewRisk),
        for_liquidation: verdict(PriceUse::Liquidation),
    }
}

impl fmt::Display for PriceList {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let head = ["asset", "spot, $", "confidence", "average", "published", "for new risk", "for liquidation"];
        let rows = self.0.iter().map(|view| {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let published = view.published.as_ref().map(ToString::to_string);
            vec![
                view.symbol.clone(),
                text(&view.spot),
                text(&view.confidence),
                text(&view.average),
                text(&published),
                view.for_new_risk.clone(),
                view.for_liquidation.clone(),
            ]
        });
        writeln!(f, "{}", table(&head, rows))
    }
}
