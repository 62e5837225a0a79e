//! The page's way to the worker: tasks, what is shared, what is stopped, and a worker that dies.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{File, MessageChannel, MessageEvent};
use xchat::files::Desk;
use xchat::ui::files::{FileFailure, How, Task as Shown, TaskState, answered_by, use_files};
use xchat_engine::api::{Attachment, StagedFile};

use super::support::{Changed, js};
use super::{Blob, Device, JsCast as _, JsValue, Rc, Relay, blob_of, file_of, rows, same};

/// From now on pages are answered by this device.
pub(super) fn serve(device: Device) {
    let channel = MessageChannel::new().unwrap();
    let port = channel.port1();
    let reply = port.clone();
    let desk = Desk::new(device.archive, move |message| reply.post_message(message).unwrap());
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| desk.hear(&message.data()));
    port.set_onmessage(Some(hear.into_js_value().unchecked_ref()));
    answered_by(channel.port2());
}

pub(super) async fn pause() {
    gloo_timers::future::TimeoutFuture::new(5).await;
}

pub(super) async fn comes<T: Clone + 'static>(task: Shown<T>) -> Result<T, FileFailure> {
    loop {
        match task.state.get_untracked() {
            TaskState::Working { .. } => pause().await,
            TaskState::Done(value) => return Ok(value),
            TaskState::Failed(failure) => return Err(failure),
        }
    }
}

async fn picked(blob: &Blob, name: &str, kind: &str) -> File {
    js("return new File([a], b, { type: c });", &[blob.into(), name.into(), kind.into()]).await.unchecked_into()
}

pub(super) fn attachment(staged: &StagedFile) -> Attachment {
    Attachment {
        name: staged.name.clone(),
        content_type: staged.content_type.clone(),
        size: staged.source.size,
        shown: staged.shown,
        media: staged.media.clone(),
        source: Some(staged.source.clone()),
        expires: None,
    }
}

async fn is_alive(url: &str) -> bool {
    js("return fetch(a).then(() => true, () => false);", &[url.into()]).await.is_truthy()
}

#[wasm_bindgen_test]
async fn what_is_picked_is_staged_and_can_be_opened() {
    serve(Device::new(&Rc::default()));
    let owner = Owner::new();
    owner.set();
    let file = file_of(100_000).await;
    let staged =
        comes(use_files().stage(&picked(&file, "notes.xyz", "chemical/x-xyz").await, How::Photo)).await.unwrap();
    assert_eq!(
        (staged.name.as_str(), staged.content_type.as_str(), staged.shown),
        ("notes.xyz", "chemical/x-xyz", false)
    );
    assert_eq!(comes(use_files().is_here(&staged.source)).await, Ok(true));
    let opened = comes(use_files().open(&attachment(&staged))).await.unwrap();
    assert!(same(&file, &opened.blob.unwrap()).await);
    let usage = comes(use_files().usage()).await.unwrap();
    assert!(usage.bytes >= 100_000 && usage.limit > 1 << 20 && usage.limit <= 1 << 30, "{usage:?}");
    assert_eq!(comes(use_files().clear()).await, Ok(()));
    assert_eq!(comes(use_files().is_here(&staged.source)).await, Ok(true), "it was not sent yet");
    assert_eq!(comes(use_files().discard(&staged)).await, Ok(()));
    assert_eq!(comes(use_files().is_here(&staged.source)).await, Ok(false));
}

#[wasm_bindgen_test]
async fn what_is_stopped_leaves_nothing() {
    let device = Device::new(&Rc::default());
    let name = device.name.clone();
    serve(device);
    let file = picked(&file_of(40 << 20).await, "long", "").await;
    // Chunks are stored while others are read: after three of them no more comes.
    let waits = Changed::by(
        "const { stream } = Blob.prototype;
         Blob.prototype.stream = function () {
             let given = 0;
             return stream.call(this).pipeThrough(new TransformStream({ transform(piece, out) {
                 given += piece.length;
                 return given > 24 << 20 ? new Promise(() => {}) : out.enqueue(piece);
             } }));
         };
         return () => { Blob.prototype.stream = stream; };",
    );
    let task = use_files().stage(&file, How::Original);
    // To open it would make it.
    let is_made = "return (await indexedDB.databases()).some((one) => one.name === a);";
    while !js(is_made, &[name.as_str().into()]).await.is_truthy() || rows(&name).await.0 == 0 {
        pause().await;
    }
    // In the middle: chunks are still to be read.
    let TaskState::Working { done, .. } = task.state.get_untracked() else {
        panic!("{:?}", task.state.get_untracked())
    };
    assert!(done < 40 << 20, "{done}");
    task.cancel();
    assert_eq!(comes(task).await, Err(FileFailure::Cancelled));
    assert_eq!(rows(&name).await, (0, 0));
    drop(waits);
    // Before the worker hears of it.
    let task = use_files().stage(&file, How::Original);
    task.cancel();
    assert_eq!(comes(task).await, Err(FileFailure::Cancelled));
    pause().await;
    assert_eq!(rows(&name).await, (0, 0));
}

