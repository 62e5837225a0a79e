//! The sequence of records that a log and an inbox have in common: place, chain, dedup entry, age.

use bytes::Bytes;
use redb::ReadableTable;
use xchat_wire::{Address, Epoch, Kind, PostId, PublicKey, Record, Seq, chain_start};

use super::account::record_bytes;
use super::rows::{Journal, PostRow, ROW, RecordRow, pack, unpack};
use super::tables::{Tables, age_at, at, end_at, epoch_at, get, number_of, post_at};
use super::{Event, StoreError};
use crate::limits::{EPOCH_BYTES, POST_BYTES, RECORD_BYTES};

/// The step of a journal's time, in milliseconds. Finer than the time that a record tells: what a busy second brings then goes to the end
/// of the ages, a few pages for each batch of writes; with whole seconds a batch of many logs changes every page of its second. No
/// finer than that needs.
const AGE_STEP_MS: u64 = 100;

/// A record that is not yet in its place.
pub(crate) struct Draft<'b> {
    pub(crate) epoch: Epoch,
    pub(crate) kind: Kind,
    pub(crate) post: PostId,
    pub(crate) body: &'b [u8],
    pub(crate) next_key: Option<PublicKey>,
    /// Seconds that it stays at most; retention may take it sooner.
    pub(crate) ttl: Option<u32>,
}

/// A record on its way to subscribers, encoded once for all of them.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) seq: Seq,
    pub(crate) epoch: Epoch,
    pub(crate) kind: Kind,
    /// The whole `ServerFrame::Record`.
    pub(crate) frame: Bytes,
}

impl Published {
    /// Its end: the chain, through everything up to it.
    #[cfg(feature = "nats")]
    pub(crate) fn tail(&self) -> &[u8] {
        &self.frame[self.frame.len().saturating_sub(32)..]
    }
}

impl Journal {
    /// The journal of an address before its first record.
    pub(crate) fn new(address: &Address) -> Self {
        Self { head: Seq(0), first: Seq(0), time: 0, chain: chain_start(address), records: 0, bytes: 0 }
    }

    /// Writes a record behind the head, with its dedup entry and its age, and says what subscribers are to get.
    pub(crate) fn push(
        &mut self,
        tables: &mut Tables<'_>,
        address: &Address,
        draft: Draft<'_>,
        now: u64,
        events: &mut Vec<Event>,
    ) -> Result<Seq, StoreError> {
        let Draft { epoch, kind, post, body, next_key, ttl } = draft;
        let seq = Seq(self.head.0.checked_add(1).ok_or(StoreError::Corrupt("a journal has no further place"))?);
        let size = body.len() as u64;
        self.time = self.time.max(now / AGE_STEP_MS * AGE_STEP_MS);
        self.chain = self.chain.extend(seq, epoch, kind, &post, next_key.as_ref(), body);
        let record = xchat_wire::encode(&Record {
            seq,
            previous: self.head,
            epoch,
            kind,
            post,
            time: self.time / 1000 * 1000,
            body: body.to_vec().into(),
            next_key,
            chain: self.chain,
        });
        self.head = seq;
        self.records += 1;
        self.bytes += record_bytes(size);
        tables.account.add(RECORD_BYTES + size);
        if self.first == Seq(0) {
            self.first = seq;
        }
        let ends = ttl.map(|seconds| now.saturating_add(u64::from(seconds) * 1000));
        if let Some(ends) = ends {
            tables.ends.insert(&end_at(ends, address, seq), ())?;
        }
        let row = RecordRow { row: ROW, epoch, kind, post, size, record: record.as_slice().into(), ends };
        tables.records.insert(&at(address, seq.0), pack(&row).as_slice())?;
        remember(tables, address, &post, seq, self.time)?;
        let frame = frame_of(address, &record);
        events.push(Event::Record { address: *address, record: Published { seq, epoch, kind, frame } });
        Ok(seq)
    }

    /// Takes a record with a body of this size out of the count; the caller has removed its row. With the last one goes what damaged
    /// ones have left in the sum.
    pub(crate) fn forget(&mut self, size: u64) {
        self.records = self.records.saturating_sub(1);
        self.bytes = if self.records == 0 { 0 } else { self.bytes.saturating_sub(record_bytes(size)) };
    }

    /// Finds the first record that is still kept.
    pub(crate) fn refresh_first(&mut self, tables: &Tables<'_>, address: &Address) -> Result<(), StoreError> {
        let (from, to) = (at(address, self.first.0), at(address, u64::MAX));
        self.first = match tables.records.range::<&[u8; 40]>(&from..=&to)?.next().transpose()? {
            Some((key, _)) => Seq(number_of(key.value())),
            None => Seq(0),
        };
        Ok(())
    }
}

/// Where this post landed when it was first seen.
pub(crate) fn landed(tables: &Tables<'_>, address: &Address, post: &PostId) -> Result<Option<Seq>, StoreError> {
    Ok(get::<48, PostRow>(&tables.posts, &post_at(address, post))?.map(|row| row.seq))
}

/// Keeps where a post landed until retention takes the entry.
pub(crate) fn remember(
    tables: &mut Tables<'_>,
    address: &Address,
    post: &PostId,
    seq: Seq,
    time: u64,
) -> Result<(), StoreError> {
    tables.posts.insert(&post_at(address, post), pack(&PostRow { row: ROW, seq }).as_slice())?;
    tables.ages.insert(&age_at(time, address, seq, post), ())?;
    tables.account.add(POST_BYTES);
    Ok(())
}

