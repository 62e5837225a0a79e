//! The browser's cipher and hash, for records and chunks.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use xchat_files::{FileKey, RecordKey};
use xchat_wire::BlobHash;

use super::js::{broken, get, object};
use crate::filing::Failure;

/// Seals and opens the records of one file.
pub(super) struct Cipher {
    subtle: SubtleCrypto,
    key: CryptoKey,
    records: RecordKey,
}

impl Cipher {
    pub(super) async fn new(key: &FileKey, salt: &[u8; 16]) -> Result<Self, Failure> {
        let subtle = subtle()?;
        let records = RecordKey::derive(key, salt);
        let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
        let raw = Uint8Array::from(records.key().as_slice());
        let imported = subtle.import_key_with_str("raw", &raw, "AES-GCM", false, &uses);
        raw.fill(0, 0, raw.length());
        let key = JsFuture::from(imported.map_err(broken)?).await.and_then(JsCast::dyn_into).map_err(broken)?;
        Ok(Self { subtle, key, records })
    }

    /// What a filled record is when it is sealed. The browser takes its bytes at once, and does the work elsewhere.
    pub(super) fn seal(&self, record: u64, filled: &Uint8Array) -> Result<JsFuture, Failure> {
        let sealed = self.subtle.encrypt_with_object_and_js_u8_array(&self.how(record), &self.key, filled);
        sealed.map(JsFuture::from).map_err(broken)
    }

    /// What a record is when it is opened. It is refused when it is not what was sealed for this place.
    pub(super) fn open(&self, record: u64, sealed: &Uint8Array) -> Result<JsFuture, Failure> {
        let opened = self.subtle.decrypt_with_object_and_js_u8_array(&self.how(record), &self.key, sealed);
        opened.map(JsFuture::from).map_err(broken)
    }

    fn how(&self, record: u64) -> js_sys::Object {
        let nonce = Uint8Array::from(self.records.nonce(record).as_slice());
        object(&[("name", "AES-GCM".into()), ("iv", nonce.into())])
    }
}

/// The address of a chunk.
pub(super) async fn hash(bytes: &Uint8Array) -> Result<BlobHash, Failure> {
    let digest = subtle()?.digest_with_str_and_js_u8_array("SHA-256", bytes).map_err(broken)?;
    let digest = JsFuture::from(digest).await.map_err(broken)?;
    let mut hash = [0; BlobHash::LEN];
    Uint8Array::new(&digest).copy_to(&mut hash);
    Ok(BlobHash::new(hash))
}

fn subtle() -> Result<SubtleCrypto, Failure> {
    let crypto: Crypto = get(&js_sys::global(), "crypto").dyn_into().map_err(broken)?;
    Ok(crypto.subtle())
}

/// Fresh random bytes.
pub(super) fn random() -> Result<[u8; 16], Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Failure::Broken(error.to_string()))?;
    Ok(bytes)
}

/// A promise of bytes.
pub(super) async fn bytes_of(promise: JsFuture) -> Result<Uint8Array, JsValue> {
    promise.await.map(|buffer| Uint8Array::new(&buffer))
}
