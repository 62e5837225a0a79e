//! What the relay never learns: people with real engines talk over a real relay, and then everything that it keeps, logs and
//! counts is searched for all that would say who they are and what they said.
#![allow(clippy::unwrap_used, reason = "tests")]

mod blind {
    #![allow(unreachable_pub, reason = "helpers of this test")]
    pub mod people;
    pub mod search;
    pub mod server;
}
mod sim;

use blind::people::{People, dial};
use blind::search::{Needle, find, position};
use blind::server::{Folder, Server};
use ed25519_dalek::SigningKey;
use tungstenite::Message;
use xchat_engine::api::{ChatState, Command, Event};
use xchat_engine::card::Link;
use xchat_engine::identity::{Keys, Words};
use xchat_wire::*;

const NAMES: [&str; 2] = ["Adelheid Plappermaul", "Balthasar Zwiebelfisch"];
const RENAMED: &str = "Adelheid Freifrau Plappermaul";
const REQUEST: &str = "a request from somebody at the Donnersmarck regatta";
const ANSWERS: [&str; 3] = [
    "the marzipan is under the third flagstone",
    "**bring** the [lantern](https://lantern.example/night)",
    "agreed at last",
];
const DAY: u64 = 24 * 3600 * 1000;
/// A certificate's statement begins so, before the identity's key: version 1, and a key of 32 bytes.
const STATEMENT: [u8; 6] = [0xa4, 0x00, 0x01, 0x01, 0x58, 0x20];
/// It is as long as this: two keys and a time.
const STATEMENT_BYTES: usize = 6 + 32 + 3 + 32 + 2 + 8;

/// Onboarding, a link, a request, messages both ways, a new name, and a new leaf by a commit.
fn a_friendship(people: &mut People) {
    for who in 0..2 {
        people.does(who, Command::ShowWords);
    }
    let link = people.account(1).link;
    people.does(0, Command::OpenLink { link });
    let hers = people.find(0, |event| match event {
        Event::LinkOpened { chat } => Some(*chat),
        _ => None,
    });
    people.does(0, Command::Send { chat: hers, text: REQUEST.to_owned(), tag: 0 });
    let his = people.chat(1);
    assert_eq!(his.state, ChatState::Request);
    people.does(1, Command::Accept { chat: his.id });
    people.does(1, Command::Send { chat: his.id, text: ANSWERS[0].to_owned(), tag: 0 });
    people.does(0, Command::Rename { name: RENAMED.to_owned() });
    people.does(0, Command::Send { chat: hers, text: ANSWERS[1].to_owned(), tag: 0 });
    people.wait(8 * DAY);
    people.does(1, Command::Send { chat: his.id, text: ANSWERS[2].to_owned(), tag: 0 });
    let all: Vec<&str> = [REQUEST].into_iter().chain(ANSWERS).collect();
    assert_eq!(
        (people.texts(0, hers), people.texts(1, his.id)),
        (all.iter().map(|t| (*t).to_owned()).collect(), all.iter().map(|t| (*t).to_owned()).collect())
    );
    assert_eq!((people.chat(1).name.as_str(), people.chat(0).name.as_str()), (RENAMED, NAMES[1]));
}

/// All that would tell who somebody is.
fn secrets_of(people: &mut People, who: usize) -> Vec<Needle> {
    let account = people.account(who);
    let words: Vec<String> = people.find(who, |event| match event {
        Event::Words { words } => Some(words.clone()),
        _ => None,
    });
    let phrase = Words::parse(&words.join(" ")).unwrap();
    let keys = Keys::derive(&phrase);
    let link = Link::parse(&account.link).unwrap().link;
    assert_eq!(keys.identity.public(), link.identity);
    let mut needles = vec![
        Needle::new("the identity's public key", link.identity.as_bytes()),
        Needle::new("the identity's secret key", keys.identity.seed().as_slice()),
        Needle::new("the backup's key", keys.backup.as_bytes()),
        Needle::new("the address of the person", account.address.as_bytes()),
        Needle::new("the card's secret", link.secret.as_bytes()),
        Needle::new("the entropy of the words", phrase.entropy().as_slice()),
        Needle::new("the link's payload", account.link.split_once("#add/").unwrap().1.as_bytes()),
    ];
    needles.extend(words.windows(3).map(|three| Needle::new("three of the words", three.join(" ").as_bytes())));
    // A device's own rows are in clear here, and hold its certificate.
    let start = [STATEMENT.as_slice(), link.identity.as_bytes()].concat();
    let statement = people.rows(who).find_map(|row| {
        let at = position(row, &start)?;
        Some(row[at..at + STATEMENT_BYTES].to_vec())
    });
    let statement = statement.expect("a device keeps its certificate");
    needles.push(Needle::new("the certificate's statement", &statement));
    needles.push(Needle::new("the device's signature key", &statement[6 + 32 + 3..][..32]));
    needles
}

