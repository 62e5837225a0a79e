//! A search in one conversation: a field above its timeline, and the way from hit to hit.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::ChatId;

use super::looking::Looking;
use super::marks::mark;
use crate::ui::back;
use crate::ui::browser::focus;
use crate::ui::i18n::{fill, later};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::icon_button::IconButton;

/// The bar. Enter and the arrow up lead to the next message further up, Shift and Enter and the arrow down back.
#[component]
pub(crate) fn Within(id: ChatId) -> impl IntoView {
    let session = use_session();
    let t = later();
    let looking = Looking::new(session, Some(id));
    let (known, waits) = (looking.known(), looking.waits());
    let count = Memo::new(move |_| known.with(|known| known.hits.len()));
    // The order of the hit that the reader is at, which may go meanwhile; the latest hit is the first.
    let at = RwSignal::new(None::<u64>);
    let go = move |to: usize| {
        if let Some(order) = known.with_untracked(|known| known.hits.get(to).map(|hit| hit.order)) {
            at.set(Some(order));
            session.seek(order);
        }
        if to + 1 >= count.get_untracked() {
            looking.more();
        }
    };
    let hits_from = move |order: Option<u64>| {
        known.with(|known| known.hits.iter().filter(|hit| order.is_some_and(|order| hit.order >= order)).count())
    };
    let up = move || go(untrack(|| hits_from(at.get())));
    let down = move || {
        let later = |at: u64| untrack(|| hits_from(at.checked_add(1)));
        if let Some(to) = at.get_untracked().and_then(|at| later(at).checked_sub(1)) {
            go(to);
        }
    };
    // The latest is shown at once, as soon as there is an answer to what was typed.
    Effect::new(move |_| {
        let (answered, found) = (!waits.get(), count.get() > 0);
        if answered && found && at.get_untracked().is_none() {
            go(0);
        }
    });
    // Once the message is there.
    Effect::new(move |led: Option<Option<u64>>| {
        let (at, on_the_way) = (at.get(), session.sought().get());
        let here = at.filter(|_| on_the_way.is_none());
        known.with(|known| {
            let hit = known.hits.iter().find(|hit| Some(hit.order) == at);
            let words = hit.map(|hit| hit.snippet.iter().skip(1).step_by(2).map(String::as_str).collect());
            let words: Vec<&str> = words.unwrap_or_default();
            mark(here, &words, led.flatten() != here);
        });
        here
    });
    on_cleanup(|| mark(None, &[], false));
    let close = move || {
        let _open = session.search_open(false);
        focus::go_on();
    };
    back::layer(Callback::new(move |()| close()));
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            focus::focus(&field);
        }
    });
    let typed = move |event| {
        at.set(None);
        looking.look_for(&event_target_value(&event));
    };
    let key = move |event: KeyboardEvent| {
        match (event.key().as_str(), event.shift_key()) {
            ("Enter", false) | ("ArrowUp", _) => up(),
            ("Enter", true) | ("ArrowDown", _) => down(),
            _ => return,
        }
        event.prevent_default();
    };
    let said = move || match (waits.get(), count.get(), hits_from(at.get())) {
        (true, 0, _) => t.searching.to_owned(),
        (false, 0, _) if field.get().is_none_or(|field| field.value().trim().is_empty()) => String::new(),
        (false, 0, _) => t.no_messages.to_owned(),
        (_, count, at) => {
            let of = if known.with(|known| known.has_more()) { format!("{count}+") } else { count.to_string() };
            fill(t.hit_of, &[("number", &at.to_string()), ("count", &of)])
        }
    };
    let last = move || hits_from(at.get()) >= count.get() && !known.with(|known| known.has_more());
    let first = move || hits_from(at.get()) <= 1;
    let arrow = move |label: &'static str, class: &'static str, ends: Signal<bool>, does: Callback<()>| {
        view! {
            <button
                class=class
                type="button"
                aria-label=label
                title=label
                disabled=ends
                on:click=move |_| does.run(())
            >
                <Icon glyph=Glyph::DOWN />
            </button>
        }
        .into_any()
    };
    view! {
        <div
            class="find-bar"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    close();
                }
            }
        >
            <search class="search-field">
                <Icon glyph=Glyph::SEARCH size=IconSize::Small />
                <input
                    node_ref=field
                    class="search-field__input"
                    type="search"
                    autocomplete="off"
                    aria-label=t.search_in_chat
                    placeholder=t.search_in_chat
                    on:input=typed
                    on:keydown=key
                />
                <span class="search-field__count" role="status">
                    {said}
                </span>
            </search>
            {arrow(t.hit_up, "icon-button icon-button--up", Signal::derive(last), Callback::new(move |()| up()))}
            {arrow(t.hit_down, "icon-button", Signal::derive(first), Callback::new(move |()| down()))}
            <IconButton glyph=Glyph::CLOSE label=t.search_close on_press=move |()| close() />
        </div>
    }
}
