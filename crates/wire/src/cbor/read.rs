//! The loop over a map's or an array's fields, and what can go wrong in it.

use minicbor::Decoder;
use minicbor::bytes::DecodeBytes;
use minicbor::decode::{Decode, Error};

use super::Bytes;

/// Where a field is put when it is read.
#[doc(hidden)]
pub trait Slot<'b, C> {
    /// Reads the field's value over what is there.
    fn fill(&mut self, d: &mut Decoder<'b>, ctx: &mut C) -> Result<(), Error>;

    /// Whether the field's type has a value that stands for none; it is put into an empty slot.
    fn nil(&mut self) -> bool;
}

/// A field without which there is no value.
#[doc(hidden)]
pub struct Need<T>(pub Option<T>);

impl<'b, C, T: Decode<'b, C>> Slot<'b, C> for Need<T> {
    fn fill(&mut self, d: &mut Decoder<'b>, ctx: &mut C) -> Result<(), Error> {
        self.0 = Some(T::decode(d, ctx)?);
        Ok(())
    }

    fn nil(&mut self) -> bool {
        let nil = T::nil();
        let has = nil.is_some();
        if has && self.0.is_none() {
            self.0 = nil;
        }
        has
    }
}

/// A field that has a value before it is read: what it is if it is missing, or something to be written over.
#[doc(hidden)]
pub struct Has<T>(pub T);

impl<'b, C, T: Decode<'b, C>> Slot<'b, C> for Has<T> {
    fn fill(&mut self, d: &mut Decoder<'b>, ctx: &mut C) -> Result<(), Error> {
        self.0 = T::decode(d, ctx)?;
        Ok(())
    }

    fn nil(&mut self) -> bool {
        T::nil().is_some()
    }
}

impl<'b, C, T: DecodeBytes<'b, C>> Decode<'b, C> for Bytes<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        T::decode_bytes(d, ctx).map(Self)
    }

    fn nil() -> Option<Self> {
        T::nil().map(Self)
    }
}

/// A value, or null.
#[doc(hidden)]
pub struct Maybe<T>(pub Option<T>);

impl<'b, C, T: Decode<'b, C>> Decode<'b, C> for Maybe<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        if null(d) { Ok(Self(None)) } else { T::decode(d, ctx).map(|value| Self(Some(value))) }
    }

    fn nil() -> Option<Self> {
        Some(Self(None))
    }
}

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A byte string, or null.
#[doc(hidden)]
pub struct MaybeBytes<T>(pub Option<T>);

impl<'b, C, T: DecodeBytes<'b, C>> Decode<'b, C> for MaybeBytes<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        if null(d) { Ok(Self(None)) } else { T::decode_bytes(d, ctx).map(|value| Self(Some(value))) }
    }

    fn nil() -> Option<Self> {
        Some(Self(None))
    }
}

impl<T> Default for MaybeBytes<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// Goes past a null, if there is one.
#[inline(never)]
fn null(d: &mut Decoder<'_>) -> bool {
    const NULL: u8 = 0xf6;
    let at = d.position();
    let null = d.input().get(at) == Some(&NULL);
    if null {
        d.set_position(at + 1);
    }
    null
}

/// A list that is read by the one loop of all lists.
#[doc(hidden)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'b, C, T: Decode<'b, C>> Decode<'b, C> for List<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        // It grows with what is there: the length is only what somebody claims.
        let mut list = Vec::new();
        match items(d, &mut |d| T::decode(d, ctx).map(|item| list.push(item))) {
            Ok(()) => Ok(Self(list)),
            Err(error) => Err(error),
        }
    }
}

#[inline(never)]
fn items<'b>(d: &mut Decoder<'b>, item: &mut dyn FnMut(&mut Decoder<'b>) -> Result<(), Error>) -> Result<(), Error> {
    for _ in 0..length(d, true)? {
        item(d)?;
    }
    Ok(())
}

/// How many items or entries follow.
fn length(d: &mut Decoder<'_>, array: bool) -> Result<u64, Error> {
    let length = if array { d.array()? } else { d.map()? };
    length.ok_or_else(|| indefinite(d))
}

/// Goes past one item, whatever is in it. It is no recursion, and no length makes it do more than the bytes that are there.
#[doc(hidden)]
#[inline(never)]
pub fn skip(d: &mut Decoder<'_>) -> Result<(), Error> {
    let mut left = 1_u64;
    while left > 0 {
        left -= 1;
        let (major, argument) = head(d)?;
        match major {
            2 => _ = take(d, argument)?,
            3 => _ = str::from_utf8(take(d, argument)?).map_err(Error::message)?,
            4 => left = left.saturating_add(argument),
            5 => left = left.saturating_add(argument.saturating_mul(2)),
            // The tagged item.
            6 => left = left.saturating_add(1),
            _ => {}
        }
    }
    Ok(())
}

