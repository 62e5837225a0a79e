//! What people gave a message, under its bubble. Pressing one gives the same, or takes the own one back.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MessageView, Reaction};

use super::changes::shown_name;
use super::offers::may_react;
use crate::ui::flag::flag;
use crate::ui::i18n::{fill, text};
use crate::ui::session::use_session;

/// The row.
#[component]
pub(crate) fn Reactions(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    view: ReadSignal<MessageView>,
    reactions: Vec<Reaction>,
) -> impl IntoView {
    let session = use_session();
    let may = flag(move || chat.with(|chat| view.with(|message| may_react(chat, message))));
    let order = view.with_untracked(|message| message.order);
    let one = |reaction: Reaction| {
        let label = chat.with_untracked(|chat| spoken(&reaction, chat));
        let Reaction { emoji, count, mine, .. } = reaction;
        let given = emoji.clone();
        view! {
            <li>
                <button
                    type="button"
                    class="reaction"
                    class:reaction--mine=mine
                    aria-pressed=if mine { "true" } else { "false" }
                    aria-label=label.clone()
                    title=label
                    disabled=move || !may.get()
                    on:click=move |_| session.react(id, order, given.clone(), !mine)
                >
                    <span class="emoji">{emoji}</span>
                    <span>{count}</span>
                </button>
            </li>
        }
        .into_any()
    };
    view! {
        <ul class="reactions" aria-label=text().reactions>
            {reactions.into_iter().map(one).collect_view()}
        </ul>
    }
}

/// "👍 3: You, Noor, 1 more".
fn spoken(reaction: &Reaction, chat: &ChatView) -> String {
    let t = text();
    let other = |person| if chat.group.is_some() { shown_name(person).to_owned() } else { chat.name.clone() };
    let mut people: Vec<String> = reaction.mine.then(|| t.you.to_owned()).into_iter().collect();
    people.extend(reaction.people.iter().map(other));
    let more = (reaction.count as usize).saturating_sub(people.len());
    if more > 0 {
        people.push(fill(t.and_more, &[("count", &more.to_string())]));
    }
    let count = reaction.count.to_string();
    fill(t.given_by, &[("emoji", &reaction.emoji), ("count", &count), ("people", &people.join(", "))])
}
