//! What is open: shared by all who show it, and gone with the last of them.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;
use xchat_engine::api::{Attachment, Holds, SortedMap};
use xchat_files::{FIRST_BYTES, FileSource, Kind, Shows};

use super::film::kind_of;
use super::host::{self, Asked};
use super::stream::{self, Offered};
use super::task::{State, Task, TaskState, end, failure, working};
use super::{FileFailure, Opened, urls};
use crate::filing::{Answer, Ask, Wanted};

/// More bytes than that come no further when nobody waits for them any more.
const LARGE: u64 = 16 << 20;

/// Its number, and what it has to be.
type Key = (u64, Wanted);

enum Shared {
    Coming {
        /// None: it was stopped.
        asked: Option<Asked>,
        by: Vec<(u64, State<Opened>)>,
    },
    Here {
        opened: Opened,
        /// What its address holds by, if it is played as it comes.
        offered: Option<Offered>,
        by: Vec<u64>,
    },
}

/// What is open, and which file each is: all of it counts, since others can name chunks of a file that is not theirs.
type Open = SortedMap<Key, (FileSource, Shared)>;

thread_local! {
    static OPEN: RefCell<Open> = RefCell::default();
}

/// The number under which it is open, or a new one. One that was stopped is none that others could join.
fn key_of(source: &FileSource, wanted: Wanted) -> Key {
    let is = |(key, (of, shared)): &(&Key, &(FileSource, Shared))| {
        key.1 == wanted && of == source && !matches!(shared, Shared::Coming { asked: None, .. })
    };
    let found = OPEN.with_borrow(|open| open.iter().find(is).map(|(key, _)| *key));
    found.unwrap_or_else(|| (urls::number(), wanted))
}

fn shared(open: &mut Open, key: Key) -> Option<&mut Shared> {
    open.get_mut(&key).map(|(_, shared)| shared)
}

pub(super) fn open(file: &Attachment) -> Task<Opened> {
    let state = working(file.size);
    let Some(source) = file.source.as_ref() else {
        end(state, Err(FileFailure::Broken("nobody knows where it is".to_owned())));
        return Task::new(state, || ());
    };
    let wanted = match file.content_type.split('/').next() {
        Some("image") if file.shown => Wanted::Picture,
        Some("video") if file.shown => Wanted::Video,
        _ => Wanted::Anything,
    };
    let (key, user) = (key_of(source, wanted), urls::number());
    if Owner::current().is_some() {
        on_cleanup(move || leave(key, user));
    }
    if !joins(key, user, state) {
        let asked = match streams(file) {
            Some(worker) => begin(key, source.clone(), worker),
            None => ask_whole(key, source.clone()),
        };
        let coming = Shared::Coming { asked: Some(asked), by: vec![(user, state)] };
        OPEN.with_borrow_mut(|open| open.insert(key, (source.clone(), coming)));
    }
    Task::new(state, move || stop(key, user))
}

/// What answers for a file that is played as it comes. None: it is not. What lies in one chunk is here as soon as its beginning is; what may
/// be seen once is here whole before it is.
pub(super) fn streams(file: &Attachment) -> Option<JsValue> {
    let plays = matches!(file.holds(), Holds::Video | Holds::Voice | Holds::Sound);
    let long = file.source.as_ref().is_some_and(|source| source.chunks.len() > 1);
    stream::plays().filter(|_| plays && long && !file.media.once)
}

fn ask_whole(key: Key, source: FileSource) -> Asked {
    host::ask(&Ask::Open { source, wanted: key.1 }, &JsValue::NULL, move |answer, thing| match answer {
        Answer::Working { done, total } => moves(key, done, total),
        Answer::Opened { kind } => comes(key, addressed(kind, thing), None),
        other => comes(key, Err(failure(other)), None),
    })
}

/// Asks for the beginning alone, which says what it is.
fn begin(key: Key, source: FileSource, worker: JsValue) -> Asked {
    let ask = Ask::Read { source: source.clone(), from: 0, to: FIRST_BYTES as u64, saves: false };
    host::ask(&ask, &JsValue::NULL, move |answer, thing| match answer {
        Answer::Working { done, total } => moves(key, done, total),
        Answer::Read => {
            let (source, worker) = (source.clone(), worker.clone());
            spawn_local(async move {
                let kind = match thing.dyn_into::<Blob>() {
                    Ok(first) => kind_of(&first).await,
                    Err(_) => None,
                };
                let shows = kind.and_then(Kind::shows_as);
                let kind = kind.filter(|_| match key.1 {
                    Wanted::Video => shows == Some(Shows::Video),
                    _ => matches!(shows, Some(Shows::Video | Shows::Sound)),
                });
                let Some(kind) = kind else { return comes(key, Err(FileFailure::NotWhatItSays), None) };
                match stream::offer(&worker, source.clone(), kind.media_type(), None).await {
                    Some(offered) => comes(key, Ok(Opened { url: offered.url(), kind, blob: None }), Some(offered)),
                    // It is of an earlier build, or the browser does not start it.
                    None => goes_on(key, ask_whole(key, source)),
                }
            });
        }
        other => comes(key, Err(failure(other)), None),
    })
}

