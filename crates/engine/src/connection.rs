//! One connection to the relay: what was asked, what was proved, what is under way. Gone when it ends.

use openmls::prelude::KeyPackage;
use xchat_wire::{Address, BlobHash, Challenge, PostId, PublicKey, Record, Request, Seq};

use crate::{
    api::ChatId,
    card::{CardDevice, InviteLink, Link},
    content::MessageId,
    seal::BlobRef,
    sorted::{SortedMap, SortedSet},
    state::Secret,
};

/// What a request was for; its reply is handled by this.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// Own inbox: created or proved.
    Inbox,
    /// A log: created or proved.
    Room { chat: ChatId, log: Address },
    /// An application message.
    Append { chat: ChatId, entry: u64, post: PostId },
    /// A commit.
    Commit { chat: ChatId, log: Address },
    /// The card of a contact link.
    LinkCard { link: Link },
    /// The card of somebody who is to come into a conversation.
    GatherCard { chat: ChatId, number: u64, link: Link },
    /// A key package of one of their devices.
    GatherPackage { chat: ChatId, number: u64, person: PublicKey, device: Box<CardDevice>, tries: u8 },
    /// The card of a member who is asked to let this device in anew.
    RejoinCard { chat: ChatId, link: Link },
    /// What an invite link that was opened says.
    Invite { link: InviteLink },
    /// The cell of a link of a group's, to see whether it says what it should.
    ReadInvite { chat: ChatId, secret: Secret<16> },
    /// The same cell, written.
    PutInvite { chat: ChatId, secret: Secret<16> },
    /// What an invite link says by which this person asks to be let in.
    JoinCell { cell: Address },
    /// The card of an admin who is asked.
    JoinCard { cell: Address, link: Link },
    /// The request to them.
    JoinSent { cell: Address },
    /// The own card.
    OwnCard,
    /// That this device is there and the card has this version, told to another one.
    Announce { version: u64 },
    /// The offer of a device that is to be linked.
    LinkOffer,
    /// The account, for the device that is being linked.
    Grant,
    /// A proposal of this device: that it leaves.
    Propose { chat: ChatId },
    /// Key packages into the own pool.
    Fill,
    /// The own card.
    Card { version: u64 },
    /// Leave to upload a blob.
    BlobGrant { hash: BlobHash },
    /// That a message does not need a blob any more.
    Release { release: (MessageId, BlobHash) },
    /// A signal: lost when it is refused.
    Signal,
    /// A subscription or an acknowledgement: nothing depends on the reply.
    Plain,
}

/// Key packages for one commit: asked for device by device, used when no answer is outstanding.
#[derive(Default)]
pub(crate) struct Gathering {
    /// Which one of this connection: late answers of an earlier one are none of its own.
    pub(crate) number: u64,
    /// Answers that are still to come.
    pub(crate) outstanding: usize,
    /// Whose cards were asked for.
    pub(crate) asked: Vec<PublicKey>,
    pub(crate) found: Vec<Found>,
}

/// Cells of a group's links that are looked after.
pub(crate) struct Tending {
    /// Answers that are still to come.
    pub(crate) outstanding: usize,
    /// When they are looked at again after that, in milliseconds.
    pub(crate) again_ms: u64,
}

/// A key package that was taken out of a device's pool and holds.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) person: PublicKey,
    pub(crate) device: CardDevice,
    pub(crate) package: KeyPackage,
}

/// A commit that lies in a blob.
pub(crate) struct Large {
    pub(crate) chat: ChatId,
    pub(crate) blob: BlobRef,
    /// What the log has in its place.
    pub(crate) record: Record,
}

/// What this connection has shown of the own card's cell.
#[derive(Clone, Copy, Default)]
pub(crate) struct OwnCell {
    /// Version of what was read last.
    pub(crate) version: u64,
    /// A card is on its way there.
    pub(crate) putting: bool,
    /// The relay has one that this device has not read: none goes above it until then.
    pub(crate) unread: bool,
}

