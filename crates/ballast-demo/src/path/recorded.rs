//! Recorded prices from a CSV file. The rows of one time are one step; an asset keeps its price until its next row.

use super::{PricePath, Spots};
use crate::scenario::{ASSETS, SOL};
use ballast_prices::error::PriceFileError;
use ballast_prices::recording::{self, RecordedPrice};
use ballast_prices::spot::SpotPrice;

/// With more steps a run takes minutes.
const MAX_STEPS: usize = 20_000;
/// In this range the demo's amounts fit 64 bits in every asset.
const FIRST_PRICE: std::ops::RangeInclusive<f64> = 0.01..=1e7;
/// 2001 to 2100. A time outside is in another unit.
const TIME: std::ops::Range<i64> = 1_000_000_000..4_102_444_800;
const TIME_FORMAT: &str = "write it as 2025-10-10T21:15:00Z or in unix seconds";

/// Reads a path from a file.
pub fn recorded(file: &std::path::Path) -> Result<PricePath, PriceFileError> {
    let symbols = ASSETS.each_ref().map(|asset| asset.symbol);
    path(&recording::read(file, &symbols, time)?, &file.display().to_string())
}

fn path(rows: &[RecordedPrice], name: &str) -> Result<PricePath, PriceFileError> {
    let mut latest = [None::<SpotPrice>; ASSETS.len()];
    let mut spots: Vec<(i64, Spots)> = Vec::new();
    let mut stands_in = false;
    for step in rows.chunk_by(|a, b| a.time_secs == b.time_secs) {
        for row in step {
            latest[row.asset] = Some(row.spot);
        }
        // The path starts when both have a price.
        let [Some(sol), usdc, Some(btc)] = latest else { continue };
        if spots.len() == MAX_STEPS {
            let error = PriceFileError::new(format!("more than {MAX_STEPS} steps"), "cut the file or thin it out");
            return Err(error.at(&format!("{name}, line {}: ", step[0].line)));
        }
        stands_in |= usdc.is_none();
        spots.push((step[0].time_secs as i64, [sol, usdc.unwrap_or(SpotPrice::calm(1.0)), btc]));
    }
    let Some((_, first)) = spots.first() else {
        let missing = if latest[SOL].is_none() { "SOL" } else { "BTC" };
        return Err(PriceFileError::new(format!("{name} has no price of {missing}"), "the demo needs SOL and BTC"));
    };
    for (asset, spot) in ASSETS.iter().zip(first) {
        if !FIRST_PRICE.contains(&spot.dollars) {
            let problem = format!("{name}: the first price of {} is {}", asset.symbol, spot.dollars);
            let hint = "the demo sizes its loans by this price; start between 0.01 and 10,000,000";
            return Err(PriceFileError::new(problem, hint));
        }
    }
    let note = if stands_in { " (USDC is not in it: held at 1.00)" } else { "" };
    Ok(PricePath::new(format!("recorded, {name}{note}"), &spots))
}

fn time(text: &str) -> Result<f64, PriceFileError> {
    let unix = text.parse().ok().or_else(|| text.parse().map(|time: jiff::Timestamp| time.as_second()).ok());
    match unix {
        Some(time) if TIME.contains(&time) => Ok(time as f64),
        Some(time) if TIME.contains(&(time / 1_000)) => {
            Err(PriceFileError::new(format!("{time} is in milliseconds"), "divide it by 1,000"))
        }
        Some(time) => Err(PriceFileError::new(format!("{time} is not between 2001 and 2100"), TIME_FORMAT)),
        None => Err(PriceFileError::new(format!("`{text}` is not a time"), TIME_FORMAT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "time,symbol,price,confidence\n";

    fn parsed(rows: &str) -> Result<PricePath, PriceFileError> {
        let symbols = ASSETS.each_ref().map(|asset| asset.symbol);
        path(&recording::parse(format!("{HEADER}{rows}").as_bytes(), "x.csv", &symbols, time)?, "x.csv")
    }

    fn refused(rows: &str) -> String {
        parsed(rows).map(|path| path.steps.len()).unwrap_err().to_string()
    }

    #[test]
    fn a_time_in_another_unit_is_refused() {
        let cases = [
            ("yesterday", "column time: `yesterday` is not a time"),
            ("1760129400000", "column time: 1760129400000 is in milliseconds"),
            ("12", "column time: 12 is not between 2001 and 2100"),
        ];
        for (time, expected) in cases {
            let error = refused(&format!("{time},BTC,100,\n"));
            assert!(error.contains(expected) && error.contains("\nhint: "), "{error}");
        }
    }

    #[test]
    fn a_path_needs_sol_and_btc_and_first_prices_within_range() {
        assert!(refused("1760129400,SOL,200,\n").contains("has no price of BTC"));
        assert!(refused("1760129400,BTC,200,\n").contains("has no price of SOL"));
        let error = refused("1760129400,SOL,0.001,\n1760129400,BTC,100000,\n");
        assert!(error.contains("the first price of SOL is 0.001"), "{error}");
    }

    #[test]
    fn rows_of_one_time_are_one_step_and_prices_are_carried_forward() {
        let rows = "2025-10-10T20:50:00Z,SOL,207,\n1760129400,BTC,121500,24.3\n\n1760129460,SOL,206,0.5\n";
        let path = parsed(rows).unwrap();
        assert_eq!(path.steps.len(), 2);
        let [sol, usdc, btc] = path.steps[1].quotes;
        assert_eq!((sol.spot, sol.confidence), (20_600_000_000, 50_000_000));
        assert_eq!((btc.spot, btc.confidence), (12_150_000_000_000, 2_430_000_000));
        assert_eq!((usdc.spot, usdc.confidence), (100_000_000, 20_000));
        assert_eq!(path.steps[0].quotes[0].confidence, 4_140_000);
        assert_eq!(path.source, "recorded, x.csv (USDC is not in it: held at 1.00)");
    }
}
