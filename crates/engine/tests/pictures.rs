//! Pictures of groups and people, and what people say of themselves: alike for everybody who should see them, and for nobody else.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Groups, THREE, World, friends, hiking};
use xchat_engine::api::{
    Change, ChatId, ChatState, Command, Event, GroupChange, MAX_ABOUT_CHARS, MAX_PICTURE, PictureId, Problem, Who,
};

fn jpeg(len: usize) -> Vec<u8> {
    (0..len).map(|at| [0xff, 0xd8, 0xff].get(at).copied().unwrap_or((at % 251) as u8)).collect()
}

fn set(bytes: &[u8]) -> GroupChange {
    GroupChange::Picture { picture: Some(bytes.to_vec().into()) }
}

/// The picture that a device shows of a conversation: what its view names, and the bytes that come for it.
fn shown(world: &mut World, who: usize, chat: ChatId) -> Option<Vec<u8>> {
    let named = world.chats(who).into_iter().find(|view| view.id == chat).unwrap().picture.map(|id| *id);
    world.command(who, Command::Picture { chat });
    let came = world.devices[who].events.drain(..).filter_map(|event| match event {
        Event::Picture { picture, bytes } => Some((picture, bytes.to_vec())),
        _ => None,
    });
    let came: Vec<(PictureId, Vec<u8>)> = came.collect();
    assert_eq!(came.first().map(|(id, _)| *id), named);
    came.into_iter().next().map(|(_, bytes)| bytes)
}

fn refusals(world: &mut World, who: usize) -> Vec<Problem> {
    let events = world.devices[who].events.drain(..);
    let refused = events.filter_map(|event| match event {
        Event::Refused { problem } => Some(problem),
        _ => None,
    });
    refused.collect()
}

#[test]
fn a_groups_picture_is_the_same_for_all_and_stays_after_a_start() {
    let (mut world, group) = hiking(&THREE, 1);
    let (first, second) = (jpeg(900), jpeg(MAX_PICTURE));
    world.change(1, group, set(&first));
    world.settle();
    for who in 0..3 {
        assert_eq!(shown(&mut world, who, group), Some(first.clone()), "{who}");
        assert!(world.changes(who, group).contains(&Change::Pictured { on: true }));
    }
    world.change(2, group, set(&second));
    world.settle();
    // The name of a group is changed and its picture stays.
    world.change(0, group, GroupChange::Rename { name: "Walking".to_owned() });
    world.settle();
    for who in 0..3 {
        world.crash(who);
        assert_eq!(shown(&mut world, who, group), Some(second.clone()), "{who}");
    }
    world.change(0, group, GroupChange::Picture { picture: None });
    world.settle();
    for who in 0..3 {
        assert_eq!(shown(&mut world, who, group), None, "{who}");
        assert!(world.changes(who, group).contains(&Change::Pictured { on: false }));
        assert_eq!(world.rows_with(who, "no such text"), 0);
    }
}

#[test]
fn who_comes_later_sees_it_and_who_may_not_change_the_group_does_not_change_it() {
    let mut world = friends(&THREE, 2);
    let (ben, cleo) = (world.person(1), world.person(2));
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![ben] });
    world.settle();
    let group = world.group(0).id;
    world.change(0, group, set(&jpeg(700)));
    world.change(0, group, GroupChange::MayChange { who: Who::Admins });
    world.settle();
    // No commit after the one that brings her in: it is the welcome that holds it.
    world.disconnect(1);
    world.change(0, group, GroupChange::Add { people: vec![cleo] });
    world.settle();
    assert_eq!(shown(&mut world, 2, group), Some(jpeg(700)));
    world.connect(1);
    world.settle();
    refusals(&mut world, 1);
    world.change(1, group, set(&jpeg(800)));
    assert_eq!(refusals(&mut world, 1), [Problem::NotAllowed]);
    world.settle();
    assert_eq!(shown(&mut world, 1, group), Some(jpeg(700)));
}

#[test]
fn a_group_takes_its_picture_along_when_it_moves() {
    let (mut world, group) = hiking(&THREE, 3);
    world.change(0, group, set(&jpeg(700)));
    world.settle();
    world.change(0, group, GroupChange::Move { without: Vec::new() });
    world.settle();
    for who in 0..3 {
        assert!(world.changes(who, group).contains(&Change::Moved), "{who}");
        assert_eq!(shown(&mut world, who, group), Some(jpeg(700)), "{who}");
    }
    // And out of a room that is lost.
    world.change(0, group, set(&jpeg(800)));
    world.settle();
    assert_eq!(shown(&mut world, 2, group), Some(jpeg(800)));
}

#[test]
fn what_is_no_picture_or_too_large_is_refused() {
    let (mut world, group) = hiking(&THREE, 4);
    for bad in [b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), Vec::new(), jpeg(MAX_PICTURE + 1)] {
        refusals(&mut world, 0);
        world.change(0, group, set(&bad));
        world.command(0, Command::SetPicture { picture: Some(bad.into()) });
        assert_eq!(refusals(&mut world, 0), [Problem::Picture; 2]);
    }
    world.settle();
    assert_eq!(shown(&mut world, 1, group), None);
}