/// A connection whose challenge is known.
pub(crate) struct Connection {
    pub(crate) challenge: Challenge,
    next_request: u32,
    purposes: SortedMap<Request, Purpose>,
    /// Logs whose subscription has reached the head in the current epoch, and where that was.
    pub(crate) caught_up: SortedMap<Address, Seq>,
    /// Posts sent on this connection: not sent twice on it.
    pub(crate) sent: SortedSet<PostId>,
    /// Commits sent on this connection, by log.
    pub(crate) commits: SortedSet<Address>,
    /// Key packages of those who are to come into conversations, as far as they are here.
    pub(crate) gathering: SortedMap<ChatId, Gathering>,
    /// Gatherings so far.
    pub(crate) gatherings: u64,
    /// Proposals sent on this connection, by log: not sent twice on it.
    pub(crate) proposed: SortedSet<Address>,
    /// When somebody who could not be reached is tried again, Unix milliseconds.
    pub(crate) retry: SortedMap<ChatId, u64>,
    /// Conversations that the relay had no room for, and when it is asked again, Unix milliseconds.
    pub(crate) full: SortedMap<ChatId, u64>,
    /// Who could not be reached since people were last tried anew, by conversation.
    pub(crate) unreached: SortedMap<ChatId, SortedSet<PublicKey>>,
    /// Groups whose last people to be brought along were tried often enough on this connection.
    pub(crate) rested: SortedSet<ChatId>,
    /// Conversations that go without this person's other devices: of two whose next room is begun so, groups where that was tried.
    pub(crate) without_own: SortedSet<ChatId>,
    /// When a device that had lost a group was let in anew, Unix milliseconds.
    pub(crate) let_in: SortedMap<(ChatId, PublicKey), u64>,
    /// The key package of the last request to be let in anew, by conversation: the same for all who are asked at a time.
    pub(crate) asking: SortedMap<ChatId, Vec<u8>>,
    /// Groups the cells of whose links are looked after just now.
    pub(crate) tending: SortedMap<ChatId, Tending>,
    /// When an own request to come into a group may be sent again, by its link's cell, Unix milliseconds.
    pub(crate) joins: SortedMap<Address, u64>,
    /// First record that the relay keeps of each proved log.
    pub(crate) first: SortedMap<Address, xchat_wire::Seq>,
    /// Logs of which nothing more is believed on this connection: see `Engine::doubts`.
    pub(crate) doubted: SortedSet<Address>,
    /// Commits that were read and whose blob is still to come, by log: nothing behind them is read.
    pub(crate) large: SortedMap<Address, Large>,
    /// The relay has said that it keeps no blobs.
    pub(crate) blobless: bool,
    /// The other devices were told on this connection that this one is there.
    pub(crate) announced: bool,
    pub(crate) own_cell: OwnCell,
    /// The relay is being told of a blob that a message does not need.
    pub(crate) releasing: bool,
    /// Key packages are on their way to the pool.
    pub(crate) filling: bool,
    /// How often somebody has said that a device is there, and since when that is counted, Unix milliseconds.
    pub(crate) ready: (usize, u64),
}

impl Connection {
    pub(crate) fn new(challenge: Challenge) -> Self {
        Self {
            challenge,
            next_request: 1,
            purposes: SortedMap::new(),
            caught_up: SortedMap::new(),
            sent: SortedSet::new(),
            commits: SortedSet::new(),
            gathering: SortedMap::new(),
            proposed: SortedSet::new(),
            retry: SortedMap::new(),
            full: SortedMap::new(),
            unreached: SortedMap::new(),
            rested: SortedSet::new(),
            without_own: SortedSet::new(),
            let_in: SortedMap::new(),
            asking: SortedMap::new(),
            tending: SortedMap::new(),
            joins: SortedMap::new(),
            gatherings: 0,
            first: SortedMap::new(),
            doubted: SortedSet::new(),
            large: SortedMap::new(),
            blobless: false,
            announced: false,
            own_cell: OwnCell::default(),
            releasing: false,
            filling: false,
            ready: (0, 0),
        }
    }

    /// A new request's number, remembered with its purpose.
    pub(crate) fn request(&mut self, purpose: Purpose) -> Request {
        let request = Request(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        self.purposes.insert(request, purpose);
        request
    }

    /// What this reply answers; None for a number that was never asked or already answered.
    pub(crate) fn take(&mut self, request: Request) -> Option<Purpose> {
        self.purposes.remove(&request)
    }

    /// A log is of no use any more.
    pub(crate) fn forget(&mut self, log: &Address) {
        self.caught_up.remove(log);
        self.commits.remove(log);
        self.proposed.remove(log);
        self.first.remove(log);
        self.large.remove(log);
    }

    /// The clock was set back: what waits for a time does not wait longer for that.
    pub(crate) fn set_back(&mut self, ms: u64) {
        let waits = self.retry.values_mut().chain(self.full.values_mut());
        let asks = self.let_in.values_mut().chain(self.joins.values_mut());
        waits.chain(asks).for_each(|at| *at = at.saturating_sub(ms));
    }

    pub(crate) fn purpose(&self, request: Request) -> Option<&Purpose> {
        self.purposes.get(&request)
    }
}
