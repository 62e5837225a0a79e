//! A random history out of a seed: people meet, make a group, and then all kinds of things happen.

use crate::{
    event::{Event, History, Keep, Lie, Place, Trick, Unheard},
    run::has_blobs,
    sim::{Crash, Dice},
};

/// What happens beside what people do, by seed: each kind keeps what the ones before it promise a little less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    Retention,
    LostStore,
    HostileRelay,
    HostileMember,
}

/// Seeds that differ by this have the same weather.
pub const ALL_WEATHERS: u64 = WEATHERS.len() as u64;

const WEATHERS: [Weather; 8] = [
    Weather::Fair,
    Weather::Fair,
    Weather::Fair,
    Weather::Fair,
    Weather::Retention,
    Weather::LostStore,
    Weather::HostileRelay,
    Weather::HostileMember,
];

/// Events after people have met.
const LENGTH: u64 = 40;

struct Generator {
    dice: Dice,
    people: usize,
    devices: usize,
    /// There are files.
    files: bool,
    /// The device that is of a later version, if one is.
    later: Option<usize>,
    events: Vec<(u32, Event)>,
}

/// The history of a seed.
pub fn generate(seed: u64) -> History {
    let mut dice = Dice::new(seed ^ 0x005e_ed0f_a11e_7e17);
    // Several devices each, and then fewer people: what takes time is how many devices there are.
    let devices = [1, 1, 1, 2, 2, 3][dice.below(6) as usize];
    let people = match devices {
        1 => [2, 3, 3, 3, 4, 4, 5][dice.below(7) as usize],
        2 => [2, 2, 3][dice.below(3) as usize],
        _ => 2,
    };
    let weather = WEATHERS[(seed % ALL_WEATHERS) as usize];
    let later = (dice.below(3) == 0).then(|| dice.below((people * devices) as u64) as usize);
    let mut generator = Generator { dice, people, devices, files: has_blobs(seed), later, events: Vec::new() };
    if let Some(who) = later {
        generator.push(Event::BecomeLater { who });
    }
    generator.meet();
    generator.link_some();
    let length = LENGTH / 2 + generator.dice.below(LENGTH);
    for _ in 0..length {
        let event = match generator.dice.below(100) {
            0..10 if devices > 1 => match generator.devices() {
                Some(event) => event,
                None => continue,
            },
            10..16 if later.is_some() => generator.unheard(),
            0..55 => generator.person(),
            55..92 => generator.network(),
            _ => generator.weather(weather),
        };
        generator.push(event);
    }
    History { seed, people, devices, events: generator.events }
}

impl Generator {
    fn push(&mut self, event: Event) {
        self.events.push((self.events.len() as u32, event));
    }

    /// A device.
    fn who(&mut self) -> usize {
        self.dice.below((self.people * self.devices) as u64) as usize
    }

    /// Another person than that of the device.
    fn other(&mut self, who: usize) -> usize {
        (who + 1 + self.dice.below(self.people as u64 - 1) as usize) % self.people
    }

    /// Another device of the same person.
    fn own(&mut self, who: usize) -> usize {
        let step = 1 + self.dice.below(self.devices as u64 - 1) as usize;
        (who + step * self.people) % (self.people * self.devices)
    }

    /// Half of the further devices are linked in good time.
    fn link_some(&mut self) {
        for new in self.people..self.people * self.devices {
            if self.dice.below(2) == 0 {
                self.link(new % self.people, new);
                if self.dice.below(3) > 0 {
                    self.push(Event::Settle);
                }
            }
        }
    }

    /// A device is brought in, mostly without anything in between.
    fn link(&mut self, who: usize, new: usize) {
        let steps = [
            Event::Connect { who },
            Event::Connect { who: new },
            Event::Offer { who: new },
            Event::Flow,
            Event::Scan { who, new },
            Event::Flow,
            Event::Confirm { who, other: new },
            Event::Confirm { who: new, other: who },
            Event::Flow,
        ];
        for step in steps {
            self.push(step);
            if self.dice.below(12) == 0 {
                let between = self.network();
                self.push(between);
            }
        }
    }

    /// What a person does with devices and what is alike on them. None: all of it was put down.
    fn devices(&mut self) -> Option<Event> {
        let who = self.who();
        let device = self.own(who);
        match self.dice.below(20) {
            0..3 => {
                self.link(who, device);
                None
            }
            3 => Some(Event::Revoke { who, device }),
            4 | 5 => Some(Event::Settle),
            _ => {
                let on = self.dice.below(3) > 0;
                let keeps = [Keep::Archived, Keep::Muted, Keep::Pinned, Keep::Unread, Keep::Draft, Keep::Quiet];
                let what = keeps[self.dice.below(6) as usize](on);
                Some(Event::Keep { who, place: self.place(who), what })
            }
        }
    }

