//! A log: one total order, one commit per epoch.

use minicbor::CborLen;
use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, Epoch, Kind, LogState, PostId, PublicKey, Reply, Seq,
    cbor::{Decode, Encode},
};

use super::account::{Need, delivery_bytes, record_bytes};
use super::idle::{self, Kept};
use super::inbox::{self, Delivery};
use super::journal::{Draft, landed};
use super::rows::{EpochRow, Journal, LogRow, ROW, pack};
use super::tables::{Tables, epoch_at, get};
use super::{Event, StoreError, accepted, denied, full, refused, same_key};
use crate::bucket::Bucket;
use crate::limits::{EPOCH_BYTES, LAST_COMMITS, LOG_BYTES, LOG_COMMIT_RESERVE, LOG_ROW_BYTES};
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
pub(crate) fn create(tables: &mut Tables<'_>, log: &Address, key: &PublicKey, now: u64) -> Result<Reply, StoreError> {
    let row = get::<32, LogRow>(&tables.logs, log.as_bytes())?;
    let closed = get::<40, EpochRow>(&tables.epochs, &epoch_at(log, Epoch(0)))?;
    let inbox = tables.inboxes_has(log)?;
    let row = match row {
        Some(row) => {
            // None: the first epoch has expired, and nobody can show that this is its key.
            let first = closed.map(|epoch| epoch.key).or((row.epoch == Epoch(0)).then_some(row.key));
            if !same_key(key, first.as_ref()) {
                return Ok(denied());
            }
            row
        }
        // An address is a log or an inbox, never both: a subscription names nothing but the address.
        None if inbox => return Ok(denied()),
        None if !tables.account.has_room(Need::Creation, LOG_ROW_BYTES) => return Ok(full()),
        None => {
            let journal = Journal::new(log);
            let used = idle::begin(tables, Kept::Log, log, now)?;
            let (epoch, key, start) = (Epoch(0), *key, Seq(1));
            let row = LogRow { row: ROW, journal, epoch, key, start, last_commits: None, used };
            tables.account.add(LOG_ROW_BYTES);
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
    let size = record_bytes(draft.body.len() as u64);
    if row.journal.bytes + size > LOG_BYTES || !tables.account.has_room(Need::Message, size) {
        return Ok(full());
    }
    let seq = row.journal.push(tables, log, draft, now, events)?;
    idle::used(tables, Kept::Log, log, &mut row.used, now)?;
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
    if !may_commit(tables, &mut row, commit, now) {
        return Ok(full());
    }
    // Nothing is written before every welcome is known to be welcome.
    if let Err(refusal) = inbox::admit(tables, &commit.welcomes)? {
        return Ok(refused(refusal));
    }
    let (epoch, next_key) = (commit.epoch, commit.next_key);
    let draft =
        Draft { epoch, kind: Kind::Commit, post: commit.post, body: &commit.body, next_key: Some(next_key), ttl: None };
    let seq = row.journal.push(tables, log, draft, now, events)?;
    let closed = EpochRow { row: ROW, key: row.key, start: row.start, end: seq };
    tables.epochs.insert(&epoch_at(log, epoch), pack(&closed).as_slice())?;
    tables.account.add(EPOCH_BYTES);
    row.epoch = epoch.next();
    row.key = next_key;
    row.start = Seq(seq.0 + 1);
    idle::used(tables, Kept::Log, log, &mut row.used, now)?;
    tables.logs.insert(log.as_bytes(), pack(&row).as_slice())?;
    for welcome in &commit.welcomes {
        inbox::put(tables, welcome, now, events)?;
    }
    Ok(accepted(seq))
}

/// Whether there is room for a commit. Where there is hardly any left it must be without welcomes, and each log has a little of
/// its own: one flooder's commits do not take what another group needs to remove a member.
fn may_commit(tables: &Tables<'_>, row: &mut LogRow, commit: &Commit, now: u64) -> bool {
    let record = record_bytes(commit.body.len() as u64);
    let size = record + EPOCH_BYTES + delivery_bytes(&commit.welcomes);
    if row.journal.bytes + record > LOG_BYTES + LOG_COMMIT_RESERVE {
        return false;
    }
    if tables.account.has_room(Need::Commit, size) {
        return true;
    }
    let removes = commit.welcomes.is_empty() && tables.account.has_room(Need::Removal, size);
    removes && {
        // The count is in the row: whatever applies the same writes comes to the same answer.
        let mut last = row.last_commits.take().unwrap_or_else(|| Bucket::new(LAST_COMMITS, now));
        let taken = last.take(LAST_COMMITS, size, now).is_ok();
        row.last_commits = Some(last);
        taken
    }
}
