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

/// So many transactions are over before the file is written anew.
const MOST_CLOSED: u64 = 4_096;

/// A transaction that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub attempt: Attempt,
    /// Base 58.
    pub signature: String,
    pub last_valid_height: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalLine {
    Sent(JournalEntry),
    /// By signature: it has landed or never will.
    Closed(String),
}

pub struct Journal {
    path: PathBuf,
    file: File,
    /// Up to here there are whole lines: what stands behind was cut off by a disk that was full.
    whole: u64,
    /// Lines that say of a transaction that it is over.
    closed: u64,
}

impl Journal {
    /// The journal of a folder, and what is open in it.
    pub fn open(folder: &Path) -> Result<(Self, Vec<JournalEntry>), JournalError> {
        let path = folder.join("journal.jsonl");
        let unusable = |reason| JournalError::Io { path: path.clone(), reason };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        lock.try_lock().map_err(|_| JournalError::InUse { path: path.clone() })?;
        // Held until the process ends, however it does.
        std::mem::forget(lock);
        let (file, entries) = write_anew(folder, &path)?;
        let whole = file.metadata().map_err(unusable)?.len();
        Ok((Self { path, file, whole, closed: 0 }, entries))
    }

    /// Returns when they are on the disk: then they may be sent.
    pub fn sent(&mut self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        let start = Instant::now();
        let lines: Vec<_> = entries.iter().cloned().map(JournalLine::Sent).collect();
        self.append(&lines).and_then(|()| self.file.sync_data()).map_err(|reason| self.unusable(reason))?;
        metrics::journal(start.elapsed());
        Ok(())
    }

    /// Not synced: whoever reads it as open asks the chain, and is told.
    pub fn closed(&mut self, signature: &str) -> Result<(), JournalError> {
        self.append(&[JournalLine::Closed(signature.to_owned())]).map_err(|reason| self.unusable(reason))?;
        self.closed += 1;
        if self.closed >= MOST_CLOSED {
            self.closed = 0;
            let folder = self.path.parent().unwrap_or(Path::new("."));
            (self.file, _) = write_anew(folder, &self.path)?;
            self.whole = self.file.metadata().map_err(|reason| self.unusable(reason))?.len();
        }
        Ok(())
    }

    /// All of them or, after a failure, none that the next one would not take away.
    fn append(&mut self, lines: &[JournalLine]) -> io::Result<()> {
        if self.file.metadata()?.len() != self.whole {
            self.file.set_len(self.whole)?;
        }
        let mut text = Vec::new();
        lines.iter().try_for_each(|line| append(&mut text, line))?;
        self.file.write_all(&text)?;
        self.whole += text.len() as u64;
        Ok(())
    }

    fn unusable(&self, reason: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), reason }
    }
}

/// What is open, in a new file in the place of the old one, and that file to append to.
fn write_anew(folder: &Path, path: &Path) -> Result<(File, Vec<JournalEntry>), JournalError> {
    let unusable = |reason| JournalError::Io { path: path.to_owned(), reason };
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.map_err(unusable)?,
    };
    let entries = open_entries(path, &text)?;
    let anew = path.with_extension("new");
    File::create(&anew).map_err(unusable)?;
    // What is needed afterwards is opened before: a keeper that runs must not go on writing into the file that was replaced.
    let mut file = OpenOptions::new().append(true).open(&anew).map_err(unusable)?;
    let listing = File::open(folder).map_err(unusable)?;
    for entry in &entries {
        append(&mut file, &JournalLine::Sent(entry.clone())).map_err(unusable)?;
    }
    file.sync_all().map_err(unusable)?;
    std::fs::rename(&anew, path).map_err(unusable)?;
    // The rename too is to outlive a power cut.
    listing.sync_all().map_err(unusable)?;
    Ok((file, entries))
}

fn append(to: &mut impl Write, line: &JournalLine) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    to.write_all(&text)
}

fn open_entries(path: &Path, text: &str) -> Result<Vec<JournalEntry>, JournalError> {
    let mut open: Vec<JournalEntry> = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        // Cut off while it was written, so it was not sent.
        let Some(line) = line.strip_suffix('\n') else { break };
        match serde_json::from_str(line) {
            Ok(JournalLine::Sent(entry)) => open.push(entry),
            Ok(JournalLine::Closed(signature)) => open.retain(|entry| entry.signature != signature),
            Err(reason) => return Err(JournalError::Damaged { path: path.to_owned(), line: index + 1, reason }),
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ballast_keeper::event::TransactionKind;

    fn entry(number: u8) -> JournalEntry {
        let attempt =
            Attempt { target: [number; 32].into(), attempt: number.into(), kind: TransactionKind::Liquidate, slot: 7 };
        JournalEntry { attempt, signature: format!("signature{number}"), last_valid_height: 150 }
    }

    /// As a killed process leaves it: the lock is the process's, so a test looks at the file alone.
    fn read(folder: &Path) -> Vec<JournalEntry> {
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
    fn a_disk_that_was_full_leaves_no_damage() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut journal, _) = Journal::open(folder.path()).expect("a new journal");
        journal.sent(&[entry(1)]).expect("a disk");
        // As a write ends for which there is no room.
        journal.file.write_all(b"{\"sent\":{\"attempt\"").expect("a disk");
        journal.sent(&[entry(2)]).expect("there is room again");
        assert_eq!(read(folder.path()), [entry(1), entry(2)]);
    }

    #[test]
    fn what_is_over_does_not_pile_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut journal, _) = Journal::open(folder.path()).expect("a new journal");
        journal.sent(&[entry(1)]).expect("a disk");
        for _ in 0..2 * MOST_CLOSED {
            journal.append(&[JournalLine::Sent(entry(2))]).expect("a disk");
            journal.closed("signature2").expect("a disk");
        }
        journal.sent(&[entry(3)]).expect("a disk");
        let lines =
            std::fs::read_to_string(folder.path().join("journal.jsonl")).expect("a file").lines().count() as u64;
        assert!(lines <= 2 * MOST_CLOSED, "{lines} lines");
        assert_eq!(read(folder.path()), [entry(1), entry(3)]);
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
