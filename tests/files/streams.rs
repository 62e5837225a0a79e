//! Addresses from which the browser plays and saves by itself. The service worker's own script answers, in the page instead of a worker.

use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::files::{FileFailure, Opened, Task as Shown, TaskState, use_files};
use xchat_engine::api::Attachment;

use super::client::{comes, pause, serve};
use super::saved::uploaded;
use super::support::{Changed, js};
use super::*;

/// Content of a full chunk.
const CHUNK: u64 = 127 * 65_519;
/// What a film begins with.
pub(super) const FILM: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";

/// From now on a service worker answers, if it is not told to be deaf.
pub(super) async fn begins() {
    let body = "if (self.world) { world.deaf = false; world.restart(); return; }
        const ears = {};
        const worker = {
            postMessage: (data, ports = []) => world.deaf || setTimeout(() => world.heard.message({ data, ports, source: page })),
        };
        const page = { id: 'page', postMessage: (data) => ears.message?.({ data, source: worker }) };
        const container = {
            controller: worker,
            addEventListener: (name, hear) => { ears[name] = hear; },
            startMessages: () => {},
        };
        Object.defineProperty(navigator, 'serviceWorker', { value: container, configurable: true });
        self.world = {
            restart: () => {
                const heard = world.heard = {};
                const scope = { addEventListener: (name, hear) => { heard[name] = hear; } };
                const clients = { get: async (id) => (id === 'page' ? page : undefined), matchAll: async () => (world.shy ? [] : [page]) };
                new Function('self', 'clients', a)(scope, clients);
            },
            ask: async (url, { range, mode = 'no-cors', clientId = 'page' }) => {
                const headers = new Headers(range ? { Range: range } : {});
                const request = { method: 'GET', mode, url: new URL(url, location.href).href, headers };
                let answer;
                const respondWith = (given) => { answer = given; };
                const waitUntil = (what) => { world.holds = Promise.all([world.holds, what]); };
                world.heard.fetch({ request, clientId, respondWith, waitUntil });
                const response = await answer;
                if (response) Object.defineProperty(response, 'given', { value: [...response.headers].map((one) => one.join(': ')).join('\\n') });
                return response;
            },
        };
        world.restart();";
    js(body, &[include_str!("../../loader/offline.js").into()]).await;
}

/// As the browser asks: `how` is an object of `range`, `mode` and `clientId`.
pub(super) async fn asks(url: &str, how: &str) -> JsValue {
    js(&format!("return world.ask(a, {{ {how} }});"), &[url.into()]).await
}

fn number(of: &JsValue, name: &str) -> u32 {
    support::field(of, name).as_f64().unwrap() as u32
}

fn headers(of: &JsValue) -> String {
    support::field(of, "given").as_string().unwrap()
}

pub(super) async fn blob(of: &JsValue) -> Blob {
    js("return a.blob();", std::slice::from_ref(of)).await.unchecked_into()
}

/// How many bytes come, and whether the end does.
pub(super) async fn reads(of: &JsValue) -> (u64, bool) {
    let body = "const reader = a.body.getReader();
        let bytes = 0;
        try {
            for (;;) {
                const { done, value } = await reader.read();
                if (done) return [bytes, true];
                bytes += value.length;
            }
        } catch { return [bytes, false]; }";
    let read: Array = js(body, std::slice::from_ref(of)).await.unchecked_into();
    (read.get(0).as_f64().unwrap() as u64, read.get(1).is_truthy())
}

/// A file that begins like this, of so many bytes, at the relay; and a device that lacks it.
async fn sent(relay: &Rc<Relay>, head: &[u8], size: u64, content_type: &str) -> (Blob, Attachment) {
    let (file, attached) = uploaded(relay, head, size, content_type).await;
    serve(Device::new(relay));
    relay.asked.set(0);
    (file, attached)
}

pub(super) fn change(relay: &Relay, file: &Attachment, chunk: usize) {
    let hash = file.source.as_ref().unwrap().chunks[chunk];
    let whole = relay.blobs.borrow().get(&hash).unwrap().clone();
    let other = whole.slice(0, whole.length());
    other.set_index(99, other.get_index(99) ^ 1);
    relay.blobs.borrow_mut().insert(hash, other);
}

fn lose(relay: &Relay, file: &Attachment, chunk: usize) {
    relay.blobs.borrow_mut().remove(&file.source.as_ref().unwrap().chunks[chunk]);
}

pub(super) async fn plays(file: &Attachment) -> (Owner, Opened) {
    let owner = Owner::new();
    let opened = comes(owner.with(|| use_files().open(file))).await.unwrap();
    (owner, opened)
}

