//! One world, one seed, many actions; each is compared with core, judged by the invariants and told to the replay.

use crate::actions::Actions;
use crate::arena::{ASSETS, Arena};
use crate::attacker::{self, Step};
use crate::deed::{Deed, Kind};
use ballast_testkit::dice::Dice;
use crate::invariants::{self, Finding};
use crate::lockstep::{Outcome, Refused};
use crate::replay::Replay;
use crate::state::State;
use ballast_core::pause::Pauser;
use ballast_testkit::{Failure, Receipt};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use solana_transaction_error::TransactionError;
use std::collections::{BTreeMap, VecDeque};

/// How often each kind was tried and went through.
pub type Tally = BTreeMap<Kind, [u64; 2]>;

/// So many actions are kept for the report of a violation.
const MEMORY: usize = 40;
/// Between two looks at what costs time: all accounts of the program, and the replay.
const LOOK: u64 = 1_000;

pub struct Campaign {
    arena: Arena,
    state: State,
    dice: Dice,
    replay: Replay,
    minted: [u128; ASSETS],
    donated: [u64; ASSETS],
    trip: VecDeque<Step>,
    recent: VecDeque<Deed>,
    pub tally: Tally,
    pub done: u64,
}

impl Campaign {
    pub fn new(seed: u64) -> Self {
        let arena = Arena::new();
        let state = State::read(&arena);
        Self {
            minted: invariants::minted(&state),
            donated: [0; ASSETS],
            dice: Dice::new(seed),
            replay: Replay::default(),
            trip: VecDeque::new(),
            recent: VecDeque::new(),
            tally: Tally::new(),
            done: 0,
            arena,
            state,
        }
    }

    /// The next action.
    pub fn act(&mut self) -> Finding {
        let deed = self.choose();
        self.recent.push_back(deed.clone());
        if self.recent.len() > MEMORY {
            self.recent.pop_front();
        }
        let succeeded = self.perform(&deed)?;
        self.tally.entry(deed.kind()).or_default()[usize::from(succeeded)] += 1;
        self.done += 1;
        if self.done.is_multiple_of(LOOK) { self.look() } else { Ok(()) }
    }

    fn choose(&mut self) -> Deed {
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
    fn perform(&mut self, deed: &Deed) -> Result<bool, String> {
        let before = &self.state;
        let mut expected = before.clone();
        let outcome = expected.apply(deed);
        if outcome.is_err() {
            expected = before.clone();
        }
        match deed {
            Deed::Price { asset, quotation } => {
                self.arena.feeds[*asset] = *quotation;
                self.arena.publish(*asset);
            }
            Deed::Wait { secs, publish } => {
                self.arena.world.advance(*secs);
                if *publish {
                    self.arena.repeat_prices();
                }
            }
            _ => {
                let sent = self.send(deed);
                agree(&outcome, &sent)?;
                if let Ok(receipt) = sent {
                    self.replay.read(&receipt.logs);
                }
            }
        }
        let changes = matches!(deed, Deed::Propose { .. } | Deed::Execute { .. } | Deed::Cancel { .. });
        let found = if changes { State::read(&self.arena) } else { self.state.reread(&self.arena) };
        if let Some(difference) = expected.difference(&found) {
            return Err(format!("core and program differ: {difference}"));
        }
        self.judge(deed, &found, &outcome)?;
        self.state = found;
        Ok(outcome.is_ok())
    }

    fn send(&mut self, deed: &Deed) -> Result<Receipt, Failure> {
        let instructions = self.arena.instructions(&self.state, deed);
        let market = &self.arena.market;
        let signer = match deed {
            Deed::Tighten { .. } | Deed::Cancel { .. } | Deed::Pause { by: Pauser::Guardian, .. } => &market.guardian,
            Deed::Propose { .. } | Deed::Execute { .. } | Deed::Pause { .. } => &market.authority,
            Deed::ObligationSettings { seat, .. } => &self.arena.users[self.arena.seats[*seat].owner].key,
            _ => &self.arena.users[deed.actor().unwrap_or(0)].key,
        };
        let payer = signer.pubkey();
        self.arena.world.send_unsigned(&instructions, &payer)
    }

    fn judge(&mut self, deed: &Deed, found: &State, outcome: &Outcome) -> Finding {
        let Ok(seized) = outcome else { return Ok(()) };
        if let Deed::Donate { asset, amount, .. } = deed {
            self.donated[*asset] += amount;
        }
        invariants::books(found, &self.donated, &self.minted)?;
        invariants::transition(&self.state, found, deed, seized)?;
        invariants::wealth(&self.state, found, deed, seized)
    }

    /// What costs too much to do after every action.
    pub fn look(&self) -> Finding {
        self.arena.market.audit(&self.arena.world, &self.donated);
        self.replay.compare(&self.arena, &self.state)
    }

    /// The last actions, for whoever repeats them.
    pub fn story(&self) -> String {
        let first = (self.done + 2).saturating_sub(self.recent.len() as u64);
        let lines = self.recent.iter().enumerate().map(|(n, deed)| format!("  {:>6} {deed:?}", first + n as u64));
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
