//! A modal dialog, the browser's own: it traps the focus, Escape closes it, and the focus goes back where it was.

use leptos::html;
use leptos::prelude::*;

use super::icon::Glyph;
use super::icon_button::IconButton;
use crate::ui::back;
use crate::ui::browser::focus;
use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;

/// The dialog. It is open for as long as it is on the page; `on_close` must take it away.
#[component]
pub(crate) fn Dialog(
    #[prop(into)] title: String,
    #[prop(into)] on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let before = StoredValue::new_local(document().active_element());
    let session = use_session();
    let router = session.router();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            // One that is a place has a step in the history already, but not what opens over it.
            let alone = document().query_selector("dialog[open]").is_ok_and(|other| other.is_none());
            if !(alone && router.now().with_untracked(Route::is_dialog)) {
                back::layer(on_close);
            }
            if let Err(error) = dialog.show_modal() {
                leptos::logging::warn!("the dialog did not open: {error:?}");
            }
        }
    });
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        // After the dialog has left the page, or it would keep the focus.
        request_animation_frame(move || {
            focus::restore(before);
            // What led here may have gone meanwhile.
            if focus::is_nowhere() {
                focus::go_on();
            }
            session.bare();
        });
    });
    let cancel = move |event: leptos::ev::Event| {
        event.prevent_default();
        on_close.run(());
    };
    let click = move |event: leptos::ev::MouseEvent| {
        // The backdrop belongs to the dialog element; what is inside it does not.
        let outside = node.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref()));
        if outside {
            on_close.run(());
        }
    };
    view! {
        <dialog node_ref=node class="dialog" aria-labelledby="dialog-title" on:cancel=cancel on:click=click>
            <div class="dialog__inner">
                <header class="dialog__head">
                    <h2 class="dialog__title" id="dialog-title">
                        {title}
                    </h2>
                    <IconButton glyph=Glyph::CLOSE label=text().close on_press=move |()| on_close.run(()) />
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Asks once more before something that cannot be taken back.
#[component]
pub(crate) fn Confirm(
    #[prop(into)] title: String,
    #[prop(into)] sentence: String,
    /// The verb on the red button.
    action: &'static str,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog title on_close>
            <div class="dialog__body">
                <p>{sentence}</p>
            </div>
            <div class="dialog__actions">
                <button class="button" type="button" on:click=move |_| on_close.run(())>
                    {text().cancel}
                </button>
                <button class="button button--danger" type="button" on:click=move |_| on_confirm.run(())>
                    {action}
                </button>
            </div>
        </Dialog>
    }
}

/// Asks for something: its fields, and the one button that sends them.
#[component]
pub(crate) fn FormDialog(
    #[prop(into)] title: String,
    /// The verb on the button.
    action: &'static str,
    /// Whether there is anything to send.
    #[prop(into)]
    ready: Signal<bool>,
    #[prop(into)] on_submit: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // Where it stands may be in a form of its own, which was not sent.
        event.stop_propagation();
        on_submit.run(());
    };
    view! {
        <Dialog title on_close>
            <form novalidate on:submit=submit>
                <div class="dialog__body">{children()}</div>
                <div class="dialog__actions">
                    <button class="button button--primary" type="submit" disabled=move || !ready.get()>
                        {action}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
