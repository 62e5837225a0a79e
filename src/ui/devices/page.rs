//! The list of devices, with the ways to add one, to name one and to remove one.

use leptos::prelude::*;
use xchat_engine::api::{DeviceView, MAX_DEVICES};

use super::heard::ago;
use super::link::LinkDialog;
use super::rename::RenameDialog;
use super::twins::watch;
use crate::ui::browser::clock;
use crate::ui::i18n::{fill, later, text};
use crate::ui::page::Page;
use crate::ui::part::Place;
use crate::ui::route::Route;
use crate::ui::scan::{self, Code, Wanted};
use crate::ui::session::{Stage, use_session};
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::icon_button::IconButton;

/// The dialog over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Over {
    Nothing,
    /// A device is brought in; the link that the page was opened with, if it was.
    Link(String),
    /// The new device's code is scanned.
    Scan,
    Rename(DeviceView),
    Remove(DeviceView),
}

/// The page.
#[component]
pub(crate) fn DevicesPage() -> impl IntoView {
    let session = use_session();
    let t = text();
    let over = RwSignal::new(Over::Nothing);
    // A link in the address opens the dialog with it; nothing is asked before the person says so.
    Effect::new(move |_| {
        if session.router().under().with(|route| matches!(route, Route::Link(_))) && !session.is_removed() {
            over.set(Over::Link(window().location().href().unwrap_or_default()));
        }
    });
    Effect::new(move |_| {
        if session.stage().with(|stage| *stage == Stage::Ready) {
            session.ask_devices();
        }
    });
    let new = RwSignal::new(String::new());
    watch(session, new);
    let full = Memo::new(move |_| session.devices().with(|devices| devices.len() >= MAX_DEVICES));
    let others = Memo::new(move |_| session.devices().with(|devices| devices.iter().any(|device| !device.here)));
    // Who is not one of them changes nothing here.
    let removed = Memo::new(move |_| session.is_removed());
    let rows = move |here: bool| {
        let devices = session.devices().get().into_iter().filter(move |device| device.here == here);
        devices.map(|device| row(device, over, removed.get())).collect_view()
    };
    view! {
        <Page title=t.devices back=Route::Settings back_label=later().back_to_settings always_back=true>
            <section class="section">
                <h2 class="section__title">{later().this_device}</h2>
                <ul class="section__card" aria-label=later().this_device>
                    {move || rows(true)}
                </ul>
            </section>
            {move || others.get().then(|| view! {
                <section class="section">
                    <h2 class="section__title">{later().linked_devices}</h2>
                    <ul class="section__card" aria-label=later().linked_devices>
                        {move || rows(false)}
                    </ul>
                </section>
            })}
            <div class="section">
                {move || (!removed.get()).then(|| view! {
                    <button
                        class="button button--primary button--wide"
                        type="button"
                        aria-describedby="devices-note"
                        disabled=move || full.get()
                        on:click=move |_| over.set(Over::Link(String::new()))
                    >
                        <Icon glyph=Glyph::PLUS />
                        {later().link_a_device}
                    </button>
                })}
                <p id="devices-note" class="section__note">
                    {move || match (removed.get(), full.get()) {
                        (true, _) => t.removed_foot,
                        (false, true) => later().devices_full,
                        (false, false) => later().devices_note,
                    }}
                </p>
            </div>
            {move || dialog(over, new)}
        </Page>
    }
}

fn dialog(over: RwSignal<Over>, new: RwSignal<String>) -> AnyView {
    let session = use_session();
    let t = text();
    let close = move |()| over.set(Over::Nothing);
    match over.get() {
        Over::Nothing => ().into_any(),
        Over::Link(link) => {
            let close = move |()| {
                over.set(Over::Nothing);
                session.router().replace(Route::Devices);
            };
            view! { <LinkDialog link new on_scan=move |()| over.set(Over::Scan) on_close=close /> }.into_any()
        }
        Over::Scan => scanner(over),
        Over::Rename(device) => view! { <RenameDialog device on_close=close /> }.into_any(),
        Over::Remove(device) => {
            let title = fill(later().remove_title, &[("name", &shown(&device))]);
            let remove = move |()| {
                session.revoke_device(device.device);
                over.set(Over::Nothing);
            };
            view! { <Confirm title sentence=later().remove_device action=t.remove on_confirm=remove on_close=close /> }
                .into_any()
        }
    }
}

fn scanner(over: RwSignal<Over>) -> AnyView {
    let session = use_session();
    let on_close = Callback::new(move |()| over.set(Over::Link(String::new())));
    let on_read = Callback::new(move |code| {
        if let Code::Device(link) = code {
            session.link_device(link.clone());
            over.set(Over::Link(link));
        }
    });
    scan::open(Place::Over(on_close), scan::Screen { wanted: Wanted::Device, chat: None, on_read, on_close })
}

/// What it is called on the page.
pub(super) fn shown(device: &DeviceView) -> String {
    if device.name.is_empty() { later().device_unnamed.to_owned() } else { device.name.clone() }
}

fn row(device: DeviceView, over: RwSignal<Over>, removed: bool) -> AnyView {
    let t = text();
    let name = shown(&device);
    let since =
        (device.since > 0).then(|| fill(later().device_added, &[("date", &clock::date_and_year(device.since))]));
    let heard = (device.heard > 0).then(|| fill(later().device_heard, &[("time", &ago(device.heard, clock::now()))]));
    let label = format!("{} {name}", t.remove);
    let renamed = device.clone();
    let rename = (!removed).then(|| {
        let label = format!("{} {name}", later().rename);
        let press = move |()| over.set(Over::Rename(renamed.clone()));
        view! { <IconButton glyph=Glyph::EDIT label on_press=press /> }
    });
    let remove = (!device.here && !removed).then(|| {
        view! {
            <button
                class="button button--sm"
                type="button"
                aria-label=label
                on:click=move |_| over.set(Over::Remove(device.clone()))
            >
                {t.remove}
            </button>
        }
    });
    view! {
        <li class="setting">
            <Icon glyph=Glyph::DEVICES />
            <span class="setting__body">
                <bdi class="setting__name">{name}</bdi>
                <span class="setting__sub">{since}</span>
                {heard.map(|heard| view! { <span class="setting__sub">{heard}</span> })}
            </span>
            {rename}
            {remove}
        </li>
    }
    .into_any()
}