#[wasm_bindgen_test]
async fn a_film_is_played_by_ranges_and_no_more_is_fetched_than_they_take() {
    begins().await;
    let relay = Rc::new(Relay::default());
    let size = 3 * CHUNK + 1000;
    let (film, file) = sent(&relay, FILM, size, "video/mp4").await;
    assert!(use_files().streams(&file));
    let (owner, opened) = plays(&file).await;
    assert_eq!((opened.kind, &opened.blob), (Kind::Mp4, &None));
    assert_eq!(relay.asked.get(), 1, "its beginning");
    for (range, from, to, chunks) in [
        (format!("bytes={}-", size - 900), size - 900, size, 2),
        ("bytes=-500".to_owned(), size - 500, size, 2),
        (format!("bytes={}-{}", CHUNK - 5, CHUNK + 4), CHUNK - 5, CHUNK + 5, 3),
        (format!("bytes={}-{}", size - 1, 9 * size), size - 1, size, 3),
    ] {
        let response = asks(&opened.url, &format!("range: '{range}'")).await;
        let said = headers(&response);
        assert_eq!(number(&response, "status"), 206);
        for header in [
            format!("content-range: bytes {from}-{}/{size}", to - 1),
            format!("content-length: {}", to - from),
            "accept-ranges: bytes".to_owned(),
            "content-type: video/mp4".to_owned(),
            "cache-control: no-store".to_owned(),
            "x-content-type-options: nosniff".to_owned(),
            "content-security-policy: default-src 'none'; sandbox".to_owned(),
        ] {
            assert!(said.lines().any(|line| line == header), "{header} in {said}");
        }
        assert!(!said.contains("disposition"));
        let wanted = film.slice_with_f64_and_f64(from as f64, to as f64).unwrap();
        assert!(same(&wanted, &blob(&response).await).await, "{range}");
        assert_eq!(relay.asked.get(), chunks, "{range}");
    }
    // Where one goes elsewhere before it has come.
    let response = asks(&opened.url, "range: 'bytes=0-'").await;
    let first = js(
        "const reader = a.body.getReader(); const { value } = await reader.read(); await reader.cancel(); return value.length;",
        &[response],
    )
    .await;
    assert_eq!((first.as_f64(), relay.asked.get()), (Some(2_097_152.0), 3));
    for (range, status) in
        [(format!("bytes={size}-"), 416), ("bytes=-0".to_owned(), 416), ("bytes=9-3".to_owned(), 200)]
    {
        let response = asks(&opened.url, &format!("range: '{range}'")).await;
        assert_eq!(number(&response, "status"), status, "{range}");
        if status == 416 {
            assert!(headers(&response).contains(&format!("content-range: bytes */{size}")));
        }
    }
    let response = asks(&opened.url, "").await;
    assert_eq!(number(&response, "status"), 200);
    assert!(same(&film, &blob(&response).await).await);
    owner.cleanup();
}

#[wasm_bindgen_test]
async fn an_address_is_for_the_page_that_has_it_for_as_long_as_it_shows_it() {
    begins().await;
    let relay = Rc::new(Relay::default());
    let (_, file) = sent(&relay, FILM, CHUNK + 1, "video/mp4").await;
    let (owner, opened) = plays(&file).await;
    let (other, shared) = plays(&file).await;
    assert_eq!(opened.url, shared.url);
    let status = async |url: &str, how: &str| number(&asks(url, how).await, "status");
    assert_eq!(status(&opened.url, "clientId: 'another'").await, 404);
    // Nobody makes a page of it.
    let visited = asks(&opened.url, "clientId: '', mode: 'navigate'").await;
    assert!(headers(&visited).contains("content-disposition: attachment"), "{}", headers(&visited));
    owner.cleanup();
    assert_eq!(status(&opened.url, "range: 'bytes=0-9'").await, 206);
    // The browser stops a service worker when it likes.
    js("world.restart();", &[]).await;
    assert_eq!(status(&opened.url, "range: 'bytes=0-9'").await, 206);
    other.cleanup();
    pause().await;
    assert_eq!(status(&opened.url, "range: 'bytes=0-9'").await, 404);
    for nobodys in ["/stream/", "/stream/0123456789abcdef0123456789abcdef"] {
        assert_eq!(status(nobodys, "range: 'bytes=0-9'").await, 404, "{nobodys}");
    }
    for nobodys in ["/stream/", "/stream/0123456789abcdef0123456789abcdef"] {
        assert_eq!(status(nobodys, "mode: 'navigate'").await, 204, "{nobodys}: the page stays");
    }
    assert!(asks("/anything", "mode: 'navigate'").await.is_undefined(), "that is the relay's");
}

