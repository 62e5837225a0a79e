//! The writing of a map's or an array's fields. What stands for none is left out.

use minicbor::Encoder;
use minicbor::bytes::EncodeBytes;
use minicbor::encode::{Encode, Error, Write};

use super::Bytes;

/// A field that is written.
#[doc(hidden)]
pub trait Put<W: Write, C> {
    fn put(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), Error<W::Error>>;

    /// Whether it stands for none.
    fn nil(&self) -> bool;
}

impl<W: Write, C, T: Encode<C>> Put<W, C> for T {
    fn put(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), Error<W::Error>> {
        self.encode(e, ctx)
    }

    fn nil(&self) -> bool {
        self.is_nil()
    }
}

impl<C, T: EncodeBytes<C>> Encode<C> for Bytes<&T> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), Error<W::Error>> {
        T::encode_bytes(self.0, e, ctx)
    }

    fn is_nil(&self) -> bool {
        T::is_nil(self.0)
    }
}

/// What a struct or a variant looks like.
#[doc(hidden)]
pub struct Layout {
    /// A variant's number.
    pub index: i64,
    /// Fields by place and not by key.
    pub array: bool,
    /// The number of each field, in ascending order.
    pub keys: &'static [u8],
}

/// Writes `[index, fields]`.
#[doc(hidden)]
#[inline(never)]
pub fn put_variant<W: Write, C>(
    e: &mut Encoder<W>,
    ctx: &mut C,
    layout: &Layout,
    values: &[&dyn Put<W, C>],
) -> Result<(), Error<W::Error>> {
    e.array(2)?.i64(layout.index)?;
    put_fields(e, ctx, layout, values)
}

/// Writes the values, which stand in the order of the layout's keys. An array ends with its last value that is one.
#[doc(hidden)]
#[inline(never)]
pub fn put_fields<W: Write, C>(
    e: &mut Encoder<W>,
    ctx: &mut C,
    layout: &Layout,
    values: &[&dyn Put<W, C>],
) -> Result<(), Error<W::Error>> {
    let fields = || layout.keys.iter().map(|key| u64::from(*key)).zip(values).filter(|(_, value)| !value.nil());
    if !layout.array {
        e.map(fields().count() as u64)?;
        for (key, value) in fields() {
            e.u64(key)?;
            value.put(e, ctx)?;
        }
        return Ok(());
    }
    let length = fields().next_back().map_or(0, |(key, _)| key + 1);
    e.array(length)?;
    let mut fields = fields().peekable();
    for place in 0..length {
        match fields.next_if(|(key, _)| *key == place) {
            Some((_, value)) => value.put(e, ctx)?,
            None => _ = e.null()?,
        }
    }
    Ok(())
}
