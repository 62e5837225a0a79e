//! The page on a stand: a session that a test feeds with events, and eyes that find by role and name.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use xchat::ui::{App, Session};
use xchat_engine::api::{
    AccountView, Body, ChatId, ChatState, ChatView, Command, Connection, Event, Mark, MessageView, PersonId, Privacy,
};

/// The conversation of these tests.
pub(crate) const NOOR: ChatId = ChatId([7; 16]);
/// The group of these tests.
pub(crate) const HIKING: ChatId = ChatId([6; 16]);

/// The page on a stand, with what it asked of the engine.
pub(crate) struct Stand {
    pub(crate) session: Session,
    home: HtmlElement,
    pub(crate) asked: Rc<RefCell<Vec<Command>>>,
    _mounted: Box<dyn std::any::Any>,
}

impl Stand {
    pub(crate) fn at(hash: &str) -> Self {
        Self::build(hash, false)
    }

    /// In a browser where somebody has an account, before the engine has spoken.
    pub(crate) fn inhabited(hash: &str) -> Self {
        Self::build(hash, true)
    }

    pub(crate) fn build(hash: &str, inhabited: bool) -> Self {
        Self::mounting(hash, inhabited, |session| view! { <App session /> }.into_any())
    }

    /// Something alone instead of the whole page.
    pub(crate) fn showing(hash: &str, shown: impl FnOnce() -> AnyView + 'static) -> Self {
        Self::mounting(hash, false, move |session| {
            provide_context(session);
            shown()
        })
    }

    fn mounting(hash: &str, inhabited: bool, shown: impl FnOnce(Session) -> AnyView + 'static) -> Self {
        window().location().set_hash(hash).expect("the test page has an address");
        let storage = window().local_storage().expect("it has storage").expect("it has storage");
        storage.clear().expect("storage can be cleared");
        if inhabited {
            storage.set_item("xchat.inhabited", "1").expect("storage can be written");
        }
        storage.set_item("xchat.language", "en").expect("storage can be written");
        let home: HtmlElement = document().create_element("div").expect("a div").unchecked_into();
        document().body().expect("a body").append_child(&home).expect("it takes a div");
        let owner = Owner::new();
        let session = owner.with(Session::new);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let record = asked.clone();
        session.connect(move |command| record.borrow_mut().push(command));
        let mounted: UnmountHandle<_> = mount_to(home.clone(), move || shown(session));
        // The session lives as long as the page: some of the views' cleaning up runs after they were dropped.
        std::mem::forget(owner);
        Self { session, home, asked, _mounted: Box::new(mounted) }
    }

    /// With an account and one conversation.
    pub(crate) fn with(chat: ChatView, hash: &str) -> Self {
        let stand = Self::at(hash);
        stand.session.apply(Event::Snapshot {
            account: Some(account()),
            chats: vec![chat],
            connection: Connection::Online,
        });
        stand
    }

    /// The same, with the conversation open and its messages come, once the page has asked for them.
    pub(crate) async fn reading(chat: ChatView, messages: Vec<MessageView>) -> Self {
        let id = chat.id;
        let stand = Self::with(chat, &open(id));
        stand
            .until("the messages to be asked for", || {
                stand
                    .asked
                    .borrow()
                    .iter()
                    .any(|command| matches!(command, Command::Load { chat, before: None, .. } if *chat == id))
            })
            .await;
        stand.session.apply(Event::Page { chat: id, messages, more: false, before: None });
        stand
    }

    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.home.query_selector_all(selector).expect("a selector");
        (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
    }

    pub(crate) fn named(&self, selector: &str, name: &str) -> Option<Element> {
        self.all(selector).into_iter().find(|element| name_of(element) == name)
    }

    /// The sentence that is read out behind the name of an element.
    pub(crate) fn described(&self, element: &Element) -> Option<String> {
        self.all(&format!("[id='{}']", element.get_attribute("aria-describedby")?)).first()?.text_content()
    }

    /// Waits until an element with this accessible name is there.
    pub(crate) async fn find(&self, selector: &str, name: &str) -> Element {
        self.until(&format!("{selector} named {name:?}"), || self.named(selector, name).is_some()).await;
        self.named(selector, name).expect("it was there")
    }

