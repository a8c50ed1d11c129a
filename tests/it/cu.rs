//! The exact compute units of every instruction: `tests/snapshots/cu.txt`, recorded by `cargo xtask bless`.
//!
//! Each figure is a whole transaction with one instruction (two for a flash loan), without compute-budget instructions,
//! with p-token and with interest accruing in every reserve.

use crate::binary::compiled_by_another_toolchain;
use crate::interface::instruction_names;
use ballast_core::op::liquidate::Bid;
use ballast_core::pause::Pausable;
use ballast_core::units::Atoms;
use ballast_testkit::market::{config_init, default_market};
use ballast_testkit::user::AssetPair;
use ballast_testkit::{ListedAsset, Listing, Market, User, World};
use expect_test::expect_file;
use solana_signer::Signer;
use std::fmt::Write;

/// Collateral and debt positions of one obligation.
struct Portfolio {
    collateral: usize,
    debt: usize,
    /// The extensions of the Token-2022 mints. `None` means mints of SPL Token.
    extensions: Option<&'static [u16]>,
}

const PORTFOLIOS: [Portfolio; 5] = [
    Portfolio { collateral: 1, debt: 1, extensions: None },
    Portfolio { collateral: 3, debt: 2, extensions: None },
    Portfolio { collateral: 8, debt: 5, extensions: None },
    Portfolio { collateral: 10, debt: 6, extensions: None },
    Portfolio { collateral: 1, debt: 1, extensions: Some(&[]) },
];

#[test]
fn compute_units_are_as_recorded() {
    if compiled_by_another_toolchain() {
        return;
    }
    let mut table = String::from("once\n");
    for (name, compute_units) in setup_costs() {
        writeln!(table, "  {name:<20}{compute_units:>7}").expect("writing to a string");
    }
    for portfolio in &PORTFOLIOS {
        let Portfolio { collateral, debt, extensions } = portfolio;
        let of = if extensions.is_some() { ", Token-2022" } else { "" };
        writeln!(table, "{collateral} collateral + {debt} debt{of}").expect("writing to a string");
        for (name, compute_units) in portfolio.costs() {
            writeln!(table, "  {name:<20}{compute_units:>7}").expect("writing to a string");
        }
    }
    expect_file!["../snapshots/cu.txt"].assert_eq(&table);
}

/// The instructions whose cost does not depend on a portfolio.
fn setup_costs() -> Vec<(&'static str, u64)> {
    let mut world = World::new();
    let creator = world.wallet();
    let init = config_init(&creator.pubkey(), default_market(creator.pubkey(), creator.pubkey()));
    let config_init = world.send(&[init], &[&creator]).expect("config_init").compute_units;

    let listing = Listing::new(6, 1.0);
    let market = Market::with(&mut world, &[listing]);
    let mut unlisted = Market::new(&mut world);
    let ListedAsset { mint, feed, .. } = market.assets[0];
    let asset = ListedAsset::new(&world, &unlisted.config, mint, feed);
    let list = unlisted.reserve_init(&asset, &listing);
    let reserve_init = world.send(&[list], &[&unlisted.authority]).expect("reserve_init").compute_units;
    unlisted.assets.push(asset);
    let (target, opening) = (unlisted.target(0), listing.opening());
    let change_propose = unlisted.propose(&mut world, target, 0, opening).expect("change_propose").compute_units;
    let change_execute = unlisted.execute(&mut world, target, 0, None).expect("change_execute").compute_units;

    let user = User::new(&mut world, &market, 0);
    let close = user.close();
    let obligation_close = world.send(&[close], &[&user.key]).expect("obligation_close").compute_units;
    let open = user.open(&market, 0);
    let obligation_open = world.send(&[open], &[&user.key]).expect("obligation_open").compute_units;
    let mut costs = vec![
        ("config_init", config_init),
        ("reserve_init", reserve_init),
        ("change_propose", change_propose),
        ("change_execute", change_execute),
        ("obligation_open", obligation_open),
        ("obligation_close", obligation_close),
    ];
    costs.extend(running_costs());
    costs
}

/// The instructions of authority, guardian and others in a running market.
fn running_costs() -> Vec<(&'static str, u64)> {
    let portfolio = &PORTFOLIOS[0];
    let (mut world, market, lender, borrower) = portfolio.build();
    let debt = portfolio.collateral;
    let settings = borrower.set(&mut world, |settings| settings.warning_bps = 2_000).expect("obligation_settings");
    let source = lender.tokens[debt];
    let fund = market.insurance_fund_ix(&lender.address(), source, debt, 1_000_000);
    let fund = world.send(&[fund], &[&lender.key]).expect("insurance_fund");
    let fees = market.fee_account(&mut world, debt);
    let fees = market.fees_collect(&mut world, debt, fees).expect("fees_collect");
    let opening = Listing::new(6, 1.0).opening();
    market.propose(&mut world, market.target(0), 0, opening).expect("change_propose");
    let cancel = market.cancel(&mut world, 0).expect("change_cancel");
    let tighten = market.tighten(&mut world, 0, |to| to.supply_cap_atoms /= 2).expect("reserve_tighten");
    let pause = market.pause(&mut world, 0, Pausable::Borrow.bit(), 3_600).expect("pause");
    let successor = world.wallet();
    let update =
        world.send(&[market.config_update_ix(successor.pubkey())], &[&market.authority]).expect("config_update");
    let accept = world.send(&[market.config_accept_ix(successor.pubkey())], &[&successor]).expect("config_accept");
    let receipts = [
        ("obligation_settings", settings),
        ("insurance_fund", fund),
        ("fees_collect", fees),
        ("change_cancel", cancel),
        ("reserve_tighten", tighten),
        ("pause", pause),
        ("config_update", update),
        ("config_accept", accept),
    ];
    receipts.map(|(name, receipt)| (name, receipt.compute_units)).into()
}

