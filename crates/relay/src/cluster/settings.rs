//! What an operator can set about storage: one relay's own file, or many relays on a NATS cluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

/// Where writes take their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// One relay, one file.
    Embedded,
    /// Many relays, one stream of a NATS JetStream cluster; each keeps a view of it in its data folder.
    Nats,
}

/// The store, and how its cluster is reached.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cluster (docs/OPERATIONS.md says how to run one)")]
pub struct ClusterSettings {
    /// Where what is accepted is kept: in this relay's own file, or on a NATS JetStream cluster that several relays share.
    #[arg(long, env = "XCHAT_STORE", value_enum, default_value_t = StoreKind::Embedded, value_name = "KIND")]
    pub store: StoreKind,

    /// A server of the cluster, such as nats://10.0.0.1:4222 or tls://nats.example:4222; give all of them.
    #[arg(long = "nats-url", env = "XCHAT_NATS_URL", value_delimiter = ',', value_name = "URL")]
    pub nats_urls: Vec<String>,

    /// File with the credentials (JWT and seed) of the relays' NATS account.
    #[arg(long, env = "XCHAT_NATS_CREDS", value_name = "FILE", conflicts_with = "nats_token_file")]
    pub nats_creds: Option<PathBuf>,

    /// File with the token that the NATS servers ask for.
    #[arg(long, env = "XCHAT_NATS_TOKEN_FILE", value_name = "FILE")]
    pub nats_token_file: Option<PathBuf>,

    /// PEM file with the authority that signed the NATS servers' certificates, if it is not one that this machine knows.
    #[arg(long, env = "XCHAT_NATS_CA", value_name = "FILE")]
    pub nats_ca: Option<PathBuf>,

    /// Copies of everything in the cluster, made with the stream. 1 survives nothing, and is for a look.
    #[arg(long, env = "XCHAT_NATS_REPLICAS", default_value_t = 3, value_parser = value_parser!(u8).range(1..=5), value_name = "COUNT")]
    pub nats_replicas: u8,

    /// Hours between two checkpoints, after which the stream is shortened.
    #[arg(long, env = "XCHAT_NATS_CHECKPOINT_HOURS", default_value_t = 24.0, value_parser = hours, value_name = "HOURS")]
    pub nats_checkpoint_hours: f64,

    /// Monitoring address of a server of the cluster, such as http://10.0.0.1:8222; give all of them. There the relay sees
    /// whether they sync what they acknowledge.
    #[arg(long = "nats-monitor-url", env = "XCHAT_NATS_MONITOR_URL", value_delimiter = ',', value_name = "URL")]
    pub nats_monitor_urls: Vec<String>,

    /// Take on trust that all servers run with `sync_interval: always`, in place of --nats-monitor-url.
    #[arg(long, env = "XCHAT_NATS_TRUST_SYNC")]
    pub nats_trust_sync: bool,

    /// Begin an empty stream with what the data folder holds: the store of a relay by itself that becomes a cluster, or a
    /// view of a stream that is lost. For one start of one relay; the others begin with empty folders.
    #[arg(long, env = "XCHAT_NATS_ADOPT")]
    pub nats_adopt: bool,

    /// Put --retention-days in the place of what the cluster has, which the first relay has set. For one start of one relay; the
    /// others are started again with the same.
    #[arg(long, env = "XCHAT_NATS_SET_RETENTION")]
    pub nats_set_retention: bool,
}

impl ClusterSettings {
    /// Time between two checkpoints, in milliseconds.
    pub(crate) fn checkpoint_ms(&self) -> u64 {
        (self.nats_checkpoint_hours * 3_600_000.0) as u64
    }
}

/// From a few seconds, for a trial, to a month.
fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if (0.0005..=720.0).contains(&hours) => Ok(hours),
        _ => Err("a number of hours, up to 720".into()),
    }
}