    /// Presses a button or a label, once it can be pressed.
    pub(crate) async fn press(&self, selector: &str, name: &str) {
        let enabled = format!("{selector}:not([disabled])");
        self.find(&enabled, name).await.unchecked_into::<HtmlElement>().click();
    }

    /// Types into a field, instead of what is there.
    pub(crate) async fn type_into(&self, selector: &str, name: &str, text: &str) {
        let field = self.find(selector, name).await;
        match field.dyn_ref::<HtmlInputElement>() {
            Some(input) => input.set_value(text),
            None => field.unchecked_ref::<web_sys::HtmlTextAreaElement>().set_value(text),
        }
        let event = web_sys::Event::new_with_event_init_dict("input", &bubbling()).expect("an event");
        field.dispatch_event(&event).expect("sent");
    }

    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..2000 {
            if holds() {
                return;
            }
            TimeoutFuture::new(1).await;
        }
        panic!("waited in vain for {what} in {}", self.home.inner_html());
    }

    pub(crate) async fn asked(&self, command: Command) {
        self.until(&format!("{command:?}"), || self.asked.borrow().contains(&command)).await;
    }

    pub(crate) fn show(&self, message: MessageView) {
        self.session.apply(Event::Message { chat: NOOR, message });
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.home.remove();
    }
}

/// The accessible name, as far as this page needs it: a label, or the words.
pub(crate) fn name_of(element: &Element) -> String {
    let label = element.get_attribute("aria-label").or_else(|| {
        let id = Some(element.id()).filter(|id| !id.is_empty())?;
        let label = document().query_selector(&format!("label[for='{id}']")).ok()??;
        label.text_content()
    });
    label.unwrap_or_else(|| read_out(element)).trim().to_owned()
}

/// The words of an element without those that are hidden from assistive technology.
fn read_out(element: &Element) -> String {
    let shown: Element = element.clone_node_with_deep(true).expect("a copy").unchecked_into();
    let hidden = shown.query_selector_all("[aria-hidden='true']").expect("a selector");
    for at in 0..hidden.length() {
        hidden.item(at).expect("it is there").unchecked_into::<Element>().remove();
    }
    shown.text_content().unwrap_or_default()
}

/// Waits for so many frames.
pub(crate) async fn frames(count: usize) {
    for _ in 0..count {
        let (tell, told) = futures::channel::oneshot::channel::<()>();
        request_animation_frame(move || drop(tell));
        // It ends by being dropped.
        let _canceled = told.await;
    }
}

pub(crate) fn account() -> AccountView {
    AccountView {
        name: "Alex".to_owned(),
        address: "xc1alex".to_owned(),
        link: format!("https://x.example/#add/{}", "A".repeat(64)),
        colour: 4,
        words_pending: true,
        card_published: true,
        privacy: Privacy::default(),
        removed: false,
        picture: None,
        about: String::new(),
        person: PersonId([4; 32]),
    }
}

pub(crate) fn noor(state: ChatState) -> ChatView {
    ChatView {
        notes: false,
        id: NOOR,
        name: "Noor".to_owned(),
        address: "xc1noor".to_owned(),
        colour: 2,
        state,
        last: None,
        unread: 0,
        time: 1_700_000_000_000,
        first_unread: None,
        group: None,
        safety_number: "12345 ".repeat(12),
        pins: Vec::new(),
        timer: None,
        arranged: Box::default(),
        draft: None,
        picture: None,
        about: String::new(),
        person: Some(Box::new(PersonId([2; 32]))),
    }
}

pub(crate) fn said(order: u64, text: &str) -> MessageView {
    MessageView::bare(order, false, Body::text(text.to_owned()), 1_700_000_000_000 + order)
}

pub(crate) fn wrote(order: u64, mark: Mark) -> MessageView {
    MessageView { mine: true, mark: Some(mark), ..said(order, "mine") }
}

pub(crate) fn open(hash: ChatId) -> String {
    let hex: String = hash.0.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("#chat/{hex}")
}

pub(crate) fn bubbling() -> web_sys::EventInit {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    init
}
