//! One input to its effects, and what is done when it comes to nothing.

use wasm_bindgen_futures::spawn_local;
use xchat_engine::{BlobWork, Effect, Input, api::Event};

use super::{Desk, Inbound, Mode, damaged, put};
use crate::{
    link::PortId,
    worker::{
        blobs,
        device::{Unfed, now},
    },
};

impl Desk {
    /// One step, and its effects. False: it came to nothing, and nothing of it is stored.
    pub(super) async fn feed(&mut self, input: Input, asker: Option<PortId>) -> bool {
        let Mode::Owner(device) = &mut self.mode else { return false };
        match device.feed(input).await {
            Ok(fed) => {
                for detail in &fed.damage {
                    self.pages.tell_all(&damaged(detail));
                }
                self.carry_out(fed.effects, fed.wrote, asker);
                return true;
            }
            Err(Unfed::Db(error)) => self.failed(error).await,
            Err(Unfed::Unreadable(problem, detail)) => self.broken(Event::Storage { problem, detail }),
        }
        false
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>, wrote: bool, asker: Option<PortId>) {
        if wrote && std::mem::take(&mut self.troubled) {
            self.pages.tell_all(&Event::StorageFine);
        }
        for effect in effects {
            match effect {
                Effect::Send(frame) => self.socket.send(&frame),
                // Another page may send something yet and be gone before it is looked who lives: then a later page does it.
                Effect::Blob(BlobWork::Needs { .. }) if self.here > 1 => {}
                Effect::Blob(work) => {
                    // The queue may have another owner's engine behind it by the time: one that asked for nothing takes nothing.
                    let queue = self.queue.clone();
                    spawn_local(async move {
                        let sending = queue.clone();
                        let sent = move |hash, bytes| put(&sending, Inbound::Sending(hash, bytes));
                        if let Some(came) = blobs::carry_out(work, sent).await {
                            put(&queue, Inbound::Blob(came));
                        }
                    });
                }
                Effect::Notify(event) => self.tell(self.routes.audience(&event, asker), &event),
                Effect::Timer(at) => self.alarm.set(at, now()),
                Effect::Reconnect(wait_ms) => self.socket.reconnect_in(wait_ms),
            }
        }
    }
}
