//! Whoever follows a guide to the letter gets where it leads.

use anyhow::{Context, Result, ensure};
use operate_tests::guide::{Block, blocks};
use operate_tests::process::Running;
use operate_tests::{binaries, root};
use std::path::Path;
use std::process::Command;

/// One after the other, because all of them start a localnet on the usual ports.
#[test]
fn every_guide_leads_where_it_says() -> Result<()> {
    let mut guides =
        std::fs::read_dir(root().join("docs/guides"))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    guides.sort();
    ensure!(!guides.is_empty(), "there are no guides");
    guides.iter().try_for_each(|guide| follow(guide).with_context(|| format!("{}", guide.display())))
}

fn follow(guide: &Path) -> Result<()> {
    let mut terminals = Vec::new();
    let mut typed = String::new();
    for block in blocks(&std::fs::read_to_string(guide)?)? {
        let place = || format!("the block of line {}", block.line);
        let log = root().join(format!("target/tmp/guide-{}.log", block.line));
        if block.stays {
            // What was exported in the first terminal is exported in the second.
            let mut terminal = Running::start(shell(&exports(&typed), &block)?, &log)?;
            terminal.wait_for("ready").with_context(place)?;
            terminals.push(terminal);
        } else {
            // A shell per block, which begins as the former ones ended: with their variables.
            let output = shell(&exports(&typed), &block)?.output()?;
            let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
            eprintln!("$ {}{said}", block.commands);
            ensure!(output.status.success(), "{}: {}\n{said}", place(), output.status);
            typed.push_str(&block.commands);
        }
    }
    Ok(())
}

/// The lines that set variables for those to come.
fn exports(typed: &str) -> String {
    typed.lines().filter(|line| line.starts_with("export ")).map(|line| format!("{line}\n")).collect()
}

fn shell(exports: &str, block: &Block) -> Result<Command> {
    let mut shell = Command::new("bash");
    let path = std::env::var("PATH").unwrap_or_default();
    shell.env("PATH", format!("{}:{path}", binaries()?.display())).current_dir(root());
    // What cargo tells its tests would confuse the cargo that a guide calls.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO")) {
        if name != "CARGO_HOME" {
            shell.env_remove(name);
        }
    }
    shell.args(["-euo", "pipefail", "-c", &format!("{exports}{}", block.commands)]);
    Ok(shell)
}
