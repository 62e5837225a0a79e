//! A device gets a name, which all of its person's devices show.

use leptos::prelude::*;
use xchat_engine::api::{DeviceView, MAX_DEVICE_NAME};

use super::page::shown;
use crate::ui::i18n::{fill, later, text};
use crate::ui::name::name_error;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::field::{Field, FieldKind};

/// The dialog.
#[component]
pub(super) fn RenameDialog(device: DeviceView, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let title = fill(later().rename_device, &[("name", &shown(&device))]);
    let (id, before) = (device.device, device.name);
    let name = RwSignal::new(before.clone());
    let tried = RwSignal::new(false);
    let error = Signal::derive(move || {
        name.with(|name| match name.trim().len() > MAX_DEVICE_NAME {
            true => Some(t.problem_name.to_owned()),
            false => name_error(name, tried.get(), false),
        })
    });
    let submit = move |()| {
        tried.set(true);
        if error.get_untracked().is_some() {
            return;
        }
        let name = name.with_untracked(|name| name.trim().to_owned());
        on_close.run(());
        if name != before {
            session.name_device(id, name);
        }
    };
    view! {
        <FormDialog title action=later().save ready=true on_submit=submit on_close>
            <Field
                id="device-name"
                label=later().device_name
                kind=FieldKind::Title
                value=name
                error
                hint=later().device_name_hint
                on_edit=move |()| tried.set(false)
            />
        </FormDialog>
    }
}
