//! `config plan`: what it would take to make the chain what a file says, and what of it the program would refuse. Judged by the
//! functions that the program itself calls. What a step says, its deed does: `config apply` executes nothing else.

use crate::answer::{Answer, Failure};
use crate::change;
use crate::deed::{Deed, Due};
use crate::figures::{Rows, Time};
use crate::settings;
use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use ballast::instructions::Proposal;
use ballast::instructions::reserve_init::price_source;
use ballast::state::{Change, MarketSettings};
use ballast_client::accounts::Undecodable;
use ballast_client::snapshot::{ListedReserve, ReadError};
use ballast_client::{Asset, Chain, Found, TransactionRefusal, Snapshot, ChangeTarget, addresses, refusal};
use ballast_config::{MarketFile, ReserveSection};
use ballast_core::op::change_execute::check;
use ballast_core::pool::Pool;
use ballast_core::settings::{Settings, Tightening};
use bytemuck::bytes_of;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// One instruction.
#[derive(Serialize)]
pub struct Step {
    /// "market", or the symbol.
    pub of: String,
    pub instruction: &'static str,
    /// When it is in force at the earliest; none: at once.
    pub not_before: Option<Time>,
    pub fields: Vec<Field>,
    /// The program's sentence, where it would refuse.
    pub refused: Option<String>,
    pub note: Option<String>,
    #[serde(skip)]
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub from: Option<String>,
    pub to: String,
}

#[derive(Serialize)]
pub struct Plan {
    pub market: String,
    pub steps: Vec<Step>,
    /// What the chain has and the file does not say, and what is already under way.
    pub notes: Vec<String>,
}

/// A file and the chain, side by side.
struct Comparison<'a> {
    file: &'a MarketFile,
    market: &'a Snapshot,
    queued: &'a [Found<Change>],
}

/// With the status [`Answer::REFUSED`] where the program would refuse a step.
pub fn answer<C: Chain>(chain: &C, file: &Path) -> Result<Answer, Failure> {
    let plan = read(chain, &MarketFile::read(file)?)?;
    Ok(Answer { status: plan.status(), ..Answer::new(plan)? })
}

pub fn read<C: Chain>(chain: &C, file: &MarketFile) -> Result<Plan, Failure> {
    let config = addresses::config_address(&file.market.creator);
    match Snapshot::read(chain, &config) {
        Ok(market) => {
            let queued = market.changes(chain)?;
            compare(file, &market, &queued)
        }
        Err(ReadError::Account { address, reason: Undecodable::Missing }) if address == config => opening(file),
        Err(error) => Err(error.into()),
    }
}

/// A market that is not there yet: opened and set up without a delay, which is set at last.
fn opening(file: &MarketFile) -> Result<Plan, Failure> {
    let market = addresses::config_address(&file.market.creator);
    let settings = file.market.settings()?;
    let without_delay = MarketSettings { change_delay_secs: 0, ..settings };
    let init = Deed::Init { creator: file.market.creator, settings: without_delay };
    let mut steps = vec![step("market", init, changed(None, &settings::of_market(&without_delay)))];
    for reserve in &file.reserves {
        steps.extend(listing(file, &market, reserve, None)?);
    }
    let delay = changed(Some(&settings::of_market(&without_delay)), &settings::of_market(&settings));
    if !delay.is_empty() {
        steps.push(Step { instruction: "change_propose", ..step("market", Deed::None, delay) });
    }
    let notes = vec!["the market does not exist; until its delay is set, changes wait for nothing".to_owned()];
    Ok(Plan { market: market.to_string(), steps, notes })
}

