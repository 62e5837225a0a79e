//! The names by which a module and its JavaScript glue know each other, made short, and what the glue offers and nobody takes.
//!
//! wasm-bindgen names each import after the browser's function and a hash, in the module and in the glue. A hash does not
//! compress: of a page with 240 imports they are 6 KiB of the download. Nobody else reads these names, so both sides get `a`, `b`, ...
//! A library in the tree may also export classes (of streams, say); what nothing constructs goes from the glue, and its functions
//! are exported no longer, so that wasm-opt takes them out of the module.
//! The module is read by the binary format of WebAssembly, section by section; but for imports and exports each is copied.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// What was done to a module, for the stamp of a finished one: to be changed with what this does.
pub(crate) const IDENTITY: &str = "short names 1";

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// What the glue calls the object of its functions, from then on.
const GLUE: &str = "a";

/// Shortens the names between `NAME_bg.wasm` and `NAME.js` of a folder, in both.
pub(crate) fn shorten(folder: &Path, name: &str) -> Result<()> {
    let (module, glue) = (folder.join(format!("{name}_bg.wasm")), folder.join(format!("{name}.js")));
    let wasm = fs::read(&module).with_context(|| format!("reading {}", module.display()))?;
    let script = fs::read_to_string(&glue).with_context(|| format!("reading {}", glue.display()))?;
    let (wasm, script) = both(&wasm, &script, name)?;
    fs::write(&module, wasm).with_context(|| format!("writing {}", module.display()))?;
    fs::write(&glue, script).with_context(|| format!("writing {}", glue.display()))
}

fn both(wasm: &[u8], script: &str, name: &str) -> Result<(Vec<u8>, String)> {
    let own = format!("./{name}_bg.js");
    let (mut script, gone) = without_classes(script);
    let mut short = BTreeMap::new();
    let mut out = wasm.get(..8).context("a module has a head")?.to_vec();
    let mut rest = Reader { bytes: &wasm[8..] };
    while !rest.bytes.is_empty() {
        let id = rest.byte()?;
        let section = rest.sized()?;
        let body = match id {
            IMPORTS => imports(section, &own, &mut short)?,
            EXPORTS => exports(section, &gone)?,
            _ => section.to_vec(),
        };
        out.push(id);
        write_sized(&mut out, &body);
    }
    for (long, short) in &short {
        script = once(&script, &format!(" {long}: function("), &format!(" {short}: function("))?;
    }
    Ok((out, once(&script, &format!("\"{own}\""), &format!("\"{GLUE}\""))?))
}

/// The section with short names for what comes from the glue; each name that was given goes into `short`.
fn imports(section: &[u8], own: &str, short: &mut BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut reader = Reader { bytes: section };
    let count = reader.number()?;
    let mut out = Vec::new();
    write_number(&mut out, count);
    for _ in 0..count {
        let (mut module, mut name) = (reader.text()?, reader.text()?);
        if module == own {
            let next = letters(short.len());
            name = short.entry(name).or_insert(next).clone();
            module = GLUE.to_owned();
        }
        write_sized(&mut out, module.as_bytes());
        write_sized(&mut out, name.as_bytes());
        let before = reader.bytes;
        reader.import_kind()?;
        out.extend(&before[..before.len() - reader.bytes.len()]);
    }
    Ok(out)
}

/// The section without the functions of these classes.
fn exports(section: &[u8], classes: &[String]) -> Result<Vec<u8>> {
    let mut reader = Reader { bytes: section };
    let count = reader.number()?;
    let (mut kept, mut out) = (0, Vec::<u8>::new());
    for _ in 0..count {
        let before = reader.bytes;
        let name = reader.text()?;
        reader.byte()?;
        reader.number()?;
        let of = |class: &String| name.starts_with(&format!("{class}_")) || name == format!("__wbg_{class}_free");
        if !classes.iter().any(of) {
            kept += 1;
            out.extend(&before[..before.len() - reader.bytes.len()]);
        }
    }
    let mut all = Vec::new();
    write_number(&mut all, kept);
    all.extend(out);
    Ok(all)
}

/// The glue without the classes that it only exports, and their names in small letters, as the module's exports have them.
fn without_classes(script: &str) -> (String, Vec<String>) {
    const CLASS: &str = "export class ";
    let mut out = script.to_owned();
    let mut gone = Vec::new();
    for class in script.lines().filter_map(|line| line.strip_prefix(CLASS)?.strip_suffix(" {")) {
        let blocks = [
            (format!("{CLASS}{class} {{\n"), "\n}\n"),
            (format!("if (Symbol.dispose) {class}.prototype"), ";\n"),
            (format!("const {class}Finalization = "), ";\n"),
        ];
        let mut without = out.clone();
        for (start, end) in &blocks {
            if let Some(from) = without.find(start)
                && let Some(length) = without[from..].find(end)
            {
                without.replace_range(from..from + length + end.len(), "");
            }
        }
        // Something makes one, or takes one apart: it stays.
        if !without.contains(class) {
            out = without;
            gone.push(class.to_lowercase());
        }
    }
    (out, gone)
}

/// `a` to `z`, then `aa`, `ba` and so on.
fn letters(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
        if number == 0 {
            return name;
        }
        number -= 1;
    }
}

