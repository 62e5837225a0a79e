//! How long new messages live, on the page of a contact or a group.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::timer_sentence;
use crate::ui::group::may::may_change;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::choice::Choice;

/// What is chosen for so long is meant.
const PAUSE: Duration = Duration::from_millis(400);
/// In seconds.
const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;

/// Whether this person may set it.
pub fn may_time(chat: &ChatView) -> bool {
    match &chat.group {
        Some(group) => chat.state == ChatState::Open && may_change(group),
        None => matches!(chat.state, ChatState::New | ChatState::Open),
    }
}

/// The choice; who may not set it reads what is set.
#[component]
pub(crate) fn Timer(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let timer = Memo::new(move |_| chat.with(|chat| chat.timer));
    let may = Memo::new(move |_| chat.with(may_time));
    // None is set by the number that no timer has.
    let value = Signal::derive(move || timer.get().unwrap_or_default());
    // Arrow keys pass over what lies between, and each would be a line in the conversation of all.
    let wanted = StoredValue::new(None::<u32>);
    let set = move |seconds: Option<u32>| {
        if let Some(seconds) = seconds {
            wanted.try_update_value(|wanted| *wanted = None);
            session.set_timer(id, (seconds > 0).then_some(seconds));
        }
    };
    on_cleanup(move || set(wanted.try_get_value().flatten()));
    let choice = move || {
        may.get().then(|| {
            let options = vec![
                (0, t.timer_none),
                (HOUR, t.timer_hour),
                (DAY, t.timer_day),
                (WEEK, t.timer_week),
                (4 * WEEK, t.timer_weeks),
            ];
            let choose = move |seconds: u32| {
                wanted.set_value(Some(seconds));
                set_timeout(move || set(wanted.try_get_value().flatten().filter(|last| *last == seconds)), PAUSE);
            };
            view! {
                <div class="section__card section__card--padded">
                    <Choice name="timer" label=t.vanishing options value on_choose=choose />
                </div>
            }
        })
    };
    view! {
        <section class="section">
            <h2 class="section__title">{t.vanishing}</h2>
            {choice}
            <p class="section__note">{move || timer_sentence(timer.get())}</p>
        </section>
    }
}
