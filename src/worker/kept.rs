//! The sealed chunks of files, as the file worker keeps them: a database of its own, of which this worker reads what is to go up and says
//! what need not be kept any more. A chunk is a Blob, which the browser reads from the disk as it sends it.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, IdbDatabase};
use xchat_wire::BlobHash;

use crate::idb::{self, Mode, Pending, Tx};

/// Its name, version and stores are the file worker's.
const NAME: &str = "xchat-files";
const VERSION: u32 = 1;
const CHUNKS: &str = "chunks";
const MARKS: &str = "marks";

/// A chunk's bytes, as the body of a request. None: it is not here.
pub(super) async fn chunk(hash: &BlobHash) -> Result<Option<Blob>, JsValue> {
    let Some(db) = Open::now().await? else { return Ok(None) };
    let tx = Tx::begin(&db.0, &[CHUNKS], Mode::Read)?;
    let found = Pending::new(tx.store(CHUNKS)?.get(&key(hash))?).await?;
    tx.finish().await?;
    Ok(found.dyn_into().ok())
}

/// Nobody needs these chunks for an upload any more: they may be thrown away when room is needed.
pub(super) async fn release(hashes: &[BlobHash]) -> Result<(), JsValue> {
    let Some(db) = Open::now().await? else { return Ok(()) };
    let tx = Tx::begin(&db.0, &[MARKS], Mode::Write)?;
    let marks = tx.store(MARKS)?;
    for hash in hashes {
        let mark = Pending::new(marks.get(&key(hash))?).await?;
        if let Some(mark) = mark.dyn_ref::<Object>() {
            Reflect::set(mark, &"kept".into(), &JsValue::FALSE)?;
            Pending::new(marks.put_with_key(mark, &key(hash))?).await?;
        }
    }
    tx.finish().await
}

/// Throws these chunks away, or all, as far as no upload needs them: nobody may see them any more, or there is to be room for what cannot
/// be fetched again. Whether there were any.
pub(super) async fn throw_away(hashes: Option<&[BlobHash]>) -> bool {
    thrown_away(hashes).await.unwrap_or_else(|error| {
        web_sys::console::warn_2(&"files do not give way".into(), &error);
        false
    })
}

async fn thrown_away(hashes: Option<&[BlobHash]>) -> Result<bool, JsValue> {
    let Some(db) = Open::now().await? else { return Ok(false) };
    let tx = Tx::begin(&db.0, &[CHUNKS, MARKS], Mode::Write)?;
    let (chunks, marks) = (tx.store(CHUNKS)?, tx.store(MARKS)?);
    let keys = match hashes {
        Some(hashes) => hashes.iter().map(key).collect(),
        None => js_sys::Array::from(&Pending::new(marks.get_all_keys()?).await?),
    };
    let mut any = false;
    for key in keys.iter() {
        let mark = Pending::new(marks.get(&key)?).await?;
        // One that is not here is nothing to throw away.
        if mark.is_object() && !Reflect::get(&mark, &"kept".into())?.is_truthy() {
            any = true;
            Pending::new(chunks.delete(&key)?).await?;
            Pending::new(marks.delete(&key)?).await?;
        }
    }
    tx.finish().await?;
    Ok(any)
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

fn key(hash: &BlobHash) -> JsValue {
    Uint8Array::from(hash.as_bytes().as_slice()).buffer().into()
}
