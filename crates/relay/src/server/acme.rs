//! Certificates that the relay gets for itself (ACME, RFC 8555), proved by an answer on its own TLS port (TLS-ALPN-01, RFC 8737).
//!
//! What is got goes into one file, chain and key together, and from there into force as an operator's files do. The account's
//! key is in a second one. A relay with a certificate that is good enough asks nobody anything.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio_rustls::rustls::{self, pki_types::PrivateKeyDer};
use x509_parser::pem::Pem;
use x509_parser::prelude::{GeneralName, X509Certificate};

use super::now_ms;
use super::tls::Tls;
use crate::settings::{AcmeSettings, Settings};

/// Name of the file with chain and key.
const FILE: &str = "certificate.pem";
/// How often a certificate is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(6 * 3600);
/// First wait after a failure that is nobody's verdict, such as an authority that cannot be reached; each next one is twice as long.
const RETRY: Duration = Duration::from_secs(10);
/// Longest wait, and the wait after an authority has refused: they count refusals, and let one try five times an hour.
const RETRY_REFUSED: Duration = Duration::from_secs(30 * 60);
/// How long an authority may take to look at us, and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(120));
/// How long all of it may take.
const ORDER: Duration = Duration::from_secs(10 * 60);

/// Why there is no new certificate.
#[derive(Debug, Error)]
enum AcmeError {
    #[error("the authority cannot be asked: {0}")]
    Protocol(#[source] instant_acme::Error),
    /// It has looked and was not convinced, or takes nothing more from us for now.
    #[error("the authority refuses: {0}")]
    Refused(String),
    #[error("the authority offers no TLS-ALPN-01")]
    NoChallenge,
    #[error("the answer to the challenge cannot be made: {0}")]
    Answer(#[from] rcgen::Error),
    #[error("the answer to the challenge cannot be shown: {0}")]
    Show(#[from] rustls::Error),
    #[error("--acme-cache cannot be used: {0}")]
    Cache(#[from] std::io::Error),
    #[error("the account in --acme-cache cannot be read: {0}")]
    Account(#[from] serde_json::Error),
    #[error("it took too long")]
    Slow,
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> Self {
        match error {
            instant_acme::Error::Api(problem) => Self::Refused(problem.to_string()),
            other => Self::Protocol(other),
        }
    }
}

/// Where chain and key are.
pub(super) fn file(settings: &Settings) -> PathBuf {
    settings.acme.folder(&settings.data).join(FILE)
}

/// Gets certificates and renews them, for ever; nothing without a domain to get one for.
pub(super) async fn keep(settings: Settings, tls: Option<Tls>) {
    let (Some(tls), false) = (tls, settings.acme.domains.is_empty()) else { return };
    let acme = Acme { folder: settings.acme.folder(&settings.data), settings: settings.acme, tls };
    let mut retry = RETRY;
    loop {
        let wait = match acme.is_due() {
            false => LOOK_EVERY,
            true => match tokio::time::timeout(ORDER, acme.order()).await.unwrap_or(Err(AcmeError::Slow)) {
                Ok(()) => {
                    retry = RETRY;
                    LOOK_EVERY
                }
                Err(error) => {
                    let wait = if let AcmeError::Refused(_) = error { RETRY_REFUSED } else { retry };
                    retry = (retry * 2).min(RETRY_REFUSED);
                    tracing::error!(%error, seconds = wait.as_secs(), "no certificate was got; the relay tries again");
                    wait
                }
            },
        };
        tokio::time::sleep(wait).await;
    }
}

struct Acme {
    settings: AcmeSettings,
    folder: PathBuf,
    tls: Tls,
}

impl Acme {
    /// Whether there is no certificate for these domains that is good for a while.
    fn is_due(&self) -> bool {
        let Ok(pem) = std::fs::read(self.folder.join(FILE)) else { return true };
        let names = self.settings.domains.iter().map(String::as_str).collect();
        is_due(&pem, &names, i64::try_from(now_ms() / 1000).unwrap_or(i64::MAX))
    }

    /// One certificate, from the order to the moment in which it is in force.
    async fn order(&self) -> Result<(), AcmeError> {
        std::fs::create_dir_all(&self.folder)?;
        let account = self.account().await?;
        let identifiers: Vec<Identifier> = self.settings.domains.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
        let proved = self.prove(&mut order).await;
        self.tls.answer_no_more();
        proved?;
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&PATIENCE).await?;
        // The leaf first, since the first certificate is the one that is looked at.
        write(&self.folder.join(FILE), format!("{chain}\n{key}").as_bytes())?;
        self.tls.reload();
        Ok(())
    }

    /// Shows that each domain leads here.
    async fn prove(&self, order: &mut Order) -> Result<(), AcmeError> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let Identifier::Dns(domain) = authorization.identifier().identifier.clone() else { continue };
            let mut challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or(AcmeError::NoChallenge)?;
            let digest = challenge.key_authorization().digest().as_ref().to_vec();
            let mut parameters = rcgen::CertificateParams::new([domain.clone()])?;
            parameters.custom_extensions = vec![rcgen::CustomExtension::new_acme_identifier(&digest)];
            let key = rcgen::KeyPair::generate()?;
            let certificate = parameters.self_signed(&key)?;
            let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
            self.tls.answer(&domain, certificate.der().clone(), key)?;
            challenge.set_ready().await?;
        }
        match order.poll_ready(&PATIENCE).await? {
            OrderStatus::Ready | OrderStatus::Valid => Ok(()),
            status => Err(AcmeError::Refused(format!("the order is {status:?}"))),
        }
    }

    /// The account of this relay with this authority, made when there is none.
    async fn account(&self) -> Result<Account, AcmeError> {
        // The HTTP client takes what the process has named; another part may have done it already.
        _ = rustls::crypto::ring::default_provider().install_default();
        let builder = match &self.settings.root {
            Some(root) => Account::builder_with_root(root)?,
            None => Account::builder()?,
        };
        let authority = hex::encode(&Sha256::digest(&self.settings.directory)[..4]);
        let file = self.folder.join(format!("account-{authority}.json"));
        match std::fs::read(&file) {
            Ok(credentials) => Ok(builder.from_credentials(serde_json::from_slice(&credentials)?).await?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let contact: Vec<String> = self.settings.email.iter().map(|email| format!("mailto:{email}")).collect();
                let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
                let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
                let (account, credentials) = builder.create(&new, self.settings.directory.clone(), None).await?;
                write(&file, &serde_json::to_vec(&credentials)?)?;
                Ok(account)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the first certificate in there is not for these names alone, or has less than a third of its time left.
fn is_due(pem: &[u8], names: &BTreeSet<&str>, now: i64) -> bool {
    let certificate = Pem::iter_from_buffer(pem).filter_map(Result::ok).find(|pem| pem.label == "CERTIFICATE");
    let Some(certificate) = certificate else { return true };
    let Ok(certificate) = certificate.parse_x509() else { return true };
    let validity = certificate.validity();
    let (from, to) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    names_of(&certificate) != *names || now > to - (to - from) / 3
}

fn names_of<'c>(certificate: &'c X509Certificate<'_>) -> BTreeSet<&'c str> {
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.into_iter().flat_map(|names| &names.value.general_names);
    names.filter_map(|name| if let GeneralName::DNSName(name) = name { Some(*name) } else { None }).collect()
}

/// Writes a file that holds a secret, whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension("part");
    _ = std::fs::remove_file(&part);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    /// A certificate of 90 days from 2026-01-01 on, and its begin.
    fn certificate(names: &[&str]) -> (Vec<u8>, i64) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2026, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2026, 4, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem() + &key.serialize_pem();
        (pem.into_bytes(), parameters.not_before.unix_timestamp())
    }

    #[test]
    fn a_certificate_is_renewed_when_a_third_of_its_time_is_left() {
        let (pem, begin) = certificate(&["chat.example"]);
        let names = BTreeSet::from(["chat.example"]);
        assert!(!is_due(&pem, &names, begin));
        assert!(!is_due(&pem, &names, begin + 59 * DAY));
        assert!(is_due(&pem, &names, begin + 61 * DAY));
        assert!(is_due(&pem, &names, begin + 400 * DAY), "and when it has ended");
    }

    #[test]
    fn a_certificate_for_other_domains_or_none_at_all_is_due() {
        let (pem, begin) = certificate(&["chat.example", "www.chat.example"]);
        assert!(!is_due(&pem, &BTreeSet::from(["www.chat.example", "chat.example"]), begin));
        assert!(is_due(&pem, &BTreeSet::from(["chat.example"]), begin));
        assert!(is_due(&pem, &BTreeSet::from(["chat.example", "www.chat.example", "new.example"]), begin));
        assert!(is_due(b"", &BTreeSet::from(["chat.example"]), begin));
        assert!(is_due(&pem[..100], &BTreeSet::from(["chat.example"]), begin));
    }
}
