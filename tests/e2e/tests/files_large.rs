//! A large file, in the middle of which the relay dies: what has arrived stays, the rest follows, and it is the same file at its end.

use std::fs;

use serde_json::json;
use xchat_e2e::{Browser, House, Kind, scenario, step, until};

const NAME: &str = "recording.qqq";
const MEBIBYTE: usize = 1 << 20;
/// The file's size in MiB.
const SIZE: usize = 300;
/// When the relay has so many chunks, it is killed: more than half of them.
const KILLED_AT: usize = 22;

/// Defines `part(number)`: the MiB of that number.
const PART: &str = "
    const part = (number) => {
        const words = new Uint32Array(1 << 18);
        let state = (number + 1) * 0x9e3779b9 >>> 0;
        for (let at = 0; at < words.length; at++) {
            state ^= state << 13;
            state ^= state >>> 17;
            state ^= state << 5;
            words[at] = state;
        }
        return new Uint8Array(words.buffer);
    };";

/// Chooses a file of `arguments[1]` such parts, named `arguments[0]`.
const CHOOSES: &str = "
    const given = new DataTransfer();
    given.items.add(new File(Array.from({ length: arguments[1] }, (_, number) => new Blob([part(number)])), arguments[0]));
    const field = document.getElementById('attach-field');
    field.files = given.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
    return true;";

/// The saved file of the name `arguments[0]`: its size, and the first MiB that is another than it was.
const COMPARES: &str = "
    return (async () => {
        const root = await navigator.storage.getDirectory();
        const file = await (await root.getFileHandle(arguments[0])).getFile();
        for (let number = 0; number * 1048576 < file.size; number++) {
            const read = new BigUint64Array(await file.slice(number * 1048576, (number + 1) * 1048576).arrayBuffer());
            const wanted = new BigUint64Array(part(number).buffer);
            if (read.some((word, at) => word !== wanted[at])) return [file.size, number];
        }
        return [file.size, null];
    })()";

#[tokio::test]
async fn a_large_file_arrives_whole_though_the_relay_dies_in_the_middle_of_it() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ben.can_save().await;
        for person in [&ada, &ben] {
            person.has_all_parts().await;
        }
        let before = house.relay().blobs().len();

        step("Ada sends 300 MiB; when the relay has more than half of it, it is killed");
        ada.will_pick("File").await;
        let chosen: bool = ada.script(&format!("{PART}{CHOOSES}"), vec![json!(NAME), json!(SIZE)]).await;
        assert!(chosen);
        ada.fill("Add a caption", "all of last night").await;
        ada.press("button", "Send").await;
        until("the relay to have more than half of it", async || match house.relay().blobs().len() - before {
            count if count >= KILLED_AT => Ok(()),
            count => Err(format!("{count} chunks")),
        })
        .await;
        house.relay().kill().await;
        until("Ada to see how far it is", async || {
            let going = ada.inside("group", "Sending").await;
            (going.contains(" of 31") && going.contains("Waiting for network")).then_some(()).ok_or(going)
        })
        .await;

        step("the relay is back: the rest follows, though Ada loads her page anew");
        comes_back(house, &[&ada, &ben]).await;
        until("the relay to have more", async || match house.relay().blobs().len() - before {
            count if count > KILLED_AT + 3 => Ok(()),
            count => Err(format!("{count} chunks")),
        })
        .await;
        ada.reload().await;
        ben.sees_words("Ada", "all of last night").await;
        let chunks = house.relay().blobs().len() - before;

        step("Ben saves it, and the relay dies once more: it is the same, to the last byte");
        ben.press("button", &format!("Save {NAME}")).await;
        until("Ben to have a part of it", async || {
            let card = ben.inside("group", NAME).await;
            // What is counted is sealed, so that there is a little more of it.
            let part = card.contains(" of 31") && !card.contains(" 0 of");
            part.then_some(()).ok_or(card)
        })
        .await;
        house.relay().kill().await;
        ben.sees("button", &format!("Stop {NAME}")).await;
        comes_back(house, &[&ada, &ben]).await;
        is_saved(&ben).await;
        for person in [&ada, &ben] {
            person.close().await;
            person.asked_only_its_own_origin();
        }
        if ada.records() {
            let puts = ada.requests().iter().filter(|request| request.method == "PUT").count();
            // What was under way when the relay died, and when the page was loaded anew, goes once more.
            assert!(
                (chunks..chunks + 8).contains(&puts),
                "{puts} uploads for {chunks} chunks: what had arrived went again"
            );
        }
    })
    .await;
}

async fn comes_back(house: &House, people: &[&Browser]) {
    house.relay().start_again().await;
    for person in people {
        person.press_if_there("button", "Try now").await;
    }
}

async fn is_saved(ben: &Browser) {
    until("Ben to have saved all of it", async || {
        let card = ben.inside("group", NAME).await;
        let stands = ben.has("button", &format!("Save {NAME}")).await?;
        // In Chromium a file that is not whole is an empty one there.
        let (size, other) = match ben.kind() {
            Kind::Chromium => ben.script(&format!("{PART}{COMPARES}"), vec![json!(NAME)]).await,
            Kind::Firefox => ben.downloaded(NAME).map_or((0, None), |file| {
                let saved = fs::read(file).expect("a downloaded file can be read");
                (saved.len(), saved.chunks(MEBIBYTE).enumerate().position(|(number, read)| read != part(number)))
            }),
        };
        assert_eq!(other, None, "MiB {other:?} is another than it was");
        (size == SIZE * MEBIBYTE && stands).then_some(()).ok_or_else(|| format!("{size} bytes; {card}"))
    })
    .await;
}

/// As the page makes it.
fn part(number: usize) -> Vec<u8> {
    let mut state = (u32::try_from(number).expect("a small number") + 1).wrapping_mul(0x9e37_79b9);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    (0..MEBIBYTE / 4).flat_map(|_| next()).collect()
}
