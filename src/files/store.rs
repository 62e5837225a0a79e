//! The store of sealed chunks (`src/chunks.rs`, `src/folder.rs`): what is to be sent, and what was fetched. Above a limit what was used longest
//! ago goes first, and nothing that an upload needs.
//!
//! A chunk counts once it has a mark, which is written after its bytes and removed before them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::{future::join, lock::Mutex};
use js_sys::{Array, Date, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use xchat_wire::BlobHash;

use super::js::{blob_of, broken, call, come, get, object};
use super::{disk, living};
use crate::chunks::{BY, CHUNKS, KEPT, MARKS, SIZE, USED, VERSION, key};
use crate::filing::Failure;
use crate::folder::{Folder, there};
use crate::idb::{Link, Mode, Pending, Tx};

/// Bytes that are kept at most, where there is room for ten times as much.
const LIMIT: f64 = 1e9;
/// Of what the browser offers, this part; and if the person chose how much, this part at most: messages need room too.
const SHARE: f64 = 0.1;
const CHOSEN_SHARE: f64 = 0.5;
/// Whatever an upload is said to need: after so long, in milliseconds, nobody will send it any more.
const KEPT_MS: f64 = 31.0 * 86_400_000.0;
/// What an upload needs has no part in it. How much else is held is counted anew after so long, in milliseconds: other tabs write too.
const COUNT_MS: f64 = 10_000.0;
/// A use is noted only if the last one is so long ago, in milliseconds.
const NOTE_MS: f64 = 60_000.0;

/// The store, as long as this value lives.
pub struct Store {
    name: String,
    /// What the person or a test lets it hold, instead of what the browser's room gives.
    limit: Cell<Option<f64>>,
    link: RefCell<Option<Link>>,
    /// Bytes held that no upload needs, and when they were counted.
    held: Cell<Option<(f64, f64)>>,
    /// Bytes that the browser lets the origin have, and when it said so.
    quota: Cell<Option<(f64, f64)>>,
    /// What says that this worker lives, once it has put something here for an upload.
    living: Mutex<Option<JsValue>>,
    /// Where chunks are written, once it was there; until then, into the database.
    folder: Mutex<Option<Rc<Folder>>>,
    /// Files that are nobody's were looked for.
    swept: Cell<bool>,
}

#[derive(Clone)]
struct Mark {
    key: JsValue,
    size: f64,
    pinned: bool,
}

impl Store {
    /// The database of this name, opened when it is first needed.
    pub fn new(name: &str) -> Self {
        let (limit, link, held, quota, living, folder, swept) = Default::default();
        Self { name: name.to_owned(), limit, link, held, quota, living, folder, swept }
    }

    /// One that holds no more than so many bytes.
    pub fn limited(name: &str, limit: u64) -> Self {
        Self { limit: Cell::new(Some(limit as f64)), ..Self::new(name) }
    }

    /// A chunk. What uses it says so by asking for it. A failure: whether it is here cannot be told now.
    pub async fn get(&self, hash: &BlobHash) -> Result<Option<Blob>, Failure> {
        let tx = self.begin(&[CHUNKS, MARKS], Mode::Read).await?;
        let (chunks, marks) = (tx.store(CHUNKS).map_err(broken)?, tx.store(MARKS).map_err(broken)?);
        let key = key(hash);
        let chunk = Pending::new(chunks.get(&key).map_err(broken)?);
        let mark = Pending::new(marks.get(&key).map_err(broken)?);
        let (chunk, mark) = join(chunk, mark).await;
        tx.finish().await.map_err(broken)?;
        let used = mark.map_err(broken)?;
        let chunk = match chunk.map_err(broken)?.dyn_into::<Blob>() {
            Ok(chunk) => Some(chunk),
            Err(_) if used.is_undefined() => None,
            Err(_) => there(match self.folder().await {
                Ok(folder) => folder.file(&key).await,
                Err(thrown) => Err(thrown),
            })
            .map_err(broken)?,
        };
        let Some(chunk) = chunk else { return Ok(None) };
        if Date::now() - number(&used, USED) > NOTE_MS {
            // What is here is here, also where nothing can be written.
            if let Err(failure) = self.note(&key).await {
                web_sys::console::warn_1(&format!("a use is not noted: {failure:?}").into());
            }
        }
        Ok(Some(chunk))
    }

    /// Keeps a chunk. `kept`: an upload needs it, so it is on the disk afterwards, and stays.
    pub async fn put(&self, hash: &BlobHash, bytes: &Uint8Array, kept: bool) -> Result<(), Failure> {
        let size = f64::from(bytes.length());
        let by = if kept { Some(self.living().await?) } else { None };
        self.make_room(size).await?;
        match self.write(hash, bytes, by.as_ref()).await {
            Err(Failure::NoRoom) => {
                // The browser has less room than it said: half of what may go does.
                let held = self.counted().await?;
                self.evict(held / 2.0).await?;
                self.write(hash, bytes, by.as_ref()).await?;
            }
            done => done?,
        }
        if let Some((held, when)) = self.held.get().filter(|_| !kept) {
            self.held.set(Some((held + size, when)));
        }
        Ok(())
    }

    /// Takes chunks out, whatever they are.
    pub async fn remove(&self, hashes: &[BlobHash]) -> Result<(), Failure> {
        if hashes.is_empty() {
            return Ok(());
        }
        self.remove_keys(hashes.iter().map(key).collect()).await
    }

    /// Whether all of these are here.
    pub async fn has(&self, hashes: &[BlobHash]) -> Result<bool, Failure> {
        let tx = self.begin(&[MARKS], Mode::Read).await?;
        let marks = tx.store(MARKS).map_err(broken)?;
        for hash in hashes {
            let found = Pending::new(marks.get_key(&key(hash)).map_err(broken)?).await.map_err(broken)?;
            if found.is_undefined() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether an upload needs this one.
    pub async fn is_needed(&self, hash: &BlobHash) -> Result<bool, Failure> {
        let tx = self.begin(&[MARKS], Mode::Read).await?;
        let mark = tx.store(MARKS).and_then(|marks| marks.get(&key(hash))).map_err(broken)?;
        Ok(is_pinned(&Pending::new(mark).await.map_err(broken)?, Date::now()))
    }

    /// Bytes held, and how many may be.
    pub async fn usage(&self) -> Result<(u64, u64), Failure> {
        let held: f64 = self.marks().await?.iter().map(|mark| mark.size).sum();
        Ok((held as u64, self.limit().await as u64))
    }

    /// Holds so many bytes at most from now on; none: what the browser's room gives.
    pub async fn set_limit(&self, bytes: Option<u64>) -> Result<(), Failure> {
        self.limit.set(bytes.map(|bytes| bytes as f64));
        self.make_room(0.0).await
    }

    /// Takes out everything that no upload needs.
    pub async fn clear(&self) -> Result<(), Failure> {
        self.evict(0.0).await
    }

    /// `by`: who needs it for an upload.
    async fn write(&self, hash: &BlobHash, bytes: &Uint8Array, by: Option<&JsValue>) -> Result<(), Failure> {
        let key = key(hash);
        let folder = self.folder().await;
        let is_file = match &folder {
            Ok(folder) => disk::write(folder, &key, bytes, by.is_some()).await?,
            Err(_) => false,
        };
        // All chunks of what is to go up must be there after a loss of power: each is a file of its own, which no later transaction writes.
        let tx = self.begin(&[CHUNKS, MARKS], if by.is_some() { Mode::Write } else { Mode::Quick }).await?;
        let (chunks, marks) = (tx.store(CHUNKS).map_err(broken)?, tx.store(MARKS).map_err(broken)?);
        let mark = object(&[
            (SIZE, bytes.length().into()),
            (USED, Date::now().into()),
            (KEPT, by.is_some().into()),
            (BY, by.cloned().unwrap_or_default()),
        ]);
        let chunk = match is_file {
            true => chunks.delete(&key),
            false => chunks.put_with_key(&blob_of(bytes)?.into(), &key),
        };
        let chunk = Pending::new(chunk.map_err(broken)?);
        let mark = Pending::new(marks.put_with_key(&mark, &key).map_err(broken)?);
        // What keeps one of them from being written ends the transaction, which has the reason.
        let _written = join(chunk, mark).await;
        let written = tx.finish().await.map_err(broken);
        if let (Err(_), Ok(folder)) = (&written, folder) {
            folder.remove(&key).await;
        }
        written
    }

    /// Where chunks are written. An error: into the database. One that could not be opened just now may be there the next time.
    async fn folder(&self) -> Result<Rc<Folder>, JsValue> {
        let mut folder = self.folder.lock().await;
        if let Some(folder) = folder.as_ref() {
            return Ok(folder.clone());
        }
        let opened = Rc::new(Folder::open(&self.name, true).await?);
        *folder = Some(opened.clone());
        Ok(opened)
    }

    /// The name under which it is seen that this worker lives.
    async fn living(&self) -> Result<JsValue, Failure> {
        let mut living = self.living.lock().await;
        if let Some(name) = living.as_ref() {
            return Ok(name.clone());
        }
        let name = living::says_so().await?;
        *living = Some(name.clone());
        Ok(name)
    }

    async fn note(&self, key: &JsValue) -> Result<(), Failure> {
        let tx = self.begin(&[MARKS], Mode::Quick).await?;
        let marks = tx.store(MARKS).map_err(broken)?;
        let mark = Pending::new(marks.get(key).map_err(broken)?).await.map_err(broken)?;
        if let Ok(mark) = mark.dyn_into::<Object>() {
            let _set = js_sys::Reflect::set(&mark, &USED.into(), &Date::now().into());
            Pending::new(marks.put_with_key(&mark, key).map_err(broken)?).await.map_err(broken)?;
        }
        tx.finish().await.map_err(broken)
    }

    /// What has no room is not written: before that, what was used longest ago goes.
    async fn make_room(&self, needed: f64) -> Result<(), Failure> {
        let (held, limit) = (self.counted().await?, self.limit().await);
        match held + needed > limit {
            // A little more than is needed now, so that not every chunk has to.
            true => self.evict((limit * 0.9 - needed).max(0.0)).await,
            false => Ok(()),
        }
    }

    /// Takes out chunks until no more than so many bytes are held, those first that were used longest ago.
    async fn evict(&self, most: f64) -> Result<(), Failure> {
        let marks = self.marks().await?.into_iter().filter(|mark| !mark.pinned);
        let mut held: f64 = marks.clone().map(|mark| mark.size).sum();
        let going = marks.take_while(|mark| {
            let goes = held > most;
            held -= mark.size;
            goes
        });
        let going: Vec<JsValue> = going.map(|mark| mark.key).collect();
        self.remove_keys(going).await
    }

    async fn remove_keys(&self, keys: Vec<JsValue>) -> Result<(), Failure> {
        let tx = self.begin(&[CHUNKS, MARKS], Mode::Quick).await?;
        let (chunks, marks) = (tx.store(CHUNKS).map_err(broken)?, tx.store(MARKS).map_err(broken)?);
        for key in &keys {
            let chunk = Pending::new(chunks.delete(key).map_err(broken)?);
            let mark = Pending::new(marks.delete(key).map_err(broken)?);
            let (chunk, mark) = join(chunk, mark).await;
            chunk.and(mark).map_err(broken)?;
        }
        self.held.set(None);
        tx.finish().await.map_err(broken)?;
        if let Ok(folder) = self.folder().await {
            for key in &keys {
                folder.remove(key).await;
            }
        }
        Ok(())
    }

    /// All marks, of what was used longest ago first.
    async fn marks(&self) -> Result<Vec<Mark>, Failure> {
        let tx = self.begin(&[MARKS], Mode::Read).await?;
        let used = tx.store(MARKS).and_then(|marks| marks.index(USED)).map_err(broken)?;
        let values = Pending::new(used.get_all().map_err(broken)?);
        let keys = Pending::new(used.get_all_keys().map_err(broken)?);
        let (values, keys) = join(values, keys).await;
        tx.finish().await.map_err(broken)?;
        let (values, keys): (Array, Array) =
            (values.map_err(broken)?.unchecked_into(), keys.map_err(broken)?.unchecked_into());
        let now = Date::now();
        let marks = values.iter().zip(keys.iter()).map(|(mark, key)| Mark {
            key,
            size: number(&mark, SIZE),
            pinned: is_pinned(&mark, now),
        });
        Ok(marks.collect())
    }

    async fn counted(&self) -> Result<f64, Failure> {
        let now = Date::now();
        if let Some((held, _)) = self.held.get().filter(|(_, when)| now - when < COUNT_MS) {
            return Ok(held);
        }
        let marks = self.marks().await?;
        if !self.swept.replace(true)
            && let Ok(folder) = self.folder().await
        {
            let marked: Vec<JsValue> = marks.iter().map(|mark| mark.key.clone()).collect();
            disk::sweep(&folder, &marked).await;
        }
        let held = marks.iter().filter(|mark| !mark.pinned).map(|mark| mark.size).sum();
        self.held.set(Some((held, now)));
        Ok(held)
    }

    async fn limit(&self) -> f64 {
        let now = Date::now();
        let quota = match self.quota.get().filter(|(_, when)| now - when < COUNT_MS) {
            Some((quota, _)) => Some(quota),
            // The browser counts what all of the origin takes, each time that it is asked.
            None => {
                let storage = get(&get(&js_sys::global(), "navigator"), "storage");
                let room = come(call(&storage, "estimate", &[])).await;
                let quota = room.ok().and_then(|room| get(&room, "quota").as_f64());
                self.quota.set(quota.map(|quota| (quota, now)));
                quota
            }
        };
        let (limit, share) = self.limit.get().map_or((LIMIT, SHARE), |limit| (limit, CHOSEN_SHARE));
        quota.map_or(limit, |quota| limit.min(quota * share))
    }

    /// Begins a transaction; opens the database, again if the browser has closed it.
    async fn begin(&self, stores: &[&str], mode: Mode) -> Result<Tx, Failure> {
        let begin = || self.link.borrow().as_ref().map_or(Ok(None), |link| link.begin(stores, mode)).map_err(broken);
        if let Some(tx) = begin()? {
            return Ok(tx);
        }
        let link = Link::open(&self.name, VERSION, |db, _| {
            db.create_object_store(CHUNKS)?;
            db.create_object_store(MARKS)?.create_index_with_str(USED, USED).map(|_| ())
        });
        let link = link.await.map_err(broken)?;
        *self.link.borrow_mut() = Some(link);
        begin()?.ok_or_else(|| Failure::Broken("the browser closes the database".to_owned()))
    }
}

fn is_pinned(mark: &JsValue, now: f64) -> bool {
    get(mark, KEPT).is_truthy() && now - number(mark, USED) < KEPT_MS
}

fn number(of: &JsValue, name: &str) -> f64 {
    get(of, name).as_f64().unwrap_or_default()
}
