//! One person, several devices: linked by digits on both sides, alike in every conversation, taken out again.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Crash, World};
use xchat_engine::api::{ChatId, ChatState, ChatView, Command, Event, GroupChange, Mark, PersonId, Problem};

/// Ada has device 0, Ben device 1; device 2 is new.
fn world(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    world.add_device();
    world.connect(2);
    world.flow();
    (world, ada, ben)
}

/// Device `new` becomes one of the person of `old`.
fn link(world: &mut World, old: usize, new: usize) {
    world.begin_link(old, new);
    assert!(world.code(old).is_some());
    assert_eq!(world.code(old), world.code(new));
    world.confirm_link(old, new);
    world.settle();
}

fn chat(world: &mut World, who: usize, id: ChatId) -> ChatView {
    world.chats(who).into_iter().find(|chat| chat.id == id).unwrap()
}

fn says_it_was_removed(world: &World, who: usize) -> bool {
    world.devices[who].events.iter().any(|event| matches!(event, Event::Account { account } if account.removed))
}

#[test]
fn the_list_of_devices_comes_unasked_once_a_device_was_linked() {
    let (mut world, _, _) = world(23);
    link(&mut world, 0, 2);
    let last = world.devices[0].events.iter().rev().find_map(|event| match event {
        Event::Devices { devices } => Some(devices.len()),
        _ => None,
    });
    assert_eq!(last, Some(2));
}

#[test]
fn a_new_device_joins_every_conversation_and_is_alike_from_then_on() {
    let (mut world, ada, ben) = world(1);
    link(&mut world, 0, 2);
    assert_eq!(world.account(2).name, "Ada");
    assert_eq!(world.account(2).address, world.account(0).address);
    assert_eq!(world.account(2).link, world.account(0).link);
    let here = chat(&mut world, 2, ada);
    assert_eq!((here.name.as_str(), here.state), ("Ben", ChatState::Open));
    assert_eq!(here.safety_number, chat(&mut world, 0, ada).safety_number);

    world.send(1, ben, "to both");
    world.settle();
    assert_eq!(world.texts(2, ada), ["to both"]);
    world.send(2, ada, "from the new one");
    world.send(0, ada, "from the old one");
    world.settle();
    let mut ours = world.texts(0, ada);
    assert_eq!(ours[1], "to both");
    assert_eq!(world.texts(1, ben).len(), 4, "{:?}", world.texts(1, ben));
    assert!(ours.contains(&"> from the new one".to_owned()), "{ours:?}");
    ours.drain(..1);
    assert_eq!(ours.len(), world.texts(2, ada).len());
    assert!(world.texts(2, ada).contains(&"> from the old one".to_owned()));
}

#[test]
fn groups_are_joined_too_and_a_new_group_has_all_devices() {
    let (mut world, _, _) = world(2);
    let ben = PersonId(*xchat_engine::identity::parse_address(&world.account(1).address).unwrap().as_bytes());
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![ben] });
    world.settle();
    link(&mut world, 0, 2);
    world.command(2, Command::CreateGroup { name: "Climbing".to_owned(), people: vec![ben] });
    world.settle();
    for who in 0..3 {
        let mut names: Vec<String> =
            world.chats(who).into_iter().filter(|chat| chat.group.is_some()).map(|chat| chat.name).collect();
        names.sort();
        assert_eq!(names, ["Climbing", "Hiking"], "{who}");
    }
    let groups: Vec<ChatId> =
        world.chats(1).into_iter().filter(|chat| chat.group.is_some()).map(|chat| chat.id).collect();
    for group in groups {
        assert_eq!(chat(&mut world, 1, group).group.unwrap().people, 2, "people, not devices");
        world.send(1, group, "hello");
        world.settle();
        for who in [0, 2] {
            assert_eq!(world.texts(who, group).last().unwrap(), "hello");
        }
        world
            .command(2, Command::ChangeGroup { chat: group, change: GroupChange::Describe { text: "new".to_owned() } });
        world.settle();
        assert_eq!(chat(&mut world, 0, group).group.unwrap().description, "new");
    }
}

