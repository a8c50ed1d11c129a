//! Who may be sent for, whatever became of the last attempt. Slots are the clock.
//!
//! ```text
//! Idle -> Sent -> Idle              expired: the transaction's blockhash is too old for it ever to land
//!              -> Settled -> Idle   landed or lost: at a newer write of the obligation, or after PATIENCE_SLOTS without one
//!              -> Resting -> Idle   reverted: after 2^k slots, after QUARANTINE_SLOTS when it has happened too often
//! ```
//!
//! Nothing has to be told for a target to come free: each state ends by itself, so a source that was gone for a while leaves nobody
//! behind.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::market::Address;

/// A transaction is dead this long after its blockhash was taken: after 150 blocks, of which at most every second slot is without one.
pub const LIFE_SLOTS: u64 = 300;
/// A liquidation that landed or was lost shows in the obligation long before.
pub const PATIENCE_SLOTS: u64 = 64;
/// The reverts after which a target is no longer tried every few slots: by then the rests add up to 255.
pub const MOST_REVERTS: u32 = 8;
/// An hour.
pub const QUARANTINE_SLOTS: u64 = 9_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Idle,
    /// One transaction is under way, for the obligation as written in slot `written`.
    Sent {
        attempt: u64,
        written: u64,
        expires_at: u64,
    },
    /// The obligation has changed at `slot` and the change has not arrived yet.
    Settled {
        slot: u64,
        until: u64,
        attempt: u64,
        written: u64,
        expires_at: u64,
    },
    /// The program has refused with `code`.
    Resting {
        code: u32,
        until: u64,
    },
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It has done what it was sent for, in this slot.
    Landed(u64),
    /// Somebody else was first, in this slot.
    Lost(u64),
    /// The program has refused with this code in a slot that will not be abandoned, or the simulation before sending has.
    Reverted(u32),
    /// It can no longer land, and has not.
    Expired,
}

/// Why nothing may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    #[error("a transaction is under way")]
    InFlight,
    #[error("the change that has landed has not arrived yet")]
    Outdated,
    #[error("it has reverted with code {0} and rests")]
    Resting(u32),
}

/// One obligation that something has been sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub state: State,
    /// Reverts in a row; a landing or a loss ends the row.
    pub reverts: u32,
    /// Losses in a row; a landing ends the row.
    pub losses: u32,
    /// Somebody has liquidated it while the last attempt was under way: that one, or another.
    is_liquidated: bool,
    /// When the state changed last.
    changed_at: u64,
    /// What was signed with last, and how often before for this target.
    blockhash: [u8; 32],
    repeats: u32,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            state: State::Idle,
            reverts: 0,
            losses: 0,
            is_liquidated: false,
            changed_at: 0,
            blockhash: [0; 32],
            repeats: 0,
        }
    }
}

impl Target {
    /// Whether a transaction may be sent at slot `now` for the obligation as written in slot `written`.
    pub fn check(&self, written: u64, now: u64) -> Result<(), Hold> {
        match self.state {
            State::Sent { expires_at, .. } if now < expires_at => Err(Hold::InFlight),
            // What it was sent for may have been written in the very slot: then only a later write is news for certain.
            State::Settled { slot, until, written: known, .. }
                if now < until && (written < slot || written == known) =>
            {
                Err(Hold::Outdated)
            }
            State::Resting { code, until } if now < until => Err(Hold::Resting(code)),
            _ => Ok(()),
        }
    }

    /// Records that a transaction is sent with the newest blockhash of slot `now`; refused as [`Target::check`] says. `attempt` names it
    /// from here on, and no other.
    fn send(&mut self, attempt: u64, written: u64, now: u64) -> Result<(), Hold> {
        self.check(written, now)?;
        (self.changed_at, self.is_liquidated) = (now, false);
        self.state = State::Sent { attempt, written, expires_at: now.saturating_add(LIFE_SLOTS) };
        Ok(())
    }

    fn close(&mut self, closed: u64, outcome: Outcome, now: u64) {
        let (attempt, written, expires_at) = match self.state {
            State::Sent { attempt, written, expires_at } if attempt == closed => (attempt, written, expires_at),
            _ => return,
        };
        self.changed_at = now;
        self.state = match outcome {
            Outcome::Landed(slot) | Outcome::Lost(slot) => {
                self.reverts = 0;
                let is_lost = matches!(outcome, Outcome::Lost(_));
                self.losses = if is_lost { self.losses.saturating_add(1) } else { 0 };
                State::Settled { slot, until: now.saturating_add(PATIENCE_SLOTS), attempt, written, expires_at }
            }
            Outcome::Reverted(code) => {
                let rest = if self.reverts < MOST_REVERTS { 1 << self.reverts } else { QUARANTINE_SLOTS };
                self.reverts = self.reverts.saturating_add(1);
                // Others were faster: the next offer is higher. It rests all the same, or whoever writes the obligation in every slot could
                // make a keeper pay in every slot.
                self.losses = self.losses.saturating_add(u32::from(self.is_liquidated));
                State::Resting { code, until: now.saturating_add(rest) }
            }
            Outcome::Expired => State::Idle,
        };
    }

