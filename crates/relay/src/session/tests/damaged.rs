//! A session over a store in which a row is damaged: it costs one subscription one record, or that subscription, and no more.

use super::*;
use crate::store::damage::Victim;

const OTHER: Address = Address::new([2; 32]);
const INBOX: Address = Address::new([3; 32]);
const CELL: Address = Address::new([4; 32]);

impl Driven {
    /// Asks and has the write done as the relay's storage does it: what fails on one row is `internal`.
    fn ask(&mut self, frame: ClientFrame) -> Vec<ServerFrame> {
        if let Some(job) = self.receive(&frame) {
            let reply = match self.store.write([&job.write], NOW) {
                Ok(mut applied) => {
                    let applied = applied.remove(0);
                    applied.events.iter().for_each(|event| self.session.published(event));
                    applied.outcome.into_reply()
                }
                Err(error) => {
                    assert!(error.is_one_rows(), "{error}");
                    refused(Refusal::Internal)
                }
            };
            assert!(self.session.complete(job.pending, reply, &self.store).is_none());
        }
        self.heard().0
    }

    /// Everything that waits for the client, after its subscriptions have read; and the rows that they found damaged.
    fn heard(&mut self) -> (Vec<ServerFrame>, u32) {
        let (mut frames, mut damaged) = (Vec::new(), 0);
        loop {
            damaged += self.session.pump(&self.store);
            let more =
                std::iter::from_fn(|| self.session.pop_output()).map(|bytes| xchat_wire::decode(&bytes).unwrap());
            frames.extend(more);
            if !self.session.wants_pump() {
                return (frames, damaged);
            }
        }
    }

    fn proof(&self, right: Right, address: Address, epoch: u64) -> Proof {
        let key = SigningKey::from_bytes(&[7; 32]);
        Proof::sign(&key, ORIGIN, &Challenge::new([9; 32]), right, &address, Epoch(epoch))
    }

    fn key(&self) -> xchat_wire::PublicKey {
        self.proof(Right::Log, log(), 0).key
    }

    fn append_to(&mut self, log: Address, epoch: u64, id: u8) -> Vec<ServerFrame> {
        let (request, post, body) = (Request(id.into()), PostId::new([id; 16]), vec![id].into());
        self.ask(ClientFrame::Append { request, log, epoch: Epoch(epoch), post, body, ttl: None })
    }

    fn listen(&mut self, address: Address, credit: u32) -> (Vec<ServerFrame>, u32) {
        let frame = ClientFrame::Subscribe { request: Request(99), address, after: Seq(0), credit };
        assert!(self.receive(&frame).is_none());
        let (frames, damaged) = self.heard();
        (frames.into_iter().filter(|frame| !matches!(frame, ServerFrame::Reply { .. })).collect(), damaged)
    }
}

/// A member of two logs, the first with a message and a commit in epoch 0 and a message in epoch 1, and owner of an inbox
/// with a delivery and of a cell.
fn busy() -> Driven {
    let mut driven = Driven::new();
    let request = Request(1);
    for log in [log(), OTHER] {
        let proof = driven.proof(Right::Log, log, 0);
        driven.ask(ClientFrame::CreateLog { request, log, proof });
        driven.append_to(log, 0, 1);
    }
    let (epoch, post, body, next_key) = (Epoch(0), PostId::new([2; 16]), vec![2].into(), driven.key());
    driven.ask(ClientFrame::Commit { request, log: log(), epoch, post, body, next_key, welcomes: Vec::new() });
    let proof = driven.proof(Right::Log, log(), 1);
    driven.ask(ClientFrame::Prove { request, right: Right::Log, address: log(), epoch: Epoch(1), proof });
    driven.append_to(log(), 1, 3);
    let (proof, writer) = (driven.proof(Right::InboxOwner, INBOX, 0), driven.key());
    driven.ask(ClientFrame::CreateInbox { request, inbox: INBOX, proof, writer });
    let proof = driven.proof(Right::InboxWriter, INBOX, 0);
    let delivery =
        xchat_wire::Post { inbox: INBOX, proof, post: PostId::new([4; 16]), body: vec![4].into(), ttl: None };
    driven.ask(ClientFrame::Deliver { request, delivery });
    let proof = driven.proof(Right::CellOwner, CELL, 0);
    driven.ask(ClientFrame::PutCell { request, cell: CELL, proof, version: 1, body: vec![5].into() });
    driven
}

/// Frames without what records hold: a place for each.
fn told(frames: &[ServerFrame]) -> Vec<String> {
    frames
        .iter()
        .map(|frame| match frame {
            ServerFrame::Record { record, .. } => format!("{}", record.seq.0),
            ServerFrame::Gone { seq: Some(seq), .. } => format!("gone {}", seq.0),
            ServerFrame::Gone { seq: None, .. } => "gone".into(),
            ServerFrame::CaughtUp { .. } => "caught up".into(),
            other => format!("{other:?}"),
        })
        .collect()
}

