//! The page's plain functions: routes, marks, history, grouping, days, names.
#![allow(clippy::unwrap_used)]

use leptos::prelude::GetUntracked;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use xchat::ui::browser::clock::{Named, day_number, named};
use xchat::ui::chat::blocks::{Block, BlockKey, blocks};
use xchat::ui::chat::changes::sentences;
use xchat::ui::contact::groups_of_five;
use xchat::ui::group::may::{Offer, may_add, may_change, may_rule, offers};
use xchat::ui::i18n::{Lang, fill};
use xchat::ui::name::name_error;
use xchat::ui::route::Route;
use xchat::ui::session::{Entry, History, MAX_SHOWN, PIECE, raised};
use xchat::ui::settings::three_of_twelve;
use xchat::ui::title::title;
use xchat::ui::widgets::{initial, initials, qr};
use xchat_engine::api::{
    Author, Body, Change, ChatId, GroupView, Mark, MemberView, MessageView, Notice, OutView, PersonId, Quote, Role, Who,
};

wasm_bindgen_test_configure!(run_in_browser);

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

fn message(order: u64, mine: bool, time: u64) -> MessageView {
    let body = Body::text(format!("message {order}"));
    MessageView { mark: mine.then_some(Mark::Sent), ..MessageView::bare(order, mine, body, time) }
}

fn page(orders: std::ops::Range<u64>) -> Vec<MessageView> {
    orders.map(|order| message(order, false, order * MINUTE)).collect()
}

fn orders(history: &History) -> Vec<u64> {
    history.drawn().iter().map(|entry| entry.order).collect()
}

// Routes

#[wasm_bindgen_test]
fn every_route_reads_back_what_it_writes() {
    let id = ChatId([0xab; 16]);
    let routes = [
        Route::Chats,
        Route::New,
        Route::NewGroup,
        Route::Chat(id),
        Route::Contact(id),
        Route::Settings,
        Route::Words,
        Route::Help,
        Route::About,
        Route::Add("#add/abc_-9".to_owned()),
        Route::Join("#join/abc_-9".to_owned()),
    ];
    for route in routes {
        assert_eq!(Route::parse(&route.href()), route);
    }
}

#[wasm_bindgen_test]
fn an_address_that_leads_nowhere_is_unknown() {
    for fragment in
        ["#x", "#chat", "#chat/", "#chat/12", "#chat/zz", "#settings/", "#chat/+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1"]
    {
        assert_eq!(Route::parse(fragment), Route::Unknown, "{fragment}");
    }
    assert_eq!(Route::parse(""), Route::Chats);
    assert_eq!(Route::parse("#"), Route::Chats);
}

// Marks

#[wasm_bindgen_test]
fn a_mark_is_raised_and_never_lowered() {
    assert_eq!(raised(Some(Mark::Pending), Mark::Sent), Some(Mark::Sent));
    assert_eq!(raised(Some(Mark::Read), Mark::Delivered), Some(Mark::Read));
}

#[wasm_bindgen_test]
fn a_failed_message_and_one_from_the_other_side_keep_their_mark() {
    assert_eq!(raised(Some(Mark::Failed), Mark::Read), Some(Mark::Failed));
    assert_eq!(raised(None, Mark::Read), None);
}

#[wasm_bindgen_test]
fn marks_rise_up_to_the_named_message_only() {
    let mut history = History::opening();
    let messages = (1..=3).map(|order| message(order, true, order)).collect();
    history.page(messages, false, None);
    history.raise(2, Mark::Delivered);
    let marks: Vec<_> = history.drawn().iter().map(|entry| entry.view.get_untracked().mark).collect();
    assert_eq!(marks, [Some(Mark::Delivered), Some(Mark::Delivered), Some(Mark::Sent)]);
}

#[wasm_bindgen_test]
fn what_was_deleted_has_no_mark_and_holds_no_other_back() {
    let mut history = History::opening();
    let deleted = MessageView { body: Body::Deleted, mark: None, ..message(2, true, 2) };
    history.page(vec![message(1, true, 1), deleted, message(3, true, 3)], false, None);
    history.raise(3, Mark::Read);
    history.mark(2, Mark::Sent);
    let marks: Vec<_> = history.drawn().iter().map(|entry| entry.view.get_untracked().mark).collect();
    assert_eq!(marks, [Some(Mark::Read), None, Some(Mark::Read)]);
}

