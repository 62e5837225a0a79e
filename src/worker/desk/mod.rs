//! The worker's desk: one queue of all that happens, taken one by one; who owns the device; and who is told what.

mod owner;
mod step;

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use js_sys::Reflect;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::EventTarget;
use xchat_engine::{
    BlobCame, Input,
    api::{ChatId, Command, Event, MAX_PAGE, StorageProblem, StoredView},
};
use xchat_wire::{BlobHash, SOCKET_PATH};

use super::{
    alarm::Alarm,
    db::DbError,
    device::{Device, now},
    lock::{Ask, Lock},
    route::Routes,
    socket::{Happened, Socket},
};
use crate::link::{FromPage, PortId, Ports};

/// What can be on the queue.
enum Inbound {
    Page(FromPage),
    /// The socket has something to take.
    Socket,
    /// The alarm has rung.
    Alarm,
    /// What came of a blob.
    Blob(BlobCame),
    /// So many bytes of a chunk are on their way.
    Sending(BlobHash, u64),
    /// The lock that was taken as the n-th is somebody else's.
    LockLost(u64),
    /// The browser has a network again.
    Network,
}

/// Who owns the device.
enum Mode {
    /// Nobody has asked yet.
    Asleep,
    /// This worker.
    Owner(Box<Device>),
    /// Another.
    Elsewhere,
    /// Nobody can: this is what the pages were told. Each further command is a new attempt.
    Broken(Box<Event>),
}

struct Desk {
    origin: String,
    queue: UnboundedSender<Inbound>,
    pages: Ports,
    /// How many have come and not gone, as far as the queue was taken.
    here: usize,
    routes: Routes,
    socket: Socket,
    alarm: Alarm,
    lock: Option<Lock>,
    /// How many locks were taken.
    turn: u64,
    mode: Mode,
    /// The pages were told of a failed write and not yet that it is over.
    troubled: bool,
}

/// Opens the desk, which works for as long as the worker lives, on behalf of the pages that it gives back.
pub(super) fn open() -> Ports {
    let (queue, inbox) = unbounded();
    let pages = Ports::new({
        let queue = queue.clone();
        move |said| put(&queue, Inbound::Page(said))
    });
    let origin = origin();
    let desk = Desk {
        socket: Socket::new(socket_url(&origin), bell(&queue, || Inbound::Socket)),
        alarm: Alarm::new(bell(&queue, || Inbound::Alarm)),
        origin,
        pages: pages.clone(),
        here: 0,
        routes: Routes::default(),
        lock: None,
        turn: 0,
        mode: Mode::Asleep,
        troubled: false,
        queue: queue.clone(),
    };
    watch_network(bell(&queue, || Inbound::Network));
    spawn_local(desk.work(inbox));
    pages
}

impl Desk {
    async fn work(mut self, mut inbox: UnboundedReceiver<Inbound>) {
        while let Some(inbound) = inbox.next().await {
            match inbound {
                Inbound::Page(FromPage::Attached(page)) => self.attached(page).await,
                Inbound::Page(FromPage::Said(page, command)) => self.said(page, command).await,
                Inbound::Page(FromPage::Left(page)) => {
                    self.here -= 1;
                    self.routes.left(page);
                }
                Inbound::Socket => self.happened().await,
                Inbound::Alarm => self.rung().await,
                Inbound::Blob(came) => _ = self.feed(Input::Blob(came), None).await,
                Inbound::Sending(chunk, bytes) => self.pages.tell_all(&Event::Sending { chunk, bytes }),
                Inbound::LockLost(turn) if turn == self.turn => self.lose(),
                Inbound::LockLost(_) => {}
                Inbound::Network => self.socket.hurry(),
            }
        }
    }

    async fn attached(&mut self, page: PortId) {
        self.here += 1;
        if matches!(self.mode, Mode::Asleep | Mode::Broken(_)) {
            self.begin(Ask::Free).await;
        }
        self.greet(Some(page)).await;
        if matches!(self.mode, Mode::Owner(_)) {
            self.socket.start();
        }
    }

