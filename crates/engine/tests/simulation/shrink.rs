//! Runs histories, says how they fail, and makes failing ones short.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

use crate::{event::History, run::Simulation};

/// How a history failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The invariant in brackets, or where the code panicked: what stays the same while a history shrinks.
    pub kind: String,
    pub text: String,
}

thread_local! {
    /// Set while a history runs on this thread; then the failure of it.
    static CAUGHT: RefCell<Option<Option<Failure>>> = const { RefCell::new(None) };
}

/// A history's panics are its result and nothing to print; those of everything else go where they always go.
fn catch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let caught = CAUGHT.with_borrow_mut(|caught| {
                let Some(caught) = caught else { return false };
                let text = info.payload_as_str().unwrap_or("no words").to_owned();
                let named = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name);
                let place = || info.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
                let kind = named.map_or_else(place, str::to_owned);
                *caught = Some(Failure { kind, text });
                true
            });
            if !caught {
                before(info);
            }
        }));
    });
}

/// Replays a history, event by event, and checks what must be true after it.
pub fn replay(history: &History) -> Result<(), Failure> {
    catch_panics();
    CAUGHT.set(Some(None));
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut simulation = Simulation::new(history);
        for (number, event) in &history.events {
            simulation.apply(*number, *event);
        }
        simulation.check();
    }));
    let caught = CAUGHT.take().flatten();
    done.map_err(|_| caught.unwrap_or(Failure { kind: "lost".to_owned(), text: String::new() }))
}

/// Takes out of a history whatever it fails without (delta debugging): halves first, single events at the end.
pub fn shrink(mut history: History, fails: impl Fn(&History) -> bool) -> History {
    let mut size = history.events.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        let mut shorter = false;
        while from < history.events.len() {
            let to = (from + size).min(history.events.len());
            let mut less = history.clone();
            less.events.drain(from..to);
            if fails(&less) {
                history = less;
                shorter = true;
            } else {
                from = to;
            }
        }
        // At the smallest size until nothing goes any more: one event may have been needed by another that is gone by now.
        size = if size == 1 && shorter { 1 } else { size / 2 };
    }
    history
}
