//! Files of own messages on their way to the relay.
//!
//! The path: sealed chunks lie in this device's store before the engine hears of them -> a message that names them is stored, shown and
//! queued, and what is to go up is a row of the account, in one step -> for each chunk leave is asked for, and the worker puts it from the store to
//! the relay -> when the relay has all of them the row goes, and the message goes out like any other (`send.rs`). What was written after it
//! does not wait for it.

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use xchat_files::FileSource;
use xchat_wire::{BlobHash, ClientFrame, Refusal, Reply, Right};

use super::{
    act::What,
    blob::{FULL_AGAIN_MS, KEPT_SECONDS},
    claims::chunks,
    send::check_text,
};
use crate::{
    Engine,
    api::{Attachment, Attachments, ChatId, Event, FileCommand, Halt, MAX_FILES, Problem},
    connection::Purpose,
    content::{MAX_MESSAGE, Message, MessageId, Part, attachment, file_from, with_files},
    rows::{Scope, Table},
    state::{self, Entry, Waiting, key},
    transfer::{BlobFailure, BlobWork, LOST_MS, Outgoing, path},
};

/// Chunks of files that are under way together.
const TOGETHER: usize = 3;
/// Refusals of one chunk after which its message has failed.
const REFUSALS: u32 = 5;
/// What a message with files must leave of the largest content: encryption and padding take more, and its text may be edited.
const SPARE: usize = 32 * 1024;

impl Engine {
    /// What a person asks for that has to do with files; what it answers is here by now.
    pub(super) fn file_command(
        &mut self,
        id: ChatId,
        answers: Option<(u64, MessageId)>,
        what: &[u8],
    ) -> Result<(), Problem> {
        // Page and worker are of one build.
        match FileCommand::from_bytes(what).map_err(|_| Problem::NoMessage)? {
            FileCommand::Send { files, text } => self.send_files(id, &files, &text, answers),
            FileCommand::Pause { order, paused } => self.pause_files(id, order, paused),
            FileCommand::Gallery { search, shelf, from } => {
                self.gallery(search, id, shelf, from);
                Ok(())
            }
            FileCommand::Opened { order } => match answers {
                Some((named, _)) if named == order => self.open_once(id, order),
                _ => Err(Problem::NoMessage),
            },
        }
    }

    /// Writes a message with files.
    fn send_files(
        &mut self,
        id: ChatId,
        files: &[ByteVec],
        text: &str,
        answers: Option<(u64, MessageId)>,
    ) -> Result<(), Problem> {
        self.may_write(id)?;
        if files.is_empty() || files.len() > MAX_FILES {
            return Err(Problem::TooMany);
        }
        if !text.trim().is_empty() {
            check_text(text)?;
        }
        let until = self.kept_until();
        // Only the file worker makes them, so one that is none is a fault of this build and not of a person.
        let staged: Option<Vec<(Part, FileSource)>> = files.iter().map(|file| file_from(file, until)).collect();
        let (parts, sources): (Vec<Part>, Vec<FileSource>) = staged.ok_or(Problem::NoMessage)?.into_iter().unzip();
        let part = with_files(text, parts);
        let message = Message { in_reply_to: answers.map(|(_, id)| id), ..Message::of(self.salt(), part) };
        let message = self.timed(id, message);
        // What may be seen once is alone.
        let once = message.attached().iter().any(|file| attachment(file).media.once);
        if once && files.len() > 1 || message.encode().len() > MAX_MESSAGE - SPARE {
            return Err(Problem::TooMany);
        }
        self.write_with_files(id, &message, answers.map(|(order, _)| order), &sources)?;
        self.drop_draft(id);
        Ok(())
    }

    /// Until when the relay keeps what is put there now, Unix seconds.
    pub(super) fn kept_until(&self) -> u32 {
        let until = (self.now / 1000).saturating_add(KEPT_SECONDS.into());
        u32::try_from(until).unwrap_or(u32::MAX)
    }

    /// Writes a message that goes once the relay has these files, each claimed for it.
    pub(super) fn write_with_files(
        &mut self,
        id: ChatId,
        message: &Message,
        quoted: Option<u64>,
        sources: &[FileSource],
    ) -> Result<(), Problem> {
        let order = self.write(id, message, quoted)?;
        if sources.is_empty() {
            return Ok(());
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            // It may be overtaken, and is not sent because a later one is.
            chat.retried.push(order);
        }
        let message = self.stored(id, order).and_then(|stored| stored.id);
        self.put_outgoing(Outgoing::new(id, order, message, sources));
        self.show_again(id, order);
        Ok(())
    }

