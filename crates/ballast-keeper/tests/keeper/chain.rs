//! The engine on a chain: the compiled program in the World, whose accounts reach the engine as a source would deliver them.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address as Key;
use ballast_client::addresses::CLOCK;
use ballast_keeper::engine::Engine;
use ballast_keeper::event::{Account, Action, Event, Fate, Kind, Notice, Send};
use ballast_keeper::setup::Setup;
use ballast_keeper::target::Outcome;
use ballast_tests::{Failure, Listing, Market, Receipt, User, World};
use solana_transaction::versioned::VersionedTransaction;

pub const SOL: usize = 0;
pub const USD: usize = 1;
pub const ONE_SOL: u64 = 1_000_000_000;
pub const ONE_USD: u64 = 1_000_000;
/// What everybody's wallet holds.
pub const WEALTH: u64 = 1_000_000_000_000_000;
/// The keeper's key.
pub const SECRET: [u8; 32] = [7; 32];
/// Of blocks, behind slots: a transaction may land 150 of them later.
const LIFE: u64 = 150;

/// A market of SOL at 100 USD and of USD, a borrower with 100 SOL who owes 7,000 USD, and a keeper with tokens of both.
pub struct Chain {
    pub world: World,
    pub market: Market,
    pub borrower: User,
    pub engine: Engine,
    pub setup: Setup,
    /// As the engine was told.
    told: BTreeMap<Key, solana_account::Account>,
    writes: u64,
}

pub fn setup(market: &Market) -> Setup {
    let watch_everybody = true;
    Setup { watch_everybody, refresh_secs: 0, ..Setup::new(market.config.to_string()) }
}

impl Chain {
    pub fn new() -> Self {
        Self::with(&[Listing::new(9, 100.0), Listing::new(6, 1.0)], |_, _| {})
    }

    /// In a market that is changed before anybody acts in it.
    pub fn with(listings: &[Listing], change: impl FnOnce(&mut World, &Market)) -> Self {
        let mut world = World::new();
        // What the keeper signs is verified.
        world.svm = world.svm.clone().with_sigverify(true);
        world.advance(4_000);
        let market = Market::with(&mut world, listings);
        change(&mut world, &market);
        let lender = User::new(&mut world, &market, WEALTH);
        for asset in 0..listings.len() {
            lender.deposit(&mut world, &market, asset, WEALTH / 2).expect("deposit");
        }
        let borrower = User::new(&mut world, &market, WEALTH);
        let mut chain = Self::around(world, market, borrower);
        chain.lend();
        chain
    }

    /// A keeper with an account of every asset, `WEALTH` in each.
    pub fn around(mut world: World, market: Market, borrower: User) -> Self {
        let setup = setup(&market);
        let engine = Engine::new(setup.clone(), SECRET).expect("a setup");
        let keeper = Key::from(engine.keeper());
        world.svm.airdrop(&keeper, 1_000_000_000_000).expect("airdrop");
        for asset in &market.assets {
            let tokens = world.tokens(&asset.mint, &keeper, WEALTH);
            let account = world.get(&tokens);
            world.set(ballast_keeper::decode::wallet_address(&keeper, &asset.token_program, &asset.mint), account);
        }
        Self { world, market, borrower, engine, setup, told: BTreeMap::new(), writes: 0 }
    }

    fn lend(&mut self) {
        let Self { world, market, borrower, .. } = self;
        borrower.deposit(world, market, SOL, 100 * ONE_SOL).expect("deposit");
        borrower.borrow(world, market, USD, 7_000 * ONE_USD).expect("borrow");
        self.wait(60);
    }

    pub fn wait(&mut self, secs: i64) {
        self.world.advance(secs);
        self.market.repeat_prices(&mut self.world);
    }

    pub fn set_price(&mut self, asset: usize, dollars: f64) {
        self.market.set_price(&mut self.world, asset, dollars);
    }

    /// Another keeper in its place, that knows nothing.
    pub fn restart(&mut self) {
        self.engine = Engine::new(self.setup.clone(), SECRET).expect("a setup");
        self.told.clear();
    }

    /// Everything there is, as of this slot.
    pub fn load(&mut self) -> Vec<Event> {
        self.told.clear();
        let mut events = vec![Event::Loading { slot: self.world.slot() }];
        events.extend(self.news());
        events.push(Event::Loaded);
        events
    }

