//! Counts for the operator, in the text format of Prometheus. Sums over everyone: no label, hence no address, ever.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of append latency's buckets, in microseconds.
const LATENCIES: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000];
/// Upper bounds of a batch's buckets, in writes.
const BATCHES: [u64; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/// A number that anyone may change.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    fn of(number: u64) -> Self {
        Self(number.into())
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn subtract(&self, less: u64) {
        self.0.fetch_sub(less, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often a value came into each bucket, and the sum of all values.
#[derive(Debug)]
pub(crate) struct Histogram<const N: usize> {
    bounds: [u64; N],
    /// Those at most as large as the bound and above the one before.
    counts: [Count; N],
    above: Count,
    sum: Count,
}

impl<const N: usize> Histogram<N> {
    fn new(bounds: [u64; N]) -> Self {
        Self {
            bounds,
            counts: std::array::from_fn(|_| Count::default()),
            above: Count::default(),
            sum: Count::default(),
        }
    }

    fn add(&self, value: u64) {
        self.sum.add(value);
        match self.bounds.iter().position(|bound| value <= *bound) {
            Some(at) => self.counts[at].add(1),
            None => self.above.add(1),
        }
    }

    /// The lines of one histogram; `unit` values make one of the name's unit.
    fn text(&self, text: &mut String, name: &str, help: &str, unit: f64) {
        // Writing into a String cannot fail.
        _ = writeln!(text, "# HELP xchat_relay_{name} {help}\n# TYPE xchat_relay_{name} histogram");
        let mut so_far = 0;
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            so_far += count.get();
            _ = writeln!(text, "xchat_relay_{name}_bucket{{le=\"{}\"}} {so_far}", *bound as f64 / unit);
        }
        so_far += self.above.get();
        _ = writeln!(text, "xchat_relay_{name}_bucket{{le=\"+Inf\"}} {so_far}");
        _ = writeln!(text, "xchat_relay_{name}_sum {}", self.sum.get() as f64 / unit);
        _ = writeln!(text, "xchat_relay_{name}_count {so_far}");
    }
}

/// What only the moment of asking knows, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    /// Of the store's file.
    pub(crate) store_bytes: u64,
    /// Of what is in it, as its bound counts that.
    pub(crate) stored_bytes: u64,
    /// Of writes that wait.
    pub(crate) queue_bytes: u64,
    /// Of all blobs that are kept.
    pub(crate) blob_bytes: u64,
}

/// What is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) open: Count,
    pub(crate) connections: Count,
    /// Connections that the guard did not let in.
    pub(crate) refused: Count,
    /// Writes that were more than their sender's address may ask for.
    pub(crate) limited: Count,
    pub(crate) frames_in: Count,
    pub(crate) frames_out: Count,
    pub(crate) writes: Count,
    pub(crate) failed: Count,
    /// Rows that could not be read, each time that one was met.
    pub(crate) damaged: Count,
    pub(crate) expired: Count,
    pub(crate) backups: Count,
    pub(crate) signals: Count,
    pub(crate) blobs_stored: Count,
    pub(crate) blobs_served: Count,
    pub(crate) blobs_expired: Count,
    /// By how many milliseconds the clock differs from the cluster's.
    pub(crate) clock_off: Count,
    latency: Histogram<{ LATENCIES.len() }>,
    batches: Histogram<{ BATCHES.len() }>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            open: Count::default(),
            connections: Count::default(),
            refused: Count::default(),
            limited: Count::default(),
            frames_in: Count::default(),
            frames_out: Count::default(),
            writes: Count::default(),
            failed: Count::default(),
            damaged: Count::default(),
            expired: Count::default(),
            backups: Count::default(),
            signals: Count::default(),
            blobs_stored: Count::default(),
            blobs_served: Count::default(),
            blobs_expired: Count::default(),
            clock_off: Count::default(),
            latency: Histogram::new(LATENCIES),
            batches: Histogram::new(BATCHES),
        }
    }
}

