//! That somebody is writing: a signal to those who listen to the log now. It is sealed under a key of the epoch, not by the
//! ratchet, since it may be lost; nothing of it is stored.

use minicbor::CborLen;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{
    Address, ClientFrame, Epoch,
    cbor::{Decode, Encode},
};

use crate::{
    Engine,
    api::{ChatId, ChatState, Event, Problem, TYPING_MS},
    connection::Purpose,
    seal::Sealer,
};

/// That a person is writing is said this often at most, in milliseconds.
const SAY_EVERY_MS: u64 = 4_000;
const FORMAT: u8 = 1;
const LABEL: &[u8] = b"xchat signal 1";

/// What a signal says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
struct Signal {
    #[n(0)]
    kind: u32,
    /// The sender's leaf in the group. Any member could claim it.
    #[n(1)]
    leaf: u32,
}

/// Its sender is writing.
const TYPING: u32 = 0;

fn associated(log: &Address, epoch: Epoch) -> Vec<u8> {
    [LABEL, log.as_bytes(), &epoch.0.to_be_bytes()].concat()
}

impl Engine {
    /// Says that this person is writing, where somebody is known to listen.
    pub(super) fn typing(&mut self, id: ChatId) -> Result<(), Problem> {
        let said = self.typed.get(&id).is_some_and(|at| self.now < at.saturating_add(SAY_EVERY_MS));
        if said || !self.tells_typing() {
            return Ok(());
        }
        let chat = self.chats.get(&id).ok_or(Problem::NoChat)?;
        // Whoever was never heard may still have it as a request.
        let room = chat.current_room().filter(|room| chat.state == ChatState::Open && room.confirmed);
        let caught_up = |log: &Address| self.connection.as_ref().is_some_and(|c| c.caught_up.contains_key(log));
        let Some(room) = room.filter(|room| caught_up(&room.log)) else { return Ok(()) };
        let (log, epoch) = (room.log, room.epoch);
        let nonce = self.provider.rand().bytes();
        let sealed = self.with_group(id, &log, |group, provider| {
            let signal = Signal { kind: crate::later::signal(TYPING), leaf: group.own_leaf() };
            let sealer = Sealer::new(&*group.signal_key(provider, &log)?);
            Ok(sealer.seal(
                FORMAT,
                nonce,
                &associated(&log, epoch),
                &crate::later::written(xchat_wire::encode(&signal)),
            ))
        });
        if let Ok(body) = sealed {
            self.typed.insert(id, self.now);
            let body = body.into();
            self.ask(Purpose::Signal, |request| ClientFrame::Signal { request, log, epoch, body });
        }
        Ok(())
    }

    /// A signal of another member. What does not open, or is of another kind, is nothing.
    pub(super) fn signalled(&mut self, address: Address, epoch: Epoch, body: &[u8]) {
        let Some(id) = self.chat_of_log(&address).filter(|_| self.tells_typing()) else { return };
        let chat = &self.chats[&id];
        if chat.state != ChatState::Open || chat.room(&address).is_none_or(|room| room.epoch != epoch) {
            return;
        }
        let opened = self.with_group(id, &address, |group, provider| {
            let sealer = Sealer::new(&*group.signal_key(provider, &address)?);
            let plain = sealer.open(FORMAT, &associated(&address, epoch), body).ok();
            let signal = plain.and_then(|plain| xchat_wire::decode::<Signal>(&plain).ok());
            Ok(signal.filter(|signal| signal.kind == TYPING).and_then(|signal| group.identity_at(signal.leaf).ok()))
        });
        let Ok(Some(person)) = opened else { return };
        if Some(person) != self.own_identity() {
            let (person, until) = (self.author(id, &person), self.now + TYPING_MS);
            self.out.events.push(Event::Typing { chat: id, person, until });
        }
    }

    /// Whether this person lets others know that they write, and is let know.
    fn tells_typing(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.privacy.typing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(hex::encode(xchat_wire::encode(&Signal { kind: TYPING, leaf: 3 })), "a200000103");
        let associated = associated(&Address::new([1; 32]), Epoch(2));
        assert_eq!(hex::encode(associated), format!("7863686174207369676e616c2031{}0000000000000002", "01".repeat(32)));
    }
}
