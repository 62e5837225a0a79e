//! Views of messages, with what stands around them: quotes, reactions, votes, timers.

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::PublicKey;

use super::act::What;
use crate::{
    Engine,
    api::{
        Attachment, Attachments, Body, ChatId, Event, MAX_FILES, MAX_NAMED, MAX_PAGE, MAX_TEXT, Media, MessageView,
        Notice, Part, PersonId, PollOption, Problem, Quote, Reaction, Vanishes, plain,
    },
    content::{Choice, Expiry, Message, Poll, PollPart, Timer, attachment},
    prose,
    rows::{Row, Scope, Table},
    state::{Chat, Stored, StoredBody},
};

/// Characters of a quote and of a pinned message.
const QUOTE_CHARS: usize = 160;

impl Engine {
    /// A page of history out of stored rows. A row that does not decode is said, and left.
    pub(crate) fn page(&mut self, id: ChatId, rows: Vec<Row>, more: bool, before: Option<u64>) {
        if !self.chats.contains_key(&id) {
            return self.out.events.push(Event::Refused { problem: Problem::NoChat });
        }
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows.into_iter().take(MAX_PAGE as usize) {
            match row.key.as_slice().try_into().map(u64::from_be_bytes) {
                Ok(order) => {
                    let mut journal = self.provider.storage().journal_mut();
                    journal.lend(Scope::Chat(id), Table::Messages, &row.key, Some(row.value));
                    orders.push(order);
                }
                Err(_) => self.out.events.push(Event::Refused { problem: Problem::RowDamaged }),
            }
        }
        self.will(id, What::Page { orders, more, before });
    }

    pub(super) fn show_page(&mut self, id: ChatId, orders: &[u64], more: bool, before: Option<u64>) {
        let chat = &self.chats[&id];
        let mut messages = Vec::with_capacity(orders.len());
        let mut damaged = false;
        for &order in orders {
            let view = self.stored(id, order).map(|stored| self.message_view(chat, order, &stored));
            messages.push(view.unwrap_or_else(|| {
                damaged = true;
                // It stands where it stood, so that nobody takes its neighbours for each other's.
                let time = messages.last().map_or(chat.time, |before: &MessageView| before.time);
                MessageView::bare(order, false, Body::Notice { notice: Notice::Damaged }, time)
            }));
        }
        if damaged {
            self.out.events.push(Event::Refused { problem: Problem::RowDamaged });
        }
        self.out.events.push(Event::Page { chat: id, messages, more, before });
    }

    /// Shows the messages whose rows this step has changed.
    pub(crate) fn show_changed(&mut self) {
        for (id, order) in std::mem::take(&mut self.out.shown) {
            let (Some(chat), Some(stored)) = (self.chats.get(&id), self.stored(id, order)) else { continue };
            let message = self.message_view(chat, order, &stored);
            let pinned = chat.pins.iter().position(|pin| pin.order == order).map(|at| (at, self.gist(id, &stored)));
            let Some(chat) = self.chats.get_mut(&id) else { continue };
            if chat.last.as_ref().is_some_and(|last| last.order == order) {
                chat.last = Some(alone(message.clone(), &stored));
                self.out.chats_changed.insert(id);
            }
            if let Some((at, gist)) = pinned {
                chat.pins[at].text = gist;
                self.out.chats_changed.insert(id);
            }
            self.out.events.push(Event::Message { chat: id, message });
        }
    }

