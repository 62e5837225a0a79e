//! The bytes of a file or of an answer, in order, into memory of one's own: pieces as large as the browser likes.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::js::{call, come, free, get, object};
use crate::filing::Failure;

/// Reads a stream from its beginning to its end, once. Of a file that is a tenth of the time that many stretches of it take.
pub(super) struct Reader {
    pieces: JsValue,
    /// Where what is read lies.
    room: Uint8Array,
    /// The browser reads into bytes that it is given.
    fills: bool,
    /// What was read and not yet taken, where it does not.
    rest: Option<Uint8Array>,
}

impl Reader {
    /// Of a file, for stretches of so many bytes at most.
    pub(super) fn new(file: &Blob, longest: u32) -> Result<Self, Failure> {
        let stream = call(file, "stream", &[]);
        stream.and_then(|stream| Self::of(&stream, Uint8Array::new_with_length(longest))).map_err(unreadable)
    }

    /// Of a stream, into these bytes.
    pub(super) fn of(stream: &JsValue, room: Uint8Array) -> Result<Self, JsValue> {
        let fills = object(&[("mode", "byob".into())]);
        Ok(match call(stream, "getReader", &[fills.into()]) {
            Ok(pieces) => Self { pieces, room, fills: true, rest: None },
            Err(_) => Self { pieces: call(stream, "getReader", &[])?, room, fills: false, rest: None },
        })
    }

    /// The next bytes, so many, until the next ones are read. Refused: a file that was changed meanwhile is shorter, or cannot be read.
    pub(super) async fn next(&mut self, length: u32) -> Result<Uint8Array, Failure> {
        let mut at = 0;
        while at < length {
            at += match self.some(at, length).await.map_err(unreadable)? {
                0 => return Err(Failure::Unreadable),
                read => read,
            };
        }
        Ok(self.room.subarray(0, length))
    }

    /// Reads some of the next bytes into this stretch of its room: how many. 0: there are no more.
    pub(super) async fn some(&mut self, from: u32, to: u32) -> Result<u32, JsValue> {
        let (stretch, length) = (self.room.subarray(from, to), self.room.length());
        if self.fills {
            let read = self.read(&[stretch.into()]).await?;
            // The bytes come back as another thing: what was given is empty. Its memory may be longer.
            self.room = Uint8Array::new(&read.buffer()).subarray(0, length);
            return Ok(read.length());
        }
        let piece = match self.rest.take() {
            Some(piece) => piece,
            None => self.read(&[]).await?,
        };
        let taken = piece.length().min(to - from);
        stretch.set(&piece.subarray(0, taken), 0);
        match taken < piece.length() {
            true => self.rest = Some(piece.subarray(taken, piece.length())),
            false => free(&[piece]),
        }
        Ok(taken)
    }

    /// The bytes that it has read into, if nothing comes after them.
    pub(super) async fn ends(mut self) -> Result<Option<Uint8Array>, JsValue> {
        let all = std::mem::replace(&mut self.room, Uint8Array::new_with_length(1));
        Ok((self.some(0, 1).await? == 0).then_some(all))
    }

    async fn read(&self, into: &[JsValue]) -> Result<Uint8Array, JsValue> {
        let read = come(call(&self.pieces, "read", into)).await?;
        Ok(get(&read, "value").dyn_into().unwrap_or_default())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Nothing happens to one that is at its end.
        let _stopped = call(&self.pieces, "cancel", &[]);
        free(std::slice::from_ref(&self.room));
    }
}

fn unreadable(_: JsValue) -> Failure {
    Failure::Unreadable
}
