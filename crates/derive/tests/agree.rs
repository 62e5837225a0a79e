//! What the derives read and write is what minicbor's own do, but for indefinite lengths, which are refused.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "agree/twins.rs"]
mod twins;
#[path = "agree/value.rs"]
mod value;

use std::fmt::Debug;

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, to_vec};
use proptest::{collection::vec, prelude::*, sample::Index};
use twins::{ours, theirs};
use value::{Value, any_change, any_value};

/// What reading came to.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// As both print it.
    value: Option<String>,
    /// As both write it.
    written: Option<Vec<u8>>,
    /// Those kinds of errors that somebody acts on: an unknown variant, a missing field, an early end.
    kind: [bool; 3],
    /// How far the decoder came, where something goes on from there.
    position: Option<usize>,
}

/// Which length was not there, for ours.
const INDEFINITE: &str = "an item of indefinite length";

fn outcome<'b, T: Decode<'b, ()> + Encode<()> + Debug>(bytes: &'b [u8]) -> (Outcome, String) {
    let mut d = Decoder::new(bytes);
    let read: Result<T, Error> = d.decode();
    let is = |of: fn(&Error) -> bool| read.as_ref().is_err_and(of);
    let kind = [is(Error::is_unknown_variant), is(Error::is_missing_value), is(Error::is_end_of_input)];
    let error = read.as_ref().err().map(Error::to_string).unwrap_or_default();
    // Behind a value, and behind the number of an unknown variant, where a field may have it.
    let position = (read.is_ok() || kind[0]).then(|| d.position());
    let written = read.as_ref().ok().map(|value| to_vec(value).unwrap());
    (Outcome { kind, written, value: read.ok().map(|value| format!("{value:?}")), position }, error)
}

/// Both outcomes, each with its error's text.
type Both = ((Outcome, String), (Outcome, String));

/// Reads one pair of twins.
type Pair = fn(&[u8]) -> Both;

macro_rules! pair {
    ($name:ident) => {
        |bytes| (outcome::<ours::$name>(bytes), outcome::<theirs::$name>(bytes))
    };
}

const OF: Pair = |bytes| (outcome::<ours::Of<ours::Choice>>(bytes), outcome::<theirs::Of<theirs::Choice>>(bytes));

const PAIRS: [Pair; 11] = [
    pair!(Named),
    pair!(Inner),
    pair!(Outer),
    pair!(Tuple),
    pair!(Choice),
    pair!(Mapped),
    pair!(Level),
    pair!(Wrapped),
    pair!(Maybe),
    pair!(Borrowed),
    OF,
];

