//! The whole worker but for its loader: pages on one side, a real database and the real engine behind it.
#![allow(clippy::unwrap_used)]

mod support;

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, unbounded},
};
use js_sys::{Array, Uint8Array};
use support::{Changed, FLIP, failing_put, js, tamper, wired};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::MessageChannel;
use xchat::{
    chunks,
    files::Store,
    link::{Port, PortId, Ports},
    worker::{
        Alarm, Routes,
        db::{self, Db},
        lock::{Ask, Lock, WRITER},
        serve,
    },
};
use xchat_engine::api::{AccountView, ChatId, Command, Connection, Event, StorageProblem};
use xchat_wire::BlobHash;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A page of a worker.
struct Page {
    id: PortId,
    port: Port,
    events: UnboundedReceiver<Event>,
}

impl Page {
    fn of(worker: &Ports) -> Self {
        let channel = MessageChannel::new().unwrap();
        let (heard, events) = unbounded();
        let port = Port::over(channel.port1(), move |event| heard.unbounded_send(event).unwrap());
        Self { id: worker.attach(channel.port2()), port, events }
    }

    async fn next(&mut self) -> Event {
        self.events.next().await.unwrap()
    }

    /// The next event that is not of the connection, which comes and goes as it likes.
    async fn news(&mut self) -> Event {
        loop {
            match self.next().await {
                Event::Connection { .. } => {}
                event => return event,
            }
        }
    }

    async fn account(&mut self) -> AccountView {
        loop {
            if let Event::Account { account } = self.next().await {
                return account;
            }
        }
    }

    async fn snapshot(&mut self) -> Option<AccountView> {
        match self.news().await {
            Event::Snapshot { account, .. } => account,
            other => panic!("{other:?}"),
        }
    }
}

/// A browser in which nobody lives: no database, and the lock free (a worker of an earlier test has lost it).
async fn nobody() -> Changed {
    drop(Lock::take(WRITER, Ask::Steal).await.unwrap());
    let delete =
        "await new Promise((ok, no) => { const r = indexedDB.deleteDatabase(a); r.onsuccess = ok; r.onerror = no; });";
    js(delete, &[db::NAME.into()]).await;
    free().await;
    wired()
}

/// Waits until nobody holds the lock: it goes back a little after its holder has let go.
async fn free() {
    js("await navigator.locks.request(a, () => {});", &[WRITER.into()]).await;
}

fn ann() -> Command {
    Command::CreateAccount { name: "Ann".to_owned() }
}

fn rename(name: &str) -> Command {
    Command::Rename { name: name.to_owned() }
}

#[wasm_bindgen_test]
async fn a_new_person_is_in_and_every_page_sees_the_same() {
    let _relay = nobody().await;
    let worker = serve();
    let mut first = Page::of(&worker);
    assert_eq!(first.snapshot().await, None);
    first.port.send(ann());
    assert_eq!(first.account().await.name, "Ann");
    let mut second = Page::of(&worker);
    assert_eq!(second.snapshot().await.unwrap().name, "Ann");
    second.port.send(rename("Anna"));
    assert_eq!(second.account().await.name, "Anna");
    assert_eq!(first.account().await.name, "Anna");
}

#[wasm_bindgen_test]
async fn what_pages_have_left_behind_is_let_go_of_when_no_other_page_is_open() {
    let _relay = nobody().await;
    let key = [7; 32];
    Store::new(chunks::NAME).put(&BlobHash::new(key), &Uint8Array::new_with_length(9), true).await.unwrap();
    let left_behind = "const r = store.openCursor();
        r.onsuccess = () => r.result.update({ ...r.result.value, by: 'nobody', kept: true });";
    let is_kept = async || {
        let body = "const db = await new Promise((ok) => {
                const r = indexedDB.open(a); r.onsuccess = () => ok(r.result);
            });
            const mark = await new Promise((ok) => {
                const r = db.transaction('marks').objectStore('marks').get(b.buffer); r.onsuccess = () => ok(r.result);
            });
            db.close();
            return mark.kept;";
        js(body, &[chunks::NAME.into(), Uint8Array::from(key.as_slice()).into()]).await.is_truthy()
    };
    let worker = serve();
    tamper(chunks::NAME, "marks", left_behind).await;
    let mut first = Page::of(&worker);
    first.snapshot().await;
    while is_kept().await {}
    tamper(chunks::NAME, "marks", left_behind).await;
    let mut second = Page::of(&worker);
    second.snapshot().await;
    for _ in 0..50 {
        assert!(is_kept().await, "the first may send it yet, and go");
    }
    let gone = [first.id, second.id];
    drop((first, second));
    while gone.into_iter().any(|id| worker.has(id)) {
        js("await new Promise((ok) => setTimeout(ok));", &[]).await;
    }
    let mut third = Page::of(&worker);
    third.snapshot().await;
    while is_kept().await {}
}

