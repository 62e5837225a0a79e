//! What people do with their devices, and what they see on them.

use xchat_engine::{
    Input,
    api::{AccountView, Body, ChatId, ChatView, Command, Event, MessageView},
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
