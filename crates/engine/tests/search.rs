//! A search finds what stands in the messages that are here, the latest first, and nothing that is gone.
#![allow(clippy::unwrap_used)]

mod history_setup;
mod sim;

use history_setup::{order_of, run};
use sim::{Dice, World, hiking};
use xchat_engine::{
    api::{Body, ChatId, Command, Event, Found, Hit, plain},
    rows::Table,
};

/// One answer, and where the next begins.
fn ask(
    world: &mut World,
    who: usize,
    query: &str,
    chat: Option<ChatId>,
    from: Option<minicbor::bytes::ByteVec>,
) -> (Vec<Hit>, Option<minicbor::bytes::ByteVec>) {
    world.command(who, Command::Search { search: 7, query: query.to_owned(), chat, from });
    let found = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Found { found } => Some(Found::from_bytes(found).unwrap()),
        _ => None,
    });
    let found = found.unwrap();
    assert_eq!(found.search, 7);
    (found.hits, found.more)
}

/// All answers together.
fn find_in(world: &mut World, who: usize, query: &str, chat: Option<ChatId>) -> Vec<Hit> {
    let (mut hits, mut more) = ask(world, who, query, chat, None);
    for _ in 0..1_000 {
        let Some(from) = more else { return hits };
        let next = ask(world, who, query, chat, Some(from));
        hits.extend(next.0);
        more = next.1;
    }
    panic!("a search that never ends");
}

fn find(world: &mut World, who: usize, query: &str) -> Vec<Hit> {
    find_in(world, who, query, None)
}

fn snippets(hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|hit| hit.snippet.concat()).collect()
}

/// A word as it was written, and as it stands where a search reads.
fn rows_with(world: &World, who: usize, word: &str) -> usize {
    world.rows_with(who, word)
        + if word == word.to_lowercase() { 0 } else { world.rows_with(who, &word.to_lowercase()) }
}

#[test]
fn a_message_is_found_on_both_sides_by_parts_of_its_words_and_marked() {
    let (mut world, ada, ben) = World::acquainted(1200);
    world.send(0, ada, "**Dîner** chez Zoë");
    world.send(0, ada, "nothing of that kind");
    world.settle();
    for (who, chat) in [(0, ada), (1, ben)] {
        let hits = find(&mut world, who, "ZOE  dine");
        assert_eq!(hits.len(), 1);
        assert_eq!((hits[0].chat, hits[0].mine, &hits[0].author), (chat, who == 0, &None));
        assert_eq!(hits[0].snippet, ["", "Dîne", "r chez ", "Zoë", ""]);
        assert_eq!(hits[0].order, order_of(&mut world, who, chat, "**Dîner** chez Zoë"));
        assert_eq!(hits[0].time, world.messages(who, chat).iter().find(|m| m.order == hits[0].order).unwrap().time);
    }
    assert!(find(&mut world, 0, "zoe kind").is_empty(), "all words stand in one message");
    assert!(find(&mut world, 0, "  ").is_empty());
}

#[test]
fn what_is_found_is_what_a_message_says_now() {
    let (mut world, ada, ben) = World::acquainted(1201);
    world.send(0, ada, "meet at Noon");
    world.settle();
    let order = order_of(&mut world, 0, ada, "meet at Noon");
    world.command(0, Command::Edit { chat: ada, order, text: "meet at Dusk".to_owned() });
    world.settle();
    for who in [0, 1] {
        assert_eq!(snippets(&find(&mut world, who, "dusk")), ["meet at Dusk"]);
        assert!(find(&mut world, who, "noon").is_empty());
    }
    let (question, options) = ("Where to?".to_owned(), vec!["Lake".to_owned(), "Mountain".to_owned()]);
    world.command(1, Command::Poll { chat: ben, question, options, multiple: false, tag: 1 });
    world.settle();
    assert_eq!(snippets(&find(&mut world, 0, "mount where")), ["Where to? Lake Mountain"]);
}

