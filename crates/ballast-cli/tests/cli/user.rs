//! `deposit`, `withdraw`, `borrow` and `repay`.

use crate::facade::Node;
use crate::stage::{DOLLAR, SOL, Stage, write_key};
use anchor_lang::prelude::Address;
use ballast_cli::answer::Answer;
use ballast_client::Snapshot;
use ballast_client::addresses::obligation_address;
use ballast_testkit::{Listing, Market, User, World};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use solana_account::Account;
use solana_message::VersionedMessage;
use solana_signer::Signer;
use spl_token_interface::native_mint;

const LAMPORTS: u64 = 1_000_000_000;

fn after(answer: &Answer, name: &str) -> Value {
    let effect = answer.json["effect"].as_array().expect("an effect");
    effect.iter().find(|shift| shift["name"] == name).expect(name)["after"].clone()
}

#[test]
fn a_loan_is_taken_and_repaid_and_its_collateral_withdrawn() {
    let stage = Stage::new();
    let (config, mint) = (stage.market.config, stage.market.assets[DOLLAR].mint);
    let obligation = obligation_address(&config, &stage.key.pubkey(), 0);
    let before = stage.lamports();

    let deposited = stage.act("deposit 10 SOL").expect("a deposit");
    assert!(deposited.text.contains("which is opened") && deposited.json["outcome"] == "done", "{}", deposited.text);
    assert_eq!(deposited.json["priority_fee_micro_lamports"], 700, "the median of what others pay");
    let spent = before - stage.lamports();
    assert!((10 * LAMPORTS..10 * LAMPORTS + 20_000_000).contains(&spent), "10 SOL, rent and a fee: {spent}");
    assert!(stage.node.chained().world.get(&stage.wrapped()).data.is_empty(), "no wrapped SOL is left behind");

    let borrowed = stage.act(&format!("borrow 100.5 {mint}")).expect("a loan");
    assert_eq!(stage.dollars(), 1_000_000_000 + 100_500_000);
    let shown = stage.ask(&format!("obligation show {obligation}")).expect("an obligation");
    assert_eq!(after(&borrowed, "debt"), json!(format!("{} $", shown.json["debt_usd"].as_str().expect("a debt"))));
    assert!(shown.text.contains(after(&borrowed, "health").as_str().expect("a health")), "{}", shown.text);

    stage.act(&format!("repay 0.5 {mint}")).expect("a repayment");
    let repaid = stage.act(&format!("repay all {mint}")).expect("a full repayment");
    assert_eq!(after(&repaid, "health"), "no debt");
    assert_eq!(stage.dollars(), 1_000_000_000, "a loan without a fee, in no time");

    let withdrawn = stage.act("withdraw all SOL").expect("a withdrawal");
    assert_eq!(after(&withdrawn, "in SOL"), Value::Null);
    let cost = before - stage.lamports();
    assert!(cost < 20_000_000, "rent of two accounts, and fees: {cost}");
}

#[test]
fn a_debt_in_sol_is_repaid_with_sol() {
    let stage = Stage::new();
    stage.act(&format!("deposit 500 {}", stage.market.assets[DOLLAR].mint)).expect("a deposit");
    stage.act("borrow 1 SOL").expect("a loan");
    stage.node.chained().world.advance(30);
    let repaid = stage.act("repay all SOL").expect("a repayment");
    assert_eq!(after(&repaid, "health"), "no debt");
    assert!(stage.node.chained().world.get(&stage.wrapped()).data.is_empty());
}

