//! What is heard: one sound at a time on the page, and which one is to be heard as soon as it is here.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use xchat_engine::api::ChatId;

use super::client::Opened;
use crate::ui::browser::js::{call, get, make, set};

/// Which sound: of this conversation, message and file.
pub(super) type Key = (ChatId, u64, usize);

/// Further than any sound is long, in seconds: a browser that does not know how long it is finds out on the way there.
const FAR: f64 = 1e7;

/// How fast one listens.
const RATES: [f64; 3] = [1.0, 1.5, 2.0];

/// The sound that is heard, or was stopped for a while.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    pub(super) key: Key,
    pub(super) plays: bool,
    /// In seconds.
    pub(super) at: f64,
}

/// What is called when a sound has come to its end, and when the browser cannot play it, or not to its end.
pub(super) struct Then {
    pub(super) ends: Rc<dyn Fn(Key)>,
    pub(super) breaks: Rc<dyn Fn()>,
}

pub(super) struct Player {
    audio: JsValue,
    heard: ArcRwSignal<Option<Heard>>,
    /// To be heard as soon as it is here.
    wanted: ArcRwSignal<Option<Key>>,
    rate: ArcRwSignal<usize>,
    /// Its address is good for as long as this is held.
    held: RefCell<Option<Opened>>,
    /// Where it is to begin once the browser knows how long it is.
    begins: RefCell<Option<f64>>,
    then: RefCell<Option<Then>>,
    ears: RefCell<Vec<Closure<dyn FnMut()>>>,
}

thread_local! {
    static PLAYER: Rc<Player> = Player::new();
}

pub(super) fn player() -> Rc<Player> {
    PLAYER.with(Rc::clone)
}

impl Player {
    fn new() -> Rc<Self> {
        let player = Rc::new(Self {
            audio: make("Audio", &[]).unwrap_or_default(),
            heard: ArcRwSignal::new(None),
            wanted: ArcRwSignal::new(None),
            rate: ArcRwSignal::new(0),
            held: RefCell::default(),
            begins: RefCell::default(),
            then: RefCell::default(),
            ears: RefCell::default(),
        });
        player.hear("ontimeupdate", Self::moved);
        player.hear("onplay", |player| player.plays(true));
        player.hear("onpause", |player| player.plays(false));
        player.hear("ondurationchange", Self::measured);
        player.hear("onended", Self::over);
        player.hear("onerror", Self::broken);
        player
    }

    fn hear(self: &Rc<Self>, name: &str, then: fn(&Self)) {
        let player = Rc::downgrade(self);
        let ear = Closure::<dyn FnMut()>::new(move || {
            if let Some(player) = player.upgrade() {
                then(&player);
            }
        });
        set(&self.audio, name, ear.as_ref().clone());
        self.ears.borrow_mut().push(ear);
    }

    /// What of this sound is heard now. Tracks it.
    pub(super) fn heard(&self, key: Key) -> Option<Heard> {
        self.heard.with(|heard| heard.clone().filter(|heard| heard.key == key))
    }

    /// Whether this sound is to be heard as soon as it is here. Tracks it.
    pub(super) fn wants(&self, key: Key) -> bool {
        self.wanted.with(|wanted| *wanted == Some(key))
    }

    /// This one is to be heard as soon as it is here; None: nothing is waited for.
    pub(super) fn want(&self, key: Option<Key>) {
        self.wanted.set(key);
    }

    /// Plays it from here on, instead of whatever is heard.
    pub(super) fn play(&self, key: Key, opened: &Opened, at: f64, then: Then) {
        self.want(None);
        let same = self.heard.with_untracked(|heard| heard.as_ref().is_some_and(|heard| heard.key == key));
        *self.then.borrow_mut() = Some(then);
        self.heard.set(Some(Heard { key, plays: true, at }));
        if !same {
            set(&self.audio, "src", opened.url.as_str());
            *self.held.borrow_mut() = Some(opened.clone());
        }
        self.seek(at);
        self.start();
    }

    /// Goes on, or stops for a while.
    pub(super) fn pause(&self, key: Key) {
        self.want(None);
        match self.heard.get_untracked().filter(|heard| heard.key == key) {
            Some(heard) if heard.plays => _ = call(&self.audio, "pause", &[]),
            Some(_) => self.start(),
            None => {}
        }
    }

