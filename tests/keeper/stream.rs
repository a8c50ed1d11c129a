//! A stream of doubled, late, reordered and damaged events, and of dead forks. The engine never panics and never sends
//! a second transaction while one may land, and the recording replays byte for byte.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast_client::addresses::CLOCK;
use ballast_keeper::engine::Engine;
use ballast_keeper::event::{Fate, KeeperAction, KeeperEvent, ObservedAccount, SignedTransaction};
use ballast_keeper::recording::{Recorder, Recording, RecordingError};
use ballast_keeper::target::{LIFE_SLOTS, Outcome};

use crate::chain::{Chain, SECRET, SOL, USD, sends};

const EVENTS: usize = 150_000;
/// Sets another number of events.
const VARIABLE: &str = "KEEPER_EVENTS";
/// The file that is recorded and replayed.
const REPLAYED_BATCHES: usize = 4_000;

/// What the chain could say: the accounts at many prices, before and after.
struct Madness {
    dice: Dice,
    accounts: Vec<ObservedAccount>,
    slot: u64,
    writes: u64,
    /// Delivered so far, to be repeated.
    past: Vec<KeeperEvent>,
    sent: Vec<SignedTransaction>,
}

impl Madness {
    fn new(seed: u64) -> (Self, Chain) {
        let mut chain = Chain::new();
        let mut accounts = Vec::new();
        let mut add = |events: Vec<KeeperEvent>| {
            accounts.extend(events.into_iter().filter_map(|event| match event {
                KeeperEvent::Account(account) => Some(account),
                _ => None,
            }));
        };
        add(chain.load());
        for dollars in [99.0, 95.0, 91.0, 88.0, 87.0, 86.0, 84.0, 80.0, 74.0, 71.0, 60.0] {
            chain.set_price(SOL, dollars);
            add(chain.next_slot());
        }
        let Chain { world, market, borrower, .. } = &mut chain;
        borrower.repay(world, market, USD, 100_000_000).expect("repay");
        borrower.deposit(world, market, SOL, 1_000_000_000).expect("deposit");
        add(chain.next_slot());
        let slot = chain.world.slot();
        (Self { dice: Dice(seed), accounts, slot, writes: 1 << 32, past: Vec::new(), sent: Vec::new() }, chain)
    }

    fn event(&mut self) -> KeeperEvent {
        match self.dice.below(100) {
            0..50 => KeeperEvent::Account(self.account()),
            50..62 => {
                self.slot += self.dice.below(3);
                KeeperEvent::Slot(self.slot, Fate::Processed)
            }
            62..66 => KeeperEvent::Slot(self.slot.saturating_sub(self.dice.below(64)), Fate::Rooted),
            66..69 => KeeperEvent::Slot(self.slot.saturating_sub(self.dice.below(4)), Fate::Dead),
            69..80 => {
                let slot = self.slot.saturating_sub(self.dice.below(3));
                let hash = [self.dice.below(255) as u8; 32];
                KeeperEvent::Blockhash { hash, slot, last_valid_height: slot }
            }
            80..88 => self.outcome(),
            88 if self.dice.below(20) == 0 => KeeperEvent::Lost,
            88..90 if self.dice.below(20) == 0 => KeeperEvent::Loading { slot: self.slot },
            90..93 => KeeperEvent::Loaded,
            93 => KeeperEvent::Fee { micro_lamports_per_unit: self.dice.next() },
            94 => KeeperEvent::Tip { lamports: self.dice.next() },
            _ => self.again(),
        }
    }

    /// One that the chain has had, in a newer slot perhaps, and one in eight damaged.
    fn account(&mut self) -> ObservedAccount {
        let index = self.dice.below(self.accounts.len() as u64) as usize;
        let is_clock = |account: &&ObservedAccount| account.address == CLOCK;
        let clock = self.accounts.iter().find(is_clock).filter(|_| self.dice.below(8) == 0);
        let mut account = clock.unwrap_or(&self.accounts[index]).clone();
        self.writes += 1;
        (account.slot, account.write_version) = (self.slot.saturating_sub(self.dice.below(3)), self.writes);
        if account.address == CLOCK {
            account.data[..8].copy_from_slice(&account.slot.to_le_bytes());
        }
        if self.dice.below(8) == 0 {
            self.damage(&mut account);
        }
        account
    }

    fn damage(&mut self, account: &mut ObservedAccount) {
        let length = account.data.len() as u64;
        match self.dice.below(6) {
            _ if length == 0 => {}
            0 => account.data.truncate(self.dice.below(length) as usize),
            1 => account.data.clear(),
            2 => account.owner = [self.dice.below(255) as u8; 32].into(),
            3 => account.address = [self.dice.below(255) as u8; 32].into(),
            _ => {
                for _ in 0..=self.dice.below(8) {
                    let at = self.dice.below(length) as usize;
                    account.data[at] ^= 1 << self.dice.below(8);
                }
            }
        }
    }