    /// What has changed since the last news, the blockhash and the slot. Reserves come first.
    pub fn news(&mut self) -> Vec<Event> {
        self.writes += 1;
        let (slot, write_version) = (self.world.slot(), self.writes);
        let mut now = self.world.accounts().into_iter().collect::<BTreeMap<_, _>>();
        let keeper = Key::from(self.engine.keeper());
        let beside = self.market.assets.iter().flat_map(|asset| {
            let wallet = ballast_keeper::decode::wallet_address(&keeper, &asset.token_program, &asset.mint);
            [asset.feed.address, wallet]
        });
        let beside = beside.chain([CLOCK]).collect::<Vec<_>>();
        now.extend(beside.iter().map(|address| (*address, self.world.get(address))));
        let gone = self.told.keys().filter(|address| !now.contains_key(address)).copied().collect::<Vec<_>>();
        now.extend(gone.into_iter().map(|address| (address, solana_account::Account::default())));
        let is_news = |address: &Key, account: &solana_account::Account| self.told.get(address) != Some(account);
        let mut events = now.iter().filter(|(address, account)| is_news(address, account)).map(|(address, account)| {
            let (address, owner) = (address.to_bytes(), account.owner.to_bytes());
            Event::Account(Account { address, slot, write_version, owner, data: account.data.clone() })
        });
        let mut events = events.by_ref().collect::<Vec<_>>();
        let is_reserve = |event: &Event| matches!(event, Event::Account(account) if self.market.assets.iter().any(|asset| asset.reserve.to_bytes() == account.address));
        events.sort_by_key(|event| !is_reserve(event));
        self.told = now;
        events.push(self.blockhash());
        events.push(Event::Slot(slot, Fate::Processed));
        events.push(Event::Slot(slot - 32, Fate::Rooted));
        events
    }

    pub fn blockhash(&self) -> Event {
        let slot = self.world.slot();
        Event::Blockhash { hash: self.world.svm.latest_blockhash().to_bytes(), slot, last_valid_height: slot + LIFE }
    }

    /// The engine hears everything, and tends its index.
    pub fn load_and_step(&mut self) -> Vec<Action> {
        let events = self.load();
        self.hear(&events)
    }

    /// A slot later, the engine hears what has changed.
    pub fn step(&mut self) -> Vec<Action> {
        self.world.advance_slots(1);
        self.world.svm.expire_blockhash();
        let events = self.news();
        self.hear(&events)
    }

    pub fn hear(&mut self, events: &[Event]) -> Vec<Action> {
        let actions = self.engine.step(events);
        self.engine.tend();
        actions
    }

    /// The chain decides about what was sent, a slot later.
    pub fn land(&mut self, send: &Send) -> Result<Receipt, Failure> {
        let transaction: VersionedTransaction = wincode::deserialize(&send.transaction).expect("the wire format");
        let result = self.world.svm.send_transaction(transaction).map(Receipt::from).map_err(Failure::from);
        self.world.advance_slots(1);
        self.world.svm.expire_blockhash();
        result
    }

    /// The same, and the engine hears of it with the news.
    pub fn settle(&mut self, send: &Send) -> (Receipt, Vec<Action>) {
        let slot = self.world.slot();
        let receipt = self.land(send).expect("it lands");
        let outcome = Outcome::Landed(slot);
        let mut events = vec![Event::Outcome { obligation: send.target, attempt: send.attempt, outcome }];
        events.extend(self.news());
        (receipt, self.hear(&events))
    }

    pub fn owed(&self) -> u128 {
        let obligation = self.borrower.obligation(&self.world);
        obligation.positions.debt(&self.market.reserve_id(USD)).0
    }
}

pub fn sends(actions: &[Action]) -> Vec<&Send> {
    actions.iter().filter_map(|action| if let Action::Send(send) = action { Some(send) } else { None }).collect()
}

/// The only thing sent.
pub fn only(actions: &[Action], kind: Kind) -> Send {
    let sends = sends(actions);
    assert!(sends.len() == 1 && sends[0].kind == kind, "one {kind:?} expected in {actions:#?}");
    sends[0].clone()
}

pub fn notices(actions: &[Action]) -> Vec<&Notice> {
    actions.iter().filter_map(|action| if let Action::Tell(notice) = action { Some(notice) } else { None }).collect()
}
