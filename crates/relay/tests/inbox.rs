//! An inbox, its pool, and welcomes that come with a commit.

mod peers;

use peers::*;
use xchat_wire::*;

const OWNER: u8 = 2;
const WRITER: u8 = 3;

fn inbox() -> Address {
    address(200)
}

/// How many of the largest deliveries an inbox holds.
fn room() -> usize {
    use xchat_relay::limits::{INBOX_BYTES, POST_BYTES, RECORD_BYTES};
    INBOX_BYTES as usize / (MAX_DELIVERY + (RECORD_BYTES + POST_BYTES) as usize)
}

/// An inbox with its owner connected, and somebody who holds the write key.
fn begun() -> (World, Peer, Peer) {
    let mut world = World::new();
    let mut owner = world.connect();
    assert_eq!(owner.create_inbox(&mut world, inbox(), OWNER, WRITER), Reply::Proved { log: None, packages: Some(0) });
    let sender = world.connect();
    (world, owner, sender)
}

#[test]
fn creating_an_inbox_again_with_the_same_keys_changes_nothing() {
    let (mut world, mut owner, mut sender) = begun();
    owner.fill(&mut world, inbox(), 1, &[1, 2], None);
    sender.deliver(&mut world, inbox(), WRITER, 2, b"x");
    let again = owner.create_inbox(&mut world, inbox(), OWNER, WRITER);
    assert_eq!(again, Reply::Proved { log: None, packages: Some(2) });
    assert_eq!(seqs(&owner.subscribe(&mut world, inbox(), 0, 10)), [1]);
}

#[test]
fn a_delivery_reaches_the_owner_now_or_later_and_once() {
    let (mut world, mut owner, mut sender) = begun();
    owner.subscribe(&mut world, inbox(), 0, 10);
    assert_eq!(sender.deliver(&mut world, inbox(), WRITER, 1, b"hello"), accepted(1));
    assert_eq!(sender.deliver(&mut world, inbox(), WRITER, 1, b"hello"), accepted(1));
    let heard = records(&owner.hear(&mut world));
    assert_eq!(heard.len(), 1);
    let chain = chain_start(&inbox()).extend(Seq(1), Epoch(0), Kind::Delivery, &post(1), None, b"hello");
    assert_eq!((heard[0].kind, heard[0].epoch, heard[0].chain), (Kind::Delivery, Epoch(0), chain));

    let mut later = world.connect();
    assert_eq!(
        later.prove(&mut world, Right::InboxOwner, inbox(), 0, OWNER),
        Reply::Proved { log: None, packages: Some(0) }
    );
    assert_eq!(seqs(&later.subscribe(&mut world, inbox(), 0, 10)), [1]);
}

#[test]
fn a_writer_cannot_read_what_others_wrote() {
    let (mut world, _, mut sender) = begun();
    assert!(matches!(sender.prove(&mut world, Right::InboxWriter, inbox(), 0, WRITER), Reply::Proved { .. }));
    let subscribe = |request| ClientFrame::Subscribe { request, address: inbox(), after: Seq(0), credit: 10 };
    assert_eq!(sender.ask(&mut world, subscribe), denied());
}

#[test]
fn an_acknowledged_delivery_is_gone_and_its_repeat_adds_nothing() {
    let (mut world, mut owner, mut sender) = begun();
    (1..=3).for_each(|id| _ = sender.deliver(&mut world, inbox(), WRITER, id, b"x"));
    assert_eq!(owner.acknowledge(&mut world, inbox(), 2), Reply::Ok);
    assert_eq!(owner.acknowledge(&mut world, inbox(), 2), Reply::Ok);
    assert_eq!(sender.deliver(&mut world, inbox(), WRITER, 1, b"x"), accepted(1));
    let heard = owner.subscribe(&mut world, inbox(), 0, 10);
    assert_eq!(seqs(&heard), [3]);
    assert_eq!(records(&heard)[0].previous, Seq(2), "places are never used again");
    owner.acknowledge(&mut world, inbox(), u64::MAX);
    assert_eq!(sender.deliver(&mut world, inbox(), WRITER, 4, b"x"), accepted(4));
}

#[test]
fn acknowledging_makes_room_in_a_full_inbox() {
    let (mut world, mut owner, mut sender) = begun();
    let body = vec![0; MAX_DELIVERY];
    let room = room();
    for n in 0..room {
        let post = PostId::new((n as u128).to_be_bytes());
        let delivery = Post { post, ..sender.delivery(inbox(), WRITER, 0, &body) };
        let reply = sender.ask(&mut world, |request| ClientFrame::Deliver { request, delivery });
        assert_eq!(reply, accepted(n as u64 + 1));
    }
    let full = Reply::Refused { reason: Refusal::Full };
    assert_eq!(sender.deliver(&mut world, inbox(), WRITER, 254, &body), full);
    owner.acknowledge(&mut world, inbox(), 1);
    assert_eq!(sender.deliver(&mut world, inbox(), WRITER, 254, &body), accepted(room as u64 + 1));
}

