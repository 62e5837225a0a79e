//! Invite links under crashes, under people who forge, repeat and flood, and before the eyes of the relay.
#![allow(clippy::unwrap_used)]

mod sim;

use openmls_traits::OpenMlsProvider as _;
use sim::invites::{ask, group_of_two, has_group, joins, linked, open, requests, shown_link};
use sim::{Crash, Groups, ORIGIN, THREE, World};
use xchat_engine::api::{ChatState, Command, GroupChange};
use xchat_engine::card::{
    Asks, Card, CardDevice, CardSecret, Delivery, InviteLink, Join, Link, Name, Origin, open_card, seal_envelope,
};
use xchat_engine::identity::IdentityKey;
use xchat_engine::provider::MlsProvider;
use xchat_engine::rows::Table;
use xchat_wire::{Challenge, ClientFrame, Epoch, Post, PostId, Proof, Reply, Request, Right, ServerFrame, encode};

/// From no link to somebody who came in by it, whatever happens to device `who` in between.
fn crash_in_each_step(who: usize, crash: Crash) {
    for at in 1.. {
        let (mut world, group) = group_of_two(&THREE, 1000 + at);
        world.devices[who].crash_at = Some((world.devices[who].steps + at, crash));
        while shown_link(&mut world, 0).is_none() {
            world.change(0, group, GroupChange::Invite { on: true });
            world.settle();
        }
        let link = shown_link(&mut world, 0).unwrap();
        world.settle();
        while joins(&mut world, 2).is_empty() {
            world.command(2, Command::AskToJoin { link: link.clone() });
        }
        world.settle();
        let cleo = world.person(2);
        for round in 0.. {
            if has_group(&mut world, 2) {
                break;
            }
            assert!(round < 3, "nobody lets her in: {crash:?} of {who} in step {at}");
            assert_eq!(joins(&mut world, 2).len(), 1, "{crash:?} of {who} in step {at}");
            world.change(0, group, GroupChange::Approve { person: cleo });
            world.settle();
        }
        assert_eq!(world.group(2).state, ChatState::Open, "{crash:?} of {who} in step {at}");
        assert_eq!(world.members(0, group).len(), 3);
        assert!(requests(&mut world, 0, group).is_empty() && joins(&mut world, 2).is_empty());
        if world.devices[who].crashes == 0 {
            assert!(at > 10, "the script is shorter than it was: {at}");
            break;
        }
    }
}

#[test]
fn a_crash_of_the_admin_in_any_step_loses_nothing() {
    crash_in_each_step(0, Crash::BeforeCommit);
    crash_in_each_step(0, Crash::AfterCommit);
}

#[test]
fn a_crash_of_the_one_who_asks_in_any_step_loses_nothing() {
    crash_in_each_step(2, Crash::BeforeCommit);
    crash_in_each_step(2, Crash::AfterCommit);
}

#[test]
fn a_relay_learns_neither_the_group_nor_who_asks_nor_the_link() {
    let (mut world, group) = group_of_two(&THREE, 18);
    world.shown = Some(Vec::new());
    world.change(0, group, GroupChange::Describe { text: "under the third flagstone".to_owned() });
    world.change(0, group, GroupChange::Invite { on: true });
    world.settle();
    let link = shown_link(&mut world, 0).unwrap();
    open(&mut world, 2, &link).unwrap();
    ask(&mut world, 2, &link);
    let cleo = world.person(2);
    world.change(0, group, GroupChange::Decline { person: cleo });
    world.change(0, group, GroupChange::Invite { on: true });
    world.settle();
    let shown = world.shown.take().unwrap();
    let payload = link.rsplit('/').next().unwrap().to_owned();
    let secret = xchat_engine::card::InviteLink::parse(&link).unwrap().0;
    let finds = |needle: &[u8]| shown.windows(needle.len()).any(|window| window == needle);
    for text in ["Hiking", "third flagstone", "Ada", "Cleo", payload.as_str()] {
        assert!(!finds(text.as_bytes()), "{text}");
    }
    assert!(!finds(secret.as_bytes()) && !finds(secret.challenge().as_slice()));
    for who in 0..3 {
        assert!(!finds(&world.person(who).0), "the identity of {who}");
    }
    assert!(finds(secret.cell().as_bytes()), "it was all there to be seen");
}

/// Somebody who keeps to no rules, on a connection of their own.
struct Stranger {
    provider: MlsProvider,
    /// A device of the admin's.
    to: CardDevice,
    invite: InviteLink,
    posts: u64,
}

