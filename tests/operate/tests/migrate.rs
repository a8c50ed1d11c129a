//! `anchor migrate` without Anchor: its host script only gives migrations/deploy.js a connection.

use anyhow::{Result, ensure};
use operate_tests::stage::{Stage, shell};

#[test]
fn a_migration_lists_the_market_once() -> Result<()> {
    let stage = Stage::set("migrate", &["--empty"])?;
    let first = migrate(&stage)?;
    ensure!(first.contains("reserve_init of SOL: done") && first.contains("verified: the market is as"), "{first}");
    let second = migrate(&stage)?;
    ensure!(!second.contains(": done") && second.contains("verified: the market is as"), "{second}");
    Ok(())
}

/// Anchor gives the script no terminal for a question.
#[test]
fn the_script_sends_nothing_to_another_machine_without_consent() -> Result<()> {
    for (url, yes, consent) in [
        ("http://127.0.0.1:8899", "", "--yes"),
        ("http://localhost:8899/", "", "--yes"),
        ("https://api.devnet.solana.com", "", "--dry-run"),
        ("http://localhost.example.com", "", "--dry-run"),
        ("https://api.devnet.solana.com", "1", "--yes"),
    ] {
        let output = asked(url, yes)?;
        ensure!(
            output.ends_with(&format!("deploy --config there.toml --keypair k.json {consent}\n")),
            "{url}: {output}"
        );
        ensure!(output.contains("Nothing is sent") == (consent == "--dry-run"), "{url}: {output}");
    }
    Ok(())
}

/// Returns the output, which ends with cargo's arguments. Cargo does not run.
fn asked(url: &str, yes: &str) -> Result<String> {
    let print =
        "require('node:child_process').spawnSync = (_, options) => (console.log(options.join(' ')), {status: 0})";
    let run = "require('./migrations/deploy.js')({connection: {rpcEndpoint: process.env.URL}})";
    let mut node = shell(&format!("node --eval \"{print}; {run}\""))?;
    node.env("URL", url).env("BALLAST_YES", yes).env("BALLAST_CONFIG", "there.toml").env("ANCHOR_WALLET", "k.json");
    let output = node.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn migrate(stage: &Stage) -> Result<String> {
    let mut node = shell("node --eval \"require('./migrations/deploy.js')({ connection: { rpcEndpoint: '$URL' } })\"")?;
    let output = node.env("URL", stage.text("/rpc_url")?).env("ANCHOR_WALLET", stage.key("authority")).output()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure!(output.status.success(), "{}: {text}", output.status);
    Ok(text)
}
