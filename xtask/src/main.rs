//! `cargo xtask run | test | check | bench`: all that a developer types.
//!
//! Each command first sets up what is missing (`setup`), then builds (`wasm`, `bundle`, `native`), then does its
//! job. Every step is announced with how long it took; a failure names the command that brings what is missing.
//! This program must stay quick to compile and must never need wasm-bindgen or a browser to start.

mod apt;
mod bench;
mod browser;
mod bundle;
mod check;
mod firefox;
mod house;
mod imports;
mod licences;
mod minify;
mod names;
mod native;
mod nats;
mod page;
mod paths;
mod pebble;
mod peer;
mod run;
mod screenshots;
mod sizes;
mod split;
mod step;
mod test;
mod toolchain;
mod tools;
mod wasm;

use std::process::ExitCode;

use anyhow::bail;

const USAGE: &str = "\
cargo xtask run [--port N] [--data DIR] [--open]   build everything and serve X Chat at one URL
cargo xtask test [native|wasm|e2e|firefox ...]     all tests, or some of the four parts
cargo xtask check [--quick | --deep]               format, lints, imports, house rules, licences, sizes
cargo xtask bench [relay | engine | peer]          the figures that the design budgets: of the app in browsers; of the relay under load; of MLS in groups; a bundle for a
                                                   benchmark of browser libraries
cargo xtask screenshots                            every screen, wide and narrow, light and dark, into target/screenshots
cargo xtask bundle                                 only build the app into dist/

Environment: XDG_CACHE_HOME (tools), XDG_DATA_HOME (relay data), XCHAT_CHROMIUM, CHROMEDRIVER (browsers),
XCHAT_NATS_SERVER (for `test native` and `bench relay`), XCHAT_PEBBLE (for `test native`), XCHAT_TOOLCHAIN=web (use Debian's Rust for wasm32 even where rustup has the target).";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> anyhow::Result<()> {
    let Some((command, rest)) = args.split_first() else { bail!("which command?\n\n{USAGE}") };
    match command.as_str() {
        "run" => run::run(rest),
        "test" => test::test(rest),
        "check" => check::check(rest),
        "bench" => bench::bench(rest),
        "screenshots" => screenshots::screenshots(rest),
        "bundle" => bundle::build().map(|_| ()),
        // Not for people: `run` starts it to say when the relay answers.
        "announce" => run::announce(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no command `{other}`\n\n{USAGE}"),
    }
}
