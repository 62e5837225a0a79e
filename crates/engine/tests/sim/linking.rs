//! A device is linked, as two people's hands would do it.

use xchat_engine::api::{Command, DeviceView, Event};

use super::World;

impl World {
    /// The link that a new device shows.
    pub fn offer(&mut self, new: usize) -> String {
        self.command(new, Command::LinkThisDevice { name: "Firefox on Linux".to_owned() });
        self.flow();
        let link = self.devices[new].events.iter().rev().find_map(|event| match event {
            Event::DeviceLink { link } => Some(link.clone()),
            _ => None,
        });
        link.unwrap()
    }

    /// Device `old` has read it: the digits are on both screens.
    pub fn begin_link(&mut self, old: usize, new: usize) {
        let link = self.offer(new);
        self.command(old, Command::LinkDevice { link });
        self.flow();
    }

    /// They are compared, and right.
    pub fn confirm_link(&mut self, old: usize, new: usize) {
        self.command(old, Command::ConfirmLink { right: true });
        self.command(new, Command::ConfirmLink { right: true });
    }

    /// Device `new` becomes one of the person of `old`.
    pub fn link_device(&mut self, old: usize, new: usize) {
        self.begin_link(old, new);
        self.confirm_link(old, new);
        self.settle();
    }

    /// A new browser becomes a device of the person of `old`. Its number.
    pub fn link_new(&mut self, old: usize) -> usize {
        self.add_device();
        let new = self.devices.len() - 1;
        self.connect(new);
        self.flow();
        self.link_device(old, new);
        new
    }

    /// The digits that it showed last.
    pub fn code(&self, who: usize) -> Option<String> {
        self.devices[who].events.iter().rev().find_map(|event| match event {
            Event::LinkCode { code } => Some(code.clone()),
            _ => None,
        })
    }

    /// The devices of its person, itself first.
    pub fn list_of_devices(&mut self, who: usize) -> Vec<DeviceView> {
        self.command(who, Command::Devices);
        let devices = self.devices[who].events.iter().rev().find_map(|event| match event {
            Event::Devices { devices } => Some(devices.clone()),
            _ => None,
        });
        devices.unwrap()
    }
}
