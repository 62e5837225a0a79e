//! What happens, line by line, for whoever looks into a history that went wrong: `XCHAT_TRACE=1`, one history, `--nocapture`.

use std::sync::LazyLock;

static ON: LazyLock<bool> = LazyLock::new(|| std::env::var_os("XCHAT_TRACE").is_some());

/// Characters of a line, and entries of a list in it.
const LINE: usize = 420;
const ENTRIES: usize = 12;

/// Says something, if anybody listens.
pub fn trace(said: impl FnOnce() -> String) {
    if *ON {
        eprintln!("{}", short(&said()));
    }
}

/// Without the bytes of what is long.
fn short(text: &str) -> String {
    let (mut depth, mut inside) = (0usize, 0);
    let seen = text.chars().filter(|c| {
        match c {
            '[' => (depth, inside) = (depth + 1, 0),
            ']' => depth = depth.saturating_sub(1),
            _ => inside += 1,
        }
        depth == 0 || inside < ENTRIES
    });
    seen.take(LINE).collect()
}
