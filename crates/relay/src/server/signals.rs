//! What an operator asks a running relay by a signal, beside to stop.

use tokio::sync::mpsc::{self, Receiver};

/// SIGHUP: read certificate and key again.
pub(super) fn reload() -> Receiver<()> {
    #[cfg(unix)]
    return each(tokio::signal::unix::SignalKind::hangup());
    #[cfg(not(unix))]
    mpsc::channel(1).1
}

/// SIGUSR1: write a backup.
pub(super) fn backup() -> Receiver<()> {
    #[cfg(unix)]
    return each(tokio::signal::unix::SignalKind::user_defined1());
    #[cfg(not(unix))]
    mpsc::channel(1).1
}

/// Says so each time that the signal comes; several that come before anyone looks are one.
#[cfg(unix)]
fn each(kind: tokio::signal::unix::SignalKind) -> Receiver<()> {
    let (tell, told) = mpsc::channel(1);
    match tokio::signal::unix::signal(kind) {
        Ok(mut signals) => {
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    // Full: it was asked for already.
                    _ = tell.try_send(());
                }
            });
        }
        Err(error) => tracing::error!(%error, "a signal cannot be listened to"),
    }
    told
}
