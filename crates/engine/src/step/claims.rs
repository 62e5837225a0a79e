//! Claims on chunks at the relay: an own message holds its files there by them, and gives them up when nobody is to get them any more.
//!
//! The path: leave to put a chunk up is asked for with the tag of its claim, and answered `Kept` where it is there already -> the message
//! is deleted for all, or what could be seen once was seen by everybody: what is to be given up is a row of the account, in that step ->
//! the relay is told, one chunk after another -> its answer takes the chunk out of the row. A claim is stored nowhere: all devices of a
//! person compute the same one.

use hkdf::Hkdf;
use openmls_traits::OpenMlsProvider as _;
use sha2::Sha256;
use xchat_wire::{BlobClaim, BlobHash, ClientFrame, Refusal, Reply};

use super::message::attachments;
use crate::{
    Engine,
    api::Attachment,
    connection::Purpose,
    content::MessageId,
    rows::{Scope, Table},
    state::{self, Stored, Versioned as _, key},
    transfer::{BlobWork, Release},
};

const SALT: &[u8] = b"xchat blob claim";

impl Engine {
    /// What an own message holds a chunk by: HKDF-SHA256 over the identity's secret, of its id and the chunk's hash.
    pub(super) fn claim(&self, message: &MessageId, hash: &BlobHash) -> Option<BlobClaim> {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), self.account.as_ref()?.identity.bytes());
        let mut claim = [0; 32];
        hkdf.expand_multi_info(&[message.as_bytes(), hash.as_bytes()], &mut claim).ok()?;
        Some(BlobClaim::new(claim))
    }

    /// An own message needs these chunks no more: the relay is told when there is a connection.
    pub(super) fn give_up(&mut self, message: Option<MessageId>, hashes: Vec<BlobHash>) {
        let Some(message) = message.filter(|_| !hashes.is_empty()) else { return };
        self.put_release(Release { version: Release::VERSION, message, hashes });
    }

    /// What is left of it, if anything is.
    fn put_release(&mut self, release: Release) {
        let row = key::of(key::RELEASE, release.message.as_bytes());
        self.transfers.releases.retain(|other| other.message != release.message);
        if release.hashes.is_empty() {
            self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &row);
        } else {
            self.put_account_row(&row, state::encode(&release));
            self.transfers.releases.push(release);
        }
    }

    /// Tells the relay of the next chunk.
    pub(super) fn move_releases(&mut self) {
        let asks = self.connection.as_ref().is_some_and(|connection| !connection.releasing);
        if !asks || self.transfers.release_at > self.now {
            return;
        }
        // What is on its way there would be claimed after it was given up.
        let rests = |hash: &&BlobHash| !self.transfers.attempts.get(hash).is_some_and(|attempt| attempt.begun);
        let next = |release: &Release| release.hashes.iter().find(rests).map(|hash| (release.message, *hash));
        let Some((message, hash)) = self.transfers.releases.iter().find_map(next) else { return };
        let Some(claim) = self.claim(&message, &hash) else { return };
        if let Some(connection) = &mut self.connection {
            connection.releasing = true;
        }
        self.ask(Purpose::Release { message, hash }, |request| ClientFrame::ReleaseBlob { request, hash, claim });
    }

    /// The relay's answer, which is the same whatever it had; but that it is asked too often.
    pub(super) fn released(&mut self, message: &MessageId, hash: &BlobHash, reply: &Reply) {
        if let Some(connection) = &mut self.connection {
            connection.releasing = false;
        }
        if let Reply::Refused { reason: Refusal::Busy { retry_after_ms } } = reply {
            self.transfers.release_at = self.now.saturating_add(u64::from(*retry_after_ms));
            return;
        }
        let found = self.transfers.releases.iter().find(|release| release.message == *message);
        if let Some(mut release) = found.cloned() {
            release.hashes.retain(|other| other != hash);
            self.put_release(release);
        }
    }

    /// When the relay is told next.
    pub(super) fn next_release(&self) -> Option<u64> {
        (!self.transfers.releases.is_empty()).then_some(self.transfers.release_at)
    }

    /// Nobody here sees the files of a message any more. Another one may have the same chunks: what this one takes to the relay stays, and
    /// so does what it could not get there again, as one that was passed on later can while the relay has this one's.
    pub(super) fn throw_away(&mut self, stored: &Stored) {
        let Some(message) = stored.message().filter(|message| !message.is_forwarded()) else { return };
        let mut files = attachments(&message);
        files.retain(|file| file.expires.is_some_and(|expires| expires > self.now));
        let mut hashes = chunks(files);
        hashes.retain(|hash| !self.is_chunk_to_go(hash));
        if !hashes.is_empty() {
            self.out.blobs.push(BlobWork::Discard { hashes });
        }
    }
}

/// The chunks of a message's files.
pub(super) fn chunks_of(stored: &Stored) -> Vec<BlobHash> {
    chunks(stored.message().as_ref().map(attachments).unwrap_or_default())
}

fn chunks(files: Vec<Attachment>) -> Vec<BlobHash> {
    files.into_iter().filter_map(|file| file.source).flat_map(|source| source.chunks).collect()
}
