//! `index.html` and the `data-trunk` links in it: the list of what the app consists of, which Trunk reads too.
//!
//! Only what our own page uses is understood; anything else is an error, never skipped in silence.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

/// One `<link data-trunk ...>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asset {
    /// `rel="css"`: a style sheet, in the order of the cascade.
    Css(String),
    /// `rel="copy-dir"`: a folder whose content is copied to the root of the app.
    Folder(String),
    /// `rel="copy-file"` of a loader: only `trunk serve` needs that copy.
    Loader(String),
    /// `rel="rust"`: where the page's own script goes, or the worker's for Trunk.
    Rust(String),
}

/// Where the style sheets stand that only parts of the page need: they are joined to a sheet that comes with the first part.
pub(crate) const LATER: &str = "style/later/";

/// The finished files that the page must name.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) style: String,
    pub(crate) app_loader: String,
    pub(crate) app_glue: String,
    pub(crate) app_parts: String,
    pub(crate) app_wasm: String,
    pub(crate) worker_loader: String,
    pub(crate) files_loader: String,
}

/// The assets that the page lists, in its order.
pub(crate) fn assets(html: &str) -> Result<Vec<Asset>> {
    let html = without_comments(html);
    links(&html).into_iter().map(|(start, end)| asset(&html[start..end])).collect()
}

/// The page with its `data-trunk` links replaced by the finished files, and the workers named in their meta elements.
pub(crate) fn rewrite(html: &str, names: &Names) -> Result<String> {
    let html = without_comments(html);
    let mut page = String::with_capacity(html.len());
    let (mut from, mut styled) = (0, false);
    for (start, end) in links(&html) {
        page.push_str(&html[from..start]);
        from = end;
        match asset(&html[start..end])? {
            Asset::Css(_) if !styled => {
                styled = true;
                write!(page, r#"<link rel="stylesheet" href="/{}">"#, names.style)?;
            }
            Asset::Rust(binary) if binary == "app" => write!(
                page,
                "<link rel=\"preload\" href=\"/{}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
                 <link rel=\"modulepreload\" href=\"/{}\">\n<link rel=\"modulepreload\" href=\"/{}\">\n\
                 <script type=\"module\" src=\"/{}\"></script>",
                names.app_wasm, names.app_glue, names.app_parts, names.app_loader
            )?,
            _ => {
                // The whole line goes, not only the tag.
                page.truncate(page.trim_end_matches([' ', '\t']).len());
                from += html[from..].find(|c: char| !c.is_whitespace()).unwrap_or(0).min(1);
            }
        }
    }
    page.push_str(&html[from..]);
    for (meta, script) in [("xchat-worker", &names.worker_loader), ("xchat-files", &names.files_loader)] {
        let before = format!(r#"<meta name="{meta}" content=""#);
        let at = page.find(&before).with_context(|| format!("index.html has no {before}...\">"))? + before.len();
        let end = at + page[at..].find('"').with_context(|| format!("the meta element {meta} does not end"))?;
        page.replace_range(at..end, &format!("/{script}"));
    }
    Ok(page)
}

/// Every `href`, `src` and worker path of the page that points into the app, without its leading slash.
pub(crate) fn local_references(html: &str) -> Vec<&str> {
    let starts = ["href=\"/", "src=\"/", "content=\"/"];
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in html.match_indices(start) {
            let rest = &html[at + start.len()..];
            let target = &rest[..rest.find(['"', '#', '?']).unwrap_or(rest.len())];
            if !target.is_empty() && !target.starts_with('/') {
                found.push(target);
            }
        }
    }
    found
}

fn asset(link: &str) -> Result<Asset> {
    let value = |name| attribute(link, name).with_context(|| format!("{link} has no {name}"));
    Ok(match value("rel")? {
        "css" => Asset::Css(value("href")?.to_owned()),
        "copy-dir" => Asset::Folder(value("href")?.to_owned()),
        "copy-file" if value("href")?.starts_with("loader/") => Asset::Loader(value("href")?.to_owned()),
        "rust" => Asset::Rust(value("data-bin")?.to_owned()),
        _ => bail!("cargo xtask does not understand this link of index.html: {link}"),
    })
}

/// Where the `<link data-trunk ...>` elements start and end.
fn links(html: &str) -> Vec<(usize, usize)> {
    html.match_indices("<link ")
        .filter_map(|(start, _)| Some((start, start + html[start..].find('>')? + 1)))
        .filter(|&(start, end)| html[start..end].contains(" data-trunk"))
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = &tag[start..];
    Some(&rest[..rest.find('"')?])
}

fn without_comments(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        text.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after).trim_start_matches('\n');
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n<!-- <link data-trunk rel=\"no\"> -->\n\
        <meta name=\"xchat-worker\" content=\"/worker-loader.js\">\n\
        <meta name=\"xchat-files\" content=\"/files-loader.js\">\n\
        <link data-trunk rel=\"css\" href=\"style/a.css\">\n<link data-trunk rel=\"css\" href=\"style/b.css\">\n\
        <link data-trunk rel=\"rust\" href=\"Cargo.toml\" data-bin=\"app\">\n\
        <link data-trunk rel=\"rust\" href=\"Cargo.toml\" data-bin=\"worker\">\n</head>\n";

    fn names() -> Names {
        let name = str::to_owned;
        Names {
            style: name("s.css"),
            app_loader: name("l.js"),
            app_glue: name("g.js"),
            app_parts: name("p.js"),
            app_wasm: name("a.wasm"),
            worker_loader: name("w.js"),
            files_loader: name("f.js"),
        }
    }

    #[test]
    fn links_are_read_in_order_and_comments_are_not() {
        let (a, b) = (Asset::Css("style/a.css".into()), Asset::Css("style/b.css".into()));
        assert_eq!(assets(PAGE).unwrap(), [a, b, Asset::Rust("app".into()), Asset::Rust("worker".into())]);
    }

    #[test]
    fn the_finished_page_names_the_finished_files_once() {
        let page = rewrite(PAGE, &names()).unwrap();
        let expected = "<head>\n<meta name=\"xchat-worker\" content=\"/w.js\">\n<meta name=\"xchat-files\" content=\"/f.js\">\n<link rel=\"stylesheet\" href=\"/s.css\">\n\
            <link rel=\"preload\" href=\"/a.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
            <link rel=\"modulepreload\" href=\"/g.js\">\n<link rel=\"modulepreload\" href=\"/p.js\">\n<script type=\"module\" src=\"/l.js\"></script>\n</head>\n";
        assert_eq!(page, expected);
        let mut references = local_references(&page);
        references.sort_unstable();
        assert_eq!(references, ["a.wasm", "f.js", "g.js", "l.js", "p.js", "s.css", "w.js"]);
    }

    #[test]
    fn a_link_that_nobody_would_act_on_is_an_error() {
        assert!(assets("<link data-trunk rel=\"sass\" href=\"a.scss\">").is_err());
    }
}