// History

#[wasm_bindgen_test]
fn an_older_page_comes_before_what_is_there() {
    let mut history = History::opening();
    history.page(page(60..120), true, None);
    assert_eq!(history.older(), Some(60));
    assert_eq!(history.older(), None, "one page at a time");
    history.page(page(0..60), false, Some(60));
    assert_eq!(orders(&history), (0..120).collect::<Vec<_>>());
    assert!(!history.has_older());
}

#[wasm_bindgen_test]
fn a_page_that_was_asked_for_before_something_changed_is_ignored() {
    let mut history = History::opening();
    history.page(page(60..120), true, None);
    history.page(page(0..10), false, Some(30));
    assert_eq!(orders(&history).first(), Some(&60));
    assert!(history.has_older());
}

#[wasm_bindgen_test]
fn a_redelivered_message_changes_in_place() {
    let mut history = History::opening();
    history.page(vec![message(1, true, 5)], false, None);
    let mut again = message(1, true, 5);
    again.mark = Some(Mark::Read);
    history.message(again, true);
    assert_eq!(orders(&history), [1]);
    assert_eq!(history.drawn()[0].view.get_untracked().mark, Some(Mark::Read));
}

#[wasm_bindgen_test]
fn a_message_that_is_gone_leaves_no_hole_and_what_quotes_it_says_so() {
    let mut history = History::opening();
    let quote = |order| Some(Quote::Here { order, mine: false, author: None, text: "words".to_owned(), holds: None });
    let answer = MessageView { quote: quote(60), ..message(120, true, 120 * MINUTE) };
    history.page(page(60..120).into_iter().chain([answer.clone()]).collect(), true, None);
    history.remove(60);
    history.remove(7);
    assert_eq!(orders(&history), (61..121).collect::<Vec<_>>());
    let last = |history: &History| history.drawn().last().unwrap().view.get_untracked().quote;
    assert_eq!(last(&history), Some(Quote::Missing));
    history.message(MessageView { quote: quote(70), ..answer }, true);
    history.message(MessageView { body: Body::Deleted, ..message(70, false, 70 * MINUTE) }, true);
    assert_eq!(last(&history), Some(Quote::Deleted { order: 70 }));
}

#[wasm_bindgen_test]
fn no_more_than_the_limit_is_drawn_and_the_way_down_brings_all_back() {
    let mut history = History::opening();
    let last = 10_000;
    history.page(page(last - 60..last), true, None);
    let mut first = last - 60;
    for _ in 0..12 {
        let before = history.older().expect("there is more");
        history.page(page(before - 60..before), true, Some(before));
        first -= 60;
        assert!(history.drawn().len() <= MAX_SHOWN);
        assert_eq!(orders(&history).first(), Some(&first));
    }
    assert!(!history.ends_here());
    while !history.ends_here() {
        history.newer();
        assert!(history.drawn().len() <= MAX_SHOWN);
    }
    assert_eq!(orders(&history).last(), Some(&(last - 1)));
    assert_eq!(history.older(), None, "the older ones are still in memory");
}

#[wasm_bindgen_test]
fn a_message_far_below_the_reader_is_not_drawn_until_they_come_down() {
    let mut history = History::opening();
    history.page(page(0..60), false, None);
    for order in 60..(MAX_SHOWN as u64 + 30) {
        history.message(message(order, false, order), false);
    }
    assert_eq!(history.drawn().len(), MAX_SHOWN);
    assert_eq!(orders(&history).first(), Some(&0));
    assert!(!history.ends_here());
    history.latest();
    assert!(history.ends_here());
}

