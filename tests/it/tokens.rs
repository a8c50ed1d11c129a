//! Tokens: which mints can be listed, and what their issuers can do to a reserve later. `tests/snapshots/tokens.txt` is
//! the table.

mod issuer;

use crate::scene::{ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH, listings};
use crate::verdict::{TokenError, refused, words};
use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError::{MintExtensionNotNamed, WrongMint, WrongTokenProgram};
use ballast::mint;
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::token_2022::{
    DEFAULT_ACCOUNT_STATE, EXTENSIONS, ISSUER, MINT_CLOSE_AUTHORITY, PAUSABLE, PERMANENT_DELEGATE, TOKEN_2022,
    TRANSFER_FEE, TRANSFER_HOOK,
};
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Failure, ListedAsset, Listing, Market, Receipt, User, World};
use expect_test::expect_file;
use solana_account::Account;
use std::fmt::Write;

/// All extensions with which a mint can be listed.
const LISTABLE: &[u16] = &[TRANSFER_FEE, MINT_CLOSE_AUTHORITY, 10, PERMANENT_DELEGATE, TRANSFER_HOOK, 18, PAUSABLE];
const ACCEPTED: u64 = mint::TRANSFER_FEE
    | mint::MINT_CLOSE_AUTHORITY
    | mint::INTEREST_BEARING
    | mint::PERMANENT_DELEGATE
    | mint::TRANSFER_HOOK
    | mint::PAUSABLE;
const SOL_FOR_USD: AssetPair = AssetPair { collateral: SOL, debt: USD };

/// The simple scene, with all four assets of Token-2022.
pub fn token_2022() -> Scene {
    let of = |listing| Listing { extensions: Some(LISTABLE), accepted_powers: ACCEPTED, ..listing };
    let mut scene = Scene::with(&listings().map(of));
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene.borrow(USD, 7_000 * ONE_USD).expect("borrow");
    scene.wait(60);
    scene
}

/// A token on both sides of a market whose other token is plain.
struct Stage {
    world: World,
    market: Market,
    /// Supplies both.
    lender: User,
    /// Has the token as collateral without debt. `long` has it as collateral for a debt in the plain one, `short` owes
    /// it.
    holder: User,
    long: User,
    short: User,
}

const TOKEN: usize = 0;
const PLAIN: usize = 1;

impl Stage {
    /// Lists the token in a new market and returns the result of the listing.
    fn list(mint: impl FnOnce(&mut World) -> Address, accepted: u64) -> (World, Market, Result<ListedAsset, Failure>) {
        let mut world = World::new();
        let mut market = Market::new(&mut world);
        let mint = mint(&mut world);
        let listing = Listing { accepted_powers: accepted, ..Listing::new(9, 100.0) };
        let listed = market.list_mint(&mut world, mint, &listing);
        (world, market, listed)
    }

    fn new(mut world: World, mut market: Market) -> Self {
        // Where accounts start frozen the issuer thaws the vault.
        world.thaw(&market.assets[TOKEN].vault.clone());
        market.list(&mut world, &Listing::new(6, 1.0));
        let [lender, holder, long, short] = [(); 4].map(|()| User::new(&mut world, &market, WEALTH));
        let deposits = [(&lender, TOKEN), (&lender, PLAIN), (&holder, TOKEN), (&long, TOKEN), (&short, PLAIN)];
        for (user, asset) in deposits {
            let amount = [100 * ONE_SOL, 10_000 * ONE_USD][asset];
            user.deposit(&mut world, &market, asset, amount).expect("deposit");
        }
        long.borrow(&mut world, &market, PLAIN, 7_000 * ONE_USD).expect("borrow");
        short.borrow(&mut world, &market, TOKEN, 70 * ONE_SOL).expect("borrow");
        Self { world, market, lender, holder, long, short }
    }

