//! Retention: records that are too old, or whose own time is over, go, and their dedup entries with them. An epoch that is over goes with
//! the commit that closed it. Logs and inboxes stay.

use std::collections::BTreeSet;

use redb::ReadableTable;
use xchat_wire::Address;

use super::StoreError;
use super::journal::remove;
use super::rows::{InboxRow, Journal, LogRow, pack};
use super::tables::{Tables, age_of, end_of, get, post_at};
use crate::limits::POST_BYTES;

/// Removes at most `limit` entries older than `before` (milliseconds), oldest first; how many there were. A row that cannot be
/// read stops nothing: a record goes unread, a log or inbox keeps the counts that it cannot tell.
pub(crate) fn expire(tables: &mut Tables<'_>, before: u64, limit: usize) -> Result<usize, StoreError> {
    let mut end = [0; 64];
    end[..8].copy_from_slice(&before.to_be_bytes());
    let old: Vec<[u8; 64]> = tables
        .ages
        .range::<&[u8; 64]>(&[0; 64]..&end)?
        .take(limit)
        .map(|entry| entry.map(|(key, _)| *key.value()))
        .collect::<Result<_, _>>()?;
    let mut sizes = Vec::new();
    for key in &old {
        let (address, seq, post) = age_of(key);
        tables.ages.remove(key)?;
        tables.posts.remove(&post_at(&address, &post))?;
        tables.account.subtract(POST_BYTES);
        if let Some(size) = remove(tables, &address, seq)? {
            sizes.push((address, size));
        }
    }
    settle_all(tables, &sizes)?;
    Ok(old.len())
}

/// Removes at most `limit` records whose own time is over at `now` (milliseconds); how many there were. Their post ids stay known
/// until retention takes them: a late repeat adds nothing.
pub(crate) fn end(tables: &mut Tables<'_>, now: u64, limit: usize) -> Result<usize, StoreError> {
    let mut last = [0xff; 48];
    last[..8].copy_from_slice(&now.to_be_bytes());
    let over: Vec<[u8; 48]> = tables
        .ends
        .range::<&[u8; 48]>(&[0; 48]..=&last)?
        .take(limit)
        .map(|entry| entry.map(|(key, _)| *key.value()))
        .collect::<Result<_, _>>()?;
    let mut sizes = Vec::new();
    for key in &over {
        let (address, seq) = end_of(key);
        tables.ends.remove(key)?;
        if let Some(size) = remove(tables, &address, seq)? {
            sizes.push((address, size));
        }
    }
    settle_all(tables, &sizes)?;
    Ok(over.len())
}

/// Brings the counts of all addresses in line with the records that went, each with its size.
fn settle_all(tables: &mut Tables<'_>, sizes: &[(Address, u64)]) -> Result<(), StoreError> {
    let addresses: BTreeSet<Address> = sizes.iter().map(|(address, _)| *address).collect();
    for address in addresses {
        let gone = sizes.iter().filter(|(other, _)| *other == address).map(|(_, size)| *size);
        settle(tables, &address, gone)?;
    }
    Ok(())
}

/// Brings an address's counts in line with the records that went.
fn settle(tables: &mut Tables<'_>, address: &Address, gone: impl Iterator<Item = u64>) -> Result<(), StoreError> {
    let recount = |journal: &mut Journal, tables: &Tables<'_>| {
        gone.for_each(|size| journal.forget(size));
        journal.refresh_first(tables, address)
    };
    let row = get::<32, LogRow>(&tables.logs, address.as_bytes());
    if let Some(mut row) = readable(row, &mut tables.damaged)? {
        recount(&mut row.journal, tables)?;
        tables.logs.insert(address.as_bytes(), pack(&row).as_slice())?;
        return Ok(());
    }
    let row = get::<32, InboxRow>(&tables.inboxes, address.as_bytes());
    if let Some(mut row) = readable(row, &mut tables.damaged)? {
        recount(&mut row.journal, tables)?;
        tables.inboxes.insert(address.as_bytes(), pack(&row).as_slice())?;
    }
    Ok(())
}

/// A row that is there and can be read; one that cannot is counted.
pub(crate) fn readable<T>(row: Result<Option<T>, StoreError>, damaged: &mut u32) -> Result<Option<T>, StoreError> {
    match row {
        Err(error) if error.is_one_rows() => {
            *damaged += 1;
            Ok(None)
        }
        row => row,
    }
}
