//! Commits and welcomes that do not fit a frame: they go through blobs, whatever becomes of the blob or of a device on the way.
#![allow(clippy::unwrap_used)]

mod sim;

use std::{cell::Cell, rc::Rc};

use sim::{Crash, Groups, Thrift, World, friends};
use xchat_engine::{
    BlobWork,
    api::{ChatId, ChatState, Command, Event, GroupChange, OutView},
};
use xchat_wire::{ClientFrame, ServerFrame};

/// A frame that holds one welcome by reference, and no commit with a path in a hybrid group.
const FRAME: usize = 10 * 1024;

/// Friends of Ada's, whose frames are small from now on, at a relay that keeps blobs.
fn small(names: &[&str], seed: u64) -> World {
    let mut world = friends(names, seed);
    world.relay.keep_blobs(u64::MAX);
    shrink(&mut world);
    world
}

/// Also after a crash.
fn shrink(world: &mut World) {
    for who in 0..world.devices.len() {
        world.limit_frames(who, FRAME);
    }
}

const FIVE: [&str; 5] = ["Ada", "Ben", "Cleo", "Dan", "Eve"];

fn make_group(world: &mut World, names: usize) -> ChatId {
    let people = (1..names).map(|who| world.person(who)).collect();
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people });
    world.settle();
    world.group(0).id
}

/// All but the accused are in one epoch of one group and read each other.
fn agree(world: &mut World, group: ChatId, who: &[usize]) {
    read_each_other(world, group, who, who.len() as u32);
}

fn read_each_other(world: &mut World, group: ChatId, who: &[usize], people: u32) {
    for &who in who {
        let view = world.group(who);
        assert_eq!((view.id, view.state), (group, ChatState::Open), "{who}");
        assert_eq!(view.group.as_ref().map(|view| (view.people, view.out.clone())), Some((people, None)), "{who}");
    }
    let tag = world.now;
    for &who in who {
        world.send(who, group, &format!("{tag} from {who}"));
    }
    world.settle();
    for &reader in who {
        let said = world.said(reader, group);
        for &writer in who {
            let text = format!("{tag} from {writer}");
            assert_eq!(said.iter().filter(|said| said.ends_with(&text)).count(), 1, "{reader} of {writer}: {said:?}");
        }
    }
}

/// How many commits have gone to the relay, and how many of them refer to a blob.
fn count_commits(world: &mut World) -> Rc<Cell<(usize, usize)>> {
    let seen = Rc::new(Cell::new((0, 0)));
    let counted = seen.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let ClientFrame::Commit { body, .. } = &frame {
            let (all, large) = counted.get();
            counted.set((all + 1, large + usize::from(body[0] == 1)));
        }
        frame
    }));
    seen
}

/// Ben's leaf is renewed now: a commit with a path.
fn rename(world: &mut World, who: usize, name: &str) {
    world.command(who, Command::Rename { name: name.to_owned() });
}

#[test]
fn a_group_whose_commits_and_welcomes_fit_no_frame_works_as_any_other() {
    let mut world = small(&FIVE, 1);
    let commits = count_commits(&mut world);
    let group = make_group(&mut world, 5);
    agree(&mut world, group, &[0, 1, 2, 3, 4]);
    let (all, large) = commits.get();
    assert!(all >= 8 && large >= 4, "one by one they come in, and renew their leaves: {all}, {large}");
    for who in 0..5 {
        rename(&mut world, who, &format!("{who}"));
        world.settle();
    }
    let eve = world.person(4);
    world.change(0, group, GroupChange::Remove { person: eve });
    world.settle();
    agree(&mut world, group, &[0, 1, 2, 3]);
    assert!(world.devices.iter().all(|device| device.damage.is_empty()));
    let rows = |who: usize, prefix: &[u8]| {
        world.devices[who].database.0.keys().filter(|key| key.2.starts_with(prefix)).count()
    };
    for who in 0..5 {
        assert_eq!((rows(who, b"upload/"), rows(who, b"bytes/"), rows(who, b"welcome/")), (0, 0, 0), "{who}");
    }
}

