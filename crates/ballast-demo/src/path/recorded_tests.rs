use super::*;

fn refused(text: &str) -> String {
    parse(text.as_bytes(), "x.csv").map(|path| path.steps.len()).unwrap_err().to_string()
}

const HEADER: &str = "time,symbol,price,confidence\n";

#[test]
fn a_file_without_a_row_or_a_header_is_refused() {
    assert_eq!(refused(""), format!("error: x.csv is empty\nhint: {FORMAT}"));
    assert!(refused(HEADER).starts_with("error: x.csv has no prices\nhint: "));
    assert!(refused("time,price\n1,2\n").starts_with("error: x.csv, line 1: no column `symbol`\nhint: "));
}

#[test]
fn a_missing_file_is_refused() {
    let error = recorded(std::path::Path::new("/nowhere/prices.csv")).unwrap_err().to_string();
    assert!(error.starts_with("error: cannot open /nowhere/prices.csv: "), "{error}");
    assert!(recorded(std::path::Path::new("/")).is_err());
}

#[test]
fn every_bad_field_is_named_with_its_line() {
    let cases = [
        ("1760129400,DOGE,1,", "line 3: unknown symbol `DOGE`"),
        ("1760129400,BTC,-1,", "line 3: the price -1 cannot be used"),
        ("1760129400,BTC,0,", "line 3: the price 0 cannot be used"),
        ("1760129400,BTC,NaN,", "line 3: the price `NaN` is not a number"),
        ("1760129400,BTC,inf,", "line 3: the price `inf` is not a number"),
        ("1760129400,BTC,,", "line 3: the price `` is not a number"),
        ("1760129400,BTC,1e12,", "line 3: the price 1000000000000 cannot be used"),
        ("1760129400,BTC,100,-1", "line 3: the confidence -1 cannot be used"),
        ("1760129400,BTC,100,101", "line 3: the confidence 101 cannot be used"),
        ("1760129400,BTC,100,NaN", "line 3: the confidence `NaN` is not a number"),
        ("yesterday,BTC,100,", "line 3: the time `yesterday` cannot be read"),
        ("1760129400000,BTC,100,", "line 3: the time 1760129400000 is in milliseconds"),
        ("12,BTC,100,", "line 3: the time 12 is not between 2001 and 2100"),
        ("1760129399,BTC,100,", "line 3: the time is before the previous row's"),
        ("1760129400,SOL,100,", "line 3: a second price of SOL at the same time"),
        ("1760129400,BTC", "line 3: 2 fields where the header has 4"),
    ];
    for (row, expected) in cases {
        let error = refused(&format!("{HEADER}1760129400,SOL,200,\n{row}\n"));
        assert!(error.contains(expected) && error.contains("\nhint: "), "{row}: {error}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"1760129400,\xff\xfe,1,\n");
    let error = parse(bytes.as_slice(), "x.csv").map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("line 2: not UTF-8 text"), "{error}");
}

#[test]
fn sol_and_btc_are_needed_and_the_first_price_must_be_workable() {
    assert!(refused(&format!("{HEADER}1760129400,SOL,200,\n")).contains("has no price of BTC"));
    assert!(refused(&format!("{HEADER}1760129400,BTC,200,\n")).contains("has no price of SOL"));
    let error = refused(&format!("{HEADER}1760129400,SOL,0.001,\n1760129400,BTC,100000,\n"));
    assert!(error.contains("the first price of SOL is 0.001"), "{error}");
}

#[test]
fn rows_of_one_time_are_one_step_and_prices_are_carried_forward() {
    let rows = "2025-10-10T20:50:00Z,SOL,207,\n1760129400,BTC,121500,24.3\n\n1760129460,SOL,206,0.5\n";
    let path = parse(format!("{HEADER}{rows}").as_bytes(), "x.csv").unwrap();
    assert_eq!(path.steps.len(), 2);
    let [sol, usdc, btc] = path.steps[1].quotes;
    assert_eq!((sol.spot, sol.confidence), (20_600_000_000, 50_000_000));
    assert_eq!((btc.spot, btc.confidence), (12_150_000_000_000, 2_430_000_000));
    assert_eq!((usdc.spot, usdc.confidence), (100_000_000, 20_000));
    assert_eq!(path.steps[0].quotes[0].confidence, 4_140_000);
    assert!(path.source.contains("USDC"));
}

#[test]
fn columns_may_stand_in_any_order() {
    let rows = "symbol, price, time\nSOL, 207, 1760129400\nBTC, 121500, 1760129400\n";
    assert_eq!(parse(rows.as_bytes(), "x.csv").unwrap().steps.len(), 1);
}
