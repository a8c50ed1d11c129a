//! `anchor migrate` without Anchor: its host script does no more than hand migrations/deploy.js a connection.

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

fn migrate(stage: &Stage) -> Result<String> {
    let mut node = shell("node --eval \"require('./migrations/deploy.js')({ connection: { rpcEndpoint: '$URL' } })\"")?;
    let output = node.env("URL", stage.text("/rpc_url")?).env("ANCHOR_WALLET", stage.key("authority")).output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    ensure!(output.status.success(), "{}: {said}", output.status);
    Ok(said)
}
