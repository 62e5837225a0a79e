//! One group of members of both implementations, and what must hold in it after each step.

use super::member::{Change, Heard, Member, Said, Suite};
use super::{ours, theirs};

/// What the first four bytes of a PrivateMessage and of a Welcome are (RFC 9420 section 6): version, wire format.
const PRIVATE_MESSAGE: [u8; 4] = [0, 1, 0, 2];
const WELCOME: [u8; 4] = [0, 1, 0, 3];

/// Which implementation somebody is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ours,
    Theirs,
}

pub struct Room {
    suite: Suite,
    members: Vec<Box<dyn Member>>,
    /// Who was removed, and reads nothing from then on.
    removed: Vec<Box<dyn Member>>,
    people: u8,
}

impl Room {
    /// A room that somebody has created alone.
    pub fn new(suite: Suite, creator: Kind) -> Self {
        let mut room = Self { suite, members: Vec::new(), removed: Vec::new(), people: 0 };
        let mut first = room.person(creator);
        first.create(&[9; 32], b"the first note");
        room.members.push(first);
        room
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    fn person(&mut self, kind: Kind) -> Box<dyn Member> {
        self.people += 1;
        let name = format!("{kind:?} {}", self.people);
        match kind {
            Kind::Ours => ours::member(&name, self.suite, [self.people; 32]),
            Kind::Theirs => theirs::member(&name, self.suite),
        }
    }

    /// `who` adds somebody new.
    pub fn add(&mut self, who: usize, kind: Kind) {
        let mut newcomer = self.person(kind);
        let committed = self.members[who].commit(&Change::Add(newcomer.key_package()));
        let welcome = committed.welcome.unwrap();
        assert_eq!(welcome[..4], WELCOME);
        self.members[who].merge();
        self.deliver(who, &committed.commit);
        newcomer.join(&welcome);
        self.members.push(newcomer);
        self.agree();
    }

    /// `who` removes `whom`, who hears of it or not.
    pub fn remove(&mut self, who: usize, whom: usize, hears: bool) {
        let name = self.members[whom].name().to_owned();
        let commit = self.members[who].commit(&Change::Remove(name)).commit;
        self.members[who].merge();
        let mut gone = self.members.remove(whom);
        if hears {
            assert_eq!(gone.hear(&commit), Ok(Heard::Removed));
        }
        let who = if whom < who { who - 1 } else { who };
        self.deliver(who, &commit);
        self.removed.push(gone);
        self.agree();
    }

    pub fn update(&mut self, who: usize) {
        self.change(who, &Change::Update);
    }

    pub fn note(&mut self, who: usize, text: &[u8]) {
        self.change(who, &Change::Note(text.to_vec()));
        assert_eq!(self.members[who].note().as_deref(), Some(text));
    }

    fn change(&mut self, who: usize, change: &Change) {
        let commit = self.members[who].commit(change).commit;
        self.members[who].merge();
        self.deliver(who, &commit);
        self.agree();
    }

    /// Two commit in one epoch; the first one's is the epoch's.
    pub fn race(&mut self, first: usize, second: usize) {
        let winner = self.members[first].commit(&Change::Update).commit;
        self.members[second].commit(&Change::Update);
        self.members[second].discard();
        self.members[first].merge();
        self.deliver(first, &winner);
        self.agree();
    }

    /// `who` says something; everyone else reads it once, and who was removed does not.
    pub fn say(&mut self, who: usize, text: &[u8], aad: &[u8]) {
        let name = self.members[who].name().to_owned();
        let message = self.members[who].say(text, aad);
        assert_eq!(message[..4], PRIVATE_MESSAGE);
        for other in self.members.iter_mut().filter(|other| other.name() != name) {
            let said = Said { who: name.clone(), text: text.to_vec(), aad: aad.to_vec() };
            assert_eq!(other.hear(&message), Ok(Heard::Said(said)), "{} to {}", name, other.name());
            assert!(other.hear(&message).is_err(), "{} read a message twice", other.name());
        }
        self.nothing_for_the_removed(&message);
    }

    /// Messages to one member in another order than they were sent.
    pub fn say_out_of_order(&mut self, who: usize, count: u8) {
        let name = self.members[who].name().to_owned();
        let mut sent: Vec<_> = (0..count).map(|text| (text, self.members[who].say(&[text], b""))).collect();
        sent.reverse();
        for other in self.members.iter_mut().filter(|other| other.name() != name) {
            for (text, message) in &sent {
                let said = Said { who: name.clone(), text: vec![*text], aad: Vec::new() };
                assert_eq!(other.hear(message), Ok(Heard::Said(said)), "{} to {}", name, other.name());
            }
        }
    }

    fn deliver(&mut self, who: usize, commit: &[u8]) {
        assert_eq!(commit[..4], PRIVATE_MESSAGE);
        for (place, other) in self.members.iter_mut().enumerate() {
            if place != who {
                assert_eq!(other.hear(commit), Ok(Heard::Commit), "{}", other.name());
            }
        }
        self.nothing_for_the_removed(commit);
    }

    fn nothing_for_the_removed(&mut self, message: &[u8]) {
        for gone in &mut self.removed {
            assert!(gone.hear(message).is_err(), "{} read on", gone.name());
        }
    }

    /// All are in one epoch, with the same secrets, the same people at the same leaves, and the same note.
    fn agree(&self) {
        let view = |member: &dyn Member| {
            let exported = [("", 16), ("xchat relay access 1", 32), ("label", 64)]
                .map(|(label, length)| member.exported(label, b"context", length));
            (member.epoch(), member.authenticator(), exported, member.roster(), member.note())
        };
        let first = view(self.members[0].as_ref());
        assert!(first.4.is_some(), "the note is lost");
        for other in &self.members[1..] {
            assert_eq!(view(other.as_ref()), first, "{} and {}", self.members[0].name(), other.name());
        }
        let secrets: std::collections::BTreeSet<_> = first.2.iter().collect();
        assert_eq!(secrets.len(), first.2.len());
    }
}
