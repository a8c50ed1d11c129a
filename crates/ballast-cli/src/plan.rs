//! `config plan`: what it would take to make the chain what a file says, and what of it the program would refuse. Judged by the
//! functions that the program itself calls.

use crate::answer::{Answer, Failure};
use crate::change;
use crate::figures::{Rows, Time};
use crate::settings;
use anchor_lang::prelude::Error;
use ballast::error::BallastError;
use ballast::instructions::reserve_init::price_source;
use ballast::state::{Change, Config, MarketSettings};
use ballast_client::accounts::Undecodable;
use ballast_client::snapshot::{Listed, ReadError};
use ballast_client::{Chain, Found, Refusal, Snapshot, addresses, refusal};
use ballast_config::{MarketFile, Reserve};
use ballast_core::op::change_execute::check;
use ballast_core::pool::Pool;
use ballast_core::settings::{Settings, Tightening};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// One instruction, or two in one transaction.
#[derive(Debug, Serialize)]
pub struct Step {
    /// "market", or the symbol.
    pub of: String,
    pub instruction: &'static str,
    /// None: at once.
    pub not_before: Option<Time>,
    pub fields: Vec<Field>,
    /// The program's sentence, where it would refuse.
    pub refused: Option<String>,
    pub note: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub from: Option<String>,
    pub to: String,
}

#[derive(Debug, Serialize)]
pub struct Plan {
    pub market: String,
    pub steps: Vec<Step>,
    /// What the chain has and the file does not say, and what is already under way.
    pub notes: Vec<String>,
}

/// With the status [`Answer::REFUSED`] where the program would refuse a step.
pub fn answer<C: Chain>(chain: &C, file: &Path) -> Result<Answer, Failure> {
    let file = MarketFile::read(file)?;
    let config = addresses::config_address(&file.market.creator);
    let plan = match Snapshot::read(chain, &config) {
        Ok(market) => {
            let queued = market.changes(chain)?;
            compare(&file, &market, &queued)?
        }
        Err(ReadError::Account { address, reason: Undecodable::Missing }) if address == config => opening(&file)?,
        Err(error) => return Err(error.into()),
    };
    let status = if plan.steps.iter().any(|step| step.refused.is_some()) { Answer::REFUSED } else { Answer::DONE };
    Ok(Answer { status, ..Answer::new(plan)? })
}

/// A market that is not there yet: opened and set up without a delay.
fn opening(file: &MarketFile) -> Result<Plan, Failure> {
    let market = addresses::config_address(&file.market.creator).to_string();
    let settings = file.market.settings()?;
    let mut steps = vec![step("market", "config_init", changed(None, &settings::of_market(&settings)))];
    for reserve in &file.reserves {
        steps.extend(listing(file, reserve, None)?);
    }
    let notes = vec!["the market does not exist; until its delay is set, changes wait for nothing".to_owned()];
    Ok(Plan { market, steps, notes })
}

pub fn compare(file: &MarketFile, market: &Snapshot, queued: &[Found<Change>]) -> Result<Plan, Failure> {
    let mut steps: Vec<_> = terms(market, &file.market.settings()?).into_iter().collect();
    let delay = i64::try_from(market.config.state.market.change_delay_secs).unwrap_or(i64::MAX);
    let after = (delay > 0).then(|| Time(market.moment.unix_timestamp.saturating_add(delay)));
    for reserve in &file.reserves {
        let listed = market.reserves.iter().find(|listed| listed.reserve.state.mint == reserve.mint);
        match listed {
            None => steps.extend(listing(file, reserve, after)?),
            Some(listed) => steps.extend(reserve_steps(file, reserve, listed, &market.config.state, after)?),
        }
    }
    let named = |listed: &&Listed| file.reserves.iter().any(|reserve| reserve.mint == listed.reserve.state.mint);
    let unnamed = market.reserves.iter().filter(|listed| !named(listed));
    let mut notes: Vec<_> = unnamed
        .map(|listed| format!("the file does not name {}, which is listed", listed.reserve.state.mint))
        .collect();
    notes.extend(queued.iter().map(|queued| {
        let (state, at) = (change::state(market, &queued.state), Time(queued.state.executable_at));
        format!("change {} of {} is queued for {at} ({state})", queued.address, queued.state.target)
    }));
    Ok(Plan { market: market.config.address.to_string(), steps, notes })
}

