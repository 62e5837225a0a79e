//! What the pages Help and About say. A table of its own: it is long, and nothing else says any of it.

/// A heading and what opens under it, a paragraph each.
pub type Topic = (&'static str, &'static [&'static str]);

/// A place, and what keys do there.
pub type Keys = (&'static str, &'static [(&'static str, &'static str)]);

/// The sentences of one language.
#[derive(Debug)]
pub struct Help {
    // Help.
    pub help: &'static str,
    pub help_more: &'static str,
    pub topics: [Topic; 8],
    // Keys.
    pub shortcuts: &'static str,
    pub shortcuts_more: &'static str,
    pub keys: [Keys; 6],
    // About.
    pub about: &'static str,
    pub version: &'static str,
    pub build: &'static str,
    pub licence: &'static str,
    pub emoji_names: &'static str,
    pub components: &'static str,
    pub components_missing: &'static str,
}
