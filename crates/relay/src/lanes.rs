//! Work that waits, in a lane for each network address, and is taken by turns (deficit round robin; Shreedhar and Varghese, 1995):
//! whoever has little to do waits for nobody who has much. Within a lane the order stays.

use std::collections::{HashMap, VecDeque};

use crate::limits::{BATCH_WRITES, CROWD_BATCHES, LANE_BYTES, LANE_QUANTUM, LANE_WRITES};

/// Work and its size in bytes.
struct Lane<T> {
    waiting: VecDeque<(T, usize)>,
    /// Bytes that it may still take in this turn.
    credit: usize,
    /// What it has of this batch.
    writes: usize,
    bytes: usize,
}

/// All lanes in which something waits.
pub(crate) struct Lanes<T> {
    lanes: HashMap<u64, Lane<T>>,
    /// Each of them once, but for those that have had their part of this batch.
    turns: VecDeque<u64>,
    /// Batches until a lane that is alone may have more than its part: others were here a moment ago, and will come again.
    crowd: u32,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self { lanes: HashMap::new(), turns: VecDeque::new(), crowd: 0 }
    }
}

impl<T> Lanes<T> {
    /// Puts work of so many bytes at the end of a lane.
    pub(crate) fn push(&mut self, number: u64, work: T, size: usize) {
        let lane = self.lanes.entry(number).or_insert_with(|| {
            self.turns.push_back(number);
            Lane { waiting: VecDeque::new(), credit: LANE_QUANTUM, writes: 0, bytes: 0 }
        });
        lane.waiting.push_back((work, size));
    }

    /// What has its turn, until it is `most` bytes or more, and how many bytes it is.
    pub(crate) fn batch(&mut self, most: usize) -> (Vec<T>, usize) {
        let (mut batch, mut bytes, mut had_part) = (Vec::new(), 0, Vec::new());
        self.crowd = if self.lanes.len() > 1 { CROWD_BATCHES } else { self.crowd.saturating_sub(1) };
        while batch.len() < BATCH_WRITES && bytes < most {
            let Some((number, work, size)) = self.pop() else { break };
            bytes += size;
            batch.push(work);
            if let Some(lane) = self.lanes.get_mut(&number) {
                (lane.writes, lane.bytes) = (lane.writes + 1, lane.bytes + size);
                if self.crowd > 0 && (lane.writes >= LANE_WRITES || lane.bytes >= LANE_BYTES) {
                    self.turns.pop_front();
                    had_part.push(number);
                }
            }
        }
        self.turns.extend(had_part);
        self.lanes.values_mut().for_each(|lane| (lane.writes, lane.bytes) = (0, 0));
        (batch, bytes)
    }

    /// The next piece of work, its lane and size. The lane stays the first, if there is more in it.
    fn pop(&mut self) -> Option<(u64, T, usize)> {
        loop {
            let number = *self.turns.front()?;
            let lane = self.lanes.get_mut(&number)?;
            let (work, size) = lane.waiting.pop_front()?;
            if size > lane.credit {
                lane.waiting.push_front((work, size));
                lane.credit += LANE_QUANTUM;
                self.turns.rotate_left(1);
                continue;
            }
            lane.credit -= size;
            if lane.waiting.is_empty() {
                self.lanes.remove(&number);
                self.turns.pop_front();
            }
            return Some((number, work, size));
        }
    }

    /// Nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: usize = usize::MAX;

    #[test]
    fn one_lane_is_a_queue() {
        let mut lanes = Lanes::default();
        lanes.push(1, "large", 100 * LANE_QUANTUM);
        lanes.push(1, "small", 1);
        lanes.push(1, "last", LANE_QUANTUM);
        assert_eq!(lanes.batch(ALL), (vec!["large", "small", "last"], 101 * LANE_QUANTUM + 1));
        assert!(lanes.is_empty());
    }

    #[test]
    fn who_comes_last_with_little_is_before_those_who_have_much() {
        let mut lanes = Lanes::default();
        for lane in 1..=9 {
            lanes.push(lane, "large", 50 * LANE_QUANTUM);
            lanes.push(lane, "large", 50 * LANE_QUANTUM);
        }
        lanes.push(10, "small", 100);
        lanes.push(10, "next", 100);
        assert_eq!(lanes.batch(ALL).0[..2], ["small", "next"]);
    }

    #[test]
    fn lanes_with_small_work_take_turns_by_bytes() {
        let mut lanes = Lanes::default();
        (0..40).for_each(|_| lanes.push(1, "one", LANE_QUANTUM / 4));
        (0..40).for_each(|_| lanes.push(2, "two", LANE_QUANTUM / 2));
        let (taken, _) = lanes.batch(LANE_QUANTUM * 10);
        let ones = taken.iter().filter(|work| **work == "one").count();
        let twos = taken.len() - ones;
        assert!((2 * twos).abs_diff(ones) <= 4, "two small ones for one that is twice as large: {ones}, {twos}");
    }

    #[test]
    fn a_lane_has_no_more_than_its_part_of_a_batch_while_others_are_there_and_for_a_while_after() {
        let mut lanes = Lanes::default();
        let fill = |lanes: &mut Lanes<&str>, count| (0..count).for_each(|_| lanes.push(1, "flood", 100));
        fill(&mut lanes, 2 * LANE_WRITES);
        assert_eq!(lanes.batch(ALL).0.len(), 2 * LANE_WRITES, "who is alone has all of it");
        fill(&mut lanes, 2 * LANE_WRITES);
        lanes.push(2, "other", 100);
        assert_eq!(lanes.batch(ALL).0.len(), LANE_WRITES + 1);
        for _ in 1..CROWD_BATCHES {
            assert_eq!(lanes.batch(ALL).0.len(), LANE_WRITES);
            fill(&mut lanes, LANE_WRITES);
        }
        fill(&mut lanes, LANE_WRITES);
        assert_eq!(lanes.batch(ALL).0.len(), 2 * LANE_WRITES, "the others are gone");
    }

    #[test]
    fn a_large_piece_is_taken_whole_and_is_a_lanes_part() {
        let mut lanes = Lanes::default();
        (0..3).for_each(|_| lanes.push(1, "large", 2 * LANE_BYTES));
        lanes.push(2, "other", 1);
        let (mut taken, bytes) = lanes.batch(ALL);
        taken.sort_unstable();
        assert_eq!((taken, bytes), (vec!["large", "other"], 2 * LANE_BYTES + 1));
    }
}