fn terms(market: &Snapshot, to: &MarketSettings) -> Option<Step> {
    let from = &market.config.state.market;
    let fields = changed(Some(&settings::of_market(from)), &settings::of_market(to));
    let delay = i64::try_from(from.change_delay_secs).unwrap_or(i64::MAX);
    let not_before = (delay > 0).then(|| Time(market.moment.unix_timestamp.saturating_add(delay)));
    let refused = to.validate().and_then(|()| to.check_step(from)).err().map(sentence);
    let proposed = Step { not_before, refused, ..step("market", "change_propose", fields) };
    (!proposed.fields.is_empty()).then_some(proposed)
}

/// An asset that is not listed: listed closed at once, and opened by a change.
fn listing(file: &MarketFile, reserve: &Reserve, after: Option<Time>) -> Result<[Step; 2], Failure> {
    let to = file.settings(reserve)?;
    let source = price_source(reserve.price_feed());
    let mint = Field { name: "mint", from: None, to: reserve.mint.to_string() };
    let price =
        source.as_ref().ok().map(|source| Field { name: "price_account", from: None, to: source.account.to_string() });
    let fields = [Some(mint), price].into_iter().flatten().collect();
    let listed = Step { refused: source.err().map(sentence), ..step(&reserve.symbol, "reserve_init", fields) };
    let fields = changed(Some(&settings::of_reserve(&Settings::CLOSED)), &settings::of_reserve(&to));
    Ok([listed, Step { not_before: after, ..step(&reserve.symbol, "change_propose", fields) }])
}

fn reserve_steps(
    file: &MarketFile,
    reserve: &Reserve,
    listed: &Listed,
    config: &Config,
    after: Option<Time>,
) -> Result<Vec<Step>, Failure> {
    let (state, to) = (&listed.reserve.state, file.settings(reserve)?);
    let mut pool = state.pool;
    let mut steps = Vec::new();
    let tightened = tightened(&pool, &to);
    let fields = changed(Some(&settings::of_reserve(&pool.settings)), &settings::of_reserve(&tightened));
    if !fields.is_empty() {
        steps.push(step(&reserve.symbol, "reserve_tighten", fields));
        pool.settings = tightened;
    }
    let fields = changed(Some(&settings::of_reserve(&pool.settings)), &settings::of_reserve(&to));
    if !fields.is_empty() {
        let refused = check(&pool, &to, reserve.ramp_secs, &config.market.terms).err();
        let refused = refused.map(|refusal| Refusal::from(BallastError::from(refusal)).sentence);
        let note = ramps(&pool, &to).then(|| format!("ramps over {} s from its execution", reserve.ramp_secs));
        steps.push(Step { not_before: after, refused, note, ..step(&reserve.symbol, "change_propose", fields) });
    }
    steps.extend(feed(reserve, listed, after));
    let fixed = [
        ("token_program", state.token_program.to_string(), reserve.token_program.address().to_string()),
        ("decimals", pool.decimals.to_string(), reserve.decimals.to_string()),
        ("accepted_extensions", state.accepted_extensions.to_string(), reserve.accepted_extensions().to_string()),
    ];
    let fixed = fixed.into_iter().filter(|(_, is, says)| is != says);
    let fields: Vec<_> = fixed.map(|(name, from, to)| Field { name, from: Some(from), to }).collect();
    if !fields.is_empty() {
        let refused = Some("No instruction changes this; list the mint in another market.".to_owned());
        steps.push(Step { refused, ..step(&reserve.symbol, "none", fields) });
    }
    Ok(steps)
}

