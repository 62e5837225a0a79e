//! Writing a message. Enter sends where there is a mouse; on a phone it makes a new line.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::{ChatId, MAX_TEXT};

use crate::ui::browser::focus;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon};

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

/// The composer. What is written stays with its conversation while the page is open.
#[component]
pub(crate) fn Composer(id: ChatId) -> impl IntoView {
    let session = use_session();
    let t = text();
    let input = NodeRef::<html::Textarea>::new();
    let written = Memo::new(move |_| session.drafts().with(|drafts| drafts.get(&id).cloned().unwrap_or_default()));
    let ready = Memo::new(move |_| written.with(|text| ready(text)));
    let send = move || {
        if ready.get_untracked() == Ready::Yes {
            session.write(id, written.get_untracked());
        }
        if let Some(input) = input.get_untracked() {
            focus::focus(&input);
        }
    };
    Effect::new(move |_| {
        written.track();
        if let Some(input) = input.get() {
            request_animation_frame(move || grow(&input));
        }
    });
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
                <div class="composer__box">
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
                            on:input=move |event| session.draft(id, event_target_value(&event))
                            on:keydown=move |event| {
                                if sends(&event) {
                                    event.prevent_default();
                                    send();
                                }
                            }
                        ></textarea>
                    </div>
                </div>
                <button
                    class="icon-button icon-button--send composer__side"
                    type="submit"
                    aria-label=t.send
                    title=t.send
                    disabled=move || ready.get() != Ready::Yes
                >
                    <Icon glyph=Glyph::Send />
                </button>
            </div>
        </form>
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
