//! An inbox: many may write, one reads, what is acknowledged is gone.

use std::collections::HashMap;

use minicbor::CborLen;
use minicbor::bytes::ByteVec;
use redb::ReadableTable;
use xchat_wire::{
    Address, Epoch, Kind, PostId, PublicKey, Refusal, Reply, Seq,
    cbor::{Decode, Encode},
};

use super::account::{Need, delivery_bytes, record_bytes};
use super::idle::{self, Kept};
use super::journal::{Draft, landed, remove};
use super::owner;
use super::rows::{InboxRow, Journal, ROW, pack};
use super::tables::{Tables, at, get, number_of};
use super::{Event, StoreError, accepted, denied, full, refused, same_key};
use crate::limits::{INBOX_BYTES, INBOX_RECORDS, INBOX_ROW_BYTES};

/// A delivery whose proof has been checked against the key it carries, not yet against the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Delivery {
    #[n(0)]
    pub(crate) inbox: Address,
    /// The key that signed; none when the signature was no good.
    #[n(1)]
    pub(crate) writer: Option<PublicKey>,
    #[n(2)]
    pub(crate) post: PostId,
    #[n(3)]
    pub(crate) body: ByteVec,
    /// Seconds that it stays at most.
    #[n(4)]
    pub(crate) ttl: Option<u32>,
}

/// An inbox with these keys; there already with the same ones, it is answered as it is.
pub(crate) fn create(
    tables: &mut Tables<'_>,
    inbox: &Address,
    owner: &PublicKey,
    writer: &PublicKey,
    now: u64,
) -> Result<Reply, StoreError> {
    let row = get::<32, InboxRow>(&tables.inboxes, inbox.as_bytes())?;
    let log = tables.logs_has(inbox)?;
    let row = match row {
        Some(row) if same_key(owner, Some(&row.owner)) & same_key(writer, Some(&row.writer)) => row,
        Some(_) => return Ok(denied()),
        None if log => return Ok(denied()),
        None if !tables.account.has_room(Need::Creation, INBOX_ROW_BYTES) => return Ok(full()),
        None if !owner::claim(tables, Kept::Inbox, owner)? => return Ok(full()),
        None => {
            tables.account.add(INBOX_ROW_BYTES);
            let used = idle::begin(tables, Kept::Inbox, inbox, now)?;
            let journal = Journal::new(inbox);
            let row = InboxRow {
                row: ROW,
                journal,
                owner: *owner,
                writer: *writer,
                packages: 0,
                next_package: 1,
                drain: None,
                used,
            };
            tables.inboxes.insert(inbox.as_bytes(), pack(&row).as_slice())?;
            row
        }
    };
    Ok(Reply::Proved { log: None, packages: Some(row.packages) })
}

/// One delivery on its own.
pub(crate) fn deliver(
    tables: &mut Tables<'_>,
    delivery: &Delivery,
    now: u64,
    events: &mut Vec<Event>,
) -> Result<Reply, StoreError> {
    let alone = std::slice::from_ref(delivery);
    if let Err(refusal) = admit(tables, alone)? {
        return Ok(refused(refusal));
    }
    let known = landed(tables, &delivery.inbox, &delivery.post)?.is_some();
    match known || tables.account.has_room(Need::Message, delivery_bytes(alone)) {
        true => Ok(accepted(put(tables, delivery, now, events)?)),
        false => Ok(full()),
    }
}

/// Whether all of these may be put: each writer's key is its inbox's, and there is room for those that are new.
pub(crate) fn admit(tables: &Tables<'_>, deliveries: &[Delivery]) -> Result<Result<(), Refusal>, StoreError> {
    let mut known = true;
    let mut room: HashMap<Address, (u64, u64)> = HashMap::new();
    for delivery in deliveries {
        let row = get::<32, InboxRow>(&tables.inboxes, delivery.inbox.as_bytes())?;
        let repeated = landed(tables, &delivery.inbox, &delivery.post)?.is_some();
        let writer = row.as_ref().map(|row| &row.writer);
        known &= same_key(&delivery.writer.unwrap_or(PublicKey::new([0; 32])), writer) & delivery.writer.is_some();
        if let (Some(row), false) = (row, repeated) {
            let (records, bytes) = room.entry(delivery.inbox).or_insert((row.journal.records, row.journal.bytes));
            *records += 1;
            *bytes += record_bytes(delivery.body.len() as u64);
        }
    }
    if !known {
        return Ok(Err(Refusal::Denied));
    }
    match room.values().all(|(records, bytes)| *records <= INBOX_RECORDS && *bytes <= INBOX_BYTES) {
        true => Ok(Ok(())),
        false => Ok(Err(Refusal::Full)),
    }
}

/// Puts a delivery that [`admit`] has let in; a repeat changes nothing.
pub(crate) fn put(
    tables: &mut Tables<'_>,
    delivery: &Delivery,
    now: u64,
    events: &mut Vec<Event>,
) -> Result<Seq, StoreError> {
    let Delivery { inbox, post, body, ttl, .. } = delivery;
    if let Some(seq) = landed(tables, inbox, post)? {
        return Ok(seq);
    }
    let Some(mut row) = get::<32, InboxRow>(&tables.inboxes, inbox.as_bytes())? else {
        return Err(StoreError::Corrupt("an inbox vanished within a transaction"));
    };
    let draft = Draft { epoch: Epoch(0), kind: Kind::Delivery, post: *post, body, next_key: None, ttl: *ttl };
    let seq = row.journal.push(tables, inbox, draft, now, events)?;
    idle::used(tables, Kept::Inbox, inbox, &mut row.used, now)?;
    tables.inboxes.insert(inbox.as_bytes(), pack(&row).as_slice())?;
    Ok(seq)
}

/// Deletes the records up to and including `upto`. What was posted stays known, so that a late repeat adds nothing.
pub(crate) fn acknowledge(tables: &mut Tables<'_>, inbox: &Address, upto: Seq, now: u64) -> Result<Reply, StoreError> {
    let Some(mut row) = get::<32, InboxRow>(&tables.inboxes, inbox.as_bytes())? else { return Ok(denied()) };
    let range = at(inbox, 0)..=at(inbox, upto.0);
    let seqs: Vec<Seq> = tables
        .records
        .range::<&[u8; 40]>(range.start()..=range.end())?
        .map(|entry| entry.map(|(key, _)| Seq(number_of(key.value()))))
        .collect::<Result<_, _>>()?;
    for seq in &seqs {
        if let Some(size) = remove(tables, inbox, *seq)? {
            row.journal.forget(size);
        }
    }
    let used = idle::used(tables, Kept::Inbox, inbox, &mut row.used, now)?;
    if used || !seqs.is_empty() {
        row.journal.refresh_first(tables, inbox)?;
        tables.inboxes.insert(inbox.as_bytes(), pack(&row).as_slice())?;
    }
    Ok(Reply::Ok)
}
