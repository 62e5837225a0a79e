//! What each frame asks for: one function each. Sizes are checked first, then signatures, then rights.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, ClientFrame, Epoch, MAX_BODY, MAX_CELL, MAX_DELIVERY, MAX_PACKAGE, MAX_PACKAGES, MAX_WELCOMES, Post,
    PostId, Proof, PublicKey, Refusal, Reply, Request, Right, Seq, ServerFrame,
};

use super::{Errand, Grant, Job, Pending, Session, Wanted};
use crate::rights::Run;
use crate::store::{Commit, Delivery, Filling, Kept, LogRow, Store, StoreError, Write, denied, refused, same_key};

impl Session {
    /// Answers a frame, or says what is to be written for it.
    pub(super) fn handle(&mut self, frame: ClientFrame, store: &Store) -> Option<Job> {
        match frame {
            ClientFrame::Prove { request, right, address, epoch, proof } => {
                let reply = self.prove(right, address, epoch, &proof, store);
                self.answer(request, reply)
            }
            ClientFrame::CreateLog { request, log, proof } => {
                let write = self.create_log(log, &proof);
                self.submit(request, Grant::Log(log), write)
            }
            ClientFrame::CreateInbox { request, inbox, proof, writer } => {
                let write = self.create_inbox(inbox, &proof, writer);
                self.submit(request, Grant::Inbox(inbox), write)
            }
            ClientFrame::Subscribe { request, address, after, credit } => {
                let reply = self.subscribe(address, after, credit);
                self.answer(request, Ok(reply))
            }
            ClientFrame::Credit { address, more } => {
                self.quietly(|session| session.subscriptions.credit(&address, more))
            }
            ClientFrame::Append { request, log, epoch, post, body, ttl } => {
                let write = self.append(log, epoch, post, body, ttl);
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::Commit { request, log, epoch, post, body, next_key, welcomes } => {
                let write = self.commit(log, epoch, post, body, next_key, welcomes);
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::Deliver { request, delivery } => {
                let write = self.deliver(delivery);
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::Acknowledge { request, inbox, upto } => {
                let write = self.owned(&inbox).map(|()| Write::Acknowledge { inbox, upto });
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::FillPool { request, inbox, post, packages, last_resort } => {
                let write = self.fill_pool(inbox, Filling { post, packages, last_resort });
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::TakePackage { request, inbox, proof } => {
                let write =
                    self.signer(Right::InboxWriter, &inbox, &proof).map(|writer| Write::TakePackage { inbox, writer });
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::PutCell { request, cell, proof, version, body } => {
                let write = self.put_cell(cell, &proof, version, body);
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::GetCell { request, cell } => {
                let reply = self.get_cell(&cell, store);
                self.answer(request, reply)
            }
            ClientFrame::Unsubscribe { address } => self.quietly(|session| session.unsubscribe(address)),
            ClientFrame::Signal { request, log, epoch, body } => {
                let reply = self.signal(log, epoch, body, store);
                self.answer(request, reply)
            }
            ClientFrame::GrantBlob { request, right, address, proof, hash, size, seconds, tag } => {
                let wanted = Wanted { address, hash, size, seconds, tag };
                let refusal = self.want_blob(request, right, proof, wanted, store);
                refusal.transpose().and_then(|refusal| self.answer(request, refusal))
            }
            ClientFrame::Turn { request } => {
                let refusal = self.want_turn(request);
                refusal.and_then(|refusal| self.answer(request, Ok(refusal)))
            }
            ClientFrame::ReleaseBlob { request, hash, claim } => {
                let write = self.release_blob(hash, &claim);
                self.submit(request, Grant::Nothing, write)
            }
            ClientFrame::Ping => self.quietly(|session| session.output.push(&ServerFrame::Pong)),
        }
    }

    fn answer(&mut self, request: Request, reply: Result<Reply, StoreError>) -> Option<Job> {
        let reply = reply.unwrap_or_else(|error| {
            tracing::error!(%error, "a request could not be read from the store");
            refused(Refusal::Internal)
        });
        self.reply(request, reply);
        None
    }

    fn submit(&mut self, request: Request, grant: Grant, write: Result<Write, Refusal>) -> Option<Job> {
        match write {
            Ok(write) => {
                let size = write.size();
                self.under_way += 1;
                self.under_way_bytes += size;
                self.granting |= !matches!(grant, Grant::Nothing);
                Some(Job { pending: Pending { request, grant, size }, write })
            }
            Err(refusal) => {
                self.reply(request, refused(refusal));
                None
            }
        }
    }

    fn quietly(&mut self, act: impl FnOnce(&mut Self)) -> Option<Job> {
        act(self);
        self.check_output();
        None
    }

    /// The key that signed this proof for this connection, if it did.
    pub(super) fn signer(&self, right: Right, address: &Address, proof: &Proof) -> Result<PublicKey, Refusal> {
        match proof.verify(&self.origin, &self.challenge, right, address, Epoch(0)) {
            Ok(()) => Ok(proof.key),
            Err(_) => Err(Refusal::Denied),
        }
    }

    fn prove(
        &mut self,
        right: Right,
        address: Address,
        epoch: Epoch,
        proof: &Proof,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        // The signature is checked and the key compared whether or not the address is known: the same work for each no.
        let signed = proof.verify(&self.origin, &self.challenge, right, &address, epoch).is_ok();
        let snapshot = store.snapshot()?;
        let holder = snapshot.holder(right, &address, epoch)?;
        let same = same_key(&proof.key, holder.as_ref().map(|(key, _)| key));
        let meant = right == Right::Log || epoch == Epoch(0);
        let (Some((_, start)), true) = (holder, signed & same & meant) else { return Ok(denied()) };
        if matches!(right, Right::Log | Right::InboxOwner) && self.too_many_proved(&address) {
            return Ok(refused(Refusal::TooLarge));
        }
        let (mut state, mut packages) = (None, None);
        let used = match right {
            Right::Log => {
                self.rights.prove_log(address, Run::new(epoch, start));
                self.subscriptions.proved(&address);
                let row = snapshot.log(&address)?;
                state = row.as_ref().map(LogRow::state);
                row.map(|row| row.used)
            }
            Right::InboxOwner => {
                self.rights.prove_inbox(address);
                let row = snapshot.inbox(&address)?;
                packages = row.as_ref().map(|row| row.packages);
                row.map(|row| row.used)
            }
            Right::InboxWriter => snapshot.inbox(&address)?.map(|row| row.used),
            Right::CellOwner => snapshot.cell(&address)?.map(|row| row.used),
        };
        self.note_use(Kept::of(right), address, used);
        Ok(Reply::Proved { log: state, packages })
    }

    /// Has a use noted. Whether today's is noted already is for the driver to tell, who knows the day.
    fn note_use(&mut self, kept: Kept, address: Address, used: Option<u64>) {
        self.errands.extend(used.map(|day| Errand::Use(kept, address, day)));
    }

    /// Its readers prove nothing: that it is read is its use.
    fn get_cell(&mut self, cell: &Address, store: &Store) -> Result<Reply, StoreError> {
        Ok(match store.snapshot()?.cell(cell)? {
            Some(row) => {
                self.note_use(Kept::Cell, *cell, Some(row.used));
                Reply::Cell { version: row.version, body: row.body }
            }
            None => denied(),
        })
    }

    fn too_many_proved(&self, address: &Address) -> bool {
        !self.rights.has_room() && !self.rights.reads(address)
    }

    fn create_log(&mut self, log: Address, proof: &Proof) -> Result<Write, Refusal> {
        let key = self.signer(Right::Log, &log, proof)?;
        match self.too_many_proved(&log) {
            true => Err(Refusal::TooLarge),
            false => Ok(Write::CreateLog { log, key }),
        }
    }

    fn create_inbox(&mut self, inbox: Address, proof: &Proof, writer: PublicKey) -> Result<Write, Refusal> {
        let owner = self.signer(Right::InboxOwner, &inbox, proof)?;
        match self.too_many_proved(&inbox) {
            true => Err(Refusal::TooLarge),
            false => Ok(Write::CreateInbox { inbox, owner, writer }),
        }
    }

    /// The right that came with a creation.
    pub(super) fn grant(&mut self, grant: Grant) {
        match grant {
            Grant::Nothing => {}
            Grant::Log(log) => {
                self.rights.prove_log(log, Run::new(Epoch(0), Seq(1)));
                self.subscriptions.proved(&log);
            }
            Grant::Inbox(inbox) => self.rights.prove_inbox(inbox),
        }
    }

    fn subscribe(&mut self, address: Address, after: Seq, credit: u32) -> Reply {
        if !self.rights.reads(&address) {
            return denied();
        }
        match self.subscriptions.start(address, after, credit) {
            true => {
                self.interest.push((address, true));
                Reply::Ok
            }
            false => refused(Refusal::TooLarge),
        }
    }

    fn unsubscribe(&mut self, address: Address) {
        if self.subscriptions.stop(&address) {
            self.interest.push((address, false));
        }
    }

    fn append(
        &self,
        log: Address,
        epoch: Epoch,
        post: PostId,
        body: ByteVec,
        ttl: Option<u32>,
    ) -> Result<Write, Refusal> {
        within(body.len(), MAX_BODY)?;
        let run = self.rights.log(&log).ok_or(Refusal::Denied)?;
        Ok(Write::Append { log, run, epoch, post, body, ttl })
    }

    fn commit(
        &self,
        log: Address,
        epoch: Epoch,
        post: PostId,
        body: ByteVec,
        next_key: PublicKey,
        welcomes: Vec<Post>,
    ) -> Result<Write, Refusal> {
        within(body.len(), MAX_BODY)?;
        within(welcomes.len(), MAX_WELCOMES)?;
        welcomes.iter().try_for_each(|welcome| within(welcome.body.len(), MAX_DELIVERY))?;
        let run = self.rights.log(&log).ok_or(Refusal::Denied)?;
        let welcomes = welcomes.into_iter().map(|welcome| self.delivery(welcome)).collect();
        Ok(Write::Commit { log, run, commit: Commit { epoch, post, body, next_key, welcomes } })
    }

    fn deliver(&self, post: Post) -> Result<Write, Refusal> {
        within(post.body.len(), MAX_DELIVERY)?;
        Ok(Write::Deliver(self.delivery(post)))
    }

    fn delivery(&self, post: Post) -> Delivery {
        let Post { inbox, proof, post, body, ttl } = post;
        let writer = self.signer(Right::InboxWriter, &inbox, &proof).ok();
        Delivery { inbox, writer, post, body, ttl }
    }

    fn owned(&self, inbox: &Address) -> Result<(), Refusal> {
        match self.rights.owns(inbox) {
            true => Ok(()),
            false => Err(Refusal::Denied),
        }
    }

    fn fill_pool(&self, inbox: Address, filling: Filling) -> Result<Write, Refusal> {
        within(filling.packages.len(), MAX_PACKAGES)?;
        let mut packages = filling.packages.iter().chain(&filling.last_resort);
        packages.try_for_each(|package| within(package.len(), MAX_PACKAGE))?;
        self.owned(&inbox)?;
        Ok(Write::FillPool { inbox, filling })
    }

    fn put_cell(&self, cell: Address, proof: &Proof, version: u64, body: ByteVec) -> Result<Write, Refusal> {
        within(body.len(), MAX_CELL)?;
        let owner = self.signer(Right::CellOwner, &cell, proof)?;
        Ok(Write::PutCell { cell, owner, version, body })
    }
}

/// Whether a size or a count keeps to its limit.
pub(super) fn within(size: usize, limit: usize) -> Result<(), Refusal> {
    match size <= limit {
        true => Ok(()),
        false => Err(Refusal::TooLarge),
    }
}
