//! The Rust client as its users see it: it reads a chain and needs no other source.

use crate::interface::account_of;
use crate::scene::{BTC, DAY, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::tokens::token_2022;
use anchor_lang::prelude::{Address, Error};
use anchor_lang::solana_program::system_instruction::transfer;
use ballast::error::BallastError;
use ballast::state::{Change, Obligation, Reserve};
use ballast_client::accounts::{Undecodable, decode};
use ballast_client::instructions::{self, Instruction, LiquidationRequest, ObligationAccounts, TokenWallet};
use ballast_client::snapshot::Unvalued;
use ballast_client::transaction::{self, Envelope, LEAST_BALANCE, PACKET, PrepareError, Unsendable};
use ballast_client::{Asset, Found, Snapshot, TransactionRefusal, addresses};
use ballast_core::op::liquidate::Bid;
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;
use ballast_testkit::user::ALL;
use ballast_testkit::{ChangeTarget, Listing, Market, User, World};
use solana_account::Account;
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

fn read(world: &World, market: &Market) -> Snapshot {
    Snapshot::read(world, &market.config).expect("a market")
}

fn found(snapshot: &Snapshot, world: &World, user: &User) -> Found<Obligation> {
    let mut obligations = snapshot.obligations(world).expect("obligations").into_iter();
    obligations.find(|obligation| obligation.address == user.obligation).expect("the user's")
}

fn borrower(snapshot: &Snapshot, world: &World, user: &User) -> ObligationAccounts {
    snapshot.obligation_accounts(&found(snapshot, world, user)).expect("reserves of the market")
}

#[test]
fn a_snapshot_holds_its_market_and_nothing_of_another() {
    let Scene { mut world, market, lender, borrower } = Scene::indebted();
    let other = Market::with(&mut world, &[Listing::new(6, 1.0)]);
    let stranger = User::new(&mut world, &other, WEALTH);

    let snapshot = read(&world, &market);

    assert_eq!((snapshot.moment.slot, snapshot.moment.unix_timestamp), (world.slot(), world.now()));
    assert_eq!(bytemuck::bytes_of(&snapshot.config.state), bytemuck::bytes_of(&market.state(&world)));
    assert_eq!(snapshot.reserves.len(), market.assets.len());
    for (asset, listed) in snapshot.reserves.iter().enumerate() {
        assert_eq!(listed.asset(), market.named(asset));
        assert_eq!(bytemuck::bytes_of(&listed.reserve.state), bytemuck::bytes_of(&market.reserve(&world, asset)));
        assert_eq!(listed.price, Ok(market.price(&world, asset)));
    }
    let obligations = snapshot.obligations(&world).expect("obligations");
    let has = |user: &User| obligations.iter().any(|obligation| obligation.address == user.obligation);
    assert_eq!([&lender, &borrower, &stranger].map(has), [true, true, false]);
    let foreign = snapshot.obligation(&world, &stranger.obligation).err().expect("an obligation of another market");
    assert!(foreign.to_string().ends_with("belongs to another market"), "{foreign}");
}

#[test]
fn a_snapshot_computes_the_same_totals_as_the_program() {
    let scene = Scene::indebted();
    let snapshot = read(&scene.world, &scene.market);
    for usage in [PriceUse::NewRisk, PriceUse::Liquidation] {
        let totals = snapshot.totals(&scene.positions(), usage).expect("good prices");
        assert_eq!(totals, scene.totals(&[], usage));
    }
}

/// 64 reserves, 64 prices, the config and the clock are more accounts than a node returns at a time.
#[test]
fn a_snapshot_of_the_largest_market_is_in_the_order_of_listing() {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); 64]);
    let snapshot = read(&world, &market);
    let assets: Vec<_> = snapshot.reserves.iter().map(|listed| listed.asset()).collect();
    assert_eq!(assets, (0..64).map(|asset| market.named(asset)).collect::<Vec<_>>());
    assert!(snapshot.reserves.iter().all(|listed| listed.price.is_ok()));
}

