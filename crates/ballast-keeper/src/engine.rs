//! The keeper without the world: batches of events in, actions out. Here is what it knows; [`hear`] takes accounts in, and
//! [`crate::act`] is what it does about them.
//!
//! The same setup, key and batches lead to the same actions, to the byte. Whatever is iterated over here is in order.

mod hear;

use std::collections::BTreeMap;
use std::io::{Read, Write};

use ballast_client::accounts::Moment;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::decode::Decoder;
use crate::event::{Account, Action, Attempt, Event, Fate, Kind, Route};
use crate::fee::Record;
use crate::inventory::Inventory;
use crate::market::{Address, Market};
use crate::score::Score;
use crate::setup::{Rules, Setup, SetupError};
use crate::snapshot::SnapshotError;
use crate::status::Status;
use crate::store::Store;
use crate::target::{Outcome, Targets};
use crate::tick::Tick;
use crate::transaction::Pen;
use crate::trigger::{SLICE, Trigger};
use crate::watch::Watch;
use hear::Link;

/// Every so many steps, what is long over is forgotten.
const SWEEP_STEPS: u64 = 4_096;

pub struct Engine {
    pub(crate) setup: Setup,
    pub(crate) rules: Rules,
    pub(crate) pen: Pen,
    pub(crate) decoder: Decoder,
    pub(crate) market: Market,
    pub(crate) trigger: Trigger,
    /// Of the last step.
    pub(crate) tick: Option<Tick>,
    pub(crate) targets: Targets,
    pub(crate) inventory: Inventory,
    pub(crate) watch: Watch,
    pub(crate) routes: BTreeMap<[Address; 2], Route>,
    pub(crate) clock: Option<Moment>,
    /// The newest heard of.
    pub(crate) slot: u64,
    pub(crate) blockhash: Option<Blockhash>,
    /// What others have paid lately.
    pub(crate) paid: u64,
    pub(crate) tipped: u64,
    pub(crate) record: Record,
    pub(crate) score: Score,
    /// Seen to have been liquidated since the last step: the slot and whose.
    pub(crate) liquidated: Vec<(u64, Address)>,
    pub(crate) status: Status,
    link: Link,
    waiting: BTreeMap<Address, Account>,
    /// The last loading has left some waiting.
    has_orphans: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Blockhash {
    pub hash: [u8; 32],
    pub slot: u64,
    pub last_valid_height: u64,
}

/// A token account of the keeper's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub address: Address,
    pub mint: Address,
    pub token_program: Address,
    /// Without it, nothing is liquidated with or for this token.
    pub is_open: bool,
}

impl Engine {
    /// `secret`: the 32 bytes of the ed25519 key that pays and signs.
    pub fn new(setup: Setup, secret: [u8; 32]) -> Result<Self, SetupError> {
        Self::with(setup, secret, Market::new(0))
    }

    /// The same, with the obligations of a snapshot file, as of its root. Whatever has been written since must be delivered before
    /// [`Event::Loaded`], or loaded. Owners are not in the file: who is watched is known again when his account comes.
    pub fn restore(setup: Setup, secret: [u8; 32], from: impl Read) -> Result<Self, RestoreError> {
        Ok(Self::with(setup, secret, Market::restore(from)?)?)
    }

    fn with(setup: Setup, secret: [u8; 32], market: Market) -> Result<Self, SetupError> {
        let mut rules = Rules::new(&setup)?;
        let keeper = Keypair::new_from_array(secret).pubkey();
        Ok(Self {
            pen: Pen::new(secret, std::mem::take(&mut rules.tables), rules.tip_account),
            decoder: Decoder::new(rules.config, keeper),
            watch: Watch::new(std::mem::take(&mut rules.watched), setup.watch_everybody),
            market,
            rules,
            setup,
            trigger: Trigger::default(),
            tick: None,
            targets: Targets::default(),
            inventory: Inventory::default(),
            routes: BTreeMap::new(),
            clock: None,
            slot: 0,
            blockhash: None,
            paid: 0,
            tipped: 0,
            record: Record::default(),
            score: Score::default(),
            liquidated: Vec::new(),
            status: Status::default(),
            link: Link::Lost,
            waiting: BTreeMap::new(),
            has_orphans: false,
        })
    }

    /// Writes the obligations as of the root.
    pub fn save(&mut self, to: impl Write) -> Result<(), SnapshotError> {
        self.market.save(to)
    }

    /// One turn: takes in what has arrived since the last, and says what to do now. Whoever records the batches can replay them.
    pub fn step(&mut self, batch: &[Event]) -> Vec<Action> {
        let mut actions = Vec::new();
        self.status.steps += 1;
        for event in batch {
            if !self.take(event) {
                self.link = Link::Wrong;
                self.status.reloads += 1;
                actions.push(Action::Reload);
            }
        }
        if self.status.steps.is_multiple_of(SWEEP_STEPS) {
            self.targets.sweep(self.slot);
            self.score.sweep(self.slot);
            self.record.fade();
        }
        self.inventory.release(&self.targets, self.slot);
        if let (Link::Live, Some(clock)) = (&self.link, self.clock) {
            self.act(clock, &mut actions);
        }
        actions
    }

    /// Keeps the index sharp, for a fraction of a millisecond, or of a step that looks at many; false: there was nothing to do. To be called
    /// after the actions of a step are on their way, and again while no event waits. When, changes nothing but speed.
    pub fn tend(&mut self) -> bool {
        // Also before the first tick, or a market that cannot be loaded would gather them for ever.
        self.market.take_changed().into_iter().for_each(|row| self.trigger.touch(row));
        let Some(tick) = &self.tick else { return false };
        self.trigger.tend(self.market.obligations(), tick, SLICE)
    }

