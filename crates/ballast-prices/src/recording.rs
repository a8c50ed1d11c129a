//! The reader. Every error names the file and, where there is one, the line and the column.

use crate::error::PriceFileError;
use crate::spot::SpotPrice;
use csv::StringRecord;
use std::path::Path;

/// One row of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedPrice {
    /// In the file, for messages. The header is line 1.
    pub line: u64,
    pub time_secs: f64,
    /// The position of the symbol in the caller's list.
    pub asset: usize,
    pub spot: SpotPrice,
}

/// Reads a time in seconds. The caller of the function adds the column to its error.
pub type ParseTime = fn(&str) -> Result<f64, PriceFileError>;

const HEADER: &str = "time,symbol,price,confidence";

/// Reads a file: at least one row, in order of time, one per time and symbol.
pub fn read(file: &Path, symbols: &[&str], time: ParseTime) -> Result<Vec<RecordedPrice>, PriceFileError> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file)
        .map_err(|error| PriceFileError::new(format!("cannot read {name}: {error}"), "pass the path of a CSV file"))?;
    parse(&bytes, &name, symbols, time)
}

/// Reads the bytes of a file as [`read`] does. Errors call the file `name`.
pub fn parse(
    bytes: &[u8],
    name: &str,
    symbols: &[&str],
    time: ParseTime,
) -> Result<Vec<RecordedPrice>, PriceFileError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| unreadable(bytes, name, &error))?.clone();
    if header.is_empty() {
        return Err(PriceFileError::new(format!("{name} is empty"), header_hint()));
    }
    let columns = Columns::find(&header).map_err(|error| error.at(&format!("{name}, line 1, ")))?;
    let mut rows: Vec<RecordedPrice> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(bytes, name, &error))?;
        let line = record.position().map_or(0, |position| line(bytes, position));
        let row = columns.row(&record, line, symbols, time).and_then(|row| in_order(&rows, row, symbols));
        rows.push(row.map_err(|error| error.at(&format!("{name}, line {line}, ")))?);
    }
    if rows.is_empty() {
        return Err(PriceFileError::new(format!("{name} has no prices"), "add rows below the header"));
    }
    Ok(rows)
}

fn header_hint() -> String {
    format!("the first line must be `{HEADER}`")
}

/// Returns the line of a record. The reader gives a record the position of the blank lines before it.
fn line(bytes: &[u8], position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default().iter();
    let blank = rest.take_while(|byte| b"\r\n".contains(byte)).filter(|byte| **byte == b'\n').count();
    position.line() + blank as u64
}

fn unreadable(bytes: &[u8], name: &str, error: &csv::Error) -> PriceFileError {
    let line = error.position().map(|position| format!(", line {}", line(bytes, position))).unwrap_or_default();
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => PriceFileError::new(
            format!("{name}{line}: the row has {len} fields, the header {expected_len}"),
            "leave an unknown confidence empty, but keep its comma",
        ),
        _ => PriceFileError::new(format!("{name}{line}: not UTF-8 text"), "save the file as UTF-8"),
    }
}

/// Where the columns are.
struct Columns {
    time: usize,
    symbol: usize,
    price: usize,
    confidence: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, PriceFileError> {
        let known = |field: &str| HEADER.split(',').any(|column| field.eq_ignore_ascii_case(column));
        // A misspelled column would otherwise be ignored.
        if let Some(unknown) = header.iter().find(|field| !known(field)) {
            return Err(PriceFileError::new(format!("column {unknown}: not a column of prices"), header_hint()));
        }
        let find = |column: &str| header.iter().position(|field| field.eq_ignore_ascii_case(column));
        let need = |column: &str| {
            find(column).ok_or_else(|| PriceFileError::new(format!("column {column}: missing"), header_hint()))
        };
        Ok(Self { time: need("time")?, symbol: need("symbol")?, price: need("price")?, confidence: find("confidence") })
    }

    fn row(
        &self,
        record: &StringRecord,
        line: u64,
        symbols: &[&str],
        time: ParseTime,
    ) -> Result<RecordedPrice, PriceFileError> {
        let field = |index: usize| record.get(index).unwrap_or_default();
        let symbol = field(self.symbol);
        let asset = symbols.iter().position(|known| known.eq_ignore_ascii_case(symbol)).ok_or_else(|| {
            let hint = format!("the market lists {}", symbols.join(", "));
            PriceFileError::new(format!("column symbol: unknown symbol `{symbol}`"), hint)
        })?;
        let spot = SpotPrice::parse(field(self.price), self.confidence.map(field).unwrap_or_default())?;
        let time_secs = time(field(self.time)).map_err(|error| error.at("column time: "))?;
        Ok(RecordedPrice { line, time_secs, asset, spot })
    }
}

