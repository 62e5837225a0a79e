//! A device that comes to the list of those of a person: that it is in, and what it is called.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{ChatState, Command, DeviceView, Event, PersonId};

use crate::devices::{HERE, LINK, LINKED, SINCE, devices, digits};
use crate::stand::{Stand, noor};

const NEW: PersonId = PersonId([5; 32]);

/// Those, and one that was just linked.
fn with_new(name: &str) -> Vec<DeviceView> {
    let new = DeviceView { device: NEW, name: name.to_owned(), here: false, since: SINCE, heard: 0 };
    devices().into_iter().chain([new]).collect()
}

#[wasm_bindgen_test]
async fn the_device_that_links_says_when_the_new_one_is_in_and_is_closed_by_a_button() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.session.apply(Event::Devices { devices: devices() });
    stand.press("button", "Link a device").await;
    stand.type_into("input", "Link of the new device", LINK).await;
    stand.press("button", "Continue").await;
    stand.asked(Command::LinkDevice { link: LINK.to_owned() }).await;
    stand.session.apply(digits());
    stand.press("button", "They match").await;
    stand.session.apply(Event::LinkEnded);
    stand.find("[role=status]", LINKED).await;
    // One that was there before is not the new one.
    stand.session.apply(Event::Devices { devices: devices() });
    stand.find("[role=status]", LINKED).await;
    stand.session.apply(Event::Devices { devices: with_new("Safari, Mac") });
    stand.find("[role=status]", "“Safari, Mac” is linked. It is one of your devices now.").await;
    stand.press(".button--primary", "Close").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_new_device_that_is_called_as_another_gets_the_first_number_that_is_free() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    let names = || {
        let asked = stand.asked.borrow();
        let named = asked.iter().filter_map(|command| match command {
            Command::NameDevice { device, name } if *device != HERE => Some((*device, name.clone())),
            _ => None,
        });
        named.collect::<Vec<_>>()
    };
    // Two that were there before are as their person has them.
    let mut before = devices();
    before.push(DeviceView { device: PersonId([7; 32]), ..before[1].clone() });
    before.push(DeviceView { device: PersonId([6; 32]), name: "Firefox, Android 2".to_owned(), ..before[1].clone() });
    stand.session.apply(Event::Devices { devices: before.clone() });
    stand.until("the list", || stand.all("[aria-label='Linked devices'] li").len() == 3).await;
    let mut after = before.clone();
    after.push(DeviceView { device: NEW, ..before[1].clone() });
    stand.session.apply(Event::Devices { devices: after });
    stand.until("the new one to be named", || !names().is_empty()).await;
    before.push(DeviceView { device: NEW, name: "Opera, Mac".to_owned(), ..before[1].clone() });
    stand.session.apply(Event::Devices { devices: before });
    stand.find("bdi", "Opera, Mac").await;
    assert_eq!(names(), [(NEW, "Firefox, Android 3".to_owned())]);
}
