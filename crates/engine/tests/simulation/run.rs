//! A simulated world and what its history has done to it: events are carried out one by one.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use sha2::{Digest, Sha256};
use xchat_engine::{
    Input,
    api::{ChatId, ChatView, Command, Event as Told, GroupChange, MemberView, PersonId, Role, Who},
};

use xchat_wire::BlobHash;

use crate::{
    event::{Event, History, Lie, Place, Trick},
    generate::ALL_WEATHERS,
    hostile::{lies, tricks},
    sim::{Dice, Thrift, World, trace},
};

/// In every text that people write, and in nothing else.
pub const MARKER: &str = "words-that-only-members-read";
/// In every name of a person or a group, and in nothing else.
pub const NAME: &str = "name-that-only-members-know";
/// OpenMLS goes by the system's clock where key packages expire, which is 90 days after they were made: a world begins so long
/// ago that its time, which runs faster, stays behind that clock.
const BEGINS_BEFORE_MS: u64 = 45 * 24 * 3600 * 1000;
/// One in so many worlds, of each weather, has the hybrid suite. In the others, whose groups are of suite 1, nothing else is different.
const HYBRID_IN: u64 = 4;
/// One in so many worlds, of each weather and suite, has small frames and a relay with blobs.
const SMALL_IN: u64 = 2;

/// Whether the relay of a seed's world keeps blobs.
pub fn has_blobs(seed: u64) -> bool {
    (seed / ALL_WEATHERS / HYBRID_IN).is_multiple_of(SMALL_IN)
}
/// A group's timer is part of its state; what it makes of texts would void what is promised of them (tests/vanish.rs has that).
const LONGER_THAN_ANY_HISTORY_S: u32 = 200 * 24 * 3600;

/// A text that somebody wrote.
#[derive(Debug, Clone)]
pub struct Written {
    pub number: u32,
    pub who: usize,
    pub place: Place,
    /// People who were members, as far as the author knew.
    pub members: BTreeSet<usize>,
    /// Further devices that must have it.
    pub further: BTreeSet<usize>,
    /// The author knew of them as members once, and as members no more.
    pub former: BTreeSet<usize>,
    /// The other person had blocked the author, on all devices.
    pub blocked: bool,
    /// Of these, devices that were taken off before they heard of it: nobody tells them any more.
    pub unaware: BTreeSet<usize>,
}

/// What has happened that makes a promise void or weaker.
#[derive(Debug, Default)]
pub struct Facts {
    pub expired: bool,
    pub lost_store: bool,
    pub lied: bool,
    /// People whose devices broke rules.
    pub hostile: BTreeSet<usize>,
    /// Devices that were taken off by another of their person.
    pub revoked: BTreeSet<usize>,
    /// Groups that a device made just before it was taken off, or before it had read that: none of its person's others comes into them.
    pub made_by_revoked: BTreeSet<usize>,
    /// Who blocked whom at any time, and who took it back.
    pub blocked: BTreeSet<(usize, usize)>,
    pub unblocked: BTreeSet<(usize, usize)>,
    pub deleted: BTreeSet<(usize, Place)>,
    /// Who wanted to bring a person into a group, each time.
    pub added: BTreeMap<(usize, usize), Vec<usize>>,
    /// Who has deleted a message with this chunk for all.
    pub taken_back: BTreeSet<(usize, BlobHash)>,
    /// Chunks of messages that their author deleted for themselves, and that others may have.
    pub dropped: BTreeSet<BlobHash>,
    /// Chunks of messages that were deleted on this device while they were on their way.
    pub unsent: BTreeSet<(usize, BlobHash)>,
    /// Chunks that somebody has passed on.
    pub passed_on: BTreeSet<BlobHash>,
    /// Who left a group, or whom somebody wanted to take out.
    pub parted: BTreeSet<(usize, usize)>,
}

/// Armed lies and tricks, by device.
pub type Armed<T> = Rc<RefCell<BTreeMap<usize, Vec<T>>>>;

/// Each person has a device of the same number, and may have further ones.
pub struct Simulation {
    pub world: World,
    /// What frames hold for large commits and their welcomes, in bytes, where that is little.
    pub frame: Option<usize>,
    pub seed: u64,
    pub people: Vec<PersonId>,
    pub groups: Vec<ChatId>,
    pub written: Vec<Written>,
    /// Chunks of all files that were sent.
    pub files: BTreeSet<BlobHash>,
    pub facts: Facts,
    /// Devices that were in use when the world last came to rest.
    pub settled: BTreeSet<usize>,
    /// How many groups there were then, and who made each.
    pub settled_groups: usize,
    /// What was a request on a device then.
    pub asked_then: BTreeSet<(usize, Place)>,
    pub makers: Vec<usize>,
    known: BTreeMap<(usize, usize), BTreeSet<usize>>,
    lies: Armed<Lie>,
    tricks: Armed<Trick>,
}

