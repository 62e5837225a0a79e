//! What a relay reads that it, or another of its kind, has written: rows, grants of blobs, messages of a cluster.

use xchat_relay::fuzzing;

/// A row of the store.
pub fn row(bytes: &[u8]) {
    fuzzing::row(bytes);
}

/// A grant of a blob.
pub fn grant(bytes: &[u8]) {
    fuzzing::grant(bytes);
}

/// A message of a cluster's stream, as it is, and laid over a good one.
pub fn cluster_message(bytes: &[u8]) {
    fuzzing::cluster_message(bytes);
    let mut laid = fuzzing::sample_cluster_message();
    laid.iter_mut().zip(bytes).for_each(|(byte, change)| *byte ^= change);
    fuzzing::cluster_message(&laid);
}
