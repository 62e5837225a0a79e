//! Commits and welcomes that do not fit a frame: a sealed blob holds them, and a reference stands in their place.
//!
//! Who commits: staged -> rows of the blobs and of the commit -> uploads -> the commit goes out. Who reads: a reference in the log -> the
//! record is held in memory, the cursor stays before it -> fetch -> record and commit in one step. Nothing behind it is read meanwhile:
//! the relay sends nothing behind a commit anyway, before the next epoch is proved.

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, BlobHash, Epoch, Kind, MAX_BLOB, MAX_BODY, MAX_FRAME, Record};

use crate::{
    Engine,
    api::ChatId,
    card::{self, Delivery, MAX_ENVELOPE_PLAINTEXT, pad, unpad},
    connection::{Found, Large},
    mls::{MlsError, Staged},
    rows::{Scope, Table},
    seal::{BlobRef, Sealer},
    state::{self, Account, Room, Secret, Versioned as _, key},
    transfer::{Awaited, Carries},
};

/// First byte of a record that refers to a commit. One that is a commit begins with 0: an MLSMessage (RFC 9420, 6) has its version there.
const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"xchat reference 1";
/// A reference is padded to a multiple of this, in bytes: all are of one size.
const PADDED: usize = 256;
/// What a delivery takes in a frame beyond its plaintext, in bytes, at the most: padding, envelope, address, proof, post id.
const DELIVERY_REST: usize = 4 * 1024;
/// What a welcome takes in a frame beside its envelope, in bytes, at the most: address, proof, post id.
const WELCOME_REST: usize = 256;
/// Welcomes that wait for their blobs; more are dropped as they come.
const MAX_AWAITED: usize = 32;
/// A commit whose blob is not there is of no use to anybody while the log has had it for no longer than this, in milliseconds: 7 days. Both
/// are kept for 30, the blob being a little older: of an old one it may have gone, and others have read it.
const SURE_MS: u64 = 7 * 24 * 3600 * 1000;

/// What goes to the relay of a staged commit.
pub(super) struct Packed {
    /// The record.
    pub(super) body: Vec<u8>,
    pub(super) welcomes: Vec<state::Delivery>,
    /// What must be at the relay before.
    pub(super) blobs: Vec<(BlobRef, Vec<u8>)>,
}

fn associated(log: &Address, epoch: Epoch) -> Vec<u8> {
    [CONTEXT, log.as_bytes(), &epoch.0.to_be_bytes()].concat()
}

impl Engine {
    /// Takes frames for smaller than they are: what a large group needs blobs for, a small one does.
    #[cfg(feature = "hostile")]
    pub fn limit_frames(&mut self, bytes: usize) {
        self.frame = bytes;
    }

    /// The largest frame for a commit and its welcomes, in bytes.
    fn largest_frame(&self) -> usize {
        #[cfg(feature = "hostile")]
        let frame = self.frame;
        #[cfg(not(feature = "hostile"))]
        let frame = xchat_wire::MAX_FRAME;
        frame
    }

    /// Packs a commit of this epoch and the welcomes of those whom it brings in into a frame; what does not fit goes into blobs.
    pub(super) fn pack_commit(
        &mut self,
        id: ChatId,
        room: (&Address, Epoch),
        account: &Account,
        staged: &Staged,
        found: &[Found],
    ) -> Result<Packed, MlsError> {
        let (log, most) = (room.0, self.largest_frame().saturating_sub(MAX_FRAME - MAX_BODY));
        let commit = &staged.commit;
        let mut packed = Packed { body: Vec::new(), welcomes: Vec::new(), blobs: Vec::new() };
        if let Some(welcome) = &staged.welcome {
            let mut parts = self.invitations(id, log, account, welcome, None)?;
            let each = parts[0].len().max(parts[1].len());
            if each > MAX_ENVELOPE_PLAINTEXT || commit.len() + found.len() * (each + DELIVERY_REST) > most {
                let blob = self.lay_out(welcome, &mut packed)?;
                parts = self.invitations(id, log, account, &[], Some(state::encode(&blob)))?;
            }
            packed.welcomes = self.seal_invitations(account, &parts, found)?;
        }
        let welcomes: usize = packed.welcomes.iter().map(|welcome| welcome.body.len() + WELCOME_REST).sum();
        packed.body = match commit.len() + welcomes > most {
            true => {
                let blob = self.lay_out(commit, &mut packed)?;
                let (nonce, plain) = (self.provider.rand().bytes(), pad(&state::encode(&blob), |_| PADDED, 0));
                let key = self.with_group(id, log, |group, provider| group.reference_key(provider, log))?;
                Sealer::new(&key).seal(FORMAT, nonce, &associated(log, room.1), &plain)
            }
            false => commit.clone(),
        };
        match packed.body.len() + welcomes > most {
            true => Err(MlsError::TooLarge),
            false => Ok(packed),
        }
    }

