//! How far the files of an own message have come on their way to the relay, and what can be done about it.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{Attachments, ChatId, Connection, Event, FileCommand, Going, Halt};
use xchat_files::Layout;

use super::held::files_of;
use super::pace::Pace;
use super::ring::{ring, share};
use super::words::{left, part_of};
use crate::ui::browser::clock;
use crate::ui::i18n::{media, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::icon_button::IconButton;

/// Where a message's files have their places, this is the place of all of them together: the question whether they are to go on.
pub(super) const STOP: usize = usize::MAX;
/// So often it is looked whether it still moves.
const BEAT: Duration = Duration::from_secs(1);

/// The line; nothing where nothing is on its way.
pub(super) fn going(id: ChatId, order: u64, all: Memo<Attachments>) -> AnyView {
    let session = use_session();
    let now = RwSignal::new(None::<Going>);
    let pace = RwSignal::new(Pace::default());
    let hears = StoredValue::new(false);
    Effect::new(move |_| {
        let going = all.with(|all| all.going);
        now.set(going);
        match going {
            Some(going) => pace.update(|pace| pace.counted(going, clock::now())),
            None => pace.set(Pace::default()),
        }
        if going.is_some() && !hears.get_value() {
            hears.set_value(true);
            session.hear(move |event| heard(event, (id, order), now, pace, all));
        }
    });
    let beat = RwSignal::new(());
    let goes_on = Memo::new(move |_| now.with(Option::is_some));
    Effect::new(move |_| {
        if goes_on.get()
            && let Ok(beats) = set_interval_with_handle(move || beat.set(()), BEAT)
        {
            on_cleanup(move || beats.clear());
        }
    });
    // In bytes of the files, as their sizes beside it: what is sealed is a little more.
    let shown = move || {
        let going = now.get()?;
        let (done, of) = pace.with(Pace::shown);
        let total: u64 = all.with(|all| all.files.iter().map(|file| file.size).sum());
        // Thirty files are far below 2^53 bytes.
        Some(((done as f64 / of.max(1) as f64 * total as f64) as u64, total, going))
    };
    let waits = Memo::new(move |_| session.connection().get() != Connection::Online);
    let rests =
        Memo::new(move |_| waits.get() || now.with(|now| now.is_some_and(|now| now.paused || now.halt.is_some())));
    Effect::new(move |_| {
        if rests.get() {
            pace.update(Pace::rests);
        }
    });
    let time_left = move || {
        beat.track();
        pace.with(|pace| pace.left(clock::now()))
    };
    let says = move || {
        let (done, total, Going { paused, halt, .. }) = shown()?;
        Some(match (halt, paused) {
            (Some(Halt::Full), _) => media().halt_full.to_owned(),
            (Some(Halt::Lost), _) => media().halt_lost.to_owned(),
            (Some(Halt::Refused), _) => media().halt_refused.to_owned(),
            (None, true) => format!("{} · {}", part_of(done, total), media().paused),
            (None, false) if waits.get() => format!("{} · {}", part_of(done, total), text().waiting_for_network),
            (None, false) => match time_left() {
                Some(seconds) => format!("{} · {}", part_of(done, total), left(seconds)),
                None => part_of(done, total),
            },
        })
    };
    let goes = Memo::new(move |_| now.with(|now| now.map(|going| (going.paused, going.halt))));
    let filled = Signal::derive(move || shown().map_or(0, |(done, total, _)| share(done, total)));
    let pause = move |paused: bool| {
        let what = FileCommand::Pause { order, paused }.to_bytes();
        session.about_files(id, None, None, what);
    };
    let begun = Memo::new(move |_| shown().is_some_and(|(done, ..)| done > 0));
    // Where something has gone the timeline leads to the question.
    let stop = move |_| {
        if !begun.get_untracked() && session.chosen().with_untracked(Option::is_none) {
            session.delete_for_me(id, order);
        }
    };
    let line = move || {
        let (paused, halt) = goes.get()?;
        let stuck = matches!(halt, Some(Halt::Lost | Halt::Refused));
        let (glyph, verb) = if paused { (Glyph::PLAY, media().go_on) } else { (Glyph::PAUSE, media().pause_sending) };
        Some(view! {
            <div class="going" role="group" aria-label=text().mark_pending>
                <button
                    type="button"
                    class="going__stop"
                    aria-label=media().cancel_sending
                    title=media().cancel_sending
                    data-at=move || begun.get().then_some(STOP.to_string())
                    on:click=stop
                >
                    {ring(filled, Glyph::CLOSE)}
                </button>
                <span class="going__words" class:trouble=stuck>
                    {stuck.then(|| view! { <Icon glyph=Glyph::WARNING size=IconSize::Small /> })}
                    <bdi>{says}</bdi>
                </span>
                {(!stuck).then(|| view! { <IconButton glyph label=verb on_press=move |()| pause(!paused) /> })}
            </div>
        })
    };
    line.into_any()
}

/// Asks before a message is deleted that is on its way. Once it is there, there is nothing to ask any more.
pub(super) fn ask_to_stop(id: ChatId, order: u64, on_close: Callback<()>) -> AnyView {
    let session = use_session();
    let goes = Memo::new(move |_| {
        session.history().with(|history| {
            history.find(order).is_some_and(|entry| entry.view.with(|message| files_of(message).going.is_some()))
        })
    });
    Effect::new(move |_| {
        if !goes.get() {
            on_close.run(());
        }
    });
    let stop = move |()| {
        on_close.run(());
        session.delete_for_me(id, order);
    };
    let t = media();
    view! { <Confirm title=t.stop_title sentence=t.stop_more action=t.stop_sending on_confirm=stop on_close /> }
        .into_any()
}

/// Takes what concerns this message. False: nobody listens any more.
fn heard(
    event: &Event,
    of: (ChatId, u64),
    now: RwSignal<Option<Going>>,
    pace: RwSignal<Pace>,
    all: Memo<Attachments>,
) -> bool {
    if now.is_disposed() {
        return false;
    }
    match event {
        Event::Going { chat, order, going } if (*chat, *order) == of => {
            // Page and worker are of one build.
            if let Ok(going) = Going::from_bytes(going) {
                pace.update(|pace| pace.counted(going, clock::now()));
                now.set(Some(going));
            }
        }
        Event::Sending { chunk, bytes } => {
            let hash = *chunk.as_bytes();
            let size = size_of(&hash, all);
            if size > 0 {
                pace.update(|pace| pace.sending(hash, size, *bytes, clock::now()));
            }
        }
        _ => {}
    }
    true
}

/// Bytes of a chunk of this message's files; 0: it has no such chunk.
fn size_of(hash: &[u8; 32], all: Memo<Attachments>) -> u64 {
    all.with_untracked(|all| {
        all.files.iter().filter_map(|file| file.source.as_ref()).find_map(|source| {
            let at = source.chunks.iter().position(|chunk| chunk.as_bytes() == hash)?;
            Some(Layout::of(source.size)?.chunk_size(u32::try_from(at).ok()?))
        })
    })
    .unwrap_or_default()
}
