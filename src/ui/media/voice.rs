//! Voice messages: the button beside an empty text field, and what is recorded.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

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
use super::recorder::recorder;
use super::words::clock;
use crate::ui::browser::{clock::now, focus};
use crate::ui::files::urls;
use crate::ui::i18n::{fill, media};
use crate::ui::session::Session;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconButton;

/// How often it is looked how loud it is.
const TICK: Duration = Duration::from_millis(100);
/// A press that was no more than that said nothing, in milliseconds.
const SHORTEST: u64 = 400;
/// What sends it.
const SEND: &str = ".recorder .icon-button--send";

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
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
    pub(super) stage: RwSignal<Stage>,
    /// Loudness, ten times a second.
    pub(super) levels: RwSignal<Vec<u8>>,
    /// Recorded so far, and when that was looked at last, in milliseconds.
    pub(super) long: RwSignal<u64>,
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
        (true, _) => recorder(voice),
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

    pub(super) fn pause(self) {
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
    pub(super) fn key(self) -> Key {
        (self.chat, u64::MAX, 0)
    }

    /// What was said so far is heard, or stops for a while.
    pub(super) fn listen(self) {
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
    pub(super) fn escape(self, event: &KeyboardEvent) {
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

    pub(super) fn send(self) {
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

    pub(super) fn over(self) {
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
