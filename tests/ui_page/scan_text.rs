//! What is decided from what a code or a file holds, without a page.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::scan::decode::decode;
use xchat::ui::scan::reading::{Code, Verdict, Wanted, judge, number_code, read, shown};
use xchat::ui::scan::size::dimensions;

const ADA: [u8; 32] = [1; 32];
const BEN: [u8; 32] = [2; 32];

fn link(route: &str) -> String {
    format!("https://x.example/#{route}/{}", "Az0-_".repeat(12))
}

fn number() -> String {
    "12345 ".repeat(12)
}

#[wasm_bindgen_test]
fn links_are_told_apart_by_what_they_are_for() {
    assert_eq!(read(link("add").as_bytes()), Code::Person(link("add")));
    assert_eq!(read(link("join").as_bytes()), Code::Person(link("join")));
    assert_eq!(read(link("link").as_bytes()), Code::Device(link("link")));
    let number = number_code(&number(), &ADA, &BEN).unwrap();
    assert!(matches!(read(number.as_bytes()), Code::Number(digits) if digits.len() == 61));
}

#[wasm_bindgen_test]
fn whatever_is_hostile_is_foreign() {
    let long = format!("{}{}", link("add"), "A".repeat(600));
    let spaced = format!("{} and more", link("add"));
    for text in [
        "",
        "https://elsewhere.example/",
        "https://x.example/#add/",
        "https://x.example/#settings",
        "javascript:alert(1)//#add/AAAA",
        "data:text/html,<script>#add/AAAA",
        "ftp://x.example/#add/AAAA",
        "https://x.example/#add/<img src=x>",
        "https://x.example/#add/AA\u{202e}AA",
        "https://x.example/#add/AA\nAA",
        "XCHAT-NUMBER:12345",
        &spaced,
        &long,
    ] {
        assert_eq!(read(text.as_bytes()), Code::Foreign, "{text:?}");
    }
    let mut not_text = link("add").into_bytes();
    not_text.push(0xff);
    assert_eq!(read(&not_text), Code::Foreign, "what is not UTF-8");
    assert_eq!(read(&[0; 3000]), Code::Foreign);
}

#[wasm_bindgen_test]
fn a_code_is_taken_only_where_it_was_wanted() {
    let (person, device) = (Code::Person(link("add")), Code::Device(link("link")));
    let number = Code::Number(shown(&number(), &ADA, &BEN).unwrap());
    for (wanted, code, verdict) in [
        (Wanted::Person, &person, Verdict::Read(person.clone())),
        (Wanted::Person, &device, Verdict::OfDevice),
        (Wanted::Person, &number, Verdict::OfNumber),
        (Wanted::Device, &device, Verdict::Read(device.clone())),
        (Wanted::Device, &person, Verdict::OfPerson),
        (Wanted::Device, &number, Verdict::OfNumber),
        (Wanted::Number, &person, Verdict::OfPerson),
        (Wanted::Number, &device, Verdict::OfDevice),
        (Wanted::Number, &Code::Foreign, Verdict::Foreign),
    ] {
        assert_eq!(judge(wanted, code.clone(), None, None), verdict, "{wanted:?}, {code:?}");
    }
}

#[wasm_bindgen_test]
fn numbers_match_when_the_digits_are_the_same_and_the_other_shows_them() {
    let seen = |shown: Option<String>| {
        let (own, other) = (shown_by(&ADA, &BEN), shown_by(&BEN, &ADA));
        judge(Wanted::Number, Code::Number(shown.unwrap()), own.as_deref(), other.as_deref())
    };
    assert_eq!(seen(shown_by(&BEN, &ADA)), Verdict::Match);
    assert_eq!(seen(shown_by(&ADA, &BEN)), Verdict::Own, "one's own screen proves nothing");
    let changed = shown(&number().replacen('1', "2", 1), &BEN, &ADA);
    assert_eq!(seen(changed), Verdict::Mismatch, "one digit");
    assert_eq!(shown("12345", &ADA, &BEN), None, "what is no number has no code");
    assert_eq!(shown(&number(), &ADA, &ADA), None, "nobody compares with themselves");
    let nothing_known = judge(Wanted::Number, Code::Number(shown_by(&BEN, &ADA).unwrap()), None, None);
    assert_eq!(nothing_known, Verdict::Mismatch, "without a number of one's own nothing matches");
}

fn shown_by(one: &[u8; 32], other: &[u8; 32]) -> Option<String> {
    shown(&number(), one, other)
}

#[wasm_bindgen_test]
fn the_size_of_a_picture_is_read_from_its_first_bytes() {
    let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 1, 2, 0, 0, 3, 4]].concat();
    let gif = [b"GIF89a".as_slice(), &[2, 1, 4, 3]].concat();
    let jpeg = [
        [0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xc0].as_slice(),
        &[0xff, 0xc4, 0, 3, 9, 0xff, 0xff, 0xc2, 0, 17, 8, 3, 4, 1, 2],
    ]
    .concat();
    let webp = |chunk: &[u8], rest: &[u8]| [b"RIFF\0\0\0\0WEBP".as_slice(), chunk, &[0; 4], rest].concat();
    let extended = webp(b"VP8X", &[0, 0, 0, 0, 1, 1, 0, 3, 3, 0]);
    let lossy = webp(b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 2, 1, 4, 3]);
    let lossless = webp(b"VP8L", &[0x2f, 1, 1, 0xc1, 0]);
    assert_eq!([&png, &gif, &jpeg].map(|bytes| dimensions(bytes)), [Some((258, 772)); 3]);
    assert_eq!([&extended, &lossy].map(|bytes| dimensions(bytes)), [Some((258, 772)); 2]);
    assert_eq!(dimensions(&lossless), Some((258, 773)));
    for whole in [&png, &gif, &jpeg, &extended, &lossy, &lossless] {
        for length in 0..whole.len() {
            assert_eq!(dimensions(&whole[..length]), None, "cut off");
        }
    }
    assert_eq!(dimensions(b"<svg width='9'/>"), None);
    // A length of nothing leads nowhere, and is not followed for ever.
    assert_eq!(dimensions(&[[0xff, 0xd8].as_slice(), &[0xff, 0xe0, 0, 0].repeat(1000)].concat()), None);
}

#[wasm_bindgen_test]
fn a_picture_of_a_size_that_it_has_not_is_not_read() {
    assert_eq!(decode(0, 0, &[]), None);
    assert_eq!(decode(100, 100, &[0; 400]), None);
    assert_eq!(decode(usize::MAX, 2, &[0; 8]), None);
    assert_eq!(decode(10, 10, &[0; 400]), None, "nothing is in it");
}
