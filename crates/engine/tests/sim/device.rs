//! A device: engine, database, the frames at its end of the connection. It steps the way the worker does, and dies.

use std::collections::{BTreeMap, VecDeque};

use xchat_engine::{
    BlobWork, Effect, Engine, Input,
    api::{Command, Event},
    card::Origin,
    rows::Scope,
};
use xchat_relay::local::ConnectionId;
use xchat_wire::BlobHash;

use super::{Database, ORIGIN, World, trace};

/// Where a device dies in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    BeforeCommit,
    AfterCommit,
}

/// What a device leaves out, also after a crash, because it only takes time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Thrift {
    /// Safety numbers, if nobody compares them.
    pub omits_safety: bool,
    /// The hybrid suite: groups are of suite 1.
    pub classical: bool,
    /// Groups of thousands: commits and welcomes that do not fit a frame of so many bytes go by way of blobs.
    pub frame: Option<usize>,
}

impl Device {
    /// From now on the device is of a later version.
    pub fn become_later(&mut self) {
        self.later = true;
        self.engine.become_later();
    }
}

/// An engine with a small pool: key packages are what takes the time in a simulation.
fn engine(thrift: Thrift) -> Engine {
    let mut engine = Engine::new(Origin::parse(ORIGIN).unwrap());
    engine.keep_packages(2);
    if thrift.omits_safety {
        engine.omit_safety_numbers();
    }
    if thrift.classical {
        engine.speak_suite_1();
    }
    if let Some(bytes) = thrift.frame {
        engine.limit_frames(bytes);
    }
    engine
}

pub struct Device {
    pub engine: Engine,
    pub database: Database,
    pub(super) connection: Option<ConnectionId>,
    pub(super) to_relay: VecDeque<Vec<u8>>,
    pub(super) from_relay: VecDeque<Vec<u8>>,
    /// What it has to do over HTTP, and has not done yet.
    pub blobs: VecDeque<BlobWork>,
    /// Sealed chunks of files, which lie beside the engine's rows and outlive it; those that uploads need no more, and those that they did
    /// need when it was last attached to.
    pub kept: BTreeMap<BlobHash, Vec<u8>>,
    pub released: Vec<BlobHash>,
    pub needs: Vec<BlobHash>,
    /// Chunks that nobody may see any more.
    pub discarded: Vec<BlobHash>,
    pub events: Vec<Event>,
    pub timer: Option<u64>,
    pub(super) thrift: Thrift,
    /// It is of a later version, also after a crash.
    later: bool,
    /// How far this device's clock is off, in milliseconds.
    pub skew: i64,
    pub steps: u64,
    /// Rows that the last step wanted, by round.
    pub looks: Vec<usize>,
    /// Frames that it has sent, and the most of them in one step.
    pub frames: u64,
    pub most_frames: usize,
    /// Die in this step.
    pub crash_at: Option<(u64, Crash)>,
    pub crashes: u64,
    /// Rows of conversations need not all load.
    pub may_be_damaged: bool,
    pub damage: Vec<String>,
}

impl Device {
    pub(super) fn new() -> Self {
        Self {
            engine: engine(Thrift::default()),
            thrift: Thrift::default(),
            later: false,
            database: Database::default(),
            connection: None,
            to_relay: VecDeque::new(),
            from_relay: VecDeque::new(),
            blobs: VecDeque::new(),
            kept: BTreeMap::new(),
            released: Vec::new(),
            needs: Vec::new(),
            discarded: Vec::new(),
            events: Vec::new(),
            timer: None,
            skew: 0,
            steps: 0,
            looks: Vec::new(),
            frames: 0,
            most_frames: 0,
            crash_at: None,
            crashes: 0,
            may_be_damaged: false,
            damage: Vec::new(),
        }
    }

    pub(super) fn refused(&self) -> Vec<&Event> {
        self.events.iter().filter(|event| matches!(event, Event::Refused { .. })).collect()
    }
}

impl World {
    /// The time on a device.
    pub fn clock(&self, who: usize) -> u64 {
        self.now.saturating_add_signed(self.devices[who].skew)
    }