#[wasm_bindgen_test]
async fn the_next_worker_finds_what_the_first_has_told() {
    let _relay = nobody().await;
    let mut page = Page::of(&serve());
    page.port.send(ann());
    let told = page.account().await;
    drop(Lock::take(WRITER, Ask::Steal).await.unwrap());
    free().await;
    let found = Page::of(&serve()).snapshot().await.unwrap();
    assert_eq!((found.name, found.address, found.link), (told.name, told.address, told.link));
}

#[wasm_bindgen_test]
async fn nothing_is_told_or_sent_before_its_transaction_is_complete() {
    let _relay = nobody().await;
    let mut page = Page::of(&serve());
    assert_eq!(page.snapshot().await, None);
    // From here on only the command moves anything: the connection stays where it is.
    while page.next().await != (Event::Connection { connection: Connection::Connecting }) {}
    let watched = Changed::by(
        "const begin = IDBDatabase.prototype.transaction;
         const post = MessagePort.prototype.postMessage;
         self.log = [];
         IDBDatabase.prototype.transaction = function (...given) {
             const tx = begin.apply(this, given);
             if (tx.mode === 'readwrite') {
                 self.log.push('begin');
                 tx.addEventListener('complete', () => self.log.push('complete'));
             }
             return tx;
         };
         MessagePort.prototype.postMessage = function (...given) {
             // The page's own commands go through here too; they are the only ones of their length.
             self.log.push('post ' + (given[0].length ?? ''));
             return post.apply(this, given);
         };
         return () => {
             IDBDatabase.prototype.transaction = begin;
             MessagePort.prototype.postMessage = post;
             delete self.log;
         };",
    );
    let command = ann();
    let own = format!("post {}", command.to_bytes().len());
    page.port.send(command);
    page.account().await;
    let log: Array = js("return self.log", &[]).await.unchecked_into();
    drop(watched);
    let log: Vec<_> = log.iter().map(|word| word.as_string().unwrap()).filter(|word| *word != own).collect();
    let complete = log.iter().position(|word| word == "complete").expect("something was written");
    let first_out = log.iter().position(|word| word == "send" || word.starts_with("post")).expect("something was told");
    assert_eq!(log[0], "begin");
    assert!(complete < first_out, "{log:?}");
}

#[wasm_bindgen_test]
async fn a_command_whose_transaction_fails_is_as_if_it_had_never_been_given() {
    let _relay = nobody().await;
    let worker = serve();
    let mut page = Page::of(&worker);
    assert_eq!(page.snapshot().await, None);
    page.port.send(ann());
    assert_eq!(page.account().await.name, "Ann");
    let broken = failing_put("state", 0);
    page.port.send(rename("Lost"));
    loop {
        match page.news().await {
            Event::Storage { problem, .. } => break assert_eq!(problem, StorageProblem::WriteFailed),
            Event::Account { account } => assert_eq!(account.name, "Ann"),
            _ => {}
        }
    }
    drop(broken);
    assert_eq!(page.snapshot().await.unwrap().name, "Ann", "the whole picture follows, without it");
    page.port.send(rename("Kept"));
    assert_eq!(page.news().await, Event::StorageFine);
    assert_eq!(page.account().await.name, "Kept");
}

#[wasm_bindgen_test]
async fn a_second_worker_stands_back_until_a_person_says_here() {
    let _relay = nobody().await;
    let (here, there) = (serve(), serve());
    let mut first = Page::of(&here);
    assert_eq!(first.snapshot().await, None);
    first.port.send(ann());
    first.account().await;
    let mut second = Page::of(&there);
    assert_eq!(second.next().await, Event::Elsewhere);
    second.port.send(rename("Nobody"));
    assert_eq!(second.next().await, Event::Elsewhere, "each command is answered");

    second.port.send(Command::UseHere);
    assert_eq!(second.snapshot().await.unwrap().name, "Ann");
    while first.next().await != Event::Elsewhere {}
    first.port.send(rename("Nobody"));
    assert_eq!(first.next().await, Event::Elsewhere);
    second.port.send(rename("Anna"));
    assert_eq!(second.account().await.name, "Anna");
    first.port.send(Command::UseHere);
    assert_eq!(first.snapshot().await.unwrap().name, "Anna", "and back again");
}

