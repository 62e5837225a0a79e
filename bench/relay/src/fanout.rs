//! Fan-out: one publisher, one or a hundred subscribers, and how long a body takes from the one to the others.
//!
//! The publisher keeps a fixed number of bodies on the way: a new one goes out when all deliveries of an older one have come. In
//! the relay each is a record of a log: it is on disk before anyone gets it. The others store nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::peer::{Subscriber, Topic};
use crate::plan::Plan;
use crate::process::{Kind, Server};
use crate::samples::Finding;
use crate::socket::Use;
use crate::table::{RELAY, Table, Unit};

struct Case {
    subscribers: usize,
    /// Bodies on the way.
    window: u64,
    /// Bodies in all, those before the measurement among them. Below what one connection may send to a relay at once.
    bodies: u64,
    goal: &'static str,
}

const CASES: [Case; 3] = [
    Case { subscribers: 1, window: 1, bodies: 2000, goal: "" },
    Case { subscribers: 1, window: 32, bodies: 6000, goal: "" },
    Case { subscribers: 100, window: 32, bodies: 3000, goal: "within 2x of the bare echo" },
];
/// One part in so many goes before the measurement.
const WARM: u64 = 6;

/// Each case on each server.
pub(crate) async fn round(plan: &Plan, table: &mut Table) -> Result<()> {
    for case in &CASES {
        let what = format!("fan-out 1 to {}, {} on the way", case.subscribers, case.window);
        let servers = [
            (Kind::Relay, RELAY, case.goal),
            (Kind::Bare, "bare axum, nothing stored", ""),
            (Kind::Nats, "nats-server core, nothing stored", ""),
        ];
        for (kind, name, goal) in servers {
            let finding = match plan.start(kind).await? {
                Some(server) => Some(measure(&server, case).await.with_context(|| format!("{name}: {what}"))?),
                None => None,
            };
            table.add(&what, name, Unit::Rate, goal, finding);
        }
    }
    Ok(())
}

/// How many deliveries have come, and who waits for more.
struct Pace {
    since: Instant,
    deliveries: AtomicU64,
    each: u64,
    whole: Notify,
}

impl Pace {
    fn delivered(&self) {
        let before = self.deliveries.fetch_add(1, Ordering::AcqRel);
        if (before + 1).is_multiple_of(self.each) {
            self.whole.notify_one();
        }
    }

    async fn until(&self, bodies: u64) {
        while self.deliveries.load(Ordering::Acquire) < bodies * self.each {
            self.whole.notified().await;
        }
    }

    fn now(&self) -> u64 {
        // Five hundred years of nanoseconds fit.
        self.since.elapsed().as_nanos() as u64
    }
}

async fn measure(server: &Server, case: &Case) -> Result<Finding> {
    let topic = Topic::create(server.bound, server.kind).await?;
    let each = case.subscribers as u64;
    let deliveries = AtomicU64::new(0);
    let pace = Arc::new(Pace { since: Instant::now(), deliveries, each, whole: Notify::new() });
    let mut subscribers = JoinSet::new();
    for _ in 0..case.subscribers {
        subscribers.spawn(take(topic.subscribe(Use::Busy).await?, pace.clone(), case.bodies));
    }
    let mut publisher = topic.publisher().await?;
    let warm = case.bodies / WARM;
    for body in 0..warm {
        pace.until((body + 1).saturating_sub(case.window)).await;
        publisher.publish(pace.now()).await?;
    }
    pace.until(warm).await;
    let (begun, cpu) = (Instant::now(), server.cpu()?);
    for body in warm..case.bodies {
        pace.until((body + 1).saturating_sub(case.window)).await;
        publisher.publish(pace.now()).await?;
    }
    pace.until(case.bodies).await;
    let (time, cpu) = (begun.elapsed(), server.cpu()?.since(cpu));
    let mut waits = Vec::new();
    while let Some(taken) = subscribers.join_next().await {
        waits.extend_from_slice(&taken??[warm as usize..]);
    }
    Ok(Finding::of(waits.len(), time, waits, Some(cpu)))
}

async fn take(mut subscriber: Subscriber, pace: Arc<Pace>, bodies: u64) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    for _ in 0..bodies {
        let stamp = subscriber.delivery().await?;
        waits.push(Duration::from_nanos(pace.now().saturating_sub(stamp)));
        pace.delivered();
    }
    Ok(waits)
}
