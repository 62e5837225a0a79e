//! The strip above the list that says that the browser has little room left, before there is none.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ui::browser::room::{room, size};
use crate::ui::i18n::{fill, later};
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;

/// How often the browser is asked: what fills up between two questions is seen when a write fails.
const AGAIN: Duration = Duration::from_secs(5 * 60);

/// Nothing while there is room.
#[component]
pub(crate) fn Scarce() -> impl IntoView {
    let session = use_session();
    let left = RwSignal::new(None);
    let ask = move || {
        spawn_local(async move {
            let room = room().await;
            left.try_set(room.and_then(|room| room.scarce()));
        });
    };
    ask();
    // What was cleared has made room.
    Effect::new(move |before: Option<()>| {
        session.stored().track();
        if before.is_some() {
            ask();
        }
    });
    if let Ok(timer) = set_interval_with_handle(ask, AGAIN) {
        on_cleanup(move || timer.clear());
    }
    let t = later();
    move || {
        left.get().map(|left| {
            view! {
                <Banner glyph=Glyph::STORAGE tone=Tone::Plain title=t.scarce text=fill(t.scarce_more, &[("room", &size(left))])>
                    <a class="button button--plain" href=Route::Storage.href()>
                        {t.scarce_action}
                    </a>
                </Banner>
            }
        })
    }
}
