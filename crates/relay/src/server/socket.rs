//! One connection's task: carries messages between its socket and its session, and jobs to the writer.
//!
//! It never waits for the socket alone: notes from the writer are taken at once, so that what a slow reader costs is
//! bounded by its session's queue.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use xchat_wire::{Challenge, Goodbye, Refusal, Reply, Request};

use super::guard::Seat;
use super::{Counted, Shared};
use crate::hub::{Note, Sender};
use crate::session::{Errand, Job, Session, Wanted};
use crate::share::Room;
use crate::store::{Write, day_of, refused};

/// How often silence and stalls are looked for.
const TICK: Duration = Duration::from_secs(5);
/// How long a reader may take nothing of what waits for it.
const STALL: Duration = Duration::from_secs(30);
/// How long an ended connection may take to read its goodbye and to close.
const LINGER: Duration = Duration::from_secs(3);

struct Connection {
    shared: Arc<Shared>,
    session: Session,
    sink: SplitSink<WebSocket, Message>,
    stream: SplitStream<WebSocket>,
    sender: Sender,
    notes: mpsc::UnboundedReceiver<Note>,
    /// Something was handed to the socket and may still be in its buffer.
    unflushed: bool,
    moved_at: Instant,
    seat: Arc<Seat>,
    /// A write that waits until its network address has room in the writer's queue. Nothing is received meanwhile, and no job is
    /// released by the outcome of another one, since this one is under way too.
    parked: Option<Box<Parked>>,
    /// A first frame has come.
    heard: bool,
    /// A frame that came while the relay could not be sure to know what the others of its cluster know: an answer would be old.
    held: Option<Bytes>,
    _counted: Counted,
}

struct Parked {
    job: Job,
    room: Pin<Box<dyn Future<Output = Room> + Send>>,
}

/// Why the task ends without another word.
struct Gone;

/// Drives a connection from its welcome to its end.
pub(super) async fn run(socket: WebSocket, shared: Arc<Shared>, origin: Arc<str>, seat: Arc<Seat>) {
    let mut challenge = [0; 32];
    if let Err(error) = getrandom::fill(&mut challenge) {
        tracing::error!(%error, "no randomness for a challenge");
        return;
    }
    let metrics = shared.metrics.clone();
    metrics.open.add(1);
    metrics.connections.add(1);
    tracing::debug!("a connection begins");
    let (sink, stream) = socket.split();
    let (sender, notes) = Sender::new(shared.next_connection.fetch_add(1, Ordering::Relaxed));
    let (now, time) = (shared.clock.steady(), shared.clock.wall());
    let session = Session::new(origin, Challenge::new(challenge), seat.proved().clone(), now, time);
    let mut connection = Connection {
        _counted: shared.count(),
        seat,
        parked: None,
        heard: false,
        held: None,
        shared,
        session,
        sink,
        stream,
        sender,
        notes,
        unflushed: false,
        moved_at: Instant::now(),
    };
    if connection.converse().await.is_ok() {
        _ = tokio::time::timeout(LINGER, connection.part()).await;
    }
    connection.forget();
    metrics.open.subtract(1);
    tracing::debug!("a connection ends");
}

