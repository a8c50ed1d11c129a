//! `cargo xtask demo --web`, as README has it: one command, and there is a page with a market behind it and a keeper that watches it.

use anyhow::{Result, ensure};
use operate_tests::process::Running;
use operate_tests::root;
use operate_tests::stage::shell;
use std::process::Command;

#[test]
fn one_command_brings_node_keeper_and_page() -> Result<()> {
    let log = root().join("target/tmp/demo-web.log");
    let mut demo = Running::start(shell("exec cargo xtask demo --web")?, &log)?;
    demo.wait_for("Local:")?;
    let page = fetch("http://localhost:4173/")?;
    ensure!(page.contains("Ballast"), "{page}");
    ensure!(fetch("http://localhost:4173/addresses.json")?.contains("\"config\""), "the page knows no market");
    ensure!(
        fetch("http://127.0.0.1:9464/metrics")?.contains("ballast_keeper_obligations 25"),
        "the lender and the crowd"
    );
    demo.stop()?;
    ensure!(fetch("http://localhost:4173/").is_err(), "the page is still served");
    Ok(())
}

fn fetch(url: &str) -> Result<String> {
    let output = Command::new("curl").args(["--silent", "--show-error", "--fail", "--max-time", "10", url]).output()?;
    ensure!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