fn in_order(rows: &[RecordedPrice], row: RecordedPrice, symbols: &[&str]) -> Result<RecordedPrice, PriceFileError> {
    if rows.last().is_some_and(|last| row.time_secs < last.time_secs) {
        let problem = "column time: before the time of the previous row";
        return Err(PriceFileError::new(problem, "sort the rows by time"));
    }
    let mut same_time = rows.iter().rev().take_while(|earlier| earlier.time_secs == row.time_secs);
    if same_time.any(|earlier| earlier.asset == row.asset) {
        let problem = format!("column symbol: a second price of {} at the same time", symbols[row.asset]);
        return Err(PriceFileError::new(problem, "keep one row per time and symbol"));
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "time,symbol,price,confidence\n";

    fn parsed(text: &[u8]) -> Result<Vec<RecordedPrice>, PriceFileError> {
        parse(text, "x.csv", &["SOL", "BTC"], |text| {
            text.parse().map_err(|_| PriceFileError::new(format!("`{text}` is not a time"), "write seconds"))
        })
    }

    fn refused(text: &str) -> String {
        parsed(text.as_bytes()).expect_err("a bad file").to_string()
    }

    #[test]
    fn a_file_without_rows_or_header_is_refused() {
        assert_eq!(refused(""), "x.csv is empty\nhint: the first line must be `time,symbol,price,confidence`");
        assert!(refused(HEAD).starts_with("x.csv has no prices\nhint: "));
        assert!(refused("time,price\n1,2\n").starts_with("x.csv, line 1, column symbol: missing\nhint: "));
        assert!(
            refused("time,symbol,price,confidense\n").starts_with("x.csv, line 1, column confidense: not a column")
        );
    }

    #[test]
    fn a_missing_file_is_refused() {
        let read = |file: &str| read(Path::new(file), &[], |_| Ok(0.0)).expect_err("no file").to_string();
        assert!(read("/nowhere/prices.csv").starts_with("cannot read /nowhere/prices.csv: "));
        assert!(read("/").starts_with("cannot read /: "));
    }

    #[test]
    fn every_bad_field_is_named_with_line_and_column() {
        let cases = [
            ("10,DOGE,1,", "column symbol: unknown symbol `DOGE`"),
            ("10,BTC,-1,", "column price: -1 is out of range"),
            ("10,BTC,0,", "column price: 0 is out of range"),
            ("10,BTC,NaN,", "column price: `NaN` is not a number"),
            ("10,BTC,inf,", "column price: `inf` is not a number"),
            ("10,BTC,,", "column price: `` is not a number"),
            ("10,BTC,1e12,", "column price: 1000000000000 is out of range"),
            ("10,BTC,100,-1", "column confidence: -1 is out of range"),
            ("10,BTC,100,101", "column confidence: 101 is out of range"),
            ("10,BTC,100,NaN", "column confidence: `NaN` is not a number"),
            ("soon,BTC,100,", "column time: `soon` is not a time"),
            ("9,BTC,100,", "column time: before the time of the previous row"),
            ("10,SOL,100,", "column symbol: a second price of SOL at the same time"),
        ];
        for (row, expected) in cases {
            let error = refused(&format!("{HEAD}10,SOL,200,\n{row}\n"));
            assert!(error.starts_with(&format!("x.csv, line 3, {expected}\nhint: ")), "{row}: {error}");
        }
        let error = refused(&format!("{HEAD}10,SOL,200,\n10,BTC\n"));
        assert!(error.starts_with("x.csv, line 3: the row has 2 fields, the header 4\nhint: "), "{error}");
    }

    #[test]
    fn bytes_that_are_not_text_are_refused() {
        let error = parsed(&[HEAD.as_bytes(), b"10,\xff\xfe,1,\n"].concat()).expect_err("a bad file").to_string();
        assert!(error.starts_with("x.csv, line 2: not UTF-8 text\nhint: "), "{error}");
    }

    #[test]
    fn columns_may_stand_in_any_order_and_confidence_may_be_left_out() {
        let rows = parsed(b"symbol, price, time\nsol, 207, 10\n\nBTC, 121500, 10.5\n").expect("a good file");
        let expected = [(2, 10.0, 0, 207.0), (4, 10.5, 1, 121_500.0)];
        let expected = expected.map(|(line, time_secs, asset, dollars)| RecordedPrice {
            line,
            time_secs,
            asset,
            spot: SpotPrice::calm(dollars),
        });
        assert_eq!(rows, expected);
    }
}
