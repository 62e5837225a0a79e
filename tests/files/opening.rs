//! What is sealed opens again, whole; what is not what was sealed does not, and passes for nothing.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_files::Layout;

use super::support::{Changed, js, tamper};
use super::*;

/// Content of a full record, and of a full chunk.
const RECORD: u64 = 65_519;
const CHUNK: u64 = 127 * RECORD;

#[wasm_bindgen_test]
async fn what_one_device_seals_another_opens_whatever_its_size() {
    let relay = Rc::new(Relay::default());
    for size in [0, 1, RECORD, RECORD + 1, CHUNK - 1, CHUNK, CHUNK + 1, 20 << 20] {
        let (ann, ben) = (Device::new(&relay), Device::new(&relay));
        let file = file_of(size).await;
        let staged = ann.stages(&file, How::Original).await.unwrap();
        let layout = Layout::of(size).unwrap();
        assert_eq!((staged.source.size, staged.source.chunks.len() as u32), (size, layout.chunks()));
        relay.takes(&ann.name).await;
        for (chunk, hash) in (0..).zip(&staged.source.chunks) {
            assert_eq!(u64::from(relay.blobs.borrow().get(hash).unwrap().length()), layout.chunk_size(chunk));
        }
        relay.asked.set(0);
        let here = async |device: &Device| {
            let ask = Ask::IsHere { source: staged.source.clone() };
            device.asks(ask, &JsValue::NULL).await.unwrap().0 == Answer::Here { here: true }
        };
        assert!(!here(&ben).await && here(&ann).await);
        let (kind, opened) = ben.opens(&staged.source, Wanted::Anything).await.unwrap();
        assert!(same(&file, &opened).await, "{size} bytes");
        assert_eq!((kind, opened.type_().as_str()), (Kind::Other, "application/octet-stream"));
        assert_eq!(relay.asked.get(), layout.chunks());
        assert!(here(&ben).await);
        ben.opens(&staged.source, Wanted::Anything).await.unwrap();
        assert_eq!(relay.asked.get(), layout.chunks(), "what is here is not fetched again");
    }
}

#[wasm_bindgen_test]
async fn a_file_never_has_the_bytes_or_the_key_of_another() {
    let ann = Device::new(&Rc::default());
    let file = file_of(500).await;
    let (one, two) = (ann.stages(&file, How::Original).await.unwrap(), ann.stages(&file, How::Original).await.unwrap());
    assert_ne!(one.source.key, two.source.key);
    assert_ne!(one.source.salt, two.source.salt);
    assert_ne!(one.source.chunks, two.source.chunks);
}

/// A file in three chunks at the relay.
async fn sent(relay: &Rc<Relay>) -> (Blob, FileSource) {
    let ann = Device::new(relay);
    let file = file_of(2 * CHUNK + 1000).await;
    let staged = ann.stages(&file, How::Original).await.unwrap();
    relay.takes(&ann.name).await;
    (file, staged.source)
}

/// A file on disk, as the browser hands it to a page, which records what is done to it.
pub(super) async fn on_disk() -> JsValue {
    js(
        "const disk = { said: [], parts: [], createWritable: async () => ({
             write: async (part) => { disk.parts.push(new Blob([part])); },
             close: async () => { disk.said.push('closed'); },
             abort: async () => { disk.said.push('aborted'); },
         }) };
         return disk;",
        &[],
    )
    .await
}

async fn said(disk: &JsValue) -> String {
    js("return a.said.join();", std::slice::from_ref(disk)).await.as_string().unwrap()
}

/// The whole of what the worker does: what a failed task has begun is taken back.
async fn saves(device: &Device, source: &FileSource, disk: &JsValue) -> Result<(), Failure> {
    let task = Rc::new(Task::new(|_| ()));
    let done = device.archive.answer(&task, Ask::Save { source: source.clone() }, disk.clone()).await;
    if done.is_err() {
        task.take_back(&Store::new(&device.name)).await;
    }
    done.map(|(answer, _)| assert_eq!(answer, Answer::Done))
}