/// One frame, and its answer.
fn exchange(world: &mut World, frame: &ClientFrame) -> Option<Reply> {
    let connection = world.relay.connect(world.now, ORIGIN, [9; 32]);
    world.relay.receive(connection, &encode(frame), world.now);
    let told = world.relay.take_output(connection);
    world.relay.disconnect(connection);
    told.iter().find_map(|bytes| match xchat_wire::decode(bytes) {
        Ok(ServerFrame::Reply { reply, .. }) => Some(reply),
        _ => None,
    })
}

fn origin() -> Origin {
    Origin::parse(ORIGIN).unwrap()
}

impl Stranger {
    fn new(world: &mut World, invite: &str) -> Self {
        let link = Link::parse(&world.link(0)).unwrap().link;
        let frame = ClientFrame::GetCell { request: Request(1), cell: link.cell() };
        let Some(Reply::Cell { version, body }) = exchange(world, &frame) else { panic!("a card was put") };
        let to = open_card(&link, version, &body).unwrap().card().devices[0].clone();
        let provider = MlsProvider::new();
        provider.reseed([7; 32]);
        Self { provider, to, invite: InviteLink::parse(invite).unwrap().0, posts: 0 }
    }

    /// A request by the identity of this number, with the link's knowledge of whoever has `link`.
    fn request(&self, who: u16, link: &InviteLink, time: u64, asks: Asks) -> Join {
        let key = identity(who);
        Join::sign(&key, link, origin(), sender(who), card(who).sign(&key).unwrap(), (time, asks))
    }

    /// These bytes, sealed for the admin's device.
    fn deliver(&mut self, world: &mut World, inside: &[u8]) {
        let inbox = self.to.inbox;
        let sealed = seal_envelope(self.provider.crypto(), &self.to.seal_key, &inbox, inside).unwrap();
        self.posts += 1;
        let post = PostId::new(u128::from(self.posts).to_be_bytes());
        let key = self.to.writer.signing_key();
        let proof = Proof::sign(&key, ORIGIN, &Challenge::new([9; 32]), Right::InboxWriter, &inbox, Epoch(0));
        let delivery = Post { inbox, proof, post, body: sealed.into(), ttl: None };
        let reply = exchange(world, &ClientFrame::Deliver { request: Request(1), delivery });
        assert!(matches!(reply, Some(Reply::Accepted { .. })), "{reply:?}");
        world.flow();
    }

    fn send(&mut self, world: &mut World, join: Join) {
        self.deliver(world, &Delivery::Join(Box::new(join)).encode());
    }
}

fn identity(who: u16) -> IdentityKey {
    let mut seed = [0x55; 32];
    seed[..2].copy_from_slice(&who.to_be_bytes());
    IdentityKey::from_seed(&seed)
}

fn sender(who: u16) -> Link {
    Link { identity: identity(who).public(), secret: CardSecret::new([3; 16]) }
}

fn card(who: u16) -> Card {
    let name = Name::parse(&format!("Stranger {who}")).unwrap();
    Card { identity: identity(who).public(), name, devices: Vec::new(), version: 1, picture: None, about: None }
}

/// Rows of requests at the admin.
fn rows(world: &World) -> usize {
    let rows = world.devices[0].database.0.keys();
    rows.filter(|(_, table, key)| *table == Table::State && key.starts_with(b"ask/")).count()
}

#[test]
fn what_is_forged_counts_for_nothing() {
    let (mut world, group, link) = linked(&THREE, 30);
    let mut eve = Stranger::new(&mut world, &link);
    let now = world.now;
    // Who knows where the cell is, and not what the link says.
    let guess = InviteLink::new([1; 16]);
    let cell = eve.invite.cell();
    let unknowing = Join { cell, ..eve.request(1, &guess, now, Asks::ToJoin) };
    // In somebody else's name, with their card and their link.
    let forged = Join {
        sender: sender(2),
        card: card(2).sign(&identity(2)).unwrap(),
        ..eve.request(1, &eve.invite, now, Asks::ToJoin)
    };
    // Of somebody else's, with another time.
    let changed = Join { time: now + 1, ..eve.request(3, &eve.invite, now, Asks::ToJoin) };
    let elsewhere = Join {
        relay: Origin::parse("https://other.example").unwrap(),
        ..eve.request(4, &eve.invite, now, Asks::ToJoin)
    };
    let good = Delivery::Join(Box::new(eve.request(5, &eve.invite, now, Asks::ToJoin))).encode();
    for join in [unknowing, forged, changed, elsewhere] {
        eve.send(&mut world, join);
    }
    for garbage in [&good[..good.len() - 1], &[&good[..], &[0]].concat(), &[0xa0; 40], &[]] {
        eve.deliver(&mut world, garbage);
    }
    assert_eq!((requests(&mut world, 0, group).len(), rows(&world)), (0, 0));
    eve.deliver(&mut world, &good);
    assert_eq!(requests(&mut world, 0, group), ["Stranger 5"], "the good one is one");
}

