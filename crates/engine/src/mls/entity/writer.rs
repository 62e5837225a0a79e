//! Writing: see [`super`].

use minicbor::Encoder;
use serde::{Serialize, ser};

use super::{EntityError, Result};

pub(super) struct Writer(pub(super) Encoder<Vec<u8>>);

impl Writer {
    fn array(&mut self, length: Option<usize>) -> Result<&mut Self> {
        let length = length.ok_or_else(|| EntityError::new("a list of unknown length"))?;
        self.0.array(length as u64)?;
        Ok(self)
    }

    /// The begin of a variant that holds something.
    fn variant(&mut self, index: u32) -> Result<&mut Self> {
        self.0.array(2)?.u32(index)?;
        Ok(self)
    }
}

/// The methods of numbers: CBOR has one kind of them.
macro_rules! numbers {
    ($($method:ident $type:ty => $write:ident),*) => {
        $(fn $method(self, value: $type) -> Result {
            self.0.$write(value.into())?;
            Ok(())
        })*
    };
}

/// The methods of what OpenMLS stores nowhere.
macro_rules! never {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, _: $type) -> Result {
            Err(EntityError::new("a kind of value that no entity has"))
        })*
    };
}

impl ser::Serializer for &mut Writer {
    type Ok = ();
    type Error = EntityError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    numbers!(serialize_u8 u8 => u64, serialize_u16 u16 => u64, serialize_u32 u32 => u64, serialize_u64 u64 => u64);
    numbers!(serialize_i8 i8 => i64, serialize_i16 i16 => i64, serialize_i32 i32 => i64, serialize_i64 i64 => i64);
    numbers!(serialize_bool bool => bool);
    never!(serialize_f32 f32, serialize_f64 f64, serialize_char char);

    fn serialize_str(self, value: &str) -> Result {
        self.0.str(value)?;
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        self.0.bytes(value)?;
        Ok(())
    }

    fn serialize_none(self) -> Result {
        self.0.null()?;
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        self.0.array(0)?;
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result {
        self.0.u32(index)?;
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result {
        value.serialize(self.variant(index)?)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self> {
        self.array(length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self> {
        self.array(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Self> {
        self.array(Some(length))
    }

    fn serialize_tuple_variant(self, _: &'static str, index: u32, _: &'static str, length: usize) -> Result<Self> {
        self.variant(index)?.array(Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self> {
        self.0.map(length.ok_or_else(|| EntityError::new("a map of unknown length"))? as u64)?;
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Self> {
        self.array(Some(length))
    }

    fn serialize_struct_variant(self, _: &'static str, index: u32, _: &'static str, length: usize) -> Result<Self> {
        self.variant(index)?.array(Some(length))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Traits of what has parts: each part is its value and nothing more.
macro_rules! parts {
    ($($part:ident: $method:ident($($name:ty)?)),*) => {
        $(impl ser::$part for &mut Writer {
            type Ok = ();
            type Error = EntityError;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result {
                Ok(())
            }
        })*
    };
}

parts!(
    SerializeSeq: serialize_element(),
    SerializeTuple: serialize_element(),
    SerializeTupleStruct: serialize_field(),
    SerializeTupleVariant: serialize_field(),
    SerializeStruct: serialize_field(&'static str),
    SerializeStructVariant: serialize_field(&'static str)
);

impl ser::SerializeMap for &mut Writer {
    type Ok = ();
    type Error = EntityError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result {
        Ok(())
    }
}
