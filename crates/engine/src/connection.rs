//! One connection to the relay: what was asked, what was proved, what is under way. Gone when it ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use xchat_wire::{Address, Challenge, PostId, Request};

use crate::{api::ChatId, card::Link};

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
    /// The card of somebody a room is to be made with.
    RoomCard { chat: ChatId },
    /// A key package for a room.
    RoomPackage { chat: ChatId, tries: u8 },
    /// Key packages into the own pool.
    Fill,
    /// The own card.
    Card { version: u64 },
    /// A signal: lost when it is refused.
    Signal,
    /// A subscription or an acknowledgement: nothing depends on the reply.
    Plain,
}

/// A connection whose challenge is known.
pub(crate) struct Connection {
    pub(crate) challenge: Challenge,
    next_request: u32,
    purposes: HashMap<Request, Purpose>,
    /// Logs whose subscription has reached the head in the current epoch.
    pub(crate) caught_up: BTreeSet<Address>,
    /// Posts sent on this connection: not sent twice on it.
    pub(crate) sent: BTreeSet<PostId>,
    /// Commits sent on this connection, by log.
    pub(crate) commits: BTreeSet<Address>,
    /// Conversations for which a room is being made.
    pub(crate) making: BTreeSet<ChatId>,
    /// When a failed try to make a room may be repeated, Unix milliseconds.
    pub(crate) retry: BTreeMap<ChatId, u64>,
    /// First record that the relay keeps of each proved log.
    pub(crate) first: BTreeMap<Address, xchat_wire::Seq>,
    /// Key packages are on their way to the pool.
    pub(crate) filling: bool,
}

impl Connection {
    pub(crate) fn new(challenge: Challenge) -> Self {
        Self {
            challenge,
            next_request: 1,
            purposes: HashMap::new(),
            caught_up: BTreeSet::new(),
            sent: BTreeSet::new(),
            commits: BTreeSet::new(),
            making: BTreeSet::new(),
            retry: BTreeMap::new(),
            first: BTreeMap::new(),
            filling: false,
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
        self.first.remove(log);
    }

    pub(crate) fn purpose(&self, request: Request) -> Option<&Purpose> {
        self.purposes.get(&request)
    }
}
