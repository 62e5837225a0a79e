//! Memory that is used again: to have new memory for a chunk costs as much as to seal it.

use std::cell::RefCell;

use js_sys::Uint8Array;

use super::js::free;

/// What has no use just now: of one chunk at most, since gates do not count it. Given back to the browser when this is dropped.
#[derive(Default)]
pub(super) struct Spare(RefCell<Option<Uint8Array>>);

impl Spare {
    /// So many bytes, whatever is in them.
    pub(super) fn take(&self, length: u32) -> Uint8Array {
        let spare = self.0.borrow_mut().take_if(|bytes| bytes.length() >= length);
        spare.unwrap_or_else(|| Uint8Array::new_with_length(length)).subarray(0, length)
    }

    /// These have no use any more, and nobody looks at them.
    pub(super) fn give(&self, bytes: &Uint8Array) {
        let before = self.0.replace(Some(Uint8Array::new(&bytes.buffer())));
        free(before.as_slice());
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        free(self.0.take().as_slice());
    }
}
