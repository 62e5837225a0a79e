//! Files: from a disk, sealed, to the relay; from there, opened, to a disk; beside as many bytes that go bare. And what memory a file of
//! 2 GiB takes.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use xchat_e2e::{Browser, House, until};

use crate::grant::grant;
use crate::memory::{Watch, memory};
use crate::table::{Budget, Samples, Table};

const MEBIBYTE: usize = 1 << 20;
/// MiB of a file that is timed.
const SIZE: usize = 256;
/// MiB of the one whose memory counts.
const LARGE: usize = 2048;
/// Files that are timed.
const ROUNDS: usize = 3;
/// The design's: times of the bare fetch.
const WITHIN: f64 = 1.5;
/// The design's: MiB that a tab may grow by.
const GROWS: f64 = 64.0;

/// Makes `arguments[0]` chunks of 8 MiB that nobody has, and gives their hashes.
const MAKE: &str = "
    return (async ([count]) => {
        window.bare = [];
        const hashes = [];
        const bytes = new Uint8Array(8 << 20);
        for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
        for (let made = 0; made < count; made++) {
            crypto.getRandomValues(bytes.subarray(0, 65536));
            const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
            hashes.push([...hash].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
            window.bare.push(new Blob([bytes]));
        }
        return hashes;
    })(arguments)";

/// Puts them to the relay under these hashes and tokens (in hex), `arguments[2]` at once, and gives the milliseconds.
const PUTS: &str = "
    return (async ([hashes, tokens, atOnce]) => {
        const bearer = (hex) => btoa(hex.match(/../g).map((two) => String.fromCharCode(parseInt(two, 16))).join(''))
            .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        let next = 0;
        const begun = performance.now();
        const worker = async () => {
            while (next < hashes.length) {
                const at = next++;
                const headers = { authorization: `Bearer ${bearer(tokens[at])}` };
                const answer = await fetch('/blob/' + hashes[at], { method: 'PUT', body: window.bare[at], headers });
                if (!answer.ok) throw new Error(`the relay answers ${answer.status}`);
            }
        };
        await Promise.all(Array.from({ length: atOnce }, worker));
        delete window.bare;
        return performance.now() - begun;
    })(arguments)";

/// Fetches these blobs, `arguments[1]` at once, and gives the milliseconds; into a file of the origin's own folder where `arguments[2]`.
const GETS: &str = "
    return (async ([hashes, atOnce, keeps]) => {
        const root = await navigator.storage.getDirectory();
        const out = keeps ? await (await root.getFileHandle('bare', { create: true })).createWritable() : undefined;
        let next = 0;
        const begun = performance.now();
        const worker = async () => {
            while (next < hashes.length) {
                const answer = await fetch('/blob/' + hashes[next++], { cache: 'no-store' });
                const bytes = await answer.arrayBuffer();
                if (out !== undefined) await out.write(bytes);
            }
        };
        await Promise.all(Array.from({ length: atOnce }, worker));
        await out?.close();
        return performance.now() - begun;
    })(arguments)";

/// Bytes of the saved file of this name.
const SAVED: &str = "
    return (async ([name]) => {
        const root = await navigator.storage.getDirectory();
        const handle = await root.getFileHandle(name).catch(() => undefined);
        return handle === undefined ? 0 : (await handle.getFile()).size;
    })(arguments)";

/// Both have their conversation open.
pub(crate) async fn of_all_sizes(house: &House, ada: &Browser, bob: &Browser, table: &mut Table) {
    let folder = house.file("large", b"").with_extension("folder");
    fs::create_dir_all(&folder).expect("a folder in the test's");
    let bare = house.plain_browser("Bare").await;
    bare.visit("").await;
    bob.can_save().await;
    let (mut sent, mut put, mut saved, mut got, mut kept) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let name = format!("round-{round}.qqq");
        let file = noise(&folder, &name, SIZE);
        let made: Vec<String> = bare.script(MAKE, vec![json!(SIZE / 8)]).await;
        let tokens: Vec<String> = made.iter().map(|hash| grant(house.relay(), hash, 8 << 20)).collect();
        put.push(bare.script(PUTS, vec![json!(made), json!(tokens), json!(3)]).await);
        let (took, chunks) = send(house, ada, &file, SIZE).await;
        sent.push(took);
        let hashes: Vec<String> = chunks.iter().map(|chunk| hash(chunk)).collect();
        got.push(bob.script(GETS, vec![json!(hashes), json!(3), json!(false)]).await);
        kept.push(bob.script(GETS, vec![json!(hashes), json!(3), json!(true)]).await);
        saved.push(save(bob, &name, SIZE).await);
        fs::remove_file(file).expect("a file of the test's");
    }
    bare.close().await;
    let [sent, put, saved, got, kept] = [sent, put, saved, got, kept].map(Samples::new);
    let speed = |samples: &Samples| format!("{:.0} MiB/s", SIZE as f64 / samples.median() * 1000.0);
    let beside = |samples: &Samples, to: &Samples| {
        format!("{}; {:.2} times bare, {WITHIN} are allowed", speed(samples), samples.median() / to.median())
    };
    let budget = |to: &Samples| Budget::Under(to.median() * WITHIN);
    table.add("256 MiB: picked to all at the relay", &sent, budget(&put), &beside(&sent, &put));
    table.add("alone: as many bytes by bare PUTs to the same relay", &put, Budget::None, &speed(&put));
    table.add("256 MiB: save to whole on the disk", &saved, budget(&kept), &beside(&saved, &kept));
    table.add("alone: the same bytes by bare GETs, to the disk", &kept, Budget::None, &speed(&kept));
    table.add("alone: the same bytes by bare GETs", &got, Budget::None, &speed(&got));

    let name = "large.qqq";
    let file = noise(&folder, name, LARGE);
    let mut grown = [0.0; 2];
    let before = memory(ada);
    let watch = Watch::over(ada);
    let (took, _) = send(house, ada, &file, LARGE).await;
    grown[0] = watch.most() - before;
    let up = LARGE as f64 / took * 1000.0;
    fs::remove_file(file).expect("a file of the test's");
    let before = memory(bob);
    let watch = Watch::over(bob);
    let took = save(bob, name, LARGE).await;
    grown[1] = watch.most() - before;
    let down = LARGE as f64 / took * 1000.0;
    let verdict = |grown: f64| if grown < GROWS { "kept" } else { "over" };
    let line = |what: &str, grown: f64, speed: f64| {
        format!(
            "2 GiB {what} ({speed:.0} MiB/s): the tab grew by {grown:.0} MiB at most, {GROWS} are allowed: {}",
            verdict(grown)
        )
    };
    table.note(&line("sent", grown[0], up));
    table.note(&line("saved", grown[1], down));
}

