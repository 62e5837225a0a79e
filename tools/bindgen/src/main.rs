//! Writes the JavaScript glue of one wasm module: `xchat-bindgen OUT_DIR OUT_NAME INPUT.wasm [--keep-lld-exports]`.
//!
//! Leaves `OUT_NAME.js` (an ES module for browsers) and `OUT_NAME_bg.wasm` in OUT_DIR: what `wasm-bindgen --target
//! web --no-typescript --remove-name-section --remove-producers-section` leaves there, without that program's size. The
//! flag is that program's too: a module whose parts are loaded later shares its table of functions with them.

use std::env;

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = env::args().skip(1).collect();
    let keep = args.last().is_some_and(|last| last == "--keep-lld-exports");
    args.truncate(args.len() - usize::from(keep));
    let [out_dir, out_name, input] = args.as_slice() else {
        bail!("usage: xchat-bindgen OUT_DIR OUT_NAME INPUT.wasm [--keep-lld-exports]");
    };
    Bindgen::new()
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .keep_lld_exports(keep)
        .input_path(input)
        .out_name(out_name)
        .generate(out_dir)
        .with_context(|| format!("making the JavaScript glue of {input}"))
}
