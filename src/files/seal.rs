//! From a file to sealed chunks: read in batches of records, many of which are sealed at once.
//!
//! While chunks are hashed and stored, the next is read and sealed; of a file no more than these three are in memory, whatever its size.

use std::ops::Range;

use futures::{TryStreamExt, stream};
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use xchat_files::{FileKey, FileSource, Layout, MAX_FILE, fill, header};

use super::crypto::{Cipher, bytes_of, hash, random};
use super::gate::Gate;
use super::js::{broken, free, size};
use super::reader::Reader;
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
pub(super) async fn seal(store: &Store, gate: &Gate, task: &Task, file: &Blob) -> Result<FileSource, Failure> {
    let layout = Layout::of(size(file)).ok_or(Failure::TooLarge { limit: MAX_FILE })?;
    task.begins(layout.size(), layout.size());
    let key = FileKey::new(random()?);
    let mut source = FileSource { key, salt: random()?.into(), size: layout.size(), chunks: Vec::new() };
    let cipher = Cipher::new(&source.key, &source.salt).await?;
    let head = header(&source);
    // One after the other: each goes on where the one before it has ended.
    let chunks = stream::try_unfold((Reader::new(file)?, 0), async |(mut reader, chunk)| {
        if chunk == layout.chunks() {
            return Ok(None);
        }
        let room = gate.take(layout.chunk_size(chunk)).await;
        let bytes = sealed(&cipher, task, &mut reader, layout, head.as_slice(), chunk).await?;
        Ok(Some(((bytes, room), (reader, chunk + 1))))
    });
    let keep = async |(bytes, room)| {
        let hash = hash(&bytes).await?;
        // Noted before it is there, so that nothing is left when the task is stopped just then.
        task.staged.borrow_mut().push(hash);
        store.put(&hash, &bytes, true).await?;
        free(&[bytes]);
        drop(room);
        Ok(hash)
    };
    source.chunks = chunks.map_ok(keep).try_buffered(STORING + 1).try_collect().await?;
    Ok(source)
}

/// The sealed bytes of the next chunk.
async fn sealed(
    cipher: &Cipher,
    task: &Task,
    file: &mut Reader,
    layout: Layout,
    head: &[u8],
    chunk: u32,
) -> Result<Uint8Array, Failure> {
    // A chunk is below 8 MiB.
    let out = Uint8Array::new_with_length(layout.chunk_size(chunk) as u32);
    if chunk == 0 {
        out.set(&Uint8Array::from(head), 0);
    }
    let mut before = None;
    for records in batches(layout.records_of(chunk)) {
        let next = begin(cipher, task, file, layout, records).await?;
        // The browser seals it while more is read.
        if let Some(batch) = before.replace(next) {
            place(layout, batch, &out).await?;
        }
    }
    if let Some(batch) = before {
        place(layout, batch, &out).await?;
    }
    Ok(out)
}

/// Stretches of at most [`BATCH`] records.
pub(super) fn batches(records: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let end = records.end;
    records.step_by(BATCH as usize).map(move |first| first..(first + BATCH).min(end))
}

/// Records that are being sealed, and the first one's number.
type Batch = (u64, Vec<JsFuture>);

async fn begin(
    cipher: &Cipher,
    task: &Task,
    file: &mut Reader,
    layout: Layout,
    records: Range<u64>,
) -> Result<Batch, Failure> {
    let from = layout.content_of(records.start).start;
    let to = layout.content_of(records.end - 1).end.max(from);
    let read = Uint8Array::new_with_length((to - from) as u32);
    file.fill(&read).await?;
    let seal = |record| {
        let content = layout.content_of(record);
        // One record at a time is in this module's memory.
        let content = read.subarray((content.start - from) as u32, (content.end - from) as u32).to_vec();
        let filled = fill(layout, record, &content).ok_or(Failure::Unreadable)?;
        cipher.seal(record, &filled)
    };
    let under_way = records.clone().map(seal).collect::<Result<Vec<_>, _>>()?;
    free(&[read]);
    task.adds(to - from);
    Ok((records.start, under_way))
}

async fn place(layout: Layout, (first, under_way): Batch, out: &Uint8Array) -> Result<(), Failure> {
    let mut done = Vec::new();
    for (record, sealed) in (first..).zip(under_way) {
        let sealed = bytes_of(sealed).await.map_err(broken)?;
        out.set(&sealed, layout.place(record).at as u32);
        done.push(sealed);
    }
    free(&done);
    Ok(())
}
