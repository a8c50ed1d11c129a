//! `config plan`: the steps that would make the chain match a file, and which of them the program would refuse. The
//! program's own functions judge that. `config apply` does exactly the actions of these steps.

use crate::answer::{Answer, CommandError};
use crate::change::{self, ChangeStatus};
use crate::figures::{Rows, UnixTime};
use crate::settings;
use crate::step::{Due, StepAction};
use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use ballast::instructions::Proposal;
use ballast::instructions::reserve_init::price_source;
use ballast::state::{Change, MarketSettings};
use ballast::symbol::symbol_text;
use ballast_client::accounts::Undecodable;
use ballast_client::snapshot::{PricedReserve, ReadError};
use ballast_client::{Asset, Chain, ChangeTarget, Found, Snapshot, TransactionRefusal, addresses, refusal};
use ballast_config::{MarketFile, ReserveSection};
use ballast_core::op::change_propose::change_propose;
use ballast_core::pool::Pool;
use ballast_core::settings::{Settings, Tightening};
use bytemuck::bytes_of;
use serde::{Serialize, Serializer};
use std::fmt;
use std::path::Path;

/// One instruction, or a difference that no instruction removes.
#[derive(Serialize)]
pub struct PlanStep {
    /// "market", or the symbol of the reserve.
    pub of: String,
    #[serde(rename = "instruction")]
    pub action: StepAction,
    /// The earliest time at which the fields can be in force; none if at once.
    pub not_before: Option<UnixTime>,
    pub fields: Vec<FieldDiff>,
    /// Why the program would refuse the step.
    pub refused: Option<String>,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDiff {
    pub name: &'static str,
    pub from: Option<String>,
    pub to: String,
}

#[derive(Serialize)]
pub struct ConfigPlan {
    #[serde(serialize_with = "as_text")]
    pub market: Address,
    pub steps: Vec<PlanStep>,
    /// What the chain has and the file does not name, and the changes that are already queued.
    pub notes: Vec<String>,
}

fn as_text<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}

/// A file and the chain, to be compared.
struct Comparison<'a> {
    file: &'a MarketFile,
    market: &'a Snapshot,
    queued: &'a [Found<Change>],
}

/// Answers with the plan. The status is [`Answer::REFUSED`] if the program would refuse a step.
pub fn answer<C: Chain>(chain: &C, file: &Path) -> Result<Answer, CommandError> {
    let plan = read(chain, &MarketFile::read(file)?)?;
    Ok(Answer { status: plan.status(), ..Answer::new(plan)? })
}

pub fn read<C: Chain>(chain: &C, file: &MarketFile) -> Result<ConfigPlan, CommandError> {
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

/// Plans a market that does not exist. It is opened and set up without a delay; the last step sets the delay.
fn opening(file: &MarketFile) -> Result<ConfigPlan, CommandError> {
    let market = addresses::config_address(&file.market.creator);
    let settings = file.market.settings()?;
    let without_delay = MarketSettings { change_delay_secs: 0, ..settings };
    let init = StepAction::Init { creator: file.market.creator, settings: without_delay };
    let mut steps = vec![step("market", init, changed(None, &settings::of_market(&without_delay)))];
    for reserve in &file.reserves {
        steps.extend(listing(file, &market, reserve, None)?);
    }
    let delay = changed(Some(&settings::of_market(&without_delay)), &settings::of_market(&settings));
    if !delay.is_empty() {
        steps.push(step("market", StepAction::Blocked("change_propose"), delay));
    }
    let notes =
        vec!["the market does not exist; until its delay is set, changes are executed without notice".to_owned()];
    Ok(ConfigPlan { market, steps, notes })
}

pub fn compare(file: &MarketFile, market: &Snapshot, queued: &[Found<Change>]) -> Result<ConfigPlan, CommandError> {
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
        // The step that sets the delay comes last, because every change that is proposed after it waits.
        let at = if market.config.state.market.change_delay_secs == 0 { steps.len() } else { 0 };
        steps.insert(at, terms);
    }
    let named = |listed: &&PricedReserve| file.reserves.iter().any(|reserve| reserve.mint == listed.reserve.state.mint);
    let unnamed = market.reserves.iter().filter(|listed| !named(listed));
    let mut notes: Vec<_> = unnamed
        .map(|listed| format!("the file does not name {}, which is listed", listed.reserve.state.mint))
        .collect();
    let planned = |address: Address| {
        steps.iter().any(|step| matches!(step.action, StepAction::Execute { change, .. } if change == address))
    };
    notes.extend(queued.iter().filter(|queued| !planned(queued.address)).map(|queued| {
        let (status, at) = (change::status(market, &queued.state), UnixTime(queued.state.executable_at));
        format!("change {} of {} is queued for {at} ({status})", queued.address, queued.state.target)
    }));
    Ok(ConfigPlan { market: market.config.address, steps, notes })
}

