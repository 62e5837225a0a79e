//! What messages do to each other: replies, edits, deletions, reactions.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::{
    Input,
    api::{Body, ChatId, Command, Event, Known, MessageView, Problem, Quote, Reaction, Version},
    content::{Message, MessageId},
    rows::{Scope, Table},
};
use xchat_wire::{Refusal, Reply, ServerFrame};

fn text(view: &MessageView) -> &str {
    match &view.body {
        Body::Text { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

fn reply(world: &mut World, who: usize, chat: ChatId, order: u64, text: &str) {
    world.command(who, Command::Reply { chat, order, text: text.to_owned(), tag: 5 });
    world.settle();
}

fn edit(world: &mut World, who: usize, chat: ChatId, order: u64, text: &str) {
    world.command(who, Command::Edit { chat, order, text: text.to_owned() });
}

fn react(world: &mut World, who: usize, chat: ChatId, order: u64, emoji: &str, on: bool) {
    world.command(who, Command::React { chat, order, emoji: emoji.to_owned(), on });
}

/// Emoji, how many gave it, and whether this person is among them.
fn given(view: &MessageView) -> Vec<(&str, u32, bool)> {
    view.reactions.iter().map(|Reaction { emoji, count, mine, .. }| (emoji.as_str(), *count, *mine)).collect()
}

fn refused(world: &World, who: usize) -> Option<Problem> {
    world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Refused { problem } => Some(*problem),
        _ => None,
    })
}

#[test]
fn a_reply_shows_what_it_answers_also_after_that_was_edited_or_deleted() {
    let (mut world, ada, ben) = World::acquainted(800);
    let hello = world.order(1, ben, 0);
    reply(&mut world, 1, ben, hello, "hi");
    assert!(world.devices[1].events.contains(&Event::Written { tag: 5 }));
    let quote =
        |mine, text: &str| Some(Quote::Here { order: 1, mine, author: None, text: text.to_owned(), holds: None });
    assert_eq!(world.view(0, ada, 1).quote, quote(true, "hello"));
    assert_eq!(world.view(1, ben, 1).quote, quote(false, "hello"));

    let order = world.order(0, ada, 0);
    edit(&mut world, 0, ada, order, "hello **all**");
    world.settle();
    assert_eq!(world.view(1, ben, 1).quote, quote(false, "hello all"), "as it is now, without its marks");
    // The newest version is what is answered now.
    reply(&mut world, 1, ben, hello, "hi again");
    assert_eq!(world.view(0, ada, 2).quote, quote(true, "hello all"));

    world.command(0, Command::DeleteForAll { chat: ada, order });
    world.settle();
    for at in [1, 2] {
        assert_eq!(world.view(1, ben, at).quote, Some(Quote::Deleted { order: 1 }));
        assert_eq!(world.view(0, ada, at).quote, Some(Quote::Deleted { order: 1 }));
    }
}

#[test]
fn a_reply_to_a_message_that_is_not_here_says_so() {
    let (mut world, ada, ben) = World::acquainted(801);
    let hello = world.order(1, ben, 0);
    world.command(0, Command::DeleteForMe { chat: ada, order: 1 });
    reply(&mut world, 1, ben, hello, "hi");
    assert_eq!(world.view(0, ada, 0).quote, Some(Quote::Missing));
    world.command(1, Command::DeleteForMe { chat: ben, order: hello });
    assert_eq!(world.view(1, ben, 0).quote, Some(Quote::Missing), "gone afterwards");
}

#[test]
fn replies_that_answer_each_other_or_themselves_hang_nothing() {
    let (mut world, ada, ben) = World::acquainted(802);
    for n in 0..4 {
        let order = world.order(n % 2, [ada, ben][n % 2], n);
        reply(&mut world, n % 2, [ada, ben][n % 2], order, &format!("{n}"));
    }
    // An edit that answers itself, and one that answers a later message.
    let (first, last) = (world.id(1, ben, 2), world.id(1, ben, 5));
    for target in [first, last] {
        let message = Message::text([9; 16], "round and round");
        world.say(1, ben, &Message { replaces: Some(first), in_reply_to: Some(target), ..message });
    }
    let views = world.messages(0, ada);
    assert_eq!(views.len(), 5, "{views:?}");
    assert!(
        views.iter().skip(1).all(|view| matches!(&view.quote, Some(Quote::Here { order, .. }) if *order < view.order))
    );
}

#[test]
fn an_edit_replaces_the_words_on_both_sides_and_keeps_what_they_were() {
    let (mut world, ada, ben) = World::acquainted(803);
    let before = world.chat(1);
    world.now += 5_000;
    edit(&mut world, 0, ada, 1, "hello there");
    assert_eq!(text(&world.view(0, ada, 0)), "hello there", "at once");
    world.settle();
    edit(&mut world, 0, ada, 1, "hello Ben");
    world.settle();
    for (who, chat) in [(0, ada), (1, ben)] {
        let views = world.messages(who, chat);
        assert_eq!((views.len(), text(&views[0])), (1, "hello Ben"));
        assert!(views[0].edited.is_some_and(|edited| edited > views[0].time));
        world.command(who, Command::Details { chat, order: 1 });
        let versions = world.devices[who].events.iter().rev().find_map(|event| match event {
            Event::Details { order: 1, known, .. } => Some(Known::from_bytes(known).unwrap().versions),
            _ => None,
        });
        let texts: Vec<String> = versions.unwrap().into_iter().map(|Version { text, .. }| text).collect();
        assert_eq!(texts, ["hello", "hello there"]);
    }
    let after = world.chat(1);
    assert_eq!(after.last.map(|last| text(&last).to_owned()), Some("hello Ben".to_owned()), "the list says it as well");
    assert_eq!((after.unread, after.time), (before.unread, before.time), "nothing new came");
}

#[test]
fn what_cannot_be_edited_is_refused_and_stays() {
    let (mut world, ada, ben) = World::acquainted(804);
    edit(&mut world, 1, ben, 1, "hijacked");
    assert_eq!(refused(&world, 1), Some(Problem::NotAuthor));
    edit(&mut world, 0, ada, 99, "nowhere");
    assert_eq!(refused(&world, 0), Some(Problem::NoMessage));
    edit(&mut world, 0, ada, 1, "  ");
    assert_eq!(refused(&world, 0), Some(Problem::Text));
    world.command(0, Command::DeleteForAll { chat: ada, order: 1 });
    edit(&mut world, 0, ada, 1, "back from the dead");
    assert_eq!(refused(&world, 0), Some(Problem::NoMessage));
    world.settle();
    assert_eq!((world.view(0, ada, 0).body, world.view(1, ben, 0).body), (Body::Deleted, Body::Deleted));
}

#[test]
fn a_deleted_message_leaves_its_place_on_both_sides_and_nothing_of_its_words() {
    let (mut world, ada, ben) = World::acquainted(805);
    world.send(0, ada, "my secret-word");
    world.settle();
    edit(&mut world, 0, ada, 2, "my other secret-word");
    react(&mut world, 1, ben, 2, "👍", true);
    world.settle();
    world.command(0, Command::Pin { chat: ada, order: 2, on: true });
    world.settle();
    assert!(world.rows_with(0, "secret-word") > 0 && world.rows_with(1, "secret-word") > 0);
    world.command(0, Command::DeleteForAll { chat: ada, order: 2 });
    world.settle();
    for (who, chat) in [(0, ada), (1, ben)] {
        let view = world.view(who, chat, 1);
        assert_eq!((&view.body, view.edited, view.reactions.len()), (&Body::Deleted, None, 0));
        assert_eq!(world.rows_with(who, "secret-word"), 0);
        assert!(world.chat(who).pins.is_empty());
    }
    assert_eq!(world.chat(1).unread, 1, "there is nothing left to read of it");
}

#[test]
fn a_message_that_is_deleted_before_it_went_out_never_does() {
    let (mut world, ada, ben) = World::acquainted(806);
    world.disconnect(0);
    world.send(0, ada, "better not");
    world.command(0, Command::DeleteForAll { chat: ada, order: 2 });
    world.settle();
    assert_eq!((world.view(0, ada, 1).body, world.view(0, ada, 1).mark), (Body::Deleted, None), "nothing waits");
    assert_eq!(world.chat(0).last.map(|last| last.mark), Some(None));
    assert_eq!(world.texts(1, ben), ["hello"]);
    assert_eq!(world.rows_with(0, "better not"), 0);
}

#[test]
fn a_late_edit_of_a_deleted_message_changes_nothing() {
    let (mut world, ada, ben) = World::acquainted(807);
    let first = world.id(1, ben, 1);
    world.command(0, Command::DeleteForAll { chat: ada, order: 1 });
    world.settle();
    world.say(0, ada, &Message { replaces: Some(first), ..Message::text([1; 16], "late") });
    assert_eq!(world.view(1, ben, 0).body, Body::Deleted);
    react(&mut world, 1, ben, 1, "👍", true);
    assert_eq!(refused(&world, 1), Some(Problem::NoMessage));
}

#[test]
fn a_message_deleted_here_is_gone_here_alone_and_the_list_shows_the_one_before() {
    let (mut world, ada, ben) = World::acquainted(808);
    for text in ["one", "two", "three"] {
        world.send(0, ada, text);
    }
    world.settle();
    for order in [3, 4] {
        world.command(1, Command::DeleteForMe { chat: ben, order });
        assert!(world.devices[1].events.contains(&Event::MessageGone { chat: ben, order }));
    }
    assert_eq!(world.texts(1, ben), ["hello", "one"]);
    assert_eq!(world.chat(1).last.map(|last| text(&last).to_owned()), Some("one".to_owned()));
    assert_eq!(world.chat(1).unread, 2);
    assert_eq!(world.texts(0, ada).len(), 4);
    for order in [1, 2] {
        world.command(1, Command::DeleteForMe { chat: ben, order });
    }
    assert_eq!((world.chat(1).last, world.chat(1).unread), (None, 0));
    assert_eq!(world.rows_with(1, "three"), 0);
}

#[test]
fn reactions_are_seen_by_both_and_taken_back_without_making_anything_new() {
    let (mut world, ada, ben) = World::acquainted(809);
    let before = world.chat(0);
    react(&mut world, 1, ben, 1, "👍", true);
    react(&mut world, 1, ben, 1, "❤️", true);
    react(&mut world, 1, ben, 1, "👍", true);
    react(&mut world, 0, ada, 1, "👍", true);
    assert_eq!(given(&world.view(1, ben, 0)), [("👍", 1, true), ("❤️", 1, true)], "at once, and each once");
    world.settle();
    let view = world.view(0, ada, 0);
    let mut shown = given(&view);
    shown.sort();
    assert_eq!(shown, [("❤️", 1, false), ("👍", 2, true)]);
    assert_eq!(
        view.reactions.iter().flat_map(|r| &r.people).map(|p| p.name.as_str()).collect::<Vec<_>>(),
        ["Ben", "Ben"]
    );
    let after = world.chat(0);
    assert_eq!(
        (after.unread, after.time, &after.last.unwrap().body),
        (before.unread, before.time, &before.last.unwrap().body)
    );
    let told = world.devices[0]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Reacted { order: 1, person, .. } if person.name == "Ben"));
    assert_eq!(told.count(), 2);
    assert!(!world.devices[1].events.iter().any(|event| matches!(event, Event::Reacted { .. })), "it is Ada's message");

    react(&mut world, 1, ben, 1, "👍", false);
    react(&mut world, 0, ada, 1, "❤️", false);
    world.settle();
    let mut shown = world.view(0, ada, 0).reactions;
    shown.sort_by_key(|reaction| reaction.mine);
    assert_eq!(shown.iter().map(|r| (r.emoji.as_str(), r.mine)).collect::<Vec<_>>(), [("❤️", false), ("👍", true)]);
    assert_eq!(world.view(1, ben, 0).reactions.len(), 2);
}

