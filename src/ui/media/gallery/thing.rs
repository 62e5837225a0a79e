//! What stands on a shelf: a file of a message, or one of its links.

use js_sys::Object;
use wasm_bindgen::JsValue;
use xchat_engine::api::{Attachment, Attachments, Hit, Shelf};

use crate::ui::browser::clock;
use crate::ui::browser::js::{call, get, make, set};
use crate::ui::chat::shown_name;
use crate::ui::i18n::{spoken, text};
use crate::ui::media::held::is_once;

/// Which one: its message's order, and its place among what that has of the kind.
pub(super) type Which = (u64, usize);

/// The thing itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    File(Attachment),
    /// Its address.
    Link(String),
}

/// It, with what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thing {
    pub(super) which: Which,
    pub(super) time: u64,
    pub(super) who: String,
    pub(super) what: What,
}

impl Thing {
    pub(super) fn file(&self) -> Option<&Attachment> {
        match &self.what {
            What::File(file) => Some(file),
            What::Link(_) => None,
        }
    }

    /// It is drawn anew where this changes. The files of a message never do; an address counts by FNV-1a.
    pub(super) fn key(&self) -> u128 {
        let said = match &self.what {
            What::File(_) => 0,
            What::Link(address) => {
                address.bytes().fold(0x811C_9DC5_u32, |said, byte| (said ^ u32::from(byte)).wrapping_mul(0x0100_0193))
            }
        };
        let (order, at) = self.which;
        u128::from(order) << 64 | (at as u128 & 0xFFFF_FFFF) << 32 | u128::from(said)
    }

    /// Which month of which year it is from, counted through.
    pub(super) fn month(&self) -> u128 {
        let part = |name: &str| call(&date(self.time), name, &[]).and_then(|part| part.as_f64()).unwrap_or_default();
        (part("getFullYear") * 12.0 + part("getMonth")) as u128
    }
}

/// What of a message stands on this shelf.
pub(super) fn things(hit: &Hit, shelf: Shelf, chat: &str) -> Vec<Thing> {
    let who = match &hit.author {
        _ if hit.mine => text().you.to_owned(),
        Some(author) => shown_name(author).to_owned(),
        None => chat.to_owned(),
    };
    let thing = |(at, what)| Thing { which: (hit.order, at), time: hit.time, who: who.clone(), what };
    match shelf {
        Shelf::Links => hit.links.iter().cloned().map(What::Link).enumerate().map(thing).collect(),
        _ => {
            // Page and worker are of one build.
            let files = hit.attachments.as_ref().and_then(|bytes| Attachments::from_bytes(bytes).ok());
            let files = files.unwrap_or_default().files.into_iter().enumerate();
            let on_it = |(_, file): &(usize, Attachment)| Shelf::from(file.holds()) == shelf && !is_once(file);
            files.filter(on_it).map(|(at, file)| (at, What::File(file))).map(thing).collect()
        }
    }
}

fn date(time: u64) -> JsValue {
    make("Date", &[JsValue::from_f64(time as f64)]).unwrap_or_default()
}

/// "November"; of another year "November 2024".
pub(super) fn month_of(time: u64) -> String {
    let year = |time| call(&date(time), "getFullYear", &[]);
    let options = Object::new();
    set(&options, "month", "long");
    if year(time) != year(clock::now()) {
        set(&options, "year", "numeric");
    }
    let named = call(&date(time), "toLocaleDateString", &[spoken().tag().into(), options.into()]);
    named.and_then(|named| named.as_string()).unwrap_or_default()
}

/// Whose page an address leads to, as the browser reads it: letters that look like others are not taken for them.
pub(super) fn host(address: &str) -> String {
    let read = |name: &str| {
        let url = make("URL", &[address.into()])?;
        get(&url, name).as_string().filter(|read| !read.is_empty())
    };
    read("hostname").or_else(|| read("pathname")).unwrap_or_else(|| address.to_owned())
}
