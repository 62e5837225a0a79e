//! What one connection has proved: a run of epochs of each log, and the inboxes that it owns.

use std::collections::{HashMap, HashSet, hash_map::Entry};
use std::sync::Arc;

use minicbor::CborLen;
use xchat_wire::{
    Address, Epoch, Seq,
    cbor::{Decode, Encode},
};

use crate::limits::MAX_PROVED;
use crate::tally::Tally;

/// Neighbouring epochs of one log that a connection holds the keys of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Run {
    #[n(0)]
    from: Epoch,
    #[n(1)]
    to: Epoch,
    /// Last record before the first epoch of the run: nothing up to it is this reader's.
    #[n(2)]
    floor: Seq,
}

impl Run {
    /// One epoch whose first record is, or will be, at `start`.
    pub(crate) fn new(epoch: Epoch, start: Seq) -> Self {
        Self { from: epoch, to: epoch, floor: Seq(start.0.saturating_sub(1)) }
    }

    /// Whether this epoch was proved.
    pub(crate) fn holds(&self, epoch: Epoch) -> bool {
        (self.from..=self.to).contains(&epoch)
    }

    /// Last proved epoch.
    pub(crate) fn last(&self) -> Epoch {
        self.to
    }

    /// Nothing up to this place is this reader's.
    pub(crate) fn floor(&self) -> Seq {
        self.floor
    }

    /// The run with one more proof: lengthened by the next epoch, unchanged by one that it holds, else begun anew.
    fn with(self, proved: Run) -> Self {
        if self.holds(proved.to) {
            self
        } else if self.to.next() == proved.to {
            Self { to: proved.to, ..self }
        } else {
            proved
        }
    }
}

/// The rights of one connection.
#[derive(Debug)]
pub(crate) struct Rights {
    logs: HashMap<Address, Run>,
    inboxes: HashSet<Address>,
    /// The addresses are counted here too.
    tally: Arc<Tally>,
}

impl Rights {
    /// No rights yet.
    pub(crate) fn new(tally: Arc<Tally>) -> Self {
        Self { logs: HashMap::new(), inboxes: HashSet::new(), tally }
    }

    /// Whether something may be proved for one more address. Every subscription needs such a proof, so this bounds both.
    pub(crate) fn has_room(&self) -> bool {
        self.len() < MAX_PROVED && self.tally.has_room()
    }

    /// Addresses that something was proved for.
    fn len(&self) -> usize {
        self.logs.len() + self.inboxes.len()
    }

    /// Adds a proved epoch.
    pub(crate) fn prove_log(&mut self, log: Address, proved: Run) {
        match self.logs.entry(log) {
            Entry::Occupied(mut run) => _ = run.insert(run.get().with(proved)),
            Entry::Vacant(none) => {
                none.insert(proved);
                self.tally.add();
            }
        }
    }

    /// Adds a proved inbox.
    pub(crate) fn prove_inbox(&mut self, inbox: Address) {
        if self.inboxes.insert(inbox) {
            self.tally.add();
        }
    }

    /// The proved epochs of a log.
    pub(crate) fn log(&self, log: &Address) -> Option<Run> {
        self.logs.get(log).copied()
    }

    /// Whether the connection has proved any log.
    pub(crate) fn any_log(&self) -> bool {
        !self.logs.is_empty()
    }

    /// Whether the connection has proved to own this inbox.
    pub(crate) fn owns(&self, inbox: &Address) -> bool {
        self.inboxes.contains(inbox)
    }

    /// Whether the connection may read this log or inbox at all.
    pub(crate) fn reads(&self, address: &Address) -> bool {
        self.logs.contains_key(address) || self.owns(address)
    }
}

impl Drop for Rights {
    fn drop(&mut self) {
        self.tally.subtract(self.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_counted_once_for_all_connections_together_and_no_more_when_they_end() {
        let tally = Tally::new(3);
        let (mut one, mut two) = (Rights::new(tally.clone()), Rights::new(tally.clone()));
        for epoch in 0..5 {
            one.prove_log(Address::new([1; 32]), proved(epoch));
        }
        one.prove_inbox(Address::new([2; 32]));
        one.prove_inbox(Address::new([2; 32]));
        assert!(two.has_room());
        two.prove_log(Address::new([1; 32]), proved(0));
        assert!(!one.has_room() && !two.has_room());
        drop(one);
        two.prove_inbox(Address::new([3; 32]));
        assert!(two.has_room(), "two of three are left");
    }

    fn proved(epoch: u64) -> Run {
        Run::new(Epoch(epoch), Seq(epoch * 10))
    }

    #[test]
    fn a_run_grows_by_the_next_epoch_and_begins_anew_after_a_jump() {
        let run = proved(3).with(proved(4)).with(proved(5)).with(proved(4));
        assert_eq!((run.from, run.to, run.floor), (Epoch(3), Epoch(5), Seq(29)));
        assert_eq!(run.with(proved(7)), proved(7), "epoch 6 was never proved");
        assert_eq!(run.with(proved(2)), proved(2), "going back gives up what is above");
    }
}
