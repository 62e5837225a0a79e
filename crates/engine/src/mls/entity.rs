//! OpenMLS's entities as CBOR, through their serde implementations.
//!
//! A struct is the array of its fields' values, in their order; a variant of an enum is its index, or an array of that and what it
//! holds. So a row holds no name, and the code that finds fields by name, which is most of what serde's derives make, is never
//! compiled: it was a twentieth of the engine. The price is that rows are bound to the shape of OpenMLS's types, and a version of it with
//! other ones needs its own reading of old rows.

use std::fmt;

mod reader;
mod writer;

use minicbor::{Decoder, Encoder};
use serde::{
    Serialize,
    de::{self, DeserializeOwned, Expected, Unexpected},
    ser,
};
use thiserror::Error;

use reader::Reader;
use writer::Writer;

/// Why an entity has no bytes, or bytes are no such entity.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct EntityError(&'static str);

impl EntityError {
    const fn new(text: &'static str) -> Self {
        Self(text)
    }
}

impl ser::Error for EntityError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("not written")
    }
}

/// Nobody reads what was expected where, and its formatting (of floats, too) would be in every download.
impl de::Error for EntityError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("refused by its type")
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("another type")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("another value")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("another length")
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("an unknown variant")
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("an unknown field")
    }

    fn missing_field(_: &'static str) -> Self {
        Self::new("a field is missing")
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::new("a field is there twice")
    }
}

impl From<minicbor::decode::Error> for EntityError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::new("cut off, or another type")
    }
}

impl From<minicbor::encode::Error<std::convert::Infallible>> for EntityError {
    fn from(_: minicbor::encode::Error<std::convert::Infallible>) -> Self {
        Self::new("not written")
    }
}

type Result<T = ()> = std::result::Result<T, EntityError>;

/// The bytes of an entity.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut writer = Writer(Encoder::new(Vec::new()));
    value.serialize(&mut writer)?;
    Ok(writer.0.into_writer())
}

/// The entity of bytes, all of which it must need.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader(Decoder::new(bytes));
    let value = T::deserialize(&mut reader)?;
    if reader.0.position() == bytes.len() { Ok(value) } else { Err(EntityError::new("bytes are left over")) }
}

#[cfg(test)]
mod tests;
