//! `cargo xtask bench`: the figures that the design budgets, measured on this machine.

use anyhow::{Result, bail};

use crate::native::Build;
use crate::step::{run, step};
use crate::test::House;
use crate::{native, sizes};

/// Prints the download sizes, then what the end-to-end package measures in real browsers.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    if let Some(strange) = args.first() {
        bail!("`cargo xtask bench` takes no `{strange}`");
    }
    let house = House::ready(Build::Release)?;
    println!("\n{}", sizes::measure(house.dist())?);
    step("measuring in browsers", || {
        run(house.tell(native::cargo().args(["run", "--quiet", "--package", "xchat-e2e", "--bin", "bench"])))
    })
}
