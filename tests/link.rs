//! The port between page and worker, over real channels and real workers.
#![allow(clippy::unwrap_used)]

mod support;

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use js_sys::{Array, Reflect, Uint8Array};
use support::{Changed, js};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{MessageChannel, MessagePort};
use xchat::link::{FromPage, Port, PortId, Ports};
use xchat_engine::api::{ChatId, Command, Event, MAX_TEXT};

wasm_bindgen_test_configure!(run_in_browser);

const CHAT: ChatId = ChatId([7; 16]);

fn seen(order: u64) -> Command {
    Command::Seen { chat: CHAT, order }
}

fn gone(byte: u8) -> Event {
    Event::ChatGone { chat: ChatId([byte; 16]) }
}

/// Keeps what is said until the test is over. A port that closes after that still has something to say.
fn hears<T: 'static>(heard: UnboundedSender<T>) -> impl Fn(T) {
    move |word| drop(heard.unbounded_send(word))
}

fn page(port: MessagePort) -> (Port, UnboundedReceiver<Event>) {
    let (heard, events) = unbounded();
    (Port::over(port, hears(heard)), events)
}

fn worker() -> (Ports, UnboundedReceiver<FromPage>) {
    let (heard, said) = unbounded();
    (Ports::new(hears(heard)), said)
}