/// A file of so many MiB that nothing makes smaller.
fn noise(folder: &Path, name: &str, mebibytes: usize) -> PathBuf {
    let path = folder.join(name);
    let mut out = File::create(&path).expect("a file in the test's folder");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ mebibytes as u64 ^ name.len() as u64;
    for _ in 0..mebibytes {
        let mut part = Vec::with_capacity(MEBIBYTE);
        while part.len() < MEBIBYTE {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            part.extend(state.to_le_bytes());
        }
        out.write_all(&part).expect("room on the disk");
    }
    path
}

/// From the moment that it is picked until the relay has all of it; and what the relay has more than before.
async fn send(house: &House, from: &Browser, file: &Path, mebibytes: usize) -> (f64, Vec<PathBuf>) {
    let before = house.relay().blobs();
    let wanted = before.len() + mebibytes.div_ceil(8).max(1);
    let begun = Instant::now();
    from.pick("File", &[file.to_owned()]).await;
    from.press("button", "Send").await;
    until("all of it to be at the relay", async || match house.relay().blobs().len() {
        count if count >= wanted => Ok(()),
        count => Err(format!("{count} of {wanted} chunks")),
    })
    .await;
    let took = begun.elapsed();
    until("its message to have gone", async || match from.has("group", "Sending").await? {
        true => Err("it is still going".to_owned()),
        false => Ok(()),
    })
    .await;
    let chunks = house.relay().blobs().into_iter().filter(|blob| !before.contains(blob)).collect();
    (milliseconds(took), chunks)
}

async fn save(by: &Browser, name: &str, mebibytes: usize) -> f64 {
    by.sees("button", &format!("Save {name}")).await;
    let begun = Instant::now();
    by.press("button", &format!("Save {name}")).await;
    until("all of it to be saved", async || {
        let size: usize = by.script(SAVED, vec![json!(name)]).await;
        (size == mebibytes * MEBIBYTE).then_some(()).ok_or_else(|| format!("{size} bytes"))
    })
    .await;
    milliseconds(begun.elapsed())
}

fn hash(blob: &Path) -> String {
    blob.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
