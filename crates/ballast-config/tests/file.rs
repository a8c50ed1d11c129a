//! A market's file becomes the program's arguments, and a mistake in it is refused with its place.

use ballast_config::{MarketFile, MarketFileError, Power};
use ballast_core::Refusal;
use ballast_core::limits::Limits;

const LOCALNET: &str = include_str!("../../../migrations/config/localnet.toml");

fn localnet() -> MarketFile {
    MarketFile::parse(LOCALNET).expect("the reviewed file")
}

/// Returns the error after the first occurrence of `line` is replaced.
fn refusal(line: &str, by: &str) -> String {
    assert!(LOCALNET.contains(line), "{line}");
    MarketFile::parse(&LOCALNET.replacen(line, by, 1)).expect_err(by).to_string()
}

#[test]
fn a_file_survives_a_round_trip() {
    let file = localnet();
    let text = toml::to_string(&file).expect("TOML");
    assert_eq!(MarketFile::parse(&text).expect("its own output"), file);
}

#[test]
fn tokens_become_atoms_and_symbols_become_bits() {
    let file = localnet();
    let settings = |symbol| {
        let reserve = file.reserves.iter().find(|reserve| reserve.symbol == symbol).expect(symbol);
        file.settings(reserve).expect("checked when it was read")
    };
    assert_eq!(settings("SOL").limits.supply_cap_atoms, 1_000_000 * 1_000_000_000);
    assert_eq!(settings("BTC").limits.outflow_floor_atoms, 20 * 100_000_000);
    assert_eq!(settings("SOL").limits.allowed_debts, Limits::ANY_DEBT);
    // SOL is listed as number 0, USDC as number 1.
    assert_eq!(settings("PYUSD").limits.allowed_debts, 0b11);
    assert_eq!(settings("USDC").curve.max_rate_bps(), 8_000);
}

#[test]
fn powers_become_the_bits_of_the_program() {
    let mut reserve = localnet().reserves.remove(0);
    reserve.accepted_powers = vec![Power::FreezeAuthority, Power::PermanentDelegate];
    assert_eq!(reserve.power_bits(), 1 | 1 << 12);
    reserve.accepted_powers = vec![Power::TransferFee, Power::TransferHook];
    assert_eq!(reserve.power_bits(), 1 << 1 | 1 << 14);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    for line in ["decimals = 9", "ltv_bps = 7_500", "max_move_bps = 1_000", "z_bps = 40_000", "cure_slots = 25"] {
        let said = refusal(line, &format!("{line}\nltv_percent = 3"));
        assert!(said.contains("ltv_percent"), "{said}");
    }
}

#[test]
fn a_missing_key_is_refused_by_name() {
    for key in ["decimals = 9", "ltv_bps = 7_500", "probation_secs = 0", "change_delay_secs = 3_600"] {
        let said = refusal(key, "");
        assert!(said.contains("missing field") && said.contains(key.split(' ').next().expect("a key")), "{said}");
    }
}

#[test]
fn a_value_out_of_range_is_refused_with_its_reserve_and_part() {
    let cases = [
        ("ltv_bps = 7_500", "ltv_bps = 8_000", "reserve SOL: risk"),
        ("{ utilization_bps = 0, rate_bps = 0 },", "", "reserve SOL: curve"),
        ("max_age_new_risk_secs = 60", "max_age_new_risk_secs = 0", "reserve SOL: guard"),
        ("outflow_bps = 2_500", "outflow_bps = 10_001", "reserve SOL: limits"),
        ("fast_secs = 3_600", "fast_secs = 0", "reserve SOL: margin"),
        ("supply_cap_tokens = 1_000_000", "supply_cap_tokens = 20_000_000_000", "supply_cap_tokens"),
        ("allowed_debts = [\"any\"]", "allowed_debts = [\"DOGE\"]", "DOGE"),
        ("hard_line_bps = 9_900", "hard_line_bps = 20_000", "market: terms"),
        ("change_delay_secs = 3_600", "change_delay_secs = 3_599", "market: change_delay_secs"),
        ("symbol = \"USDC\"", "symbol = \"SOL\"", "twice"),
        ("mint = \"So111", "mint = \"0o111", "line "),
    ];
    for (line, by, expected) in cases {
        let said = refusal(line, by);
        assert!(said.contains(expected), "{by}: {said}");
    }
}

#[test]
fn a_refusal_carries_the_reason_of_core() {
    let error = MarketFile::parse(&LOCALNET.replacen("ltv_bps = 7_500", "ltv_bps = 8_000", 1)).expect_err("too high");
    assert!(matches!(error, MarketFileError::OutOfRange { refusal: Refusal::InvalidRiskParams, .. }), "{error}");
}
