//! Catch-up: how fast the records of one log come to those who were away.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::peer::BODY;
use crate::plan::Plan;
use crate::process::Server;
use crate::relay::{Client, Log, random};
use crate::samples::Finding;
use crate::socket::Use;
use crate::table::{RELAY, Table, Unit};

/// Records of the log.
const RECORDS: usize = 20_000;
/// Readers at the same time.
const READERS: [usize; 2] = [1, 8];
/// Connections that fill it, so that none sends more than a relay takes of one at once.
const WRITERS: usize = 8;
/// Appends that each keeps in flight.
const WINDOW: usize = 32;

/// By one reader, then by several.
pub(crate) async fn round(plan: &Plan, table: &mut Table) -> Result<()> {
    let server = plan.start_relay().await?;
    let log = fill(&server).await.context("filling a log")?;
    for readers in READERS {
        let finding = read(&server, &log, readers).await.context("reading a log")?;
        let what = format!("catch-up of {RECORDS} records, readers at once: {readers}");
        table.add(&what, RELAY, Unit::Rate, "", Some(finding));
    }
    Ok(())
}

async fn fill(server: &Server) -> Result<Log> {
    let log = Log::fresh()?;
    Client::connect(server.bound, Use::Busy).await?.create(&log).await?;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let mut client = Client::connect(server.bound, Use::Busy).await?;
        client.prove(&log).await?;
        writers.spawn(write(client, log.clone(), RECORDS / WRITERS));
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    Ok(log)
}

async fn write(mut client: Client, log: Log, records: usize) -> Result<()> {
    let body: [u8; BODY] = random()?;
    for number in 0..records {
        client.feed(log.append(number as u32, random()?, &body)).await?;
        client.flush().await?;
        if number >= WINDOW {
            client.accepted().await?;
        }
    }
    for _ in 0..records.min(WINDOW) {
        client.accepted().await?;
    }
    Ok(())
}

async fn read(server: &Server, log: &Log, readers: usize) -> Result<Finding> {
    let ready = Arc::new(Barrier::new(readers + 1));
    let mut tasks = JoinSet::new();
    for _ in 0..readers {
        let mut client = Client::connect(server.bound, Use::Busy).await?;
        client.prove(log).await?;
        let (log, ready) = (log.clone(), ready.clone());
        tasks.spawn(async move {
            ready.wait().await;
            client.subscribe(&log).await?;
            for _ in 0..RECORDS {
                client.record().await?;
            }
            anyhow::Ok(())
        });
    }
    let cpu = server.cpu()?;
    ready.wait().await;
    let begun = Instant::now();
    while let Some(read) = tasks.join_next().await {
        read??;
    }
    Ok(Finding::of(RECORDS * readers, begun.elapsed(), Vec::new(), Some(server.cpu()?.since(cpu))))
}
