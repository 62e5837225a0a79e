//! Hears what a page asks, and has each task done beside the others.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use futures::{
    channel::oneshot,
    future::{Either, select},
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use xchat_engine::api::SortedMap;

use super::archive::Archive;
use super::task::Task;
use crate::filing::{Answer, Ask, Letter};

/// The page's tasks.
pub struct Desk {
    archive: Archive,
    reply: Rc<dyn Fn(&JsValue)>,
    /// What is under way, and how to stop it.
    tasks: RefCell<SortedMap<u32, oneshot::Sender<()>>>,
    this: Weak<Self>,
}

impl Desk {
    /// `reply` posts a message to the page.
    pub fn new(archive: Archive, reply: impl Fn(&JsValue) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|this| Self { archive, reply: Rc::new(reply), tasks: RefCell::default(), this: this.clone() })
    }

    /// Takes a message of the page.
    pub fn hear(&self, message: &JsValue) {
        let Some(Letter { task, says, thing }) = Letter::<Ask>::of_js(message) else {
            panic!("page and file worker are not of one build");
        };
        if says == Ask::Cancel {
            let stop = self.tasks.borrow_mut().remove(&task);
            // One that is over has nobody to hear it.
            let _heard = stop.is_some_and(|stop| stop.send(()).is_ok());
            return;
        }
        let Some(this) = self.this.upgrade() else { return };
        let (stop, stopped) = oneshot::channel();
        self.tasks.borrow_mut().insert(task, stop);
        spawn_local(async move {
            let (answer, thing) = this.done(task, says, thing, stopped).await;
            this.tasks.borrow_mut().remove(&task);
            (this.reply)(&Letter { task, says: answer, thing }.to_js());
        });
    }

    async fn done(&self, task: u32, ask: Ask, thing: JsValue, stopped: oneshot::Receiver<()>) -> (Answer, JsValue) {
        let reply = self.reply.clone();
        let progress = Rc::new(Task::new(move |says| reply(&Letter { task, says, thing: JsValue::NULL }.to_js())));
        let work = Box::pin(self.archive.answer(&progress, ask, thing));
        // Who is not waited for any more is dropped where it stands.
        let outcome = match select(work, stopped).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(progress.stopped()),
        };
        match outcome {
            Ok(answer) => answer,
            Err(why) => {
                progress.take_back(&self.archive.store).await;
                (Answer::Failed { why }, JsValue::NULL)
            }
        }
    }
}
