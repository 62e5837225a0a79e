//! A device that started for real, in the hands of a relay that may lie and of a member who may send anything.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use xchat_engine::Input;
use xchat_engine::api::{Arrange, ChatId, Command, Draft, Event};
use xchat_engine::card::{CardDevice, Delivery, Link, Origin, SignedCard, Welcome, open_card, open_package};
use xchat_engine::content::{
    Disposition, Message, MessageId, PLAIN, PROFILE_TYPE, Part, STATUS_TYPE, Status, StatusReport,
};
use xchat_engine::rows::Scope;
use xchat_wire::{
    Address, ChainHash, Challenge, ClientFrame, Epoch, Goodbye, Kind, LogState, PostId, PublicKey, Record, Refusal,
    Reply, Request, Seq, ServerFrame, chain_start,
};

use super::acts::{Act, Answer, Number, Place, Wish};
use super::device::{Device, ORIGIN};
use super::member::{Member, invite_link};
use super::relay::{next_record, request_of};

/// Acts of one run: more only take longer.
const ACTS: usize = 60;
/// Requests that wait for a dishonest answer; older ones are forgotten.
const WAITING: usize = 64;

pub struct Play {
    pub device: Device,
    pub member: Member,
    /// How the device is written to.
    card: SignedCard,
    pub(super) inbox: (Seq, ChainHash),
    /// Logs that the device has made.
    pub(super) logs: BTreeMap<Address, (Seq, ChainHash)>,
    pub(super) asked: Vec<(Request, ClientFrame)>,
    connections: u8,
    pub chat: ChatId,
}

/// What a run came to, for whoever wants to know that it came to something.
#[derive(Debug, Default, Clone, Copy)]
pub struct Told {
    pub messages: usize,
    pub requests: usize,
}

/// Runs the acts on a device that has accepted the member.
pub fn run(acts: Vec<Act>) -> Told {
    let mut play = Play::acquainted();
    let mut told = Told::default();
    for act in acts.into_iter().take(ACTS) {
        play.act(act);
        told.requests += play.device.sent.len();
        play.remember();
        told.messages += play.device.events.iter().filter(|event| matches!(event, Event::Message { .. })).count();
        play.device.events.clear();
    }
    // Whatever happened, everything that is stored loads and is shown.
    play.device.restart();
    play.show_all();
    told
}

fn now() -> u64 {
    // OpenMLS checks key packages against the system's clock.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_secs() * 1000
}

impl Play {
    /// A device with an account, on line, whose person has accepted the member's request.
    pub fn acquainted() -> Self {
        let mut device = Device::new(now());
        device.input(Input::Attach);
        device.input(Input::Command(Command::CreateAccount { name: "Ada".to_owned() }));
        device.input(Input::Connecting);
        device.input(Input::Frames(vec![welcome(0)]));
        let account = device.events.iter().find_map(|event| match event {
            Event::Account { account } => Some(account.clone()),
            _ => None,
        });
        let link = Link::parse(&account.expect("an account was made").link).expect("it is a link").link;
        let card = device.sent.iter().find_map(|frame| match frame {
            ClientFrame::PutCell { version, body, .. } => open_card(&link, *version, body).ok(),
            _ => None,
        });
        let card = card.expect("a card was put");
        let inbox = card.card().devices[0].inbox;
        let mut play = Self {
            device,
            member: Member::new(0x40),
            card,
            inbox: (Seq(0), chain_start(&inbox)),
            logs: BTreeMap::new(),
            asked: Vec::new(),
            connections: 0,
            chat: ChatId([0; 16]),
        };
        play.device.connected = true;
        let package = play.first_package();
        let welcome = play.member.invite(&package);
        play.deliver_welcome(play.member.log, &welcome);
        play.honest();
        play.chat = play.chats()[0];
        play.text("hello");
        play.device.input(Input::Command(Command::Accept { chat: play.chat }));
        play.honest();
        play
    }

