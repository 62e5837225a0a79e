//! How many of something there are, over all who share the count, and how many there may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A count with an end, which may be part of a larger one.
#[derive(Debug)]
pub(crate) struct Tally {
    count: AtomicUsize,
    most: usize,
    above: Option<Arc<Tally>>,
}

impl Tally {
    /// A count by itself.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { count: AtomicUsize::new(0), most, above: None })
    }

    /// A count whose things are counted in another one too.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server has parts"))]
    pub(crate) fn part_of(above: &Arc<Self>, most: usize) -> Arc<Self> {
        Arc::new(Self { count: AtomicUsize::new(0), most, above: Some(above.clone()) })
    }

    /// Whether one more may come. Who asks adds it a moment later: threads that ask at the same time may be one over, each.
    pub(crate) fn has_room(&self) -> bool {
        let here = self.count.load(Ordering::Relaxed) < self.most;
        here && self.above.as_ref().is_none_or(|above| above.has_room())
    }

    /// One more is there.
    pub(crate) fn add(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        if let Some(above) = &self.above {
            above.add();
        }
    }

    /// So many are gone.
    pub(crate) fn subtract(&self, gone: usize) {
        self.count.fetch_sub(gone, Ordering::Relaxed);
        if let Some(above) = &self.above {
            above.subtract(gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_full_when_it_is_itself_or_when_the_whole_is() {
        let whole = Tally::new(3);
        let (one, two) = (Tally::part_of(&whole, 2), Tally::part_of(&whole, 2));
        (0..2).for_each(|_| one.add());
        assert!(!one.has_room() && two.has_room());
        two.add();
        assert!(!two.has_room(), "it has one of two, and the whole has none left");
        one.subtract(2);
        assert!(one.has_room() && two.has_room());
    }
}
