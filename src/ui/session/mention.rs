//! Mentions in a text that is being written. The field shows `@Name`; what is sent has a link to the person, as the content draft
//! wants it: `[@Name](xchat:ADDRESS)`.

/// Somebody who was picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// What they call themselves.
    pub name: String,
    /// `xc1...`
    pub address: String,
}

/// Marks that would end a link's words, or begin something else in them.
const MARKS: [char; 8] = ['\\', '[', ']', '*', '_', '`', '<', '~'];

/// What is sent: each `@Name` of somebody who was picked becomes a link to them.
pub fn spell(text: &str, picked: &[Picked]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        out.push_str(&rest[..at]);
        let named = &rest[at + 1..];
        // The longest name wins: "@Ann Lee" is not Ann.
        let whom = picked.iter().filter(|one| begins(named, &one.name)).max_by_key(|one| one.name.len());
        match whom {
            Some(Picked { name, address }) => {
                out.push_str("[@");
                out.extend(name.chars().flat_map(|c| MARKS.contains(&c).then_some('\\').into_iter().chain([c])));
                out.push_str("](xchat:");
                out.push_str(address);
                out.push(')');
                rest = &named[name.len()..];
            }
            None => {
                out.push('@');
                rest = named;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The name stands there and does not go on.
fn begins(text: &str, name: &str) -> bool {
    !name.is_empty() && text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// The way back, for the field: links to people become `@Name`. Who they are is added to `picked`.
pub fn unspell(text: &str, picked: &mut Vec<Picked>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("[@") {
        out.push_str(&rest[..at]);
        match link(&rest[at + 2..]) {
            Some((one, after)) => {
                out.push('@');
                out.push_str(&one.name);
                if !picked.contains(&one) {
                    picked.push(one);
                }
                rest = after;
            }
            None => {
                out.push_str("[@");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The rest of a link to a person, after `[@`, and what follows it.
fn link(text: &str) -> Option<(Picked, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    let end = loop {
        match chars.next()? {
            (at, ']') => break at,
            (_, '\\') => name.push(chars.next()?.1),
            (_, '[' | '\n') => return None,
            (_, c) => name.push(c),
        }
    };
    let target = text[end + 1..].strip_prefix("(xchat:")?;
    let (address, after) = target.split_once(')')?;
    let plain = !name.is_empty() && address.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then(|| (Picked { name, address: address.to_owned() }, after))
}

/// What was typed after the last `@` before the caret, if that begins a word; and where that `@` stands, in bytes.
pub fn asked(before_caret: &str) -> Option<(usize, &str)> {
    /// A name is not longer, and nobody is sought by half a sentence.
    const LONGEST: usize = 48;
    let at = before_caret.rfind('@')?;
    let begins = before_caret[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    let typed = &before_caret[at + 1..];
    let sought = typed.len() <= LONGEST && !typed.contains('\n') && !typed.starts_with(' ');
    (begins && sought).then_some((at, typed))
}