    /// The relay of before around another device.
    pub fn around(&self, device: Device) -> Self {
        Self {
            device,
            member: self.member.remembered(),
            card: self.card.clone(),
            inbox: self.inbox,
            logs: self.logs.clone(),
            asked: Vec::new(),
            connections: self.connections,
            chat: self.chat,
        }
    }

    fn first_package(&mut self) -> Vec<u8> {
        let mut package = None;
        for _ in 0..4 {
            for frame in &self.device.sent {
                if let ClientFrame::FillPool { packages, .. } = frame {
                    package = packages.first().cloned().or(package);
                }
            }
            self.honest_once();
        }
        let to = self.to();
        open_package(&to.writer, &to.inbox, &package.expect("a pool was filled")).expect("of their own").to_vec()
    }

    pub(super) fn to(&self) -> CardDevice {
        self.card.card().devices[0].clone()
    }

    pub fn chats(&mut self) -> Vec<ChatId> {
        self.device.events.clear();
        self.device.input(Input::Attach);
        let shown = self.device.events.iter().find_map(|event| match event {
            Event::Snapshot { chats, .. } => Some(chats.iter().map(|chat| chat.id).collect()),
            _ => None,
        });
        shown.unwrap_or_default()
    }

    /// Every message of every conversation, as a page shows them.
    pub fn show_all(&mut self) {
        for chat in self.chats() {
            let rows = self.device.messages(Scope::Chat(chat));
            self.device.input(Input::Page { chat, rows, more: false, before: None });
        }
    }

    /// Requests that were sent wait for an answer.
    pub(super) fn remember(&mut self) {
        for frame in std::mem::take(&mut self.device.sent) {
            if let Some(request) = request_of(&frame) {
                self.asked.push((request, frame));
            }
        }
        let extra = self.asked.len().saturating_sub(WAITING);
        self.asked.drain(..extra);
    }

    /// Frames on a connection that is open.
    pub(super) fn frames(&mut self, frames: Vec<ServerFrame>) {
        if !self.device.connected {
            self.reconnect();
        }
        if !frames.is_empty() {
            self.device.input(Input::Frames(frames));
        }
    }

    pub fn reconnect(&mut self) {
        self.connections = self.connections.wrapping_add(1);
        self.asked.clear();
        self.device.sent.clear();
        self.device.input(Input::Disconnected);
        self.device.input(Input::Connecting);
        self.device.input(Input::Frames(vec![welcome(self.connections)]));
        self.device.connected = true;
    }

    fn place(&self, place: Place) -> Address {
        match place {
            Place::Inbox => self.to().inbox,
            Place::Log => self.member.log,
            Place::OwnLog => self.logs.keys().next().copied().unwrap_or(self.member.log),
            Place::Nowhere => Address::new([0xEE; 32]),
        }
    }

    fn deliver(&mut self, envelope: &[u8]) {
        let address = self.to().inbox;
        let post = PostId::new([self.inbox.0.0 as u8; 16]);
        let record = next_record(&mut self.inbox, post, Kind::Delivery, Epoch(0), envelope, None);
        self.frames(vec![ServerFrame::Record { address, record }]);
    }

    fn deliver_welcome(&mut self, log: Address, welcome: &[u8]) {
        let delivery = Delivery::Welcome(Box::new(Welcome {
            relay: Origin::parse(ORIGIN).expect("it is one"),
            log,
            welcome: welcome[..welcome.len().min(16_000)].to_vec(),
            sender: self.member.link(),
            card: self.member.card(),
            room: None,
            base: 0,
            own: None,
            elsewhere: None,
            generation: 1,
        }));
        let envelope = self.member.envelope(&self.to(), &delivery.encode());
        self.deliver(&envelope);
    }

    fn say(&mut self, content: &[u8], authenticated: &[u8]) {
        let body = self.member.say(content, authenticated);
        let epoch = self.member.epoch();
        let record = self.member.record(Kind::Message, epoch, &body, None);
        self.frames(vec![ServerFrame::Record { address: self.member.log, record }]);
    }

