//! Decides whether the keeper may send a transaction for a target after its last attempt. Time is counted in slots.
//!
//! ```text
//! Idle -> Sent -> Idle              expired: the blockhash is too old to land
//!              -> Settled -> Idle   landed or lost: at a newer write, or after PATIENCE_SLOTS without one
//!              -> Resting -> Idle   reverted: after 2^k slots, or after QUARANTINE_SLOTS if it has happened too often
//! ```
//!
//! Each state ends by itself, without any event. So no target is stuck after the source was lost for a while.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use anchor_lang::prelude::Address;

/// A transaction is dead this long after its blockhash was taken: 150 blocks, if at most every second slot has none.
pub const LIFE_SLOTS: u64 = 300;
/// By then the source has delivered the write of a liquidation that landed or was lost.
pub const PATIENCE_SLOTS: u64 = 64;
/// After this many reverts, the next one quarantines a target. By then the target has rested for 255 slots in all.
pub const MOST_REVERTS: u32 = 8;
/// An hour.
pub const QUARANTINE_SLOTS: u64 = 9_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    Idle,
    /// One transaction is in flight, for the obligation as written in slot `written`.
    Sent {
        attempt: u64,
        written: u64,
        expires_at: u64,
    },
    /// The obligation was written in `slot`, and the source has not delivered the write yet.
    Settled {
        slot: u64,
        until: u64,
        attempt: u64,
        written: u64,
        expires_at: u64,
    },
    /// The program has refused the last attempt with `code`.
    Resting {
        code: u32,
        until: u64,
    },
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It landed in this slot.
    Landed(u64),
    /// Another liquidator was first, in this slot.
    Lost(u64),
    /// The program refused it with this code, in a slot that will not be abandoned or in the simulation before sending.
    Reverted(u32),
    /// It did not land, and no longer can.
    Expired,
}

/// Why the keeper may not send a transaction for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldReason {
    #[error("a transaction is in flight")]
    InFlight,
    #[error("the source has not delivered the effect of the last transaction yet")]
    Outdated,
    #[error("the last attempt reverted with code {0}, and the target rests")]
    Resting(u32),
}

/// An obligation or a reserve for which the keeper has sent a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetRecord {
    pub state: TargetState,
    /// Consecutive reverts; a landing or a loss ends them.
    pub reverts: u32,
    /// Consecutive losses; a landing ends them.
    pub losses: u32,
    /// Someone has liquidated it while the last attempt was in flight: this keeper or another.
    is_liquidated: bool,
    /// The slot of the last change of state.
    changed_at: u64,
    /// The blockhash of the last transaction, and how many earlier transactions for this target used it.
    blockhash: [u8; 32],
    repeats: u32,
}

impl Default for TargetRecord {
    fn default() -> Self {
        Self {
            state: TargetState::Idle,
            reverts: 0,
            losses: 0,
            is_liquidated: false,
            changed_at: 0,
            blockhash: [0; 32],
            repeats: 0,
        }
    }
}

impl TargetRecord {
    /// Checks whether the keeper may send at slot `now` for the obligation as written in slot `written`.
    pub fn check(&self, written: u64, now: u64) -> Result<(), HoldReason> {
        match self.state {
            TargetState::Sent { expires_at, .. } if now < expires_at => Err(HoldReason::InFlight),
            // The attempt may be for a write of the slot in which it landed. Then only a later write is certainly new.
            TargetState::Settled { slot, until, written: known, .. }
                if now < until && (written < slot || written == known) =>
            {
                Err(HoldReason::Outdated)
            }
            TargetState::Resting { code, until } if now < until => Err(HoldReason::Resting(code)),
            _ => Ok(()),
        }
    }

    /// Records that a transaction is sent with the newest blockhash of slot `now`; refuses as [`TargetRecord::check`]
    /// does. `attempt` is its number from now on.
    fn send(&mut self, attempt: u64, written: u64, now: u64) -> Result<(), HoldReason> {
        self.check(written, now)?;
        (self.changed_at, self.is_liquidated) = (now, false);
        self.state = TargetState::Sent { attempt, written, expires_at: now.saturating_add(LIFE_SLOTS) };
        Ok(())
    }

    fn close(&mut self, closed: u64, outcome: Outcome, now: u64) {
        let (attempt, written, expires_at) = match self.state {
            TargetState::Sent { attempt, written, expires_at } if attempt == closed => (attempt, written, expires_at),
            _ => return,
        };
        self.changed_at = now;
        self.state = match outcome {
            Outcome::Landed(slot) | Outcome::Lost(slot) => {
                self.reverts = 0;
                let is_lost = matches!(outcome, Outcome::Lost(_));
                self.losses = if is_lost { self.losses.saturating_add(1) } else { 0 };
                TargetState::Settled { slot, until: now.saturating_add(PATIENCE_SLOTS), attempt, written, expires_at }
            }
            Outcome::Reverted(code) => {
                let rest = if self.reverts < MOST_REVERTS { 1 << self.reverts } else { QUARANTINE_SLOTS };
                self.reverts = self.reverts.saturating_add(1);
                // Others were faster, so the next offer is higher. The target rests all the same: otherwise someone who
                // writes the obligation in every slot could make the keeper pay in every slot.
                self.losses = self.losses.saturating_add(u32::from(self.is_liquidated));
                TargetState::Resting { code, until: now.saturating_add(rest) }
            }
            Outcome::Expired => TargetState::Idle,
        };
    }