#[test]
fn what_is_read_on_one_device_is_read_on_the_other() {
    let (mut world, ada, ben) = world(3);
    link(&mut world, 0, 2);
    world.send(1, ben, "read me");
    world.settle();
    assert_eq!((chat(&mut world, 0, ada).unread, chat(&mut world, 2, ada).unread), (1, 1));
    let last = chat(&mut world, 2, ada).last.unwrap().order;
    world.command(2, Command::Seen { chat: ada, order: last });
    world.settle();
    assert_eq!((chat(&mut world, 0, ada).unread, chat(&mut world, 2, ada).unread), (0, 0));
    let marks: Vec<Mark> = world.messages(1, ben).into_iter().filter_map(|message| message.mark).collect();
    assert_eq!(marks.last(), Some(&Mark::Read));
}

#[test]
fn who_is_met_or_blocked_on_one_device_is_so_on_the_other() {
    let mut world = World::with_people(&["Ada", "Ben", "Cleo"], 4);
    world.add_device();
    world.connect(3);
    world.flow();
    link(&mut world, 0, 3);
    let cleo = world.open_link(3, 2);
    world.settle();
    assert_eq!(chat(&mut world, 0, cleo).name, "Cleo");
    world.send(0, cleo, "hi");
    world.settle();
    let request = world.chats(2)[0].id;
    world.command(2, Command::Accept { chat: request });
    world.settle();
    assert_eq!(world.texts(3, cleo), ["> hi"]);
    world.command(3, Command::Block { chat: cleo });
    world.settle();
    assert_eq!(chat(&mut world, 0, cleo).state, ChatState::Blocked);
    world.send(2, request, "hello?");
    world.settle();
    assert_eq!(world.texts(0, cleo), ["> hi"]);
}

#[test]
fn a_revoked_device_is_out_of_everything_and_reads_nothing_more() {
    let (mut world, ada, ben) = world(5);
    link(&mut world, 0, 2);
    world.send(1, ben, "before");
    world.settle();
    let list = world.list_of_devices(0);
    assert_eq!(list.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["", "Firefox on Linux"]);
    world.command(0, Command::RevokeDevice { device: list[1].device });
    world.settle();
    assert_eq!(world.list_of_devices(0).len(), 1);
    // The removed one is told by the commit that takes it out, connected as it is; the other has nothing to say.
    assert!(says_it_was_removed(&world, 2));
    assert!(!says_it_was_removed(&world, 0));
    world.send(1, ben, "after");
    world.send(0, ada, "also after");
    world.settle();
    let stale = world.texts(2, ada);
    assert!(stale.contains(&"before".to_owned()) && !stale.contains(&"after".to_owned()), "{stale:?}");
    assert!(!stale.contains(&"> also after".to_owned()));
    assert!(world.texts(0, ada).contains(&"after".to_owned()));
    // A stranger who opens the link now reaches the one device that is left.
    world.add_device();
    world.command(3, Command::CreateAccount { name: "Dan".to_owned() });
    world.connect(3);
    world.settle();
    let dan = world.open_link(3, 0);
    world.send(3, dan, "hi Ada");
    world.settle();
    assert!(world.chats(2).iter().all(|chat| chat.name != "Dan"));
    assert!(world.chats(0).iter().any(|chat| chat.name == "Dan"));
}

#[test]
fn a_device_that_is_revoked_while_it_has_something_to_say_makes_no_room_for_it() {
    let (mut world, ada, ben) = world(15);
    link(&mut world, 0, 2);
    // That it has come is to be said by the one that is taken out.
    world.send(1, ben, "before");
    let old = world.list_of_devices(0)[0].device;
    world.command(2, Command::RevokeDevice { device: old });
    world.settle();
    world.send(1, ben, "after");
    world.settle();
    assert!(world.texts(2, ada).contains(&"after".to_owned()));
    assert!(!world.texts(0, ada).contains(&"after".to_owned()));
}

#[test]
fn a_device_that_was_away_when_it_was_revoked_says_so_once_it_connects() {
    let (mut world, _, _) = world(24);
    link(&mut world, 0, 2);
    world.disconnect(2);
    let gone = world.list_of_devices(0)[1].device;
    world.command(0, Command::RevokeDevice { device: gone });
    world.flow();
    assert!(!says_it_was_removed(&world, 2));
    world.connect(2);
    world.flow();
    assert!(says_it_was_removed(&world, 2));
}

fn names(world: &mut World, who: usize) -> Vec<(PersonId, String, bool)> {
    let list = world.list_of_devices(who).into_iter().map(|device| (device.device, device.name, device.since > 0));
    let mut list: Vec<_> = list.collect();
    list.sort();
    list
}