#[wasm_bindgen_test]
async fn a_request_is_over_for_the_browser_when_its_bytes_begin_to_come() {
    begins().await;
    let relay = Rc::new(Relay::default());
    let (film, file) = sent(&relay, FILM, CHUNK + 1, "video/mp4").await;
    let (owner, opened) = plays(&file).await;
    let response = asks(&opened.url, "range: 'bytes=0-'").await;
    // A service worker one of whose events lasts for five minutes is stopped.
    let over = "return Promise.race([world.holds.then(() => true), new Promise((ok) => setTimeout(ok, 100, false))]);";
    assert!(js(over, &[]).await.is_truthy());
    assert!(same(&film, &blob(&response).await).await);
    owner.cleanup();
}

#[wasm_bindgen_test]
async fn a_service_worker_that_was_stopped_learns_of_a_stream_when_the_page_says_that_it_is_under_way() {
    begins().await;
    let relay = Rc::new(Relay::default());
    let (_, file) = sent(&relay, FILM, CHUNK + 1, "video/mp4").await;
    let (owner, opened) = plays(&file).await;
    js("world.restart(); world.shy = true;", &[]).await;
    let asks_for = async || number(&asks(&opened.url, "range: 'bytes=0-9'").await, "status");
    assert_eq!(asks_for().await, 404, "nobody has told it anything");
    let says = "navigator.serviceWorker.controller.postMessage({ stream: a.slice(-32) });
        await new Promise((ok) => setTimeout(ok, 50));";
    js(says, &[opened.url.as_str().into()]).await;
    assert_eq!(asks_for().await, 206);
    js("world.shy = false;", &[]).await;
    owner.cleanup();
}

#[wasm_bindgen_test]
async fn no_byte_of_a_chunk_is_played_that_is_not_the_one_that_was_sent() {
    begins().await;
    for (breaks, why) in [(change as fn(&Relay, &Attachment, usize), FileFailure::Wrong), (lose, FileFailure::Gone)] {
        let relay = Rc::new(Relay::default());
        let (_, file) = sent(&relay, FILM, 3 * CHUNK, "video/mp4").await;
        breaks(&relay, &file, 1);
        let (owner, opened) = plays(&file).await;
        assert_eq!(opened.failure(), FileFailure::NotWhatItSays, "what plays and shows nothing is no film");
        let response = asks(&opened.url, "range: 'bytes=0-'").await;
        assert_eq!(reads(&response).await, (CHUNK, false));
        assert_eq!(opened.failure(), why);
        // What is behind it is whole.
        let response = asks(&opened.url, &format!("range: 'bytes={}-'", 2 * CHUNK)).await;
        assert_eq!(reads(&response).await, (CHUNK, true));
        owner.cleanup();
    }
}

#[wasm_bindgen_test]
async fn what_is_no_film_is_not_offered_as_one_and_what_is_short_or_unheard_is_opened_whole() {
    begins().await;
    let relay = Rc::new(Relay::default());
    for content_type in ["video/mp4", "audio/ogg"] {
        let (_, file) = sent(&relay, b"PK\x03\x04", CHUNK + 1, content_type).await;
        assert_eq!(comes(use_files().open(&file)).await.err(), Some(FileFailure::NotWhatItSays), "{content_type}");
        assert_eq!(relay.asked.get(), 1, "the rest is not asked for");
    }
    let (film, file) = sent(&relay, FILM, 1000, "video/mp4").await;
    assert!(!use_files().streams(&file));
    let opened = comes(use_files().open(&file)).await.unwrap();
    assert!(same(&film, &opened.blob.unwrap()).await);
    // What may be seen once is in memory before the engine forgets how it is opened.
    let (film, mut file) = sent(&relay, FILM, CHUNK + 1, "video/mp4").await;
    file.media.once = true;
    assert!(!use_files().streams(&file));
    let opened = comes(use_files().open(&file)).await.unwrap();
    comes(use_files().clear()).await.unwrap();
    assert!(!comes(use_files().is_here(file.source.as_ref().unwrap())).await.unwrap());
    assert!(same(&film, &opened.blob.unwrap()).await, "it is shown from memory");
    // A service worker of an earlier build.
    js("world.deaf = true;", &[]).await;
    let (film, file) = sent(&relay, FILM, CHUNK + 1, "video/mp4").await;
    let opened = comes(use_files().open(&file)).await.unwrap();
    assert!(same(&film, &opened.blob.unwrap()).await);
}

