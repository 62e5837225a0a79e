//! What tests of groups ask and say.

use xchat_engine::api::{Body, Change, ChatId, ChatView, Command, Event, GroupChange, MemberView, PersonId, Role};

use super::World;

/// Ada has met everybody, and each of them has accepted her.
pub fn friends(names: &[&str], seed: u64) -> World {
    let mut world = World::with_people(names, seed);
    for who in 1..names.len() {
        let chat = world.open_link(0, who);
        world.send(0, chat, "hello");
        world.settle();
        let request = world.chats(who)[0].id;
        world.command(who, Command::Accept { chat: request });
        world.settle();
    }
    world
}

/// Ada's group with all of them: its conversation, the same on every device.
pub fn hiking(names: &[&str], seed: u64) -> (World, ChatId) {
    let mut world = friends(names, seed);
    let people = (1..names.len()).map(|who| world.person(who)).collect();
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people });
    world.settle();
    let group = world.group(0).id;
    (world, group)
}

pub const THREE: [&str; 3] = ["Ada", "Ben", "Cleo"];

pub trait Groups {
    fn person(&mut self, who: usize) -> PersonId;
    fn group(&mut self, who: usize) -> ChatView;
    fn change(&mut self, who: usize, group: ChatId, change: GroupChange);
    fn members(&mut self, who: usize, group: ChatId) -> Vec<(String, Role)>;
    fn changes(&mut self, who: usize, group: ChatId) -> Vec<Change>;
    fn said(&mut self, who: usize, group: ChatId) -> Vec<String>;
}

impl Groups for World {
    fn person(&mut self, who: usize) -> PersonId {
        let address = self.account(who).address;
        PersonId(*xchat_engine::identity::parse_address(&address).unwrap().as_bytes())
    }

    fn group(&mut self, who: usize) -> ChatView {
        let groups: Vec<ChatView> = self.chats(who).into_iter().filter(|chat| chat.group.is_some()).collect();
        assert_eq!(groups.len(), 1, "{groups:?}");
        groups[0].clone()
    }

    fn change(&mut self, who: usize, chat: ChatId, change: GroupChange) {
        self.command(who, Command::ChangeGroup { chat, change });
    }

    fn members(&mut self, who: usize, chat: ChatId) -> Vec<(String, Role)> {
        self.command(who, Command::Members { chat });
        let members = self.devices[who].events.iter().rev().find_map(|event| match event {
            Event::Members { members, .. } => Some(members.clone()),
            _ => None,
        });
        let mut members: Vec<_> =
            members.unwrap().into_iter().map(|MemberView { name, role, .. }| (name, role)).collect();
        members.sort();
        members
    }

    fn changes(&mut self, who: usize, group: ChatId) -> Vec<Change> {
        let messages = self.messages(who, group).into_iter();
        let changes = messages.filter_map(|message| match message.body {
            Body::Changed { changes } => Some(changes),
            _ => None,
        });
        changes.flatten().collect()
    }

    /// "Name: text" for each text of others, "> text" for own ones.
    fn said(&mut self, who: usize, group: ChatId) -> Vec<String> {
        let messages = self.messages(who, group).into_iter();
        let texts = messages.filter_map(|message| match (message.body, message.author) {
            (Body::Text { text, .. }, Some(author)) => Some(format!("{}: {text}", author.name)),
            (Body::Text { text, .. }, None) => Some(format!("> {text}")),
            _ => None,
        });
        texts.collect()
    }
}

pub fn roles(names: &[(&str, Role)]) -> Vec<(String, Role)> {
    names.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect()
}
