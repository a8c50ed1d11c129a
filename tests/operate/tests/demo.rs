//! `cargo xtask demo --web`, as README has it: one command starts a node with a market, a keeper that watches it, and
//! the page.

use anyhow::{Context, Result, ensure};
use operate_tests::process::Running;
use operate_tests::stage::shell;
use operate_tests::usual::Place;
use std::process::Command;
use std::time::{Duration, Instant};

const LOADING: Duration = Duration::from_secs(120);

#[test]
fn one_command_starts_node_keeper_and_page() -> Result<()> {
    let place = Place::new("demo-web")?;
    let mut command = shell("exec cargo xtask demo --web")?;
    place.set_environment(&mut command);
    let mut demo = Running::start(command, &place.folder().join("demo.log"))?;
    demo.wait_for("Local:")?;
    // Vite takes the next port if its own is taken.
    let page = demo.output();
    let page = page.split_once("Local:").and_then(|(_, rest)| rest.split_whitespace().next()).context("an address")?;
    let text = fetch(page)?;
    ensure!(text.contains("Ballast"), "{text}");
    ensure!(fetch(&format!("{page}addresses.json"))?.contains("\"config\""), "the page finds no market");
    // The keeper loads the market while Vite starts: the lender's obligation and those of the crowd.
    let metrics = format!("http://127.0.0.1:{}/metrics", place.keeper);
    let start = Instant::now();
    while !fetch(&metrics).is_ok_and(|metrics| metrics.contains("ballast_keeper_obligations 25")) {
        ensure!(start.elapsed() < LOADING, "the keeper has not loaded 25 obligations:\n{}", demo.output());
        std::thread::sleep(Duration::from_millis(200));
    }
    let page = page.to_owned();
    demo.stop()?;
    ensure!(fetch(&page).is_err(), "the page is still served");
    Ok(())
}

fn fetch(url: &str) -> Result<String> {
    let output = Command::new("curl").args(["--silent", "--show-error", "--fail", "--max-time", "60", url]).output()?;
    ensure!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
