//! The way to the NATS servers, and what they must be.

use std::time::Duration;

use async_nats::jetstream::context::AccountErrorKind;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};

use super::error::{ClusterError, nats};
use super::settings::ClusterSettings;

/// How long a connection to a server may take at the start.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer of JetStream is waited for; an election takes longer, and then it is asked again.
const ANSWER: Duration = Duration::from_secs(3);
/// How long the relay waits before it tries a lost server again.
const RECONNECT: Duration = Duration::from_millis(250);
/// First version whose clustered compare-and-swap and stream functions are relied on.
const VERSION: (u64, u64) = (2, 12);
/// Bytes that a message may have at least.
const PAYLOAD: usize = 640 * 1024;

/// A connection to one of the servers, every one of which was looked at.
pub(super) async fn connect(settings: &ClusterSettings) -> Result<Client, ClusterError> {
    if settings.nats_urls.is_empty() {
        return Err(ClusterError::NoUrl);
    }
    let mut reached = false;
    let mut failed = None;
    for url in &settings.nats_urls {
        match options(settings).await?.max_reconnects(1).connect(url).await {
            Ok(client) => {
                check_server(&client)?;
                reached = true;
                _ = client.drain().await;
            }
            // A cluster goes on without one of its servers.
            Err(error) => failed = Some(ClusterError::Connect(without_secret(url).to_owned(), error.to_string())),
        }
    }
    match failed {
        Some(error) if !reached => return Err(error),
        Some(error) => tracing::warn!(%error, "going on with the other servers"),
        None => {}
    }
    let client = options(settings).await?.connect(settings.nats_urls.as_slice()).await.map_err(nats)?;
    check_server(&client)?;
    Ok(client)
}

/// A connection to the first server that answers, in the order of the settings or from their end.
pub(super) async fn in_order(settings: &ClusterSettings, from_the_end: bool) -> Result<Client, ClusterError> {
    let mut urls = settings.nats_urls.clone();
    if from_the_end {
        urls.reverse();
    }
    options(settings).await?.retain_servers_order().connect(urls.as_slice()).await.map_err(nats)
}

/// JetStream on that connection.
pub(super) async fn jetstream(client: &Client) -> Result<Context, ClusterError> {
    let context = jetstream::ContextBuilder::new().timeout(ANSWER).build(client.clone());
    context.query_account().await.map_err(|error| match error.kind() {
        // Its servers may be electing a leader.
        AccountErrorKind::TimedOut => nats(error),
        _ => ClusterError::NoJetStream(error.to_string()),
    })?;
    Ok(context)
}

/// Whether the server that the connection is to now is new enough, and takes messages that are long enough.
pub(super) fn check_server(client: &Client) -> Result<(), ClusterError> {
    let Some(server) = client.try_server_info() else { return Ok(()) };
    if !is_new_enough(&server.version) {
        return Err(ClusterError::Version(server.server_name, server.version));
    }
    match server.max_payload >= PAYLOAD {
        true => Ok(()),
        false => Err(ClusterError::Payload(server.server_name, server.max_payload)),
    }
}

/// A server's URL without the user and password that it may hold.
fn without_secret(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or(url)
}

/// `2.12.0` and above; what cannot be read is not.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split(['.', '-']).map_while(|part| part.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) >= VERSION,
        _ => false,
    }
}

async fn options(settings: &ClusterSettings) -> Result<ConnectOptions, ClusterError> {
    let mut options = ConnectOptions::new()
        .name("xchat-relay")
        .connection_timeout(CONNECT)
        .ping_interval(Duration::from_secs(2))
        .request_timeout(Some(ANSWER))
        .reconnect_delay_callback(|_| RECONNECT);
    if let Some(path) = &settings.nats_ca {
        options = options.add_root_certificates(path.clone());
    }
    if let Some(path) = &settings.nats_creds {
        let failed = |error| ClusterError::Credentials(path.clone(), error);
        options = options.credentials_file(path).await.map_err(failed)?;
    }
    if let Some(path) = &settings.nats_token_file {
        let token = std::fs::read_to_string(path).map_err(|error| ClusterError::Credentials(path.clone(), error))?;
        options = options.token(token.trim().to_owned());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_shown_to_nobody() {
        assert_eq!(without_secret("nats://relay:p@ss@10.0.0.1:4222"), "10.0.0.1:4222");
        assert_eq!(without_secret("nats://10.0.0.1:4222"), "nats://10.0.0.1:4222");
    }

    #[test]
    fn a_version_is_new_enough_from_2_12_on() {
        for good in ["2.12.0", "2.15.1", "v2.14.0", "3.0.0", "2.12.0-RC.3"] {
            assert!(is_new_enough(good), "{good}");
        }
        for old in ["2.9.10", "2.11.99", "1.99.0", "", "2", "new"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }
}