    fn lay_out(&self, bytes: &[u8], packed: &mut Packed) -> Result<BlobRef, MlsError> {
        let (blob, bytes) = self.seal_blob(bytes);
        // A relay that keeps no blobs has said so: what fits goes without them.
        if blob.size > MAX_BLOB || self.connection.as_ref().is_some_and(|connection| connection.blobless) {
            return Err(MlsError::TooLarge);
        }
        packed.blobs.push((blob.clone(), bytes));
        Ok(blob)
    }

    /// What the devices that come in are told: others', and those of this person.
    fn invitations(
        &self,
        id: ChatId,
        log: &Address,
        account: &Account,
        welcome: &[u8],
        elsewhere: Option<Vec<u8>>,
    ) -> Result<[Vec<u8>; 2], MlsError> {
        let card = self.own_card(account).ok_or(MlsError::Missing)?;
        let chat = self.chats.get(&id);
        let room = chat.and_then(|chat| chat.room(log));
        let mut invitation = card::Welcome {
            relay: self.origin.clone(),
            log: *log,
            welcome: welcome.to_vec(),
            sender: self.own_link(account),
            card,
            room: chat.and_then(state::Chat::group).map(|head| head.state.id.0),
            base: room.map_or(0, |room| room.base),
            own: None,
            elsewhere,
            generation: room.map_or(0, |room| room.generation),
        };
        let others = Delivery::Welcome(Box::new(invitation.clone())).encode();
        invitation.own = self.own_part(id).map(|mut part| {
            part.heard = room.is_some_and(|room| room.confirmed).then_some(true);
            state::encode(&part)
        });
        Ok([others, Delivery::Welcome(Box::new(invitation)).encode()])
    }

    /// The welcome for each device that comes in.
    fn seal_invitations(
        &self,
        account: &Account,
        [others, own]: &[Vec<u8>; 2],
        found: &[Found],
    ) -> Result<Vec<state::Delivery>, MlsError> {
        let identity = self.identity_of(account);
        let seal = |Found { device, person, .. }: &Found| {
            let bytes = if *person == identity { own } else { others };
            let body = card::seal_envelope(self.provider.crypto(), &device.seal_key, &device.inbox, bytes)
                .map_err(|_| MlsError::Malformed)?;
            Ok(state::Delivery {
                inbox: device.inbox,
                writer: Secret::new(*device.writer.as_bytes()),
                post: xchat_wire::PostId::new(self.provider.rand().bytes()),
                body: ByteVec::from(body),
            })
        };
        found.iter().map(seal).collect()
    }

    /// Whether something that a log's own commit refers to is not at the relay yet.
    pub(super) fn is_uploading(&self, of: &Address) -> bool {
        self.uploads_of(of).next().is_some()
    }

    fn uploads_of<'a>(&'a self, of: &'a Address) -> impl Iterator<Item = BlobHash> + 'a {
        let is_of = move |carries: &Carries| matches!(carries, Carries::Commit { log, .. } if log == of);
        self.transfers.uploads.iter().filter(move |(_, upload)| is_of(&upload.carries)).map(|(hash, _)| *hash)
    }

    /// A log's own commit is not wanted any more. What is at the relay already goes there at the end of its time.
    pub(super) fn end_uploads(&mut self, of: &Address) {
        for hash in self.uploads_of(of).collect::<Vec<_>>() {
            self.end_upload(&hash);
        }
    }

