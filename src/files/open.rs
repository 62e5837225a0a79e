//! From sealed chunks to content: fetched if they are not here, compared with their hashes before they are kept, opened record by record.
//!
//! No byte is handed out whose record did not open in its place. Of a file three chunks at most are under way. What comes is opened as it is in
//! memory, and is not read again from where it is kept.

use std::{ops::Range, rc::Rc};

use futures::{Stream, StreamExt, TryStreamExt, stream};
use js_sys::{Array, Math, Uint8Array};
use web_sys::Blob;
use xchat_files::{FileSource, HEADER, Layout, MAX_FILE, check_ending, check_header};
use xchat_wire::BlobHash;

use super::crypto::{Cipher, bytes_of, hash};
use super::fetch::{Fetch, Lack, wait};
use super::gate::Gates;
use super::js::{blob_of, bytes, free, size, slice};
use super::seal::{AT_ONCE, batches};
use super::spare::Spare;
use super::store::Store;
use super::task::Task;
use crate::backoff::Backoff;
use crate::filing::Failure;

/// Chunks under way at once.
const CHUNKS: usize = 3;

/// A file that is being opened.
pub(super) struct Opening<'a> {
    /// What is fetched is put into the store.
    pub(super) keeps: bool,
    pub(super) store: &'a Store,
    pub(super) fetch: &'a Fetch,
    pub(super) task: &'a Rc<Task>,
    pub(super) source: &'a FileSource,
    pub(super) layout: Layout,
    gates: &'a Gates,
    cipher: Cipher,
    /// Memory of chunks that are opened, and of what was in them.
    pub(super) spare: Spare,
}

/// Where the records of a file lie. Refused: a file of this size has another number of chunks.
pub(super) fn layout(source: &FileSource) -> Result<Layout, Failure> {
    let layout = Layout::of(source.size).ok_or(Failure::TooLarge { limit: MAX_FILE })?;
    match layout.chunks() as usize == source.chunks.len() {
        true => Ok(layout),
        false => Err(Failure::Wrong),
    }
}

impl<'a> Opening<'a> {
    pub(super) async fn new(
        store: &'a Store,
        fetch: &'a Fetch,
        gates: &'a Gates,
        task: &'a Rc<Task>,
        source: &'a FileSource,
        keeps: bool,
    ) -> Result<Self, Failure> {
        let layout = layout(source)?;
        let cipher = Cipher::new(&source.key, &source.salt).await?;
        Ok(Self { keeps, store, fetch, task, source, layout, gates, cipher, spare: Spare::default() })
    }

    /// The content of these records, in order, chunk by chunk. Who has done with one may give it to `spare`.
    pub(super) fn content(&self, records: Range<u64>) -> impl Stream<Item = Result<Uint8Array, Failure>> {
        let chunks = match records.is_empty() {
            true => 0..0,
            false => self.layout.place(records.start).chunk..self.layout.place(records.end - 1).chunk + 1,
        };
        let last = self.layout.content_of(records.end.saturating_sub(1)).end;
        let content = last.saturating_sub(self.layout.content_of(records.start).start);
        self.task.begins(chunks.clone().map(|chunk| self.layout.chunk_size(chunk)).sum(), content);
        let of = move |chunk| {
            let here = self.layout.records_of(chunk);
            (chunk, here.start.max(records.start)..here.end.min(records.end))
        };
        stream::iter(chunks.map(of)).map(|(chunk, records)| self.of_chunk(chunk, records)).buffered(CHUNKS)
    }

    async fn of_chunk(&self, chunk: u32, records: Range<u64>) -> Result<Uint8Array, Failure> {
        let hash = self.source.chunks.get(chunk as usize).ok_or(Failure::Wrong)?;
        let length = self.layout.chunk_size(chunk);
        // What is here and cannot be had from it, and whether that is so for good.
        let mut lack = None;
        match self.store.get(hash).await {
            Ok(Some(kept)) if size(&kept) == length => {
                match self.opened(chunk, &Sealed::Kept(kept.clone()), records.clone()).await {
                    Ok(opened) => {
                        self.task.adds(length);
                        return Ok(opened);
                    }
                    Err(failure) => match self.is_sound(&kept, hash).await {
                        // These are the bytes that were meant: another source may open them.
                        Ok(true) => return Err(failure),
                        Ok(false) => lack = Some((failure, true)),
                        Err(unread) => lack = Some((unread, false)),
                    },
                }
            }
            Ok(_) => {}
            Err(failure) => lack = Some((failure, false)),
        }
        if let Some((failure, damaged)) = &lack {
            complain(failure);
            match self.store.is_needed(hash).await {
                // It is to go up, so it may be nowhere else.
                Ok(true) => return Err(failure.clone()),
                // The relay may have it whole.
                Ok(false) if *damaged => self.store.remove(&[*hash]).await.unwrap_or_else(|failure| complain(&failure)),
                _ => {}
            }
        }
        let came = self.fetched(hash, length).await.map_err(|failure| match lack {
            Some((unread, false)) if failure == Failure::Gone => unread,
            _ => failure,
        });
        self.opened(chunk, &Sealed::Came(came?), records).await
    }

    /// Whether what is kept are the bytes that it is kept as. A failure: not all of them could be read.
    async fn is_sound(&self, kept: &Blob, hash: &BlobHash) -> Result<bool, Failure> {
        let _room = self.gates.working.take(2 * size(kept)).await;
        Ok(self::hash(&bytes(kept).await?).await? == *hash)
    }