#[test]
fn a_refused_transaction_is_not_sent() {
    let stage = Stage::new();
    let mint = stage.market.assets[DOLLAR].mint;
    stage.act("deposit 1 SOL").expect("a deposit");
    let sent = stage.node.sent();
    let cases = [
        (format!("borrow 90 {mint}"), Answer::REFUSED, "health"),
        (format!("borrow all {mint}"), Answer::INPUT, "not supported"),
        (format!("repay 1 {mint}"), Answer::REFUSED, "debt"),
        (format!("withdraw 1 {mint}"), Answer::REFUSED, "collateral"),
        ("withdraw 1.1 SOL".to_owned(), Answer::REFUSED, "collateral"),
        ("deposit 0.0000000001 SOL".to_owned(), Answer::INPUT, "9 decimals"),
        ("deposit all SOL".to_owned(), Answer::INPUT, "SOL"),
        (format!("deposit 2000 {mint}"), Answer::REFUSED, "insufficient funds"),
        ("deposit 1000000 SOL".to_owned(), Answer::REFUSED, "enough SOL"),
        ("obligation open".to_owned(), Answer::REFUSED, "exists already"),
        (format!("deposit 1 {}", stage.market.config), Answer::FAILED, "no reserve"),
        ("withdraw 1 SOL --number 7".to_owned(), Answer::FAILED, "does not exist"),
    ];
    for (line, status, word) in cases {
        let failure = stage.act(&line).expect_err(&line);
        let said = failure.to_string().to_lowercase();
        assert!(failure.status() == status && said.contains(&word.to_lowercase()), "{line}: {said}");
        assert!(!failure.hint().is_empty(), "{line}");
    }
    assert_eq!(stage.node.sent(), sent);
}

/// A simulation is the most expensive request, so there is only one.
#[test]
fn one_simulation_gives_the_limit_and_the_effect() {
    let stage = Stage::new();
    let deposited = stage.act("deposit 10 SOL").expect("a deposit");
    assert_eq!(after(&deposited, "collateral"), "999.99 $");
    let [simulated] = stage.node.asked("simulateTransaction").try_into().expect("one");
    let obligation = obligation_address(&stage.market.config, &stage.key.pubkey(), 0);
    let watched = [obligation, stage.market.assets[SOL].reserve, stage.key.pubkey()].map(|address| address.to_string());
    assert_eq!(simulated[1]["accounts"]["addresses"], json!(watched));
    stage.act("withdraw 11 SOL").expect_err("more than the collateral");
    stage.act("obligation settings --warning-bps 500").expect("settings, which watch no account");
    assert_eq!(stage.node.asked("simulateTransaction").len(), 3);
}

#[test]
fn a_dry_run_shows_everything_and_sends_nothing() {
    let stage = Stage::new();
    let shown = stage.act("deposit 10 SOL --dry-run").expect("a dry run");
    assert_eq!((&shown.json["outcome"], &shown.json["signature"]), (&json!("nothing was sent"), &Value::Null));
    assert_eq!(after(&shown, "collateral"), "999.99 $");
    assert!(shown.text.contains("nothing was sent"), "{}", shown.text);
    assert_eq!(stage.node.sent(), 0);
}

#[test]
fn a_transaction_is_printed_for_a_signer_elsewhere() {
    let stage = Stage::new();
    let authority = stage.key.pubkey();
    let mint = stage.market.assets[DOLLAR].mint;
    let refused = stage.ask(&format!("deposit 10 {mint} --authority {authority}")).expect_err("an address cannot sign");
    assert_eq!(refused.status(), Answer::INPUT);
    let line = format!("deposit 10 {mint} --authority {authority} --print-transaction");
    let printed = stage.ask(&line).expect("a transaction");
    let message = BASE64_STANDARD.decode(printed.json["transaction"].as_str().expect("base 64")).expect("base 64");
    let message: VersionedMessage = wincode::deserialize(&message).expect("a message");
    assert_eq!(message.static_account_keys()[0], authority);
    let discriminators: Vec<_> = message.instructions().iter().map(|compiled| compiled.data[..8].to_vec()).collect();
    use anchor_lang::Discriminator;
    use ballast::instruction::{Deposit, ObligationOpen};
    assert_eq!(discriminators, [ObligationOpen::DISCRIMINATOR, Deposit::DISCRIMINATOR]);
    assert_eq!(message.instructions()[1].data[8..16], 10_000_000u64.to_le_bytes());
    assert!(printed.text.lines().any(|line| line == printed.json["transaction"]), "{}", printed.text);
    assert_eq!(stage.node.sent(), 0);
}

