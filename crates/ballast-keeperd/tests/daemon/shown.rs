//! The configuration and its errors, metrics, health and the dashboard.

use crate::keeper::{SECRET, Stage};
use ballast_keeperd::config::KeeperConfig;
use ballast_keeperd::metrics;
use serde_json::Value;
use std::collections::BTreeSet;

const EXAMPLE: &str = include_str!("../../keeper.example.toml");
const DASHBOARD: &str = include_str!("../../grafana/ballast-keeper.json");

/// With every key that is commented out.
fn whole_example() -> String {
    let is_key = |line: &str| {
        line.starts_with("# [")
            || line.strip_prefix("# ").is_some_and(|rest| {
                rest.split_once(" = ")
                    .is_some_and(|(key, _)| key.chars().all(|one| one.is_ascii_lowercase() || one == '_'))
            })
    };
    let lines = EXAMPLE.lines().map(|line| if is_key(line) { &line[2..] } else { line });
    let address = "BaLLast1111111111111111111111111111111111111";
    let text = lines.collect::<Vec<_>>().join("\n").replace("owner = \"...\"", &format!("owner = \"{address}\""));
    text.replace("obligation = \"...\"\n", "")
}

#[test]
fn the_example_is_a_configuration_and_names_every_key() {
    KeeperConfig::parse(EXAMPLE).expect("the example");
    let whole = KeeperConfig::parse(&whole_example()).unwrap_or_else(|error| panic!("{error}\n{}", whole_example()));
    assert_eq!((whole.channels.len(), whole.subscribers.len()), (4, 1));
    // The debug output names every field of every struct.
    let shown = format!("{whole:#?}");
    let fields = shown.lines().filter_map(|line| line.trim().split_once(": ")).map(|(name, _)| name);
    for field in fields.filter(|name| name.chars().all(|one| one.is_ascii_lowercase() || one == '_')) {
        let named = EXAMPLE.contains(&format!("{field} = ")) || EXAMPLE.contains(&format!("[{field}]"));
        let is_table = ["subscribers", "channels", "fees"].contains(&field);
        assert!(named || is_table, "keeper.example.toml does not name `{field}`");
    }
}

#[test]
fn commented_keys_show_their_defaults() {
    let plain = KeeperConfig::parse(EXAMPLE).expect("the example");
    let whole = KeeperConfig::parse(&whole_example()).expect("the whole example");
    let same = [
        (format!("{:?}", plain.limits), format!("{:?}", whole.limits)),
        (format!("{:?}", plain.log), format!("{:?}", whole.log)),
        (format!("{:?}", plain.http), format!("{:?}", whole.http)),
        (format!("{:?}", plain.source.commitment), format!("{:?}", whole.source.commitment)),
        (
            format!("{:?}", (plain.source.poll_ms, plain.source.sweep_ms)),
            format!("{:?}", (whole.source.poll_ms, whole.source.sweep_ms)),
        ),
        (format!("{:?}", plain.engine.tolerance_bps), format!("{:?}", whole.engine.tolerance_bps)),
        (format!("{:?}", plain.engine.least_profit_cents), format!("{:?}", whole.engine.least_profit_cents)),
        (format!("{:?}", plain.engine.route_slots), format!("{:?}", whole.engine.route_slots)),
    ];
    for (plain, whole) in same {
        assert_eq!(plain, whole);
    }
}

#[tokio::test]
async fn errors_name_the_next_step_and_no_secret() {
    let stage = Stage::new().await;
    let check = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = stage.command("check-config");
        change(&mut command);
        let output = command.output().expect("the program");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!said.contains(SECRET), "{said}");
        (output.status.code(), said)
    };
    assert_eq!(check(&|_| {}), (Some(0), String::new()));
    let mistakes: [(&[(&str, &str)], &str); 7] = [
        (&[("BALLAST_KEEPER_SOURCE__TYPO", "1")], "typo"),
        (&[("BALLAST_KEEPER_SOURCE__RPC", "T0PSECRET")], "not a URL"),
        (&[("BALLAST_KEEPER_SOURCE__KIND", "carrier_pigeon")], "carrier_pigeon"),
        (&[("BALLAST_KEEPER_KEYPAIR", "/nowhere.json")], "/nowhere.json"),
        (&[("BALLAST_KEEPER_LOG__FILTER", "a=b=c")], "filter"),
        (&[("BALLAST_KEEPER_SOURCE__POLL_MS", "1")], "50 ms"),
        (&[("BALLAST_KEEPER_SOURCE__YELLOWSTONE_TOKEN", "9876543210")], "quotes"),
    ];
    for (environment, word) in mistakes {
        let (status, said) = check(&|command| {
            command.envs(environment.iter().copied());
        });
        assert_eq!(status, Some(1), "{said}");
        assert!(said.starts_with("error: ") && said.contains("\nhint: ") && said.contains(word), "{word}: {said}");
        assert!(!said.contains("9876543210"), "{said}");
    }
    // A quote that is not closed, on the line with the secret.
    stage.configure("rpc", &format!("[channels.a]\nkind = \"discord\"\nurl = \"http://a.example/{SECRET}\n"));
    let (status, said) = check(&|_| {});
    assert!(status == Some(1) && said.contains("line ") && said.contains("\nhint: "), "{said}");
    std::fs::remove_file(stage.folder.path().join("keeper.toml")).expect("a disk");
    let (status, said) = check(&|_| {});
    assert!(status == Some(1) && said.contains("hint: copy"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_keeper_in_the_same_folder_is_refused() {
    let stage = Stage::new().await;
    let keeper = stage.start("run");
    keeper.until_ready().await;
    let output = stage.command("run").output().expect("the program");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code() == Some(1) && said.contains("in use") && said.contains("hint: "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_health_are_served() {
    let stage = Stage::new().await;
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
    stage.until("the journal", |stage| stage.journal().contains("closed")).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let (status, text) = keeper.get("/metrics").await;
    assert_eq!(status, 200);
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in\n{text}"));
        line.rsplit_once(' ').expect("a value").1.parse::<f64>().expect("a number")
    };
    assert_eq!(value("ballast_keeper_sent_total{kind=\"liquidate\"}"), 1.0);
    assert_eq!(value("ballast_keeper_outcomes_total{kind=\"liquidate\",outcome=\"landed\"}"), 1.0);
    assert_eq!((value("ballast_keeper_loaded"), value("ballast_keeper_obligations")), (1.0, 2.0));
    assert!(value("ballast_keeper_source_slot") > 1_000.0 && value("ballast_keeper_balance_lamports") > 0.0);
    let known: BTreeSet<_> = metrics::ALL.iter().map(|(name, ..)| *name).collect();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().expect("a name");
        assert!(known.contains(name), "{name} has no description");
    }
    assert_eq!(keeper.get("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(keeper.get("/nothing").await.0, 404);
}

/// Every metric that it draws exists, and it draws every metric that exists.
#[test]
fn the_dashboard_draws_every_metric() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let mut drawn = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().expect("targets") {
            let expression = target["expr"].as_str().expect("an expression");
            let words = expression.split(|one: char| !one.is_ascii_alphanumeric() && one != '_');
            drawn.extend(words.filter(|word| word.starts_with("ballast_keeper_")).map(str::to_owned));
        }
    }
    let known: BTreeSet<_> = metrics::ALL
        .iter()
        .map(|(name, shape, _)| match shape {
            metrics::Shape::Histogram => format!("{name}_bucket"),
            _ => (*name).to_owned(),
        })
        .collect();
    assert_eq!(drawn, known);
}
