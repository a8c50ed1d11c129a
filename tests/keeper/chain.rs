//! The engine on a chain: the compiled program in the World, whose accounts reach the engine as from a source.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast::seeds;
use ballast_client::addresses::CLOCK;
use ballast_client::instructions::{self, AccountMeta};
use ballast_keeper::decode::token_account_address;
use ballast_keeper::engine::Engine;
use ballast_keeper::event::{
    Fate, KeeperAction, KeeperEvent, Notice, ObservedAccount, Route, RouteAccount, SignedTransaction, TransactionKind,
};
use ballast_keeper::setup::Setup;
use ballast_keeper::target::Outcome;
use ballast_testkit::stage::SwapPool;
use ballast_testkit::{Failure, Listing, Market, Receipt, User, World};
use solana_keypair::Keypair;
use solana_signer::Signer as _;
use solana_transaction::versioned::VersionedTransaction;

pub const SOL: usize = 0;
pub const USD: usize = 1;
pub const ONE_SOL: u64 = 1_000_000_000;
pub const ONE_USD: u64 = 1_000_000;
/// The atoms in each wallet.
pub const WEALTH: u64 = 1_000_000_000_000_000;
/// The keeper's key.
pub const SECRET: [u8; 32] = [7; 32];
/// The compute units of the market maker's swap.
pub const SWAP_UNITS: u32 = 2_700;
/// A transaction may land this many blocks after its blockhash. Here every slot has a block.
const LIFE: u64 = 150;

/// A market of SOL at 100 USD and of USD, a borrower with 100 SOL who owes 7,000 USD, and a keeper with tokens of both.
pub struct Chain {
    pub world: World,
    pub market: Market,
    pub borrower: User,
    pub engine: Engine,
    pub setup: Setup,
    /// The accounts as the engine knows them.
    known: BTreeMap<Address, solana_account::Account>,
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

    /// The same in a market that is changed before any action.
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
        let keeper = engine.keeper();
        world.svm.airdrop(&keeper, 1_000_000_000_000).expect("airdrop");
        for asset in &market.assets {
            let tokens = world.tokens(&asset.mint, &keeper, WEALTH);
            let account = world.get(&tokens);
            world.set(token_account_address(&keeper, &asset.token_program, &asset.mint), account);
        }
        Self { world, market, borrower, engine, setup, known: BTreeMap::new(), writes: 0 }
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

