//! Why a relay cannot take part in its cluster, or no longer: each a sentence that says what to do.

use std::path::PathBuf;

use thiserror::Error;

use super::message::{FORMAT, RULES};
use crate::store::{FollowError, OpenError, StoreError};

/// Everything that keeps a relay from its cluster.
#[derive(Debug, Error)]
pub enum ClusterError {
    #[error("--store nats needs --nats-url: name every server of the cluster")]
    NoUrl,
    /// Blobs in a folder of one relay would be missing on the others.
    #[error(
        "with --store nats all relays must share their blobs: name a bucket with --blobs s3://BUCKET/PREFIX and the same \
         --blob-key-file on each, or offer none with --blob-mib 0"
    )]
    Blobs,
    #[error("the file {0} cannot be used: {1}")]
    Credentials(PathBuf, #[source] std::io::Error),
    #[error("the NATS server {0} cannot be reached: {1}")]
    Connect(String, String),
    #[error(
        "the NATS server {0} is version {1}, whose clustered compare-and-swap is not to be trusted or whose stream functions \
         are missing: this relay needs 2.12 or later on every server (2.14 or 2.15 are known to hold)"
    )]
    Version(String, String),
    #[error("the NATS server {0} takes messages of at most {1} bytes: set max_payload to 1MB, its default, or above")]
    Payload(String, usize),
    #[error("JetStream cannot be used ({0}): turn it on in every server, and for the relays' account")]
    NoJetStream(String),
    #[error(
        "the stream {stream} cannot be made with {replicas} replicas ({reason}): run at least {replicas} servers with JetStream, \
         or ask for --nats-replicas 1, which survives nothing"
    )]
    Replicas { stream: &'static str, replicas: u8, reason: String },
    #[error(
        "the stream {stream} is not set up as the relays need it: {what}. Nothing was changed; put it right with the nats tool"
    )]
    Stream { stream: &'static str, what: String },
    #[error(
        "{0} does not sync what it acknowledges: set `sync_interval: always` in the jetstream block of every server, or \
         accept that a power failure loses what was accepted, with --nats-trust-sync"
    )]
    NotSynced(String),
    #[error("the monitoring address {0} cannot be asked: {1}")]
    Monitor(String, String),
    #[error(
        "nothing shows that the NATS servers sync what they acknowledge: name their monitoring addresses with \
         --nats-monitor-url, or take it on trust with --nats-trust-sync"
    )]
    SyncUnknown,
    #[error(
        "the cluster's compare-and-swap does not hold: of 100 races between two writers {0} had two winners. This is how old \
         NATS servers behave; upgrade all of them"
    )]
    TwoWinners(usize),
    #[error("NATS: {0}")]
    Nats(String),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the view in {0} cannot be used: {1}")]
    View(PathBuf, String),
    #[error(
        "{0} is the store of one relay by itself, and no view of a cluster's stream: use another --data folder for --store \
         nats, or begin an empty stream with it by --nats-adopt. Nothing in it was changed"
    )]
    NotAView(PathBuf),
    #[error(
        "{0} is a view of another stream than the one that the cluster has now. Is this another cluster? Use the right one. Was \
         the stream made anew? Move the file away to follow it; or, if the old one is lost and this one is empty, begin it \
         with --nats-adopt. Nothing was changed"
    )]
    OtherStream(PathBuf),
    #[error(
        "{path} has applied message {applied}, but the stream ends at {last}: the cluster has lost what was accepted, or was \
         restored to an earlier time. Nothing was changed: keep this file, it holds what the stream does not"
    )]
    StreamBehind { path: PathBuf, applied: u64, last: u64 },
    #[error(
        "the stream begins at message {first}, this relay needs {next}, and there is no checkpoint that leads on: the messages \
         between are gone from the cluster. Restore the stream, or a view of another relay's backup"
    )]
    NoCheckpoint { first: u64, next: u64 },
    #[error(
        "--nats-adopt begins an empty stream, and this one has been begun: start without it. What is in the data folder was not \
         taken into it"
    )]
    NothingToAdopt,
    #[error(
        "another relay begins this cluster with its own store (--nats-adopt) and has made no checkpoint yet, so there is nothing \
         that this one could begin with: start it again when that one has said that the checkpoint is made"
    )]
    BeingAdopted,
    #[error("the checkpoint {0} cannot be used: {1}")]
    Checkpoint(String, String),
    #[error(
        "{folder} has {free} MiB free, and a copy of the view needs {needed} MiB with what the relay keeps clear: make room there. \
         Nothing was changed"
    )]
    NoRoom { folder: PathBuf, free: u64, needed: u64 },
    #[error(
        "--retention-days is {own} here, and the cluster keeps records for {cluster} days: set it to {cluster}, or change the cluster \
         with --nats-set-retention, for one start of one relay. Nothing was changed"
    )]
    Retention { cluster: u64, own: u64 },
    #[error(
        "message {seq} has format {format} and rules {rules}, and this relay knows {FORMAT} and {RULES}: another relay was \
         upgraded; upgrade this one too. Nothing was applied"
    )]
    Newer { seq: u64, format: u8, rules: u32 },
    #[error(
        "at message {at} this relay's view differs from that of the relay that sent message {said_in}: one of the two is \
         damaged, or they are different versions. This one has stopped rather than show people different things. Move its \
         data file away and start it again: it is rebuilt from the checkpoint and the stream"
    )]
    Diverged { at: u64, said_in: u64 },
    #[error(
        "the stream skips from message {0} to {1}: start the relay again, and it will load the newest checkpoint or say what is wrong"
    )]
    Gap(u64, u64),
    #[error(
        "the view cannot be used: {0}. Look at the disk; then move the data file away and start again: it is rebuilt from the checkpoint and the stream"
    )]
    Follow(String),
    #[error(
        "the disk of the data folder is full: this relay can apply nothing more and has stopped; what it accepted is in the cluster. Make \
         room on the disk and start it again, and set --store-mib below what the smallest disk of the relays has"
    )]
    DiskFull,
}

impl From<FollowError> for ClusterError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Store(error) => error.into(),
            FollowError::NoView => Self::Follow(error.to_string()),
        }
    }
}

impl From<StoreError> for ClusterError {
    fn from(error: StoreError) -> Self {
        match error.is_full() {
            true => Self::DiskFull,
            false => Self::Follow(error.to_string()),
        }
    }
}

/// Whatever async-nats says, as text: its errors have many types and this relay does one thing about them.
pub(super) fn nats(error: impl std::fmt::Display) -> ClusterError {
    ClusterError::Nats(error.to_string())
}
