//! A task of the file worker, as a view follows it.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::FileFailure;
use super::host;
use crate::filing::{Answer, Ask};

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState<T> {
    Working { done: u64, total: u64 },
    Done(T),
    Failed(FileFailure),
}

/// The state of a task, which its view tracks.
pub type State<T> = RwSignal<TaskState<T>, LocalStorage>;

/// A task under way, or over. To let go of it does not stop it.
pub struct Task<T: 'static> {
    pub state: State<T>,
    stop: StoredValue<Rc<dyn Fn()>, LocalStorage>,
}

impl<T> Clone for Task<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Task<T> {}

impl<T> Task<T> {
    /// Over a state that somebody sets; `stop` is called when it is cancelled.
    pub fn new(state: State<T>, stop: impl Fn() + 'static) -> Self {
        Self { state, stop: StoredValue::new_local(Rc::new(stop)) }
    }

    /// Stops it, unless it is over.
    pub fn cancel(self) {
        if let Some(stop) = self.stop.try_get_value() {
            stop();
        }
    }
}

pub(super) fn working<T: 'static>(total: u64) -> State<T> {
    RwSignal::new_local(TaskState::Working { done: 0, total })
}

/// Ends a task; nothing where nobody looks at it any more.
pub(super) fn end<T: 'static>(state: State<T>, outcome: Result<T, FileFailure>) {
    let _gone = state.try_set(match outcome {
        Ok(value) => TaskState::Done(value),
        Err(failure) => TaskState::Failed(failure),
    });
}

/// What an answer that is none of those asked for comes to.
pub(super) fn failure(answer: Answer) -> FileFailure {
    match answer {
        Answer::Failed { why } => why,
        _ => FileFailure::Broken("the file worker answered something else".to_owned()),
    }
}

/// What takes the answers of a task.
pub(super) fn hears<T: 'static>(
    state: State<T>,
    read: impl Fn(Answer, JsValue) -> Option<T> + 'static,
) -> impl Fn(Answer, JsValue) + 'static {
    move |answer, thing| match answer {
        Answer::Working { done, total } => {
            let _gone = state.try_set(TaskState::Working { done, total });
        }
        Answer::Failed { why } => end(state, Err(why)),
        other => end(state, read(other, thing).ok_or_else(|| failure(Answer::Done))),
    }
}

/// Asks at once.
pub(super) fn run<T: 'static>(
    total: u64,
    ask: &Ask,
    thing: &JsValue,
    read: impl Fn(Answer, JsValue) -> Option<T> + 'static,
) -> Task<T> {
    let state = working(total);
    let asked = host::ask(ask, thing, hears(state, read));
    Task::new(state, move || asked.cancel())
}

/// What stops a task.
pub(super) type Stop = Rc<dyn Fn()>;
/// Begins a task.
pub(super) type Begin<T> = Box<dyn FnOnce(State<T>) -> Stop>;

/// To ask for this.
pub(super) fn asks<T: 'static>(
    ask: Ask,
    thing: JsValue,
    read: impl Fn(Answer, JsValue) -> Option<T> + 'static,
) -> Begin<T> {
    Box::new(move |state| {
        let asked = host::ask(&ask, &thing, hears(state, read));
        Rc::new(move || asked.cancel())
    })
}

/// Begins once it is known with what. Stopped before that it does not begin, and what comes before is let go of where it stands.
pub(super) fn run_after<T: 'static>(
    total: u64,
    before: impl Future<Output = Result<Begin<T>, FileFailure>> + 'static,
) -> Task<T> {
    enum Step {
        /// What comes before is let go of with this.
        Before(#[expect(dead_code, reason = "held, not looked at")] oneshot::Sender<()>),
        Begun(Stop),
        Stopped,
    }
    let state = working(total);
    let (goes_on, stopped) = oneshot::channel();
    let step = Rc::new(RefCell::new(Step::Before(goes_on)));
    let now = step.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let known = match select(Box::pin(before), stopped).await {
            Either::Left((known, _)) if !matches!(*now.borrow(), Step::Stopped) => known,
            _ => return,
        };
        let next = match known {
            Ok(begin) => Step::Begun(begin(state)),
            Err(failure) => {
                end(state, Err(failure));
                Step::Stopped
            }
        };
        *now.borrow_mut() = next;
    });
    Task::new(state, move || {
        let begun = match &mut *step.borrow_mut() {
            Step::Begun(stop) => Some(stop.clone()),
            Step::Stopped => return,
            step => {
                *step = Step::Stopped;
                None
            }
        };
        match begun {
            Some(stop) => stop(),
            None => end(state, Err(FileFailure::Cancelled)),
        }
    })
}
