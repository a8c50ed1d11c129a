//! A file of an engine's events, batch by batch. An engine with the same setup and key repeats its actions on them.
//!
//! ```text
//! magic   "BALLREC1"
//! frame   length u32 and CRC-32 u32, little-endian, then that many bytes of postcard;
//!         the first frame is the setup, each other one a batch
//! ```
//!
//! A killed keeper leaves at most half a frame. All frames before it are whole.

use std::io::{self, ErrorKind, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

use crate::event::KeeperEvent;
use crate::setup::Setup;

const MAGIC: &[u8; 8] = b"BALLREC1";
/// The reader refuses a greater length as damaged. A full load in one batch has fewer bytes.
const MOST_BYTES: usize = 1 << 31;

#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("the recording cannot be read or written")]
    Io(#[from] io::Error),
    #[error("the file is not a recording of this version of the keeper")]
    Format,
    #[error("the recording ends in the middle of a batch; the batches before it are whole")]
    CutOff,
    #[error("the recording is damaged from here on")]
    Checksum,
}

/// Writes a recording.
pub struct Recorder<W> {
    to: W,
}

impl<W: Write> Recorder<W> {
    pub fn new(mut to: W, setup: &Setup) -> Result<Self, RecordingError> {
        to.write_all(MAGIC)?;
        let mut recorder = Self { to };
        recorder.put(setup)?;
        Ok(recorder)
    }

    /// Records a batch. Call it before the engine takes the batch.
    pub fn record(&mut self, batch: &[KeeperEvent]) -> Result<(), RecordingError> {
        self.put(batch)
    }

    /// Returns the writer.
    pub fn into_inner(self) -> W {
        self.to
    }

    fn put<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), RecordingError> {
        let bytes = postcard::to_stdvec(item).map_err(|_| RecordingError::Format)?;
        let length =
            u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MOST_BYTES).ok_or(RecordingError::Format)?;
        self.to.write_all(&length.to_le_bytes())?;
        self.to.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
        self.to.write_all(&bytes)?;
        Ok(self.to.flush()?)
    }
}

/// Reads a recording: its setup, then batch by batch.
pub struct Recording<R> {
    pub setup: Setup,
    from: R,
}

impl<R: Read> Recording<R> {
    pub fn open(mut from: R) -> Result<Self, RecordingError> {
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(cut_off)?;
        if magic != *MAGIC {
            return Err(RecordingError::Format);
        }
        let setup = take(&mut from)?.ok_or(RecordingError::CutOff)?;
        Ok(Self { setup, from })
    }
}

impl<R: Read> Iterator for Recording<R> {
    type Item = Result<Vec<KeeperEvent>, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        take(&mut self.from).transpose()
    }
}

/// Reads the next frame; `None` at the end.
fn take<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, RecordingError> {
    let mut header = Vec::with_capacity(8);
    from.take(8).read_to_end(&mut header)?;
    let (length, crc) = match header.as_slice() {
        [] => return Ok(None),
        [a, b, c, d, e, f, g, h] => (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h])),
        _ => return Err(RecordingError::CutOff),
    };
    if length as usize > MOST_BYTES {
        return Err(RecordingError::Checksum);
    }
    let mut bytes = Vec::new();
    from.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(RecordingError::CutOff);
    }
    if crc32fast::hash(&bytes) != crc {
        return Err(RecordingError::Checksum);
    }
    postcard::from_bytes(&bytes).map(Some).map_err(|_| RecordingError::Format)
}

fn cut_off(error: io::Error) -> RecordingError {
    if error.kind() == ErrorKind::UnexpectedEof { RecordingError::CutOff } else { RecordingError::Io(error) }
}
