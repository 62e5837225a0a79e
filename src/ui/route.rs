//! Where the page is: the address's fragment, read and written here and nowhere else.
//!
//! A link of a person or a group is a fragment too (`#add/...`, `#join/...`), so it never reaches a server.

use leptos::prelude::*;
use xchat_engine::api::ChatId;

use super::back;

/// A place in the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `#`: the list, nothing opened.
    Chats,
    /// `#chat/<hex>`
    Chat(ChatId),
    /// `#chat/<hex>/info`: the page of the person, or of the group.
    Contact(ChatId),
    /// `#new`: a dialog over whatever was there.
    New,
    /// `#new/group`: likewise.
    NewGroup,
    /// `#add/<...>`: somebody's contact link, kept as it came.
    Add(String),
    /// `#join/<...>`: the invite link of a group, kept as it came.
    Join(String),
    /// `#settings`
    Settings,
    /// `#settings/words`
    Words,
    /// `#settings/devices`
    Devices,
    /// `#link/<...>`: what a new device shows, kept as it came.
    Link(String),
    /// `#settings/notifications`
    Notifications,
    /// What is stored.
    Storage,
    /// `#settings/help`
    Help,
    /// `#settings/about`
    About,
    /// Anything else.
    Unknown,
}

impl Route {
    /// Reads a fragment, with or without its `#`.
    pub fn parse(fragment: &str) -> Self {
        let path = fragment.strip_prefix('#').unwrap_or(fragment);
        match path {
            "" => return Self::Chats,
            "new" => return Self::New,
            "new/group" => return Self::NewGroup,
            "settings" => return Self::Settings,
            "settings/words" => return Self::Words,
            "settings/devices" => return Self::Devices,
            "settings/notifications" => return Self::Notifications,
            "settings/storage" => return Self::Storage,
            "settings/help" => return Self::Help,
            "settings/about" => return Self::About,
            _ => {}
        }
        if path.starts_with("add/") {
            return Self::Add(format!("#{path}"));
        }
        if path.starts_with("join/") {
            return Self::Join(format!("#{path}"));
        }
        if path.starts_with("link/") {
            return Self::Link(format!("#{path}"));
        }
        let Some(rest) = path.strip_prefix("chat/") else {
            return Self::Unknown;
        };
        let (id, info) = match rest.strip_suffix("/info") {
            Some(id) => (id, true),
            None => (rest, false),
        };
        match chat_id(id) {
            Some(id) if info => Self::Contact(id),
            Some(id) => Self::Chat(id),
            None => Self::Unknown,
        }
    }

    /// Writes the fragment, with its `#`.
    pub fn href(&self) -> String {
        match self {
            Self::Chats | Self::Unknown => "#".to_owned(),
            Self::Chat(id) => format!("#chat/{}", hex(id)),
            Self::Contact(id) => format!("#chat/{}/info", hex(id)),
            Self::New => "#new".to_owned(),
            Self::NewGroup => "#new/group".to_owned(),
            Self::Add(fragment) | Self::Join(fragment) | Self::Link(fragment) => fragment.clone(),
            Self::Settings => "#settings".to_owned(),
            Self::Words => "#settings/words".to_owned(),
            Self::Devices => "#settings/devices".to_owned(),
            Self::Notifications => "#settings/notifications".to_owned(),
            Self::Storage => "#settings/storage".to_owned(),
            Self::Help => "#settings/help".to_owned(),
            Self::About => "#settings/about".to_owned(),
        }
    }

    /// Whether this is a dialog over another place.
    pub fn is_dialog(&self) -> bool {
        matches!(self, Self::New | Self::NewGroup)
    }

    /// The conversation that this place belongs to.
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Chat(id) | Self::Contact(id) => Some(*id),
            _ => None,
        }
    }
}

fn hex(id: &ChatId) -> String {
    id.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn chat_id(hex: &str) -> Option<ChatId> {
    let digits = hex.as_bytes();
    let mut id = [0; 16];
    if digits.len() != 2 * id.len() {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(ChatId(id))
}

/// The address bar as two signals.
#[derive(Debug, Clone, Copy)]
pub struct Router {
    now: RwSignal<Route>,
    under: RwSignal<Route>,
}

impl Router {
    /// Reads where the page was opened.
    pub fn new() -> Self {
        let route = Route::parse(&fragment());
        back::arrived(&route);
        let under = if route.is_dialog() { Route::Chats } else { route.clone() };
        Self { now: RwSignal::new(route), under: RwSignal::new(under) }
    }

    /// Follows the address bar for as long as the current owner lives.
    pub(crate) fn listen(self) {
        let handle = window_event_listener(leptos::ev::hashchange, move |_| {
            self.arrive(Route::parse(&fragment()));
        });
        on_cleanup(move || handle.remove());
        back::listen();
    }

    /// The place, dialogs included.
    pub fn now(self) -> ReadSignal<Route> {
        self.now.read_only()
    }

    /// The place under a dialog: what the panes show.
    pub fn under(self) -> ReadSignal<Route> {
        self.under.read_only()
    }

    /// Goes there, one step further in the history than what one comes from.
    pub fn go(self, route: Route) {
        if back::is_layer() || self.now.with_untracked(Route::is_dialog) {
            return self.replace(route);
        }
        if let Err(error) = window().location().set_hash(&route.href()) {
            leptos::logging::warn!("the address did not change: {error:?}");
        }
        self.arrive(route);
    }

    /// Goes there instead of here: Back skips this place.
    pub fn replace(self, route: Route) {
        back::replace(&route);
        self.arrive(route);
    }

    /// What is gone is no place any more, nor is what one came to it by.
    pub(crate) fn leave(self, chat: ChatId) {
        back::forget(chat);
        if self.under.with_untracked(|under| under.chat() == Some(chat)) {
            self.replace(Route::Chats);
        }
    }

    /// Goes to the place above this one: back, where one came from there.
    pub(crate) fn up(self, route: Route) {
        if !back::leave_for(&route) {
            self.replace(route);
        }
    }

    /// Leaves a dialog for what is under it.
    pub(crate) fn leave_dialog(self) {
        let under = self.under.get_untracked();
        back::fold(&under);
        self.arrive(under);
    }

    fn arrive(self, route: Route) {
        back::arrived(&route);
        if !route.is_dialog() && self.under.with_untracked(|under| *under != route) {
            self.under.set(route.clone());
        }
        if self.now.with_untracked(|now| *now != route) {
            self.now.set(route);
        }
    }
}

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}
