//! A poll in its bubble: one presses what one chooses, and sees how many chose what.

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatView, MessageView, PollOption};

use super::offers::{is_open, is_said};
use crate::ui::i18n::{fill, later};
use crate::ui::session::use_session;

/// What is chosen when one option is pressed: several may be, or it takes the place of the other. Pressed again it is taken back.
pub fn chosen(options: &[PollOption], multiple: bool, pressed: usize) -> Vec<u8> {
    let holds = |(at, option): (usize, &PollOption)| match at == pressed {
        true => !option.mine,
        false => option.mine && multiple,
    };
    let held = options.iter().enumerate().filter(|(at, option)| holds((*at, option)));
    held.filter_map(|(at, _)| u8::try_from(at).ok()).collect()
}

/// The question and its options.
pub(super) fn poll(id: ChatId, chat: ReadSignal<ChatView>, message: &MessageView) -> AnyView {
    let Body::Poll { question, options, multiple, closed, voters } = message.body.clone() else {
        return ().into_any();
    };
    let session = use_session();
    let t = later();
    let order = message.order;
    let said = !closed && is_said(message);
    let shut = move || !said || !chat.with(is_open);
    let most = options.iter().map(|option| option.votes).max().unwrap_or_default().max(1);
    let all = StoredValue::new(options.clone());
    let row = |(at, option): (usize, PollOption)| {
        let vote = move |_| session.vote(id, order, all.with_value(|options| chosen(options, multiple, at)));
        let share = format!("{}%", option.votes * 100 / most);
        view! {
            <label class="poll__option">
                <input type="checkbox" class:poll__one=!multiple prop:checked=option.mine disabled=shut on:click=vote />
                <span>
                    <bdi>{option.text}</bdi>
                </span>
                <span class="poll__votes">{option.votes}</span>
                <span class="poll__bar" aria-hidden="true">
                    <i style=("--share", share)></i>
                </span>
            </label>
        }
        .into_any()
    };
    let under = match (closed, multiple) {
        (true, _) => t.poll_ended,
        (false, true) => t.poll_several,
        (false, false) => t.poll_one,
    };
    let some = voters > 0;
    let voters = fill(t.poll_voters, &[("count", &voters.to_string())]);
    // The timeline hears it.
    let voters = match some {
        true => view! { <button type="button" class="poll__who">{voters}</button> }.into_any(),
        false => voters.into_any(),
    };
    view! {
        <fieldset class="poll">
            <legend class="poll__title" dir="auto">
                {question}
            </legend>
            <p class="poll__sub">{under}" · "{voters}</p>
            {options.into_iter().enumerate().map(row).collect_view()}
        </fieldset>
    }
    .into_any()
}