#[wasm_bindgen_test]
fn what_is_taken_away_above_a_reader_at_the_end_are_whole_pieces() {
    let mut history = History::opening();
    history.page(Vec::new(), false, None);
    let (mut begins, mut most) = (Vec::new(), 0);
    for order in 1..=2_000 {
        history.message(message(order, false, order), true);
        begins.push(history.drawn()[0].order);
        most = most.max(history.drawn().len());
    }
    begins.dedup();
    assert!(begins.len() > 10 && begins[1..].iter().all(|order| order % PIECE == 0), "{begins:?}");
    assert!((MAX_SHOWN..=MAX_SHOWN + 2 * PIECE as usize).contains(&most), "{most}");
    assert_eq!(history.drawn().last().map(|entry| entry.order), Some(2_000));
}

// Grouping

fn entries(messages: &[(u64, bool, u64)]) -> Vec<Entry> {
    messages.iter().map(|(order, mine, time)| Entry::new(message(*order, *mine, *time), false)).collect()
}

fn keys(blocks: &[Block]) -> Vec<BlockKey> {
    blocks.iter().map(Block::key).collect()
}

fn utc_day(time: u64) -> i64 {
    day_number(time, 0)
}

#[wasm_bindgen_test]
fn bubbles_of_one_author_within_five_minutes_are_one_group() {
    let list = entries(&[(1, false, 0), (2, false, 4 * MINUTE), (3, true, 5 * MINUTE), (4, true, 11 * MINUTE)]);
    let laid = blocks(&list, None, utc_day);
    assert_eq!(keys(&laid), [BlockKey::Day(0), BlockKey::Group(1), BlockKey::Group(3), BlockKey::Group(4)]);
}

#[wasm_bindgen_test]
fn a_long_group_is_laid_out_in_pieces_and_each_knows_whether_it_goes_on() {
    let long: Vec<_> = (30..=70).map(|order| (order, false, order)).collect();
    let laid = blocks(&entries(&long), None, utc_day);
    assert_eq!(keys(&laid), [BlockKey::Day(0), BlockKey::Group(30), BlockKey::Piece(32), BlockKey::Piece(64)]);
    let pieces: Vec<_> = laid
        .iter()
        .filter_map(|block| match block {
            Block::Group { entries, continues, goes_on, .. } => Some((entries.len(), *continues, *goes_on)),
            _ => None,
        })
        .collect();
    assert_eq!(pieces, [(2, false, true), (32, true, true), (7, true, false)]);
    let other = blocks(&entries(&[(31, false, 0), (32, true, 1)]), None, utc_day);
    assert_eq!(keys(&other), [BlockKey::Day(0), BlockKey::Group(31), BlockKey::Group(32)]);
    assert!(other.iter().all(|block| !matches!(block, Block::Group { goes_on: true, .. })));
}

#[wasm_bindgen_test]
fn a_new_day_breaks_a_group_and_a_day_line_never_comes_twice() {
    let list = entries(&[(1, false, DAY - 1), (2, false, DAY), (3, false, DAY - 1), (4, false, DAY + 1)]);
    let laid = blocks(&list, None, utc_day);
    assert_eq!(keys(&laid), [BlockKey::Day(0), BlockKey::Group(1), BlockKey::Day(1), BlockKey::Group(2)]);
}

#[wasm_bindgen_test]
fn the_unread_line_stands_before_the_first_unread_message_and_breaks_its_group() {
    let list = entries(&[(1, false, 0), (2, false, 1), (3, false, 2)]);
    let laid = blocks(&list, Some(2), utc_day);
    assert_eq!(keys(&laid), [BlockKey::Day(0), BlockKey::Group(1), BlockKey::Unread, BlockKey::Group(2)]);
}

#[wasm_bindgen_test]
fn a_notice_stands_alone() {
    let mut list = entries(&[(1, false, 0), (3, false, 2)]);
    let notice = MessageView { body: Body::Notice { notice: Notice::Renewed }, ..message(2, false, 1) };
    list.insert(1, Entry::new(notice, false));
    let laid = blocks(&list, None, utc_day);
    assert_eq!(keys(&laid), [BlockKey::Day(0), BlockKey::Group(1), BlockKey::Notice(2), BlockKey::Group(3)]);
}

