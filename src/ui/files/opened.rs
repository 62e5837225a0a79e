//! What is open: shared by all who show it, and gone with the last of them.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use xchat_engine::api::{Attachment, SortedMap};
use xchat_files::Kind;
use xchat_wire::BlobHash;

use super::host::{self, Asked};
use super::task::{State, Task, TaskState, end, failure, working};
use super::{FileFailure, Opened, urls};
use crate::filing::{Answer, Ask, Wanted};

/// Which file, and what it has to be.
type Key = (BlobHash, Wanted);

enum Shared {
    Coming { asked: Option<Asked>, by: Vec<(u64, State<Opened>)> },
    Here { opened: Opened, by: Vec<u64> },
}

thread_local! {
    static OPEN: RefCell<SortedMap<Key, Shared>> = RefCell::default();
}

pub(super) fn open(file: &Attachment) -> Task<Opened> {
    let state = working(file.size);
    let first = file.source.as_ref().and_then(|source| Some((source, *source.chunks.first()?)));
    let Some((source, first)) = first else {
        end(state, Err(FileFailure::Broken("nobody knows where it is".to_owned())));
        return Task::new(state, || ());
    };
    let wanted = match file.content_type.split('/').next() {
        Some("image") if file.shown => Wanted::Picture,
        Some("video") if file.shown => Wanted::Video,
        _ => Wanted::Anything,
    };
    let (key, user) = ((first, wanted), urls::number());
    if Owner::current().is_some() {
        on_cleanup(move || leave(key, user));
    }
    if !joins(key, user, state) {
        let asked = host::ask(&Ask::Open { source: source.clone(), wanted }, &JsValue::NULL, move |answer, thing| {
            hear(key, answer, thing);
        });
        let coming = Shared::Coming { asked: Some(asked), by: vec![(user, state)] };
        OPEN.with_borrow_mut(|open| open.insert(key, coming));
    }
    Task::new(state, move || stop(key, user))
}

/// Whether others have asked for it before.
fn joins(key: Key, user: u64, state: State<Opened>) -> bool {
    let here = OPEN.with_borrow_mut(|open| {
        Some(match open.get_mut(&key)? {
            Shared::Coming { by, .. } => {
                by.push((user, state));
                None
            }
            Shared::Here { opened, by } => {
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

fn hear(key: Key, answer: Answer, thing: JsValue) {
    if let Answer::Working { done, total } = answer {
        let by = OPEN.with_borrow(|open| match open.get(&key) {
            Some(Shared::Coming { by, .. }) => by.clone(),
            _ => Vec::new(),
        });
        for (_, state) in by {
            let _gone = state.try_set(TaskState::Working { done, total });
        }
        return;
    }
    let Some(Shared::Coming { by, .. }) = OPEN.with_borrow_mut(|open| open.remove(&key)) else { return };
    // All who asked may have gone: then it needs no address.
    if by.is_empty() {
        return;
    }
    let outcome = match answer {
        Answer::Opened { kind } => addressed(kind, thing),
        other => Err(failure(other)),
    };
    if let Ok(opened) = &outcome {
        let here = Shared::Here { opened: opened.clone(), by: by.iter().map(|(user, _)| *user).collect() };
        OPEN.with_borrow_mut(|open| open.insert(key, here));
    }
    for (_, state) in by {
        end(state, outcome.clone());
    }
}

fn addressed(kind: Kind, thing: JsValue) -> Result<Opened, FileFailure> {
    let none = || FileFailure::Broken("no bytes came along".to_owned());
    let blob: Blob = thing.dyn_into().map_err(|_| none())?;
    let url = urls::create(&blob).ok_or_else(none)?;
    Ok(Opened { url, kind, blob })
}

/// Who asked is gone. What is on its way comes all the same, into the store.
fn leave(key: Key, user: u64) {
    let unused = OPEN.with_borrow_mut(|open| {
        let last = match open.get_mut(&key)? {
            Shared::Coming { by, .. } => {
                by.retain(|(other, _)| *other != user);
                false
            }
            Shared::Here { by, .. } => {
                by.retain(|other| *other != user);
                by.is_empty()
            }
        };
        last.then(|| open.remove(&key)).flatten()
    });
    if let Some(Shared::Here { opened, .. }) = unused {
        urls::revoke(&opened.url);
    }
}

/// One of those who asked wants it no more. The last of them ends it.
fn stop(key: Key, user: u64) {
    let (state, last) = OPEN.with_borrow_mut(|open| match open.get_mut(&key) {
        Some(Shared::Coming { asked, by }) if by.len() == 1 && by[0].0 == user => (None, asked.clone()),
        Some(Shared::Coming { by, .. }) => {
            let at = by.iter().position(|(other, _)| *other == user);
            (at.map(|at| by.remove(at).1), None)
        }
        _ => (None, None),
    });
    if let Some(state) = state {
        end(state, Err(FileFailure::Cancelled));
    }
    // It says itself how it ended.
    if let Some(asked) = last {
        asked.cancel();
    }
}
