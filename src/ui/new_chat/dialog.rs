//! The dialog that starts a conversation.

use leptos::prelude::*;

use super::own_link::OwnLink;
use super::their_link::TheirLink;
use crate::ui::i18n::{later, text};
use crate::ui::part::Place;
use crate::ui::route::Route;
use crate::ui::scan::{self, Code, Wanted};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Dialog;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The dialog, or the one that scans, which gives way to it again.
#[component]
pub(crate) fn NewChat() -> impl IntoView {
    let scanning = RwSignal::new(false);
    move || if scanning.get() { scanner(scanning) } else { view! { <Ways scanning /> }.into_any() }
}

fn scanner(scanning: RwSignal<bool>) -> AnyView {
    let session = use_session();
    let on_close = Callback::new(move |()| scanning.set(false));
    let on_read = Callback::new(move |code| {
        if let Code::Person(link) = code {
            session.open_link(link);
        }
        scanning.set(false);
    });
    scan::open(Place::Over(on_close), scan::Screen { wanted: Wanted::Person, chat: None, on_read, on_close })
}

#[component]
fn Ways(scanning: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let t = text();
    view! {
        <Dialog title=t.new_chat on_close=move |()| session.router().leave_dialog()>
            <div class="dialog__body">
                <OwnLink />
                <div class="or">{later().or_add}</div>
                <button class="button" type="button" on:click=move |_| scanning.set(true)>
                    <Icon glyph=Glyph::CAMERA />
                    {later().scan_code}
                </button>
                <TheirLink />
                <button class="button" type="button" on:click=move |_| session.router().replace(Route::NewGroup)>
                    <Icon glyph=Glyph::PEOPLE />
                    {t.new_group}
                </button>
                <button class="button" type="button" on:click=move |_| session.open_notes()>
                    <Icon glyph=Glyph::EDIT />
                    {t.notes}
                </button>
            </div>
        </Dialog>
    }
}
