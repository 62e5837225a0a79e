//! How long to wait before the next attempt to connect.

/// First wait, in milliseconds.
const FIRST_MS: u32 = 500;
/// Longest wait, in milliseconds.
const LONGEST_MS: u32 = 30_000;

/// Counts failed attempts: 0.5 s, doubled by each, to 30 s, of which a random part of up to a half is left out, so that
/// the clients of a relay that comes back do not all come at once.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Milliseconds until the next attempt, after one more failure. `random` is in 0..1.
    pub fn next(&mut self, random: f64) -> u32 {
        let full = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures += 1;
        full - (f64::from(full / 2) * random.clamp(0.0, 1.0)) as u32
    }

    /// An attempt went well.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}