/// It is asked for in another way.
fn goes_on(key: Key, other: Asked) {
    OPEN.with_borrow_mut(|open| {
        match shared(open, key) {
            Some(Shared::Coming { asked: Some(asked), .. }) => *asked = other,
            // It was stopped meanwhile.
            _ => other.cancel(),
        }
    });
}

/// Whether others have asked for it before.
fn joins(key: Key, user: u64, state: State<Opened>) -> bool {
    let here = OPEN.with_borrow_mut(|open| {
        Some(match shared(open, key)? {
            Shared::Coming { by, .. } => {
                by.push((user, state));
                None
            }
            Shared::Here { opened, by, .. } => {
                by.push(user);
                Some(opened.clone())
            }
        })
    });
    if let Some(Some(opened)) = &here {
        end(state, Ok(opened.clone()));
    }
    here.is_some()
}

fn moves(key: Key, done: u64, total: u64) {
    let by = OPEN.with_borrow(|open| match open.get(&key) {
        Some((_, Shared::Coming { by, .. })) => by.clone(),
        _ => Vec::new(),
    });
    for (_, state) in by {
        let _gone = state.try_set(TaskState::Working { done, total });
    }
}

fn comes(key: Key, outcome: Result<Opened, FileFailure>, mut offered: Option<Offered>) {
    let waits = OPEN.with_borrow_mut(|open| match open.get(&key) {
        Some((_, Shared::Coming { .. })) => open.remove(&key),
        _ => None,
    });
    let Some((source, Shared::Coming { asked, by })) = waits else { return };
    // It was stopped when nothing was under way that would say so.
    let outcome = match (outcome, asked) {
        (Ok(opened), None) => {
            lets_go(&opened, offered.take());
            Err(FileFailure::Cancelled)
        }
        (outcome, _) => outcome,
    };
    // All who asked may have gone: then it needs no address.
    if by.is_empty() {
        if let Ok(opened) = outcome {
            lets_go(&opened, offered);
        }
        return;
    }
    if let Ok(opened) = &outcome {
        let here = Shared::Here { opened: opened.clone(), offered, by: by.iter().map(|(user, _)| *user).collect() };
        OPEN.with_borrow_mut(|open| open.insert(key, (source, here)));
    }
    for (_, state) in by {
        end(state, outcome.clone());
    }
}

fn lets_go(opened: &Opened, offered: Option<Offered>) {
    match offered {
        Some(offered) => drop(offered),
        None => urls::revoke(&opened.url),
    }
}

fn addressed(kind: Kind, thing: JsValue) -> Result<Opened, FileFailure> {
    let none = || FileFailure::Broken("no bytes came along".to_owned());
    let blob: Blob = thing.dyn_into().map_err(|_| none())?;
    let url = urls::create(&blob).ok_or_else(none)?;
    Ok(Opened { url, kind, blob: Some(blob) })
}

/// Who asked is gone. What is on its way comes all the same, into the store, unless it is large and nobody else waits for it.
fn leave(key: Key, user: u64) {
    let (unused, unwanted) = OPEN.with_borrow_mut(|open| match open.get_mut(&key) {
        Some((source, Shared::Coming { asked, by })) => {
            by.retain(|(other, _)| *other != user);
            (None, asked.take_if(|_| by.is_empty() && source.size > LARGE))
        }
        Some((_, Shared::Here { by, .. })) => {
            by.retain(|other| *other != user);
            (if by.is_empty() { open.remove(&key) } else { None }, None)
        }
        None => (None, None),
    });
    if let Some((_, Shared::Here { opened, offered, .. })) = unused {
        lets_go(&opened, offered);
    }
    if let Some(asked) = unwanted {
        asked.cancel();
    }
}

/// One of those who asked wants it no more. The last of them ends it.
fn stop(key: Key, user: u64) {
    let (state, last) = OPEN.with_borrow_mut(|open| match shared(open, key) {
        Some(Shared::Coming { asked, by }) if by.len() == 1 && by[0].0 == user => (None, asked.take()),
        Some(Shared::Coming { by, .. }) => {
            let at = by.iter().position(|(other, _)| *other == user);
            (at.map(|at| by.remove(at).1), None)
        }
        _ => (None, None),
    });
    if let Some(state) = state {
        end(state, Err(FileFailure::Cancelled));
    }
    if let Some(asked) = last {
        // It says itself how it ended.
        asked.cancel();
    }
}
