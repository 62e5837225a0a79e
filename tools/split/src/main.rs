//! Cuts one wasm module at its split points: `xchat-split OUT_DIR OUT_NAME INPUT.wasm`.
//!
//! INPUT must hold relocations and symbols. Leaves in OUT_DIR the first part, `OUT_NAME.wasm`, which has yet to get its
//! JavaScript glue; a `split_PART.wasm` for each part and a `chunk_N.wasm` for what several of them share; and
//! `parts.js`, the module that loads them.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use wasm_split_cli_support::{Options, transform};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [out_dir, out_name, input] = args.as_slice() else {
        bail!("usage: xchat-split OUT_DIR OUT_NAME INPUT.wasm");
    };
    let module = fs::read(input).with_context(|| format!("reading {input}"))?;
    let out_dir = Path::new(out_dir);
    let first = out_dir.join(format!("{out_name}.wasm"));
    let glue = format!("./{out_name}.js");
    let mut options = Options::new(&module);
    options.output_dir = out_dir;
    options.main_out_path = &first;
    options.main_module = &glue;
    options.link_name = "./parts.js";
    let split = transform(options).map_err(|error| anyhow!("splitting {input}: {error:#}"))?;
    if split.split_modules.is_empty() {
        bail!("{input} has no split points");
    }
    Ok(())
}