    /// The first of them meets some of the others, who mostly accept, and a group is made.
    fn meet(&mut self) {
        for whom in 1..self.people {
            self.push(Event::OpenLink { who: 0, whom });
            self.push(Event::Flow);
            self.push(Event::Write { who: 0, place: Place::With(whom) });
            self.push(Event::Flow);
            if self.dice.below(8) > 0 {
                self.push(Event::Accept { who: whom, place: Place::With(0) });
            }
        }
        if self.dice.below(5) > 0 {
            let people = (1 << self.people) - 2;
            self.push(Event::MakeGroup { who: 0, people });
            if self.dice.below(2) > 0 {
                self.push(Event::Flow);
            }
        }
    }

    /// What a device of a later version says, or what it does as all do.
    fn unheard(&mut self) -> Event {
        let who = self.later.unwrap_or_default();
        let place = self.place(who);
        let said =
            [Unheard::Content, Unheard::Text, Unheard::Status, Unheard::Sync, Unheard::Delivery, Unheard::Signal];
        match self.dice.below(9) {
            0 => Event::Describe { who, group: 0 },
            1 => Event::Write { who, place },
            2 => Event::MayAdd { who, group: 0, admins: false },
            n => Event::Unheard { who, place, what: said[n as usize - 3] },
        }
    }

    fn place(&mut self, who: usize) -> Place {
        match self.dice.below(5) {
            0 | 1 => Place::With(self.other(who)),
            2 if self.dice.below(3) == 0 => Place::Group(1),
            _ => Place::Group(0),
        }
    }

    fn person(&mut self) -> Event {
        let who = self.who();
        let (whom, place) = (self.other(who), self.place(who));
        let group = (self.dice.below(8) / 7) as usize;
        let admins = self.dice.below(2) > 0;
        match self.dice.below(if self.files { 90 } else { 60 }) {
            0..24 => Event::Write { who, place },
            24..28 => Event::Read { who, place },
            28..31 => Event::Accept { who, place },
            31 => Event::Block { who, whom },
            32 | 33 => Event::Unblock { who, whom },
            34 => Event::Delete { who, place },
            35 => Event::Rename { who },
            36 | 37 => Event::OpenLink { who, whom },
            38 => {
                Event::MakeGroup { who, people: self.dice.below(1 << self.people) as u8 & !(1 << (who % self.people)) }
            }
            39..44 => Event::Add { who, group, whom },
            44..47 => Event::Remove { who, group, whom },
            47 => Event::Leave { who, group },
            48..51 => Event::Name { who, group },
            51 | 52 => Event::Describe { who, group },
            53..57 => Event::Role { who, group, whom, role: self.dice.below(3) as u8 },
            57 => Event::MayAdd { who, group, admins },
            58 => Event::MayChange { who, group, admins },
            59 => Event::Timer { who, group },
            60..71 => Event::SendFile { who, place },
            71..80 => Event::Forward { who, to: place },
            80..87 => Event::TakeBack { who },
            _ => Event::Drop { who },
        }
    }

    fn network(&mut self) -> Event {
        let who = self.who();
        let frames = 1 + self.dice.below(4) as usize;
        match self.dice.below(40) {
            0..4 => Event::Connect { who },
            4..6 => Event::Disconnect { who },
            6..14 => Event::Up { who, frames },
            14..24 => Event::Down { who, frames },
            24..29 => Event::Flow,
            29..33 => {
                let when = if self.dice.below(2) == 0 { Crash::BeforeCommit } else { Crash::AfterCommit };
                Event::Crash { who, step: 1 + self.dice.below(6), when }
            }
            33..35 => Event::Wait { seconds: 1 + self.dice.below(90) },
            35 => Event::Wait { seconds: 3600 * (1 + self.dice.below(72)) },
            36 => Event::Skew { who, minutes: self.dice.below(600) as i64 - 300 },
            _ => Event::Tick { who },
        }
    }

    fn weather(&mut self, weather: Weather) -> Event {
        let who = self.who();
        match weather {
            Weather::Fair => Event::Flow,
            Weather::Retention => match self.dice.below(3) {
                0 => Event::Wait { seconds: 3600 * 24 },
                _ => Event::Expire { hours: self.dice.below(30) },
            },
            Weather::LostStore => match self.dice.below(3) {
                0 => Event::LoseStore,
                _ => Event::Flow,
            },
            Weather::HostileRelay => {
                let lies = [Lie::Withhold, Lie::Replay, Lie::Alter, Lie::Deny, Lie::Silence, Lie::FalseHead];
                Event::Lie { who, how: lies[self.dice.below(lies.len() as u64) as usize] }
            }
            // One person, always the same.
            Weather::HostileMember => {
                let who = self.people - 1;
                let tricks = [Trick::FalseKey, Trick::Garbage, Trick::FalseWelcome];
                match self.dice.below(4) {
                    0 => Event::TurnHostile { who },
                    n => Event::Trick { who, how: tricks[n as usize - 1] },
                }
            }
        }
    }
}
