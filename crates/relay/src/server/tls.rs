//! TLS of the relay's own: certificate and key from files, read again when they change or on SIGHUP.
//!
//! A connection keeps the certificate that it began with. Files that cannot be read leave the old certificate in force, with a
//! line in the log.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};
use tokio_rustls::rustls::{self, ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Why certificate and key cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error("--tls-cert {0} holds no certificates that can be read: {1}")]
    Certificate(PathBuf, #[source] pem::Error),
    #[error("--tls-key {0} holds no private key that can be read: {1}")]
    Key(PathBuf, #[source] pem::Error),
    /// The two do not belong together, or are of a kind that nobody takes.
    #[error("--tls-cert {0} and --tls-key {1} cannot be used: {2}")]
    Pair(PathBuf, PathBuf, #[source] rustls::Error),
}

/// The certificate in force. Clones share it.
#[derive(Clone)]
pub(super) struct Tls {
    files: Arc<Files>,
    current: Arc<RwLock<Arc<ServerConfig>>>,
    /// When the files that were first read were last changed.
    seen: Times,
}

/// Of certificate and key; a file that is not there has no time.
type Times = [Option<SystemTime>; 2];

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Tls {
    /// Reads both files.
    pub(super) fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        // Before they are read: what changes meanwhile is read once too often rather than never.
        let seen = files.changed_at();
        let current = Arc::new(RwLock::new(Arc::new(files.read()?)));
        Ok(Self { files: Arc::new(files), current, seen })
    }

    /// Greets a client.
    pub(super) async fn accept(&self, socket: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let config = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        TlsAcceptor::from(config).accept(socket).await
    }

    /// Reads both files again; what cannot be used changes nothing.
    fn reload(&self) {
        match self.files.read() {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                tracing::info!("certificate and key were read again");
            }
            Err(error) => tracing::error!(%error, "the old certificate stays in force"),
        }
    }

    /// Reads the files again whenever they change, or `asked` says so.
    pub(super) async fn keep_fresh(self, mut asked: tokio::sync::mpsc::Receiver<()>) {
        let mut seen = self.seen;
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + LOOK_EVERY, LOOK_EVERY);
        let mut asks = true;
        loop {
            tokio::select! {
                ask = asked.recv(), if asks => match ask {
                    Some(()) => {}
                    None => {
                        asks = false;
                        continue;
                    }
                },
                _ = ticks.tick() => if self.files.changed_at() == seen { continue },
            }
            seen = self.files.changed_at();
            self.reload();
        }
    }
}

impl Files {
    fn read(&self) -> Result<ServerConfig, TlsError> {
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(|chain| chain.collect());
        let chain: Vec<CertificateDer<'static>> =
            chain.map_err(|error| TlsError::Certificate(self.certificate.clone(), error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| TlsError::Key(self.key.clone(), error))?;
        let unusable = |error| TlsError::Pair(self.certificate.clone(), self.key.clone(), error);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        // A WebSocket needs HTTP/1.1; HTTP/2 would bring limits of its own.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// When each was last changed.
    fn changed_at(&self) -> Times {
        [&self.certificate, &self.key].map(|file| std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok())
    }
}
