//! How a row's menu is called: the other mouse button, the key for menus, a finger that rests.

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};
use xchat_engine::api::ChatId;

use crate::ui::widgets::long_press::LongPress;

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
    pub(crate) press: LongPress,
}

impl Summon {
    pub(crate) fn new() -> Self {
        Self { over: RwSignal::new(Over::Nothing), press: LongPress::new() }
    }

    /// A menu was asked for, with the mouse or the keyboard.
    pub(crate) fn asked(self, id: ChatId, event: &MouseEvent) {
        event.prevent_default();
        self.press.let_go();
        self.over.set(Over::Menu(id, point(event, (event.client_x(), event.client_y()))));
    }

    /// A finger touches a row.
    pub(crate) fn touched(self, id: ChatId, event: &PointerEvent) {
        let at = (event.client_x(), event.client_y());
        self.press.touched(event, Callback::new(move |()| self.over.set(Over::Menu(id, at))));
    }
}

/// Where the pointer is; the row's own place when there is none over it, as with a key.
fn point(event: &Event, (x, y): (i32, i32)) -> (i32, i32) {
    let row = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(rect) = row.map(|row| row.get_bounding_client_rect()) else { return (x, y) };
    let (left, top, bottom) = (rect.left() as i32, rect.top() as i32, rect.bottom() as i32);
    if (top..bottom).contains(&y) && x >= left { (x, y) } else { (left, bottom) }
}
