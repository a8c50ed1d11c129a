//! reserve_init: only the authority lists an asset; the reserve is closed and needs a live feed.

use crate::interface::account_of;
use crate::verdict::refused;
use anchor_lang::prelude::ProgramError;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction::transfer;
use ballast::error::BallastError;
use ballast::event::ReserveInitialized;
use ballast::instructions::PriceFeed;
use ballast::oracle::{RECEIVERS, feed_address};
use ballast::state::Reserve;
use ballast::symbol::{symbol, symbol_text};
use ballast_core::ledger::Ledger;
use ballast_core::settings::Settings;
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::{Failure, ListedAsset, Listing, Market, Receipt, World};
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_token_interface::state as spl;

/// A market and an asset that it can list.
struct Candidate {
    world: World,
    market: Market,
    asset: ListedAsset,
}

impl Candidate {
    fn new(decimals: u8) -> Self {
        let mut world = World::new();
        let market = Market::new(&mut world);
        let mint = world.mint(decimals);
        let feed = PythFeed::new(mint.to_bytes());
        world.publish(&feed, &Quotation::calm(1.0, world.now()));
        let asset = ListedAsset::new(&world, &market.config, mint, feed);
        Self { world, market, asset }
    }

    fn list(&mut self, listing: &Listing) -> Result<Receipt, Failure> {
        let list = self.market.reserve_init(&self.asset, listing);
        self.send(list)
    }

    fn send(&mut self, list: Instruction) -> Result<Receipt, Failure> {
        self.world.send(&[list], &[&self.market.authority])
    }

    /// Lists with another feed argument.
    fn list_with_feed(&mut self, feed: PriceFeed) -> Result<Receipt, Failure> {
        let mut list = self.market.reserve_init(&self.asset, &sound());
        let listed = ballast::instruction::ReserveInit { feed, accepted_powers: 0, symbol: sound().symbol };
        list.data = anchor_lang::InstructionData::data(&listed);
        self.send(list)
    }
}

fn sound() -> Listing {
    Listing::new(6, 1.0)
}

#[test]
fn refuses_anyone_but_the_authority() {
    let mut candidate = Candidate::new(6);
    let other = candidate.world.wallet();
    let mut list = candidate.market.reserve_init(&candidate.asset, &sound());
    account_of(&mut list, "authority").pubkey = other.pubkey();
    refused(candidate.world.send(&[list], &[&other]), BallastError::NotAuthority);
}

/// The attack on Solend in 2021: the attacker passed a market of their own.
#[test]
fn refuses_the_authority_of_another_market() {
    let mut candidate = Candidate::new(6);
    let foreign = Market::new(&mut candidate.world);
    let mut list = candidate.market.reserve_init(&candidate.asset, &sound());
    account_of(&mut list, "authority").pubkey = foreign.authority.pubkey();
    refused(candidate.world.send(&[list.clone()], &[&foreign.authority]), BallastError::NotAuthority);
    account_of(&mut list, "config").pubkey = foreign.config;
    refused(candidate.world.send(&[list], &[&foreign.authority]), ProgramError::InvalidSeeds);
}

#[test]
fn refuses_an_unknown_receiver() {
    for receiver in [2, u8::MAX] {
        let mut candidate = Candidate::new(6);
        let feed = PriceFeed { feed_id: candidate.asset.feed.id, shard: 0, receiver };
        refused(candidate.list_with_feed(feed), BallastError::OracleUnknownReceiver);
    }
}

#[test]
fn refuses_a_price_account_that_is_not_the_feeds() {
    let mut candidate = Candidate::new(6);
    let id = candidate.asset.feed.id;
    for feed in [
        PriceFeed { feed_id: id, shard: 1, receiver: 0 },
        PriceFeed { feed_id: id, shard: 0, receiver: 1 },
        PriceFeed { feed_id: [1; 32], shard: 0, receiver: 0 },
    ] {
        refused(candidate.list_with_feed(feed), BallastError::OracleWrongAddress);
    }
}

#[test]
fn refuses_a_feed_that_nobody_posts() {
    let mut candidate = Candidate::new(6);
    candidate.world.set(candidate.asset.feed.address, solana_account::Account::default());
    refused(candidate.list(&sound()), BallastError::OracleWrongOwner);
}

#[test]
fn refuses_a_feed_without_a_usable_price() {
    let now = Candidate::new(6).world.now();
    let calm = Quotation::calm(1.0, now);
    let dead = [
        (Quotation { publish_time: now - 61, ..calm }, BallastError::PriceStale),
        (Quotation { publish_time: now + 61, ..calm }, BallastError::PriceFromFuture),
        (Quotation { spot: 0, ..calm }, BallastError::PriceNotPositive),
        (Quotation { exponent: 1, ..calm }, BallastError::PriceExponent),
        (Quotation { confidence: 2_000_000, ..calm }, BallastError::PriceUncertain),
    ];
    for (price, refusal) in dead {
        let mut candidate = Candidate::new(6);
        candidate.world.publish(&candidate.asset.feed, &price);
        refused(candidate.list(&sound()), refusal);
    }
}