impl Comparison<'_> {
    /// Returns when a change that is proposed now can be executed.
    fn after(&self) -> Option<UnixTime> {
        let delay = i64::try_from(self.market.config.state.market.change_delay_secs).unwrap_or(i64::MAX);
        (delay > 0).then(|| UnixTime(self.market.moment.unix_timestamp.saturating_add(delay)))
    }

    fn terms(&self, to: &MarketSettings) -> Option<PlanStep> {
        let from = &self.market.config.state.market;
        let fields = changed(Some(&settings::of_market(from)), &settings::of_market(to));
        let refused = to.validate().and_then(|()| to.check_step(from)).err().map(sentence);
        let proposal = Proposal::Market { market: *to };
        let proposed = PlanStep { refused, ..self.change("market", ChangeTarget::Market, proposal, fields) };
        (!proposed.fields.is_empty()).then_some(proposed)
    }

    /// Plans to propose a change, or to execute it if it is already queued.
    fn change(&self, of: &str, target: ChangeTarget, proposal: Proposal, fields: Vec<FieldDiff>) -> PlanStep {
        let waiting = self.queued.iter().find(|queued| self.is_queued(&queued.state, target, &proposal));
        let Some(waiting) = waiting else {
            let number = self.free_number();
            let propose = StepAction::Propose { target, number, proposal };
            return PlanStep { not_before: self.after(), ..step(of, propose, fields) };
        };
        let due = match change::status(self.market, &waiting.state) {
            ChangeStatus::Waiting => Due::Later,
            ChangeStatus::Executable | ChangeStatus::Obsolete => Due::Now,
        };
        let new_price = (waiting.state.kind == Change::FEED).then_some(waiting.state.source.account);
        let execute = StepAction::Execute { change: waiting.address, target, new_price, due };
        let not_before = (due == Due::Later).then_some(UnixTime(waiting.state.executable_at));
        PlanStep { not_before, ..step(of, execute, fields) }
    }

    /// Whether a queued change makes this proposal and can still be executed.
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
        same && queued.target == address && change::status(self.market, queued) != ChangeStatus::Obsolete
    }

    /// Returns the lowest number that no queued change has.
    fn free_number(&self) -> u64 {
        let config = &self.market.config.address;
        let taken = |number: &u64| {
            let address = addresses::change_address(config, *number);
            self.queued.iter().any(|queued| queued.address == address)
        };
        (0..).find(|number| !taken(number)).unwrap_or(u64::MAX)
    }

    fn reserve(
        &self,
        number: usize,
        reserve: &ReserveSection,
        listed: &PricedReserve,
    ) -> Result<Vec<PlanStep>, CommandError> {
        let (state, to) = (&listed.reserve.state, self.file.settings(reserve)?);
        let target = ChangeTarget::Reserve(listed.reserve.address);
        let mut pool = state.pool;
        let mut steps = Vec::new();
        let tightening = tightening(&pool, &to);
        // The tightening raises no limit, so it is not refused.
        let _ = pool.settings.tighten(&tightening);
        let fields = changed(Some(&settings::of_reserve(&state.pool.settings)), &settings::of_reserve(&pool.settings));
        if !fields.is_empty() {
            let tighten = StepAction::Tighten { reserve: listed.reserve.address, to: tightening };
            steps.push(step(&reserve.symbol, tighten, fields));
        }
        let fields = changed(Some(&settings::of_reserve(&pool.settings)), &settings::of_reserve(&to));
        if !fields.is_empty() {
            let (terms, now) = (&self.market.config.state.market.terms, self.market.moment.unix_timestamp);
            let refused = change_propose(&pool, &to, reserve.ramp_secs, terms, now).err();
            let refused = refused.map(|refusal| TransactionRefusal::from(BallastError::from(refusal)).sentence);
            let note = ramps(&pool, &to).then(|| format!("ramps over {} s from its execution", reserve.ramp_secs));
            let proposal = Proposal::Settings { settings: to, ramp_secs: reserve.ramp_secs };
            steps.push(PlanStep { refused, note, ..self.change(&reserve.symbol, target, proposal, fields) });
        }
        if let Some(feed) = self.feed(reserve, listed) {
            // Executing any change of a reserve makes its other queued changes obsolete, so the feed is proposed last.
            let blocked = StepAction::Blocked(feed.action.instruction());
            steps.push(if steps.is_empty() { feed } else { PlanStep { action: blocked, ..feed } });
        }
        steps.extend(fixed(number, reserve, listed));
        Ok(steps)
    }

    fn feed(&self, reserve: &ReserveSection, listed: &PricedReserve) -> Option<PlanStep> {
        let from = &listed.reserve.state.source;
        let to = price_source(reserve.price_feed());
        let account = match &to {
            Ok(to) if to.account == from.account && to.feed_id == from.feed_id => return None,
            Ok(to) => to.account.to_string(),
            Err(_) => "none".to_owned(),
        };
        let fields = vec![FieldDiff { name: "price_account", from: Some(from.account.to_string()), to: account }];
        let target = ChangeTarget::Reserve(listed.reserve.address);
        let proposal = Proposal::Feed { feed: reserve.price_feed() };
        let note =
            "executable only while the new feed is fresh and agrees with the last mark, and not beside other changes";
        let change = self.change(&reserve.symbol, target, proposal, fields);
        Some(PlanStep { refused: to.err().map(sentence), note: Some(note.to_owned()), ..change })
    }
}

