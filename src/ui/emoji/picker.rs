//! The picker: a field to search in, groups, what they hold, the skin tone.

use std::sync::Arc;
use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::data::{Data, Emoji};
use super::sections::{Section, sections};
use super::steps::{COLUMNS, step};
use super::write::write;
use super::{Screen, kept, load, place};
use crate::ui::back;
use crate::ui::browser::focus;
use crate::ui::i18n::{later, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::walk::rtl;

/// A section is drawn when it is this near to the window of the scroller, in CSS pixels.
const NEAR: f64 = 400.0;

/// How the picker's data comes.
#[derive(Debug, Clone)]
enum Coming {
    Waits,
    Here(Arc<Data>),
    Failed,
}

#[derive(Clone, Copy)]
struct State {
    session: Session,
    screen: Screen,
    scroller: NodeRef<html::Div>,
    sections: Memo<Arc<Vec<Section>>>,
    /// Bit by bit: the sections that were near enough once.
    drawn: RwSignal<u32>,
    tone: RwSignal<usize>,
    /// The name of the one that is pointed at.
    name: RwSignal<String>,
}

/// The picker. It is open for as long as it is on the page.
#[component]
pub(super) fn Picker(screen: Screen) -> impl IntoView {
    let t = later();
    let session = use_session();
    let node = NodeRef::<html::Dialog>::new();
    let before = StoredValue::new_local(document().active_element());
    let typed = RwSignal::new(String::new());
    let coming = RwSignal::new(load::here().map_or(Coming::Waits, Coming::Here));
    let fetch = move || {
        coming.set(Coming::Waits);
        spawn_local(async move {
            let data = load::fetch().await;
            // Refused if it was closed meanwhile.
            coming.try_set(data.map_or(Coming::Failed, Coming::Here));
        });
    };
    if matches!(coming.get_untracked(), Coming::Waits) {
        fetch();
    }
    let state = State {
        session,
        screen,
        scroller: NodeRef::new(),
        sections: Memo::new(move |_| {
            Arc::new(match coming.get() {
                Coming::Here(data) => typed.with(|typed| sections(&data, typed)),
                Coming::Waits | Coming::Failed => Vec::new(),
            })
        }),
        drawn: RwSignal::new(0),
        tone: RwSignal::new(kept::tone()),
        name: RwSignal::new(String::new()),
    };
    let stand = move || {
        if let Some(node) = node.try_get_untracked().flatten() {
            place::place(screen, &node);
        }
        state.look();
    };
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            if let Err(error) = dialog.show_modal() {
                leptos::logging::warn!("the picker did not open: {error:?}");
            }
            stand();
        }
    });
    back::layer(state.closes());
    let resized = window_event_listener_untyped("resize", move |_| set_timeout(stand, Duration::ZERO));
    Effect::new(move |_| {
        state.sections.track();
        state.drawn.set(0);
        if let Some(scroller) = state.scroller.get() {
            scroller.set_scroll_top(0);
        }
        request_animation_frame(move || state.look());
    });
    on_cleanup(move || {
        resized.remove();
        let before = before.try_get_value().flatten();
        // After it has left the page, or it would keep the focus.
        request_animation_frame(move || {
            focus::restore(before);
            session.bare();
        });
    });
    let close = state.closes();
    let cancel = move |event: leptos::ev::Event| {
        event.prevent_default();
        close.run(());
    };
    let click = move |event: MouseEvent| {
        let outside = node.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref()));
        if outside {
            close.run(());
        }
    };
    let key = move |event: KeyboardEvent| {
        let first = state.sections.with_untracked(|sections| sections.first().map(|section| section.emoji.is_empty()));
        match event.key().as_str() {
            "Enter" if first == Some(false) && typed.with_untracked(|typed| !typed.trim().is_empty()) => {
                event.prevent_default();
                state.pick((0, 0), event.shift_key());
            }
            "ArrowDown" => {
                event.prevent_default();
                state.go((0, 0));
            }
            _ => {}
        }
    };
    // A phone's keyboard must not jump up by itself.
    let touch = !focus::fine_pointer();
    view! {
        <dialog node_ref=node class="dialog picker" aria-label=t.emoji tabindex="-1" autofocus=touch on:cancel=cancel on:click=click>
            <input
                class="field__input picker__find"
                type="text"
                enterkeyhint="done"
                autocomplete="off"
                aria-label=t.emoji_find
                placeholder=t.emoji_find
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
                on:keydown=key
            />
            <div class="chips" role="group" aria-label=t.emoji_groups>
                {move || chips(state)}
            </div>
            <div
                node_ref=state.scroller
                class="picker__all"
                on:scroll=move |_| state.look()
                on:click=move |event| state.pressed(&event)
                on:keydown=move |event| state.key(&event)
                on:focusin=move |event| state.point(event.target())
                on:pointerover=move |event| state.point(event.target())
            >
                {move || match coming.get() {
                    Coming::Here(_) => all(state),
                    Coming::Waits => view! { <p class="picker__none" role="status">{text().loading}</p> }.into_any(),
                    Coming::Failed => view! {
                        <div class="picker__none" role="alert">
                            <p>{text().part_offline}</p>
                            <button class="button" type="button" on:click=move |_| fetch()>
                                {text().try_again}
                            </button>
                        </div>
                    }
                    .into_any(),
                }}
            </div>
            <div class="picker__foot">
                <p aria-hidden="true">{move || state.name.get()}</p>
                {tones(state.tone)}
            </div>
        </dialog>
    }
}

