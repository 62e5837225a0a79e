//! Many relays on one NATS JetStream cluster: a replicated state machine.
//!
//! Every relay keeps the whole store as a view of one stream. A batch of writes is one message; `publish -> stream -> read back ->
//! view -> answer`. Every relay applies every message, in the stream's order, by the code that a relay by itself applies its
//! batches with. So the first commit of an epoch wins on every relay alike, whatever the servers' compare-and-swap is worth.
//!
//! It must never answer on an acknowledgement, apply a message twice, decide by anything but the view and the message, or
//! go on with a view that is not the others'.

mod applier;
mod checkpoint;
mod checks;
mod connect;
mod error;
mod follow;
mod fuzzing;
mod message;
mod pulse;
mod replicated;
mod retention;
mod settings;
mod signals;
mod state;
mod stream;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Stream;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::blob::BlobPlace;
use crate::elsewhere::{Elsewhere, Fresh, Others};
use crate::hub::Hub;
use crate::settings::Settings;
use crate::store::{FILE, Place, Store};
use applier::{Applier, Returned, UnderWay};
pub use error::ClusterError;
use error::nats;
use follow::Follower;
pub(crate) use fuzzing::{sample_message, try_message};
use pulse::Pulse;
use replicated::Replicated;
use retention::Retention;
pub use settings::{ClusterSettings, StoreKind};

/// Messages that wait for the view.
const WAITING: usize = 64;

/// A relay's part in a cluster.
pub(crate) struct Member {
    pub(crate) store: Arc<Store>,
    pub(crate) storage: Replicated,
    pub(crate) elsewhere: Elsewhere,
    pub(crate) tasks: Tasks,
}

/// What goes on behind a member. Dropping it ends all of it.
pub(crate) struct Tasks {
    tasks: JoinSet<Result<(), ClusterError>>,
    applying: std::thread::JoinHandle<()>,
}

impl Tasks {
    /// Why the relay can no longer follow its cluster. Does not return before it cannot.
    pub(crate) async fn failed(&mut self) -> ClusterError {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(Err(error))) => return error,
                Some(Ok(Ok(()))) => {}
                Some(Err(lost)) => return ClusterError::Nats(format!("a task was lost: {lost}")),
                None => return ClusterError::Nats("nothing follows the stream any more".into()),
            }
        }
    }

    /// Ends them, and has what was applied last synced.
    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
        let applying = self.applying;
        // Panicked: then it is not synced, and the next start reads it again.
        _ = tokio::task::spawn_blocking(move || applying.join()).await;
    }
}

/// What the servers hold for the relays.
struct Reached {
    client: Client,
    context: Context,
    stream: Stream,
    retention: Retention,
    checkpoints: checkpoint::Checkpoints,
}

/// How long a cluster that does not answer is asked again at the start: its servers may be electing a leader.
const PATIENCE: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(500);

/// Reaches the servers and looks at them. What they say is wrong ends it at once.
async fn reach(settings: &ClusterSettings, retention_ms: u64) -> Result<Reached, ClusterError> {
    let began = Instant::now();
    loop {
        match reach_once(settings, retention_ms).await {
            Err(ClusterError::Nats(why)) if began.elapsed() < PATIENCE => {
                tracing::warn!(%why, "the cluster gave no answer: it is asked again");
                tokio::time::sleep(AGAIN).await;
            }
            done => return done,
        }
    }
}

async fn reach_once(settings: &ClusterSettings, retention_ms: u64) -> Result<Reached, ClusterError> {
    let client = connect::connect(settings).await?;
    let context = connect::jetstream(&client).await?;
    checks::all(settings).await?;
    let stream = stream::open(&context, settings.nats_replicas).await?;
    let state = state::open(&context, settings.nats_replicas).await?;
    let retention = Retention::agree(state.clone(), retention_ms, settings.nats_set_retention).await?;
    let checkpoints = checkpoint::Checkpoints::open(&context, state, settings).await?;
    Ok(Reached { client, context, stream, retention, checkpoints })
}

