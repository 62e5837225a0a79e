//! The connections between devices and the relay: frames move one way or the other, or are lost.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use xchat_engine::{BlobCame, BlobFailure, BlobWork, Input};
use xchat_relay::local::Relay;
use xchat_wire::{ClientFrame, ServerFrame};

use super::{World, trace};

pub const ORIGIN: &str = "https://relay.example";

/// What reaches the relay instead of what a device sent.
pub type Tamper = Box<dyn FnMut(usize, ClientFrame) -> ClientFrame>;

/// What the relay tells a device instead of the truth. None: it withholds the frame.
pub type Lie = Box<dyn FnMut(usize, ServerFrame) -> Option<ServerFrame>>;

/// What comes of a request over HTTP before the relay sees it: the status of a failure, or 0.
pub type Weather = Box<dyn FnMut(usize, &BlobWork) -> u16>;

impl World {
    pub fn connect(&mut self, who: usize) {
        if self.devices[who].connection.is_none() {
            let challenge = self.dice.bytes();
            self.input(who, Input::Connecting);
            let connection = self.relay.connect(self.now, ORIGIN, challenge);
            self.devices[who].connection = Some(connection);
        }
    }

    /// The connection breaks; what was under way is lost.
    pub fn disconnect(&mut self, who: usize) {
        if let Some(connection) = self.devices[who].connection.take() {
            self.relay.disconnect(connection);
            self.devices[who].to_relay.clear();
            self.devices[who].from_relay.clear();
            self.input(who, Input::Disconnected);
        }
    }

    pub fn is_connected(&self, who: usize) -> bool {
        self.devices[who].connection.is_some()
    }

    /// The relay comes back with an empty store; all connections break with it.
    pub fn lose_store(&mut self) {
        for who in 0..self.devices.len() {
            self.disconnect(who);
        }
        self.relay = Relay::in_memory();
    }

    /// What a device has on its way to the relay.
    pub fn under_way(&self, who: usize) -> Vec<ClientFrame> {
        self.devices[who].to_relay.iter().map(|bytes| xchat_wire::decode(bytes).unwrap()).collect()
    }

    /// One frame reaches the relay. Whether there was one.
    pub fn deliver_up(&mut self, who: usize) -> bool {
        let device = &mut self.devices[who];
        let (Some(connection), Some(mut frame)) = (device.connection, device.to_relay.pop_front()) else {
            return false;
        };
        if let Some(tamper) = &mut self.tamper {
            frame = xchat_wire::encode(&tamper(who, xchat_wire::decode(&frame).unwrap()));
        }
        if let Some(shown) = &mut self.shown {
            shown.extend(&frame);
        }
        trace(|| format!("  {who} > {:?}", xchat_wire::decode::<ClientFrame>(&frame)));
        self.relay.receive(connection, &frame, self.now);
        true
    }

    /// Up to `most` frames reach the device in one step. Whether there was one.
    pub fn deliver_down(&mut self, who: usize, most: usize) -> bool {
        let device = &mut self.devices[who];
        let Some(connection) = device.connection else { return false };
        device.from_relay.extend(self.relay.take_output(connection));
        let count = most.min(device.from_relay.len());
        let mut frames: Vec<ServerFrame> =
            device.from_relay.drain(..count).map(|bytes| xchat_wire::decode(&bytes).unwrap()).collect();
        if let Some(lie) = &mut self.lie {
            frames = frames.into_iter().filter_map(|frame| lie(who, frame)).collect();
        }
        if !frames.is_empty() {
            frames.iter().for_each(|frame| trace(|| format!("  {who} < {frame:?}")));
            self.input(who, Input::Frames(frames));
        }
        count > 0
    }

    /// A device's next request over HTTP is answered. Whether there was one.
    pub fn deliver_blob(&mut self, who: usize) -> bool {
        let Some(work) = self.devices[who].blobs.pop_front() else { return false };
        let now = self.now;
        let status = match &mut self.weather {
            Some(weather) => weather(who, &work),
            None => 0,
        };
        let came = match work {
            BlobWork::Release { hashes } => {
                self.devices[who].released.extend(hashes);
                return true;
            }
            BlobWork::Discard { hashes } => {
                hashes.iter().for_each(|hash| _ = self.devices[who].kept.remove(hash));
                self.devices[who].discarded.extend(hashes);
                return true;
            }
            BlobWork::Needs { hashes } => {
                self.devices[who].needs = hashes;
                return true;
            }
            BlobWork::Put { hash, .. } | BlobWork::PutKept { hash, .. } | BlobWork::Fetch { hash, .. }
                if status > 0 =>
            {
                BlobCame::Failed { hash, why: BlobFailure::of_status(status) }
            }
            BlobWork::Put { hash, path, token, bytes } => {
                assert_eq!(path, format!("/blob/{}", hex::encode(hash.as_bytes())));
                let token = Base64UrlUnpadded::decode_vec(&token).unwrap();
                match self.relay.put_blob(hash, &token, bytes, now) {
                    200 | 201 => BlobCame::Put { hash },
                    status => BlobCame::Failed { hash, why: BlobFailure::of_status(status) },
                }
            }
            BlobWork::PutKept { hash, path, token } => {
                assert_eq!(path, format!("/blob/{}", hex::encode(hash.as_bytes())));
                let token = Base64UrlUnpadded::decode_vec(&token).unwrap();
                match self.devices[who].kept.get(&hash).cloned() {
                    None => BlobCame::Failed { hash, why: BlobFailure::Lost },
                    Some(bytes) => match self.relay.put_blob(hash, &token, bytes, now) {
                        200 | 201 => BlobCame::Put { hash },
                        status => BlobCame::Failed { hash, why: BlobFailure::of_status(status) },
                    },
                }
            }
            BlobWork::Fetch { hash, size, .. } => match self.relay.blob(&hash, now) {
                Some(bytes) => {
                    let most = usize::try_from(size).unwrap().saturating_add(1);
                    BlobCame::Fetched { hash, bytes: bytes[..bytes.len().min(most)].to_vec() }
                }
                None => BlobCame::Failed { hash, why: BlobFailure::Gone },
            },
        };
        self.input(who, Input::Blob(came));
        true
    }

    /// Everything that is under way arrives, until nothing moves. Connections stay as they are.
    pub fn flow(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "the world does not come to rest");
            let mut moved = false;
            for who in 0..self.devices.len() {
                while self.deliver_up(who) {
                    moved = true;
                }
            }
            for who in 0..self.devices.len() {
                moved |= self.deliver_down(who, 64);
                moved |= self.deliver_blob(who);
            }
            if !moved {
                break;
            }
        }
    }

    /// All connect, everything arrives, timers that are due within a minute run.
    pub fn settle(&mut self) {
        for _ in 0..6 {
            for who in 0..self.devices.len() {
                self.connect(who);
            }
            self.flow();
            self.now += 31_000;
            for who in 0..self.devices.len() {
                self.tick(who);
            }
            self.flow();
        }
    }
}
