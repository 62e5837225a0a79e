//! An inbox's pool: one-time key packages, first in first out, and a last-resort one that stays.

use minicbor::CborLen;
use minicbor::bytes::ByteVec;
use redb::ReadableTable;
use xchat_wire::{
    Address, MAX_PACKAGES, PostId, PublicKey, Reply, Seq,
    cbor::{Decode, Encode},
};

use super::account::{Need, package_bytes};
use super::idle::{self, Kept};
use super::journal::{landed, remember};
use super::rows::{InboxRow, pack};
use super::tables::{Tables, at, get, number_of};
use super::{Event, StoreError, denied, full, same_key};
use crate::bucket::{Bucket, Rate};
use crate::limits::{PACKAGES_A_MINUTE, PACKAGES_BURST};

const PACKAGES: Rate = Rate { burst: PACKAGES_BURST, per_minute: PACKAGES_A_MINUTE };

/// What an owner adds to a pool.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Filling {
    #[n(0)]
    pub(crate) post: PostId,
    #[n(1)]
    pub(crate) packages: Vec<ByteVec>,
    #[n(2)]
    pub(crate) last_resort: Option<ByteVec>,
}

/// Adds packages; a repeat adds nothing and is answered with the pool as it is.
pub(crate) fn fill(tables: &mut Tables<'_>, inbox: &Address, filling: &Filling, now: u64) -> Result<Reply, StoreError> {
    let Some(mut row) = get::<32, InboxRow>(&tables.inboxes, inbox.as_bytes())? else { return Ok(denied()) };
    if landed(tables, inbox, &filling.post)?.is_some() {
        return Ok(Reply::Pool { packages: row.packages });
    }
    if row.packages as usize + filling.packages.len() > MAX_PACKAGES
        || !tables.account.has_room(Need::Message, filling.bytes())
    {
        return Ok(full());
    }
    for package in &filling.packages {
        tables.packages.insert(&at(inbox, row.next_package), package.as_slice())?;
        tables.account.add(package_bytes(package));
        row.next_package += 1;
        row.packages += 1;
    }
    if let Some(package) = &filling.last_resort {
        let before = tables.last_resorts.insert(inbox.as_bytes(), package.as_slice())?;
        let before = before.map(|before| package_bytes(before.value()));
        tables.account.subtract(before.unwrap_or(0));
        tables.account.add(package_bytes(package));
    }
    remember(tables, inbox, &filling.post, Seq(0), now)?;
    idle::used(tables, Kept::Inbox, inbox, &mut row.used, now)?;
    tables.inboxes.insert(inbox.as_bytes(), pack(&row).as_slice())?;
    Ok(Reply::Pool { packages: row.packages })
}

/// Whether one more one-time package may go now, and if so counts it. The count is in the row: whatever applies the same
/// writes comes to the same answer.
fn may_take(row: &mut InboxRow, now: u64) -> bool {
    let mut drain = row.drain.take().unwrap_or_else(|| Bucket::new(PACKAGES, now));
    let taken = drain.take(PACKAGES, 1, now).is_ok();
    row.drain = Some(drain);
    taken
}

/// Takes the oldest one-time package, else shows the last-resort one, also while the pool is drained too fast; denied when
/// there is neither.
pub(crate) fn take(
    tables: &mut Tables<'_>,
    inbox: &Address,
    writer: &PublicKey,
    now: u64,
    events: &mut Vec<Event>,
) -> Result<Reply, StoreError> {
    let row = get::<32, InboxRow>(&tables.inboxes, inbox.as_bytes())?;
    let known = same_key(writer, row.as_ref().map(|row| &row.writer));
    let (Some(mut row), true) = (row, known) else { return Ok(denied()) };
    if idle::used(tables, Kept::Inbox, inbox, &mut row.used, now)? {
        tables.inboxes.insert(inbox.as_bytes(), pack(&row).as_slice())?;
    }
    let (from, to) = (at(inbox, 0), at(inbox, u64::MAX));
    let oldest = tables.packages.range::<&[u8; 40]>(&from..=&to)?.next().transpose()?;
    let oldest = oldest.map(|(key, package)| (number_of(key.value()), package.value().to_vec()));
    let falls_back = tables.last_resorts.get(inbox.as_bytes())?.is_some();
    if let Some((number, package)) = oldest
        && (!falls_back || may_take(&mut row, now))
    {
        tables.packages.remove(&at(inbox, number))?;
        tables.account.subtract(package_bytes(&package));
        row.packages = row.packages.saturating_sub(1);
        tables.inboxes.insert(inbox.as_bytes(), pack(&row).as_slice())?;
        events.push(Event::Pool { address: *inbox, packages: row.packages });
        return Ok(Reply::Package { package: package.into(), last_resort: false });
    }
    match tables.last_resorts.get(inbox.as_bytes())? {
        Some(package) => Ok(Reply::Package { package: package.value().to_vec().into(), last_resort: true }),
        None => Ok(denied()),
    }
}
