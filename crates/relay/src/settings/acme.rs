//! What an operator can set about certificates that the relay gets for itself.

use std::path::{Path, PathBuf};

use clap::Args;

/// Whom certificates are for, and who gives them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Certificates by ACME")]
pub struct AcmeSettings {
    /// Domain to get a certificate for, and to renew it in time; may be given more than once. Port 443 of each must lead to
    /// --listen, without a proxy that ends TLS (challenge TLS-ALPN-01). Setting it agrees to the authority's terms.
    #[arg(long = "acme-domain", env = "XCHAT_ACME_DOMAIN", value_delimiter = ',', value_name = "DOMAIN", conflicts_with_all = ["tls_cert", "tls_key"])]
    pub domains: Vec<String>,

    /// Where the authority may write to about this account. None by default.
    #[arg(long = "acme-email", env = "XCHAT_ACME_EMAIL", value_name = "ADDRESS")]
    pub email: Option<String>,

    /// Folder of account, certificate and key; by default `acme` in the data folder.
    #[arg(long = "acme-cache", env = "XCHAT_ACME_CACHE", value_name = "FOLDER")]
    pub cache: Option<PathBuf>,

    /// The authority's directory. The default is Let's Encrypt.
    #[arg(
        long = "acme-directory",
        env = "XCHAT_ACME_DIRECTORY",
        default_value = "https://acme-v02.api.letsencrypt.org/directory",
        value_name = "URL"
    )]
    pub directory: String,

    /// PEM file with the root certificate by which the authority's own site is trusted, for one that no system knows.
    #[arg(long = "acme-root", env = "XCHAT_ACME_ROOT", value_name = "FILE")]
    pub root: Option<PathBuf>,
}

impl AcmeSettings {
    /// The folder of what is kept.
    pub(crate) fn folder(&self, data: &Path) -> PathBuf {
        self.cache.clone().unwrap_or_else(|| data.join("acme"))
    }
}
