//! The keeper without the world: batches of events in, actions out.

use std::io::{Read, Write};

use crate::event::{Action, Event};
use crate::market::Address;
use crate::setup::{Setup, SetupError};
use crate::snapshot::SnapshotError;
use crate::status::Status;

pub struct Engine {
    #[expect(dead_code, reason = "the engine is being built")]
    setup: Setup,
}

impl Engine {
    /// `secret`: the 32 bytes of the ed25519 key that pays and signs.
    pub fn new(setup: Setup, _secret: [u8; 32]) -> Result<Self, SetupError> {
        Ok(Self { setup })
    }

    /// The same, with the obligations of a snapshot file, as of its root. Whatever has been written since must be delivered, or loaded.
    pub fn restore(setup: Setup, secret: [u8; 32], _from: impl Read) -> Result<Self, RestoreError> {
        Ok(Self::new(setup, secret)?)
    }

    /// Writes the obligations as of the root.
    pub fn save(&mut self, _to: impl Write) -> Result<(), SnapshotError> {
        Ok(())
    }

    /// One turn: takes in what has arrived since the last, and says what to do now. Whoever records the batches can replay them.
    pub fn step(&mut self, _batch: &[Event]) -> Vec<Action> {
        Vec::new()
    }

    /// Keeps the index sharp: to be called after the actions of a step are on their way. When, changes nothing but speed.
    pub fn tend(&mut self) {}

    /// The accounts to deliver beside those of the program: clock, prices, and the keeper's own. More, as reserves become known.
    pub fn accounts(&self) -> Vec<Address> {
        Vec::new()
    }

    /// What an obligation's health factor is now, in basis points rounded down; none without prices.
    pub fn health_bps(&self, _obligation: &Address) -> Option<u64> {
        None
    }

    /// The obligations of an owner among those that are watched, in order of their addresses.
    pub fn obligations_of(&self, _owner: &Address) -> Vec<Address> {
        Vec::new()
    }

    pub fn status(&self) -> Status {
        Status::default()
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
