//! What an operator can set: by flag, by environment variable, or in a file, the former before the latter.
//!
//! Each setting is declared once, as a flag. The variable's name is beside it in `--help`; in the file its key is the flag's
//! name. Values are checked here, all before anything is opened.

#[cfg(feature = "acme")]
mod acme;
mod file;
mod limits;
mod origin;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum, value_parser};
use thiserror::Error;

pub use crate::blob::BlobSettings;
#[cfg(feature = "nats")]
pub use crate::cluster::{ClusterSettings, StoreKind};
pub use crate::turn::TurnSettings;
#[cfg(feature = "acme")]
pub use acme::AcmeSettings;
pub use file::FileError;
pub use limits::Limits;
pub use origin::{Origin, OriginError};

/// The blind relay of X Chat: orders and stores ciphertext, and serves the app.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Examples:\n  \
      On this machine, for a look:\n    \
        xchat-relay --app dist --data data\n  \
      Behind a TLS proxy on the same machine, which sets X-Forwarded-For:\n    \
        xchat-relay --listen 127.0.0.1:8080 --origin https://chat.example --trust-proxy --data /var/lib/xchat\n  \
      With TLS of its own:\n    \
        xchat-relay --listen 0.0.0.0:443 --origin https://chat.example \\\n      \
          --tls-cert fullchain.pem --tls-key privkey.pem --data /var/lib/xchat\n  \
      With TLS of its own, and a certificate from Let's Encrypt:\n    \
        xchat-relay --listen 0.0.0.0:443 --origin https://chat.example --acme-domain chat.example --data /var/lib/xchat\n  \
      From a file, one setting a line under the flag's name (origin = \"https://chat.example\"):\n    \
        xchat-relay --config /etc/xchat/relay.toml\n\n\
      A flag beats its environment variable, which beats the file.\n\n\
      Signals: SIGTERM or Ctrl-C stops in order; SIGHUP reads certificate and key again; SIGUSR1 writes a backup to \
      --backup-to. What was accepted is on disk at any moment, and clients come back by themselves."
)]
pub struct Settings {
    /// TOML file with any of these settings, under the flag's name without its dashes.
    #[arg(long, env = "XCHAT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one, which is printed.
    #[arg(long, env = "XCHAT_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,

    /// Address and port that Prometheus asks for metrics at, over plain HTTP: a loopback address, or one of a private network.
    /// Without it there are none. Nothing else is served there, and no metrics at --listen.
    #[arg(long, env = "XCHAT_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,

    /// Folder of the store, made when missing. One relay per folder.
    #[arg(long, env = "XCHAT_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// Folder of the built app to serve at `/`; without it the app that is built in, or none.
    #[arg(long, env = "XCHAT_APP", value_name = "FOLDER")]
    pub app: Option<PathBuf>,

    /// Origin by which browsers reach this relay, such as https://chat.example; may be given more than once. A connection
    /// to any other host is refused, since access proofs are bound to the origin. On a loopback address the default is
    /// http://localhost:PORT and http://127.0.0.1:PORT (https with TLS).
    #[arg(long = "origin", env = "XCHAT_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub origins: Vec<Origin>,

    /// PEM file with the certificate and its chain; needs --tls-key. Read again when it changes.
    #[arg(long, env = "XCHAT_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file with the certificate's private key; needs --tls-cert.
    #[arg(long, env = "XCHAT_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    #[cfg(feature = "acme")]
    #[command(flatten)]
    pub acme: AcmeSettings,

    /// Take the client's address from the last entry of X-Forwarded-For. Only behind a proxy that sets it: otherwise
    /// anyone may claim any address.
    #[arg(long, env = "XCHAT_TRUST_PROXY")]
    pub trust_proxy: bool,

    /// Days that records are kept for devices that have not fetched them yet.
    #[arg(long, env = "XCHAT_RETENTION_DAYS", default_value_t = 30, value_parser = value_parser!(u64).range(1..=3650), value_name = "DAYS")]
    pub retention_days: u64,

    /// Days after which a log, an inbox with its key packages, or a cell goes that nobody has proved, written or, for a cell, read. Not
    /// fewer than --retention-days.
    #[arg(long, env = "XCHAT_IDLE_DAYS", default_value_t = 400, value_parser = value_parser!(u64).range(1..=3650), value_name = "DAYS")]
    pub idle_days: u64,

    /// Most that the store of records may hold, in MiB as the relay counts them (a record of 1 KB counts 1.5 KB; the file is
    /// up to twice as large); 0: as much as the disk. From 90 of 100 on nothing new is made, from 95 on messages are refused
    /// as full, from 98 on all but commits without welcomes; what is acknowledged or expires makes room. Relays of a cluster
    /// share one bound: the one that is started last sets it.
    #[arg(long, env = "XCHAT_STORE_MIB", default_value_t = 0, value_parser = value_parser!(u64).range(..=1 << 30), value_name = "MIB")]
    pub store_mib: u64,

