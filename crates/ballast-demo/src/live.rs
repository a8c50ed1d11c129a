//! The live text: a line as each thing happens, within 100 columns, complete without colour.

use crate::figures::{Amount, Health, dollars, price, sparkline};
use crate::moment::{Line, Liquidation, Moment, Time};
use crate::path::Path;
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
/// About so many rows of prices and health, however many steps there are.
const ROWS: usize = 14;
const DAY_SECS: i64 = 86_400;

pub struct Live<'a, W: Write> {
    out: &'a mut W,
    pace: Duration,
    /// Every how many steps a row is shown.
    every: usize,
    steps: usize,
    shown: usize,
    /// The row of the current step while it has not been shown.
    row: Option<String>,
    with_date: bool,
    /// The heading that stands above the current lines.
    section: &'static str,
}

/// A heading with a number, so that a reader knows where the story stands.
pub fn heading(out: &mut impl Write, text: &str) -> Result<()> {
    writeln!(out, "\n{BOLD}{text}{BOLD:#}")
}

impl<'a, W: Write> Live<'a, W> {
    pub fn new(out: &'a mut W, pace: Duration, path: &Path) -> Self {
        let steps = path.steps.len();
        let with_date = path.span_secs() >= DAY_SECS;
        Self { out, pace, every: steps.div_ceil(ROWS).max(1), steps, shown: 0, row: None, with_date, section: "" }
    }