fn others_go_on(driven: &mut Driven, what: Victim) {
    assert_eq!(told(&driven.listen(OTHER, 10).0), ["1", "caught up"], "{what:?}");
    let heard = driven.append_to(OTHER, 0, 50);
    assert!(heard.iter().any(|frame| matches!(frame, ServerFrame::Record { .. })), "{what:?}: {heard:?}");
    assert!(!driven.session.is_closed(), "{what:?}");
}

#[test]
fn a_damaged_record_is_named_and_what_is_behind_it_comes() {
    for victim in [Victim::Record(log(), Seq(1)), Victim::Body(log(), Seq(1))] {
        let mut driven = busy();
        driven.store.damage(victim);
        let (frames, damaged) = driven.listen(log(), 10);
        assert_eq!(told(&frames), ["gone 1", "2", "3", "caught up"], "{victim:?}");
        assert_eq!(damaged, 1);
        others_go_on(&mut driven, victim);
        assert_eq!(told(&driven.append_to(log(), 1, 60))[0], "4", "and so does this one");
    }
}

#[test]
fn a_damaged_commit_closes_its_epoch_all_the_same() {
    let mut driven = busy();
    driven.store.damage(Victim::Record(log(), Seq(2)));
    assert_eq!(told(&driven.listen(log(), 10).0), ["1", "gone 2", "3", "caught up"]);
}

#[test]
fn a_damaged_record_takes_credit_as_it_would_have_done_whole() {
    let mut driven = busy();
    driven.store.damage(Victim::Record(log(), Seq(1)));
    assert_eq!(told(&driven.listen(log(), 1).0), ["gone 1"]);
    driven.session.receive(&encode(&ClientFrame::Credit { address: log(), more: 1 }), NOW, &driven.store);
    assert_eq!(told(&driven.heard().0), ["2"]);
}

#[test]
fn a_log_or_an_inbox_that_cannot_be_read_ends_its_own_subscription_alone() {
    for (victim, address) in [(Victim::Log(log()), log()), (Victim::Inbox(INBOX), INBOX)] {
        let mut driven = busy();
        driven.store.damage(victim);
        driven.session.take_interest();
        let (frames, damaged) = driven.listen(address, 10);
        assert_eq!((told(&frames), damaged), (vec!["gone".to_owned()], 1), "{victim:?}");
        assert_eq!(driven.session.take_interest(), [(address, true), (address, false)], "nobody sends it anything");
        others_go_on(&mut driven, victim);
    }
}

#[test]
fn the_end_of_an_epoch_that_cannot_be_read_lets_nobody_pass() {
    let mut driven = busy();
    driven.store.damage(Victim::Epoch(log(), Epoch(0)));
    // Another connection, of a member who is behind, has proved nothing but epoch 0.
    let mut late = Driven {
        store: driven.store,
        session: Session::new(ORIGIN.into(), Challenge::new([9; 32]), Tally::new(usize::MAX), NOW, NOW),
    };
    late.session.pop_output();
    late.session.rights.prove_log(log(), crate::rights::Run::new(Epoch(0), Seq(1)));
    assert_eq!(told(&late.listen(log(), 10).0), ["gone"]);
    driven = late;
    driven.session.rights.prove_log(OTHER, crate::rights::Run::new(Epoch(0), Seq(1)));
    others_go_on(&mut driven, Victim::Epoch(log(), Epoch(0)));
}

#[test]
fn a_request_for_a_damaged_row_is_answered_internal_and_the_next_one_as_ever() {
    let mut driven = busy();
    for victim in [Victim::Post(log(), PostId::new([3; 16])), Victim::Cell(CELL)] {
        driven.store.damage(victim);
    }
    let internal = |frames: &[ServerFrame]| {
        matches!(frames, [ServerFrame::Reply { reply: Reply::Refused { reason: Refusal::Internal }, .. }])
    };
    let frames = driven.append_to(log(), 1, 3);
    assert!(internal(&frames), "a repeat whose memory is damaged: {frames:?}");
    let frames = driven.ask(ClientFrame::GetCell { request: Request(70), cell: CELL });
    assert!(internal(&frames), "{frames:?}");
    let proof = driven.proof(Right::CellOwner, CELL, 0);
    let put = ClientFrame::PutCell { request: Request(71), cell: CELL, proof, version: 2, body: vec![6].into() };
    assert!(internal(&driven.ask(put)));
    assert_eq!(told(&driven.listen(INBOX, 10).0), ["1", "caught up"]);
    others_go_on(&mut driven, Victim::Cell(CELL));
}