/// The blobs of Ben's next commit come to a bad end, and everybody meets again, Ben too.
fn spoiled(seed: u64, spoil: impl Fn(&mut World)) -> (World, ChatId) {
    let mut world = small(&["Ada", "Ben", "Cleo"], seed);
    let group = make_group(&mut world, 3);
    agree(&mut world, group, &[0, 1, 2]);
    let held = Rc::new(Cell::new(true));
    let status = held.clone();
    world.weather = Some(Box::new(move |_, work| match work {
        BlobWork::Fetch { .. } if status.get() => 503,
        _ => 0,
    }));
    let commits = count_commits(&mut world);
    rename(&mut world, 1, "Benjamin");
    world.flow();
    assert_eq!(commits.get(), (1, 1));
    world.tamper = None;
    spoil(&mut world);
    held.set(false);
    world.settle();
    agree(&mut world, group, &[0, 1, 2]);
    (world, group)
}

/// What lies under the addresses of blobs is something else.
fn change_blobs(world: &mut World, change: fn(&mut Vec<u8>)) {
    world.relay.blobs_mut().for_each(|(_, bytes)| change(bytes));
}

#[test]
fn a_blob_that_the_relay_does_not_have_moves_the_group_and_parts_nobody() {
    let (mut world, group) = spoiled(2, |world| world.relay.lose_blobs());
    assert!(
        world.members(0, group).iter().any(|(name, _)| name == "Benjamin"),
        "what he wanted is done in the new place"
    );
}

#[test]
fn a_blob_that_is_altered_too_short_or_too_long_moves_the_group_and_parts_nobody() {
    let changes: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes[100] ^= 1, |bytes| bytes.truncate(900), Vec::clear, |bytes| bytes.extend([0; 5000])];
    for (seed, change) in (3..).zip(changes) {
        spoiled(seed, |world| change_blobs(world, change));
    }
}

#[test]
fn a_reference_that_does_not_open_moves_the_group_and_parts_nobody() {
    let mut world = small(&["Ada", "Ben", "Cleo"], 7);
    let group = make_group(&mut world, 3);
    agree(&mut world, group, &[0, 1, 2]);
    let (mut left, spoiled) = (1, Rc::new(Cell::new(0)));
    let count = spoiled.clone();
    world.tamper = Some(Box::new(move |who, mut frame| {
        if let ClientFrame::Commit { body, .. } = &mut frame
            && who == 1
            && left > 0
        {
            left -= 1;
            count.set(count.get() + 1);
            body[60] ^= 1;
        }
        frame
    }));
    rename(&mut world, 1, "Benjamin");
    world.settle();
    agree(&mut world, group, &[0, 1, 2]);
    assert_eq!(spoiled.get(), 1);
    assert!(world.members(0, group).iter().any(|(name, _)| name == "Benjamin"));
}

#[test]
fn of_two_large_commits_at_once_one_wins_and_the_other_is_done_on_top_of_it() {
    let mut world = small(&["Ada", "Ben", "Cleo"], 8);
    let group = make_group(&mut world, 3);
    agree(&mut world, group, &[0, 1, 2]);
    for who in 0..3 {
        rename(&mut world, who, &format!("new {who}"));
    }
    world.settle();
    // Who lost the race renews when it is quiet again.
    world.settle();
    agree(&mut world, group, &[0, 1, 2]);
    let names: Vec<String> = world.members(0, group).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["new 0", "new 1", "new 2"]);
    let uploads = |who: usize| world.devices[who].database.0.keys().filter(|key| key.2.starts_with(b"bytes/")).count();
    assert_eq!((0..3).map(uploads).sum::<usize>(), 0, "what nobody will send is kept by nobody");
}

#[test]
fn what_a_commit_that_lost_the_race_would_have_sent_is_not_uploaded() {
    let mut world = small(&["Ada", "Ben", "Cleo"], 12);
    let group = make_group(&mut world, 3);
    agree(&mut world, group, &[0, 1, 2]);
    world.weather = Some(Box::new(|who, work| if who == 1 && matches!(work, BlobWork::Put { .. }) { 503 } else { 0 }));
    let uploads = |world: &World| -> Vec<Vec<u8>> {
        let rows = world.devices[1].database.0.keys().filter(|key| key.2.starts_with(b"upload/"));
        rows.map(|key| key.2.clone()).collect()
    };
    rename(&mut world, 1, "Benjamin");
    world.flow();
    let lost = uploads(&world);
    rename(&mut world, 0, "Adela");
    world.flow();
    assert_eq!(lost.len(), 1);
    assert!(!uploads(&world).contains(&lost[0]), "only that of the commit which is made instead");
    world.weather = None;
    world.settle();
    agree(&mut world, group, &[0, 1, 2]);
    assert!(world.members(0, group).iter().any(|(name, _)| name == "Benjamin"));
}

