//! A client of a later version, for simulations: what it writes has more in it than this version knows, and it says what this
//! version has never heard of. In a binary of X Chat nothing of it is left.

#[cfg(not(feature = "hostile"))]
pub(crate) use now::{extension, signal, written};
#[cfg(feature = "hostile")]
pub(crate) use then::{UNHEARD, begin, extension, signal, written};

#[cfg(not(feature = "hostile"))]
mod now {
    /// A CBOR map as this client writes it.
    pub(crate) fn written(map: Vec<u8>) -> Vec<u8> {
        map
    }

    /// An extension that each of its contents has.
    pub(crate) fn extension() -> Option<&'static [u8]> {
        None
    }

    /// The kind of a signal.
    pub(crate) fn signal(kind: u32) -> u32 {
        kind
    }
}

#[cfg(feature = "hostile")]
mod then {
    use std::cell::Cell;

    /// A number that is given to nothing.
    pub(crate) const UNHEARD: u8 = 99;
    /// A key and a value: `99: "later"`.
    const ENTRY: [u8; 8] = [0x18, UNHEARD, 0x65, b'l', b'a', b't', b'e', b'r'];
    /// A name that stands behind those of all extensions that this version writes, and `[1]`.
    const EXTENSION: &[u8] = b"\x78\x1evnd.xchat.something-of-later-\x31\x81\x01";

    thread_local! {
        /// Whether the engine whose step this is is of a later version.
        static LATER: Cell<bool> = const { Cell::new(false) };
    }

    /// A step of such an engine begins, or one of another.
    pub(crate) fn begin(later: bool) {
        LATER.set(later);
    }

    pub(crate) fn written(mut map: Vec<u8>) -> Vec<u8> {
        if let Some(head) = map.first_mut().filter(|head| LATER.get() && (0xa0..0xb7).contains(*head)) {
            *head += 1;
            map.extend_from_slice(&ENTRY);
        }
        map
    }

    pub(crate) fn extension() -> Option<&'static [u8]> {
        LATER.get().then_some(EXTENSION)
    }

    pub(crate) fn signal(kind: u32) -> u32 {
        if LATER.get() { UNHEARD.into() } else { kind }
    }
}