#[test]
fn a_device_is_called_alike_on_all_of_them_and_each_knows_since_when_it_is_there() {
    let (mut world, _, _) = world(25);
    world.add_device();
    world.connect(3);
    world.flow();
    let first = world.list_of_devices(0)[0].device;
    world.command(0, Command::NameDevice { device: first, name: " Laptop ".to_owned() });
    link(&mut world, 0, 2);
    // Nobody but the one that brings it in sees how the third calls itself.
    link(&mut world, 2, 3);
    let alike = names(&mut world, 0);
    assert!(alike.iter().all(|(_, name, since)| !name.is_empty() && *since), "{alike:?}");
    assert_eq!(alike.iter().filter(|(_, name, _)| name == "Laptop").count(), 1);
    assert_eq!((names(&mut world, 2), names(&mut world, 3)), (alike.clone(), alike));

    let second = world.list_of_devices(2)[0].device;
    world.command(3, Command::NameDevice { device: second, name: "Tablet".to_owned() });
    world.settle();
    for who in [0, 2, 3] {
        let tablet = names(&mut world, who).into_iter().find(|(device, ..)| *device == second).unwrap();
        assert_eq!(tablet, (second, "Tablet".to_owned(), true), "{who}");
    }
}

/// When each of the others was heard from, as a device's person sees it.
fn heard(world: &mut World, who: usize) -> Vec<u64> {
    world.list_of_devices(who).into_iter().filter(|device| !device.here).map(|device| device.heard).collect()
}

