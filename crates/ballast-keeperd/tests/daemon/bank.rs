//! LiteSVM behind the keeper's own traits, without a network: one bank delivers events to the daemon's loop, executes
//! its transactions and reports their outcomes.

use crate::keeper::open_wallets;
use crate::node::loan;
use anchor_lang::Discriminator;
use anchor_lang::prelude::{Address, Error};
use async_trait::async_trait;
use ballast::event::Liquidated;
use ballast::instruction::{Flag, Liquidate};
use ballast_keeper::decode::token_account_address;
use ballast_keeper::engine::Engine;
use ballast_keeper::event::{Fate, KeeperEvent, ObservedAccount};
use ballast_keeper::setup::Setup;
use ballast_keeper::status::EngineStatus;
use ballast_keeper::target::Outcome;
use ballast_keeperd::alerts::Alerts;
use ballast_keeperd::health::DaemonHealth;
use ballast_keeperd::journal::{Journal, JournalEntry};
use ballast_keeperd::node::NodeError;
use ballast_keeperd::outcomes::Outcomes;
use ballast_keeperd::recorded::RecordedEngine;
use ballast_keeperd::run::{ChainEnds, Keeper, WiredKeeper};
use ballast_keeperd::sink::Sink;
use ballast_keeperd::source::{Closed, EventFeed, Source};
use ballast_testkit::market::ListedAsset;
use ballast_testkit::{Failure, Market, Receipt, World};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

const SLOT: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);
/// Blocks in which a transaction may land after its blockhash was the newest; here every slot has one.
const LIFE: u64 = 150;
/// What the keeper has of every token.
const WEALTH: u64 = 1_000_000_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    /// Takes transactions and loses them.
    Swallows,
    /// Reports gaps, and goes on with more news.
    Gaps,
}

struct State {
    world: World,
    market: Market,
    mood: Mood,
    /// By blockhash, the last slot that executes what was signed with it.
    lives_until: BTreeMap<[u8; 32], u64>,
    /// Every transaction that the node took, repetitions too.
    received: Vec<VersionedTransaction>,
    /// By signature, of what was executed.
    executed: BTreeMap<String, Outcome>,
    /// The program's events, in order.
    liquidations: Vec<Liquidated>,
}

#[derive(Clone)]
struct Bank(Arc<Mutex<State>>);

impl Bank {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().expect("no test panics with it"))
    }

    fn set_mood(&self, mood: Mood) {
        self.with(|state| state.mood = mood);
    }

    fn set_price(&self, dollars: f64) {
        self.with(|state| state.market.set_price(&mut state.world, 0, dollars));
    }

    /// How many different transactions with this instruction were received, and how many of them went through.
    fn count<I: Discriminator>(&self) -> (usize, usize) {
        self.with(|state| {
            let mut all: Vec<_> = state.received.iter().filter(|one| calls::<I>(one)).map(signature).collect();
            all.sort_unstable();
            all.dedup();
            let landed = |name: &&String| matches!(state.executed.get(*name), Some(Outcome::Landed(_)));
            (all.len(), all.iter().filter(landed).count())
        })
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < PATIENCE, "{what} takes too long");
            sleep(SLOT / 2).await;
        }
    }
}

fn calls<I: Discriminator>(transaction: &VersionedTransaction) -> bool {
    transaction.message.instructions().iter().any(|one| one.data.starts_with(I::DISCRIMINATOR))
}

fn signature(transaction: &VersionedTransaction) -> String {
    transaction.signatures[0].to_string()
}

impl State {
    /// Once, and only while its blockhash lives.
    fn execute(&mut self, transaction: VersionedTransaction) {
        let slot = self.world.slot();
        let until = self.lives_until.get(&transaction.message.recent_blockhash().to_bytes());
        let signature = signature(&transaction);
        if self.executed.contains_key(&signature) || until.is_none_or(|until| *until < slot) {
            return;
        }
        let outcome = match self.world.svm.send_transaction(transaction).map_err(Failure::from) {
            Ok(meta) => {
                self.liquidations.extend(Receipt::from(meta).events::<Liquidated>());
                Outcome::Landed(slot)
            }
            Err(failure) => match failure.program_error() {
                Some(Error::Custom(code)) => Outcome::Reverted(code),
                _ => Outcome::Reverted(u32::MAX),
            },
        };
        self.executed.insert(signature, outcome);
    }
}