#[test]
fn a_dead_feed_leaves_only_its_own_reserve_without_a_price() {
    let mut scene = Scene::indebted();
    scene.world.set(scene.market.assets[BTC].feed.address, Account { lamports: 1, ..Account::default() });
    let snapshot = read(&scene.world, &scene.market);
    let dead: Vec<_> = snapshot.reserves.iter().map(|listed| listed.price.is_err()).collect();
    assert_eq!(dead, [false, false, true, false]);
    let unvalued = snapshot.totals(&scene.positions(), PriceUse::Liquidation).expect_err("a position without a price");
    let reserve = scene.market.assets[BTC].reserve;
    assert!(matches!(unvalued, Unvalued::Price { reserve: of, .. } if of == reserve), "{unvalued}");
}

#[test]
fn an_old_price_is_refused_with_the_programs_message() {
    let mut scene = Scene::indebted();
    scene.world.advance(DAY);
    let snapshot = read(&scene.world, &scene.market);
    let unvalued = snapshot.totals(&scene.positions(), PriceUse::Liquidation).expect_err("old prices");
    assert!(unvalued.to_string().contains("The price is older than the reserve allows"), "{unvalued}");
}

#[test]
fn a_snapshot_finds_queued_changes() {
    let mut scene = Scene::established();
    let market = scene.market.state(&scene.world).market;
    let proposal = ballast::instructions::Proposal::Market { market };
    scene.market.propose(&mut scene.world, ChangeTarget::Market, 7, proposal).expect("change_propose");
    let changes = read(&scene.world, &scene.market).changes(&scene.world).expect("changes");
    let [Found { address, state }] = changes.as_slice() else { panic!("{} changes", changes.len()) };
    assert_eq!(*address, addresses::change_address(&scene.market.config, 7));
    assert_eq!((state.kind, state.target), (Change::MARKET, scene.market.config));
}

#[test]
fn an_account_that_the_program_would_refuse_is_refused() {
    let scene = Scene::simple();
    let account = scene.world.get(&scene.borrower.obligation);
    let with = |change: &dyn Fn(&mut Account)| {
        let mut changed = account.clone();
        change(&mut changed);
        decode::<Obligation>(&changed).err()
    };
    let kind = Some(Undecodable::Kind { expected: "obligation" });
    assert_eq!(with(&|_| {}), None);
    assert_eq!(
        with(&|account| account.owner = addresses::SYSTEM),
        Some(Undecodable::Owner { owner: addresses::SYSTEM, expected: ballast::ID })
    );
    assert_eq!(with(&|account| account.data.truncate(1_143)), kind);
    assert_eq!(with(&|account| account.data[0] ^= 1), kind);
    assert_eq!(with(&|account| account.data[8] = 2), Some(Undecodable::Version(2)));
    assert!(matches!(decode::<Reserve>(&account), Err(Undecodable::Kind { expected: "reserve" })));
    let not_a_market = Snapshot::read(&scene.world, &scene.lender.address()).err().expect("no market");
    assert!(not_a_market.to_string().contains("belongs to"), "{not_a_market}");
}

/// Prepares, signs, and sends.
fn send(world: &mut World, instructions: &[Instruction], key: &Keypair) {
    let envelope = Envelope { payer: key.pubkey(), micro_lamports_per_unit: 1_000, tables: &[] };
    let message = envelope.prepare(world, instructions, &[]).expect("a transaction that succeeds").message;
    let transaction = VersionedTransaction::try_new(message, &[key]).expect("the signer");
    world.svm.send_transaction(transaction).unwrap_or_else(|failed| panic!("{failed:#?}"));
}