#[wasm_bindgen_test]
fn two_people_who_write_one_after_the_other_are_two_groups() {
    let by = |order, author| MessageView { author: Some(author), ..message(order, false, order) };
    let list: Vec<Entry> = [by(1, person(1)), by(2, person(1)), by(3, person(2)), by(4, person(1))]
        .map(|message| Entry::new(message, false))
        .into();
    let laid = blocks(&list, None, utc_day);
    assert_eq!(keys(&laid), [BlockKey::Day(0), BlockKey::Group(1), BlockKey::Group(3), BlockKey::Group(4)]);
}

// Groups

fn person(n: u8) -> Author {
    Author { person: PersonId([n; 32]), name: format!("P{n}"), colour: n }
}

fn member(role: Role) -> MemberView {
    MemberView {
        person: PersonId([1; 32]),
        name: "Ada".to_owned(),
        address: String::new(),
        colour: 1,
        role,
        me: false,
        devices: 1,
    }
}

fn group(role: Role, who: Who) -> GroupView {
    GroupView {
        description: String::new(),
        people: 3,
        role,
        may_add: who,
        may_change: who,
        timer: None,
        out: None,
        inviter: None,
        invite: None,
        requests: 0,
    }
}

#[wasm_bindgen_test]
fn an_owner_is_offered_roles_and_removal_of_all_but_owners() {
    use Offer::{Give, Remove};
    let by_owner = |role| offers(Role::Owner, 1, &member(role));
    assert_eq!(by_owner(Role::Member), [Give(Role::Admin), Give(Role::Owner), Remove]);
    assert_eq!(by_owner(Role::Admin), [Give(Role::Member), Give(Role::Owner), Remove]);
    assert_eq!(by_owner(Role::Owner), []);
}

#[wasm_bindgen_test]
fn an_admin_is_offered_removal_of_members_and_a_member_nothing() {
    let by = |own, role| offers(own, 1, &member(role));
    assert_eq!(by(Role::Admin, Role::Member), [Offer::Remove]);
    assert_eq!(by(Role::Admin, Role::Admin), []);
    assert_eq!(by(Role::Admin, Role::Owner), []);
    assert_eq!(by(Role::Member, Role::Member), []);
}

#[wasm_bindgen_test]
fn whoever_has_a_role_may_give_it_up_unless_they_are_the_only_owner() {
    let me = |role| MemberView { me: true, ..member(role) };
    let down = [Offer::Give(Role::Member)];
    assert_eq!(offers(Role::Admin, 1, &me(Role::Admin)), down);
    assert_eq!(offers(Role::Owner, 2, &me(Role::Owner)), down);
    assert_eq!(offers(Role::Owner, 1, &me(Role::Owner)), []);
    assert_eq!(offers(Role::Member, 1, &me(Role::Member)), []);
}

#[wasm_bindgen_test]
fn members_may_what_the_group_lets_everyone_and_nobody_who_is_out_may_anything() {
    let may = |group: &GroupView| (may_add(group), may_change(group), may_rule(group));
    assert_eq!(may(&group(Role::Member, Who::Everyone)), (true, true, false));
    assert_eq!(may(&group(Role::Member, Who::Admins)), (false, false, false));
    assert_eq!(may(&group(Role::Admin, Who::Admins)), (true, true, true));
    let out = GroupView { out: Some(OutView::Left), ..group(Role::Owner, Who::Everyone) };
    assert_eq!(may(&out), (false, false, false));
}

#[wasm_bindgen_test]
fn a_change_speaks_of_this_person_as_of_you() {
    let (ada, ben) = (person(1), person(2));
    let said = |author: Option<&Author>, change: Change| {
        let line = MessageView { body: Body::Changed { changes: vec![change] }, ..message(1, false, 1) };
        sentences(&MessageView { author: author.cloned(), ..line }, Some(ben.person))
    };
    let removed = |who: &Author| Change::Removed { who: who.clone() };
    assert_eq!(said(Some(&ada), removed(&ben)), "P1 removed you.");
    assert_eq!(said(Some(&ada), removed(&person(3))), "P1 removed P3.");
    assert_eq!(said(None, removed(&ada)), "You removed P1.");
    assert_eq!(said(None, Change::Left { who: ben.clone() }), "You left.");
    assert_eq!(said(Some(&ada), Change::Role { who: ben.clone(), role: Role::Admin }), "You are an admin now.");
}

