//! Which conversations the list shows.

use leptos::prelude::*;
use xchat_engine::api::{ChatState, ChatView};

use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::session::Chats;

/// What the list shows. What is archived shows there alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    All,
    Unread,
    Groups,
    Requests,
    Archived,
}

impl Filter {
    /// Whether a conversation is shown.
    pub(crate) fn fits(self, chat: &ChatView) -> bool {
        let archived = chat.arranged.archived.is_some();
        match self {
            Self::All => !archived,
            Self::Unread => !archived && (chat.unread > 0 || chat.arranged.unread),
            Self::Groups => !archived && chat.group.is_some(),
            Self::Requests => !archived && chat.state == ChatState::Request,
            Self::Archived => archived,
        }
    }

    /// How many it shows. Tracks each row.
    pub(crate) fn count(self, chats: &Chats) -> usize {
        chats.rows().iter().filter(|(_, view)| view.with(|chat| self.fits(chat))).count()
    }
}

/// The chips. Requests and the archive have one only while there are any.
#[component]
pub(crate) fn Filters(
    filter: Memo<Filter>,
    chats: ReadSignal<Chats>,
    #[prop(into)] on_choose: Callback<Filter>,
) -> impl IntoView {
    let t = text();
    let chip = |which: Filter, words: &'static str, counts: bool, stays: bool| {
        let count = Memo::new(move |_| if stays && !counts { 1 } else { chats.with(|chats| which.count(chats)) });
        let shown = flag(move || stays || count.get() > 0);
        let number = move || {
            (counts && count.get() > 0).then(|| view! { " " <span class="chip__count">{move || count.get()}</span> })
        };
        move || {
            shown.get().then(|| {
                view! {
                    <button
                        class="chip"
                        type="button"
                        aria-pressed=move || if filter.get() == which { "true" } else { "false" }
                        on:click=move |_| on_choose.run(which)
                    >
                        {words}
                        {number}
                    </button>
                }
                .into_any()
            })
        }
    };
    view! {
        <div class="chips" role="group" aria-label=t.filter>
            {chip(Filter::All, t.filter_all, false, true)}
            {chip(Filter::Unread, t.filter_unread, true, true)}
            {chip(Filter::Groups, t.filter_groups, false, true)}
            {chip(Filter::Requests, t.filter_requests, true, false)}
            {chip(Filter::Archived, t.filter_archived, false, false)}
        </div>
    }
}
