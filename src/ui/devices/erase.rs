//! Erases what X Chat keeps in this browser. What remains is the app's own files, which say nothing of anybody.

use js_sys::{Object, Promise};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::chunks;
use crate::ui::browser::js::{call, come, get, set};

/// Name of the engine's database (`src/worker/db/mod.rs`).
const MESSAGES: &str = "xchat";

/// How long others may take to let go of a database, in milliseconds.
const PATIENCE_MS: i32 = 10_000;

/// Deletes the folder and the database of files, the database of messages, and the choices of this browser. False: something is still
/// there. Workers that have a database open let go of it when they hear that it is to be deleted. A file of the folder that is being
/// written at this moment stays, which nobody can open without the messages, and which the app throws away later.
pub(super) async fn erase() -> bool {
    let storage = get(&get(&window(), "navigator"), "storage");
    if let Some(asked) = call(&storage, "getDirectory", &[])
        && let Some(root) = come(asked).await
    {
        let how = Object::new();
        set(&how, "recursive", true);
        if let Some(asked) = call(&root, "removeEntry", &[chunks::NAME.into(), how.into()]) {
            // Nothing was ever put there, perhaps.
            let _removed = come(asked).await;
        }
    }
    for database in [chunks::NAME, MESSAGES] {
        let asked = call(&get(&window(), "indexedDB"), "deleteDatabase", &[database.into()]);
        let over = Promise::new(&mut |done, failed| match &asked {
            Some(asked) => {
                set(asked, "onsuccess", done);
                // A tab that has it open and does not hear of it.
                let _timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(&failed, PATIENCE_MS);
                set(asked, "onerror", failed);
            }
            None => _ = failed.call0(&JsValue::UNDEFINED),
        });
        if come(over.into()).await.is_none() {
            return false;
        }
    }
    for choices in ["localStorage", "sessionStorage"] {
        let _cleared = call(&get(&window(), choices), "clear", &[]);
    }
    true
}
