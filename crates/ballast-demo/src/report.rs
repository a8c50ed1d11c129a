//! The result: the document of `--json`, and its tables for a reader.

use crate::costs::Cost;
use crate::figures::{AssetAmount, grouped};
use crate::live::{BAD, GOOD, heading, whole_dollars};
use crate::moment::StoryMoment;
use crate::proof::Check;
use crate::watch::Watch;
use comfy_table::{CellAlignment, ColumnConstraint, Table, presets};
use serde::Serialize;
use std::io::{Result, Write};

#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether every check held.
    pub ok: bool,
    pub prices: String,
    pub summary: RunSummary,
    pub obligations: Vec<Watch>,
    pub compute_units: Vec<Cost>,
    /// The checks with all positions open.
    pub checks: Vec<Check>,
    /// The checks after everybody who could leave has left.
    pub checks_after_exit: Vec<Check>,
    /// The tokens after the exit: the protocol's part of the interest.
    pub left_in_vaults: Vec<AssetAmount>,
    pub moments: Vec<StoryMoment>,
}

#[derive(Debug, Serialize)]
pub struct RunSummary {
    pub liquidations: usize,
    pub liquidated_obligations: usize,
    pub repaid_dollars: f64,
    pub loss_dollars: f64,
    /// The borrowers' loss, as a part of what was repaid for them.
    pub loss_bps: Option<f64>,
    /// The loss of the liquidated obligations, as a part of the position.
    pub median_loss_percent_of_position: Option<f64>,
    pub write_offs: usize,
    pub bad_debt_dollars: f64,
    /// How often an obligation could be liquidated, but no bid would succeed.
    pub unserved: usize,
}

impl Report {
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        heading(out, "7. The result, obligation by obligation")?;
        write_table(out, &obligations(&self.obligations))?;
        self.summary.write(out)?;
        heading(out, "8. Compute units (an instruction may use 200,000 by default)")?;
        write_table(out, &compute_units(&self.compute_units))?;
        heading(out, "9. Every token is accounted for")?;
        checks(out, &self.checks, true)?;
        heading(out, "10. The same checks after everybody has left")?;
        checks(out, &self.checks_after_exit, false)?;
        let left: Vec<_> = self.left_in_vaults.iter().map(AssetAmount::to_string).collect();
        writeln!(out, "          left in the vaults: {}", left.join(", "))?;
        self.verdict(out)
    }

    fn verdict(&self, out: &mut impl Write) -> Result<()> {
        let all = self.checks.iter().chain(&self.checks_after_exit);
        let (held, of) = (all.clone().filter(|check| check.ok).count(), all.count());
        let (style, word) = if self.ok { (GOOD, "ok") } else { (BAD, "BROKEN") };
        writeln!(out, "\n{style}{word}{style:#}  {held} of {of} checks hold")
    }
}

impl RunSummary {
    pub fn of(moments: &[StoryMoment], obligations: &[Watch]) -> Self {
        let count = |wanted: fn(&StoryMoment) -> bool| moments.iter().filter(|moment| wanted(moment)).count();
        let mut losses: Vec<f64> = obligations.iter().filter_map(|watch| watch.loss_percent_of_position).collect();
        losses.sort_by(f64::total_cmp);
        let repaid_dollars: f64 = obligations.iter().map(|watch| watch.repaid_dollars).sum();
        let loss_dollars: f64 = obligations.iter().map(|watch| watch.loss_dollars).sum();
        Self {
            liquidations: count(|moment| matches!(moment, StoryMoment::Liquidated(_))),
            liquidated_obligations: losses.len(),
            repaid_dollars,
            loss_dollars,
            loss_bps: (repaid_dollars > 0.0).then(|| loss_dollars / repaid_dollars * 1e4),
            median_loss_percent_of_position: median(&losses),
            bad_debt_dollars: moments.iter().map(StoryMoment::bad_debt_dollars).sum(),
            write_offs: count(|moment| matches!(moment, StoryMoment::Liquidated(l) if l.bad_debt.atoms > 0)),
            unserved: count(|moment| matches!(moment, StoryMoment::Unserved { .. })),
        }
    }

    fn write(&self, out: &mut impl Write) -> Result<()> {
        let (Some(loss_bps), Some(median)) = (self.loss_bps, self.median_loss_percent_of_position) else {
            return writeln!(out, "  Nobody was liquidated.");
        };
        writeln!(
            out,
            "  {} liquidations of {} obligations repaid {} and cost the borrowers {}, or {loss_bps:.1} bps.",
            self.liquidations,
            self.liquidated_obligations,
            whole_dollars(self.repaid_dollars),
            whole_dollars(self.loss_dollars),
        )?;
        writeln!(out, "  The median liquidated borrower lost {median:.3} % of the position.")?;
        match self.write_offs {
            0 => writeln!(out, "  No bad debt: the lenders lost nothing."),
            n => writeln!(
                out,
                "  Bad debt of {} in {n} liquidations: borne by insurance, then fees, then lenders.",
                whole_dollars(self.bad_debt_dollars)
            ),
        }
    }
}

/// Returns the median of sorted values.
fn median(values: &[f64]) -> Option<f64> {
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some((lower + upper) / 2.0)
}

fn table(header: &[&str], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if index == 0 { CellAlignment::Left } else { CellAlignment::Right });
        column.set_padding((if index == 0 { 2 } else { 1 }, 1));
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

fn write_table(out: &mut impl Write, table: &Table) -> Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn obligations(watches: &[Watch]) -> Table {
    let header =
        ["", "health start", "lowest", "end", "debt start", "end", "liquidated", "repaid", "seized", "loss bps"];
    let rows = watches.iter().map(|watch| {
        vec![
            watch.who.to_owned(),
            watch.health_start.to_string(),
            watch.health_lowest.to_string(),
            if watch.health_end.has_debt() { watch.health_end.to_string() } else { "-".to_owned() },
            whole_dollars(watch.debt_start_dollars),
            whole_dollars(watch.debt_end_dollars),
            if watch.liquidations == 0 { "-".to_owned() } else { format!("{} x", watch.liquidations) },
            whole_dollars(watch.repaid_dollars),
            whole_dollars(watch.seized_dollars),
            watch.loss_bps.map_or("-".to_owned(), |bps| format!("{bps:.1}")),
        ]
    });
    table(&header, rows.collect())
}

fn compute_units(costs: &[Cost]) -> Table {
    let rows = costs.iter().map(|cost| {
        let units = [cost.min, cost.median, cost.max].map(|units| grouped(&units.to_string()));
        let mut row = vec![cost.instruction.to_owned(), cost.count.to_string()];
        row.extend(units);
        row
    });
    table(&["instruction", "count", "min", "median", "max"], rows.collect())
}

/// Writes a line per check under each claim. If not in full, writes one line for a claim whose checks all hold.
fn checks(out: &mut impl Write, checks: &[Check], in_full: bool) -> Result<()> {
    for claim in checks.chunk_by(|a, b| a.claim == b.claim) {
        let [first, ..] = claim else { continue };
        let ok = claim.iter().all(|check| check.ok);
        if !in_full && ok {
            writeln!(out, "  {GOOD}ok{GOOD:#}      {}", first.claim)?;
            continue;
        }
        writeln!(out, "  {}", first.claim)?;
        for check in claim {
            let (style, word) = if check.ok { (GOOD, "ok") } else { (BAD, "BROKEN") };
            writeln!(out, "    {style}{word:<6}{style:#} {:<7} {}", check.about, check.numbers)?;
        }
    }
    Ok(())
}
