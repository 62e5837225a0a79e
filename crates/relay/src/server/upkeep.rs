//! What a relay does beside serving: old records go, certificates are read again, backups are written when asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

use super::tls::Tls;
use super::{Shared, signals};
use crate::limits::{EXPIRE_STEP, IDLE_STEP};
use crate::settings::Settings;
use crate::store::{Outcome, Write};

/// How often records whose own time is over are looked for.
const END_EVERY: Duration = Duration::from_secs(30);
/// How often old records are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Starts all of it; ended by aborting it, at any moment.
pub(super) fn start(shared: &Arc<Shared>, settings: &Settings, tls: Option<Tls>) -> JoinHandle<()> {
    // Both signals are taken in any case: left alone, they would end the process.
    let (reload, backup) = (signals::reload(), signals::backup());
    let (retention_ms, idle_ms) = (settings.retention_ms(), settings.idle_ms());
    let folder = settings.backup_to.clone();
    let (shared, store_bytes) = (shared.clone(), settings.store_bytes());
    tokio::spawn(async move {
        bound(&shared, store_bytes).await;
        tokio::join!(
            sweep(&shared, retention_ms, idle_ms),
            end(&shared),
            back_up(&shared, folder, backup),
            keep_fresh(tls, reload)
        );
    })
}

/// Has the store bounded as this relay is set up, unless it is already.
async fn bound(shared: &Shared, bytes: u64) {
    let before = shared.store.snapshot().and_then(|snapshot| snapshot.store_bound());
    match before {
        Ok(before) if before == bytes => {}
        Ok(before) => {
            if shared.writer.chore(Write::Bound { bytes }).await.is_some() {
                tracing::info!(before, bytes, "the store has another bound than before");
            }
        }
        Err(error) => tracing::error!(%error, "the store's bound cannot be read"),
    }
}

async fn keep_fresh(tls: Option<Tls>, asked: Receiver<()>) {
    if let Some(tls) = tls {
        tls.keep_fresh(asked).await;
    }
}

/// Writes a backup each time that it is asked for.
async fn back_up(shared: &Shared, folder: Option<PathBuf>, mut asked: Receiver<()>) {
    while asked.recv().await.is_some() {
        let Some(folder) = folder.clone() else {
            tracing::warn!("a backup was asked for, but --backup-to does not say where");
            continue;
        };
        tracing::info!("a backup begins");
        let (store, now) = (shared.store.clone(), shared.clock.wall());
        match tokio::task::spawn_blocking(move || store.back_up(&folder, now)).await {
            Ok(Ok(records)) => {
                shared.metrics.backups.add(1);
                tracing::info!(records, "a backup is complete");
            }
            Ok(Err(error)) => tracing::error!(%error, "a backup failed"),
            Err(error) => tracing::error!(%error, "a backup failed"),
        }
    }
}

/// Removes records older than the retention, what nobody uses, and blobs whose time is over, now and then. Not while the relay's
/// idea of what is old is another than its cluster's.
async fn sweep(shared: &Shared, retention_ms: u64, idle_ms: u64) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        if !shared.elsewhere.agrees_on_age().await {
            continue;
        }
        steps(shared, &Write::Expire { keep: retention_ms, limit: EXPIRE_STEP }, EXPIRE_STEP).await;
        unused(shared, idle_ms).await;
        if let Some(blobs) = &shared.blobs {
            match blobs.sweep().await {
                Ok(removed) => shared.metrics.blobs_expired.add(removed as u64),
                Err(error) => tracing::error!(%error, "old blobs could not be removed"),
            }
        }
    }
}

/// Removes records whose own time is over. Looked for in this relay's own store first: relays of a cluster need not ask each other
/// for nothing. Not while this relay's clock is another than its cluster's: it would ask for nothing each time.
async fn end(shared: &Shared) {
    let mut ticks = tokio::time::interval(END_EVERY);
    loop {
        ticks.tick().await;
        let now = shared.clock.wall();
        match shared.store.snapshot().and_then(|snapshot| snapshot.has_ended(now)) {
            Ok(true) if shared.elsewhere.agrees_on_age().await => {
                steps(shared, &Write::End { limit: EXPIRE_STEP }, EXPIRE_STEP).await;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "records whose time is over cannot be looked for"),
        }
    }
}

/// Removes what nobody has used for so long, if this relay's own store has any.
async fn unused(shared: &Shared, keep: u64) {
    let before = shared.clock.wall().saturating_sub(keep);
    match shared.store.snapshot().and_then(|snapshot| snapshot.has_idle(before)) {
        Ok(true) => steps(shared, &Write::Unused { keep, limit: IDLE_STEP }, IDLE_STEP).await,
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "what is out of use cannot be looked for"),
    }
}

/// A sweep in transactions short enough for posts to pass between them.
async fn steps(shared: &Shared, step: &Write, limit: u32) {
    loop {
        let Some(Outcome::Expired(removed)) = shared.writer.chore(step.clone()).await else { return };
        shared.metrics.expired.add(removed.into());
        if removed < limit {
            return;
        }
    }
}
