//! What is known of emoji in one language: their order, groups, names, the words they are found by. `tools/emoji` makes the file.

use crate::ui::browser::letters::fold;

/// One emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji {
    /// Without a skin tone.
    pub plain: String,
    /// It takes one.
    pub tones: bool,
    /// What it is called.
    pub name: String,
    /// Its name without capitals and accents, then, behind a tab, further words.
    words: String,
}

/// All of them, by groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Data {
    /// Each with Unicode's number of the group.
    pub groups: Vec<(u8, Vec<Emoji>)>,
}

/// People who stand behind others in one emoji, and take the tone as well.
const PEOPLE: [char; 3] = ['🧑', '👨', '👩'];
/// A picture is to be drawn as one.
const STYLE: char = '\u{fe0f}';
/// Light to dark.
const TONES: [char; 5] = ['🏻', '🏼', '🏽', '🏾', '🏿'];

impl Data {
    /// Reads a file.
    pub fn read(file: &str) -> Self {
        let folded = fold(file);
        let mut groups: Vec<(u8, Vec<Emoji>)> = Vec::new();
        for (line, folded) in file.lines().zip(folded.lines()) {
            if let Some(number) = line.strip_prefix('=') {
                groups.push((number.parse().unwrap_or_default(), Vec::new()));
                continue;
            }
            let (Some((_, group)), Some((sign, rest)), Some((_, words))) =
                (groups.last_mut(), line.split_once('\t'), folded.split_once('\t'))
            else {
                continue;
            };
            let plain = sign.strip_suffix('+');
            let name = rest.split('\t').next().unwrap_or_default();
            group.push(Emoji {
                plain: plain.unwrap_or(sign).to_owned(),
                tones: plain.is_some(),
                name: name.to_owned(),
                words: words.to_owned(),
            });
        }
        Self { groups }
    }

    fn all(&self) -> impl Iterator<Item = &Emoji> {
        self.groups.iter().flat_map(|(_, group)| group)
    }

    /// Those that have, for each word that was typed, a word that begins so. First those in whose names they stand.
    pub fn find(&self, typed: &str) -> Vec<Emoji> {
        let typed = fold(typed);
        let begins =
            |words: &str| typed.split_whitespace().all(|part| words.split(apart).any(|word| word.starts_with(part)));
        let named = |emoji: &&Emoji| begins(emoji.words.split('\t').next().unwrap_or_default());
        let described = |emoji: &&Emoji| !named(emoji) && begins(&emoji.words);
        self.all().filter(named).chain(self.all().filter(described)).cloned().collect()
    }

    /// That of a sign, whatever its skin tone. None: it is not here.
    pub fn of(&self, sign: &str) -> Option<Emoji> {
        let bare = |sign: &str| sign.chars().filter(|c| *c != STYLE && !TONES.contains(c)).collect::<String>();
        let sign = bare(sign);
        self.all().find(|emoji| bare(&emoji.plain) == sign).cloned()
    }
}

impl Emoji {
    /// A hand, to show tones on.
    pub fn hand() -> Self {
        Self { plain: "✋".to_owned(), tones: true, name: String::new(), words: String::new() }
    }

    /// In a skin tone, 1 to 5, if it takes one; else as it is.
    pub fn toned(&self, tone: usize) -> String {
        let Some(tone) = tone.checked_sub(1).and_then(|at| TONES.get(at)).filter(|_| self.tones) else {
            return self.plain.clone();
        };
        let mut whole = String::new();
        let mut chars = self.plain.chars().enumerate().peekable();
        while let Some((at, c)) = chars.next() {
            whole.push(c);
            if at == 0 || PEOPLE.contains(&c) {
                whole.push(*tone);
                // The tone says as much.
                chars.next_if(|(_, next)| *next == STYLE);
            }
        }
        whole
    }
}

fn apart(c: char) -> bool {
    !c.is_alphanumeric()
}
