//! The disk's own limit: a file that grows by batches, each made durable before the next.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::peer::BODY;
use crate::samples::Finding;

/// How long it is written to.
const TIME: Duration = Duration::from_millis(700);

/// Appends of 1 KiB with one fdatasync for each `batch` of them. The wait is that of a whole batch.
pub(crate) fn appends(file: &Path, batch: usize) -> Result<Finding> {
    let finding = write(file, batch).with_context(|| format!("writing {}", file.display()));
    // Whether or not it could be written.
    _ = fs::remove_file(file);
    finding
}

fn write(path: &Path, batch: usize) -> Result<Finding> {
    let mut file = File::create(path)?;
    let bytes = vec![0x5a; BODY * batch];
    let mut waits = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < TIME {
        let since = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        waits.push(since.elapsed());
    }
    Ok(Finding::of(waits.len() * batch, begun.elapsed(), waits, None))
}
