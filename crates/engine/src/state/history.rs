//! What a device gives a new one of the history, what a new one takes, and where it goes.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use super::Versioned;
use crate::{
    api::ChatId,
    content::MessageId,
    device::{Chunk, Span},
};

/// Order of the first message of a conversation on a device that takes history: what came before goes below.
pub(crate) const FIRST_ORDER: u64 = 1 << 32;

/// What this device still has to give another one.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Give {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) to: PublicKey,
    /// When it was asked for, Unix milliseconds.
    #[n(2)]
    pub(crate) since: u64,
    /// Whether the list of conversations was made.
    #[n(3)]
    pub(crate) begun: bool,
    /// What is still to be packed, next first.
    #[n(4)]
    pub(crate) queue: Vec<Span>,
    /// Conversations at the beginning.
    #[n(5)]
    pub(crate) of: u32,
    /// Messages that were told.
    #[n(6)]
    pub(crate) messages: u64,
}

/// What this device is given.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Take {
    #[n(0)]
    pub(crate) version: u8,
    /// Who gave last, or was asked last.
    #[n(1)]
    pub(crate) from: Option<PublicKey>,
    /// What it was told of and has not taken yet: who told it, when (Unix milliseconds), and what.
    #[n(2)]
    pub(crate) chunks: Vec<Told>,
    /// Messages that were taken.
    #[n(3)]
    pub(crate) messages: u64,
    /// Conversations that are not whole yet, of so many.
    #[n(4)]
    pub(crate) left: u32,
    #[n(5)]
    pub(crate) of: u32,
    /// When the giver was heard last, or asked, Unix milliseconds.
    #[n(6)]
    pub(crate) heard: u64,
    /// The giver has said that this is all.
    #[n(7)]
    pub(crate) ended: bool,
    /// How often it was asked for again.
    #[n(8)]
    pub(crate) asks: u32,
}

/// A chunk that was told.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Told {
    #[n(0)]
    pub(crate) from: PublicKey,
    #[n(1)]
    pub(crate) at: u64,
    #[n(2)]
    pub(crate) chunk: Chunk,
}

/// Where history goes in a conversation: below what came first, by the giver's own orders.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Fill {
    #[n(0)]
    pub(crate) version: u8,
    /// Whose orders, and the order below which the giver's history lies. None: nothing has come yet.
    #[n(1)]
    pub(crate) giver: Option<(PublicKey, u64)>,
    /// The same here. 0: nothing is taken.
    #[n(2)]
    pub(crate) base: u64,
    /// The lowest order that was used.
    #[n(3)]
    pub(crate) low: u64,
    /// Another giver, or the same in another count, came before: what has no id may be here already.
    #[n(4)]
    pub(crate) again: bool,
    /// For a while this device did not hear what was said: the other person was blocked, it had expired, or its room was
    /// lost.
    #[n(5)]
    #[cbor(default)]
    pub(crate) deaf: bool,
}

impl Fill {
    /// Nothing has come yet, and what comes goes below this order.
    pub(crate) fn below(order: u64) -> Self {
        Self { version: Self::VERSION, giver: None, base: order, low: order, again: false, deaf: false }
    }

    /// What comes now counts as this giver does.
    pub(crate) fn turn_to(&mut self, giver: PublicKey, top: u64) {
        if self.giver != Some((giver, top)) {
            self.again |= self.giver.is_some();
            self.base = self.low;
            self.giver = Some((giver, top));
        }
    }

    /// A giver's order as it is here. None: it is not below, or there is no room.
    pub(crate) fn order(&self, theirs: u64) -> Option<u64> {
        let (_, top) = self.giver?;
        let below = top.checked_sub(theirs).filter(|below| *below > 0)?;
        self.base.checked_sub(below).filter(|order| *order > 0)
    }
}

/// Something about a message that may still come as history.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Awaiting {
    /// A content.
    #[n(0)]
    #[cbor(map)]
    Said {
        #[n(0)]
        sender: PublicKey,
        #[n(1)]
        time: u64,
        #[n(2)]
        bytes: ByteVec,
    },
    /// The message of this order answers it.
    #[n(1)]
    #[cbor(map)]
    Quote {
        #[n(0)]
        order: u64,
        #[n(1)]
        of: MessageId,
    },
}

impl Take {
    /// Conversations that this device waits for history of.
    pub(crate) fn new(now: u64) -> Self {
        Self {
            version: Self::VERSION,
            from: None,
            chunks: Vec::new(),
            messages: 0,
            left: 0,
            of: 0,
            heard: now,
            ended: false,
            asks: 0,
        }
    }
}

impl Give {
    pub(crate) fn new(to: PublicKey, now: u64) -> Self {
        Self { version: Self::VERSION, to, since: now, begun: false, queue: Vec::new(), of: 0, messages: 0 }
    }

    /// Conversations that are not whole yet.
    pub(crate) fn left(&self) -> u32 {
        let chats: crate::sorted::SortedSet<ChatId> = self.queue.iter().map(|span| span.chat).collect();
        u32::try_from(chats.len()).unwrap_or(u32::MAX)
    }
}

impl Versioned for Give {
    const NAME: &'static str = "give";
    const VERSION: u8 = 1;
}

impl Versioned for Fill {
    const NAME: &'static str = "history";
    const VERSION: u8 = 1;
}

impl Versioned for Take {
    const NAME: &'static str = "take";
    const VERSION: u8 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_a_second_giver_goes_below_what_is_here() {
        let (one, two) = (PublicKey::new([1; 32]), PublicKey::new([2; 32]));
        let mut fill = Fill::below(100);
        assert_eq!(fill.order(3), None);
        fill.turn_to(one, 11);
        assert_eq!((fill.order(10), fill.order(1), fill.order(11)), (Some(99), Some(90), None));
        fill.low = 95;
        fill.turn_to(one, 11);
        assert_eq!((fill.order(10), fill.again), (Some(99), false), "the same count");
        fill.turn_to(two, 51);
        assert_eq!((fill.order(50), fill.order(1), fill.again), (Some(94), Some(45), true));
        assert_eq!(Fill { base: 5, ..fill }.order(1), None, "no room");
    }
}
