//! The file that a keeper starts from: the obligations as of a root, column by column, as in memory.
//!
//! ```text
//! magic  "BALLAST2" as a native u64: it differs in another format or byte order
//! header counts of rows, calls, wide obligations and reserves, and the root, a u64 each
//! body   reserves' ids, the columns in the order of `Columns`, calls (row, clocks), wide obligations (row, positions)
//! crc    CRC-32 of all before, as u64
//! ```

use std::collections::HashMap;
use std::io::{self, Read, Write};

use ballast_core::call::Call;
use ballast_core::pool::ReserveId;
use ballast_core::positions::Positions;
use bytemuck::{Pod, Zeroable};
use crc32fast::Hasher;

use crate::columns::Columns;
use crate::store::Store;
use crate::tracked::UpdateError;

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("the snapshot file cannot be read or written")]
    Io(#[from] io::Error),
    #[error("the file is not a snapshot of this version of the keeper and this kind of machine; start from the chain")]
    Format,
    #[error("the snapshot file is damaged; start from the chain")]
    Checksum,
    #[error(transparent)]
    AccountUpdate(#[from] UpdateError),
}

const MAGIC: u64 = u64::from_le_bytes(*b"BALLAST2");
/// Limits a damaged count. No chain holds as many.
const MOST_ROWS: u64 = 1 << 28;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Header {
    magic: u64,
    rows: u64,
    calls: u64,
    wide: u64,
    reserves: u64,
    root: u64,
}

pub fn write(store: &Store, root: u64, to: impl Write) -> Result<(), SnapshotError> {
    let Columns { amounts, kinds, choices, excesses, slots, addresses } = store.columns();
    let mut calls = store.calls().iter().map(|(row, call)| (u64::from(*row), *call)).collect::<Vec<_>>();
    let mut wide = store.wide().iter().map(|(row, positions)| (u64::from(*row), **positions)).collect::<Vec<_>>();
    // The same obligations must make the same file.
    calls.sort_unstable_by_key(|(row, _)| *row);
    wide.sort_unstable_by_key(|(row, _)| *row);
    let header = Header {
        magic: MAGIC,
        rows: addresses.len() as u64,
        calls: calls.len() as u64,
        wide: wide.len() as u64,
        reserves: store.ids().len() as u64,
        root,
    };
    let mut file = Summed { inner: to, crc: Hasher::new() };
    file.put(&[header])?;
    file.put(store.ids())?;
    file.put(amounts)?;
    file.put(kinds)?;
    file.put(choices)?;
    file.put(excesses)?;
    file.put(slots)?;
    file.put(addresses)?;
    for (row, call) in &calls {
        file.put(&[*row])?;
        file.put(&[*call])?;
    }
    for (row, positions) in &wide {
        file.put(&[*row])?;
        file.put(&[*positions])?;
    }
    let crc = u64::from(file.crc.clone().finalize());
    file.put(&[crc])?;
    Ok(file.inner.flush()?)
}

/// Reads the obligations and their root.
pub fn read(from: impl Read) -> Result<(Store, u64), SnapshotError> {
    let mut file = Summed { inner: from, crc: Hasher::new() };
    let header: Header = file.one()?;
    let counts = [header.rows, header.calls, header.wide];
    if header.magic != MAGIC || counts.iter().any(|count| *count > MOST_ROWS) || header.reserves > 64 {
        return Err(SnapshotError::Format);
    }
    let count = |count: u64| usize::try_from(count).map_err(|_| SnapshotError::Format);
    let (rows, reserves) = (count(header.rows)?, count(header.reserves)?);
    let ids: Vec<ReserveId> = file.take(reserves)?;
    let columns = Columns {
        amounts: file.take(rows)?,
        kinds: file.take(rows)?,
        choices: file.take(rows)?,
        excesses: file.take(rows)?,
        slots: file.take(rows)?,
        addresses: file.take(rows)?,
    };
    let (mut calls, mut wide) = (HashMap::new(), HashMap::new());
    for _ in 0..header.calls {
        let (row, call): (u64, Call) = (file.one()?, file.one()?);
        calls.insert(row as u32, call);
    }
    for _ in 0..header.wide {
        let (row, positions): (u64, Positions) = (file.one()?, file.one()?);
        wide.insert(row as u32, Box::new(positions));
    }
    let crc = u64::from(file.crc.clone().finalize());
    if file.one::<u64>()? != crc {
        return Err(SnapshotError::Checksum);
    }
    Ok((Store::assemble(ids, columns, calls, wide), header.root))
}

/// A reader or writer that sums its bytes.
struct Summed<T> {
    inner: T,
    crc: Hasher,
}

impl<T: Write> Summed<T> {
    fn put<P: Pod>(&mut self, items: &[P]) -> io::Result<()> {
        let bytes = bytemuck::cast_slice(items);
        self.crc.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<T: Read> Summed<T> {
    fn take<P: Pod>(&mut self, count: usize) -> io::Result<Vec<P>> {
        let mut items = vec![P::zeroed(); count];
        let bytes = bytemuck::cast_slice_mut(&mut items);
        // Piece by piece, so that each piece is summed while it is in the cache.
        for piece in bytes.chunks_mut(1 << 20) {
            self.inner.read_exact(piece)?;
            self.crc.update(piece);
        }
        Ok(items)
    }

    fn one<P: Pod>(&mut self) -> io::Result<P> {
        let mut item = P::zeroed();
        let bytes = bytemuck::bytes_of_mut(&mut item);
        self.inner.read_exact(bytes)?;
        self.crc.update(bytes);
        Ok(item)
    }
}
