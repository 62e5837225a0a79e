//! The world: people's devices, one relay, one clock.

use xchat_engine::api::{ChatId, ChatState, Command};
use xchat_relay::local::Relay;

use super::{Device, Dice, Lie, Tamper, Weather};

/// Now, by the system's clock: OpenMLS checks key package lifetimes against it.
fn start() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64
}

pub struct World {
    pub relay: Relay,
    pub lie: Option<Lie>,
    pub tamper: Option<Tamper>,
    pub weather: Option<Weather>,
    pub devices: Vec<Device>,
    pub now: u64,
    /// Everything that the relay was shown, when somebody wants to search it.
    pub shown: Option<Vec<u8>>,
    pub dice: Dice,
}

impl World {
    pub fn new(people: usize, seed: u64) -> Self {
        let devices = (0..people).map(|_| Device::new()).collect();
        Self {
            relay: Relay::in_memory(),
            lie: None,
            tamper: None,
            weather: None,
            devices,
            now: start(),
            shown: None,
            dice: Dice::new(seed),
        }
    }

    /// A browser more, in which nobody lives.
    pub fn add_device(&mut self) {
        self.devices.push(Device::new());
    }

    /// A world whose people have accounts and are connected.
    pub fn with_people(names: &[&str], seed: u64) -> Self {
        let mut world = Self::new(names.len(), seed);
        for (who, name) in names.iter().enumerate() {
            world.command(who, Command::CreateAccount { name: (*name).to_owned() });
            world.connect(who);
        }
        world.settle();
        world
    }

    /// Two people who have accepted each other: (world, chat of 0, chat of 1).
    pub fn acquainted(seed: u64) -> (Self, ChatId, ChatId) {
        let mut world = Self::with_people(&["Ada", "Ben"], seed);
        let ada = world.open_link(0, 1);
        world.send(0, ada, "hello");
        world.settle();
        let ben = world.chat(1);
        assert_eq!(ben.state, ChatState::Request);
        world.command(1, Command::Accept { chat: ben.id });
        world.settle();
        (world, ada, ben.id)
    }
}