/// As low as it may be set at once.
fn tightened(pool: &Pool, to: &Settings) -> Settings {
    let mut tightened = pool.settings;
    let (risk, limits) = (tightened.risk, tightened.limits);
    // Nothing lives in a closed reserve that could be in a hurry, and its first settings are one change.
    if pool.opened_at == 0 {
        return tightened;
    }
    let lower = Tightening {
        ltv_bps: risk.ltv_bps.min(to.risk.ltv_bps),
        max_utilization_bps: limits.max_utilization_bps.min(to.limits.max_utilization_bps),
        supply_cap_atoms: limits.supply_cap_atoms.min(to.limits.supply_cap_atoms),
        borrow_cap_atoms: limits.borrow_cap_atoms.min(to.limits.borrow_cap_atoms),
        collateral_cap_usd: limits.collateral_cap_usd.min(to.limits.collateral_cap_usd),
        allowed_debts: limits.allowed_debts & to.limits.allowed_debts,
    };
    // Nothing rises, so nothing is refused.
    let _ = tightened.tighten(&lower);
    tightened
}

/// Whether borrowers get less healthy by it.
fn ramps(pool: &Pool, to: &Settings) -> bool {
    let from = pool.settings.risk;
    pool.opened_at != 0
        && (to.risk.liquidation_threshold_bps < from.liquidation_threshold_bps
            || to.risk.borrow_factor_bps > from.borrow_factor_bps)
}

fn feed(reserve: &Reserve, listed: &Listed, after: Option<Time>) -> Option<Step> {
    let from = &listed.reserve.state.source;
    let to = price_source(reserve.price_feed());
    let account = match &to {
        Ok(to) if to.account == from.account && to.feed_id == from.feed_id => return None,
        Ok(to) => to.account.to_string(),
        Err(_) => "none".to_owned(),
    };
    let fields = vec![Field { name: "price_account", from: Some(from.account.to_string()), to: account }];
    let note = Some("executed only while the new feed is alive and agrees with the last mark".to_owned());
    Some(Step {
        not_before: after,
        refused: to.err().map(sentence),
        note,
        ..step(&reserve.symbol, "change_propose", fields)
    })
}

fn step(of: &str, instruction: &'static str, fields: Vec<Field>) -> Step {
    Step { of: of.to_owned(), instruction, not_before: None, fields, refused: None, note: None }
}

/// Both name the same fields in the same order.
fn changed(from: Option<&Rows>, to: &Rows) -> Vec<Field> {
    let was = |index: usize| from.map(|Rows(rows)| rows[index].1.clone());
    let fields = to.0.iter().enumerate().map(|(index, (name, to))| Field { name, from: was(index), to: to.clone() });
    fields.filter(|field| field.from.as_ref() != Some(&field.to)).collect()
}

fn sentence(error: Error) -> String {
    refusal::sentence(error).unwrap_or("The program would refuse it.").to_owned()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "market {}", self.market)?;
        if self.steps.is_empty() {
            writeln!(f, "  is as the file says")?;
        }
        for Step { of, instruction, not_before, fields, refused, note } in &self.steps {
            let when =
                not_before.map_or_else(|| "at once".to_owned(), |time| format!("not before {time}, if proposed now"));
            writeln!(f, "\n{of}: {instruction}, {when}")?;
            for Field { name, from, to } in fields {
                writeln!(
                    f,
                    "  {name:<30}{}{to}",
                    from.as_ref().map_or_else(String::new, |from| format!("{from} -> "))
                )?;
            }
            for (what, text) in [("note", note), ("REFUSED", refused)] {
                text.iter().try_for_each(|text| writeln!(f, "  {what}: {text}"))?;
            }
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "\nnote: {note}"))
    }
}