#[wasm_bindgen_test]
async fn what_is_staged_when_nobody_wants_it_any_more_goes() {
    let device = Device::new(&Rc::default());
    let name = device.name.clone();
    // Answers that are on their way to the page.
    let channel = MessageChannel::new().unwrap();
    let (port, late) = (channel.port1(), Rc::new(std::cell::RefCell::new(Vec::<JsValue>::new())));
    let waits = late.clone();
    let desk = Desk::new(device.archive, move |message| waits.borrow_mut().push(message.clone()));
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| desk.hear(&message.data()));
    port.set_onmessage(Some(hear.into_js_value().unchecked_ref()));
    answered_by(channel.port2());
    let task = use_files().stage_voice(&file_of(100).await, 990, Vec::new());
    // In an answer's CBOR its number is the second byte.
    let is_staged = |message: &JsValue| {
        let bytes: js_sys::Uint8Array = message.unchecked_ref::<js_sys::Array>().get(1).unchecked_into();
        bytes.get_index(1) == 1
    };
    while !late.borrow().iter().any(is_staged) {
        pause().await;
    }
    task.cancel();
    assert_eq!(rows(&name).await, (1, 1));
    for message in late.take() {
        port.post_message(&message).unwrap();
    }
    assert_eq!(comes(task).await, Err(FileFailure::Cancelled));
    for _ in 0..20 {
        pause().await;
    }
    assert_eq!(rows(&name).await, (0, 0));
}

#[wasm_bindgen_test]
async fn who_stops_it_without_a_connection_is_told_that_there_is_none() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let staged = ann.stages(&file_of(10).await, xchat::filing::How::Original).await.unwrap();
    relay.away.set(u32::MAX);
    serve(Device::new(&relay));
    let staged = StagedFile {
        name: String::new(),
        content_type: String::new(),
        source: staged.source,
        shown: false,
        media: staged.media,
    };
    let task = use_files().open(&attachment(&staged));
    while relay.asked.get() < 2 {
        pause().await;
    }
    assert!(matches!(task.state.get_untracked(), TaskState::Working { .. }), "it waits");
    task.cancel();
    assert_eq!(comes(task).await.err(), Some(FileFailure::Offline));
}

#[wasm_bindgen_test]
async fn an_open_file_is_shared_and_goes_with_the_last_who_shows_it() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let staged = ann.stages(&file_of(1000).await, xchat::filing::How::Original).await.unwrap();
    relay.takes(&ann.name).await;
    serve(Device::new(&relay));
    let staged = StagedFile {
        name: staged.name,
        content_type: staged.content_type,
        source: staged.source,
        shown: staged.shown,
        media: staged.media,
    };
    let file = attachment(&staged);
    let (one, two, three) = (Owner::new(), Owner::new(), Owner::new());
    let open = |owner: &Owner| owner.with(|| use_files().open(&file));
    let (a, b) = (open(&one), open(&two));
    // One of two gives up: the other goes on.
    b.cancel();
    assert_eq!(comes(b).await.err(), Some(FileFailure::Cancelled));
    let a = comes(a).await.unwrap();
    let c = comes(open(&three)).await.unwrap();
    assert_eq!((&a.url, relay.asked.get()), (&c.url, 1));
    one.cleanup();
    two.cleanup();
    assert!(is_alive(&c.url).await);
    three.cleanup();
    assert!(!is_alive(&c.url).await);
    // Who is gone before it comes keeps nothing, and does not stop it.
    let gone = Owner::new();
    let task = open(&gone);
    gone.cleanup();
    let again = Owner::new();
    let d = comes(open(&again)).await.unwrap();
    assert!(is_alive(&d.url).await && d.url != c.url);
    let _task = task;
    again.cleanup();
    assert!(!is_alive(&d.url).await);
}

#[wasm_bindgen_test]
async fn a_large_file_comes_no_further_when_nobody_waits_for_it_any_more() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let mut files = Vec::new();
    for size in [17 << 20, 1000] {
        let staged = ann.stages(&file_of(size).await, xchat::filing::How::Original).await.unwrap();
        let (name, content_type) = (staged.name, staged.content_type);
        let staged = StagedFile { name, content_type, source: staged.source, shown: staged.shown, media: staged.media };
        files.push(attachment(&staged));
    }
    relay.takes(&ann.name).await;
    serve(Device::new(&relay));
    relay.holds.set(true);
    for (file, stopped) in files.iter().zip([3, 0]) {
        let chunks = file.source.as_ref().unwrap().chunks.len() as u32;
        let (one, two) = (Owner::new(), Owner::new());
        relay.asked.set(0);
        relay.left.set(0);
        let _tasks = [&one, &two].map(|owner| owner.with(|| use_files().open(file)));
        while relay.asked.get() < chunks {
            pause().await;
        }
        for (owner, left) in [(one, 0), (two, stopped)] {
            owner.cleanup();
            for _ in 0..20 {
                pause().await;
            }
            assert_eq!(relay.left.get(), left, "of {chunks}");
        }
    }
    relay.holds.set(false);
    assert!(comes(use_files().open(&files[0])).await.is_ok(), "who asks later does not share what was stopped");
}

