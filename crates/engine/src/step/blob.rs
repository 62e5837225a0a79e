//! Blobs to and from the relay: leave to upload, the upload, the fetch, and what is done when one of them fails.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, BlobHash, BlobToken, ClientFrame, Refusal, Reply, Right};

use crate::{
    Engine,
    connection::Purpose,
    rows::{Scope, Table},
    seal::BlobRef,
    state::{self, Secret, Versioned as _, key},
    transfer::{BlobCame, BlobFailure, BlobWork, Carries, LOST_MS, SILENT_MS, Upload, path},
};

/// Uploads, and fetches, that are under way together.
const TOGETHER: usize = 2;
/// A relay that has no room is asked again after this, in milliseconds: 5 minutes.
pub(super) const FULL_AGAIN_MS: u64 = 5 * 60_000;
/// How long a blob is to be kept: 30 days, which is a relay's retention.
pub(super) const KEPT_SECONDS: u32 = 30 * 24 * 3600;

impl Engine {
    /// Seals bytes under a fresh key.
    pub(super) fn seal_blob(&self, plaintext: &[u8]) -> (BlobRef, Vec<u8>) {
        let rng = self.provider.rand();
        BlobRef::seal(Secret::new(rng.bytes()), rng.bytes(), plaintext)
    }

    /// A sealed blob is to be at the relay, in the name of the own inbox. It and what it is for are stored with this step.
    pub(super) fn upload(&mut self, blob: BlobRef, bytes: Vec<u8>, carries: Carries) {
        let Some(address) = self.account.as_ref().map(|account| account.inbox) else { return };
        let hash = blob.hash;
        let (right, seconds) = (Right::InboxOwner, KEPT_SECONDS);
        let upload = Upload { version: Upload::VERSION, blob, right, address, seconds, carries };
        self.put_account_row(&key::of(key::UPLOAD, hash.as_bytes()), state::encode(&upload));
        self.put_account_row(&key::of(key::BYTES, hash.as_bytes()), bytes);
        self.transfers.uploads.insert(hash, upload);
    }

    /// An upload is over, or not wanted any more.
    pub(super) fn end_upload(&mut self, hash: &BlobHash) -> Option<Upload> {
        let mut journal = self.provider.storage().journal_mut();
        for prefix in [key::UPLOAD, key::BYTES] {
            journal.delete(Scope::Account, Table::State, &key::of(prefix, hash.as_bytes()));
        }
        drop(journal);
        self.transfers.attempts.remove(hash);
        self.transfers.uploads.remove(hash)
    }

    /// Another connection knows nothing of what was asked for on the one before: that is asked anew. What is under way over HTTP comes all
    /// the same. Of what waits after a failure only that is tried at once which nobody had answered: the relay may be back.
    pub(super) fn forget_grants(&mut self) {
        for attempt in self.transfers.attempts.values_mut().filter(|attempt| attempt.unanswered) {
            (attempt.unanswered, attempt.not_before) = (false, 0);
        }
        let asked = self.transfers.attempts.iter().filter(|(_, attempt)| attempt.begun && !attempt.granted);
        let asked: Vec<BlobHash> = asked.map(|(hash, _)| *hash).collect();
        for hash in asked {
            let is_upload = self.transfers.uploads.contains_key(&hash);
            if let Some(attempt) = self.transfers.attempts.get_mut(&hash).filter(|of| is_upload || of.of.is_some()) {
                (attempt.begun, attempt.not_before) = (false, 0);
            }
        }
    }

    /// Begins what is due, as far as there is room for it.
    pub(crate) fn move_blobs(&mut self) {
        if self.connection.is_none() || self.is_out() {
            return;
        }
        let uploads: Vec<(BlobHash, u64, Right, Address, u32)> = self
            .transfers
            .uploads
            .values()
            .take(TOGETHER)
            .map(|upload| (upload.blob.hash, upload.blob.size, upload.right, upload.address, upload.seconds))
            .collect();
        for (hash, size, right, address, seconds) in uploads {
            if self.begin_attempt(&hash, LOST_MS) {
                self.ask(Purpose::BlobGrant { hash }, |request| ClientFrame::GrantBlob {
                    request,
                    right,
                    address,
                    proof: None,
                    hash,
                    size,
                    seconds,
                    tag: None,
                });
            }
        }
        self.move_files();
        self.move_releases();
        for (hash, size) in self.wanted_blobs().into_iter().take(TOGETHER) {
            if self.begin_attempt(&hash, SILENT_MS) {
                self.out.blobs.push(BlobWork::Fetch { hash, path: path(&hash), size });
            }
        }
    }

    /// Whether a blob may be tried now. It counts as under way from here on, for so many milliseconds at most.
    pub(super) fn begin_attempt(&mut self, hash: &BlobHash, at_most: u64) -> bool {
        let now = self.now;
        let attempt = self.transfers.attempts.entry(*hash).or_default();
        let due = attempt.not_before <= now;
        if due {
            attempt.not_before = now.saturating_add(at_most);
            (attempt.begun, attempt.granted) = (true, false);
        }
        due
    }

    /// When something that failed, or was lost, is tried again.
    pub(super) fn next_blob(&self) -> Option<u64> {
        let wanted = self.wanted_blobs().into_iter().map(|(hash, _)| hash);
        let uploads = self.transfers.uploads.keys().copied();
        let blob = uploads.chain(wanted).filter_map(|hash| Some(self.transfers.attempts.get(&hash)?.not_before)).min();
        blob.into_iter().chain(self.next_file()).min()
    }