pub fn compare(file: &MarketFile, market: &Snapshot, queued: &[Found<Change>]) -> Result<Plan, Failure> {
    let comparison = Comparison { file, market, queued };
    let mut steps = Vec::new();
    for (number, reserve) in file.reserves.iter().enumerate() {
        let listed = market.reserves.iter().find(|listed| listed.reserve.state.mint == reserve.mint);
        match listed {
            None => steps.extend(listing(file, &market.config.address, reserve, comparison.after())?),
            Some(listed) => steps.extend(comparison.reserve(number, reserve, listed)?),
        }
    }
    if let Some(terms) = comparison.terms(&file.market.settings()?) {
        // What sets the delay comes last: all that is proposed behind it waits.
        let at = if market.config.state.market.change_delay_secs == 0 { steps.len() } else { 0 };
        steps.insert(at, terms);
    }
    let named = |listed: &&ListedReserve| file.reserves.iter().any(|reserve| reserve.mint == listed.reserve.state.mint);
    let unnamed = market.reserves.iter().filter(|listed| !named(listed));
    let mut notes: Vec<_> = unnamed
        .map(|listed| format!("the file does not name {}, which is listed", listed.reserve.state.mint))
        .collect();
    let planned = |address: Address| {
        steps.iter().any(|step| matches!(step.deed, Deed::Execute { change, .. } if change == address))
    };
    notes.extend(queued.iter().filter(|queued| !planned(queued.address)).map(|queued| {
        let (state, at) = (change::state(market, &queued.state), Time(queued.state.executable_at));
        format!("change {} of {} is queued for {at} ({state})", queued.address, queued.state.target)
    }));
    Ok(Plan { market: market.config.address.to_string(), steps, notes })
}