/// Reports the differences that no instruction removes.
fn fixed(number: usize, reserve: &ReserveSection, listed: &PricedReserve) -> Option<PlanStep> {
    let state = &listed.reserve.state;
    let fixed = [
        // The program knows the assets of `allowed_debts` by these numbers.
        ("number", state.pool.listing_number.to_string(), number.to_string()),
        ("token_program", state.token_program.to_string(), reserve.token_program.address().to_string()),
        ("decimals", state.pool.decimals.to_string(), reserve.decimals.to_string()),
        ("symbol", symbol_text(&state.symbol).to_owned(), reserve.symbol.clone()),
        ("accepted_powers", state.accepted_powers.to_string(), reserve.power_bits().to_string()),
    ];
    let fixed = fixed.into_iter().filter(|(_, is, says)| is != says);
    let fields: Vec<_> = fixed.map(|(name, from, to)| FieldDiff { name, from: Some(from), to }).collect();
    let refused = Some("No instruction changes this; list the mint in another market.".to_owned());
    (!fields.is_empty()).then(|| PlanStep { refused, ..step(&reserve.symbol, StepAction::Impossible, fields) })
}

/// Plans an asset that is not listed. It is listed closed at once, and a change opens it.
fn listing(
    file: &MarketFile,
    config: &Address,
    reserve: &ReserveSection,
    after: Option<UnixTime>,
) -> Result<[PlanStep; 2], CommandError> {
    let to = file.settings(reserve)?;
    let (feed, accepted_powers) = (reserve.price_feed(), reserve.power_bits());
    let symbol = reserve.chain_symbol()?;
    let source = price_source(feed);
    let mint = FieldDiff { name: "mint", from: None, to: reserve.mint.to_string() };
    let price = source.as_ref().ok().map(|source| FieldDiff {
        name: "price_account",
        from: None,
        to: source.account.to_string(),
    });
    let fields = [Some(mint), price].into_iter().flatten().collect();
    let listed = match source {
        Ok(source) => {
            let asset = Asset::new(config, reserve.mint, reserve.token_program.address(), source.account);
            step(&reserve.symbol, StepAction::List { asset, feed, accepted_powers, symbol }, fields)
        }
        Err(error) => {
            let blocked = step(&reserve.symbol, StepAction::Blocked("reserve_init"), fields);
            PlanStep { refused: Some(sentence(error)), ..blocked }
        }
    };
    let fields = changed(Some(&settings::of_reserve(&Settings::CLOSED)), &settings::of_reserve(&to));
    // The next plan proposes it, once the reserve exists.
    let opened = step(&reserve.symbol, StepAction::Blocked("change_propose"), fields);
    Ok([listed, PlanStep { not_before: after, ..opened }])
}

