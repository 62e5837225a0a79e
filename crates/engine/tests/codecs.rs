//! Codecs from outside: of what they write no part is taken for the whole, and nothing may stand behind it.
#![allow(clippy::unwrap_used, clippy::large_enum_variant, unreachable_pub, dead_code, reason = "tests")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "../../../fuzz/src/engine/mod.rs"]
mod engine;

use engine::device::Device;
use engine::{rows, samples};
use openmls_traits::OpenMlsProvider as _;
use xchat_engine::Input;
use xchat_engine::card::{
    CardSecret, Delivery, Invite, InviteLink, Link, Name, SealKeyPair, SignedCard, WriterSeed, open_card,
    open_envelope, open_invite, open_package, room_tag, seal_card, seal_envelope, seal_invite, seal_package,
};
use xchat_engine::content::{Message, Profile, StatusReport};
use xchat_engine::identity::{DeviceCertificate, Words, address_text, parse_address};
use xchat_engine::provider::MlsProvider;
use xchat_engine::rows::{Scope, Table};
use xchat_wire::Address;

/// What `takes` takes it takes whole: no shorter, and with nothing behind it.
fn only_whole(bytes: &[u8], takes: impl Fn(&[u8]) -> bool) {
    assert!(takes(bytes), "the sample is good: {}", hex::encode(bytes));
    for length in 0..bytes.len() {
        assert!(!takes(&bytes[..length]), "{length} of {} bytes of {}", bytes.len(), hex::encode(bytes));
    }
    for byte in [0, 1, 0x80, 0xa0, 0xf6, 0xff] {
        assert!(!takes(&[bytes, &[byte]].concat()), "{byte} behind {}", hex::encode(bytes));
    }
}

#[test]
fn content_is_taken_whole() {
    for sample in samples::contents() {
        only_whole(&sample, |bytes| Message::decode(bytes).is_ok());
    }
    for sample in samples::statuses() {
        only_whole(&sample, |bytes| StatusReport::decode(bytes).is_ok());
    }
    let member = engine::member::Member::new(0x40);
    let profile = Profile { link: member.link(), card: member.card().bytes().to_vec() }.message([1; 16]);
    let content = profile.part.content(xchat_engine::content::PROFILE_TYPE).unwrap().to_vec();
    let within = |bytes: &[u8]| {
        let part = xchat_engine::content::Part::single(
            profile.part.disposition,
            xchat_engine::content::PROFILE_TYPE,
            bytes.to_vec(),
        );
        matches!(Profile::of(&Message::of([1; 16], part)), Ok(Some(_)))
    };
    only_whole(&content, within);
}

#[test]
fn cards_certificates_and_deliveries_are_taken_whole() {
    let signed = engine::member::Member::new(0x40).card();
    only_whole(signed.bytes(), |bytes| SignedCard::open(bytes).is_ok());
    let certificate = samples::certificates().pop().unwrap();
    only_whole(&certificate, |bytes| DeviceCertificate::verify(bytes, &[9; 32]).is_ok());
    for delivery in samples::deliveries() {
        only_whole(&delivery, |bytes| Delivery::decode(bytes).is_ok());
    }
}

#[test]
fn what_is_sealed_opens_whole() {
    let (provider, inbox, writer) = (MlsProvider::new(), Address::new([1; 32]), WriterSeed::new([2; 32]));
    let package = seal_package(&writer, &inbox, [3; 24], b"package").unwrap();
    only_whole(&package, |bytes| open_package(&writer, &inbox, bytes).is_ok());

    let member = engine::member::Member::new(0x40);
    let link = member.link();
    let card = seal_card(&link, 5, &member.card(), [4; 24]).unwrap();
    only_whole(&card, |bytes| open_card(&link, 5, bytes).is_ok());

    let (link, name) = (InviteLink::new([3; 16]), Name::parse("Hiking").unwrap());
    let invite =
        Invite { tag: room_tag(&[7; 32]), name, description: String::new(), people: 2, admins: vec![member.link()] };
    for sealed in [seal_invite(&link, 5, Some(&invite), [4; 24]), seal_invite(&link, 5, None, [4; 24])] {
        only_whole(&sealed, |bytes| open_invite(&link, 5, bytes).is_ok());
    }

    let pair = SealKeyPair::derive(provider.crypto(), &[5; 32]).unwrap();
    let envelope = seal_envelope(provider.crypto(), pair.public(), &inbox, b"inside").unwrap();
    // Each try is a hybrid decapsulation: the ends of each part, and a few between.
    for length in (0..envelope.len()).filter(|length| length % 97 == 0 || envelope.len() - length < 20) {
        assert!(open_envelope(provider.crypto(), &pair, &inbox, &envelope[..length]).is_err(), "{length}");
    }
    assert!(open_envelope(provider.crypto(), &pair, &inbox, &[envelope.as_slice(), &[0]].concat()).is_err());
    assert!(open_envelope(provider.crypto(), &pair, &inbox, &envelope).is_ok());
}

#[test]
fn links_addresses_and_words_are_taken_whole() {
    let link = Link { identity: engine::decoders::signer().public(), secret: CardSecret::new([9; 16]) };
    let text = link.text(&xchat_engine::card::Origin::parse("https://chat.example").unwrap());
    let address = address_text(&link.identity);
    let invite = InviteLink::new([3; 16]).text(&xchat_engine::card::Origin::parse("https://chat.example").unwrap());
    for length in 0..invite.len() {
        assert!(InviteLink::parse(&invite[..length]).is_err(), "{length}");
    }
    assert!(InviteLink::parse(&format!("{invite}A")).is_err() && InviteLink::parse(&invite).is_ok());
    let words = Words::from_entropy([0x7f; 16]).words().join(" ");
    for length in 0..text.len() {
        assert!(Link::parse(&text[..length]).is_err(), "{length}");
    }
    for length in 0..address.len() {
        assert!(parse_address(&address[..length]).is_err(), "{length}");
    }
    // "legal" and "lega" are one word to nobody.
    for length in 0..words.len() {
        assert!(Words::parse(&words[..length]).is_err(), "{length}");
    }
    assert!(Link::parse(&format!("{text}A")).is_err() && parse_address(&format!("{address}q")).is_err());
    assert!(Link::parse(&text).is_ok() && parse_address(&address).is_ok() && Words::parse(&words).is_ok());
}

#[test]
fn no_part_of_a_stored_row_is_taken_for_the_row() {
    let (stored, now) = rows::stored_rows();
    let mut tried = 0;
    for (id, value) in &stored {
        let (scope, table, key) = id;
        // Others are OpenMLS's, or decoded when they are shown, or bare bytes.
        let bare = key.starts_with(b"own/") || key.starts_with(b"unseen/");
        if !matches!(table, Table::State | Table::Outbox) || bare {
            continue;
        }
        for length in (0..value.len()).filter(|length| length % 7 == 0 || value.len() - length < 8) {
            let mut rows = stored.clone();
            rows.insert(id.clone(), value[..length].to_vec());
            let mut device = Device::on(rows, now, true);
            let up = device.input(Input::Attach);
            if let (true, Scope::Chat(chat)) = (up, *scope) {
                device.input(Input::Page { chat, rows: Vec::new(), more: false, before: None });
            }
            assert!(!up || !device.damaged.is_empty(), "{length} of {}: {}", value.len(), String::from_utf8_lossy(key));
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}
