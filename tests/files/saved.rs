//! What is saved, in each way in which it can be: the bytes that were sent, each chunk fetched once; kept here where it is small, and where it
//! is large nothing more is kept than before.

use leptos::prelude::GetUntracked as _;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::files::{FileFailure, TaskState, use_files};
use xchat_engine::api::{Attachment, StagedFile};
use xchat_files::Layout;

use super::client::{attachment, comes, pause, serve};
use super::opening::on_disk;
use super::streams::{FILM, asks, begins, blob, change, downloads, plays, reads, takes_links};
use super::support::js;
use super::*;

/// Content of a full record, and of a full chunk.
const RECORD: u64 = 65_519;
const CHUNK: u64 = 127 * RECORD;

/// A file that begins like this, of so many bytes, at the relay.
pub(super) async fn uploaded(relay: &Rc<Relay>, head: &[u8], size: u64, content_type: &str) -> (Blob, Attachment) {
    let ann = Device::new(relay);
    let body = "return new Blob([a, b.slice(a.length)]);";
    let file: Blob = js(body, &[Uint8Array::from(head).into(), file_of(size).await.into()]).await.unchecked_into();
    let staged = ann.stages(&file, How::Original).await.unwrap();
    relay.takes(&ann.name).await;
    let staged = StagedFile {
        name: "Ünï 'a' (1).mp4".to_owned(),
        content_type: content_type.to_owned(),
        source: staged.source,
        shown: true,
        media: staged.media,
    };
    (file, attachment(&staged))
}

/// A way to save.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// Into a file that the person has picked.
    Picked,
    /// As one Blob.
    Whole,
    /// As a download that the service worker feeds.
    Streamed,
}

impl Way {
    /// What is saved. The device answers the page afterwards.
    async fn saves(self, device: Device, file: &Attachment) -> Blob {
        let ask = Ask::Save { source: file.source.clone().unwrap() };
        match self {
            Self::Picked => {
                let disk = on_disk().await;
                assert_eq!(device.asks(ask, &disk).await.unwrap().0, Answer::Done);
                js("return new Blob(a.parts);", &[disk]).await.unchecked_into()
            }
            Self::Whole => device.asks(ask, &JsValue::NULL).await.unwrap().1.unchecked_into(),
            Self::Streamed => {
                serve(device);
                let task = use_files().save(file);
                let saved = blob(&downloads(task).await).await;
                assert_eq!(comes(task).await, Ok(()));
                saved
            }
        }
    }
}

/// Chunks that have any of so many bytes of content. One that has none is padding, and a stream leaves it where it is.
fn with_content(size: u64) -> u32 {
    size.div_ceil(CHUNK) as u32
}

#[wasm_bindgen_test]
async fn what_is_saved_is_what_was_sent_fetched_once_and_kept_only_where_it_is_small() {
    begins().await;
    let browser = takes_links();
    for size in [CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + RECORD + 7] {
        let relay = Rc::new(Relay::default());
        let (sent, file) = uploaded(&relay, &[], size, "").await;
        for (way, most) in [Way::Picked, Way::Whole, Way::Streamed].map(|way| [(way, size), (way, size - 1)]).concat() {
            let chunks = match way {
                Way::Streamed => with_content(size),
                _ => Layout::of(size).unwrap().chunks(),
            };
            let device = Device::keeping(&relay, most);
            let name = device.name.clone();
            relay.asked.set(0);
            assert!(same(&sent, &way.saves(device, &file).await).await, "{way:?}, {size} bytes");
            assert_eq!(relay.asked.get(), chunks, "{way:?}, {size} bytes, {most} kept at most");
            let kept = if size <= most { chunks } else { 0 };
            assert_eq!(rows(&name).await, (kept, kept), "{way:?}, {size} bytes, {most} kept at most");
        }
    }
    drop(browser);
}

#[wasm_bindgen_test]
async fn a_stretch_that_is_saved_is_kept_of_files_of_up_to_64_mib_and_one_that_is_played_of_all() {
    let relay = Rc::new(Relay::default());
    let (_, file) = uploaded(&relay, &[], CHUNK + 1, "").await;
    let source = file.source.unwrap();
    for (size, saves, kept) in [(64 << 20, true, 1), ((64 << 20) + 1, true, 0), ((64 << 20) + 1, false, 1)] {
        // The first chunk of a larger file; nobody asks for the others.
        let mut chunks = vec![BlobHash::new([7; 32]); Layout::of(size).unwrap().chunks() as usize];
        chunks[0] = source.chunks[0];
        let source = FileSource { size, chunks, ..source.clone() };
        let device = Device::new(&relay);
        let read = device.asks(Ask::Read { source, from: 3, to: 9, saves }, &JsValue::NULL).await.unwrap();
        assert_eq!(read.1.unchecked_into::<Blob>().size(), 6.0);
        assert_eq!(rows(&device.name).await, (kept, kept), "{size} bytes, saved: {saves}");
    }
}

