//! What the button beside the text field leads to: files to be picked, or a poll.

use std::cell::Cell;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use xchat_engine::api::ChatId;

use super::client::How;
use super::desk::desk;
use crate::ui::browser::js::{call, set};
use crate::ui::i18n::{media, text};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::menu::{Line, MenuFrame, closing, line};
use crate::ui::widgets::walk::{pixels, rtl};

/// Between button and menu, and menu and window, in CSS pixels.
const GAP: f64 = 6.0;
const EDGE: f64 = 12.0;
/// The field that the browser picks files with.
pub(super) const FIELD: &str = "attach-field";

thread_local! {
    /// As what the files are wanted that the browser asks for.
    static PICKED_AS: Cell<How> = const { Cell::new(How::Photo) };
}

/// As what they were wanted when they are here.
pub(super) fn picked_as() -> How {
    PICKED_AS.get()
}

/// Lets the browser ask for files.
pub(super) fn pick(accept: &str) {
    if let Some(field) = document().get_element_by_id(FIELD) {
        set(&field, "accept", accept);
        call(&field, "click", &[]);
    }
}

/// The menu.
pub(super) fn menu(id: ChatId, on_poll: Callback<()>, on_close: Callback<()>) -> AnyView {
    let close = closing(on_close);
    let node = NodeRef::<html::Div>::new();
    let stand = Callback::new(move |()| {
        if let Some(menu) = node.try_get_untracked().flatten() {
            above(&menu);
        }
    });
    Effect::new(move |_| {
        let first = node.get().and_then(|menu| menu.query_selector(".menu__item").ok().flatten());
        if let Some(first) = first.as_ref().and_then(|first| first.dyn_ref::<HtmlElement>()) {
            crate::ui::browser::focus::focus(first);
        }
    });
    let desk = desk(id);
    let files = move |how: How, accept: &'static str| {
        close.run(());
        // What is being changed has no files that it could be given.
        if desk.refuses() {
            return;
        }
        PICKED_AS.set(how);
        pick(accept);
    };
    let lines = [
        (Glyph::IMAGE, media().photos, Callback::new(move |()| files(How::Photo, "image/*,video/*"))),
        (Glyph::FILE, media().file, Callback::new(move |()| files(How::Original, ""))),
        (
            Glyph::POLL,
            media().poll,
            Callback::new(move |()| {
                close.run(());
                on_poll.run(());
            }),
        ),
    ];
    let lines = lines.map(|(glyph, words, does)| line(Line { glyph, words, danger: false, does }));
    view! {
        <MenuFrame label=text().attach class="menu menu--at" node place=stand close>
            {lines.into_iter().collect_view()}
        </MenuFrame>
    }
    .into_any()
}

/// Puts it above the button, from its start on, within the window.
fn above(menu: &HtmlElement) {
    let (Ok(Some(button)), Some(root)) = (document().query_selector(".composer__side"), document().document_element())
    else {
        return;
    };
    let rect = button.get_bounding_client_rect();
    let (width, across) = (f64::from(root.client_width()), f64::from(menu.offset_width()));
    let start = if rtl() { width - rect.right() } else { rect.left() }.min(width - across - EDGE).max(EDGE);
    let top = (rect.top() - GAP - f64::from(menu.offset_height())).max(EDGE);
    let style = menu.style();
    let placed = style
        .set_property("inset-block-start", &pixels(top))
        .and_then(|()| style.set_property("inset-inline-start", &pixels(start)));
    if let Err(error) = placed {
        leptos::logging::warn!("a menu has no place: {error:?}");
    }
}
