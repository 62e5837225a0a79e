//! Events that come faster than a screen shows them: a few are taken at once, those behind them together with the next frame. Each
//! taking is drawn, and costs the more the longer what is on the screen.

use std::collections::VecDeque;
use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::Event;

use super::{Session, page_visible};

/// A frame of most screens.
const FRAME: Duration = Duration::from_millis(16);
/// Events that are taken at once within a frame: what a person does comes back as fewer.
const SOME: usize = 6;
/// Events that the next frame takes, at most: so many new messages are drawn within it.
const MOST: usize = 6;

/// The frame under way.
#[derive(Default)]
pub(super) struct Frame {
    taken: usize,
    waiting: VecDeque<Event>,
}

impl Session {
    /// Takes an event of the engine, now or a frame later. Order is kept.
    pub fn take(self, event: Event) {
        // Nobody looks, and timers may be a minute late.
        if !page_visible() {
            while self.take_some() {}
            return self.apply(event);
        }
        let (begins, now) = self.aside(|aside| {
            let begins = aside.frame.is_none();
            let frame = aside.frame.get_or_insert_default();
            if frame.taken == SOME {
                frame.waiting.push_back(event);
                return (begins, None);
            }
            frame.taken += 1;
            (begins, Some(event))
        });
        if begins {
            self.next_frame();
        }
        if let Some(event) = now {
            self.apply(event);
        }
    }

    fn next_frame(self) {
        let frame = move || match self.take_some() {
            true => self.next_frame(),
            false => self.aside(|aside| aside.frame = None),
        };
        set_timeout(frame, FRAME);
    }

    /// Whether there were any.
    fn take_some(self) -> bool {
        let some = self.aside(|aside| {
            let frame = aside.frame.as_mut()?;
            // While some wait, none overtakes them.
            frame.taken = SOME;
            Some(frame.waiting.drain(..frame.waiting.len().min(MOST)).collect::<Vec<_>>())
        });
        let some = some.unwrap_or_default();
        let any = !some.is_empty();
        some.into_iter().for_each(|event| self.apply(event));
        any
    }
}
