//! How a person keeps their conversations: archived, muted, pinned, marked unread, begun; alike on all their devices.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::{
    Engine, LoadError,
    api::{Arrange, Arrangement, ChatId, ChatView, Command, Draft, Event, FOR_EVER, MAX_TEXT, Problem},
    card::Origin,
    rows::{Scope, Table},
};

/// Ada has the devices 0 and 2, Ben device 1: (world, chat of Ada, chat of Ben).
fn two_devices(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    world.link_new(0);
    (world, ada, ben)
}

fn chat(world: &mut World, who: usize, id: ChatId) -> ChatView {
    world.chats(who).into_iter().find(|chat| chat.id == id).unwrap()
}

fn arranged(world: &mut World, who: usize, id: ChatId) -> Arrangement {
    *chat(world, who, id).arranged
}

fn arrange(world: &mut World, who: usize, chat: ChatId, change: Arrange) {
    world.command(who, Command::Arrange { chat, change });
}

fn begin(world: &mut World, who: usize, chat: ChatId, text: &str, reply: Option<u64>) {
    let draft = Some(Draft { text: text.to_owned(), reply });
    world.command(who, Command::Draft { chat, draft });
}

fn draft(world: &mut World, who: usize, id: ChatId) -> Option<(String, Option<u64>)> {
    chat(world, who, id).draft.map(|draft| (draft.text, draft.reply))
}

/// Time passes, and what is due is done. Who is offline stays so.
fn wait(world: &mut World, ms: u64) {
    world.now += ms;
    for who in 0..world.devices.len() {
        world.tick(who);
    }
    world.flow();
}

/// Contents for Ada's other devices that wait on this one. They are in her conversation with herself, whose id is that of Ben's with
/// her.
fn told(world: &World, who: usize, own: ChatId) -> usize {
    let rows = world.devices[who].database.0.keys();
    rows.filter(|(scope, table, _)| *table == Table::Outbox && own.0 == *scope).count()
}

#[test]
fn each_thing_is_kept_over_a_restart_and_is_so_on_the_other_device() {
    let (mut world, ada, ben) = two_devices(1);
    let until = world.now + 3_600_000;
    for change in [
        Arrange::Archive(true),
        Arrange::Mute(Some(until)),
        Arrange::Pin(Some(0)),
        Arrange::Unread(true),
        Arrange::Verify(true),
    ] {
        arrange(&mut world, 0, ada, change);
    }
    world.crash(0);
    let here = arranged(&mut world, 0, ada);
    assert!(here.archived.is_some() && here.pinned.is_some() && here.unread && here.verified, "{here:?}");
    assert_eq!(here.muted_until, Some(until));
    world.connect(0);
    world.settle();
    assert_eq!(arranged(&mut world, 2, ada), here);
    assert_eq!(arranged(&mut world, 1, ben), Arrangement::default(), "nobody else learns it");
    for change in [
        Arrange::Archive(false),
        Arrange::Mute(None),
        Arrange::Pin(None),
        Arrange::Unread(false),
        Arrange::Verify(false),
    ] {
        arrange(&mut world, 2, ada, change);
    }
    world.settle();
    assert_eq!(arranged(&mut world, 0, ada), Arrangement::default());
}

#[test]
fn a_new_device_has_it_from_its_first_moment() {
    let (mut world, ada, _) = World::acquainted(2);
    arrange(&mut world, 0, ada, Arrange::Mute(Some(FOR_EVER)));
    arrange(&mut world, 0, ada, Arrange::Pin(Some(0)));
    arrange(&mut world, 0, ada, Arrange::Verify(true));
    begin(&mut world, 0, ada, "begun before", None);
    world.link_new(0);
    wait(&mut world, 5_000);
    assert_eq!(arranged(&mut world, 2, ada), arranged(&mut world, 0, ada));
    assert_eq!(arranged(&mut world, 2, ada).muted_until, Some(FOR_EVER));
    assert!(arranged(&mut world, 2, ada).verified);
    assert_eq!(draft(&mut world, 2, ada), Some(("begun before".to_owned(), None)));
}