impl Simulation {
    /// People with accounts, who know nobody yet.
    pub fn new(history: &History) -> Self {
        let mut world = World::new(history.people * history.devices, history.seed);
        world.now -= BEGINS_BEFORE_MS;
        world.shown = Some(Vec::new());
        // What these people have in the hybrid suite fits no smaller one; several devices of two people come in with one commit.
        let frame = has_blobs(history.seed).then_some(if history.devices == 1 { 10 * 1024 } else { 40 * 1024 });
        world.save_time(Thrift {
            omits_safety: true,
            classical: !(history.seed / ALL_WEATHERS).is_multiple_of(HYBRID_IN),
            frame,
        });
        if frame.is_some() {
            world.relay.keep_blobs(u64::MAX);
        }
        for who in 0..history.people {
            world.command(who, Command::CreateAccount { name: format!("{who} {NAME}") });
            world.connect(who);
        }
        for empty in history.people..history.people * history.devices {
            world.input(empty, Input::Attach);
        }
        world.flow();
        let people = (0..history.people).map(|who| person(&mut world, who)).collect();
        let (lies, tricks) = (Armed::default(), Armed::default());
        Self {
            world,
            frame,
            seed: history.seed,
            people,
            groups: Vec::new(),
            written: Vec::new(),
            files: BTreeSet::new(),
            facts: Facts::default(),
            settled: BTreeSet::new(),
            settled_groups: 0,
            asked_then: BTreeSet::new(),
            makers: Vec::new(),
            known: BTreeMap::new(),
            lies,
            tricks,
        }
    }

    pub fn chat_id(&self, place: Place) -> Option<ChatId> {
        match place {
            Place::With(whom) => Some(chat_with(self.people.get(whom)?)),
            Place::Group(group) => self.groups.get(group).copied(),
        }
    }

    pub fn chat(&mut self, who: usize, place: Place) -> Option<ChatView> {
        let id = self.chat_id(place)?;
        self.world.chats(who).into_iter().find(|chat| chat.id == id)
    }

    /// Who is in a group, as a device knows it.
    pub fn members(&mut self, who: usize, group: usize) -> Option<Vec<MemberView>> {
        let chat = self.chat_id(Place::Group(group)).filter(|_| self.lives(who))?;
        self.world.devices[who].events.retain(|event| !matches!(event, Told::Members { .. }));
        self.world.command(who, Command::Members { chat });
        self.world.devices[who].events.iter().find_map(|event| match event {
            Told::Members { members, .. } => Some(members.clone()),
            _ => None,
        })
    }

    pub fn number_of(&self, person: &PersonId) -> Option<usize> {
        self.people.iter().position(|known| known == person)
    }

    /// A conversation of `who`, as the device `other` names it.
    pub fn there(&self, who: usize, other: usize, place: Place) -> Place {
        match place {
            Place::With(_) if self.owner(who) != self.owner(other) => Place::With(self.owner(who)),
            same => same,
        }
    }

    /// The person of a device does something. In an empty browser nobody does.
    fn command(&mut self, who: usize, command: Command) {
        if self.lives(who) {
            self.world.command(who, command);
        }
    }