#[wasm_bindgen_test]
async fn a_worker_that_does_not_know_that_it_was_replaced_cannot_write() {
    let _relay = nobody().await;
    let mut page = Page::of(&serve());
    page.port.send(ann());
    page.account().await;
    // The lock is still with the first, as in a browser that froze it; only the fence stops it.
    let other = Db::open(db::NAME).await.unwrap();
    page.port.send(rename("Zombie"));
    while page.next().await != Event::Elsewhere {}
    drop(other);
    free().await;
    assert_eq!(Page::of(&serve()).snapshot().await.unwrap().name, "Ann");
}

#[wasm_bindgen_test]
async fn the_words_are_shown_to_the_page_that_asked() {
    let _relay = nobody().await;
    let worker = serve();
    let (mut one, mut two) = (Page::of(&worker), Page::of(&worker));
    one.port.send(ann());
    assert_eq!((one.account().await.name, two.account().await.name), ("Ann".to_owned(), "Ann".to_owned()));
    one.port.send(Command::ShowWords);
    loop {
        if let Event::Words { words } = one.next().await {
            break assert_eq!(words.len(), 12);
        }
    }
    one.port.send(rename("Anna"));
    loop {
        match two.next().await {
            Event::Account { account } if account.name == "Anna" => break,
            Event::Words { .. } => panic!("words on a page that did not ask"),
            _ => {}
        }
    }
}

#[wasm_bindgen_test]
async fn a_damaged_row_of_the_account_is_reported_and_works_again_once_it_is_whole() {
    let _relay = nobody().await;
    let mut page = Page::of(&serve());
    page.port.send(ann());
    page.account().await;
    drop(Lock::take(WRITER, Ask::Steal).await.unwrap());
    tamper(db::NAME, "state", FLIP).await;
    let mut page = Page::of(&serve());
    assert!(matches!(page.news().await, Event::Storage { problem: StorageProblem::Damaged, .. }));
    page.port.send(Command::Reconnect);
    assert!(matches!(page.news().await, Event::Storage { problem: StorageProblem::Damaged, .. }));
    tamper(db::NAME, "state", FLIP).await;
    page.port.send(Command::Reconnect);
    while page.next().await != Event::StorageFine {}
    page.port.send(rename("Anna"));
    assert_eq!(page.account().await.name, "Anna");
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_version_is_said_to_be_newer() {
    let _relay = nobody().await;
    let newer = "
        const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a, 7); r.onsuccess = () => ok(r.result); r.onerror = no;
        });
        db.close();";
    js(newer, &[db::NAME.into()]).await;
    let mut page = Page::of(&serve());
    assert!(matches!(page.next().await, Event::Storage { problem: StorageProblem::Newer, .. }));
}

#[wasm_bindgen_test]
async fn an_alarm_rings_until_it_is_due_and_then_no_more() {
    let (ring, mut rung) = unbounded();
    let alarm = Alarm::new(move || ring.unbounded_send(()).unwrap());
    alarm.set(1_000, 1_000);
    rung.next().await.unwrap();
    assert!(!alarm.due(999), "a timer may be early");
    rung.next().await.unwrap();
    assert!(alarm.due(1_000));
    assert!(!alarm.due(1_000), "it is off");
    alarm.set(2_000, 2_000);
    alarm.clear();
    assert!(!alarm.due(3_000));
}

#[wasm_bindgen_test]
fn news_are_for_all_and_answers_for_who_asked() {
    let pages = Ports::new(|_| {});
    let [one, two] = [(); 2].map(|()| pages.attach(MessageChannel::new().unwrap().port1()));
    let mut routes = Routes::default();
    let opened = Event::LinkOpened { chat: ChatId([1; 16]) };
    let words = Event::Words { words: Vec::new() };
    assert_eq!(routes.audience(&words, Some(one)), Some(one));
    assert_eq!(routes.audience(&Event::StorageFine, Some(one)), None);
    assert_eq!(routes.audience(&opened, None), None, "nobody is known to have asked");
    routes.opening(two);
    assert_eq!(routes.audience(&opened, None), Some(two), "the answer came with a later step");
    assert_eq!(routes.audience(&opened, Some(one)), Some(one));
    routes.left(one);
    assert_eq!(routes.audience(&opened, None), Some(two));
    routes.left(two);
    assert_eq!(routes.audience(&opened, None), None);
}