/// Removes a record, and with a commit the epoch that it closed; the size of its body when there was one. The memory of its post id
/// stays until retention takes it. A record that cannot be read goes too, as one of 0 bytes: its time is over all the same.
pub(crate) fn remove(tables: &mut Tables<'_>, address: &Address, seq: Seq) -> Result<Option<u64>, StoreError> {
    let Some(row) = tables.records.remove(&at(address, seq.0))? else { return Ok(None) };
    let (size, ends, closed) = match unpack::<RecordRow<'_>>(row.value()) {
        Ok(row) => (row.size, row.ends, (row.kind == Kind::Commit).then_some(row.epoch)),
        Err(_) => {
            tables.damaged += 1;
            (0, None, None)
        }
    };
    drop(row);
    if let Some(ends) = ends {
        tables.ends.remove(&end_at(ends, address, seq))?;
    }
    tables.account.subtract(RECORD_BYTES + size);
    // A key that opens nothing any more: whoever holds no later one lacks this commit, and is told by a denial.
    if let Some(epoch) = closed
        && tables.epochs.remove(&epoch_at(address, epoch))?.is_some()
    {
        tables.account.subtract(EPOCH_BYTES);
    }
    Ok(Some(size))
}

/// `ServerFrame::Record` around a record that is already CBOR: `[2, {0: address, 1: record}]`.
pub(crate) fn frame_of(address: &Address, record: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(39 + record.len());
    frame.extend_from_slice(&[0x82, 0x02, 0xa2, 0x00, 0x58, 0x20]);
    frame.extend_from_slice(address.as_bytes());
    frame.push(0x01);
    frame.extend_from_slice(record);
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::super::tables::{AGES, age_of};
    use super::super::{Store, Write};
    use super::*;
    use crate::rights::Run;
    use redb::ReadableDatabase;
    use xchat_wire::{ChainHash, ServerFrame, encode};

    #[test]
    fn within_a_second_what_comes_later_is_kept_behind_what_came_before_whatever_its_log() {
        let store = Store::in_memory().unwrap();
        let logs = [9, 1, 5].map(|n| Address::new([n; 32]));
        let key = PublicKey::new([2; 32]);
        store.write(&logs.map(|log| Write::CreateLog { log, key }), 0).unwrap();
        let (run, epoch, mut expected) = (Run::new(Epoch(0), Seq(1)), Epoch(0), Vec::new());
        for (n, now) in (0_u8..9).zip((1_700_000_000_000..).step_by(100)) {
            let (log, post) = (logs[usize::from(n) % 3], PostId::new([!n; 16]));
            store.write([&Write::Append { log, run, epoch, post, body: vec![n].into(), ttl: None }], now).unwrap();
            expected.push((log, post));
        }
        let ages = store.database.begin_read().unwrap().open_table(AGES).unwrap();
        let kept = ages.iter().unwrap().map(|entry| age_of(entry.unwrap().0.value()));
        assert_eq!(kept.map(|(log, _, post)| (log, post)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn however_the_clock_steps_back_a_later_record_of_a_log_is_never_the_older_one() {
        let store = Store::in_memory().unwrap();
        let (log, key) = (Address::new([9; 32]), PublicKey::new([2; 32]));
        store.write([&Write::CreateLog { log, key }], 0).unwrap();
        let (run, epoch) = (Run::new(Epoch(0), Seq(1)), Epoch(0));
        // Back within a second, over its edge, by a day, and on again.
        let clocks = [5_678, 5_150, 4_999, 1_700_000_086_400_900, 1_700_000_000_000_000, 1_700_000_086_401_000];
        for (n, now) in (1_u8..).zip(clocks) {
            let append = Write::Append { log, run, epoch, post: PostId::new([n; 16]), body: vec![n].into(), ttl: None };
            store.write([&append], now).unwrap();
        }
        let ages = store.database.begin_read().unwrap().open_table(AGES).unwrap();
        let kept: Vec<(u64, u64)> = ages
            .iter()
            .unwrap()
            .map(|entry| *entry.unwrap().0.value())
            .map(|key| (age_of(&key).1.0, u64::from_be_bytes(key[..8].try_into().unwrap())))
            .collect();
        let late = 1_700_000_086_400_900;
        assert_eq!(kept, [(1, 5_600), (2, 5_600), (3, 5_600), (4, late), (5, late), (6, late + 100)]);

        let snapshot = store.snapshot().unwrap();
        let records = snapshot.records(&log, Seq(0), Seq(6)).unwrap();
        let times: Vec<u64> = records
            .map(|found| match xchat_wire::decode(&found.unwrap().frame()).unwrap() {
                ServerFrame::Record { record, .. } => record.time,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(times, [5_000, 5_000, 5_000, late - 900, late - 900, late + 100], "as whole seconds");
    }

    #[test]
    fn a_frame_around_a_stored_record_is_the_frame_that_wire_encodes() {
        let address = Address::new([7; 32]);
        let record = Record {
            seq: Seq(3),
            previous: Seq(2),
            epoch: Epoch(900),
            kind: Kind::Commit,
            post: PostId::new([9; 16]),
            time: 1_700_000_000_000,
            body: vec![1; 300].into(),
            next_key: Some(PublicKey::new([4; 32])),
            chain: ChainHash::new([5; 32]),
        };
        let framed = frame_of(&address, &encode(&record));
        assert_eq!(framed, encode(&ServerFrame::Record { address, record }));
    }
}