    /// A message as its bubble shows it. What it quotes must be here.
    pub(super) fn message_view(&self, chat: &Chat, order: u64, stored: &Stored) -> MessageView {
        let message = stored.message();
        let (body, mentions_me) = self.body(chat.id, stored, message.as_ref());
        let at = self.held.get(&chat.id).and_then(|held| held.timers.time_of(order)).map(Vanishes::At);
        let vanishes = at.or(message.as_ref().and_then(|message| message.expires).map(|expires| match expires {
            Expiry::Relative(seconds) => Vanishes::After(seconds),
            Expiry::Absolute(seconds) => Vanishes::At(u64::from(seconds) * 1000),
        }));
        let files = message.as_ref().map(attachments).unwrap_or_default();
        MessageView {
            mark: (stored.mine && body != Body::Deleted).then(|| self.shown_mark(chat.mark(order))),
            author: stored.author.as_ref().map(|author| self.author(chat.id, author)),
            quote: message.as_ref().and_then(|message| self.quote(chat.id, stored, message)),
            edited: stored.edited,
            reactions: self.reactions(chat.id, stored),
            mentions_me: mentions_me && !stored.mine,
            forwarded: message.as_ref().is_some_and(Message::is_forwarded),
            holds: files.first().map(Attachment::holds),
            attachments: self.shown_files(chat.id, order, files),
            vanishes,
            ..MessageView::bare(order, stored.mine, body, stored.time)
        }
    }

    /// What a message holds, and whether it mentions this person.
    fn body(&self, id: ChatId, stored: &Stored, message: Option<&Message>) -> (Body, bool) {
        let message = match (&stored.body, message) {
            (StoredBody::Notice { notice }, _) => return (Body::Notice { notice: *notice }, false),
            (StoredBody::Deleted, _) => return (Body::Deleted, false),
            (StoredBody::Happened { what }, _) => return (self.body_of_happened(id, what), false),
            (StoredBody::Opened(holds), _) => return (Body::Opened(*holds), false),
            (StoredBody::Gap { from, to }, _) => return (Body::Gap { from: *from, to: *to }, false),
            (StoredBody::Content { .. }, None) => return (Body::Unsupported, false),
            (StoredBody::Content { .. }, Some(message)) => message,
        };
        if let Ok(Some(PollPart::Ask(poll))) = PollPart::of(message) {
            return (self.poll_body(stored, poll), false);
        }
        if let Ok(Some(timer)) = Timer::of(message) {
            return (Body::Timer { seconds: timer.seconds() }, false);
        }
        // Files need no words.
        let silent = || (!message.attached().is_empty()).then(String::new);
        let Some(text) = message.shown_text().or_else(silent) else { return (Body::Unsupported, false) };
        let (parts, mentions_me) = self.parts_of(id, &text);
        (Body::Text { text, parts }, mentions_me)
    }

    /// What a text shows, and whether it mentions this person.
    fn parts_of(&self, id: ChatId, text: &str) -> (Vec<Part>, bool) {
        let mut parts = prose::parse(text);
        let own = self.own_identity().map(|own| PersonId(*own.as_bytes()));
        let mentions_me = own.is_some_and(|own| prose::names(&mut parts, &own));
        let name =
            |person: &PersonId| Some(self.name_of(id, &PublicKey::new(person.0))).filter(|name| !name.is_empty());
        prose::name_mentions(&mut parts, &name);
        (parts, mentions_me)
    }

    /// Says how a text that is being written would show.
    pub(super) fn preview(&mut self, preview: u32, id: ChatId, text: &str) {
        let parts = if text.len() > MAX_TEXT { Vec::new() } else { self.parts_of(id, text).0 };
        self.out.events.push(Event::Preview { preview, parts });
    }

    fn poll_body(&self, stored: &Stored, poll: Poll) -> Body {
        let own = self.own_identity();
        let chose = |vote: &crate::state::Vote, at: usize| vote.choices.iter().any(|choice| usize::from(*choice) == at);
        let option = |(at, text): (usize, String)| PollOption {
            text,
            votes: count(stored.votes.iter().filter(|vote| chose(vote, at)).count()),
            mine: stored.votes.iter().any(|vote| Some(vote.by) == own && chose(vote, at)),
        };
        Body::Poll {
            question: poll.question,
            options: poll.options.into_iter().enumerate().map(option).collect(),
            multiple: poll.choice == Choice::Multiple,
            closed: stored.closed,
            voters: count(stored.votes.len()),
        }
    }