/// All that was said, and by which names.
fn words_and_names() -> Vec<Needle> {
    let texts = ["Donnersmarck regatta", "third flagstone", "lantern.example/night", "agreed at last"];
    let texts = texts.into_iter().map(|text| Needle::new("a message's text", text.as_bytes()));
    let names = ["Adelheid Plappermaul", "Freifrau Plappermaul", "Balthasar Zwiebelfisch"];
    texts.chain(names.into_iter().map(|name| Needle::new("a name", name.as_bytes()))).collect()
}

/// What an operator could look at.
fn everything(data: &Folder, log: Vec<u8>, metrics: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let rest = [("the log".to_owned(), log), ("the metrics".to_owned(), metrics)];
    data.files().into_iter().chain(rest).collect()
}

/// A client that seals nothing: it puts every needle in every spelling into a log, a record for each needle.
fn plant(server: &Server, needles: &[Needle]) {
    let (bound, log, key) = (server.bound.clients, Address::new([0x77; 32]), SigningKey::from_bytes(&[0x78; 32]));
    let mut socket = dial(bound);
    let mut next = |frame: Option<ClientFrame>| -> ServerFrame {
        if let Some(frame) = frame {
            socket.send(Message::Binary(encode(&frame).into())).unwrap();
        }
        let Message::Binary(bytes) = socket.read().unwrap() else { panic!("no frame") };
        decode(&bytes).unwrap()
    };
    let ServerFrame::Welcome { challenge, .. } = next(None) else { panic!("no welcome") };
    let proof = Proof::sign(&key, &format!("http://{bound}"), &challenge, Right::Log, &log, Epoch(0));
    let created = next(Some(ClientFrame::CreateLog { request: Request(0), log, proof }));
    assert!(matches!(created, ServerFrame::Reply { reply: Reply::Proved { .. }, .. }));
    for (n, needle) in (1_u32..).zip(needles) {
        let body: Vec<u8> = needle.spellings.iter().flat_map(|(_, bytes)| [bytes, b"  ".as_slice()].concat()).collect();
        let (request, post) = (Request(n), PostId::new(u128::from(n).to_be_bytes()));
        let append = ClientFrame::Append { request, log, epoch: Epoch(0), post, body: body.into(), ttl: None };
        let appended = next(Some(append));
        assert!(matches!(appended, ServerFrame::Reply { reply: Reply::Accepted { .. }, .. }), "{appended:?}");
    }
}

#[test]
fn nothing_that_a_relay_keeps_logs_or_counts_says_who_people_are_or_what_they_said() {
    let data = Folder::new("blind");
    let server = Server::start(&data);
    let mut people = People::at(server.bound.clients, &NAMES);
    a_friendship(&mut people);
    let mut needles = words_and_names();
    (0..2).for_each(|who| needles.extend(secrets_of(&mut people, who)));
    let cells: Vec<Address> = (0..2).map(|who| Link::parse(&people.account(who).link).unwrap().link.cell()).collect();
    let (commits, with_welcomes) = people.commits;
    assert!(with_welcomes > 0 && commits > with_welcomes, "somebody was added, and somebody took a new leaf");
    drop(people);
    let metrics = server.metrics();
    let kept = everything(&data, server.stop(), metrics);

    // It was all there to be seen: the cells that hold the cards, and lines and counts of a busy relay.
    let of = |name: &str| &kept.iter().find(|(other, _)| other.ends_with(name)).unwrap().1;
    assert!(cells.iter().all(|cell| find(of(xchat_relay::FILE), cell.as_bytes())));
    assert!(find(of("the log"), b"a connection ends") && find(of("the metrics"), b"append_seconds_count"));
    for needle in &needles {
        for (place, bytes) in &kept {
            let found = needle.found_in(bytes);
            assert!(found.is_empty(), "{} is in {place}, {found:?}", needle.what);
        }
    }

    // And each of them would have been found: the same relay, with one client that gives them away.
    let server = Server::start(&data);
    plant(&server, &needles);
    server.stop();
    let files = data.files();
    let (_, store) = files.iter().find(|(name, _)| name.ends_with(xchat_relay::FILE)).unwrap();
    for needle in &needles {
        assert_eq!(needle.found_in(store).len(), needle.spellings.len(), "{}", needle.what);
        assert!(find(store, &needle.bytes));
    }
}