/// Takes and repays a loan with nothing but an address and a snapshot.
fn loan_from_a_snapshot(Scene { mut world, market, .. }: Scene) {
    let key = world.wallet();
    let tokens = market.assets.each_token(&mut world, &key);
    let wallet = |asset: usize| TokenWallet { signer: key.pubkey(), tokens: tokens[asset] };
    let snapshot = read(&world, &market);
    let assets: Vec<Asset> = snapshot.reserves.iter().map(|listed| listed.asset()).collect();
    let obligation = addresses::obligation_address(&market.config, &key.pubkey(), 3);
    let empty = ObligationAccounts { obligation, positions: Vec::new() };

    let open = instructions::obligation_open(&key.pubkey(), &market.config, 3);
    let deposit = instructions::deposit(&wallet(SOL), &obligation, &assets[SOL], 100 * ONE_SOL);
    send(&mut world, &[open, deposit], &key);
    let state = world.read(&obligation);
    let pledged = snapshot.obligation_accounts(&Found { address: obligation, state }).expect("known reserves");
    assert_ne!(pledged, empty);
    let borrow = instructions::borrow(&wallet(USD), &pledged, &assets[USD], 1_000 * ONE_USD);
    send(&mut world, &[borrow], &key);
    let state = world.read(&obligation);
    let indebted = snapshot.obligation_accounts(&Found { address: obligation, state }).expect("known reserves");
    let withdraw = instructions::withdraw(&wallet(SOL), &indebted, &assets[SOL], ONE_SOL);
    let assert = instructions::assert_health(&indebted, 10_000, i64::MAX);
    let repay = instructions::repay(&wallet(USD), &obligation, &assets[USD], ALL);
    send(&mut world, &[withdraw, assert, repay], &key);

    let state: Obligation = world.read(&obligation);
    assert_eq!(state.positions.as_slice().len(), 1, "only the collateral is left");
}

trait EachToken {
    fn each_token(&self, world: &mut World, owner: &Keypair) -> Vec<Address>;
}

impl EachToken for Vec<ballast_testkit::ListedAsset> {
    /// Creates a token account with plenty of each.
    fn each_token(&self, world: &mut World, owner: &Keypair) -> Vec<Address> {
        self.iter().map(|asset| world.tokens(&asset.mint, &owner.pubkey(), WEALTH)).collect()
    }
}

#[test]
fn a_loan_needs_nothing_but_a_snapshot() {
    loan_from_a_snapshot(Scene::new());
}

#[test]
fn a_loan_of_token_2022_needs_nothing_but_a_snapshot() {
    loan_from_a_snapshot(token_2022());
}

#[test]
fn a_liquidation_needs_nothing_but_a_snapshot() {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 30.0);
    let Scene { mut world, market, lender, borrower: user } = scene;
    let snapshot = read(&world, &market);
    let pair = [SOL, USD].map(|asset| snapshot.reserves[asset].asset());
    let liquidate = instructions::liquidate(&LiquidationRequest {
        liquidator: lender.address(),
        config: market.config,
        borrower: &borrower(&snapshot, &world, &user),
        collateral: &pair[0],
        debt: &pair[1],
        source: lender.tokens[USD],
        destination: lender.tokens[SOL],
        bid: Bid { max_repay: Atoms(ALL), min_seized: Atoms(1) },
    });
    let before = lender.balance(&world, SOL);
    send(&mut world, &[liquidate], &lender.key);
    assert!(lender.balance(&world, SOL) > before);
}

/// Creates a lookup table's account: 56 bytes of state, then the addresses.
fn table(world: &mut World, entries: &[Address]) -> Address {
    let mut data = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
    data.resize(56, 0);
    entries.iter().for_each(|entry| data.extend(entry.as_ref()));
    let owner = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");
    let address = world.address();
    world.set(address, Account { lamports: 1_000_000_000, data, owner, ..Account::default() });
    // Addresses cannot be used in the slot in which they were added.
    world.advance_slots(1);
    address
}