#[test]
fn a_delivery_over_the_limit_is_too_large() {
    let (mut world, _, mut sender) = begun();
    let reply = sender.deliver(&mut world, inbox(), WRITER, 1, &vec![0; MAX_DELIVERY + 1]);
    assert_eq!(reply, Reply::Refused { reason: Refusal::TooLarge });
}

#[test]
fn each_package_is_taken_once_oldest_first_and_then_the_last_resort_stays() {
    let (mut world, mut owner, mut sender) = begun();
    assert_eq!(owner.fill(&mut world, inbox(), 1, &[10, 11], Some(99)), Reply::Pool { packages: 2 });
    assert_eq!(owner.fill(&mut world, inbox(), 2, &[12], None), Reply::Pool { packages: 3 });
    let package = |n: u8, last_resort| Reply::Package { package: vec![n].into(), last_resort };
    assert_eq!(sender.take(&mut world, inbox(), WRITER), package(10, false));
    assert_eq!(sender.take(&mut world, inbox(), WRITER), package(11, false));
    assert_eq!(sender.take(&mut world, inbox(), WRITER), package(12, false));
    assert_eq!(sender.take(&mut world, inbox(), WRITER), package(99, true));
    assert_eq!(sender.take(&mut world, inbox(), WRITER), package(99, true));
    owner.fill(&mut world, inbox(), 3, &[], Some(98));
    assert_eq!(sender.take(&mut world, inbox(), WRITER), package(98, true));
}

#[test]
fn a_pool_that_is_drained_too_fast_shows_its_last_resort_and_keeps_the_rest() {
    let (mut world, mut owner, mut sender) = begun();
    let (many, burst): (Vec<u8>, _) = ((0..80).collect(), xchat_relay::limits::PACKAGES_BURST as usize);
    owner.fill(&mut world, inbox(), 1, &many, Some(99));
    let mut take = |world: &mut World| match sender.take(world, inbox(), WRITER) {
        Reply::Package { last_resort, .. } => last_resort,
        other => panic!("{other:?}"),
    };
    assert!((0..burst).all(|_| !take(&mut world)));
    assert!((0..5).all(|_| take(&mut world)));
    world.now += 60_000;
    let of_a_minute = (0..30).filter(|_| !take(&mut world)).count();
    assert_eq!(of_a_minute, xchat_relay::limits::PACKAGES_A_MINUTE as usize);
}

#[test]
fn a_pool_without_last_resort_gives_what_it_has_however_fast() {
    let (mut world, mut owner, mut sender) = begun();
    let many: Vec<u8> = (0..80).collect();
    owner.fill(&mut world, inbox(), 1, &many, None);
    for n in many {
        let package = Reply::Package { package: vec![n].into(), last_resort: false };
        assert_eq!(sender.take(&mut world, inbox(), WRITER), package);
    }
    assert_eq!(sender.take(&mut world, inbox(), WRITER), denied());
}

#[test]
fn an_empty_pool_without_last_resort_has_nothing_to_give() {
    let (mut world, _, mut sender) = begun();
    assert_eq!(sender.take(&mut world, inbox(), WRITER), denied());
}

#[test]
fn a_repeated_filling_adds_nothing() {
    let (mut world, mut owner, mut sender) = begun();
    owner.fill(&mut world, inbox(), 1, &[10, 11], None);
    sender.take(&mut world, inbox(), WRITER);
    assert_eq!(owner.fill(&mut world, inbox(), 1, &[10, 11], None), Reply::Pool { packages: 1 });
}

#[test]
fn the_subscriber_hears_how_many_packages_are_left_when_one_is_taken() {
    let (mut world, mut owner, mut sender) = begun();
    owner.fill(&mut world, inbox(), 1, &[10, 11], Some(99));
    owner.subscribe(&mut world, inbox(), 0, 10);
    sender.take(&mut world, inbox(), WRITER);
    assert_eq!(owner.hear(&mut world), [ServerFrame::Pool { inbox: inbox(), packages: 1 }]);
    sender.take(&mut world, inbox(), WRITER);
    assert_eq!(owner.hear(&mut world), [ServerFrame::Pool { inbox: inbox(), packages: 0 }]);
    sender.take(&mut world, inbox(), WRITER);
    assert_eq!(owner.hear(&mut world), [], "the last resort is not used up");
    assert_eq!(sender.hear(&mut world), []);
}

#[test]
fn a_pool_has_bounds_in_count_and_size() {
    let (mut world, mut owner, _) = begun();
    let many: Vec<u8> = (0..MAX_PACKAGES as u8).collect();
    assert_eq!(owner.fill(&mut world, inbox(), 1, &many, None), Reply::Pool { packages: MAX_PACKAGES as u32 });
    assert_eq!(owner.fill(&mut world, inbox(), 2, &[1], None), Reply::Refused { reason: Refusal::Full });
    let large = vec![0; MAX_PACKAGE + 1].into();
    let fill = |request| ClientFrame::FillPool {
        request,
        inbox: inbox(),
        post: post(3),
        packages: vec![],
        last_resort: Some(large),
    };
    assert_eq!(owner.ask(&mut world, fill), Reply::Refused { reason: Refusal::TooLarge });
}

