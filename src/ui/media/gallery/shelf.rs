//! One shelf: what stands on it by months, the latest first, and what is asked for behind the last.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use web_sys::{Element, Event, MouseEvent};
use xchat_engine::api::{ChatId, ChatState, ChatView, Shelf};

use super::keys::pressed;
use super::over::{Over, layer};
use super::row::{Row, row};
use super::stock::Stock;
use super::thing::{Thing, Which, month_of, things};
use super::{PANEL, tab_id};
use crate::ui::browser::clock;
use crate::ui::browser::js::closest;
use crate::ui::i18n::{media, text};
use crate::ui::media::sight::when_seen;
use crate::ui::session::use_session;
use crate::ui::widgets::rows::rows;

/// A month, and what is from it.
type Month = (u128, Arc<[Thing]>);

/// What the tab of this shelf shows.
pub(super) fn shelf(id: ChatId, chat: ReadSignal<ChatView>, shelf: Shelf) -> AnyView {
    let stock = Stock::new(use_session(), id, shelf);
    let (known, waits) = (stock.known, stock.waits);
    let all = Memo::new(move |_| {
        let name = chat.with_untracked(|chat| chat.name.clone());
        known.with(|known| known.hits.iter().flat_map(|hit| things(hit, shelf, &name)).collect::<Vec<_>>())
    });
    let months = Memo::new(move |_| all.with(|all| by_month(all)));
    let row_of = Row {
        id,
        known: Memo::new(move |_| chat.with(|chat| !matches!(chat.state, ChatState::Request | ChatState::Blocked))),
        now: clock::use_now(),
    };
    let over = RwSignal::new(Over::Nothing);
    let month = move |number: u128| {
        let here = Memo::new(move |_| {
            months.with(|months| months.iter().find(|(of, _)| *of == number).map(|(_, here)| here.clone()))
        });
        let find = move |key: u128| {
            let here = here.get_untracked()?;
            here.iter().find(|thing| thing.key() == key).cloned()
        };
        let time = here.with_untracked(|here| here.as_ref().and_then(|here| here.first()).map(|first| first.time));
        let keys = move || here.with(|here| here.iter().flat_map(|here| here.iter()).map(Thing::key).collect());
        view! {
            <section class="gallery__month">
                <h2 class="section__title">{time.map(month_of)}</h2>
                <ul class=if shelf == Shelf::Media { "gallery__grid" } else { "gallery__rows" }>
                    {rows(keys, move |key| find(key).map(|thing| row(row_of, thing)).into_any())}
                </ul>
            </section>
        }
        .into_any()
    };
    let numbers = move || months.with(|months| months.iter().map(|(number, _)| *number).collect());
    let empty = Memo::new(move |_| all.with(Vec::is_empty) && !waits.get());
    // A new one stands at the end each time, which comes on the screen anew.
    let end = move || {
        let count = known.with(|known| known.hits.len());
        (stock.has_more() && !waits.get() && count > 0).then(|| {
            let node = NodeRef::<html::Div>::new();
            when_seen(node, Callback::new(move |()| stock.more()));
            view! { <div node_ref=node class="gallery__end"></div> }
        })
    };
    let said = move || {
        let words = match (empty.get(), waits.get()) {
            (true, _) => media().shelf_empty[shelf as usize],
            (false, true) => text().loading,
            (false, false) => return None,
        };
        Some(view! { <p class="gallery__said" class:is-coming=waits.get()>{words}</p> })
    };
    view! {
        <div
            id=PANEL
            class="app__scroll"
            class:app__scroll--centre=move || empty.get()
            role="tabpanel"
            aria-labelledby=tab_id(shelf)
            aria-busy=move || if waits.get() { "true" } else { "false" }
            // What stands on it has the focus, where anything does.
            tabindex=move || empty.get().then_some("0")
            on:click=move |event: MouseEvent| clicked(&event, over)
            on:contextmenu=move |event: MouseEvent| asked(&event, over)
            on:keydown=move |event| pressed(&event)
        >
            <div class="gallery__column">
                {rows(numbers, month)}
                <div role="status">{said}</div>
                {end}
            </div>
        </div>
        {layer(id, stock, all, over)}
    }
    .into_any()
}

fn by_month(all: &[Thing]) -> Vec<Month> {
    // Clocks may be off: a month has one place.
    let mut months: Vec<(u128, Vec<Thing>)> = Vec::new();
    for thing in all {
        let number = thing.month();
        match months.iter_mut().find(|(of, _)| *of == number) {
            Some((_, here)) => here.push(thing.clone()),
            None => months.push((number, vec![thing.clone()])),
        }
    }
    months.into_iter().map(|(number, here)| (number, here.into())).collect()
}

/// Which thing's place this is in.
fn which(event: &Event) -> Option<Which> {
    let which = closest(event.target(), "[data-which]")?.get_attribute("data-which")?;
    let (order, at) = which.split_once('-')?;
    Some((order.parse().ok()?, at.parse().ok()?))
}

fn under(element: &Element) -> (i32, i32) {
    let rect = element.get_bounding_client_rect();
    (rect.left() as i32, rect.bottom() as i32)
}

/// A picture, a file that is shown or asked about first, or what can be done with a row.
fn clicked(event: &MouseEvent, over: RwSignal<Over>) {
    let Some(which) = which(event) else { return };
    if let Some(button) = closest(event.target(), ".gallery__more") {
        over.set(Over::Menu(which, under(&button)));
    } else if closest(event.target(), ".photo").is_some() {
        over.set(Over::View(which));
    } else if closest(event.target(), "[data-at]").is_some() {
        over.set(Over::File(which));
    }
}

/// The other mouse button, the key for menus, and what a touch screen makes of a long press.
fn asked(event: &MouseEvent, over: RwSignal<Over>) {
    // A link has a menu of the browser's own.
    if closest(event.target(), "a").is_some() {
        return;
    }
    if let (Some(which), Some(place)) = (which(event), closest(event.target(), "[data-which]")) {
        event.prevent_default();
        let at = match (event.client_x(), event.client_y()) {
            // A key asked for it, not a pointer.
            (0, 0) => under(&place),
            at => at,
        };
        over.set(Over::Menu(which, at));
    }
}
