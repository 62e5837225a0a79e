//! What two numbers that were compared by a code say.

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use crate::ui::browser::focus;
use crate::ui::i18n::{fill, scan};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// They are the same, or they are not. Said at once: it is what the person came for.
#[component]
pub(super) fn Outcome(
    same: bool,
    chat: Option<ReadSignal<ChatView>>,
    #[prop(into)] on_again: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let t = scan();
    let name = chat.map(|chat| chat.with_untracked(|chat| chat.name.clone())).unwrap_or_default();
    let about = |sentence: &str| fill(sentence, &[("name", &name)]);
    let (glyph, title, sentence) = match same {
        true => (Glyph::CHECK, t.same, about(t.same_more)),
        false => (Glyph::WARNING, t.differ, about(t.differ_more)),
    };
    // What was pressed before may be gone.
    request_animation_frame(|| focus::focus_on(".scan__outcome + .button"));
    view! {
        <div class="scan__outcome" class:scan__outcome--danger=!same role="alert">
            <Icon glyph size=IconSize::Large />
            <p class="scan__title">{title}</p>
            <p>{sentence}</p>
        </div>
        <button class="button button--primary button--wide" type="button" on:click=move |_| on_close.run(())>
            {t.done}
        </button>
        {(!same).then(|| view! {
            <button class="button button--wide" type="button" on:click=move |_| on_again.run(())>
                {t.again}
            </button>
        })}
    }
}
