//! Relays that break off, forget, lie or start anew: what a device repeats, notices and gets over.
#![allow(clippy::unwrap_used)]

mod sim;

use std::{cell::Cell, collections::BTreeMap, rc::Rc};

use sim::{Lie, World};
use xchat_engine::{
    Input,
    api::{ChatId, Command},
};
use xchat_wire::{Address, ChainHash, ClientFrame, Epoch, Kind, PostId, Reply, Seq, ServerFrame};

const DAY: u64 = 24 * 3600 * 1000;
const DIFFERS: &str = "Notice { notice: HistoryDiffers }";
const RENEWED: &str = "Notice { notice: Renewed }";

/// A post as a log keeps it.
#[derive(Debug, Clone, PartialEq)]
struct Posted(Address, Epoch, PostId, Vec<u8>);

/// Messages and commits that a device has on their way to the relay.
fn posts(world: &World, who: usize) -> Vec<Posted> {
    let posted = |frame| match frame {
        ClientFrame::Append { log, epoch, post, body, .. } | ClientFrame::Commit { log, epoch, post, body, .. } => {
            Some(Posted(log, epoch, post, body.into()))
        }
        _ => None,
    };
    world.under_way(who).into_iter().filter_map(posted).collect()
}

/// What a device posts first on a new connection. None of it has arrived yet.
fn posts_on_a_new_connection(world: &mut World, who: usize) -> Vec<Posted> {
    world.connect(who);
    for _ in 0..100 {
        let posts = posts(world, who);
        if !posts.is_empty() {
            return posts;
        }
        while world.deliver_up(who) {}
        world.deliver_down(who, 64);
    }
    Vec::new()
}

/// What is under way is lost with the connection, then with the device, and lost with an answer: it stays the same post.
fn stays_the_same(world: &mut World, who: usize) {
    let first = posts(world, who);
    assert_eq!(first.len(), 1);
    world.disconnect(who);
    assert_eq!(posts_on_a_new_connection(world, who), first);
    world.crash(who);
    assert_eq!(posts_on_a_new_connection(world, who), first);
    // Now the relay takes it, and nothing comes back.
    while world.deliver_up(who) {}
    world.crash(who);
    let again = posts_on_a_new_connection(world, who);
    assert!(again.iter().all(|post| first.contains(post)), "read back, or repeated once more");
}

#[test]
fn a_repeated_message_carries_the_same_bytes() {
    let (mut world, ada, ben) = World::acquainted(600);
    world.send(0, ada, "once");
    stays_the_same(&mut world, 0);
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "once"]);
}

#[test]
fn a_repeated_commit_carries_the_same_bytes() {
    let (mut world, ada, ben) = World::acquainted(601);
    world.now += 8 * DAY;
    world.input(0, Input::Tick);
    stays_the_same(&mut world, 0);
    world.send(0, ada, "behind it");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "behind it"]);
}

/// Another history for one device: while `withhold` says so, messages have never been, and the chain is made anew without
/// them, so that it holds in itself.
fn another_history(victim: usize, withhold: Rc<Cell<bool>>) -> Lie {
    let mut told: BTreeMap<Address, (Seq, ChainHash)> = BTreeMap::new();
    Box::new(move |who, frame| match frame {
        ServerFrame::Record { address, mut record } if who == victim => {
            if withhold.get() && record.kind == Kind::Message {
                return None;
            }
            if let Some((previous, chain)) = told.get(&address) {
                let next_key = record.next_key.as_ref();
                record.previous = *previous;
                record.chain =
                    chain.extend(record.seq, record.epoch, record.kind, &record.post, next_key, &record.body);
            }
            told.insert(address, (record.seq, record.chain));
            Some(ServerFrame::Record { address, record })
        }
        frame => Some(frame),
    })
}

/// Ada writes, and everybody reads.
fn write(world: &mut World, ada: ChatId, text: &str) {
    world.send(0, ada, text);
    world.flow();
}

fn count(texts: &[String], text: &str) -> usize {
    texts.iter().filter(|known| *known == text).count()
}

#[test]
fn a_relay_that_tells_two_people_different_histories_is_noticed_by_both() {
    let (mut world, ada, ben) = World::acquainted(610);
    let withhold = Rc::new(Cell::new(false));
    world.lie = Some(another_history(1, withhold.clone()));
    write(&mut world, ada, "a");
    withhold.set(true);
    write(&mut world, ada, "b");
    withhold.set(false);
    for text in ["c", "d", "e"] {
        write(&mut world, ada, text);
    }
    let (a, b) = (world.texts(0, ada), world.texts(1, ben));
    assert_eq!((count(&a, DIFFERS), count(&b, DIFFERS)), (1, 1), "once for each: {a:?} {b:?}");
    let read: Vec<_> = b.iter().filter(|text| *text != DIFFERS).collect();
    assert_eq!(read, ["hello", "a", "c", "d", "e"]);
}

