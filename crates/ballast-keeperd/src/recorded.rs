//! An engine that records its events to a file, and the replay of such a file. The same events lead to the same
//! actions, byte for byte, and a digest of the actions shows it.

use crate::daemon::Decider;
use anchor_lang::prelude::Address;
use ballast_keeper::engine::WantedRoute;
use ballast_keeper::engine::{Engine, KeeperTokenAccount};
use ballast_keeper::event::{KeeperAction, KeeperEvent};
use ballast_keeper::recording::{Recorder, Recording, RecordingError};
use ballast_keeper::score::Score;
use ballast_keeper::snapshot::SnapshotError;
use ballast_keeper::status::EngineStatus;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

/// The result of a recording: the same for the run and for every replay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordingSummary {
    pub batches: u64,
    pub events: u64,
    pub sends: BTreeMap<&'static str, u64>,
    /// The digest of all actions in order.
    pub sha256: String,
}

/// Adds up an engine's events and actions.
#[derive(Default)]
struct ActionDigest {
    summary: RecordingSummary,
    digest: Sha256,
}

impl ActionDigest {
    fn add(&mut self, batch: &[KeeperEvent], actions: &[KeeperAction]) {
        self.summary.batches += 1;
        self.summary.events += batch.len() as u64;
        for action in actions {
            if let KeeperAction::Send(send) = action {
                *self.summary.sends.entry(send.kind.name()).or_default() += 1;
            }
            self.digest.update(serde_json::to_vec(action).expect("an action is plain data"));
        }
    }

    fn sum(&self) -> RecordingSummary {
        let digest = self.digest.clone().finalize();
        RecordingSummary { sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(), ..self.summary.clone() }
    }
}

pub struct RecordedEngine {
    engine: Engine,
    recorder: Option<Recorder<BufWriter<File>>>,
    actions_digest: ActionDigest,
}

impl RecordedEngine {
    /// Without a `recorder`, it records nothing.
    pub fn new(engine: Engine, recorder: Option<Recorder<BufWriter<File>>>) -> Self {
        Self { engine, recorder, actions_digest: ActionDigest::default() }
    }

    /// Returns the result of the recording; `None` if there is none, or if it is incomplete.
    pub fn summary(&self) -> Option<RecordingSummary> {
        self.recorder.as_ref().map(|_| self.actions_digest.sum())
    }
}

impl Decider for RecordedEngine {
    fn step(&mut self, batch: &[KeeperEvent]) -> Vec<KeeperAction> {
        let written = self.recorder.as_mut().map(|recorder| recorder.record(batch));
        if let Some(Err(error)) = written {
            tracing::error!(%error, "the recording ends here");
            self.recorder = None;
        }
        let actions = self.engine.step(batch);
        if self.recorder.is_some() {
            self.actions_digest.add(batch, &actions);
        }
        actions
    }
    fn tend(&mut self) -> bool {
        self.engine.tend()
    }
    fn accounts(&self) -> Vec<Address> {
        self.engine.accounts()
    }
    fn token_accounts(&self) -> Vec<KeeperTokenAccount> {
        self.engine.token_accounts()
    }
    fn wanted_routes(&self) -> Vec<WantedRoute> {
        self.engine.wanted_routes()
    }
    fn status(&self) -> EngineStatus {
        self.engine.status()
    }
    fn score(&self) -> Score {
        self.engine.score().clone()
    }
    fn health_bps(&self, obligation: &Address) -> Option<u64> {
        self.engine.health_bps(obligation)
    }
    fn obligations_of(&self, owner: &Address) -> Vec<Address> {
        self.engine.obligations_of(owner)
    }
    fn save(&mut self, to: &mut dyn Write) -> Result<(), SnapshotError> {
        self.engine.save(to)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("{path}: {reason}\nhint: name a file that `run --record FILE` of this version of the keeper has written")]
    Recording { path: String, reason: RecordingError },
    #[error(
        "the setup in the recording is wrong: {0}\nhint: another version of the keeper has recorded it; replay it with that version"
    )]
    Setup(#[from] ballast_keeper::setup::SetupError),
}

/// Replays a file. `secret` is the key of the recorded keeper: another key signs other transactions.
pub fn replay(path: &Path, secret: [u8; 32]) -> Result<RecordingSummary, ReplayError> {
    let wrong = |reason: RecordingError| ReplayError::Recording { path: path.display().to_string(), reason };
    let file = File::open(path).map_err(|error| wrong(error.into()))?;
    let recording = Recording::open(BufReader::new(file)).map_err(wrong)?;
    let mut engine = Engine::new(recording.setup.clone(), secret)?;
    let mut actions_digest = ActionDigest::default();
    for batch in recording {
        // The keeper was killed while it wrote this batch, and had not decided on it.
        let batch = match batch {
            Err(RecordingError::CutOff) => break,
            batch => batch.map_err(wrong)?,
        };
        let actions = engine.step(&batch);
        while engine.tend() {}
        actions_digest.add(&batch, &actions);
    }
    Ok(actions_digest.sum())
}