    fn actions(&self) -> [(&'static str, Result<Receipt, Failure>); 6] {
        let Self { market, lender, holder, long, short, .. } = self;
        let world = || self.world.clone();
        let liquidate = |borrower, dollars, collateral, debt| {
            let mut world = world();
            market.set_price(&mut world, TOKEN, dollars);
            lender.liquidate(&mut world, market, borrower, AssetPair { collateral, debt }, ALL)
        };
        [
            ("deposit", holder.deposit(&mut world(), market, TOKEN, ONE_SOL)),
            ("withdraw", holder.withdraw(&mut world(), market, TOKEN, ONE_SOL)),
            ("borrow", short.borrow(&mut world(), market, TOKEN, ONE_SOL)),
            ("repay", short.repay(&mut world(), market, TOKEN, ONE_SOL)),
            ("liquidate (seize it)", liquidate(long, 80.0, TOKEN, PLAIN)),
            ("liquidate (repay it)", liquidate(short, 120.0, PLAIN, TOKEN)),
        ]
    }

    /// Writes the verdict of each instruction, those with the same verdict in one line.
    fn write_verdicts(&self, table: &mut String) {
        let mut verdicts: Vec<(String, Vec<&str>)> = Vec::new();
        for (action, result) in self.actions() {
            let verdict = verdict(&result);
            match verdicts.iter_mut().find(|(known, _)| *known == verdict) {
                Some((_, actions)) => actions.push(action),
                None => verdicts.push((verdict, vec![action])),
            }
        }
        for (verdict, actions) in verdicts {
            let actions = if actions.len() == 6 { String::from("all six") } else { actions.join(", ") };
            writeln!(table, "  {actions} -> {verdict}").expect("writing to a string");
        }
    }
}

fn verdict<T>(result: &Result<T, Failure>) -> String {
    result.as_ref().map_or_else(words, |_| String::from("ok"))
}

type Make = Box<dyn Fn(&mut World) -> Address>;
type Change<T> = fn(&mut World, &T);

/// Mints to be listed: of SPL Token, or of Token-2022 with one extension in some state.
fn candidates() -> Vec<(String, Make)> {
    let mut all: Vec<(String, Make)> = vec![
        ("SPL Token".into(), Box::new(|world| world.mint(9))),
        ("SPL Token, freeze authority".into(), Box::new(|world| frozen_by_issuer(world, None))),
        ("Token-2022".into(), Box::new(|world| world.mint_2022(9, &[]))),
        ("Token-2022, freeze authority".into(), Box::new(|world| frozen_by_issuer(world, Some(&[])))),
    ];
    for (name, extension, _) in EXTENSIONS {
        all.push((name.into(), Box::new(move |world| world.mint_2022(9, &[extension]))));
    }
    let changed: [(&str, u16, Change<Address>); 9] = [
        ("TransferFeeConfig, no authority", TRANSFER_FEE, |world, mint| world.renounce(mint, TRANSFER_FEE)),
        ("TransferFeeConfig, no authority, 1 bps", TRANSFER_FEE, |world, mint| {
            world.renounce(mint, TRANSFER_FEE);
            world.charge_fee(mint, 1);
        }),
        ("TransferHook, no authority", TRANSFER_HOOK, |world, mint| world.renounce(mint, TRANSFER_HOOK)),
        ("TransferHook, no authority, a program", TRANSFER_HOOK, |world, mint| {
            world.renounce(mint, TRANSFER_HOOK);
            world.set_hook(mint, &ballast::ID);
        }),
        ("TransferFeeConfig, 1 bps until an epoch", TRANSFER_FEE, |world, mint| world.set_fees(mint, [1, 0])),
        ("TransferFeeConfig, 1 bps from an epoch on", TRANSFER_FEE, |world, mint| world.set_fees(mint, [0, 1])),
        ("TransferHook, a program", TRANSFER_HOOK, |world, mint| world.set_hook(mint, &ballast::ID)),
        ("DefaultAccountState, frozen", DEFAULT_ACCOUNT_STATE, World::freeze_new_accounts),
        ("Pausable, paused", PAUSABLE, World::pause),
    ];
    for (name, extension, change) in changed {
        let make = move |world: &mut World| {
            let mint = world.mint_2022(9, &[extension]);
            change(world, &mint);
            mint
        };
        all.push((name.into(), Box::new(make)));
    }
    all
}

fn frozen_by_issuer(world: &mut World, extensions: Option<&[u16]>) -> Address {
    let mint = match extensions {
        None => world.mint(9),
        Some(extensions) => world.mint_2022(9, extensions),
    };
    world.let_freeze(&mint);
    mint
}

/// What can happen to a listed token.
const LATER: [(&str, Change<ListedAsset>); 9] = [
    ("a fee of 1 %", |world, asset| world.charge_fee(&asset.mint, 100)),
    ("a fee of 100 %", |world, asset| world.charge_fee(&asset.mint, 10_000)),
    ("a hook is set", |world, asset| world.set_hook(&asset.mint, &ballast::ID)),
    ("the mint is paused", |world, asset| world.pause(&asset.mint)),
    ("the vault is frozen", |world, asset| world.freeze(&asset.vault)),
    ("the vault is emptied by the permanent delegate", |world, asset| {
        let everything = world.balance(&asset.vault);
        seize(world, asset, everything);
    }),
    ("the mint is closed", |world, asset| world.set(asset.mint, Account::default())),
    ("the mint is closed and created again with other decimals", |world, asset| remake(world, asset, 8, LISTABLE)),
    ("the mint is closed and created again with other extensions", |world, asset| remake(world, asset, 9, &[18])),
];

/// Replaces the mint by another at the same address.
fn remake(world: &mut World, asset: &ListedAsset, decimals: u8, extensions: &[u16]) {
    let other = world.mint_2022(decimals, extensions);
    let account = world.get(&other);
    world.set(asset.mint, account);
}

/// The permanent delegate takes tokens from the vault.
fn seize(world: &mut World, asset: &ListedAsset, amount: u64) {
    let loot = world.tokens(&asset.mint, &ISSUER, 0);
    let data = [&[12][..], &amount.to_le_bytes(), &[asset.decimals]].concat();
    let accounts = vec![
        AccountMeta::new(asset.vault, false),
        AccountMeta::new_readonly(asset.mint, false),
        AccountMeta::new(loot, false),
        AccountMeta::new_readonly(ISSUER, true),
    ];
    world.send_as_anyone(&[Instruction { program_id: TOKEN_2022, accounts, data }]).expect("the delegate may");
}

#[test]
fn every_extension_has_its_verdict() {
    let mut table = String::from("A mint is listed: its issuer power not accepted, then accepted\n");
    for (name, make) in candidates() {
        let (.., unnamed) = Stage::list(&make, 0);
        let (world, market, named) = Stage::list(&make, u64::MAX);
        writeln!(table, "{name} -> {}; {}", verdict(&unnamed), verdict(&named)).expect("writing to a string");
        if named.is_ok() && !name.ends_with(", paused") {
            Stage::new(world, market).write_verdicts(&mut table);
        }
    }
    table.push_str("\nAfter a Token-2022 mint with all listable extensions was listed\n");
    let (world, market, listed) = Stage::list(|world| world.mint_2022(9, LISTABLE), ACCEPTED);
    let (asset, stage) = (listed.expect("reserve_init"), Stage::new(world, market));
    for (name, change) in LATER {
        let mut world = stage.world.clone();
        change(&mut world, &asset);
        writeln!(table, "{name}").expect("writing to a string");
        stage.with(world).write_verdicts(&mut table);
    }
    expect_file!["../snapshots/tokens.txt"].assert_eq(&table);
}

impl Stage {
    fn with(&self, world: World) -> Self {
        let [lender, holder, long, short] = [&self.lender, &self.holder, &self.long, &self.short].map(User::clone);
        Self { world, market: self.market.clone(), lender, holder, long, short }
    }
}

/// New extensions of Token-2022 are refused until they are in the table.
#[test]
fn an_extension_that_is_not_in_the_table_is_refused() {
    let mut world = World::new();
    let market = Market::new(&mut world);
    let mint = world.mint_2022(9, &[999]);
    let listing = Listing { accepted_powers: u64::MAX, ..Listing::new(9, 100.0) };
    for extension in (1..=u16::from(u8::MAX)).filter(|number| EXTENSIONS.iter().all(|(_, known, _)| known != number)) {
        let mut account = world.get(&mint);
        account.data[166..168].copy_from_slice(&extension.to_le_bytes());
        world.set(mint, account);
        let failure = market.clone().list_mint(&mut world, mint, &listing).err().expect("a refusal");
        assert!(failure.is(ballast::error::BallastError::MintExtensionRefused), "{extension}: {failure:#?}");
    }
}

/// Accounts that only look like mints.
#[test]
fn refuses_an_account_that_is_not_a_mint() {
    let verdict = |spoil: fn(&mut Account)| {
        let mut world = World::new();
        let mut market = Market::new(&mut world);
        let mint = world.mint_2022(9, &[18]);
        let feed = PythFeed::new(mint.to_bytes());
        world.publish(&feed, &Quotation::calm(100.0, world.now()));
        let asset = ListedAsset::new(&world, &market.config, mint, feed);
        let mut account = world.get(&mint);
        spoil(&mut account);
        world.set(mint, account);
        market.assets.push(asset);
        let list = market.reserve_init(&asset, &Listing { accepted_powers: u64::MAX, ..Listing::new(9, 100.0) });
        words(&world.send(&[list], &[&market.authority]).expect_err("a refusal"))
    };
    let by_program = format!("Token-2022: {:?}", TokenError::InvalidMint);
    assert_eq!(verdict(|account| account.owner = ballast::ID), "UnsupportedMint");
    assert_eq!(verdict(|account| account.data.truncate(46)), "UnsupportedMint");
    assert_eq!(verdict(|account| account.data.truncate(200)), "UnsupportedMint", "an extension that is cut off");
    assert_eq!(verdict(|account| account.data[45] = 0), by_program, "not initialized");
    assert_eq!(verdict(|account| account.data[165] = 2), by_program, "a token account");
    assert_eq!(verdict(|account| account.data.truncate(100)), by_program);
}

/// Each published bit accepts its extension and no other.
#[test]
fn each_bit_names_one_extension() {
    let bits = [
        (mint::TRANSFER_FEE, TRANSFER_FEE),
        (mint::MINT_CLOSE_AUTHORITY, MINT_CLOSE_AUTHORITY),
        (mint::INTEREST_BEARING, 10),
        (mint::PERMANENT_DELEGATE, PERMANENT_DELEGATE),
        (mint::TRANSFER_HOOK, TRANSFER_HOOK),
        (mint::SCALED_UI_AMOUNT, 25),
        (mint::PAUSABLE, PAUSABLE),
    ];
    for (bit, extension) in bits {
        let make = |world: &mut World| world.mint_2022(9, &[extension]);
        Stage::list(make, bit).2.expect("the bit names it");
        let (.., others) = Stage::list(make, !bit);
        assert!(others.is_err_and(|failure| failure.is(MintExtensionNotNamed)), "{extension}");
    }
    let make = |world: &mut World| frozen_by_issuer(world, None);
    Stage::list(make, mint::FREEZE_AUTHORITY).2.expect("the bit names it");
    assert!(Stage::list(make, !mint::FREEZE_AUTHORITY).2.is_err_and(|failure| failure.is(MintExtensionNotNamed)));
}

/// The second authority of a fee collects what was withheld and sets nothing.
#[test]
fn collecting_withheld_fees_is_no_power() {
    let make = |world: &mut World| {
        let mint = world.mint_2022(9, &[TRANSFER_FEE]);
        world.renounce(&mint, TRANSFER_FEE);
        world.change_extension(&mint, TRANSFER_FEE, |config| config[32..64].copy_from_slice(ISSUER.as_ref()));
        mint
    };
    Stage::list(make, 0).2.expect("nothing to name");
}

#[test]
fn a_vault_has_room_for_what_its_mint_requires() {
    let vault = |extensions: &[u16]| {
        let (world, _, listed) = Stage::list(|world| world.mint_2022(9, extensions), u64::MAX);
        world.get(&listed.expect("reserve_init").vault)
    };
    for (extensions, len) in [
        (&[][..], 165),
        (&[10, 18], 165),
        (&[TRANSFER_FEE], 178),
        (&[TRANSFER_HOOK], 171),
        (&[PAUSABLE], 170),
        (LISTABLE, 187),
    ] {
        let account = vault(extensions);
        assert_eq!((account.data.len(), account.owner), (len, TOKEN_2022), "{extensions:?}");
    }
}

/// Mint and token program must be those of the reserve, under both token programs.
#[test]
fn refuses_other_mints_and_token_programs() {
    for mut scene in [token_2022(), Scene::simple()] {
        let Scene { world, market, lender, borrower } = &mut scene;
        let owner = borrower.obligation;
        let mut crashed = world.clone();
        market.set_price(&mut crashed, SOL, 80.0);
        let bases = [
            (world.clone(), borrower.deposit_ix(market, SOL, ONE_SOL)),
            (world.clone(), borrower.repay_ix(market, owner, USD, ONE_USD)),
            (world.clone(), borrower.withdraw_ix(world, market, SOL, ONE_SOL)),
            (world.clone(), borrower.borrow_ix(world, market, USD, ONE_USD)),
            (crashed.clone(), lender.liquidate_ix(&crashed, market, owner, SOL_FOR_USD, ALL)),
        ];
        let other = world.mint(9);
        let is = |address: &Address| market.assets.iter().any(|asset| asset.mint == *address);
        for (world, instruction) in bases {
            let attempt = |account: usize, impostor: Address| {
                let mut changed = instruction.clone();
                changed.accounts[account].pubkey = impostor;
                world.clone().send_as_anyone(&[changed])
            };
            world.clone().send_as_anyone(std::slice::from_ref(&instruction)).expect("the base succeeds");
            for (account, meta) in instruction.accounts.iter().enumerate() {
                if is(&meta.pubkey) {
                    refused(attempt(account, other), WrongMint);
                }
                if [spl_token_interface::ID, TOKEN_2022].contains(&meta.pubkey) {
                    let impostors = [spl_token_interface::ID, TOKEN_2022, ballast::ID];
                    for impostor in impostors.into_iter().filter(|impostor| *impostor != meta.pubkey) {
                        refused(attempt(account, impostor), WrongTokenProgram);
                    }
                }
            }
        }
    }
}

/// Lamports that somebody adds to a vault of wrapped SOL become tokens by `SyncNative` (17), which belong to nobody.
#[test]
fn wrapped_sol_works_like_any_token() {
    let mut world = World::new();
    let mut market = Market::new(&mut world);
    let native = world.native_mint();
    market.list_mint(&mut world, native, &Listing::new(9, 100.0)).expect("reserve_init");
    market.list(&mut world, &Listing::new(6, 1.0));
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, 1_000_000 * ONE_SOL));
    lender.deposit(&mut world, &market, SOL, 1_000 * ONE_SOL).expect("deposit");
    lender.deposit(&mut world, &market, USD, 1_000_000 * ONE_USD).expect("deposit");
    borrower.deposit(&mut world, &market, USD, 100_000 * ONE_USD).expect("deposit");
    borrower.borrow(&mut world, &market, SOL, 500 * ONE_SOL).expect("borrow");
    let (vault, before) = (market.assets[SOL].vault, market.reserve(&world, SOL).pool);

    let mut account = world.get(&vault);
    account.lamports += 77 * ONE_SOL;
    world.set(vault, account);
    let sync = Instruction {
        program_id: spl_token_interface::ID,
        accounts: vec![AccountMeta::new(vault, false)],
        data: vec![17],
    };
    world.send(&[sync], &[&lender.key]).expect("sync_native");

    assert_eq!(market.reserve(&world, SOL).pool, before);
    market.audit(&world, &[77 * ONE_SOL, 0]);
    borrower.repay(&mut world, &market, SOL, ALL).expect("repay");
    let wallet = lender.balance(&world, SOL);
    lender.withdraw(&mut world, &market, SOL, ALL).expect("withdraw");
    assert_eq!(lender.balance(&world, SOL), wallet + 1_000 * ONE_SOL);
    market.audit(&world, &[77 * ONE_SOL, 0]);
}

