//! The dialog that starts a conversation.

use leptos::prelude::*;

use super::own_link::OwnLink;
use super::their_link::TheirLink;
use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Dialog;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The dialog.
#[component]
pub(crate) fn NewChat() -> impl IntoView {
    let session = use_session();
    let t = text();
    view! {
        <Dialog title=t.new_chat on_close=move |()| session.router().leave_dialog()>
            <div class="dialog__body">
                <OwnLink />
                <div class="or">{t.or_add}</div>
                <TheirLink />
                <a class="button" href=Route::NewGroup.href()>
                    <Icon glyph=Glyph::People />
                    {t.new_group}
                </a>
            </div>
        </Dialog>
    }
}
