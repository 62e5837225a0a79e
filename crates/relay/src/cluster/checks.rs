//! What is looked at before a relay joins: do the servers sync, and does their compare-and-swap hold?

use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::jetstream::{Context, Error, ErrorCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connect::{in_order, jetstream};
use super::error::{ClusterError, nats};
use super::settings::ClusterSettings;
use super::stream::refused;

/// Stream of the compare-and-swap's trial.
const TRIAL: &str = "XCHAT_TRIAL";
/// Races in a trial: what fails at all fails in a third of them.
const RACES: usize = 100;
/// How long a monitoring address may take.
const MONITOR: Duration = Duration::from_secs(5);
/// Bytes of a monitoring answer that are read.
const ANSWER: u64 = 1024 * 1024;

/// Everything.
pub(super) async fn all(settings: &ClusterSettings) -> Result<(), ClusterError> {
    syncs(settings).await?;
    // Two servers where there are two: on one and the same even an old one keeps its word.
    let (one, other) = (in_order(settings, false).await?, in_order(settings, true).await?);
    swaps(&jetstream(&one).await?, &jetstream(&other).await?, settings.nats_replicas).await?;
    // They end with these values anyway.
    _ = tokio::join!(one.drain(), other.drain());
    Ok(())
}

/// Whether every server whose monitoring address is known syncs before it acknowledges. A cluster goes on without some of its
/// servers, and so do its relays: as long as more than half of them answer, the others are only named.
async fn syncs(settings: &ClusterSettings) -> Result<(), ClusterError> {
    if settings.nats_trust_sync {
        return Ok(());
    }
    if settings.nats_monitor_urls.is_empty() {
        return Err(ClusterError::SyncUnknown);
    }
    let mut silent = Vec::new();
    for url in &settings.nats_monitor_urls {
        match timeout(MONITOR, monitor(url)).await.unwrap_or_else(|_| Err("no answer".into())) {
            Ok(varz) if shows_sync(&varz) => {}
            Ok(_) => return Err(ClusterError::NotSynced(url.clone())),
            Err(why) => silent.push((url, why)),
        }
    }
    let enough = 2 * silent.len() < settings.nats_monitor_urls.len();
    for (url, why) in silent {
        if !enough {
            return Err(ClusterError::Monitor(url.clone(), why));
        }
        tracing::warn!(%url, %why, "a NATS server's monitoring does not answer: whether it syncs is not known");
    }
    Ok(())
}

/// Whether `/varz` says `"sync_always": true`, which a server says of its JetStream alone.
fn shows_sync(varz: &str) -> bool {
    let plain: String = varz.split_whitespace().collect();
    plain.contains("\"sync_always\":true")
}

/// The answer to `GET /varz`, head and all. Plain HTTP: monitoring is for a private network.
async fn monitor(url: &str) -> Result<String, String> {
    let host = url.strip_prefix("http://").ok_or("it must begin with http://")?.trim_end_matches('/');
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:8222") };
    let mut socket = TcpStream::connect(&address).await.map_err(|error| error.to_string())?;
    let request = format!("GET /varz HTTP/1.0\r\nHost: {host}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    socket.take(ANSWER).read_to_end(&mut answer).await.map_err(|error| error.to_string())?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    match answer.split_whitespace().nth(1) {
        Some("200") => Ok(answer),
        _ => Err("it does not answer as the monitoring of a NATS server".into()),
    }
}

/// Races two writers, each time for one place of one subject: at most one may win.
async fn swaps(one: &Context, other: &Context, replicas: u8) -> Result<(), ClusterError> {
    let config = Config {
        name: TRIAL.into(),
        subjects: vec!["xchat.trial.>".into()],
        storage: StorageType::Memory,
        num_replicas: replicas.into(),
        max_age: Duration::from_secs(60),
        ..Config::default()
    };
    one.get_or_create_stream(config).await.map_err(|error| refused(TRIAL, replicas, &error))?;
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(nats)?;
    let subject = format!("xchat.trial.{}", hex::encode(id));
    let (mut last, mut doubled) = (0, 0);
    for _ in 0..RACES {
        let (first, second) = tokio::join!(swap(one, &subject, last), swap(other, &subject, last));
        let (first, second) = (first?, second?);
        doubled += usize::from(first.is_some() && second.is_some());
        last = first.max(second).unwrap_or(last);
    }
    match doubled {
        0 => Ok(()),
        doubled => Err(ClusterError::TwoWinners(doubled)),
    }
}

/// The place of a message that was taken because the last one was where it was said to be; none when it was not.
async fn swap(context: &Context, subject: &str, last: u64) -> Result<Option<u64>, ClusterError> {
    let message = PublishMessage::build().payload("x".into()).expected_last_subject_sequence(last);
    let sent = match context.send_publish(subject.to_owned(), message).await {
        Ok(acknowledgement) => acknowledgement.await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(acknowledged) => Ok(Some(acknowledged.sequence)),
        Err(error) if is_lost(&error) => Ok(None),
        Err(error) => Err(nats(error)),
    }
}

/// Whether this says that somebody else was first: error 10071, or 10164, which the client library does not know as such.
fn is_lost(error: &PublishError) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>());
    error.kind() == PublishErrorKind::WrongLastSequence
        || source.is_some_and(|error| error.error_code() == ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_is_shown_by_the_servers_own_word_and_by_nothing_else() {
        assert!(shows_sync("{\"jetstream\": {\"config\": {\n \"sync_interval\": 0, \"sync_always\": true}}}"));
        assert!(!shows_sync("{\"jetstream\": {\"config\": {\"sync_interval\": 120000000000}}}"));
        assert!(!shows_sync("{\"sync_always\": false}"));
        assert!(!shows_sync(""));
    }
}
