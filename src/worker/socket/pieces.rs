//! What has happened on the connections and was not yet taken, in order.

use std::collections::VecDeque;

use xchat_wire::ServerFrame;

use super::Happened;

/// Frames in one batch, at most.
const BATCH_FRAMES: usize = 256;
/// Bytes in one batch; the frame that goes over it is the last.
const BATCH_BYTES: usize = 1024 * 1024;

/// One thing that has happened.
pub(super) enum Piece {
    Connecting,
    /// A frame, and its length in bytes.
    Frame(ServerFrame, usize),
    Ended,
    Garbled,
}

/// The queue, and what is in it.
#[derive(Default)]
pub(super) struct Pieces {
    queue: VecDeque<Piece>,
    bytes: usize,
    turns: usize,
}

impl Pieces {
    pub(super) fn push(&mut self, piece: Piece) {
        match &piece {
            Piece::Frame(_, size) => self.bytes += size,
            Piece::Connecting | Piece::Ended | Piece::Garbled => self.turns += 1,
        }
        self.queue.push_back(piece);
    }

    /// The next; frames that stand together come as one batch, within its bounds.
    pub(super) fn take(&mut self) -> Option<Happened> {
        let (frame, size) = match self.queue.pop_front()? {
            Piece::Frame(frame, size) => (frame, size),
            Piece::Connecting => return Some(self.turn(Happened::Connecting)),
            Piece::Ended => return Some(self.turn(Happened::Ended)),
            Piece::Garbled => return Some(self.turn(Happened::Garbled)),
        };
        let (mut frames, mut bytes) = (vec![frame], size);
        while frames.len() < BATCH_FRAMES
            && bytes < BATCH_BYTES
            && let Some(Piece::Frame(frame, size)) = self.queue.pop_front_if(|piece| matches!(piece, Piece::Frame(..)))
        {
            frames.push(frame);
            bytes += size;
        }
        self.bytes -= bytes;
        Some(Happened::Frames(frames))
    }

    fn turn(&mut self, happened: Happened) -> Happened {
        self.turns -= 1;
        happened
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes of the frames.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A connection has begun or ended since the last that was taken.
    pub(super) fn has_turn(&self) -> bool {
        self.turns > 0
    }

    /// Drops the frames; that connections began and ended stays.
    pub(super) fn drop_frames(&mut self) {
        self.queue.retain(|piece| !matches!(piece, Piece::Frame(..)));
        self.bytes = 0;
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
