//! `cargo xtask screenshots`: every screen as a picture, to be looked at.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::native::{self, Build};
use crate::step::{note, run, step};
use crate::test::House;

/// Builds the page and a relay, walks through the screens in a browser, and leaves the pictures in the target folder.
pub(crate) fn screenshots(args: &[String]) -> Result<()> {
    if !args.is_empty() {
        bail!("`cargo xtask screenshots` takes nothing");
    }
    let house = House::ready(Build::Test)?;
    let folder = native::target_dir().join("screenshots");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    step("walking through the screens", || {
        let mut cargo = native::cargo();
        cargo.args(["run", "--quiet", "--package", "xchat-e2e", "--bin", "screenshots", "--"]).arg(&folder);
        run(house.tell(&mut cargo))
    })?;
    note(format_args!("the pictures are in {}", folder.display()));
    Ok(())
}