    pub fn tell(&mut self, moment: &Moment) -> Result<()> {
        match moment {
            Moment::Opened { .. } => self.opened(moment),
            Moment::Listed { .. } => self.listed(moment),
            Moment::Supplied { who, amounts } => {
                self.section("2. Lenders supply", "")?;
                writeln!(self.out, "  {who:<5} supplies {}", list(amounts))
            }
            Moment::Borrowed { .. } => self.borrowed(moment),
            Moment::Accrued { .. } => self.accrued(moment),
            Moment::Started { borrowers, charts } => self.started(borrowers, charts),
            Moment::Priced { time, prices, healths } => self.priced(*time, prices, healths),
            Moment::Crossed { time, who, line, before, now } => self.crossed(*time, who, *line, *before, *now),
            Moment::Repaid { time, who, amounts, before, after } => {
                let text = format!("{who} repays {}", list(amounts));
                self.event(*time, GOOD, "repaid", &text, &format!("{before} -> {after}"))
            }
            Moment::Liquidated(liquidation) => self.liquidated(liquidation),
            Moment::Unserved { time, who, reason } => {
                self.event(*time, BAD, "unserved", &format!("{who}: nobody can help, {reason}"), "")
            }
            Moment::Left { who, repaid, withdrew, empty } => self.left(who, repaid, withdrew, *empty),
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

    fn opened(&mut self, moment: &Moment) -> Result<()> {
        let Moment::Opened { program, program_bytes, source, from, to, steps } = moment else { return Ok(()) };
        writeln!(self.out, "{BOLD}Ballast: a lending market lives through a crash{BOLD:#}")?;
        let size = crate::figures::grouped(&program_bytes.to_string());
        writeln!(self.out, "  program  {program}, {size} bytes, in an embedded Solana VM")?;
        let until = if self.with_date { self.clock(*to) } else { to.clock() };
        writeln!(self.out, "  prices   {source}")?;
        writeln!(self.out, "           {steps} steps, {} {} to {until} UTC", from.date(), from.clock())
    }

    fn listed(&mut self, moment: &Moment) -> Result<()> {
        let Moment::Listed { symbol, price: at, decimals, ltv_bps, liquidation_threshold_bps } = moment else {
            return Ok(());
        };
        self.section("1. A market opens", "  asset      price, $   decimals   loans up to   liquidation line")?;
        let percent = |bps: u16| format!("{} %", bps / 100);
        let (lends, line) = (percent(*ltv_bps), percent(*liquidation_threshold_bps));
        writeln!(self.out, "  {symbol:<5} {:>12} {decimals:>10} {lends:>13} {line:>18}", price(*at))
    }

    fn borrowed(&mut self, moment: &Moment) -> Result<()> {
        let Moment::Borrowed { who, story, collateral, debts, health } = moment else { return Ok(()) };
        let note = "  health = what the collateral counts for at its liquidation line / what is owed";
        self.section("3. Borrowers pledge and borrow", note)?;
        let what = format!("{} for {}", list(collateral), list(debts));
        writeln!(self.out, "  {who:<5} {what:<51} health {health}  {DIM}{story}{DIM:#}")
    }

    fn accrued(&mut self, moment: &Moment) -> Result<()> {
        let Moment::Accrued { symbol, utilization_bps, borrow_rate_bps, interest, earned, .. } = moment else {
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
        for who in borrowers {
            header += &format!("{who:>6} ");
        }
        writeln!(self.out, "  {BOLD}{}{BOLD:#}", header.trim_end())
    }

    fn priced(&mut self, time: Time, prices: &[f64; ASSETS.len()], healths: &[Option<Health>]) -> Result<()> {
        self.shown += 1;
        let clock = self.clock(time);
        let [sol, btc, usdc] = [SOL, BTC, USDC].map(|asset| price(prices[asset]));
        let mut row = format!("  {clock} {sol:>7} {btc:>8} {usdc:>7} ");
        for health in healths {
            let (style, mark) = match health {
                Some(health) if *health < Health::CALL => (BAD, 'x'),
                Some(health) if *health < Health::WARNING => (WARN, '!'),
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

    /// The current step's row, unless it has been shown.
    fn show_row(&mut self) -> Result<()> {
        let Some(row) = self.row.take() else { return Ok(()) };
        writeln!(self.out, "{}", row.trim_end())?;
        self.out.flush()
    }

    fn crossed(&mut self, time: Time, who: &str, line: Line, before: Health, now: Health) -> Result<()> {
        // At the first step there is no health before.
        let way = if before == now { now.to_string() } else { format!("{before} -> {now}") };
        if line == Line::Warning {
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

    fn liquidated(&mut self, l: &Liquidation) -> Result<()> {
        let text = format!("{}: {} repays {} for {}, bonus {} bps", l.who, l.by, l.repaid, l.seized, l.bonus_bps);
        let way = format!("{} -> {}", l.health_before, l.health_after);
        self.event(l.time, BOLD, "liquidated", &text, &way)?;
        if l.bad_debt.atoms == 0 {
            return Ok(());
        }
        let text = format!("{}: {} that nothing is left to pay for", l.who, l.bad_debt);
        self.event(l.time, BAD, "write-off", &text, "")
    }

    fn event(&mut self, time: Time, style: Style, kind: &str, text: &str, way: &str) -> Result<()> {
        let clock = self.clock(time);
        let line = format!("  {clock}  {style}{kind:<10}{style:#} {text:<61} {way}");
        writeln!(self.out, "{}", line.trim_end())?;
        self.out.flush()
    }

    fn left(&mut self, who: &str, repaid: &[Amount], withdrew: &[Amount], empty: bool) -> Result<()> {
        self.section("6. Everybody leaves: debts are repaid, collateral and supply withdrawn", "")?;
        let repaid = if repaid.is_empty() { String::new() } else { format!("repays {}; ", list(repaid)) };
        let withdrew = if withdrew.is_empty() { "nothing".to_owned() } else { list(withdrew) };
        let rest = if empty { "" } else { "; the rest stays" };
        writeln!(self.out, "  {who:<5} {repaid}withdraws {withdrew}{rest}")
    }

    fn clock(&self, time: Time) -> String {
        if self.with_date { format!("{} {}", &time.date()[5..], time.clock()) } else { time.clock() }
    }
}

fn list(amounts: &[Amount]) -> String {
    amounts.iter().map(Amount::to_string).collect::<Vec<_>>().join(" + ")
}

/// For the tables of the report.
pub fn whole_dollars(value: f64) -> String {
    if value == 0.0 { "-".to_owned() } else { dollars(value) }
}