#[test]
fn a_reaction_is_one_emoji_and_a_person_gives_a_few_at_most() {
    let (mut world, _, ben) = World::acquainted(810);
    for emoji in ["", "ok", "👍👍", "<script>"] {
        world.devices[1].events.clear();
        react(&mut world, 1, ben, 1, emoji, true);
        assert_eq!(refused(&world, 1), Some(Problem::Emoji), "{emoji}");
    }
    for emoji in ["😀", "😁", "😂", "🤣", "😃", "😄", "😅", "😆"] {
        react(&mut world, 1, ben, 1, emoji, true);
    }
    world.devices[1].events.clear();
    react(&mut world, 1, ben, 1, "😇", true);
    assert_eq!(refused(&world, 1), Some(Problem::TooMany));
    assert_eq!(world.view(1, ben, 0).reactions.len(), 8);
}

#[test]
fn what_people_do_to_messages_goes_into_their_rows_and_a_scope_stays_small() {
    let (mut world, ada, ben) = World::acquainted(815);
    let rows = |world: &World| world.devices[1].database.scope(Scope::Chat(ben)).len();
    world.command(1, Command::Seen { chat: ben, order: 1 });
    world.settle();
    let before = rows(&world);
    for n in 0..40u64 {
        world.send(0, ada, "x");
        world.settle();
        react(&mut world, 1, ben, n + 2, "👍", true);
        edit(&mut world, 0, ada, n + 2, "y");
    }
    world.command(1, Command::Seen { chat: ben, order: 1_000 });
    world.settle();
    assert_eq!(rows(&world), before);
    assert_eq!(given(&world.view(0, ada, 40)), [("👍", 1, false)]);
}