#[test]
fn what_was_deleted_is_found_by_nobody_and_stands_in_no_row() {
    let (mut world, ada, ben) = World::acquainted(1202);
    for text in ["Secretone", "Secrettwo", "Secretthree stays"] {
        world.send(0, ada, text);
    }
    world.settle();
    assert!(rows_with(&world, 1, "Secretone") > 1, "its words are in a row of their own");
    let one = order_of(&mut world, 0, ada, "Secretone");
    world.command(0, Command::DeleteForAll { chat: ada, order: one });
    let two = order_of(&mut world, 1, ben, "Secrettwo");
    world.command(1, Command::DeleteForMe { chat: ben, order: two });
    world.settle();
    for who in [0, 1] {
        assert_eq!(rows_with(&world, who, "Secretone"), 0);
    }
    assert_eq!(rows_with(&world, 1, "Secrettwo"), 0);
    assert_eq!(snippets(&find(&mut world, 0, "secret")), ["Secretthree stays", "Secrettwo"]);
    assert_eq!(snippets(&find(&mut world, 1, "secret")), ["Secretthree stays"]);
    // After a start nothing is in memory: an older block is changed as well.
    for n in 0..70 {
        world.send(0, ada, &format!("filler {n}"));
    }
    world.settle();
    world.crash(1);
    world.connect(1);
    world.settle();
    let three = order_of(&mut world, 0, ada, "Secretthree stays");
    world.command(0, Command::DeleteForAll { chat: ada, order: three });
    world.settle();
    assert_eq!(rows_with(&world, 1, "Secretthree"), 0);
    assert!(find(&mut world, 1, "secret").is_empty());
    assert_eq!(find(&mut world, 1, "filler").len(), 70);
}

#[test]
fn what_has_vanished_is_found_no_more() {
    let (mut world, ada, ben) = World::acquainted(1203);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    world.settle();
    world.send(0, ada, "Shortlived");
    world.settle();
    assert_eq!(find(&mut world, 1, "shortlived").len(), 1);
    let order = order_of(&mut world, 1, ben, "Shortlived");
    world.command(1, Command::Seen { chat: ben, order });
    run(&mut world);
    for who in [0, 1] {
        assert_eq!(rows_with(&world, who, "Shortlived"), 0);
        assert!(find(&mut world, who, "shortlived").is_empty());
    }
}

#[test]
fn a_conversation_that_was_deleted_leaves_no_words_and_what_comes_later_is_found() {
    let (mut world, ada, ben) = World::acquainted(1204);
    world.send(0, ada, "Forgotten");
    world.settle();
    world.command(1, Command::Delete { chat: ben });
    world.settle();
    assert_eq!(rows_with(&world, 1, "Forgotten"), 0);
    assert!(find(&mut world, 1, "forgotten").is_empty());
    world.send(0, ada, "Remembered");
    world.settle();
    assert_eq!(snippets(&find(&mut world, 1, "e")), ["Remembered"], "nothing of the block before came back");
    assert_eq!(rows_with(&world, 1, "Forgotten"), 0);
}

#[test]
fn what_comes_in_the_step_that_deletes_a_conversation_brings_no_words_back() {
    for most in [2, 64] {
        let (mut world, ada, ben) = history_setup::world(1213);
        history_setup::link(&mut world, 0, 2);
        run(&mut world);
        world.send(1, ben, "Oldsecret");
        run(&mut world);
        assert!(rows_with(&world, 2, "Oldsecret") > 0);
        world.disconnect(2);
        world.command(0, Command::Delete { chat: ada });
        world.flow();
        for n in 0..3 {
            world.send(1, ben, &format!("Newer {n}"));
        }
        world.flow();
        world.connect(2);
        while world.deliver_up(2) || world.deliver_down(2, most) {}
        run(&mut world);
        assert_eq!(rows_with(&world, 2, "Oldsecret"), 0);
        assert!(find(&mut world, 2, "oldsecret").is_empty());
    }
}

#[test]
fn a_new_device_finds_what_came_as_history() {
    let (mut world, ada, ben) = history_setup::world(1205);
    for n in 0..150 {
        world.send(1, ben, &format!("earlier {n} end"));
    }
    world.settle();
    history_setup::link(&mut world, 0, 2);
    world.send(1, ben, "later end");
    run(&mut world);
    let (old, new) = (find(&mut world, 0, "end"), find(&mut world, 2, "end"));
    assert_eq!(old.len(), 151);
    assert_eq!(snippets(&new), snippets(&old));
    assert_eq!(new[0].chat, ada);
}

