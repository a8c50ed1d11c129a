//! The command line on the compiled program. This file tests the commands that show a market, and the plan.

mod admin;
mod anyone;
mod apply;
mod facade;
mod owner;
mod program;
mod report;
mod stage;
mod user;

use ballast::error::BallastError;
use ballast::state::MarketSettings;
use ballast_cli::answer::{Answer, without_urls};
use ballast_cli::plan;
use ballast_client::refusal::sentence;
use ballast_client::{ChangeTarget, Snapshot};
use ballast_config::{MarketFile, TokenProgram};
use ballast_core::risk::Ramp;
use ballast_testkit::user::AssetPair;
use ballast_testkit::{Listing, Market, User, World};
use facade::Node;
use solana_signer::Signer;

const DAY: i64 = 86_400;

/// Returns a market that is as its file says: the localnet's file, with this World's keys and mints.
fn stage() -> (World, Market, MarketFile) {
    let mut world = World::new();
    let mut file = MarketFile::parse(include_str!("../../../../migrations/config/localnet.toml")).expect("a good file");
    let mut market = Market::new(&mut world);
    file.market.creator = market.authority.pubkey();
    file.market.guardian = market.guardian.pubkey();
    file.market.fee_receiver = market.fee_receiver.pubkey();
    for index in 0..file.reserves.len() {
        let mint = world.mint(file.reserves[index].decimals);
        let reserve = &mut file.reserves[index];
        (reserve.mint, reserve.feed.id) = (mint, mint.to_bytes());
        (reserve.token_program, reserve.accepted_powers) = (TokenProgram::SplToken, Vec::new());
        let settings = file.settings(&file.reserves[index]).expect("good settings");
        let reserve = &file.reserves[index];
        let listing = Listing { settings, ..Listing::new(reserve.decimals, 100.0).named(&reserve.symbol) };
        market.list_mint(&mut world, mint, &listing).expect("a listing");
    }
    let settings = file.market.settings().expect("good settings");
    market.set_market(&mut world, |market| *market = settings).expect("a change");
    (world, market, file)
}

fn plan(world: &World, market: &Market, file: &MarketFile) -> plan::ConfigPlan {
    let snapshot = Snapshot::read(world, &market.config).expect("a market");
    let queued = snapshot.changes(world).expect("changes");
    plan::compare(file, &snapshot, &queued).expect("a plan")
}

/// Runs a command on a node that has this World.
fn ask(world: &World, line: &str) -> Answer {
    stage::ask(&Node::serve(world.clone()), &[], line).expect("an answer")
}

#[test]
fn a_market_that_matches_its_file_needs_no_step() {
    let (world, market, file) = stage();
    let plan = plan(&world, &market, &file);
    assert!(plan.steps.is_empty() && plan.notes.is_empty(), "{plan}");
    assert!(plan.to_string().contains("is as the file says"));
}

#[test]
fn tighter_limits_apply_at_once_and_other_changes_wait() {
    let (world, market, mut file) = stage();
    let reserve = &mut file.reserves[0];
    reserve.limits.supply_cap_tokens /= 2;
    reserve.risk.liquidation_threshold_bps -= 100;
    let plan = plan(&world, &market, &file);
    let [tighten, propose] = plan.steps.as_slice() else { panic!("two steps: {plan}") };
    assert_eq!((tighten.action.instruction(), tighten.not_before, &tighten.refused), ("reserve_tighten", None, &None));
    assert_eq!(tighten.fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["supply_cap_atoms"]);
    let after = world.now() + i64::try_from(file.market.change_delay_secs).expect("a delay");
    assert_eq!(propose.not_before.map(|time| time.0), Some(after));
    assert_eq!(propose.fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["liquidation_threshold_bps"]);
    assert!(propose.note.as_ref().is_some_and(|note| note.contains("ramps over 86400 s")), "{plan}");
}

#[test]
fn the_plan_refuses_a_step_in_the_words_of_the_program() {
    let (mut world, market, mut file) = stage();
    file.reserves[0].limits.borrow_cap_tokens *= 3;
    let planned = plan(&world, &market, &file);
    let [propose] = planned.steps.as_slice() else { panic!("one step: {planned}") };
    let sentence = propose.refused.as_deref().expect("a refusal");
    let settings = file.settings(&file.reserves[0]).expect("good settings");
    let proposal = ballast::instructions::Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    let failure = market.propose(&mut world, market.target(0), 1, proposal).expect_err("too large a step");
    assert_eq!(sentence, ballast_client::TransactionRefusal::new(&failure.error, &failure.logs).sentence);
}

#[test]
fn the_plan_refuses_to_remove_the_delay() {
    let (world, market, mut file) = stage();
    file.market.change_delay_secs = 0;
    let plan = plan(&world, &market, &file);
    let [terms] = plan.steps.as_slice() else { panic!("one step: {plan}") };
    assert_eq!(terms.refused.as_deref(), sentence(BallastError::InvalidDelay), "{plan}");
}

