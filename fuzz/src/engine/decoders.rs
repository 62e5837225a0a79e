//! Decoders of what people send each other: whatever they take they also give back, within their limits.

use minicbor::bytes::ByteVec;
use xchat_engine::api::{Body, ChatId, Event, MessageView, Part, Span, plain};
use xchat_engine::card::{
    CardSecret, Delivery, InviteLink, Link, Name, Origin, SignedCard, WriterSeed, open_card, open_package, seal_card,
    seal_package,
};
use xchat_engine::content::{MAX_MESSAGE, Message, Profile, Shown, StatusReport};
use xchat_engine::identity::{Context, DeviceCertificate, IdentityKey, Words, address_text, parse_address};
use xchat_wire::{Address, PublicKey, Signature};

/// Deepest nesting of what a bubble shows: eight that the text opens, a paragraph, a bare address in it, its words.
const MAX_DEPTH: usize = 11;

/// The one who signs what a target is to get past the signature.
pub fn signer() -> IdentityKey {
    IdentityKey::from_seed(&[7; 32])
}

/// A message's content: opened, shown, and its text made into a tree.
pub fn content(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else { return };
    assert!(bytes.len() <= MAX_MESSAGE);
    let sender = message.extensions.sender_uri().unwrap_or("xchat:a");
    let room = message.extensions.room_uri().unwrap_or("xchat:a+b");
    let id = Message::open(bytes, sender, room).expect("it says where it is from").1;
    assert!(
        Message::open(bytes, "xchat:c", room).is_ok_and(|(_, other)| other != id)
            || message.extensions.sender_uri().is_some()
    );
    let again = message.encode();
    assert_eq!(Message::decode(&again).as_ref(), Ok(&message), "what was encoded is decoded as the same");
    // Only what was longer than it had to be is written in another way.
    assert!(again.len() < bytes.len() || again == bytes);
    for shown in message.shown() {
        match shown {
            Shown::Text(text) | Shown::Markdown(text) => prose(text),
            Shown::Attached(_) | Shown::Unsupported { .. } => {}
        }
    }
    if let Ok(report) = StatusReport::of(&message) {
        assert_eq!(StatusReport::decode(&report.encode()), Ok(report));
    }
    if let Ok(Some(profile)) = Profile::of(&message) {
        let _ = SignedCard::open(&profile.card);
        let sent = profile.message([0; 16]);
        assert_eq!(Profile::of(&sent), Ok(Some(profile)));
    }
}

/// A status report alone.
pub fn status(bytes: &[u8]) {
    if let Ok(report) = StatusReport::decode(bytes) {
        assert_eq!(StatusReport::decode(&report.encode()).as_ref(), Ok(&report));
        assert_eq!(StatusReport::of(&report.message([0; 16])), Ok(report));
    }
}

/// A text as a bubble shows it: bounded in depth, linking nowhere but to the web and to mail, and whole on the page's side.
pub fn prose(text: &str) {
    let body = Body::text(text.to_owned());
    let Body::Text { parts, .. } = &body else { panic!("a text became something else") };
    parts.iter().for_each(|part| check_part(part, 1));
    // Marks go, and letters stay within what was written, but for what is escaped or made a link twice.
    assert!(plain(parts).len() <= 8 * text.len() + 64, "{} of {}", plain(parts).len(), text.len());
    let message = MessageView::bare(1, false, body, 0);
    let event = Event::Message { chat: ChatId([1; 16]), message };
    assert_eq!(Event::from_bytes(&event.to_bytes()).ok(), Some(event));
}

fn check_part(part: &Part, depth: usize) {
    assert!(depth <= MAX_DEPTH, "nested too deep");
    match part {
        Part::Paragraph(spans) | Part::Heading(spans) => check_spans(spans, depth + 1),
        Part::List { items, .. } => items.iter().flatten().for_each(|part| check_part(part, depth + 1)),
        Part::Quote(parts) => parts.iter().for_each(|part| check_part(part, depth + 1)),
        Part::Table(rows) => rows.iter().flatten().for_each(|spans| check_spans(spans, depth + 1)),
        Part::Code { .. } | Part::Emoji(_) | Part::Rule => {}
    }
}

fn check_spans(spans: &[Span], depth: usize) {
    assert!(depth <= MAX_DEPTH, "nested too deep");
    for span in spans {
        match span {
            Span::Emphasis(spans) | Span::Strong(spans) | Span::Struck(spans) => check_spans(spans, depth + 1),
            Span::Link { href, spans } => {
                let href = href.to_ascii_lowercase();
                assert!(["http:", "https:", "mailto:"].iter().any(|scheme| href.starts_with(scheme)), "{href}");
                check_spans(spans, depth + 1);
            }
            Span::Text(_) | Span::Code(_) | Span::Break | Span::Mention { .. } => {}
        }
    }
}