    /// One event. All that is random in it comes from its number.
    pub fn apply(&mut self, number: u32, event: Event) {
        trace(|| format!("{number} {event:?}"));
        self.world.dice = Dice::new(self.seed.rotate_left(32) ^ u64::from(number) ^ 0x51ed);
        // Time passes between any two things.
        self.world.now += 10;
        match event {
            Event::OpenLink { who, whom } => {
                let link = self.world.link(whom);
                self.command(who, Command::OpenLink { link });
            }
            Event::Write { who, place } if self.lives(who) => self.write(number, who, place),
            Event::Write { .. } => {}
            Event::Read { who, place } => {
                if let Some(chat) = self.chat(who, place)
                    && let Some(last) = chat.last
                {
                    self.world.command(who, Command::Seen { chat: chat.id, order: last.order });
                }
            }
            Event::Accept { who, place } => self.at(who, place, |chat| Command::Accept { chat }),
            Event::Block { who, whom } => {
                self.facts.blocked.insert((self.owner(who), whom));
                self.at(who, Place::With(whom), |chat| Command::Block { chat });
            }
            Event::Unblock { who, whom } => {
                self.facts.unblocked.insert((self.owner(who), whom));
                self.at(who, Place::With(whom), |chat| Command::Unblock { chat });
            }
            Event::Delete { who, place } => {
                let person = self.owner(who);
                self.facts.deleted.insert((person, place));
                if let Place::Group(group) = place {
                    self.facts.parted.insert((group, person));
                }
                self.at(who, place, |chat| Command::Delete { chat });
            }
            Event::Rename { who } => {
                self.command(who, Command::Rename { name: format!("{number} {NAME}") });
            }
            Event::MakeGroup { .. }
            | Event::Add { .. }
            | Event::Remove { .. }
            | Event::Leave { .. }
            | Event::Name { .. }
            | Event::Describe { .. }
            | Event::Role { .. }
            | Event::MayAdd { .. }
            | Event::MayChange { .. }
            | Event::Timer { .. } => self.group_event(number, event),
            Event::SendFile { who, place } => self.send_file(number, who, place),
            Event::Forward { who, to } => self.forward_file(who, to),
            Event::TakeBack { who } => self.take_back_file(who),
            Event::Drop { who } => self.drop_file(who),
            Event::Offer { .. }
            | Event::Scan { .. }
            | Event::Confirm { .. }
            | Event::Revoke { .. }
            | Event::Keep { .. }
            | Event::Settle => self.device_event(number, event),
            Event::Connect { who } => self.world.connect(who),
            Event::Disconnect { who } => self.world.disconnect(who),
            Event::Up { who, frames } => (0..frames).for_each(|_| _ = self.world.deliver_up(who)),
            Event::Down { who, frames } => {
                self.world.deliver_down(who, frames);
                self.world.deliver_blob(who);
            }
            Event::Flow => self.world.flow(),
            Event::Crash { who, step, when } => {
                let device = &mut self.world.devices[who];
                device.crash_at = Some((device.steps + step, when));
            }
            Event::Wait { seconds } => self.world.now += seconds * 1000,
            Event::Tick { who } => _ = self.world.tick(who),
            Event::Skew { who, minutes } => self.world.set_clock(who, minutes * 60_000),
            Event::Expire { hours } => {
                self.facts.expired = true;
                self.world.relay.expire(self.world.now - hours * 3600 * 1000);
            }
            Event::LoseStore => {
                self.facts.lost_store = true;
                self.world.lose_store();
                if self.frame.is_some() {
                    self.world.relay.keep_blobs(u64::MAX);
                }
            }
            Event::Lie { who, how } => {
                self.facts.lied = true;
                self.lies.borrow_mut().entry(who).or_default().push(how);
                self.world.lie.get_or_insert_with(|| lies(self.lies.clone()));
            }
            Event::BecomeLater { who } => self.world.devices[who].become_later(),
            Event::Unheard { who, place, what } if self.lives(who) => self.say_unheard(who, place, what),
            Event::Unheard { .. } => {}
            Event::TurnHostile { who } => _ = self.facts.hostile.insert(self.owner(who)),
            Event::Trick { who, how } => {
                self.facts.hostile.insert(self.owner(who));
                self.tricks.borrow_mut().entry(who).or_default().push(how);
                self.world.tamper.get_or_insert_with(|| tricks(self.tricks.clone()));
            }
        }
    }

    fn at(&mut self, who: usize, place: Place, command: impl FnOnce(ChatId) -> Command) {
        if let Some(chat) = self.chat_id(place) {
            self.command(who, command(chat));
        }
    }

    /// A text that names its number, its author and where it was written.
    fn write(&mut self, number: u32, who: usize, place: Place) {
        let Some(chat) = self.chat_id(place) else { return };
        let (mut members, mut former, mut unaware, mut blocked) = <(BTreeSet<_>, BTreeSet<_>, _, _)>::default();
        match place {
            Place::With(whom) => {
                unaware = self.not_blocking(whom, self.owner(who));
                blocked = unaware.is_subset(&self.facts.revoked);
            }
            Place::Group(group) => {
                // A device that dies over the question knows nothing.
                if let Some(now) = self.members(who, group).filter(|now| !now.is_empty()) {
                    members = now.iter().filter_map(|member| self.number_of(&member.person)).collect();
                    let known = self.known.entry((who, group)).or_default();
                    former = known.difference(&members).copied().collect();
                    known.extend(&members);
                }
            }
        }
        let further = self.settled_there(who, place);
        self.written.push(Written { number, who, place, members, further, former, blocked, unaware });
        let text = format!("{number} by {who}: {MARKER}");
        self.world.command(who, Command::Send { chat, text, tag: number });
    }

