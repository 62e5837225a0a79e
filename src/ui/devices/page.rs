//! The list of devices, with the ways to add one and to remove one.

use leptos::prelude::*;
use xchat_engine::api::DeviceView;

use super::link::LinkDialog;
use crate::ui::i18n::{fill, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::session::{Stage, use_session};
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The page.
#[component]
pub(crate) fn DevicesPage() -> impl IntoView {
    let session = use_session();
    let t = text();
    // A link in the address opens the dialog with it; nothing is asked before the person says so.
    let linking = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if session.router().under().with(|route| matches!(route, Route::Link(_))) {
            linking.set(window().location().href().ok());
        }
    });
    let removing = RwSignal::new(None::<DeviceView>);
    Effect::new(move |_| {
        if session.stage().with(|stage| *stage == Stage::Ready) {
            session.ask_devices();
        }
    });
    let close = move |()| {
        linking.set(None);
        session.router().replace(Route::Devices);
    };
    let list = move || session.devices().get().into_iter().map(|device| row(device, removing)).collect_view();
    let dialog = move || {
        removing.get().map(|device| {
            let title = fill(t.remove_title, &[("name", &shown(&device))]);
            let remove = move |()| {
                session.revoke_device(device.device);
                removing.set(None);
            };
            let close = move |()| removing.set(None);
            view! { <Confirm title sentence=t.remove_device action=t.remove on_confirm=remove on_close=close /> }
        })
    };
    view! {
        <Page title=t.devices back=Route::Settings back_label=t.back_to_settings always_back=true>
            <section class="section">
                <ul class="section__card" aria-label=t.devices>
                    {list}
                </ul>
                <p class="section__note">{t.devices_note}</p>
            </section>
            <button
                class="button button--primary button--wide"
                type="button"
                on:click=move |_| linking.set(Some(String::new()))
            >
                {t.link_a_device}
            </button>
            {dialog}
            {move || linking.get().map(|link| view! { <LinkDialog link on_close=close /> })}
        </Page>
    }
}

fn shown(device: &DeviceView) -> String {
    if device.name.is_empty() { text().device_unnamed.to_owned() } else { device.name.clone() }
}

fn row(device: DeviceView, removing: RwSignal<Option<DeviceView>>) -> AnyView {
    let t = text();
    let name = shown(&device);
    let here = device.here.then(|| view! { <span class="tag tag--success">{t.this_device}</span> });
    let label = format!("{} {name}", t.remove);
    let remove = (!device.here).then(|| {
        view! {
            <button class="button" type="button" aria-label=label on:click=move |_| removing.set(Some(device.clone()))>
                {t.remove}
            </button>
        }
    });
    view! {
        <li class="setting">
            <Icon glyph=Glyph::Devices />
            <span class="setting__body">
                <span class="setting__name">{name} {here}</span>
            </span>
            {remove}
        </li>
    }
    .into_any()
}
