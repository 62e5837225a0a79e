//! What tests of invite links ask and say.

use xchat_engine::api::{ChatId, Command, Event, GroupChange, InviteView, JoinView, Problem};

use super::{Groups, World};

/// Ada's group with Ben. All others are strangers to both.
pub fn group_of_two(names: &[&str], seed: u64) -> (World, ChatId) {
    let mut world = World::with_people(names, seed);
    let chat = world.open_link(0, 1);
    world.send(0, chat, "hello");
    world.settle();
    let request = world.chats(1)[0].id;
    world.command(1, Command::Accept { chat: request });
    let ben = world.person(1);
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![ben] });
    world.settle();
    let group = world.group(0).id;
    (world, group)
}

/// The same with an invite link.
pub fn linked(names: &[&str], seed: u64) -> (World, ChatId, String) {
    let (mut world, group) = group_of_two(names, seed);
    world.change(0, group, GroupChange::Invite { on: true });
    world.settle();
    let link = shown_link(&mut world, 0).unwrap();
    (world, group, link)
}

/// The link as an admin sees it.
pub fn shown_link(world: &mut World, who: usize) -> Option<String> {
    world.group(who).group.unwrap().invite
}

/// What somebody sees who opens a link.
pub fn open(world: &mut World, who: usize, link: &str) -> Result<InviteView, Problem> {
    world.devices[who].events.clear();
    world.command(who, Command::OpenInvite { link: link.to_owned() });
    world.flow();
    let said = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Invite { invite } => Some(Ok(invite.clone())),
        Event::Refused { problem } => Some(Err(*problem)),
        _ => None,
    });
    said.unwrap()
}

pub fn ask(world: &mut World, who: usize, link: &str) {
    world.command(who, Command::AskToJoin { link: link.to_owned() });
    world.settle();
}

/// What somebody has asked for.
pub fn joins(world: &mut World, who: usize) -> Vec<JoinView> {
    world.devices[who].events.clear();
    world.snapshot(who);
    let joins = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Joins { joins } => Some(joins.clone()),
        _ => None,
    });
    joins.unwrap_or_default()
}

/// Who waits for an answer, as an admin sees it.
pub fn requests(world: &mut World, who: usize, chat: ChatId) -> Vec<String> {
    world.command(who, Command::JoinRequests { chat });
    let requests = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::JoinRequests { requests, .. } => Some(requests.clone()),
        _ => None,
    });
    let names: Vec<String> = requests.unwrap().into_iter().map(|request| request.name).collect();
    let counted = world.group(who).group.unwrap().requests;
    assert_eq!(names.len(), counted as usize, "the count on the row");
    names
}

pub fn approve(world: &mut World, who: usize, chat: ChatId, whom: usize) {
    let person = world.person(whom);
    world.change(who, chat, GroupChange::Approve { person });
    world.settle();
}

pub fn has_group(world: &mut World, who: usize) -> bool {
    world.chats(who).iter().any(|chat| chat.group.is_some())
}
