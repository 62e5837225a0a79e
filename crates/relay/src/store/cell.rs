//! A cell: a small register with one owner, changed by compare-and-swap on its version.

use minicbor::bytes::ByteVec;
use xchat_wire::{Address, PublicKey, Reply};

use super::account::{Need, cell_bytes};
use super::idle::{self, Kept};
use super::owner;
use super::rows::{CellRow, ROW, pack};
use super::tables::{Tables, get};
use super::{StoreError, denied, full, same_key};

/// Sets a cell to a later version; the first writer's key owns it.
pub(crate) fn put(
    tables: &mut Tables<'_>,
    cell: &Address,
    owner: &PublicKey,
    version: u64,
    body: &ByteVec,
    now: u64,
) -> Result<Reply, StoreError> {
    let row = get::<32, CellRow>(&tables.cells, cell.as_bytes())?;
    let stored = match &row {
        Some(row) if !same_key(owner, Some(&row.owner)) => return Ok(denied()),
        Some(row) if row.version == version && &row.body == body => return Ok(Reply::Ok),
        Some(row) => row.version,
        None => 0,
    };
    if version <= stored {
        return Ok(Reply::Conflict { version: stored });
    }
    let after = cell_bytes(body);
    let used = match row {
        Some(mut row) => {
            let before = cell_bytes(&row.body);
            if after > before && !tables.account.has_room(Need::Message, after - before) {
                return Ok(full());
            }
            tables.account.subtract(before);
            idle::used(tables, Kept::Cell, cell, &mut row.used, now)?;
            row.used
        }
        None if !tables.account.has_room(Need::Creation, after) => return Ok(full()),
        None if !owner::claim(tables, Kept::Cell, owner)? => return Ok(full()),
        None => idle::begin(tables, Kept::Cell, cell, now)?,
    };
    tables.account.add(after);
    let row = CellRow { row: ROW, owner: *owner, version, body: body.clone(), used };
    tables.cells.insert(cell.as_bytes(), pack(&row).as_slice())?;
    Ok(Reply::Ok)
}
