//! Whoever follows a guide to the letter gets where it leads.

use anyhow::{Context, Result, ensure};
use operate_tests::guide::blocks;
use operate_tests::process::Running;
use operate_tests::root;
use operate_tests::stage::shell;
use std::path::Path;

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
            let mut terminal = Running::start(shell(&(exports(&typed) + &block.commands))?, &log)?;
            terminal.wait_for("ready").with_context(place)?;
            terminals.push(terminal);
        } else {
            // A shell per block, which begins as the former ones ended: with their variables.
            let output = shell(&(exports(&typed) + &block.commands))?.output()?;
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
