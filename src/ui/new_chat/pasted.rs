//! What was pasted where a link belongs: the link in it, or something that looks like one and is none.

/// What is in the link of a person, and in a group's, and how many characters come behind it.
const MARKS: [(&str, usize); 2] = [("#add/", 64), ("#join/", 22)];
/// How an address begins.
const ADDRESS: &str = "xc1";
/// An address has 61 letters and digits; one that was not copied whole is told apart from a word by these. 64 may be a link without its page.
const ADDRESS_LENGTHS: std::ops::Range<usize> = 12..64;

/// The link, without what stands around it; without a link, all that was pasted.
pub(super) fn link_in(text: &str) -> &str {
    let found = MARKS.iter().find_map(|(mark, length)| Some((text.find(mark)?, mark.len(), *length)));
    let Some((at, mark, length)) = found else { return text.trim() };
    let word = text[..at].rsplit(char::is_whitespace).next().unwrap_or_default();
    // A line break that a field took out has joined the word before to it, and the one behind it.
    let begin = ["https://", "http://"].iter().find_map(|scheme| word.find(scheme)).unwrap_or_default();
    let payload = text[at + mark..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    &text[at - word.len() + begin..at + mark + payload.take(length).count()]
}

/// Whether it is the link of a device that is to be linked.
pub(super) fn is_of_device(text: &str) -> bool {
    text.contains("#link/")
}

/// Whether somebody's address was pasted, and no link.
pub(super) fn is_address(text: &str) -> bool {
    let begins = |word: &str| word.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(ADDRESS));
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    !MARKS.iter().any(|mark| text.contains(mark.0))
        && words.any(|word| ADDRESS_LENGTHS.contains(&word.len()) && begins(word))
}
