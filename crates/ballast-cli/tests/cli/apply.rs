//! `config init` and `config apply`.

use crate::facade::Node;
use crate::stage::{self, write_key};
use anchor_lang::prelude::Address;
use ballast_cli::answer::{Answer, CommandError};
use ballast_client::addresses::config_address;
use ballast_config::{MarketFile, TokenProgram};
use ballast_testkit::World;
use ballast_testkit::pyth::{PythFeed, Quotation};
use serde_json::json;
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A World with two mints and their prices, and a file that lists them. The market does not exist yet.
struct Cluster {
    world: World,
    authority: Keypair,
    file: MarketFile,
    folder: TempDir,
}

impl Cluster {
    fn new() -> Self {
        let mut world = World::new();
        let authority = world.wallet();
        let text = include_str!("../../../../migrations/config/localnet.toml");
        let mut file = MarketFile::parse(text).expect("a good file");
        file.market.creator = authority.pubkey();
        file.reserves.truncate(2);
        for reserve in &mut file.reserves {
            reserve.mint = world.mint(reserve.decimals);
            reserve.feed.id = reserve.mint.to_bytes();
            (reserve.token_program, reserve.accepted_powers) = (TokenProgram::SplToken, Vec::new());
            world.publish(&PythFeed::new(reserve.feed.id), &Quotation::calm(100.0, world.now()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        write_key(&folder, "authority.json", &authority);
        Self { world, authority, file, folder }
    }

    fn node(&self) -> Node {
        Node::serve(self.world.clone())
    }

    fn write(&self) -> PathBuf {
        let path = self.folder.path().join("market.toml");
        std::fs::write(&path, toml::to_string(&self.file).expect("TOML")).expect("a file");
        path
    }

    /// Runs `config init` or `config apply` as the authority.
    fn config(&self, node: &Node, verb: &str) -> Result<Answer, CommandError> {
        let (folder, path) = (self.folder.path().display(), self.write());
        let path = path.display();
        let line = format!("ballast config {verb} --file {path} --keypair {folder}/authority.json");
        stage::ask(node, &[&self.authority], &line)
    }

    /// Returns a node whose market is open and set up as the file says.
    fn applied(&self) -> Node {
        let node = self.node();
        self.config(&node, "init --yes").expect("a market");
        let applied = self.config(&node, "apply --yes").expect("all steps");
        assert_eq!(applied.json["left"]["steps"], json!([]), "{}", applied.text);
        node
    }
}

fn accounts(node: &Node) -> Vec<(Address, Account)> {
    node.chained().world.accounts()
}

fn names(answer: &Answer) -> Vec<&str> {
    let done = answer.json["done"].as_array().expect("a list");
    done.iter().map(|done| done["what"].as_str().expect("words").split(' ').next().expect("a word")).collect()
}

#[test]
fn a_file_becomes_a_market_and_a_second_run_does_nothing() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let missing = cluster.config(&node, "apply --yes").expect_err("the market does not exist");
    assert!(missing.hint().contains("config init"), "{missing}");
    let opened = cluster.config(&node, "init --yes").expect("a market");
    assert_eq!(names(&opened), ["config_init"]);
    let applied = cluster.config(&node, "apply --yes").expect("all steps");
    let of_a_reserve = ["reserve_init", "change_propose", "change_execute"];
    let expected = [&of_a_reserve[..], &of_a_reserve[..], &of_a_reserve[1..]].concat();
    assert_eq!(names(&applied), expected);
    assert!(applied.text.contains("is as the file says"), "{}", applied.text);

    let sent = node.sent();
    for verb in ["init --yes", "apply --yes", "apply"] {
        let again = cluster.config(&node, verb).expect("no step");
        assert_eq!((again.status, names(&again).len(), node.sent()), (Answer::DONE, 0, sent), "{verb}");
    }
    let delay = node.chained().world.all::<ballast::state::Config>()[0].market.change_delay_secs;
    assert_eq!(delay, cluster.file.market.change_delay_secs);
}

#[test]
fn an_interrupted_run_continues_where_it_stopped() {
    let cluster = Cluster::new();
    let whole = cluster.applied();
    let steps = whole.sent();
    assert_eq!(steps, 9);
    for survived in 1..steps {
        let node = cluster.node();
        cluster.config(&node, "init --yes").expect("a market");
        node.chained().lives = survived;
        let unknown = cluster.config(&node, "apply --yes").err();
        let status = unknown.as_ref().map(CommandError::status);
        // The last transaction has landed, but the node went away before it said so.
        assert_eq!(status, Some(Answer::UNSETTLED), "{survived}: {unknown:?}");
        node.chained().lives = usize::MAX;
        cluster.config(&node, "apply --yes").expect("the remaining steps");
        assert_eq!(node.sent(), steps, "{survived}");
        assert!(accounts(&node) == accounts(&whole), "{survived}: another state");
    }
}

#[test]
fn a_change_is_proposed_once_and_executed_when_it_is_due() {
    let mut cluster = Cluster::new();
    let node = cluster.applied();
    cluster.file.reserves[0].limits.supply_cap_tokens /= 2;
    cluster.file.reserves[0].risk.liquidation_threshold_bps -= 100;
    let proposed = cluster.config(&node, "apply --yes").expect("two steps");
    assert_eq!(names(&proposed), ["reserve_tighten", "change_propose"]);
    let step = &proposed.json["left"]["steps"][0];
    assert_eq!(step["instruction"], "change_execute");
    assert!(step["not_before"].is_string() && proposed.text.contains("change_execute, not before 2026"), "{step}");
    let early = cluster.config(&node, "apply --yes").expect("a dry run");
    assert_eq!(names(&early).len(), 0);

    node.chained().world.advance(i64::try_from(cluster.file.market.change_delay_secs).expect("a delay"));
    let executed = cluster.config(&node, "apply --yes").expect("the remaining steps");
    assert_eq!(names(&executed), ["change_execute"]);
    assert_eq!(executed.json["left"]["steps"], json!([]), "{}", executed.text);
}

#[test]
fn a_file_with_a_refused_step_is_not_applied_at_all() {
    let mut cluster = Cluster::new();
    let node = cluster.applied();
    let sent = node.sent();
    cluster.file.reserves[0].limits.supply_cap_tokens /= 2;
    cluster.file.reserves[1].limits.borrow_cap_tokens *= 3;
    let refused = cluster.config(&node, "apply --yes").expect("a plan");
    assert_eq!((refused.status, node.sent()), (Answer::REFUSED, sent));
    assert!(refused.text.contains("REFUSED"), "{}", refused.text);
    cluster.file.reserves[1].limits.borrow_cap_tokens /= 3;
    cluster.file.reserves.swap(0, 1);
    let swapped = cluster.config(&node, "apply --yes").expect("a plan");
    assert!(swapped.status == Answer::REFUSED && swapped.text.contains("number "), "{}", swapped.text);
}

#[test]
fn a_dry_run_sends_nothing_and_a_multisig_gets_the_next_step() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let looked = cluster.config(&node, "init --dry-run").expect("a dry run");
    assert_eq!((&looked.json["done"][0]["outcome"], node.sent()), (&json!("nothing was sent"), 0));
    let printed = cluster.config(&node, "init --print-transaction").expect("a transaction");
    assert!(printed.json["done"][0]["transaction"].is_string() && node.sent() == 0);
    cluster.config(&node, "init --yes").expect("a market");
    let printed = cluster.config(&node, "apply --print-transaction").expect("a transaction");
    assert_eq!((names(&printed), node.sent()), (vec!["reserve_init"], 1));
}

#[test]
fn only_the_creator_opens_a_market() {
    let mut cluster = Cluster::new();
    cluster.file.market.creator = cluster.world.address();
    let node = cluster.node();
    let failure = cluster.config(&node, "init --yes").expect_err("the signer is not the creator");
    assert!(failure.status() == Answer::INPUT && failure.to_string().contains("creator"), "{failure}");
    assert_ne!(config_address(&cluster.file.market.creator), config_address(&cluster.authority.pubkey()));
}

#[test]
fn nothing_is_done_without_a_terminal_or_consent() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let mut process = Command::new(env!("CARGO_BIN_EXE_ballast"));
    process.env("BALLAST_URL", &node.url).env("BALLAST_KEYPAIR", cluster.folder.path().join("authority.json"));
    process.args(["config", "init", "--file"]).arg(cluster.write()).stdin(Stdio::null());
    let output = process.output().expect("a process");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), node.sent()), (Some(i32::from(Answer::INPUT)), 0), "{said}");
    assert!(said.contains("\nhint: ") && said.contains("--yes"), "{said}");
    let agreed = process.arg("--yes").output().expect("a process");
    assert!(agreed.status.success() && node.sent() == 1, "{}", String::from_utf8_lossy(&agreed.stderr));
}
