//! Every shape that serde knows comes back, and nothing else is taken for it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{decode, encode};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct New(u16);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Choice {
    Nothing,
    One(i64),
    Two(bool, String),
    Named { inner: Option<Box<Whole>>, bytes: serde_bytes_like::Bytes },
}

/// Bytes that say that they are bytes, and are read as whatever they are, as OpenMLS's byte vectors do.
mod serde_bytes_like {
    use std::fmt;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Bytes(pub(super) Vec<u8>);

    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Any;
            impl de::Visitor<'_> for Any {
                type Value = Bytes;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("bytes")
                }

                fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_vec()))
                }
            }
            deserializer.deserialize_any(Any)
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Whole {
    unit: Unit,
    nothing: (),
    new: New,
    list: Vec<Choice>,
    pair: (u8, i8),
    map: BTreeMap<u32, String>,
    maybe: Option<u64>,
    #[serde(skip)]
    skipped: u8,
    array: [u32; 2],
}

fn whole() -> impl Strategy<Value = Whole> {
    let leaf = (
        any::<u16>(),
        any::<(u8, i8)>(),
        prop::collection::btree_map(any::<u32>(), ".{0,6}", 0..4),
        any::<Option<u64>>(),
        any::<[u32; 2]>(),
    )
        .prop_map(|(new, pair, map, maybe, array)| Whole {
            unit: Unit,
            nothing: (),
            new: New(new),
            list: Vec::new(),
            pair,
            map,
            maybe,
            skipped: 0,
            array,
        });
    leaf.prop_recursive(3, 16, 4, |inner| {
        let choice = prop_oneof![
            Just(Choice::Nothing),
            any::<i64>().prop_map(Choice::One),
            (any::<bool>(), ".{0,6}").prop_map(|(yes, text)| Choice::Two(yes, text)),
            (prop::option::of(inner.clone()), any::<Vec<u8>>()).prop_map(|(inner, bytes)| Choice::Named {
                inner: inner.map(Box::new),
                bytes: serde_bytes_like::Bytes(bytes)
            }),
        ];
        (inner, prop::collection::vec(choice, 0..4)).prop_map(|(inner, list)| Whole { list, ..inner })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in whole()) {
        prop_assert_eq!(decode::<Whole>(&encode(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn a_part_is_not_the_whole_and_nothing_may_follow(value in whole(), cut in any::<prop::sample::Index>()) {
        let mut bytes = encode(&value).unwrap();
        prop_assert!(decode::<Whole>(&bytes[..cut.index(bytes.len())]).is_err());
        bytes.push(0);
        prop_assert!(decode::<Whole>(&bytes).is_err());
    }

    #[test]
    fn whatever_the_bytes_are_nothing_breaks(bytes in any::<Vec<u8>>()) {
        let _ = decode::<Whole>(&bytes);
    }
}

#[test]
fn names_are_not_stored_and_shapes_are_told_apart() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Pair {
        first: u8,
        second: Option<u8>,
    }
    let bytes = encode(&Pair { first: 7, second: None }).unwrap();
    assert_eq!(bytes, [0x82, 7, 0xf6]);
    // Too many values, too few, an array that is no pair.
    assert!(decode::<Pair>(&[0x83, 7, 0xf6, 1]).is_err());
    assert!(decode::<Pair>(&[0x81, 7]).is_err());
    assert!(decode::<Pair>(&[0x9f, 7, 0xf6, 0xff]).is_err());
    // A variant that holds nothing is not one that does, and an unknown one is none.
    assert_eq!(encode(&Choice::Nothing).unwrap(), [0]);
    assert_eq!(encode(&Choice::One(-1)).unwrap(), [0x82, 1, 0x20]);
    for bad in [&[1][..], &[0x82, 0, 0], &[0x81, 1], &[0x83, 1, 1, 1], &[9], &[0x82, 1, 0x61, b'a']] {
        assert!(decode::<Choice>(bad).is_err(), "{bad:?}");
    }
}
