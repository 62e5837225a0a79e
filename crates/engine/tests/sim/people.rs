//! What people do with their devices, and what they see on them.

use xchat_engine::{
    Input,
    api::{AccountView, Body, ChatId, ChatView, Command, Event, MessageView},
    content::{Message, MessageId},
    rows::Table,
};

use super::World;

impl World {
    pub fn link(&mut self, who: usize) -> String {
        self.account(who).link
    }

    /// `who` opens the link of `whom`, with a connection.
    pub fn open_link(&mut self, who: usize, whom: usize) -> ChatId {
        let link = self.link(whom);
        self.command(who, Command::OpenLink { link });
        self.flow();
        self.opened(who)
    }

    pub fn opened(&self, who: usize) -> ChatId {
        let opened = self.devices[who].events.iter().rev().find_map(|event| match event {
            Event::LinkOpened { chat } => Some(*chat),
            _ => None,
        });
        opened.unwrap_or_else(|| panic!("no link was opened: {:?}", self.devices[who].refused()))
    }

    pub fn send(&mut self, who: usize, chat: ChatId, text: &str) {
        self.command(who, Command::Send { chat, text: text.to_owned(), tag: 0 });
    }

    /// Writes, and writes again when the device died before the message was stored, as a person would.
    pub fn send_surely(&mut self, who: usize, chat: ChatId, text: &str) {
        while !self.texts(who, chat).contains(&format!("> {text}")) {
            self.send(who, chat, text);
        }
    }
}

impl World {
    pub fn account(&mut self, who: usize) -> AccountView {
        match self.snapshot(who) {
            Event::Snapshot { account: Some(account), .. } => account,
            other => panic!("no account: {other:?}"),
        }
    }

    pub fn snapshot(&mut self, who: usize) -> Event {
        self.input(who, Input::Attach);
        self.devices[who].events.iter().rev().find(|event| matches!(event, Event::Snapshot { .. })).unwrap().clone()
    }

    pub fn chats(&mut self, who: usize) -> Vec<ChatView> {
        match self.snapshot(who) {
            Event::Snapshot { chats, .. } => chats,
            _ => unreachable!(),
        }
    }

    /// The one conversation of a device.
    pub fn chat(&mut self, who: usize) -> ChatView {
        let chats = self.chats(who);
        assert_eq!(chats.len(), 1, "{chats:?}");
        chats[0].clone()
    }

    pub fn messages(&mut self, who: usize, chat: ChatId) -> Vec<MessageView> {
        let rows = self.devices[who].database.messages(chat);
        let mut messages = Vec::new();
        for rows in rows.chunks(200) {
            // A device that dies over it is asked again.
            let page = loop {
                self.devices[who].events.retain(|event| !matches!(event, Event::Page { .. }));
                self.input(who, Input::Page { chat, rows: rows.to_vec(), more: false, before: None });
                let page = self.devices[who].events.iter().find_map(|event| match event {
                    Event::Page { messages, .. } => Some(messages.clone()),
                    _ => None,
                });
                if let Some(page) = page {
                    break page;
                }
            };
            messages.extend(page);
        }
        messages
    }

    /// Texts in order: own ones start with "> ".
    pub fn texts(&mut self, who: usize, chat: ChatId) -> Vec<String> {
        self.messages(who, chat)
            .into_iter()
            .map(|message| match message.body {
                Body::Text { text, .. } if message.mine => format!("> {text}"),
                Body::Text { text, .. } => text,
                other => format!("{other:?}"),
            })
            .collect()
    }

    /// The account, if there is one.
    pub fn chats_and_account(&mut self, who: usize) -> Option<AccountView> {
        match self.snapshot(who) {
            Event::Snapshot { account, .. } => account,
            _ => None,
        }
    }
}

/// What people do to messages.
impl World {
    /// The message of this place, counted from the oldest (0).
    pub fn view(&mut self, who: usize, chat: ChatId, at: usize) -> MessageView {
        self.messages(who, chat).swap_remove(at)
    }

    /// The order of the message of this place.
    pub fn order(&mut self, who: usize, chat: ChatId, at: usize) -> u64 {
        self.view(who, chat, at).order
    }

    /// The id of a message's first version, as the device has it.
    pub fn id(&self, who: usize, chat: ChatId, order: u64) -> MessageId {
        let rows = self.devices[who]
            .database
            .0
            .iter()
            .filter(|((scope, table, _), _)| (*scope, *table) == (chat.0, Table::Ids));
        let first = |value: &[u8]| minicbor::decode::<(u64, u8)>(value).is_ok_and(|(o, role)| o == order && role < 2);
        let mut found =
            rows.filter(|(_, value)| first(value)).map(|((_, _, key), _)| MessageId::from_slice(key).unwrap());
        let id = found.next().unwrap();
        assert!(found.next().is_none(), "two messages in one place");
        id
    }

    /// A device whose build was changed sends a content that its engine never would. It then shows something else itself.
    pub fn say(&mut self, who: usize, chat: ChatId, message: &Message) {
        self.disconnect(who);
        self.send(who, chat, "something else");
        let database = &mut self.devices[who].database.0;
        let queued = |id: &([u8; 16], Table, Vec<u8>)| (id.0, id.1) == (chat.0, Table::Outbox);
        let entry = database.iter_mut().rfind(|(id, _)| queued(id)).unwrap().1;
        let mut e = minicbor::Encoder::new(Vec::new());
        e.map(3).unwrap().u8(0).unwrap().u8(1).unwrap().u8(2).unwrap().bytes(&message.encode()).unwrap();
        e.u8(3).unwrap().array(2).unwrap().u8(0).unwrap().array(0).unwrap();
        *entry = e.into_writer();
        self.crash(who);
        self.settle();
    }

    /// Every row of a device whose bytes hold this text.
    pub fn rows_with(&self, who: usize, text: &str) -> usize {
        let holds = |value: &[u8]| value.windows(text.len()).any(|window| window == text.as_bytes());
        self.devices[who].database.0.values().filter(|value| holds(value)).count()
    }
}