    /// Sets a device's clock, this many milliseconds off. Its timer goes by the time that passes.
    pub fn set_clock(&mut self, who: usize, skew: i64) {
        let device = &mut self.devices[who];
        device.timer = device.timer.map(|at| at.saturating_add_signed(skew - device.skew));
        device.skew = skew;
    }

    /// Leaves out what only takes time, on all devices that there are. Nothing has happened on any of them.
    pub fn save_time(&mut self, thrift: Thrift) {
        for device in &mut self.devices {
            device.thrift = thrift;
            device.engine = engine(thrift);
        }
    }

    /// No frame of a device's commits is larger, now and after a crash.
    pub fn limit_frames(&mut self, who: usize, bytes: usize) {
        self.devices[who].thrift.frame = Some(bytes);
        self.devices[who].engine.limit_frames(bytes);
    }

    /// Runs a device's timer if its time has come. Whether it had.
    pub fn tick(&mut self, who: usize) -> bool {
        let due = self.devices[who].timer.is_some_and(|at| at <= self.clock(who));
        if due {
            self.devices[who].timer = None;
            self.input(who, Input::Tick);
        }
        due
    }

    /// One step of a device, the way the worker does it.
    pub fn input(&mut self, who: usize, input: Input) {
        let seed = self.dice.bytes();
        let now = self.clock(who);
        let device = &mut self.devices[who];
        device.steps += 1;
        loop {
            let missing = device.engine.missing(&input);
            if missing.is_empty() {
                break;
            }
            for scope in missing {
                let rows = device.database.scope(scope);
                if let Err(error) = device.engine.load(scope, rows) {
                    assert!(device.may_be_damaged && scope != Scope::Account, "{error}");
                    device.engine.set_damaged(scope);
                    device.damage.push(error.to_string());
                }
            }
        }
        let mut step = device.engine.step(input, now, seed);
        device.looks.clear();
        for round in 0.. {
            if step.wants.is_empty() {
                break;
            }
            assert!(round < 1_000, "a step never has what it wants: {:?}", step.wants);
            assert!(
                step.changes.is_empty() && step.effects.is_empty(),
                "a step that is not over has come to nothing yet"
            );
            device.looks.push(step.wants.len());
            let found = device.database.look(step.wants);
            step = device.engine.resume(found);
        }
        let crash = device.crash_at.filter(|(at, _)| *at == device.steps).map(|(_, crash)| crash);
        if crash == Some(Crash::BeforeCommit) {
            return self.crash(who);
        }
        device.database.commit(step.wipes, step.changes);
        if crash == Some(Crash::AfterCommit) {
            return self.crash(who);
        }
        let mut broken = false;
        let frames = step.effects.iter().filter(|effect| matches!(effect, Effect::Send(_))).count();
        device.frames += frames as u64;
        device.most_frames = device.most_frames.max(frames);
        for effect in step.effects {
            match effect {
                Effect::Send(frame) => {
                    assert!(frame.len() <= xchat_wire::MAX_FRAME);
                    device.to_relay.push_back(frame);
                }
                Effect::Blob(work) => device.blobs.push_back(work),
                Effect::Notify(event) => {
                    trace(|| format!("  {who} ! {event:?}"));
                    device.events.push(event);
                }
                Effect::Timer(at) => device.timer = Some(at),
                Effect::Reconnect(_) => broken = true,
            }
        }
        if broken {
            self.disconnect(who);
        }
    }

    /// The process dies: the database stays, all else is gone.
    pub fn crash(&mut self, who: usize) {
        if let Some(connection) = self.devices[who].connection.take() {
            self.relay.disconnect(connection);
        }
        let device = &mut self.devices[who];
        device.crashes += 1;
        device.engine = engine(device.thrift);
        if device.later {
            device.engine.become_later();
        }
        device.to_relay.clear();
        device.from_relay.clear();
        device.blobs.clear();
        device.timer = None;
        self.input(who, Input::Attach);
    }

    pub fn command(&mut self, who: usize, command: Command) {
        self.input(who, Input::Command(command));
    }
}
