//! The settings.

use leptos::prelude::*;

use super::appearance::Appearance;
use super::privacy::PrivacySection;
use super::profile::Profile;
use crate::ui::i18n::{help, later, text};
use crate::ui::new_chat::OwnLink;
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The page.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let session = use_session();
    let t = text();
    let removed = Memo::new(move |_| session.is_removed());
    // What belongs to the account and not to this browser is set on a device that is one of the person's.
    let own = move || match removed.get() {
        true => view! { <p class="section section__note">{t.removed_foot}</p> }.into_any(),
        false => view! {
            <Profile />
            <section class="section">
                <h2 class="section__title">{later().code_and_link}</h2>
                <div class="section__card section__card--padded">
                    <OwnLink />
                </div>
            </section>
            <DevicesSection />
        }
        .into_any(),
    };
    view! {
        <Page title=t.settings back=Route::Chats back_label=t.back_to_chats>
            {own}
            <WordsSection />
            <NotificationsAndStorage />
            {move || (!removed.get()).then(|| view! { <PrivacySection /> })}
            <Appearance />
            <HelpRows />
        </Page>
    }
}

/// The ways to notifications and to what is stored.
#[component]
fn NotificationsAndStorage() -> impl IntoView {
    let t = later();
    view! {
        <section class="section">
            <div class="section__card">
                <a class="setting" href=Route::Notifications.href()>
                    <Icon glyph=Glyph::BELL />
                    <span class="setting__body">
                        <span class="setting__name">{t.notifications}</span>
                    </span>
                    <Icon glyph=Glyph::CHEVRON />
                </a>
                <a class="setting" href=Route::Storage.href()>
                    <Icon glyph=Glyph::STORAGE />
                    <span class="setting__body">
                        <span class="setting__name">{t.storage}</span>
                        <span class="setting__sub">{t.storage_more}</span>
                    </span>
                    <Icon glyph=Glyph::CHEVRON />
                </a>
            </div>
        </section>
    }
}

/// The ways to what explains.
#[component]
fn HelpRows() -> impl IntoView {
    let t = help();
    view! {
        <section class="section">
            <div class="section__card">
                <a class="setting" href=Route::Help.href()>
                    <Icon glyph=Glyph::HELP />
                    <span class="setting__body">
                        <span class="setting__name">{t.help}</span>
                        <span class="setting__sub">{t.help_more}</span>
                    </span>
                    <Icon glyph=Glyph::CHEVRON />
                </a>
                <a class="setting" href=Route::About.href()>
                    <Icon glyph=Glyph::INFO />
                    <span class="setting__body">
                        <span class="setting__name">{t.about}</span>
                    </span>
                    <Icon glyph=Glyph::CHEVRON />
                </a>
            </div>
        </section>
    }
}

/// The way to the words while they wait; that they are safe, afterwards.
#[component]
fn WordsSection() -> impl IntoView {
    let session = use_session();
    let t = text();
    let pending =
        Memo::new(move |_| session.account().with(|account| account.as_ref().map(|account| account.words_pending)));
    let row = move || match pending.get() {
        // Not known before the engine has spoken.
        None => view! {
            <p class="setting" role="status">
                {t.loading}
            </p>
        }
        .into_any(),
        Some(true) => view! {
            <a class="setting" href=Route::Words.href()>
                <Icon glyph=Glyph::WORDS />
                <span class="setting__body">
                    <span class="setting__name">{later().show_words}</span>
                    <span class="setting__sub">{later().show_words_more}</span>
                </span>
                <Icon glyph=Glyph::CHEVRON />
            </a>
        }
        .into_any(),
        Some(false) => view! {
            <p class="setting">
                <Icon glyph=Glyph::CHECK />
                <span class="setting__body">
                    <span class="setting__name">{later().words_done}</span>
                    <span class="setting__sub">{later().words_done_more}</span>
                </span>
            </p>
        }
        .into_any(),
    };
    view! {
        <section class="section">
            <h2 class="section__title">{t.recovery_words}</h2>
            <div class="section__card">{row}</div>
        </section>
    }
}

/// The way to the devices.
#[component]
fn DevicesSection() -> impl IntoView {
    let t = text();
    view! {
        <section class="section">
            <h2 class="section__title">{t.devices}</h2>
            <div class="section__card">
                <a class="setting" href=Route::Devices.href()>
                    <Icon glyph=Glyph::DEVICES />
                    <span class="setting__body">
                        <span class="setting__name">{later().devices_manage}</span>
                        <span class="setting__sub">{later().devices_manage_more}</span>
                    </span>
                    <Icon glyph=Glyph::CHEVRON />
                </a>
            </div>
        </section>
    }
}