async fn attached(said: &mut UnboundedReceiver<FromPage>) -> PortId {
    match said.next().await {
        Some(FromPage::Attached(id)) => id,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn commands_given_before_the_worker_listens_arrive_in_order() {
    let channel = MessageChannel::new().unwrap();
    let (page, _events) = page(channel.port1());
    (0..3).for_each(|order| page.send(seen(order)));
    let (worker, mut said) = worker();
    worker.attach(channel.port2());
    page.send(seen(3));
    let id = attached(&mut said).await;
    for order in 0..4 {
        assert_eq!(said.next().await, Some(FromPage::Said(id, seen(order))));
    }
    page.send(seen(4));
    assert_eq!(said.next().await, Some(FromPage::Said(id, seen(4))));
}

#[wasm_bindgen_test]
async fn nothing_is_posted_to_a_worker_that_has_not_said_that_it_listens() {
    let channel = MessageChannel::new().unwrap();
    let (page, mut events) = page(channel.port1());
    page.send(seen(1));
    let other = channel.port2();
    // The answer to a message of ours shows that whatever the page had posted before would have come.
    let body = "
        a.heard = 0;
        a.onmessage = () => { a.heard += 1; };
        a.postMessage(b);";
    js(body, &[other.clone().into(), Uint8Array::from(&gone(1).to_bytes()[..]).into()]).await;
    assert_eq!(events.next().await, Some(gone(1)));
    assert_eq!(support::field(&other, "heard"), 0);
    js("a.postMessage('ready'); await new Promise(ok => { a.onmessage = ok; });", &[other.into()]).await;
}

#[wasm_bindgen_test]
async fn an_event_is_for_one_page_or_for_all() {
    let (worker, mut said) = worker();
    let (one, two) = (MessageChannel::new().unwrap(), MessageChannel::new().unwrap());
    let (_one, mut hears_one) = page(one.port1());
    let (_two, mut hears_two) = page(two.port1());
    let first = worker.attach(one.port2());
    let second = worker.attach(two.port2());
    assert_eq!((attached(&mut said).await, attached(&mut said).await), (first, second));
    worker.tell(second, &gone(1));
    worker.tell_all(&gone(2));
    assert_eq!(hears_one.next().await, Some(gone(2)));
    assert_eq!((hears_two.next().await, hears_two.next().await), (Some(gone(1)), Some(gone(2))));
}

#[wasm_bindgen_test]
async fn what_the_page_cannot_read_is_fatal() {
    let channel = MessageChannel::new().unwrap();
    let (_page, mut events) = page(channel.port1());
    let other = channel.port2();
    other.post_message(&Uint8Array::from(&[0xff, 0xff][..])).unwrap();
    other.post_message(&"something else".into()).unwrap();
    other.post_message(&42.into()).unwrap();
    for _ in 0..3 {
        assert!(matches!(events.next().await, Some(Event::Fatal { .. })));
    }
}

#[wasm_bindgen_test]
async fn what_the_loader_says_is_fatal_in_its_own_words() {
    let channel = MessageChannel::new().unwrap();
    let (_page, mut events) = page(channel.port1());
    js("a.postMessage({ fatal: 'no such file' })", &[channel.port2().into()]).await;
    assert_eq!(events.next().await, Some(Event::Fatal { detail: "no such file".to_owned() }));
}

#[wasm_bindgen_test]
async fn what_the_worker_cannot_read_is_answered_with_fatal_and_goes_no_further() {
    let (worker, mut said) = worker();
    let channel = MessageChannel::new().unwrap();
    let other = channel.port1();
    let id = worker.attach(channel.port2());
    assert_eq!(attached(&mut said).await, id);
    let body = "
        const heard = new Promise(ok => { a.onmessage = (m) => { if (m.data instanceof Uint8Array) ok(m.data); }; });
        a.postMessage(new Uint8Array([255, 255]));
        return await heard;";
    let answer: Uint8Array = js(body, &[other.clone().into()]).await.unchecked_into();
    assert!(matches!(Event::from_bytes(&answer.to_vec()), Ok(Event::Fatal { .. })));
    other.post_message(&Uint8Array::from(&seen(1).to_bytes()[..])).unwrap();
    assert_eq!(said.next().await, Some(FromPage::Said(id, seen(1))), "the port goes on");
}

#[wasm_bindgen_test]
async fn a_page_that_goes_says_so_once() {
    let (worker, mut said) = worker();
    let channel = MessageChannel::new().unwrap();
    let (page, _events) = page(channel.port1());
    let id = worker.attach(channel.port2());
    assert_eq!(attached(&mut said).await, id);
    assert!(worker.has(id));
    drop(page);
    assert_eq!(said.next().await, Some(FromPage::Left(id)));
    assert!(!worker.has(id));
    worker.tell(id, &gone(1));
    // A later page's messages are what comes next: there was no second goodbye.
    let channel = MessageChannel::new().unwrap();
    let (later, _events) = self::page(channel.port1());
    let next = worker.attach(channel.port2());
    later.send(seen(1));
    assert_ne!(next, id);
    assert_eq!(attached(&mut said).await, next);
    assert_eq!(said.next().await, Some(FromPage::Said(next, seen(1))));
}

#[wasm_bindgen_test]
async fn the_longest_text_crosses_unchanged() {
    let (worker, mut said) = worker();
    let channel = MessageChannel::new().unwrap();
    let (page, _events) = page(channel.port1());
    let id = worker.attach(channel.port2());
    attached(&mut said).await;
    let command = Command::Send { chat: CHAT, tag: 1, text: "\u{1f980}".repeat(MAX_TEXT / 4) };
    page.send(command.clone());
    assert_eq!(said.next().await, Some(FromPage::Said(id, command)));
}

#[wasm_bindgen_test]
async fn ports_that_the_loader_queued_come_first_and_later_ones_by_its_hook() {
    let (first, second) = (MessageChannel::new().unwrap(), MessageChannel::new().unwrap());
    let scope = js_sys::global();
    Reflect::set(&scope, &"xchatPorts".into(), &Array::of1(&first.port2())).unwrap();
    let (one, _events) = page(first.port1());
    one.send(seen(1));
    let (worker, mut said) = worker();
    worker.listen();
    let id = attached(&mut said).await;
    assert_eq!(said.next().await, Some(FromPage::Said(id, seen(1))));
    js("self.xchatOnPort(a)", &[second.port2().into()]).await;
    assert_ne!(attached(&mut said).await, id);
}

/// A script that returns each command as an event; the test server serves the repository's files.
const ECHO: &str = "/tests/support/echo-worker.js";

/// The page names this script as its worker, under an address of its own: workers are shared by their address.
fn naming(script: &str) -> Changed {
    let address = format!("{script}?{}", support::fresh("worker"));
    Changed::by(&format!(
        "const meta = document.createElement('meta');
         meta.name = 'xchat-worker';
         meta.content = new URL('{address}', location);
         document.head.append(meta);
         return () => meta.remove();"
    ))
}

/// The browser's own workers: the test runner puts its own in their place, which load a script later and share none.
fn real_workers() -> Changed {
    Changed::by(
        "const [shared, own] = [window.SharedWorker, window.Worker];
         const frame = document.createElement('iframe');
         document.body.append(frame);
         window.SharedWorker = frame.contentWindow.SharedWorker;
         window.Worker = frame.contentWindow.Worker;
         return () => {
             frame.remove();
             window.SharedWorker = shared;
             window.Worker = own;
         };",
    )
}

fn without_shared_workers() -> Changed {
    Changed::by(
        "const had = window.SharedWorker;
         window.SharedWorker = undefined;
         return () => { window.SharedWorker = had; };",
    )
}

fn open() -> (Port, UnboundedReceiver<Event>) {
    let (heard, events) = unbounded();
    (Port::open(hears(heard)), events)
}

fn said(detail: &str) -> Option<Event> {
    Some(Event::Fatal { detail: detail.to_owned() })
}

async fn a_page_joins_goes_and_comes_back() {
    let named = naming(ECHO);
    let (page, mut events) = open();
    page.send(seen(1));
    assert_eq!(events.next().await, said("page 1"));
    assert_eq!(events.next().await, said("command"));
    js("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))", &[]).await;
    page.send(seen(2));
    js("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))", &[]).await;
    assert_eq!(events.next().await, said("page 2"), "the same worker, by a fresh port");
    assert_eq!(events.next().await, said("command"), "what was given while the page was away");
    drop(page);
    drop(named);
}

#[wasm_bindgen_test]
async fn a_page_joins_the_shared_worker_that_it_names_and_joins_again_when_it_comes_back() {
    let real = real_workers();
    a_page_joins_goes_and_comes_back().await;
    drop(real);
}

#[wasm_bindgen_test]
async fn where_there_is_no_shared_worker_a_page_starts_its_own() {
    let real = real_workers();
    let hidden = without_shared_workers();
    a_page_joins_goes_and_comes_back().await;
    drop(hidden);
    drop(real);
}

#[wasm_bindgen_test]
async fn two_pages_share_one_worker() {
    let real = real_workers();
    let named = naming(ECHO);
    let (_one, mut hears_one) = open();
    assert_eq!(hears_one.next().await, said("page 1"));
    let (_two, mut hears_two) = open();
    assert_eq!(hears_two.next().await, said("page 2"));
    drop((named, real));
}

#[wasm_bindgen_test]
async fn a_worker_that_cannot_be_loaded_is_fatal() {
    let real = real_workers();
    let named = naming("/there-is-no-such-script.js");
    let (_page, mut events) = open();
    assert!(matches!(events.next().await, Some(Event::Fatal { .. })));
    let hidden = without_shared_workers();
    let (_page, mut events) = open();
    assert!(matches!(events.next().await, Some(Event::Fatal { .. })));
    drop(hidden);
    drop((named, real));
}

#[wasm_bindgen_test]
async fn a_page_that_names_no_worker_is_fatal_but_not_before_open_returns() {
    let (_page, mut events) = open();
    assert!(events.try_recv().is_err(), "nothing was said inside the call");
    assert!(matches!(events.next().await, Some(Event::Fatal { .. })));
}

#[wasm_bindgen_test]
async fn once_there_is_an_account_the_browser_is_asked_once_to_keep_it() {
    let watched = Changed::by(
        "const persist = StorageManager.prototype.persist;
         window.asked = 0;
         StorageManager.prototype.persist = () => { window.asked += 1; return Promise.resolve(false); };
         return () => { StorageManager.prototype.persist = persist; };",
    );
    let asked = || support::field(&js_sys::global(), "asked");
    let channel = MessageChannel::new().unwrap();
    let (_page, mut events) = page(channel.port1());
    let (worker, _said) = worker();
    worker.attach(channel.port2());
    let account = xchat_engine::api::AccountView {
        name: "Ann".to_owned(),
        address: String::new(),
        link: String::new(),
        colour: 1,
        words_pending: false,
        card_published: false,
        privacy: xchat_engine::api::Privacy::default(),
        removed: false,
        picture: None,
        about: String::new(),
        person: xchat_engine::api::PersonId([0; 32]),
    };
    let connection = xchat_engine::api::Connection::Offline;
    worker.tell_all(&Event::Snapshot { account: None, chats: Vec::new(), connection });
    events.next().await;
    assert_eq!(asked(), JsValue::from(0));
    worker.tell_all(&Event::Account { account: account.clone() });
    worker.tell_all(&Event::Snapshot { account: Some(account), chats: Vec::new(), connection });
    events.next().await;
    events.next().await;
    assert_eq!(asked(), JsValue::from(1));
    drop(watched);
}