#[test]
fn a_relay_that_tells_both_the_same_is_not_suspected() {
    let (mut world, ada, ben) = World::acquainted(611);
    world.lie = Some(another_history(1, Rc::default()));
    for text in ["a", "b", "c"] {
        write(&mut world, ada, text);
    }
    assert_eq!(count(&world.texts(0, ada), DIFFERS) + count(&world.texts(1, ben), DIFFERS), 0);
}

#[test]
fn a_record_that_was_changed_is_asked_for_again_and_noticed_when_it_stays_so() {
    let (mut world, ada, ben) = World::acquainted(612);
    world.lie = Some(Box::new(|who, frame| match frame {
        ServerFrame::Record { address, mut record } if who == 1 && record.kind != Kind::Delivery => {
            *record.body.last_mut().unwrap() ^= 1;
            Some(ServerFrame::Record { address, record })
        }
        frame => Some(frame),
    }));
    write(&mut world, ada, "changed");
    assert_eq!(world.texts(1, ben), ["hello"], "not believed yet");
    assert!(!world.is_connected(1));
    world.connect(1);
    world.flow();
    assert_eq!(world.texts(1, ben), ["hello", DIFFERS, "Notice { notice: Unreadable }"]);
    assert!(world.is_connected(1), "asked once, not for ever");
}

#[test]
fn a_head_behind_what_was_read_is_asked_for_again_before_the_room_is_given_up() {
    let (mut world, ada, ben) = World::acquainted(626);
    let log = log_of_the_next(&mut world, ada, "one");
    let mut told = false;
    world.disconnect(1);
    world.lie = Some(Box::new(move |who, frame| match frame {
        ServerFrame::CaughtUp { address, .. } if who == 1 && address == log && !told => {
            told = true;
            Some(ServerFrame::CaughtUp { address, head: Seq(0) })
        }
        frame => Some(frame),
    }));
    world.connect(1);
    world.flow();
    assert!(!world.is_connected(1), "not believed yet");
    world.settle();
    assert_eq!(log_of_the_next(&mut world, ada, "two"), log);
    assert_eq!(world.texts(1, ben), ["hello", "one", "two"]);
}

#[test]
fn a_record_that_was_left_out_for_good_is_noticed_with_the_next() {
    let (mut world, ada, ben) = World::acquainted(613);
    let mut kept_back = None;
    world.lie = Some(Box::new(move |who, frame| match &frame {
        ServerFrame::Record { record, .. } if who == 1 && *kept_back.get_or_insert(record.seq) == record.seq => None,
        _ => Some(frame),
    }));
    for text in ["one", "two", "three"] {
        write(&mut world, ada, text);
    }
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", DIFFERS, "two", "three"]);
}

/// Ada writes, everybody reads, and this is the log in which she wrote.
fn log_of_the_next(world: &mut World, ada: ChatId, text: &str) -> Address {
    world.send(0, ada, text);
    let log = posts(world, 0)[0].0;
    world.flow();
    log
}

/// One lie of a relay that tells the truth when it is asked again.
fn lies_once(lie: impl Fn(ServerFrame) -> Option<ServerFrame> + 'static) -> Lie {
    let mut told = false;
    Box::new(move |who, frame| match &frame {
        ServerFrame::Record { record, .. } if who == 1 && record.kind != Kind::Delivery && !told => {
            told = true;
            lie(frame)
        }
        _ => Some(frame),
    })
}

#[test]
fn what_was_garbled_or_left_out_once_is_read_anew_and_nothing_is_lost() {
    let garble = |frame| match frame {
        ServerFrame::Record { address, mut record } => {
            *record.body.last_mut().unwrap() ^= 1;
            Some(ServerFrame::Record { address, record })
        }
        frame => Some(frame),
    };
    for (seed, lie) in [(614, lies_once(garble)), (615, lies_once(|_| None))] {
        let (mut world, ada, ben) = World::acquainted(seed);
        world.lie = Some(lie);
        write(&mut world, ada, "first");
        write(&mut world, ada, "next");
        world.settle();
        assert_eq!(world.texts(1, ben), ["hello", "first", "next"]);
    }
}

#[test]
fn a_commit_that_was_garbled_or_left_out_once_costs_no_room() {
    let garble = |frame| match frame {
        ServerFrame::Record { address, mut record } => {
            *record.body.last_mut().unwrap() ^= 1;
            Some(ServerFrame::Record { address, record })
        }
        frame => Some(frame),
    };
    for (seed, lie) in [(616, lies_once(garble)), (617, lies_once(|_| None))] {
        let (mut world, ada, ben) = World::acquainted(seed);
        let log = log_of_the_next(&mut world, ada, "before it");
        world.lie = Some(lie);
        // Old enough for a commit.
        world.now += 8 * DAY;
        world.input(0, Input::Tick);
        world.flow();
        world.settle();
        assert_eq!(log_of_the_next(&mut world, ada, "behind it"), log, "the room goes on");
        assert_eq!(world.texts(1, ben), ["hello", "before it", "behind it"]);
    }
}