/// Ten collaterals and five debts, all at 1 USD. The test takes the sixth debt.
fn sixteen_positions() -> (World, Market, User) {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); 16]);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
    for asset in 0..16 {
        let who = if asset < 10 { &borrower } else { &lender };
        who.deposit(&mut world, &market, asset, 1_000 * ONE_USD).expect("deposit");
    }
    for asset in 10..15 {
        borrower.borrow(&mut world, &market, asset, 100 * ONE_USD).expect("borrow");
    }
    (world, market, borrower)
}

#[test]
fn sixteen_positions_fit_into_a_transaction_only_with_a_lookup_table() {
    let (mut world, market, user) = sixteen_positions();
    let snapshot = read(&world, &market);
    let borrower = borrower(&snapshot, &world, &user);
    let borrow = instructions::borrow(&user.wallet(15), &borrower, &snapshot.reserves[15].asset(), ONE_USD);
    let bare = Envelope { payer: user.address(), micro_lamports_per_unit: 0, tables: &[] };
    let too_large = bare.prepare(&world, std::slice::from_ref(&borrow), &[]).expect_err("too many accounts");
    assert!(matches!(too_large, PrepareError::Unsendable(Unsendable::TooLarge { bytes }) if bytes > PACKET));

    let address = table(&mut world, &borrower.others(&[]));
    let table = transaction::lookup_table(address, &world.get(&address)).expect("a table");
    let envelope = Envelope { tables: &[table], ..bare };
    let message = envelope.prepare(&world, &[borrow], &[]).expect("borrow").message;
    let transaction = VersionedTransaction::try_new(message, &[&user.key]).expect("the signer");
    let before = user.balance(&world, 15);
    world.svm.send_transaction(transaction).expect("borrow");
    assert_eq!(user.balance(&world, 15) - before, ONE_USD);
}

#[test]
fn the_compute_limit_is_a_twentieth_above_the_simulated_use() {
    let Scene { mut world, market, borrower, .. } = Scene::simple();
    let repay = borrower.repay_ix(&market, borrower.obligation, USD, ONE_USD);
    let envelope = Envelope { payer: borrower.address(), micro_lamports_per_unit: 5, tables: &[] };
    let message = envelope.prepare(&world, &[repay], &[]).expect("repay").message;
    let [limit, price, _] = message.instructions() else { panic!("three instructions") };
    let limit = u64::from(u32::from_le_bytes(limit.data[1..].try_into().expect("four bytes")));
    assert_eq!(price.data, [[3].as_slice(), &5u64.to_le_bytes()].concat());
    let transaction = VersionedTransaction::try_new(message, &[&borrower.key]).expect("the signer");
    let used = world.svm.send_transaction(transaction).expect("repay").compute_units_consumed;
    assert_eq!(limit, used + used.div_ceil(20));
}

#[test]
fn a_transaction_that_would_fail_is_not_prepared_and_the_error_says_why() {
    let scene = Scene::simple();
    let borrow = scene.borrower.borrow_ix(&scene.world, &scene.market, USD, 1_000_000 * ONE_USD);
    let envelope = Envelope { payer: scene.borrower.address(), micro_lamports_per_unit: 0, tables: &[] };
    let Err(PrepareError::Refused(refusal)) = envelope.prepare(&scene.world, &[borrow], &[]) else {
        panic!("a refusal")
    };
    assert_eq!(refusal.name, "HealthTooLow");
    // Two instructions of the compute budget come first.
    assert_eq!((refusal.instruction, refusal.program), (Some(2), Some(ballast::ID)));
    assert_eq!(refusal.sentence, TransactionRefusal::from(BallastError::HealthTooLow).sentence);
}

