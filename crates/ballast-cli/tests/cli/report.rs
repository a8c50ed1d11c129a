//! `report`.

use crate::facade::FINAL_AFTER;
use crate::stage::{DOLLAR, Stage};
use ballast_cli::answer::Answer;

/// Returns a stage with a deposit, a loan, a repayment a day later, and a transaction that failed on the chain.
fn story() -> Stage {
    let stage = Stage::new();
    let mint = stage.market.assets[DOLLAR].mint;
    stage.act("deposit 10 SOL").expect("a deposit");
    stage.act(&format!("borrow 100.5 {mint}")).expect("a loan");
    stage.node.chained().world.advance(86_400);
    stage.act(&format!("repay 0.5 {mint}")).expect("a repayment");
    stage.act(&format!("repay all {mint}")).expect("a full repayment");
    let mut chained = stage.node.chained();
    let mut failed = chained.history[0].clone();
    failed.signature = chained.history[0].signature.chars().rev().collect();
    failed.error = serde_json::json!({ "InstructionError": [0, { "Custom": 1 }] });
    chained.history.push(failed);
    chained.world.advance_slots(FINAL_AFTER);
    drop(chained);
    stage
}

fn report(stage: &Stage, options: &str) -> Answer {
    crate::stage::ask(&stage.node, &[&stage.key], &format!("ballast report {options}")).expect("a report")
}

fn names(answer: &Answer) -> Vec<&str> {
    let events = answer.json["events"].as_array().expect("events");
    events.iter().map(|event| event["event"].as_str().expect("a name")).collect()
}

#[test]
fn events_are_reported_in_order_and_in_full() {
    let stage = story();
    let all = report(&stage, "");
    assert_eq!(names(&all), ["ObligationOpened", "Deposited", "Borrowed", "Repaid", "Repaid"], "{}", all.text);
    let borrowed = &all.json["events"][2];
    assert_eq!(borrowed["fields"]["amount_atoms"], "100500000");
    assert_eq!(borrowed["time"], "2026-01-01T00:00:00Z");
    assert_eq!((&all.json["events"][1]["number"], &all.json["events"][0]["number"]), (&1.into(), &0.into()));
    assert!(all.text.contains("Borrowed") && all.text.contains("amount_atoms 100500000"), "{}", all.text);
}

#[test]
fn a_transaction_that_is_not_final_is_counted_and_left_out() {
    let stage = story();
    let landed = stage.act("deposit 1 SOL").expect("a deposit");
    let early = report(&stage, "");
    assert_eq!(names(&early), ["ObligationOpened", "Deposited", "Borrowed", "Repaid", "Repaid"]);
    assert_eq!(early.json["not_final"], serde_json::json!([landed.json["signature"]]));
    assert!(early.text.contains("left out because they are not final yet: 1;"), "{}", early.text);
    stage.node.chained().world.advance_slots(FINAL_AFTER);
    let late = report(&stage, "");
    assert_eq!((names(&late).len(), names(&late).last()), (6, Some(&"Deposited")));
    assert!(
        late.json["not_final"].as_array().is_some_and(Vec::is_empty) && !late.text.contains("final"),
        "{}",
        late.text
    );
}

#[test]
fn a_report_can_be_limited_to_an_account_and_a_time() {
    let stage = story();
    let dollar = stage.market.assets[DOLLAR].reserve;
    assert_eq!(names(&report(&stage, &format!("--account {dollar}"))), ["Borrowed", "Repaid", "Repaid"]);
    assert_eq!(names(&report(&stage, "--since 2026-01-02")), ["Repaid", "Repaid"]);
    assert_eq!(names(&report(&stage, "--since 2026-01-02T00:00:01Z")).len(), 0);
    assert_eq!(names(&report(&stage, "--until 2026-01-02")), ["ObligationOpened", "Deposited", "Borrowed"]);
}

#[test]
fn a_table_has_a_row_for_each_event_and_always_the_same_header() {
    let stage = story();
    let printed = report(&stage, "--csv -");
    let lines: Vec<_> = printed.text.lines().collect();
    assert_eq!(lines.len(), 6);
    assert!(lines[0].starts_with("slot,time,signature,number,event,"), "{}", lines[0]);
    let mut columns = std::collections::HashSet::new();
    assert!(lines[0].split(',').all(|column| columns.insert(column)), "a column stands twice: {}", lines[0]);
    let commas = |line: &str| line.matches(',').count();
    assert!(lines.iter().all(|line| commas(line) == commas(lines[0])));
    let amount = lines[0].split(',').position(|column| column == "amount_atoms").expect("a column");
    assert_eq!(lines[3].split(',').nth(amount), Some("100500000"));

    let file = stage.folder.path().join("report.csv");
    std::fs::write(&file, "old").expect("a file");
    let written = report(&stage, &format!("--csv {}", file.display()));
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), printed.text);
    assert!(written.text.starts_with("5 events in "), "{}", written.text);
    assert_eq!(report(&stage, "--csv - --since 2027-01-01").text.lines().collect::<Vec<_>>(), lines[..1]);
    let nowhere = format!("ballast report --csv {}/no/where.csv", stage.folder.path().display());
    let failure = crate::stage::ask(&stage.node, &[], &nowhere).expect_err("the folder does not exist");
    assert_eq!(failure.status(), Answer::INPUT);

    let folder = stage.folder.path().join("folder.csv");
    std::fs::create_dir(&folder).expect("a folder");
    let onto = format!("ballast report --csv {}", folder.display());
    crate::stage::ask(&stage.node, &[], &onto).expect_err("a folder is not a file");
    assert!(!stage.folder.path().join("folder.csv.partial").exists());
}

#[test]
fn a_transaction_without_logs_is_an_error() {
    let stage = story();
    stage.node.chained().history[1].logs = vec!["Log truncated".to_owned()];
    let cut = report(&stage, "");
    assert_eq!(cut.json["truncated"].as_array().map(Vec::len), Some(1));
    assert!(cut.text.contains("are cut"), "{}", cut.text);
    stage.node.chained().forgets = true;
    let failure = crate::stage::ask(&stage.node, &[], "ballast report").expect_err("the logs are gone");
    assert!(failure.status() == Answer::FAILED && failure.to_string().contains("no logs"), "{failure}");
}
