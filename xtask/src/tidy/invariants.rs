//! Every INV id in the code is stated in docs/INVARIANTS.md, and every stated one is cited by code and by a test.

use std::collections::BTreeSet;

use super::{Checkout, Finding};

const DOCUMENT: &str = "docs/INVARIANTS.md";
const ENFORCED: [&str; 2] = ["programs/ballast/src", "crates/ballast-core/src"];
const PROVED: [&str; 2] = ["tests/it", "crates/ballast-core/tests"];

pub fn check(checkout: &Checkout) -> Vec<Finding> {
    let stated = ids(checkout.text(DOCUMENT).unwrap_or_default());
    let enforced = cited(checkout, &ENFORCED);
    let proved = cited(checkout, &PROVED);
    let mut findings = Vec::new();
    for id in enforced.union(&proved).filter(|id| !stated.contains(*id)) {
        findings.push(Finding::new(DOCUMENT, format!("{id} is cited in the code and not stated here")));
    }
    for id in &stated {
        if !enforced.contains(id) {
            findings.push(Finding::new(DOCUMENT, format!("{id} is cited by no code that enforces it")));
        }
        if !proved.contains(id) {
            findings.push(Finding::new(DOCUMENT, format!("{id} is cited by no test that proves it")));
        }
    }
    if stated.is_empty() {
        findings.push(Finding::new(DOCUMENT, "states no invariant"));
    }
    findings
}

fn cited(checkout: &Checkout, folders: &[&str]) -> BTreeSet<String> {
    folders.iter().flat_map(|folder| checkout.rust(folder)).flat_map(|(_, text)| ids(text)).collect()
}

/// `INV-` and a number.
fn ids(text: &str) -> BTreeSet<String> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    text.split("INV-")
        .skip(1)
        .map(digits)
        .filter(|number| !number.is_empty())
        .map(|number| format!("INV-{number}"))
        .collect()
}
