use proptest::prelude::*;

use super::super::*;

const ALICE: &str = "mimi://example.com/u/alice-smith";
const ROOM: &str = "mimi://example.com/r/engineering_team";

macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!("../../../../../tests/fixtures/mimi-content/", $name, ".cbor")).as_slice(),
            include_str!(concat!("../../../../../tests/fixtures/mimi-content/", $name, ".edn")),
        )
    };
}

/// Every message of the draft's examples: name, bytes, annotated notation.
const EXAMPLES: [(&str, &[u8], &str); 10] = [
    fixture!("attachment"),
    fixture!("conferencing"),
    fixture!("delete"),
    fixture!("edit"),
    fixture!("mention"),
    fixture!("multipart-1"),
    fixture!("multipart-2"),
    fixture!("original"),
    fixture!("reaction"),
    fixture!("reply"),
];

fn example(name: &str) -> &'static [u8] {
    EXAMPLES.iter().find(|(other, ..)| *other == name).unwrap().1
}

fn decoded(name: &str) -> Message {
    Message::decode(example(name)).unwrap()
}

/// The first 32 bytes in hex of the notation: the id in its comment, over two lines.
fn stated_id(notation: &str) -> String {
    let digits =
        |line: &str| line.split(|c: char| !c.is_ascii_hexdigit()).find(|run| run.len() == 32).map(String::from);
    notation.lines().filter_map(digits).take(2).collect()
}

#[test]
fn every_example_of_the_draft_decodes_and_encodes_byte_for_byte() {
    for (name, bytes, _) in EXAMPLES {
        assert_eq!(hex::encode(Message::decode(bytes).unwrap().encode()), hex::encode(bytes), "{name}");
    }
}

#[test]
fn every_example_has_the_id_that_the_draft_states() {
    for (name, bytes, notation) in EXAMPLES {
        let message = Message::decode(bytes).unwrap();
        let sender = message.extensions.sender_uri().unwrap().to_owned();
        let (_, id) = Message::open(bytes, &sender, ROOM).unwrap();
        assert_eq!(hex::encode(id.as_bytes()), stated_id(notation), "{name}");
    }
}

#[test]
fn the_derived_values_state_the_id_of_the_original() {
    let derived = include_str!("../../../../../tests/fixtures/mimi-content/implied-original.edn");
    let (_, id) = Message::open(example("original"), ALICE, ROOM).unwrap();
    assert_eq!(hex::encode(id.as_bytes()), stated_id(derived));
}

#[test]
fn derived_values_are_no_message() {
    let derived = include_bytes!("../../../../../tests/fixtures/mimi-content/implied-original.cbor");
    assert_eq!(Message::decode(derived), Err(ContentError::Malformed("a salt of another length")));
}

#[test]
fn examples_say_what_the_draft_says() {
    let original = decoded("original");
    assert_eq!(original.shown(), [Shown::Markdown("Hi everyone, we just shipped release 2.0. __Good  work__!")]);
    let (_, original) = Message::open(example("original"), ALICE, ROOM).unwrap();
    assert_eq!(decoded("reply").in_reply_to, Some(original));
    assert_eq!(decoded("reaction").shown(), [Shown::Text("\u{2764}")]);
    assert_eq!(decoded("reaction").part.disposition, Disposition::Reaction);
    let (_, reply) = Message::open(example("reply"), "mimi://example.com/u/bob-jones", ROOM).unwrap();
    assert_eq!((decoded("edit").replaces, decoded("delete").replaces), (Some(reply), Some(reply)));
    assert_eq!(decoded("delete").shown(), []);
    assert_eq!(decoded("multipart-1").shown_text().as_deref(), Some("# Welcome!"));
    assert_eq!(decoded("multipart-2").part.walk().count(), 4);
    assert_eq!(decoded("attachment").shown().len(), 1);
    assert_eq!(decoded("attachment").attached()[0].content_type, "video/mp4");
    assert_eq!(decoded("conferencing").topic_id, b"Foo 118");
}

#[test]
fn a_text_of_ours_is_the_drafts_original() {
    let salt = decoded("original").salt;
    let text = "Hi everyone, we just shipped release 2.0. __Good  work__!";
    assert_eq!(Message::text(salt, text).stating(ALICE, ROOM).encode(), example("original"));
}

#[test]
fn a_message_that_states_another_sender_or_room_is_refused() {
    let open = |sender, room| Message::open(example("original"), sender, room).map(|_| ());
    assert_eq!(open(ALICE, ROOM), Ok(()));
    assert_eq!(open("mimi://example.com/u/eve", ROOM), Err(ContentError::Elsewhere("sender")));
    assert_eq!(open(ALICE, "mimi://example.com/r/other"), Err(ContentError::Elsewhere("room")));
}

