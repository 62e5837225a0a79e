//! Name and description of a group, edited.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange, MAX_DESCRIPTION};

use crate::ui::i18n::{later, text};
use crate::ui::name::name_error;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::field::{Field, FieldKind};

/// The dialog. It asks only for what is different.
#[component]
pub(crate) fn EditGroup(id: ChatId, chat: ReadSignal<ChatView>, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let (old_name, old_text) = chat.with_untracked(|chat| {
        let text = chat.group.as_ref().map(|group| group.description.clone());
        (chat.name.clone(), text.unwrap_or_default())
    });
    let name = RwSignal::new(old_name.clone());
    let about = RwSignal::new(old_text.clone());
    let error = Signal::derive(move || name.with(|name| name_error(name, true, false)));
    let too_long = Memo::new(move |_| about.with(|about| about.len() > MAX_DESCRIPTION));
    let submit = move |()| {
        if error.get_untracked().is_some() || too_long.get_untracked() {
            return;
        }
        let trimmed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let (name, text) = (trimmed(name), trimmed(about));
        on_close.run(());
        if name != old_name {
            session.change_group(id, GroupChange::Rename { name });
        }
        if text != old_text {
            session.change_group(id, GroupChange::Describe { text });
        }
    };
    view! {
        <FormDialog title=later().name_and_description action=later().save ready=true on_submit=submit on_close>
            <Field
                id="group-name"
                label=later().group_name
                kind=FieldKind::Title
                value=name
                error
                on_edit=|()| ()
            />
            <div class="field">
                <label class="field__label" for="group-about">
                    {t.description}
                </label>
                <textarea
                    class="field__input field__input--area"
                    id="group-about"
                    rows="3"
                    dir="auto"
                    aria-describedby="group-about-under"
                    aria-invalid=move || too_long.get().then_some("true")
                    prop:value=move || about.get()
                    on:input=move |event| about.set(event_target_value(&event))
                ></textarea>
                <p id="group-about-under" role="alert" class="field__error">
                    {move || too_long.get().then_some(later().problem_description)}
                </p>
            </div>
        </FormDialog>
    }
}
