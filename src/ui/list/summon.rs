//! How a row's menu is called: the other mouse button, the key for menus, a finger that rests.

use std::time::Duration;

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};
use xchat_engine::api::ChatId;

/// How long a finger rests before it means the menu. Where a browser asks for a menu by itself, that comes first or changes nothing.
const LONG_PRESS: Duration = Duration::from_millis(450);
/// A finger that moves further than this scrolls, in CSS pixels.
const STILL: i32 = 10;

/// What lies over the list: something about this conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Nothing,
    Menu(ChatId, (i32, i32)),
    Mute(ChatId, (i32, i32)),
    Delete(ChatId),
}

/// Opens menus in the list.
#[derive(Clone, Copy)]
pub(crate) struct Summon {
    pub(crate) over: RwSignal<Over>,
    press: StoredValue<Option<((i32, i32), TimeoutHandle)>>,
}

impl Summon {
    pub(crate) fn new() -> Self {
        let summon = Self { over: RwSignal::new(Over::Nothing), press: StoredValue::new(None) };
        on_cleanup(move || summon.let_go());
        summon
    }

    /// A menu was asked for, with the mouse or the keyboard.
    pub(crate) fn asked(self, id: ChatId, event: &MouseEvent) {
        event.prevent_default();
        self.let_go();
        self.over.set(Over::Menu(id, point(event, (event.client_x(), event.client_y()))));
    }

    /// A finger touches a row.
    pub(crate) fn touched(self, id: ChatId, event: &PointerEvent) {
        self.let_go();
        if event.pointer_type() != "touch" {
            return;
        }
        let at = (event.client_x(), event.client_y());
        let open = move || {
            if self.press.try_set_value(None).is_none() {
                self.over.set(Over::Menu(id, at));
            }
        };
        if let Ok(timer) = set_timeout_with_handle(open, LONG_PRESS) {
            self.press.set_value(Some((at, timer)));
        }
    }

    /// It moves.
    pub(crate) fn moved(self, event: &PointerEvent) {
        let far = |((x, y), _): ((i32, i32), TimeoutHandle)| {
            (event.client_x() - x).abs().max((event.client_y() - y).abs()) > STILL
        };
        if self.press.get_value().is_some_and(far) {
            self.let_go();
        }
    }

    /// It is lifted, or the browser scrolls with it.
    pub(crate) fn let_go(self) {
        if let Some((_, timer)) = self.press.try_get_value().flatten() {
            timer.clear();
            self.press.set_value(None);
        }
    }
}

/// Where the pointer is; the row's own place when there is none over it, as with a key.
fn point(event: &Event, (x, y): (i32, i32)) -> (i32, i32) {
    let row = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(rect) = row.map(|row| row.get_bounding_client_rect()) else { return (x, y) };
    let (left, top, bottom) = (rect.left() as i32, rect.top() as i32, rect.bottom() as i32);
    if (top..bottom).contains(&y) && x >= left { (x, y) } else { (left, bottom) }
}