    async fn said(&mut self, page: PortId, command: Command) {
        match (&self.mode, &command) {
            (Mode::Elsewhere, Command::UseHere) => return self.take_over(Ask::Steal).await,
            (Mode::Elsewhere | Mode::Asleep, _) => return self.pages.tell(page, &Event::Elsewhere),
            (Mode::Broken(_), Command::UseHere) => return self.take_over(Ask::Steal).await,
            (Mode::Broken(_), _) => self.take_over(Ask::Free).await,
            (Mode::Owner(_), _) => {}
        }
        match command {
            Command::UseHere => self.greet(Some(page)).await,
            Command::Reconnect => self.socket.hurry(),
            Command::Load { chat, before, limit } => {
                let Mode::Owner(device) = &self.mode else { return };
                match device.db().page(chat, before, limit.min(MAX_PAGE)).await {
                    Ok(history) => {
                        if let Some(damage) = history.damaged {
                            self.pages.tell(page, &told(&damage));
                        }
                        let input = Input::Page { chat, rows: history.rows, more: history.more, before };
                        let _fed = self.feed(input, Some(page)).await;
                    }
                    Err(error) => self.failed(error).await,
                }
            }
            Command::Storage { chats } => self.measure(page, chats).await,
            command => {
                if matches!(command, Command::OpenLink { .. } | Command::OpenInvite { .. } | Command::OpenNotes) {
                    self.routes.opening(page);
                }
                let tag = command.tag();
                let fed = self.feed(Input::Command(command), Some(page)).await;
                if let Some(tag) = tag.filter(|_| !fed) {
                    self.pages.tell(page, &Event::NotWritten { tag, problem: None });
                }
            }
        }
    }

    /// Tells a page what conversations take.
    async fn measure(&mut self, page: PortId, chats: Vec<ChatId>) {
        let mut sizes = Vec::new();
        for chat in chats {
            let Mode::Owner(device) = &self.mode else { return };
            match device.db().size(chat).await {
                Ok((messages, bytes)) => sizes.push(StoredView { chat, messages, bytes }),
                Err(error) => return self.failed(error).await,
            }
        }
        self.pages.tell(page, &Event::Stored { chats: sizes });
    }

    async fn happened(&mut self) {
        let input = match self.socket.take() {
            None => return,
            Some(Happened::Connecting) => Input::Connecting,
            Some(Happened::Frames(frames)) => Input::Frames(frames),
            Some(Happened::Ended) => Input::Disconnected,
            Some(Happened::Garbled) => Input::Garbled,
        };
        let _fed = self.feed(input, None).await;
    }

    async fn rung(&mut self) {
        if self.alarm.due(now()) {
            let _fed = self.feed(Input::Tick, None).await;
        }
    }
}

fn told(error: &DbError) -> Event {
    Event::Storage { problem: error.problem(), detail: error.to_string() }
}

fn damaged(detail: &str) -> Event {
    Event::Storage { problem: StorageProblem::Damaged, detail: detail.to_owned() }
}

fn put(queue: &UnboundedSender<Inbound>, inbound: Inbound) {
    // The queue is closed only when the desk is gone, and the desk lives as long as the worker.
    let _queued = queue.unbounded_send(inbound);
}

fn bell(queue: &UnboundedSender<Inbound>, inbound: fn() -> Inbound) -> impl Fn() + 'static {
    let queue = queue.clone();
    move || put(&queue, inbound())
}

/// The relay's origin: the one that served this worker.
fn origin() -> String {
    let location = Reflect::get(&js_sys::global(), &"location".into());
    let origin = location.and_then(|location| Reflect::get(&location, &"origin".into()));
    origin.ok().and_then(|origin| origin.as_string()).unwrap_or_default()
}

/// `http` becomes `ws`, `https` becomes `wss`.
fn socket_url(origin: &str) -> String {
    format!("ws{}{SOCKET_PATH}", origin.strip_prefix("http").unwrap_or_default())
}

fn watch_network(then: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(then).into_js_value();
    let scope: EventTarget = js_sys::global().unchecked_into();
    let _added = scope.add_event_listener_with_callback("online", closure.unchecked_ref());
}
