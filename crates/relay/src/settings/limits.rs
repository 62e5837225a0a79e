//! What one network address may do. An address is a whole IPv4 address or the first 64 bits of an IPv6 one.

use clap::{Args, value_parser};

/// Bounds against abuse that an operator may move; those that are fixed are in [`crate::limits`].
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits (an address is a whole IPv4 address, or an IPv6 network of 64 bits)")]
pub struct Limits {
    /// Connections of everyone together; one more is closed at once. Each takes a file descriptor.
    #[arg(long, env = "XCHAT_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub max_connections: u32,

    /// Connections that are open from one address.
    #[arg(long, env = "XCHAT_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 512, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub max_connections_per_address: u32,

    /// New connections a minute from one address; a minute's worth may come at once.
    #[arg(long, env = "XCHAT_CONNECTIONS_PER_MINUTE", default_value_t = 600, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub connections_per_minute: u32,

    /// Writes a minute from one address that make logs and inboxes or write cells; a minute's worth may come at once.
    #[arg(long, env = "XCHAT_CREATIONS_PER_MINUTE", default_value_t = 600, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub creations_per_minute: u32,

    /// Deliveries, welcomes and key packages taken a minute from one address; a minute's worth may come at once. Not fewer
    /// than the welcomes of one commit.
    #[arg(long, env = "XCHAT_DELIVERIES_PER_MINUTE", default_value_t = 1200, value_parser = value_parser!(u32).range(32..), value_name = "COUNT")]
    pub deliveries_per_minute: u32,

    /// KiB a minute from one address of what is stored, as it is counted: messages, commits, deliveries, key packages, cells; a
    /// minute's worth may come at once. Not less than the largest frame.
    #[arg(long, env = "XCHAT_STORED_KIB_PER_MINUTE", default_value_t = 64 * 1024, value_parser = value_parser!(u32).range(1024..), value_name = "KIB")]
    pub stored_kib_per_minute: u32,

    /// MiB a day from one address of the same.
    #[arg(long, env = "XCHAT_STORED_MIB_PER_DAY", default_value_t = 4096, value_parser = value_parser!(u32).range(1..), value_name = "MIB")]
    pub stored_mib_per_day: u32,

    /// MiB of blobs that are granted in a day to one address.
    #[arg(long, env = "XCHAT_BLOB_MIB_PER_DAY", default_value_t = 16_384, value_parser = value_parser!(u32).range(1..), value_name = "MIB")]
    pub blob_mib_per_day: u32,

    /// Grants of blobs a minute to one address; a minute's worth may come at once. A file of 2 GiB takes 256.
    #[arg(long, env = "XCHAT_GRANTS_PER_MINUTE", default_value_t = 2400, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub grants_per_minute: u32,

    /// Requests for blobs a minute from one address, up and down; a minute's worth may come at once.
    #[arg(long, env = "XCHAT_BLOBS_PER_MINUTE", default_value_t = 6000, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub blobs_per_minute: u32,

    /// Requests for the app's files a minute from one address; a minute's worth may come at once. Opening the app takes about 20.
    #[arg(long, env = "XCHAT_FILES_PER_MINUTE", default_value_t = 12_000, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub files_per_minute: u32,

    /// Logs and inboxes that all open connections together have proved, each counted once for each connection: about 350 bytes of
    /// memory each. Only what is proved can be subscribed to.
    #[arg(long, env = "XCHAT_MAX_PROVED", default_value_t = 1_000_000, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub max_proved: u32,

    /// The same for the open connections of one address.
    #[arg(long, env = "XCHAT_MAX_PROVED_PER_ADDRESS", default_value_t = 32_768, value_parser = value_parser!(u32).range(1..), value_name = "COUNT")]
    pub max_proved_per_address: u32,

    /// How long a WebSocket may be open before its first frame.
    #[arg(long, env = "XCHAT_FIRST_FRAME_SECONDS", default_value_t = 10, value_parser = value_parser!(u64).range(1..=3600), value_name = "SECONDS")]
    pub first_frame_seconds: u64,
}
