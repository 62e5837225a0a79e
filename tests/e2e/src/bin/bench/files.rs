//! Files: from a disk, sealed, to the relay; from there, opened, to a disk; beside as many bytes that go bare. And what memory a file of
//! 2 GiB takes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use sha2::{Digest, Sha256};
use xchat_e2e::{Browser, House, until};

use crate::grant::{grant, key};
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

/// A field for a file, which the app has not.
const FIELD: &str = "
    const field = document.createElement('input');
    [field.type, field.id] = ['file', 'bare-field'];
    document.body.append(field);
    return true;";

/// Takes the file in it apart into chunks of 8 MiB, which stay on the disk.
const CUT: &str = "
    const [file] = document.getElementById('bare-field').files;
    window.bare = [];
    for (let at = 0; at < file.size; at += 8 << 20) window.bare.push(file.slice(at, at + (8 << 20)));
    return window.bare.length";

/// Makes `arguments[0]` chunks of 8 MiB that nobody has, in memory, and gives their hashes.
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

/// Does to the picked file what the app does, in the page's own script and without its store: reads it into one stretch of memory, seals records
/// of 64 KiB, hashes chunks of 127 of them and puts them to the relay, three at once, while the next is sealed. The relay's key, in hex, is
/// `arguments[0]`, so that no time goes into asking for leave. Gives the milliseconds.
const STEPS: &str = "
    return (async ([key]) => {
        const bytes = (hex) => Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16));
        const hex = (all) => [...all].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        const { subtle } = crypto;
        const mac = await subtle.importKey('raw', bytes(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
        const seal = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);
        const leave = async (hash, size) => {
            const fields = new DataView(new ArrayBuffer(24));
            [size, Date.now() + 3600000, Date.now() + 3600000].forEach((n, at) => fields.setBigUint64(8 * at, BigInt(n)));
            const all = new Uint8Array([...new TextEncoder().encode('xchat blob grant 1'), ...hash, ...new Uint8Array(fields.buffer)]);
            const signed = new Uint8Array(await subtle.sign('HMAC', mac, all));
            return btoa(String.fromCharCode(1, ...new Uint8Array(fields.buffer), ...signed))
                .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        };
        const { port1: nowhere, port2 } = new MessageChannel();
        port2.close();
        const record = 65536 - 17;
        const [file] = document.getElementById('bare-field').files;
        const begun = performance.now();
        const reader = file.stream().getReader({ mode: 'byob' });
        let room = new Uint8Array(32 * record);
        const read = async (length) => {
            for (let at = 0; at < length;) {
                const { value } = await reader.read(room.subarray(at, length));
                at += value.length;
                room = new Uint8Array(value.buffer);
            }
        };
        const spare = [];
        const plain = new Uint8Array(record + 1);
        const puts = new Set();
        for (let left = file.size, number = 0; left > 0;) {
            const content = Math.min(left, 127 * record);
            const size = content + 17 * Math.ceil(content / record);
            let chunk = spare.pop();
            if (chunk?.length !== size) chunk = new Uint8Array(size);
            let [at, before] = [0, []];
            const place = async (sealed) => {
                for (const one of sealed) {
                    const here = new Uint8Array(await one);
                    chunk.set(here, at);
                    at += here.length;
                    nowhere.postMessage(null, [here.buffer]);
                }
            };
            for (let rest = content; rest > 0; rest -= Math.min(rest, 32 * record)) {
                const length = Math.min(rest, 32 * record);
                await read(length);
                const sealing = [];
                for (let from = 0; from < length; from += record) {
                    const some = Math.min(record, length - from);
                    plain.set(room.subarray(from, from + some));
                    const iv = new Uint8Array(12);
                    new DataView(iv.buffer).setUint32(8, number++);
                    sealing.push(subtle.encrypt({ name: 'AES-GCM', iv }, seal, plain.subarray(0, some + 1)));
                }
                await place(before);
                before = sealing;
            }
            await place(before);
            left -= content;
            const put = (async () => {
                const hash = new Uint8Array(await subtle.digest('SHA-256', chunk));
                const headers = { authorization: `Bearer ${await leave(hash, size)}` };
                const answer = await fetch('/blob/' + hex(hash), { method: 'PUT', body: new Blob([chunk]), headers });
                if (!answer.ok) throw new Error(`the relay answers ${answer.status}`);
                spare.push(chunk);
            })();
            puts.add(put);
            put.finally(() => puts.delete(put));
            while (puts.size >= 3) await Promise.race(puts);
        }
        await Promise.all(puts);
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
    let _there: bool = bare.script(FIELD, vec![]).await;
    let [mut sent, mut put, mut uploaded, mut plain, mut saved, mut got, mut kept] = [const { Vec::new() }; 7];
    for round in 0..ROUNDS {
        let name = format!("round-{round}.qqq");
        let file = noise(&folder, &name, SIZE);
        let made: Vec<String> = bare.script(MAKE, vec![json!(SIZE / 8)]).await;
        put.push(puts(house, &bare, &made).await);
        let cut = File::open(&file).and_then(hashes).expect("a file of the test's");
        bare.fills("bare-field", std::slice::from_ref(&file)).await;
        let count: usize = bare.script(CUT, vec![]).await;
        assert_eq!(count, cut.len(), "as many chunks as hashes");
        uploaded.push(puts(house, &bare, &cut).await);
        plain.push(bare.script(STEPS, vec![json!(key(house.relay()))]).await);
        let (took, chunks) = send(house, ada, &file, SIZE).await;
        sent.push(took);
        let hashes: Vec<String> = chunks.iter().map(|chunk| hash(chunk)).collect();
        got.push(bob.script(GETS, vec![json!(hashes), json!(3), json!(false)]).await);
        kept.push(bob.script(GETS, vec![json!(hashes), json!(3), json!(true)]).await);
        saved.push(save(bob, &name, SIZE).await);
        fs::remove_file(file).expect("a file of the test's");
    }
    bare.close().await;
    let [sent, put, uploaded, plain, saved, got, kept] =
        [sent, put, uploaded, plain, saved, got, kept].map(Samples::new);
    let speed = |samples: &Samples| format!("{:.0} MiB/s", SIZE as f64 / samples.median() * 1000.0);
    let beside = |samples: &Samples, to: &Samples| {
        format!("{}; {:.2} times bare, {WITHIN} are allowed", speed(samples), samples.median() / to.median())
    };
    let budget = |to: &Samples| Budget::Under(to.median() * WITHIN);
    table.add("256 MiB: picked to all at the relay", &sent, budget(&uploaded), &beside(&sent, &uploaded));
    table.add("alone: the same file by bare PUTs, from the disk", &uploaded, Budget::None, &speed(&uploaded));
    table.add(
        "alone: the app's steps in plain script, without its store",
        &plain,
        Budget::None,
        &beside(&plain, &uploaded),
    );
    table.add("alone: as many bytes by bare PUTs, from memory", &put, Budget::None, &speed(&put));
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

/// Puts the page's chunks of 8 MiB to the relay; the milliseconds.
async fn puts(house: &House, bare: &Browser, hashes: &[String]) -> f64 {
    let tokens: Vec<String> = hashes.iter().map(|hash| grant(house.relay(), hash, 8 << 20)).collect();
    bare.script(PUTS, vec![json!(hashes), json!(tokens), json!(3)]).await
}

/// The hashes, in hex, of a file's stretches of 8 MiB, of which it has whole ones alone.
fn hashes(mut file: File) -> io::Result<Vec<String>> {
    let mut chunk = vec![0; 8 * MEBIBYTE];
    let mut hashes = Vec::new();
    while file.stream_position()? < file.metadata()?.len() {
        file.read_exact(&mut chunk)?;
        hashes.push(hex::encode(Sha256::digest(&chunk)));
    }
    Ok(hashes)
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
    from.will_pick("File").await;
    let begun = Instant::now();
    from.fills("attach-field", &[file.to_owned()]).await;
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
