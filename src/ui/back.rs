//! Back closes what lies over a place before it leaves the place: each layer has a step of its own in the history. A layer that is
//! closed otherwise leaves its step behind, for the next one to use, or for Back to pass over. To leave it at once would take the
//! browser a while, and undo what is gone to meanwhile.
//!
//! A step says in its state which place of this tab it belongs to, and how many layers there are at it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::ChatId;

use super::browser::js::{call, get};
use super::route::Route;

/// Layers over one place at most, and one more.
const MOST: usize = 16;

/// The place's number, from 1 on, and the layers over it.
type Step = (usize, usize);
/// The name under which the tab keeps the places.
const KEPT: &str = "xchat.places";
/// What is known of a place that is no more.
const GONE: Option<Route> = Some(Route::Unknown);

thread_local! {
    /// What closes them, from the lowest on; each has a number.
    static LAYERS: RefCell<Vec<(u32, Callback<()>)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
    /// Layers that the step said from which one came to a new place.
    static UNDER: Cell<usize> = const { Cell::new(0) };
    /// This place is being left.
    static LEAVES: Cell<bool> = const { Cell::new(false) };
    /// Where one is.
    static HERE: Cell<Step> = const { Cell::new((0, 0)) };
    /// The places up to here, by their numbers, as far as they are known. They are kept with the tab: its history outlives the page as well.
    static PLACES: RefCell<Vec<Option<Route>>> = RefCell::new(recalled());
}

/// What the tab keeps of the places; without it a page that is loaded anew knows none.
fn recalled() -> Vec<Option<Route>> {
    let kept = call(&get(&window(), "sessionStorage"), "getItem", &[KEPT.into()]);
    let kept = kept.and_then(|kept| kept.as_string()).unwrap_or_default();
    kept.lines().map(|line| (!line.is_empty()).then(|| Route::parse(line))).collect()
}

fn keep(places: &[Option<Route>]) {
    let line = |place: &Option<Route>| match place {
        // Nobody comes back to a link, and what is in it is for nobody else.
        None | Some(Route::Add(_) | Route::Join(_) | Route::Link(_)) => String::new(),
        Some(Route::Unknown) => "?".to_owned(),
        Some(route) => route.href(),
    };
    let lines = places.iter().map(line).collect::<Vec<_>>().join("\n");
    let _kept = call(&get(&window(), "sessionStorage"), "setItem", &[KEPT.into(), lines.into()]);
}

/// What the current step says. None: it is new.
fn said() -> Option<Step> {
    let state = get(&get(&window(), "history"), "state").as_f64()?;
    Some((state as usize / MOST, state as usize % MOST))
}

fn history(method: &str, (place, layers): Step, href: &str) {
    let state = (place * MOST + layers.min(MOST - 1)) as f64;
    if call(&get(&window(), "history"), method, &[state.into(), "".into(), href.into()]).is_none() {
        leptos::logging::warn!("the history took no step");
    }
    HERE.set((place, layers));
}

/// One is at this place; a new one is given its number.
pub(crate) fn arrived(route: &Route) {
    let new = said().is_none();
    if new {
        UNDER.set(HERE.get().1);
        history("replaceState", (HERE.get().0 + 1, 0), "");
    }
    let (place, layers) = said().unwrap_or_default();
    HERE.set((place, layers));
    PLACES.with_borrow_mut(|places| {
        places.resize(place + 1, None);
        // What is gone stays so.
        if new || places[place] != GONE {
            places[place] = Some(route.clone());
        }
        keep(places);
    });
}

/// This place takes the one's place where one is, or that of the step which is a layer's.
pub(crate) fn replace(route: &Route) {
    let (place, layers) = HERE.get();
    let place = place + usize::from(layers > 0);
    PLACES.with_borrow_mut(|places| {
        places.truncate(place);
        keep(places);
    });
    history("replaceState", (place, 0), &route.href());
}

/// Whether one came here from that place.
fn came_from(route: &Route) -> bool {
    let before = HERE.get().0.wrapping_sub(1);
    PLACES.with_borrow(|places| places.get(before).is_some_and(|place| place.as_ref() == Some(route)))
}

/// One place is left for the one before it, of which it becomes a step that Back passes over.
pub(crate) fn fold(under: &Route) {
    match came_from(under) {
        true => history("replaceState", (HERE.get().0 - 1, UNDER.get() + 1), &under.href()),
        false => replace(under),
    }
}

/// Back passes over the places of a conversation that is gone.
pub(crate) fn forget(chat: ChatId) {
    PLACES.with_borrow_mut(|places| {
        for place in places.iter_mut().filter(|place| place.as_ref().and_then(Route::chat) == Some(chat)) {
            *place = GONE;
        }
        keep(places);
    });
}

/// Steps back to the place from which one came here, over all that lies over this one. False: it is another one.
pub(crate) fn leave_for(route: &Route) -> bool {
    // A second press comes before the step is done. In a frame the steps of the page around it lie between.
    if LEAVES.get() {
        return true;
    }
    let alone = get(&window(), "parent") == wasm_bindgen::JsValue::from(window());
    let leaves = alone && came_from(route);
    if leaves {
        LEAVES.set(true);
        set_timeout(|| LEAVES.set(false), Duration::from_secs(1));
        go_back(HERE.get().1 + 1);
    }
    leaves
}

fn go_back(steps: usize) {
    if call(&get(&window(), "history"), "go", &[(-(steps as f64)).into()]).is_none() {
        leptos::logging::warn!("the history took no step");
    }
}

/// Something lies over the place for as long as the current owner lives. `close` must take it away.
pub(crate) fn layer(close: Callback<()>) {
    let number = LAST.get().wrapping_add(1);
    LAST.set(number);
    let count = LAYERS.with_borrow_mut(|layers| {
        layers.push((number, close));
        layers.len()
    });
    let (place, layers) = said().unwrap_or(HERE.get());
    for layers in layers + 1..=count {
        history("pushState", (place, layers), "");
    }
    on_cleanup(move || LAYERS.with_borrow_mut(|layers| layers.retain(|(of, _)| *of != number)));
}

/// Whether the step that one is at is a layer's: what is gone to from here takes its place.
pub(crate) fn is_layer() -> bool {
    said().is_some_and(|(_, layers)| layers > 0)
}

/// Listens for as long as the current owner lives.
pub(crate) fn listen() {
    let handle = window_event_listener_untyped("popstate", |_| came());
    on_cleanup(move || handle.remove());
}

/// Another step is the current one. One that is new is told of by [`arrived`].
fn came() {
    let Some((place, layers)) = said() else { return };
    LEAVES.set(false);
    let before = HERE.replace((place, layers));
    let mut closed = false;
    // What lies over a place goes with the place.
    let here = place == before.0;
    let above = |open: &mut Vec<(u32, Callback<()>)>| (here && open.len() > layers).then(|| open.pop()).flatten();
    while let Some((_, close)) = LAYERS.with_borrow_mut(above) {
        let _gone_already = close.try_run(());
        closed = true;
    }
    let gone = PLACES.with_borrow(|places| places.get(place) == Some(&GONE));
    if here && layers < before.1 && !closed || gone && place < before.0 {
        go_back(1);
    }
}
