//! Parts of the page that are not in its first download: each comes when a screen of it is first opened.
//!
//! `part!` names the code behind some screens as a part; the bundler cuts the module there (feature `split`), and what only that
//! code needs goes with it. Without it, in tests and under Trunk, everything is one module and a part is there at once.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::gate::frame::{self, GateFrame, Kept, reload};
use super::i18n::text;
use super::list::ListSkeleton;
use super::page::Page;
use super::route::Route;
use super::session::use_session;
use super::widgets::dialog::Dialog;

/// How long nothing is shown at all: most parts are there by then, and a flash of grey would only disturb.
const QUIET: Duration = Duration::from_millis(300);

/// The part did not come: there is no connection, or the relay has another build by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotLoaded;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for NotLoaded {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// Makes the screen, once its part is there.
pub type Draw = Box<dyn FnOnce() -> AnyView>;
/// A part on its way.
pub type Coming = Pin<Box<dyn Future<Output = Result<Draw, NotLoaded>>>>;
/// Fetches a part, each time anew until it has come once.
pub type Load = Arc<dyn Fn() -> Coming + Send + Sync>;

/// Where the screen stands, and so what stands in for it while it is not there.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// In the detail pane.
    Pane,
    /// A dialog over the page, with an address of its own.
    Dialog,
    /// Something over the page that is closed by this.
    Over(Callback<()>),
    /// A page of its own, instead of the app.
    Whole,
    /// A strip among others: without it nothing is missing.
    Strip,
}

/// Declares `open`, which shows a screen of a part: `part!(NAME: Screen => draw)`, once in a module. Nothing outside the part may
/// call `draw` or what is behind it, or that code is in the first download after all.
macro_rules! part {
    ($name:ident: $screen:ty => $draw:path) => {
        $crate::ui::part::part!($name: $screen => $draw; when asked for);

        /// Fetches this part before it is needed. That it does not come shows when it is.
        pub(crate) async fn fetch() {
            #[cfg(feature = "split")]
            let _come = $name().await.is_ok();
        }
    };
    // Never fetched ahead: few ever need it.
    ($name:ident: $screen:ty => $draw:path; when asked for) => {
        #[cfg(feature = "split")]
        use ::leptos::wasm_split as split;

        /// The one way into the part.
        #[cfg_attr(feature = "split", split::wasm_split($name, wasm_split_path = split, fallible))]
        fn $name() -> Result<fn($screen) -> ::leptos::prelude::AnyView, $crate::ui::part::NotLoaded> {
            Ok($draw)
        }

        /// Shows a screen of this part, which may have to be loaded first.
        pub(crate) fn open(place: $crate::ui::part::Place, screen: $screen) -> ::leptos::prelude::AnyView {
            let load = move || -> $crate::ui::part::Coming {
                Box::pin(async move {
                    #[cfg(feature = "split")]
                    let draw = $name().await?;
                    #[cfg(not(feature = "split"))]
                    let draw = $name()?;
                    Ok(Box::new(move || draw(screen)) as $crate::ui::part::Draw)
                })
            };
            $crate::ui::part::later(place, ::std::sync::Arc::new(load), $crate::ui::part::answers)
        }
    };
}
pub(crate) use part;

/// How far the part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Quiet,
    Waiting,
    Here,
    /// Whether the relay answers: then trying again is in vain, and loading the page anew is not.
    Failed(bool),
}

/// Whether the relay gives the page now. A promise of the browser's, so that tests can give another.
pub type Answers = fn() -> Pin<Box<dyn Future<Output = bool>>>;

/// Asks the relay for the page itself.
pub(crate) fn answers() -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(async {
        let answer = JsFuture::from(window().fetch_with_str("/")).await;
        answer.is_ok_and(|answer| answer.unchecked_into::<web_sys::Response>().ok())
    })
}

/// The screen at once if its part is there, else as soon as it has come.
pub fn later(place: Place, load: Load, answers: Answers) -> AnyView {
    let mut coming = load();
    match coming.as_mut().now_or_never() {
        Some(Ok(draw)) => return draw(),
        // What has ended must not be asked again.
        Some(Err(error)) => coming = Box::pin(ready(Err(error))),
        None => {}
    }
    let step = RwSignal::new(Step::Quiet);
    let drawn = StoredValue::new_local(None);
    let wait = move |coming: Coming| {
        step.set(Step::Quiet);
        let quiet_no_more = move || {
            if step.try_get_untracked() == Some(Step::Quiet) {
                step.set(Step::Waiting);
            }
        };
        set_timeout(quiet_no_more, QUIET);
        spawn_local(async move {
            let next = match coming.await {
                Ok(draw) => {
                    drawn.try_set_value(Some(draw));
                    Step::Here
                }
                Err(NotLoaded) => Step::Failed(answers().await),
            };
            // Refused if another place was gone to meanwhile: then nobody waits.
            step.try_set(next);
        });
    };
    wait(coming);
    let again = Callback::new(move |()| wait(load()));
    let t = text();
    (move || match step.get() {
        Step::Quiet => ().into_any(),
        Step::Waiting => stand_in(place, t.loading, view! { <ListSkeleton /> }.into_any()),
        Step::Here => untrack(|| drawn.try_update_value(Option::take).flatten().map(|draw: Draw| draw())).into_any(),
        Step::Failed(answers) => stand_in(place, t.part_failed, failed(answers, again)),
    })
    .into_any()
}

fn stand_in(place: Place, title: &'static str, inner: AnyView) -> AnyView {
    match place {
        Place::Strip => ().into_any(),
        Place::Pane => view! {
            <Page title back=Route::Chats back_label=text().back_to_chats>
                {inner}
            </Page>
        }
        .into_any(),
        Place::Dialog => {
            let session = use_session();
            dialog(title, Callback::new(move |()| session.router().leave_dialog()), inner)
        }
        Place::Over(close) => dialog(title, close, inner),
        Place::Whole => view! {
            <GateFrame place=frame::Place::Centre>
                <h1 class="gate__title gate__title--small">{title}</h1>
                {inner}
            </GateFrame>
        }
        .into_any(),
    }
}

fn dialog(title: &'static str, on_close: Callback<()>, inner: AnyView) -> AnyView {
    view! {
        <Dialog title on_close>
            <div class="dialog__body">{inner}</div>
        </Dialog>
    }
    .into_any()
}

/// What to do about it. Loading the page anew takes along what was written and not sent, so that can be copied first.
fn failed(answers: bool, again: Callback<()>) -> AnyView {
    let t = text();
    let (sentence, action) = if answers { (t.part_renewed, t.reload) } else { (t.part_offline, t.try_again) };
    let press = move |_| if answers { reload() } else { again.run(()) };
    view! {
        <div class="empty-state" role="alert">
            <p>{sentence}</p>
            {answers.then(|| view! { <Kept /> })}
            <div class="empty-state__actions">
                <button class="button button--primary" type="button" on:click=press>
                    {action}
                </button>
            </div>
        </div>
    }
    .into_any()
}
