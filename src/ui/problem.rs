//! The engine's problems in words: what happened, then what to do.

use xchat_engine::api::{Problem, StorageProblem};

use super::i18n::text;

/// A sentence for something that was refused.
pub(crate) fn sentence(problem: Problem) -> &'static str {
    let t = text();
    match problem {
        Problem::Name => t.problem_name,
        Problem::NotALink => t.problem_not_a_link,
        Problem::LinkDamaged => t.problem_link_damaged,
        Problem::LinkIsOwn => t.problem_link_own,
        Problem::LinkElsewhere => t.problem_link_elsewhere,
        Problem::CardMissing | Problem::InviteMissing | Problem::InviteClosed => t.problem_card_missing,
        Problem::CardFalse => t.problem_card_false,
        Problem::Text => t.problem_text,
        Problem::NoChat => t.problem_no_chat,
        Problem::AccountExists => t.problem_account_exists,
        Problem::WordsGone => t.problem_words_gone,
        Problem::RowDamaged => t.problem_row_damaged,
        Problem::Offline => t.problem_offline,
        Problem::NotAllowed => t.problem_not_allowed,
        Problem::NotAMember => t.problem_not_a_member,
        Problem::Unreachable => t.problem_unreachable,
        Problem::Removed => t.removed_foot,
        Problem::NoMessage
        | Problem::NotAuthor
        | Problem::Emoji
        | Problem::Poll
        | Problem::TooMany
        | Problem::Picture => t.problem_message,
        Problem::NotSent => t.not_sent,
    }
}

/// A title and a sentence for what is wrong with storage.
pub(crate) fn storage(problem: StorageProblem) -> (&'static str, &'static str) {
    let t = text();
    match problem {
        StorageProblem::Unavailable => (t.storage_unavailable, t.storage_unavailable_more),
        StorageProblem::Full => (t.storage_full, t.storage_full_more),
        StorageProblem::Newer => (t.storage_newer, t.storage_newer_more),
        StorageProblem::Damaged => (t.storage_damaged, t.storage_damaged_more),
        StorageProblem::WriteFailed => (t.storage_write, t.storage_write_more),
    }
}
