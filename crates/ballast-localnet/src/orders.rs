//! Prices on demand: rows that somebody appends to `prices.csv` of the state folder while the localnet runs.

use crate::prices::Prices;
use anyhow::{Context, Result};
use ballast_prices::spot::SpotPrice;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub const FILE: &str = "prices.csv";
const HEADER: &str = "symbol,price,confidence,average\n";

pub struct PriceOrders {
    path: PathBuf,
    /// How many bytes of the file have been read.
    read: u64,
}

impl PriceOrders {
    /// Writes a file without rows.
    pub fn new(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        std::fs::write(&path, HEADER).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, read: HEADER.len() as u64 })
    }

    /// Sets the prices of new rows, whole lines only. Reports what is wrong with a row, and skips the row.
    pub fn obey(&mut self, prices: &mut Prices) {
        let text = match self.news() {
            Ok(text) => text,
            Err(error) => return eprintln!("error: cannot read {}: {error}", self.path.display()),
        };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Err(error) = obey_row(line, prices) {
                let error = error.to_string();
                let problem = error.lines().next().unwrap_or_default();
                eprintln!("error: {}: {line}: {problem}\nhint: a row is {}", self.path.display(), HEADER.trim());
            }
        }
    }

    fn news(&mut self) -> std::io::Result<String> {
        let mut file = File::open(&self.path)?;
        // After somebody shortens the file, only the rows count that they append later.
        self.read = self.read.min(file.metadata()?.len());
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        self.read += text.len() as u64;
        Ok(text)
    }
}

/// `symbol,price,confidence,average`; the last two may be empty or left out. Without a confidence the price is calm.
/// Without an average, the average follows within an hour, as Pyth's does.
fn obey_row(line: &str, prices: &mut Prices) -> Result<()> {
    let mut fields = line.split(',').map(str::trim);
    let mut field = || fields.next().unwrap_or_default();
    let (symbol, price, confidence, average) = (field(), field(), field(), field());
    let spot = SpotPrice::parse(price, confidence)?;
    let average = (!average.is_empty()).then(|| SpotPrice::parse(average, confidence)).transpose()?;
    prices.set(symbol, spot, average)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn a_row_sets_a_price_once_and_a_bad_row_changes_nothing() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let mut orders = PriceOrders::new(folder.path())?;
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
        assert!((95.0..105.0).contains(&sol), "the walk goes on from the new price: {sol}");
        Ok(())
    }
}
