//! The files of a folder that is dropped, and of the folders in it.

use std::future::Future;
use std::pin::Pin;

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;
use xchat_engine::api::MAX_FILES;

use crate::ui::browser::js::{call, come, get};

/// What was dropped, in its order. A folder's files stand by name; systems' own, which begin with a point, are left out. Of more than a
/// message takes one is in it, so that it shows that there are more.
pub(super) async fn within(dropped: Vec<JsValue>) -> Vec<File> {
    let mut files = Vec::new();
    for entry in dropped {
        gather(entry, &mut files).await;
    }
    files
}

fn gather(entry: JsValue, files: &mut Vec<File>) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async move {
        if files.len() > MAX_FILES {
            return;
        }
        if get(&entry, "isDirectory").is_falsy() {
            let file = answer(&entry, "file").await.and_then(|file| file.dyn_into().ok());
            return files.extend(file);
        }
        let Some(reader) = call(&entry, "createReader", &[]) else { return };
        let mut entries = Vec::new();
        // A browser gives them a hundred at a time.
        while let Some(more) = answer(&reader, "readEntries").await {
            let more = Array::from(&more);
            if more.length() == 0 {
                break;
            }
            entries.extend(more.iter().map(|entry| (get(&entry, "name").as_string().unwrap_or_default(), entry)));
        }
        entries.retain(|(name, _)| !name.starts_with('.'));
        xchat_engine::api::in_order(&mut entries, |(one, _), (other, _)| one < other);
        for (_, entry) in entries {
            gather(entry, files).await;
        }
    })
}

/// What a method answers by the first of its two callbacks. None: it answers by the other.
async fn answer(of: &JsValue, method: &str) -> Option<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        if call(of, method, &[resolve.into(), reject.clone().into()]).is_none() {
            let _told = reject.call0(&JsValue::NULL);
        }
    });
    come(promise.into()).await
}