#[test]
fn a_repeated_request_does_not_come_again_once_it_was_answered_or_taken_back() {
    let (mut world, group, link) = linked(&THREE, 31);
    let mut eve = Stranger::new(&mut world, &link);
    let now = world.now;
    let ask = |eve: &Stranger, who, time| eve.request(who, &eve.invite, time, Asks::ToJoin);
    for who in [1, 2] {
        let first = ask(&eve, who, now);
        eve.send(&mut world, first);
    }
    let (back, person) = (eve.request(1, &eve.invite, now + 1, Asks::Nothing), *identity(2).public().as_bytes());
    eve.send(&mut world, back);
    world.change(0, group, GroupChange::Decline { person: xchat_engine::api::PersonId(person) });
    world.crash(0);
    world.settle();
    for who in [1, 2] {
        let again = ask(&eve, who, now);
        eve.send(&mut world, again);
    }
    assert!(requests(&mut world, 0, group).is_empty());
    // Who took it back can ask anew, who was declined cannot.
    for who in [1, 2] {
        let anew = ask(&eve, who, now + 2);
        eve.send(&mut world, anew);
    }
    assert_eq!(requests(&mut world, 0, group), ["Stranger 1"]);
    // An earlier withdrawal takes nothing back.
    let early = eve.request(1, &eve.invite, now + 1, Asks::Nothing);
    eve.send(&mut world, early);
    assert_eq!(requests(&mut world, 0, group).len(), 1);
}

#[test]
fn a_flood_of_requests_keeps_to_its_bounds_and_puts_nobody_out() {
    let (mut world, group, link) = linked(&THREE, 32);
    ask(&mut world, 2, &link);
    let mut eve = Stranger::new(&mut world, &link);
    let now = world.now;
    for who in 0..110 {
        let request = eve.request(who, &eve.invite, now, Asks::ToJoin);
        eve.send(&mut world, request);
    }
    let waiting = requests(&mut world, 0, group);
    assert_eq!((waiting.len(), waiting[0].as_str(), rows(&world)), (100, "Cleo", 100));
    // Taken back, each is remembered, and others come; those who were declined stay declined.
    let declined = *identity(0).public().as_bytes();
    world.change(0, group, GroupChange::Decline { person: xchat_engine::api::PersonId(declined) });
    world.now += 60_000;
    for who in 1..330 {
        for (time, asks) in [(now + 1, Asks::ToJoin), (now + 2, Asks::Nothing)] {
            let request = eve.request(who, &eve.invite, time, asks);
            eve.send(&mut world, request);
        }
    }
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    assert_eq!(rows(&world), 201);
    let again = eve.request(0, &eve.invite, now + 5, Asks::ToJoin);
    eve.send(&mut world, again);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
}

#[test]
fn who_is_blocked_is_not_heard() {
    let (mut world, group, link) = linked(&THREE, 33);
    let mut eve = Stranger::new(&mut world, &link);
    let key = identity(9);
    let now = world.now;
    // Ada meets the stranger and blocks them.
    let card = Card { devices: vec![eve.to.clone()], ..card(9) }.sign(&key).unwrap();
    let their = sender(9);
    let body = xchat_engine::card::seal_card(&their, 1, &card, [1; 24]).unwrap();
    let owner = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let proof = Proof::sign(&owner, ORIGIN, &Challenge::new([9; 32]), Right::CellOwner, &their.cell(), Epoch(0));
    let put = ClientFrame::PutCell { request: Request(1), cell: their.cell(), proof, version: 1, body: body.into() };
    assert_eq!(exchange(&mut world, &put), Some(Reply::Ok));
    world.command(0, Command::OpenLink { link: their.text(&origin()) });
    world.flow();
    let chat = world.opened(0);
    world.command(0, Command::Block { chat });
    let request = eve.request(9, &eve.invite, now, Asks::ToJoin);
    eve.send(&mut world, request.clone());
    assert_eq!((requests(&mut world, 0, group).len(), rows(&world)), (0, 0));
    world.command(0, Command::Unblock { chat });
    eve.send(&mut world, request);
    assert_eq!(requests(&mut world, 0, group).len(), 1);
}
