//! One network address's part of the writer's queue: so many bytes of all its connections together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::ADDRESS_BYTES;

/// What the connections of one address share.
#[derive(Clone)]
pub(crate) struct Share {
    lane: u64,
    room: Arc<Semaphore>,
}

/// Room for one write, given back when this is dropped: when the write is taken out of the queue, or is not to be.
#[derive(Debug)]
pub(crate) struct Room {
    /// Which writes it takes turns with: those of other addresses have another number. 0 is the relay's own.
    pub(crate) lane: u64,
    /// Nothing else of this address waits.
    pub(crate) alone: bool,
    _held: OwnedSemaphorePermit,
}

impl Share {
    /// The share of another address than all before.
    pub(crate) fn new() -> Self {
        static LANES: AtomicU64 = AtomicU64::new(1);
        Self { lane: LANES.fetch_add(1, Ordering::Relaxed), room: Arc::new(Semaphore::new(ADDRESS_BYTES)) }
    }

    /// Room for so many bytes, if there is any.
    pub(crate) fn try_room(&self, bytes: usize) -> Option<Room> {
        let held = self.room.clone().try_acquire_many_owned(permits(bytes)).ok()?;
        Some(Room::new(self.lane, &self.room, held))
    }

    /// Room for so many bytes, in the order in which it was asked for. Owns what it needs, so that whoever waits can be
    /// waiting for other things too.
    pub(crate) fn room(&self, bytes: usize) -> impl Future<Output = Room> + Send + use<> {
        let (lane, room) = (self.lane, self.room.clone());
        async move {
            let held = room.clone().acquire_many_owned(permits(bytes)).await.expect("nobody closes it");
            Room::new(lane, &room, held)
        }
    }
}

impl Room {
    fn new(lane: u64, room: &Semaphore, held: OwnedSemaphorePermit) -> Self {
        let alone = room.available_permits() + held.num_permits() == ADDRESS_BYTES;
        Self { lane, alone, _held: held }
    }
}

/// A write that is larger than all the room takes all of it.
fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes.min(ADDRESS_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn a_share_has_so_many_bytes_and_who_waits_for_room_has_it_in_their_turn() {
        let (share, mut cx) = (Share::new(), Context::from_waker(Waker::noop()));
        let first = share.try_room(ADDRESS_BYTES - 10).unwrap();
        assert!(first.alone && !share.try_room(10).unwrap().alone);
        assert!(share.try_room(11).is_none());
        let mut large = pin!(share.room(100));
        assert!(large.as_mut().poll(&mut cx).is_pending());
        assert!(share.try_room(5).is_none(), "nobody overtakes who waits");
        assert!(Share::new().try_room(ADDRESS_BYTES).is_some(), "another address has its own");
        drop(first);
        let Poll::Ready(room) = large.as_mut().poll(&mut cx) else { panic!("there is room now") };
        assert!(share.try_room(ADDRESS_BYTES - 99).is_none());
        drop(room);
        assert!(share.try_room(2 * ADDRESS_BYTES).is_some(), "what is larger than all the room takes all of it");
    }
}
