//! A device that comes while its person looks at the list of them.

use leptos::prelude::*;
use xchat_engine::api::{DeviceView, PersonId};

use super::own_name::own_name;
use super::page::shown;
use crate::ui::session::Session;

/// Names devices that have no name of their own: this one, where it was never asked what it is called, and one that comes and is called as
/// another is. Of the one that came last `new` has the name.
pub(super) fn watch(session: Session, new: RwSignal<String>) {
    let (mut known, mut named) = (Vec::<PersonId>::new(), false);
    Effect::new(move |_| {
        session.devices().with(|devices| {
            for device in devices {
                let unnamed = device.here && device.name.is_empty() && !untrack(|| session.is_removed());
                if unnamed && !named && !own_name().is_empty() {
                    named = true;
                    session.name_device(device.device, own_name());
                } else if !device.here && !known.is_empty() && !known.contains(&device.device) {
                    let name = apart(device, devices);
                    if name != device.name {
                        session.name_device(device.device, name.clone());
                    }
                    new.set(if name.is_empty() { shown(device) } else { name });
                }
            }
            known = devices.iter().map(|device| device.device).collect();
        });
    });
}

/// Its name. Two browsers of one kind give themselves the same: then with the first number behind it that is free.
fn apart(new: &DeviceView, devices: &[DeviceView]) -> String {
    let (mut name, mut number) = (new.name.clone(), 1);
    while !name.is_empty() && devices.iter().any(|other| other.device != new.device && other.name == name) {
        number += 1;
        name = format!("{} {number}", new.name);
    }
    name
}
