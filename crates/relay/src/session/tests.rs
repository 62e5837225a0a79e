//! What only a driver sees: frames that are held, jobs that find no room. The rest is tested through `local`.

use ed25519_dalek::SigningKey;
use xchat_wire::{Address, Epoch, PostId, Proof, Right, Seq, encode};

use super::*;
use crate::limits::DAY_MS;
use crate::store::day_of;

mod claims;
mod damaged;

const ORIGIN: &str = "https://chat.example";
const NOW: u64 = 1_700_000_000_000;

struct Driven {
    store: Store,
    session: Session,
}

impl Driven {
    fn new() -> Self {
        let store = Store::in_memory().unwrap();
        let mut session = Session::new(ORIGIN.into(), Challenge::new([9; 32]), Tally::new(usize::MAX), NOW, NOW);
        session.pop_output();
        Self { store, session }
    }

    fn receive(&mut self, frame: &ClientFrame) -> Option<Job> {
        self.session.receive(&encode(frame), NOW, &self.store)
    }

    /// Applies a job as the writer does and brings its outcome back.
    fn finish(&mut self, job: Job) -> Option<Job> {
        let applied = self.store.write([&job.write], NOW).unwrap().remove(0);
        self.session.complete(job.pending, applied.outcome.into_reply(), &self.store)
    }

    /// The numbers of the requests that were answered since the last call.
    fn answered(&mut self) -> Vec<u32> {
        let frames = std::iter::from_fn(|| self.session.pop_output());
        frames
            .filter_map(|bytes| match xchat_wire::decode(&bytes).unwrap() {
                ServerFrame::Reply { request, reply } => {
                    assert!(!matches!(reply, Reply::Refused { .. }), "{request:?} was refused: {reply:?}");
                    Some(request.0)
                }
                _ => None,
            })
            .collect()
    }
}

#[test]
fn a_use_is_noted_once_a_day_and_not_on_the_day_of_a_write() {
    let mut driven = Driven::new();
    let job = driven.receive(&create(1)).unwrap();
    driven.finish(job);
    let mut prove = |now: u64| {
        let key = SigningKey::from_bytes(&[7; 32]);
        let proof = Proof::sign(&key, ORIGIN, &Challenge::new([9; 32]), Right::Log, &log(), Epoch(0));
        let (right, address, epoch) = (Right::Log, log(), Epoch(0));
        let frame = ClientFrame::Prove { request: Request(9), right, address, epoch, proof };
        assert!(driven.session.receive(&encode(&frame), now, &driven.store).is_none(), "it is answered at once");
        let errands = driven.session.take_errands();
        let [Errand::Use(kept, address, day)] = &errands[..] else { panic!("one use, and nothing else was asked for") };
        let new = day_of(now) > *day;
        if new {
            driven.store.write([&Write::Use { kept: *kept, address: *address }], now).unwrap();
        }
        new
    };
    assert_eq!(
        [prove(NOW), prove(NOW + DAY_MS), prove(NOW + DAY_MS), prove(NOW + 2 * DAY_MS)],
        [false, true, false, true]
    );
}

fn log() -> Address {
    Address::new([1; 32])
}

fn create(n: u32) -> ClientFrame {
    let key = SigningKey::from_bytes(&[7; 32]);
    let proof = Proof::sign(&key, ORIGIN, &Challenge::new([9; 32]), Right::Log, &log(), Epoch(0));
    ClientFrame::CreateLog { request: Request(n), log: log(), proof }
}

fn append(n: u32) -> ClientFrame {
    let post = PostId::new([n as u8; 16]);
    ClientFrame::Append { request: Request(n), log: log(), epoch: Epoch(0), post, body: vec![1].into(), ttl: None }
}

fn subscribe(n: u32) -> ClientFrame {
    ClientFrame::Subscribe { request: Request(n), address: log(), after: Seq(0), credit: 10 }
}

#[test]
fn a_write_that_needs_the_right_of_a_creation_under_way_waits_for_it() {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    assert!(driven.receive(&append(2)).is_none());
    assert!(!driven.session.may_receive(), "what comes behind it stays in the socket");
    let append = driven.finish(creation).expect("now it has its right");
    assert!(driven.session.may_receive());
    driven.finish(append);
    assert_eq!(driven.answered(), [1, 2]);
}