#[test]
fn of_two_devices_that_change_the_same_thing_the_last_by_the_relay_is_right_on_both() {
    for (offline, online) in [(0, 2), (2, 0)] {
        let (mut world, ada, _) = two_devices(3);
        world.disconnect(offline);
        arrange(&mut world, offline, ada, Arrange::Mute(Some(FOR_EVER)));
        arrange(&mut world, offline, ada, Arrange::Unread(true));
        begin(&mut world, offline, ada, "on the train", None);
        let until = world.now + 1_000_000;
        arrange(&mut world, online, ada, Arrange::Mute(Some(until)));
        arrange(&mut world, online, ada, Arrange::Pin(Some(0)));
        begin(&mut world, online, ada, "at home", None);
        wait(&mut world, 5_000);
        world.connect(offline);
        world.settle();
        wait(&mut world, 5_000);
        let there = arranged(&mut world, online, ada);
        assert_eq!(there, arranged(&mut world, offline, ada));
        assert_eq!((there.muted_until, there.unread), (Some(FOR_EVER), true));
        assert!(there.pinned.is_some(), "what only one of them changed stays");
        let begun = Some(("on the train".to_owned(), None));
        assert_eq!((draft(&mut world, offline, ada), draft(&mut world, online, ada)), (begun.clone(), begun));
    }
}

#[test]
fn what_changes_often_while_offline_is_told_once() {
    let (mut world, ada, ben) = two_devices(4);
    world.disconnect(0);
    for n in 0..9 {
        arrange(&mut world, 0, ada, Arrange::Unread(n % 2 == 0));
        begin(&mut world, 0, ada, &"x".repeat(n + 1), None);
        wait(&mut world, 4_000);
    }
    assert_eq!(told(&world, 0, ben), 2, "one for each register");
    world.connect(0);
    world.settle();
    assert_eq!(draft(&mut world, 2, ada).unwrap().0, "x".repeat(9));
}

#[test]
fn a_draft_is_told_seconds_after_the_last_key_and_not_with_each() {
    let (mut world, ada, ben) = two_devices(5);
    world.disconnect(0);
    for n in 1..20 {
        begin(&mut world, 0, ada, &"x".repeat(n), None);
        wait(&mut world, 500);
        assert_eq!(told(&world, 0, ben), 0, "{n}");
    }
    wait(&mut world, 3_000);
    assert_eq!(told(&world, 0, ben), 1);
    // The page hears nothing of what it said itself.
    assert!(!world.devices[0].events.iter().any(|event| matches!(event, Event::Drafted { .. })));
    world.connect(0);
    world.settle();
    let drafted = Event::Drafted { chat: ada, draft: Some(Draft { text: "x".repeat(19), reply: None }) };
    assert!(world.devices[2].events.contains(&drafted));
}

#[test]
fn a_draft_that_is_sent_or_emptied_goes_on_all_devices() {
    let (mut world, ada, ben) = two_devices(6);
    world.disconnect(0);
    world.send(0, ada, "meanwhile");
    world.send(1, ben, "a question");
    world.flow();
    world.connect(0);
    world.settle();
    let order = |world: &mut World, who| {
        let at = world.texts(who, ada).iter().position(|text| text == "a question").unwrap();
        world.order(who, ada, at)
    };
    let (here, there) = (order(&mut world, 0), order(&mut world, 2));
    assert_ne!(here, there, "orders are each device's own");
    begin(&mut world, 0, ada, "an answer", Some(here));
    wait(&mut world, 5_000);
    world.crash(0);
    world.connect(0);
    world.settle();
    assert_eq!(draft(&mut world, 0, ada), Some(("an answer".to_owned(), Some(here))));
    assert_eq!(draft(&mut world, 2, ada), Some(("an answer".to_owned(), Some(there))));
    world.command(2, Command::Reply { chat: ada, order: there, text: "an answer".to_owned(), tag: 1 });
    assert_eq!(draft(&mut world, 2, ada), None, "with the message, in one step");
    wait(&mut world, 5_000);
    assert_eq!(draft(&mut world, 0, ada), None);
    begin(&mut world, 0, ada, "no", None);
    wait(&mut world, 5_000);
    assert!(draft(&mut world, 2, ada).is_some());
    begin(&mut world, 0, ada, " ", None);
    wait(&mut world, 5_000);
    assert_eq!(draft(&mut world, 2, ada), None);
}

#[test]
fn a_message_that_is_written_at_once_tells_of_no_draft() {
    let (mut world, ada, ben) = two_devices(7);
    world.disconnect(0);
    begin(&mut world, 0, ada, "quick", None);
    world.send(0, ada, "quick");
    wait(&mut world, 5_000);
    assert_eq!(told(&world, 0, ben), 0);
}

#[test]
fn what_is_archived_comes_back_with_a_new_message_unless_it_is_muted() {
    // Whichever of the two logs the other device reads first.
    (20..26).for_each(archived_comes_back);
}