#[async_trait]
impl Sink for Bank {
    fn name(&self) -> &str {
        "bank"
    }

    async fn send(&self, transaction: &[u8]) -> Result<(), NodeError> {
        let transaction: VersionedTransaction = bincode::deserialize(transaction).expect("the wire format");
        self.with(|state| {
            state.received.push(transaction.clone());
            if state.mood == Mood::Good {
                state.execute(transaction);
            }
        });
        Ok(())
    }
}

#[async_trait]
impl Outcomes for Bank {
    async fn outcomes(&self, open: &[JournalEntry]) -> Result<Vec<(String, Outcome)>, NodeError> {
        let over = |state: &State, entry: &JournalEntry| {
            let expired = (entry.last_valid_height < state.world.slot()).then_some(Outcome::Expired);
            Some((entry.signature.clone(), state.executed.get(&entry.signature).copied().or(expired)?))
        };
        Ok(self.with(|state| open.iter().filter_map(|entry| over(state, entry)).collect()))
    }
}

/// A source with what the bank has delivered.
struct BankSource {
    bank: Bank,
    accounts: BTreeMap<Address, solana_account::Account>,
    /// Events of accounts, which are all writes of their slot.
    writes: u64,
    is_lost: bool,
}

impl BankSource {
    fn load(&mut self, watched: &[Address]) -> Vec<KeeperEvent> {
        self.accounts.clear();
        self.is_lost = false;
        let mut events = vec![KeeperEvent::Loading { slot: self.bank.with(|state| state.world.slot()) }];
        events.extend(self.news(watched));
        events.push(KeeperEvent::Loaded);
        events
    }

    /// The next slot begins, with every price published anew.
    fn next_slot(&mut self, watched: &[Address]) -> Vec<KeeperEvent> {
        let mood = self.bank.with(|state| {
            state.world.advance_slots(1);
            state.world.svm.expire_blockhash();
            state.market.repeat_prices(&mut state.world);
            state.mood
        });
        let was_lost = std::mem::replace(&mut self.is_lost, mood == Mood::Gaps);
        match (was_lost, self.is_lost) {
            (false, true) => [vec![KeeperEvent::Lost], self.news(watched)].concat(),
            (true, false) => self.load(watched),
            _ => self.news(watched),
        }
    }

    /// What has changed, reserves before the obligations that stand in them; the newest blockhash; and the slot.
    fn news(&mut self, watched: &[Address]) -> Vec<KeeperEvent> {
        let bank = self.bank.clone();
        bank.with(|state| {
            let (slot, world) = (state.world.slot(), &state.world);
            let mut now: BTreeMap<_, _> = world.accounts().into_iter().collect();
            now.extend(watched.iter().map(|address| (*address, world.get(address))));
            let gone = self.accounts.keys().filter(|address| !now.contains_key(*address)).copied();
            let gone: Vec<_> = gone.map(|address| (address, Default::default())).collect();
            now.extend(gone);
            let mut changed: Vec<_> =
                now.iter().filter(|(address, account)| self.accounts.get(*address) != Some(*account)).collect();
            changed.sort_by_key(|(address, _)| state.market.assets.iter().all(|asset| asset.reserve != **address));
            let mut events = Vec::new();
            for (address, account) in changed {
                self.writes += 1;
                let (owner, data) = (account.owner, account.data.clone());
                let address = *address;
                events.push(KeeperEvent::Account(ObservedAccount {
                    address,
                    slot,
                    write_version: self.writes,
                    owner,
                    data,
                }));
            }
            self.accounts = now;
            let (hash, last_valid_height) = (world.svm.latest_blockhash().to_bytes(), slot + LIFE);
            state.lives_until.insert(hash, last_valid_height);
            events.push(KeeperEvent::Blockhash { hash, slot, last_valid_height });
            events.extend([KeeperEvent::Slot(slot, Fate::Processed), KeeperEvent::Slot(slot - 32, Fate::Rooted)]);
            events
        })
    }