    fn abandon(&mut self, dead: u64) {
        match self.state {
            State::Settled { slot, attempt, written, expires_at, .. } if slot == dead => {
                self.state = State::Sent { attempt, written, expires_at };
            }
            _ => {}
        }
    }
}

/// All targets that are not idle, by obligation.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    targets: HashMap<Address, Target>,
    attempts: u64,
}

impl Targets {
    pub fn get(&self, obligation: &Address) -> Target {
        self.targets.get(obligation).copied().unwrap_or_default()
    }

    /// Records that a transaction is sent at slot `now`, with its newest blockhash, for an obligation as written in slot `written`, and
    /// returns the number of the attempt; refused as [`Target::check`] says.
    pub fn send(&mut self, obligation: &Address, written: u64, now: u64) -> Result<u64, Hold> {
        let attempt = self.attempts + 1;
        self.targets.entry(*obligation).or_default().send(attempt, written, now)?;
        self.attempts = attempt;
        Ok(attempt)
    }

    /// It is to be signed for with a blockhash: how many have been already. Two with the same bytes are one to the chain, and what became of
    /// the first would be told of the second.
    pub fn repeats(&mut self, obligation: &Address, blockhash: [u8; 32]) -> u32 {
        let target = self.targets.entry(*obligation).or_default();
        target.repeats = if target.blockhash == blockhash { target.repeats + 1 } else { 0 };
        target.blockhash = blockhash;
        target.repeats
    }

    /// Takes over what another keeper of the same key had under way: sent at slot `sent_at`, nobody knows for which write. Its outcome may
    /// still be told.
    pub fn resume(&mut self, obligation: &Address, attempt: u64, sent_at: u64) {
        let target = self.targets.entry(*obligation).or_default();
        let expires_at = sent_at.saturating_add(LIFE_SLOTS);
        (target.changed_at, target.state) = (sent_at, State::Sent { attempt, written: 0, expires_at });
        self.attempts = self.attempts.max(attempt);
    }

    /// Whether an attempt may still land, as far as is known.
    pub fn is_under_way(&self, obligation: &Address, sent: u64, now: u64) -> bool {
        let state = self.get(obligation).state;
        matches!(state, State::Sent { attempt, expires_at, .. } if attempt == sent && now < expires_at)
    }

    /// How many are in each state at slot `now`.
    pub fn counts(&self, now: u64) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::from([("sent", 0), ("settled", 0), ("resting", 0), ("quarantined", 0)]);
        for target in self.targets.values() {
            let state = match target.state {
                State::Sent { expires_at, .. } if now < expires_at => "sent",
                State::Settled { until, .. } if now < until => "settled",
                State::Resting { until, .. } if now < until && target.reverts > MOST_REVERTS => "quarantined",
                State::Resting { until, .. } if now < until => "resting",
                _ => continue,
            };
            *counts.entry(state).or_default() += 1;
        }
        counts
    }

    /// Records what became of an attempt. News of one that is not under way, because they come twice or too late, change nothing.
    pub fn close(&mut self, obligation: &Address, attempt: u64, outcome: Outcome, now: u64) {
        if let Some(target) = self.targets.get_mut(obligation) {
            target.close(attempt, outcome, now);
        }
    }

    /// The chain shows that somebody has liquidated it.
    pub fn see_liquidated(&mut self, obligation: &Address) {
        if let Some(target) = self.targets.get_mut(obligation) {
            target.is_liquidated = matches!(target.state, State::Sent { .. });
        }
    }

    /// A fork is dead: what has landed in its slot, or was lost there, may land again on another. Where the next attempt had already
    /// been sent, because the obligation's new write had come, two may be under way after all, and the program refuses one of them.
    pub fn abandon(&mut self, slot: u64) {
        self.targets.values_mut().for_each(|target| target.abandon(slot));
    }

    /// Forgets targets about which nothing has been heard for twice the quarantine, the longest of all states, so that the obligations of
    /// years do not pile up.
    pub fn sweep(&mut self, now: u64) {
        self.targets.retain(|_, target| now < target.changed_at.saturating_add(2 * QUARANTINE_SLOTS));
    }
}
