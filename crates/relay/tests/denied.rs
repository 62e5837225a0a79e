//! Every no looks the same, and a proof is good for one connection, one relay, one right, one address.

mod peers;

use peers::*;
use xchat_wire::*;

/// A log at 1 (key 1), an inbox at 2 (owner 2, writer 3), a cell at 4 (owner 4).
fn world() -> (World, Peer) {
    let mut world = World::new();
    let mut owner = world.connect();
    owner.create_log(&mut world, address(1), 1);
    owner.create_inbox(&mut world, address(2), 2, 3);
    owner.put_cell(&mut world, address(4), 4, 1, b"card");
    let stranger = world.connect();
    (world, stranger)
}

#[test]
fn unknown_address_wrong_key_and_wrong_right_get_the_very_same_bytes() {
    let (mut world, mut stranger) = world();
    let unknown = address(99);
    let asks = [
        (Right::Log, unknown, 0, 1),
        (Right::Log, address(1), 0, 9),
        (Right::Log, address(1), 1, 1),
        (Right::Log, address(2), 0, 2),
        (Right::InboxOwner, unknown, 0, 2),
        (Right::InboxOwner, address(2), 0, 3),
        (Right::InboxOwner, address(1), 0, 1),
        (Right::InboxWriter, address(2), 0, 2),
        (Right::InboxWriter, unknown, 0, 3),
        (Right::CellOwner, address(4), 0, 9),
        (Right::CellOwner, unknown, 0, 4),
        (Right::InboxOwner, address(2), 5, 2),
    ];
    for (right, address, epoch, signer) in asks {
        let proof = stranger.proof(right, address, epoch, signer);
        let frame = ClientFrame::Prove { request: Request(7), right, address, epoch: Epoch(epoch), proof };
        stranger.tell(&mut world, &frame);
        let expected = ServerFrame::Reply { request: Request(7), reply: denied() };
        assert_eq!(stranger.hear(&mut world), [expected], "{right:?} at {address:?}");
    }
    assert_eq!(stranger.deliver(&mut world, unknown, 3, 1, b"x"), denied());
    assert_eq!(stranger.deliver(&mut world, address(2), 9, 1, b"x"), denied());
    assert_eq!(stranger.take(&mut world, unknown, 3), denied());
    assert_eq!(stranger.take(&mut world, address(2), 9), denied());
    assert_eq!(stranger.acknowledge(&mut world, address(2), 1), denied());
    assert_eq!(stranger.acknowledge(&mut world, unknown, 1), denied());
    assert_eq!(stranger.fill(&mut world, address(2), 1, &[1], None), denied());
    assert_eq!(stranger.put_cell(&mut world, address(4), 9, 2, b"mine"), denied());
    assert_eq!(stranger.get_cell(&mut world, unknown), denied());
    assert_eq!(stranger.create_inbox(&mut world, address(2), 2, 9), denied());
    assert_eq!(stranger.create_inbox(&mut world, address(2), 9, 3), denied());
}

#[test]
fn a_proof_recorded_on_one_connection_is_worthless_on_another() {
    let (mut world, mut eavesdropper) = world();
    let owner = world.connect();
    let proof = owner.proof(Right::Log, address(1), 0, 1);
    let prove =
        |request| ClientFrame::Prove { request, right: Right::Log, address: address(1), epoch: Epoch(0), proof };
    assert_eq!(eavesdropper.ask(&mut world, prove), denied());
}

#[test]
fn a_proof_made_for_another_relay_is_worthless_here() {
    let (mut world, mut peer) = world();
    let proof = Proof::sign(&key(1), "https://evil.example", &peer.challenge, Right::Log, &address(1), Epoch(0));
    let prove =
        |request| ClientFrame::Prove { request, right: Right::Log, address: address(1), epoch: Epoch(0), proof };
    assert_eq!(peer.ask(&mut world, prove), denied());
}

#[test]
fn a_signature_by_another_key_under_the_right_keys_name_is_denied_everywhere() {
    let (mut world, mut peer) = world();
    let forged = |right, at| Proof { key: public(right as u8 + 1), ..peer.proof(right, at, 0, 9) };
    let (log, inbox) = (forged(Right::Log, address(1)), forged(Right::InboxWriter, address(2)));
    let delivery = Post { inbox: address(2), proof: inbox, post: post(1), body: vec![].into(), ttl: None };
    assert_eq!(
        peer.ask(&mut world, |request| ClientFrame::CreateLog { request, log: address(1), proof: log }),
        denied()
    );
    assert_eq!(peer.ask(&mut world, |request| ClientFrame::Deliver { request, delivery }), denied());
    let take = |request| ClientFrame::TakePackage { request, inbox: address(2), proof: inbox };
    assert_eq!(peer.ask(&mut world, take), denied());
    let forged = Proof { key: public(4), ..peer.proof(Right::CellOwner, address(4), 0, 9) };
    let put =
        |request| ClientFrame::PutCell { request, cell: address(4), proof: forged, version: 2, body: vec![].into() };
    assert_eq!(peer.ask(&mut world, put), denied());
}

#[test]
fn an_address_is_a_log_or_an_inbox_never_both() {
    let (mut world, mut peer) = world();
    assert_eq!(peer.create_inbox(&mut world, address(1), 1, 1), denied());
    assert_eq!(peer.create_log(&mut world, address(2), 2), denied());
}
