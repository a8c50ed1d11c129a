//! The keeper without the world: batches of events in, actions out.

use serde::{Deserialize, Serialize};

use crate::event::{Action, Event};

/// What whoever runs the keeper decides once; part of the daemon's configuration file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The market's config account, base58.
    pub market: String,
}

pub struct Engine {
    #[expect(dead_code, reason = "the engine is being built")]
    setup: Setup,
}

impl Engine {
    /// `secret`: the 32 bytes of the ed25519 key that pays and signs.
    pub fn new(setup: Setup, _secret: [u8; 32]) -> Self {
        Self { setup }
    }

    /// One turn: takes in what has arrived since the last, and says what to do now. Whoever records the batches can replay them.
    pub fn step(&mut self, _batch: &[Event]) -> Vec<Action> {
        Vec::new()
    }
}