    fn reactions(&self, id: ChatId, stored: &Stored) -> Vec<Reaction> {
        let own = self.own_identity();
        let mut reactions: Vec<Reaction> = Vec::new();
        for given in &stored.reactions {
            let at = reactions.iter().position(|reaction| reaction.emoji == given.emoji).unwrap_or_else(|| {
                let emoji = given.emoji.clone();
                reactions.push(Reaction { emoji, count: 0, mine: false, people: Vec::new() });
                reactions.len() - 1
            });
            let reaction = &mut reactions[at];
            reaction.count += 1;
            match Some(given.by) == own {
                true => reaction.mine = true,
                false if reaction.people.len() < MAX_NAMED => reaction.people.push(self.author(id, &given.by)),
                false => {}
            }
        }
        reactions
    }

    /// What a message answers. One level deep: a quote has no quote of its own.
    fn quote(&self, id: ChatId, stored: &Stored, message: &Message) -> Option<Quote> {
        let Some(order) = stored.quoted else { return message.in_reply_to.map(|_| Quote::Missing) };
        let quoted = self.stored(id, order);
        Some(match quoted.as_ref().map(|quoted| (quoted, &quoted.body)) {
            Some((_, StoredBody::Deleted)) => Quote::Deleted { order },
            Some((quoted, body @ (StoredBody::Content { .. } | StoredBody::Opened(_)))) => Quote::Here {
                order,
                mine: quoted.mine,
                author: quoted.author.as_ref().map(|author| self.author(id, author)),
                text: self.gist(id, quoted),
                holds: match body {
                    StoredBody::Opened(holds) => Some(*holds),
                    _ => quoted.message().and_then(|message| attachments(&message).first().map(Attachment::holds)),
                },
            },
            Some((_, StoredBody::Notice { .. } | StoredBody::Happened { .. } | StoredBody::Gap { .. })) | None => {
                Quote::Missing
            }
        })
    }

    /// The words of a message on one line, shortened.
    pub(super) fn gist(&self, id: ChatId, stored: &Stored) -> String {
        let message = stored.message();
        let words = match self.body(id, stored, message.as_ref()).0 {
            Body::Text { parts, .. } => plain(&parts),
            Body::Poll { question, .. } => question,
            _ => message
                .as_ref()
                .map(attachments)
                .unwrap_or_default()
                .into_iter()
                .map(|file| file.name)
                .next()
                .unwrap_or_default(),
        };
        words.chars().take(QUOTE_CHARS).collect()
    }

    /// The message of this order answers one that is looked up by now; one that is not here stays so.
    pub(super) fn resolve_quote(&mut self, id: ChatId, order: u64, of: &crate::content::MessageId) {
        let place =
            self.place(id, of).filter(|place| place.role != crate::state::Role::Reaction && place.order != order);
        let Some(place) = place else { return self.keep_quote(id, order, *of) };
        if let Some(mut stored) = self.stored(id, order) {
            stored.quoted = Some(place.order);
            self.put_message(id, order, &stored);
        }
    }
}

/// What the list shows of a message: without what stands around it, and of its files what they are, not what opens or shows them.
pub(super) fn alone(message: MessageView, stored: &Stored) -> MessageView {
    let named = |file: Attachment| {
        let media = Media { preview: ByteVec::from(Vec::new()), waveform: ByteVec::from(Vec::new()), ..file.media };
        Attachment { source: None, media, ..file }
    };
    let files = || stored.message().as_ref().map(attachments).unwrap_or_default().into_iter().map(named).collect();
    let attachments = message.holds.map(|_| Attachments { files: files(), going: None }.to_bytes().into());
    MessageView { reactions: Vec::new(), quote: None, attachments, ..message }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What a message offers. What may be seen once is alone in its message, and nothing shows what it looks like before.
pub(super) fn attachments(message: &Message) -> Vec<Attachment> {
    let attached = message.attached();
    let mut files: Vec<Attachment> = attached.iter().take(MAX_FILES).map(attachment).collect();
    for file in &mut files {
        file.media.once &= attached.len() == 1;
        if file.media.once {
            file.name.clear();
            file.media.waveform.clear();
            file.media.preview.clear();
        }
    }
    files
}

/// The file of a message that may be seen once.
pub(super) fn once(message: &Message) -> Option<Attachment> {
    attachments(message).pop().filter(|file| file.media.once)
}
