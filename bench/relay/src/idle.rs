//! Memory of connections that are open, have subscribed once, and say nothing.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::peer::{Subscriber, Topic};
use crate::plan::Plan;
use crate::process::{Kind, Server};
use crate::samples::Finding;
use crate::socket::Use;
use crate::table::{RELAY, Table, Unit};

/// Connections that are being opened at the same time.
const AT_ONCE: usize = 50;
/// Before the memory is looked at.
const SETTLE: Duration = Duration::from_millis(1500);

/// On each server.
pub(crate) async fn round(plan: &Plan, table: &mut Table) -> Result<()> {
    let what = format!("{} idle connections, memory of each", plan.idle);
    let servers =
        [(Kind::Relay, RELAY, "under 12 KiB"), (Kind::Bare, "bare axum", ""), (Kind::Nats, "nats-server", "")];
    for (kind, name, goal) in servers {
        let finding = match plan.start(kind).await? {
            Some(server) => Some(measure(&server, plan.idle).await.with_context(|| format!("{name}: {what}"))?),
            None => None,
        };
        table.add(&what, name, Unit::Memory, goal, finding);
    }
    Ok(())
}

/// Each connection has a topic of its own, which is there before the memory is first looked at.
async fn measure(server: &Server, connections: usize) -> Result<Finding> {
    let mut topics = Vec::new();
    for _ in 0..connections.div_ceil(AT_ONCE) {
        let mut making = JoinSet::new();
        for _ in 0..AT_ONCE {
            making.spawn(Topic::create(server.bound, server.kind));
        }
        while let Some(topic) = making.join_next().await {
            topics.push(topic??);
        }
    }
    sleep(SETTLE).await;
    let before = server.resident()?;
    let mut open: Vec<Subscriber> = Vec::new();
    let mut waiting = topics.into_iter().take(connections);
    loop {
        let mut opening = JoinSet::new();
        for topic in waiting.by_ref().take(AT_ONCE) {
            opening.spawn(async move { topic.subscribe(Use::Idle).await });
        }
        if opening.is_empty() {
            break;
        }
        while let Some(subscriber) = opening.join_next().await {
            open.push(subscriber??);
        }
    }
    sleep(SETTLE).await;
    let grown = server.resident()?.saturating_sub(before);
    Ok(Finding { figure: grown as f64 / 1024.0 / open.len() as f64, ..Finding::default() })
}