/// The ways to the groups.
fn chips(state: State) -> AnyView {
    let sections = state.sections.get();
    let chip = |(at, section): (usize, &Section)| {
        view! {
            <button class="chip" type="button" on:click=move |_| state.show(at)>
                {section.title}
            </button>
        }
        .into_any()
    };
    // What was searched for has one section.
    (sections.len() > 1).then(|| sections.iter().enumerate().map(chip).collect_view()).into_any()
}

fn all(state: State) -> AnyView {
    let sections = state.sections.get();
    if sections.iter().all(|section| section.emoji.is_empty()) {
        return view! { <p class="picker__none" role="status">{later().emoji_none}</p> }.into_any();
    }
    let one = |(at, section): (usize, &Section)| {
        let rows = section.emoji.len().div_ceil(COLUMNS).to_string();
        let here = Memo::new(move |_| state.drawn.get() & (1 << at) != 0);
        let drawn = move || {
            let tone = state.tone.get();
            here.get()
                .then(|| state.sections.with_untracked(|sections| sections.get(at).map(|it| buttons(it, at, tone))))
        };
        view! {
            <section class="picker__section" aria-label=section.title>
                <h3>{section.title}</h3>
                <div class="picker__list" style=("--rows", rows)>
                    {drawn}
                </div>
            </section>
        }
        .into_any()
    };
    sections.iter().enumerate().map(one).collect_view().into_any()
}

fn buttons(section: &Section, number: usize, tone: usize) -> AnyView {
    let one = |(at, emoji): (usize, &Emoji)| {
        let sign = section.signs.get(at).cloned().unwrap_or_else(|| emoji.toned(tone));
        // One of them is where Tab leads; arrows go on from there.
        let tab = if (number, at) == (0, 0) { "0" } else { "-1" };
        view! {
            <button class="picker__one" type="button" tabindex=tab aria-label=emoji.name.clone()>
                {sign}
            </button>
        }
        .into_any()
    };
    section.emoji.iter().enumerate().map(one).collect_view().into_any()
}

fn tones(tone: RwSignal<usize>) -> AnyView {
    let one = |at: usize| {
        let hand = Emoji::hand().toned(at);
        view! {
            <button
                class="picker__one"
                type="button"
                aria-label=later().emoji_tones.get(at).copied()
                aria-pressed=move || if tone.get() == at { "true" } else { "false" }
                on:click=move |_| {
                    kept::set_tone(at);
                    tone.set(at);
                }
            >
                {hand}
            </button>
        }
        .into_any()
    };
    view! {
        <div role="group" aria-label=later().emoji_tone>
            {(0..=5).map(one).collect_view()}
        </div>
    }
    .into_any()
}

impl State {
    fn closes(self) -> Callback<()> {
        match self.screen {
            Screen::Write(.., close) | Screen::React(.., close) => close,
        }
    }

