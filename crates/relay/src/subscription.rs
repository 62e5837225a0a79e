//! What a connection listens to: each log or inbox in order, each record once, never past a fence, never beyond its credit.
//!
//! A subscription reads from the store until it has caught up and then takes records as they are published. Whenever a
//! published record does not fit (no credit, a full queue, a gap) it goes back to reading from the store: nothing is
//! buffered for a slow reader beyond the connection's queue, and nothing is skipped.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use xchat_wire::{Address, Kind, MAX_CREDIT, MAX_SUBSCRIPTIONS, Seq, ServerFrame};

use crate::limits::RECORDS_A_TURN;
use crate::output::Output;
use crate::rights::{Rights, Run};
use crate::store::{Found, Published, Snapshot, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more in the store.
    Behind,
    /// There is more, and no credit for it.
    Starved,
    /// At the head: what is published next comes next.
    Live,
    /// Behind the commit that closed the last proved epoch; only a proof of the next one lets it go on.
    Fenced,
}

#[derive(Debug)]
struct Subscription {
    /// Last record sent.
    cursor: Seq,
    credit: u32,
    state: State,
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It met so many damaged records, and went on behind each.
    Read { damaged: u32 },
    /// What it listens to cannot be read: this subscription is over.
    Ended(Address),
}

/// All subscriptions of one connection.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: HashMap<Address, Subscription>,
    /// Those that are behind, in the order of their turns. May name one twice, or one that is gone.
    turns: VecDeque<Address>,
}

impl Subscriptions {
    /// Starts one behind `after`, or starts it again; false when there are too many.
    pub(crate) fn start(&mut self, address: Address, after: Seq, credit: u32) -> bool {
        let full = self.all.len() >= MAX_SUBSCRIPTIONS;
        let fresh = Subscription { cursor: after, credit: credit.min(MAX_CREDIT), state: State::Behind };
        match self.all.entry(address) {
            Entry::Vacant(_) if full => return false,
            Entry::Vacant(entry) => _ = entry.insert(fresh),
            Entry::Occupied(mut entry) => _ = entry.insert(fresh),
        }
        self.turns.push_back(address);
        true
    }

    /// Ends one; whether there was one.
    pub(crate) fn stop(&mut self, address: &Address) -> bool {
        self.all.remove(address).is_some()
    }

    /// Adds credit.
    pub(crate) fn credit(&mut self, address: &Address, more: u32) {
        if let Some(subscription) = self.all.get_mut(address) {
            subscription.credit = subscription.credit.saturating_add(more).min(MAX_CREDIT);
            if subscription.state == State::Starved && subscription.credit > 0 {
                subscription.state = State::Behind;
                self.turns.push_back(*address);
            }
        }
    }

    /// The connection has proved another epoch of this log: there may be more to read.
    pub(crate) fn proved(&mut self, address: &Address) {
        if let Some(subscription) = self.all.get_mut(address)
            && subscription.state != State::Behind
        {
            subscription.state = State::Behind;
            self.turns.push_back(*address);
        }
    }

    /// Where one listens.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server has a hub"))]
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.all.keys()
    }

    /// Whether one listens here.
    pub(crate) fn has(&self, address: &Address) -> bool {
        self.all.contains_key(address)
    }

    /// Whether one waits for its turn to read.
    pub(crate) fn any_behind(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Lets the next one that is behind read from the store. Damage costs no other subscription anything.
    pub(crate) fn turn(
        &mut self,
        rights: &Rights,
        snapshot: &Snapshot,
        output: &mut Output,
    ) -> Result<Turn, StoreError> {
        const NOTHING: Turn = Turn::Read { damaged: 0 };
        let Some(address) = self.turns.pop_front() else { return Ok(NOTHING) };
        if self.turns.is_empty() {
            // A connection that has caught up keeps no memory of its start.
            self.turns = VecDeque::new();
        }
        let Some(subscription) = self.all.get_mut(&address) else { return Ok(NOTHING) };
        if subscription.state != State::Behind {
            return Ok(NOTHING);
        }
        let (run, mut damaged) = (rights.log(&address), 0);
        match subscription.read(&address, run, snapshot, output, &mut damaged) {
            Ok(state) => subscription.state = state,
            Err(error) if error.is_one_rows() => {
                self.all.remove(&address);
                output.push(&ServerFrame::Gone { address, seq: None });
                return Ok(Turn::Ended(address));
            }
            Err(error) => return Err(error),
        }
        if subscription.state == State::Behind {
            self.turns.push_back(address);
        }
        Ok(Turn::Read { damaged })
    }

    /// Takes a record that was just stored.
    pub(crate) fn published(&mut self, address: &Address, record: &Published, rights: &Rights, output: &mut Output) {
        if let Some(subscription) = self.all.get_mut(address)
            && subscription.state == State::Live
            && record.seq > subscription.cursor
        {
            subscription.state = subscription.follow(address, record, rights.log(address), output);
            if subscription.state == State::Behind {
                self.turns.push_back(*address);
            }
        }
    }
}

impl Subscription {
    /// One turn from the store: the state in which it ends.
    fn read(
        &mut self,
        address: &Address,
        run: Option<Run>,
        snapshot: &Snapshot,
        output: &mut Output,
        damaged: &mut u32,
    ) -> Result<State, StoreError> {
        let reach = match &run {
            Some(run) => snapshot.log_reach(address, run.last())?,
            None => snapshot.inbox_reach(address)?,
        };
        let floor = run.map_or(Seq(0), |run| run.floor());
        self.cursor = self.cursor.max(floor).min(reach.head);
        let records = snapshot.records(address, self.cursor, reach.fence.unwrap_or(reach.head))?;
        for (count, record) in records.enumerate() {
            if self.credit == 0 {
                return Ok(State::Starved);
            }
            if count == RECORDS_A_TURN || !output.has_room() {
                return Ok(State::Behind);
            }
            match record? {
                Found::Record(record) => self.send(record, output),
                Found::Damaged(seq) => {
                    *damaged += 1;
                    self.pass_over(address, seq, output);
                }
            }
        }
        Ok(match (reach.fence, run) {
            (Some(_), Some(run)) => fence(address, run, output),
            _ => {
                output.push(&ServerFrame::CaughtUp { address: *address, head: reach.head });
                State::Live
            }
        })
    }

    /// One published record: the state in which it ends.
    fn follow(&mut self, address: &Address, record: &Published, run: Option<Run>, output: &mut Output) -> State {
        if self.credit == 0 {
            return State::Starved;
        }
        let next = record.seq.0 == self.cursor.0 + 1;
        let proved = run.is_none_or(|run| run.last() == record.epoch);
        if !next || !proved || !output.has_room() {
            return State::Behind;
        }
        self.send(record.clone(), output);
        match (record.kind, run) {
            (Kind::Commit, Some(run)) => fence(address, run, output),
            _ => State::Live,
        }
    }

    fn send(&mut self, record: Published, output: &mut Output) {
        self.cursor = record.seq;
        self.credit -= 1;
        output.push_encoded(record.frame);
    }

    /// Says that a record will not come. It costs what the record would have cost, so that no damage makes a flood.
    fn pass_over(&mut self, address: &Address, seq: Seq, output: &mut Output) {
        self.cursor = seq;
        self.credit -= 1;
        output.push(&ServerFrame::Gone { address: *address, seq: Some(seq) });
    }
}

fn fence(address: &Address, run: Run, output: &mut Output) -> State {
    output.push(&ServerFrame::Fenced { address: *address, epoch: run.last().next() });
    State::Fenced
}