    fn abandon(&mut self, dead: u64) {
        match self.state {
            TargetState::Settled { slot, attempt, written, expires_at, .. } if slot == dead => {
                self.state = TargetState::Sent { attempt, written, expires_at };
            }
            _ => {}
        }
    }
}

/// All targets that are not idle, by address.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    targets: HashMap<Address, TargetRecord>,
    attempts: u64,
}

impl Targets {
    pub fn get(&self, obligation: &Address) -> TargetRecord {
        self.targets.get(obligation).copied().unwrap_or_default()
    }

    /// Records that a transaction is sent at slot `now`, with its newest blockhash, for an obligation as written in
    /// slot `written`. Returns the number of the attempt; refuses as [`TargetRecord::check`] does.
    pub fn send(&mut self, obligation: &Address, written: u64, now: u64) -> Result<u64, HoldReason> {
        let attempt = self.attempts + 1;
        self.targets.entry(*obligation).or_default().send(attempt, written, now)?;
        self.attempts = attempt;
        Ok(attempt)
    }

    /// Counts a transaction for a target and returns how many before it used the same blockhash. Two transactions with
    /// the same bytes are one to the chain, and the outcome of the first would be taken for that of the second.
    pub fn repeats(&mut self, obligation: &Address, blockhash: [u8; 32]) -> u32 {
        let target = self.targets.entry(*obligation).or_default();
        target.repeats = if target.blockhash == blockhash { target.repeats + 1 } else { 0 };
        target.blockhash = blockhash;
        target.repeats
    }

    /// Takes over an attempt of another keeper with the same key, sent at slot `sent_at` for an unknown write. Its
    /// outcome may still arrive.
    pub fn resume(&mut self, obligation: &Address, attempt: u64, sent_at: u64) {
        let target = self.targets.entry(*obligation).or_default();
        let expires_at = sent_at.saturating_add(LIFE_SLOTS);
        (target.changed_at, target.state) = (sent_at, TargetState::Sent { attempt, written: 0, expires_at });
        self.attempts = self.attempts.max(attempt);
    }

    /// Returns whether an attempt may still land, as far as the keeper knows.
    pub fn is_in_flight(&self, obligation: &Address, sent: u64, now: u64) -> bool {
        let state = self.get(obligation).state;
        matches!(state, TargetState::Sent { attempt, expires_at, .. } if attempt == sent && now < expires_at)
    }

    /// Counts the targets in each state at slot `now`.
    pub fn counts(&self, now: u64) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::from([("sent", 0), ("settled", 0), ("resting", 0), ("quarantined", 0)]);
        for target in self.targets.values() {
            let state = match target.state {
                TargetState::Sent { expires_at, .. } if now < expires_at => "sent",
                TargetState::Settled { until, .. } if now < until => "settled",
                TargetState::Resting { until, .. } if now < until && target.reverts > MOST_REVERTS => "quarantined",
                TargetState::Resting { until, .. } if now < until => "resting",
                _ => continue,
            };
            *counts.entry(state).or_default() += 1;
        }
        counts
    }

    /// Records how an attempt ended. A second or late outcome of an attempt that is no longer in flight changes
    /// nothing.
    pub fn close(&mut self, obligation: &Address, attempt: u64, outcome: Outcome, now: u64) {
        if let Some(target) = self.targets.get_mut(obligation) {
            target.close(attempt, outcome, now);
        }
    }

    /// Records that the chain shows a liquidation.
    pub fn see_liquidated(&mut self, obligation: &Address) {
        if let Some(target) = self.targets.get_mut(obligation) {
            target.is_liquidated = matches!(target.state, TargetState::Sent { .. });
        }
    }

    /// Undoes what landed or was lost in a slot of an abandoned fork: it may land again on another fork. If the keeper
    /// has already sent the next attempt, because the source had delivered the new write, two are in flight and the
    /// program refuses one of them.
    pub fn abandon(&mut self, slot: u64) {
        self.targets.values_mut().for_each(|target| target.abandon(slot));
    }

    /// Forgets targets that have not changed for twice the quarantine, the longest of all states, so that targets do
    /// not pile up over the years.
    pub fn sweep(&mut self, now: u64) {
        self.targets.retain(|_, target| now < target.changed_at.saturating_add(2 * QUARANTINE_SLOTS));
    }
}
