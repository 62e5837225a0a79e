//! Reading: see [`super`].

use minicbor::{Decoder, data::Type};
use serde::de::{self, DeserializeSeed, Visitor};

use super::{EntityError, Result};

pub(super) struct Reader<'de>(pub(super) Decoder<'de>);

impl<'de> Reader<'de> {
    /// How many values of an array follow.
    fn array(&mut self) -> Result<u64> {
        self.0.array()?.ok_or_else(|| EntityError::new("a list without length"))
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let mut items = Items { left: self.array()?, reader: self };
        let value = visitor.visit_seq(&mut items)?;
        if items.left == 0 { Ok(value) } else { Err(EntityError::new("a list with too much")) }
    }
}

/// Methods of the deserializer that do what another one does.
macro_rules! likewise {
    ($($method:ident($($type:ty),*) => $other:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $type,)* visitor: V) -> Result<V::Value> {
            self.$other(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = EntityError;

    /// What says itself what it is, for the few types that are read in more ways than one.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.datatype()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => self.deserialize_u64(visitor),
            Type::Bytes => self.deserialize_bytes(visitor),
            Type::Array => self.list(visitor),
            _ => Err(EntityError::new("an unexpected type")),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(self.0.bool()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_u64(self.0.u64()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_i64(self.0.i64()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0.str()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_bytes(self.0.bytes()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.0.datatype()? == Type::Null {
            self.0.null()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.array()? {
            0 => visitor.visit_unit(),
            _ => Err(EntityError::new("something instead of nothing")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.list(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let left = self.0.map()?.ok_or_else(|| EntityError::new("a map without length"))?;
        let mut items = Items { left, reader: self };
        let value = visitor.visit_map(&mut items)?;
        if items.left == 0 { Ok(value) } else { Err(EntityError::new("a map with too much")) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let holds = self.0.datatype()? == Type::Array;
        if holds && self.array()? != 2 {
            return Err(EntityError::new("a variant with too much"));
        }
        visitor.visit_enum(Variant { reader: self, holds })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.skip()?;
        visitor.visit_unit()
    }

    likewise!(
        deserialize_u8() => deserialize_u64, deserialize_u16() => deserialize_u64, deserialize_u32() => deserialize_u64,
        deserialize_i8() => deserialize_i64, deserialize_i16() => deserialize_i64, deserialize_i32() => deserialize_i64,
        deserialize_f32() => deserialize_any, deserialize_f64() => deserialize_any, deserialize_char() => deserialize_any,
        deserialize_string() => deserialize_str, deserialize_byte_buf() => deserialize_bytes,
        deserialize_identifier() => deserialize_u64, deserialize_unit_struct(&'static str) => deserialize_unit,
        deserialize_tuple(usize) => deserialize_seq, deserialize_tuple_struct(&'static str, usize) => deserialize_seq,
        deserialize_struct(&'static str, &'static [&'static str]) => deserialize_seq
    );

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// What is left of a list, or the pairs that are left of a map.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: u64,
}

impl<'de> de::SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = EntityError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> de::MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = EntityError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        de::SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        seed.deserialize(&mut *self.reader)
    }
}

struct Variant<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// Something follows the index.
    holds: bool,
}

impl Variant<'_, '_> {
    fn must_hold(&self, something: bool) -> Result {
        if self.holds == something { Ok(()) } else { Err(EntityError::new("another kind of variant")) }
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = EntityError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self)> {
        let index = seed.deserialize(&mut *self.reader)?;
        Ok((index, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = EntityError;

    fn unit_variant(self) -> Result {
        self.must_hold(false)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.must_hold(true)?;
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.must_hold(true)?;
        self.reader.list(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.must_hold(true)?;
        self.reader.list(visitor)
    }
}