#[test]
fn a_message_that_failed_to_go_is_found_until_it_is_deleted() {
    let (mut world, ada, _) = World::acquainted(1206);
    world.disconnect(0);
    world.send(0, ada, "Unsendable");
    let hits = find(&mut world, 0, "unsendable");
    assert_eq!(hits.len(), 1);
    world.command(0, Command::DeleteForMe { chat: ada, order: hits[0].order });
    assert!(find(&mut world, 0, "unsendable").is_empty());
    assert_eq!(rows_with(&world, 0, "Unsendable"), 0);
}

#[test]
fn hits_of_all_conversations_come_the_latest_first_with_their_authors() {
    let (mut world, group) = hiking(&["Ada", "Ben", "Eve"], 1207);
    let direct: Vec<ChatId> = world.chats(0).iter().filter(|chat| chat.group.is_none()).map(|chat| chat.id).collect();
    let mut written = Vec::new();
    for n in 0..90 {
        let (who, chat) = match n % 3 {
            0 => (0, direct[0]),
            1 => (2, group),
            _ => (0, group),
        };
        let text = format!("turn {n}");
        world.send(who, chat, &text);
        world.settle();
        world.now += 2_000;
        written.insert(0, text);
    }
    assert_eq!(snippets(&find(&mut world, 0, "turn")), written);
    // Their names are known also where the conversation was not opened since the start.
    world.crash(0);
    let hits = find(&mut world, 0, "turn 89");
    assert!(hits[0].mine && hits[0].author.is_none());
    let hits = find_in(&mut world, 0, "turn 89", Some(direct[0]));
    assert!(hits.is_empty(), "of another conversation");
    world.crash(1);
    let hits = find_in(&mut world, 1, "turn 85", Some(group));
    assert_eq!(hits[0].author.as_ref().unwrap().name, "Eve", "whose card Ben does not have");
}

#[test]
fn a_group_that_one_has_left_and_a_request_are_found() {
    let (mut world, group) = hiking(&["Ada", "Ben", "Eve"], 1208);
    world.send(0, group, "Farewell");
    world.settle();
    world.command(1, Command::LeaveGroup { chat: group });
    world.settle();
    assert_eq!(find(&mut world, 1, "farewell").len(), 1);

    let mut world = World::with_people(&["Ada", "Ben"], 1209);
    let ada = world.open_link(0, 1);
    world.send(0, ada, "Stranger");
    world.settle();
    assert_eq!(find(&mut world, 1, "stranger").len(), 1);
    let ben = world.chat(1).id;
    world.command(1, Command::Block { chat: ben });
    assert!(find(&mut world, 1, "stranger").is_empty(), "the list shows nothing of it either");
    assert_eq!(find_in(&mut world, 1, "stranger", Some(ben)).len(), 1);
}

#[test]
fn long_messages_are_found_by_any_of_their_words_and_keep_their_block_small() {
    let (mut world, ada, ben) = World::acquainted(1210);
    for n in 0..3 {
        world.send(0, ada, &format!("{}needle{n}", "hay ".repeat(3_000)));
        world.send(0, ada, "short");
    }
    world.settle();
    assert_eq!(find(&mut world, 1, "needle").len(), 3);
    let hits = find(&mut world, 1, "hay needle1");
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].chat, ben);
    assert!(find(&mut world, 1, "needle7").is_empty());
    let words = world.devices[1].database.0.iter().filter(|((_, table, _), _)| *table == Table::Words);
    assert!(words.map(|(_, row)| row.len()).sum::<usize>() < 1_000);
}

