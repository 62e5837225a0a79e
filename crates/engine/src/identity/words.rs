//! The 12 words: 16 bytes of entropy that a person can write down (BIP-39, English list).

use std::fmt;

use pbkdf2::pbkdf2_hmac;
use sha2::{Digest, Sha256, Sha512};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Words in one phrase.
pub const WORD_COUNT: usize = 12;
/// A phrase longer than this many bytes is not looked at: 12 words of 8 letters with generous space between.
const MAX_TEXT: usize = 1024;
/// The English list of BIP-39: 2,048 words of 3 to 8 letters, ascending, a line each. A table of pointers to them would be as much again.
const LIST: &str = include_str!("english.txt");
/// A word stands for so many bits.
const BITS: usize = 11;

/// Why a text is not 12 good words. Positions count from 1, as a person does; the words themselves are never in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WordsError {
    /// Not 12 of them.
    #[error("{0} words instead of {WORD_COUNT}")]
    Count(usize),
    /// This one is not in the list.
    #[error("word {0} is not in the list")]
    Unknown(usize),
    /// Each word is in the list, but together they do not check: one is wrong, or two changed places.
    #[error("the words do not belong together: one is wrong or out of place")]
    Checksum,
    /// Far too long for 12 words.
    #[error("the text is too long for {WORD_COUNT} words")]
    TooLong,
}

/// The root secret of a person: everything else derives from it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Words([u8; 16]);

impl Words {
    /// The words for 16 fresh random bytes.
    pub const fn from_entropy(entropy: [u8; 16]) -> Self {
        Self(entropy)
    }

    /// The 16 bytes behind the words, for a sealed row.
    pub fn entropy(&self) -> Zeroizing<[u8; 16]> {
        Zeroizing::new(self.0)
    }

    /// Reads 12 English words, whatever their case and the space between them.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        if text.len() > MAX_TEXT {
            return Err(WordsError::TooLong);
        }
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let count = lower.split_whitespace().count();
        if count != WORD_COUNT {
            return Err(WordsError::Count(count));
        }
        // 132 bits, the highest first: 128 of entropy, and the first four of its hash to check them.
        let mut bits = Zeroizing::new([0_u8; 17]);
        for (place, word) in lower.split_whitespace().enumerate() {
            let number = LIST.lines().position(|listed| listed == word).ok_or(WordsError::Unknown(place + 1))?;
            for bit in 0..BITS {
                let at = place * BITS + bit;
                bits[at / 8] |= ((number >> (BITS - 1 - bit)) as u8 & 1) << (7 - at % 8);
            }
        }
        let mut words = Self([0; 16]);
        words.0.copy_from_slice(&bits[..16]);
        if words.bits() == bits { Ok(words) } else { Err(WordsError::Checksum) }
    }

    /// The entropy and, in the upper half of the last byte, its check.
    fn bits(&self) -> Zeroizing<[u8; 17]> {
        let mut bits = Zeroizing::new([0; 17]);
        bits[..16].copy_from_slice(&self.0);
        bits[16] = Sha256::digest(self.0)[0] & 0xf0;
        bits
    }

    /// The 12 words, in order.
    pub fn words(&self) -> [&'static str; WORD_COUNT] {
        let bits = self.bits();
        std::array::from_fn(|place| {
            let of = |number: usize, at: usize| number << 1 | usize::from(bits[at / 8] >> (7 - at % 8) & 1);
            let number = (place * BITS..(place + 1) * BITS).fold(0, of);
            LIST.lines().nth(number).unwrap_or_default()
        })
    }

    /// The BIP-39 seed with an empty passphrase: 2,048 rounds of PBKDF2, some milliseconds.
    pub(super) fn seed(&self) -> Zeroizing<[u8; 64]> {
        let phrase = Zeroizing::new(self.words().join(" "));
        let mut seed = Zeroizing::new([0; 64]);
        pbkdf2_hmac::<Sha512>(phrase.as_bytes(), b"mnemonic", 2048, seed.as_mut_slice());
        seed
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEGAL: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

    #[test]
    fn words_of_the_published_vector_give_its_entropy_and_seed() {
        // trezor/python-mnemonic vectors.json: this entropy; the seed there has the passphrase "TREZOR", so it is taken from
        // the empty passphrase of the same words, computed with an independent implementation (Python's hashlib).
        let words = Words::from_entropy([0x7f; 16]);
        assert_eq!(words.words().join(" "), LEGAL);
        assert_eq!(Words::parse(LEGAL).unwrap(), words);
        assert_eq!(hex::encode(words.seed().as_slice()), SEED);
    }
    const SEED: &str = "878386efb78845b3355bd15ea4d39ef97d179cb712b77d5c12b6be415fffeffe5f377ba02bf3f8544ab800b955e51fbff09828f682052a20faa6addbbddfb096";

    #[test]
    fn case_and_whitespace_do_not_matter() {
        let messy = format!("\n  {}\t", LEGAL.to_uppercase().replace(' ', " \r\n\u{a0} "));
        assert_eq!(Words::parse(&messy).unwrap(), Words::from_entropy([0x7f; 16]));
    }

    #[test]
    fn a_wrong_word_is_named_by_its_place_from_one() {
        assert_eq!(Words::parse(&LEGAL.replace("sausage", "sosage")), Err(WordsError::Unknown(6)));
    }

    #[test]
    fn a_wrong_count_is_told() {
        assert_eq!(Words::parse("legal winner"), Err(WordsError::Count(2)));
        assert_eq!(Words::parse(""), Err(WordsError::Count(0)));
        assert_eq!(Words::parse(&format!("{LEGAL} legal winner thank")), Err(WordsError::Count(15)));
    }

    #[test]
    fn swapped_words_fail_the_checksum() {
        let swapped = "winner legal thank year wave sausage worth useful legal winner thank yellow";
        assert_eq!(Words::parse(swapped), Err(WordsError::Checksum));
    }

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", Words::from_entropy([1; 16])), "Words(..)");
    }

    /// Beside another implementation, `bip39` of the Rust Bitcoin project.
    fn theirs(entropy: [u8; 16]) -> bip39::Mnemonic {
        bip39::Mnemonic::from_entropy_in(bip39::Language::English, &entropy).unwrap()
    }

    #[test]
    fn the_list_is_the_published_one() {
        assert!(LIST.lines().eq(bip39::Language::English.word_list().iter().copied()));
    }

    proptest! {
        #[test]
        fn words_and_seed_are_those_of_another_implementation(entropy: [u8; 16]) {
            let (words, theirs) = (Words::from_entropy(entropy), theirs(entropy));
            prop_assert!(words.words().into_iter().eq(theirs.words()));
            prop_assert_eq!(*words.seed(), theirs.to_seed_normalized(""));
        }

        #[test]
        fn a_phrase_is_good_where_another_implementation_finds_it_so(entropy: [u8; 16], place in 0_usize..12, other in 0_usize..2048) {
            let mut words = Words::from_entropy(entropy).words();
            words[place] = LIST.lines().nth(other).unwrap();
            let phrase = words.join(" ");
            prop_assert_eq!(Words::parse(&phrase).is_ok(), bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &phrase).is_ok());
        }

        #[test]
        fn every_entropy_survives_being_written_down(entropy: [u8; 16]) {
            let words = Words::from_entropy(entropy);
            prop_assert_eq!(Words::parse(&words.words().join(" ")).unwrap(), words);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Words::parse(&text);
        }
    }
}