/// What anyone may have signed, in the form of a signed statement.
#[derive(minicbor::Encode)]
#[cbor(map)]
struct Signed {
    #[n(0)]
    statement: ByteVec,
    #[n(1)]
    signature: Signature,
}

fn signed(context: Context, statement: &[u8]) -> Vec<u8> {
    let signature = signer().sign(context, statement);
    minicbor::to_vec(Signed { statement: statement.to_vec().into(), signature }).expect("a Vec takes every byte")
}

/// A contact card: as bytes, and as a statement that its author did sign.
pub fn card(bytes: &[u8]) {
    assert!(SignedCard::open(bytes).is_err() || bytes.len() > 64, "nobody signs by chance");
    let link = Link { identity: signer().public(), secret: CardSecret::new([9; 16]) };
    let _ = open_card(&link, 1, bytes);
    let Ok(card) = SignedCard::open(&signed(Context::Card, bytes)) else { return };
    assert_eq!(card.card().identity, link.identity);
    let again = card.card().clone().sign(&signer()).expect("a card that opens can be signed");
    assert_eq!(again.card(), card.card());
    let sealed = seal_card(&link, 1, &card, [3; 24]).expect("a card that opens fits a cell");
    assert_eq!(open_card(&link, 1, &sealed).as_ref(), Ok(&card));
}

/// A device certificate: as bytes, and as a statement that an identity did sign.
pub fn certificate(bytes: &[u8]) {
    let _ = DeviceCertificate::verify(bytes, &[9; 32]);
    if let Ok(certificate) = DeviceCertificate::verify(&signed(Context::DeviceCertificate, bytes), &[9; 32]) {
        assert_eq!(certificate.identity(), &signer().public());
        let issued = DeviceCertificate::issue(&signer(), *certificate.device(), certificate.issued_ms());
        assert_eq!(DeviceCertificate::verify(&issued, &[9; 32]), Ok(certificate));
    }
}

/// The inside of an envelope.
pub fn delivery(bytes: &[u8]) {
    if let Ok(delivery) = Delivery::decode(bytes) {
        assert_eq!(Delivery::decode(&delivery.encode()), Ok(delivery));
    }
}

/// A text that was pasted where a link, an address, 12 words, a name or an origin is expected.
pub fn pasted(text: &str) {
    if let Ok(pasted) = Link::parse(text) {
        let origin = pasted.origin.clone().unwrap_or_else(|| Origin::parse("https://chat.example").expect("it is one"));
        let whole = pasted.link.text(&origin);
        let again = Link::parse(&whole).expect("a link that was written is read");
        assert_eq!((again.link, again.origin), (pasted.link, Some(origin)));
    }
    if let Ok((link, origin)) = InviteLink::parse(text) {
        let origin = origin.unwrap_or_else(|| Origin::parse("https://chat.example").expect("it is one"));
        assert_eq!(InviteLink::parse(&link.text(&origin)), Ok((link, Some(origin))));
    }
    if let Ok(identity) = parse_address(text) {
        assert_eq!(address_text(&identity), text.trim().to_lowercase());
    }
    if let Ok(words) = Words::parse(text) {
        assert_eq!(Words::parse(&words.words().join(" ")), Ok(words));
    }
    if let Ok(name) = Name::parse(text) {
        assert_eq!(Name::parse(name.as_str()).as_ref(), Ok(&name));
    }
    if let Ok(origin) = Origin::parse(text) {
        assert_eq!(Origin::parse(origin.as_str()).as_ref(), Ok(&origin));
    }
}

/// The 48 bytes of a link.
pub fn link(bytes: &[u8]) {
    let Some(bytes) = bytes.first_chunk::<{ Link::LEN }>() else { return };
    if let Ok(link) = Link::from_bytes(bytes) {
        assert_eq!(&link.to_bytes(), bytes);
        let _ = PublicKey::new(*link.identity.as_bytes());
    }
}

/// A key package of a pool: no bytes open, and all bytes that fit survive being sealed.
pub fn package(bytes: &[u8]) {
    let (writer, inbox) = (WriterSeed::new([5; 32]), Address::new([1; 32]));
    assert!(open_package(&writer, &inbox, bytes).is_err());
    if let Ok(sealed) = seal_package(&writer, &inbox, [4; 24], bytes) {
        assert_eq!(open_package(&writer, &inbox, &sealed).map(|opened| opened.to_vec()), Ok(bytes.to_vec()));
    }
}