    fn outcome(&mut self) -> KeeperEvent {
        let count = self.sent.len() as u64;
        if count == 0 {
            return KeeperEvent::Slot(self.slot, Fate::Processed);
        }
        // One of the last few.
        let index = (count - 1 - self.dice.below(count.min(4))) as usize;
        let SignedTransaction { target, attempt, .. } = self.sent[index];
        let slot = self.slot.saturating_sub(self.dice.below(3));
        let outcome = match self.dice.below(4) {
            0 => Outcome::Landed(slot),
            1 => Outcome::Lost(slot),
            2 => Outcome::Reverted(self.dice.below(10_000) as u32),
            _ => Outcome::Expired,
        };
        KeeperEvent::Outcome { obligation: target, attempt, outcome }
    }

    fn again(&mut self) -> KeeperEvent {
        let count = self.past.len() as u64;
        if count == 0 { KeeperEvent::Lost } else { self.past[self.dice.below(count) as usize].clone() }
    }

    fn batch(&mut self) -> Vec<KeeperEvent> {
        let mut batch = (0..=self.dice.below(12)).map(|_| self.event()).collect::<Vec<_>>();
        if self.dice.below(8) == 0 {
            batch.reverse();
        }
        if self.past.len() < 2_000 {
            self.past.extend(batch.iter().cloned());
        }
        batch
    }
}

/// SplitMix64: the same stream every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What may still land, by the stream's own events.
#[derive(Default)]
struct InFlight(BTreeMap<Address, (u64, u64)>);

impl InFlight {
    fn hear(&mut self, batch: &[KeeperEvent]) {
        for event in batch {
            if let KeeperEvent::Outcome { obligation, attempt, .. } = event
                && self.0.get(obligation).is_some_and(|open| open.0 == *attempt)
            {
                self.0.remove(obligation);
            }
        }
    }

    fn send(&mut self, send: &SignedTransaction) {
        let expires_at = send.slot + LIFE_SLOTS;
        let open = self.0.insert(send.target, (send.attempt, expires_at));
        assert!(open.is_none_or(|(_, expires_at)| expires_at <= send.slot), "a second of {send:?} after {open:?}");
    }
}

#[test]
fn no_transaction_is_sent_twice_and_the_recording_replays() {
    let (mut madness, mut chain) = Madness::new(1);
    let (mut delivered, mut batches, mut sent) = (0, 0, 0);
    let mut in_flight = InFlight::default();
    let mut recorder = Recorder::new(Vec::new(), &chain.setup).expect("a recording");
    let mut acted = Vec::new();
    let events = std::env::var(VARIABLE).map_or(EVENTS, |count| count.parse().expect("a count"));
    while delivered < events {
        let batch = madness.batch();
        (delivered, batches) = (delivered + batch.len(), batches + 1);
        let actions = chain.engine.step(&batch);
        if batches % 3 == 0 {
            chain.engine.tend();
        }
        in_flight.hear(&batch);
        for send in sends(&actions) {
            in_flight.send(send);
            madness.sent.push(send.clone());
            sent += 1;
        }
        if batches <= REPLAYED_BATCHES {
            recorder.record(&batch).expect("recorded");
            acted.push(actions);
        }
    }
    println!("{delivered} events in {batches} batches, {sent} sent: {:#?}", chain.engine.status());
    assert!(sent > 100, "{sent} sent");
    replays(&recorder.into_inner(), &acted);
}

/// The index may be tended at other times. That changes no action.
fn replays(file: &[u8], acted: &[Vec<KeeperAction>]) {
    let never: fn(usize, &mut Engine) = |_, _| {};
    let rarely: fn(usize, &mut Engine) = |number, engine| {
        if number % 50 == 0 {
            engine.tend();
        }
    };
    let after_each: fn(usize, &mut Engine) = |_, engine| {
        engine.tend();
    };
    let until_done: fn(usize, &mut Engine) = |_, engine| while engine.tend() {};
    for (when, tend) in
        [("never", never), ("rarely", rarely), ("after each step", after_each), ("until done", until_done)]
    {
        let recording = Recording::open(file).expect("a recording");
        let mut engine = Engine::new(recording.setup.clone(), SECRET).expect("a setup");
        let again = recording.enumerate().map(|(number, batch)| {
            let actions = engine.step(&batch.expect("sound"));
            tend(number, &mut engine);
            actions
        });
        assert!(again.eq(acted.iter().cloned()), "the same batches, tended {when}, other actions");
        assert_eq!(engine.status().index_refines > 0, when != "never", "tended {when}");
    }
    assert!(acted.iter().any(|actions| !sends(actions).is_empty()), "nothing to compare");
}

#[test]
fn a_cut_or_damaged_recording_is_refused() {
    let chain = Chain::new();
    let mut recorder = Recorder::new(Vec::new(), &chain.setup).expect("a recording");
    recorder.record(&[KeeperEvent::Loaded]).expect("recorded");
    recorder.record(&[chain.blockhash()]).expect("recorded");
    let file = recorder.into_inner();
    let read = |file: &[u8]| Recording::open(file).map(|recording| recording.collect::<Vec<_>>());
    assert_eq!(read(&file).expect("opens").len(), 2);
    let cut = read(&file[..file.len() - 1]).expect("opens");
    assert!(cut[0].is_ok() && matches!(cut[1], Err(RecordingError::CutOff)));
    let mut damaged = file.clone();
    *damaged.last_mut().expect("a byte") ^= 1;
    assert!(matches!(read(&damaged).expect("opens")[1], Err(RecordingError::Checksum)));
    assert!(matches!(Recording::open(&b"BALLAST1"[..]), Err(RecordingError::Format)));
}
