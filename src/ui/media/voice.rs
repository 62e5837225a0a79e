//! Voice messages: the button beside an empty text field, and what takes the composer's place while one speaks.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::html;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::KeyboardEvent;
use xchat_engine::api::{ChatId, MAX_WAVEFORM};
use xchat_files::Kind;

use super::client::Opened;
use super::desk::{desk, desk_of};
use super::item::Item;
use super::layout::bars;
use super::mic::{Mic, Silent, can_record};
use super::player::{Key, Then, player};
use super::words::clock;
use crate::ui::browser::{clock::now, focus};
use crate::ui::files::urls;
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::Session;
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::icon_button::IconButton;

/// How often it is looked how loud it is.
const TICK: Duration = Duration::from_millis(100);
/// Bars that are shown of what was said last.
const SHOWN: usize = 56;
/// A press that was no more than that said nothing, in milliseconds.
const SHORTEST: u64 = 400;
/// What sends it.
const SEND: &str = ".recorder .icon-button--send";

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// The browser asks the person.
    Asking,
    Speaking,
    Paused,
    /// It ended, and waits: the microphone went, or one was elsewhere.
    Ended,
}

/// What is spoken in a conversation. It stays there while the page is open: what was recorded and not sent waits for the person to come back.
#[derive(Clone, Copy)]
pub(super) struct Voice {
    session: Session,
    chat: ChatId,
    stage: RwSignal<Stage>,
    /// Loudness, ten times a second.
    levels: RwSignal<Vec<u8>>,
    /// Recorded so far, and when that was looked at last, in milliseconds.
    long: RwSignal<u64>,
    last: StoredValue<u64>,
    mic: StoredValue<Option<Rc<Mic>>, LocalStorage>,
    /// It is to be sent when it has ended.
    sends: StoredValue<bool>,
    ticks: StoredValue<Option<IntervalHandle>>,
    /// The address of what is listened to.
    address: StoredValue<Option<String>>,
    /// Counts what was asked for: an answer that nobody waits for any more is let go.
    turn: StoredValue<u32>,
}

thread_local! {
    /// The one that was recorded last.
    static SPOKEN: Cell<Option<Voice>> = const { Cell::new(None) };
}

/// Something is to be heard: what records stops for a while.
pub(super) fn hush() {
    if let Some(voice) = SPOKEN.get().filter(|voice| voice.stage.get_untracked() == Stage::Speaking) {
        voice.pause();
    }
}

/// The button, or what takes the composer's place.
pub(super) fn voice(id: ChatId) -> AnyView {
    if !can_record() {
        return ().into_any();
    }
    let voice = desk(id).voice;
    on_cleanup(move || voice.leave());
    let blank = Memo::new(move |_| voice.is_blank());
    let records = Memo::new(move |_| !matches!(voice.stage.get(), Stage::Idle | Stage::Asking));
    if records.get_untracked() {
        request_animation_frame(|| {
            if focus::is_nowhere() {
                focus::focus_on(SEND);
            }
        });
    }
    let shown = move || {
        match (records.get(), blank.get()) {
        (true, _) => voice.recorder(),
        (false, false) => ().into_any(),
        (false, true) => view! {
            <IconButton glyph=Glyph::MIC label=media().record class="composer__side mic" on_press=move |()| voice.begin() />
        }
        .into_any(),
    }
    };
    shown.into_any()
}

