//! What an operator can set about blobs.

use std::path::PathBuf;

use clap::Args;

use super::BlobPlace;

/// Where blobs are kept, and how many.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Blobs")]
pub struct BlobSettings {
    /// Where the bytes of blobs (files, pictures, backups; all encrypted) are kept: a folder, by default `blobs` in the data
    /// folder, or s3://BUCKET/PREFIX with region, endpoint and credentials in the variables AWS_REGION, AWS_ENDPOINT,
    /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which may list, read, write and delete there. One relay per folder or prefix.
    #[arg(long, env = "XCHAT_BLOBS", value_name = "FOLDER or s3://BUCKET/PREFIX")]
    pub blobs: Option<BlobPlace>,

    /// Most MiB of blobs that are kept; one more is refused until others expire. 0 offers none.
    #[arg(long, env = "XCHAT_BLOB_MIB", default_value_t = 65_536, value_name = "MIB")]
    pub blob_mib: u64,

    /// File with the key that upload grants are signed with, 64 hex digits: for relays that share a load balancer. By
    /// default each relay makes one of its own in its data folder.
    #[arg(long, env = "XCHAT_BLOB_KEY_FILE", value_name = "FILE")]
    pub blob_key_file: Option<PathBuf>,
}

impl BlobSettings {
    /// Most bytes of blobs.
    pub(crate) fn most(&self) -> u64 {
        self.blob_mib.saturating_mul(1024 * 1024)
    }
}
