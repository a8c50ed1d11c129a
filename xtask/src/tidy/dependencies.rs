//! Who may use what: core stays pure, one file knows Pyth, one file moves tokens, one file touches remaining accounts.

use anyhow::Result;

use crate::{run, workspace};

use super::{Checkout, Finding};

/// All that core may depend on; those but bytemuck are glue behind a feature.
const CORE: [&str; 3] = ["bytemuck", "anchor-lang", "wincode"];

/// A word of the program's sources, and the only file that may contain it.
const OWNED: [(&str, &str); 4] = [
    ("PriceUpdateV2", "oracle.rs"),
    ("FullPriceUpdate", "oracle.rs"),
    ("pinocchio_token", "token.rs"),
    ("RECEIVERS", "oracle.rs"),
];

pub fn check(checkout: &Checkout) -> Result<Vec<Finding>> {
    let mut findings = core()?;
    for (path, text) in checkout.rust("programs/ballast/src") {
        for (word, owner) in OWNED {
            // A sentence for the caller may name the thing; code may not.
            let in_code = text.lines().any(|line| line.contains(word) && !line.contains("#[msg("));
            if in_code && !path.ends_with(owner) {
                findings.push(Finding::new(path.display().to_string(), format!("only {owner} may use {word}")));
            }
        }
    }
    Ok(findings)
}

fn core() -> Result<Vec<Finding>> {
    let mut cargo = workspace::cargo();
    cargo.args([
        "tree",
        "--locked",
        "--package",
        "ballast-core",
        "--all-features",
        "--edges",
        "normal",
        "--depth",
        "1",
    ]);
    let tree = run::capture(cargo.args(["--prefix", "none", "--format", "{p}"]))?;
    let names = tree.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    let strangers = names.filter(|name| !CORE.contains(name));
    Ok(strangers
        .map(|name| Finding::new("crates/ballast-core/Cargo.toml", format!("core may not depend on {name}")))
        .collect())
}