impl Comparison<'_> {
    /// When a change that is proposed now can be executed.
    fn after(&self) -> Option<Time> {
        let delay = i64::try_from(self.market.config.state.market.change_delay_secs).unwrap_or(i64::MAX);
        (delay > 0).then(|| Time(self.market.moment.unix_timestamp.saturating_add(delay)))
    }

    fn terms(&self, to: &MarketSettings) -> Option<Step> {
        let from = &self.market.config.state.market;
        let fields = changed(Some(&settings::of_market(from)), &settings::of_market(to));
        let refused = to.validate().and_then(|()| to.check_step(from)).err().map(sentence);
        let proposal = Proposal::Market { market: *to };
        let proposed = Step { refused, ..self.change("market", ChangeTarget::Market, proposal, fields) };
        (!proposed.fields.is_empty()).then_some(proposed)
    }

    /// Proposed, or, where it waits already, executed.
    fn change(&self, of: &str, target: ChangeTarget, proposal: Proposal, fields: Vec<Field>) -> Step {
        let waiting = self.queued.iter().find(|queued| self.is_queued(&queued.state, target, &proposal));
        let Some(waiting) = waiting else {
            let number = self.free_number();
            let propose = Deed::Propose { target, number, proposal };
            return Step { not_before: self.after(), ..step(of, propose, fields) };
        };
        let is_due = if change::state(self.market, &waiting.state) == "waiting" { Due::Later } else { Due::Now };
        let new_price = (waiting.state.kind == Change::FEED).then_some(waiting.state.source.account);
        let execute = Deed::Execute { change: waiting.address, target, new_price, is_due };
        let not_before = (is_due == Due::Later).then_some(Time(waiting.state.executable_at));
        Step { not_before, ..step(of, execute, fields) }
    }

    /// Whether this is what a queued change says, and it can still be executed.
    fn is_queued(&self, queued: &Change, target: ChangeTarget, proposal: &Proposal) -> bool {
        let address = match target {
            ChangeTarget::Market => self.market.config.address,
            ChangeTarget::Reserve(reserve) => reserve,
        };
        let same = match proposal {
            Proposal::Settings { settings, ramp_secs } => {
                queued.kind == Change::SETTINGS
                    && queued.ramp_secs == u64::from(*ramp_secs)
                    && bytes_of(&queued.settings) == bytes_of(settings)
            }
            Proposal::Feed { feed } => {
                let source = price_source(*feed);
                queued.kind == Change::FEED && source.is_ok_and(|source| bytes_of(&queued.source) == bytes_of(&source))
            }
            Proposal::Market { market } => {
                queued.kind == Change::MARKET && bytes_of(&queued.market) == bytes_of(market)
            }
        };
        same && queued.target == address && change::state(self.market, queued) != "obsolete"
    }

    /// The lowest that no change has.
    fn free_number(&self) -> u64 {
        let config = &self.market.config.address;
        let taken = |number: &u64| {
            let address = addresses::change_address(config, *number);
            self.queued.iter().any(|queued| queued.address == address)
        };
        (0..).find(|number| !taken(number)).unwrap_or(u64::MAX)
    }

    fn reserve(&self, number: usize, reserve: &ReserveSection, listed: &ListedReserve) -> Result<Vec<Step>, Failure> {
        let (state, to) = (&listed.reserve.state, self.file.settings(reserve)?);
        let target = ChangeTarget::Reserve(listed.reserve.address);
        let mut pool = state.pool;
        let mut steps = Vec::new();
        let tightening = tightening(&pool, &to);
        // Nothing rises, so nothing is refused.
        let _ = pool.settings.tighten(&tightening);
        let fields = changed(Some(&settings::of_reserve(&state.pool.settings)), &settings::of_reserve(&pool.settings));
        if !fields.is_empty() {
            let tighten = Deed::Tighten { reserve: listed.reserve.address, to: tightening };
            steps.push(step(&reserve.symbol, tighten, fields));
        }
        let fields = changed(Some(&settings::of_reserve(&pool.settings)), &settings::of_reserve(&to));
        if !fields.is_empty() {
            let refused = check(&pool, &to, reserve.ramp_secs, &self.market.config.state.market.terms).err();
            let refused = refused.map(|refusal| TransactionRefusal::from(BallastError::from(refusal)).sentence);
            let note = ramps(&pool, &to).then(|| format!("ramps over {} s from its execution", reserve.ramp_secs));
            let proposal = Proposal::Settings { settings: to, ramp_secs: reserve.ramp_secs };
            steps.push(Step { refused, note, ..self.change(&reserve.symbol, target, proposal, fields) });
        }
        if let Some(feed) = self.feed(reserve, listed) {
            // Each makes a change of the other's target obsolete that was proposed before it.
            let deed = if steps.is_empty() { feed.deed } else { Deed::None };
            steps.push(Step { deed, ..feed });
        }
        steps.extend(fixed(number, reserve, listed));
        Ok(steps)
    }

    fn feed(&self, reserve: &ReserveSection, listed: &ListedReserve) -> Option<Step> {
        let from = &listed.reserve.state.source;
        let to = price_source(reserve.price_feed());
        let account = match &to {
            Ok(to) if to.account == from.account && to.feed_id == from.feed_id => return None,
            Ok(to) => to.account.to_string(),
            Err(_) => "none".to_owned(),
        };
        let fields = vec![Field { name: "price_account", from: Some(from.account.to_string()), to: account }];
        let target = ChangeTarget::Reserve(listed.reserve.address);
        let proposal = Proposal::Feed { feed: reserve.price_feed() };
        let note = "executed only while the new feed is alive and agrees with the last mark; not beside other changes";
        let change = self.change(&reserve.symbol, target, proposal, fields);
        Some(Step { refused: to.err().map(sentence), note: Some(note.to_owned()), ..change })
    }
}

/// What no instruction changes.
fn fixed(number: usize, reserve: &ReserveSection, listed: &ListedReserve) -> Option<Step> {
    let state = &listed.reserve.state;
    let fixed = [
        // Of the file's symbols the program knows the numbers alone.
        ("number", state.pool.listing_number.to_string(), number.to_string()),
        ("token_program", state.token_program.to_string(), reserve.token_program.address().to_string()),
        ("decimals", state.pool.decimals.to_string(), reserve.decimals.to_string()),
        ("accepted_powers", state.accepted_powers.to_string(), reserve.power_bits().to_string()),
    ];
    let fixed = fixed.into_iter().filter(|(_, is, says)| is != says);
    let fields: Vec<_> = fixed.map(|(name, from, to)| Field { name, from: Some(from), to }).collect();
    let refused = Some("No instruction changes this; list the mint in another market.".to_owned());
    (!fields.is_empty()).then(|| Step { refused, ..step(&reserve.symbol, Deed::None, fields) })
}

