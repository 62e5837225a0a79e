//! Counts for the operator, in the text format of Prometheus. Sums over everyone: no label, hence no address, ever.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that anyone may change.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn subtract(&self, less: u64) {
        self.0.fetch_sub(less, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) open: Count,
    pub(crate) connections: Count,
    pub(crate) frames_in: Count,
    pub(crate) frames_out: Count,
    pub(crate) writes: Count,
    pub(crate) batches: Count,
    pub(crate) expired: Count,
    pub(crate) signals: Count,
    pub(crate) blobs_stored: Count,
    pub(crate) blobs_served: Count,
    pub(crate) blobs_expired: Count,
}

impl Metrics {
    /// All of them as text.
    pub(crate) fn text(&self) -> String {
        let rows = [
            ("connections_open", "gauge", "Connections that are open.", &self.open),
            ("connections_total", "counter", "Connections since the start.", &self.connections),
            ("frames_received_total", "counter", "Frames from clients.", &self.frames_in),
            ("frames_sent_total", "counter", "Frames to clients.", &self.frames_out),
            ("writes_total", "counter", "Writes that were answered.", &self.writes),
            ("commits_total", "counter", "Transactions they took.", &self.batches),
            ("expired_total", "counter", "Records removed by retention.", &self.expired),
            ("signals_total", "counter", "Signals that were passed on.", &self.signals),
            ("blobs_stored_total", "counter", "Blobs that were uploaded, repeats among them.", &self.blobs_stored),
            (
                "blobs_served_total",
                "counter",
                "Blobs and parts of blobs that were asked for and found.",
                &self.blobs_served,
            ),
            ("blobs_expired_total", "counter", "Blobs removed when their time was over.", &self.blobs_expired),
        ];
        let mut text = String::new();
        for (name, kind, help, count) in rows {
            // Writing into a String cannot fail.
            _ = writeln!(text, "# HELP xchat_relay_{name} {help}\n# TYPE xchat_relay_{name} {kind}");
            _ = writeln!(text, "xchat_relay_{name} {}", count.get());
        }
        text
    }
}