    /// Replaces the keeper by one with another setup.
    pub fn set_up(&mut self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup);
        self.restart();
    }

    /// Opens the keeper's first obligation.
    pub fn open_taker(&mut self) -> Address {
        let (key, config) = (Keypair::new_from_array(SECRET), self.market.config);
        let open = instructions::obligation_open(&key.pubkey(), &config, 0);
        self.world.send(&[open], &[&key]).expect("obligation_open");
        seeds::obligation_address(&config, &key.pubkey(), 0)
    }

    /// Empties the keeper's token accounts.
    pub fn impoverish(&mut self) {
        (0..self.market.assets.len()).for_each(|asset| self.endow(asset, 0));
    }

    /// Sets the keeper's balance.
    pub fn endow(&mut self, asset: usize, amount: u64) {
        let (keeper, asset) = (self.engine.keeper(), &self.market.assets[asset]);
        let tokens = self.world.tokens(&asset.mint, &keeper, amount);
        let account = self.world.get(&tokens);
        self.world.set(token_account_address(&keeper, &asset.token_program, &asset.mint), account);
    }

    /// A lookup table with the market's accounts, made long ago: as a setup names it.
    pub fn tables(&mut self) -> BTreeMap<String, Vec<String>> {
        const OWNER: Address = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");
        let listed = self.market.assets.iter().flat_map(|asset| {
            let named = asset.named();
            [named.reserve, named.price, named.mint, named.vault]
        });
        let listed = listed.collect::<Vec<_>>();
        // `0 type u32 | 4 deactivation slot | 12 last extension's slot | 20 its index u8 | 21 authority, none | 56
        // addresses`
        let mut data = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes(), &[0; 44]].concat();
        data.extend(listed.iter().flat_map(Address::to_bytes));
        let table = self.world.address();
        let account = solana_account::Account { lamports: 100_000_000, data, owner: OWNER, ..Default::default() };
        self.world.set(table, account);
        BTreeMap::from([(table.to_string(), listed.iter().map(Address::to_string).collect())])
    }

    /// A market maker who pays `dollars` for a SOL.
    pub fn swap(&mut self, dollars: u64) -> SwapPool {
        let [sol, usd] = [SOL, USD].map(|asset| self.market.assets[asset].mint);
        SwapPool::new(&mut self.world, &sol, &usd, dollars * ONE_USD, ONE_SOL, 1_000_000 * ONE_USD)
    }

    /// Replaces the keeper by one that knows nothing.
    pub fn restart(&mut self) {
        self.engine = Engine::new(self.setup.clone(), SECRET).expect("a setup");
        self.known.clear();
    }

    /// Returns a load of all accounts as of this slot.
    pub fn load(&mut self) -> Vec<KeeperEvent> {
        self.known.clear();
        let mut events = vec![KeeperEvent::Loading { slot: self.world.slot() }];
        events.extend(self.news());
        events.push(KeeperEvent::Loaded);
        events
    }

    /// What has changed since the last news, the blockhash and the slot. Reserves come first.
    pub fn news(&mut self) -> Vec<KeeperEvent> {
        self.writes += 1;
        let (slot, write_version) = (self.world.slot(), self.writes);
        let mut now = self.world.accounts().into_iter().collect::<BTreeMap<_, _>>();
        let keeper = self.engine.keeper();
        let beside = self.market.assets.iter().flat_map(|asset| {
            let wallet = token_account_address(&keeper, &asset.token_program, &asset.mint);
            [asset.feed.address, wallet]
        });
        let beside = beside.chain([CLOCK]).collect::<Vec<_>>();
        now.extend(beside.iter().map(|address| (*address, self.world.get(address))));
        let gone = self.known.keys().filter(|address| !now.contains_key(address)).copied().collect::<Vec<_>>();
        now.extend(gone.into_iter().map(|address| (address, solana_account::Account::default())));
        let is_news = |address: &Address, account: &solana_account::Account| self.known.get(address) != Some(account);
        let mut events = now.iter().filter(|(address, account)| is_news(address, account)).map(|(address, account)| {
            let (address, owner, data) = (*address, account.owner, account.data.clone());
            KeeperEvent::Account(ObservedAccount { address, slot, write_version, owner, data })
        });
        let mut events = events.by_ref().collect::<Vec<_>>();
        let is_reserve = |event: &KeeperEvent| matches!(event, KeeperEvent::Account(account) if self.market.assets.iter().any(|asset| asset.reserve == account.address));
        events.sort_by_key(|event| !is_reserve(event));
        self.known = now;
        events.push(self.blockhash());
        events.push(KeeperEvent::Slot(slot, Fate::Processed));
        events.push(KeeperEvent::Slot(slot - 32, Fate::Rooted));
        events
    }

    pub fn blockhash(&self) -> KeeperEvent {
        let slot = self.world.slot();
        KeeperEvent::Blockhash {
            hash: self.world.svm.latest_blockhash().to_bytes(),
            slot,
            last_valid_height: slot + LIFE,
        }
    }

    /// The engine hears everything, and tends its index.
    pub fn load_and_step(&mut self) -> Vec<KeeperAction> {
        let events = self.load();
        self.hear(&events)
    }

    /// A slot later, what has changed.
    pub fn next_slot(&mut self) -> Vec<KeeperEvent> {
        self.world.advance_slots(1);
        self.world.svm.expire_blockhash();
        self.news()
    }

    /// A slot later, the engine hears what has changed.
    pub fn step(&mut self) -> Vec<KeeperAction> {
        let events = self.next_slot();
        self.hear(&events)
    }

    pub fn hear(&mut self, events: &[KeeperEvent]) -> Vec<KeeperAction> {
        let actions = self.engine.step(events);
        self.engine.tend();
        actions
    }

    /// The chain decides about what was sent; then the next slot begins.
    pub fn land(&mut self, send: &SignedTransaction) -> Result<Receipt, Failure> {
        let result = self.land_in_slot(send);
        self.world.advance_slots(1);
        self.world.svm.expire_blockhash();
        result
    }

    /// The chain decides about what was sent.
    pub fn land_in_slot(&mut self, send: &SignedTransaction) -> Result<Receipt, Failure> {
        let transaction: VersionedTransaction = wincode::deserialize(&send.transaction).expect("the wire format");
        self.world.svm.send_transaction(transaction).map(Receipt::from).map_err(Failure::from)
    }

    /// The same, and then the engine takes the outcome and the news.
    pub fn settle(&mut self, send: &SignedTransaction) -> (Receipt, Vec<KeeperAction>) {
        let slot = self.world.slot();
        let receipt = self.land(send).expect("it lands");
        let outcome = Outcome::Landed(slot);
        let mut events = vec![KeeperEvent::Outcome { obligation: send.target, attempt: send.attempt, outcome }];
        events.extend(self.news());
        (receipt, self.hear(&events))
    }

    pub fn keeper_holds(&self, asset: usize) -> u64 {
        let (keeper, asset) = (self.engine.keeper(), &self.market.assets[asset]);
        self.world.balance(&token_account_address(&keeper, &asset.token_program, &asset.mint))
    }

    /// The same transaction with the newest blockhash: as if the old one were still valid.
    pub fn resigned(&self, send: &SignedTransaction) -> VersionedTransaction {
        let mut transaction: VersionedTransaction = wincode::deserialize(&send.transaction).expect("the wire format");
        transaction.message.set_recent_blockhash(self.world.svm.latest_blockhash());
        VersionedTransaction::try_new(transaction.message, &[&Keypair::new_from_array(SECRET)]).expect("signed")
    }
}

