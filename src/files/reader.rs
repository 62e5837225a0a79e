//! The content of a file, in order: pieces as large as the browser likes, cut as they are asked for.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::js::{call, come, free, get};
use crate::filing::Failure;

/// Reads a file from its beginning to its end, once: a tenth of the time that many stretches of it take.
pub(super) struct Reader {
    pieces: JsValue,
    /// What was read and not yet taken.
    rest: Option<Uint8Array>,
}

impl Reader {
    pub(super) fn new(file: &Blob) -> Result<Self, Failure> {
        let stream = call(file, "stream", &[]).map_err(unreadable)?;
        Ok(Self { pieces: call(&stream, "getReader", &[]).map_err(unreadable)?, rest: None })
    }

    /// The next bytes, as many as these have room for. Refused: a file that was changed meanwhile is shorter, or cannot be read.
    pub(super) async fn fill(&mut self, out: &Uint8Array) -> Result<(), Failure> {
        let mut at = 0;
        while at < out.length() {
            let piece = match self.rest.take() {
                Some(piece) => piece,
                None => {
                    let read = come(call(&self.pieces, "read", &[])).await.map_err(unreadable)?;
                    get(&read, "value").dyn_into().map_err(unreadable)?
                }
            };
            let taken = piece.length().min(out.length() - at);
            out.set(&piece.subarray(0, taken), at);
            at += taken;
            match taken < piece.length() {
                true => self.rest = Some(piece.subarray(taken, piece.length())),
                false => free(&[piece]),
            }
        }
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Nothing happens to one that is at its end.
        let _stopped = call(&self.pieces, "cancel", &[]);
    }
}

fn unreadable(_: JsValue) -> Failure {
    Failure::Unreadable
}