impl Metrics {
    /// An append or commit was answered so long after it came.
    pub(crate) fn appended(&self, after: Duration) {
        self.latency.add(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
    }

    /// A transaction held so many writes.
    pub(crate) fn batch(&self, writes: usize) {
        self.batches.add(writes as u64);
    }

    /// All of them as text.
    pub(crate) fn text(&self, moment: Moment) -> String {
        let Moment { store_bytes, stored_bytes, queue_bytes, blob_bytes } = moment;
        let [store, stored, queue, blobs] = [store_bytes, stored_bytes, queue_bytes, blob_bytes].map(Count::of);
        let rows = [
            ("connections_open", "gauge", "WebSockets that are open.", &self.open),
            ("connections_total", "counter", "WebSockets since the start.", &self.connections),
            ("connections_refused_total", "counter", "Connections over a limit.", &self.refused),
            (
                "writes_limited_total",
                "counter",
                "Writes, grants and requests for blobs over their address's limit.",
                &self.limited,
            ),
            ("frames_received_total", "counter", "Frames from clients.", &self.frames_in),
            ("frames_sent_total", "counter", "Frames to clients.", &self.frames_out),
            ("writes_total", "counter", "Writes that were answered.", &self.writes),
            ("writes_failed_total", "counter", "Writes that the store failed.", &self.failed),
            ("damaged_rows_total", "counter", "Rows of the store that could not be read, each time.", &self.damaged),
            ("expired_total", "counter", "Records and others that the sweeps removed.", &self.expired),
            ("backups_total", "counter", "Backups that were completed.", &self.backups),
            ("signals_total", "counter", "Signals that were passed on.", &self.signals),
            ("blobs_stored_total", "counter", "Blobs that were uploaded, repeats among them.", &self.blobs_stored),
            ("blobs_served_total", "counter", "Blobs and parts of blobs, asked for and found.", &self.blobs_served),
            ("blobs_expired_total", "counter", "Blobs removed when their time was over.", &self.blobs_expired),
            (
                "clock_difference_milliseconds",
                "gauge",
                "By how much this machine's clock differs from the cluster's; 0 for a relay by itself.",
                &self.clock_off,
            ),
            ("queue_bytes", "gauge", "Bytes that wait for the writer.", &queue),
            ("store_bytes", "gauge", "Size of the store's file.", &store),
            ("blob_bytes", "gauge", "Bytes of all blobs that are kept.", &blobs),
            ("stored_bytes", "gauge", "What is in the store, as its bound counts it.", &stored),
        ];
        let mut text = String::new();
        for (name, kind, help, count) in rows {
            _ = writeln!(text, "# HELP xchat_relay_{name} {help}\n# TYPE xchat_relay_{name} {kind}");
            _ = writeln!(text, "xchat_relay_{name} {}", count.get());
        }
        let latency = "From an append's arrival to its answer, on disk.";
        self.latency.text(&mut text, "append_seconds", latency, 1e6);
        self.batches.text(&mut text, "batch_writes", "Writes in one transaction.", 1.0);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_seconds_are_seconds() {
        let metrics = Metrics::default();
        for millis in [1, 2, 40, 9_000] {
            metrics.appended(Duration::from_millis(millis));
        }
        let moment = Moment { store_bytes: 7, stored_bytes: 5, blob_bytes: 8, ..Moment::default() };
        let text = metrics.text(moment);
        for line in [
            "xchat_relay_append_seconds_bucket{le=\"0.0005\"} 0",
            "xchat_relay_append_seconds_bucket{le=\"0.001\"} 1",
            "xchat_relay_append_seconds_bucket{le=\"0.05\"} 3",
            "xchat_relay_append_seconds_bucket{le=\"2.5\"} 3",
            "xchat_relay_append_seconds_bucket{le=\"+Inf\"} 4",
            "xchat_relay_append_seconds_sum 9.043",
            "xchat_relay_append_seconds_count 4",
            "xchat_relay_store_bytes 7",
            "xchat_relay_blob_bytes 8",
            "xchat_relay_stored_bytes 5",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in {text}");
        }
    }
}
