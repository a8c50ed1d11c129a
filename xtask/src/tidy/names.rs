//! One word finds everything: instruction = file = operation = test = event = heading in MODEL.md. And no junk drawers.

use std::path::Path;

use super::{Checkout, Finding};

const INSTRUCTIONS: &str = "programs/ballast/src/instructions";

/// Instructions that create, close or write an account and move no money, so that core has nothing to decide. Guards compare what core
/// has computed.
const WITHOUT_OPERATION: [&str; 8] = [
    "config_init",
    "config_update",
    "config_accept",
    "reserve_init",
    "obligation_open",
    "obligation_close",
    "assert_health",
    "assert_price",
];

/// Guards: they change nothing.
const WITHOUT_EVENT: [&str; 2] = ["assert_health", "assert_price"];

const JUNK_DRAWERS: [&str; 6] = ["utils", "util", "helpers", "common", "misc", "manager"];

pub fn check(checkout: &Checkout) -> Vec<Finding> {
    let mut findings: Vec<_> =
        instructions(checkout).flat_map(|(name, text)| instruction(checkout, &name, text)).collect();
    findings.extend(unused_errors(checkout));
    findings.extend(checkout.files.iter().filter_map(|(path, _)| junk_drawer(path)));
    findings
}

/// Errors that the program declares and never returns. Core's refusals become errors of the same name.
fn unused_errors(checkout: &Checkout) -> Vec<Finding> {
    const ERRORS: &str = "programs/ballast/src/error.rs";
    let (Some(text), Some(refusals)) = (checkout.text(ERRORS), checkout.text("crates/ballast-core/src/refusal.rs"))
    else {
        return Vec::new();
    };
    let declared = text.lines().filter_map(|line| line.trim().split_once(" = ")).map(|(name, _)| name);
    let used = |name: &str| {
        let (named, refusal) = (format!("BallastError::{name}"), format!("{name},"));
        checkout.rust("programs/ballast/src").any(|(_, text)| text.contains(&named))
            || refusals.lines().any(|line| line.trim() == refusal)
    };
    let law = |name| Finding::new(ERRORS, format!("no code returns {name}"));
    declared.filter(|name| !used(name)).map(law).collect()
}

fn instructions(checkout: &Checkout) -> impl Iterator<Item = (String, &str)> {
    checkout.rust(INSTRUCTIONS).filter_map(|(path, text)| Some((path.file_stem()?.to_str()?.to_owned(), text)))
}

fn instruction(checkout: &Checkout, name: &str, text: &str) -> Vec<Finding> {
    let mut missing = Vec::new();
    let mut require = |present: bool, what: &str| {
        if !present {
            missing
                .push(Finding::new(format!("{INSTRUCTIONS}/{name}.rs"), format!("instruction `{name}` has no {what}")));
        }
    };
    let has = |path: String| checkout.text(&path).is_some();
    require(
        WITHOUT_OPERATION.contains(&name) || has(format!("crates/ballast-core/src/op/{name}.rs")),
        "operation crates/ballast-core/src/op/",
    );
    require(has(format!("tests/it/{name}.rs")), "test file in tests/it");
    require(WITHOUT_EVENT.contains(&name) || text.contains("emit(&"), "event");
    let heading = format!("## {name}\n");
    require(checkout.text("docs/MODEL.md").is_some_and(|model| model.contains(&heading)), "heading in docs/MODEL.md");
    require(
        text.starts_with("//! ") && text.contains(&format!("docs/MODEL.md, \"{name}\"")),
        "reference to docs/MODEL.md",
    );
    missing
}

fn junk_drawer(path: &Path) -> Option<Finding> {
    let stem = path.file_stem()?.to_str()?;
    let twin = stem.ends_with("_v2") || stem.ends_with("_new") || stem.ends_with("_old");
    let junk = JUNK_DRAWERS.contains(&stem) || twin;
    junk.then(|| Finding::new(path.display().to_string(), "a file is named after what it holds"))
}