#[test]
fn a_message_is_found_by_its_id_also_after_the_device_has_started_again() {
    let (mut world, ada, ben) = World::acquainted(816);
    world.crash(0);
    world.crash(1);
    edit(&mut world, 0, ada, 1, "after the start");
    react(&mut world, 1, ben, 1, "🎉", true);
    world.settle();
    assert_eq!(text(&world.view(1, ben, 0)), "after the start");
    assert_eq!(given(&world.view(0, ada, 0)), [("🎉", 1, false)]);
    let _: MessageId = world.id(0, ada, 1);
}

#[test]
fn in_a_long_conversation_each_act_takes_a_handful_of_rows_and_a_page_those_that_it_quotes() {
    let (mut world, ada, ben) = World::acquainted(817);
    reply(&mut world, 1, ben, 1, "an answer");
    // As many as a database may hold: copies of the two that are there.
    for (who, chat) in [(0, ada), (1, ben)] {
        let rows = world.devices[who].database.messages(chat);
        for order in 1_000..101_000u64 {
            let value = rows[usize::from(order % 2 == 0)].value.clone();
            world.devices[who].database.0.insert((chat.0, Table::Messages, order.to_be_bytes().to_vec()), value);
        }
    }
    let looks = |world: &World, who: usize| world.devices[who].looks.clone();
    let rows = world.devices[0].database.messages(ada).split_off(100_000 - 60);
    world.input(0, Input::Page { chat: ada, rows, more: true, before: None });
    assert_eq!(looks(&world, 0), [1], "the one message that all of them answer");
    react(&mut world, 1, ben, 50_001, "👍", true);
    assert_eq!(looks(&world, 1), [1, 1], "its row, then the words of its block");
    edit(&mut world, 0, ada, 1, "the oldest, edited");
    while world.deliver_up(0) {}
    assert!(world.deliver_down(1, 64));
    assert_eq!(looks(&world, 1), [1, 1, 1], "its id, then its row, then the words of its block");
}

#[test]
fn what_the_relay_refuses_for_good_is_said() {
    let (mut world, ada, _) = World::acquainted(818);
    world.lie = Some(Box::new(|who, frame| match frame {
        ServerFrame::Reply { request, reply: Reply::Accepted { .. } } if who == 0 => {
            Some(ServerFrame::Reply { request, reply: Reply::Refused { reason: Refusal::TooLarge } })
        }
        ServerFrame::Record { .. } if who == 0 => None,
        frame => Some(frame),
    }));
    edit(&mut world, 0, ada, 1, "never to arrive");
    world.flow();
    assert_eq!(refused(&world, 0), Some(Problem::NotSent));
}
