//! What nobody uses goes: logs, inboxes with their pools, and cells that nobody has proved or written for long enough.
//!
//! The day of the last use is in each row, and in an order that the sweep walks. It moves at most once a day, with a write that
//! is done anyway or by one of its own, so that it costs next to nothing, and relays of a cluster agree on it.

use minicbor::CborLen;
use redb::ReadableTable;
use xchat_wire::{
    Address, Right,
    cbor::{Decode, Encode},
};

use super::account::{cell_bytes, package_bytes};
use super::expire::readable;
use super::owner;
use super::rows::{CellRow, InboxRow, LogRow, pack};
use super::tables::{IDLE, Tables, at, get, idle_at, idle_of};
use super::{Snapshot, StoreError};
use crate::limits::{DAY_MS, EPOCH_BYTES, INBOX_ROW_BYTES, LOG_ROW_BYTES};

/// What can be out of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum Kept {
    #[n(0)]
    Log,
    #[n(1)]
    Inbox,
    #[n(2)]
    Cell,
}

impl Kept {
    /// What a right is a right to.
    pub(crate) fn of(right: Right) -> Self {
        match right {
            Right::Log => Self::Log,
            Right::InboxOwner | Right::InboxWriter => Self::Inbox,
            Right::CellOwner => Self::Cell,
        }
    }
}

/// The day (UTC) that this moment is in: its first millisecond.
pub(crate) fn day_of(now: u64) -> u64 {
    now / DAY_MS * DAY_MS
}

/// Something new is in use: the day for its row.
pub(crate) fn begin(tables: &mut Tables<'_>, kept: Kept, address: &Address, now: u64) -> Result<u64, StoreError> {
    let day = day_of(now);
    tables.idle.insert(&idle_at(day, kept, address), ())?;
    Ok(day)
}

/// Something is used: moves the day of its row, which the caller writes if this is true.
pub(crate) fn used(
    tables: &mut Tables<'_>,
    kept: Kept,
    address: &Address,
    day: &mut u64,
    now: u64,
) -> Result<bool, StoreError> {
    // A clock that steps back makes nothing older.
    let later = day_of(now) > *day;
    if later {
        set(tables, kept, address, day, day_of(now))?;
    }
    Ok(later)
}

fn set(tables: &mut Tables<'_>, kept: Kept, address: &Address, day: &mut u64, to: u64) -> Result<(), StoreError> {
    tables.idle.remove(&idle_at(*day, kept, address))?;
    tables.idle.insert(&idle_at(to, kept, address), ())?;
    *day = to;
    Ok(())
}

/// Somebody has proved a right to this, or read a cell; what is not there stays away.
pub(crate) fn note(tables: &mut Tables<'_>, kept: Kept, address: &Address, now: u64) -> Result<(), StoreError> {
    move_day(tables, kept, address, |day| day_of(now).max(day))
}

fn move_day(
    tables: &mut Tables<'_>,
    kept: Kept,
    address: &Address,
    to: impl FnOnce(u64) -> u64,
) -> Result<(), StoreError> {
    match kept {
        Kept::Log => {
            if let Some(mut row) = get::<32, LogRow>(&tables.logs, address.as_bytes())? {
                let to = to(row.used);
                set(tables, kept, address, &mut row.used, to)?;
                tables.logs.insert(address.as_bytes(), pack(&row).as_slice())?;
            }
        }
        Kept::Inbox => {
            if let Some(mut row) = get::<32, InboxRow>(&tables.inboxes, address.as_bytes())? {
                let to = to(row.used);
                set(tables, kept, address, &mut row.used, to)?;
                tables.inboxes.insert(address.as_bytes(), pack(&row).as_slice())?;
            }
        }
        Kept::Cell => {
            if let Some(mut row) = get::<32, CellRow>(&tables.cells, address.as_bytes())? {
                let to = to(row.used);
                set(tables, kept, address, &mut row.used, to)?;
                tables.cells.insert(address.as_bytes(), pack(&row).as_slice())?;
            }
        }
    }
    Ok(())
}