#[test]
fn writes_go_out_together_and_a_read_behind_them_sees_them_all() {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    driven.finish(creation);
    let jobs: Vec<Job> = (2..5).map(|n| driven.receive(&append(n)).unwrap()).collect();
    assert_eq!(driven.session.under_way(), 3);
    assert!(driven.receive(&subscribe(5)).is_none());
    for job in jobs {
        assert_eq!(driven.session.take_interest(), [], "not before the last of them");
        driven.finish(job);
    }
    assert_eq!(driven.session.take_interest(), [(log(), true)]);
    assert_eq!(driven.answered(), [1, 2, 3, 4, 5]);
}

#[test]
fn a_job_without_room_is_answered_busy_and_nothing_overtakes_it() {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    driven.finish(creation);
    driven.answered();
    let job = driven.receive(&append(2)).unwrap();
    driven.session.busy(&job.pending);
    assert!(driven.receive(&append(3)).is_none());
    let frames: Vec<ServerFrame> =
        std::iter::from_fn(|| driven.session.pop_output()).map(|bytes| xchat_wire::decode(&bytes).unwrap()).collect();
    let busy = Reply::Refused { reason: Refusal::Busy { retry_after_ms: RETRY_AFTER_MS } };
    let goodbye = ServerFrame::Goodbye { reason: Goodbye::Restart, retry_after_ms: RETRY_AFTER_MS };
    assert_eq!(frames, [ServerFrame::Reply { request: Request(2), reply: busy }, goodbye]);
    assert!(driven.session.is_closed());
}

#[test]
fn no_more_than_the_pipeline_is_under_way() {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    driven.finish(creation);
    let jobs: Vec<Job> = (0..PIPELINE as u32).map(|n| driven.receive(&append(n + 2)).unwrap()).collect();
    assert!(!driven.session.may_receive());
    for job in jobs {
        driven.finish(job);
        assert!(driven.session.may_receive());
    }
}

#[test]
fn no_more_bytes_than_the_pipelines_are_under_way_whatever_the_size_of_a_write() {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    driven.finish(creation);
    for body in [1000, 20_000, 100_000, xchat_wire::MAX_BODY] {
        let (mut jobs, mut number) = (Vec::new(), 1);
        while driven.session.may_receive() {
            number += 1;
            let (request, post) = (Request(number), PostId::new([number as u8; 16]));
            let body = vec![1; body].into();
            let append = ClientFrame::Append { request, log: log(), epoch: Epoch(0), post, body, ttl: None };
            jobs.push(driven.receive(&append).unwrap());
        }
        let bytes: usize = jobs.iter().map(|job| job.write.size()).sum();
        assert!(bytes <= PIPELINE_BYTES, "{bytes} bytes in {} writes", jobs.len());
        assert!(bytes + MAX_FRAME > PIPELINE_BYTES || jobs.len() == PIPELINE, "and not far fewer: {bytes}");
        jobs.into_iter().for_each(|job| _ = driven.finish(job));
        assert!(driven.session.may_receive());
    }
}

#[test]
fn a_job_that_its_sender_may_not_ask_for_now_is_answered_and_the_connection_ends_as_a_flood() {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    driven.session.too_much(&creation.pending, 7000);
    let frames: Vec<ServerFrame> =
        std::iter::from_fn(|| driven.session.pop_output()).map(|bytes| xchat_wire::decode(&bytes).unwrap()).collect();
    let busy = Reply::Refused { reason: Refusal::Busy { retry_after_ms: 7000 } };
    let goodbye = ServerFrame::Goodbye { reason: Goodbye::Flood, retry_after_ms: 7000 };
    assert_eq!(frames, [ServerFrame::Reply { request: Request(1), reply: busy }, goodbye]);
}

#[test]
fn connections_are_asked_to_come_back_at_moments_of_their_own() {
    let moment = |challenge: u8| {
        let mut session =
            Session::new(ORIGIN.into(), Challenge::new([challenge; 32]), Tally::new(usize::MAX), NOW, NOW);
        session.pop_output();
        session.stop();
        let frame = session.pop_output().map(|bytes| xchat_wire::decode(&bytes).unwrap());
        let Some(ServerFrame::Goodbye { reason: Goodbye::Restart, retry_after_ms }) = frame else {
            panic!("{frame:?}")
        };
        retry_after_ms
    };
    assert_eq!((moment(0), moment(255)), (RETRY_AFTER_MS, RETRY_AFTER_MS + RESTART_SPREAD_MS));
    assert!((RETRY_AFTER_MS + 1..RETRY_AFTER_MS + RESTART_SPREAD_MS).contains(&moment(100)));
}
