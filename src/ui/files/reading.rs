//! A stretch of a file that is read. To let go of it stops it.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use xchat_files::FileSource;

use super::FileFailure;
use super::host::{self, Asked};
use super::task::failure;
use crate::filing::{Answer, Ask};

pub(super) struct Reading {
    asked: Asked,
    over: Rc<Cell<bool>>,
    comes: oneshot::Receiver<Result<Blob, FileFailure>>,
}

impl Reading {
    /// Begins at once. `moves` hears up to which byte it is, as far as that is known.
    pub(super) fn of(source: &FileSource, stretch: Range<u64>, saves: bool, moves: impl Fn(u64) + 'static) -> Self {
        let (send, comes) = oneshot::channel();
        let (send, over) = (RefCell::new(Some(send)), Rc::new(Cell::new(false)));
        let ask = Ask::Read { source: source.clone(), from: stretch.start, to: stretch.end, saves };
        let ended = over.clone();
        let asked = host::ask(&ask, &JsValue::NULL, move |answer, thing| {
            let outcome = match answer {
                Answer::Working { done, total } => {
                    // A share of what lies sealed.
                    let share = done as f64 / total.max(1) as f64;
                    return moves(stretch.start + (share * stretch.end.saturating_sub(stretch.start) as f64) as u64);
                }
                Answer::Read => thing.dyn_into().map_err(|_| failure(Answer::Done)),
                other => Err(failure(other)),
            };
            ended.set(true);
            if let Some(send) = send.take() {
                let _gone = send.send(outcome);
            }
        });
        Self { asked, over, comes }
    }

    /// Waits until its bytes are here. Who asks for them then has them at once.
    pub(super) async fn is_here(&mut self) -> Result<(), FileFailure> {
        let bytes = self.comes().await?;
        let (send, comes) = oneshot::channel();
        let _waits = send.send(Ok(bytes));
        self.comes = comes;
        Ok(())
    }

    /// Its bytes, all of them.
    pub(super) async fn bytes(mut self) -> Result<Blob, FileFailure> {
        self.comes().await
    }

    async fn comes(&mut self) -> Result<Blob, FileFailure> {
        (&mut self.comes).await.unwrap_or(Err(FileFailure::Cancelled))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.over.get() {
            self.asked.cancel();
        }
    }
}