    fn group_event(&mut self, number: u32, event: Event) {
        let person = |whom: usize| self.people[whom];
        let who_may = |admins| if admins { Who::Admins } else { Who::Everyone };
        let (who, group, change) = match event {
            Event::MakeGroup { who, people } => return self.make_group(number, who, people),
            Event::Leave { who, group } => {
                self.facts.parted.insert((group, self.owner(who)));
                return self.at(who, Place::Group(group), |chat| Command::LeaveGroup { chat });
            }
            Event::Add { who, group, whom } => {
                let by = self.owner(who);
                self.facts.added.entry((group, whom)).or_default().push(by);
                (who, group, GroupChange::Add { people: vec![person(whom)] })
            }
            Event::Remove { who, group, whom } => {
                self.facts.parted.insert((group, whom));
                (who, group, GroupChange::Remove { person: person(whom) })
            }
            Event::Name { who, group } => (who, group, GroupChange::Rename { name: format!("{number} {NAME}") }),
            Event::Describe { who, group } => {
                (who, group, GroupChange::Describe { text: format!("{number} {MARKER}") })
            }
            Event::Role { who, group, whom, role } => {
                let role = [Role::Member, Role::Admin, Role::Owner][usize::from(role) % 3];
                (who, group, GroupChange::Role { person: person(whom), role })
            }
            Event::MayAdd { who, group, admins } => (who, group, GroupChange::MayAdd { who: who_may(admins) }),
            Event::MayChange { who, group, admins } => (who, group, GroupChange::MayChange { who: who_may(admins) }),
            Event::Timer { who, group } => {
                (who, group, GroupChange::Timer { seconds: Some(LONGER_THAN_ANY_HISTORY_S + number) })
            }
            _ => return,
        };
        // A crash makes an honest device of it until it is asked again.
        if self.facts.hostile.contains(&self.owner(who)) {
            self.world.devices[who].engine.turn_hostile();
        }
        self.at(who, Place::Group(group), |chat| Command::ChangeGroup { chat, change });
    }

    fn make_group(&mut self, number: u32, who: usize, people: u8) {
        if !self.lives(who) {
            return;
        }
        let own = self.owner(who);
        let whom: Vec<usize> = (0..self.people.len()).filter(|n| *n != own && people & (1 << n) != 0).collect();
        let before: BTreeSet<ChatId> = self.world.chats(who).into_iter().map(|chat| chat.id).collect();
        let people = whom.iter().map(|n| self.people[*n]).collect();
        self.world.command(who, Command::CreateGroup { name: format!("{number} {NAME}"), people });
        let made = self.world.chats(who).into_iter().find(|chat| chat.group.is_some() && !before.contains(&chat.id));
        if let Some(made) = made {
            // Its maker is brought in once, as all others are.
            for whom in whom.into_iter().chain([own]) {
                self.facts.added.insert((self.groups.len(), whom), vec![own]);
            }
            if self.facts.revoked.contains(&who) {
                self.facts.made_by_revoked.insert(self.groups.len());
            }
            self.groups.push(made.id);
            self.makers.push(who);
        }
    }
}

impl Simulation {
    /// The world becomes friendly: nobody lies, nothing breaks. No connection outlives a lie: what a relay keeps back at the end of a
    /// log, nobody can miss before the log goes on or is read anew.
    pub fn calm_down(&mut self) {
        if self.world.lie.take().is_some() {
            (0..self.world.devices.len()).for_each(|who| self.world.disconnect(who));
        }
        self.world.tamper = None;
        for device in &mut self.world.devices {
            device.crash_at = None;
        }
    }

    /// Everything arrives, short timers run, then an hour passes, so that whoever waits for one has it.
    pub fn rest(&mut self, hours: usize) {
        self.world.settle();
        for _ in 0..hours {
            self.world.now += 3600 * 1000;
            for who in 0..self.world.devices.len() {
                self.world.tick(who);
            }
            self.world.settle();
        }
    }
}

/// The conversation with a person, on each device of another; with oneself, on one's own.
pub fn chat_with(person: &PersonId) -> ChatId {
    let digest = Sha256::new().chain_update(b"xchat direct chat 1").chain_update(person.0).finalize();
    ChatId(digest[..16].try_into().unwrap())
}

fn person(world: &mut World, who: usize) -> PersonId {
    let address = world.account(who).address;
    world.input(who, Input::Attach);
    PersonId(*xchat_engine::identity::parse_address(&address).unwrap().as_bytes())
}