    fn start(&self) {
        super::voice::hush();
        set(&self.audio, "playbackRate", self.rate());
        if let Some(promise) = call(&self.audio, "play", &[]).and_then(|promise| promise.dyn_into::<Promise>().ok()) {
            leptos::task::spawn_local(async move {
                // Refused by the browser, or overtaken by another one that is heard by now.
                if JsFuture::from(promise).await.is_err() && get(&player().audio, "paused").is_truthy() {
                    player().plays(false);
                }
            });
        }
    }

    /// Goes to a second of it.
    pub(super) fn go(&self, key: Key, at: f64) {
        if self.heard.with_untracked(|heard| heard.as_ref().is_some_and(|heard| heard.key == key)) {
            self.seek(at);
            self.heard.update(|heard| {
                if let Some(heard) = heard {
                    heard.at = at;
                }
            });
        }
    }

    fn seek(&self, at: f64) {
        let length = get(&self.audio, "duration").as_f64().unwrap_or(f64::NAN);
        match length.is_finite() {
            true => set(&self.audio, "currentTime", at),
            // A recording that does not say how long it is cannot be gone into yet.
            false if at > 0.0 => *self.begins.borrow_mut() = Some(at),
            false => {}
        }
    }

    fn measured(&self) {
        let length = get(&self.audio, "duration").as_f64().unwrap_or(f64::NAN);
        let begins = *self.begins.borrow();
        match (begins, length.is_finite()) {
            (Some(at), true) => {
                self.begins.borrow_mut().take();
                set(&self.audio, "currentTime", at);
            }
            (Some(_), false) if length.is_infinite() => set(&self.audio, "currentTime", FAR),
            _ => {}
        }
    }

    fn moved(&self) {
        if self.begins.borrow().is_some() {
            return;
        }
        let now = get(&self.audio, "currentTime").as_f64().unwrap_or_default();
        self.heard.update(|heard| {
            if let Some(heard) = heard {
                heard.at = now;
            }
        });
    }

    fn plays(&self, plays: bool) {
        self.heard.maybe_update(|heard| {
            let changes = heard.as_ref().is_some_and(|heard| heard.plays != plays);
            if let Some(heard) = heard {
                heard.plays = plays;
            }
            changes
        });
    }

    fn over(&self) {
        // The way there, to find out how long it is.
        if self.begins.borrow().is_some() {
            return;
        }
        let key = self.heard.with_untracked(|heard| heard.as_ref().map(|heard| heard.key));
        self.silence();
        let then = self.then.borrow_mut().take();
        if let (Some(key), Some(then)) = (key, then) {
            (then.ends)(key);
        }
    }

    fn broken(&self) {
        self.silence();
        let then = self.then.borrow_mut().take();
        if let Some(then) = then {
            (then.breaks)();
        }
    }

    /// Something else is heard, or listens: this stops for a while.
    pub(super) fn quiet(&self) {
        self.want(None);
        call(&self.audio, "pause", &[]);
    }

    /// This sound is gone from the page.
    pub(super) fn forget(&self, key: Key) {
        if self.wanted.get_untracked() == Some(key) {
            self.want(None);
        }
        if self.heard.with_untracked(|heard| heard.as_ref().is_some_and(|heard| heard.key == key)) {
            self.then.borrow_mut().take();
            self.silence();
        }
    }

    /// Nothing is heard any more.
    pub(super) fn silence(&self) {
        self.heard.set(None);
        self.begins.borrow_mut().take();
        call(&self.audio, "pause", &[]);
        call(&self.audio, "removeAttribute", &["src".into()]);
        self.held.borrow_mut().take();
    }

    /// How fast one listens. Tracks it.
    pub(super) fn rate(&self) -> f64 {
        RATES[self.rate.get() % RATES.len()]
    }

    /// Listens at the next speed.
    pub(super) fn faster(&self) {
        self.rate.update(|rate| *rate = (*rate + 1) % RATES.len());
        set(&self.audio, "playbackRate", untrack(|| self.rate()));
    }
}
