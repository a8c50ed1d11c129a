//! The demo on its built-in path, on recorded prices, through an insolvency, and as a command.

use anstream::adapter::strip_bytes;
use ballast_demo::live::Live;
use ballast_demo::moment::{Narrator, StoryMoment, WatchedLine};
use ballast_demo::path::{PricePath, builtin, recorded};
use ballast_demo::proof::{SharePrices, books};
use ballast_demo::report::Report;
use ballast_demo::run::run;
use ballast_demo::scenario::SOL;
use ballast_demo::stage::Stage;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The report, and the whole text without color.
fn shown(path: &PricePath) -> (Report, String) {
    let mut out = Vec::new();
    let mut live = Live::new(&mut out, Duration::ZERO, path);
    let report = run(path, &mut |moment| live.show(moment)).expect("the run finishes");
    report.write(&mut out).expect("written to memory");
    let text = String::from_utf8(strip_bytes(&out).into_vec()).expect("text");
    (report, text)
}

fn assert_sound(report: &Report, text: &str) {
    let broken: Vec<_> = report.checks.iter().chain(&report.checks_after_exit).filter(|check| !check.ok).collect();
    assert!(report.ok && broken.is_empty(), "{broken:#?}");
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "wider than 100 columns: {line}");
        assert!(!line.ends_with(' '), "a space at the end of: {line:?}");
    }
    let json = serde_json::to_string(report).expect("a document");
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["ok"], true);
    assert_eq!(document["moments"].as_array().map(Vec::len), Some(report.moments.len()));
}

fn crossings(report: &Report, wanted: WatchedLine) -> usize {
    report
        .moments
        .iter()
        .filter(|moment| matches!(moment, StoryMoment::Crossed { line, .. } if *line == wanted))
        .count()
}

fn prices(name: &str, rows: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, format!("time,symbol,price,confidence\n{rows}")).expect("a writable temporary folder");
    file
}

#[test]
fn the_builtin_path_ends_with_books_that_balance() {
    let (report, text) = shown(&builtin());
    assert_sound(&report, &text);
    assert!(report.summary.liquidations >= 3);
    assert_eq!((report.summary.write_offs, report.summary.unserved), (0, 0));
    assert!(crossings(&report, WatchedLine::Warning) >= 1 && crossings(&report, WatchedLine::Call) >= 1);
    assert!(
        report.moments.iter().any(|moment| matches!(moment, StoryMoment::Repaid { .. })),
        "Kim acts on the warning"
    );
    let everybody_left = report.moments.iter().all(|moment| !matches!(moment, StoryMoment::Left { empty: false, .. }));
    assert!(everybody_left);
}

/// Prices jump past every liquidation. The lenders bear the loss, and still every token is accounted for.
#[test]
fn a_gap_into_insolvency_is_written_off_and_the_books_balance() {
    let fall = "1760129400,SOL,207,\n1760129400,BTC,121500,\n1760129460,SOL,80,\n1760129460,BTC,60000,\n";
    // The fall has to last until the loss is certain: its average agrees, or ten minutes pass.
    let minutes = (1..25).map(|minute| format!("{},SOL,80,\n", 1_760_129_460 + 60 * minute));
    let rows = format!("{fall}{}", minutes.collect::<String>());
    let path = recorded(&prices("gap.csv", &rows)).expect("a good file");
    let (report, text) = shown(&path);
    assert_sound(&report, &text);
    // Six borrowers with eight debts wait until their losses are certain. Then every debt is written off in part.
    assert_eq!((report.summary.unserved, report.summary.write_offs), (6, 8));
    assert!(report.moments.iter().all(|moment| !matches!(moment, StoryMoment::Left { empty: false, .. })));
    assert!(text.contains("write-off"));
}

/// With one extra atom in a vault, three checks of that asset fail.
#[test]
fn the_proof_notices_a_single_atom() {
    let (path, mut nobody) = (builtin(), |_: &StoryMoment| Ok(()));
    let mut stage = Stage::open(&path.steps[0], 0, &mut Narrator::new(&mut nobody)).expect("the market opens");
    let books = |stage: &Stage| books(stage, &SharePrices::default()).expect("readable accounts");
    assert!(books(&stage).iter().all(|check| check.ok));
    let (vault, more) = (stage.market.assets[SOL].vault, stage.vault(SOL) + 1);
    let mut account = stage.chain.world.get(&vault);
    account.data[64..72].copy_from_slice(&more.to_le_bytes());
    stage.chain.world.set(vault, account);
    let broken: Vec<_> = books(&stage).into_iter().filter(|check| !check.ok).collect();
    assert_eq!(broken.len(), 3, "{broken:#?}");
    assert!(broken.iter().all(|check| check.about == "SOL"));
}

#[test]
fn recorded_prices_of_10_october_2025_end_with_books_that_balance() {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let shared = std::env::var_os("BALLAST_SHARED_DATA").map_or(shared, PathBuf::from);
    let mut bars = Vec::new();
    for symbol in ["SOL", "BTC"] {
        let file = shared.join(format!("prices/2025-10-10_{symbol}USDT_5m.csv"));
        let Ok(mut reader) = csv::Reader::from_path(&file) else {
            eprintln!(
                "SKIPPED: {} is not there; set BALLAST_SHARED_DATA to the folder of recorded data",
                file.display()
            );
            return;
        };
        for bar in reader.records() {
            let bar = bar.expect("a bar");
            let secs: i64 = bar[0].parse::<i64>().expect("milliseconds") / 1_000;
            // 10 October 2025, 20:00 to 23:00 UTC
            if (1_760_126_400..=1_760_137_200).contains(&secs) {
                bars.push((secs, symbol, bar[4].to_owned()));
            }
        }
    }
    bars.sort();
    let rows = bars.iter().fold(String::new(), |mut rows, (secs, symbol, close)| {
        writeln!(rows, "{secs},{symbol},{close},").expect("written to memory");
        rows
    });
    let path = recorded(&prices("2025-10-10.csv", &rows)).expect("a good file");
    assert_eq!(path.steps.len(), 37);
    let (report, text) = shown(&path);
    assert_sound(&report, &text);
    assert!(report.summary.liquidations >= 3);
}

#[test]
fn a_bad_file_exits_with_status_2_and_a_hint() {
    let run = |file: &str| Command::new(env!("CARGO_BIN_EXE_ballast-demo")).args(["--prices", file]).output();
    let output = run("/nowhere/prices.csv").expect("the binary starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.starts_with("error: cannot read /nowhere/prices.csv") && stderr.contains("\nhint: "), "{stderr}");
}
