//! Notifications: whether, with a sound, with what was said. This browser's alone, as the theme is.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use crate::ui::bell::{Permission, ask, permission, sample};
use crate::ui::browser::prefs;
use crate::ui::i18n::later;
use crate::ui::page::Page;
use crate::ui::route::Route;

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stand {
    wanted: bool,
    permission: Permission,
}

impl Stand {
    fn now() -> Self {
        Self { wanted: prefs::flag(prefs::NOTIFY) == Some(true), permission: permission() }
    }

    fn on(self) -> bool {
        self.wanted && self.permission == Permission::Granted
    }

    /// Whether it can be changed here.
    fn settled_elsewhere(self) -> bool {
        matches!(self.permission, Permission::Missing | Permission::Denied)
    }
}

/// The page.
#[component]
pub(crate) fn NotificationsPage() -> impl IntoView {
    let t = later();
    let stand = RwSignal::new(Stand::now());
    // The person may come back from the browser's settings.
    let back = window_event_listener_untyped("focus", move |_| stand.set(Stand::now()));
    on_cleanup(move || back.remove());
    let turn = move |switch: HtmlInputElement| {
        let on = switch.checked();
        spawn_local(async move {
            let granted = on && ask().await == Permission::Granted;
            // Some browsers allow them and show none.
            let shows = granted && sample(t.notify_sample);
            prefs::set_flag(prefs::NOTIFY, shows);
            let missing = granted && !shows;
            let permission = if missing { Permission::Missing } else { permission() };
            stand.try_set(Stand { wanted: shows, permission });
            // It was pressed, and may be to stay as it was.
            switch.set_checked(shows);
        });
    };
    let explained = move || match stand.get() {
        Stand { permission: Permission::Missing, .. } => t.notify_missing,
        Stand { permission: Permission::Denied, .. } => t.notify_denied,
        _ => t.notify_more,
    };
    let kept = move |name: &'static str| {
        (prefs::flag(name) != Some(false), Callback::new(move |on| prefs::set_flag(name, on)))
    };
    let (sound, set_sound) = kept(prefs::SOUND);
    let (content, set_content) = kept(prefs::CONTENT);
    view! {
        <Page title=t.notifications back=Route::Settings back_label=crate::ui::i18n::text().back_to_settings always_back=true>
            <section class="section">
                <div class="section__card">
                    <label class="setting">
                        <span class="setting__body">
                            <span class="setting__name">{t.notify}</span>
                            <span class="setting__sub">{explained}</span>
                        </span>
                        <input
                            class="switch"
                            type="checkbox"
                            role="switch"
                            prop:checked=move || stand.get().on()
                            disabled=move || stand.get().settled_elsewhere()
                            on:change=move |event| turn(event_target(&event))
                        />
                    </label>
                    {choice(t.notify_sound, t.notify_sound_more, sound, set_sound, stand)}
                    {choice(t.notify_content, t.notify_content_more, content, set_content, stand)}
                </div>
                <p class="section__note">{t.notify_note}</p>
            </section>
        </Page>
    }
}

/// A switch that means something only while there are notifications.
fn choice(name: &'static str, more: &'static str, on: bool, set: Callback<bool>, stand: RwSignal<Stand>) -> AnyView {
    view! {
        <label class="setting">
            <span class="setting__body">
                <span class="setting__name">{name}</span>
                <span class="setting__sub">{more}</span>
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                prop:checked=on
                disabled=move || !stand.get().on()
                on:change=move |event| set.run(event_target_checked(&event))
            />
        </label>
    }
    .into_any()
}
