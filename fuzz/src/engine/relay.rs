//! The relay when it is honest: everything that a device asks for is answered, and what it writes comes back.

use xchat_wire::{
    Address, ChainHash, ClientFrame, Epoch, Kind, LogState, PostId, PublicKey, Record, Reply, Request, Seq,
    ServerFrame, chain_start,
};

use super::{member::invite_link, play::Play};

impl Play {
    /// Answers until nothing is asked.
    pub fn honest(&mut self) {
        for _ in 0..12 {
            if !self.honest_once() {
                return;
            }
        }
    }

    pub(super) fn honest_once(&mut self) -> bool {
        if !self.device.connected {
            self.reconnect();
        }
        self.remember();
        let asked = std::mem::take(&mut self.asked);
        let frames: Vec<_> =
            asked.into_iter().flat_map(|(request, frame)| self.honest_answer(request, frame)).collect();
        let any = !frames.is_empty();
        self.frames(frames);
        any
    }

    fn honest_answer(&mut self, request: Request, frame: ClientFrame) -> Vec<ServerFrame> {
        let reply = |reply| ServerFrame::Reply { request, reply };
        match frame {
            ClientFrame::CreateInbox { .. } => vec![reply(Reply::Proved { log: None, packages: Some(1) })],
            ClientFrame::Subscribe { address, .. } => {
                vec![reply(Reply::Ok), ServerFrame::CaughtUp { address, head: self.head(&address) }]
            }
            ClientFrame::FillPool { packages, .. } => vec![reply(Reply::Pool { packages: packages.len() as u32 })],
            ClientFrame::Prove { address, epoch, .. } => {
                let epoch = if address == self.member.log { self.member.epoch() } else { epoch };
                let log = LogState { epoch, head: self.head(&address), first: Seq(1) };
                vec![reply(Reply::Proved { log: Some(log), packages: None })]
            }
            ClientFrame::CreateLog { log, .. } => {
                self.logs.entry(log).or_insert((Seq(0), chain_start(&log)));
                let log = LogState { epoch: Epoch(0), head: Seq(0), first: Seq(0) };
                vec![reply(Reply::Proved { log: Some(log), packages: None })]
            }
            ClientFrame::GetCell { cell, .. } if cell == invite_link().cell() => {
                vec![reply(Reply::Cell { version: 1, body: self.member.invite_cell().into() })]
            }
            ClientFrame::GetCell { .. } => {
                vec![reply(Reply::Cell { version: 1, body: self.member.cell().into() })]
            }
            ClientFrame::TakePackage { .. } => {
                vec![reply(Reply::Package { package: self.member.package(None).into(), last_resort: false })]
            }
            ClientFrame::Append { log, epoch, post, body, .. } => {
                self.echo(request, log, (Kind::Message, epoch, post, None), &body)
            }
            ClientFrame::Commit { log, epoch, post, body, next_key, .. } => {
                self.echo(request, log, (Kind::Commit, epoch, post, Some(next_key)), &body)
            }
            _ => vec![reply(Reply::Ok)],
        }
    }

    /// What the device wrote is accepted and comes back, if it is of the log's epoch.
    fn echo(
        &mut self,
        request: Request,
        log: Address,
        (kind, epoch, post, next_key): (Kind, Epoch, PostId, Option<PublicKey>),
        body: &[u8],
    ) -> Vec<ServerFrame> {
        let reply = |reply| ServerFrame::Reply { request, reply };
        let theirs = log == self.member.log;
        if theirs && epoch != self.member.epoch() {
            return vec![reply(Reply::Stale { epoch: self.member.epoch() })];
        }
        let record = match theirs {
            true => self.member.record_of(post, kind, epoch, body, next_key),
            false => next_record(
                self.logs.entry(log).or_insert((Seq(0), chain_start(&log))),
                post,
                kind,
                epoch,
                body,
                next_key,
            ),
        };
        if theirs && kind == Kind::Commit {
            self.member.hear(body);
        }
        vec![reply(Reply::Accepted { seq: record.seq }), ServerFrame::Record { address: log, record }]
    }

    pub(super) fn head(&self, address: &Address) -> Seq {
        match *address {
            address if address == self.member.log => self.member.head(),
            address if address == self.to().inbox => self.inbox.0,
            address => self.logs.get(&address).map_or(Seq(0), |(head, _)| *head),
        }
    }
}

pub(super) fn next_record(
    log: &mut (Seq, ChainHash),
    post: PostId,
    kind: Kind,
    epoch: Epoch,
    body: &[u8],
    next_key: Option<PublicKey>,
) -> Record {
    let previous = log.0;
    let seq = Seq(previous.0 + 1);
    let chain = log.1.extend(seq, epoch, kind, &post, next_key.as_ref(), body);
    *log = (seq, chain);
    Record { seq, previous, epoch, kind, post, time: 1_700_000_000_000, body: body.to_vec().into(), next_key, chain }
}

/// What a frame asks under, if it asks.
pub(super) fn request_of(frame: &ClientFrame) -> Option<Request> {
    match frame {
        ClientFrame::Prove { request, .. }
        | ClientFrame::CreateLog { request, .. }
        | ClientFrame::CreateInbox { request, .. }
        | ClientFrame::Subscribe { request, .. }
        | ClientFrame::Append { request, .. }
        | ClientFrame::Commit { request, .. }
        | ClientFrame::Deliver { request, .. }
        | ClientFrame::Acknowledge { request, .. }
        | ClientFrame::FillPool { request, .. }
        | ClientFrame::TakePackage { request, .. }
        | ClientFrame::PutCell { request, .. }
        | ClientFrame::GetCell { request, .. }
        | ClientFrame::Signal { request, .. }
        | ClientFrame::GrantBlob { request, .. }
        | ClientFrame::Turn { request }
        | ClientFrame::ReleaseBlob { request, .. } => Some(*request),
        ClientFrame::Credit { .. } | ClientFrame::Unsubscribe { .. } | ClientFrame::Ping => None,
    }
}