#[wasm_bindgen_test]
async fn what_is_here_of_a_large_file_is_saved_from_here_and_stays() {
    begins().await;
    let browser = takes_links();
    let relay = Rc::new(Relay::default());
    let size = 4 * CHUNK;
    let (sent, file) = uploaded(&relay, FILM, size, "video/mp4").await;
    let device = Device::keeping(&relay, 0);
    let name = device.name.clone();
    serve(device);
    relay.asked.set(0);
    // What plays is kept, whatever its size: its beginning, and what lies across the border of two chunks.
    let (owner, opened) = plays(&file).await;
    let played = asks(&opened.url, &format!("range: 'bytes={}-{}'", 3 * CHUNK - 9, 3 * CHUNK + 9)).await;
    assert_eq!(reads(&played).await, (19, true));
    assert_eq!((relay.asked.get(), rows(&name).await), (3, (3, 3)));
    let task = use_files().save(&file);
    assert!(same(&sent, &blob(&downloads(task).await).await).await);
    assert_eq!(comes(task).await, Ok(()));
    assert_eq!((relay.asked.get(), rows(&name).await), (4, (3, 3)), "the second chunk was fetched, and is not kept");
    owner.cleanup();
    drop(browser);
}

#[wasm_bindgen_test]
async fn of_what_is_not_kept_no_more_is_fetched_than_the_browser_takes_and_the_chunk_after_it() {
    begins().await;
    let browser = takes_links();
    let relay = Rc::new(Relay::default());
    let (_, file) = uploaded(&relay, &[], 6 * CHUNK, "").await;
    serve(Device::keeping(&relay, 0));
    relay.asked.set(0);
    let task = use_files().save(&file);
    let response = downloads(task).await;
    assert_eq!(relay.asked.get(), 1, "the one without which it is not begun");
    let reader = js("return a.body.getReader();", &[response]).await;
    for taken in 1..=6 {
        let piece = js("return (await a.read()).value.length;", std::slice::from_ref(&reader)).await;
        assert_eq!(piece.as_f64(), Some(CHUNK as f64), "a piece is a chunk");
        let asked = relay.asked.get();
        assert!((taken..=taken + 1).contains(&asked) && asked <= 6, "{taken} taken, {asked} fetched");
        if let TaskState::Working { done, .. } = task.state.get_untracked() {
            assert!(done >= u64::from(taken - 1) * CHUNK, "{taken} taken, {done} bytes told");
        }
    }
    assert_eq!(comes(task).await, Ok(()));
    drop(browser);
}

#[wasm_bindgen_test]
async fn a_download_of_what_is_not_kept_fails_where_a_chunk_is_not_the_one_that_was_sent() {
    begins().await;
    let browser = takes_links();
    for chunk in [0, 1, 2] {
        let relay = Rc::new(Relay::default());
        let (_, file) = uploaded(&relay, &[], 3 * CHUNK, "").await;
        change(&relay, &file, chunk);
        let device = Device::keeping(&relay, 0);
        let name = device.name.clone();
        serve(device);
        let task = use_files().save(&file);
        if chunk > 0 {
            let response = downloads(task).await;
            assert_eq!(reads(&response).await, (chunk as u64 * CHUNK, false));
        }
        assert_eq!(comes(task).await, Err(FileFailure::Wrong));
        assert_eq!(rows(&name).await, (0, 0));
    }
    drop(browser);
}

#[wasm_bindgen_test]
async fn a_download_that_is_stopped_before_it_begins_lets_go_of_what_it_fetches() {
    begins().await;
    let browser = takes_links();
    let relay = Rc::new(Relay::default());
    let (_, file) = uploaded(&relay, &[], 2 * CHUNK, "").await;
    serve(Device::keeping(&relay, 0));
    relay.asked.set(0);
    relay.holds.set(true);
    let task = use_files().save(&file);
    while relay.asked.get() == 0 {
        pause().await;
    }
    assert_eq!(relay.left.get(), 0);
    task.cancel();
    assert_eq!(comes(task).await, Err(FileFailure::Cancelled));
    while relay.left.get() == 0 {
        pause().await;
    }
    assert_eq!(relay.asked.get(), 1);
    drop(browser);
}
