//! Where the reader stands. New messages at the end pull along only a reader who is at the end; whatever else
//! changes above or below, the message at the top of the screen stays where it is, to the pixel.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};

use crate::ui::browser::focus;
use crate::ui::i18n::text;
use crate::ui::session::{History, MAX_SHOWN, Place, Session, page_looked_at};

/// This near to the end counts as being there, in CSS pixels.
const END: f64 = 32.0;
/// This near to an edge, more is fetched, in CSS pixels.
const EDGE: f64 = 800.0;
/// Messages that are on the screen for so long are read.
pub(super) const A_MOMENT: Duration = Duration::from_millis(800);
/// Where the unread line stands when a conversation opens: just under the day pill, in CSS pixels.
const UNREAD_TOP: f64 = 56.0;

/// A message on the screen and how far below the frame's top it starts.
#[derive(Debug, Clone)]
struct Anchor {
    order: String,
    top: f64,
}

/// The timeline's frame and column, and where the reader stands in them.
#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    session: Session,
    pub(crate) frame: NodeRef<html::Section>,
    pub(crate) column: NodeRef<html::Div>,
    anchor: StoredValue<Option<Anchor>>,
    placed: StoredValue<bool>,
    /// Where the frame was scrolled to when that was looked at last.
    last_top: StoredValue<i32>,
    /// A settling is due with the next frame.
    due: StoredValue<bool>,
    /// What is on the screen is about to be taken for read.
    reads: StoredValue<bool>,
}

impl Scroll {
    /// Watches the frame and the column for as long as the current owner lives.
    pub(crate) fn new(session: Session) -> Self {
        let scroll = Self {
            session,
            frame: NodeRef::new(),
            column: NodeRef::new(),
            anchor: StoredValue::new(None),
            placed: StoredValue::new(false),
            last_top: StoredValue::new(0),
            due: StoredValue::new(false),
            reads: StoredValue::new(false),
        };
        scroll.watch_sizes();
        Effect::new(move |_| {
            session.history().track();
            session.sought().track();
            session.track_bared();
            if session.following().get() || session.history().with(History::loaded) {
                scroll.settle_soon();
            }
        });
        scroll
    }

    /// Once with the next frame, however much changes before it.
    fn settle_soon(self) {
        if !self.due.get_value() {
            self.due.set_value(true);
            request_animation_frame(move || {
                if self.due.try_set_value(false).is_none() {
                    self.settle();
                }
            });
        }
    }

    /// Any change of size, above or below, is answered before it is painted.
    fn watch_sizes(self) {
        let watcher = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
        Effect::new(move |_| {
            let (Some(frame), Some(column)) = (self.frame.get(), self.column.get()) else {
                return;
            };
            let changed = Closure::<dyn FnMut()>::new(move || self.settle());
            match ResizeObserver::new(changed.as_ref().unchecked_ref()) {
                Ok(observer) => {
                    observer.observe(&frame);
                    observer.observe(&column);
                    watcher.set_value(Some((observer, changed)));
                }
                Err(error) => leptos::logging::warn!("sizes are not watched: {error:?}"),
            }
        });
        on_cleanup(move || {
            watcher.try_update_value(|watcher| {
                if let Some((observer, _)) = watcher {
                    observer.disconnect();
                }
            });
        });
    }

    /// The reader scrolled. What has come since the last frame is set right first: else it would be taken for where they stand.
    pub(crate) fn moved(self) {
        if !self.due.get_value() {
            return self.look();
        }
        if let Some(frame) = self.frame.try_get_untracked().flatten()
            && self.went(&frame) < 0.0
        {
            self.session.follow(false);
        }
        self.settle();
    }

    /// How far the reader has gone since that was looked at last, in CSS pixels. Back from the end it may have been the browser, for want
    /// of room.
    fn went(self, frame: &Element) -> f64 {
        let went = f64::from(frame.scroll_top() - self.last_top.get_value());
        if room_below(frame) < 1.0 { went.max(0.0) } else { went }
    }

    /// Takes down where the reader stands, and asks for what they come near to.
    fn look(self) {
        let Some(frame) = self.frame.try_get_untracked().flatten() else {
            return;
        };
        if !self.placed.get_value() {
            return;
        }
        let below = room_below(&frame);
        let ends_here = self.session.history().with_untracked(History::ends_here);
        let at_end = ends_here && below < END;
        let top = frame.scroll_top();
        // Messages that came since the last frame push the end away; only the reader goes up.
        if at_end || !ends_here || top < self.last_top.get_value() {
            self.session.follow(at_end);
        }
        self.last_top.set_value(top);
        if !at_end {
            self.read_soon();
        }
        self.anchor.set_value(top_message(&frame));
        let (near_top, near_end) = (f64::from(frame.scroll_top()) < EDGE, below < EDGE);
        // Where all that may be drawn fits between the edges, each step one way would take away what the other brings, for ever.
        let full = self.session.history().with_untracked(|history| history.drawn().len() >= MAX_SHOWN);
        if near_top && near_end && full {
            return;
        }
        if near_top {
            self.session.older();
        }
        if near_end {
            self.session.newer();
        }
    }

    /// What is on the screen for a moment is read, also where there is more below: what stood there before and stands there after.
    fn read_soon(self) {
        if self.reads.get_value() || self.session.first_unseen().is_none() {
            return;
        }
        let frame = self.frame.try_get_untracked().flatten();
        let Some(then) = frame.and_then(|frame| on_screen(&frame)) else { return };
        self.reads.set_value(true);
        let read = move || {
            if self.reads.try_set_value(false).is_some() {
                return;
            }
            let frame = self.frame.try_get_untracked().flatten();
            let Some(now) = frame.and_then(|frame| on_screen(&frame)) else { return };
            self.session.saw(then.0.max(now.0), then.1.min(now.1));
            if then != now {
                self.read_soon();
            }
        };
        set_timeout(read, A_MOMENT);
    }