    /// Folder that a backup is written to on SIGUSR1, while the relay runs.
    #[arg(long, env = "XCHAT_BACKUP_TO", value_name = "FOLDER")]
    pub backup_to: Option<PathBuf>,

    /// How long connections may take to end when the relay is told to stop.
    #[arg(long, env = "XCHAT_DRAIN_SECONDS", default_value_t = 10, value_parser = value_parser!(u64).range(1..=300), value_name = "SECONDS")]
    pub drain_seconds: u64,

    /// How much to log, to standard error. No level logs an address of any kind.
    #[arg(long, env = "XCHAT_LOG", value_enum, default_value_t = Log::Info, value_name = "LEVEL")]
    pub log: Log,

    /// How log lines look.
    #[arg(long, env = "XCHAT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    #[cfg(feature = "nats")]
    #[command(flatten)]
    pub cluster: ClusterSettings,

    #[command(flatten)]
    pub blobs: BlobSettings,

    #[command(flatten)]
    pub turn: TurnSettings,

    #[command(flatten)]
    pub limits: Limits,
}

/// How much to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Nothing.
    Off,
    /// What needs an operator.
    Error,
    /// What may need one.
    Warn,
    /// Start and stop.
    Info,
    /// Connections, in numbers.
    Debug,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line, for machines.
    Json,
}

/// Why there is no relay to start: what the settings lack. It says which one, and what is allowed.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A flag or variable; or help and version, which were asked for.
    #[error(transparent)]
    Flags(#[from] clap::Error),
    #[error(transparent)]
    File(#[from] FileError),
    /// Half a key pair.
    #[error("--tls-cert and --tls-key come together: {0} is missing")]
    HalfTls(&'static str),
    /// What still has records is in use.
    #[error("--idle-days {idle} is less than --retention-days {retention}: what holds records may not go before them")]
    Idle { idle: u64, retention: u64 },
}

/// A relay that the world can reach must know its own name.
#[derive(Debug, Error)]
#[error(
    "--listen {0} is not a loopback address, so --origin must say how browsers reach this relay, such as https://chat.example"
)]
pub struct OriginMissing(SocketAddr);

impl Settings {
    /// Settings out of the program's arguments, its environment and the file that they name.
    pub fn load(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, SettingsError> {
        let mut arguments: Vec<OsString> = arguments.into_iter().collect();
        let flags = Self::command().try_get_matches_from(&arguments)?;
        let settings = match flags.get_one::<PathBuf>("config") {
            None => Self::from_arg_matches(&flags)?,
            Some(path) => {
                arguments.extend(file::as_flags(path, &flags)?);
                let together = Self::command().try_get_matches_from(&arguments);
                let together = together.and_then(|flags| Self::from_arg_matches(&flags));
                together.map_err(|error| FileError::Value(path.clone(), error))?
            }
        };
        if settings.idle_days < settings.retention_days {
            return Err(SettingsError::Idle { idle: settings.idle_days, retention: settings.retention_days });
        }
        match (&settings.tls_cert, &settings.tls_key) {
            (Some(_), None) => Err(SettingsError::HalfTls("--tls-key")),
            (None, Some(_)) => Err(SettingsError::HalfTls("--tls-cert")),
            _ => Ok(settings),
        }
    }

    /// How long records are kept, in milliseconds.
    pub fn retention_ms(&self) -> u64 {
        self.retention_days.saturating_mul(crate::limits::DAY_MS)
    }

    /// How long what nobody uses is kept, in milliseconds.
    pub fn idle_ms(&self) -> u64 {
        self.idle_days.saturating_mul(crate::limits::DAY_MS)
    }

    /// Most that the store may hold, in bytes; 0 is no bound.
    pub fn store_bytes(&self) -> u64 {
        self.store_mib.saturating_mul(1024 * 1024)
    }

    /// Whether this relay speaks TLS itself.
    pub fn has_tls(&self) -> bool {
        #[cfg(feature = "acme")]
        if !self.acme.domains.is_empty() {
            return true;
        }
        self.tls_cert.is_some()
    }

    /// The origins that connections may name, once the listening address is known.
    pub fn origins(&self, bound: SocketAddr) -> Result<Vec<Origin>, OriginMissing> {
        if !self.origins.is_empty() {
            return Ok(self.origins.clone());
        }
        if !bound.ip().is_loopback() {
            return Err(OriginMissing(bound));
        }
        let (scheme, port) = (if self.has_tls() { "https" } else { "http" }, bound.port());
        let hosts = [format!("localhost:{port}"), format!("127.0.0.1:{port}"), bound.to_string()];
        let mut origins: Vec<Origin> =
            hosts.iter().filter_map(|host| format!("{scheme}://{host}").parse().ok()).collect();
        origins.dedup();
        Ok(origins)
    }
}

#[cfg(test)]
mod tests;