    /// Takes an event in; false: what is known cannot be mended by more of them.
    fn take(&mut self, event: &Event) -> bool {
        match event {
            Event::Account(account) => return self.hear(account),
            Event::Slot(slot, fate) => return self.take_slot(*slot, *fate),
            Event::Blockhash { hash, slot, last_valid_height } => {
                self.slot = self.slot.max(*slot);
                if self.blockhash.is_none_or(|known| known.slot <= *slot) {
                    self.blockhash =
                        Some(Blockhash { hash: *hash, slot: *slot, last_valid_height: *last_valid_height });
                }
            }
            Event::Fee { micro_lamports_per_unit } => self.paid = *micro_lamports_per_unit,
            Event::Tip { lamports } => self.tipped = *lamports,
            Event::Route(route) => {
                // As old as the newest slot at least: one from the future would never grow old.
                let route = Route { slot: route.slot.min(self.slot), ..route.clone() };
                self.routes.insert([route.sold, route.bought], route);
            }
            Event::Resumed(Attempt { target, attempt, slot, .. }) => self.targets.resume(target, *attempt, *slot),
            Event::Outcome { obligation, attempt, outcome } => self.close(obligation, *attempt, *outcome),
            Event::Lost if !matches!(self.link, Link::Wrong) => self.link = Link::Lost,
            Event::Lost => {}
            Event::Loading { slot } => return self.begin(*slot),
            Event::Loaded => return self.finish(),
        }
        true
    }

    fn take_slot(&mut self, slot: u64, fate: Fate) -> bool {
        match fate {
            Fate::Processed => self.slot = self.slot.max(slot),
            Fate::Rooted => self.market.root(slot),
            Fate::Dead => {
                self.targets.abandon(slot);
                self.blockhash.take_if(|known| known.slot == slot);
                return self.market.abandon(slot).is_ok();
            }
        }
        true
    }

    fn close(&mut self, target: &Address, attempt: u64, outcome: Outcome) {
        if !self.targets.is_under_way(target, attempt, self.slot) {
            return;
        }
        let is_liquidation = self.inventory.is_promised(target, attempt);
        self.targets.close(target, attempt, outcome, self.slot);
        let name = match outcome {
            Outcome::Landed(_) => "landed",
            Outcome::Lost(_) => "lost",
            Outcome::Reverted(_) => "reverted",
            Outcome::Expired => "expired",
        };
        *self.status.outcomes.entry(name).or_default() += 1;
        // One that expires costs nothing and says nothing about the others.
        if is_liquidation && outcome != Outcome::Expired {
            self.record.add(matches!(outcome, Outcome::Landed(_)));
        }
    }

    /// The accounts to deliver beside those of the program: clock, prices, and the keeper's own. More, as reserves become known.
    pub fn accounts(&self) -> Vec<Address> {
        self.decoder.accounts()
    }

    /// The keeper's own token accounts, by number of the reserve; whoever runs the keeper opens them.
    pub fn wallets(&self) -> Vec<Wallet> {
        let open = self.inventory.accounts();
        let listed = (0..Store::RESERVES as u8).filter_map(|number| Some((number, self.decoder.listed(number)?)));
        let wallet = |(number, listed): (u8, &crate::decode::Listed)| Wallet {
            address: listed.wallet.to_bytes(),
            mint: listed.asset.mint.to_bytes(),
            token_program: listed.asset.token_program.to_bytes(),
            is_open: open >> number & 1 != 0,
        };
        listed.map(wallet).collect()
    }

    /// Who pays and signs.
    pub fn keeper(&self) -> Address {
        self.pen.keeper.to_bytes()
    }

    /// What an obligation's health factor is now, in basis points rounded down; none without prices.
    pub fn health_bps(&self, obligation: &Address) -> Option<u64> {
        let (tick, store) = (self.tick.as_ref()?, self.market.obligations());
        let totals = tick.totals(store.holdings(store.row(obligation)?)).ok()?;
        Some(totals.maintenance.factor_bps_floor())
    }

    /// The obligations of an owner among those that are watched, in order of their addresses.
    pub fn obligations_of(&self, owner: &Address) -> Vec<Address> {
        self.watch.obligations_of(owner)
    }

    /// How its decisions compare with what the chain shows.
    pub fn score(&self) -> &Score {
        &self.score
    }

    pub fn status(&self) -> Status {
        let reserves = (0..Store::RESERVES as u8).filter(|number| self.market.reserve(*number).is_some());
        let is_priced = |number: u8| self.tick.as_ref().is_some_and(|tick| tick.quote(number).is_ok());
        Status {
            slot: self.slot,
            clock_slot: self.clock.map_or(0, |clock| clock.slot),
            root: self.market.rooted(),
            is_loaded: matches!(self.link, Link::Live),
            blockhash_slot: self.blockhash.map_or(0, |blockhash| blockhash.slot),
            obligations: self.market.obligations().len(),
            reserves: reserves.clone().count(),
            unpriced: reserves.filter(|number| !is_priced(*number)).count(),
            targets: self.targets.counts(self.slot),
            index_builds: self.trigger.builds,
            index_refines: self.trigger.refines,
            ..self.status.clone()
        }
    }
}

impl Kind {
    /// One word for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liquidate => "liquidate",
            Self::Flag => "flag",
            Self::Refresh => "refresh",
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
