//! The live text: one line as each thing happens, within 100 columns, complete without color.

use crate::figures::{AssetAmount, HealthFactor, dollars, price, sparkline};
use crate::moment::{LiquidationMoment, StoryMoment, UtcTime, WatchedLine};
use crate::path::PricePath;
use crate::scenario::{ASSETS, BTC, SOL, USDC};
use anstyle::{AnsiColor, Style};
use std::io::{Result, Write};
use std::time::Duration;

pub const BOLD: Style = Style::new().bold();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

const CHART_WIDTH: usize = 60;
/// About how many rows of prices and health to show, however many steps there are.
const ROWS: usize = 14;
const DAY_SECS: i64 = 86_400;

pub struct Live<'a, W: Write> {
    out: &'a mut W,
    pace: Duration,
    /// Shows a row every so many steps.
    every: usize,
    steps: usize,
    shown: usize,
    /// The row of the current step, until it is shown.
    row: Option<String>,
    with_date: bool,
    /// The heading above the current lines.
    section: &'static str,
}

/// Writes a heading.
pub fn heading(out: &mut impl Write, text: &str) -> Result<()> {
    writeln!(out, "\n{BOLD}{text}{BOLD:#}")
}

impl<'a, W: Write> Live<'a, W> {
    pub fn new(out: &'a mut W, pace: Duration, path: &PricePath) -> Self {
        let steps = path.steps.len();
        let with_date = path.span_secs() >= DAY_SECS;
        Self { out, pace, every: steps.div_ceil(ROWS).max(1), steps, shown: 0, row: None, with_date, section: "" }
    }

    pub fn show(&mut self, moment: &StoryMoment) -> Result<()> {
        match moment {
            StoryMoment::Opened { .. } => self.opened(moment),
            StoryMoment::Listed { .. } => self.listed(moment),
            StoryMoment::Supplied { who, amounts } => {
                self.section("2. Lenders supply", "")?;
                writeln!(self.out, "  {who:<5} supplies {}", list(amounts))
            }
            StoryMoment::Borrowed { .. } => self.borrowed(moment),
            StoryMoment::Accrued { .. } => self.accrued(moment),
            StoryMoment::Started { borrowers, charts } => self.started(borrowers, charts),
            StoryMoment::Priced { time, prices, healths } => self.priced(*time, prices, healths),
            StoryMoment::Crossed { time, who, line, before, now } => self.crossed(*time, who, *line, *before, *now),
            StoryMoment::Repaid { time, who, amounts, before, after } => {
                let text = format!("{who} repays {}", list(amounts));
                self.event(*time, GOOD, "repaid", &text, &format!("{before} -> {after}"))
            }
            StoryMoment::Liquidated(liquidation) => self.liquidated(liquidation),
            StoryMoment::Unserved { time, who, reason } => {
                self.event(*time, BAD, "unserved", &format!("{who}: nobody liquidates: {reason}"), "")
            }
            StoryMoment::Left { who, repaid, withdrew, empty } => self.left(who, repaid, withdrew, *empty),
        }
    }

    fn section(&mut self, name: &'static str, note: &str) -> Result<()> {
        if self.section == name {
            return Ok(());
        }
        self.section = name;
        heading(self.out, name)?;
        if note.is_empty() { Ok(()) } else { writeln!(self.out, "{DIM}{note}{DIM:#}") }
    }

    fn opened(&mut self, moment: &StoryMoment) -> Result<()> {
        let StoryMoment::Opened { program, program_bytes, source, from, to, steps } = moment else { return Ok(()) };
        writeln!(self.out, "{BOLD}Ballast: a lending market lives through a crash{BOLD:#}")?;
        let size = crate::figures::grouped(&program_bytes.to_string());
        writeln!(self.out, "  program  {program}, {size} bytes, in an embedded Solana VM")?;
        let until = if self.with_date { self.clock(*to) } else { to.clock() };
        writeln!(self.out, "  prices   {source}")?;
        writeln!(self.out, "           {steps} steps, {} {} to {until} UTC", from.date(), from.clock())
    }

    fn listed(&mut self, moment: &StoryMoment) -> Result<()> {
        let StoryMoment::Listed { symbol, price: at, decimals, ltv_bps, liquidation_threshold_bps } = moment else {
            return Ok(());
        };
        self.section("1. A market opens", "  asset      price, $   decimals   loans up to   liquidated from")?;
        let percent = |bps: u16| format!("{} %", bps / 100);
        let (lends, line) = (percent(*ltv_bps), percent(*liquidation_threshold_bps));
        writeln!(self.out, "  {symbol:<5} {:>12} {decimals:>10} {lends:>13} {line:>18}", price(*at))
    }

    fn borrowed(&mut self, moment: &StoryMoment) -> Result<()> {
        let StoryMoment::Borrowed { who, story, collateral, debts, health } = moment else { return Ok(()) };
        let note = "  health = collateral value x liquidation threshold / debt value";
        self.section("3. Borrowers add collateral and borrow", note)?;
        let what = format!("{} for {}", list(collateral), list(debts));
        writeln!(self.out, "  {who:<5} {what:<51} health {health}  {DIM}{story}{DIM:#}")
    }

