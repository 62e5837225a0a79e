//! Loading the newest checkpoint, and what loading and copying leave in a data folder.
//!
//! ```text
//! loading/relay.redb (whole, and looked at) -> relay.redb; the view that was there -> relay.redb.old, until the new one serves
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::jetstream::object_store::Object;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::{Checkpoints, Newest, has_room, object};
use crate::cluster::error::ClusterError;
use crate::store::{FILE, Store};

/// Folder that a checkpoint is loaded into.
const LOADING: &str = "loading";
/// How much of a copy is read at once.
const PIECE: usize = 64 * 1024;
/// How long the next piece of a copy may take to come: one that the servers have lost never does.
const PATIENCE: Duration = Duration::from_secs(30);

impl Checkpoints {
    /// Puts the newest one into the data folder, if it goes beyond `applied`; false when there is none such. The view that was
    /// there stays as it is until the new one was found to be what it says, one of the stream that was made at `born`.
    pub(in crate::cluster) async fn load(
        &self,
        data: &Path,
        born: u64,
        applied: Option<u64>,
    ) -> Result<bool, ClusterError> {
        let mut failed_at = None;
        loop {
            let newest = self.newest().await?.map(|(newest, _)| newest);
            let Some(newest) = newest.filter(|newest| applied.is_none_or(|applied| newest.seq > applied)) else {
                return Ok(false);
            };
            match self.load_this(data, born, &newest).await {
                Ok(()) => return Ok(true),
                Err(error) if failed_at == Some(newest.seq) => return Err(error),
                // One that was superseded while it was being loaded may be gone by now. One that still is the newest is tried twice.
                Err(error) => tracing::warn!(%error, "looking again for the newest checkpoint"),
            }
            failed_at = Some(newest.seq);
        }
    }

    async fn load_this(&self, data: &Path, born: u64, newest: &Newest) -> Result<(), ClusterError> {
        tracing::info!(seq = newest.seq, "a checkpoint is being loaded");
        let name = object(newest.seq);
        let failed = |why: String| ClusterError::Checkpoint(name.clone(), why);
        let copy = self.copies.get(&name).await.map_err(|error| failed(error.to_string()))?;
        has_room(data, copy.info().size as u64)?;
        let loading = data.join(LOADING);
        let loaded = async {
            std::fs::create_dir_all(&loading).map_err(|error| error.to_string())?;
            fetch(copy, &loading.join(FILE)).await?;
            look_at(&loading, newest, born)?;
            put_in_place(&loading, data).map_err(|error| error.to_string())
        };
        let loaded = loaded.await;
        remove(&loading).map_err(|error| failed(error.to_string()))?;
        loaded.map_err(failed)
    }
}

/// All bytes of a copy into a file, synced. The reader compares them with the digest that the copy was sent with.
async fn fetch(mut copy: Object, to: &Path) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    let mut file = tokio::fs::File::create(to).await.map_err(said)?;
    let (mut piece, mut bytes) = (vec![0; PIECE], 0);
    loop {
        let read = timeout(PATIENCE, copy.read(&mut piece)).await.map_err(|_| "the cluster does not have all of it")?;
        match read.map_err(said)? {
            0 => break,
            length => {
                bytes += length;
                file.write_all(&piece[..length]).await.map_err(said)?;
            }
        }
    }
    if bytes != copy.info().size {
        return Err(format!("it has {bytes} bytes, and should have {}", copy.info().size));
    }
    file.sync_all().await.map_err(said)
}

/// Opens what was loaded as a store, and sees whether it is that view.
fn look_at(loading: &Path, newest: &Newest, born: u64) -> Result<(), String> {
    let store = Store::open(loading).map_err(|error| error.to_string())?;
    let place = store.place().map_err(|error| error.to_string())?.ok_or("it is no view of a stream")?;
    if place.stream != born {
        return Err("it is a view of another stream".into());
    }
    if (place.seq, *place.hash) != (newest.seq, *newest.hash) {
        return Err("it is not what it says it is".into());
    }
    store.close().map_err(|error| error.to_string())
}

fn put_in_place(loading: &Path, data: &Path) -> std::io::Result<()> {
    let path = data.join(FILE);
    if path.exists() {
        std::fs::rename(&path, old(data))?;
    }
    std::fs::rename(loading.join(FILE), &path)?;
    // The new names are only safe when the folder is.
    std::fs::File::open(data)?.sync_all()
}

/// Where the view stays that a checkpoint has taken the place of.
fn old(data: &Path) -> PathBuf {
    data.join(format!("{FILE}.old"))
}

/// Before a start: removes what loading or copying has left half done, and puts back a view whose successor never came.
pub(in crate::cluster) fn tidy(data: &Path) -> Result<(), ClusterError> {
    let tidied = || {
        remove(&data.join(LOADING))?;
        remove(&Store::copy_beside(&data.join(FILE)))?;
        match old(data).exists() && !data.join(FILE).exists() {
            true => std::fs::rename(old(data), data.join(FILE)),
            false => Ok(()),
        }
    };
    tidied().map_err(|error| ClusterError::View(data.to_owned(), error.to_string()))
}

/// Once the view serves: the one that it took the place of is not needed.
pub(in crate::cluster) fn forget_old(data: &Path) {
    if let Err(error) = remove(&old(data)) {
        tracing::warn!(%error, "the view that a checkpoint has taken the place of cannot be removed");
    }
}

/// Removes a file or a folder, if it is there.
fn remove(path: &Path) -> std::io::Result<()> {
    let removed = match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_removes_what_is_half_done_and_finds_a_view_whose_successor_never_came() {
        let data = std::env::temp_dir().join(format!("xchat-tidy-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(data.join(LOADING)).unwrap();
        for name in ["loading/relay.redb", "relay.copy", "relay.redb.old", "blob.key"] {
            std::fs::write(data.join(name), name).unwrap();
        }
        let names = || {
            let entries =
                std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            entries.collect::<std::collections::BTreeSet<_>>()
        };
        tidy(&data).unwrap();
        assert_eq!(names().into_iter().collect::<Vec<_>>(), ["blob.key", "relay.redb"]);
        assert_eq!(std::fs::read(data.join(FILE)).unwrap(), b"relay.redb.old");
        std::fs::write(old(&data), b"older").unwrap();
        tidy(&data).unwrap();
        assert_eq!(names().len(), 3, "it stays until the new one serves");
        forget_old(&data);
        assert_eq!(names().len(), 2);
        std::fs::remove_dir_all(&data).unwrap();
    }
}
