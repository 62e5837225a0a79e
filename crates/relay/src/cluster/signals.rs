//! Signals from relay to relay: a plain message to all of them, never stored. Each tells its own listeners, by its own rules.

use std::sync::Arc;

use async_nats::Client;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use xchat_wire::ServerFrame;

use super::error::{ClusterError, nats};
use crate::hub::Hub;
use crate::signal::Signal;

/// The subject that all relays listen to.
const SUBJECT: &str = "xchat.s";
/// Signals that wait to be sent; further ones are dropped.
pub(super) const WAITING: usize = 1024;
/// Bytes of a publisher's id, in front of each signal.
const ID: usize = 16;

/// Sends what this relay's clients signal, and hands on what those of the others do.
pub(super) async fn run(
    client: Client,
    me: [u8; ID],
    mut out: mpsc::Receiver<Bytes>,
    hub: Arc<Hub>,
) -> Result<(), ClusterError> {
    let mut heard = client.subscribe(SUBJECT).await.map_err(nats)?;
    loop {
        tokio::select! {
            frame = out.recv() => {
                let Some(frame) = frame else { return Ok(()) };
                // A signal that is lost is lost: nothing was promised.
                _ = client.publish(SUBJECT, [&me[..], &frame].concat().into()).await;
            }
            message = heard.next() => {
                let Some(message) = message else { return Ok(()) };
                if let Some(signal) = read(&me, &message.payload) {
                    hub.signal(signal, None);
                }
            }
        }
    }
}

/// A signal of another relay; none for one of this relay, and for what is no signal.
fn read(me: &[u8; ID], payload: &[u8]) -> Option<Signal> {
    let (from, frame) = payload.split_first_chunk::<ID>()?;
    match xchat_wire::decode(frame).ok()? {
        ServerFrame::Signal { address, epoch, body } if from != me => Some(Signal::new(address, epoch, body)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_wire::{Address, Epoch, encode};

    #[test]
    fn a_signal_of_another_relay_is_read_and_nothing_else_is() {
        let frame =
            encode(&ServerFrame::Signal { address: Address::new([1; 32]), epoch: Epoch(3), body: vec![5].into() });
        let payload = [&[7; ID][..], &frame].concat();
        let signal = read(&[8; ID], &payload).unwrap();
        assert_eq!(
            (signal.log, signal.epoch, signal.frame.as_ref()),
            (Address::new([1; 32]), Epoch(3), frame.as_slice())
        );
        assert!(read(&[7; ID], &payload).is_none(), "its own");
        assert!(read(&[8; ID], &payload[..20]).is_none());
        assert!(read(&[8; ID], b"short").is_none());
        assert!(read(&[8; ID], &[&[7; ID][..], &encode(&ServerFrame::Pong)].concat()).is_none());
    }
}