impl Connection {
    /// Until the session is closed or the socket is.
    async fn converse(&mut self) -> Result<(), Gone> {
        let mut stop = self.shared.stop.clone();
        // The first of them comes when the first frame must have come.
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + self.shared.first_frame, TICK);
        let mut stopping = false;
        while !self.session.is_closed() {
            self.follow_interest();
            self.run_errands();
            let damaged = self.session.pump(&self.shared.store);
            self.shared.metrics.damaged.add(damaged.into());
            if stopping && self.session.under_way() == 0 {
                self.session.stop();
                break;
            }
            let (output, pump) = (self.session.has_output(), self.session.wants_pump());
            let receive = self.session.may_receive() && self.parked.is_none() && !stopping;
            let flush = self.unflushed && !output;
            tokio::select! {
                note = self.notes.recv() => self.take(note.ok_or(Gone)?),
                ready = socket_moves(&mut self.sink, output), if output || flush => {
                    ready?;
                    self.hand_over(output).await?;
                }
                message = self.stream.next(), if receive && self.held.is_none() => self.hear(message.ok_or(Gone)?)?,
                () = self.shared.elsewhere.fresh(), if self.held.is_some() => self.resume(),
                room = room_for(&mut self.parked) => self.unpark(room),
                _ = stop.changed(), if !stopping => stopping = true,
                _ = ticks.tick() => self.tick(),
                () = tokio::task::yield_now(), if pump => {}
            }
        }
        Ok(())
    }

    /// Registers what the session listens to, before it reads history, so that nothing falls between the two.
    fn follow_interest(&mut self) {
        for (address, begins) in self.session.take_interest() {
            match begins {
                true => self.shared.hub.listen(address, &self.sender),
                false => self.shared.hub.leave(&address, &self.sender),
            }
        }
    }

    fn run_errands(&mut self) {
        for errand in self.session.take_errands() {
            match errand {
                Errand::Signal(signal) => {
                    self.shared.metrics.signals.add(1);
                    self.shared.elsewhere.signal(&signal.frame);
                    self.shared.hub.signal(signal, Some(&self.sender));
                }
                Errand::Grant(request, wanted) => {
                    let size = wanted.size;
                    if let Some(reply) = self.grant(request, wanted) {
                        self.granted(request, size, reply);
                    }
                }
                Errand::Use(kept, address, day) if day_of(self.shared.clock.wall()) > day => {
                    self.shared.writer.aside(Write::Use { kept, address });
                }
                Errand::Use(..) => {}
                Errand::Turn(request) => {
                    let reply = self.turn();
                    self.session.answered(request, reply);
                }
            }
        }
    }

    /// None: the answer comes by a note.
    fn grant(&self, request: Request, wanted: Wanted) -> Option<Reply> {
        let Some(blobs) = &self.shared.blobs else { return Some(refused(Refusal::NotOffered)) };
        let now = self.shared.clock.steady();
        match self.seat.pay_grant(now) {
            Ok(()) if !self.seat.may_upload(wanted.size, now) => {
                self.shared.metrics.limited.add(1);
                Some(refused(Refusal::Full))
            }
            Ok(()) if blobs.may_be_claimed(&wanted) => {
                let (blobs, back, seat) = (blobs.clone(), self.sender.clone(), self.seat.clone());
                tokio::spawn(async move {
                    let reply = blobs.claim(&wanted, now).await;
                    refund(&seat, wanted.size, &reply);
                    back.send(Note::Granted(Box::new((request, wanted.size, reply))));
                });
                None
            }
            Ok(()) => {
                let reply = blobs.grant(&wanted, now);
                refund(&self.seat, wanted.size, &reply);
                Some(reply)
            }
            Err(wait) => {
                self.shared.metrics.limited.add(1);
                Some(busy(wait))
            }
        }
    }

    fn granted(&mut self, request: Request, size: u64, reply: Reply) {
        if matches!(reply, Reply::Refused { .. }) {
            self.session.not_granted(size);
        }
        let job = self.session.granted(request, reply, &self.shared.store);
        self.submit(job);
    }

    fn turn(&self) -> Reply {
        let Some(turn) = &self.shared.turn else { return refused(Refusal::NotOffered) };
        let mut random = [0; 8];
        match getrandom::fill(&mut random) {
            Ok(()) => turn.credentials(self.shared.clock.wall(), random),
            Err(error) => {
                tracing::error!(%error, "no randomness for TURN credentials");
                refused(Refusal::Internal)
            }
        }
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Event(event) => self.session.published(&event),
            Note::Signal(signal) => self.session.signalled(&signal),
            Note::Done(done) => {
                let (pending, reply) = *done;
                let job = self.session.complete(pending, reply, &self.shared.store);
                self.submit(job);
            }
            Note::Granted(granted) => {
                let (request, size, reply) = *granted;
                self.granted(request, size, reply);
            }
        }
    }

    fn hear(&mut self, message: Result<Message, axum::Error>) -> Result<(), Gone> {
        match message {
            Ok(Message::Binary(bytes)) => {
                self.heard = true;
                self.shared.metrics.frames_in.add(1);
                self.held = Some(bytes);
                if self.shared.elsewhere.is_fresh() {
                    self.resume();
                }
            }
            // Pings are answered by the WebSocket layer.
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => return Err(Gone),
            // Too large, or no WebSocket any more; in the first case the client may still hear why.
            Ok(Message::Text(_)) | Err(_) => self.session.receive_garbage(),
        }
        Ok(())
    }

    /// Gives the session what was held back for it.
    fn resume(&mut self) {
        let Some(bytes) = self.held.take() else { return };
        let job = self.session.receive(&bytes, self.shared.clock.steady(), &self.shared.store);
        self.submit(job);
    }

    fn submit(&mut self, job: Option<Job>) {
        let Some(job) = job else { return };
        if let Err(wait) = self.seat.pay(&job.write, self.shared.clock.steady()) {
            self.shared.metrics.limited.add(1);
            // What comes behind a release does not depend on it.
            if let Write::ReleaseBlob { .. } = job.write {
                let next = self.session.complete(job.pending, busy(wait), &self.shared.store);
                return self.submit(next);
            }
            self.session.too_much(&job.pending, u32::try_from(wait).unwrap_or(u32::MAX));
            return;
        }
        if !self.seat.may_store(&job.write, self.shared.clock.steady()) {
            self.shared.metrics.limited.add(1);
            let next = self.session.complete(job.pending, refused(Refusal::Full), &self.shared.store);
            return self.submit(next);
        }
        let (share, bytes) = (self.seat.share(), job.write.size());
        match share.try_room(bytes) {
            Some(room) => self.queue(job, room),
            None => self.parked = Some(Box::new(Parked { job, room: Box::pin(share.room(bytes)) })),
        }
    }

    fn unpark(&mut self, room: Room) {
        if let Some(parked) = self.parked.take() {
            self.queue(parked.job, room);
        }
    }

    fn queue(&mut self, job: Job, room: Room) {
        if let Err(pending) = self.shared.writer.submit(job, &self.sender, room) {
            self.session.busy(&pending);
        }
    }

    /// The socket has moved: hands it frames while it takes them, or notes that it has sent all that it had.
    async fn hand_over(&mut self, output: bool) -> Result<(), Gone> {
        self.moved_at = Instant::now();
        self.unflushed = output;
        while let Some(frame) = self.session.pop_output() {
            self.send(frame)?;
            match poll_fn(|cx| Poll::Ready(self.sink.poll_ready_unpin(cx))).await {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Err(Gone),
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    fn send(&mut self, frame: Bytes) -> Result<(), Gone> {
        self.sink.start_send_unpin(Message::Binary(frame)).map_err(|_| Gone)?;
        self.shared.metrics.frames_out.add(1);
        self.unflushed = true;
        self.moved_at = Instant::now();
        Ok(())
    }

    fn tick(&mut self) {
        self.session.tick(self.shared.clock.steady());
        if !self.heard {
            self.session.goodbye(Goodbye::Slow);
        }
        let waits = self.unflushed || self.session.has_output();
        if waits && self.moved_at.elapsed() > STALL {
            self.session.goodbye(Goodbye::Slow);
        }
    }

    /// Sends what is left, the goodbye at its end, and waits for the client to close.
    async fn part(&mut self) -> Result<(), Gone> {
        while let Some(frame) = self.session.pop_output() {
            poll_fn(|cx| self.sink.poll_ready_unpin(cx)).await.map_err(|_| Gone)?;
            self.send(frame)?;
        }
        self.sink.send(Message::Close(None)).await.map_err(|_| Gone)?;
        // Closing a socket with unread bytes in it would reset it and could take the goodbye away.
        while let Some(Ok(_)) = self.stream.next().await {}
        Ok(())
    }

    fn forget(&mut self) {
        // What was given up last may not have been followed.
        self.follow_interest();
        self.session.listens_to().for_each(|address| self.shared.hub.leave(address, &self.sender));
    }
}

fn busy(wait: u64) -> Reply {
    refused(Refusal::Busy { retry_after_ms: u32::try_from(wait).unwrap_or(u32::MAX) })
}

/// What was not granted after all does not count as uploaded.
fn refund(seat: &Seat, size: u64, reply: &Reply) {
    if matches!(reply, Reply::Refused { .. }) {
        seat.not_uploaded(size);
    }
}

/// Done when the write that waits has room; never while none waits.
async fn room_for(parked: &mut Option<Box<Parked>>) -> Room {
    match parked {
        Some(parked) => parked.room.as_mut().await,
        None => pending().await,
    }
}

/// Done when the socket takes another frame, or, with nothing to hand over, when it has sent what it had.
async fn socket_moves(sink: &mut SplitSink<WebSocket, Message>, output: bool) -> Result<(), Gone> {
    let moved = match output {
        true => poll_fn(|cx| sink.poll_ready_unpin(cx)).await,
        false => sink.flush().await,
    };
    moved.map_err(|_| Gone)
}
