//! How far the files of an own message are shown to have come, and how long the rest of them still takes.

use std::cmp::Reverse;

use xchat_engine::api::Going;

/// What goes first the browser only takes: how fast that was says nothing. For so long, in milliseconds.
const TAKEN: u64 = 1_000;
/// For so long after that nothing is said of the time that is left, in milliseconds.
const UNSURE: u64 = 2_000;
/// How fast it goes is how fast it went for so long, in milliseconds.
const LATELY: u64 = 10_000;
/// What did not move for so long stands still, in milliseconds.
const STILL: u64 = 3_000;
/// Less than so many seconds are not worth a word: the relay still has to say that it has all of it.
const SOON: f64 = 3.0;

/// A message's way to the relay. Bytes are those of what is sealed, times Unix milliseconds.
#[derive(Debug, Default)]
pub struct Pace {
    /// Bytes that the relay has, of so many.
    done: u64,
    total: u64,
    /// Of chunks that it does not have yet, few at a time: their hash and size, and what of them is on its way.
    partly: Vec<([u8; 32], u64, u64)>,
    /// As far as it was ever seen: what a lost connection took along goes once more, and is not shown twice.
    most: u64,
    /// Since when it goes.
    since: Option<u64>,
    /// When how much had gone.
    marks: Vec<(u64, u64)>,
}

impl Pace {
    /// The engine says how far it is.
    pub fn counted(&mut self, going: Going, now: u64) {
        let mut fresh = going.done.saturating_sub(self.done);
        // Which chunks arrived it does not say: those of which most had gone. The last word on one of them may never have come.
        self.partly.sort_by_key(|(_, _, bytes)| Reverse(*bytes));
        self.partly.retain(|(_, size, _)| {
            let arrived = *size <= fresh;
            if arrived {
                fresh -= size;
            }
            !arrived
        });
        (self.done, self.total) = (going.done, going.total);
        self.moved(now);
    }

    /// So many bytes of a chunk of this size are on their way.
    pub fn sending(&mut self, chunk: [u8; 32], size: u64, bytes: u64, now: u64) {
        self.partly.retain(|(of, ..)| *of != chunk);
        self.partly.push((chunk, size, bytes.min(size)));
        self.moved(now);
    }

    /// It does not go for now: how fast it went says nothing of how fast it will.
    pub fn rests(&mut self) {
        self.since = None;
        self.marks.clear();
    }

    fn gone(&self) -> u64 {
        let partly: u64 = self.partly.iter().map(|(.., bytes)| bytes).sum();
        self.done.saturating_add(partly).min(self.total)
    }

    fn moved(&mut self, now: u64) {
        let gone = self.gone();
        self.most = self.most.max(gone);
        match self.marks.last() {
            // Something was lost on the way.
            Some((_, before)) if gone < *before => self.rests(),
            Some((_, before)) if gone == *before => return,
            Some(_) if now < *self.since.get_or_insert(now) + TAKEN => self.marks.clear(),
            _ => {}
        }
        self.marks.push((now, gone));
        while self.marks.get(1).is_some_and(|(time, _)| time + LATELY <= now) {
            self.marks.remove(0);
        }
    }

    /// How far it is shown to be, and of how much.
    #[must_use]
    pub fn shown(&self) -> (u64, u64) {
        (self.most.min(self.total), self.total)
    }

    /// Seconds until all of it is there; None where that is not known, or as good as now.
    #[must_use]
    pub fn left(&self, now: u64) -> Option<f64> {
        let (began, from) = *self.marks.first()?;
        let (last, gone) = *self.marks.last()?;
        let went = last.saturating_sub(began);
        // Over a slow line it goes by starts.
        if went < UNSURE || now.saturating_sub(last) >= STILL.max(went / 2) {
            return None;
        }
        let took = now.saturating_sub(began);
        // What goes is never less than before, so it is more here.
        let left = took as f64 / 1000.0 * self.total.saturating_sub(gone) as f64 / gone.saturating_sub(from) as f64;
        Some(left).filter(|left| left.is_finite() && *left >= SOON)
    }
}
