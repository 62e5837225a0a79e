//! How far own messages have come, on the screen.

use leptos::prelude::*;
use xchat_engine::api::Mark;

use super::History;

/// Raises a mark: never down, never on a message that failed or is not one's own.
pub fn raised(now: Option<Mark>, to: Mark) -> Option<Mark> {
    match now {
        Some(mark) if mark != Mark::Failed && mark < to => Some(to),
        other => other,
    }
}

impl History {
    /// Raises the marks of own messages up to `upto`.
    pub fn raise(&self, upto: u64, to: Mark) {
        let end = self.entries.partition_point(|entry| entry.order <= upto);
        for entry in self.entries[..end].iter().rev().filter(|entry| entry.mine) {
            let now = entry.view.with_untracked(|message| message.mark);
            // What was deleted waits for nothing.
            if now.is_none() {
                continue;
            }
            let then = raised(now, to);
            if then != now {
                entry.view.update(|message| message.mark = then);
            } else if now != Some(Mark::Failed) {
                // Marks rise from old to new: those before this one have it already.
                return;
            }
        }
    }

    /// Gives one own message exactly this mark.
    pub fn mark(&self, order: u64, to: Mark) {
        let found = self.entries.iter().find(|entry| entry.order == order && entry.mine);
        if let Some(entry) = found.filter(|entry| entry.view.with_untracked(|message| message.mark.is_some())) {
            entry.view.update(|message| message.mark = Some(to));
        }
    }
}
