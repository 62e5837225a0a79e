//! A log: one total order, one commit per epoch.

use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};
use xchat_wire::{Address, Epoch, Kind, LogState, PostId, PublicKey, Refusal, Reply, Seq};

use super::inbox::{self, Delivery};
use super::journal::{Draft, landed};
use super::rows::{EpochRow, Journal, LogRow, ROW, pack};
use super::tables::{Tables, epoch_at, get};
use super::{Event, StoreError, accepted, denied, refused, same_key};
use crate::limits::{LOG_BYTES, LOG_COMMIT_RESERVE};
use crate::rights::Run;

/// The one commit of an epoch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Commit {
    #[n(0)]
    pub(crate) epoch: Epoch,
    #[n(1)]
    pub(crate) post: PostId,
    #[n(2)]
    pub(crate) body: ByteVec,
    #[n(3)]
    pub(crate) next_key: PublicKey,
    #[n(4)]
    pub(crate) welcomes: Vec<Delivery>,
}

impl LogRow {
    /// What a proof of this log opens.
    pub(crate) fn state(&self) -> LogState {
        LogState { epoch: self.epoch, head: self.journal.head, first: self.journal.first }
    }
}

/// A log at epoch 0 with this key; there already with the same one, it is answered as it is.
pub(crate) fn create(tables: &mut Tables<'_>, log: &Address, key: &PublicKey) -> Result<Reply, StoreError> {
    let row = get::<32, LogRow>(&tables.logs, log.as_bytes())?;
    let closed = get::<40, EpochRow>(&tables.epochs, &epoch_at(log, Epoch(0)))?;
    let inbox = tables.inboxes_has(log)?;
    let row = match row {
        Some(row) => {
            let first = closed.map_or(row.key, |epoch| epoch.key);
            if !same_key(key, Some(&first)) {
                return Ok(denied());
            }
            row
        }
        // An address is a log or an inbox, never both: a subscription names nothing but the address.
        None if inbox => return Ok(denied()),
        None => {
            let journal = Journal::new(log);
            let row = LogRow { row: ROW, journal, epoch: Epoch(0), key: *key, start: Seq(1) };
            tables.logs.insert(log.as_bytes(), pack(&row).as_slice())?;
            row
        }
    };
    Ok(Reply::Proved { log: Some(row.state()), packages: None })
}

/// A message in the current epoch, from a connection that has proved `run`.
pub(crate) fn append(
    tables: &mut Tables<'_>,
    log: &Address,
    run: Run,
    draft: Draft<'_>,
    now: u64,
    events: &mut Vec<Event>,
) -> Result<Reply, StoreError> {
    let Some(mut row) = get::<32, LogRow>(&tables.logs, log.as_bytes())? else { return Ok(denied()) };
    if let Some(seq) = landed(tables, log, &draft.post)? {
        return Ok(accepted(seq));
    }
    if draft.epoch != row.epoch || !run.holds(row.epoch) {
        return Ok(Reply::Stale { epoch: row.epoch });
    }
    if row.journal.bytes + draft.body.len() as u64 > LOG_BYTES {
        return Ok(refused(Refusal::Full));
    }
    let seq = row.journal.push(tables, log, draft, now, events)?;
    tables.logs.insert(log.as_bytes(), pack(&row).as_slice())?;
    Ok(accepted(seq))
}

/// The commit that closes the current epoch, with its welcomes or not at all.
pub(crate) fn commit(
    tables: &mut Tables<'_>,
    log: &Address,
    run: Run,
    commit: &Commit,
    now: u64,
    events: &mut Vec<Event>,
) -> Result<Reply, StoreError> {
    let Some(mut row) = get::<32, LogRow>(&tables.logs, log.as_bytes())? else { return Ok(denied()) };
    if let Some(seq) = landed(tables, log, &commit.post)? {
        return Ok(accepted(seq));
    }
    if commit.epoch != row.epoch || !run.holds(row.epoch) {
        return Ok(Reply::Stale { epoch: row.epoch });
    }
    if row.journal.bytes + commit.body.len() as u64 > LOG_BYTES + LOG_COMMIT_RESERVE {
        return Ok(refused(Refusal::Full));
    }
    // Nothing is written before every welcome is known to be welcome.
    if let Err(refusal) = inbox::admit(tables, &commit.welcomes)? {
        return Ok(refused(refusal));
    }
    let (epoch, next_key) = (commit.epoch, commit.next_key);
    let draft = Draft { epoch, kind: Kind::Commit, post: commit.post, body: &commit.body, next_key: Some(next_key) };
    let seq = row.journal.push(tables, log, draft, now, events)?;
    let closed = EpochRow { row: ROW, key: row.key, start: row.start, end: seq };
    tables.epochs.insert(&epoch_at(log, epoch), pack(&closed).as_slice())?;
    row.epoch = epoch.next();
    row.key = next_key;
    row.start = Seq(seq.0 + 1);
    tables.logs.insert(log.as_bytes(), pack(&row).as_slice())?;
    for welcome in &commit.welcomes {
        inbox::put(tables, welcome, now, events)?;
    }
    Ok(accepted(seq))
}