#[test]
fn a_transaction_whose_priority_fee_exceeds_the_balance_is_not_prepared() {
    let mut scene = Scene::simple();
    let payer = scene.borrower.address();
    let borrow = scene.borrower.borrow_ix(&scene.world, &scene.market, USD, ONE_USD);
    let envelope = Envelope { payer, micro_lamports_per_unit: 1_000_000, tables: &[] };
    let prepare = |world: &World| envelope.prepare(world, std::slice::from_ref(&borrow), &[]);
    let message = prepare(&scene.world).expect("with enough lamports").message;
    let units = u32::from_le_bytes(message.instructions()[0].data[1..5].try_into().expect("a limit"));
    // One lamport per unit, plus the fee of the signature.
    let mut account = scene.world.get(&payer);
    account.lamports = LEAST_BALANCE + u64::from(units) + 5_000;
    scene.world.set(payer, account.clone());
    prepare(&scene.world).expect("just enough");
    account.lamports -= 1;
    scene.world.set(payer, account);
    let Err(PrepareError::Unpaid { fee, left, .. }) = prepare(&scene.world) else { panic!("the fee is not covered") };
    assert_eq!((fee, left), (u64::from(units), LEAST_BALANCE + u64::from(units) - 1));
}

#[test]
fn a_wallet_may_be_emptied_without_a_priority_fee() {
    let Scene { mut world, borrower, .. } = Scene::simple();
    let payer = borrower.address();
    let all = world.get(&payer).lamports - 5_000;
    let envelope = Envelope { payer, micro_lamports_per_unit: 0, tables: &[] };
    let give = transfer(&payer, &Address::new_unique(), all);
    let message = envelope.prepare(&world, &[give], &[]).expect("a transaction that succeeds").message;
    let transaction = VersionedTransaction::try_new(message, &[&borrower.key]).expect("the signer");
    world.svm.send_transaction(transaction).expect("a transfer");
    assert_eq!(world.svm.get_balance(&payer).unwrap_or_default(), 0);
}

#[test]
fn refusals_by_token_programs_and_the_runtime_have_names() {
    let mut scene = Scene::simple();
    let Scene { world, market, borrower, .. } = &mut scene;
    let poor = world.tokens(&market.assets[ETH].mint, &borrower.address(), 0);
    let wallet = TokenWallet { signer: borrower.address(), tokens: poor };
    let deposit = instructions::deposit(&wallet, &borrower.obligation, &market.named(ETH), 1_000_000);
    let failure = world.send(std::slice::from_ref(&deposit), &[&borrower.key]).expect_err("no tokens");
    let refusal = TransactionRefusal::new(&failure.error, &failure.logs);
    assert_eq!((refusal.name.as_str(), refusal.program), ("InsufficientFunds", Some(addresses::SPL_TOKEN)));

    let mut unsigned = deposit;
    account_of(&mut unsigned, "owner").is_signer = false;
    let failure = world.send_as_anyone(&[unsigned]).expect_err("no signature");
    let refusal = TransactionRefusal::new(&failure.error, &failure.logs);
    assert_eq!(refusal.name, "MissingRequiredSignature");

    let blockhash = TransactionRefusal::new(&TransactionError::BlockhashNotFound, &[]);
    assert_eq!((blockhash.name.as_str(), blockhash.instruction), ("BlockhashNotFound", None));
}

/// The same code has different meanings in different programs.
#[test]
fn an_error_code_is_read_as_one_of_its_program() {
    let named = |program: Address, code: u32| {
        let error = TransactionError::InstructionError(0, InstructionError::Custom(code));
        TransactionRefusal::new(&error, &[format!("Program {program} failed: custom program error: {code:#x}")]).name
    };
    let Error::Custom(ours) = Error::from(BallastError::NotOwner) else { panic!("a code") };
    assert_eq!(named(ballast::ID, ours), "NotOwner");
    assert_eq!(named(addresses::TOKEN_2022, 67), "MintPaused");
    assert_eq!(named(addresses::SYSTEM, ours), format!("Custom({ours})"));
    assert_eq!(named(ballast::ID, 2_000), "ConstraintMut");
}
