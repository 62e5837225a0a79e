//! One's own contact link, as a code to scan and a line to copy.

use leptos::prelude::*;

use crate::ui::i18n::later;
use crate::ui::session::use_session;
use crate::ui::widgets::copy_line::CopyLine;
use crate::ui::widgets::qr::Qr;

/// Code, sentence, line.
#[component]
pub(crate) fn OwnLink() -> impl IntoView {
    let session = use_session();
    let link = Signal::derive(move || {
        session.account().with(|account| account.as_ref().map(|account| account.link.clone())).unwrap_or_default()
    });
    let published = Memo::new(move |_| {
        session.account().with(|account| account.as_ref().is_some_and(|account| account.card_published))
    });
    let sentence = move || if published.get() { later().own_link } else { later().own_link_later };
    view! {
        <div class="own-link">
            <Qr value=link label=later().your_code />
            <p class="own-link__sentence">{sentence}</p>
            <CopyLine
                value=link
                label=later().your_link
                copy=later().copy_link
                copied=later().link_copied
                share_label=later().share_link
            />
        </div>
    }
}