    fn accrued(&mut self, moment: &StoryMoment) -> Result<()> {
        let StoryMoment::Accrued { symbol, utilization_bps, borrow_rate_bps, interest, earned, .. } = moment else {
            return Ok(());
        };
        self.section(
            "4. A quiet week: interest runs",
            "  asset   lent out   rate a year   borrowers owe more   lenders own more",
        )?;
        let percent = |bps: u16| format!("{}.{:02} %", bps / 100, bps % 100);
        let (lent, rate) = (percent(*utilization_bps), percent(*borrow_rate_bps));
        let (interest, earned) = (interest.to_string(), earned.to_string());
        writeln!(self.out, "  {symbol:<5} {lent:>10} {rate:>13} {interest:>20} {earned:>18}")
    }

    fn started(&mut self, borrowers: &[&str], charts: &[Vec<f64>]) -> Result<()> {
        self.section("5. Prices move", "")?;
        for asset in [SOL, BTC, USDC] {
            let (symbol, values) = (ASSETS[asset].symbol, &charts[asset]);
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let (Some(first), Some(last)) = (values.first(), values.last()) else { continue };
            let chart = sparkline(values, CHART_WIDTH);
            let low = price(low);
            writeln!(self.out, "  {symbol:<4} {:>9} {chart} {:<9} low {low}", price(*first), price(*last))?;
        }
        writeln!(self.out, "\n  Health of each borrower; ! below 1.10: warned, x below 1.00: anybody may liquidate")?;
        let width = if self.with_date { 11 } else { 5 };
        let mut header = format!("{:<width$}{:>8}{:>9}{:>8} ", "UTC", "SOL", "BTC", "USDC");
        for name in borrowers {
            header += &format!("{name:>6} ");
        }
        writeln!(self.out, "  {BOLD}{}{BOLD:#}", header.trim_end())
    }

    fn priced(&mut self, time: UtcTime, prices: &[f64; ASSETS.len()], healths: &[Option<HealthFactor>]) -> Result<()> {
        self.shown += 1;
        let clock = self.clock(time);
        let [sol, btc, usdc] = [SOL, BTC, USDC].map(|asset| price(prices[asset]));
        let mut row = format!("  {clock} {sol:>7} {btc:>8} {usdc:>7} ");
        for health in healths {
            let (style, mark) = match health {
                Some(health) if *health < HealthFactor::CALL => (BAD, 'x'),
                Some(health) if *health < HealthFactor::WARNING => (WARN, '!'),
                _ => (Style::new(), ' '),
            };
            let text = match health {
                Some(health) if health.has_debt() => health.to_string(),
                Some(_) => "-".to_owned(),
                None => "?".to_owned(),
            };
            row += &format!("{style}{text:>6}{mark}{style:#}");
        }
        self.row = Some(row);
        if (self.shown - 1).is_multiple_of(self.every) || self.shown == self.steps {
            self.show_row()?;
        }
        std::thread::sleep(self.pace);
        Ok(())
    }

    /// Shows the row of the current step, once.
    fn show_row(&mut self) -> Result<()> {
        let Some(row) = self.row.take() else { return Ok(()) };
        writeln!(self.out, "{}", row.trim_end())?;
        self.out.flush()
    }

    fn crossed(
        &mut self,
        time: UtcTime,
        who: &str,
        line: WatchedLine,
        before: HealthFactor,
        now: HealthFactor,
    ) -> Result<()> {
        // At the first step there is no health before.
        let way = if before == now { now.to_string() } else { format!("{before} -> {now}") };
        if line == WatchedLine::Warning {
            return self.event(
                time,
                WARN,
                "warning",
                &format!("{who}: below 1.10, time to add collateral or to repay"),
                &way,
            );
        }
        self.show_row()?;
        self.event(time, BAD, "call", &format!("{who}: below 1.00, anybody may liquidate"), &way)
    }

    fn liquidated(&mut self, l: &LiquidationMoment) -> Result<()> {
        let text = format!("{}: {} repays {} for {}, bonus {} bps", l.who, l.by, l.repaid, l.seized, l.bonus_bps);
        let way = format!("{} -> {}", l.health_before, l.health_after);
        self.event(l.time, BOLD, "liquidated", &text, &way)?;
        if l.bad_debt.atoms == 0 {
            return Ok(());
        }
        let text = format!("{}: {} of debt that no collateral pays", l.who, l.bad_debt);
        self.event(l.time, BAD, "write-off", &text, "")
    }

    fn event(&mut self, time: UtcTime, style: Style, kind: &str, text: &str, way: &str) -> Result<()> {
        let clock = self.clock(time);
        let line = format!("  {clock}  {style}{kind:<10}{style:#} {text:<61} {way}");
        writeln!(self.out, "{}", line.trim_end())?;
        self.out.flush()
    }

    fn left(&mut self, who: &str, repaid: &[AssetAmount], withdrew: &[AssetAmount], empty: bool) -> Result<()> {
        self.section("6. Everybody leaves: debts are repaid, collateral and supply withdrawn", "")?;
        let repaid = if repaid.is_empty() { String::new() } else { format!("repays {}; ", list(repaid)) };
        let withdrew = if withdrew.is_empty() { "nothing".to_owned() } else { list(withdrew) };
        let rest = if empty { "" } else { "; the rest stays" };
        writeln!(self.out, "  {who:<5} {repaid}withdraws {withdrew}{rest}")
    }

    fn clock(&self, time: UtcTime) -> String {
        if self.with_date { format!("{} {}", &time.date()[5..], time.clock()) } else { time.clock() }
    }
}

fn list(amounts: &[AssetAmount]) -> String {
    amounts.iter().map(AssetAmount::to_string).collect::<Vec<_>>().join(" + ")
}

/// Formats dollars for the tables of the report.
pub fn whole_dollars(value: f64) -> String {
    if value == 0.0 { "-".to_owned() } else { dollars(value) }
}
