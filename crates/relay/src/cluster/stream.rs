//! The one stream: made when there is none, looked at when there is.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream};

use super::error::ClusterError;

/// Its name.
pub(super) const STREAM: &str = "XCHAT_WRITES";
/// The one subject that its messages have.
pub(super) const SUBJECT: &str = "xchat.w";
/// How long the servers know a message that was sent to them, so that a repeat adds none.
const DUPLICATES: Duration = Duration::from_secs(120);

fn config(replicas: u8) -> Config {
    Config {
        name: STREAM.into(),
        description: Some("every write of the X Chat relays, in order".into()),
        subjects: vec![SUBJECT.into()],
        storage: StorageType::File,
        num_replicas: replicas.into(),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        duplicate_window: DUPLICATES,
        deny_delete: true,
        allow_direct: false,
        ..Config::default()
    }
}

/// The stream, as the relays need it.
pub(super) async fn open(context: &Context, replicas: u8) -> Result<Stream, ClusterError> {
    let opened = context.get_or_create_stream(config(replicas)).await;
    let stream = opened.map_err(|error| refused(STREAM, replicas, &error))?;
    let info = stream.get_info().await.map_err(super::error::nats)?;
    check(&info.config, replicas)?;
    Ok(stream)
}

/// Why a stream could not be made: a refusal by the servers, or no answer from them.
pub(super) fn refused(stream: &'static str, replicas: u8, error: &CreateStreamError) -> ClusterError {
    match error.kind() {
        CreateStreamErrorKind::JetStream(refusal) => {
            ClusterError::Replicas { stream, replicas, reason: refusal.to_string() }
        }
        _ => super::error::nats(error),
    }
}

/// When the stream was made: a stream of the same name that was made anew is another one.
pub(super) fn born(info: &Info) -> u64 {
    u64::try_from(info.created.unix_timestamp_nanos()).unwrap_or(0)
}

fn check(found: &Config, replicas: u8) -> Result<(), ClusterError> {
    let wrong = |what: &str| Err(ClusterError::Stream { stream: STREAM, what: what.to_owned() });
    if found.subjects != [SUBJECT] {
        wrong("its one subject must be xchat.w")
    } else if found.storage != StorageType::File {
        wrong("its storage must be files")
    } else if found.num_replicas < replicas.into() {
        wrong(&format!("it has {} replicas, and --nats-replicas asks for {replicas}", found.num_replicas))
    } else if found.discard != DiscardPolicy::New || found.retention != RetentionPolicy::Limits {
        wrong("it must keep what it has and refuse what is new when it is full (retention limits, discard new)")
    } else if !found.max_age.is_zero() || found.max_messages > 0 || found.max_messages_per_subject > 0 {
        wrong("nothing may go by age or count: relays shorten it behind their checkpoints")
    } else if found.duplicate_window < DUPLICATES {
        wrong("its duplicate window must be 2 minutes or more")
    } else if found.sealed || found.no_ack {
        wrong("it must take messages and acknowledge them")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_could_forget_is_refused() {
        assert!(check(&config(3), 3).is_ok());
        assert!(check(&config(5), 3).is_ok());
        let wrong: [fn(&mut Config); 7] = [
            |c| c.num_replicas = 1,
            |c| c.max_age = Duration::from_secs(60),
            |c| c.discard = DiscardPolicy::Old,
            |c| c.storage = StorageType::Memory,
            |c| c.max_messages = 10,
            |c| c.subjects.push("other".into()),
            |c| c.duplicate_window = Duration::from_secs(1),
        ];
        for spoil in wrong {
            let mut config = config(3);
            spoil(&mut config);
            assert!(matches!(check(&config, 3), Err(ClusterError::Stream { .. })), "{config:?}");
        }
    }
}
