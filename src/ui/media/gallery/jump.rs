//! The way from a gallery to a message in its conversation.

use leptos::prelude::*;
use xchat_engine::api::ChatId;

use crate::ui::media::desk::for_good;
use crate::ui::route::Route;
use crate::ui::session::Session;

/// Opens the conversation at the message. The gallery is gone before the messages are here, so this is nobody's on the page.
pub(super) fn show_in_chat(session: Session, id: ChatId, order: u64) {
    let router = session.router();
    let from = router.under().get_untracked();
    let owner = for_good(Owner::new);
    let end = owner.clone();
    owner.with(|| {
        Effect::new(move |over: Option<bool>| {
            let here = router.under().get();
            let there = here == Route::Chat(id);
            let reads = session.reads(id);
            if over == Some(true) {
                return true;
            }
            if there && reads {
                session.seek(order);
            }
            // Whoever goes elsewhere meanwhile does not want it any more.
            let over = there && reads || !there && here != from;
            if over {
                let end = end.clone();
                // Not from within what is thrown away by it.
                queue_microtask(move || end.cleanup());
            }
            over
        });
    });
    router.up(Route::Chat(id));
}
