//! Good bytes of each kind, to be damaged: seeds for the targets.

use minicbor::bytes::ByteSlice;
use xchat_engine::card::{Asks, CardSecret, Delivery, InviteLink, Join, Link, Origin, SignedCard, Welcome};
use xchat_engine::content::{
    Body, Disposition, Expiry, ExtensionName, Message, MessageId, Part, Profile, Semantics, Status, StatusReport,
};
use xchat_engine::identity::{DeviceCertificate, IdentityKey, Words, address_text};
use xchat_wire::{Address, PublicKey};

use super::decoders::signer;
use super::member::Member;

macro_rules! examples {
    ($($name:literal),*) => {
        [$(include_bytes!(concat!("../../../tests/fixtures/mimi-content/", $name, ".cbor")).as_slice()),*]
    };
}

/// The messages of the draft's examples.
const EXAMPLES: [&[u8]; 10] = examples!(
    "attachment",
    "conferencing",
    "delete",
    "edit",
    "mention",
    "multipart-1",
    "multipart-2",
    "original",
    "reaction",
    "reply"
);

/// What the draft gives as examples, and what clients write.
pub fn contents() -> Vec<Vec<u8>> {
    let member = Member::new(0x40);
    let profile = Profile { link: member.link(), card: member.card().bytes().to_vec() };
    let part = Part::single(Disposition::Render, "text/markdown;variant=GFM-MIMI", b"> *a* [b](https://c)".to_vec());
    let written = [
        Message::text([2; 16], "hi").encode(),
        Message::of([3; 16], part).encode(),
        report().message([4; 16]).encode(),
        profile.message([5; 16]).encode(),
        everything().encode(),
        expiring(),
    ];
    EXAMPLES.into_iter().map(<[u8]>::to_vec).chain(written).collect()
}

/// A message that uses each field.
fn everything() -> Message {
    let plain = || Part::single(Disposition::Render, "text/plain", b"hi".to_vec());
    let parts = vec![plain(), Part { disposition: Disposition::Attachment, ..plain() }];
    let body = Body::Multi { semantics: Semantics::ProcessAll, parts };
    let mut message = Message::of([6; 16], Part { disposition: Disposition::Inline, language: "en".to_owned(), body });
    message.replaces = Some(MessageId::new([1; 32]));
    message.in_reply_to = Some(MessageId::new([2; 32]));
    message.topic_id = b"topic".to_vec();
    message.expires = Some(Expiry::Absolute(1_700_000_000));
    message.extensions.insert(ExtensionName::Text("x".to_owned()), &[1u8, 2]);
    message.extensions.insert(ExtensionName::Number(-70_000), &true);
    message
}

/// "hi" until a point of time, by its bytes: it does not depend on how this build writes.
fn expiring() -> Vec<u8> {
    let (before, behind) = ([0x87, 0x50], [0xf6, 0x40, 0x82, 0xf4, 0x1a, 0x65, 0x53, 0xf1, 0x00, 0xf6, 0xa0]);
    let part = [&[0x85, 0x01, 0x60, 0x01, 0x6a], b"text/plain".as_slice(), &[0x42], b"hi"].concat();
    [before.as_slice(), &[2; 16], &behind, &part].concat()
}

fn report() -> StatusReport {
    StatusReport::new((0..5).map(|id| (MessageId::new([id; 32]), Status::from(id))))
}

pub fn statuses() -> Vec<Vec<u8>> {
    vec![report().encode(), StatusReport::default().encode()]
}

pub fn texts() -> Vec<Vec<u8>> {
    let texts = [
        "# a\n\n* b\n  1. c\n     > d **e _f ~~g~~_** `h`\n\n| i | j |\n|---|---|\n| k | <l> |\n",
        "[a](https://b) ![c](http://d) <mailto:e@f> [g]: javascript:h\n\nhttps://i.example/(j) www.k.example",
        "````\n```rust\nlet a = \"<script>\";\n````\n***\n- [ ] x\n- [x] y\n\n&amp;&#0;&#x202e;",
        "[a](javascript:b) <javascript:c> [d](data:text/html,e) ![f](file:///g) [h][i] [HTTP](HtTpS://j)\n\n[i]: vbscript:k",
        "> > a\n> b\nc\n- > d\n  e\n\n(www.f.example/(g)), <h@i.example> j@k.example@l [www.m.example](https://n) [](https://o)",
        "[[[[[[[[[[((((((((((**********__________>>>>>>>>>> > > > > > > > > > - - - - - - - -",
    ];
    texts.map(|text| text.as_bytes().to_vec()).into()
}

/// The first field of a signed statement.
#[derive(minicbor::Decode)]
#[cbor(map)]
struct Statement<'b> {
    #[b(0)]
    statement: &'b ByteSlice,
}

fn statement(signed: &[u8]) -> Vec<u8> {
    minicbor::decode::<Statement<'_>>(signed).expect("it was signed").statement.to_vec()
}

fn card() -> SignedCard {
    let mut card = Member::new(0x40).card().card().clone();
    card.identity = signer().public();
    card.sign(&signer()).expect("it is their own")
}

/// Cards, and statements to be signed as cards.
pub fn cards() -> Vec<Vec<u8>> {
    let card = card();
    let mut short = card.card().clone();
    short.devices.clear();
    let short = short.sign(&signer()).expect("it is their own");
    vec![statement(card.bytes()), statement(short.bytes()), card.bytes().to_vec()]
}

pub fn certificates() -> Vec<Vec<u8>> {
    let issued = DeviceCertificate::issue(&signer(), PublicKey::new([9; 32]), 1_700_000_000_000);
    vec![statement(&issued), issued]
}

pub fn deliveries() -> Vec<Vec<u8>> {
    let member = Member::new(0x40);
    let welcome = Welcome {
        relay: Origin::parse("https://chat.example").expect("it is one"),
        log: Address::new([2; 32]),
        welcome: vec![1, 2, 3],
        sender: member.link(),
        card: member.card(),
        room: None,
        base: 0,
        own: None,
        elsewhere: Some(vec![0xa0]),
        generation: 7,
    };
    let (key, relay) = (signer(), Origin::parse("https://chat.example").expect("it is one"));
    let sender = Link { identity: key.public(), secret: CardSecret::new([9; 16]) };
    let join = Join::sign(&key, &InviteLink::new([3; 16]), relay, sender, card(), (5, Asks::ToJoin));
    vec![Delivery::Welcome(Box::new(welcome)).encode(), Delivery::Join(Box::new(join)).encode()]
}

pub fn pasted() -> Vec<Vec<u8>> {
    let link = Member::new(0x40).link();
    let origin = Origin::parse("https://chat.example:8443").expect("it is one");
    let texts = [
        link.text(&origin),
        InviteLink::new([3; 16]).text(&origin),
        format!("look: <{}>, it is me", link.text(&origin)),
        format!("chat.example/app?x=1#add/{}", link.text(&origin).rsplit('/').next().unwrap_or_default()),
        address_text(&IdentityKey::from_seed(&[7; 32]).public()),
        Words::from_entropy([0x7f; 16]).words().join(" "),
        "Ada \u{1f980} L.".to_owned(),
        origin.as_str().to_owned(),
    ];
    texts.map(String::into_bytes).into()
}

pub fn links() -> Vec<Vec<u8>> {
    vec![Member::new(0x40).link().to_bytes().to_vec()]
}