#[test]
fn what_expired_while_a_device_was_away_is_missing_and_everything_after_it_is_there() {
    let (mut world, ada, ben) = World::acquainted(620);
    world.disconnect(1);
    for text in ["lost 1", "lost 2"] {
        write(&mut world, ada, text);
    }
    world.now += 2 * DAY;
    world.relay.expire(world.now - DAY);
    write(&mut world, ada, "kept");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "kept"], "and nobody is accused of withholding");
    world.send(1, ben, "back");
    world.settle();
    assert_eq!(world.texts(0, ada), ["> hello", "> lost 1", "> lost 2", "> kept", "back"]);
}

#[test]
fn a_device_whose_next_commit_expired_goes_on_in_a_fresh_room() {
    let mut world = World::with_people(&["Ada", "Ben"], 621);
    let ada = world.open_link(0, 1);
    world.send(0, ada, "hello");
    world.settle();
    let ben = world.chat(1).id;
    world.disconnect(0);
    // Ben's first act in the room is to renew his leaf; Ada never gets to see it.
    world.command(1, Command::Accept { chat: ben });
    world.flow();
    world.send(1, ben, "lost");
    world.flow();
    world.now += 2 * DAY;
    world.relay.expire(world.now - DAY);
    world.send(0, ada, "written while away");
    world.settle();
    assert_eq!(world.texts(0, ada), ["> hello", "> written while away", RENEWED]);
    world.send(1, ben, "back");
    world.settle();
    assert_eq!(world.texts(0, ada).last().unwrap(), "back");
    assert_eq!(world.texts(1, ben), ["hello", "> lost", "written while away", "> back"]);
}

#[test]
fn after_a_relay_lost_its_store_nothing_written_is_lost_or_doubled_and_both_go_on() {
    let (mut world, ada, ben) = World::acquainted(630);
    world.send(0, ada, "read by Ben");
    while world.deliver_up(0) {}
    // Ben has it; Ada has not read it back when the store is lost.
    world.deliver_down(1, 64);
    world.send(1, ben, "under way");
    world.lose_store();
    world.send(0, ada, "from Ada");
    world.send(1, ben, "from Ben");
    world.settle();
    world.send(0, ada, "more");
    world.send(1, ben, "more");
    world.settle();
    let from = |texts: &[String], own: bool| -> Vec<String> {
        let texts = texts.iter().filter(|text| *text != RENEWED && text.starts_with("> ") == own);
        texts.map(|text| text.replace("> ", "")).collect()
    };
    let (a, b) = (world.texts(0, ada), world.texts(1, ben));
    for (own, theirs, written) in
        [(&a, &b, vec!["hello", "read by Ben", "from Ada", "more"]), (&b, &a, vec!["under way", "from Ben", "more"])]
    {
        assert_eq!(from(own, true), written);
        assert_eq!(from(theirs, false), written);
    }
}

#[test]
fn after_a_relay_lost_its_store_a_contact_link_works_as_before() {
    let mut world = World::with_people(&["Ada", "Ben", "Cleo"], 631);
    world.lose_store();
    world.settle();
    let chat = world.open_link(2, 0);
    world.send(2, chat, "hello");
    world.settle();
    assert_eq!(world.chat(0).name, "Cleo");
}

#[test]
fn a_relay_that_names_the_last_version_of_a_cell_does_not_use_up_the_card() {
    let mut world = World::with_people(&["Ada", "Ben"], 712);
    world.command(0, Command::Rename { name: "Ada L.".to_owned() });
    let put = world.under_way(0).into_iter().find_map(|frame| match frame {
        ClientFrame::PutCell { request, .. } => Some(request),
        _ => None,
    });
    let version = u64::MAX - 1;
    world.lie = Some(Box::new(move |_, frame| match frame {
        ServerFrame::Reply { request, .. } if Some(request) == put => {
            Some(ServerFrame::Reply { request, reply: Reply::Conflict { version } })
        }
        other => Some(other),
    }));
    world.flow();
    world.lie = None;
    world.command(0, Command::Rename { name: "Ada M.".to_owned() });
    world.settle();
    let ada = world.open_link(1, 0);
    assert_eq!(world.chat(1).id, ada);
    assert_eq!(world.chat(1).name, "Ada M.");
}

#[test]
fn a_room_that_was_begun_while_its_maker_was_blocked_goes_on_afterwards_and_shows_nothing_from_before() {
    let (mut world, ada, ben) = World::acquainted(8);
    world.command(1, Command::Block { chat: ben });
    world.lose_store();
    world.settle();
    world.send(0, ada, "are you there?");
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello"]);

    world.command(1, Command::Unblock { chat: ben });
    world.settle();
    world.send(0, ada, "again");
    world.settle();
    world.send(1, ben, "yes");
    world.settle();
    // No line says that a room was begun anew: Ben came into the one that there was.
    assert_eq!(world.texts(1, ben), ["hello", "again", "> yes"]);
    assert_eq!(world.texts(0, ada).last().unwrap(), "yes");
}
