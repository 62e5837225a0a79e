//! Mentions: links to a person's URI, as the content draft has them. Their text is the author's claim, so a person who is known
//! here is shown by the name that they are known by.

use super::{Part, Span, each};
use crate::{api::PersonId, identity::parse_address};

/// The scheme of a person's URI.
const SCHEME: &str = "xchat:";

/// The person that a link leads to.
pub(super) fn mentioned(href: &str) -> Option<PersonId> {
    let address = href.trim().strip_prefix(SCHEME)?;
    parse_address(address).ok().map(|person| PersonId(*person.as_bytes()))
}

/// Shows each person by the name that `known` has for them.
pub(crate) fn name_mentions(parts: &mut [Part], known: &dyn Fn(&PersonId) -> Option<String>) {
    each(parts, &mut |span| {
        if let Span::Mention { person, name } = span
            && let Some(known) = known(person)
        {
            *name = format!("@{known}");
        }
    });
}

/// Whether a person is mentioned.
pub(crate) fn names(parts: &mut [Part], whom: &PersonId) -> bool {
    let mut found = false;
    each(parts, &mut |span| found |= matches!(span, Span::Mention { person, .. } if person == whom));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{IdentityKey, address_text};

    fn person() -> (PersonId, String) {
        let key = IdentityKey::from_seed(&[7; 32]).public();
        (PersonId(*key.as_bytes()), address_text(&key))
    }

    #[test]
    fn a_link_to_a_person_is_a_mention_under_the_name_that_they_are_known_by_here() {
        let (person, address) = person();
        let mut parts = crate::prose::parse(&format!("Kudos to **[@Alice _Smith_](xchat:{address})**!"));
        let mention = |name: &str| Span::Strong(vec![Span::Mention { person, name: name.to_owned() }]);
        let Part::Paragraph(spans) = &parts[0] else { panic!("{parts:?}") };
        assert_eq!(spans[1], mention("@Alice Smith"), "as written");
        assert!(names(&mut parts, &person) && !names(&mut parts, &PersonId([1; 32])));
        name_mentions(&mut parts, &|known| (*known == person).then(|| "Mallory".to_owned()));
        let Part::Paragraph(spans) = &parts[0] else { panic!("{parts:?}") };
        assert_eq!(spans[1], mention("@Mallory"), "whatever its author calls them");
        assert_eq!(crate::prose::plain(&parts), "Kudos to @Mallory!");
    }

    #[test]
    fn what_only_looks_like_a_mention_is_none() {
        let (person, address) = person();
        let damaged = address.replace("xc1", "xc1q");
        for text in [
            format!("[@A](xchat:{damaged})"),
            format!("`[@A](xchat:{address})`"),
            format!("@A xchat:{address}"),
            format!("![@A](xchat:{address})"),
            format!("[@A](https://x.example/xchat:{address})"),
        ] {
            assert!(!names(&mut crate::prose::parse(&text), &person), "{text}");
        }
    }

    #[test]
    fn a_mention_is_found_however_deep_it_stands() {
        let (person, address) = person();
        for text in ["> [@A](U)", "- a\n- b [@A](U)", "# *[@A](U)*", "|a|\n|-|\n|[@A](U)|", "[@A][u]\n\n[u]: U"] {
            let text = text.replace('U', &format!("xchat:{address}"));
            assert!(names(&mut crate::prose::parse(&text), &person), "{text}");
        }
    }
}
