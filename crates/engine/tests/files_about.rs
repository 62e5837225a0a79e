//! What is said about messages with files, and how they are found again.
#![allow(clippy::unwrap_used)]

mod files_setup;
mod sim;

use std::{cell::Cell, rc::Rc};

use files_setup::{files, last, pass, send, staged, world};
use minicbor::bytes::ByteVec;
use sim::World;
use xchat_engine::api::{
    Attachments, Body, ChatId, Command, Event, FileCommand, Found, Hit, Holds, Mark, Media, MessageView, Problem,
    Quote, Shelf, StagedFile,
};

/// What a conversation has on a shelf: the hits of all answers, the latest first.
fn gallery(world: &mut World, who: usize, chat: ChatId, shelf: Shelf) -> Vec<Hit> {
    let (mut hits, mut from) = (Vec::new(), None);
    loop {
        let what = FileCommand::Gallery { search: 3, shelf, from }.to_bytes().into();
        world.command(who, Command::Files { chat, reply: None, tag: None, what });
        let Some(Event::Found { found }) = world.devices[who].events.last() else { panic!("no answer") };
        let found = Found::from_bytes(found).unwrap();
        hits.extend(found.hits);
        from = found.more;
        if from.is_none() {
            return hits;
        }
    }
}

#[test]
fn what_is_said_about_a_message_that_waits_for_its_files_waits_too_and_the_rest_does_not() {
    let (mut world, ada, ben) = world(915);
    let file = staged(&mut world, 0, 300);
    let open = Rc::new(Cell::new(false));
    let weather = open.clone();
    world.weather = Some(Box::new(move |_, _| if weather.get() { 0 } else { 503 }));
    send(&mut world, 0, ada, &[file], "the hutt");
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::Edit { chat: ada, order, text: "the hut".to_owned() });
    world.command(0, Command::React { chat: ada, order, emoji: "🎉".to_owned(), on: true });
    world.command(0, Command::React { chat: ada, order, emoji: "👍".to_owned(), on: true });
    world.command(0, Command::React { chat: ada, order, emoji: "👍".to_owned(), on: false });
    world.command(0, Command::Pin { chat: ada, order, on: true });
    world.command(0, Command::Reply { chat: ada, order, text: "it is small".to_owned(), tag: 8 });
    world.send(0, ada, "meanwhile");
    world.flow();
    assert_eq!(world.texts(1, ben).last().unwrap(), "meanwhile");
    assert!(world.messages(1, ben).iter().all(|message| message.holds.is_none() && message.quote.is_none()));
    let answer = world.messages(0, ada).into_iter().find(|message| message.quote.is_some()).unwrap();
    assert_eq!(answer.mark, Some(Mark::Pending), "what overtakes it does not count for it");
    open.set(true);
    pass(&mut world, 20);
    let messages = world.messages(1, ben);
    let picture = messages.iter().find(|message| message.holds.is_some()).unwrap();
    assert!(matches!(&picture.body, Body::Text { text, .. } if text == "the hut"), "{picture:?}");
    let emojis: Vec<&str> = picture.reactions.iter().map(|reaction| reaction.emoji.as_str()).collect();
    assert_eq!(emojis, ["🎉"]);
    assert!(matches!(messages.last().unwrap().quote, Some(Quote::Here { holds: Some(Holds::Picture), .. })));
    assert_eq!(world.chat(1).pins.len(), 1);
    assert!(
        world.messages(0, ada).iter().filter(|message| message.mine).all(|message| message.mark >= Some(Mark::Sent))
    );
}

#[test]
fn a_caption_can_be_edited_and_the_files_stay_and_a_copy_names_the_same_chunks() {
    let (mut world, ada, ben) = world(908);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "the hutt");
    world.flow();
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::Edit { chat: ada, order, text: "the hut".to_owned() });
    world.command(0, Command::Forward { chat: ada, order, to: vec![ada] });
    world.flow();
    let messages: Vec<MessageView> =
        world.messages(1, ben).into_iter().filter(|message| message.holds.is_some()).collect();
    assert_eq!(messages.len(), 2);
    for message in &messages {
        assert!(matches!(&message.body, Body::Text { text, .. } if text == "the hut"), "{message:?}");
        assert_eq!(files(message).files[0].source.as_ref(), Some(&file.source));
    }
    assert!(messages[1].forwarded);
    let puts = world.devices[0].kept.len();
    assert_eq!(puts, 1, "nothing was sealed again");
}