#[test]
fn a_message_that_comes_waits_for_no_row_of_words_once_the_latest_is_here() {
    let (mut world, ada, ben) = World::acquainted(1211);
    world.crash(1);
    world.connect(1);
    world.settle();
    let mut looks = 0;
    for n in 0..100 {
        world.send(0, ada, &format!("message {n}"));
        while world.deliver_up(0) {}
        while world.deliver_down(1, 64) {
            looks += world.devices[1].looks.len();
        }
        world.settle();
    }
    assert_eq!(world.messages(1, ben).len(), 101);
    assert!(looks <= 4, "{looks} rounds: one for each block");
    // What is done to an older one changes nothing of that.
    let order = order_of(&mut world, 0, ada, "message 3");
    world.command(0, Command::Edit { chat: ada, order, text: "message three".to_owned() });
    world.settle();
    world.send(0, ada, "the next");
    while world.deliver_up(0) {}
    assert!(world.deliver_down(1, 64));
    assert_eq!(world.devices[1].looks, [0usize; 0]);
}

#[test]
fn a_step_of_a_search_is_bounded_and_the_next_goes_on() {
    let (mut world, ada, ben) = World::acquainted(1212);
    world.send(0, ada, "needle");
    world.settle();
    let words: Vec<_> = world.devices[1].database.0.iter().filter(|((_, t, _), _)| *t == Table::Words).collect();
    let ((_, _, key), value) = words.first().map(|(key, value)| ((*key).clone(), (*value).clone())).unwrap();
    // As many blocks as 100,000 messages make; what they say of is not there, so that nothing is found but the first.
    let empty = minicbor::to_vec(()).unwrap();
    for block in 1..1_600u64 {
        world.devices[1].database.0.insert((ben.0, Table::Words, block.to_be_bytes().to_vec()), empty.clone());
    }
    assert_eq!(world.devices[1].database.0[&(ben.0, Table::Words, key)], value);
    // The first step reads 752 blocks, 16 and then twice as many each time; some stand right behind, each the last of its block.
    let needle = world.devices[1].database.messages(ben).pop().unwrap().value;
    for block in 1_599u64 - 760..1_599 - 751 {
        let order = block * 64 + 63;
        let words = minicbor::to_vec(Block { version: 1, places: vec![(63, 1)], text: "needle\n".to_owned() }).unwrap();
        let rows = &mut world.devices[1].database.0;
        rows.insert((ben.0, Table::Words, block.to_be_bytes().to_vec()), words);
        rows.insert((ben.0, Table::Messages, order.to_be_bytes().to_vec()), needle.clone());
    }
    let chat = world.devices[1].database.0.get_mut(&([0; 16], Table::State, [&b"chat/"[..], &ben.0].concat())).unwrap();
    *chat = with_next_order(chat, 1 << 20);
    world.crash(1);
    let (mut found, mut steps, mut more) = (0, 0, None);
    loop {
        let (hits, next) = ask(&mut world, 1, "needle", None, more);
        steps += 1;
        assert!(world.devices[1].looks.len() <= 12, "rounds of one step: {:?}", world.devices[1].looks);
        found += hits.len();
        more = next;
        if more.is_none() {
            break;
        }
    }
    assert_eq!(found, 10);
    assert!((3..=5).contains(&steps), "{steps} steps");
}

/// A block of words, as its row has it.
#[derive(minicbor::Encode)]
#[cbor(map)]
struct Block {
    #[n(0)]
    version: u8,
    #[n(1)]
    places: Vec<(u8, u64)>,
    #[n(2)]
    text: String,
}

/// A summary's row whose next order is another.
fn with_next_order(row: &[u8], order: u64) -> Vec<u8> {
    let mut decoder = minicbor::Decoder::new(row);
    let count = decoder.map().unwrap().unwrap();
    for _ in 0..count {
        let key = decoder.u8().unwrap();
        let from = decoder.position();
        decoder.skip().unwrap();
        if key == 6 {
            let value = minicbor::to_vec(order).unwrap();
            return [&row[..from], &value, &row[decoder.position()..]].concat();
        }
    }
    panic!("no next order");
}

