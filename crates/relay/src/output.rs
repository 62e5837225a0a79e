//! Frames on their way to one connection, counted in bytes.

use std::collections::VecDeque;

use bytes::Bytes;
use xchat_wire::ServerFrame;

use crate::limits::{OUTPUT_BYTES, OUTPUT_ROOM, OUTPUT_SIGNALS};

/// A queue that knows when its reader is too slow.
#[derive(Debug, Default)]
pub(crate) struct Output {
    frames: VecDeque<Bytes>,
    bytes: usize,
}

impl Output {
    /// Queues a frame.
    pub(crate) fn push(&mut self, frame: &ServerFrame) {
        self.push_encoded(xchat_wire::encode(frame).into());
    }

    /// Queues a frame that was encoded for all its receivers together.
    pub(crate) fn push_encoded(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// The oldest frame.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        if self.frames.is_empty() {
            // An idle connection keeps no memory of a busy time.
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    /// Forgets what is queued: the connection ends, and its client asks again.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// More records may be queued.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes < OUTPUT_ROOM
    }

    /// Signals may be queued: less than half of what a reader may let wait is waiting.
    pub(crate) fn has_room_for_signals(&self) -> bool {
        self.bytes <= OUTPUT_SIGNALS
    }

    /// More waits than a reader that is alive lets wait.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes > OUTPUT_BYTES
    }
}