/// Joins the cluster: looks at the servers, finds or loads the view, and follows the stream from there on.
pub(crate) async fn join(settings: &Settings, hub: Arc<Hub>, clock: fn() -> u64) -> Result<Member, ClusterError> {
    check_blobs(settings)?;
    let (retention_ms, data) = (settings.retention_ms(), settings.data.as_path());
    let settings = &settings.cluster;
    let Reached { client, context, stream, retention, checkpoints } = reach(settings, retention_ms).await?;
    let (store, place) = view(data, &stream, &checkpoints, settings.nats_adopt).await?;
    if settings.nats_adopt {
        checkpoints.begin(&store, &stream, clock()).await?;
    }

    let mut me = [0; 16];
    getrandom::fill(&mut me).map_err(nats)?;
    let runtime = Handle::current();
    let reached = watch::Sender::new((place.seq, *place.hash));
    let (acknowledged, fresh) = (watch::Sender::new(0), watch::Sender::new(None));
    let returned = watch::Sender::new(Returned::default());
    let (to, from) = mpsc::channel(WAITING);
    let (catch_up, asked) = mpsc::channel(pulse::AT_THE_DOOR);
    let (signals, out) = mpsc::channel(signals::WAITING);
    let (ask_retention, retention_asked) = mpsc::channel(retention::WAITING);
    let under_way = Arc::new(UnderWay::default());

    let mut tasks = JoinSet::new();
    let (followed, acknowledgements) = (reached.subscribe(), acknowledged.subscribe());
    let others = Others { catch_up, retention: ask_retention, fresh: fresh.subscribe(), signals };
    tasks.spawn(retention.answer(retention_asked));
    tasks.spawn(forget_old(data.to_owned(), fresh.subscribe()));
    tasks.spawn(signals::run(client.clone(), me, out, hub.clone()));
    let pulse = Pulse { client, me, clock, asked, reached: followed.clone(), returned: returned.subscribe(), fresh };
    tasks.spawn(pulse.run());
    tasks.spawn(pulse::same_stream(stream.clone(), place.stream));
    tasks.spawn(checkpoints.keep(store.clone(), stream.clone()));
    tasks.spawn(Follower { stream, next: place.seq + 1, to, acknowledged: acknowledgements }.run());
    let applier = Applier {
        store: store.clone(),
        hub,
        me,
        under_way: under_way.clone(),
        reached,
        returned,
        from,
        runtime: runtime.clone(),
    };
    let (ended, end) = tokio::sync::oneshot::channel();
    let apply = move || {
        // Nobody to tell: the relay is stopping.
        _ = ended.send(applier.run());
    };
    let applying = std::thread::Builder::new().name("applier".into()).spawn(apply).map_err(nats)?;
    tasks.spawn(async {
        end.await.unwrap_or_else(|_| Err(ClusterError::Follow("the applying thread panicked".into())))
    });

    let (batches, reached) = (AtomicU64::new(0), followed);
    let storage = Replicated { context, me, batches, under_way, reached, acknowledged, runtime };
    Ok(Member { store, storage, elsewhere: Elsewhere(Some(others)), tasks: Tasks { tasks, applying } })
}

/// Removes the view that a checkpoint has taken the place of, once the new one serves.
async fn forget_old(data: PathBuf, mut fresh: watch::Receiver<Option<Fresh>>) -> Result<(), ClusterError> {
    if fresh.wait_for(Option::is_some).await.is_ok() {
        checkpoint::forget_old(&data);
    }
    Ok(())
}

/// Bytes of blobs must be where every relay finds them, and a grant of one must be good on all.
fn check_blobs(settings: &Settings) -> Result<(), ClusterError> {
    let blobs = &settings.blobs;
    let shared = matches!(blobs.blobs, Some(BlobPlace::Bucket(..))) && blobs.blob_key_file.is_some();
    match shared || blobs.blob_mib == 0 {
        true => Ok(()),
        false => Err(ClusterError::Blobs),
    }
}

/// The view of this stream, from which the stream leads on: the one in the data folder, else that of the newest checkpoint, else
/// an empty one.
async fn view(
    data: &Path,
    stream: &Stream,
    checkpoints: &checkpoint::Checkpoints,
    adopt: bool,
) -> Result<(Arc<Store>, Place), ClusterError> {
    let info = stream.get_info().await.map_err(nats)?;
    let (path, born) = (data.join(FILE), stream::born(&info));
    checkpoint::tidy(data)?;
    let mut store = Store::open(data)?;
    if adopt {
        if info.state.last_sequence > 0 || checkpoints.any().await? {
            return Err(ClusterError::NothingToAdopt);
        }
        let clock = store.place()?.map_or(0, |place| place.clock);
        let mut place = Place::start(born);
        place.clock = clock;
        checkpoints.announce_adoption(born).await?;
        store.begin_view(&place)?;
        return Ok((Arc::new(store), place));
    }
    let place = match store.place()? {
        None if !store.is_empty()? => return Err(ClusterError::NotAView(path)),
        None => None,
        Some(place) if place.stream != born => return Err(ClusterError::OtherStream(path)),
        Some(place) if place.seq > info.state.last_sequence => {
            let (applied, last) = (place.seq, info.state.last_sequence);
            return Err(ClusterError::StreamBehind { path, applied, last });
        }
        place => place,
    };
    let next = place.as_ref().map_or(1, |place| place.seq + 1);
    let first = info.state.first_sequence;
    // An empty stream begins behind its end.
    let leads_on = first <= next;
    let place = match (place, leads_on) {
        (Some(place), true) => place,
        (None, true) if !checkpoints.any().await? => {
            // An empty view beside one that is not would serve other answers, and nothing would tell before they differ in a write.
            if checkpoints.is_adopted(born).await? {
                return Err(ClusterError::BeingAdopted);
            }
            let place = Place::start(born);
            store.begin_view(&place)?;
            place
        }
        (known, _) => {
            drop(store);
            let mut known = known.map(|place| place.seq);
            loop {
                if !checkpoints.load(data, born, known).await? {
                    return Err(ClusterError::NoCheckpoint { first, next });
                }
                store = Store::open(data)?;
                let place = store.place()?.ok_or_else(|| ClusterError::NotAView(path.clone()))?;
                // Loading may take longer than two checkpoints, behind which the stream has been shortened meanwhile.
                if stream.get_info().await.map_err(nats)?.state.first_sequence <= place.seq + 1 {
                    break place;
                }
                known = Some(place.seq);
                drop(store);
            }
        }
    };
    if store.was_cut_off() {
        tracing::warn!(
            "the relay was not stopped in order last time; what its view lacks is read from the stream again"
        );
    }
    Ok((Arc::new(store), place))
}

#[cfg(test)]
mod tests;
