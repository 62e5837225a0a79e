//! In which room of a conversation of two is written: one order of all rooms, which every device of both people goes by.
//!
//! Rooms are begun at the same moment by devices that know nothing of each other, and all hold them all. So the choice rests on nothing
//! but what all come to know of a room alike: its generation, its log, and whether the other side is heard in it.

use std::cmp::Reverse;

use xchat_wire::Address;

use super::{Chat, Room};

impl Room {
    /// Its place in the order: of a later generation comes first, of one generation the lower log.
    pub(crate) fn rank(&self) -> (u64, Reverse<Address>) {
        (self.generation, Reverse(self.log))
    }
}

impl Chat {
    /// Takes a room of a conversation of two in.
    pub(crate) fn hold(&mut self, room: Room) {
        self.generation = self.generation.max(room.generation);
        self.rooms.push(room);
        self.choose();
    }

    /// Makes the first in the order the current one; those in which the other side is heard come before the others, which may have
    /// reached nobody. Whether that changes it.
    pub(crate) fn choose(&mut self) -> bool {
        let first = self.rooms.iter().max_by_key(|room| (room.confirmed, room.rank())).map(|room| room.log);
        std::mem::replace(&mut self.current, first) != first
    }

    /// Whether others may write in this room: it is the current one, or comes before it.
    pub(crate) fn leads(&self, room: &Room) -> bool {
        self.current_room().is_some_and(|current| current.rank() <= room.rank())
    }
}

#[cfg(test)]
mod tests {
    use xchat_wire::PublicKey;

    use super::*;
    use crate::{
        api::{ChatId, ChatState},
        state::{Kind, Secret},
    };

    fn room(log: u8, generation: u64, confirmed: bool) -> Room {
        let room = Room::new(Address::new([log; 32]), Secret::new([0; 32]), 0);
        Room { generation, confirmed, ..room }
    }

    /// The current one of these, in whatever order they come in.
    fn first(rooms: &[Room]) -> u8 {
        let mut found = Vec::new();
        for turn in 0..rooms.len() {
            let mut rooms = rooms.to_vec();
            rooms.rotate_left(turn);
            for rooms in [rooms.clone(), rooms.into_iter().rev().collect()] {
                let kind = Kind::Direct(PublicKey::new([1; 32]));
                let mut chat = Chat::new(ChatId([0; 16]), kind, ChatState::Open, 0);
                rooms.into_iter().for_each(|room| chat.hold(room));
                found.push(chat.current.unwrap().as_bytes()[0]);
            }
        }
        assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
        found[0]
    }

    #[test]
    fn the_room_that_was_begun_last_is_the_first_in_whatever_order_they_come() {
        assert_eq!(first(&[room(1, 5, true), room(3, 7, true), room(2, 7, true), room(4, 6, true)]), 2);
    }

    #[test]
    fn a_room_that_may_have_reached_nobody_comes_behind_one_in_which_the_other_side_is_heard() {
        assert_eq!(first(&[room(1, 5, false), room(2, 4, true), room(3, 6, false)]), 2);
    }

    #[test]
    fn a_room_that_comes_before_the_current_one_is_missed_and_one_behind_it_is_not() {
        let mut chat = Chat::new(ChatId([0; 16]), Kind::Direct(PublicKey::new([1; 32])), ChatState::Open, 0);
        let rooms = [room(1, 5, true), room(2, 4, true), room(3, 6, false)];
        rooms.clone().into_iter().for_each(|room| chat.hold(room));
        assert_eq!(rooms.map(|room| chat.leads(&room)), [true, false, true]);
    }
}
