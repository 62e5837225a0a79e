//! The parts of the page's module that are loaded when a screen of theirs is first opened.
//!
//! `tools/split` cuts the linked module where `part!` (`src/ui/part.rs`) says, before it gets its glue. What only one part
//! reaches becomes that part, what several share a chunk of its own, and everything else stays in the first part. All use
//! one memory and one table of functions. `parts.js`, which it writes too, is imported by the glue and fetches them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::output;

/// The script that fetches parts, as the splitter calls it.
pub(crate) const LOADER: &str = "parts.js";

/// How that script gets hold of the first part: by the glue, which imports it and so must not be imported by it, since
/// each would have the other's content hash in it. The glue hands itself over instead (`handover`).
const IMPORTS_GLUE: &str = "import { initSync } from \"./app.js\";";

/// Where that script begins to fetch a part: what it needs of others comes beside it.
const NEEDS: &str = "deps.map(d => d())";

/// How the script fetches the styles of the parts, once. A part is not there before they are, or its screen would be drawn without them.
const STYLE: &str = r#"
let styled;
const style = () => (styled ??= new Promise((come, fail) => {
const link = document.createElement("link");
link.rel = "stylesheet";
link.onload = come;
link.onerror = () => {
link.remove();
styled = undefined;
fail(new Error("the styles did not come"));
};
link.href = new URL("./STYLE", import.meta.url);
document.head.append(link);
}));
"#;

/// What it says of a part that did not come. The page says it to the person; one that is left or loaded anew meanwhile is no error.
const COMPLAINS: &str = "console.error(e)";

/// A piece of the module.
#[derive(Debug)]
pub(crate) struct Part {
    /// As the script names it: `split_settings.wasm`, `chunk_1.wasm`.
    pub(crate) file: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Part {
    /// What it is called in the app, before its hash: `part-settings`, `part-shared-1`.
    pub(crate) fn name(&self) -> String {
        self.file.trim_end_matches(".wasm").replacen("split_", "part-", 1).replacen("chunk_", "part-shared-", 1)
    }
}

/// Cuts a module that was linked with relocations; returns the first part, which has no glue yet.
pub(crate) fn cut(splitter: &Path, input: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    output(Command::new(splitter).arg(folder).arg(name).arg(input))?;
    Ok(folder.join(format!("{name}.wasm")))
}

/// The other parts in a folder, by name.
pub(crate) fn parts(folder: &Path) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if file.ends_with(".wasm") && (file.starts_with("split_") || file.starts_with("chunk_")) {
            parts.push(Part { file: file.to_owned(), path: path.clone() });
        }
    }
    parts.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(parts)
}

/// The script that fetches parts, with their finished names, and without its import of the glue. With each part comes `style`.
pub(crate) fn loader(script: &str, names: &[(String, String)], style: &str) -> Result<String> {
    let mut script = once(script, IMPORTS_GLUE, "let initSync;\nexport const join = (glue) => (initSync = glue);")?;
    script = once(&script, NEEDS, &format!("[style(), ...{NEEDS}]"))? + &STYLE.replace("STYLE", style);
    script = once(&script, COMPLAINS, "console.warn(e)")?;
    for (plain, finished) in names {
        script = once(&script, &format!("\"./{plain}\""), &format!("\"./{finished}\""))?;
    }
    Ok(script)
}

/// The glue, which imports that script under its finished name, and hands itself over before anything else runs.
pub(crate) fn handover(glue: &str, loader: &str) -> Result<String> {
    let (plain, finished) = (format!("from \"./{LOADER}\""), format!("from \"./{loader}\""));
    if !glue.contains(&plain) || !glue.contains("function initSync(") {
        bail!("the page's glue does not import {LOADER}, or has no initSync to share");
    }
    let glue = glue.replace(&plain, &finished);
    Ok(format!("import {{ join }} {finished};\n{glue}\njoin(initSync);\n"))
}

fn once(text: &str, from: &str, to: &str) -> Result<String> {
    match text.matches(from).count() {
        1 => Ok(text.replace(from, to)),
        times => bail!("{LOADER} has {from} {times} times, not once"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_names_the_finished_parts_and_does_not_import_the_glue() {
        let script = format!(
            "{IMPORTS_GLUE}\nwait({NEEDS});\n{COMPLAINS};\nfetch(new URL(\"./split_a.wasm\", import.meta.url));\n"
        );
        let names = [("split_a.wasm".to_owned(), "part-a-0.wasm".to_owned())];
        let script = loader(&script, &names, "s.css").unwrap();
        assert!(script.contains("new URL(\"./part-a-0.wasm\"") && !script.contains("import {"), "{script}");
        assert!(script.contains("export const join"), "{script}");
        assert!(script.contains("wait([style(), ...") && script.contains("new URL(\"./s.css\""), "{script}");
    }

    #[test]
    fn a_part_that_the_script_does_not_name_is_an_error() {
        let names = [("split_b.wasm".to_owned(), "part-b-0.wasm".to_owned())];
        assert!(loader(&format!("{IMPORTS_GLUE}{NEEDS}{COMPLAINS}"), &names, "s.css").is_err());
    }

    #[test]
    fn the_glue_imports_the_finished_script_and_goes_on_calling_it_what_the_module_does() {
        let glue =
            "import * as import1 from \"./parts.js\"\nfunction initSync(module) {}\nx({\"./parts.js\": import1});\n";
        let glue = handover(glue, "app-parts-0.js").unwrap();
        assert!(glue.contains("import1 from \"./app-parts-0.js\"") && glue.contains("{\"./parts.js\": import1}"));
        assert!(glue.ends_with("join(initSync);\n"));
        assert!(handover("function initSync(module) {}", "app-parts-0.js").is_err());
    }

    #[test]
    fn a_part_is_called_what_it_is() {
        let name = |file: &str| Part { file: file.to_owned(), path: PathBuf::new() }.name();
        assert_eq!(
            (name("split_settings.wasm"), name("chunk_3.wasm")),
            ("part-settings".into(), "part-shared-3".into())
        );
    }
}
