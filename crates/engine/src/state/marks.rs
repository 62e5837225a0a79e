//! How far own messages have come, as reports tell: counts for most, and a list of those that stay behind.

use crate::sorted::SortedMap;

use super::chat::{Behind, Chat};
use crate::api::Mark;

/// Most own messages that are kept apart from the counters; the oldest beyond it count as what the counters say.
const MAX_BEHIND: usize = 256;

impl Chat {
    /// How far the own message of this order has come.
    pub(crate) fn mark(&self, order: u64) -> Mark {
        match () {
            _ if self.failed.contains(&order) => Mark::Failed,
            _ if self.retried.contains(&order) => Mark::Pending,
            _ => {
                let behind = self.behind.iter().find(|behind| behind.order == order);
                behind.map_or_else(|| self.counted(order), |behind| behind.mark)
            }
        }
    }

    fn counted(&self, order: u64) -> Mark {
        match () {
            _ if order <= self.read => Mark::Read,
            _ if order <= self.delivered => Mark::Delivered,
            _ if order <= self.sent => Mark::Sent,
            _ => Mark::Pending,
        }
    }

    /// An own message came as history, after all that are later than it. What is earlier and has come less far follows.
    pub(crate) fn given(&mut self, order: u64, mark: Mark) {
        for (counter, least) in
            [(&mut self.sent, Mark::Sent), (&mut self.delivered, Mark::Delivered), (&mut self.read, Mark::Read)]
        {
            if mark >= least {
                *counter = order.max(*counter);
            }
        }
        if self.counted(order) > mark {
            self.behind.push(Behind { order, mark });
            let beyond = self.behind.len().saturating_sub(MAX_BEHIND);
            self.behind.drain(..beyond);
        }
    }

    /// A report named these own messages. `waiting` are all that no report has named as read before, these included:
    /// those that it leaves out stay what they are.
    pub(crate) fn reported(&mut self, waiting: &[u64], named: &SortedMap<u64, Mark>) {
        let before: Vec<(u64, Mark)> = waiting.iter().map(|order| (*order, self.mark(*order))).collect();
        for (&order, &mark) in named {
            self.delivered = self.delivered.max(order);
            if mark == Mark::Read {
                self.read = self.read.max(order);
            }
        }
        for (order, was) in before {
            // One that failed or waits has a list of its own, or was not even read back.
            if matches!(was, Mark::Failed | Mark::Pending) {
                continue;
            }
            let is = named.get(&order).map_or(was, |mark| was.max(*mark));
            self.behind.retain(|behind| behind.order != order);
            if self.counted(order) > is {
                self.behind.push(Behind { order, mark: is });
            }
        }
        let beyond = self.behind.len().saturating_sub(MAX_BEHIND);
        self.behind.drain(..beyond);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{ChatId, ChatState},
        state::Kind,
    };
    use xchat_wire::PublicKey;

    fn marks(chat: &Chat) -> [Mark; 4] {
        [1, 2, 3, 4].map(|order| chat.mark(order))
    }

    #[test]
    fn a_report_raises_what_it_names_and_leaves_what_it_leaves_out() {
        use Mark::{Delivered, Read, Sent};
        let mut chat = Chat::new(ChatId([1; 16]), Kind::Direct(PublicKey::new([2; 32])), ChatState::Open, 0);
        chat.sent = 4;
        chat.reported(&[1, 2, 3, 4], &SortedMap::from([(1, Delivered), (3, Delivered)]));
        assert_eq!(marks(&chat), [Delivered, Sent, Delivered, Sent]);
        chat.reported(&[1, 2, 3, 4], &SortedMap::from([(4, Read)]));
        assert_eq!(marks(&chat), [Delivered, Sent, Delivered, Read]);
        chat.reported(&[1, 2, 3], &SortedMap::from([(1, Read), (3, Read)]));
        assert_eq!(marks(&chat), [Read, Sent, Read, Read]);
        chat.reported(&[2], &SortedMap::from([(2, Delivered)]));
        assert_eq!(marks(&chat), [Read, Delivered, Read, Read]);
        chat.reported(&[2], &SortedMap::from([(2, Read)]));
        assert_eq!(marks(&chat), [Read; 4]);
        assert!(chat.behind.is_empty());
    }

    #[test]
    fn marks_that_come_as_history_newest_first_are_as_they_were() {
        use Mark::{Delivered, Read, Sent};
        for given in [[Read, Read, Delivered, Sent], [Sent, Read, Sent, Delivered], [Delivered, Sent, Read, Read]] {
            let mut chat = Chat::new(ChatId([1; 16]), Kind::Direct(PublicKey::new([2; 32])), ChatState::Open, 0);
            for (order, mark) in [1, 2, 3, 4].into_iter().zip(given).rev() {
                chat.given(order, mark);
            }
            assert_eq!(marks(&chat), given);
        }
    }

    #[test]
    fn no_more_than_a_bound_are_kept_apart() {
        let mut chat = Chat::new(ChatId([1; 16]), Kind::Direct(PublicKey::new([2; 32])), ChatState::Open, 0);
        chat.sent = 1000;
        let waiting: Vec<u64> = (1..=1000).collect();
        chat.reported(&waiting, &SortedMap::from([(1000, Mark::Read)]));
        assert_eq!(chat.behind.len(), MAX_BEHIND);
        assert_eq!((chat.mark(999), chat.mark(1)), (Mark::Sent, Mark::Read));
    }
}
