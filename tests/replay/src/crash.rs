//! Crashes: for each asset, what its price did in every bar.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ballast_prices::bar::{self, Bar};
use ballast_prices::error::PriceFileError;

/// Several assets over the same hours or five minutes.
#[derive(Clone, Debug)]
pub struct Crash {
    pub name: String,
    /// Unix seconds.
    pub starts_at: i64,
    pub bar_secs: i64,
    pub feeds: Vec<Feed>,
}

/// One asset, with a place for every bar of the crash.
#[derive(Clone, Debug)]
pub struct Feed {
    pub symbol: String,
    /// `None` where nothing traded: the feed is dead, and its last price grows old.
    pub bars: Vec<Option<Bar>>,
}

/// The symbol of an asset, and its bars as recorded.
pub type SymbolBars = (String, Vec<Bar>);

/// The coin that all recorded prices are quoted in, so it stands at 1.00.
pub const QUOTE_COIN: &str = "USDT";

impl Crash {
    /// Puts bars of several assets side by side, and the quote coin beside them. A feed that begins later than the
    /// others stands at its first price until then; one that ends earlier is dead from there.
    pub fn new(name: &str, bar_secs: i64, assets: Vec<SymbolBars>) -> Self {
        let times = || assets.iter().flat_map(|(_, bars)| bars).map(|bar| bar.starts_at);
        let starts_at = times().min().unwrap_or(0);
        let count = times().max().map_or(0, |last| (last - starts_at) / bar_secs + 1);
        let place = |bar: i64| starts_at + bar * bar_secs;
        let mut feeds = Vec::new();
        for (symbol, bars) in &assets {
            let known = bars.iter().map(|bar| (bar.starts_at, *bar)).collect::<BTreeMap<_, _>>();
            let first = bars.first().expect("a file has a bar");
            let before = |at: i64| (at < first.starts_at).then(|| flat(at, first.open));
            let bars = (0..count).map(|bar| known.get(&place(bar)).copied().or_else(|| before(place(bar))));
            feeds.push(Feed { symbol: symbol.clone(), bars: bars.collect() });
        }
        let quoted = (0..count).map(|bar| Some(flat(place(bar), 1.0))).collect();
        feeds.push(Feed { symbol: QUOTE_COIN.to_owned(), bars: quoted });
        Self { name: name.to_owned(), starts_at, bar_secs, feeds }
    }

    pub fn bar_count(&self) -> usize {
        self.feeds.iter().map(|feed| feed.bars.len()).max().unwrap_or(0)
    }

    /// Reads the files `<crash>_<SYMBOL>USDT_<1h or 5m>.csv` of a folder.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, PriceFileError> {
        const HINT: &str = "set BALLAST_SHARED_DATA to the folder that has `prices/<crash>_<SYMBOL>USDT_1h.csv`";
        let problem = |text: String| PriceFileError::new(format!("{}: {text}", folder.display()), HINT);
        let entries = fs::read_dir(folder).map_err(|error| problem(error.to_string()))?;
        let mut names = entries
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| problem(error.to_string()))?;
        names.sort();
        let mut assets: BTreeMap<(String, i64), Vec<SymbolBars>> = BTreeMap::new();
        for name in names.iter().filter(|name| name.ends_with(".csv")) {
            let (crash, symbol, bar_secs) =
                parts(name).ok_or_else(|| problem(format!("{name} is not named like the bars of a crash")))?;
            assets.entry((crash, bar_secs)).or_default().push((symbol, bar::read(&folder.join(name))?));
        }
        let crashes = assets.into_iter().map(|((name, bar_secs), assets)| Self::new(&name, bar_secs, assets));
        let crashes = crashes.collect::<Vec<_>>();
        if crashes.is_empty() { Err(problem("no bars of a crash".to_owned())) } else { Ok(crashes) }
    }
}

/// Crash, symbol and seconds of a bar in the name of a file, such as `2022-05_luna_SOLUSDT_1h.csv`.
fn parts(name: &str) -> Option<(String, String, i64)> {
    let (rest, bar) = name.strip_suffix(".csv")?.rsplit_once('_')?;
    let (crash, pair) = rest.rsplit_once('_')?;
    let bar_secs = match bar {
        "1h" => 3_600,
        "5m" => 300,
        _ => return None,
    };
    Some((crash.to_owned(), pair.strip_suffix(QUOTE_COIN)?.to_owned(), bar_secs))
}

fn flat(starts_at: i64, price: f64) -> Bar {
    Bar { starts_at, open: price, high: price, low: price, close: price }
}