#[wasm_bindgen_test]
async fn a_file_is_saved_whole_or_what_was_there_stays() {
    let relay = Rc::new(Relay::default());
    let (file, source) = sent(&relay).await;
    let disk = on_disk().await;
    saves(&Device::new(&relay), &source, &disk).await.unwrap();
    assert_eq!(said(&disk).await, "closed");
    let written: Blob = js("return new Blob(a.parts);", std::slice::from_ref(&disk)).await.unchecked_into();
    assert!(same(&file, &written).await);

    let disk = on_disk().await;
    let fills = "const make = a.createWritable;
        a.createWritable = async () => ({ ...await make(), close: async () => { throw new DOMException('', 'QuotaExceededError'); } });";
    js(fills, std::slice::from_ref(&disk)).await;
    assert_eq!(saves(&Device::new(&relay), &source, &disk).await, Err(Failure::NoRoom));
    assert_eq!(said(&disk).await, "aborted");

    relay.blobs.borrow_mut().remove(&source.chunks[2]);
    let disk = on_disk().await;
    assert_eq!(saves(&Device::new(&relay), &source, &disk).await, Err(Failure::Gone));
    assert_eq!(said(&disk).await, "aborted");
}

#[wasm_bindgen_test]
async fn bytes_that_are_not_the_ones_are_refused_and_not_kept() {
    let relay = Rc::new(Relay::default());
    let (_, source) = sent(&relay).await;
    let whole: Vec<Uint8Array> =
        source.chunks.iter().map(|hash| relay.blobs.borrow().get(hash).unwrap().clone()).collect();
    let flipped = |at: u32| {
        let bytes = whole[1].slice(0, whole[1].length());
        bytes.set_index(at, bytes.get_index(at) ^ 1);
        bytes
    };
    let end = whole[1].length();
    let others =
        [flipped(0), flipped(end - 1), whole[0].clone(), whole[1].slice(0, end - 1), Uint8Array::new_with_length(end)];
    // Not for a moment either: whoever looks just then would find it under the right name.
    let seen = Changed::by(
        "const put = IDBObjectStore.prototype.put;
         self.kept = [];
         IDBObjectStore.prototype.put = function (value, key) {
             if (this.name === 'chunks') self.kept.push(new Uint8Array(key).join());
             return put.call(this, value, key);
         };
         return () => { IDBObjectStore.prototype.put = put; };",
    );
    for other in others {
        relay.blobs.borrow_mut().insert(source.chunks[1], other);
        let ben = Device::new(&relay);
        assert_eq!(ben.opens(&source, Wanted::Anything).await.err(), Some(Failure::Wrong));
        let disk = on_disk().await;
        assert_eq!(saves(&ben, &source, &disk).await, Err(Failure::Wrong));
        assert_eq!(said(&disk).await, "aborted");
        assert!(rows(&ben.name).await.0 <= 2, "the one that was refused is not kept");
    }
    let name = Uint8Array::from(source.chunks[1].as_bytes().as_slice());
    let kept = js("return [self.kept.length, self.kept.includes(a.join())].join();", &[name.into()]).await;
    assert!(kept.as_string().unwrap().ends_with(",false") && kept != "0,false", "{kept:?}");
    drop(seen);
    relay.blobs.borrow_mut().remove(&source.chunks[1]);
    assert_eq!(Device::new(&relay).opens(&source, Wanted::Anything).await.err(), Some(Failure::Gone));
}

