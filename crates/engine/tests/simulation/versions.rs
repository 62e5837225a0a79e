//! A device of a later version: what it says that this version has never heard of.

use xchat_engine::{
    api::Command,
    content::{Disposition, MARKDOWN, Message, MessageId, Part, Status, StatusReport},
};

use crate::{
    event::{Event, History, Keep, Place, Unheard},
    run::{MARKER, Simulation, chat_with},
    shrink::replay,
};

impl Simulation {
    /// Says it, in a step that is of the conversation and does nothing else.
    pub fn say_unheard(&mut self, who: usize, place: Place, what: Unheard) {
        let Some(chat) = self.chat_id(place) else { return };
        let own = chat_with(&self.people[self.owner(who)]);
        let salt = self.world.dice.bytes()[..16].try_into().unwrap();
        let of = |part: Part| Message::of(salt, part).encode();
        let engine = &mut self.world.devices[who].engine;
        match what {
            Unheard::Content => {
                let bytes = format!("nothing yet {MARKER}").into_bytes();
                let part = Part::single(Disposition::Unspecified, "application/vnd.xchat.unheard+cbor", bytes);
                engine.say_unheard(chat, of(part));
            }
            Unheard::Text => {
                let part = Part::single(Disposition::Other(99), MARKDOWN, format!("shown {MARKER}").into_bytes());
                engine.say_unheard(chat, of(part));
            }
            Unheard::Status => {
                let any = MessageId::from_slice(&[7; 32]).unwrap();
                let report = StatusReport::new([(any, Status::Other(99))]);
                engine.say_unheard(chat, report.message(salt).encode());
            }
            Unheard::Sync => {
                // Number 99 of version 1.
                let bytes = vec![0xa2, 0, 1, 1, 0x82, 0x18, 99, 0xa1, 0, 1];
                let part = Part::single(Disposition::Unspecified, "application/vnd.xchat.sync+cbor", bytes);
                engine.say_unheard(own, of(part));
            }
            Unheard::Delivery => engine.deliver_unheard(chat),
            Unheard::Signal => {}
        }
        self.world.command(who, Command::Typing { chat });
    }
}

/// Device 0 or 2 of person 0 is of a later version from the beginning, and says and does all that it can.
fn with_a_later(who: usize) -> History {
    let group = Place::Group(0);
    let link = [
        Event::Connect { who: 2 },
        Event::Offer { who: 2 },
        Event::Flow,
        Event::Scan { who: 0, new: 2 },
        Event::Flow,
        Event::Confirm { who: 0, other: 2 },
        Event::Confirm { who: 2, other: 0 },
        Event::Flow,
    ];
    let meet = [
        Event::BecomeLater { who },
        Event::OpenLink { who: 0, whom: 1 },
        Event::Flow,
        Event::Write { who: 0, place: Place::With(1) },
        Event::Flow,
        Event::Accept { who: 1, place: Place::With(0) },
        Event::MakeGroup { who: 0, people: 2 },
        Event::Flow,
        Event::Accept { who: 1, place: group },
    ];
    let said = [Unheard::Content, Unheard::Text, Unheard::Status, Unheard::Sync, Unheard::Delivery, Unheard::Signal];
    let said = [Place::With(1), group].into_iter().flat_map(|place| {
        let unheard = said.map(|what| Event::Unheard { who, place, what });
        unheard.into_iter().chain([Event::Flow, Event::Write { who, place }, Event::Flow])
    });
    let mute = Event::Keep { who, place: group, what: Keep::Muted(true) };
    let does = [Event::Describe { who, group: 0 }, mute, Event::Write { who: 1, place: group }, Event::Flow];
    let all = meet.into_iter().chain(link).chain(said).chain(does);
    History { seed: 7, people: 2, devices: 2, events: (0..).zip(all).collect() }
}

#[test]
fn what_a_later_version_says_harms_nobody_and_nothing_that_is_understood_is_lost() {
    for who in [0, 2] {
        assert_eq!(replay(&with_a_later(who)), Ok(()), "{who} is of a later version");
    }
}
