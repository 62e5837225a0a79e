use proptest::prelude::*;

use super::*;
use crate::identity::IdentityKey;

fn link() -> Link {
    Link { identity: IdentityKey::from_seed(&[7; 32]).public(), secret: CardSecret::new([9; 16]) }
}

fn origin() -> Origin {
    Origin::parse("https://chat.example:8443").unwrap()
}

fn payload() -> String {
    link().text(&origin()).split_off("https://chat.example:8443/#add/".len())
}

#[test]
fn the_text_is_frozen() {
    assert_eq!(
        link().text(&origin()),
        "https://chat.example:8443/#add/6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iwJCQkJCQkJCQkJCQkJCQkJ"
    );
}

#[test]
fn the_derivation_is_frozen() {
    // Computed with an independent implementation (Python's hmac).
    assert_eq!(
        hex::encode(link().cell().as_bytes()),
        "fc64a9550f413acb6e3bc80ecf85fe577a298702c10386793936175fb25e677d"
    );
    assert_eq!(
        hex::encode(link().sealing_key().as_slice()),
        "d3d24129058d7bcfcc976e2c59a09db9953b2b9fe835e84f434c7a90e5ffaa78"
    );
}

#[test]
fn a_whole_url_gives_the_link_and_its_origin() {
    let pasted = Link::parse(&link().text(&origin())).unwrap();
    assert_eq!(pasted, PastedLink { link: link(), origin: Some(origin()) });
}

#[test]
fn a_fragment_or_the_characters_alone_give_the_link() {
    for text in [format!("#add/{}", payload()), format!("/#add/{}", payload()), payload()] {
        assert_eq!(Link::parse(&text).unwrap(), PastedLink { link: link(), origin: None });
    }
}

#[test]
fn what_surrounds_a_pasted_link_is_forgiven() {
    let whole = Link::parse(&link().text(&origin())).unwrap();
    for text in [format!("\n <{}>\t", link().text(&origin())), format!("Write to me: {}. Ada", link().text(&origin()))]
    {
        assert_eq!(Link::parse(&text).unwrap(), whole);
    }
    assert_eq!(Link::parse(&format!("chat.example:8443/#add/{}", payload())).unwrap(), whole);
    let text = format!("HTTPS://Chat.Example:8443/embed/chat?x=1#add/{}", payload());
    assert_eq!(Link::parse(&text).unwrap().origin, Some(origin()));
}

#[test]
fn each_mistake_has_its_own_error() {
    let text = link().text(&origin());
    assert_eq!(Link::parse(""), Err(LinkError::NotALink));
    assert_eq!(Link::parse("https://chat.example/"), Err(LinkError::NotALink));
    assert_eq!(Link::parse(&"a ".repeat(32)), Err(LinkError::NotALink));
    assert_eq!(Link::parse(&"#add/".repeat(1000)), Err(LinkError::NotALink));
    assert_eq!(Link::parse(&text[..text.len() - 4]), Err(LinkError::Incomplete(60)));
    assert_eq!(Link::parse("https://chat.example/#add/"), Err(LinkError::Incomplete(0)));
    assert_eq!(Link::parse(&format!("{text}A")), Err(LinkError::Damaged));
    assert_eq!(Link::parse(&text.replace("#add/", "#add/%")), Err(LinkError::Damaged));
    assert_eq!(Link::parse(&format!("https://ada@chat.example/#add/{}", payload())), Err(LinkError::Damaged));
}

#[test]
fn a_link_whose_key_is_none_is_damaged() {
    let mut bytes = link().to_bytes();
    bytes[..32].fill(0);
    bytes[0] = 1;
    let text = format!("#add/{}", Base64UrlUnpadded::encode_string(&bytes));
    assert_eq!(Link::parse(&text), Err(LinkError::Damaged));
}

#[test]
fn address_and_key_depend_on_identity_and_secret() {
    let other = Link { secret: CardSecret::new([8; 16]), ..link() };
    let stranger = Link { identity: IdentityKey::from_seed(&[8; 32]).public(), ..link() };
    for link in [&other, &stranger] {
        assert_ne!(link.cell(), super::tests::link().cell());
        assert_ne!(link.sealing_key(), super::tests::link().sealing_key());
    }
    assert_ne!(other.cell().as_bytes(), other.sealing_key().as_slice());
}

#[test]
fn debug_does_not_show_the_secret() {
    assert!(format!("{:?}", link()).contains("CardSecret(..)"));
}

proptest! {
    #[test]
    fn every_link_survives(seed: [u8; 32], secret: [u8; 16]) {
        let link = Link { identity: IdentityKey::from_seed(&seed).public(), secret: CardSecret::new(secret) };
        prop_assert_eq!(Link::parse(&link.text(&origin())).unwrap().link, link);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(https://)?\\PC*(#add/)?\\PC*") {
        let _ = Link::parse(&text);
    }
}
