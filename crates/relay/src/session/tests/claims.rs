//! Claims of blobs: given up in the order in which they were asked for, and not too fast.

use xchat_wire::{BlobClaim, BlobHash};

use super::*;
use crate::limits::{GRANTS_A_SECOND, RELEASES_BURST};

const BLOB: BlobHash = BlobHash::new([5; 32]);

fn claim() -> BlobClaim {
    BlobClaim::new([8; 32])
}

fn grant(n: u32) -> ClientFrame {
    let (request, right, hash, tag) = (Request(n), Right::Log, BLOB, Some(claim().tag()));
    ClientFrame::GrantBlob { request, right, address: log(), proof: None, hash, size: 9, seconds: 60, tag }
}

fn release(n: u32) -> ClientFrame {
    ClientFrame::ReleaseBlob { request: Request(n), hash: BLOB, claim: claim() }
}

fn member() -> Driven {
    let mut driven = Driven::new();
    let creation = driven.receive(&create(1)).unwrap();
    driven.finish(creation);
    driven.answered();
    driven
}

#[test]
fn a_claim_is_given_up_after_it_was_made_however_long_that_takes() {
    let mut driven = member();
    assert!(driven.receive(&grant(2)).is_none() && driven.receive(&grant(3)).is_none());
    let wanted = driven.session.take_errands();
    assert!(matches!(&wanted[..], [Errand::Grant(_, wanted), Errand::Grant(..)] if wanted.tag == Some(claim().tag())));
    let write = driven.receive(&append(4)).expect("a message need not wait");
    assert!(driven.receive(&release(5)).is_none());
    assert!(!driven.session.may_receive(), "what comes behind it stays in the socket");
    assert!(driven.finish(write).is_none(), "nor does the outcome of another request release it");
    let kept = Reply::Kept { expires: 9 };
    assert!(driven.session.granted(Request(2), kept.clone(), &driven.store).is_none());
    let job = driven.session.granted(Request(3), kept, &driven.store).expect("both are answered");
    assert_eq!(job.write, Write::ReleaseBlob { hash: BLOB, tag: claim().tag() });
    driven.finish(job);
    assert_eq!(driven.answered(), [4, 2, 3, 5]);
}

#[test]
fn who_gives_up_too_fast_is_told_to_wait_and_goes_on() {
    let mut driven = member();
    for n in 0..RELEASES_BURST as u32 {
        let job = driven.receive(&release(n)).expect("a release is written, whatever there is");
        driven.finish(job);
    }
    driven.answered();
    assert!(driven.receive(&release(9000)).is_none());
    let frames: Vec<ServerFrame> =
        std::iter::from_fn(|| driven.session.pop_output()).map(|bytes| xchat_wire::decode(&bytes).unwrap()).collect();
    let busy = Reply::Refused { reason: Refusal::Busy { retry_after_ms: RETRY_AFTER_MS } };
    assert_eq!(frames, [ServerFrame::Reply { request: Request(9000), reply: busy }]);
    assert!(!driven.session.is_closed());
    let later = NOW + 1000 / GRANTS_A_SECOND;
    assert!(driven.session.receive(&encode(&release(9001)), later, &driven.store).is_some());
}
