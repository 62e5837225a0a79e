//! Screens whose code is loaded when they are opened.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::part::{Coming, Draw, NotLoaded, Place, later};
use xchat::ui::route::Route;

use crate::stand::Stand;

/// Where a load that is under way gets its answer from.
type Answer = oneshot::Sender<Result<(), NotLoaded>>;

/// A part that comes, or does not, when the test says so: a place for the answer to each time that it is asked for.
#[derive(Clone, Default)]
struct Part {
    asked: Arc<Mutex<Vec<Answer>>>,
    /// How often its screen was made.
    drawn: Arc<Mutex<u32>>,
}

impl Part {
    /// A page that opens a screen of it, with a relay that answers or does not.
    fn opened(&self, place: Place, hash: &str, relay: fn() -> Pin<Box<dyn Future<Output = bool>>>) -> Stand {
        let part = self.clone();
        let load = move || -> Coming {
            let (sender, coming) = oneshot::channel();
            part.asked.lock().unwrap().push(sender);
            let drawn = part.drawn.clone();
            let draw = move || {
                *drawn.lock().unwrap() += 1;
                screen()
            };
            Box::pin(async move {
                // Nobody answers any more: the test is over.
                coming.await.unwrap_or(Err(NotLoaded))?;
                Ok(Box::new(draw) as Draw)
            })
        };
        Stand::showing(hash, move || later(place, Arc::new(load), relay))
    }

    /// Ends the only load that is under way.
    fn ends(&self, how: Result<(), NotLoaded>) {
        let mut asked = self.asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "it is fetched once at a time");
        asked.remove(0).send(how).expect("somebody waits for it");
    }
}

fn screen() -> AnyView {
    view! { <h1>"The screen"</h1> }.into_any()
}

fn gone() -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(ready(false))
}

fn there() -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(ready(true))
}

#[wasm_bindgen_test]
fn a_screen_whose_part_is_there_is_there_at_once() {
    let load = || -> Coming { Box::pin(ready(Ok(Box::new(screen) as Draw))) };
    let stand = Stand::showing("", move || later(Place::Pane, Arc::new(load), gone));
    assert!(stand.named("h1", "The screen").is_some(), "nothing else was shown before it");
}

#[wasm_bindgen_test]
async fn a_screen_on_its_way_shows_nothing_then_that_it_loads_then_itself() {
    let part = Part::default();
    let stand = part.opened(Place::Pane, "", gone);
    assert!(stand.all("*").is_empty(), "a part that comes quickly shows no flash of something else");
    stand.find("[role=status]", "Loading…").await;
    stand.find("a", "Back to chats").await;
    part.ends(Ok(()));
    stand.find("h1", "The screen").await;
    assert!(stand.named("h1", "Loading…").is_none());
}

#[wasm_bindgen_test]
async fn a_screen_that_does_not_come_says_so_and_can_be_tried_again() {
    let part = Part::default();
    let stand = part.opened(Place::Pane, "", gone);
    for _ in 0..2 {
        part.ends(Err(NotLoaded));
        stand.find("p", "Check your connection, then try again.").await;
        stand.press("button", "Try again").await;
        stand.until("another try", || stand.named("button", "Try again").is_none()).await;
    }
    part.ends(Ok(()));
    stand.find("h1", "The screen").await;
}

#[wasm_bindgen_test]
async fn a_part_that_an_answering_relay_does_not_have_is_a_reason_to_reload() {
    let part = Part::default();
    let stand = part.opened(Place::Pane, "", there);
    part.ends(Err(NotLoaded));
    stand.find("p", "X Chat may have been updated since you opened it. Reload to go on.").await;
    stand.find("button", "Reload").await;
    assert!(stand.named("button", "Try again").is_none(), "trying again would find the same");
}

#[wasm_bindgen_test]
async fn a_dialog_on_its_way_can_be_closed() {
    let part = Part::default();
    let stand = part.opened(Place::Dialog, "#new", gone);
    stand.find("dialog h2", "Loading…").await;
    stand.press("dialog button", "Close").await;
    stand.until("the dialog to be left", || stand.session.router().now().get_untracked() == Route::Chats).await;
}

#[wasm_bindgen_test]
async fn a_part_that_comes_when_nobody_waits_any_more_is_let_be() {
    let part = Part::default();
    drop(part.opened(Place::Pane, "", gone));
    part.ends(Ok(()));
    let again = part.opened(Place::Pane, "", gone);
    part.ends(Ok(()));
    again.find("h1", "The screen").await;
    assert_eq!(*part.drawn.lock().unwrap(), 1, "a screen is made only where it stands");
}