#[wasm_bindgen_test]
async fn chunks_that_are_named_in_another_order_or_under_another_key_do_not_open() {
    let relay = Rc::new(Relay::default());
    let (_, source) = sent(&relay).await;
    let mut changed: Vec<FileSource> = Vec::new();
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        let mut swapped = source.clone();
        swapped.chunks.swap(a, b);
        changed.push(swapped);
    }
    let mut repeated = source.clone();
    repeated.chunks[1] = repeated.chunks[0];
    let mut shorter = source.clone();
    shorter.chunks.pop();
    let mut smaller = source.clone();
    smaller.size -= 1;
    let other_key = FileSource { key: xchat_files::FileKey::new([7; 16]), ..source.clone() };
    let other_salt = FileSource { salt: [7; 16].into(), ..source.clone() };
    changed.extend([repeated, shorter, smaller, other_key, other_salt]);
    let ben = Device::new(&relay);
    for source in changed {
        assert_eq!(ben.opens(&source, Wanted::Anything).await.err(), Some(Failure::Wrong), "{source:?}");
    }
    // Its own sender can name bytes rightly that begin with the header of something else.
    let first = relay.blobs.borrow().get(&source.chunks[0]).unwrap().clone();
    let headed = first.slice(0, first.length());
    headed.set_index(17, 9);
    let digest = js("return new Uint8Array(await crypto.subtle.digest('SHA-256', a));", &[headed.clone().into()]).await;
    let mut other = source.clone();
    other.chunks[0] = BlobHash::from_slice(&digest.unchecked_into::<Uint8Array>().to_vec()).unwrap();
    relay.blobs.borrow_mut().insert(other.chunks[0], headed);
    assert_eq!(ben.opens(&other, Wanted::Anything).await.err(), Some(Failure::Wrong));
    let huge = FileSource { size: u64::MAX, ..source.clone() };
    assert!(matches!(ben.opens(&huge, Wanted::Anything).await, Err(Failure::TooLarge { .. })));
    ben.opens(&source, Wanted::Anything).await.unwrap();
}

/// For [`tamper`]: other bytes in every chunk, as many as before, so that only opening it tells.
const DAMAGE: &str = "
    const r = store.openCursor();
    r.onsuccess = () => {
        if (!r.result) return;
        r.result.update(new Blob([new Uint8Array(r.result.value.size)]));
        r.result.continue();
    };";

#[wasm_bindgen_test]
async fn a_chunk_that_was_damaged_on_this_device_is_fetched_anew() {
    let relay = Rc::new(Relay::default());
    let (file, source) = sent(&relay).await;
    let ben = Device::new(&relay);
    ben.opens(&source, Wanted::Anything).await.unwrap();
    tamper(&ben.name, "chunks", DAMAGE).await;
    let (_, opened) = ben.opens(&source, Wanted::Anything).await.unwrap();
    assert!(same(&file, &opened).await);
}

/// The next so many attempts to read a blob fail.
fn unreadable(times: u32) -> Changed {
    Changed::by(&format!(
        "const {{ arrayBuffer }} = Blob.prototype;
         let left = {times};
         Blob.prototype.arrayBuffer = function () {{
             return left-- > 0 ? Promise.reject(new DOMException('not now', 'NotReadableError')) : arrayBuffer.call(this);
         }};
         return () => {{ Blob.prototype.arrayBuffer = arrayBuffer; }};"
    ))
}

#[wasm_bindgen_test]
async fn a_chunk_that_cannot_be_read_for_a_moment_stays_and_the_relay_may_have_it_meanwhile() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let file = file_of(500).await;
    let source = ann.stages(&file, How::Original).await.unwrap().source;
    relay.takes(&ann.name).await;
    let ben = Device::new(&relay);
    ben.opens(&source, Wanted::Anything).await.unwrap();
    // Once as it is opened, and once as it is compared.
    let twice = unreadable(2);
    assert!(same(&file, &ben.opens(&source, Wanted::Anything).await.unwrap().1).await);
    assert_eq!(relay.asked.replace(0), 2);
    drop(twice);
    relay.blobs.borrow_mut().clear();
    let twice = unreadable(2);
    assert_eq!(ben.opens(&source, Wanted::Anything).await.err(), Some(Failure::Unreadable), "it is not gone");
    drop(twice);
    assert!(same(&file, &ben.opens(&source, Wanted::Anything).await.unwrap().1).await);
    assert_eq!((rows(&ben.name).await, relay.asked.get()), ((1, 1), 1));
    tamper(&ben.name, "chunks", DAMAGE).await;
    assert_eq!(ben.opens(&source, Wanted::Anything).await.err(), Some(Failure::Gone));
    assert_eq!(rows(&ben.name).await, (0, 0), "bytes that are not the ones help nobody");
}

