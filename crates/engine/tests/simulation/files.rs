//! Files in a simulated world: they are sent, passed on and deleted for all, and what stands can be had from the relay, which has nothing else.

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use xchat_engine::api::{Attachments, ChatId, Command, FileCommand, Mark, MessageView};
use xchat_wire::BlobHash;

use crate::{check::LAST_WORDS, event::Place, files_setup::staged, run::Simulation};

/// A message with a file, on a device's screen.
struct Held {
    /// Whose it is: the person.
    author: usize,
    mine: bool,
    chunk: BlobHash,
    expires: u64,
    /// It is at the relay, for all that its author knows.
    sent: bool,
}

impl Simulation {
    /// Sends a file of its own. Where the relay keeps none there are none.
    pub fn send_file(&mut self, number: u32, who: usize, place: Place) {
        let Some(chat) = self.chat_id(place).filter(|_| self.frame.is_some() && self.lives(who)) else { return };
        let file = staged(&mut self.world, who, 300 + u64::from(number));
        self.files.extend(&file.source.chunks);
        let files: Vec<ByteVec> = vec![file.to_bytes().into()];
        let what = FileCommand::Send { files, text: String::new() }.to_bytes().into();
        self.world.command(who, Command::Files { chat, reply: None, tag: None, what });
    }

    /// Passes the latest file on that a device has.
    pub fn forward_file(&mut self, who: usize, to: Place) {
        let Some(to) = self.chat_id(to) else { return };
        if let Some((chat, message, chunk)) = self.latest_file(who, |_| true) {
            self.facts.passed_on.insert(chunk);
            self.world.command(who, Command::Forward { chat, order: message.order, to: vec![to] });
        }
    }

    /// Deletes the latest own file for all.
    pub fn take_back_file(&mut self, who: usize) {
        if let Some((chat, message, chunk)) = self.latest_file(who, |message| message.mine) {
            self.facts.taken_back.insert((self.owner(who), chunk));
            self.world.command(who, Command::DeleteForAll { chat, order: message.order });
        }
    }

    /// Deletes the latest own file here alone. Of one that was still on its way nobody has heard.
    pub fn drop_file(&mut self, who: usize) {
        if let Some((chat, message, chunk)) = self.latest_file(who, |message| message.mine) {
            if Attachments::from_bytes(message.attachments.as_ref().unwrap()).unwrap().going.is_none() {
                self.facts.dropped.insert(chunk);
            } else if !message.forwarded {
                self.facts.unsent.insert((who, chunk));
            }
            self.world.command(who, Command::DeleteForMe { chat, order: message.order });
        }
    }

    /// Everybody sends a file once more, and deletes it while it is somewhere on its way.
    pub fn drop_on_the_way(&mut self) {
        for who in 0..self.world.devices.len() {
            let places = self.places(who).into_iter().cycle();
            for (place, steps) in places.zip([2, 4, 6, 8]) {
                self.send_file(LAST_WORDS + steps + 10 * who as u32, who, place);
                for _ in 0..steps {
                    _ = self.world.deliver_up(who) || self.world.deliver_down(who, 1);
                }
                self.drop_file(who);
                while self.world.deliver_up(who) || self.world.deliver_down(who, 9) {}
            }
        }
        self.rest(1);
    }

    /// Everybody deletes for all what they have sent: first what is no copy, and what was passed on does without it; then that too.
    pub fn take_all_back(&mut self, copies: bool) {
        for who in (0..self.world.devices.len()).filter(|who| self.lives(*who)).collect::<Vec<_>>() {
            for chat in self.places(who).into_iter().filter_map(|place| self.chat_id(place)).collect::<Vec<_>>() {
                for (message, chunk) in self.with_files(who, chat) {
                    if message.mine && message.forwarded == copies {
                        self.facts.taken_back.insert((self.owner(who), chunk));
                        self.world.command(who, Command::DeleteForAll { chat, order: message.order });
                    }
                }
            }
        }
        self.rest(1);
    }

    fn latest_file(
        &mut self,
        who: usize,
        counts: impl Fn(&MessageView) -> bool,
    ) -> Option<(ChatId, MessageView, BlobHash)> {
        let chats: Vec<ChatId> = self.places(who).into_iter().filter_map(|place| self.chat_id(place)).collect();
        let of = |chat| self.with_files(who, chat).into_iter().map(move |(message, chunk)| (chat, message, chunk));
        let files: Vec<_> = chats.into_iter().flat_map(of).collect();
        files.into_iter().filter(|(_, message, _)| counts(message)).max_by_key(|(_, message, _)| message.time)
    }

