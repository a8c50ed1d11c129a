//! The keeper without the world: batches of events in, actions out. This file holds what the engine knows; `ingest`
//! takes accounts in, `act` decides what to do about them, and `notify` what to say.
//!
//! The same setup, key and batches lead to the same actions, byte for byte. Every loop here runs in a fixed order.

mod act;
mod ingest;
mod notify;
mod wanted;

pub use wanted::WantedRoute;

use std::collections::BTreeMap;
use std::io::{Read, Write};

use anchor_lang::prelude::Address;
use ballast::seeds;
use ballast::symbol::{Symbol, symbol_text};
use ballast_client::accounts::Moment;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::decode::{Decoder, ListedReserve};
use crate::event::{Attempt, Fate, KeeperAction, KeeperEvent, Route};
use crate::fee::LandingRecord;
use crate::inventory::Inventory;
use crate::market::TrackedMarket;
use crate::score::Score;
use crate::setup::{ParsedSetup, Setup, SetupError};
use crate::snapshot::SnapshotError;
use crate::status::EngineStatus;
use crate::store::Store;
use crate::target::{Outcome, Targets};
use crate::tick::Tick;
use crate::transaction::TransactionSigner;
use crate::trigger::{SLICE, Trigger};
use crate::watch::WatchList;
use ingest::Loading;

/// The engine drops old targets, scores and counts once per this many steps.
const SWEEP_STEPS: u64 = 4_096;

pub struct Engine {
    setup: Setup,
    rules: ParsedSetup,
    signer: TransactionSigner,
    decoder: Decoder,
    /// The keeper's first obligation. If it is open and has no debt, it takes seized shares.
    taker: Address,
    market: TrackedMarket,
    chain: ChainState,
    loading: Loading,
    index: Index,
    attempts: Attempts,
    costs: Costs,
    notices: Notices,
    status: EngineStatus,
}

/// What the engine knows of the chain besides accounts.
#[derive(Default)]
struct ChainState {
    clock: Option<Moment>,
    /// The newest slot that any event has named.
    slot: u64,
    blockhash: Option<Blockhash>,
}

/// Who may be below their line.
#[derive(Default)]
struct Index {
    trigger: Trigger,
    /// The prices of the last step.
    tick: Option<Tick>,
}

/// What was sent, what pays for it and how it ended.
#[derive(Default)]
struct Attempts {
    targets: Targets,
    inventory: Inventory,
    record: LandingRecord,
    score: Score,
}

/// What others pay for blockspace, and what seized tokens sell for.
#[derive(Default)]
struct Costs {
    /// The recent price of a compute unit, in micro-lamports.
    unit_price: u64,
    /// The recent tip, in lamports.
    tip: u64,
    /// By the mints of what is sold and what is bought.
    routes: BTreeMap<[Address; 2], Route>,
}

/// Who gets notices, and what they are still to get.
struct Notices {
    watch: WatchList,
    /// Liquidations that the chain has shown since the last step: the slot and the obligation.
    liquidated: Vec<(u64, Address)>,
}

#[derive(Clone, Copy)]
struct Blockhash {
    hash: [u8; 32],
    slot: u64,
    last_valid_height: u64,
}

/// One of the keeper's own token accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeeperTokenAccount {
    pub address: Address,
    pub mint: Address,
    symbol: Symbol,
    pub token_program: Address,
    /// Without it, the keeper liquidates nothing with or for this token.
    pub is_open: bool,
}

impl KeeperTokenAccount {
    /// The name of the token for people.
    pub fn symbol(&self) -> &str {
        symbol_text(&self.symbol)
    }
}

impl Engine {
    /// `secret`: the 32 bytes of the ed25519 key that pays and signs.
    pub fn new(setup: Setup, secret: [u8; 32]) -> Result<Self, SetupError> {
        Self::with(setup, secret, TrackedMarket::new(0))
    }

    /// Starts with the obligations of a snapshot file, as of its root. The caller delivers everything written since
    /// before [`KeeperEvent::Loaded`], or loads all accounts. The file has no owners: the engine learns them again from
    /// the accounts.
    pub fn restore(setup: Setup, secret: [u8; 32], from: impl Read) -> Result<Self, RestoreError> {
        Ok(Self::with(setup, secret, TrackedMarket::restore(from)?)?)
    }