    /// The relay's word on an upload.
    pub(super) fn blob_granted(&mut self, hash: BlobHash, reply: Reply) {
        if !self.transfers.uploads.contains_key(&hash) {
            match self.is_chunk_to_go(&hash) {
                true => self.chunk_granted(hash, reply),
                false => _ = self.transfers.attempts.remove(&hash),
            }
            return;
        }
        match reply {
            Reply::Grant { token, .. } => {
                let journal = self.provider.storage().journal();
                let row = key::of(key::BYTES, hash.as_bytes());
                let bytes = journal.get(Scope::Account, Table::State, &row).map(<[u8]>::to_vec);
                drop(journal);
                // Without its bytes the row of an upload is damaged: whoever needs it asks for it again.
                let Some(bytes) = bytes else {
                    self.upload_failed(&hash);
                    return;
                };
                if let Some(attempt) = self.transfers.attempts.get_mut(&hash) {
                    attempt.granted = true;
                }
                let token = self::token(&token);
                self.out.blobs.push(BlobWork::Put { hash, path: path(&hash), token, bytes });
            }
            Reply::Refused { reason: reason @ (Refusal::TooLarge | Refusal::NotOffered) } => {
                if let Some(connection) = self.connection.as_mut().filter(|_| reason == Refusal::NotOffered) {
                    connection.blobless = true;
                }
                self.upload_failed(&hash);
            }
            Reply::Refused { reason: Refusal::Busy { retry_after_ms } } => self.delay(&hash, retry_after_ms.into()),
            Reply::Refused { reason: Refusal::Full } => self.delay(&hash, FULL_AGAIN_MS),
            // A right that does not hold (yet), or another epoch: the next time it may.
            _ => self.delay(&hash, 0),
        }
    }

    pub(super) fn delay(&mut self, hash: &BlobHash, at_least: u64) {
        let now = self.now;
        self.transfers.attempts.entry(*hash).or_default().failed(now, at_least);
    }

    /// There was no answer, or none that counts.
    pub(super) fn unanswered(&mut self, hash: &BlobHash) {
        self.delay(hash, 0);
        self.transfers.attempts.entry(*hash).or_default().unanswered = true;
    }

    /// A fetch is over: what was referred to is here, or it is not to be had.
    fn blob_is_over(&mut self, hash: &BlobHash, plaintext: Option<&[u8]>) {
        self.transfers.attempts.remove(hash);
        match plaintext {
            _ if self.large_came(hash, plaintext) => {}
            Some(plaintext) => self.take_chunk(hash, plaintext),
            None => self.chunk_is_gone(hash),
        }
    }

    /// What came of an upload or a fetch.
    pub(crate) fn blob_came(&mut self, came: BlobCame) {
        match came {
            BlobCame::Put { hash } => {
                self.chunk_is_there(&hash);
                if let Some(upload) = self.end_upload(&hash) {
                    self.uploaded(upload);
                }
            }
            BlobCame::Fetched { hash, bytes } => self.fetched(&hash, &bytes),
            BlobCame::Failed { hash, why } if self.is_chunk_to_go(&hash) => self.chunk_failed(&hash, why),
            BlobCame::Failed { hash, why } if self.transfers.uploads.contains_key(&hash) => match why {
                // Without blobs at all there is nothing to wait for.
                BlobFailure::Gone => self.upload_failed(&hash),
                BlobFailure::Full => self.delay(&hash, FULL_AGAIN_MS),
                BlobFailure::Later => self.unanswered(&hash),
                BlobFailure::Refused | BlobFailure::Lost => self.delay(&hash, 0),
            },
            BlobCame::Failed { hash, why: BlobFailure::Gone } => self.blob_is_over(&hash, None),
            BlobCame::Failed { hash, .. } if self.told_blob(&hash).is_some() => self.unanswered(&hash),
            // Nobody wants it any more.
            BlobCame::Failed { hash, .. } => _ = self.transfers.attempts.remove(&hash),
        }
    }

    fn uploaded(&mut self, upload: Upload) {
        match upload.carries {
            Carries::History { to, chunk, messages } => self.tell_chunk(to, *chunk, messages),
            // Once all that it refers to is there.
            Carries::Commit { chat, .. } => _ = self.out.pump.insert(chat),
        }
    }

    /// It will never be at the relay.
    fn upload_failed(&mut self, hash: &BlobHash) {
        match self.end_upload(hash).map(|upload| upload.carries) {
            Some(Carries::History { to, .. }) => self.end_give(to),
            Some(Carries::Commit { chat, log }) => {
                self.committed(chat, log, Reply::Refused { reason: Refusal::TooLarge });
            }
            None => {}
        }
    }

    /// A blob's bytes, as they came: opened if they are the right ones. Others are not looked at, and asked for again a while later.
    fn fetched(&mut self, hash: &BlobHash, bytes: &[u8]) {
        let Some(blob) = self.told_blob(hash) else {
            self.transfers.attempts.remove(hash);
            return;
        };
        match blob.open(bytes) {
            Some(plaintext) => self.blob_is_over(hash, Some(&plaintext)),
            None if self.transfers.attempts.get(hash).is_some_and(|attempt| attempt.failures >= MAX_WRONG) => {
                self.blob_is_over(hash, None);
            }
            None => self.delay(hash, 0),
        }
    }
}

/// Wrong bytes in a row after which a blob counts as gone.
const MAX_WRONG: u32 = 3;

/// A grant's token as its header has it.
pub(super) fn token(token: &BlobToken) -> String {
    Base64UrlUnpadded::encode_string(&token.0)
}