#[test]
fn each_device_knows_to_the_hour_when_it_last_heard_from_the_others_and_tells_nobody() {
    const HOUR: u64 = 3_600_000;
    let (mut world, ada, ben) = world(28);
    link(&mut world, 0, 2);
    world.now = (world.now / HOUR + 30) * HOUR;
    let hour = world.now;
    assert!(heard(&mut world, 0)[0] < hour);
    world.send(2, ada, "from the new one");
    world.settle();
    assert_eq!(heard(&mut world, 0), [hour]);
    // What others say is no sign of it while it is away, and neither is what this device writes.
    world.disconnect(2);
    world.now += 5 * HOUR;
    world.send(1, ben, "from somebody else");
    world.send(0, ada, "from this one");
    world.flow();
    assert_eq!(heard(&mut world, 0), [hour]);
    world.crash(0);
    assert_eq!(heard(&mut world, 0), [hour], "it is stored");
    assert!(world.list_of_devices(0)[0].heard == 0, "of this one nothing is said");
    world.connect(0);
    world.settle();
    // What comes within the hour changes no row of the account.
    world.now = (world.now / HOUR + 1) * HOUR;
    let account = |world: &World| {
        let rows = world.devices[0].database.0.iter();
        rows.filter(|((_, _, key), _)| key == b"account").map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    world.send(2, ada, "an hour later");
    world.settle();
    let stored = account(&world);
    world.send(2, ada, "within it");
    world.settle();
    assert!(stored.len() == 1 && stored == account(&world));
}

#[test]
fn two_devices_that_name_the_same_one_at_once_end_with_one_name() {
    let (mut world, _, _) = world(26);
    link(&mut world, 0, 2);
    let device = world.list_of_devices(0)[0].device;
    for who in [0, 2] {
        world.disconnect(who);
        world.command(who, Command::NameDevice { device, name: format!("Named by {who}") });
    }
    world.connect(2);
    world.flow();
    world.connect(0);
    world.settle();
    assert_eq!(names(&mut world, 0), names(&mut world, 2));
    assert!(names(&mut world, 2).iter().any(|(_, name, _)| name == "Named by 0"), "the last in the log holds");
}

#[test]
fn what_is_no_name_and_whose_device_it_is_not_is_refused() {
    let (mut world, _, _) = world(27);
    let device = world.list_of_devices(0)[0].device;
    let refused = |world: &mut World, device, name: &str| {
        world.command(0, Command::NameDevice { device, name: name.to_owned() });
        match world.devices[0].events.last() {
            Some(Event::Refused { problem }) => Some(*problem),
            _ => None,
        }
    };
    for name in ["", "  ", "a\nb", &"\u{1f980}".repeat(17)] {
        assert_eq!(refused(&mut world, device, name), Some(Problem::Name), "{name}");
    }
    assert_eq!(refused(&mut world, device, &"\u{1f980}".repeat(16)), None);
    let theirs = world.list_of_devices(1)[0].device;
    assert_eq!(refused(&mut world, theirs, "Mine"), Some(Problem::NoChat));
}

#[test]
fn a_revoked_device_that_signs_a_card_is_brought_back_by_no_other() {
    let (mut world, _, _) = world(11);
    world.add_device();
    world.connect(3);
    world.flow();
    link(&mut world, 0, 2);
    link(&mut world, 0, 3);
    world.disconnect(2);
    // It keeps versions in hand that lie above what the others will have put.
    for n in 0..20 {
        world.command(2, Command::Rename { name: format!("Ada {n}") });
    }
    let gone = world.list_of_devices(2)[0].device;
    world.command(0, Command::RevokeDevice { device: gone });
    world.flow();
    assert_eq!((world.list_of_devices(0).len(), world.list_of_devices(3).len()), (2, 2));
    world.connect(2);
    world.flow();
    for who in [0, 3] {
        world.disconnect(who);
    }
    world.settle();
    for who in [0, 3] {
        assert!(world.list_of_devices(who).iter().all(|device| device.device != gone), "{who}");
    }
}

#[test]
fn devices_tell_each_other_again_after_the_relay_has_lost_everything() {
    let (mut world, ada, _) = world(12);
    link(&mut world, 0, 2);
    world.lose_store();
    world.settle();
    world.command(2, Command::Block { chat: ada });
    world.settle();
    world.settle();
    assert_eq!(chat(&mut world, 0, ada).state, ChatState::Blocked);
}

#[test]
fn digits_that_are_not_confirmed_on_both_sides_link_nothing() {
    for (old, new) in [(false, true), (true, false)] {
        let (mut world, _, _) = world(6);
        let link = world.offer(2);
        world.command(0, Command::LinkDevice { link });
        world.flow();
        world.command(0, Command::ConfirmLink { right: old });
        world.command(2, Command::ConfirmLink { right: new });
        world.settle();
        assert!(world.chats_and_account(2).is_none());
        assert_eq!(world.list_of_devices(0).len(), 1);
    }
}

#[test]
fn an_offer_that_somebody_swapped_shows_other_digits() {
    let (mut world, _, _) = world(7);
    world.add_device();
    world.connect(3);
    world.flow();
    // Device 2 is the person's own; the link that they scan is that of device 3.
    world.offer(2);
    let swapped = world.offer(3);
    world.command(0, Command::LinkDevice { link: swapped });
    world.flow();
    assert!(world.code(0).is_some() && world.code(2).is_none());
}

#[test]
fn who_begins_second_gets_no_digits_and_none_can_be_ground() {
    let (mut world, _, _) = world(9);
    let link = world.offer(2);
    world.command(1, Command::LinkDevice { link: link.clone() });
    world.flow();
    assert_eq!(world.code(1), world.code(2));
    world.command(0, Command::LinkDevice { link });
    world.flow();
    let codes = world.devices[2].events.iter().filter(|event| matches!(event, Event::LinkCode { .. })).count();
    assert_eq!((codes, world.code(0)), (1, None));
}

#[test]
fn a_grant_that_the_relay_did_not_take_can_be_sent_again() {
    let (mut world, _, _) = world(13);
    let link = world.offer(2);
    world.command(0, Command::LinkDevice { link });
    world.flow();
    world.disconnect(0);
    world.command(0, Command::ConfirmLink { right: true });
    assert!(world.devices[0].events.contains(&Event::Refused { problem: Problem::Offline }));
    assert!(!world.devices[0].events.contains(&Event::LinkEnded));
    world.connect(0);
    world.flow();
    world.command(0, Command::ConfirmLink { right: true });
    world.command(2, Command::ConfirmLink { right: true });
    world.settle();
    assert!(world.devices[0].events.contains(&Event::LinkEnded));
    assert_eq!(world.list_of_devices(0).len(), 2);
}

#[test]
fn a_device_more_than_a_card_can_list_is_refused() {
    let (mut world, _, _) = world(14);
    for new in 3..9 {
        world.add_device();
        world.connect(new);
    }
    world.flow();
    for new in 2..9 {
        link(&mut world, 0, new);
    }
    assert_eq!(world.list_of_devices(0).len(), xchat_engine::card::MAX_DEVICES);
    world.command(0, Command::LinkDevice { link: "https://relay.example/#link/".to_owned() + &"A".repeat(43) });
    assert!(world.devices[0].events.contains(&Event::Refused { problem: Problem::TooMany }));
}

#[test]
fn digits_are_not_confirmed_before_there_are_any() {
    let (mut world, _, _) = world(10);
    let link = world.offer(2);
    world.command(2, Command::ConfirmLink { right: true });
    assert!(world.devices[2].events.contains(&Event::Refused { problem: Problem::NoChat }));
    world.command(0, Command::LinkDevice { link });
    world.flow();
    world.command(0, Command::ConfirmLink { right: true });
    world.settle();
    assert!(world.chats_and_account(2).is_none(), "the person has not said yes to these digits");
}

/// A link that is complete and leads to no offer.
fn another(link: &str) -> String {
    let at = link.find("#link/").unwrap() + 6;
    let first = if link[at..].starts_with('A') { 'B' } else { 'A' };
    format!("{}{first}{}", &link[..at], &link[at + 1..])
}

#[test]
fn a_link_that_is_none_or_leads_nowhere_is_refused() {
    let (mut world, _, _) = world(8);
    let link = world.offer(2);
    for (text, problem) in [
        ("hello".to_owned(), Problem::NotALink),
        (link[..link.len() - 1].to_owned(), Problem::LinkDamaged),
        (another(&link), Problem::CardMissing),
    ] {
        world.command(0, Command::LinkDevice { link: text });
        world.flow();
        assert!(world.devices[0].events.contains(&Event::Refused { problem }), "{problem:?}");
    }
    world.disconnect(0);
    world.command(0, Command::LinkDevice { link });
    assert!(world.devices[0].events.contains(&Event::Refused { problem: Problem::Offline }));
}

#[test]
fn a_crash_after_any_step_of_either_device_ends_in_both_being_alike() {
    for who in [0, 2] {
        for at in 1..28 {
            let (mut world, ada, ben) = world(100 + at);
            let link = world.offer(2);
            world.command(0, Command::LinkDevice { link });
            world.flow();
            world.devices[who].crash_at = Some((world.devices[who].steps + at, Crash::AfterCommit));
            world.command(0, Command::ConfirmLink { right: true });
            world.command(2, Command::ConfirmLink { right: true });
            world.settle();
            world.settle();
            if world.chats_and_account(2).is_none() {
                // It died before it had the keys, and begins again.
                assert!(at < 4, "{who} {at}");
                continue;
            }
            world.send(1, ben, "to both");
            world.settle();
            for device in [0, 2] {
                assert!(world.texts(device, ada).contains(&"to both".to_owned()), "{who} {at} on {device}");
            }
        }
    }
}

#[test]
fn who_is_declined_on_one_device_is_so_on_the_other_and_who_asked_is_in_with_all_of_theirs() {
    use sim::Groups as _;
    let mut world = World::with_people(&["Ada", "Ben", "Cleo"], 40);
    for (of, new) in [(0, 3), (1, 4)] {
        world.add_device();
        world.connect(new);
        world.flow();
        link(&mut world, of, new);
    }
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: Vec::new() });
    world.settle();
    let group = world.group(0).id;
    world.change(3, group, GroupChange::Invite { on: true });
    world.settle();
    let invite = world.group(0).group.unwrap().invite.unwrap();
    for who in [1, 2] {
        world.command(who, Command::AskToJoin { link: invite.clone() });
        world.settle();
    }
    let requests = |world: &mut World| [0, 3].map(|who| world.group(who).group.unwrap().requests);
    assert_eq!(requests(&mut world), [2, 2]);
    world.disconnect(0);
    let (ben, cleo) = (world.person(1), world.person(2));
    world.change(3, group, GroupChange::Decline { person: cleo });
    world.settle();
    world.now += 25 * 3600 * 1000;
    world.settle();
    assert_eq!(requests(&mut world), [1, 1], "also after she has asked again");
    world.change(0, group, GroupChange::Approve { person: ben });
    world.settle();
    assert_eq!([1, 4].map(|who| world.group(who).state), [ChatState::Open; 2]);
    assert_eq!(requests(&mut world), [0, 0]);
}