#[test]
fn the_id_depends_on_sender_room_bytes_and_salt() {
    let id = message_id("ab", "c", b"message", &[0; 16]);
    assert_eq!(id.as_bytes()[0], 1);
    assert_ne!(id, message_id("a", "bc", b"message", &[0; 16]));
    assert_ne!(id, message_id("ab", "d", b"message", &[0; 16]));
    assert_ne!(id, message_id("ab", "c", b"massage", &[0; 16]));
    assert_ne!(id, message_id("ab", "c", b"message", &[1; 16]));
}

#[test]
fn unknown_extensions_are_kept_byte_for_byte_in_their_order() {
    // {2: "a", "x": [1.5, [_ 1]], -3: 24(1, two bytes long)}: odd but well-formed values.
    let mut bytes = hex::decode("8750").unwrap();
    bytes.extend_from_slice(&[7; 16]);
    bytes.extend_from_slice(&hex::decode("f640f6f6a3026161617882f93e009f01ff22d8181801").unwrap());
    bytes.extend_from_slice(&hex::decode("83016000").unwrap());
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.extensions.room_uri(), Some("a"));
    assert_eq!(
        message.extensions.get(&ExtensionName::Text("x".into())),
        Some(&[0x82, 0xf9, 0x3e, 0, 0x9f, 1, 0xff][..])
    );
    assert_eq!(hex::encode(message.encode()), hex::encode(&bytes));
}

#[test]
fn an_inserted_extension_stands_in_deterministic_order() {
    let mut message = Message::text([0; 16], "hi").stating(ALICE, ROOM);
    message.extensions.insert(ExtensionName::Text("x".into()), &7u8);
    message.extensions.insert(ExtensionName::Number(-1), &8u8);
    message.extensions.insert(ExtensionName::Number(-1), &9u8);
    let names: Vec<_> = message.extensions.iter().map(|extension| extension.name.clone()).collect();
    let number = ExtensionName::Number;
    assert_eq!(names, [number(1), number(2), number(-1), ExtensionName::Text("x".into())]);
    let back = Message::decode(&message.encode()).unwrap();
    assert_eq!(back.extensions.get(&number(-1)), Some(&[9][..]));
}

/// A message around this part, given as CBOR.
fn around(part: &[u8]) -> Vec<u8> {
    let mut bytes = hex::decode("8750").unwrap();
    bytes.extend_from_slice(&[7; 16]);
    bytes.extend_from_slice(&hex::decode("f640f6f6a0").unwrap());
    bytes.extend_from_slice(part);
    bytes
}

fn nested(depth: usize) -> Vec<u8> {
    match depth {
        1 => hex::decode("83016000").unwrap(),
        _ => [hex::decode("85016003008283016000").unwrap(), nested(depth - 1)].concat(),
    }
}

#[test]
fn nesting_is_bounded() {
    assert!(Message::decode(&around(&nested(MAX_DEPTH))).is_ok());
    assert_eq!(Message::decode(&around(&nested(MAX_DEPTH + 1))), Err(ContentError::TooManyParts));
    assert_eq!(Message::decode(&around(&nested(5000))), Err(ContentError::TooManyParts));
}

#[test]
fn the_number_of_parts_is_bounded() {
    let wide = |parts: u8| {
        let mut bytes = vec![0x85, 1, 0x60, 3, 2, 0x98, parts];
        (0..parts).for_each(|_| bytes.extend_from_slice(&nested(1)));
        around(&bytes)
    };
    assert!(Message::decode(&wide(MAX_PARTS as u8 - 1)).is_ok());
    assert_eq!(Message::decode(&wide(MAX_PARTS as u8)), Err(ContentError::TooManyParts));
}

#[test]
fn extensions_are_bounded() {
    let many = |count: u8| {
        let mut bytes = around(&[]);
        bytes.pop();
        bytes.extend_from_slice(&[0xb8, count]);
        (0..count).for_each(|name| bytes.extend_from_slice(&[0x18, 100 + name, 0]));
        bytes.extend_from_slice(&nested(1));
        bytes
    };
    assert!(Message::decode(&many(MAX_EXTENSIONS as u8)).is_ok());
    assert_eq!(Message::decode(&many(MAX_EXTENSIONS as u8 + 1)), Err(ContentError::TooManyExtensions));
    let mut message = Message::text([0; 16], "hi").stating(ALICE, ROOM);
    message.extensions.insert(ExtensionName::Number(-1), "x".repeat(MAX_EXTENSION).as_str());
    assert_eq!(Message::decode(&message.encode()), Err(ContentError::TooManyExtensions));
}

