//! What the derive reads is what minicbor's own reads, from the same bytes; but for indefinite lengths, which it refuses.
#![allow(clippy::unwrap_used, reason = "tests")]

mod twins;
#[path = "twins/value.rs"]
mod value;

use std::fmt::Debug;

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, to_vec};
use proptest::{collection::vec, prelude::*, sample::Index};
use twins::{ours, theirs};
use value::{Value, any_change, any_value};

/// Full values, and such as lack all that may be missing.
fn samples() -> Vec<(Kind, Vec<u8>)> {
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
        perhaps: None,
        other_key: None,
        list: Vec::new(),
        flag: false,
        choice: None,
        level: None,
        nilable: Maybe { choice: None },
        deep: None,
        pairs: Vec::new(),
        text: String::new(),
        inner: Box::new(inner()),
        ..full
    };
    // What is left of `full` went into `bare`: it is written anew.
    let full = Named {
        text: "text".to_owned(),
        perhaps: Some("perhaps".to_owned()),
        other_key: Some([2; 4]),
        list: vec![inner(), inner()],
        flag: true,
        choice: Some(fields()),
        level: Some(Level::Middle),
        inner: Box::new(inner()),
        nilable: Maybe { choice: Some(Choice::Keys(9)) },
        deep: Some(Box::new(Outer(Wrapped(vec![9; 30]), Some(places())))),
        pairs: vec![(1, Choice::Nothing), (2, Choice::Nested(Box::new(Choice::Neither)))],
        ..bare_numbers()
    };
    let mut all = vec![
        (Kind::Named, to_vec(full).unwrap()),
        (Kind::Named, to_vec(bare).unwrap()),
        (Kind::Inner, to_vec(inner()).unwrap()),
        (Kind::Outer, to_vec(Outer(Wrapped(vec![]), None)).unwrap()),
        (Kind::Tuple, to_vec(Tuple("t".to_owned(), Some(500), true)).unwrap()),
        (Kind::Mapped, to_vec(Mapped::One { inner: inner(), count: 300 }).unwrap()),
        (Kind::Mapped, to_vec(Mapped::Two("two".to_owned())).unwrap()),
        (Kind::Mapped, to_vec(Mapped::Unit).unwrap()),
        (Kind::Level, to_vec(Level::High).unwrap()),
        (Kind::Maybe, to_vec(Maybe { choice: Some(places()) }).unwrap()),
        (Kind::Borrowed, to_vec(Borrowed { body: (&[1, 2][..]).into(), name: "name", own: Some((&[3][..]).into()) }).unwrap()),
        (Kind::Of, to_vec(Of { at: 9, value: fields(), before: Some(places()) }).unwrap()),
    ];
    for choice in [Choice::Nothing, fields(), places(), Choice::Keys(1), Choice::Nested(Box::new(fields()))] {
        all.push((Kind::Choice, to_vec(choice).unwrap()));
    }
    all
}