/// An asset that is not listed: listed closed at once, and opened by a change.
fn listing(file: &MarketFile, config: &Address, reserve: &ReserveSection, after: Option<Time>) -> Result<[Step; 2], Failure> {
    let to = file.settings(reserve)?;
    let (feed, accepted_powers) = (reserve.price_feed(), reserve.power_bits());
    let source = price_source(feed);
    let mint = Field { name: "mint", from: None, to: reserve.mint.to_string() };
    let price =
        source.as_ref().ok().map(|source| Field { name: "price_account", from: None, to: source.account.to_string() });
    let fields = [Some(mint), price].into_iter().flatten().collect();
    let listed = match source {
        Ok(source) => {
            let asset = Asset::new(config, reserve.mint, reserve.token_program.address(), source.account);
            step(&reserve.symbol, Deed::List { asset, feed, accepted_powers }, fields)
        }
        Err(error) => Step { refused: Some(sentence(error)), ..step(&reserve.symbol, Deed::None, fields) },
    };
    let fields = changed(Some(&settings::of_reserve(&Settings::CLOSED)), &settings::of_reserve(&to));
    // Proposed when the reserve is there, which the next plan sees.
    let opened = Step { instruction: "change_propose", ..step(&reserve.symbol, Deed::None, fields) };
    Ok([Step { instruction: "reserve_init", ..listed }, Step { not_before: after, ..opened }])
}

/// As low as it may be set at once.
fn tightening(pool: &Pool, to: &Settings) -> Tightening {
    let Settings { risk, limits, .. } = pool.settings;
    // Nothing lives in a closed reserve that could be in a hurry, and its first settings are one change.
    let to = if pool.opened_at == 0 { &pool.settings } else { to };
    Tightening {
        ltv_bps: risk.ltv_bps.min(to.risk.ltv_bps),
        max_utilization_bps: limits.max_utilization_bps.min(to.limits.max_utilization_bps),
        supply_cap_atoms: limits.supply_cap_atoms.min(to.limits.supply_cap_atoms),
        borrow_cap_atoms: limits.borrow_cap_atoms.min(to.limits.borrow_cap_atoms),
        collateral_cap_usd: limits.collateral_cap_usd.min(to.limits.collateral_cap_usd),
        allowed_debts: limits.allowed_debts & to.limits.allowed_debts,
    }
}

/// Whether borrowers get less healthy by it.
fn ramps(pool: &Pool, to: &Settings) -> bool {
    let from = pool.settings.risk;
    pool.opened_at != 0
        && (to.risk.liquidation_threshold_bps < from.liquidation_threshold_bps
            || to.risk.borrow_factor_bps > from.borrow_factor_bps)
}

fn step(of: &str, deed: Deed, fields: Vec<Field>) -> Step {
    let instruction = deed.instruction();
    Step { of: of.to_owned(), instruction, not_before: None, fields, refused: None, note: None, deed }
}

impl Plan {
    pub fn status(&self) -> u8 {
        if self.steps.iter().any(|step| step.refused.is_some()) { Answer::REFUSED } else { Answer::DONE }
    }

    /// What can be done now, the first of it.
    pub fn due(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.deed.is_due())
    }
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
            writeln!(f, "  is as the file says: nothing to do")?;
        }
        for Step { of, instruction, not_before, fields, refused, note, deed } in &self.steps {
            let when = match (not_before, deed) {
                (None, _) => "at once".to_owned(),
                (Some(time), Deed::Execute { .. }) => format!("not before {time}"),
                (Some(time), _) => format!("not before {time}, if proposed now"),
            };
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
