//! Two people over the real relay: first contact, both ways, marks, requests, blocks.
#![allow(clippy::unwrap_used)]

mod sim;

use openmls_traits::OpenMlsProvider as _;
use sim::World;
use xchat_engine::{
    Engine, Input,
    api::{ChatState, Command, Connection, Event, Mark, Problem},
    card::{Delivery, Link, Origin, SealKeyPair, open_envelope, seal_envelope},
    provider::MlsProvider,
    rows::{Row, Scope, Table},
};
use xchat_wire::{Address, ClientFrame};

fn marks(world: &mut World, who: usize, chat: xchat_engine::api::ChatId) -> Vec<Mark> {
    world.messages(who, chat).into_iter().filter_map(|message| message.mark).collect()
}

#[test]
fn a_stranger_writes_by_link_and_is_answered() {
    let mut world = World::with_people(&["Ada", "Ben"], 1);
    let ada = world.open_link(0, 1);
    assert_eq!(world.chat(0).name, "Ben");
    assert_eq!(world.chat(0).state, ChatState::New);

    world.send(0, ada, "hello");
    world.settle();
    let ben = world.chat(1);
    assert_eq!((ben.name.as_str(), ben.state, ben.unread), ("Ada", ChatState::Request, 1));
    assert_eq!(world.texts(1, ben.id), ["hello"]);
    assert_eq!(world.chat(0).state, ChatState::Open);

    world.command(1, Command::Accept { chat: ben.id });
    world.send(1, ben.id, "hi Ada");
    world.settle();
    assert_eq!(world.texts(0, ada), ["> hello", "hi Ada"]);
    assert_eq!(world.texts(1, ben.id), ["hello", "> hi Ada"]);
}

#[test]
fn both_sides_see_the_same_safety_number() {
    let (mut world, _, _) = World::acquainted(2);
    let number = world.chat(0).safety_number;
    assert_eq!(number, world.chat(1).safety_number);
    assert_eq!(number.split(' ').count(), 12);
}

#[test]
fn marks_rise_from_pending_over_sent_and_delivered_to_read() {
    let (mut world, ada, ben) = World::acquainted(3);
    world.disconnect(0);
    world.send(0, ada, "one");
    assert_eq!(marks(&mut world, 0, ada).pop(), Some(Mark::Pending));

    world.disconnect(1);
    world.connect(0);
    world.flow();
    assert_eq!(marks(&mut world, 0, ada).pop(), Some(Mark::Sent));

    world.connect(1);
    world.flow();
    assert_eq!(marks(&mut world, 0, ada).pop(), Some(Mark::Delivered));

    let last = world.chat(1).last.unwrap().order;
    world.command(1, Command::Seen { chat: ben, order: last });
    world.flow();
    assert_eq!(marks(&mut world, 0, ada).pop(), Some(Mark::Read));
    assert_eq!(world.chat(1).unread, 0);
}

#[test]
fn a_request_tells_its_sender_nothing_until_it_is_accepted() {
    let mut world = World::with_people(&["Ada", "Ben"], 4);
    let ada = world.open_link(0, 1);
    world.send(0, ada, "hello");
    world.settle();
    let ben = world.chat(1);
    world.command(1, Command::Seen { chat: ben.id, order: ben.last.unwrap().order });
    world.settle();
    assert_eq!(marks(&mut world, 0, ada), [Mark::Sent]);
    assert_eq!(world.chat(1).unread, 0, "what was on the screen is not counted any more");

    world.command(1, Command::Accept { chat: ben.id });
    world.settle();
    assert_eq!(marks(&mut world, 0, ada), [Mark::Delivered]);
    assert_eq!(world.chat(1).unread, 1, "until the page says again that it is on the screen");
}

#[test]
fn a_request_cannot_be_answered_before_it_is_accepted() {
    let mut world = World::with_people(&["Ada", "Ben"], 5);
    let ada = world.open_link(0, 1);
    world.send(0, ada, "hello");
    world.settle();
    let ben = world.chat(1).id;
    world.send(1, ben, "too early");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello"]);
    assert!(world.devices[1].events.contains(&Event::NotWritten { tag: 0, problem: Some(Problem::NoChat) }));
}