#[wasm_bindgen_test]
async fn what_an_upload_needs_is_not_taken_out_whatever_is_wrong_with_it() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let file = file_of(500).await;
    let source = ann.stages(&file, How::Original).await.unwrap().source;
    let twice = unreadable(2);
    assert_eq!(ann.opens(&source, Wanted::Anything).await.err(), Some(Failure::Unreadable));
    drop(twice);
    assert!(same(&file, &ann.opens(&source, Wanted::Anything).await.unwrap().1).await);
    tamper(&ann.name, "chunks", DAMAGE).await;
    assert_eq!(ann.opens(&source, Wanted::Anything).await.err(), Some(Failure::Wrong));
    assert_eq!((rows(&ann.name).await, relay.asked.get()), ((1, 1), 0));
}

#[wasm_bindgen_test]
async fn what_can_be_kept_nowhere_is_shown_all_the_same() {
    let relay = Rc::new(Relay::default());
    let (file, source) = sent(&relay).await;
    let full = full_disk();
    let (_, opened) = Device::new(&relay).opens(&source, Wanted::Anything).await.unwrap();
    assert!(same(&file, &opened).await);
    drop(full);
}

pub(super) fn full_disk() -> Changed {
    Changed::by(
        "const put = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError'); };
         return () => { IDBObjectStore.prototype.put = put; };",
    )
}

#[wasm_bindgen_test]
async fn a_relay_that_does_not_answer_is_asked_again() {
    let relay = Rc::new(Relay::default());
    let (file, source) = sent(&relay).await;
    relay.away.set(3);
    let (_, opened) = Device::new(&relay).opens(&source, Wanted::Anything).await.unwrap();
    assert!(same(&file, &opened).await);
}

#[wasm_bindgen_test]
async fn a_stretch_is_read_of_the_chunks_that_have_it_alone() {
    let relay = Rc::new(Relay::default());
    let (file, source) = sent(&relay).await;
    for (from, to, chunks) in [
        (0, 10, 1),
        (CHUNK - 5, CHUNK + 5, 2),
        (RECORD, RECORD, 0),
        (2 * CHUNK + 990, 9 * CHUNK, 1),
        (9 * CHUNK, 10 * CHUNK, 0),
    ] {
        relay.asked.set(0);
        let ask = Ask::Read { source: source.clone(), from, to, saves: false };
        let read: Blob = Device::new(&relay).asks(ask, &JsValue::NULL).await.unwrap().1.unchecked_into();
        let wanted = file.slice_with_f64_and_f64(from as f64, to as f64).unwrap();
        assert!(same(&wanted, &read).await, "{from}..{to}");
        assert_eq!(relay.asked.get(), chunks, "{from}..{to}");
    }
}

