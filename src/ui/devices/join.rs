//! The new device: it shows a code and a link, then the digits, and is in.

use std::time::Duration;

use leptos::prelude::*;

use super::digits::{Digits, said};
use super::own_name::own_name;
use super::patience::after;
use crate::ui::gate::cut_off::CutOff;
use crate::ui::gate::frame::{GateFrame, Place};
use crate::ui::i18n::{later, text};
use crate::ui::session::{Linking, use_session};
use crate::ui::widgets::copy_line::CopyLine;
use crate::ui::widgets::qr::Qr;

/// A link that nobody reads is replaced after this: one that was left on a screen, or pasted somewhere, is of no use for long.
const RENEW: Duration = Duration::from_secs(600);

/// The page, from the link to the account. It breaks the linking off when it is left.
#[component]
pub(crate) fn Join(#[prop(into)] on_back: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let linking = session.linking();
    let begin = move || session.link_this_device(own_name());
    begin();
    on_cleanup(move || {
        // The page gives way to the chats of the account that this device is in now.
        if linking.get_untracked() == Linking::Done && session.account().with_untracked(Option::is_some) {
            session.toast(later().device_joined.to_owned());
        }
        session.leave_linking();
    });
    after(
        RENEW,
        move || linking.with(|linking| matches!(linking, Linking::Shown(_))),
        move || {
            session.renew_link(own_name());
        },
    );
    let step = move || match linking.get() {
        Linking::Shown(link) => {
            let link = Signal::derive(move || link.clone());
            view! {
                <div class="own-link">
                    <Qr value=link label=later().device_code />
                    <p class="own-link__sentence">{later().join_renewed}</p>
                    <CopyLine value=link label=t.device_link copy=later().copy_link copied=later().link_copied />
                </div>
            }
            .into_any()
        }
        Linking::Digits { code, confirmed } => view! { <Digits code confirmed /> }.into_any(),
        Linking::Broken | Linking::Refused(_) => view! {
            <button class="button button--primary button--wide" type="button" on:click=move |_| begin()>
                {later().start_again}
            </button>
        }
        .into_any(),
        Linking::Idle | Linking::Asked | Linking::Done => ().into_any(),
    };
    let lede = move || match linking.get() {
        Linking::Shown(_) => later().join_lede,
        // What went wrong stands above the way to begin again.
        over @ (Linking::Broken | Linking::Refused(_)) => said(&over),
        _ => "",
    };
    let status = move || {
        linking.with(|linking| match linking {
            // Until there is a link, nobody else is waited for.
            Linking::Asked => t.loading,
            Linking::Broken | Linking::Refused(_) => "",
            linking => said(linking),
        })
    };
    view! {
        <GateFrame place=Place::Bottom>
            <div class="gate__head">
                <h1 class="gate__title">{later().join_title}</h1>
                <p class="gate__lede" role="status">{lede}</p>
            </div>
            <CutOff more=later().link_offline here=true />
            {step}
            <p role="status">{status}</p>
            <button class="button button--plain" type="button" on:click=move |_| on_back.run(())>
                {later().back}
            </button>
        </GateFrame>
    }
}
