//! Both clients with a node: the examples of the Rust client, and the TypeScript client's borrower.

use anyhow::{Result, ensure};
use operate_tests::stage::{Stage, shell};

#[test]
fn both_clients_read_and_borrow_over_rpc() -> Result<()> {
    let stage = Stage::set("clients", &["--crowd", "2"])?;
    let (url, market, alice) = (stage.text("/rpc_url")?, &stage.market, stage.key("alice"));
    let shown = output_of(&stage, &format!("examples/market {url} {market}"))?;
    ensure!(shown.contains("4 reserves") && shown.contains("owes nothing") && shown.contains("health 1"), "{shown}");
    output_of(&stage, &format!("examples/borrow {url} {alice}"))?;
    ensure!(
        output_of(&stage, &format!("examples/market {url} {market}"))?.lines().count() == shown.lines().count() + 1
    );
    output_of(&stage, "npm run test:localnet")?;
    Ok(())
}

/// Runs a command and returns its output. Examples are in a folder beside the tools.
fn output_of(stage: &Stage, command: &str) -> Result<String> {
    let command = command.replace("examples/", "\"${PATH%%:*}\"/examples/");
    let mut shell = shell(&command)?;
    let output = shell.env("BALLAST_LOCALNET", stage.path("addresses.json")).output()?;
    let all = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{command}: {}\n{all}", output.status);
    Ok(all)
}