    /// Whether a commit of this log is being fetched: nothing behind it is read.
    pub(super) fn is_held(&self, log: &Address) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.large.contains_key(log))
    }

    /// Holds a record back that refers to a commit elsewhere, also to an own one: it counts once it was read back, or members would part over
    /// a blob that the relay has lost. The cursor stays before it, and another connection reads it again. False: it can be taken as it is. A
    /// reference that does not open is one of these, a commit that opens for nobody.
    pub(super) fn hold_large(&mut self, id: ChatId, room: &Room, record: &Record) -> bool {
        if record.kind != Kind::Commit || record.epoch != room.epoch || record.body.first() != Some(&FORMAT) {
            return false;
        }
        let opened = self.with_group(id, &room.log, |group, provider| {
            let sealer = Sealer::new(&*group.reference_key(provider, &room.log)?);
            let plain = sealer.open(FORMAT, &associated(&room.log, room.epoch), &record.body).ok();
            Ok(plain.and_then(|plain| minicbor::decode::<BlobRef>(unpad(&plain)?).ok()))
        });
        let Ok(Some(blob)) = opened else { return false };
        let Some(connection) = self.connection.as_mut().filter(|_| blob.size <= MAX_BLOB) else { return false };
        // What is written in this epoch from now on would be refused.
        connection.caught_up.remove(&room.log);
        connection.large.insert(room.log, Large { chat: id, blob, record: record.clone() });
        true
    }

    /// Keeps a welcome until its blob is here. Of several into one log the newest counts.
    pub(super) fn await_welcome(
        &mut self,
        chat: ChatId,
        log: &Address,
        blob: &[u8],
        body: ByteVec,
        time: u64,
    ) -> Result<(), MlsError> {
        let blob: BlobRef = minicbor::decode(blob).map_err(|_| MlsError::Malformed)?;
        let known = self.transfers.welcomes.contains_key(log);
        if blob.size > MAX_BLOB || (!known && self.transfers.welcomes.len() >= MAX_AWAITED) {
            return Err(MlsError::Foreign);
        }
        let awaited = Awaited { version: Awaited::VERSION, chat, blob, body, time };
        self.put_account_row(&key::of(key::WELCOME, log.as_bytes()), state::encode(&awaited));
        self.transfers.welcomes.insert(*log, awaited);
        Ok(())
    }

    /// Blobs that this device wants, the most urgent first.
    pub(super) fn wanted_blobs(&self) -> Vec<(BlobHash, u64)> {
        let out = self.is_out();
        let commits = self.connection.iter().flat_map(|connection| connection.large.values().map(|large| &large.blob));
        let welcomes = self.transfers.welcomes.values().filter(|_| !out).map(|awaited| &awaited.blob);
        commits.chain(welcomes).map(|blob| (blob.hash, blob.size)).chain(self.wanted_chunk()).collect()
    }

    /// What opens a blob that this device was told of.
    pub(super) fn told_blob(&self, hash: &BlobHash) -> Option<BlobRef> {
        let commits = self.connection.iter().flat_map(|connection| connection.large.values().map(|large| &large.blob));
        let mut told = commits.chain(self.transfers.welcomes.values().map(|awaited| &awaited.blob));
        told.find(|blob| blob.hash == *hash).or_else(|| self.told_chunk(hash)).cloned()
    }

    /// Conversations that a blob is about.
    pub(crate) fn chats_of_blob(&self, hash: &BlobHash) -> Vec<ChatId> {
        let commits = self.connection.iter().flat_map(|connection| connection.large.values());
        let commits = commits.filter(|large| large.blob.hash == *hash).map(|large| large.chat);
        let welcomes = self.transfers.welcomes.values().filter(|awaited| awaited.blob.hash == *hash);
        let upload = self.transfers.uploads.get(hash).and_then(|upload| match &upload.carries {
            Carries::Commit { chat, .. } => Some(*chat),
            Carries::History { .. } => None,
        });
        let files = self.with_chunk(hash).into_iter().map(|(chat, _)| chat);
        let chats = commits.chain(welcomes.map(|awaited| awaited.chat)).chain(upload).chain(files);
        chats.chain(self.chats_of_chunk(hash)).collect()
    }

    /// A blob is here and opened, or is not to be had: the commit or the welcome that lies in it. False: it is something else.
    pub(super) fn large_came(&mut self, hash: &BlobHash, plaintext: Option<&[u8]>) -> bool {
        let held = self.connection.as_ref().and_then(|connection| {
            connection.large.iter().find(|(_, large)| large.blob.hash == *hash).map(|(log, _)| *log)
        });
        if let Some(log) = held {
            let large = self.connection.as_mut().and_then(|connection| connection.large.remove(&log));
            large.into_iter().for_each(|large| self.take_large(&log, &large, plaintext));
            return true;
        }
        let awaited = self.transfers.welcomes.iter().find(|(_, awaited)| awaited.blob.hash == *hash);
        let Some(log) = awaited.map(|(log, _)| *log) else { return false };
        let row = key::of(key::WELCOME, log.as_bytes());
        self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &row);
        if let Some((awaited, plaintext)) = self.transfers.welcomes.remove(&log).zip(plaintext)
            && let Some(Delivery::Welcome(welcome)) = self.unseal(&awaited.body)
        {
            let welcome = card::Welcome { welcome: plaintext.to_vec(), elsewhere: None, ..*welcome };
            // What is refused leaves nothing behind but a used-up key package.
            let _refused = self.welcomed(welcome, &awaited.body, awaited.time);
        }
        true
    }

    fn take_large(&mut self, log: &Address, Large { chat: id, record, .. }: &Large, commit: Option<&[u8]>) {
        let Some(room) = self.chats.get(id).and_then(|chat| chat.room(log)).cloned() else { return };
        if self.damaged.contains(id) {
            return;
        }
        // An old one may just have gone: others could read it, and let this device in anew.
        if commit.is_none() && record.time.saturating_add(SURE_MS) < self.now {
            return self.lose_room(*id, log);
        }
        self.take_record(*id, &room, record, commit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_frozen() {
        let associated = associated(&Address::new([1; 32]), Epoch(2));
        let text = hex::encode("xchat reference 1");
        assert_eq!(hex::encode(associated), format!("{text}{}0000000000000002", "01".repeat(32)));
        let (blob, _) = BlobRef::seal(Secret::new([1; 32]), [2; 24], &vec![7; 3_000_000]);
        let plain = pad(&state::encode(&blob), |_| PADDED, 0);
        let sealed = Sealer::new(&[3; 32]).seal(FORMAT, [4; 24], CONTEXT, &plain);
        assert_eq!((sealed.len(), sealed[0]), (297, 1), "one size, whatever it refers to");
    }
}
