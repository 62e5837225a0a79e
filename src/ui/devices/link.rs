//! The device that brings another one in: the link pasted, the digits compared, done.

use std::time::Duration;

use leptos::prelude::*;

use super::digits::{Digits, said};
use super::history::ShareHistory;
use super::patience::after;
use crate::ui::browser::focus::focus_on;
use crate::ui::i18n::{fill, later, text};
use crate::ui::session::{Linking, use_session};
use crate::ui::widgets::dialog::Dialog;
use crate::ui::widgets::field::{Field, FieldKind};
use crate::ui::widgets::icon::{Glyph, Icon};

/// A device that shows its link answers in the time that two messages take. After this it is not there.
const ANSWER: Duration = Duration::from_secs(30);

/// The dialog. `link` is what the page was opened with, if it was.
#[component]
pub(super) fn LinkDialog(
    link: String,
    /// What the device is called that came to the list last; nothing before one did.
    new: RwSignal<String>,
    #[prop(into)] on_scan: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let pasted = RwSignal::new(link);
    let linking = session.linking();
    new.set(String::new());
    on_cleanup(move || session.leave_linking());
    after(ANSWER, move || linking.get() == Linking::Asked, move || session.link_unanswered());
    // The form stays while only its state changes, or it would lose the focus.
    let asks = Memo::new(move |_| {
        linking.with(|linking| matches!(linking, Linking::Idle | Linking::Asked | Linking::Refused(_)))
    });
    let step = move || match (asks.get(), linking.get()) {
        (true, _) => view! { <Paste pasted on_scan /> }.into_any(),
        (false, Linking::Digits { code, confirmed }) => view! {
            {(!confirmed).then(|| view! { <ShareHistory /> })}
            <Digits code confirmed />
        }
        .into_any(),
        (false, Linking::Broken) => view! {
            <button class="button button--wide" type="button" on:click=move |_| session.leave_linking()>
                {later().start_again}
            </button>
        }
        .into_any(),
        (false, _) => view! {
            <button class="button button--primary button--wide" type="button" on:click=move |_| on_close.run(())>
                {t.close}
            </button>
        }
        .into_any(),
    };
    let status = move || match linking.get() {
        // A refusal stands under the field.
        Linking::Refused(_) => String::new(),
        Linking::Done if new.with(|name| !name.is_empty()) => fill(later().device_in, &[("name", &new.get())]),
        linking => said(&linking).to_owned(),
    };
    view! {
        <Dialog title=later().link_a_device on_close>
            <div class="dialog__body">
                <p class="digits-status" role="status">
                    {status}
                </p>
                {step}
            </div>
        </Dialog>
    }
}

#[component]
fn Paste(pasted: RwSignal<String>, on_scan: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let linking = session.linking();
    let error = Signal::derive(move || {
        linking.with(|linking| matches!(linking, Linking::Refused(_)).then(|| said(linking).to_owned()))
    });
    let busy = move || (linking.get() == Linking::Asked).then_some("true");
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let link = pasted.with_untracked(|link| link.trim().to_owned());
        match linking.get_untracked() {
            Linking::Asked => {}
            _ if link.is_empty() => focus_on("#device-link"),
            _ => session.link_device(link),
        }
    };
    view! {
        <form class="digits" novalidate on:submit=submit>
            <p>{later().link_device_how}</p>
            <button class="button button--primary button--wide" type="button" on:click=move |_| on_scan.run(())>
                <Icon glyph=Glyph::CAMERA />
                {later().scan_code}
            </button>
            <div class="or">{later().or_paste}</div>
            <Field
                id="device-link"
                label=t.device_link
                kind=FieldKind::Link
                value=pasted
                error
                on_edit=move |()| session.leave_linking()
            />
            <button class="button button--wide" type="submit" aria-busy=busy>
                {t.continue_}
            </button>
        </form>
    }
}