/// The major type of the item that follows, and its argument (RFC 8949, section 3).
fn head(d: &mut Decoder<'_>) -> Result<(u8, u64), Error> {
    let first = take(d, 1)?.first().copied().unwrap_or_default();
    let argument = match first & 0x1f {
        small @ 0..24 => u64::from(small),
        wide @ 24..28 => take(d, 1 << (wide - 24))?.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
        _ => return Err(indefinite(d)),
    };
    Ok((first >> 5, argument))
}

fn take<'b>(d: &mut Decoder<'b>, length: u64) -> Result<&'b [u8], Error> {
    let start = d.position();
    let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
    let (end, taken) =
        end.and_then(|end| Some((end, d.input().get(start..end)?))).ok_or_else(|| Error::end_of_input().at(start))?;
    d.set_position(end);
    Ok(taken)
}

fn indefinite(d: &Decoder<'_>) -> Error {
    Error::message("an item of indefinite length").at(d.position())
}

/// What a struct or a variant looks like.
#[doc(hidden)]
pub struct Shape {
    /// Its own name, and those of the needed fields, each behind a space.
    pub names: &'static str,
    /// Fields by place and not by key.
    pub array: bool,
    /// How many fields, the first ones, must not be missing.
    pub needed: u8,
    /// The number of each field.
    pub keys: &'static [u8],
}

/// The names of a shape, as far as there is anybody to read them: in what a browser downloads errors tell the place alone, and the names of
/// all fields would be KiB of it.
#[doc(hidden)]
pub const fn names(names: &'static str) -> &'static str {
    if cfg!(all(target_arch = "wasm32", not(debug_assertions))) { "" } else { names }
}

/// Reads a map or an array of fields into `slots`, which stand in the order of the shape's keys. Of a key that occurs
/// twice the later value counts. Then no needed slot is empty.
#[doc(hidden)]
#[inline(never)]
pub fn fields<'b, C>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
    shape: &Shape,
    slots: &mut [&mut dyn Slot<'b, C>],
) -> Result<(), Error> {
    let start = d.position();
    let mut seen = 0_u64;
    for place in 0..length(d, shape.array)? {
        // A negative key is nobody's, and stays so.
        let key = if shape.array { place } else { d.i64()?.cast_unsigned() };
        let Some((at, slot)) = slots.iter_mut().enumerate().find(|(at, _)| key_of(shape, *at) == Some(key)) else {
            skip(d)?;
            continue;
        };
        match slot.fill(d, ctx) {
            Ok(()) => seen |= 1 << at,
            // A later version's variant, where there may be none: its number was read, what it holds was not.
            Err(error) if error.is_unknown_variant() && slot.nil() => skip(d)?,
            Err(error) => return Err(error),
        }
    }
    for (at, slot) in slots.iter_mut().enumerate().take(shape.needed.into()) {
        if seen & (1 << at) == 0 && !slot.nil() {
            return Err(missing(shape, at, start));
        }
    }
    Ok(())
}

fn key_of(shape: &Shape, at: usize) -> Option<u64> {
    shape.keys.get(at).map(|key| u64::from(*key))
}

fn missing(shape: &Shape, at: usize, start: usize) -> Error {
    let mut names = shape.names.split(' ');
    let name = [names.next().unwrap_or_default(), names.nth(at).unwrap_or_default()].join("::");
    let key = shape.keys.get(at).map_or(0, |key| i64::from(*key));
    Error::missing_value(key).with_message(name).at(start)
}

/// The number of an enum's variant, behind which its fields stand.
#[doc(hidden)]
#[inline(never)]
pub fn variant(d: &mut Decoder<'_>) -> Result<i64, Error> {
    let start = d.position();
    if d.array()? != Some(2) {
        return Err(Error::message("expected enum (2-element array)").at(start));
    }
    d.i64()
}

/// That a variant's number, which was just read, is none of this version's.
#[doc(hidden)]
#[inline(never)]
pub fn unknown(d: &Decoder<'_>, index: i64) -> Error {
    Error::unknown_variant(index).at(d.position())
}

/// Why there is no value.
#[doc(hidden)]
#[inline(never)]
pub fn failed(read: Result<(), Error>) -> Error {
    // Not reached without an error: `fields` leaves no needed slot empty.
    read.err().unwrap_or_else(|| Error::message("a field is missing"))
}