    pub fn text(&mut self, text: &str) {
        let salt = [self.member.head().0 as u8; 16];
        self.say(&Message::text(salt, text).encode(), b"");
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Honest => self.honest(),
            Act::Bytes(bytes) => match xchat_wire::decode::<ServerFrame>(&bytes) {
                Ok(frame) => self.frames(vec![frame]),
                Err(_) => _ = self.device.input(Input::Garbled),
            },
            Act::Reply(which, answer) => self.answer(which, answer),
            Act::Record { place, seq, previous, epoch, kind, body, next } => {
                let kind = [Kind::Message, Kind::Commit, Kind::Delivery][usize::from(kind % 3)];
                let (seq, previous, epoch) = (Seq(seq.wide()), Seq(previous.wide()), Epoch(epoch.wide()));
                let (post, next_key) = (PostId::new([1; 16]), next.map(|byte| PublicKey::new([byte; 32])));
                let (chain, body) = (ChainHash::new([2; 32]), body.into());
                let record = Record { seq, previous, epoch, kind, post, time: u64::MAX, body, next_key, chain };
                self.frames(vec![ServerFrame::Record { address: self.place(place), record }]);
            }
            // What makes a device give the room up is rare, or nothing else would be seen.
            Act::CaughtUp(Place::Log, Number::Small(head)) if head % 16 > 0 => {}
            Act::Fenced(Place::Log, Number::Small(epoch)) if epoch % 16 > 0 => {}
            Act::Fenced(Place::Log, Number::Top(less)) if less % 16 > 0 => {}
            Act::CaughtUp(place, head) => {
                self.frames(vec![ServerFrame::CaughtUp { address: self.place(place), head: Seq(head.wide()) }]);
            }
            Act::Fenced(place, epoch) => {
                self.frames(vec![ServerFrame::Fenced { address: self.place(place), epoch: Epoch(epoch.wide()) }]);
            }
            Act::Pool(packages) => {
                self.frames(vec![ServerFrame::Pool { inbox: self.to().inbox, packages: packages.narrow() }]);
            }
            Act::Goodbye(reason, after) => {
                let reasons = [Goodbye::BadFrame, Goodbye::Restart, Goodbye::Slow, Goodbye::Flood];
                let reason = reasons[usize::from(reason % 4)];
                self.frames(vec![ServerFrame::Goodbye { reason, retry_after_ms: after.narrow() }]);
            }
            Act::Signal(place, epoch, body) => {
                let (address, epoch) = (self.place(place), Epoch(epoch.wide()));
                self.frames(vec![ServerFrame::Signal { address, epoch, body: body.into() }]);
            }
            act => self.more(act),
        }
    }

    /// What the member, the person and the machine do.
    fn more(&mut self, act: Act) {
        match act {
            Act::Say { content, authenticated } => self.say(&content, &authenticated),
            Act::Text(text) => self.text(&text),
            Act::Part { kind, content } => {
                let kinds = [STATUS_TYPE, PROFILE_TYPE, PLAIN, "text/markdown", "application/x"];
                let disposition = Disposition::from(kind % 9);
                let part = Part::single(disposition, kinds[usize::from(kind) % kinds.len()], content);
                self.say(&Message::of([kind; 16], part).encode(), b"");
            }
            Act::Status { statuses } => {
                let of = |(id, status)| (MessageId::new([id; 32]), Status::from(status));
                let report = StatusReport::new(statuses.into_iter().map(of));
                self.say(&report.message([5; 16]).encode(), b"");
            }
            Act::Commit { change, right_key } => {
                if let Some((epoch, body, key)) = self.member.commit(change) {
                    let key = if right_key { key } else { PublicKey::new([1; 32]) };
                    let record = self.member.record(Kind::Commit, epoch, &body, Some(key));
                    self.frames(vec![ServerFrame::Record { address: self.member.log, record }]);
                }
            }
            Act::Envelope(inside) => {
                let envelope = self.member.envelope(&self.to(), &inside);
                self.deliver(&envelope);
            }
            Act::Welcome { log, welcome } => self.deliver_welcome(Address::new([log; 32]), &welcome),
            Act::Person(wish) => self.wish(wish),
            Act::Reconnect => self.reconnect(),
            Act::Restart => {
                self.device.restart();
                self.asked.clear();
            }
            Act::Hours(hours) => {
                self.device.now += u64::from(hours) * 3_600_000;
                self.device.input(Input::Tick);
            }
            _ => {}
        }
    }

    fn answer(&mut self, which: u8, answer: Answer) {
        self.remember();
        if self.asked.is_empty() || !self.device.connected {
            return;
        }
        let (request, _) = self.asked.remove(usize::from(which) % self.asked.len());
        let reply = match answer {
            Answer::Ok => Reply::Ok,
            Answer::Proved { log, packages } => Reply::Proved {
                log: log.map(|(epoch, head, first)| LogState {
                    epoch: Epoch(epoch.wide()),
                    head: Seq(head.wide()),
                    first: Seq(first.wide()),
                }),
                packages: packages.map(|packages| packages.narrow()),
            },
            Answer::Accepted(seq) => Reply::Accepted { seq: Seq(seq.wide()) },
            Answer::Stale(epoch) => Reply::Stale { epoch: Epoch(epoch.wide()) },
            Answer::Conflict(version) => Reply::Conflict { version: version.wide() },
            Answer::Package(inside) => {
                Reply::Package { package: self.member.package(inside.as_deref()).into(), last_resort: true }
            }
            Answer::Pool(packages) => Reply::Pool { packages: packages.narrow() },
            Answer::Cell(version, body) => Reply::Cell { version: version.wide(), body: body.into() },
            Answer::Refused(reason) => {
                let reasons = [
                    Refusal::Denied,
                    Refusal::TooLarge,
                    Refusal::Full,
                    Refusal::Busy { retry_after_ms: u32::MAX },
                    Refusal::Internal,
                    Refusal::NotOffered,
                ];
                Reply::Refused { reason: reasons[usize::from(reason) % reasons.len()] }
            }
        };
        self.frames(vec![ServerFrame::Reply { request, reply }]);
    }

    pub fn wish(&mut self, wish: Wish) {
        let chat = self.chat;
        let command = match wish {
            Wish::Send(text) => Command::Send { chat, text, tag: 0 },
            Wish::Accept => Command::Accept { chat },
            Wish::Block => Command::Block { chat },
            Wish::Unblock => Command::Unblock { chat },
            Wish::Delete => Command::Delete { chat },
            Wish::Retry(order) => Command::Retry { chat, order: order.wide() },
            Wish::Seen(order) => Command::Seen { chat, order: order.wide() },
            Wish::Rename(name) => Command::Rename { name },
            Wish::OpenLink => {
                let origin = Origin::parse(ORIGIN).expect("it is one");
                Command::OpenLink { link: self.member.link().text(&origin) }
            }
            Wish::Open(link) => Command::OpenLink { link },
            Wish::Words => Command::ShowWords,
            Wish::Arrange(which, number) => {
                let (to, on) = (number.wide(), number.wide() % 2 == 0);
                let change = match which % 4 {
                    0 => Arrange::Archive(on),
                    1 => Arrange::Mute(on.then_some(to)),
                    2 => Arrange::Pin(on.then_some(number.narrow())),
                    _ => Arrange::Unread(on),
                };
                Command::Arrange { chat, change }
            }
            Wish::Draft(text, reply) => Command::Draft { chat, draft: Some(Draft { text, reply: Some(reply.wide()) }) },
            Wish::Invite(which) => {
                let link = invite_link().text(&Origin::parse(ORIGIN).expect("it is one"));
                match which % 3 {
                    0 => Command::OpenInvite { link },
                    1 => Command::AskToJoin { link },
                    _ => Command::WithdrawJoin { link },
                }
            }
            Wish::Load => return self.show_all(),
        };
        self.device.input(Input::Command(command));
    }
}

fn welcome(connection: u8) -> ServerFrame {
    ServerFrame::Welcome { challenge: Challenge::new([connection; 32]), time: 1_700_000_000_000 }
}
