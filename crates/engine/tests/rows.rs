//! Rows that a newer build wrote: reported, left as they are, and in nobody's way.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Database, World};
use xchat_engine::{
    Engine, Input, LoadError,
    api::{Body, Change, ChatId, ChatState, Command, Event, Problem, StorageProblem},
    card::Origin,
    rows::{Scope, Table},
};

type Id = ([u8; 16], Table, Vec<u8>);

/// Ada knows Ben and Cleo, and has a commit and a message for Ben that did not go out yet.
fn waiting() -> (World, ChatId, ChatId) {
    let mut world = World::with_people(&["Ada", "Ben", "Cleo"], 700);
    let chats: Vec<_> = [1, 2].map(|whom| world.open_link(0, whom)).into();
    for (chat, whom) in chats.iter().zip([1, 2]) {
        world.send(0, *chat, "hello");
        world.settle();
        let theirs = world.chat(whom).id;
        world.command(whom, Command::Accept { chat: theirs });
        world.settle();
    }
    // A new leaf is due, and is lost with the connection.
    world.now += 8 * 24 * 3600 * 1000;
    world.input(0, Input::Tick);
    world.disconnect(0);
    world.send(0, chats[0], "waits");
    (world, chats[0], chats[1])
}

/// The one row of this place whose key starts so.
fn find(database: &Database, scope: [u8; 16], table: Table, prefix: &[u8]) -> Id {
    let mut found = database.0.keys().filter(|(s, t, key)| (*s, *t) == (scope, table) && key.starts_with(prefix));
    found.next().unwrap().clone()
}

/// Says version 2 in a row. Its map begins with key 0, the version.
fn make_newer(database: &mut Database, id: &Id) {
    change_version(database, id, 1, 2);
}

fn change_version(database: &mut Database, id: &Id, from: u8, to: u8) {
    let row = database.0.get_mut(id).unwrap();
    // A map of more than 23 entries has its length in a byte of its own.
    let first = if row[0] == 0xb8 { 2 } else { 1 };
    assert_eq!(row[first..first + 2], [0, from]);
    row[first + 1] = to;
}

/// Everything that is stored of a conversation.
fn rows_of(database: &Database, chat: ChatId) -> Vec<(Id, Vec<u8>)> {
    let about = |(scope, _, key): &Id| *scope == chat.0 || (*scope == [0; 16] && key.ends_with(&chat.0));
    database.0.iter().filter(|(id, _)| about(id)).map(|(id, row)| (id.clone(), row.clone())).collect()
}

fn reports(world: &World) -> Vec<String> {
    let storage = world.devices[0].events.iter().filter_map(|event| match event {
        Event::Storage { problem, detail } => {
            assert_eq!(*problem, StorageProblem::Damaged, "the others go on");
            Some(detail.clone())
        }
        _ => None,
    });
    storage.chain(world.devices[0].damage.iter().cloned()).collect()
}

/// The line that says so.
fn renamed(was: &str, name: &str) -> Body {
    Body::Changed { changes: vec![Change::Called { was: was.to_owned(), name: name.to_owned(), alike: false }] }
}

