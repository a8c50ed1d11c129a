//! obligation_open, obligation_close, obligation_settings, voucher_mint, voucher_burn.

use crate::stage::{SOL, Stage};
use ballast::state::Obligation;
use ballast_cli::answer::Answer;
use ballast_client::addresses::obligation_address;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;

#[test]
fn an_obligation_is_opened_set_and_closed() {
    let stage = Stage::new();
    let address = obligation_address(&stage.market.config, &stage.key.pubkey(), 3);
    let dry = stage.act("obligation open --number 3 --dry-run").expect("a dry run");
    assert!(dry.text.contains(&address.to_string()) && stage.node.sent() == 0);
    stage.act("obligation open --number 3").expect("an obligation");
    let delegate = stage.market.guardian.pubkey();
    let line = format!("obligation settings --number 3 --warning-bps 300 --delegate {delegate} --rights borrow");
    stage.act(&line).expect("settings");
    let state: Obligation = stage.node.chained().world.read(&address);
    assert_eq!((state.warning_bps, state.delegate, state.delegate_rights), (300, delegate, 2));
    stage.act("obligation settings --number 3 --target-health-bps 11000").expect("settings");
    let state: Obligation = stage.node.chained().world.read(&address);
    assert_eq!((state.target_health_bps, state.warning_bps, state.delegate_rights), (11_000, 300, 2));
    let refused = stage.act("obligation settings --number 3 --target-health-bps 9000").expect_err("a target below 1");
    assert_eq!(refused.status(), Answer::REFUSED);
    stage.act("obligation close --number 3").expect("a closed obligation");
    let again = stage.act("obligation close --number 3").expect_err("the obligation is closed");
    assert_eq!(again.status(), Answer::REFUSED);
}

#[test]
fn collateral_becomes_vouchers_and_comes_back() {
    let stage = Stage::new();
    stage.act("deposit 10 SOL").expect("a deposit");
    stage.act("voucher mint 4 SOL").expect("vouchers");
    let vouchers = get_associated_token_address(&stage.key.pubkey(), &stage.market.assets[SOL].voucher_mint);
    assert_eq!(stage.node.chained().world.balance(&vouchers), 4_000_000_000);
    let much = stage.act("voucher mint 7 SOL").expect_err("more shares than there are");
    assert_eq!(much.status(), Answer::REFUSED);
    stage.act("voucher burn all SOL").expect("collateral");
    assert_eq!(stage.node.chained().world.balance(&vouchers), 0);
}