#[test]
fn a_new_asset_is_listed_at_once_and_opened_later() {
    let (mut world, market, mut file) = stage();
    let listed = file.reserves.len();
    let mut unlisted = file.reserves[0].clone();
    unlisted.mint = world.mint(unlisted.decimals);
    file.reserves.push(unlisted);
    let absent = file.reserves.remove(listed - 1).mint;
    let plan = plan(&world, &market, &file);
    let steps: Vec<_> = plan.steps.iter().map(|step| (step.action.instruction(), step.not_before.is_some())).collect();
    assert_eq!(steps, [("reserve_init", false), ("change_propose", true)]);
    assert_eq!(plan.notes, [format!("the file does not name {absent}, which is listed")]);
}

#[test]
fn a_queued_change_is_listed_and_noted_in_the_plan() {
    let (mut world, market, file) = stage();
    let proposal = ballast::instructions::Proposal::Market { market: file.market.settings().expect("good settings") };
    market.propose(&mut world, ChangeTarget::Market, 1, proposal).expect("change_propose");
    let line = format!("ballast change list --market {}", market.config);
    assert_eq!(ask(&world, &line).json[0]["state"], "waiting");
    assert_eq!(plan(&world, &market, &file).notes.len(), 1);
    world.advance(DAY);
    assert_eq!(ask(&world, &line).json[0]["state"], "executable");
    world.advance(20 * DAY);
    assert_eq!(ask(&world, &line).json[0]["state"], "obsolete");
}

#[test]
fn the_plan_opens_a_market_that_does_not_exist() {
    let folder = std::env::temp_dir().join(format!("ballast-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("localnet.toml");
    std::fs::write(&file, include_str!("../../../../migrations/config/localnet.toml")).expect("a file");
    let answer = ask(&World::new(), &format!("ballast config plan --file {}", file.display()));
    assert_eq!((answer.status, &answer.json["steps"][0]["instruction"]), (Answer::DONE, &"config_init".into()));
    std::fs::write(&file, "[market]").expect("a file");
    let line = format!("ballast config plan --file {}", file.display());
    let failure = stage::ask(&Node::serve(World::new()), &[], &line).expect_err("a bad file");
    assert_eq!(failure.status(), Answer::INPUT);
    assert!(failure.hint().contains("migrations/config/localnet.toml"), "{}", failure.hint());
}

/// Returns a market with two assets, a lender, and a borrower whose health is 1.14 until the price falls.
fn loan() -> (World, Market, User) {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(9, 100.0).named("ABC"), Listing::new(6, 1.0).named("USDC")]);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, 1_000_000_000_000_000));
    lender.deposit(&mut world, &market, 1, 1_000_000_000_000).expect("deposit");
    borrower.deposit(&mut world, &market, 0, 100_000_000_000).expect("deposit");
    borrower.borrow(&mut world, &market, 1, 7_000_000_000).expect("borrow");
    (world, market, borrower)
}

#[test]
fn obligations_are_listed_by_health_and_filtered_by_it() {
    let (mut world, market, borrower) = loan();
    let line = format!("ballast obligation list --market {}", market.config);
    let unhealthy = format!("{line} --unhealthy");
    let healthy = ask(&world, &line);
    assert_eq!(healthy.json.as_array().map(Vec::len), Some(2));
    assert_eq!(healthy.json[0]["obligation"], borrower.obligation.to_string());
    assert!(healthy.json[1]["health"].is_null() && healthy.text.contains("no debt"), "{}", healthy.text);
    assert_eq!(ask(&world, &unhealthy).json.as_array().map(Vec::len), Some(0));

    market.set_price(&mut world, 0, 80.0);
    let called = ask(&world, &unhealthy);
    assert_eq!(called.json.as_array().map(Vec::len), Some(1));
    // 8,000 $, rounded down as all collateral is.
    assert_eq!(called.json[0]["collateral_usd"], "7999.99");
    let pair = AssetPair { collateral: 0, debt: 1 };
    let liquidator = User::new(&mut world, &market, 1_000_000_000_000);
    liquidator.liquidate(&mut world, &market, &borrower, pair, u64::MAX).expect("as the list says");
}

/// As in the program, an old price counts at a discount, and an account without a price at the mark.
#[test]
fn an_obligation_is_valued_without_living_prices() {
    let (mut world, market, borrower) = loan();
    let line = format!("ballast obligation show {} --market {}", borrower.obligation, market.config);
    let health = |world: &World| ask(world, &line).json["health"].as_u64().expect("a health");
    let fresh = health(&world);
    world.advance(DAY);
    let old = health(&world);
    assert!((10_500..fresh).contains(&old), "{old} of {fresh}");
    world.set(market.assets[0].feed.address, solana_account::Account::default());
    assert!((10_500..=old).contains(&health(&world)), "the mark is as old");
}