    /// The first unread message is further up than what was loaded: more is asked for before the reader is placed.
    fn seeks_unread(self) -> bool {
        let Some(unread) = self.session.unread_from().get_untracked() else { return false };
        let further = self
            .session
            .history()
            .with_untracked(|history| history.has_older() && history.oldest().is_some_and(|oldest| oldest > unread));
        if further {
            self.session.reach(unread);
        }
        further
    }

    /// Goes to a message, or a step towards it.
    fn go(self, frame: &Element, order: u64) {
        match self.session.bring(order) {
            Place::Drawn if show(frame, order) => self.session.found(),
            // The page has not caught up with the history yet.
            Place::Drawn => self.settle_soon(),
            // The history changes, and this comes again.
            Place::Held | Place::Away => {}
            Place::Nowhere => {
                self.session.found();
                self.session.toast(text().quote_missing.to_owned());
            }
        }
    }

    /// Something changed its size, or messages came: puts the reader back where they stood.
    fn settle(self) {
        let Some(frame) = self.frame.try_get_untracked().flatten() else {
            return;
        };
        let first = !self.placed.get_value();
        if first {
            if !self.session.history().with_untracked(History::loaded) || self.seeks_unread() {
                return;
            }
            self.placed.set_value(true);
            place(&frame);
        }
        if let Some(order) = self.session.sought().get_untracked() {
            self.go(&frame, order);
        } else if first {
        } else if self.session.following().get_untracked() {
            to_end(&frame);
        } else if let Some(anchor) = self.anchor.get_value() {
            hold(&frame, &anchor, self.went(&frame));
        }
        self.look();
    }
}

/// The first message on the screen, and the last that ends there. None: there is none, or nobody looks at them.
fn on_screen(frame: &Element) -> Option<(u64, u64)> {
    let first = top_message(frame).filter(|_| frame.client_height() > 0 && page_looked_at())?;
    let bottom = frame.get_bounding_client_rect().bottom();
    let messages = frame.query_selector_all("[data-order]").ok()?;
    let shown = |at: u32| messages.item(at)?.dyn_into::<Element>().ok();
    let mut upwards = (0..messages.length()).rev().filter_map(shown);
    let last = upwards.find(|message| message.get_bounding_client_rect().bottom() <= bottom)?;
    let order = |text: &str| text.parse().ok();
    Some((order(&first.order)?, order(&last.get_attribute("data-order")?)?))
}

fn room_below(frame: &Element) -> f64 {
    f64::from(frame.scroll_height() - frame.client_height() - frame.scroll_top())
}

fn to_end(frame: &Element) {
    frame.set_scroll_top(frame.scroll_height());
}

/// The first position: at the unread line if there is one, else at the end.
fn place(frame: &Element) {
    to_end(frame);
    if let Ok(Some(line)) = frame.query_selector(".unread") {
        let top = top_in(frame, &line) - UNREAD_TOP;
        if top < 0.0 {
            frame.scroll_by_with_x_and_y(0.0, top);
        }
    }
}

/// Puts a message in the middle and points at it. False: it is not on the page.
fn show(frame: &Element, order: u64) -> bool {
    let Ok(Some(message)) = frame.query_selector(&format!("[data-order='{order}']")) else { return false };
    let room = f64::from(frame.client_height()) - message.get_bounding_client_rect().height();
    frame.scroll_by_with_x_and_y(0.0, top_in(frame, &message) - (room / 2.0).max(UNREAD_TOP));
    // One is pointed at, and this one anew if it was that.
    let before = frame.query_selector(".is-found").ok().flatten();
    let mut pointed = before.map_or(Ok(()), |before| before.class_list().remove_1("is-found"));
    if let Some(message) = message.dyn_ref::<web_sys::HtmlElement>() {
        if document().query_selector(".find-bar :focus").is_ok_and(|field| field.is_none()) {
            focus::focus(message);
        }
        // Laid out without the class, or its animation would not begin anew.
        let _height = message.offset_height();
    }
    pointed = pointed.and_then(|()| message.class_list().add_1("is-found"));
    if let Err(error) = pointed {
        leptos::logging::warn!("a message has no classes: {error:?}");
    }
    true
}

/// Puts a message back where it stood, but for what the reader has gone since.
fn hold(frame: &Element, anchor: &Anchor, went: f64) {
    let selector = format!("[data-order='{}']", anchor.order);
    if let Ok(Some(message)) = frame.query_selector(&selector) {
        let moved = top_in(frame, &message) - (anchor.top - went);
        if moved.abs() > 0.1 {
            frame.scroll_by_with_x_and_y(0.0, moved);
        }
    }
}

fn top_in(frame: &Element, element: &Element) -> f64 {
    element.get_bounding_client_rect().top() - frame.get_bounding_client_rect().top()
}

/// The first message that reaches into the frame, by halving: they stand in order.
fn top_message(frame: &Element) -> Option<Anchor> {
    let messages = frame.query_selector_all("[data-order]").ok()?;
    let at = |index: u32| messages.item(index).and_then(|node| node.dyn_into::<Element>().ok());
    let frame_top = frame.get_bounding_client_rect().top();
    let (mut low, mut high) = (0, messages.length());
    while low < high {
        let middle = (low + high) / 2;
        if at(middle)?.get_bounding_client_rect().bottom() > frame_top {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let message = at(low)?;
    Some(Anchor {
        order: message.get_attribute("data-order")?,
        top: message.get_bounding_client_rect().top() - frame_top,
    })
}