    fn list(self, section: usize) -> Option<Element> {
        let scroller = self.scroller.try_get_untracked().flatten()?;
        scroller.query_selector_all(".picker__list").ok()?.item(u32::try_from(section).ok()?)?.dyn_into().ok()
    }

    /// Draws the sections that are near.
    fn look(self) {
        let Some(scroller) = self.scroller.try_get_untracked().flatten() else { return };
        let frame = scroller.get_bounding_client_rect();
        let near = |section: &usize| {
            self.list(*section).is_some_and(|list| {
                let list = list.get_bounding_client_rect();
                list.bottom() > frame.top() - NEAR && list.top() < frame.bottom() + NEAR
            })
        };
        let count = self.sections.with_untracked(|sections| sections.len());
        let drawn = self.drawn.get_untracked();
        let now = (0..count).filter(near).fold(drawn, |drawn, section| drawn | (1 << section));
        if now != drawn {
            self.drawn.set(now);
        }
    }

    /// Scrolls a section up.
    fn show(self, section: usize) {
        if let Some(list) = self.list(section).and_then(|list| list.parent_element()) {
            list.scroll_into_view();
        }
    }

    /// Focuses one, which may have to be drawn first.
    fn go(self, (section, at): (usize, usize)) {
        self.drawn.update(|drawn| *drawn |= 1 << section);
        request_animation_frame(move || {
            let child = self.list(section).and_then(|list| list.children().item(u32::try_from(at).ok()?));
            if let Some(child) = child.and_then(|child| child.dyn_into::<HtmlElement>().ok())
                && child.focus().is_err()
            {
                leptos::logging::warn!("an emoji took no focus");
            }
        });
    }

    /// Where one stands, if it is one.
    fn at(self, target: Option<web_sys::EventTarget>) -> Option<(usize, usize)> {
        let button = target?.dyn_into::<Element>().ok()?.closest(".picker__one").ok()??;
        let list = button.parent_element()?;
        let section = (0..self.sections.with_untracked(|sections| sections.len()))
            .find(|section| self.list(*section).as_ref() == Some(&list))?;
        let mut at = 0;
        let mut before = button.previous_element_sibling();
        while let Some(sibling) = before {
            at += 1;
            before = sibling.previous_element_sibling();
        }
        Some((section, at))
    }

    fn point(self, target: Option<web_sys::EventTarget>) {
        let label = self.at(target).and_then(|(section, at)| {
            self.sections.with_untracked(|sections| Some(sections.get(section)?.emoji.get(at)?.name.clone()))
        });
        if let Some(name) = label {
            self.name.set(name);
        }
    }

    fn pressed(self, event: &MouseEvent) {
        if let Some(at) = self.at(event.target()) {
            self.pick(at, event.shift_key());
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let Some(at) = self.at(event.target()) else { return };
        let counts: Vec<usize> =
            self.sections.with_untracked(|sections| sections.iter().map(|section| section.emoji.len()).collect());
        if let Some(to) = step(&counts, at, &event.key(), rtl()) {
            event.prevent_default();
            self.go(to);
        }
    }

    /// Takes one. `on`: the picker stays, for more of them.
    fn pick(self, (section, at): (usize, usize), on: bool) {
        let sign = self.sections.with_untracked(|sections| {
            let section = sections.get(section)?;
            let emoji = section.emoji.get(at)?;
            Some(section.signs.get(at).cloned().unwrap_or_else(|| emoji.toned(self.tone.get_untracked())))
        });
        let Some(sign) = sign else { return };
        kept::used(&sign);
        if !on {
            self.closes().run(());
        }
        match self.screen {
            Screen::Write(chat, input, _) => write(self.session, chat, input, &sign, !on),
            Screen::React(chat, order, _) => {
                let given = self.session.history().with_untracked(|history| {
                    let entry = history.find(order)?;
                    Some(entry.view.with_untracked(|message| {
                        message.reactions.iter().any(|given| given.mine && given.emoji == sign)
                    }))
                });
                if let Some(given) = given {
                    self.session.react(chat, order, sign, !given);
                }
            }
        }
    }
}