#[test]
fn a_relay_without_blobs_is_done_without_as_far_as_frames_reach() {
    let mut world = friends(&["Ada", "Ben", "Cleo", "Dan"], 9);
    for who in 0..4 {
        world.limit_frames(who, 32 * 1024);
    }
    let group = make_group(&mut world, 4);
    agree(&mut world, group, &[0, 1, 2, 3]);
}

#[test]
fn who_comes_when_the_blob_of_a_commit_is_gone_is_let_in_anew() {
    let mut world = small(&["Ada", "Ben", "Cleo"], 10);
    let group = make_group(&mut world, 3);
    agree(&mut world, group, &[0, 1, 2]);
    world.disconnect(2);
    rename(&mut world, 1, "Benjamin");
    world.flow();
    world.relay.lose_blobs();
    // As if she came days later.
    world.lie = Some(Box::new(|who, mut frame| {
        if let ServerFrame::Record { record, .. } = &mut frame
            && who == 2
        {
            record.time -= 8 * 24 * 3600 * 1000;
        }
        Some(frame)
    }));
    world.connect(2);
    world.flow();
    let lost = |event: &Event| matches!(event, Event::Chat { chat } if chat.group.as_ref().is_some_and(|view| view.out == Some(OutView::Lost)));
    assert!(world.devices[2].events.iter().any(lost), "it is said");
    world.settle();
    agree(&mut world, group, &[0, 1, 2]);
    assert!(world.members(2, group).iter().any(|(name, _)| name == "Benjamin"), "in the group where he is");
}

/// Steps of a device within making a group of three and a renewal in it, each of which it dies in once.
fn crash_in_each_step(who: usize, crash: Crash) {
    for at in 1.. {
        let mut world = small(&["Ada", "Ben", "Cleo"], 100 + at);
        world.devices[who].crash_at = Some((world.devices[who].steps + at, crash));
        let people: Vec<_> = vec![world.person(1), world.person(2)];
        while world.chats(0).iter().all(|chat| chat.group.is_none()) {
            world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: people.clone() });
        }
        world.settle();
        let group = world.group(0).id;
        while world.account(1).name != "Benjamin" {
            rename(&mut world, 1, "Benjamin");
        }
        world.settle();
        let crashed = world.devices[who].crashes > 0;
        agree(&mut world, group, &[0, 1, 2]);
        assert!(world.members(0, group).iter().any(|(name, _)| name == "Benjamin"), "step {at}");
        if !crashed {
            assert!(at > 15, "the script is shorter than it was: {at}");
            break;
        }
    }
}

#[test]
fn a_crash_of_the_founder_in_any_step_loses_and_doubles_nothing() {
    crash_in_each_step(0, Crash::BeforeCommit);
    crash_in_each_step(0, Crash::AfterCommit);
}

#[test]
fn a_crash_of_a_joiner_in_any_step_loses_and_doubles_nothing() {
    crash_in_each_step(1, Crash::BeforeCommit);
    crash_in_each_step(1, Crash::AfterCommit);
}

#[test]
fn many_come_in_with_one_commit_and_renew_their_leaves_one_after_another() {
    const PEOPLE: usize = 40;
    let mut world = World::new(PEOPLE, 11);
    world.save_time(Thrift { omits_safety: true, classical: true, frame: None });
    world.relay.keep_blobs(u64::MAX);
    for who in 0..PEOPLE {
        world.command(who, Command::CreateAccount { name: format!("Person {who}") });
        world.connect(who);
    }
    world.flow();
    for who in 1..PEOPLE {
        world.open_link(0, who);
    }
    let commits = count_commits(&mut world);
    let people = (1..PEOPLE).map(|who| world.person(who)).collect();
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people });
    world.flow();
    assert_eq!(commits.get(), (2, 0), "32 and 7");
    let group = world.group(0).id;
    for who in 1..PEOPLE {
        world.command(who, Command::Accept { chat: group });
    }
    let mut after = Vec::new();
    for _ in 0..70 {
        world.flow();
        after.push(commits.get().0 - 2);
        world.now += 60_000;
        for who in 0..PEOPLE {
            world.connect(who);
            world.tick(who);
        }
    }
    assert!(after.iter().enumerate().all(|(minute, commits)| *commits <= minute + 1), "never two at once: {after:?}");
    assert_eq!(after.last(), Some(&(PEOPLE - 1)), "each of those who came in");
    read_each_other(&mut world, group, &[0, 1, 20, PEOPLE - 1], PEOPLE as u32);
}