    /// What the page is told of a message's files.
    pub(super) fn shown_files(&self, id: ChatId, order: u64, files: Vec<Attachment>) -> Option<ByteVec> {
        let going = || self.transfers.outgoing.get(&(id, order)).map(Outgoing::going);
        (!files.is_empty()).then(|| Attachments { files, going: going() }.to_bytes().into())
    }

    /// Whether the files of a message are still on their way.
    pub(super) fn has_files_to_go(&self, id: ChatId, order: Option<u64>) -> bool {
        order.is_some_and(|order| self.transfers.outgoing.contains_key(&(id, order)))
    }

    /// Whether an entry waits for files: its own, or those of a message that it is about.
    pub(super) fn waits_for_files(&self, id: ChatId, entry: &Entry, behind: &[MessageId]) -> bool {
        let about =
            |message: Message| message.replaces.into_iter().chain(message.in_reply_to).any(|of| behind.contains(&of));
        self.has_files_to_go(id, entry.order)
            || (!behind.is_empty() && Message::decode(&entry.content).is_ok_and(about))
    }

    /// An entry waits while later ones go: what is about it waits too, and it does not count as sent by what overtakes it.
    pub(super) fn overtaken(&mut self, id: ChatId, order: Option<u64>, content: &[u8], behind: &mut Vec<MessageId>) {
        if let Ok(message) = Message::decode(content) {
            behind.push(self.own_message_id(id, content, &message));
            // An edit is known by its first version.
            behind.extend(message.replaces);
        }
        if let (Some(order), Some(chat)) = (order, self.chats.get_mut(&id))
            && !chat.retried.contains(&order)
        {
            chat.retried.push(order);
            self.out.chats_changed.insert(id);
        }
    }

    /// Stops the files of a message for a while, or lets them go on.
    fn pause_files(&mut self, id: ChatId, order: u64, paused: bool) -> Result<(), Problem> {
        let mut outgoing = self.outgoing(id, order).ok_or(Problem::NoMessage)?;
        if outgoing.paused != paused {
            outgoing.paused = paused;
            // Who lets them go on does not wait for what failed before.
            for (hash, _) in outgoing.left() {
                if self.transfers.attempts.get(&hash).is_some_and(|attempt| attempt.failures > 0) {
                    self.transfers.attempts.remove(&hash);
                }
            }
            self.put_outgoing(outgoing);
            self.tell_going(id, order);
        }
        Ok(())
    }

    /// Which chunks are still to go, so that the store need not keep others: those of a page that died before it sent them.
    pub(crate) fn say_what_is_to_go(&mut self) {
        let left = self.transfers.outgoing.values().flat_map(Outgoing::left);
        self.out.blobs.push(BlobWork::Needs { hashes: left.map(|(hash, _)| hash).collect() });
    }

    /// A message with this content is not sent (again): its chunks go from here, and if nobody can have `heard` of it, what the relay has of
    /// them is given up.
    pub(super) fn drop_files(&mut self, id: ChatId, order: u64, content: &[u8], heard: bool) {
        let Ok(message) = Message::decode(content) else { return };
        let chunks = chunks(&message, 0);
        if chunks.is_empty() {
            return;
        }
        self.transfers.outgoing.remove(&(id, order));
        self.delete_outgoing_row(id, order);
        // Another message may have the same file.
        let hashes: Vec<BlobHash> = chunks.iter().filter(|hash| !self.is_chunk_to_go(hash)).copied().collect();
        // What is under way may still arrive, and is given up after that.
        self.transfers.attempts.retain(|hash, attempt| attempt.begun || !hashes.contains(hash));
        self.out.blobs.push(match message.is_forwarded() {
            // Another message has them.
            true => BlobWork::Release { hashes },
            false => BlobWork::Discard { hashes },
        });
        if !heard {
            self.give_up(Some(self.own_message_id(id, content, &message)), chunks);
        }
    }

