//! What takes the composer's place while one speaks, and while what was said waits.

use leptos::prelude::*;

use super::layout::bars;
use super::player::player;
use super::voice::{Stage, Voice};
use super::waveform::waveform;
use super::words::clock;
use crate::ui::i18n::{fill, media, text};
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::icon_button::IconButton;

/// Bars that are shown: of what was said last, or of all of it.
const SHOWN: usize = 56;

/// It, in place of the composer.
pub(super) fn recorder(voice: Voice) -> AnyView {
    let t = media();
    // How much of it was heard, 0 to 1, where it is listened to.
    let heard = move || {
        let at = player().heard(voice.key()).map_or(0.0, |heard| heard.at);
        at * 1000.0 / voice.long.get_untracked().max(1) as f64
    };
    // While one speaks what was said last, and else all of it.
    let still = Memo::new(move |_| voice.stage.get() != Stage::Speaking);
    let said = move || {
        voice.levels.with(|levels| {
            let heights = match still.get() {
                true => bars(levels, SHOWN),
                false => last(levels),
            };
            waveform(heights, move || if still.get() { heard() } else { 0.0 })
        })
    };
    let stage = voice.stage;
    let pause = move || match stage.get() {
        Stage::Speaking => Some((Glyph::PAUSE, t.pause_recording)),
        Stage::Paused => Some((Glyph::MIC, t.record_on)),
        _ => None,
    };
    let plays = Memo::new(move |_| player().heard(voice.key()).is_some_and(|heard| heard.plays));
    // As long as it records there is nothing to be heard.
    let listens = move || {
        (stage.get() != Stage::Speaking).then(|| {
            let (glyph, verb) = if plays.get() { (Glyph::PAUSE, t.pause) } else { (Glyph::PLAY, t.play) };
            let what = fill(t.voice_of, &[("time", &clock(voice.long.get_untracked() as f64 / 1000.0))]);
            view! { <IconButton glyph label=fill(verb, &[("what", &what)]) on_press=move |()| voice.listen() /> }
        })
    };
    let time = move || {
        let long = clock(voice.long.get() as f64 / 1000.0);
        player().heard(voice.key()).map_or_else(|| long.clone(), |heard| format!("{} / {long}", clock(heard.at)))
    };
    view! {
        <div
            class="recorder"
            role="group"
            aria-label=t.recording
            on:keydown=move |event| voice.escape(&event)
        >
            <IconButton glyph=Glyph::TRASH label=t.discard class="composer__side" on_press=move |()| voice.over() />
            <div class="recorder__box" class:is-still=move || stage.get() != Stage::Speaking>
                {listens}
                <span class="recorder__dot" aria-hidden="true"></span>
                <span class="recorder__time" role="timer">{time}</span>
                <svg class="waveform" viewBox="0 0 222.2 26" preserveAspectRatio="none" aria-hidden="true">
                    {said}
                </svg>
                {move || pause().map(|(glyph, label)| view! {
                    <IconButton glyph label on_press=move |()| voice.pause() />
                })}
            </div>
            <button
                class="icon-button icon-button--send composer__side"
                type="button"
                aria-label=text().send
                title=text().send
                on:click=move |_| voice.send()
            >
                <Icon glyph=Glyph::SEND />
            </button>
        </div>
    }
    .into_any()
}

/// The bars of what was said last, 0 to 1.
fn last(levels: &[u8]) -> Vec<f64> {
    let from = levels.len().saturating_sub(SHOWN);
    let missing = SHOWN - (levels.len() - from);
    let said = levels[from..].iter().map(|level| f64::from(*level) / 255.0);
    std::iter::repeat_n(0.0, missing).chain(said).collect()
}