#[test]
fn a_person_is_seen_by_who_has_their_card_and_on_their_own_devices() {
    let (mut world, ada_with_ben, ben_with_ada) = World::acquainted(5);
    world.send(1, ben_with_ada, "hello");
    world.settle();
    world.command(0, Command::SetPicture { picture: Some(jpeg(MAX_PICTURE).into()) });
    world.settle();
    assert_eq!(world.account(0).picture.map(|bytes| bytes.to_vec()), Some(jpeg(MAX_PICTURE)));
    assert_eq!(shown(&mut world, 1, ben_with_ada), Some(jpeg(MAX_PICTURE)));
    assert_eq!(shown(&mut world, 0, ada_with_ben), None);
    world.crash(1);
    assert_eq!(shown(&mut world, 1, ben_with_ada), Some(jpeg(MAX_PICTURE)));
    // A device that comes later has it; what one of them sets then holds on both.
    let new = world.link_new(0);
    assert_eq!(world.account(new).picture.map(|bytes| bytes.to_vec()), Some(jpeg(MAX_PICTURE)));
    world.command(new, Command::SetPicture { picture: Some(jpeg(300).into()) });
    world.settle();
    assert_eq!(world.account(0).picture.map(|bytes| bytes.to_vec()), Some(jpeg(300)));
    assert_eq!(shown(&mut world, 1, ben_with_ada), Some(jpeg(300)));
    world.command(0, Command::SetPicture { picture: None });
    world.settle();
    assert_eq!(world.account(new).picture, None);
    assert_eq!(shown(&mut world, 1, ben_with_ada), None);
}

#[test]
fn who_opens_a_link_sees_the_picture_on_the_card() {
    let mut world = World::with_people(&["Ada", "Ben"], 6);
    world.command(1, Command::SetPicture { picture: Some(jpeg(500).into()) });
    world.settle();
    let chat = world.open_link(0, 1);
    assert_eq!(shown(&mut world, 0, chat), Some(jpeg(500)));
}

#[test]
fn a_strangers_picture_is_not_shown_before_they_were_let_in_nor_once_they_are_blocked() {
    let mut world = World::with_people(&["Ada", "Ben"], 7);
    world.command(0, Command::SetPicture { picture: Some(jpeg(500).into()) });
    let chat = world.open_link(0, 1);
    world.send(0, chat, "hello");
    world.settle();
    let request = world.chats(1).remove(0);
    assert_eq!((request.state, request.picture), (ChatState::Request, None));
    world.command(1, Command::Accept { chat: request.id });
    assert_eq!(shown(&mut world, 1, request.id), Some(jpeg(500)));
    world.command(1, Command::Block { chat: request.id });
    assert_eq!(world.chats(1).remove(0).picture, None);
}

fn say(world: &mut World, who: usize, text: &str) {
    world.command(who, Command::SetAbout { text: text.into() });
}

fn seen(world: &mut World, who: usize, chat: ChatId) -> String {
    world.chats(who).into_iter().find(|view| view.id == chat).unwrap().about
}

#[test]
fn what_a_person_says_of_themselves_is_on_their_devices_and_with_who_has_their_card() {
    let (mut world, ada_with_ben, ben_with_ada) = World::acquainted(5);
    world.send(1, ben_with_ada, "hello");
    world.settle();
    say(&mut world, 0, "  Gone fishing ");
    world.settle();
    assert_eq!(world.account(0).about, "Gone fishing");
    assert_eq!(seen(&mut world, 1, ben_with_ada), "Gone fishing");
    assert_eq!(seen(&mut world, 0, ada_with_ben), "");
    world.crash(1);
    assert_eq!(seen(&mut world, 1, ben_with_ada), "Gone fishing");
    // A device that comes later has it; what one of them sets then holds on both.
    let new = world.link_new(0);
    assert_eq!(world.account(new).about, "Gone fishing");
    say(&mut world, new, "Back on Monday");
    world.settle();
    assert_eq!(world.account(0).about, "Back on Monday");
    assert_eq!(seen(&mut world, 1, ben_with_ada), "Back on Monday");
    say(&mut world, 0, " ");
    world.settle();
    assert_eq!(world.account(new).about, "");
    assert_eq!(seen(&mut world, 1, ben_with_ada), "");
}

#[test]
fn a_strangers_line_is_not_shown_before_they_were_let_in_nor_once_they_are_blocked() {
    let mut world = World::with_people(&["Ada", "Ben"], 7);
    say(&mut world, 0, "Cheap watches");
    let chat = world.open_link(0, 1);
    world.send(0, chat, "hello");
    world.settle();
    let request = world.chats(1).remove(0);
    assert_eq!((request.state, request.about.as_str()), (ChatState::Request, ""));
    world.command(1, Command::Accept { chat: request.id });
    assert_eq!(seen(&mut world, 1, request.id), "Cheap watches");
    world.command(1, Command::Block { chat: request.id });
    assert_eq!(seen(&mut world, 1, request.id), "");
}

#[test]
fn what_is_too_long_or_would_disturb_is_refused_and_what_there_was_stays() {
    let mut world = World::with_people(&["Ada"], 8);
    say(&mut world, 0, "Gone fishing");
    refusals(&mut world, 0);
    for wrong in ["x".repeat(MAX_ABOUT_CHARS + 1), "two\nlines".into(), "turned\u{202e}round".into()] {
        say(&mut world, 0, &wrong);
        assert_eq!(refusals(&mut world, 0), [Problem::Text], "{wrong}");
    }
    assert_eq!(world.account(0).about, "Gone fishing");
}
