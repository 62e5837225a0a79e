//! Events that come faster than a screen shows them: the first is taken at once, those behind it together with the next frame. Each
//! taking costs a layout, however much it brings.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::Event;

use super::{Session, page_visible};

/// A frame of most screens.
const FRAME: Duration = Duration::from_millis(16);
/// Events of a frame, at most: so many new messages are drawn within it.
const MOST: usize = 32;

impl Session {
    /// Takes an event of the engine, now or a frame later. Order is kept.
    pub fn take(self, event: Event) {
        // Nobody looks, and timers may be a minute late.
        if !page_visible() {
            while self.take_some() {}
            return self.apply(event);
        }
        let now = self.aside(|aside| match &mut aside.waiting {
            Some(waiting) => {
                waiting.push_back(event);
                None
            }
            idle => {
                *idle = Some(Default::default());
                Some(event)
            }
        });
        if let Some(event) = now {
            self.apply(event);
            self.next_frame();
        }
    }

    fn next_frame(self) {
        let frame = move || match self.take_some() {
            true => self.next_frame(),
            false => self.aside(|aside| aside.waiting = None),
        };
        set_timeout(frame, FRAME);
    }

    /// Whether there were any.
    fn take_some(self) -> bool {
        let some = self.aside(|aside| {
            let waiting = aside.waiting.as_mut()?;
            Some(waiting.drain(..waiting.len().min(MOST)).collect::<Vec<_>>())
        });
        let some = some.unwrap_or_default();
        let any = !some.is_empty();
        some.into_iter().for_each(|event| self.apply(event));
        any
    }
}
