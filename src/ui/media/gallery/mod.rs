//! What a conversation has of pictures, sounds, files and links, shelf by shelf: a page over that of its person or group.
//!
//! Data path: a shelf -> [`stock::Stock`] -> `FileCommand::Gallery` -> `Found`, by pieces -> [`thing::Thing`]s by months -> tiles and rows, the
//! same that bubbles have; a press -> `over`: the viewer, a text, a menu, or the message itself.

mod jump;
pub mod keys;
mod over;
mod row;
mod shelf;
mod stock;
mod thing;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use xchat_engine::api::{ChatId, ChatView, Shelf};

use crate::ui::back;
use crate::ui::browser::focus;
use crate::ui::i18n::{later, media};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconButton;
use crate::ui::widgets::walk::rtl;

/// In the order of their tabs.
const SHELVES: [Shelf; 4] = [Shelf::Media, Shelf::Sound, Shelf::Files, Shelf::Links];

/// The page. The callback leads back to the one under it.
pub(super) fn gallery(id: ChatId, chat: ReadSignal<ChatView>, on_close: Callback<()>) -> AnyView {
    let session = use_session();
    back::layer(on_close);
    // What was being chosen in the conversation would keep presses from what is here.
    session.choose_none();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            focus::focus(&heading);
        }
    });
    let chosen = RwSignal::new(Shelf::Media);
    view! {
        <header class="bar">
            <IconButton glyph=Glyph::BACK label=media().back_to_details on_press=on_close />
            <div class="bar__names">
                <h1 node_ref=heading class="bar__title" tabindex="-1">
                    {later().gallery}
                </h1>
                <p class="bar__sub">
                    <bdi>{name}</bdi>
                </p>
            </div>
        </header>
        <div class="gallery">
            {tabs(chosen)}
            {move || shelf::shelf(id, chat, chosen.get())}
        </div>
    }
    .into_any()
}

fn tab_id(shelf: Shelf) -> String {
    format!("gallery-tab-{}", shelf as usize)
}

/// What the tabs show and hide.
const PANEL: &str = "gallery-panel";

/// The tabs. Arrow keys go from one to the next and show its shelf.
fn tabs(chosen: RwSignal<Shelf>) -> AnyView {
    let tab = move |shelf: Shelf| {
        let is = move || chosen.get() == shelf;
        view! {
            <button
                id=tab_id(shelf)
                class="chip"
                type="button"
                role="tab"
                aria-selected=move || if is() { "true" } else { "false" }
                aria-controls=PANEL
                tabindex=move || if is() { "0" } else { "-1" }
                on:click=move |_| show(chosen, shelf)
            >
                {media().shelves[shelf as usize]}
            </button>
        }
    };
    let key = move |event: KeyboardEvent| {
        let (here, last) = (chosen.get_untracked() as usize, SHELVES.len() - 1);
        let to = match (event.key().as_str(), rtl()) {
            ("ArrowRight", false) | ("ArrowLeft", true) => {
                if here == last {
                    0
                } else {
                    here + 1
                }
            }
            ("ArrowLeft", false) | ("ArrowRight", true) => here.checked_sub(1).unwrap_or(last),
            ("Home", _) => 0,
            ("End", _) => last,
            _ => return,
        };
        event.prevent_default();
        let to = SHELVES[to];
        show(chosen, to);
        let tab = document().get_element_by_id(&tab_id(to));
        if let Some(tab) = tab.as_ref().and_then(|tab| tab.dyn_ref::<HtmlElement>()) {
            focus::focus(tab);
        }
    };
    view! {
        <div class="chips gallery__tabs" role="tablist" aria-label=later().gallery on:keydown=key>
            {SHELVES.map(tab).into_iter().collect_view()}
        </div>
    }
    .into_any()
}

fn show(chosen: RwSignal<Shelf>, shelf: Shelf) {
    chosen.maybe_update(|chosen| std::mem::replace(chosen, shelf) != shelf);
}
