//! The transactions that the keeper sends, on disk before they are sent, so that a keeper that was killed knows what
//! may still land. The file has one JSON object per line. Opening it rewrites it with the transactions that are still
//! open.

use crate::metrics;
use ballast_keeper::event::Attempt;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal {path} cannot be read or written: {reason}\nhint: choose another folder with --state")]
    Io { path: PathBuf, reason: io::Error },
    #[error(
        "line {line} of the journal {path} is not an entry: {reason}\nhint: the journal says what may still land; wait two minutes, so \
         that nothing can, and remove the file"
    )]
    Damaged { path: PathBuf, line: usize, reason: serde_json::Error },
    #[error(
        "the journal {path} is in use\nhint: another keeper runs in this folder; stop it, or choose another folder with --state"
    )]
    InUse { path: PathBuf },
}

/// The file is rewritten after this many transactions have ended.
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
    /// By signature: the transaction has landed or never will.
    Closed(String),
}

pub struct Journal {
    path: PathBuf,
    file: File,
    /// The length of the whole lines. A full disk may have cut off a line after them.
    whole: u64,
    /// The count of lines that close a transaction.
    closed: u64,
}

impl Journal {
    /// Opens the journal of a folder, and returns the transactions that are open in it.
    pub fn open(folder: &Path) -> Result<(Self, Vec<JournalEntry>), JournalError> {
        let path = folder.join("journal.jsonl");
        let unusable = |reason| JournalError::Io { path: path.clone(), reason };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        lock.try_lock().map_err(|_| JournalError::InUse { path: path.clone() })?;
        // The process holds the lock until it ends, even if it is killed.
        std::mem::forget(lock);
        let (file, entries) = rewrite(folder, &path)?;
        let whole = file.metadata().map_err(unusable)?.len();
        Ok((Self { path, file, whole, closed: 0 }, entries))
    }

    /// Writes entries, and waits until they are on disk. Only then may the keeper send the transactions.
    pub fn sent(&mut self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        let start = Instant::now();
        let lines: Vec<_> = entries.iter().cloned().map(JournalLine::Sent).collect();
        self.append(&lines).and_then(|()| self.file.sync_data()).map_err(|reason| self.unusable(reason))?;
        metrics::journal(start.elapsed());
        Ok(())
    }

    /// Records that a transaction has ended. Does not sync: if the line is lost, the next keeper asks the chain.
    pub fn closed(&mut self, signature: &str) -> Result<(), JournalError> {
        self.append(&[JournalLine::Closed(signature.to_owned())]).map_err(|reason| self.unusable(reason))?;
        self.closed += 1;
        if self.closed >= MOST_CLOSED {
            self.closed = 0;
            let folder = self.path.parent().unwrap_or(Path::new("."));
            (self.file, _) = rewrite(folder, &self.path)?;
            self.whole = self.file.metadata().map_err(|reason| self.unusable(reason))?.len();
        }
        Ok(())
    }

    /// Appends all lines. After a failure the next call removes what was written.
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

/// Writes the open entries to a new file in the place of the old one, and returns that file for appending.
fn rewrite(folder: &Path, path: &Path) -> Result<(File, Vec<JournalEntry>), JournalError> {
    let unusable = |reason| JournalError::Io { path: path.to_owned(), reason };
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.map_err(unusable)?,
    };
    let entries = open_entries(path, &text)?;
    let anew = path.with_extension("new");
    File::create(&anew).map_err(unusable)?;
    // Opens everything before the rename: a running keeper must not go on writing to the file that was replaced.
    let mut file = OpenOptions::new().append(true).open(&anew).map_err(unusable)?;
    let listing = File::open(folder).map_err(unusable)?;
    for entry in &entries {
        append(&mut file, &JournalLine::Sent(entry.clone())).map_err(unusable)?;
    }
    file.sync_all().map_err(unusable)?;
    std::fs::rename(&anew, path).map_err(unusable)?;
    // The rename must survive a power failure too.
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
        // A line that was cut off while it was written, so its transaction was not sent.
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

    /// Reads the file as a killed process leaves it. The lock belongs to the process, so the test reads the file alone.
    fn read(folder: &Path) -> Vec<JournalEntry> {
        let path = folder.join("journal.jsonl");
        open_entries(&path, &std::fs::read_to_string(&path).expect("a file")).expect("a sound journal")
    }

    #[test]
    fn open_entries_are_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut journal, open) = Journal::open(folder.path()).expect("a new journal");
        assert_eq!(open, []);
        journal.sent(&[entry(1), entry(2), entry(3)]).expect("a disk");
        journal.closed("signature2").expect("a disk");
        assert_eq!(read(folder.path()), [entry(1), entry(3)]);
        // The process was killed in the middle of a line.
        journal.file.write_all(b"{\"sent\":{\"attempt\"").expect("a disk");
        assert_eq!(read(folder.path()), [entry(1), entry(3)]);
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::InUse { .. })));
    }

    #[test]
    fn a_full_disk_leaves_no_damage() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut journal, _) = Journal::open(folder.path()).expect("a new journal");
        journal.sent(&[entry(1)]).expect("a disk");
        // A full disk cuts a write off like this.
        journal.file.write_all(b"{\"sent\":{\"attempt\"").expect("a disk");
        journal.sent(&[entry(2)]).expect("there is room again");
        assert_eq!(read(folder.path()), [entry(1), entry(2)]);
    }

    #[test]
    fn closed_entries_do_not_pile_up() {
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
