//! Writing a message. Enter sends where there is a mouse; on a phone it makes a new line.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MAX_TEXT};

use super::acts;
use super::complete::{Complete, LIST};
use super::format;
use super::target::{Target, edit_last};
use crate::ui::browser::focus;
use crate::ui::emoji;
use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::media;
use crate::ui::part::Place;
use crate::ui::session::{Aim, use_session};
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::icon_button::IconButton;

/// What can be done with what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    Blank,
    TooLong,
    Yes,
}

fn ready(text: &str) -> Ready {
    match text {
        text if text.trim().is_empty() => Ready::Blank,
        text if text.len() > MAX_TEXT => Ready::TooLong,
        _ => Ready::Yes,
    }
}

/// A key press that means "send": not while an input method composes, whose Enter ends a word.
fn sends(event: &leptos::ev::KeyboardEvent) -> bool {
    const COMPOSING: u32 = 229;
    event.key() == "Enter"
        && !event.shift_key()
        && !event.ctrl_key()
        && !event.alt_key()
        && !event.is_composing()
        && event.key_code() != COMPOSING
        && focus::fine_pointer()
}

/// What the composer has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Emoji,
    Attach,
    /// A poll.
    Ask,
}

/// The composer. What is written stays with its conversation while the page is open. What it answers or changes stands above it.
#[component]
pub(crate) fn Composer(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let input = NodeRef::<html::Textarea>::new();
    let written = Memo::new(move |_| session.written(id));
    let aim = Memo::new(move |_| session.aim(id));
    // What is typed into an edit shows in the field alone.
    let target = Memo::new(move |_| {
        aim.get().filter(|aim| aim.words.is_some()).map(|aim| Aim { edit: aim.edit.map(|_| String::new()), ..aim })
    });
    let editing = flag(move || aim.with(|aim| aim.as_ref().is_some_and(|aim| aim.edit.is_some())));
    let ready = Memo::new(move |_| written.with(|text| ready(text)));
    let looks = flag(move || written.with(|text| format::may_look(text)));
    let send = move || {
        if ready.get_untracked() == Ready::Yes {
            session.submit(id);
        }
        if let Some(input) = input.get_untracked() {
            focus::focus(&input);
        }
    };
    let complete = Complete::new(id, chat.with_untracked(|chat| chat.group.is_some()));
    let look = move || {
        if let Some(input) = input.get_untracked() {
            complete.look(&input);
        }
    };
    let end = move |()| {
        session.end_aim(id);
        if let Some(input) = input.get_untracked() {
            focus::focus(&input);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let blank = written.with_untracked(String::is_empty);
        let done = match event.key().as_str() {
            _ if input.get_untracked().is_some_and(|input| format::pressed(&event, &input)) => true,
            key if !event.is_composing() && complete.key(key, input.get_untracked()) => true,
            _ if sends(&event) => {
                send();
                true
            }
            "Escape" if aim.with_untracked(Option::is_some) => {
                end(());
                true
            }
            "ArrowUp" if blank && aim.with_untracked(Option::is_none) => edit_last(session, id, chat),
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    };
    Effect::new(move |_| {
        written.track();
        if let Some(input) = input.get() {
            // After an answer to a request nothing has the focus: one goes on by writing.
            if focus::is_nowhere() && focus::fine_pointer() {
                focus::focus(&input);
            }
            request_animation_frame(move || grow(&input));
        }
    });
    let beside = RwSignal::new(Beside::Nothing);
    let close = Callback::new(move |()| beside.set(Beside::Nothing));
    let ask = Callback::new(move |()| beside.set(Beside::Ask));
    let verb = move || if editing.get() { t.save_changes } else { t.send };
    view! {
        <form
            class="composer"
            aria-label=t.message
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <p class="composer__note composer__note--error" role="alert">
                {move || (ready.get() == Ready::TooLong).then_some(t.problem_text)}
            </p>
            <div class="composer__inner">
                <button
                    class="icon-button composer__side"
                    type="button"
                    aria-haspopup="menu"
                    aria-label=t.attach
                    title=t.attach
                    on:click=move |_| beside.set(Beside::Attach)
                >
                    <Icon glyph=Glyph::PLUS />
                </button>
                <div class="composer__box">
                    {complete.list(input)}
                    {move || looks.get().then(|| acts::open(Place::Strip, acts::Screen::Preview(id)))}
                    {move || target.get().map(|aim| view! { <Target aim on_end=end /> })}
                    <div class="composer__row">
                        <textarea
                            node_ref=input
                            class="composer__input"
                            rows="1"
                            dir="auto"
                            aria-label=t.message
                            placeholder=t.message
                            enterkeyhint=if focus::fine_pointer() { "send" } else { "enter" }
                            prop:value=move || written.get()
                            on:input=move |event| {
                                session.typed(id, event_target_value(&event));
                                look();
                            }
                            on:click=move |_| look()
                            on:blur=move |_| complete.leave()
                            aria-autocomplete="list"
                            aria-controls=move || complete.active().map(|_| LIST)
                            aria-activedescendant=move || complete.active()
                            on:keydown=key
                        ></textarea>
                        <IconButton glyph=Glyph::SMILE label=t.emoji on_press=move |()| beside.set(Beside::Emoji) />
                    </div>
                </div>
                {media::open(Place::Strip, media::Screen::Voice(id))}
                <button
                    class="icon-button icon-button--send composer__side"
                    type="submit"
                    aria-label=verb
                    title=verb
                    disabled=move || ready.get() != Ready::Yes
                >
                    {move || {
                        let glyph = if editing.get() { Glyph::CHECK } else { Glyph::SEND };
                        view! { <Icon glyph /> }
                    }}
                </button>
            </div>
        </form>
        {media::open(Place::Strip, media::Screen::Desk(id, chat, input))}
        {move || match beside.get() {
            Beside::Nothing => ().into_any(),
            Beside::Emoji => emoji::open(Place::Over(close), emoji::Screen::Write(id, input, close)),
            Beside::Attach => media::open(Place::Over(close), media::Screen::Attach(id, ask, close)),
            Beside::Ask => acts::open(Place::Over(close), acts::Screen::Ask(id, close)),
        }}
    }
}

/// Grows the field with its text where the browser's `field-sizing` does not.
fn grow(input: &web_sys::HtmlTextAreaElement) {
    let sized = window()
        .get_computed_style(input)
        .ok()
        .flatten()
        .and_then(|style| style.get_property_value("field-sizing").ok());
    if sized.as_deref() == Some("content") {
        return;
    }
    let style = leptos::wasm_bindgen::JsCast::unchecked_ref::<web_sys::HtmlElement>(input).style();
    let sized = style
        .set_property("height", "auto")
        .and_then(|()| style.set_property("height", &format!("{}px", input.scroll_height())));
    if let Err(error) = sized {
        leptos::logging::warn!("the field did not grow: {error:?}");
    }
}