#[test]
fn what_a_blocked_person_writes_is_dropped_and_a_block_can_be_taken_back() {
    let (mut world, ada, ben) = World::acquainted(6);
    world.command(1, Command::Block { chat: ben });
    world.send(0, ada, "are you there?");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello"]);
    assert_eq!(marks(&mut world, 0, ada).pop(), Some(Mark::Sent));

    world.command(1, Command::Unblock { chat: ben });
    world.send(0, ada, "again");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "again"]);
}

#[test]
fn who_is_blocked_is_told_also_when_their_conversation_was_deleted() {
    let (mut world, _, ben) = World::acquainted(7);
    let blocked = |world: &mut World| {
        world.command(1, Command::Blocked);
        match world.devices[1].events.last() {
            Some(Event::Blocked { chats }) => chats.iter().map(|chat| chat.name.clone()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    assert!(blocked(&mut world).is_empty());
    world.command(1, Command::Block { chat: ben });
    world.command(1, Command::Delete { chat: ben });
    assert!(world.chats(1).is_empty());
    assert_eq!(blocked(&mut world), ["Ada"]);
    world.command(1, Command::Unblock { chat: ben });
    assert!(blocked(&mut world).is_empty());
}

/// Inbox of a device, and the key pair that deliveries to it are sealed to: keys 12 and 15 of its account's row.
fn inbox(world: &World, who: usize) -> (Address, SealKeyPair) {
    let row = world.devices[who].database.scope(Scope::Account).into_iter().find(|row| row.key == b"account").unwrap();
    let mut d = minicbor::Decoder::new(&row.value);
    let mut found = [[0; 32]; 2];
    for _ in 0..d.map().unwrap().unwrap() {
        match d.u8().unwrap() {
            12 => found[0] = d.bytes().unwrap().try_into().unwrap(),
            15 => found[1] = d.bytes().unwrap().try_into().unwrap(),
            _ => d.skip().unwrap(),
        }
    }
    (Address::new(found[0]), SealKeyPair::derive(MlsProvider::new().crypto(), &found[1]).unwrap())
}

#[test]
fn a_stranger_who_names_another_conversation_in_a_welcome_is_not_let_into_it() {
    let (mut world, ada, ben) = World::acquainted(9);
    world.add_device();
    world.command(2, Command::CreateAccount { name: "Cleo".to_owned() });
    world.connect(2);
    world.settle();
    let link = world.link(0);
    let link = Link::parse(&link).unwrap().link;
    // What one's own device would say of the conversation with Ada.
    let mut e = minicbor::Encoder::new(Vec::new());
    e.map(3).unwrap().u8(0).unwrap().u8(2).unwrap().u8(1).unwrap().u64(1).unwrap();
    e.u8(2).unwrap().bytes(&link.to_bytes()).unwrap();
    let own = e.into_writer();
    let (inbox, pair) = inbox(&world, 1);
    world.tamper = Some(Box::new(move |who, mut frame| {
        if let (2, ClientFrame::Commit { welcomes, .. }) = (who, &mut frame) {
            let provider = MlsProvider::new();
            provider.reseed([7; 32]);
            for post in welcomes {
                let bytes = open_envelope(provider.crypto(), &pair, &inbox, &post.body).unwrap();
                let Ok(Delivery::Welcome(mut welcome)) = Delivery::decode(&bytes) else { panic!("no welcome") };
                welcome.own = Some(own.clone());
                let bytes = Delivery::Welcome(welcome).encode();
                post.body = seal_envelope(provider.crypto(), pair.public(), &inbox, &bytes).unwrap().into();
            }
        }
        frame
    }));
    let cleo = world.open_link(2, 1);
    world.send(2, cleo, "I am Ada");
    world.settle();
    world.tamper = None;
    assert_eq!(world.chat(1).id, ben, "no other conversation, and this one as it was");
    world.send(1, ben, "for Ada");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "> for Ada"]);
    assert_eq!(world.texts(0, ada), ["> hello", "for Ada"]);
    assert_eq!(world.texts(2, cleo), ["> I am Ada"]);
}

#[test]
fn two_people_who_write_first_at_the_same_moment_end_in_one_conversation() {
    for seed in 0..8 {
        let mut world = World::with_people(&["Ada", "Ben"], 100 + seed);
        let ada = world.open_link(0, 1);
        let ben = world.open_link(1, 0);
        world.send(0, ada, "from Ada");
        world.send(1, ben, "from Ben");
        world.settle();
        assert_eq!(world.chat(0).state, ChatState::Open);
        assert_eq!(world.chat(1).state, ChatState::Open);
        let (mut a, mut b) = (world.texts(0, ada), world.texts(1, ben));
        a.sort();
        b.sort();
        assert_eq!(a, ["> from Ada", "from Ben"]);
        assert_eq!(b, ["> from Ben", "from Ada"]);
        world.send(0, ada, "more");
        world.send(1, ben, "more");
        world.settle();
        assert_eq!(world.texts(0, ada).len(), 4);
        assert_eq!(world.texts(1, ben).len(), 4);
    }
}

#[test]
fn a_long_run_of_messages_arrives_once_and_in_order() {
    let (mut world, ada, ben) = World::acquainted(7);
    for n in 0..150 {
        world.send(0, ada, &format!("message {n}"));
    }
    world.settle();
    let expected: Vec<_> =
        std::iter::once("hello".to_owned()).chain((0..150).map(|n| format!("message {n}"))).collect();
    assert_eq!(world.texts(1, ben), expected);
}

#[test]
fn unread_counts_what_came_since_the_screen_last_showed_it() {
    let (mut world, ada, ben) = World::acquainted(8);
    for text in ["a", "b", "c"] {
        world.send(0, ada, text);
    }
    world.settle();
    let chat = world.chat(1);
    assert_eq!(chat.unread, 4);
    let orders: Vec<_> = world.messages(1, ben).iter().map(|message| message.order).collect();
    world.command(1, Command::Seen { chat: ben, order: orders[1] });
    let chat = world.chat(1);
    assert_eq!((chat.unread, chat.first_unread), (2, Some(orders[2])));
}

#[test]
fn a_new_name_reaches_those_who_know_the_old_one() {
    let (mut world, _, _) = World::acquainted(9);
    world.command(0, Command::Rename { name: "Ada L.".to_owned() });
    world.settle();
    assert_eq!(world.chat(1).name, "Ada L.");
    assert!(world.account(0).card_published);
}

#[test]
fn a_deleted_conversation_is_gone_and_comes_back_with_the_next_message() {
    let (mut world, ada, ben) = World::acquainted(10);
    world.command(1, Command::Delete { chat: ben });
    assert!(world.chats(1).is_empty());
    assert!(world.texts(1, ben).is_empty());
    world.send(0, ada, "still there?");
    world.settle();
    assert_eq!(world.texts(1, ben), ["still there?"]);
}

#[test]
fn links_that_lead_nowhere_are_refused_with_a_reason() {
    let mut world = World::with_people(&["Ada", "Ben"], 11);
    let own = world.link(0);
    let theirs = world.link(1);
    let cut = theirs[..theirs.len() - 5].to_owned();
    let elsewhere = theirs.replace("relay.example", "other.example");
    let unknown = {
        // The right person, the wrong secret: no card lies there.
        let (head, tail) = theirs.split_at(theirs.len() - 2);
        format!("{head}{}", if tail == "AA" { "AQ" } else { "AA" })
    };
    for (link, problem) in [
        ("hello there".to_owned(), Problem::NotALink),
        (cut, Problem::LinkDamaged),
        (own, Problem::LinkIsOwn),
        (elsewhere, Problem::LinkElsewhere),
        (unknown, Problem::CardMissing),
    ] {
        world.devices[0].events.clear();
        world.command(0, Command::OpenLink { link: link.clone() });
        world.flow();
        let refused = world.devices[0].events.contains(&Event::Refused { problem });
        assert!(refused, "{link}: {:?}", world.devices[0].events);
    }
    assert!(world.chats(0).is_empty());
}

#[test]
fn a_link_opened_offline_waits_for_the_connection() {
    let mut world = World::with_people(&["Ada", "Ben"], 12);
    let link = world.link(1);
    world.disconnect(0);
    world.command(0, Command::OpenLink { link });
    assert!(world.devices[0].events.contains(&Event::LinkWaiting));
    world.connect(0);
    world.flow();
    world.opened(0);
}

#[test]
fn names_and_texts_out_of_bounds_change_nothing() {
    let (mut world, ada, _) = World::acquainted(13);
    for name in ["", "   ", "a\u{0}b", &"x".repeat(49)] {
        world.command(0, Command::Rename { name: name.to_owned() });
    }
    for text in ["", " \n ", &"x".repeat(16 * 1024 + 1)] {
        world.send(0, ada, text);
    }
    world.settle();
    assert_eq!(world.account(0).name, "Ada");
    assert_eq!(world.texts(0, ada), ["> hello"]);
    let refused = world.devices[0].events.iter().filter(|e| matches!(e, Event::Refused { .. })).count();
    assert_eq!(refused, 4, "each name");
    let not_written = Event::NotWritten { tag: 0, problem: Some(Problem::Text) };
    let not_written = world.devices[0].events.iter().filter(|e| **e == not_written).count();
    assert_eq!(not_written, 3, "each text, and its author keeps it");
}

#[test]
fn the_words_are_shown_until_they_are_confirmed_and_never_after() {
    let mut world = World::with_people(&["Ada"], 14);
    world.command(0, Command::ShowWords);
    let words = world.devices[0].events.iter().find_map(|event| match event {
        Event::Words { words } => Some(words.clone()),
        _ => None,
    });
    let words = words.unwrap();
    assert_eq!(words.len(), 12);
    let answer = |position: u8, word: &str| xchat_engine::api::WordAnswer { position, word: word.to_owned() };
    world.command(0, Command::ConfirmWords { answers: vec![answer(2, "wrong")] });
    assert!(world.account(0).words_pending);
    world.command(0, Command::ConfirmWords { answers: vec![answer(2, &words[2]), answer(11, &words[11])] });
    assert!(!world.account(0).words_pending);
    world.devices[0].events.clear();
    world.command(0, Command::ShowWords);
    assert_eq!(world.devices[0].events, [Event::Refused { problem: Problem::WordsGone }]);
}

#[test]
fn a_damaged_message_row_is_said_and_the_others_are_shown() {
    let (mut world, ada, _) = World::acquainted(15);
    world.send(0, ada, "second");
    world.settle();
    let key = world.messages(0, ada)[0].order.to_be_bytes().to_vec();
    let id = (ada.0, xchat_engine::rows::Table::Messages, key);
    world.devices[0].database.0.insert(id, vec![0xff, 0x00]);
    world.devices[0].events.clear();
    assert_eq!(world.texts(0, ada), ["Notice { notice: Damaged }", "> second"]);
    assert!(world.devices[0].events.contains(&Event::Refused { problem: Problem::RowDamaged }));
}

#[test]
fn who_writes_last_is_the_latest_also_within_one_second_of_the_relays_clock() {
    let mut world = World::with_people(&["Ada", "Ben", "Cleo"], 17);
    // A relay dates with whole seconds.
    world.now = world.now / 1000 * 1000;
    for who in [1, 2] {
        let chat = world.open_link(who, 0);
        world.send(who, chat, "hello");
        world.flow();
    }
    let (ben, cleo) = (world.chats(1)[0].id, world.chats(2)[0].id);
    let latest = |world: &mut World| world.chats(0).into_iter().max_by_key(|chat| chat.time).map(|chat| chat.name);
    for (who, chat, name) in [(1, ben, "Ben"), (2, cleo, "Cleo"), (1, ben, "Ben")] {
        world.now += 5;
        world.send(who, chat, "again");
        world.flow();
        assert_eq!(latest(&mut world).as_deref(), Some(name));
    }
}

#[test]
fn chats_without_their_account_are_damage_and_no_place_for_a_new_one() {
    let (world, ada, _) = World::acquainted(18);
    let rows = |keep: &dyn Fn(&[u8]) -> bool| -> Vec<Row> {
        let account = world.devices[0].database.0.iter().filter(|((scope, ..), _)| *scope == Scope::Account.bytes());
        account
            .filter(|((_, table, key), _)| *table != Table::State || keep(key))
            .map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() })
            .collect()
    };
    let engine = || Engine::new(Origin::parse(sim::ORIGIN).unwrap());
    assert!(engine().load(Scope::Account, rows(&|_| true)).is_ok());
    assert!(engine().load(Scope::Account, rows(&|key| key != b"account")).is_err(), "{ada:?} has nobody");
    assert!(engine().load(Scope::Account, Vec::new()).is_ok(), "nothing at all is a new device");
}

