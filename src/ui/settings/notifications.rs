//! Notifications: whether, with a sound, with what was said. This browser's alone, as the theme is.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use crate::ui::bell::{Permission, ask, permission, sample};
use crate::ui::browser::prefs;
use crate::ui::i18n::later;
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::widgets::switch::{Sentence, switch};

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
    let turn = Callback::new(move |switch: HtmlInputElement| {
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
    });
    let explained = move || match stand.get() {
        Stand { permission: Permission::Missing, .. } => t.notify_missing,
        Stand { permission: Permission::Denied, .. } => t.notify_denied,
        _ => t.notify_more,
    };
    let on = Signal::derive(move || stand.get().on());
    let fixed = Signal::derive(move || stand.get().settled_elsewhere());
    // They mean something only while there are notifications.
    let none = Signal::derive(move || !on.get());
    let choice = move |kept: &'static str, name, more: &'static str| {
        let chosen = Signal::stored(prefs::flag(kept) != Some(false));
        let keep = Callback::new(move |switch: HtmlInputElement| prefs::set_flag(kept, switch.checked()));
        switch(name, Sentence::Below(kept, Signal::stored(more)), chosen, none, keep)
    };
    view! {
        <Page title=t.notifications back=Route::Settings back_label=crate::ui::i18n::later().back_to_settings always_back=true>
            <section class="section">
                <div class="section__card">
                    {switch(t.notify, Sentence::Below("notify", Signal::derive(explained)), on, fixed, turn)}
                    {choice(prefs::SOUND, t.notify_sound, t.notify_sound_more)}
                    {choice(prefs::CONTENT, t.notify_content, t.notify_content_more)}
                </div>
                <p class="section__note">{t.notify_note}</p>
            </section>
        </Page>
    }
}