#[test]
fn a_lost_transaction_is_not_mistaken_for_one_that_may_still_land() {
    let stage = Stage::new();
    stage.node.chained().loses = true;
    let lost = stage.act("deposit 1 SOL").expect_err("the transaction is lost");
    assert_eq!(lost.status(), Answer::UNSETTLED);
    assert!(lost.to_string().contains("no longer can") && lost.hint().contains("try again"), "{lost}");
    stage.node.chained().loses = false;
    stage.node.chained().lives = 1;
    let unknown = stage.act("deposit 1 SOL").expect_err("the node goes away");
    assert_eq!(unknown.status(), Answer::UNSETTLED);
    assert!(unknown.to_string().contains("may still land") && unknown.hint().contains("look it up"), "{unknown}");
    assert!(!unknown.to_string().contains("http"), "{unknown}");
}

/// Otherwise a person would send it a second time.
#[test]
fn a_landed_transaction_is_found_although_the_node_has_hung_up() {
    let stage = Stage::new();
    stage.node.chained().hangs_up = true;
    let landed = stage.act("deposit 1 SOL").expect("a deposit");
    assert_eq!((&landed.json["outcome"], stage.node.sent()), (&json!("done"), 1));
}

#[test]
fn a_command_says_how_much_wrapped_sol_it_unwraps_besides() {
    let stage = Stage::new();
    let mut chained = stage.node.chained();
    let held = chained.world.tokens(&native_mint::ID, &stage.key.pubkey(), 7 * LAMPORTS);
    let account = chained.world.get(&held);
    chained.world.set(stage.wrapped(), account);
    drop(chained);
    let said = format!("this also unwraps the 7.000000000 SOL in {}", stage.wrapped());
    let deposited = stage.act("deposit 1 SOL").expect("a deposit");
    assert!(deposited.text.contains(&said), "{}", deposited.text);
    assert!(stage.node.chained().world.get(&stage.wrapped()).data.is_empty());
    let withdrawn = stage.act("withdraw all SOL").expect("a withdrawal");
    assert!(!withdrawn.text.contains("wrapped"), "{}", withdrawn.text);
}

#[test]
fn an_obligation_of_sixteen_positions_needs_a_lookup_table() {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); 16]);
    let user = User::new(&mut world, &market, 1_000_000_000);
    for asset in 0..16 {
        user.deposit(&mut world, &market, asset, 1_000_000_000).expect("deposit");
    }
    // A table has 56 bytes of state, then its addresses. Addresses cannot be used in the slot in which they were added.
    let mut data = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
    data.resize(56, 0);
    for listed in Snapshot::read(&world, &market.config).expect("a market").reserves {
        let asset = listed.asset();
        data.extend([asset.reserve.to_bytes(), asset.price.to_bytes()].concat());
    }
    let owner = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");
    let table = world.address();
    world.set(table, Account { lamports: LAMPORTS, data, owner, ..Account::default() });
    world.advance_slots(1);
    let mint = market.assets[15].mint;
    let folder = tempfile::tempdir().expect("a folder");
    write_key(&folder, "own.json", &user.key);
    let stage = Stage { node: Node::serve(world), market, key: user.key, folder };

    let line = format!("withdraw 1 {mint}");
    let bare = stage.act(&line).expect_err("too many accounts");
    assert!(bare.status() == Answer::INPUT && bare.hint().contains("--lookup-table"), "{bare}");
    let none = stage.act(&format!("{line} --lookup-table {mint}")).expect_err("a mint is not a lookup table");
    assert_eq!((none.status(), stage.node.sent()), (Answer::FAILED, 0), "{none}");
    let printed = stage.act(&format!("{line} --lookup-table {table} --print-transaction")).expect("a transaction");
    assert_eq!(printed.json["outcome"], "to be signed");
    let withdrawn = stage.act(&format!("{line} --lookup-table {table}")).expect("a withdrawal");
    assert_eq!(withdrawn.json["outcome"], "done", "{}", withdrawn.text);
}

#[test]
fn a_command_without_a_signer_is_refused() {
    let stage = Stage::new();
    let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_ballast"));
    process.env("BALLAST_URL", &stage.node.url).env("BALLAST_MARKET", stage.market.config.to_string());
    let output = process.env_remove("BALLAST_KEYPAIR").args(["deposit", "1", "SOL"]).output().expect("a process");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), stage.node.sent()), (Some(i32::from(Answer::INPUT)), 0), "{said}");
    assert!(said.starts_with("error: ") && said.contains("\nhint: name a --keypair"), "{said}");
}
