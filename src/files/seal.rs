//! From a file to sealed chunks: read in batches of records, many of which are sealed at once.
//!
//! While chunks are hashed and stored, the next is read and sealed; of a file no more than these three are in memory, whatever its size.

use std::ops::Range;

use futures::{TryStreamExt, stream};
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use xchat_files::{FileKey, FileSource, Layout, MAX_FILE, RECORD, ending, header};

use super::crypto::{Cipher, bytes_of, hash, random};
use super::gate::Gates;
use super::js::{broken, free, size};
use super::reader::Reader;
use super::spare::Spare;
use super::store::Store;
use super::task::Task;
use crate::filing::Failure;

/// Records that are read with one request.
pub(super) const BATCH: u64 = 32;
/// Batches of a chunk that are opened at once: the browser reads one while it works on another.
pub(super) const AT_ONCE: usize = 2;

/// Chunks that are hashed and stored at once: much of that is waiting for the disk.
const STORING: usize = 2;

/// Seals a file under a key of its own, and keeps its chunks for an upload.
pub(super) async fn seal(store: &Store, gates: &Gates, task: &Task, file: &Blob) -> Result<FileSource, Failure> {
    let _turn = gates.sealing.take(1).await;
    let layout = Layout::of(size(file)).ok_or(Failure::TooLarge { limit: MAX_FILE })?;
    task.begins(layout.size(), layout.size());
    let key = FileKey::new(random()?);
    let mut source = FileSource { key, salt: random()?.into(), size: layout.size(), chunks: Vec::new() };
    let sealing = Sealing {
        cipher: Cipher::new(&source.key, &source.salt).await?,
        plain: Uint8Array::new_with_length(RECORD),
        spare: Spare::default(),
        task,
        layout,
        head: Uint8Array::from(header(&source).as_slice()),
    };
    let longest = layout.content_of(BATCH - 1).end;
    // One after the other: each goes on where the one before it has ended.
    let chunks = stream::try_unfold((Reader::new(file, longest as u32)?, 0), async |(mut reader, chunk)| {
        if chunk == layout.chunks() {
            return Ok(None);
        }
        let room = gates.working.take(layout.chunk_size(chunk)).await;
        let bytes = sealing.chunk(&mut reader, chunk).await?;
        Ok(Some(((bytes, room), (reader, chunk + 1))))
    });
    let keep = async |(bytes, room)| {
        let hash = hash(&bytes).await?;
        // Noted before it is there, so that nothing is left when the task is stopped just then.
        task.staged.borrow_mut().push(hash);
        store.put(&hash, &bytes, true).await?;
        sealing.spare.give(&bytes);
        drop(room);
        Ok(hash)
    };
    source.chunks = chunks.map_ok(keep).try_buffered(STORING + 1).try_collect().await?;
    Ok(source)
}

/// Records that are being sealed, and the first one's number.
type Batch = (u64, Vec<JsFuture>);

/// A file on its way into chunks.
struct Sealing<'a> {
    cipher: Cipher,
    task: &'a Task,
    layout: Layout,
    head: Uint8Array,
    /// Where a record is put together. The browser takes a copy of it to seal it.
    plain: Uint8Array,
    /// Memory of chunks that are stored.
    spare: Spare,
}

impl Sealing<'_> {
    /// The sealed bytes of the next chunk.
    async fn chunk(&self, file: &mut Reader, chunk: u32) -> Result<Uint8Array, Failure> {
        // A chunk is below 8 MiB.
        let out = self.spare.take(self.layout.chunk_size(chunk) as u32);
        if chunk == 0 {
            out.set(&self.head, 0);
        }
        let mut before = None;
        for records in batches(self.layout.records_of(chunk)) {
            let next = self.begin(file, records).await?;
            // The browser seals it while more is read.
            if let Some(batch) = before.replace(next) {
                self.place(batch, &out).await?;
            }
        }
        if let Some(batch) = before {
            self.place(batch, &out).await?;
        }
        Ok(out)
    }

    async fn begin(&self, file: &mut Reader, records: Range<u64>) -> Result<Batch, Failure> {
        let from = self.layout.content_of(records.start).start;
        let to = self.layout.content_of(records.end - 1).end.max(from);
        // All of a batch is below 2^32.
        let read = file.next((to - from) as u32).await?;
        let seal = |record| {
            let content = self.layout.content_of(record);
            let (begins, ends) = ((content.start - from) as u32, (content.end - from) as u32);
            let ending = Uint8Array::from(ending(self.layout, record).as_slice());
            self.plain.set(&read.subarray(begins, ends), 0);
            self.plain.set(&ending, ends - begins);
            self.cipher.seal(record, &self.plain.subarray(0, self.layout.opened_len(record) as u32))
        };
        let under_way = records.clone().map(seal).collect::<Result<Vec<_>, _>>()?;
        self.task.adds(to - from);
        Ok((records.start, under_way))
    }

    async fn place(&self, (first, under_way): Batch, out: &Uint8Array) -> Result<(), Failure> {
        let mut done = Vec::new();
        for (record, sealed) in (first..).zip(under_way) {
            let sealed = bytes_of(sealed).await.map_err(broken)?;
            out.set(&sealed, self.layout.place(record).at as u32);
            done.push(sealed);
        }
        free(&done);
        Ok(())
    }
}

/// Stretches of at most [`BATCH`] records.
pub(super) fn batches(records: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let end = records.end;
    records.step_by(BATCH as usize).map(move |first| first..(first + BATCH).min(end))
}