#[test]
fn a_relay_that_is_not_understood_shows_until_one_is() {
    let (mut world, ..) = World::acquainted(19);
    let shown = |world: &mut World| match world.devices[0].events.last() {
        Some(Event::Connection { connection }) => *connection,
        other => panic!("{other:?}"),
    };
    world.input(0, Input::Garbled);
    assert_eq!(shown(&mut world), Connection::Garbled);
    world.input(0, Input::Connecting);
    world.input(0, Input::Disconnected);
    assert_eq!(shown(&mut world), Connection::Garbled, "that it is tried again changes nothing");
    world.disconnect(0);
    world.settle();
    world.disconnect(0);
    assert_eq!(shown(&mut world), Connection::Offline);
}

#[test]
fn a_message_that_was_dropped_is_never_said_to_be_delivered_or_read() {
    let (mut world, ada, ben) = World::acquainted(20);
    world.command(1, Command::Block { chat: ben });
    world.send(0, ada, "while blocked");
    world.settle();
    world.command(1, Command::Unblock { chat: ben });
    world.send(0, ada, "afterwards");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "afterwards"]);
    let newest = world.messages(1, ben).last().unwrap().order;
    world.command(1, Command::Seen { chat: ben, order: newest });
    world.settle();
    assert_eq!(marks(&mut world, 0, ada), [Mark::Read, Mark::Sent, Mark::Read]);
    world.crash(0);
    assert_eq!(marks(&mut world, 0, ada), [Mark::Read, Mark::Sent, Mark::Read], "also after a start");
}

