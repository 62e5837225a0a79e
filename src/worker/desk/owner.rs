//! Who owns the device: taking it, losing it, failing at it, and showing it.

use wasm_bindgen_futures::spawn_local;
use xchat_engine::{
    Input,
    api::{Event, StorageProblem},
    card::Origin,
};

use super::{Desk, Inbound, Mode, damaged, put, told};
use crate::{
    link::PortId,
    worker::{
        db::{self, Db, DbError},
        device::{Device, Unfed},
        lock::{Ask, Lock, WRITER},
    },
};

impl Desk {
    /// Tries again, or takes over; if it worked, every page gets the whole picture.
    pub(super) async fn take_over(&mut self, ask: Ask) {
        self.troubled = false;
        self.begin(ask).await;
        self.greet(None).await;
        if let Mode::Owner(device) = &self.mode {
            self.socket.start();
            if device.db().writes() {
                self.pages.tell_all(&Event::StorageFine);
            }
        }
    }

    /// Takes the lock and opens the database. Afterwards the mode says how that went.
    pub(super) async fn begin(&mut self, ask: Ask) {
        if self.lock.is_none() {
            match Lock::take(WRITER, ask).await {
                Ok(Some(lock)) => self.hold(lock),
                Ok(None) => return self.mode = Mode::Elsewhere,
                Err(error) => {
                    let event = Event::Storage { problem: StorageProblem::Unavailable, detail: error.to_string() };
                    return self.mode = Mode::Broken(Box::new(event));
                }
            }
        }
        // Links, cards and proofs name the origin: a page that has none (a file, say) cannot be reached by anyone.
        let Ok(origin) = Origin::parse(&self.origin) else {
            let detail = format!("no origin: {}", self.origin);
            return self.mode = Mode::Broken(Box::new(Event::Fatal { detail }));
        };
        self.mode = match Db::open(db::NAME).await {
            Ok(db) => Mode::Owner(Box::new(Device::new(origin, db))),
            Err(error) => Mode::Broken(Box::new(told(&error))),
        };
    }

    fn hold(&mut self, mut lock: Lock) {
        self.turn += 1;
        if let Some(lost) = lock.lost() {
            let (queue, turn) = (self.queue.clone(), self.turn);
            spawn_local(async move {
                if lost.await {
                    put(&queue, Inbound::LockLost(turn));
                }
            });
        }
        self.lock = Some(lock);
    }

    /// Somebody else owns the device now.
    pub(super) fn lose(&mut self) {
        self.lock = None;
        self.rest(Mode::Elsewhere);
        self.pages.tell_all(&Event::Elsewhere);
    }

    pub(super) fn broken(&mut self, event: Event) {
        self.pages.tell_all(&event);
        self.rest(Mode::Broken(Box::new(event)));
    }

    fn rest(&mut self, mode: Mode) {
        self.mode = mode;
        self.socket.stop();
        self.alarm.clear();
    }

    /// The whole picture, for one page or for all.
    pub(super) async fn greet(&mut self, page: Option<PortId>) {
        let event = match &self.mode {
            Mode::Owner(_) => return self.show(page).await,
            Mode::Asleep | Mode::Elsewhere => Event::Elsewhere,
            Mode::Broken(event) => Event::clone(event),
        };
        self.tell(page, &event);
    }

    async fn show(&mut self, page: Option<PortId>) {
        let _fed = self.feed(Input::Attach, page).await;
        if let Mode::Owner(device) = &self.mode {
            for detail in device.damages() {
                self.tell(page, &damaged(detail));
            }
            if !device.db().writes() {
                let detail = "there was no room to become the writer".to_owned();
                self.tell(page, &Event::Storage { problem: StorageProblem::Full, detail });
            }
        }
    }

    pub(super) fn tell(&self, page: Option<PortId>, event: &Event) {
        match page {
            Some(page) => self.pages.tell(page, event),
            None => self.pages.tell_all(event),
        }
    }

    /// The database failed: the engine starts afresh from what is stored, the connection too, and the pages are told.
    /// What was asked for has not happened, and they get the whole picture without it.
    pub(super) async fn failed(&mut self, error: DbError) {
        let Mode::Owner(device) = &mut self.mode else { return };
        if matches!(error, DbError::Fenced) {
            return self.lose();
        }
        self.pages.tell_all(&told(&error));
        self.troubled = true;
        self.alarm.clear();
        self.socket.restart();
        device.start_afresh();
        match device.feed(Input::Attach).await {
            Ok(fed) => self.carry_out(fed.effects, fed.wrote, None),
            Err(Unfed::Db(DbError::Fenced)) => self.lose(),
            Err(Unfed::Db(error)) => self.broken(told(&error)),
            Err(Unfed::Unreadable(problem, detail)) => self.broken(Event::Storage { problem, detail }),
        }
    }
}
