//! README's compute units are the recorded ones.

use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The recorded compute units of an instruction in a portfolio.
fn recorded(snapshot: &str, portfolio: &str, instruction: &str) -> Option<String> {
    let section = snapshot.lines().skip_while(|line| *line != portfolio).skip(1);
    let row = section.take_while(|line| line.starts_with("  ")).find(|line| line.trim_start().starts_with(instruction))?;
    row.split_whitespace().last().map(str::to_owned)
}

#[test]
fn compute_units_in_readme_are_the_recorded_ones() {
    let (readme, snapshot) = (text("README.md"), text("tests/snapshots/cu.txt"));
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains(" collateral + "));
    let mut checked = 0;
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(recorded(&snapshot, cells[1], cells[2]), Some(cells[3].replace(',', "")), "{row}");
        checked += 1;
    }
    assert_eq!(checked, 7, "README compares seven transactions");
}
