//! A finger that rests on something: what a touch screen has for the other mouse button.

use std::time::Duration;

use leptos::ev::PointerEvent;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// How long a finger rests before it means the menu. Where a browser asks for a menu by itself, that comes first or changes nothing.
const LONG_PRESS: Duration = Duration::from_millis(450);
/// A finger that moves further than this scrolls, in CSS pixels.
const STILL: i32 = 10;

/// The finger on the screen, if there is one: where it touched, and what waits for it.
#[derive(Clone, Copy)]
pub(crate) struct LongPress(StoredValue<Option<((i32, i32), TimeoutHandle)>>);

impl LongPress {
    pub(crate) fn new() -> Self {
        let press = Self(StoredValue::new(None));
        on_cleanup(move || press.let_go());
        press
    }

    /// A finger touches: `then`, if it rests. Nothing for a mouse or a pen.
    pub(crate) fn touched(self, event: &PointerEvent, then: Callback<()>) {
        self.let_go();
        if event.pointer_type() != "touch" {
            return;
        }
        let rested = move || {
            if self.0.try_set_value(None).is_none() {
                then.run(());
            }
        };
        if let Ok(timer) = set_timeout_with_handle(rested, LONG_PRESS) {
            self.0.set_value(Some(((event.client_x(), event.client_y()), timer)));
        }
    }

    /// It moves.
    pub(crate) fn moved(self, event: &PointerEvent) {
        let far = |((x, y), _): ((i32, i32), TimeoutHandle)| {
            (event.client_x() - x).abs().max((event.client_y() - y).abs()) > STILL
        };
        if self.0.get_value().is_some_and(far) {
            self.let_go();
        }
    }

    /// It is lifted, or the browser scrolls with it.
    pub(crate) fn let_go(self) {
        if let Some((_, timer)) = self.0.try_get_value().flatten() {
            timer.clear();
            self.0.set_value(None);
        }
    }
}