    /// A chunk that is fetched, compared with its hash, and perhaps kept. Where there is no connection it waits for one, until the task is stopped.
    async fn fetched(&self, hash: &BlobHash, length: u64) -> Result<Uint8Array, Failure> {
        let mut backoff = Backoff::default();
        loop {
            let room = self.gates.fetching.take(length).await;
            let came = Rc::new(std::cell::Cell::new(0));
            let hear: Rc<dyn Fn(u64)> = Rc::new({
                let (task, came) = (self.task.clone(), came.clone());
                move |bytes| {
                    came.set(came.get() + bytes);
                    task.adds(bytes);
                }
            });
            // A chunk is below 8 MiB.
            match (self.fetch)(*hash, self.spare.take(length as u32), hear).await {
                Ok(bytes) => return self.checked(hash, bytes).await,
                Err(Lack::Wrong) => return Err(Failure::Wrong),
                Err(Lack::Gone) => return Err(Failure::Gone),
                Err(Lack::Later) => {
                    self.task.loses(came.get());
                    drop(room);
                    wait(backoff.next(Math::random())).await;
                }
            }
        }
    }

    async fn checked(&self, hash: &BlobHash, bytes: Uint8Array) -> Result<Uint8Array, Failure> {
        let _room = self.gates.working.take(2 * u64::from(bytes.length())).await;
        if self::hash(&bytes).await? != *hash {
            return Err(Failure::Wrong);
        }
        if self.keeps
            && let Err(failure) = self.store.put(hash, &bytes, false).await
        {
            // What cannot be kept is shown or saved all the same.
            complain(&failure);
        }
        Ok(bytes)
    }

    /// The content of some records of a chunk.
    async fn opened(&self, chunk: u32, sealed: &Sealed, records: Range<u64>) -> Result<Uint8Array, Failure> {
        let _room = self.gates.working.take(2 * self.layout.chunk_size(chunk)).await;
        if chunk == 0 {
            let head = sealed.stretch(0, HEADER).await?.to_vec();
            check_header(self.source, &head).map_err(|_| Failure::Wrong)?;
        }
        let (from, to) = (self.layout.content_of(records.start).start, self.layout.content_of(records.end - 1).end);
        let length = (to.max(from) - from) as u32;
        let out = match sealed {
            Sealed::Kept(_) => self.spare.take(length),
            // A record's content lies before the record, which the browser has a copy of by then.
            Sealed::Came(came) => came.subarray(0, length),
        };
        let batches = batches(records).map(|records| self.open_batch(sealed, records, from, &out));
        stream::iter(batches).buffered(AT_ONCE).try_collect::<()>().await?;
        Ok(out)
    }

    /// Opens records into `out`, which begins at this byte of the file.
    async fn open_batch(
        &self,
        sealed: &Sealed,
        records: Range<u64>,
        begins: u64,
        out: &Uint8Array,
    ) -> Result<(), Failure> {
        let (first, last) = (self.layout.place(records.start), self.layout.place(records.end - 1));
        let read = sealed.stretch(first.at, last.at + last.len).await?;
        let open = |record| {
            let place = self.layout.place(record);
            let at = (place.at - first.at) as u32;
            self.cipher.open(record, &read.subarray(at, at + place.len as u32))
        };
        let under_way = records.clone().map(open).collect::<Result<Vec<_>, _>>()?;
        let mut done = Vec::new();
        for (record, opened) in records.zip(under_way) {
            let opened = bytes_of(opened).await.map_err(|_| Failure::Wrong)?;
            let content = self.layout.content_of(record);
            let length = (content.end - content.start) as u32;
            let ending = opened.subarray(length, opened.length()).to_vec();
            check_ending(self.layout, record, &ending).map_err(|_| Failure::Wrong)?;
            out.set(&opened.subarray(0, length), (content.start - begins) as u32);
            done.push(opened);
        }
        if let Sealed::Kept(_) = sealed {
            done.push(read);
        }
        free(&done);
        Ok(())
    }
}

/// The sealed bytes of a chunk.
enum Sealed {
    Kept(Blob),
    Came(Uint8Array),
}

impl Sealed {
    async fn stretch(&self, from: u64, to: u64) -> Result<Uint8Array, Failure> {
        match self {
            Self::Kept(kept) => bytes(&slice(kept, from, to)?).await,
            // A chunk is below 8 MiB.
            Self::Came(came) => Ok(came.subarray(from as u32, to as u32)),
        }
    }
}

fn complain(failure: &Failure) {
    web_sys::console::warn_1(&format!("a chunk of a file cannot be kept or read: {failure:?}").into());
}

/// All of them, in order, as blobs: the browser need not keep these in memory.
pub(super) async fn all(parts: impl Stream<Item = Result<Uint8Array, Failure>>) -> Result<Array, Failure> {
    parts
        .try_fold(Array::new(), |parts, part| async move {
            parts.push(&moved(&part)?.into());
            Ok(parts)
        })
        .await
}

/// These bytes as a blob, and no longer as they were.
pub(super) fn moved(bytes: &Uint8Array) -> Result<Blob, Failure> {
    let blob = blob_of(bytes)?;
    free(std::slice::from_ref(bytes));
    Ok(blob)
}