#[test]
fn a_copy_waits_until_its_files_are_at_the_relay() {
    let (mut world, ada, _) = world(909);
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, &[file], "");
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::Forward { chat: ada, order, to: vec![ada] });
    assert_eq!(world.devices[0].events.last(), Some(&Event::Refused { problem: Problem::NoMessage }));
}

#[test]
fn an_answer_with_a_file_names_what_it_answers_and_is_quoted_by_what_it_holds() {
    let (mut world, ada, ben) = world(910);
    world.send(1, ben, "show me");
    world.flow();
    let question = last(&mut world, 0, ada).order;
    let file: ByteVec = staged(&mut world, 0, 300).to_bytes().into();
    let what = FileCommand::Send { files: vec![file], text: String::new() }.to_bytes().into();
    let command = Command::Files { chat: ada, reply: Some(question), tag: Some(1), what };
    world.command(0, command);
    world.flow();
    let answer = last(&mut world, 1, ben);
    assert!(matches!(&answer.quote, Some(Quote::Here { text, .. }) if text == "show me"));
    world.command(1, Command::Reply { chat: ben, order: answer.order, text: "nice".to_owned(), tag: 2 });
    world.flow();
    let quote = last(&mut world, 0, ada).quote;
    assert!(matches!(quote, Some(Quote::Here { holds: Some(Holds::Picture), .. })), "{quote:?}");
}

#[test]
fn a_gallery_shows_each_kind_with_its_files_and_forgets_what_is_deleted() {
    let (mut world, ada, ben) = world(914);
    let picture = staged(&mut world, 0, 300);
    let voice = StagedFile {
        content_type: "audio/webm;codecs=opus".to_owned(),
        media: Media { voice: true, duration_ms: 900, ..Media::default() },
        ..staged(&mut world, 0, 301)
    };
    let paper = StagedFile {
        name: "plan.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        shown: false,
        ..staged(&mut world, 0, 302)
    };
    send(&mut world, 0, ada, std::slice::from_ref(&picture), "the hut");
    send(&mut world, 0, ada, std::slice::from_ref(&voice), "");
    world.send(0, ada, "see https://hut.example/road and **[this](https://map.example)**");
    send(&mut world, 0, ada, &[paper, picture.clone()], &"many words ".repeat(400));
    world.send(0, ada, "no more than words");
    world.flow();
    for (who, chat) in [(0, ada), (1, ben)] {
        let mut count = |shelf| gallery(&mut world, who, chat, shelf).len();
        let counts = [Shelf::Media, Shelf::Sound, Shelf::Files, Shelf::Links].map(&mut count);
        assert_eq!(counts, [2, 1, 1, 1], "device {who}");
        let media = gallery(&mut world, who, chat, Shelf::Media);
        let hut = media.iter().find(|hit| hit.snippet[0].starts_with("the hut")).unwrap();
        assert_eq!(
            Attachments::from_bytes(hut.attachments.as_ref().unwrap()).unwrap().files[0].source.as_ref(),
            Some(&picture.source)
        );
        let links = &gallery(&mut world, who, chat, Shelf::Links)[0].links;
        assert_eq!(*links, ["https://hut.example/road", "https://map.example"]);
    }
    // Nobody sees the signs, and words are found beside them.
    world.command(1, Command::Search { search: 4, query: "hut".to_owned(), chat: None, from: None });
    let Some(Event::Found { found }) = world.devices[1].events.last() else { panic!("no answer") };
    let found = Found::from_bytes(found).unwrap();
    assert_eq!(found.hits.len(), 4, "three by the picture's name, and a link");
    assert!(found.hits.iter().all(|hit| hit.snippet.concat().chars().all(|c| c < '\u{f0000}')));
    let order = gallery(&mut world, 0, ada, Shelf::Sound)[0].order;
    world.command(0, Command::DeleteForAll { chat: ada, order });
    world.flow();
    assert!(gallery(&mut world, 0, ada, Shelf::Sound).is_empty());
    assert!(gallery(&mut world, 1, ben, Shelf::Sound).is_empty());
}
