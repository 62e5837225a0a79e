//! How fast pools are drained. Kept in memory alone, and only for a pool that has something to fall back on.

use std::collections::HashMap;

use xchat_wire::Address;

use crate::bucket::{Bucket, Rate};
use crate::limits::{MAX_POOLS_WATCHED, PACKAGES_A_MINUTE, PACKAGES_BURST};

const PACKAGES: Rate = Rate { burst: PACKAGES_BURST, per_minute: PACKAGES_A_MINUTE };

/// The pools that something was taken out of lately.
#[derive(Default)]
pub(crate) struct Drains(HashMap<Address, Bucket>);

impl Drains {
    /// Whether one more one-time package of this pool may go now.
    pub(super) fn may_take(&mut self, inbox: &Address, now: u64) -> bool {
        if self.0.len() >= MAX_POOLS_WATCHED && !self.0.contains_key(inbox) {
            // Only a holder of a write key gets here; forgetting too early gives a drainer one more burst.
            self.0.clear();
        }
        self.0.entry(*inbox).or_insert_with(|| Bucket::new(PACKAGES, now)).take(PACKAGES, 1, now).is_ok()
    }
}
