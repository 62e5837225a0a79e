//! Claims on chunks at the relay: an own message holds its files there by them, and gives them up when nobody is to get them any more.
//!
//! The path: leave to put a chunk up is asked for with the tag of its claim, and answered `Kept` where it is there already -> the message
//! is deleted for all, or what could be seen once was seen by everybody: each chunk to be given up is a row of the account, in that step ->
//! the relay is told of one after another -> its answer deletes the row. A claim is stored nowhere: all devices of a person compute the
//! same one.

use hkdf::Hkdf;
use openmls_traits::OpenMlsProvider as _;
use sha2::Sha256;
use xchat_wire::{BlobClaim, BlobHash, ClientFrame, Refusal, Reply};

use super::message::attachments;
use crate::{
    Engine,
    connection::Purpose,
    content::{Message, MessageId},
    rows::{Scope, Table},
    state::{Stored, key},
    transfer::BlobWork,
};

const SALT: &[u8] = b"xchat blob claim";
/// What the row of a chunk that is given up holds.
const VERSION: u8 = 1;

impl Engine {
    /// What an own message holds a chunk by: HKDF-SHA256 over the identity's secret, of its id and the chunk's hash.
    pub(super) fn claim(&self, message: &MessageId, hash: &BlobHash) -> Option<BlobClaim> {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), self.account.as_ref()?.identity.bytes());
        let mut claim = [0; 32];
        hkdf.expand(&[message.as_bytes().as_slice(), hash.as_bytes()].concat(), &mut claim).ok()?;
        Some(BlobClaim::new(claim))
    }

    /// An own message needs these chunks no more: the relay is told when there is a connection.
    pub(super) fn give_up(&mut self, message: Option<MessageId>, hashes: Vec<BlobHash>) {
        let Some(message) = message else { return };
        for hash in hashes {
            let release = (message, hash);
            if !self.transfers.releases.contains(&release) {
                self.put_account_row(&row_of(&release), vec![VERSION]);
                self.transfers.releases.push(release);
            }
        }
    }

    /// Tells the relay of the next chunk.
    pub(super) fn move_releases(&mut self) {
        let asks = self.connection.as_ref().is_some_and(|connection| !connection.releasing);
        if !asks || self.transfers.release_at > self.now {
            return;
        }
        // What is on its way there would be claimed after it was given up.
        let under_way = |hash: &BlobHash| self.transfers.attempts.get(hash).is_some_and(|attempt| attempt.begun);
        let next = self.transfers.releases.iter().find(|(_, hash)| !under_way(hash)).copied();
        let Some((message, hash)) = next else { return };
        let Some(claim) = self.claim(&message, &hash) else { return };
        if let Some(connection) = &mut self.connection {
            connection.releasing = true;
        }
        self.ask(Purpose::Release { release: (message, hash) }, |request| ClientFrame::ReleaseBlob {
            request,
            hash,
            claim,
        });
    }

    /// The relay's answer, which is the same whatever it had; but that it is asked too often.
    pub(super) fn released(&mut self, release: (MessageId, BlobHash), reply: &Reply) {
        if let Some(connection) = &mut self.connection {
            connection.releasing = false;
        }
        if let Reply::Refused { reason: Refusal::Busy { retry_after_ms } } = reply {
            self.transfers.release_at = self.now.saturating_add(u64::from(*retry_after_ms));
            return;
        }
        self.transfers.releases.retain(|other| *other != release);
        self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &row_of(&release));
    }

    /// When the relay is told next.
    pub(super) fn next_release(&self) -> Option<u64> {
        (!self.transfers.releases.is_empty()).then_some(self.transfers.release_at)
    }

    /// Nobody sees the files of an own message any more, so their chunks go from here. Those of others stay until there is no room: their key
    /// went with the message, and who wrote it may have named chunks that another message here has, and could not get again. So may an own
    /// one that was passed on, and what the relay keeps no longer.
    pub(super) fn throw_away(&mut self, stored: &Stored) {
        let Some(message) = stored.message().filter(|message| stored.mine && !message.is_forwarded()) else { return };
        let mut hashes = chunks(&message, self.now.saturating_add(1));
        hashes.retain(|hash| !self.is_chunk_to_go(hash));
        if !hashes.is_empty() {
            self.out.blobs.push(BlobWork::Discard { hashes });
        }
    }
}

/// The chunks of a message's files.
pub(super) fn chunks_of(stored: &Stored) -> Vec<BlobHash> {
    stored.message().map(|message| chunks(&message, 0)).unwrap_or_default()
}

/// The chunks of files that the relay was asked to keep until this time, Unix milliseconds, or longer.
pub(super) fn chunks(message: &Message, until: u64) -> Vec<BlobHash> {
    let mut chunks = Vec::new();
    for file in attachments(message) {
        if let Some(source) = file.source.filter(|_| file.expires.unwrap_or(0) >= until) {
            chunks.extend_from_slice(&source.chunks);
        }
    }
    chunks
}

fn row_of((message, hash): &(MessageId, BlobHash)) -> Vec<u8> {
    [key::RELEASE, message.as_bytes(), hash.as_bytes()].concat()
}
