//! Messages as bytes, and errors as the browser throws them.

use std::fmt::Debug;

use openmls::prelude::{
    MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use wasm_bindgen::JsError;

/// Any error, in its own words.
pub(crate) fn thrown(error: impl Debug) -> JsError {
    JsError::new(&format!("{error:?}"))
}

pub(crate) fn write(message: MlsMessageOut) -> Result<Vec<u8>, JsError> {
    message.tls_serialize_detached().map_err(thrown)
}

pub(crate) fn read(bytes: &[u8]) -> Result<MlsMessageBodyIn, JsError> {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).map(MlsMessageIn::extract).map_err(thrown)
}