/// Each instruction has a row, so that no cost rises unnoticed. A flash loan is two instructions.
#[test]
fn compute_units_are_recorded_for_every_instruction() {
    let recorded = include_str!("../snapshots/cu.txt");
    for name in instruction_names() {
        let row = if name.starts_with("flash_") { "flash" } else { name };
        let found = recorded.lines().any(|line| line.split_whitespace().next() == Some(row));
        assert!(found, "{name} is not in cu.txt");
    }
}

impl Portfolio {
    /// Every instruction on an obligation with this portfolio, in a market that accrues interest.
    fn costs(&self) -> Vec<(&'static str, u64)> {
        let (mut world, market, lender, borrower) = self.build();
        let debt = self.collateral;
        let deposit = borrower.deposit(&mut world, &market, 0, 1_000_000).expect("deposit").compute_units;
        let withdraw = borrower.withdraw(&mut world, &market, 0, 1_000_000).expect("withdraw").compute_units;
        let borrow = borrower.borrow(&mut world, &market, debt, 1_000_000).expect("borrow").compute_units;
        let repay = borrower.repay(&mut world, &market, debt, 1_000_000).expect("repay").compute_units;
        let account = borrower.voucher_account(&mut world, &market, 0);
        let mint = borrower.voucher_mint(&mut world, &market, 0, account, 1_000_000).expect("voucher_mint");
        let burn = borrower.voucher_burn(&mut world, &market, 0, account, 1_000_000).expect("voucher_burn");
        let flash = lender.flash(&mut world, &market, debt, 1_000_000, &[]).expect("flash_borrow, flash_repay");
        let health = borrower.assert_health(&mut world, &market, 0, i64::MAX).expect("assert_health").compute_units;
        let price = borrower.assert_price(&mut world, &market, 0, 0, u64::MAX, i64::MAX).expect("assert_price");
        world.advance(10);
        let refresh = market.refresh(&mut world, debt).expect("refresh").compute_units;

        // All debt is 60 % of all collateral at 1 USD, the threshold is 80 %: at 0.745 USD the health factor is 0.99.
        for collateral in 0..self.collateral {
            market.set_price(&mut world, collateral, 0.745);
        }
        let flag = lender.flag(&mut world, &market, &borrower).expect("flag").compute_units;
        let pair = AssetPair { collateral: 0, debt };
        let liquidate =
            lender.liquidate(&mut world, &market, &borrower, pair, 1_000_000).expect("liquidate").compute_units;
        let bid = Bid { max_repay: Atoms(1_000_000), min_seized: Atoms(0) };
        let seizure = lender.seizure_ix(&world, &market, borrower.obligation, pair, bid, lender.obligation);
        let in_shares = world.send(&[seizure], &[&lender.key]).expect("liquidate").compute_units;
        vec![
            ("deposit", deposit),
            ("withdraw", withdraw),
            ("borrow", borrow),
            ("repay", repay),
            ("voucher_mint", mint.compute_units),
            ("voucher_burn", burn.compute_units),
            ("flash", flash.compute_units),
            ("refresh", refresh),
            ("assert_health", health),
            ("assert_price", price.compute_units),
            ("flag", flag),
            ("liquidate", liquidate),
            ("liquidate, shares", in_shares),
        ]
    }

    fn build(&self) -> (World, Market, User, User) {
        const COLLATERAL: u64 = 1_000_000_000_000;
        let mut world = World::new();
        let listing = Listing { extensions: self.extensions, ..Listing::new(6, 1.0) };
        let listings = vec![listing; self.collateral + self.debt];
        let market = Market::with(&mut world, &listings);
        let lender = User::new(&mut world, &market, COLLATERAL * 10);
        let borrower = User::new(&mut world, &market, COLLATERAL * 2);
        for asset in 0..listings.len() {
            lender.deposit(&mut world, &market, asset, COLLATERAL * 5).expect("deposit");
        }
        for asset in 0..self.collateral {
            borrower.deposit(&mut world, &market, asset, COLLATERAL).expect("deposit");
        }
        let loan = COLLATERAL * 6 / 10 * self.collateral as u64 / self.debt as u64;
        for asset in self.collateral..listings.len() {
            borrower.borrow(&mut world, &market, asset, loan).expect("borrow");
        }
        // Another user borrows the collateral assets, so that they accrue interest too.
        let other = User::new(&mut world, &market, COLLATERAL * 20);
        other.deposit(&mut world, &market, self.collateral, COLLATERAL * 10).expect("deposit");
        for asset in 0..self.collateral {
            other.borrow(&mut world, &market, asset, COLLATERAL / 2).expect("borrow");
        }
        world.advance(10);
        market.repeat_prices(&mut world);
        (world, market, lender, borrower)
    }
}
