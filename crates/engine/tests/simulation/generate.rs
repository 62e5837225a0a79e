//! A random history out of a seed: people meet, make a group, and then all kinds of things happen.

use crate::{
    event::{Event, History, Lie, Place, Trick},
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
    events: Vec<(u32, Event)>,
}

/// The history of a seed.
pub fn generate(seed: u64) -> History {
    let mut dice = Dice::new(seed ^ 0x005e_ed0f_a11e_7e17);
    let people = [2, 3, 3, 3, 4, 4, 5][dice.below(7) as usize];
    let weather = WEATHERS[(seed % ALL_WEATHERS) as usize];
    let mut generator = Generator { dice, people, events: Vec::new() };
    generator.meet();
    let length = LENGTH / 2 + generator.dice.below(LENGTH);
    for _ in 0..length {
        let event = match generator.dice.below(100) {
            0..55 => generator.person(),
            55..92 => generator.network(),
            _ => generator.weather(weather),
        };
        generator.push(event);
    }
    History { seed, people, events: generator.events }
}

impl Generator {
    fn push(&mut self, event: Event) {
        self.events.push((self.events.len() as u32, event));
    }

    fn who(&mut self) -> usize {
        self.dice.below(self.people as u64) as usize
    }

    fn other(&mut self, who: usize) -> usize {
        (who + 1 + self.dice.below(self.people as u64 - 1) as usize) % self.people
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
        match self.dice.below(60) {
            0..24 => Event::Write { who, place },
            24..28 => Event::Read { who, place },
            28..31 => Event::Accept { who, place },
            31 => Event::Block { who, whom },
            32 | 33 => Event::Unblock { who, whom },
            34 => Event::Delete { who, place },
            35 => Event::Rename { who },
            36 | 37 => Event::OpenLink { who, whom },
            38 => Event::MakeGroup { who, people: self.dice.below(1 << self.people) as u8 & !(1 << who) },
            39..44 => Event::Add { who, group, whom },
            44..47 => Event::Remove { who, group, whom },
            47 => Event::Leave { who, group },
            48..51 => Event::Name { who, group },
            51 | 52 => Event::Describe { who, group },
            53..57 => Event::Role { who, group, whom, role: self.dice.below(3) as u8 },
            57 => Event::MayAdd { who, group, admins },
            58 => Event::MayChange { who, group, admins },
            _ => Event::Timer { who, group },
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