#[test]
fn whatever_happens_to_messages_a_search_agrees_with_reading_all_of_them() {
    const WORDS: [&str; 8] = ["Ärger", "zebra", "éclair", "Ζήτα", "ёлка", "ab", "abc", "long"];
    for seed in 0..6 {
        let (mut world, ada, ben) = World::acquainted(1220 + seed);
        let mut dice = Dice::new(seed);
        let chats = [ada, ben];
        for _ in 0..220 {
            let who = dice.below(2) as usize;
            let chat = chats[who];
            let text = |dice: &mut Dice| {
                let mut words: Vec<&str> = (0..1 + dice.below(4)).map(|_| WORDS[dice.below(8) as usize]).collect();
                let tail = "straw ".repeat(if dice.below(12) == 0 { 500 } else { 0 });
                words.push(&tail);
                words.join(" ").trim().to_owned()
            };
            let shown = world.messages(who, chat);
            if shown.is_empty() {
                world.send(who, chat, "ab");
                continue;
            }
            let order = shown[dice.below(shown.len() as u64) as usize].order;
            match dice.below(14) {
                0 => world.command(who, Command::DeleteForMe { chat, order }),
                1 => world.command(who, Command::DeleteForAll { chat, order }),
                2 | 3 => {
                    let text = text(&mut dice);
                    world.command(who, Command::Edit { chat, order, text });
                }
                4 => world.command(who, Command::React { chat, order, emoji: "👍".to_owned(), on: true }),
                5 => {
                    let seconds = (dice.below(2) == 0).then_some(1 + dice.below(100) as u32);
                    world.command(who, Command::SetTimer { chat, seconds });
                }
                6 => world.command(who, Command::Seen { chat, order }),
                7 => {
                    world.crash(who);
                    world.connect(who);
                }
                8 => {
                    world.now += 30_000;
                    world.tick(who);
                }
                9 if dice.below(30) == 0 => world.command(who, Command::Delete { chat }),
                _ => {
                    let text = text(&mut dice);
                    world.send(who, chat, &text);
                }
            }
            if dice.below(3) == 0 {
                world.settle();
            }
        }
        world.settle();
        for (who, chat) in [(0, ada), (1, ben)] {
            for query in ["arger", "ZEBRA", "eclair ab", "ζητα", "елка", "ab", "abc ab", "c", "straw long", "nowhere"]
            {
                let hits = find_in(&mut world, who, query, Some(chat));
                let found: Vec<u64> = hits.iter().map(|hit| hit.order).collect();
                assert_eq!(found, naive(&mut world, who, chat, query), "{query} in world {seed}");
            }
            let texts =
                world.messages(who, chat).into_iter().filter(|message| matches!(message.body, Body::Text { .. }));
            assert_eq!(words_kept(&world, who, chat), texts.map(|message| message.order).collect::<Vec<_>>());
        }
    }
}

/// Orders of the messages of which words are kept.
fn words_kept(world: &World, who: usize, chat: ChatId) -> Vec<u64> {
    let rows = world.devices[who].database.0.iter().filter(|((scope, t, _), _)| *scope == chat.0 && *t == Table::Words);
    let orders = |(key, row): (&(_, Table, Vec<u8>), &Vec<u8>)| {
        let block = u64::from_be_bytes(key.2.as_slice().try_into().unwrap());
        let mut decoder = minicbor::Decoder::new(row);
        // A map of the version, the places and the words.
        assert_eq!((decoder.map().unwrap(), decoder.u8().unwrap(), decoder.u8().unwrap()), (Some(3), 0, 1));
        assert_eq!(decoder.u8().unwrap(), 1);
        let places: Vec<(u8, u64)> = decoder.decode().unwrap();
        places.into_iter().map(move |(at, _)| block * 64 + u64::from(at)).collect::<Vec<_>>()
    };
    rows.flat_map(orders).collect()
}

/// Orders of the messages in which the words of a query stand, by reading all, the latest first. The words are folded by hand.
fn naive(world: &mut World, who: usize, chat: ChatId, query: &str) -> Vec<u64> {
    let fold = |text: &str| {
        let mut text = text.to_lowercase();
        for (from, to) in [("ä", "a"), ("é", "e"), ("ή", "η"), ("ё", "е")] {
            text = text.replace(from, to);
        }
        text
    };
    let words: Vec<String> = query.split_whitespace().map(fold).collect();
    let messages = world.messages(who, chat);
    let fits = |body: &Body| match body {
        Body::Text { parts, .. } => words.iter().all(|word| fold(&plain(parts)).contains(word)),
        _ => false,
    };
    messages.iter().rev().filter(|message| fits(&message.body)).map(|message| message.order).collect()
}
