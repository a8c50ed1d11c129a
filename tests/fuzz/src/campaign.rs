//! One world, one seed, many actions; each is compared with core, judged by the invariants and shown to the replay.

use crate::actions::Actions;
use crate::arena::{ASSETS, Arena};
use crate::attacker::{self, Step};
use crate::fuzz_action::{FuzzAction, Kind};
use crate::invariants::{self, Finding};
use crate::liveness;
use crate::lockstep::{Outcome, Refused};
use crate::replay::Replay;
use crate::state::State;
use ballast_core::pause::Pauser;
use ballast_testkit::dice::Dice;
use ballast_testkit::{Failure, Receipt};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use solana_transaction_error::TransactionError;
use std::collections::{BTreeMap, VecDeque};

/// How often each kind was tried and went through.
pub type Tally = BTreeMap<Kind, [u64; 2]>;

/// How many actions the report of a violation shows.
const MEMORY: usize = 40;
/// Every so many actions, the campaign makes the slow checks: all accounts of the program, and the replay.
const LOOK: u64 = 1_000;

pub struct Campaign {
    arena: Arena,
    state: State,
    dice: Dice,
    replay: Replay,
    minted: [u128; ASSETS],
    donated: [u64; ASSETS],
    trip: VecDeque<Step>,
    recent: VecDeque<FuzzAction>,
    pub tally: Tally,
    pub done: u64,
    /// Liquidations that the program has accepted in the search for a blocked one.
    pub open: u64,
}

impl Campaign {
    pub fn new(seed: u64) -> Self {
        let arena = Arena::new();
        let state = State::read(&arena);
        Self {
            minted: invariants::minted(&state),
            donated: [0; ASSETS],
            dice: Dice::new(seed),
            replay: Replay::new(&state),
            trip: VecDeque::new(),
            recent: VecDeque::new(),
            tally: Tally::new(),
            done: 0,
            open: 0,
            arena,
            state,
        }
    }

    /// The next action.
    pub fn act(&mut self) -> Finding {
        let action = self.choose();
        self.recent.push_back(action.clone());
        if self.recent.len() > MEMORY {
            self.recent.pop_front();
        }
        let succeeded = self.perform(&action)?;
        self.tally.entry(action.kind()).or_default()[usize::from(succeeded)] += 1;
        self.done += 1;
        if self.done.is_multiple_of(LOOK) { self.look() } else { Ok(()) }
    }

    fn choose(&mut self) -> FuzzAction {
        let mut actions = Actions { arena: &self.arena, state: &self.state, dice: &mut self.dice };
        if self.trip.is_empty() && actions.dice.percent(4) {
            self.trip = attacker::trip(actions.dice);
        }
        match self.trip.pop_front() {
            Some(step) => actions.attack(step),
            None => actions.draw(),
        }
    }

    /// Natively and on the chain; whether it went through.
    fn perform(&mut self, action: &FuzzAction) -> Result<bool, String> {
        let before = &self.state;
        let mut expected = before.clone();
        let outcome = expected.apply(action);
        if outcome.is_err() {
            expected = before.clone();
        }
        match action {
            FuzzAction::Price { asset, quotation } => {
                self.arena.feeds[*asset] = *quotation;
                self.arena.publish(*asset);
            }
            FuzzAction::Freeze { asset, is_frozen } => self.arena.frozen[*asset] = *is_frozen,
            FuzzAction::Wait { secs, publish } => {
                self.arena.world.advance(*secs);
                if *publish {
                    self.arena.repeat_prices();
                }
            }
            _ => {
                let sent = self.send(action);
                agree(&outcome, &sent)?;
                if let Ok(receipt) = sent {
                    self.replay.read(&receipt.logs);
                    self.replay.check_prices(&self.state)?;
                }
            }
        }
        let changes =
            matches!(action, FuzzAction::Propose { .. } | FuzzAction::Execute { .. } | FuzzAction::Cancel { .. });
        let found = if changes { State::read(&self.arena) } else { self.state.reread(&self.arena) };
        if let Some(difference) = expected.difference(&found) {
            return Err(format!("core and program differ: {difference}"));
        }
        self.judge(action, &found, &outcome)?;
        self.state = found;
        self.open += liveness::check(&mut self.arena, &self.state)?;
        Ok(outcome.is_ok())
    }

    fn send(&mut self, action: &FuzzAction) -> Result<Receipt, Failure> {
        let instructions = self.arena.instructions(&self.state, action);
        let market = &self.arena.market;
        let signer = match action {
            FuzzAction::Tighten { .. } | FuzzAction::Cancel { .. } | FuzzAction::Pause { by: Pauser::Guardian, .. } => {
                &market.guardian
            }
            FuzzAction::Propose { .. } | FuzzAction::Execute { .. } | FuzzAction::Pause { .. } => &market.authority,
            FuzzAction::ObligationSettings { seat, .. } => &self.arena.users[self.arena.seats[*seat].owner].key,
            _ => &self.arena.users[action.actor().unwrap_or(0)].key,
        };
        let payer = signer.pubkey();
        self.arena.world.send_unsigned(&instructions, &payer)
    }

    fn judge(&mut self, action: &FuzzAction, found: &State, outcome: &Outcome) -> Finding {
        let Ok(seized) = outcome else { return Ok(()) };
        if let FuzzAction::Donate { asset, amount, .. } = action {
            self.donated[*asset] += amount;
        }
        invariants::books(found, &self.donated, &self.minted)?;
        invariants::transition(&self.state, found, action, seized)?;
        invariants::wealth(&self.state, found, action, seized)
    }

    /// What costs too much to do after every action.
    pub fn look(&self) -> Finding {
        self.arena.market.audit(&self.arena.world, &self.donated);
        self.replay.compare(&self.arena, &self.state)
    }

    /// The last actions, for a developer who repeats them.
    pub fn story(&self) -> String {
        let first = (self.done + 2).saturating_sub(self.recent.len() as u64);
        let lines = self.recent.iter().enumerate().map(|(n, action)| format!("  {:>6} {action:?}", first + n as u64));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Success with success, and each refusal with the same.
fn agree(outcome: &Outcome, sent: &Result<Receipt, Failure>) -> Finding {
    match (outcome, sent) {
        (Ok(_), Ok(_)) => Ok(()),
        (Err(Refused::Program(error)), Err(failure)) if failure.is(error.clone()) => Ok(()),
        (Err(Refused::Tokens), Err(failure)) if has_too_little(failure) => Ok(()),
        (expected, Ok(_)) => Err(format!("core refuses with {expected:?}, the program does not")),
        (expected, Err(failure)) => Err(format!("core says {:?}, the program {failure:#?}", expected.as_ref().err())),
    }
}

/// The token programs' InsufficientFunds.
fn has_too_little(failure: &Failure) -> bool {
    let by_tokens = failure.refused_by().is_some_and(|program| program != ballast::ID);
    by_tokens && matches!(failure.error, TransactionError::InstructionError(_, InstructionError::Custom(1)))
}
