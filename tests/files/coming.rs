//! What the browser reads, out of a file and out of an answer of the relay: into bytes that it is given, or into its own.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat::files::from_relay;

use super::support::Changed;
use super::*;

/// A browser that reads into nobody's bytes but its own.
fn old_browser() -> Changed {
    Changed::by(
        "const get = ReadableStream.prototype.getReader;
         ReadableStream.prototype.getReader = function (how) {
             if (how) throw new TypeError('no such mode');
             return get.call(this);
         };
         return () => { ReadableStream.prototype.getReader = get; };",
    )
}

/// The relay answers with so many bytes, whatever it is asked for.
fn answers(status: u16, bytes: u32) -> Changed {
    Changed::by(&format!(
        "const fetch = self.fetch;
         const bytes = new Uint8Array({bytes}).map((_, at) => at);
         self.fetch = async () => new Response(bytes, {{ status: {status} }});
         return () => {{ self.fetch = fetch; }};"
    ))
}

/// What comes of 200,000 bytes, and how many were said to be here.
async fn fetched() -> (Result<Uint8Array, Lack>, u64) {
    let came = Rc::new(Cell::new(0));
    let hear = came.clone();
    let hear = Rc::new(move |bytes| hear.set(hear.get() + bytes));
    // As memory that had more in it before.
    let room = Uint8Array::new_with_length(300_000).subarray(0, 200_000);
    let bytes = from_relay()(BlobHash::new([7; 32]), room, hear).await;
    (bytes, came.get())
}

async fn comes_as_long_as_it_is_or_not_at_all() {
    let expected: Vec<u8> = (0..200_000_u32).map(|at| at as u8).collect();
    let told = {
        let _answers = answers(200, 200_000);
        let (bytes, told) = fetched().await;
        assert_eq!(bytes.unwrap().to_vec(), expected);
        told
    };
    assert_eq!(told, 200_000);
    for (status, length, lack) in
        [(200, 199_999, Lack::Wrong), (200, 200_001, Lack::Wrong), (404, 9, Lack::Gone), (503, 9, Lack::Later)]
    {
        let _answers = answers(status, length);
        assert_eq!(fetched().await.0.map(|bytes| bytes.length()), Err(lack), "{status}, {length} bytes");
    }
}

#[wasm_bindgen_test]
async fn a_chunk_comes_as_long_as_it_is_or_not_at_all() {
    comes_as_long_as_it_is_or_not_at_all().await;
}

#[wasm_bindgen_test]
async fn a_browser_that_reads_into_its_own_bytes_alone_does_the_same() {
    let _old = old_browser();
    comes_as_long_as_it_is_or_not_at_all().await;
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    let file = file_of(9 << 20).await;
    let staged = ann.stages(&file, How::Original).await.unwrap();
    assert!(same(&file, &ann.opens(&staged.source, Wanted::Anything).await.unwrap().1).await);
}

#[wasm_bindgen_test]
async fn chunks_that_come_into_memory_that_others_had_are_whole() {
    let relay = Rc::new(Relay::default());
    let ann = Device::new(&relay);
    // The first chunk is the longest, and the last one shorter than any.
    let file = file_of(35 << 20).await;
    let staged = ann.stages(&file, How::Original).await.unwrap();
    relay.takes(&ann.name).await;
    let blobs = js_sys::Map::new();
    for (hash, bytes) in relay.blobs.borrow().iter() {
        let path = hash.as_bytes().iter().fold("/blob/".to_owned(), |path, byte| format!("{path}{byte:02x}"));
        blobs.set(&path.into(), bytes);
    }
    support::js("self.served = a;", &[blobs.into()]).await;
    let _served = Changed::by(
        "const fetch = self.fetch;
         self.fetch = async (path) => new Response(self.served.get(path));
         return () => { self.fetch = fetch; delete self.served; };",
    );
    let name = support::fresh("files");
    let ben = Device { archive: Archive::new(Store::new(&name), from_relay()), name };
    let ask = Ask::Save { source: staged.source.clone() };
    let (answer, saved) = ben.asks(ask, &JsValue::NULL).await.unwrap();
    assert_eq!(answer, Answer::Read);
    assert!(same(&file, &saved.unchecked_into()).await);
}
