//! Relays that lie and members that cheat: what was armed for a device happens to the next frame that it fits.

use std::collections::BTreeMap;

use xchat_wire::{ClientFrame, Post, Record, Refusal, Reply, Seq, ServerFrame};

use crate::{
    event::{Lie, Trick},
    run::Armed,
    sim,
};

/// Takes what is armed for a device, if it fits.
fn take<T: Copy>(armed: &Armed<T>, who: usize, fits: impl Fn(T) -> bool) -> Option<T> {
    let mut armed = armed.borrow_mut();
    let waiting = armed.get_mut(&who)?;
    let at = waiting.iter().position(|kind| fits(*kind))?;
    Some(waiting.remove(at))
}

/// A relay that tells what is armed instead of the truth.
pub fn lies(armed: Armed<Lie>) -> sim::Lie {
    let mut last: BTreeMap<(usize, xchat_wire::Address), Record> = BTreeMap::new();
    Box::new(move |who, frame| match frame {
        ServerFrame::Record { address, mut record } => {
            let lie = take(&armed, who, |lie| matches!(lie, Lie::Withhold | Lie::Replay | Lie::Alter));
            let before = last.insert((who, address), record.clone());
            match lie {
                Some(Lie::Withhold) => return None,
                Some(Lie::Replay) => record = before.unwrap_or(record),
                Some(_) => {
                    if let Some(byte) = record.body.last_mut() {
                        *byte ^= 1;
                    }
                }
                None => {}
            }
            Some(ServerFrame::Record { address, record })
        }
        ServerFrame::Reply { request, reply } => {
            match take(&armed, who, |lie| matches!(lie, Lie::Deny | Lie::Silence)) {
                Some(Lie::Deny) => {
                    Some(ServerFrame::Reply { request, reply: Reply::Refused { reason: Refusal::Denied } })
                }
                Some(_) => None,
                None => Some(ServerFrame::Reply { request, reply }),
            }
        }
        ServerFrame::CaughtUp { address, head } => {
            let head = match take(&armed, who, |lie| lie == Lie::FalseHead) {
                Some(_) => Seq(head.0 / 2),
                None => head,
            };
            Some(ServerFrame::CaughtUp { address, head })
        }
        frame => Some(frame),
    })
}

/// A member that sends what is armed instead of what its engine made.
pub fn tricks(armed: Armed<Trick>) -> sim::Tamper {
    Box::new(move |who, frame| match frame {
        ClientFrame::Commit { request, log, epoch, post, body, mut next_key, mut welcomes } => {
            let fits = |trick| trick == Trick::FalseKey || (trick == Trick::FalseWelcome && !welcomes.is_empty());
            match take(&armed, who, fits) {
                Some(Trick::FalseKey) => next_key = xchat_wire::PublicKey::new([1; 32]),
                Some(_) => welcomes.iter_mut().for_each(spoil),
                None => {}
            }
            ClientFrame::Commit { request, log, epoch, post, body, next_key, welcomes }
        }
        ClientFrame::Append { request, log, epoch, post, mut body, ttl } => {
            if take(&armed, who, |trick| trick == Trick::Garbage).is_some() {
                body.iter_mut().for_each(|byte| *byte = byte.rotate_left(3) ^ 0x5a);
            }
            ClientFrame::Append { request, log, epoch, post, body, ttl }
        }
        frame => frame,
    })
}

fn spoil(welcome: &mut Post) {
    welcome.body.iter_mut().for_each(|byte| *byte ^= 0x5a);
}
