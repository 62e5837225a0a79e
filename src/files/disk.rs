//! Chunks into files of the origin's own folder, which a worker of a page may write without asking anybody for each piece.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FileSystemFileHandle, FileSystemGetFileOptions, FileSystemSyncAccessHandle};

use super::js::get;
use crate::filing::Failure;
use crate::folder::{Folder, name_of};
use crate::idb::named;

/// A file without a mark that is so old, in milliseconds, is not being written any more.
const OLD_MS: f64 = 3_600_000.0;

/// Writes a chunk; `safe`: it is on the disk afterwards, whatever happens to the power. False: it cannot be written here, and belongs into the
/// database. Another tab that writes the same at this moment is a reason.
pub(super) async fn write(folder: &Folder, key: &JsValue, bytes: &Uint8Array, safe: bool) -> Result<bool, Failure> {
    // Not where windows are, and not in every browser.
    if get(&js_sys::global(), "FileSystemSyncAccessHandle").is_undefined() {
        return Ok(false);
    }
    let how = FileSystemGetFileOptions::new();
    how.set_create(true);
    let open = async || -> Result<FileSystemSyncAccessHandle, JsValue> {
        let file = JsFuture::from(folder.0.get_file_handle_with_options(&name_of(key), &how)).await?;
        let file: FileSystemFileHandle = file.unchecked_into();
        JsFuture::from(file.create_sync_access_handle()).await.map(JsCast::unchecked_into)
    };
    let Ok(file) = open().await else { return Ok(false) };
    let written = fill(&file, bytes, safe);
    file.close();
    match written {
        Ok(written) if written == f64::from(bytes.length()) => return Ok(true),
        Err(thrown) if !named(&thrown, "QuotaExceededError") => return Ok(false),
        _ => {}
    }
    folder.remove(key).await;
    Err(Failure::NoRoom)
}

fn fill(file: &FileSystemSyncAccessHandle, bytes: &Uint8Array, safe: bool) -> Result<f64, JsValue> {
    file.truncate_with_u32(0)?;
    let written = file.write_with_js_u8_array(bytes)?;
    if safe {
        file.flush()?;
    }
    Ok(written)
}

/// Removes files that have no mark and are not being written: nobody would ever find them.
pub(super) async fn sweep(folder: &Folder, marked: &[JsValue]) {
    let marked: Vec<String> = marked.iter().map(name_of).collect();
    for name in folder.names().await {
        if marked.contains(&name) {
            continue;
        }
        let Ok(file) = JsFuture::from(folder.0.get_file_handle(&name)).await else { continue };
        let Ok(file) = JsFuture::from(file.unchecked_into::<FileSystemFileHandle>().get_file()).await else { continue };
        let changed = get(&file, "lastModified").as_f64().unwrap_or_default();
        if js_sys::Date::now() - changed > OLD_MS {
            // One that is open after all stays.
            let _removed = JsFuture::from(folder.0.remove_entry(&name)).await;
        }
    }
}