/// Full values, and such as lack all that may be missing.
fn samples() -> Vec<(Pair, Vec<u8>)> {
    use ours::*;
    let inner = || Inner { first: 3, second: Some(200), third: Level::High };
    let fields = || Choice::Fields { name: "ada".to_owned(), level: Some(Level::Low), size: 70_000 };
    let places = || Choice::Places(Wrapped(vec![1, 2]), Some(true));
    let full = Named {
        number: 1 << 40,
        text: "text".to_owned(),
        perhaps: Some("perhaps".to_owned()),
        key: [1; 4],
        other_key: Some([2; 4]),
        list: vec![inner(), Inner { first: 0, second: None, third: Level::Low }],
        flag: true,
        choice: Some(fields()),
        level: Some(Level::Middle),
        inner: Box::new(inner()),
        nilable: Maybe { choice: Some(Choice::Keys(9)) },
        deep: Some(Box::new(Outer(Wrapped(vec![9; 30]), Some(places())))),
        small: -7,
        pairs: vec![(1, Choice::Nothing), (2, Choice::Nested(Box::new(Choice::Neither)))],
    };
    let bare = Named {
        number: 0,
        text: String::new(),
        perhaps: None,
        key: [0; 4],
        other_key: None,
        list: Vec::new(),
        flag: false,
        choice: None,
        level: None,
        inner: Box::new(inner()),
        nilable: Maybe { choice: None },
        deep: None,
        small: 0,
        pairs: Vec::new(),
    };
    let borrowed = Borrowed { body: (&[1, 2][..]).into(), name: "name", own: Some((&[3][..]).into()) };
    let mut all: Vec<(Pair, Vec<u8>)> = vec![
        (pair!(Named), to_vec(full).unwrap()),
        (pair!(Named), to_vec(bare).unwrap()),
        (pair!(Inner), to_vec(inner()).unwrap()),
        (pair!(Outer), to_vec(Outer(Wrapped(vec![]), None)).unwrap()),
        (pair!(Tuple), to_vec(Tuple("t".to_owned(), Some(500), true)).unwrap()),
        (pair!(Mapped), to_vec(Mapped::One { inner: inner(), count: 300 }).unwrap()),
        (pair!(Mapped), to_vec(Mapped::Two("two".to_owned())).unwrap()),
        (pair!(Mapped), to_vec(Mapped::Unit).unwrap()),
        (pair!(Level), to_vec(Level::High).unwrap()),
        (pair!(Wrapped), to_vec(Wrapped(vec![1; 3])).unwrap()),
        (pair!(Maybe), to_vec(Maybe { choice: Some(places()) }).unwrap()),
        (pair!(Borrowed), to_vec(borrowed).unwrap()),
        (OF, to_vec(Of { at: 9, value: fields(), before: Some(places()) }).unwrap()),
    ];
    for choice in [Choice::Nothing, fields(), places(), Choice::Keys(1), Choice::Nested(Box::new(fields()))] {
        all.push((pair!(Choice), to_vec(choice).unwrap()));
    }
    all
}

fn tree(bytes: &[u8]) -> Value {
    Value::read(&mut Decoder::new(bytes))
}

/// Both read the same, or ours found an indefinite length. Whether they read something.
fn agree(pair: Pair, bytes: &[u8]) -> bool {
    let (ours, theirs) = pair(bytes);
    assert!(
        ours.0 == theirs.0 || ours.1.contains(INDEFINITE),
        "{}: ours is {ours:?}, and theirs {theirs:?}",
        hex::encode(bytes)
    );
    ours.0.value.is_some()
}

#[test]
fn what_is_written_is_read() {
    for (pair, bytes) in samples() {
        assert!(agree(pair, &bytes), "{}: {:?}", hex::encode(&bytes), pair(&bytes));
        assert_eq!(pair(&bytes).1.0.written, Some(bytes.clone()));
        // Missing at the end, wherever that is.
        (0..bytes.len()).for_each(|end| assert!(!agree(pair, &bytes[..end]), "{end} of {}", hex::encode(&bytes)));
    }
}

#[test]
fn what_lacks_one_value_or_has_one_more_is_read_alike() {
    let strange = Value::Map(vec![(Value::Text("x".to_owned()), Value::Array(vec![Value::Null]))]);
    for (pair, bytes) in samples() {
        let Value::Map(entries) = tree(&bytes) else { continue };
        for at in 0..entries.len() {
            let mut fewer = entries.clone();
            let (key, _) = fewer.remove(at);
            agree(pair, &Value::Map(fewer).bytes());
            let mut more = entries.clone();
            more.insert(at, (Value::Integer(99), strange.clone()));
            more.insert(0, (Value::Integer(-1), strange.clone()));
            assert!(agree(pair, &Value::Map(more).bytes()), "{key:?}");
            let mut nulled = entries.clone();
            nulled[at].1 = Value::Null;
            agree(pair, &Value::Map(nulled).bytes());
        }
    }
}

