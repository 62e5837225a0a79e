//! The database of sealed chunks as both workers know it: its names, and what a mark says. The file worker makes and fills it
//! (`src/files/store.rs`), the engine's reads what is to go up and says what need not be kept any more (`src/worker/kept.rs`).
//!
//! The bytes of a chunk are in a file of the folder of the same name (`src/folder.rs`), or in `chunks` as a Blob under its hash where that is not
//! to be had; one that is in `chunks` counts. `marks` has an object under the same key: [`SIZE`] in bytes, when it was last
//! [`USED`] (Unix milliseconds), whether an upload needs it ([`KEPT`]), and of one that a page has put there for an upload, the name of the Web
//! Lock that is held for as long as that page lives ([`BY`]).

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use xchat_wire::BlobHash;

/// Name of the database.
pub const NAME: &str = "xchat-files";
pub(crate) const VERSION: u32 = 1;
pub(crate) const CHUNKS: &str = "chunks";
pub(crate) const MARKS: &str = "marks";

pub(crate) const SIZE: &str = "size";
/// The name of an index, too.
pub(crate) const USED: &str = "used";
pub(crate) const KEPT: &str = "kept";
pub(crate) const BY: &str = "by";

/// Under what a chunk and its mark lie.
pub(crate) fn key(hash: &BlobHash) -> JsValue {
    Uint8Array::from(hash.as_bytes().as_slice()).buffer().into()
}
