//! The sealed chunks of files, as the file worker keeps them (`src/chunks.rs`): this worker reads what is to go up and says what need not be kept
//! any more. A chunk is a Blob, which the browser reads from the disk as it sends it.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, IdbDatabase};
use xchat_wire::BlobHash;

use crate::chunks::{BY, CHUNKS, KEPT, MARKS, NAME, VERSION, key};
use crate::folder::{Folder, get, there};
use crate::idb::{self, Mode, Pending, Tx};

/// A chunk's bytes, as the body of a request. None: it is not here. An error: whether it is cannot be told now.
pub(super) async fn chunk(hash: &BlobHash) -> Result<Option<Blob>, JsValue> {
    let Some(db) = Open::now().await? else { return Ok(None) };
    let tx = Tx::begin(&db.0, &[CHUNKS, MARKS], Mode::Read)?;
    let key = key(hash);
    let (found, mark) = (Pending::new(tx.store(CHUNKS)?.get(&key)?), Pending::new(tx.store(MARKS)?.get(&key)?));
    let (found, mark) = (found.await?, mark.await?);
    tx.finish().await?;
    if found.is_object() || mark.is_undefined() {
        return Ok(found.dyn_into().ok());
    }
    there(match Folder::open(NAME, false).await {
        Ok(folder) => folder.file(&key).await,
        Err(thrown) => Err(thrown),
    })
}

/// Whether the browser can read all of it. From what the power took, or a person deleted, it cannot, and a request says nothing of that.
pub(super) async fn is_readable(chunk: &Blob) -> bool {
    JsFuture::from(chunk.array_buffer()).await.is_ok()
}

/// Nobody needs these chunks for an upload any more: they may be thrown away when room is needed.
pub(super) async fn release(hashes: &[BlobHash]) -> Result<(), JsValue> {
    settle(&keys(hashes), false).await
}

/// Nobody needs these chunks at all.
pub(super) async fn discard(hashes: &[BlobHash]) -> Result<(), JsValue> {
    settle(&keys(hashes), true).await
}

/// Of what is kept for uploads these chunks alone are to go. Others are released, but for what a page that lives has put there and may
/// still send.
pub(super) async fn keep_only(hashes: &[BlobHash]) -> Result<(), JsValue> {
    let kept = marked(true).await?;
    // A page's lock is held before its first chunk is there, so after these were read nobody is missing among them.
    let living = living().await?;
    let loose = kept.into_iter().filter(|(key, mark)| {
        let key = Uint8Array::new(key).to_vec();
        !living.includes(&get(mark, BY), 0) && hashes.iter().all(|hash| hash.as_bytes() != key.as_slice())
    });
    let loose: Array = loose.map(|(key, _)| key).collect();
    if loose.length() == 0 { Ok(()) } else { settle(&loose, false).await }
}

/// Throws away all chunks that no upload needs, so that there is room for what cannot be fetched again. Whether there were any.
pub(super) async fn give_way() -> Result<bool, JsValue> {
    let loose: Array = marked(false).await?.into_iter().map(|(key, _)| key).collect();
    settle(&loose, true).await?;
    Ok(loose.length() > 0)
}

/// All chunks that uploads need, or all others, with their marks.
async fn marked(kept: bool) -> Result<Vec<(JsValue, JsValue)>, JsValue> {
    let Some(db) = Open::now().await? else { return Ok(Vec::new()) };
    let tx = Tx::begin(&db.0, &[MARKS], Mode::Read)?;
    let marks = tx.store(MARKS)?;
    let (keys, marks) = (Pending::new(marks.get_all_keys()?), Pending::new(marks.get_all()?));
    let (keys, marks) = (Array::from(&keys.await?), Array::from(&marks.await?));
    tx.finish().await?;
    Ok(keys.iter().zip(marks.iter()).filter(|(_, mark)| get(mark, KEPT).is_truthy() == kept).collect())
}

/// No upload needs these chunks any more; or they go.
async fn settle(keys: &Array, goes: bool) -> Result<(), JsValue> {
    let Some(db) = Open::now().await? else { return Ok(()) };
    let tx = Tx::begin(&db.0, &[CHUNKS, MARKS], Mode::Write)?;
    let (chunks, marks) = (tx.store(CHUNKS)?, tx.store(MARKS)?);
    for key in keys.iter() {
        if goes {
            // What keeps one of them from going ends the transaction.
            chunks.delete(&key)?;
            marks.delete(&key)?;
            continue;
        }
        let mark = Pending::new(marks.get(&key)?).await?;
        if mark.is_object() {
            Reflect::set(&mark, &KEPT.into(), &JsValue::FALSE)?;
            marks.put_with_key(&mark, &key)?;
        }
    }
    tx.finish().await?;
    if goes && let Ok(folder) = Folder::open(NAME, false).await {
        for key in keys.iter() {
            folder.remove(&key).await;
        }
    }
    Ok(())
}

/// Names of all locks that are held.
async fn living() -> Result<Array, JsValue> {
    let locks = get(&get(&js_sys::global(), "navigator"), "locks");
    let query: Function = get(&locks, "query").dyn_into()?;
    let found = JsFuture::from(query.call0(&locks)?.dyn_into::<Promise>()?).await?;
    Ok(Array::from(&get(&found, "held")).iter().map(|lock| get(&lock, "name")).collect())
}

fn keys(hashes: &[BlobHash]) -> Array {
    hashes.iter().map(key).collect()
}

/// The open database, closed when dropped: the file worker may want to delete it.
struct Open(IdbDatabase);

impl Open {
    /// None: the file worker has not made it, so nothing is in it.
    async fn now() -> Result<Option<Self>, JsValue> {
        let absent = || JsValue::from_str("absent");
        match idb::open(NAME, VERSION, move |_, _| Err(absent())).await {
            Ok(db) => Ok(Some(Self(db))),
            Err(error) if error == absent() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}