/// Only the reserve mints vouchers, and nobody can freeze them.
#[test]
fn the_voucher_mint_belongs_to_the_reserve() {
    for make in [|world: &mut World| world.mint(9), |world: &mut World| world.mint_2022(9, &[])] {
        let (world, market, listed) = Stage::list(make, 0);
        let reserve = listed.expect("reserve_init").reserve;
        let address = market.reserve(&world, TOKEN).voucher_mint;
        assert_eq!(address, ballast::seeds::voucher_address(&reserve));
        let vouchers = world.mint_state(&address);
        assert_eq!((vouchers.decimals, vouchers.supply), (9, 0));
        assert_eq!(vouchers.mint_authority, Some(reserve).into());
        assert!(vouchers.freeze_authority.is_none() && world.get(&address).owner == spl_token_interface::ID);
    }
}

/// The runtime calls a program only if its account is in the transaction.
#[test]
fn listing_a_token_2022_mint_needs_its_token_program() {
    let mut world = World::new();
    let market = Market::new(&mut world);
    let mint = world.mint_2022(6, &[]);
    let listing = Listing::new(6, 1.0);
    let feed = PythFeed::new(mint.to_bytes());
    world.publish(&feed, &Quotation::calm(1.0, world.now()));
    let asset = ListedAsset::new(&world, &market.config, mint, feed);
    let mut list = market.reserve_init(&asset, &listing);
    list.accounts.retain(|meta| meta.pubkey != TOKEN_2022);
    world.send(&[list], &[&market.authority]).expect_err("the runtime refuses");
}