/// One row about Ben becomes newer; Ada's device starts again, and people go on.
fn a_newer_row_stops_its_conversation_alone(scope: impl Fn(ChatId) -> [u8; 16], table: Table, prefix: &[u8]) {
    let (mut world, ben, cleo) = waiting();
    let mut key = prefix.to_vec();
    if prefix == b"chat/" || prefix == b"contact/" {
        key.extend_from_slice(&ben.0);
    }
    let id = find(&world.devices[0].database, scope(ben), table, &key);
    make_newer(&mut world.devices[0].database, &id);
    let before = rows_of(&world.devices[0].database, ben);
    let link = world.link(1);

    world.devices[0].may_be_damaged = true;
    world.devices[0].events.clear();
    world.crash(0);
    let (theirs, hers) = (world.chat(1).id, world.chat(2).id);
    world.send(1, theirs, "to a deaf ear");
    world.send(2, hers, "are you there?");
    world.settle();
    world.send(0, ben, "refused");
    world.send(0, cleo, "yes");
    world.command(0, Command::OpenLink { link });
    world.command(0, Command::Rename { name: "Ada L.".to_owned() });
    world.settle();

    let reports = reports(&world);
    assert!(!reports.is_empty() && reports.iter().all(|report| report.contains("of version 2")), "{reports:?}");
    let refused = Event::NotWritten { tag: 0, problem: Some(Problem::RowDamaged) };
    assert!(world.devices[0].events.contains(&refused));
    assert_eq!(world.texts(0, cleo), ["> hello", "are you there?", "> yes"]);
    let renamed = format!("{:?}", renamed("Ada", "Ada L."));
    assert_eq!(world.texts(2, hers), ["hello", "> are you there?", "yes", &renamed]);
    let name = |world: &mut World, who| world.chats(who)[0].name.clone();
    assert_eq!((name(&mut world, 1), name(&mut world, 2)), ("Ada".to_owned(), "Ada L.".to_owned()));
    assert_eq!(rows_of(&world.devices[0].database, ben), before, "byte for byte");

    // The newer build is back, and goes on where it was.
    change_version(&mut world.devices[0].database, &id, 2, 1);
    world.devices[0].may_be_damaged = false;
    world.crash(0);
    world.settle();
    assert_eq!(world.texts(0, ben), ["> hello", "> waits", "to a deaf ear"]);
    let heard: Vec<String> = world.texts(1, theirs).into_iter().filter(|text| *text != renamed).collect();
    assert_eq!(heard, ["hello", "> to a deaf ear", "waits"]);
}

#[test]
fn a_newer_summary_stops_its_conversation_alone() {
    a_newer_row_stops_its_conversation_alone(|_| [0; 16], Table::State, b"chat/");
}

#[test]
fn a_newer_contact_stops_its_conversation_alone() {
    a_newer_row_stops_its_conversation_alone(|_| [0; 16], Table::State, b"contact/");
}

#[test]
fn a_newer_outbox_entry_stops_its_conversation_alone() {
    a_newer_row_stops_its_conversation_alone(|chat| chat.0, Table::Outbox, b"");
}

#[test]
fn a_newer_commit_stops_its_conversation_alone() {
    a_newer_row_stops_its_conversation_alone(|chat| chat.0, Table::State, b"commit/");
}

#[test]
fn somebody_whose_conversation_a_newer_build_keeps_cannot_begin_another_one() {
    let mut world = World::with_people(&["Ada", "Ben"], 701);
    let ada = world.open_link(0, 1);
    let id = find(&world.devices[0].database, [0; 16], Table::State, b"chat/");
    make_newer(&mut world.devices[0].database, &id);
    let before = rows_of(&world.devices[0].database, ada);
    world.devices[0].may_be_damaged = true;
    world.crash(0);
    let ben = world.open_link(1, 0);
    world.send(1, ben, "hello");
    world.settle();
    assert!(world.chats(0).is_empty());
    assert_eq!(rows_of(&world.devices[0].database, ada), before);
}

#[test]
fn a_newer_message_is_said_and_the_others_are_shown() {
    let (mut world, ada, _) = World::acquainted(702);
    world.send(0, ada, "second");
    world.settle();
    let id = find(&world.devices[0].database, ada.0, Table::Messages, b"");
    make_newer(&mut world.devices[0].database, &id);
    let row = world.devices[0].database.0[&id].clone();
    world.devices[0].events.clear();
    assert_eq!(world.texts(0, ada), ["Notice { notice: Damaged }", "> second"]);
    assert!(world.devices[0].events.contains(&Event::Refused { problem: Problem::RowDamaged }));
    assert_eq!(world.devices[0].database.0[&id], row);
}

#[test]
fn a_newer_row_of_the_account_itself_is_told_from_a_damaged_one() {
    let (mut world, _, _) = World::acquainted(703);
    assert_eq!(world.chat(0).state, ChatState::Open);
    let id = find(&world.devices[0].database, [0; 16], Table::State, b"account");
    make_newer(&mut world.devices[0].database, &id);
    let rows = world.devices[0].database.scope(Scope::Account);
    let mut engine = Engine::new(Origin::parse(sim::ORIGIN).unwrap());
    assert!(matches!(engine.load(Scope::Account, rows.clone()), Err(LoadError::Newer("account", 2))));
    let cut = rows.into_iter().map(|mut row| {
        row.value.truncate(row.value.len() / 2);
        row
    });
    let mut engine = Engine::new(Origin::parse(sim::ORIGIN).unwrap());
    assert!(matches!(engine.load(Scope::Account, cut.collect()), Err(LoadError::Row(..))));
}