    fn with(setup: Setup, secret: [u8; 32], market: TrackedMarket) -> Result<Self, SetupError> {
        let mut rules = ParsedSetup::new(&setup)?;
        let keeper = Keypair::new_from_array(secret).pubkey();
        let watch = WatchList::new(std::mem::take(&mut rules.watched), setup.watch_everybody);
        Ok(Self {
            signer: TransactionSigner::new(secret, std::mem::take(&mut rules.tables), rules.tip_account),
            decoder: Decoder::new(rules.config, keeper),
            taker: seeds::obligation_address(&rules.config, &keeper, 0),
            market,
            rules,
            setup,
            chain: ChainState::default(),
            loading: Loading::default(),
            index: Index::default(),
            attempts: Attempts::default(),
            costs: Costs::default(),
            notices: Notices { watch, liquidated: Vec::new() },
            status: EngineStatus::default(),
        })
    }

    /// Writes the obligations as of the root.
    pub fn save(&mut self, to: impl Write) -> Result<(), SnapshotError> {
        self.market.save(to)
    }

    /// Takes in what has arrived since the last step, and returns what to do now. A recording of the batches can be
    /// replayed.
    pub fn step(&mut self, batch: &[KeeperEvent]) -> Vec<KeeperAction> {
        let mut actions = Vec::new();
        self.status.steps += 1;
        for event in batch {
            if !self.take(event) {
                self.loading.is_wrong();
                self.status.reloads += 1;
                actions.push(KeeperAction::Reload);
            }
        }
        let Attempts { targets, inventory, record, score } = &mut self.attempts;
        if self.status.steps.is_multiple_of(SWEEP_STEPS) {
            targets.sweep(self.chain.slot);
            score.sweep(self.chain.slot);
            record.fade();
        }
        inventory.release(targets, self.chain.slot);
        if let (true, Some(clock)) = (self.loading.is_live(), self.chain.clock) {
            self.act(clock, &mut actions);
        }
        actions
    }

    /// Refines the index for a fraction of a millisecond, or for a part of a step that looks at many rows. Returns
    /// false if there was nothing to do. Call it after the actions of a step are sent, and again while no event waits.
    /// It changes speed, never decisions.
    pub fn tend(&mut self) -> bool {
        // Also before the first tick, or the changed rows of a market that cannot be loaded would pile up.
        self.market.take_changed().into_iter().for_each(|row| self.index.trigger.mark_dirty(row));
        let Some(tick) = &self.index.tick else { return false };
        self.index.trigger.tend(self.market.obligations(), tick, SLICE)
    }

    /// Takes an event in. Returns false if the engine's view is wrong and no later event can correct it.
    fn take(&mut self, event: &KeeperEvent) -> bool {
        match event {
            KeeperEvent::Account(account) => return self.take_account(account),
            KeeperEvent::Slot(slot, fate) => return self.take_slot(*slot, *fate),
            KeeperEvent::Blockhash { hash, slot, last_valid_height } => {
                self.chain.slot = self.chain.slot.max(*slot);
                if self.chain.blockhash.is_none_or(|known| known.slot <= *slot) {
                    let (hash, slot, last_valid_height) = (*hash, *slot, *last_valid_height);
                    self.chain.blockhash = Some(Blockhash { hash, slot, last_valid_height });
                }
            }
            KeeperEvent::Fee { micro_lamports_per_unit } => self.costs.unit_price = *micro_lamports_per_unit,
            KeeperEvent::Tip { lamports } => self.costs.tip = *lamports,
            KeeperEvent::Route(route) => {
                // Not newer than the newest slot: a route from the future would never grow old.
                let route = Route { slot: route.slot.min(self.chain.slot), ..route.clone() };
                self.costs.routes.insert([route.sold, route.bought], route);
            }
            KeeperEvent::Resumed(Attempt { target, attempt, slot, .. }) => {
                self.attempts.targets.resume(target, *attempt, *slot);
            }
            KeeperEvent::Outcome { obligation, attempt, outcome } => self.close(obligation, *attempt, *outcome),
            KeeperEvent::Lost => self.loading.is_lost(),
            KeeperEvent::Loading { slot } => return self.begin_loading(*slot),
            KeeperEvent::Loaded => return self.finish_loading(),
        }
        true
    }

