//! Letters without their case and their accents, by a few ranges: Unicode's own tables would be many KiB of the download.

/// Letters from U+00C0 to U+017F without case and accent. A full stop: the letter is one of its own.
const LATIN: &[u8; 192] = b"aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.nooooo.ouuuuy.y\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkkllllllllllnnnnnnn..oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// A text as it is compared: one letter for each, but for accents that stand alone, which are left out.
pub(crate) fn fold(text: &str) -> String {
    text.chars().filter_map(letter).collect()
}

/// One letter as it is compared. None: it is an accent.
pub(super) fn letter(c: char) -> Option<char> {
    let moved = |by: u32| char::from_u32(c as u32 + by);
    match c {
        '\0'..='\u{7f}' => Some(c.to_ascii_lowercase()),
        '\u{300}'..='\u{36f}' => None,
        'Æ' | 'Ð' | 'Þ' => moved(0x20),
        'Ĳ' | 'Ŋ' | 'Œ' => moved(1),
        'À'..='ſ' => {
            Some(LATIN.get(c as usize - 0xc0).filter(|base| **base != b'.').map_or(c, |base| char::from(*base)))
        }
        'Ά' | 'ά' => Some('α'),
        'Έ' | 'έ' => Some('ε'),
        'Ή' | 'ή' => Some('η'),
        'Ί' | 'ί' | 'ΐ' | 'Ϊ' | 'ϊ' => Some('ι'),
        'Ό' | 'ό' => Some('ο'),
        'Ύ' | 'ύ' | 'ΰ' | 'Ϋ' | 'ϋ' => Some('υ'),
        'Ώ' | 'ώ' => Some('ω'),
        'ς' => Some('σ'),
        'Ё' | 'ё' => Some('е'),
        'Α'..='Ρ' | 'Σ'..='Ω' | 'А'..='Я' => moved(0x20),
        'Ѐ'..='Џ' => moved(0x50),
        'Ա'..='Ֆ' => moved(0x30),
        // Capital and small letter stand side by side.
        'Ѡ'..='ҁ' | 'Ҋ'..='ҿ' | 'Ӑ'..='ԯ' | 'Ḁ'..='ẕ' | 'Ạ'..='ỿ' => char::from_u32(c as u32 | 1),
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_accents_make_no_difference() {
        for (text, folded) in [
            ("Crème BRÛLÉE à Łódź", "creme brulee a lodz"),
            ("Cre\u{300}me", "creme"),
            ("ŒUVRE Ærø Þing straße", "œuvre æro þing straße"),
            ("Καλημέρα ΚΌΣΜΕ λόγος", "καλημερα κοσμε λογοσ"),
            ("Ёлка ЩИ Ґанок Њ", "елка щи ґанок њ"),
            ("Việt ẮNG", "việt ắng"),
            ("漢字 שלום 🎈", "漢字 שלום 🎈"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn a_capital_folds_as_its_small_letter_and_what_is_folded_stays() {
        let blocks = [0..0x180, 0x386..0x3cf, 0x400..0x4c0, 0x4d0..0x557, 0x1e00..0x1e96, 0x1ea0..0x1f00];
        for c in blocks.into_iter().flatten().filter_map(char::from_u32) {
            let mut small = c.to_lowercase();
            if let (Some(small), None) = (small.next(), small.next()) {
                assert_eq!(letter(c), letter(small), "{c}");
            }
        }
        for c in (0..0x3000).filter_map(char::from_u32) {
            let once = letter(c);
            assert_eq!(once.and_then(letter), once, "{c}");
        }
    }
}