#[wasm_bindgen_test]
fn a_blocks_key_comes_back_out_of_its_number() {
    for key in [
        BlockKey::Day(-1),
        BlockKey::Day(1),
        BlockKey::Unread,
        BlockKey::Group(u64::MAX),
        BlockKey::Notice(1),
        BlockKey::Piece(2),
    ] {
        assert_eq!(BlockKey::of_number(key.number()), key);
    }
}

// Days

#[wasm_bindgen_test]
fn days_are_named_by_their_distance() {
    assert_eq!(
        [0, 1, 2, 6, 7, -1].map(|back| named(100, 100 - back)),
        [Named::Today, Named::Yesterday, Named::Weekday, Named::Weekday, Named::Date, Named::Today,]
    );
}

#[wasm_bindgen_test]
fn a_day_begins_at_local_midnight() {
    assert_eq!(day_number(DAY - 1, 0), 0);
    assert_eq!(day_number(DAY - 60 * MINUTE, -60), 1, "an hour east, it is midnight already");
    assert_eq!(day_number(DAY, 60), 0, "an hour west, it is not yet");
}

// Small things

#[wasm_bindgen_test]
fn an_avatar_shows_the_first_letter_of_the_first_word_that_is_no_title() {
    let names = ["lea", "Dr. Weiss", "Ines Calvo", "élodie", "42", "", "(Max)", "👩‍🚀 Ada"];
    assert_eq!(names.map(initial), ["L", "W", "I", "É", "4", "", "M", "👩‍🚀"]);
}

#[wasm_bindgen_test]
fn a_group_shows_the_letters_of_two_words() {
    assert_eq!(["Alps weekend", "neighbours", "a b c", ""].map(initials), ["AW", "N", "AB", ""]);
}

#[wasm_bindgen_test]
fn a_name_has_one_to_48_characters_and_no_controls() {
    let error = |name: &str| name_error(name, true, false);
    assert_eq!((error("Noor"), error(&"é".repeat(48))), (None, None));
    let length = error(&"é".repeat(49));
    assert!(length.is_some() && length == error("  ") && length == error("\u{61c}"), "{length:?}");
    let marks = error("a\u{202e}b");
    assert!(marks.is_some() && marks != length && marks == error("a\u{7}b"), "{marks:?}");
    assert_eq!(name_error("  ", false, false), None, "a blank field is no error before it was sent");
}

#[wasm_bindgen_test]
fn the_title_counts_what_waits() {
    assert_eq!(title(0, None), "X Chat");
    assert_eq!(title(3, Some("Noor")), "(3) Noor · X Chat");
}

#[wasm_bindgen_test]
fn a_safety_number_is_cut_into_groups_of_five() {
    assert_eq!(groups_of_five("12345 67890 1"), ["12345", "67890", "1"]);
    assert_eq!(groups_of_five(&"1".repeat(60)).len(), 12);
}

#[wasm_bindgen_test]
fn three_words_are_asked_at_different_places_in_order() {
    for seed in [0.0, 0.3, 0.999_999] {
        let [a, b, c] = three_of_twelve(|| seed);
        assert!(a < b && b < c && c < 12, "{a} {b} {c}");
    }
}

#[wasm_bindgen_test]
fn a_sentence_takes_its_values_and_nothing_inside_a_value() {
    assert_eq!(fill("{name} and {name}", &[("name", "{x}")]), "{x} and {x}");
    assert_eq!(fill("no value {here", &[]), "no value {here");
}

#[wasm_bindgen_test]
fn the_page_speaks_the_first_of_the_browsers_languages_that_it_knows() {
    assert_eq!(Lang::pick(["de-DE", "fr-CH", "en"]), Lang::French);
    assert_eq!(Lang::pick(["de"]), Lang::English);
}

#[wasm_bindgen_test]
fn a_contact_link_fits_a_qr_code() {
    let link = format!("https://chat.example.org/#add/{}", "A".repeat(64));
    let (side, path) = qr::draw(&link).expect("it fits");
    assert!(side <= 45, "{side}");
    assert!(path.starts_with('M'));
}