/// A second of silence.
fn silence() -> Blob {
    let (rate, count) = (8000_u32, 8000_u32);
    let mut wave = b"RIFF".to_vec();
    wave.extend((36 + count).to_le_bytes());
    wave.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wave.extend(rate.to_le_bytes());
    wave.extend(rate.to_le_bytes());
    wave.extend(b"\x01\0\x08\0data");
    wave.extend(count.to_le_bytes());
    wave.extend(vec![128; count as usize]);
    blob_of(&wave)
}

#[wasm_bindgen_test]
async fn how_long_a_sound_is_is_known_before_it_is_sent() {
    serve(Device::new(&Rc::default()));
    let owner = Owner::new();
    let file = picked(&silence(), "a.wav", "audio/wav").await;
    let looked = comes(owner.with(|| use_files().look(&file))).await.unwrap();
    assert_eq!((looked.kind, looked.media.duration_ms), (xchat_files::Kind::Wav, 1000));
    let url = looked.url.unwrap();
    assert!(is_alive(&url).await);
    owner.cleanup();
    assert!(!is_alive(&url).await);
    let staged = comes(use_files().stage(&file, How::Photo)).await.unwrap();
    assert_eq!((staged.media.duration_ms, staged.shown), (1000, false));
    let voice = comes(use_files().stage_voice(&silence(), 990, vec![1, 2, 3])).await.unwrap();
    assert_eq!(
        (voice.name.as_str(), voice.media.duration_ms, voice.media.voice, voice.shown),
        ("voice.wav", 990, true, true)
    );
    assert_eq!(voice.media.waveform.as_slice(), [1, 2, 3]);
}

/// A film, as the browser records it.
async fn film() -> Blob {
    let body = "const canvas = document.createElement('canvas');
        canvas.width = 320; canvas.height = 160;
        const context = canvas.getContext('2d');
        const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm' });
        const parts = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        const over = new Promise((ok) => { recorder.onstop = ok; });
        recorder.start();
        for (let at = 0; at < 20; at++) {
            context.fillStyle = `hsl(${at * 18} 90% 50%)`;
            context.fillRect(0, 0, 320, 160);
            await new Promise((ok) => setTimeout(ok, 40));
        }
        recorder.stop();
        await over;
        return new Blob(parts, { type: 'video/webm' });";
    js(body, &[]).await.unchecked_into()
}

#[wasm_bindgen_test]
async fn a_film_is_sent_with_its_size_and_a_likeness() {
    serve(Device::new(&Rc::default()));
    let film = picked(&film().await, "a.webm", "video/webm").await;
    let staged = comes(use_files().stage(&film, How::Photo)).await.unwrap();
    assert_eq!((staged.content_type.as_str(), staged.shown), ("video/webm", true));
    assert_eq!((staged.media.width, staged.media.height), (320, 160));
    assert_eq!(xchat_files::dimensions(&staged.media.preview), Some((64, 32)));
    let opened = comes(use_files().open(&attachment(&staged))).await.unwrap();
    assert!(comes(use_files().shows(&opened)).await.unwrap());
    assert!(same(&film, &opened.blob.unwrap()).await);
}

#[wasm_bindgen_test]
async fn a_film_that_cannot_be_played_is_sent_all_the_same() {
    serve(Device::new(&Rc::default()));
    let broken = [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice(), &[7; 500]].concat();
    let staged =
        comes(use_files().stage(&picked(&blob_of(&broken), "a.mp4", "video/mp4").await, How::Photo)).await.unwrap();
    assert_eq!((staged.content_type.as_str(), staged.media.width, staged.media.preview.len()), ("video/mp4", 0, 0));
    let opened = comes(use_files().open(&attachment(&staged))).await.unwrap();
    assert!(!comes(use_files().shows(&opened)).await.unwrap(), "and that is known before it is shown");
}

#[wasm_bindgen_test]
async fn a_worker_that_dies_fails_its_tasks_and_the_next_call_starts_another() {
    // Another that dies with the second question.
    let script = "let asked = 0; self.onmessage = () => { if (++asked === 2) self.postMessage({ fatal: `it ends ${self.name}` }); };";
    let body = "self.started = 0;
        const had = self.Worker;
        self.Worker = class extends had {
            constructor(url, how) { super(url, { ...how, name: `${++self.started}` }); }
        };
        const meta = document.createElement('meta');
        meta.name = 'xchat-files';
        meta.content = URL.createObjectURL(new Blob([a], { type: 'text/javascript' }));
        document.head.append(meta);";
    js(body, &[script.into()]).await;
    // The one before goes with a word that nobody says.
    let channel = MessageChannel::new().unwrap();
    answered_by(channel.port2());
    channel.port1().post_message(&JsValue::from_str("nonsense")).unwrap();
    pause().await;
    pause().await;
    for number in 1..3 {
        let (one, two) = (use_files().usage(), use_files().usage());
        let broken = Some(FileFailure::Broken(format!("it ends {number}")));
        assert_eq!((comes(one).await.err(), comes(two).await.err()), (broken.clone(), broken));
    }
}