#[test]
fn an_obligation_is_shown_with_its_positions() {
    let (world, market, borrower) = loan();
    let shown = ask(&world, &format!("ballast obligation show {} --market {}", borrower.obligation, market.config));
    assert_eq!((&shown.json["liquidatable"], &shown.json["delegate"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(shown.json["positions"][0]["amount"], "100.000000000");
    assert_eq!(shown.json["positions"][1]["side"], "debt");
    assert!(shown.text.contains("7000.000000"), "{}", shown.text);
}

#[test]
fn reserves_and_prices_are_shown() {
    let (mut world, market, _) = loan();
    let list = ask(&world, &format!("ballast reserve list --market {}", market.config));
    assert_eq!((&list.json[1]["borrowed"], &list.json[1]["utilization_bps"]), (&"7000.000000".into(), &70.into()));
    assert_eq!(list.json[0]["price"], "100.00000000");
    let mint = market.assets[1].mint;
    let line = format!("ballast reserve show SOL --market {}", market.config);
    let none = stage::ask(&Node::serve(world.clone()), &[], &line).expect_err("SOL is not listed");
    assert_eq!(none.to_string(), "the market has no reserve SOL; it has ABC, USDC");
    let shown = ask(&world, &format!("ballast reserve show {mint} --market {}", market.config));
    assert_eq!(shown.json["vault"], market.assets[1].vault.to_string());
    assert_eq!((&shown.json["ltv_bps"], &shown.json["state"]), (&"7500".into(), &"open".into()));

    let line = format!("ballast price show {mint} --market {}", market.config);
    assert_eq!(ask(&world, &line).json[0]["for_new_risk"], "good");
    world.advance(120);
    let aged = ask(&world, &line);
    assert_eq!(aged.json[0]["for_liquidation"], "good");
    assert_ne!(aged.json[0]["for_new_risk"], "good");
}

#[test]
fn a_market_is_shown() {
    let (world, market, _) = loan();
    let shown = ask(&world, &format!("ballast market show --market {}", market.config));
    let MarketSettings { guardian, .. } = market.state(&world).market;
    assert_eq!((&shown.json["reserves"], &shown.json["guardian"]), (&"2".into(), &guardian.to_string().into()));
    assert!(shown.text.lines().any(|line| line.starts_with("authority ")), "{}", shown.text);
}

#[test]
fn errors_do_not_repeat_the_url_of_a_node() {
    let said = "error sending request for url (https://node.example/?key=secret): refused, or http://x/secret";
    assert_eq!(without_urls(said), "error sending request for url (the node): refused, or the node");
    // Any part of a URL may be a secret, and a person may type any scheme.
    for said in
        ["wss://x/secret", "url (http://x/s(ec)ret'\"secret)", "HTTPS://u:secret@x", "(x+y://secret) at\nhttp://secret"]
    {
        assert!(!without_urls(said).contains("ret"), "{}", without_urls(said));
    }
}

/// Runs the compiled binary against a node.
#[test]
fn the_process_ends_with_the_documented_status() {
    let (world, market, borrower) = loan();
    let url = Node::serve(world).url;
    let config = market.config.to_string();
    let run = |arguments: &[&str], url: &str| {
        let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_ballast"));
        process.env("BALLAST_URL", url).env("BALLAST_MARKET", &config).args(arguments).output().expect("a process")
    };
    let listed = run(&["obligation", "list", "--json"], &url);
    let text = String::from_utf8(listed.stdout).expect("text");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed: serde_json::Value = serde_json::from_str(&text).expect("one document");
    assert_eq!(listed[0]["obligation"], borrower.obligation.to_string());

    let shown = run(&["reserve", "list"], &url);
    assert!(shown.status.success() && !shown.stdout.is_empty());
    let dead = run(&["market", "show"], "http://127.0.0.1:1/?key=secret");
    let said = String::from_utf8(dead.stderr).expect("text");
    assert_eq!(dead.status.code(), Some(i32::from(Answer::FAILED)));
    assert!(said.starts_with("error: ") && said.contains("\nhint: ") && !said.contains("secret"), "{said}");
    let nothing = run(&["reserve", "show", &config], &url);
    assert_eq!(nothing.status.code(), Some(i32::from(Answer::FAILED)));
    assert_eq!(run(&["reserve"], &url).status.code(), Some(i32::from(Answer::INPUT)));
    let key = std::env::temp_dir().join(format!("ballast-cli-key-{}.json", std::process::id()));
    let own = ["obligation", "show", "--keypair", key.to_str().expect("a path")];
    std::fs::write(&key, format!("{:?}", borrower.key.to_bytes())).expect("a file");
    assert!(run(&own, &url).status.success());
    std::fs::write(&key, "[secret").expect("a file");
    let unreadable = run(&own, &url);
    assert_eq!(unreadable.status.code(), Some(i32::from(Answer::INPUT)));
    assert!(!String::from_utf8_lossy(&unreadable.stderr).contains("secret"));
    let completions = run(&["completions", "bash"], &url);
    assert!(completions.status.success() && completions.stdout.starts_with(b"_ballast"));
}
