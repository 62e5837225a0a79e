//! How far an own message has come: clock, tick, two ticks, two ticks in a pill. Shape first, colour second.

use leptos::prelude::*;
use xchat_engine::api::Mark;

use crate::ui::i18n::text;

const TICK: &str = "m1.5 6.3 2.6 2.6 5.4-5.8";
const SECOND_TICK: &str = "m6.8 8.3.7.6 5.9-5.8";

/// The mark's name; none for a failed message, which says so in words.
pub(crate) fn mark_name(mark: Mark) -> Option<&'static str> {
    let t = text();
    match mark {
        Mark::Failed => None,
        Mark::Pending => Some(t.mark_pending),
        Mark::Sent => Some(t.mark_sent),
        Mark::Delivered => Some(t.mark_delivered),
        Mark::Read => Some(t.mark_read),
    }
}

/// The mark; nothing for a failed message.
#[component]
pub(crate) fn Receipt(mark: Mark) -> impl IntoView {
    mark_name(mark).map(|name| drawing(mark, name))
}

fn drawing(mark: Mark, name: &'static str) -> AnyView {
    match mark {
        Mark::Failed | Mark::Pending => view! {
            <svg class="receipt receipt--pending" viewBox="0 0 16 12" role="img" aria-label=name>
                <circle cx="8" cy="6" r="4.6" />
                <path d="M8 3.6V6l1.6 1" />
            </svg>
        }
        .into_any(),
        Mark::Sent => view! {
            <svg class="receipt receipt--sent" viewBox="0 0 16 12" role="img" aria-label=name>
                <path transform="translate(2.5 0)" d=TICK />
            </svg>
        }
        .into_any(),
        Mark::Delivered => view! {
            <svg class="receipt receipt--delivered" viewBox="0 0 16 12" role="img" aria-label=name>
                <path d=TICK />
                <path d=SECOND_TICK />
            </svg>
        }
        .into_any(),
        Mark::Read => view! {
            <svg class="receipt receipt--read" viewBox="0 0 20 12" role="img" aria-label=name>
                <rect width="20" height="12" rx="6" />
                <g transform="translate(3.3 1) scale(.86)">
                    <path d=TICK />
                    <path d=SECOND_TICK />
                </g>
            </svg>
        }
        .into_any(),
    }
}