#[test]
fn what_a_request_shows_is_no_longer_unread_and_a_blocked_chat_has_nothing_unread() {
    let mut world = World::with_people(&["Ada", "Ben"], 21);
    let ada = world.open_link(0, 1);
    world.send(0, ada, "one");
    world.send(0, ada, "two");
    world.settle();
    let ben = world.chat(1);
    assert_eq!((ben.unread, ben.state), (2, ChatState::Request));
    let newest = world.messages(1, ben.id).last().unwrap().order;
    world.command(1, Command::Seen { chat: ben.id, order: newest });
    world.settle();
    assert_eq!(world.chat(1).unread, 0);
    assert_eq!(marks(&mut world, 0, ada), [Mark::Sent, Mark::Sent], "and its sender is told nothing");
    world.send(0, ada, "three");
    world.settle();
    assert_eq!(world.chat(1).unread, 1);
    world.command(1, Command::Block { chat: ben.id });
    assert_eq!(world.chat(1).unread, 0);
}

#[test]
fn a_report_about_many_messages_raises_them_together() {
    let (mut world, ada, ben) = World::acquainted(22);
    for n in 0..10 {
        world.send(0, ada, &format!("{n}"));
    }
    world.settle();
    world.devices[0].events.clear();
    let newest = world.messages(1, ben).last().unwrap().order;
    world.command(1, Command::Seen { chat: ben, order: newest });
    world.settle();
    assert!(marks(&mut world, 0, ada).iter().all(|mark| *mark == Mark::Read));
    let raised = world.devices[0].events.iter().filter(|event| matches!(event, Event::Marked { mark: Mark::Read, .. }));
    assert_eq!(raised.count(), 1);
    assert!(!world.devices[0].events.iter().any(|event| matches!(event, Event::MarkedOne { .. })));
}
