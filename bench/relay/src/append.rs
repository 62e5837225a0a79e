//! Durable appends of 1 KiB bodies: how many a second, how long each waits for its answer.
//!
//! Each connection has a log of its own and keeps a fixed number of appends in flight: a new one goes out for each that is
//! answered. On nats-server a log is a subject of one JetStream stream, and the answer is the stream's acknowledgement.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::disk;
use crate::nats::Nats;
use crate::peer::BODY;
use crate::plan::Plan;
use crate::process::{Kind, Server};
use crate::relay::{Client, Log, random};
use crate::samples::Finding;
use crate::socket::Use;
use crate::table::{RELAY, Table, Unit};

/// Where there is enough in flight for a disk to be asked seldom.
const GOAL: &str = "over 20,000 /s";
/// Connections, and appends that each keeps in flight.
const CASES: [(usize, usize); 5] = [(1, 1), (64, 1), (512, 1), (64, 16), (64, 64)];
/// Beyond so many in flight JetStream is left out: its answers take seconds then, and would come when all is over.
const MOST_FOR_NATS: usize = 1024;
/// The most that a relay writes in one transaction.
const BATCH: usize = 1024;
/// Time under load before anything counts.
const WARM: Duration = Duration::from_millis(500);
/// Time that counts.
const TIME: Duration = Duration::from_secs(2);

/// Each case on each server, and on the bare disk.
pub(crate) async fn round(plan: &Plan, table: &mut Table) -> Result<()> {
    for (connections, window) in CASES {
        let what = format!("durable append, {connections} x {window} in flight");
        let goal = if connections * window >= 512 { GOAL } else { "" };
        for (kind, name) in [(Kind::Relay, RELAY), (Kind::Nats, "nats-server, JetStream, sync always")] {
            if kind == Kind::Nats && connections * window > MOST_FOR_NATS {
                continue;
            }
            let finding = match plan.start(kind).await? {
                Some(server) => {
                    Some(case(&server, connections, window).await.with_context(|| format!("{name}: {what}"))?)
                }
                None => None,
            };
            table.add(&what, name, Unit::Rate, if kind == Kind::Relay { goal } else { "" }, finding);
        }
        let batch = (connections * window).min(BATCH);
        let (file, name) = (plan.file("raw"), format!("the disk: a file, fdatasync after each {batch}"));
        let finding = tokio::task::spawn_blocking(move || disk::appends(&file, batch)).await??;
        table.add(&what, &name, Unit::Rate, "", Some(finding));
    }
    Ok(())
}

/// An append that was answered.
struct Answer {
    at: Instant,
    after: Duration,
}

async fn case(server: &Server, connections: usize, window: usize) -> Result<Finding> {
    if server.kind == Kind::Nats {
        Nats::connect(server.bound, Use::Busy).await?.create_stream().await?;
    }
    let mut writers = Vec::new();
    for _ in 0..connections {
        writers.push(Writer::connect(server).await?);
    }
    let begin = Instant::now() + WARM;
    let end = begin + TIME;
    let mut tasks = JoinSet::new();
    for writer in writers {
        tasks.spawn(writer.write(window, end));
    }
    sleep_until(begin.into()).await;
    let before = server.cpu()?;
    sleep_until(end.into()).await;
    let cpu = server.cpu()?.since(before);
    let mut waits = Vec::new();
    while let Some(answers) = tasks.join_next().await {
        let counted = answers??.into_iter().filter(|answer| (begin..end).contains(&answer.at));
        waits.extend(counted.map(|answer| answer.after));
    }
    Ok(Finding::of(waits.len(), TIME, waits, Some(cpu)))
}

/// One connection that appends.
enum Writer {
    Relay { client: Box<Client>, log: Log },
    Nats { nats: Nats, log: String, answers: String },
}

impl Writer {
    async fn connect(server: &Server) -> Result<Self> {
        let name = u64::from_be_bytes(random()?);
        Ok(match server.kind {
            Kind::Relay => {
                let (mut client, log) = (Box::new(Client::connect(server.bound, Use::Busy).await?), Log::fresh()?);
                client.create(&log).await?;
                Self::Relay { client, log }
            }
            Kind::Nats => {
                let mut nats = Nats::connect(server.bound, Use::Busy).await?;
                nats.subscribe(&format!("answer.{name:x}.*")).await?;
                Self::Nats { nats, log: format!("log.{name:x}"), answers: format!("answer.{name:x}") }
            }
            Kind::Bare => bail!("the bare server keeps nothing"),
        })
    }

    /// Appends until `end`, `window` at a time, and waits for the last answers.
    async fn write(mut self, window: usize, end: Instant) -> Result<Vec<Answer>> {
        let body: [u8; BODY] = random()?;
        let mut sent = HashMap::new();
        let mut answers = Vec::new();
        let mut next = 0;
        let mut free = window;
        loop {
            let now = Instant::now();
            if now < end {
                for _ in 0..free {
                    sent.insert(next, now);
                    self.feed(next, &body).await?;
                    next += 1;
                }
                self.flush().await?;
            }
            free = 0;
            if sent.is_empty() {
                return Ok(answers);
            }
            // All that have come by now, so that their successors go out together.
            let mut answered = Some(self.answered().await?);
            while let Some(number) = answered {
                let since = sent.remove(&number).context("an answer to nothing")?;
                answers.push(Answer { at: Instant::now(), after: since.elapsed() });
                free += 1;
                answered = if sent.is_empty() { None } else { self.answered().now_or_never().transpose()? };
            }
        }
    }

    async fn feed(&mut self, number: u32, body: &[u8]) -> Result<()> {
        match self {
            Self::Relay { client, log } => client.feed(log.append(number, random()?, body)).await,
            Self::Nats { nats, log, answers } => {
                nats.feed(Nats::publication(log, &format!("{answers}.{number}"), body)).await
            }
        }
    }

    async fn flush(&mut self) -> Result<()> {
        match self {
            Self::Relay { client, .. } => client.flush().await,
            Self::Nats { nats, .. } => nats.flush().await,
        }
    }

    async fn answered(&mut self) -> Result<u32> {
        match self {
            Self::Relay { client, .. } => client.accepted().await,
            Self::Nats { nats, .. } => nats.message(acknowledged).await?,
        }
    }
}

/// The number in the subject of JetStream's acknowledgement.
fn acknowledged(subject: &str, answer: &[u8]) -> Result<u32> {
    let text = String::from_utf8_lossy(answer);
    if text.contains("\"error\"") || !text.contains("\"seq\"") {
        bail!("JetStream answered {text}");
    }
    subject.rsplit('.').next().and_then(|number| number.parse().ok()).context("an answer without a number")
}
