//! `market show`.

use crate::figures::{Rows, UnixTime};
use crate::settings;
use anchor_lang::prelude::Address;
use ballast::state::Config;
use ballast_client::Snapshot;

pub fn show(market: &Snapshot) -> Rows {
    let Config { creator, authority, pending_authority, epoch, market: settings, .. } = market.config.state;
    let pending =
        if pending_authority == Address::default() { "nobody".to_owned() } else { pending_authority.to_string() };
    let mut rows = vec![
        ("market", market.config.address.to_string()),
        ("creator", creator.to_string()),
        ("authority", authority.to_string()),
        ("pending_authority", pending),
        ("reserves", market.reserves.len().to_string()),
        ("changes", epoch.to_string()),
        ("slot", market.moment.slot.to_string()),
        ("time", UnixTime(market.moment.unix_timestamp).to_string()),
    ];
    rows.extend(settings::of_market(&settings).0);
    Rows(rows)
}
