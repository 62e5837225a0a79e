//! What nobody needs any more in the cluster: copies that neither the newest checkpoint nor the one before it names, and pieces of
//! copies whose sending was cut off, which no name leads to.

use std::collections::BTreeSet;

use futures_util::StreamExt;

use super::{Checkpoints, object};
use crate::cluster::error::{ClusterError, nats};

/// Subjects of the pieces of copies; the name of the copy's bytes follows.
const PIECES: &str = "$O.XCHAT_CHECKPOINTS.C.";

impl Checkpoints {
    /// Removes them, if they are older than the time between two checkpoints: a copy that another relay is just sending looks the same.
    pub(super) async fn remove_orphans(&self, now: u64) -> Result<(), ClusterError> {
        let Some((newest, _)) = self.newest().await? else { return Ok(()) };
        let named: BTreeSet<String> = [Some(newest.seq), newest.before].into_iter().flatten().map(object).collect();
        let mut known = BTreeSet::new();
        let mut copies = self.copies.list().await.map_err(nats)?;
        while let Some(copy) = copies.next().await {
            let copy = copy.map_err(nats)?;
            let made = copy.modified.map_or(0, |at| at.unix_timestamp_nanos() / 1_000_000);
            if named.contains(&copy.name) || !self.is_old(made, now) {
                known.insert(copy.nuid);
                continue;
            }
            self.copies.delete(&copy.name).await.map_err(nats)?;
            tracing::info!("a copy that no checkpoint names was removed from the cluster");
        }
        self.remove_pieces(&known, now).await
    }

    async fn remove_pieces(&self, known: &BTreeSet<String>, now: u64) -> Result<(), ClusterError> {
        let mut subjects = self.pieces.info_with_subjects(format!("{PIECES}*")).await.map_err(nats)?;
        while let Some(subject) = subjects.next().await {
            let (subject, _) = subject.map_err(nats)?;
            if subject.strip_prefix(PIECES).is_none_or(|name| known.contains(name)) {
                continue;
            }
            let last = self.pieces.get_last_raw_message_by_subject(&subject).await.map_err(nats)?;
            if self.is_old(last.time.unix_timestamp_nanos() / 1_000_000, now) {
                self.pieces.purge().filter(subject).await.map_err(nats)?;
                tracing::info!("what was left of a copy that was cut off was removed from the cluster");
            }
        }
        Ok(())
    }

    fn is_old(&self, made: i128, now: u64) -> bool {
        made.saturating_add(self.every_ms.into()) <= now.into()
    }
}
