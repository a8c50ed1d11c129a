//! Prices that somebody wants: rows that he appends to `prices.csv` of the state folder while the localnet runs.

use crate::prices::{Prices, Spot};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub const FILE: &str = "prices.csv";
const HEADER: &str = "symbol,price,confidence,average\n";

pub struct Orders {
    path: PathBuf,
    /// Bytes of the file that have been obeyed.
    read: u64,
}

#[derive(Debug, Deserialize)]
struct Row {
    symbol: String,
    price: f64,
    /// 2 bps of the price where it is left out.
    #[serde(default)]
    confidence: Option<f64>,
    /// Follows within an hour where it is left out, as Pyth's does.
    #[serde(default)]
    average: Option<f64>,
}

impl Orders {
    /// Of nobody yet.
    pub fn new(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        std::fs::write(&path, HEADER).with_context(|| format!("{}", path.display()))?;
        Ok(Self { path, read: HEADER.len() as u64 })
    }

    /// Sets the prices of the rows that have come, whole lines only. What is wrong with a row is said, and the row forgotten.
    pub fn obey(&mut self, prices: &mut Prices) {
        let text = match self.news() {
            Ok(text) => text,
            Err(error) => return eprintln!("error: {}: {error}", self.path.display()),
        };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Err(error) = order(line, prices) {
                eprintln!("error: {}: {line}: {error:#}\nhint: a row is {}", self.path.display(), HEADER.trim());
            }
        }
    }

    fn news(&mut self) -> std::io::Result<String> {
        let mut file = File::open(&self.path)?;
        // Shorter than before: somebody has begun anew.
        self.read = self.read.min(file.metadata()?.len());
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        self.read += text.len() as u64;
        Ok(text)
    }
}

fn order(line: &str, prices: &mut Prices) -> Result<()> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(line.as_bytes());
    let row: Row = reader.deserialize().next().context("it is empty")??;
    let spot = Spot::new(row.price, row.confidence)?;
    let average = row.average.map(|average| Spot::new(average, row.confidence)).transpose()?;
    prices.set(&row.symbol, spot, average)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn rows_are_obeyed_once_and_bad_ones_change_nothing() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let mut orders = Orders::new(folder.path())?;
        let mut prices = Prices::walk(&["SOL", "USDC"], 1, 1.0)?;
        let mut append = |text: &str, prices: &mut Prices| {
            let mut file = File::options().append(true).open(folder.path().join(FILE))?;
            file.write_all(text.as_bytes())?;
            orders.obey(prices);
            anyhow::Ok((prices.quotes[0].spot.dollars, prices.quotes[0].average.dollars))
        };
        assert_eq!(append("", &mut prices)?, (150.0, 150.0));
        assert_eq!(append("SOL,120\n", &mut prices)?, (120.0, 150.0));
        assert_eq!(append("SOL,110,0.5,115\nSOL,10", &mut prices)?, (110.0, 115.0), "half a line waits");
        assert_eq!(append("0\n", &mut prices)?, (100.0, 115.0));
        for bad in ["DOGE,1\n", "SOL,-1\n", "SOL,x\n", "SOL\n", "SOL,1e300\n"] {
            assert_eq!(append(bad, &mut prices)?, (100.0, 115.0), "{bad}");
        }
        (0..600).for_each(|_| prices.advance(Duration::from_secs(1)));
        let sol = prices.quotes[0].spot.dollars;
        assert!((95.0..105.0).contains(&sol), "the walk goes on from there, and not back: {sol}");
        Ok(())
    }
}