#[test]
fn a_message_over_the_limit_is_refused_before_it_is_read() {
    let large = vec![0; MAX_MESSAGE + 1];
    assert_eq!(Message::decode(&large), Err(ContentError::TooLarge(large.len())));
}

#[test]
fn what_the_draft_does_not_allow_is_refused() {
    let refused = |part: &str| Message::decode(&around(&hex::decode(part).unwrap())).unwrap_err();
    assert_eq!(refused("8501600300808383016000"), ContentError::Malformed("a multi part of fewer than two"));
    assert_eq!(refused("850160030081"), ContentError::Malformed("a multi part of fewer than two"));
    assert_eq!(refused("850160030382"), ContentError::Malformed("parts of unknown semantics"));
    assert_eq!(refused("83016004"), ContentError::Malformed("a part of unknown shape"));
    assert_eq!(refused("83016001"), ContentError::Malformed("a part of unknown shape"));
    assert_eq!(refused("9f016000ff"), ContentError::Malformed("an item of indefinite length"));
    assert_eq!(refused("8319010060"), ContentError::Syntax);
    assert_eq!(refused("8301600000"), ContentError::Malformed("bytes behind it"));
    let twice = [&around(&[])[..22], &hex::decode("a201616101616283016000").unwrap()].concat();
    assert_eq!(Message::decode(&twice), Err(ContentError::Malformed("an extension twice")));
    let number = [&around(&[])[..22], &hex::decode("a1010183016000").unwrap()].concat();
    assert_eq!(Message::decode(&number), Err(ContentError::Malformed("a URI that is no text")));
}

fn any_leaf() -> impl Strategy<Value = Body> {
    let external = (any::<(u32, u64, u16, u8)>(), any::<[Vec<u8>; 4]>(), any::<[String; 4]>()).prop_map(
        |(
            (expires, size, encryption, hash),
            [key, nonce, aad, content_hash],
            [content_type, url, description, filename],
        )| {
            Body::External(Box::new(External {
                content_type,
                url,
                expires,
                size,
                encryption,
                key,
                nonce,
                aad,
                hash,
                content_hash,
                description,
                filename,
            }))
        },
    );
    prop_oneof![
        Just(Body::Null),
        any::<(String, Vec<u8>)>().prop_map(|(content_type, content)| Body::Single { content_type, content }),
        external,
    ]
}

fn any_part() -> impl Strategy<Value = Part> {
    let dress = |body: BoxedStrategy<Body>| {
        (any::<u8>(), "[a-z]{0,5}", body).prop_map(|(number, language, body)| Part {
            disposition: number.into(),
            language,
            body,
        })
    };
    dress(any_leaf().boxed()).prop_recursive(4, 24, 4, move |inner| {
        let semantics =
            prop_oneof![Just(Semantics::ChooseOne), Just(Semantics::SingleUnit), Just(Semantics::ProcessAll)];
        let multi = (semantics, prop::collection::vec(inner, 2..4))
            .prop_map(|(semantics, parts)| Body::Multi { semantics, parts });
        dress(multi.boxed())
    })
}

fn any_message() -> impl Strategy<Value = Message> {
    let expires =
        prop::option::of(prop_oneof![any::<u32>().prop_map(Expiry::Relative), any::<u32>().prop_map(Expiry::Absolute)]);
    let id = || prop::option::of(any::<[u8; 32]>().prop_map(MessageId::new));
    let named = prop::collection::vec((any::<i64>(), any::<Vec<u8>>()), 0..5);
    (any::<[u8; 16]>(), id(), any::<Vec<u8>>(), expires, id(), named, any_part()).prop_map(
        |(salt, replaces, topic_id, expires, in_reply_to, named, part)| {
            let mut extensions = Extensions::default();
            extensions.state(ALICE, ROOM);
            for (name, value) in named {
                if name != 1 && name != 2 {
                    extensions.insert(ExtensionName::Number(name), &minicbor::bytes::ByteVec::from(value));
                }
            }
            Message { salt, replaces, topic_id, expires, in_reply_to, extensions, part }
        },
    )
}

proptest! {
    #[test]
    fn every_message_survives(message in any_message()) {
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = Message::decode(&bytes);
        let _ = Message::decode(&around(&bytes));
    }

    #[test]
    fn no_damaged_example_makes_it_panic(which in 0..EXAMPLES.len(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = EXAMPLES[which].1.to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(message) = Message::decode(&bytes) {
            message.shown();
        }
        let cut = cut.index(bytes.len());
        prop_assert!(Message::decode(&bytes[..cut]).is_err());
    }
}