/// A log at `address(1)` with key 1 whose member may write to the inbox.
fn with_log() -> (World, Peer, Peer) {
    let (mut world, owner, mut member) = begun();
    member.create_log(&mut world, address(1), 1);
    (world, owner, member)
}

#[test]
fn a_commits_welcomes_arrive_with_it() {
    let (mut world, mut owner, mut member) = with_log();
    owner.subscribe(&mut world, inbox(), 0, 10);
    let welcomes = vec![member.delivery(inbox(), WRITER, 7, b"welcome")];
    assert_eq!(member.commit_with(&mut world, address(1), 0, 1, 2, welcomes), accepted(1));
    let heard = records(&owner.hear(&mut world));
    assert_eq!(
        heard.iter().map(|r| (r.post, r.body.as_slice())).collect::<Vec<_>>(),
        [(post(7), b"welcome".as_slice())]
    );
}

#[test]
fn one_welcome_that_is_denied_refuses_the_commit_and_all_welcomes() {
    let (mut world, mut owner, mut member) = with_log();
    let wrong = [(inbox(), 9), (address(99), WRITER)];
    for (at, writer) in wrong {
        let welcomes =
            vec![member.delivery(inbox(), WRITER, 7, b"welcome"), member.delivery(at, writer, 8, b"welcome")];
        assert_eq!(member.commit_with(&mut world, address(1), 0, 1, 2, welcomes), denied());
    }
    let mut forged = member.delivery(inbox(), 9, 8, b"welcome");
    forged.proof.key = public(WRITER);
    assert_eq!(member.commit_with(&mut world, address(1), 0, 1, 2, vec![forged]), denied());
    assert_eq!(seqs(&owner.subscribe(&mut world, inbox(), 0, 10)), Vec::<u64>::new());
    assert_eq!(member.append(&mut world, address(1), 0, 2, b"still epoch 0"), accepted(1));
}

#[test]
fn a_commit_that_lost_delivers_no_welcome() {
    let (mut world, mut owner, mut member) = with_log();
    member.commit(&mut world, address(1), 0, 1, 2);
    let welcomes = vec![member.delivery(inbox(), WRITER, 7, b"welcome")];
    let stale = Reply::Stale { epoch: Epoch(1) };
    assert_eq!(member.commit_with(&mut world, address(1), 0, 2, 3, welcomes), stale);
    assert_eq!(seqs(&owner.subscribe(&mut world, inbox(), 0, 10)), Vec::<u64>::new());
}

#[test]
fn a_repeated_commit_delivers_its_welcomes_once() {
    let (mut world, mut owner, mut member) = with_log();
    for _ in 0..2 {
        let welcome = member.delivery(inbox(), WRITER, 7, b"welcome");
        assert_eq!(member.commit_with(&mut world, address(1), 0, 1, 2, vec![welcome.clone(), welcome]), accepted(1));
    }
    assert_eq!(seqs(&owner.subscribe(&mut world, inbox(), 0, 10)), [1]);
}

#[test]
fn welcomes_that_would_overfill_an_inbox_together_refuse_the_commit() {
    let (mut world, mut owner, mut member) = with_log();
    let body = vec![0; MAX_DELIVERY];
    let room = room();
    for n in 0..room - 1 {
        let delivery =
            Post { post: PostId::new((n as u128 + 1000).to_be_bytes()), ..member.delivery(inbox(), WRITER, 0, &body) };
        member.ask(&mut world, |request| ClientFrame::Deliver { request, delivery });
    }
    let two = vec![member.delivery(inbox(), WRITER, 7, &body), member.delivery(inbox(), WRITER, 8, &body)];
    let full = Reply::Refused { reason: Refusal::Full };
    assert_eq!(member.commit_with(&mut world, address(1), 0, 1, 2, two), full);
    let one = vec![member.delivery(inbox(), WRITER, 7, &body)];
    assert_eq!(member.commit_with(&mut world, address(1), 0, 1, 2, one), accepted(1));
    assert_eq!(owner.acknowledge(&mut world, inbox(), u64::MAX), Reply::Ok);
}

#[test]
fn too_many_welcomes_are_too_large() {
    let (mut world, _, mut member) = with_log();
    let welcomes = (0..=MAX_WELCOMES as u8).map(|id| member.delivery(inbox(), WRITER, id, b"w")).collect();
    let reply = member.commit_with(&mut world, address(1), 0, 1, 2, welcomes);
    assert_eq!(reply, Reply::Refused { reason: Refusal::TooLarge });
}
