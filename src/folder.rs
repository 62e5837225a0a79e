//! The origin's own folder on the disk (File System standard), in which chunks of files lie, each in a file under its hash. To write there costs
//! a browser half of what a Blob in its database does. Where there is none (private windows of some browsers) the chunks are in the database.
//!
//! A file without a mark in the database (`src/chunks.rs`) is nobody's: a worker died between the two.

use js_sys::{AsyncIterator, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions};

use crate::idb::named;

/// The folder of one database.
pub(crate) struct Folder(pub(crate) FileSystemDirectoryHandle);

impl Folder {
    /// An error: this browser has none, or not here, or not now; or `create` is not set and nothing has been put there.
    pub(crate) async fn open(name: &str, create: bool) -> Result<Self, JsValue> {
        let storage = get(&get(&js_sys::global(), "navigator"), "storage");
        let ask: Function = get(&storage, "getDirectory").dyn_into()?;
        let root: FileSystemDirectoryHandle = come(ask.call0(&storage)?.dyn_into()?).await?;
        let how = FileSystemGetDirectoryOptions::new();
        how.set_create(create);
        come(root.get_directory_handle_with_options(name, &how)).await.map(Self)
    }

    /// What lies there under this key. It may be part of a chunk: who reads it compares the size, and what it opens to.
    pub(crate) async fn file(&self, key: &JsValue) -> Result<Blob, JsValue> {
        let handle: FileSystemFileHandle = come(self.0.get_file_handle(&name_of(key))).await?;
        come(handle.get_file()).await
    }

    /// Takes it out, if it is there.
    pub(crate) async fn remove(&self, key: &JsValue) {
        // One that is open in another worker stays, and is nobody's then.
        let _removed: Result<JsValue, JsValue> = come(self.0.remove_entry(&name_of(key))).await;
    }

    /// Names of all files.
    pub(crate) async fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let keys: AsyncIterator = self.0.keys();
        while let Ok(next) = keys.next() {
            let Ok(entry) = come::<JsValue>(next).await else { break };
            let Some(name) = get(&entry, "value").as_string() else { break };
            names.push(name);
        }
        names
    }
}

/// The name of a chunk's file: its hash in hex.
pub(crate) fn name_of(key: &JsValue) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four & 15)]);
    Uint8Array::new(key).to_vec().into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte)]).collect()
}

/// What was asked for; none: it is not there. A disk that is busy, or a browser that has no memory just now, says nothing of that.
pub(crate) fn there<T>(asked: Result<T, JsValue>) -> Result<Option<T>, JsValue> {
    match asked {
        Err(thrown) if named(&thrown, "NotFoundError") => Ok(None),
        asked => asked.map(Some),
    }
}

async fn come<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await.map(JsCast::unchecked_into)
}

/// A property; undefined where there is none.
pub(crate) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}
