//! The order of modules: a module uses only modules that stand before it in its crate's list in ARCHITECTURE.md.
//!
//! A crate without circles can be read from its first module to its last. Re-exports of `lib.rs` are not followed, so a crate re-exports
//! only its error types.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use syn::visit::{self, Visit};

use super::{Checkout, Finding};

const DOCUMENT: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Module order\n";

pub fn check(checkout: &Checkout) -> Result<Vec<Finding>> {
    let orders = orders(checkout.text(DOCUMENT).unwrap_or_default());
    let mut findings = Vec::new();
    for package in packages(checkout) {
        match orders.get(package.rsplit('/').next().unwrap_or_default()) {
            Some(order) => findings.extend(check_package(checkout, &package, order)?),
            None => findings.push(Finding::new(DOCUMENT, format!("\"Module order\" has no line for {package}"))),
        }
    }
    Ok(findings)
}

/// The folders below `crates` and `programs` that hold a package, such as `crates/ballast-core`.
fn packages(checkout: &Checkout) -> impl Iterator<Item = String> {
    checkout.files.iter().filter_map(|(path, _)| {
        let package = path.to_str()?.strip_suffix("/Cargo.toml")?;
        let is_direct = package.split('/').count() == 2 && !package.starts_with("tests/");
        is_direct.then(|| package.to_owned()).filter(|package| !package.starts_with("toolchain/"))
    })
}

/// The lists of the document's fenced block: a package, then its modules; a line that begins with a space continues the last one.
fn orders(document: &str) -> BTreeMap<&str, Vec<&str>> {
    let section = document.split_once(HEADING).map_or("", |(_, section)| section);
    let block = section.split("```").nth(1).unwrap_or_default();
    let mut orders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut package = "";
    for line in block.lines() {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            package = words.next().unwrap_or(package);
        }
        orders.entry(package).or_default().extend(words);
    }
    orders
}

fn check_package(checkout: &Checkout, package: &str, order: &[&str]) -> Result<Vec<Finding>> {
    let source = format!("{package}/src");
    let mut findings = Vec::new();
    let mut found = Vec::new();
    for (path, text) in checkout.rust(&source) {
        let Some(module) = module(path, &source) else { continue };
        found.push(module);
        let Some(place) = order.iter().position(|candidate| *candidate == module) else {
            findings.push(Finding::new(DOCUMENT, format!("\"Module order\" lacks the module {module} of {package}")));
            continue;
        };
        for used in uses(path, text)? {
            if order.iter().position(|candidate| *candidate == used).is_some_and(|used| used > place) {
                let law = format!("{module} uses {used}, which stands after it in the module order of {DOCUMENT}");
                findings.push(Finding::new(path.display().to_string(), law));
            }
        }
    }
    let gone = order.iter().filter(|module| !found.contains(*module));
    findings.extend(gone.map(|module| {
        Finding::new(DOCUMENT, format!("\"Module order\" names the module {module}, which {package} does not have"))
    }));
    Ok(findings)
}

/// The top-level module that a file belongs to; none for the root of the crate.
fn module<'a>(path: &'a Path, source: &str) -> Option<&'a str> {
    let first = path.strip_prefix(source).ok()?.iter().next()?.to_str()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (module != "lib" && module != "main" && module != "bin").then_some(module)
}

/// The modules that a file names as `crate::module`.
fn uses(path: &Path, text: &str) -> Result<Vec<String>> {
    let file = syn::parse_file(text).with_context(|| path.display().to_string())?;
    let mut reader = Reader::default();
    reader.visit_file(&file);
    Ok(reader.modules)
}

#[derive(Default)]
struct Reader {
    modules: Vec<String>,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter().map(|segment| segment.ident.to_string());
        if segments.next().as_deref() == Some("crate") {
            self.modules.extend(segments.next());
        }
        visit::visit_path(self, path);
    }
}

impl Reader {
    fn tree(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.modules.push(path.ident.to_string()),
            syn::UseTree::Name(name) => self.modules.push(name.ident.to_string()),
            syn::UseTree::Rename(rename) => self.modules.push(rename.ident.to_string()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree)),
            syn::UseTree::Glob(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(architecture: &str, early: &str) -> Checkout {
        let files = [
            ("ARCHITECTURE.md", architecture),
            ("crates/one/Cargo.toml", ""),
            ("crates/one/src/lib.rs", "mod early; mod late;"),
            ("crates/one/src/early.rs", early),
            ("crates/one/src/late.rs", "use crate::{early::A, Refusal};"),
        ];
        Checkout { files: files.map(|(path, text)| (path.into(), text.to_owned())).into() }
    }

    const ORDER: &str = "# A\n## Module order\nText.\n```\none  early\n     late\n```\n";

    #[test]
    fn a_module_uses_what_stands_before_it() {
        assert!(check(&checkout(ORDER, "")).unwrap().is_empty());
    }

    #[test]
    fn a_module_that_uses_a_later_one_is_found() {
        for early in ["use crate::late::B;", "use crate::{late};", "fn f(_: crate::late::B) {}"] {
            let findings = check(&checkout(ORDER, early)).unwrap();
            assert_eq!(findings.len(), 1, "{early}");
            assert!(findings[0].law.starts_with("early uses late"));
        }
    }

    #[test]
    fn a_list_that_is_not_the_crate_is_found() {
        let cases = ["", "## Module order\n```\none early\n```", "## Module order\n```\none early late gone\n```"];
        for architecture in cases {
            assert_eq!(check(&checkout(architecture, "")).unwrap().len(), 1, "{architecture}");
        }
    }
}