    fn take_slot(&mut self, slot: u64, fate: Fate) -> bool {
        match fate {
            Fate::Processed => self.chain.slot = self.chain.slot.max(slot),
            Fate::Rooted => self.market.root(slot),
            Fate::Dead => {
                self.attempts.targets.abandon(slot);
                self.chain.blockhash.take_if(|known| known.slot == slot);
                return self.market.abandon(slot).is_ok();
            }
        }
        true
    }

    fn close(&mut self, target: &Address, attempt: u64, outcome: Outcome) {
        let (slot, attempts) = (self.chain.slot, &mut self.attempts);
        if !attempts.targets.is_in_flight(target, attempt, slot) {
            return;
        }
        let is_liquidation = attempts.inventory.is_promised(target, attempt);
        attempts.targets.close(target, attempt, outcome, slot);
        let name = match outcome {
            Outcome::Landed(_) => "landed",
            Outcome::Lost(_) => "lost",
            Outcome::Reverted(_) => "reverted",
            Outcome::Expired => "expired",
        };
        *self.status.outcomes.entry(name).or_default() += 1;
        // An expired attempt costs nothing, and says nothing about the next one.
        if is_liquidation && outcome != Outcome::Expired {
            attempts.record.add(matches!(outcome, Outcome::Landed(_)));
        }
    }

    /// Returns the accounts to deliver besides those of the program: clock, prices and the keeper's own. The list grows
    /// as reserves become known.
    pub fn accounts(&self) -> Vec<Address> {
        self.decoder.accounts()
    }

    /// Returns the keeper's own token accounts, by listing number of the reserve. The operator opens them.
    pub fn token_accounts(&self) -> Vec<KeeperTokenAccount> {
        let open = self.attempts.inventory.accounts();
        let listed = (0..Store::RESERVES as u8).filter_map(|number| Some((number, self.decoder.listed(number)?)));
        let account = |(number, listed): (u8, &ListedReserve)| KeeperTokenAccount {
            address: listed.token_account,
            mint: listed.asset.mint,
            symbol: listed.symbol,
            token_program: listed.asset.token_program,
            is_open: open >> number & 1 != 0,
        };
        listed.map(account).collect()
    }

    /// Returns the address that pays and signs.
    pub fn keeper(&self) -> Address {
        self.signer.keeper
    }

    /// Returns an obligation's health factor now, in basis points rounded down; `None` without prices.
    pub fn health_bps(&self, obligation: &Address) -> Option<u64> {
        let (tick, store) = (self.index.tick.as_ref()?, self.market.obligations());
        let totals = tick.totals(store.holdings(store.row(obligation)?)).ok()?;
        Some(totals.maintenance.factor_bps_floor())
    }

    /// Returns the watched obligations of an owner, in order of their addresses.
    pub fn obligations_of(&self, owner: &Address) -> Vec<Address> {
        self.notices.watch.obligations_of(owner)
    }

    /// Returns how the engine's decisions compare with what the chain shows.
    pub fn score(&self) -> &Score {
        &self.attempts.score
    }

    pub fn status(&self) -> EngineStatus {
        let reserves = (0..Store::RESERVES as u8).filter(|number| self.market.reserve(*number).is_some());
        let is_priced = |number: u8| self.index.tick.as_ref().is_some_and(|tick| tick.quote(number).is_ok());
        let ChainState { clock, slot, blockhash } = &self.chain;
        EngineStatus {
            slot: *slot,
            clock_slot: clock.map_or(0, |clock| clock.slot),
            root: self.market.rooted(),
            is_loaded: self.loading.is_live(),
            blockhash_slot: blockhash.map_or(0, |blockhash| blockhash.slot),
            obligations: self.market.obligations().len(),
            reserves: reserves.clone().count(),
            unpriced: reserves.filter(|number| !is_priced(*number)).count(),
            targets: self.attempts.targets.counts(*slot),
            index_builds: self.index.trigger.builds,
            index_refines: self.index.trigger.refines,
            ..self.status.clone()
        }
    }
}

/// Why an engine cannot start from a file.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