/// Returns the market maker's quote as the daemon's router would.
pub fn route(chain: &Chain, swap: &SwapPool, dollars: u64, units: u32) -> Route {
    let keeper = chain.engine.keeper();
    let [sold, bought] = [SOL, USD].map(|asset| chain.market.assets[asset]);
    let [from, to] = [sold, bought].map(|asset| token_account_address(&keeper, &asset.token_program, &asset.mint));
    let instruction = swap.swap_ix(&keeper, from, to, 0);
    let account = |meta: &AccountMeta| RouteAccount {
        address: meta.pubkey,
        is_signer: meta.is_signer,
        is_writable: meta.is_writable,
    };
    Route {
        sold: sold.mint,
        bought: bought.mint,
        sold_atoms: 1_000 * ONE_SOL,
        bought_atoms: 1_000 * dollars * ONE_USD,
        program: instruction.program_id,
        accounts: instruction.accounts.iter().map(account).collect(),
        data: instruction.data,
        // Behind the instruction and the bump. This market takes no least amount.
        sold_at: 2,
        bought_at: None,
        tables: Vec::new(),
        units,
        slot: chain.world.slot(),
    }
}

pub fn sends(actions: &[KeeperAction]) -> Vec<&SignedTransaction> {
    actions.iter().filter_map(|action| if let KeeperAction::Send(send) = action { Some(send) } else { None }).collect()
}

/// Returns the only transaction.
pub fn only(actions: &[KeeperAction], kind: TransactionKind) -> SignedTransaction {
    let sends = sends(actions);
    assert!(sends.len() == 1 && sends[0].kind == kind, "one {kind:?} expected in {actions:#?}");
    sends[0].clone()
}

pub fn notices(actions: &[KeeperAction]) -> Vec<&Notice> {
    actions
        .iter()
        .filter_map(|action| if let KeeperAction::Notify(notice) = action { Some(notice) } else { None })
        .collect()
}
