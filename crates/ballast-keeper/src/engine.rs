//! The keeper without the world: batches of events in, actions out. Here is what it takes in and what it knows; [`crate::act`] is what it
//! does about it.
//!
//! The same setup, key and batches lead to the same actions, to the byte. Whatever is iterated over here is in order.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use anchor_lang::prelude::Address as Key;
use ballast_client::accounts::Moment;
use ballast_core::positions::{Holding, Positions};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::decode::{Decoder, Seen, Unread};
use crate::event::{Account, Action, Attempt, Event, Fate, Kind, Route};
use crate::fee::Record;
use crate::history::Version;
use crate::inventory::Inventory;
use crate::market::{Address, Market, Update, UpdateError, Value};
use crate::score::Score;
use crate::setup::{Rules, Setup, SetupError};
use crate::snapshot::SnapshotError;
use crate::status::Status;
use crate::store::Store;
use crate::target::{Outcome, Targets};
use crate::tick::Tick;
use crate::transaction::Pen;
use crate::trigger::Trigger;
use crate::watch::Watch;

/// So many accounts wait at most for the reserve that they belong to.
const MOST_WAITING: usize = 4_096;
/// Every so many steps, what is long over is forgotten.
const SWEEP_STEPS: u64 = 4_096;

pub struct Engine {
    pub(crate) setup: Setup,
    pub(crate) rules: Rules,
    pub(crate) pen: Pen,
    pub(crate) decoder: Decoder,
    pub(crate) market: Market,
    /// None until [`Engine::tend`]: then everybody is looked at.
    pub(crate) trigger: Option<Trigger>,
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

/// What is known of the world.
enum Link {
    /// Perhaps not all, but nothing that is wrong.
    Lost,
    /// What no news can mend: everything has to be loaded.
    Wrong,
    /// All there is as of `slot` is being delivered; the rows that have been.
    Loading {
        slot: u64,
        seen: Vec<bool>,
    },
    Live,
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
            trigger: None,
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

