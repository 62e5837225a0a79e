//! The files of a message: pictures and films together, then what is heard, then all others, and how far an own message's files have come.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::{Attachment, Body, ChatId, ChatState, ChatView, Holds, MessageView};

use super::file::file;
use super::going::going;
use super::held::{files_of, is_once};
use super::layout::{alone, mosaic};
use super::once::once;
use super::piece::Piece;
use super::sight::when_seen;
use super::sound::sound;
use super::tile::{Leads, tile};
use super::words::word;
use crate::ui::i18n::{fill, media};
use crate::ui::session::use_session;

/// What is looked at there, and not only offered.
fn is_seen(file: &Attachment) -> bool {
    matches!(file.holds(), Holds::Picture | Holds::Video) && !is_once(file)
}

/// Nothing of the page's own stands under its pictures, so the time stands on them.
fn is_bare(message: &MessageView, files: &[Attachment]) -> bool {
    let silent = matches!(&message.body, Body::Text { parts, .. } if parts.is_empty());
    silent && files.iter().all(is_seen)
}

/// The block.
pub(super) fn attachments(id: ChatId, view: ReadSignal<MessageView>) -> AnyView {
    let (order, mine) = view.with_untracked(|message| (message.order, message.mine));
    let all = Memo::new(move |_| view.with(files_of));
    // What else changes about a message leaves them as they are.
    let files = Memo::new(move |_| all.with(|all| all.files.clone()));
    let bare = Memo::new(move |_| view.with(|message| files.with(|files| is_bare(message, files))));
    // What a stranger sent reaches no decoder of pictures before this person wants it to.
    let session = use_session();
    let known = Memo::new(move |_| {
        let open = |chat: ReadSignal<ChatView>| {
            chat.with(|chat| !matches!(chat.state, ChatState::Request | ChatState::Blocked))
        };
        view.with(|message| message.mine) || session.chat(id).is_some_and(open)
    });
    let node = NodeRef::<html::Div>::new();
    let pieces = StoredValue::new_local(Vec::<Piece>::new());
    let in_sight = RwSignal::new(false);
    when_seen(node, Callback::new(move |()| in_sight.set(true)));
    let begin_all = move || pieces.with_value(|pieces| pieces.iter().for_each(|piece| piece.begin()));
    Effect::new(move |_| {
        files.track();
        if in_sight.get() && known.get() {
            begin_all();
        }
    });
    let shown = move || {
        let all: Vec<Piece> =
            files.with(|files| files.iter().cloned().enumerate().map(|(at, file)| Piece::new(at, file)).collect());
        let seen: Vec<Piece> = all.iter().copied().filter(|piece| piece.with(is_seen)).collect();
        let (tiles, more) = mosaic(seen.len());
        // What has no tile is fetched when it is looked at.
        pieces.set_value(
            all.iter().copied().filter(|piece| !piece.with(is_seen)).chain(seen[..tiles].iter().copied()).collect(),
        );
        let rest = all.into_iter().filter(|piece| !piece.with(is_seen)).map(|piece| match piece.holds {
            _ if piece.with(is_once) => once(piece, mine, known),
            Holds::Voice | Holds::Sound => sound(id, order, piece, None),
            _ => file(id, order, piece, None),
        });
        view! {
            {album(&seen, tiles, more, known)}
            {rest.collect_view()}
        }
    };
    view! {
        <div node_ref=node class="attachments" class:attachments--bare=move || bare.get()>
            {shown}
            {going(id, order, all)}
        </div>
    }
    .into_any()
}

/// One picture in its own shape, several as a mosaic.
fn album(seen: &[Piece], tiles: usize, more: usize, known: Memo<bool>) -> Option<AnyView> {
    let (width, height) = match seen {
        [] => return None,
        [one] => one.with(|file| alone(file.media.width, file.media.height)),
        _ => alone(0, 0),
    };
    let count = seen.len();
    let tile = |(at, piece): (usize, &Piece)| {
        let leads = Leads::WhenHere(if at + 1 == tiles { more } else { 0 });
        let number = [("what", word(piece.holds)), ("number", &(at + 1).to_string()), ("count", &count.to_string())];
        let called = if count > 1 { fill(media().tile_of, &number) } else { word(piece.holds).to_owned() };
        tile(*piece, called, leads, known)
    };
    let inner = seen[..tiles].iter().enumerate().map(tile).collect_view();
    // The style knows the shape of a mosaic.
    let shape = (count == 1).then(|| format!("{width} / {height}"));
    Some(
        view! {
            <div
                class="album"
                data-tiles=tiles.to_string()
                style=("inline-size", format!("{width}px"))
                style=("aspect-ratio", shape)
            >
                {inner}
            </div>
        }
        .into_any(),
    )
}