fn once(text: &str, from: &str, to: &str) -> Result<String> {
    match text.matches(from).count() {
        1 => Ok(text.replacen(from, to, 1)),
        times => bail!("the glue has {from} {times} times, not once"),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.bytes.split_first().context("the module ends in the middle of something")?;
        self.bytes = rest;
        Ok(*first)
    }

    /// LEB128, of 32 bits at most here.
    fn number(&mut self) -> Result<u32> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        bail!("a number of the module is longer than 32 bits")
    }

    fn sized(&mut self) -> Result<&'a [u8]> {
        let length = self.number()? as usize;
        let (taken, rest) =
            self.bytes.split_at_checked(length).context("the module ends in the middle of something")?;
        self.bytes = rest;
        Ok(taken)
    }

    fn text(&mut self) -> Result<String> {
        String::from_utf8(self.sized()?.to_vec()).context("a name of the module is no text")
    }

    /// Passes over what an import is: a function's type, a table, a memory, a global or a tag.
    fn import_kind(&mut self) -> Result<()> {
        let kind = self.byte()?;
        match kind {
            0 => {
                self.number()?;
            }
            1 => {
                self.byte()?;
                self.limits()?;
            }
            2 => self.limits()?,
            3 => {
                self.byte()?;
                self.byte()?;
            }
            4 => {
                self.byte()?;
                self.number()?;
            }
            other => bail!("the module imports something of kind {other}"),
        }
        Ok(())
    }

    fn limits(&mut self) -> Result<()> {
        let has_most = self.byte()? & 1 == 1;
        self.number()?;
        if has_most {
            self.number()?;
        }
        Ok(())
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn write_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, u32::try_from(bytes.len()).expect("a module is smaller than 4 GiB"));
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\0asm\x01\0\0\0";
    const SCRIPT: &str = "export class Pipe {\n    free() {\n        wasm.__wbg_pipe_free(0);\n    }\n}\n\
        if (Symbol.dispose) Pipe.prototype[Symbol.dispose] = Pipe.prototype.free;\n\
        function imports() {\n        __wbg_now_01: function() { return 1; },\n        __wbg_log_02: function(a) {},\n    return { \"./app_bg.js\": import0 };\n}\n\
        const PipeFinalization = (typeof X === 'undefined')\n    ? {}\n    : new X(ptr => 0);\n";

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![id];
        write_sized(&mut out, body);
        out
    }

    fn named(parts: &[&str], rest: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for part in parts {
            write_sized(&mut out, part.as_bytes());
        }
        out.extend(rest);
        out
    }

    fn module(imports: &[Vec<u8>], exports: &[Vec<u8>]) -> Vec<u8> {
        let list = |items: &[Vec<u8>]| [&[items.len() as u8][..], &items.concat()].concat();
        [HEAD.to_vec(), section(1, &[0]), section(2, &list(imports)), section(7, &list(exports)), section(10, &[0])]
            .concat()
    }

    #[test]
    fn both_sides_get_the_same_short_names_and_all_else_stays() {
        let given = module(
            &[
                named(&["./app_bg.js", "__wbg_log_02"], &[0, 3]),
                named(&["./parts.js", "load"], &[0, 1]),
                named(&["./app_bg.js", "memory_of"], &[2, 1, 1, 9]),
                named(&["./app_bg.js", "__wbg_now_01"], &[0, 0x81, 1]),
                named(&["./app_bg.js", "__wbg_log_02"], &[0, 3]),
            ],
            &[named(&["main"], &[0, 5]), named(&["__wbg_pipe_free"], &[0, 6]), named(&["pipe_pull"], &[0, 7])],
        );
        let wanted = module(
            &[
                named(&["a", "a"], &[0, 3]),
                named(&["./parts.js", "load"], &[0, 1]),
                named(&["a", "b"], &[2, 1, 1, 9]),
                named(&["a", "c"], &[0, 0x81, 1]),
                named(&["a", "a"], &[0, 3]),
            ],
            &[named(&["main"], &[0, 5])],
        );
        let script = SCRIPT.replace("        __wbg_now", "        memory_of: function() {},\n        __wbg_now");
        let (wasm, script) = both(&given, &script, "app").unwrap();
        assert_eq!(wasm, wanted);
        assert_eq!(
            script,
            "function imports() {\n        b: function() {},\n        c: function() { return 1; },\n        a: function(a) {},\n    return { \"a\": import0 };\n}\n"
        );
    }

    #[test]
    fn a_class_that_something_makes_stays_with_its_functions() {
        let used = SCRIPT.replace("return 1;", "return new Pipe();");
        let (script, gone) = without_classes(&used);
        assert_eq!((script, gone), (used, Vec::new()));
    }

    #[test]
    fn a_name_that_the_glue_does_not_have_once_is_an_error() {
        let given = module(&[named(&["./app_bg.js", "__wbg_other_03"], &[0, 3])], &[]);
        assert!(both(&given, SCRIPT, "app").is_err());
    }

    #[test]
    fn a_module_that_is_cut_off_anywhere_is_an_error_or_lacks_whole_sections() {
        let given = module(&[named(&["./app_bg.js", "__wbg_log_02"], &[0, 3])], &[named(&["main"], &[0, 5])]);
        let whole: Vec<usize> = [8, 11, 11 + 2 + 28, given.len() - 3].to_vec();
        for end in 0..given.len() {
            let cut = both(&given[..end], SCRIPT, "app");
            assert!(cut.is_err() || whole.contains(&end), "cut off at {end}");
        }
    }

    #[test]
    fn names_are_all_different_and_hold_letters_alone() {
        let names: std::collections::BTreeSet<String> = (0..2000).map(letters).collect();
        assert_eq!(names.len(), 2000);
        assert_eq!(
            (letters(0), letters(25), letters(26), letters(27)),
            ("a".into(), "z".into(), "aa".into(), "ba".into())
        );
    }
}