    /// Files that had come to a halt are tried again.
    pub(super) fn retry_files(&mut self, id: ChatId, order: u64) {
        let Some(mut outgoing) = self.outgoing(id, order) else { return };
        outgoing.halt = None;
        outgoing.left().for_each(|(hash, _)| _ = self.transfers.attempts.remove(&hash));
        self.put_outgoing(outgoing);
        self.tell_going(id, order);
    }

    fn outgoing(&self, id: ChatId, order: u64) -> Option<Outgoing> {
        self.transfers.outgoing.get(&(id, order)).cloned()
    }

    fn put_outgoing(&mut self, outgoing: Outgoing) {
        let row = key::files(&outgoing.chat, outgoing.order);
        self.put_account_row(&row, state::encode(&outgoing));
        self.transfers.outgoing.insert((outgoing.chat, outgoing.order), outgoing);
    }

    fn delete_outgoing_row(&self, id: ChatId, order: u64) {
        self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &key::files(&id, order));
    }

    fn tell_going(&mut self, chat: ChatId, order: u64) {
        if let Some(outgoing) = self.transfers.outgoing.get(&(chat, order)) {
            let going = outgoing.going().to_bytes().into();
            self.out.events.push(Event::Going { chat, order, going });
        }
    }

    fn show_again(&mut self, id: ChatId, order: u64) {
        self.will(id, What::Show { order });
    }

    /// Chunks of files that may be under way now, the first ones first.
    fn chunks_to_go(&self) -> impl Iterator<Item = (&Outgoing, BlobHash, u64)> {
        let goes = |outgoing: &&Outgoing| !outgoing.paused && outgoing.halt.is_none_or(|halt| halt == Halt::Full);
        let chunks = |outgoing| Outgoing::left(outgoing).map(move |(hash, size)| (outgoing, hash, size));
        self.transfers.outgoing.values().filter(goes).flat_map(chunks)
    }

    /// Begins what is due of files, as far as there is room for it.
    pub(super) fn move_files(&mut self) {
        let Some(address) = self.account.as_ref().map(|account| account.inbox) else { return };
        let attempts = &self.transfers.attempts;
        let attempt = |hash: &BlobHash| attempts.get(hash).copied().unwrap_or_default();
        let chunks = || attempts.keys().filter(|hash| self.is_chunk_to_go(hash));
        let under_way = chunks().filter(|hash| attempt(hash).begun).count();
        // A line that was too slow for several of them, or was away, has one until that has arrived.
        let together = if chunks().any(|hash| attempt(hash).failures > 0) { 1 } else { TOGETHER };
        // What waits does not keep the others.
        let due = |hash: &BlobHash| !attempt(hash).begun && attempt(hash).not_before <= self.now;
        let lost = chunks().filter(|hash| attempt(hash).begun && attempt(hash).not_before <= self.now).count();
        let room = together.saturating_sub(under_way.saturating_sub(lost));
        let next = self.chunks_to_go().filter(|(_, hash, _)| due(hash)).take(room);
        let next: Vec<_> = next.map(|(of, hash, size)| ((of.chat, of.order), of.message, hash, size)).collect();
        for (of, message, hash, size) in next {
            // Of two messages with the same chunk the second asks when the first has it.
            if self.begin_attempt(&hash, LOST_MS) {
                let tag = message.and_then(|message| self.claim(&message, &hash)).map(|claim| claim.tag());
                if let Some(attempt) = self.transfers.attempts.get_mut(&hash) {
                    attempt.of = Some(of);
                }
                self.ask(Purpose::BlobGrant { hash }, |request| ClientFrame::GrantBlob {
                    request,
                    right: Right::InboxOwner,
                    address,
                    proof: None,
                    hash,
                    size,
                    seconds: KEPT_SECONDS,
                    tag,
                });
            }
        }
    }

    /// When a chunk that failed, or was lost, is tried again.
    pub(super) fn next_file(&self) -> Option<u64> {
        let attempts = self.transfers.attempts.iter();
        attempts.filter(|(hash, _)| self.is_chunk_to_go(hash)).map(|(_, attempt)| attempt.not_before).min()
    }

    /// Whether this is a chunk of a file that is still to go.
    pub(super) fn is_chunk_to_go(&self, hash: &BlobHash) -> bool {
        self.transfers.outgoing.values().any(|outgoing| outgoing.left().any(|(left, _)| left == *hash))
    }

    /// The relay's word on a chunk.
    pub(super) fn chunk_granted(&mut self, hash: BlobHash, reply: Reply) {
        match reply {
            Reply::Grant { token, .. } => {
                if let Some(attempt) = self.transfers.attempts.get_mut(&hash) {
                    attempt.granted = true;
                }
                self.out.blobs.push(BlobWork::PutKept { hash, path: path(&hash), token: super::blob::token(&token) });
            }
            // It is there, and claimed now.
            Reply::Kept { .. } => self.chunk_is_there(&hash),
            Reply::Refused { reason: Refusal::TooLarge | Refusal::NotOffered } => self.halt(&hash, Halt::Refused),
            Reply::Refused { reason: Refusal::Full } => {
                self.delay(&hash, FULL_AGAIN_MS);
                self.halt(&hash, Halt::Full);
            }
            Reply::Refused { reason: Refusal::Busy { retry_after_ms } } => self.delay(&hash, retry_after_ms.into()),
            // A right that does not hold (yet): the next time it may.
            _ => self.delay(&hash, 0),
        }
    }

    /// A chunk is at the relay, for the message that asked.
    pub(super) fn chunk_is_there(&mut self, hash: &BlobHash) {
        let of = self.transfers.attempts.remove(hash).and_then(|attempt| attempt.of);
        for (id, order) in self.with_chunk(hash) {
            let Some(mut outgoing) = self.outgoing(id, order) else { continue };
            // Whatever else has it claims it for itself.
            if of != Some((id, order)) && outgoing.message.is_some() {
                continue;
            }
            outgoing.arrived(hash);
            // What failed for good has failed, whatever else arrives.
            outgoing.halt = outgoing.halt.filter(|halt| *halt != Halt::Full);
            if outgoing.left().next().is_some() {
                self.put_outgoing(outgoing);
                self.tell_going(id, order);
                continue;
            }
            // The last one: the message is free to go.
            self.transfers.outgoing.remove(&(id, order));
            self.delete_outgoing_row(id, order);
            self.out.pump.insert(id);
            self.show_again(id, order);
        }
        if of.is_some() && !self.is_chunk_to_go(hash) {
            // Once this step is stored.
            self.out.blobs.push(BlobWork::Release { hashes: vec![*hash] });
        }
    }

    /// A chunk did not go.
    pub(super) fn chunk_failed(&mut self, hash: &BlobHash, why: BlobFailure) {
        match why {
            BlobFailure::Gone => self.halt(hash, Halt::Refused),
            BlobFailure::Lost => self.halt(hash, Halt::Lost),
            BlobFailure::Full => {
                self.delay(hash, FULL_AGAIN_MS);
                self.halt(hash, Halt::Full);
            }
            BlobFailure::Refused
                if self.transfers.attempts.get(hash).is_some_and(|attempt| attempt.failures >= REFUSALS) =>
            {
                self.halt(hash, Halt::Refused);
            }
            BlobFailure::Refused => self.delay(hash, 0),
            BlobFailure::Later => self.unanswered(hash),
        }
    }

    /// Messages that this chunk is still to go for.
    pub(super) fn with_chunk(&self, hash: &BlobHash) -> Vec<(ChatId, u64)> {
        let has = |outgoing: &&Outgoing| outgoing.left().any(|(left, _)| left == *hash);
        self.transfers.outgoing.values().filter(has).map(|outgoing| (outgoing.chat, outgoing.order)).collect()
    }

    /// Something keeps the files that have this chunk. For all but a full relay the message has failed, and waits for the person.
    fn halt(&mut self, hash: &BlobHash, halt: Halt) {
        for (id, order) in self.with_chunk(hash) {
            let Some(mut outgoing) = self.outgoing(id, order) else { continue };
            if outgoing.halt.is_some_and(|before| before == halt || before != Halt::Full) {
                continue;
            }
            outgoing.halt = Some(halt);
            self.put_outgoing(outgoing);
            self.tell_going(id, order);
            if halt != Halt::Full {
                let waits = self
                    .entries(id)
                    .find(|(_, entry)| entry.order == Some(order) && !matches!(entry.state, Waiting::Failed));
                if let Some(number) = waits.map(|(number, _)| number) {
                    self.fail(id, number, order);
                }
            }
        }
    }
}