#[wasm_bindgen_test]
async fn no_more_than_a_few_chunks_are_on_their_way() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let staged = ann.stages(&file_of(6 * CHUNK).await, How::Original).await.unwrap();
    relay.takes(&ann.name).await;
    let (now, most) = (Rc::new(RefCell::new(0)), Rc::new(RefCell::new(0)));
    let fetch: Fetch = Rc::new({
        let (now, most, inner) = (now.clone(), most.clone(), relay.fetch());
        move |hash, room, came| {
            let (now, most, inner) = (now.clone(), most.clone(), inner.clone());
            async move {
                *now.borrow_mut() += 1;
                most.replace_with(|most| (*most).max(*now.borrow()));
                gloo_timers::future::TimeoutFuture::new(30).await;
                *now.borrow_mut() -= 1;
                inner(hash, room, came).await
            }
            .boxed_local()
        }
    });
    let ben = Archive::new(Store::new(&support::fresh("files")), fetch);
    let open = || async {
        let ask = Ask::Open { source: staged.source.clone(), wanted: Wanted::Anything };
        ben.answer(&Rc::new(Task::new(|_| ())), ask, JsValue::NULL).await.map(drop)
    };
    assert_eq!(futures::future::join(open(), open()).await, (Ok(()), Ok(())));
    assert_eq!(*most.borrow(), 3, "of both files together");
}

#[wasm_bindgen_test]
async fn what_takes_too_much_memory_to_be_shown_is_not_opened_and_can_be_saved() {
    let relay = Rc::new(Relay::default());
    let device = Device::new(&relay);
    let staged = device.stages(&file_of(10).await, How::Original).await.unwrap();
    for (size, wanted) in [(64 << 20, Wanted::Picture), (512 << 20, Wanted::Anything), (512 << 20, Wanted::Video)] {
        let of_size = |size| {
            let chunks = Layout::of(size).unwrap().chunks() as usize;
            FileSource { size, chunks: vec![BlobHash::new([7; 32]); chunks], ..staged.source.clone() }
        };
        assert_eq!(device.opens(&of_size(size + 1), wanted).await.err(), Some(Failure::TooLargeToShow));
        assert_eq!(relay.asked.replace(0), 0, "nothing of it is fetched");
        assert_eq!(device.opens(&of_size(size), wanted).await.err(), Some(Failure::Gone));
        relay.asked.set(0);
    }
    // By what it turns out to be.
    let text: Blob = js("return new Blob(['long '.repeat(1e6)]);", &[]).await.unchecked_into();
    let staged = device.stages(&text, How::Original).await.unwrap();
    assert_eq!(device.opens(&staged.source, Wanted::Anything).await.err(), Some(Failure::TooLargeToShow));
    let saved = device.asks(Ask::Save { source: staged.source }, &JsValue::NULL).await.unwrap();
    assert!(same(&text, &saved.1.unchecked_into()).await);
}

#[wasm_bindgen_test]
async fn progress_is_told_in_bytes_of_content() {
    let device = Device::new(&Rc::default());
    let totals = async |ask: Ask, thing: &JsValue| {
        let told = Rc::new(RefCell::new(Vec::new()));
        let tells = told.clone();
        let task = Rc::new(Task::new(move |answer| tells.borrow_mut().push(answer)));
        device.archive.answer(&task, ask, thing.clone()).await.unwrap();
        let told = told.take();
        assert!(!told.is_empty());
        told.into_iter().map(|answer| match answer {
            Answer::Working { done, total } if done <= total => total,
            other => panic!("{other:?}"),
        })
    };
    for size in [1, RECORD, 3 * CHUNK + 5] {
        let file = file_of(size).await;
        let source = device.stages(&file, How::Original).await.unwrap().source;
        let open = Ask::Open { source: source.clone(), wanted: Wanted::Anything };
        assert!(totals(open, &JsValue::NULL).await.all(|total| total == size));
        let save = Ask::Save { source: source.clone() };
        assert!(totals(save, &JsValue::NULL).await.all(|total| total == size));
        let read = Ask::Read { source, from: 0, to: 1, saves: false };
        assert!(totals(read, &JsValue::NULL).await.all(|total| total == size.min(RECORD)));
        let (name, claimed, how, media) = (String::new(), String::new(), How::Original, Media::default());
        assert!(totals(Ask::Stage { name, claimed, how, media }, &file).await.all(|total| total == size));
    }
}
