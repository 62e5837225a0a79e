//! What the browser keeps for the app, read around the app: rows as they lie in IndexedDB, and the very files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use crate::Browser;
use crate::programs::Kind;

/// What was found in the origin's storage.
#[derive(Debug, Deserialize)]
pub struct Stored {
    /// Rows in each object store.
    pub rows: BTreeMap<String, usize>,
    /// Bytes of all keys and values that were looked at.
    pub bytes: usize,
    /// `text in place`, for each text that stands there in the clear.
    pub found: Vec<String>,
    /// WebCrypto keys.
    pub keys: usize,
    /// Those among them that a script could read out.
    pub extractable: usize,
}

impl Browser {
    /// Dumps everything that the page's origin keeps and searches it for texts, as UTF-8 and as UTF-16.
    pub async fn stored(&self, texts: &[&str]) -> Stored {
        self.script(include_str!("js/storage.js"), vec![json!(texts)]).await
    }

    /// The files of this profile's IndexedDB in which one of the texts stands in the clear, and how many files there are.
    /// The browser must be closed.
    pub fn stored_files(&self, texts: &[&str]) -> (Vec<PathBuf>, usize) {
        let mut files = Vec::new();
        let place = match self.kind() {
            Kind::Chromium => "Default/IndexedDB",
            Kind::Firefox => "storage/default",
        };
        collect(&self.profile().join(place), &mut files);
        let needles: Vec<Vec<u8>> = texts.iter().flat_map(|text| spellings(text)).collect();
        let count = files.len();
        files.retain(|file| {
            let bytes = fs::read(file).expect("a closed browser's files can be read");
            needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle))
        });
        (files, count)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("no folder {}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder can be read").path()) {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The bytes of a text in the encodings that a database may choose.
fn spellings(text: &str) -> [Vec<u8>; 3] {
    let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    [text.as_bytes().to_vec(), little, big]
}