fn archived_comes_back(seed: u64) {
    let (mut world, ada, ben) = two_devices(seed);
    world.now += 5_000;
    world.disconnect(2);
    world.send(1, ben, "before");
    world.flow();
    arrange(&mut world, 0, ada, Arrange::Archive(true));
    world.flow();
    // This device reads now what the other one had archived already.
    world.connect(2);
    world.settle();
    assert!(arranged(&mut world, 0, ada).archived.is_some());
    assert!(arranged(&mut world, 2, ada).archived.is_some());
    arrange(&mut world, 0, ada, Arrange::Mute(Some(FOR_EVER)));
    world.settle();
    world.now += 5_000;
    world.send(1, ben, "unheard");
    world.settle();
    assert!(arranged(&mut world, 0, ada).archived.is_some() && arranged(&mut world, 2, ada).archived.is_some());
    arrange(&mut world, 0, ada, Arrange::Mute(None));
    world.settle();
    world.now += 5_000;
    world.send(1, ben, "heard");
    world.settle();
    assert_eq!((arranged(&mut world, 0, ada).archived, arranged(&mut world, 2, ada).archived), (None, None));
}

#[test]
fn what_is_marked_unread_is_so_until_it_is_opened_on_any_device() {
    let (mut world, ada, _) = two_devices(9);
    arrange(&mut world, 0, ada, Arrange::Unread(true));
    world.settle();
    assert!(arranged(&mut world, 2, ada).unread);
    world.command(2, Command::Seen { chat: ada, order: 0 });
    world.settle();
    assert!(!arranged(&mut world, 0, ada).unread);
}

/// Names of Ada's conversations as the list has them.
fn pinned(world: &mut World) -> Vec<String> {
    let mut chats = world.chats(0);
    chats.retain(|chat| chat.arranged.pinned.is_some());
    chats.sort_by_key(|chat| (chat.arranged.pinned, chat.id));
    chats.into_iter().map(|chat| chat.name).collect()
}

#[test]
fn pinned_conversations_have_an_order_also_when_their_numbers_run_out() {
    let mut world = World::with_people(&["Ada", "Ben", "Cleo", "Dan"], 10);
    let [ben, cleo, dan] = [1, 2, 3].map(|whom| world.open_link(0, whom));
    for (chat, place) in [(ben, 0), (cleo, 0), (dan, 9)] {
        arrange(&mut world, 0, chat, Arrange::Pin(Some(place)));
    }
    assert_eq!(pinned(&mut world), ["Cleo", "Ben", "Dan"]);
    for n in 0..80 {
        let (chat, names) = if n % 2 == 0 { (dan, ["Cleo", "Dan", "Ben"]) } else { (ben, ["Cleo", "Ben", "Dan"]) };
        arrange(&mut world, 0, chat, Arrange::Pin(Some(1)));
        assert_eq!(pinned(&mut world), names, "{n}");
    }
}

#[test]
fn a_conversation_that_is_deleted_is_kept_in_no_way_but_muted() {
    let (mut world, ada, ben) = two_devices(11);
    for change in [Arrange::Archive(true), Arrange::Mute(Some(FOR_EVER)), Arrange::Pin(Some(0))] {
        arrange(&mut world, 0, ada, change);
    }
    begin(&mut world, 0, ada, "a secret thought", None);
    wait(&mut world, 5_000);
    assert!(world.rows_with(2, "a secret thought") > 0);
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    assert_eq!((world.rows_with(0, "a secret thought"), world.rows_with(2, "a secret thought")), (0, 0));
    world.now += 5_000;
    world.send(1, ben, "again");
    world.settle();
    let muted = Arrangement { muted_until: Some(FOR_EVER), ..Arrangement::default() };
    assert_eq!((arranged(&mut world, 0, ada), arranged(&mut world, 2, ada)), (muted.clone(), muted));
}

#[test]
fn a_draft_that_is_too_long_is_refused_from_the_page_and_in_a_row() {
    let (mut world, ada, _) = World::acquainted(12);
    begin(&mut world, 0, ada, &"x".repeat(MAX_TEXT + 1), None);
    assert!(world.devices[0].events.contains(&Event::Refused { problem: Problem::Text }));
    assert_eq!(draft(&mut world, 0, ada), None);
    begin(&mut world, 0, ada, &"x".repeat(MAX_TEXT), None);
    let mut rows = world.devices[0].database.scope(Scope::Account);
    let load = |rows| Engine::new(Origin::parse(sim::ORIGIN).unwrap()).load(Scope::Account, rows);
    assert!(load(rows.clone()).is_ok());
    let row = rows.iter_mut().find(|row| row.key.starts_with(b"chat/")).unwrap();
    // A text of two bytes of length: one more in the length, one more in the text.
    let [high, low] = u16::try_from(MAX_TEXT).unwrap().to_be_bytes();
    let at = row.value.windows(4).position(|bytes| bytes == [0x79, high, low, b'x']).unwrap();
    row.value[at + 2] += 1;
    row.value.insert(at + 3, b'x');
    assert!(matches!(load(rows), Err(LoadError::Row("chat", _))));
}
