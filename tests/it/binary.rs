//! The program's binary and interface: `tests/snapshots/{size.txt,ballast.idl.json,layout.txt}`, recorded by `cargo
//! xtask bless`.

use ballast::state::{Change, Config, Obligation, Reserve};
use ballast_testkit::programs::program_path;
use expect_test::expect_file;
use serde_json::Value;
use std::fmt::Write;

/// Whether the program was compiled by another toolchain than the recorded one. `cargo xtask test` reports it.
pub fn compiled_by_another_toolchain() -> bool {
    std::env::var_os("BALLAST_OTHER_TOOLCHAIN").is_some()
}

/// What a deployment may cost: docs/decisions/0008-size-and-compute.md.
const LIMIT: u64 = 330_000;

#[test]
fn binary_size_is_as_recorded() {
    if compiled_by_another_toolchain() {
        return;
    }
    let bytes = std::fs::metadata(program_path()).expect("the compiled program").len();
    assert!(bytes <= LIMIT, "{bytes} bytes: docs/decisions/0008-size-and-compute.md says what else makes it smaller");
    expect_file!["../snapshots/size.txt"].assert_eq(&format!("ballast.so {bytes} bytes\n"));
}

#[test]
fn interface_is_as_recorded() {
    expect_file!["../snapshots/ballast.idl.json"].assert_eq(&idl_text());
}

#[test]
fn account_layout_is_as_recorded() {
    let idl: Value = serde_json::from_str(&idl_text()).expect("an IDL in JSON");
    let mut table = String::new();
    let accounts = [
        ("Config", size_of::<Config>()),
        ("Reserve", size_of::<Reserve>()),
        ("Obligation", size_of::<Obligation>()),
        ("Change", size_of::<Change>()),
    ];
    for (account, size) in accounts {
        let mut rows = String::new();
        let end = fields(&idl, account, "", 8, &mut rows);
        // The structs have no padding, so the sum of the IDL's fields is the size that the compiler gave them.
        assert_eq!(end, size + 8, "the IDL describes every byte of {account}");
        writeln!(table, "{account} {end} bytes\n{rows}").expect("writing to a string");
    }
    expect_file!["../snapshots/layout.txt"].assert_eq(&table);
}

/// Returns the interface that `cargo xtask idl` has written.
fn idl_text() -> String {
    let path = program_path().with_file_name("../idl/ballast.json");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} ({error}); run `cargo xtask idl`", path.display()))
}

/// Writes one row per field of a struct, nested ones under their path, and returns the offset behind the struct.
fn fields(idl: &Value, name: &str, path: &str, mut offset: usize, rows: &mut String) -> usize {
    let types = idl["types"].as_array().expect("types");
    let definition = types.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no type {name}"));
    for field in definition["type"]["fields"].as_array().expect("fields") {
        let field_path = format!("{path}{}", field["name"].as_str().expect("a name"));
        let end = match field["type"]["defined"]["name"].as_str() {
            Some(nested) => fields(idl, nested, &format!("{field_path}."), offset, rows),
            None => offset + size_of_type(idl, &field["type"]),
        };
        if field["type"]["defined"].is_null() {
            writeln!(rows, "  {offset:>5} {:>4}  {field_path}", end - offset).expect("writing to a string");
        }
        offset = end;
    }
    offset
}

fn size_of_type(idl: &Value, kind: &Value) -> usize {
    if let Some(array) = kind["array"].as_array() {
        let count = array[1].as_u64().expect("a length");
        return size_of_type(idl, &array[0]) * usize::try_from(count).expect("a small length");
    }
    if let Some(nested) = kind["defined"]["name"].as_str() {
        return fields(idl, nested, "", 0, &mut String::new());
    }
    match kind.as_str() {
        Some("u8") => 1,
        Some("u16") => 2,
        Some("u32") => 4,
        Some("u64" | "i64") => 8,
        Some("pubkey") => 32,
        _ => panic!("no size for {kind}"),
    }
}
