//! The compute units in the README are the recorded ones, in thousands.

use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the recorded compute units of an instruction with a portfolio.
fn recorded(snapshot: &str, portfolio: &str, instruction: &str) -> f64 {
    let section = snapshot.lines().skip_while(|line| *line != portfolio).skip(1);
    let rows = section.take_while(|line| line.starts_with("  ")).filter_map(|line| line.trim().split_once(' '));
    let (_, figure) = rows.filter(|(name, _)| *name == instruction).last().expect("a recorded instruction");
    figure.trim().parse().expect("a number")
}

#[test]
fn compute_units_in_readme_are_the_recorded_ones() {
    let (readme, snapshot) = (text("README.md"), text("tests/snapshots/cu.txt"));
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains(" collateral + "));
    let mut checked = 0;
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let thousands = recorded(&snapshot, cells[1], cells[2]) / 1_000.0;
        assert_eq!(format!("{thousands:.1}k"), cells[3], "{row}");
        checked += 1;
    }
    assert_eq!(checked, 7, "README compares seven transactions");
}
