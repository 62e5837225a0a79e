//! The window that pictures and films fill, and how near one looks at them.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::stage::room;
use super::zoom::Zoom;
use crate::ui::back;
use crate::ui::browser::{clock, focus};
use crate::ui::i18n::{media, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconButton;
use crate::ui::widgets::walk::rtl;

/// How much nearer a step comes.
const STEP: f64 = 1.5;
/// How far an arrow key goes within a picture, in CSS pixels.
const PAN: f64 = 80.0;

/// How near a picture is on its stage.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) zoom: RwSignal<Zoom>,
    pub(super) stage: NodeRef<html::Div>,
}

impl Look {
    pub(super) fn new() -> Self {
        Self { zoom: RwSignal::new(Zoom::WHOLE), stage: NodeRef::new() }
    }

    fn near(self, times: f64) {
        self.zoom.update(|zoom| *zoom = zoom.nearer(times, (0.0, 0.0), room(self.stage)));
    }

    /// Goes within the picture. False: there is nothing more to see that way.
    fn pan(self, right: f64, down: f64) -> bool {
        let before = self.zoom.get_untracked();
        let after = before.moved((right, down), room(self.stage));
        self.zoom.set(after);
        after != before
    }

    /// A key of the window. `go` turns to the next one, or the one before: arrows first lead through what is looked at nearer, and on from
    /// its edge. A key that is held down stops there.
    pub(super) fn key(self, event: &KeyboardEvent, go: Callback<bool>) {
        let whole = self.zoom.get_untracked().is_whole();
        let across = |right: bool| {
            if !self.pan(if right { -PAN } else { PAN }, 0.0) && (whole || !event.repeat()) {
                go.run(right != rtl());
            }
        };
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        match event.key().as_str() {
            "+" | "=" => self.near(STEP),
            "-" => self.near(1.0 / STEP),
            "0" => self.zoom.set(Zoom::WHOLE),
            // A film's own keys are its own.
            _ if target.is_some_and(|target| target.tag_name() == "VIDEO") => return,
            "ArrowRight" => across(true),
            "ArrowLeft" => across(false),
            "ArrowUp" => _ = self.pan(0.0, PAN),
            "ArrowDown" => _ = self.pan(0.0, -PAN),
            _ => return,
        }
        event.prevent_default();
    }

    /// What does the same for a pointer.
    pub(super) fn buttons(self) -> AnyView {
        let t = media();
        view! {
            <IconButton glyph=Glyph::MINUS label=t.farther class="viewer__zoom" on_press=move |()| self.near(1.0 / STEP) />
            <IconButton glyph=Glyph::PLUS label=t.nearer class="viewer__zoom" on_press=move |()| self.near(STEP) />
        }
        .into_any()
    }
}

/// The bar at its top: the way out, who wrote what is seen and when, and what else there is to say or to do.
pub(super) fn bar(on_close: Callback<()>, from: Signal<Option<(String, u64)>>, rest: AnyView) -> AnyView {
    let who = move || from.get().map(|(who, _)| who);
    let when =
        move || from.get().map(|(_, time)| format!("{}, {}", clock::day(time, clock::now()), clock::time_of_day(time)));
    view! {
        <header class="viewer__bar">
            <IconButton glyph=Glyph::CLOSE label=text().close on_press=on_close />
            <div class="viewer__who">
                <b><bdi>{who}</bdi></b>
                <span>{when}</span>
            </div>
            {rest}
        </header>
    }
    .into_any()
}

/// The window: a dialog of the browser's own, which Back and Escape close. `order`: the message where one goes on afterwards, if what led here
/// is gone.
pub(super) fn frame(order: u64, on_close: Callback<()>, key: Callback<KeyboardEvent>, inner: AnyView) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    let session = use_session();
    let before = StoredValue::new_local(document().active_element());
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            back::layer(on_close);
            if let Err(error) = dialog.show_modal() {
                leptos::logging::warn!("the viewer did not open: {error:?}");
            }
        }
    });
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        request_animation_frame(move || {
            focus::restore(before);
            if focus::is_nowhere() {
                focus::focus_on(&format!(".bubble[data-order='{order}']"));
            }
            if focus::is_nowhere() {
                focus::go_on();
            }
            session.bare();
        });
    });
    let cancel = move |event: leptos::ev::Event| {
        event.prevent_default();
        on_close.run(());
    };
    view! {
        <dialog
            node_ref=node
            class="viewer"
            data-theme="dark"
            aria-label=media().viewer
            on:cancel=cancel
            on:keydown=move |event| key.run(event)
        >
            {inner}
        </dialog>
    }
    .into_any()
}