/// Removes at most `limit` of what was last used on a day that was over before `before` (milliseconds), the longest out of use
/// first; how many were looked at. What still has records waits for their retention. A row that cannot be read goes too: nothing that
/// was posted there is younger than its last use, so its records are over.
pub(crate) fn sweep(tables: &mut Tables<'_>, before: u64, limit: usize) -> Result<usize, StoreError> {
    let over: Vec<[u8; 41]> = tables
        .idle
        .range::<&[u8; 41]>(&[0; 41]..&end(before))?
        .take(limit)
        .map(|entry| entry.map(|(key, _)| *key.value()))
        .collect::<Result<_, _>>()?;
    for key in &over {
        let (_, kept, address) = idle_of(key)?;
        let gone = match kept {
            Kept::Log => remove_log(tables, &address)?,
            Kept::Inbox => remove_inbox(tables, &address)?,
            Kept::Cell => remove_cell(tables, &address)?,
        };
        match gone {
            true => _ = tables.idle.remove(key)?,
            false => move_day(tables, kept, &address, |_| day_of(before).saturating_add(DAY_MS))?,
        }
    }
    Ok(over.len())
}

/// Behind the last day that was over before this moment.
fn end(before: u64) -> [u8; 41] {
    let mut end = [0; 41];
    end[..8].copy_from_slice(&before.saturating_sub(DAY_MS - 1).to_be_bytes());
    end
}

fn remove_log(tables: &mut Tables<'_>, log: &Address) -> Result<bool, StoreError> {
    let row = get::<32, LogRow>(&tables.logs, log.as_bytes());
    if readable(row, &mut tables.damaged)?.is_some_and(|row| row.journal.records > 0) {
        return Ok(false);
    }
    if tables.logs.remove(log.as_bytes())?.is_some() {
        tables.account.subtract(LOG_ROW_BYTES);
    }
    // Its epochs went with their commits, but for those whose commit could not be read.
    for key in keys_of(&tables.epochs, log)? {
        tables.epochs.remove(&key)?;
        tables.account.subtract(EPOCH_BYTES);
    }
    Ok(true)
}

/// The keys of an address's rows, in a table whose keys [`at`] makes.
fn keys_of(
    table: &impl ReadableTable<&'static [u8; 40], &'static [u8]>,
    address: &Address,
) -> Result<Vec<[u8; 40]>, StoreError> {
    let (from, to) = (at(address, 0), at(address, u64::MAX));
    let keys = table.range::<&[u8; 40]>(&from..=&to)?.map(|entry| entry.map(|(key, _)| *key.value()));
    Ok(keys.collect::<Result<_, _>>()?)
}

fn remove_inbox(tables: &mut Tables<'_>, inbox: &Address) -> Result<bool, StoreError> {
    let row = readable(get::<32, InboxRow>(&tables.inboxes, inbox.as_bytes()), &mut tables.damaged)?;
    if row.as_ref().is_some_and(|row| row.journal.records > 0) {
        return Ok(false);
    }
    for key in keys_of(&tables.packages, inbox)? {
        if let Some(package) = tables.packages.remove(&key)? {
            tables.account.subtract(package_bytes(package.value()));
        }
    }
    if let Some(package) = tables.last_resorts.remove(inbox.as_bytes())? {
        tables.account.subtract(package_bytes(package.value()));
    }
    if tables.inboxes.remove(inbox.as_bytes())?.is_some() {
        tables.account.subtract(INBOX_ROW_BYTES);
    }
    // Whose a damaged one was is not known: its owner's count keeps it.
    if let Some(row) = row {
        owner::release(tables, Kept::Inbox, &row.owner)?;
    }
    Ok(true)
}

fn remove_cell(tables: &mut Tables<'_>, cell: &Address) -> Result<bool, StoreError> {
    let row = readable(get::<32, CellRow>(&tables.cells, cell.as_bytes()), &mut tables.damaged)?;
    if tables.cells.remove(cell.as_bytes())?.is_some() {
        tables.account.subtract(cell_bytes(row.as_ref().map_or(&[], |row| &row.body)));
    }
    if let Some(row) = row {
        owner::release(tables, Kept::Cell, &row.owner)?;
    }
    Ok(true)
}

impl Snapshot {
    /// Whether a sweep up to `before` has something to do.
    pub(crate) fn has_idle(&self, before: u64) -> Result<bool, StoreError> {
        let idle = self.idle(IDLE)?;
        Ok(idle.range::<&[u8; 41]>(&[0; 41]..&end(before))?.next().transpose()?.is_some())
    }
}

#[cfg(test)]
mod tests;
