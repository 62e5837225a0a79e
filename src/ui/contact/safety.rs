//! The safety number: sixty digits that are the same on both sides if nobody stands between. Compared by a code, or by eye.

use leptos::prelude::*;
use xchat_engine::api::{Arrange, ChatView};

use crate::ui::i18n::{fill, later, text};
use crate::ui::part::Place;
use crate::ui::scan::{self, Wanted, reading};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::qr::Qr;

/// Cuts a number into groups of five digits, however it was spaced.
pub fn groups_of_five(number: &str) -> Vec<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits.chunks(5).map(|group| group.iter().collect()).collect()
}

/// The number and what to do with it.
#[component]
pub(crate) fn Safety(chat: ReadSignal<ChatView>) -> impl IntoView {
    let scanning = RwSignal::new(false);
    let groups = move || {
        chat.with(|chat| groups_of_five(&chat.safety_number))
            .into_iter()
            .map(|group| view! { <li>{group}</li> })
            .collect_view()
    };
    let verified = Memo::new(move |_| chat.with(|chat| chat.arranged.verified));
    let more = move || {
        let sentence = if verified.get() { later().verified_more } else { later().safety_more };
        chat.with(|chat| fill(sentence, &[("name", &chat.name)]))
    };
    view! {
        <section class="section">
            <h2 class="section__title">{later().verification}</h2>
            <div class="section__card">
                <div class="safety">
                    <OwnCode chat />
                    <div class="safety__text">
                        <ol class="safety-number" aria-label=later().safety_number translate="no">
                            {groups}
                        </ol>
                        {move || verified.get().then(|| view! {
                            <p class="safety__verified">
                                <Icon glyph=Glyph::CHECK size=IconSize::Small />
                                {text().verified}
                            </p>
                        })}
                        <p>{more}</p>
                        <Answers chat verified scanning />
                    </div>
                </div>
            </div>
        </section>
        {move || scanning.get().then(|| scanner(chat, scanning))}
    }
}

/// What the other person scans. There is none before it is known who this person is.
#[component]
fn OwnCode(chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let code = Memo::new(move |_| {
        let own = session.account().with(|account| account.as_ref().map(|account| account.person))?;
        chat.with(|chat| reading::number_code(&chat.safety_number, &own.0, &chat.person.as_ref()?.0))
    });
    let label = move || chat.with(|chat| fill(later().number_code, &[("name", &chat.name)]));
    move || code.get().map(|code| view! { <Qr value=Signal::stored(code) label=label() /> })
}

#[component]
fn Answers(chat: ReadSignal<ChatView>, verified: Memo<bool>, scanning: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let verify = move |on| session.arrange(chat.with_untracked(|chat| chat.id), Arrange::Verify(on));
    view! {
        <div class="safety__actions">
            <button class="button button--primary" type="button" on:click=move |_| scanning.set(true)>
                <Icon glyph=Glyph::CAMERA />
                {later().scan_code}
            </button>
            <button class="button" type="button" on:click=move |_| verify(!verified.get_untracked())>
                {move || if verified.get() { later().unverify } else { later().they_match }}
            </button>
        </div>
    }
}

fn scanner(chat: ReadSignal<ChatView>, scanning: RwSignal<bool>) -> AnyView {
    let session = use_session();
    let on_close = Callback::new(move |()| scanning.set(false));
    // The dialog stays: it says what came of it.
    let on_read = Callback::new(move |_| session.arrange(chat.with_untracked(|chat| chat.id), Arrange::Verify(true)));
    scan::open(Place::Over(on_close), scan::Screen { wanted: Wanted::Number, chat: Some(chat), on_read, on_close })
}
