//! The data key: made once, kept wrapped by a WebCrypto key that no script can read out.
//!
//! Whoever copies the profile's files gets both, so this alone protects against less than a passphrase does; it keeps
//! the key out of dumps, extensions' reads of IndexedDB and synced copies of the values, and it is the place where a
//! passphrase or a passkey goes.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::error::DbError;

/// Length of the data key in bytes.
const DATA_KEY: usize = 32;
/// Length of the nonce before the wrapped key in bytes (AES-GCM, NIST SP 800-38D).
const NONCE: usize = 12;
/// Associated data of the wrapped key: what it is, and its version.
const PURPOSE: &[u8] = b"xchat data key 1";
/// WebCrypto's name of the cipher.
const CIPHER: &str = "AES-GCM";
/// `meta` in errors.
const TABLE: &str = super::META;

/// A data key as it is stored.
pub(super) struct Wrapped {
    /// Not extractable; kept by structured clone.
    pub(super) wrapper: CryptoKey,
    /// Nonce and ciphertext.
    pub(super) bytes: Vec<u8>,
}

/// Makes a data key and wraps it. Nothing is stored yet.
pub(super) async fn create() -> Result<Wrapped, DbError> {
    let mut key = Zeroizing::new([0; DATA_KEY]);
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut *key).map_err(|error| DbError::Unavailable(error.to_string()))?;
    getrandom::fill(&mut nonce).map_err(|error| DbError::Unavailable(error.to_string()))?;
    wrap(&key, &nonce).await.map_err(|thrown| DbError::opening(&thrown))
}

async fn wrap(key: &[u8; DATA_KEY], nonce: &[u8; NONCE]) -> Result<Wrapped, JsValue> {
    let subtle = subtle()?;
    let kind = Object::new();
    Reflect::set(&kind, &"name".into(), &CIPHER.into())?;
    Reflect::set(&kind, &"length".into(), &256.into())?;
    let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
    let wrapper = JsFuture::from(subtle.generate_key_with_object(&kind, false, &uses)?).await?;
    let wrapper: CryptoKey = wrapper.unchecked_into();
    let sealed = subtle.encrypt_with_object_and_u8_array(&parameters(nonce)?, &wrapper, key)?;
    let sealed = Uint8Array::new(&JsFuture::from(sealed).await?);
    Ok(Wrapped { wrapper, bytes: [&nonce[..], &sealed.to_vec()].concat() })
}

/// The data key. One that does not open is damaged: without it no row can be read, and it is left as it is.
pub(super) async fn unwrap(wrapped: &Wrapped) -> Result<Zeroizing<[u8; DATA_KEY]>, DbError> {
    let subtle = subtle().map_err(|thrown| DbError::opening(&thrown))?;
    let damaged = |why| DbError::Damaged { table: TABLE, why };
    let (nonce, sealed) = wrapped.bytes.split_first_chunk().ok_or(damaged("the wrapped key is cut off"))?;
    let opened = parameters(nonce)
        .and_then(|parameters| subtle.decrypt_with_object_and_u8_array(&parameters, &wrapped.wrapper, sealed))
        .map_err(|_| damaged("the wrapped key cannot be opened"))?;
    let opened = JsFuture::from(opened).await.map_err(|_| damaged("the wrapped key does not open"))?;
    let opened = Uint8Array::new(&opened);
    if opened.length() as usize != DATA_KEY {
        return Err(damaged("the wrapped key has another length"));
    }
    let mut key = Zeroizing::new([0; DATA_KEY]);
    opened.copy_to(&mut *key);
    opened.fill(0, 0, opened.length());
    Ok(key)
}

fn parameters(nonce: &[u8; NONCE]) -> Result<Object, JsValue> {
    let parameters = Object::new();
    Reflect::set(&parameters, &"name".into(), &CIPHER.into())?;
    Reflect::set(&parameters, &"iv".into(), &Uint8Array::from(&nonce[..]))?;
    Reflect::set(&parameters, &"additionalData".into(), &Uint8Array::from(PURPOSE))?;
    Ok(parameters)
}

/// WebCrypto; an error outside a secure context.
fn subtle() -> Result<SubtleCrypto, JsValue> {
    let crypto: Crypto = Reflect::get(&js_sys::global(), &"crypto".into())?.unchecked_into();
    let subtle = Reflect::get(&crypto, &"subtle".into())?;
    match subtle.is_object() {
        true => Ok(subtle.unchecked_into()),
        false => Err("this page is not a secure context: no WebCrypto".into()),
    }
}
