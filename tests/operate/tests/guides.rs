//! Follows each guide exactly as written, except for the usual ports and folders.

use anyhow::{Context, Result, ensure};
use operate_tests::guide::blocks;
use operate_tests::process::Running;
use operate_tests::root;
use operate_tests::stage::shell;
use operate_tests::usual::Place;
use std::path::Path;

/// The guides run one after the other, because each compiles and runs several programs.
#[test]
fn every_guide_leads_where_it_says() -> Result<()> {
    let mut guides =
        std::fs::read_dir(root().join("docs/guides"))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    guides.sort();
    ensure!(!guides.is_empty(), "there are no guides");
    guides.iter().try_for_each(|guide| follow(guide).with_context(|| format!("{}", guide.display())))
}

fn follow(guide: &Path) -> Result<()> {
    let name = guide.file_stem().and_then(|stem| stem.to_str()).context("a name")?;
    let place = Place::new(&format!("guide-{name}"))?;
    let command = |commands: &str| {
        let mut command = shell(&place.replaced(commands))?;
        place.set_environment(&mut command);
        anyhow::Ok(command)
    };
    let mut terminals = Vec::new();
    let mut typed = String::new();
    for block in blocks(&std::fs::read_to_string(guide)?)? {
        let at = || format!("the block of line {}", block.line);
        // Each block has a new shell, which needs the variables that earlier blocks exported.
        let commands = exports(&typed) + &block.commands;
        if block.stays {
            let log = place.folder().join(format!("line-{}.log", block.line));
            let mut terminal = Running::start(command(&commands)?, &log)?;
            terminal.wait_for("ready").with_context(at)?;
            terminals.push(terminal);
        } else {
            let output = command(&commands)?.output()?;
            let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
            eprintln!("$ {}{text}", block.commands);
            ensure!(output.status.success(), "{}: {}\n{text}", at(), output.status);
            typed.push_str(&block.commands);
        }
    }
    Ok(())
}

/// The lines that export variables.
fn exports(typed: &str) -> String {
    typed.lines().filter(|line| line.starts_with("export ")).map(|line| format!("{line}\n")).collect()
}
