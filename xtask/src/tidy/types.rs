//! A public type has a name of its own: no two crates call two things the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use super::{Checkout, Finding};

/// Names that every crate may use, each for its own: what clap parses, and what fails.
const CONVENTIONAL: [&str; 3] = ["Args", "Error", "Result"];

pub fn check(checkout: &Checkout) -> Result<Vec<Finding>> {
    let mut crates_of: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (path, text) in ["programs", "crates"].iter().flat_map(|folder| checkout.rust(folder)) {
        let Some(package) = package(path) else { continue };
        let file = syn::parse_file(text).with_context(|| path.display().to_string())?;
        for name in file.items.iter().filter_map(public_type) {
            crates_of.entry(name).or_default().insert(package);
        }
    }
    let repeated = crates_of.into_iter().filter(|(name, crates)| crates.len() > 1 && !CONVENTIONAL.contains(&&**name));
    Ok(repeated
        .map(|(name, crates)| {
            let crates = crates.into_iter().collect::<Vec<_>>().join(", ");
            Finding::new(crates, format!("{name} is a type of each; give them names that say which"))
        })
        .collect())
}

/// The package of a file in its `src` folder: tests may name theirs as they like.
fn package(path: &Path) -> Option<&str> {
    let mut parts = path.iter().skip(1);
    let package = parts.next()?.to_str()?;
    (parts.next()? == "src").then_some(package)
}

fn public_type(item: &syn::Item) -> Option<String> {
    let (visibility, name) = match item {
        syn::Item::Struct(item) => (&item.vis, &item.ident),
        syn::Item::Enum(item) => (&item.vis, &item.ident),
        syn::Item::Trait(item) => (&item.vis, &item.ident),
        syn::Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    (!matches!(visibility, syn::Visibility::Inherited)).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_name_in_two_crates_is_found() {
        let files = [
            ("crates/one/src/a.rs", "pub struct Market; pub struct Args; struct Row;"),
            ("crates/two/src/b.rs", "pub(crate) enum Market {} pub struct Args; pub struct Row;"),
            ("crates/two/tests/c.rs", "pub struct Market;"),
        ];
        let checkout = Checkout { files: files.map(|(path, text)| (path.into(), text.to_owned())).into() };
        let findings = check(&checkout).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "one, two");
    }
}
