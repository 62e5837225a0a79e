//! Streams: a sound is heard before all of it is here, and what is saved comes piece by piece among the browser's downloads.

use std::fs;

use serde_json::json;
use xchat_e2e::{Browser, House, Kind, leave, scenario, step, until};

/// Bytes of a sound in five chunks, and of a file in three.
const SOUND: u32 = 34_000_000;
const FILE: u32 = 20_000_000;

/// Drops a file on the conversation: of this name, type and size, a sound of noise if it is to be one.
const DROP: &str = "
    const [name, type, size] = arguments;
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at++) bytes[at] = at * 31 + (at >> 8);
    if (type === 'audio/wav') {
        const view = new DataView(bytes.buffer);
        const words = (at, text) => [...text].forEach((letter, next) => view.setUint8(at + next, letter.charCodeAt(0)));
        words(0, 'RIFF');
        view.setUint32(4, size - 8, true);
        words(8, 'WAVEfmt ');
        view.setUint32(16, 16, true);
        view.setUint16(20, 1, true);
        view.setUint16(22, 1, true);
        view.setUint32(24, 44100, true);
        view.setUint32(28, 88200, true);
        view.setUint16(32, 2, true);
        view.setUint16(34, 16, true);
        words(36, 'data');
        view.setUint32(40, size - 44, true);
    }
    const held = new DataTransfer();
    held.items.add(new File([bytes], name, { type }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: held, bubbles: true, cancelable: true }));
    return true;";

#[tokio::test]
async fn what_is_long_is_heard_and_saved_as_it_comes() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Have you got the recording?").await;
        // From the next load on, the service worker is asked.
        ben.keeps_the_app().await;
        ben.reload().await;
        // Firefox plays no sound where the machine has nothing to hear by.
        if ada.kind() != Kind::Firefox {
            it_is_heard_before_it_is_here(&ada, &ben).await;
        }
        it_is_saved_as_it_comes(&ada, &ben).await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

async fn sends(ada: &Browser, name: &str, kind: &str, size: u32) {
    let _dropped: bool = ada.script(DROP, vec![json!(name), json!(kind), json!(size)]).await;
    ada.sees("dialog", "Send to Ben").await;
    ada.press("button", "Send").await;
    ada.sees_no("dialog", "Send to Ben").await;
}

/// How many chunks of files are on the device.
async fn chunks(person: &Browser) -> usize {
    person.stored(&[]).await.rows.get("marks").copied().unwrap_or_default()
}

/// Waits until it is heard from this second of it on; keys are pressed where one goes elsewhere in it.
async fn hears(person: &Browser, keys: &[&str], from: u32) {
    let press = "const slider = document.querySelector('.voice-note [role=slider]');
        for (const key of arguments[0]) slider.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        return true;";
    let _pressed: bool = person.script(press, vec![json!(keys)]).await;
    until(format!("{} to hear it from {from} on", person.name()), async || {
        let now = "return Number(document.querySelector('.voice-note [role=slider]').getAttribute('aria-valuenow'));";
        let now: u32 = person.script(now, Vec::new()).await;
        (now > from).then_some(()).ok_or(format!("it is at {now}"))
    })
    .await;
}

async fn it_is_heard_before_it_is_here(ada: &Browser, ben: &Browser) {
    step("Ada sends a long sound; Ben hears it while most of it is still away");
    sends(ada, "tone.wav", "audio/wav", SOUND).await;
    ben.press("button", "Play tone.wav").await;
    ben.sees("button", "Pause tone.wav").await;
    hears(ben, &[], 0).await;
    let here = chunks(ben).await;
    assert!((1..4).contains(&here), "{here} of 5 chunks");
    step("he goes to its end, and what lies between is not fetched");
    hears(ben, &["End", "ArrowLeft", "ArrowLeft"], 376).await;
    let here = chunks(ben).await;
    assert!((2..5).contains(&here), "{here} of 5 chunks");
    ben.press_if_there("button", "Pause tone.wav").await;
}

async fn it_is_saved_as_it_comes(ada: &Browser, ben: &Browser) {
    step("Ben saves a long file in a browser that cannot be asked where to");
    let _gone: bool = ben.script("window.showSaveFilePicker = undefined; return true;", Vec::new()).await;
    sends(ada, "large.bin", "application/octet-stream", FILE).await;
    let before = chunks(ben).await;
    ben.press("button", "Save large.bin").await;
    let file = ben.downloads().join("large.bin");
    let wanted: Vec<u8> = (0..FILE).map(|at| at.wrapping_mul(31).wrapping_add(at >> 8) as u8).collect();
    until("the download", async || {
        let bytes = fs::read(&file).unwrap_or_default();
        (bytes == wanted).then_some(()).ok_or(format!("{} bytes", bytes.len()))
    })
    .await;
    // Of what is small a copy stays.
    assert_eq!(chunks(ben).await, before + 3);
    // It was no way away from the page, and it is known to be over.
    ben.sees("button", "Save large.bin").await;
    ben.sees("textbox", "Message").await;
}