/// Returns the lowest limits on the way to `to` that can be set at once.
fn tightening(pool: &Pool, to: &Settings) -> Tightening {
    let Settings { risk, limits, .. } = pool.settings;
    // A closed reserve holds nothing to protect, and its first settings are one change.
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

/// Whether the change makes borrowers less healthy, so that it ramps.
fn ramps(pool: &Pool, to: &Settings) -> bool {
    let from = pool.settings.risk;
    pool.opened_at != 0
        && (to.risk.liquidation_threshold_bps < from.liquidation_threshold_bps
            || to.risk.borrow_factor_bps > from.borrow_factor_bps)
}

fn step(of: &str, action: StepAction, fields: Vec<FieldDiff>) -> PlanStep {
    PlanStep { of: of.to_owned(), action, not_before: None, fields, refused: None, note: None }
}

impl ConfigPlan {
    pub fn status(&self) -> u8 {
        if self.steps.iter().any(|step| step.refused.is_some()) { Answer::REFUSED } else { Answer::DONE }
    }

    /// Returns the first step that can be done now.
    pub fn due(&self) -> Option<&PlanStep> {
        self.steps.iter().find(|step| step.action.is_due())
    }
}

/// Lists the fields that differ; without `from`, all fields.
fn changed(from: Option<&Rows>, to: &Rows) -> Vec<FieldDiff> {
    let was = |name: &str| from.and_then(|Rows(rows)| rows.iter().find(|row| row.0 == name)).map(|row| row.1.clone());
    let fields = to.0.iter().map(|(name, to)| FieldDiff { name, from: was(name), to: to.clone() });
    fields.filter(|field| field.from.as_ref() != Some(&field.to)).collect()
}

fn sentence(error: Error) -> String {
    refusal::sentence(error).unwrap_or("The program would refuse it.").to_owned()
}

impl fmt::Display for ConfigPlan {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "market {}", self.market)?;
        if self.steps.is_empty() {
            writeln!(f, "  is as the file says: nothing to do")?;
        }
        for PlanStep { of, action, not_before, fields, refused, note } in &self.steps {
            let when = match (not_before, action) {
                (None, _) => "at once".to_owned(),
                (Some(time), StepAction::Execute { .. }) => format!("not before {time}"),
                (Some(time), _) => format!("not before {time}, if proposed now"),
            };
            writeln!(f, "\n{of}: {}, {when}", action.instruction())?;
            for FieldDiff { name, from, to } in fields {
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
