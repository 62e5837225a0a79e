//! TLS of the relay's own: certificate and key from files, read again when they change or on SIGHUP. Whether an operator or ACME
//! puts them there is the same.
//!
//! A connection keeps the certificate that it began with. Files that cannot be read leave the old certificate in force, with a
//! line in the log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};
use tokio_rustls::rustls::server::{Acceptor, ClientHello};
#[cfg(feature = "acme")]
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{self, ConfigBuilder, ServerConfig, WantsVerifier, crypto::ring};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

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

/// The protocol by which a certificate authority asks whether we hold a domain (RFC 8737).
const CHALLENGE: &[u8] = b"acme-tls/1";

/// The certificate in force. Clones share it.
#[derive(Clone)]
pub(super) struct Tls {
    files: Arc<Files>,
    /// None before the first one was got: nobody can be greeted.
    current: Arc<RwLock<Option<Arc<ServerConfig>>>>,
    /// By domain, what answers an authority that asks now.
    challenges: Arc<RwLock<HashMap<String, Arc<ServerConfig>>>>,
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
        let current = Some(Arc::new(files.read()?));
        Ok(Self::over(files, current, seen))
    }

    /// Reads one file that holds chain and key, if it is there and good. Else the first certificate is still to come.
    #[cfg(feature = "acme")]
    pub(super) fn open_or_wait(file: &Path) -> Self {
        let files = Files { certificate: file.to_owned(), key: file.to_owned() };
        let (seen, current) = (files.changed_at(), files.read().ok().map(Arc::new));
        Self::over(files, current, seen)
    }

    fn over(files: Files, current: Option<Arc<ServerConfig>>, seen: Times) -> Self {
        Self { files: Arc::new(files), current: Arc::new(RwLock::new(current)), challenges: Arc::default(), seen }
    }

    /// Greets a client. None for an authority: it has its answer by then, and wants nothing else.
    pub(super) async fn accept(&self, socket: TcpStream) -> std::io::Result<Option<TlsStream<TcpStream>>> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), socket).await?;
        if let Some(config) = self.challenge(&hello.client_hello()) {
            hello.into_stream(config).await?.shutdown().await?;
            return Ok(None);
        }
        let config = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let config = config.ok_or(std::io::ErrorKind::NotConnected)?;
        hello.into_stream(config).await.map(Some)
    }

    fn challenge(&self, hello: &ClientHello<'_>) -> Option<Arc<ServerConfig>> {
        let asks = hello.alpn().is_some_and(|mut names| names.any(|name| name == CHALLENGE));
        let domain = hello.server_name().filter(|_| asks)?;
        self.challenges.read().unwrap_or_else(PoisonError::into_inner).get(domain).cloned()
    }

    /// From now on an authority that asks for this domain is shown this certificate.
    #[cfg(feature = "acme")]
    pub(super) fn answer(
        &self,
        domain: &str,
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> Result<(), rustls::Error> {
        // Not checked against its key, as others are: the check takes no certificate with the critical extension that this one is for.
        let key = ring::sign::any_supported_type(&key)?;
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
        let mut config = versions()?.with_no_client_auth().with_cert_resolver(Arc::new(shown));
        config.alpn_protocols = vec![CHALLENGE.to_vec()];
        let mut challenges = self.challenges.write().unwrap_or_else(PoisonError::into_inner);
        challenges.insert(domain.to_owned(), Arc::new(config));
        Ok(())
    }

    /// No authority is answered any more.
    #[cfg(feature = "acme")]
    pub(super) fn answer_no_more(&self) {
        self.challenges.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads both files again; what cannot be used changes nothing.
    pub(super) fn reload(&self) {
        match self.files.read() {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(config));
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

/// TLS 1.2 and 1.3.
fn versions() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions()
}

impl Files {
    fn read(&self) -> Result<ServerConfig, TlsError> {
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(|chain| chain.collect());
        let chain: Vec<CertificateDer<'static>> =
            chain.map_err(|error| TlsError::Certificate(self.certificate.clone(), error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| TlsError::Key(self.key.clone(), error))?;
        let unusable = |error| TlsError::Pair(self.certificate.clone(), self.key.clone(), error);
        // A WebSocket needs HTTP/1.1; HTTP/2 would bring limits of its own.
        let mut config = versions()
            .and_then(|versions| versions.with_no_client_auth().with_single_cert(chain, key))
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// When each was last changed.
    fn changed_at(&self) -> Times {
        [&self.certificate, &self.key].map(|file| std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok())
    }
}
