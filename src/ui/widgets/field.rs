//! A labelled text field with a hint or an error under it.

use leptos::html;
use leptos::prelude::*;

use super::icon::{Glyph, Icon, IconSize};

/// What the field is for; decides keyboard, spelling and what the browser offers to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// A display name.
    Name,
    /// What something is to be called.
    Title,
    /// An address to paste.
    Link,
    /// One of the twelve words.
    Word,
}

/// The field.
#[component]
pub(crate) fn Field(
    id: &'static str,
    #[prop(into)] label: String,
    kind: FieldKind,
    value: RwSignal<String>,
    /// Shown under the field and read with it; none when all is well.
    #[prop(into)]
    error: Signal<Option<String>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] placeholder: &'static str,
    /// The label is for assistive technology alone; the placeholder says it to the eye.
    #[prop(optional)]
    label_hidden: bool,
    /// Where one begins in a dialog.
    #[prop(optional)]
    first: bool,
    #[prop(optional)] input_ref: NodeRef<html::Input>,
    #[prop(into)] on_edit: Callback<()>,
) -> impl IntoView {
    let (autocomplete, input_mode, capitals) = match kind {
        FieldKind::Name => ("nickname", "text", "words"),
        FieldKind::Title => ("off", "text", "sentences"),
        FieldKind::Link => ("off", "url", "off"),
        FieldKind::Word => ("off", "text", "off"),
    };
    let under = format!("{id}-under");
    let described = under.clone();
    view! {
        <div class="field">
            <label class="field__label" class:visually-hidden=label_hidden for=id>
                {label}
            </label>
            <input
                node_ref=input_ref
                autofocus=first
                class="field__input"
                id=id
                type="text"
                dir="auto"
                autocomplete=autocomplete
                inputmode=input_mode
                autocapitalize=capitals
                spellcheck="false"
                placeholder=placeholder
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    on_edit.run(());
                }
            />
            <div id=under role="alert" class="field__under">
                {move || {
                    error
                        .get()
                        .map(|error| {
                            view! {
                                <p class="field__error">
                                    <Icon glyph=Glyph::WARNING size=IconSize::Small />
                                    <span>{error}</span>
                                </p>
                            }
                        })
                }}
                {move || {
                    error
                        .with(Option::is_none)
                        .then(|| hint.clone().map(|hint| view! { <p class="field__hint">{hint}</p> }))
                }}
            </div>
        </div>
    }
}