#[test]
fn a_later_versions_variant_is_nothing_where_there_may_be_nothing() {
    let later = Value::Array(vec![Value::Integer(99), Value::Map(vec![(Value::Integer(0), Value::Bool(true))])]);
    let own = Value::Array(vec![Value::Integer(0), Value::Null]);
    let of = |before: &[&Value]| {
        let head = [(Value::Integer(0), Value::Integer(5)), (Value::Integer(1), own.clone())];
        let rest = before.iter().map(|value| (Value::Integer(2), (*value).clone()));
        Value::Map(head.into_iter().chain(rest).collect()).bytes()
    };
    let read = |bytes: &[u8]| {
        assert!(agree(OF, bytes));
        minicbor::decode::<ours::Of<ours::Choice>>(bytes).unwrap().before
    };
    assert_eq!(read(&of(&[&later])), None);
    // The one that was understood stays.
    assert_eq!(read(&of(&[&own, &later])), Some(ours::Choice::Nothing));
    // Where there must be something it is an error.
    assert!(!agree(pair!(Choice), &later.bytes()));
}

#[test]
fn of_a_key_that_occurs_twice_the_later_value_counts() {
    let inner = |first: &[u64]| {
        let entries = first.iter().map(|number| (Value::Integer(9), Value::Integer(number.cast_signed())));
        Value::Array(vec![Value::Integer(5), Value::Map(entries.collect())]).bytes()
    };
    assert!(agree(pair!(Choice), &inner(&[1, 2])));
    assert_eq!(minicbor::decode::<ours::Choice>(&inner(&[1, 2])).unwrap(), ours::Choice::Keys(2));
}

#[test]
fn a_missing_field_is_named() {
    let error = |read: Result<ours::Named, Error>| read.unwrap_err().to_string();
    let theirs = minicbor::decode::<theirs::Named>(&[0xa1, 0x00, 0x01]).unwrap_err().to_string();
    assert_eq!(error(minicbor::decode(&[0xa1, 0x00, 0x01])), theirs);
    assert!(theirs.contains("(Named::key)"), "{theirs}");
    let choice = minicbor::decode::<ours::Choice>(&[0x82, 0x01, 0xa1, 0x00, 0x60]).unwrap_err().to_string();
    assert!(choice.contains("index 2 (Choice::Fields::size)"), "{choice}");
}

#[test]
fn a_map_or_array_of_fields_without_its_length_is_refused() {
    let mut refused = 0;
    for (pair, bytes) in samples() {
        let opened = match tree(&bytes) {
            Value::Map(entries) => Value::Open(Box::new(Value::Map(entries))),
            // An enum's own array was never of indefinite length; its fields may have been.
            Value::Array(mut items) if items.len() == 2 && matches!(items[1], Value::Map(_) | Value::Array(_)) => {
                let fields = items.remove(1);
                Value::Array(vec![items.remove(0), Value::Open(Box::new(fields))])
            }
            Value::Array(items) => Value::Open(Box::new(Value::Array(items))),
            _ => continue,
        };
        let bytes = opened.bytes();
        let (ours, theirs) = pair(&bytes);
        if theirs.0.value.is_some() && ours.0 != theirs.0 {
            assert!(ours.0.value.is_none() && ours.1.contains(INDEFINITE), "{}: {ours:?}", hex::encode(&bytes));
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused} samples have fields");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_was_changed_on_the_way_is_read_alike(
        of in any::<Index>(),
        changes in vec((any::<Index>(), any_change()), 1..5),
    ) {
        let samples = samples();
        let (pair, bytes) = &samples[of.index(samples.len())];
        let mut value = tree(bytes);
        for (node, change) in &changes {
            value.change(*node, change);
        }
        agree(*pair, &value.bytes());
    }

    #[test]
    fn any_cbor_is_read_alike(value in any_value()) {
        let bytes = value.bytes();
        PAIRS.iter().for_each(|pair| _ = agree(*pair, &bytes));
    }

    #[test]
    fn any_bytes_are_read_alike(of in any::<Index>(), at in any::<Index>(), some in vec(any::<u8>(), 1..20)) {
        PAIRS.iter().for_each(|pair| _ = agree(*pair, &some));
        let samples = samples();
        let (pair, mut bytes) = samples[of.index(samples.len())].clone();
        let start = at.index(bytes.len());
        bytes.splice(start..bytes.len().min(start + some.len() / 4), some);
        agree(pair, &bytes);
    }
}