impl Voice {
    pub(super) fn new(session: Session, chat: ChatId) -> Self {
        Self {
            session,
            chat,
            stage: RwSignal::new(Stage::Idle),
            levels: RwSignal::new(Vec::new()),
            long: RwSignal::new(0),
            last: StoredValue::new(0),
            mic: StoredValue::new_local(None),
            sends: StoredValue::new(false),
            ticks: StoredValue::new(None),
            address: StoredValue::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// Nothing is written that a recorder would stand over. Tracks it.
    fn is_blank(self) -> bool {
        let editing = self.session.aim(self.chat).is_some_and(|aim| aim.edit.is_some());
        !editing && self.session.written(self.chat).trim().is_empty()
    }

    /// Something was said that is worth keeping, and is not sent. Tracks it.
    pub(super) fn waits(self) -> bool {
        !matches!(self.stage.get(), Stage::Idle | Stage::Asking) && self.long.get() >= SHORTEST
    }

    /// What waits, in words. Tracks it.
    pub(super) fn take(self) -> Option<String> {
        let long = move || clock(self.long.get() as f64 / 1000.0);
        self.waits().then(|| fill(media().voice_time, &[("time", &long())]))
    }

    fn begin(self) {
        if self.stage.get_untracked() != Stage::Idle {
            return;
        }
        self.stage.set(Stage::Asking);
        // Nothing else is heard meanwhile.
        player().want(None);
        player().silence();
        let turn = self.turn.get_value();
        spawn_local(async move {
            let ended = Callback::new(move |()| self.ended());
            let answer = Mic::begin(ended).await;
            // What comes too late ends as it is dropped.
            if self.turn.get_value() != turn {
                return;
            }
            match answer {
                // Somebody was faster in writing than in saying yes.
                Ok(_) if !untrack(|| self.is_blank()) => self.stage.set(Stage::Idle),
                Ok(mic) => {
                    player().quiet();
                    SPOKEN.set(Some(self));
                    self.mic.set_value(Some(mic));
                    self.levels.set(Vec::new());
                    self.long.set(0);
                    self.last.set_value(now());
                    self.sends.set_value(false);
                    self.ticks.set_value(set_interval_with_handle(move || self.tick(), TICK).ok());
                    self.stage.set(Stage::Speaking);
                    request_animation_frame(|| focus::focus_on(SEND));
                }
                Err(why) => {
                    self.stage.set(Stage::Idle);
                    self.session.toast(sentence(why).to_owned());
                }
            }
        });
    }

    fn tick(self) {
        if self.stage.get_untracked() != Stage::Speaking {
            return;
        }
        let time = now();
        let since = time.saturating_sub(self.last.get_value());
        self.last.set_value(time);
        self.long.update(|long| *long += since);
        let level = self.mic.with_value(|mic| mic.as_ref().map_or(0, |mic| mic.level()));
        self.levels.update(|levels| levels.push(level));
    }

    fn pause(self) {
        let paused = self.stage.get_untracked() == Stage::Speaking;
        if !paused {
            self.listens_no_more();
            player().quiet();
        }
        self.tick();
        self.last.set_value(now());
        self.mic.with_value(|mic| mic.iter().for_each(|mic| mic.pause(paused)));
        self.stage.set(if paused { Stage::Paused } else { Stage::Speaking });
    }

    /// No message is so late in a conversation.
    fn key(self) -> Key {
        (self.chat, u64::MAX, 0)
    }

    /// What was said so far is heard, or stops for a while.
    fn listen(self) {
        if untrack(|| player().heard(self.key())).is_some() {
            return player().pause(self.key());
        }
        self.listens_no_more();
        let blob = self.mic.with_value(|mic| mic.as_ref().and_then(|mic| mic.sound()));
        let Some((url, blob)) = blob.and_then(|blob| Some((urls::create(&blob)?, blob))) else { return };
        self.address.set_value(Some(url.clone()));
        let then =
            Then { ends: Rc::new(move |_| self.listens_no_more()), breaks: Rc::new(move || self.listens_no_more()) };
        player().play(self.key(), &Opened { url, kind: Kind::Ogg, blob: Some(blob) }, 0.0, then);
    }

    fn listens_no_more(self) {
        if let Some(url) = self.address.try_update_value(Option::take).flatten() {
            player().forget(self.key());
            urls::revoke(&url);
        }
    }

    /// Escape stops it for a while, or throws away what is nothing yet.
    fn escape(self, event: &KeyboardEvent) {
        if event.key() != "Escape" {
            return;
        }
        self.tick();
        match self.stage.get_untracked() {
            _ if self.long.get_untracked() < SHORTEST => self.over(),
            Stage::Speaking => self.pause(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn send(self) {
        self.listens_no_more();
        self.tick();
        self.sends.set_value(true);
        match self.stage.get_untracked() {
            Stage::Ended => self.ended(),
            _ => self.mic.with_value(|mic| mic.iter().for_each(|mic| mic.stop())),
        }
    }

    /// The recording has come to its end.
    fn ended(self) {
        let Some(mic) = self.mic.get_value() else { return };
        mic.let_go();
        if !self.sends.get_value() {
            return self.stage.set(Stage::Ended);
        }
        let long = self.long.get_untracked();
        match mic.sound().filter(|_| long >= SHORTEST) {
            Some(sound) => {
                let heard = bars(&self.levels.get_untracked(), MAX_WAVEFORM);
                let waveform = heard.into_iter().map(|level| (level * 255.0).round() as u8).collect();
                let long = u32::try_from(long).unwrap_or(u32::MAX);
                desk_of(self.session, self.chat)
                    .post(vec![Item::of_voice(self.session.search_number(), &sound, long, waveform)], false);
            }
            None => self.session.toast(media().too_short.to_owned()),
        }
        self.over();
    }

    fn over(self) {
        self.discard();
        request_animation_frame(focus::go_on);
    }

    /// The microphone is let go, and what was heard thrown away.
    pub(super) fn discard(self) {
        self.listens_no_more();
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.stops_counting();
        if let Some(mic) = self.mic.try_update_value(Option::take).flatten() {
            mic.let_go();
            // Not from within what it calls.
            queue_microtask(move || drop(mic));
        }
        self.stage.set(Stage::Idle);
    }

    fn stops_counting(self) {
        if let Some(ticks) = self.ticks.try_update_value(Option::take).flatten() {
            ticks.clear();
        }
    }

    /// One goes elsewhere. The microphone is let go; what was said so far waits.
    fn leave(self) {
        self.listens_no_more();
        self.tick();
        match self.stage.get_untracked() {
            Stage::Idle | Stage::Ended => {}
            Stage::Speaking | Stage::Paused if self.long.get_untracked() >= SHORTEST => {
                self.stops_counting();
                self.mic.with_value(|mic| mic.iter().for_each(|mic| mic.stop()));
            }
            _ => self.discard(),
        }
    }

    fn recorder(self) -> AnyView {
        let t = media();
        let inner = NodeRef::<html::Div>::new();
        // How much of it was heard, 0 to 1, where it is listened to.
        let heard = move || {
            let at = player().heard(self.key()).map_or(0.0, |heard| heard.at);
            at * 1000.0 / self.long.get_untracked().max(1) as f64
        };
        // While one speaks what was said last, and else all of it.
        let still = Memo::new(move |_| self.stage.get() != Stage::Speaking);
        let said = move || {
            self.levels.with(|levels| {
                let heights = match still.get() {
                    true => bars(levels, SHOWN),
                    false => last(levels),
                };
                let bar = |(at, height): (usize, f64)| {
                    let height = 3.0 + height * 21.0;
                    let played = move || still.get() && (at as f64 + 0.5) / SHOWN as f64 <= heard();
                    view! {
                        <rect
                            class:is-played=played
                            x=(at * 4).to_string()
                            y=format!("{:.1}", 13.0 - height / 2.0)
                            width="2.2"
                            height=format!("{height:.1}")
                            rx="1.1"
                        />
                    }
                };
                heights.into_iter().enumerate().map(bar).collect_view()
            })
        };
        let stage = self.stage;
        let pause = move || match stage.get() {
            Stage::Speaking => Some((Glyph::PAUSE, t.pause_recording)),
            Stage::Paused => Some((Glyph::MIC, t.record_on)),
            _ => None,
        };
        let plays = Memo::new(move |_| player().heard(self.key()).is_some_and(|heard| heard.plays));
        // As long as it records there is nothing to be heard.
        let listens = move || {
            (stage.get() != Stage::Speaking).then(|| {
                let (glyph, verb) = if plays.get() { (Glyph::PAUSE, t.pause) } else { (Glyph::PLAY, t.play) };
                let what = fill(t.voice_of, &[("time", &clock(self.long.get_untracked() as f64 / 1000.0))]);
                view! { <IconButton glyph label=fill(verb, &[("what", &what)]) on_press=move |()| self.listen() /> }
            })
        };
        let time = move || {
            let long = clock(self.long.get() as f64 / 1000.0);
            player().heard(self.key()).map_or_else(|| long.clone(), |heard| format!("{} / {long}", clock(heard.at)))
        };
        view! {
            <div
                node_ref=inner
                class="recorder"
                role="group"
                aria-label=t.recording
                on:keydown=move |event| self.escape(&event)
            >
                <IconButton glyph=Glyph::TRASH label=t.discard class="composer__side" on_press=move |()| self.over() />
                <div class="recorder__box" class:is-still=move || stage.get() != Stage::Speaking>
                    {listens}
                    <span class="recorder__dot" aria-hidden="true"></span>
                    <span class="recorder__time" role="timer">{time}</span>
                    <svg class="waveform" viewBox="0 0 222.2 26" preserveAspectRatio="none" aria-hidden="true">
                        {said}
                    </svg>
                    {move || pause().map(|(glyph, label)| view! {
                        <IconButton glyph label on_press=move |()| self.pause() />
                    })}
                </div>
                <button
                    class="icon-button icon-button--send composer__side"
                    type="button"
                    aria-label=text().send
                    title=text().send
                    on:click=move |_| self.send()
                >
                    <Icon glyph=Glyph::SEND />
                </button>
            </div>
        }
        .into_any()
    }
}

/// The bars of what was said last, 0 to 1.
fn last(levels: &[u8]) -> Vec<f64> {
    let from = levels.len().saturating_sub(SHOWN);
    let missing = SHOWN - (levels.len() - from);
    let said = levels[from..].iter().map(|level| f64::from(*level) / 255.0);
    std::iter::repeat_n(0.0, missing).chain(said).collect()
}

fn sentence(why: Silent) -> &'static str {
    let t = media();
    match why {
        Silent::Denied => t.mic_denied,
        Silent::Missing => t.mic_missing,
        Silent::Busy => t.mic_busy,
        Silent::Insecure => t.mic_insecure,
    }
}