    /// Keeps the index sharp: to be called after the actions of a step are on their way. When, changes nothing but speed.
    pub fn tend(&mut self) {
        let Some(tick) = &self.tick else { return };
        let changed = self.market.take_changed();
        let store = self.market.obligations();
        match &mut self.trigger {
            Some(trigger) if !trigger.is_worn(tick.units()) => {
                changed.into_iter().for_each(|row| trigger.touch(row));
                if trigger.is_dull(tick.units()) {
                    trigger.refine(store, tick);
                    self.status.index_refines += 1;
                }
            }
            trigger => {
                *trigger = Some(Trigger::build(store, tick));
                self.status.index_builds += 1;
            }
        }
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

    /// Everything as of a slot begins to arrive: that is the new root.
    fn begin(&mut self, slot: u64) -> bool {
        if slot < self.market.rooted() {
            return false;
        }
        self.market.root(slot);
        self.slot = self.slot.max(slot);
        self.link = Link::Loading { slot, seen: Vec::new() };
        true
    }

    /// Everything has arrived: who has not is gone. Without a beginning, nobody is: then all since the snapshot has been delivered.
    fn finish(&mut self) -> bool {
        if matches!(self.link, Link::Wrong) {
            // The end of a loading that was refused.
            return true;
        }
        if let Link::Loading { seen, .. } = std::mem::replace(&mut self.link, Link::Lost) {
            let store = self.market.obligations();
            let rows = 0..u32::try_from(store.columns().addresses.len()).unwrap_or(u32::MAX);
            let is_gone = |row: &u32| !seen.get(*row as usize).is_some_and(|seen| *seen);
            let gone =
                rows.filter(is_gone).map(|row| *store.address(row)).filter(|address| *address != Address::default());
            for address in gone.collect::<Vec<_>>() {
                if self.market.close(&address).is_err() {
                    return false;
                }
                self.watch.forget(&address);
            }
        }
        // An obligation of a reserve that has not come: not everything has. A second time it is not the source's fault.
        let orphans = self.waiting.values().filter(|account| Key::from(account.owner) == ballast::ID).count() as u64;
        if orphans > 0 && !self.has_orphans {
            self.has_orphans = true;
            return false;
        }
        self.has_orphans = false;
        self.waiting.clear();
        if orphans > 0 {
            *self.status.refused.entry("orphan").or_default() += orphans;
        }
        self.link = Link::Live;
        true
    }

    /// Takes an account in, and those that have waited for it.
    fn hear(&mut self, account: &Account) -> bool {
        let known = self.decoder.accounts_len();
        let mut heard = self.hear_one(account);
        if self.decoder.accounts_len() != known {
            for (_, account) in std::mem::take(&mut self.waiting) {
                heard &= self.hear_one(&account);
            }
        }
        heard
    }

    fn hear_one(&mut self, account: &Account) -> bool {
        self.status.accounts += 1;
        self.see(&account.address);
        let seen = match self.decoder.decode(account) {
            Ok(seen) => seen,
            Err(Unread::Early) => return self.wait(account),
            Err(reason) => {
                self.refuse(reason.name());
                return true;
            }
        };
        let version = Version { slot: account.slot, write_version: account.write_version };
        match seen {
            // Written in its own slot: one that is ahead of it is not the clock. But the localnet's node names the slot before.
            Seen::Clock(moment) if moment.slot > account.slot.saturating_add(1) => self.refuse("malformed"),
            Seen::Clock(moment) => {
                self.slot = self.slot.max(moment.slot);
                if self.clock.is_none_or(|known| known.slot <= moment.slot) {
                    self.clock = Some(moment);
                }
            }
            Seen::Balance(number, atoms) => self.inventory.set(number, version, atoms),
            Seen::Market(value, owner) => return self.put(account, version, Some(value), owner),
            Seen::Closed => match self.decoder.number(&account.address) {
                Some(number) => self.inventory.close(number),
                None => return self.put(account, version, None, None),
            },
        }
        true
    }

    fn put(&mut self, account: &Account, version: Version, value: Option<Value>, owner: Option<Address>) -> bool {
        let address = account.address;
        if let Some(Value::Obligation(obligation)) = &value
            && self.is_liquidation(&address, &obligation.positions)
        {
            self.targets.see_liquidated(&address);
            self.liquidated.push((account.slot, address));
        }
        let is_closed = value.is_none();
        let result = match (&self.link, &value) {
            (Link::Loading { slot, .. }, Some(value)) if account.slot <= *slot => self.market.load(&address, value),
            (Link::Loading { slot, .. }, None) if account.slot <= *slot => self.market.close(&address),
            _ => self.market.apply(&Update { account: address, version, value }),
        };
        match result {
            Ok(()) => {
                self.see(&address);
                if let Some(owner) = owner {
                    self.watch.meet(&address, &owner);
                } else if is_closed && self.market.obligations().row(&address).is_none() {
                    self.watch.forget(&address);
                }
                true
            }
            Err(UpdateError::UnknownReserve) => self.wait(account),
            Err(UpdateError::ReserveNumber | UpdateError::Malformed) => {
                self.refuse("malformed");
                true
            }
        }
    }

    /// Whether this is what a liquidation makes of an obligation: less debt and less collateral, of somebody who was unhealthy. An owner
    /// who sells collateral to repay at that very moment looks the same.
    fn is_liquidation(&self, address: &Address, after: &Positions) -> bool {
        let (Some(tick), store) = (&self.tick, self.market.obligations()) else { return false };
        let Some(row) = store.row(address) else { return false };
        let before = store.obligation(row).positions;
        let has_less = |wanted: fn(Holding) -> bool| {
            before.as_slice().iter().filter(|position| wanted(position.holding())).any(|position| {
                match position.holding() {
                    Holding::Collateral(shares) => after.collateral(&position.reserve) < shares,
                    Holding::Debt(shares) => after.debt(&position.reserve) < shares,
                }
            })
        };
        has_less(|holding| matches!(holding, Holding::Debt(_)))
            && has_less(|holding| matches!(holding, Holding::Collateral(_)))
            && tick.totals(store.holdings(row)).is_ok_and(|totals| !totals.maintenance.covers_debt())
    }

    /// It has come since the loading began.
    fn see(&mut self, address: &Address) {
        if let (Link::Loading { seen, .. }, Some(row)) = (&mut self.link, self.market.obligations().row(address)) {
            let row = row as usize;
            if seen.len() <= row {
                seen.resize((row + 1).max(2 * seen.len()), false);
            }
            seen[row] = true;
        }
    }

    /// Keeps an account until its reserve is known.
    fn wait(&mut self, account: &Account) -> bool {
        self.refuse("early");
        let is_own = Key::from(account.owner) == ballast::ID;
        if self.waiting.len() >= MOST_WAITING && !is_own {
            // A price of somebody else's, as far as anybody knows.
            return true;
        }
        let known = self.waiting.get(&account.address);
        let is_newer =
            known.is_none_or(|known| (known.slot, known.write_version) <= (account.slot, account.write_version));
        if is_newer {
            self.waiting.insert(account.address, account.clone());
        }
        let fits = self.waiting.len() <= MOST_WAITING;
        if !fits {
            self.waiting.clear();
        }
        fits
    }

    fn refuse(&mut self, reason: &'static str) {
        *self.status.refused.entry(reason).or_default() += 1;
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