    async fn deliver(&mut self, feed: &mut EventFeed) -> Result<(), Closed> {
        let everything = self.load(&feed.watched());
        feed.send_all(everything).await?;
        let mut slots = interval(SLOT);
        // A machine that stands still must not age blockhashes that nothing could use meanwhile.
        slots.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let events = tokio::select! {
                _ = slots.tick() => self.next_slot(&feed.watched()),
                () = feed.reload.notified() => self.load(&feed.watched()),
            };
            feed.send_all(events).await?;
        }
    }
}

#[async_trait]
impl Source for BankSource {
    async fn run(&mut self, mut feed: EventFeed) {
        // The loop has ended.
        let _ = self.deliver(&mut feed).await;
    }
}

/// A keeper on a bank, and a borrower whose health is 1.14 until SOL falls from 100.
struct Stage {
    bank: Bank,
    market: Market,
    key: Keypair,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let (mut world, market, _) = loan();
        market
            .set_market(&mut world, |market| (market.terms.cure_slots, market.terms.hard_line_bps) = (8, 9_700))
            .expect("a change");
        let key = world.wallet();
        open_wallets(&mut world, &market, &key, WEALTH);
        world.svm = std::mem::take(&mut world.svm).with_sigverify(true);
        let state = State {
            world,
            market: market.clone(),
            mood: Mood::Good,
            lives_until: BTreeMap::new(),
            received: Vec::new(),
            executed: BTreeMap::new(),
            liquidations: Vec::new(),
        };
        let folder = TempDir::new().expect("a folder");
        Self { bank: Bank(Arc::new(Mutex::new(state))), market, key, folder }
    }

    /// Runs the keeper until the story ends and nothing is in flight. Returns the engine's status then.
    async fn run(&self, story: impl Future<Output = ()>) -> EngineStatus {
        let setup = Setup { refresh_secs: 0, ..Setup::new(self.market.config.to_string()) };
        let engine = Engine::new(setup, *self.key.secret_bytes()).expect("a setup");
        let (journal, open) = Journal::open(self.folder.path()).expect("a journal");
        assert_eq!(open, []);
        let keeper = Keeper {
            decider: RecordedEngine::new(engine, None),
            health: Arc::new(DaemonHealth::new(PATIENCE, 20)),
            journal: Some(journal),
            alerts: Alerts::start(&[], BTreeMap::new()),
        };
        let source = BankSource { bank: self.bank.clone(), accounts: BTreeMap::new(), writes: 0, is_lost: false };
        let bank = Arc::new(self.bank.clone());
        let ends = ChainEnds { source: Box::new(source), sinks: vec![bank.clone()], outcomes: bank };
        let mut tasks = JoinSet::new();
        let WiredKeeper { mut daemon, mut arrived, .. } = keeper.wire(ends, &mut tasks);
        let (stop, stopped) = watch::channel(false);
        let acting = async {
            story.await;
            stop.send(true).expect("it runs");
        };
        tokio::join!(daemon.run(&mut arrived, stopped, PATIENCE), acting);
        tasks.shutdown().await;
        ballast_keeperd::daemon::Decider::status(&daemon.decider)
    }

    fn holds(&self) -> [u64; 2] {
        let wallet = |asset: &ListedAsset| token_account_address(&self.key.pubkey(), &asset.token_program, &asset.mint);
        self.bank.with(|state| [0, 1].map(|asset| state.world.balance(&wallet(&self.market.assets[asset]))))
    }

    /// One liquidation was executed: the keeper, who had `before`, has paid and got what it says, books and vaults
    /// agree, and the journal has closed every transaction.
    fn is_settled_since(&self, before: [u64; 2], sent: usize) {
        let liquidations = self.bank.with(|state| state.liquidations.clone());
        let [Liquidated { repaid_atoms, premium_atoms, seized_atoms, .. }] = liquidations[..] else {
            panic!("{} liquidations", liquidations.len())
        };
        assert!(repaid_atoms > 0 && seized_atoms > 0);
        assert_eq!(self.holds(), [before[0] + seized_atoms, before[1] - repaid_atoms - premium_atoms]);
        self.bank.with(|state| self.market.audit(&state.world, &[0; 2]));
        let journal = std::fs::read_to_string(self.folder.path().join("journal.jsonl")).expect("a journal");
        let lines = |word: &str| journal.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!((lines("{\"sent\""), lines("{\"closed\"")), (sent, sent), "{journal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_obligation_is_flagged_at_its_lines_and_liquidated_once() {
    let stage = Stage::new();
    let (bank, before) = (&stage.bank, stage.holds());
    let story = async {
        // 100 SOL at 80 % against 7,000 USD: below 1.10 at 96.25, below 1 at 87.50, hard below 84.875.
        bank.set_price(95.0);
        bank.until("a warning", |bank| bank.count::<Flag>() == (1, 1)).await;
        bank.set_price(86.0);
        bank.until("a margin call", |bank| bank.count::<Flag>() == (2, 2)).await;
        bank.until("a liquidation", |bank| bank.count::<Liquidate>() == (1, 1)).await;
        sleep(50 * SLOT).await;
    };
    let status = stage.run(story).await;
    assert_eq!((bank.count::<Flag>(), bank.count::<Liquidate>()), ((2, 2), (1, 1)), "and nothing after it");
    assert_eq!(status.outcomes, [("landed", 3)].into());
    stage.is_settled_since(before, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_transaction_is_repeated_byte_for_byte() {
    let stage = Stage::new();
    let (bank, before) = (&stage.bank, stage.holds());
    let story = async {
        bank.set_mood(Mood::Swallows);
        bank.set_price(80.0);
        bank.until("a repetition", |bank| bank.with(|state| state.received.len() >= 3)).await;
        assert_eq!(bank.count::<Liquidate>(), (1, 0));
        bank.set_mood(Mood::Good);
        bank.until("a liquidation", |bank| bank.count::<Liquidate>() == (1, 1)).await;
        // That has restored a health of 1.05, below the warning line.
        bank.until("a warning", |bank| bank.count::<Flag>() == (1, 1)).await;
        sleep(50 * SLOT).await;
    };
    let status = stage.run(story).await;
    assert_eq!((bank.count::<Flag>(), bank.count::<Liquidate>()), ((1, 1), (1, 1)));
    assert_eq!(status.outcomes, [("landed", 2)].into());
    let same = bank.with(|state| state.received.iter().filter(|one| **one == state.received[0]).count());
    assert!(same >= 3, "{same}");
    stage.is_settled_since(before, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_transaction_is_replaced() {
    let stage = Stage::new();
    let (bank, before) = (&stage.bank, stage.holds());
    let story = async {
        bank.set_mood(Mood::Swallows);
        bank.set_price(80.0);
        bank.until("a second attempt", |bank| bank.count::<Liquidate>() == (2, 0)).await;
        bank.set_mood(Mood::Good);
        bank.until("a liquidation", |bank| bank.count::<Liquidate>() == (2, 1)).await;
        // The first one turns up.
        bank.with(|state| state.execute(state.received[0].clone()));
        bank.until("a warning", |bank| bank.count::<Flag>() == (1, 1)).await;
        sleep(50 * SLOT).await;
    };
    let status = stage.run(story).await;
    assert_eq!(status.outcomes, [("expired", 1), ("landed", 2)].into());
    assert_eq!((bank.count::<Flag>(), bank.count::<Liquidate>()), ((1, 1), (2, 1)));
    stage.is_settled_since(before, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keeper_sends_nothing_until_a_lost_source_has_loaded_again() {
    let stage = Stage::new();
    let (bank, before) = (&stage.bank, stage.holds());
    let story = async {
        bank.set_price(95.0);
        bank.until("a warning", |bank| bank.count::<Flag>() == (1, 1)).await;
        bank.set_mood(Mood::Gaps);
        sleep(5 * SLOT).await;
        bank.set_price(80.0);
        sleep(50 * SLOT).await;
        assert_eq!(bank.count::<Liquidate>(), (0, 0), "what else has happened, it does not know");
        bank.set_mood(Mood::Good);
        bank.until("a liquidation", |bank| bank.count::<Liquidate>() == (1, 1)).await;
        sleep(50 * SLOT).await;
    };
    let status = stage.run(story).await;
    assert_eq!((bank.count::<Flag>(), bank.count::<Liquidate>()), ((1, 1), (1, 1)));
    assert_eq!((status.outcomes, status.reloads), ([("landed", 2)].into(), 0));
    stage.is_settled_since(before, 2);
}