    /// The messages of a conversation that have files, and their chunk.
    fn with_files(&mut self, who: usize, chat: ChatId) -> Vec<(MessageView, BlobHash)> {
        if !self.lives(who) {
            return Vec::new();
        }
        let chunk = |message: MessageView| {
            let file = Attachments::from_bytes(message.attachments.as_ref()?).unwrap().files.pop()?;
            Some((message, file.source?.chunks.pop()?))
        };
        self.world.messages(who, chat).into_iter().filter_map(chunk).collect()
    }

    fn held(&mut self, who: usize, place: Place) -> Vec<Held> {
        let Some(chat) = self.chat_id(place) else { return Vec::new() };
        let of = |(message, chunk): (MessageView, BlobHash), simulation: &Self| {
            let author = match (message.mine, &message.author, place) {
                (true, ..) => simulation.owner(who),
                (false, Some(author), _) => simulation.number_of(&author.person).unwrap(),
                (false, None, Place::With(whom)) => whom,
                (false, None, Place::Group(_)) => panic!("a message of nobody"),
            };
            let files = Attachments::from_bytes(message.attachments.as_ref().unwrap()).unwrap();
            let sent = files.going.is_none() && message.mark.is_none_or(|mark| mark >= Mark::Sent);
            let expires = files.files[0].expires.unwrap();
            Held { author, mine: message.mine, chunk, expires, sent }
        };
        self.with_files(who, chat).into_iter().map(|found| of(found, self)).collect()
    }

    /// Its person never had another device.
    fn lives_alone(&self, who: usize) -> bool {
        let of_person = |other: &usize| self.owner(*other) == self.owner(who) && self.lives(*other);
        (0..self.world.devices.len()).filter(of_person).count() == 1
    }

    /// What its author has deleted for all does not lie in the store of the device that sent it, unless that died over it or had the message
    /// no more. Of what was passed on nobody knows whether another message has it.
    fn check_stores(&self, here: &BTreeSet<(usize, BlobHash)>) {
        let facts = &self.facts;
        for (who, device) in self.world.devices.iter().enumerate().filter(|(_, device)| device.crashes == 0) {
            let unsent = device.kept.keys().find(|chunk| facts.unsent.contains(&(who, **chunk)));
            assert!(unsent.is_none(), "[what is deleted is thrown away] {unsent:?} at {who}");
            for chunk in
                device.kept.keys().filter(|chunk| !(facts.passed_on.contains(*chunk) || facts.dropped.contains(*chunk)))
            {
                let taken_back = facts.taken_back.contains(&(self.owner(who), *chunk));
                assert!(
                    !taken_back || here.contains(&(who, *chunk)),
                    "[what is deleted is thrown away] {chunk:?} at {who}"
                );
            }
        }
    }

    /// Whoever has a message that its author has not deleted can have its file; what nobody's message has is not at the relay.
    pub fn check_files(&mut self) {
        let facts = &self.facts;
        if facts.expired || facts.lost_store || facts.lied || !facts.hostile.is_empty() {
            return;
        }
        let (mut wanted, mut here) = (BTreeSet::new(), BTreeSet::new());
        for who in (0..self.world.devices.len()).filter(|who| self.lives(*who)).collect::<Vec<_>>() {
            for place in self.places(who) {
                for held in self.held(who, place) {
                    here.insert((who, held.chunk));
                    if held.mine {
                        wanted.insert(held.chunk);
                    }
                    // Another device of its author may have deleted it, out of reach of this one.
                    let taken_back = self.facts.taken_back.contains(&(held.author, held.chunk));
                    let alone = held.mine && self.lives_alone(who);
                    if held.sent && held.expires > self.world.now && (alone || !taken_back) {
                        let there = self.world.relay.blob(&held.chunk, self.world.now).is_some();
                        assert!(there, "[what stands can be had] a file of {} at {who} in {place:?}", held.author);
                    }
                }
            }
        }
        // What somebody deletes for themselves stays for others, and a device that was taken off may not have said what it gave up.
        if self.facts.deleted.is_empty() && self.facts.revoked.is_empty() {
            for chunk in self.files.difference(&wanted).filter(|chunk| !self.facts.dropped.contains(chunk)) {
                let there = self.world.relay.blob(chunk, self.world.now).is_some();
                assert!(!there, "[what nobody has is gone] {chunk:?}");
            }
            self.check_stores(&here);
        }
    }
}