/// A browser that cannot be asked where to, and takes downloads from links. What is followed is in `world.links`.
pub(super) fn takes_links() -> Changed {
    Changed::by(
        "const had = [self.showSaveFilePicker, HTMLAnchorElement.prototype.click];
         self.showSaveFilePicker = undefined;
         self.mozInnerScreenX = 0;
         const links = (self.links = []);
         HTMLAnchorElement.prototype.click = function () { links.push([this.href, this.download]); };
         return () => {
             delete self.mozInnerScreenX;
             [self.showSaveFilePicker, HTMLAnchorElement.prototype.click] = had;
         };",
    )
}

/// The link that is followed, and under which name.
async fn link() -> (String, String) {
    let link: Array = js(
        "while (links.length === 0) await new Promise((ok) => setTimeout(ok, 5));
         return links.shift();",
        &[],
    )
    .await
    .unchecked_into();
    (link.get(0).as_string().unwrap(), link.get(1).as_string().unwrap())
}

/// The download that comes of it.
pub(super) async fn downloads(task: Shown<()>) -> JsValue {
    let (url, name) = link().await;
    assert!(url.contains("/stream/") && name == "Ünï 'a' (1).mp4", "{url} {name}");
    assert!(matches!(task.state.get_untracked(), TaskState::Working { .. }));
    let response = asks(&url, "clientId: '', mode: 'navigate', range: 'bytes=5-'").await;
    assert_eq!(number(&response, "status"), 200, "a download is not gone on with");
    response
}

#[wasm_bindgen_test]
async fn a_download_comes_piece_by_piece_and_is_whole_or_fails() {
    begins().await;
    let browser = takes_links();
    let relay = Rc::new(Relay::default());
    let size = 5 * CHUNK + 1;
    let (whole, file) = sent(&relay, FILM, size, "video/mp4").await;
    let task = use_files().save(&file);
    let response = downloads(task).await;
    let said = headers(&response);
    for header in [
        "content-disposition: attachment; filename*=UTF-8''%C3%9Cn%C3%AF%20%27a%27%20%281%29.mp4".to_owned(),
        format!("content-length: {size}"),
        "content-type: application/octet-stream".to_owned(),
    ] {
        assert!(said.lines().any(|line| line == header), "{header} in {said}");
    }
    for _ in 0..20 {
        pause().await;
    }
    assert!(relay.asked.get() <= 2, "the browser has not asked for more");
    assert!(same(&whole, &blob(&response).await).await);
    assert_eq!(comes(task).await, Ok(()));
    assert_eq!(relay.asked.get(), 6);
    // Something is not as it was sent: what has come is no file.
    for (chunk, breaks, why) in
        [(2, change as fn(&Relay, &Attachment, usize), FileFailure::Wrong), (5, lose, FileFailure::Gone)]
    {
        let (_, file) = sent(&relay, FILM, size, "video/mp4").await;
        breaks(&relay, &file, chunk);
        let task = use_files().save(&file);
        assert_eq!(reads(&downloads(task).await).await, (chunk as u64 * CHUNK, false));
        assert_eq!(comes(task).await, Err(why));
    }
    // Its beginning is not: nothing is begun.
    let (_, file) = sent(&relay, FILM, size, "video/mp4").await;
    lose(&relay, &file, 0);
    assert_eq!(comes(use_files().save(&file)).await, Err(FileFailure::Gone));
    assert!(js("return links.length === 0;", &[]).await.is_truthy());
    // What fits into one chunk needs nobody's help.
    let (_, file) = sent(&relay, FILM, 100, "video/mp4").await;
    assert_eq!(comes(use_files().save(&file)).await, Ok(()));
    assert!(link().await.0.starts_with("blob:"));
    drop(browser);
}

#[wasm_bindgen_test]
async fn a_download_ends_with_who_gives_or_takes_it() {
    begins().await;
    let browser = takes_links();
    let relay = Rc::new(Relay::default());
    let (_, file) = sent(&relay, FILM, 3 * CHUNK, "video/mp4").await;
    // The person stops it here.
    let task = use_files().save(&file);
    let response = downloads(task).await;
    task.cancel();
    assert_eq!(comes(task).await, Err(FileFailure::Cancelled));
    assert!(!reads(&response).await.1);
    // In the browser's list of downloads.
    let task = use_files().save(&file);
    let response = downloads(task).await;
    js("await a.body.cancel();", &[response]).await;
    assert_eq!(comes(task).await, Err(FileFailure::Cancelled));
    // The browser stops the service worker, and asks again.
    let task = use_files().save(&file);
    let (url, _) = link().await;
    let response = asks(&url, "mode: 'navigate'").await;
    js("await a.body.getReader().read(); world.restart();", &[response]).await;
    let again = asks(&url, "mode: 'navigate'").await;
    assert_eq!(number(&again, "status"), 204, "what has begun before is over, and so is its address");
    assert!(matches!(comes(task).await, Err(FileFailure::Broken(_))));
    drop(browser);
}
