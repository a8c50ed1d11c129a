//! What was sent, written down and on the disk before it is sent, so that a keeper that was killed knows what may still land. A file
//! of one JSON object a line; when it is opened, it is written anew with what is open.

use crate::metrics;
use ballast_keeper::event::Attempt;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal {path} cannot be used: {reason}\nhint: choose another folder with --state")]
    Io { path: PathBuf, reason: io::Error },
    #[error(
        "line {line} of the journal {path} is none of its entries: {reason}\nhint: it says what may still land; wait two minutes, so that \
         nothing can, and remove the file"
    )]
    Damaged { path: PathBuf, line: usize, reason: serde_json::Error },
    #[error(
        "the journal {path} is in use\nhint: another keeper runs on this folder; stop it, or choose another with --state"
    )]
    InUse { path: PathBuf },
}

/// A transaction that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub attempt: Attempt,
    /// Base 58.
    pub signature: String,
    pub last_valid_height: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Sent(Entry),
    /// By signature: it has landed or never will.
    Closed(String),
}

pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// The journal of a folder, and what is open in it.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Entry>), JournalError> {
        let path = folder.join("journal.jsonl");
        let unusable = |reason| JournalError::Io { path: path.clone(), reason };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        lock.try_lock().map_err(|_| JournalError::InUse { path: path.clone() })?;
        // Held until the process ends, however it does.
        std::mem::forget(lock);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(unusable)?,
        };
        let entries = open_entries(&path, &text)?;
        let anew = path.with_extension("new");
        let mut file = File::create(&anew).map_err(unusable)?;
        for entry in &entries {
            append(&mut file, &Line::Sent(entry.clone())).map_err(unusable)?;
        }
        file.sync_all().map_err(unusable)?;
        std::fs::rename(&anew, &path).map_err(unusable)?;
        // The rename too is to outlive a power cut.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unusable)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(unusable)?;
        Ok((Self { path, file }, entries))
    }

    /// Returns when they are on the disk: then they may be sent.
    pub fn sent(&mut self, entries: &[Entry]) -> Result<(), JournalError> {
        let start = Instant::now();
        let written = entries.iter().try_for_each(|entry| append(&mut self.file, &Line::Sent(entry.clone())));
        written.and_then(|()| self.file.sync_data()).map_err(|reason| self.unusable(reason))?;
        metrics::journal(start.elapsed());
        Ok(())
    }

    /// Not synced: whoever reads it as open asks the chain, and is told.
    pub fn closed(&mut self, signature: &str) -> Result<(), JournalError> {
        append(&mut self.file, &Line::Closed(signature.to_owned())).map_err(|reason| self.unusable(reason))
    }

    fn unusable(&self, reason: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), reason }
    }
}

fn append(file: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

fn open_entries(path: &Path, text: &str) -> Result<Vec<Entry>, JournalError> {
    let mut open: Vec<Entry> = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        // Cut off while it was written, so it was not sent.
        let Some(line) = line.strip_suffix('\n') else { break };
        match serde_json::from_str(line) {
            Ok(Line::Sent(entry)) => open.push(entry),
            Ok(Line::Closed(signature)) => open.retain(|entry| entry.signature != signature),
            Err(reason) => return Err(JournalError::Damaged { path: path.to_owned(), line: index + 1, reason }),
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ballast_keeper::event::Kind;

    fn entry(number: u8) -> Entry {
        let attempt = Attempt { target: [number; 32], attempt: number.into(), kind: Kind::Liquidate, slot: 7 };
        Entry { attempt, signature: format!("signature{number}"), last_valid_height: 150 }
    }

    /// As a killed process leaves it: the lock is the process's, so a test looks at the file alone.
    fn read(folder: &Path) -> Vec<Entry> {
        let path = folder.join("journal.jsonl");
        open_entries(&path, &std::fs::read_to_string(&path).expect("a file")).expect("a sound journal")
    }

    #[test]
    fn what_is_open_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut journal, open) = Journal::open(folder.path()).expect("a new journal");
        assert_eq!(open, []);
        journal.sent(&[entry(1), entry(2), entry(3)]).expect("a disk");
        journal.closed("signature2").expect("a disk");
        assert_eq!(read(folder.path()), [entry(1), entry(3)]);
        // Killed in the middle of a line.
        journal.file.write_all(b"{\"sent\":{\"attempt\"").expect("a disk");
        assert_eq!(read(folder.path()), [entry(1), entry(3)]);
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::InUse { .. })));
    }

    #[test]
    fn a_damaged_line_is_named_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "nonsense\n").expect("a disk");
        let error = Journal::open(folder.path()).err().expect("damaged").to_string();
        assert!(error.contains("line 1") && error.contains("hint: "), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "nonsense\n");
    }
}
