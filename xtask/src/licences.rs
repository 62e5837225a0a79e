//! `licenses.txt` in the app: every crate that is linked into what a browser is served, with its licence and where it comes from.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::step::output;
use crate::toolchain::{TARGET, Toolchain};

const HEAD: &str = "X Chat is made with these libraries, and with the standard library of Rust (MIT OR Apache-2.0).\n\
                    Each line: name and version, licence, where it comes from.\n\n";

/// The text, as cargo resolves the page and the engine for a browser.
pub(crate) fn text(toolchain: Toolchain) -> Result<String> {
    let mut cargo = toolchain.cargo();
    cargo.args(["tree", "--package", "xchat", "--features", "split", "--target", TARGET, "--locked"]);
    // What runs while building alone is in no module.
    cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}\t{l}\t{r}"]);
    list(&output(&mut cargo)?)
}

/// One line a crate, in order, without our own. A crate without a licence is an error: it must not be served.
fn list(tree: &str) -> Result<String> {
    let crates: BTreeSet<&str> =
        tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    let mut text = HEAD.to_owned();
    for line in crates {
        let mut fields = line.split('\t').map(str::trim);
        let (package, licence, origin) = (fields.next(), fields.next(), fields.next());
        let package = package.unwrap_or_default();
        // A path in brackets: ours, of this workspace.
        if package.ends_with(')') {
            continue;
        }
        match licence.filter(|licence| !licence.is_empty()) {
            Some(licence) => writeln!(text, "{package}, {licence}, {}", origin.unwrap_or_default())?,
            None => bail!("{package} names no licence"),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_stands_there_once_in_order_and_our_own_do_not() {
        let tree = "xchat v0.1.0 (/home/x)\tMIT\t\nb v2.0.0\tMIT\thttps://b.example\na v1.0.0\tMIT OR Apache-2.0\t\n\
                    b v2.0.0\tMIT\thttps://b.example (*)\n";
        let text = list(tree).unwrap();
        let lines: Vec<_> = text.strip_prefix(HEAD).unwrap().lines().collect();
        assert_eq!(lines, ["a v1.0.0, MIT OR Apache-2.0, ", "b v2.0.0, MIT, https://b.example"]);
    }

    #[test]
    fn a_crate_without_a_licence_is_not_served() {
        assert!(list("a v1.0.0\t\thttps://a.example\n").is_err());
    }
}