#[test]
fn stores_a_symbol_that_people_can_read() {
    for text in ["SOL", "a", "jitoSOL", "USDC.e+1"] {
        let mut candidate = Candidate::new(6);
        let symbol = symbol(text).expect("a symbol");
        let event: ReserveInitialized = candidate.list(&Listing { symbol, ..sound() }).expect("reserve_init").event();
        let reserve: Reserve = candidate.world.read(&candidate.asset.reserve);
        assert_eq!((event.symbol, symbol_text(&reserve.symbol)), (symbol, text));
    }
}

#[test]
fn refuses_a_symbol_that_people_cannot_read() {
    let unreadable: [&[u8; 8]; 6] = [
        b"\0\0\0\0\0\0\0\0",
        b"\0SOL\0\0\0\0",
        b"SOL\0X\0\0\0",
        b"SOL \0\0\0\0",
        b"S\xc3\x96L\0\0\0\0",
        b"SOL\n\0\0\0\0",
    ];
    for symbol in unreadable {
        refused(Candidate::new(6).list(&Listing { symbol: *symbol, ..sound() }), BallastError::InvalidSymbol);
    }
    assert_eq!([symbol(""), symbol("NINECHARS"), symbol("S L")], [None; 3]);
}

#[test]
fn refuses_more_than_eighteen_decimals() {
    refused(Candidate::new(19).list(&sound()), BallastError::UnsupportedDecimals);
    Candidate::new(18).list(&sound()).expect("18 decimals");
    Candidate::new(0).list(&sound()).expect("no decimals");
}

#[test]
fn refuses_to_list_an_asset_twice() {
    let mut candidate = Candidate::new(6);
    candidate.list(&sound()).expect("reserve_init");
    let before = candidate.world.get(&candidate.asset.reserve);
    candidate.list(&sound()).expect_err("the address is taken");
    assert_eq!(candidate.world.get(&candidate.asset.reserve), before);
}

#[test]
fn writes_the_reserve_its_vault_and_its_voucher_mint_and_emits_the_event() {
    let mut candidate = Candidate::new(9);
    let event: ReserveInitialized = candidate.list(&sound()).expect("reserve_init").event();

    let Candidate { world, market, asset } = &candidate;
    assert_eq!((event.config, event.reserve), (market.config, asset.reserve));
    assert_eq!((event.mint, event.price_account), (asset.mint, asset.feed.address));
    let reserve: Reserve = world.read(&asset.reserve);
    assert_eq!((reserve.version, reserve.config), (ballast::state::VERSION, market.config));
    assert_eq!((reserve.mint, reserve.vault), (asset.mint, asset.vault));
    assert_eq!(reserve.token_program, spl_token_interface::ID);
    let source = reserve.source;
    assert_eq!((source.account, source.feed_id, source.receiver), (asset.feed.address, asset.feed.id, 0));
    assert_eq!((reserve.reserved_flags, reserve.reserved), ([0; 6], [0; 19]));
    let pool = reserve.pool;
    assert_eq!((pool.id.bytes, pool.decimals), (asset.reserve.to_bytes(), 9));
    assert_eq!((pool.listing_number, pool.settings), (0, Settings::CLOSED));
    assert_eq!((pool.opened_at, pool.epoch), (0, 0));
    assert_eq!(pool.ledger, Ledger::new(world.now()));
    assert_eq!((pool.newest_publish_time, pool.volatility.marked_at), (world.now(), world.now()));
    let vault = spl::Account::unpack(&world.get(&asset.vault).data).expect("a token account");
    assert_eq!((vault.owner, vault.mint, vault.amount), (asset.reserve, asset.mint, 0));
    assert!(vault.delegate.is_none() && vault.close_authority.is_none());
    assert_eq!(reserve.voucher_mint, asset.voucher_mint);
    let vouchers = spl::Mint::unpack(&world.get(&asset.voucher_mint).data).expect("a mint");
    assert_eq!((vouchers.supply, vouchers.decimals), (0, 9));
    assert_eq!(vouchers.mint_authority, Some(asset.reserve).into());
    assert!(vouchers.freeze_authority.is_none());
    assert_eq!(market.state(world).reserve_count, 1);
}

#[test]
fn lists_under_the_other_receiver_too() {
    let mut candidate = Candidate::new(6);
    let id = candidate.asset.feed.id;
    let address = feed_address(&RECEIVERS[1], 7, &id);
    candidate.asset.feed = PythFeed { id, address };
    let price = candidate.asset.feed.account(&Quotation::calm(1.0, candidate.world.now()));
    candidate.world.set(address, solana_account::Account { owner: RECEIVERS[1].owner, ..price });
    candidate.list_with_feed(PriceFeed { feed_id: id, shard: 7, receiver: 1 }).expect("reserve_init");
    let reserve: Reserve = candidate.world.read(&candidate.asset.reserve);
    assert_eq!((reserve.source.account, reserve.source.receiver), (address, 1));
}

/// Lamports that were sent to the addresses before do not prevent it.
#[test]
fn lists_at_addresses_that_somebody_has_funded() {
    let mut candidate = Candidate::new(6);
    let griefer = candidate.world.wallet();
    for address in [candidate.asset.reserve, candidate.asset.vault, candidate.asset.voucher_mint] {
        let grief = transfer(&griefer.pubkey(), &address, 1_000_000);
        candidate.world.send(&[grief], &[&griefer]).expect("transfer");
    }
    candidate.list(&sound()).expect("reserve_init");
}
