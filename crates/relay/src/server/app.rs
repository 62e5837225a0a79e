//! The built app, read into memory at start and served from there: compressed once, with types and caching that browsers need.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::tag;

#[cfg(feature = "embed-app")]
mod embedded {
    //! What the build script found in the folder that `XCHAT_DIST` named.
    include!(concat!(env!("OUT_DIR"), "/embedded_app.rs"));
}

/// Brotli's effort when a file has no `.br` beside it: most of the gain at a fraction of the time.
const QUALITY: u32 = 6;
/// A file that brotli does not make at least this many bytes smaller goes out as it is.
const WORTH: usize = 64;

/// Why the app's folder cannot be served.
#[derive(Debug, Error)]
pub enum AppError {
    /// A file or folder that cannot be read.
    #[error("the app's folder cannot be read: {0}: {1}")]
    Read(PathBuf, #[source] std::io::Error),
    /// A folder that holds no app.
    #[error("{0} holds no index.html: build the app first, or leave --app out")]
    NoIndex(PathBuf),
}

struct File {
    kind: &'static str,
    plain: Shape,
    brotli: Option<Shape>,
    /// Of a file whose name holds its hash: it never changes.
    immutable: bool,
}

/// One representation of a file, with its own strong tag: the same tag promises the same bytes (RFC 9110, section 8.8.3).
struct Shape {
    bytes: Bytes,
    tag: HeaderValue,
}

impl Shape {
    fn new(bytes: Bytes, tag: &str) -> Self {
        // Hex digits and a dash are good in a header.
        Self { bytes, tag: HeaderValue::from_str(tag).unwrap_or(HeaderValue::from_static("\"\"")) }
    }
}

/// All files by their path, `/` included.
pub(crate) struct App {
    files: HashMap<String, File>,
}

impl App {
    /// The app that was built into this binary; without one there are no files, and everything is `404`.
    pub(crate) fn built_in() -> Self {
        #[cfg(feature = "embed-app")]
        let files = embedded::FILES;
        #[cfg(not(feature = "embed-app"))]
        let files: &[(&str, &'static [u8])] = &[];
        Self::of(files.iter().map(|(path, bytes)| ((*path).to_owned(), Bytes::from_static(bytes))))
    }

    /// Reads a folder and all below it; names that begin with a dot are left out.
    pub(crate) fn load(folder: &Path) -> Result<Self, AppError> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            let failed = |error| AppError::Read(next.clone(), error);
            for entry in std::fs::read_dir(&next).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b".")) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(name) = path.strip_prefix(folder) {
                    let bytes = std::fs::read(&path).map_err(|error| AppError::Read(path.clone(), error))?;
                    found.push((format!("/{}", name.to_string_lossy().replace('\\', "/")), Bytes::from(bytes)));
                }
            }
        }
        let app = Self::of(found.into_iter());
        match app.files.contains_key("/") {
            true => Ok(app),
            false => Err(AppError::NoIndex(folder.to_owned())),
        }
    }

    /// Files by their path; one whose name ends in `.br` is the other's brotli.
    fn of(found: impl Iterator<Item = (String, Bytes)>) -> Self {
        let (packed, plain): (HashMap<String, Bytes>, HashMap<String, Bytes>) =
            found.partition(|(path, _)| path.ends_with(".br"));
        let mut files: HashMap<String, File> = plain
            .into_iter()
            .map(|(path, bytes)| {
                let file = File::new(Path::new(&path), bytes, packed.get(&format!("{path}.br")).cloned());
                (path, file)
            })
            .collect();
        if let Some(index) = files.remove("/index.html") {
            files.insert("/".into(), index);
        }
        Self { files }
    }

    /// The response to a GET of this path; a HEAD is the same without its body.
    pub(crate) fn get(&self, path: &str, asked: &HeaderMap) -> Response<Body> {
        let path = if path == "/index.html" { "/" } else { path };
        match self.files.get(path) {
            Some(file) => file.respond(asked),
            None => not_here(),
        }
    }
}

/// The one answer to everything that is not here.
pub(super) fn not_here() -> Response<Body> {
    let mut response = Response::new(Body::from("not here\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

impl File {
    fn new(path: &Path, plain: Bytes, packed: Option<Bytes>) -> Self {
        let kind = media_type(path);
        let brotli = packed.or_else(|| compresses(kind).then(|| compress(&plain).into()));
        let brotli = brotli.filter(|packed| packed.len() + WORTH <= plain.len());
        let hash = hex_prefix(&Sha256::digest(&plain));
        Self {
            kind,
            brotli: brotli.map(|packed| Shape::new(packed, &format!("\"{hash}-br\""))),
            plain: Shape::new(plain, &format!("\"{hash}\"")),
            immutable: is_hashed(path),
        }
    }

    fn respond(&self, asked: &HeaderMap) -> Response<Body> {
        let packed = self.brotli.as_ref().filter(|_| takes_brotli(asked));
        let shape = packed.unwrap_or(&self.plain);
        let same = tag::names(asked, shape.tag.as_bytes());
        let body = if same { Body::empty() } else { Body::from(shape.bytes.clone()) };
        let mut response = Response::new(body);
        if same {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        let caching = if self.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::ETAG, shape.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if packed.is_some() && !same {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }
}

/// The type of a file by its name.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn compresses(kind: &str) -> bool {
    !matches!(kind, "image/png" | "image/webp" | "application/octet-stream")
}

fn compress(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 64 * 1024, QUALITY, 22);
    writer.write_all(plain).expect("a Vec takes every byte");
    // Dropped, it writes its end.
    drop(writer);
    packed
}

/// A name such as `app-0123456789abcdef.js` or `app-0123456789abcdef_bg.wasm` changes with its content.
fn is_hashed(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.split(['-', '_', '.']).skip(1).any(|part| {
        part.len() >= 8
            && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

/// Whether the client takes brotli: named, and not with a weight of zero.
fn takes_brotli(asked: &HeaderMap) -> bool {
    asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().trim_start_matches("q=");
            name.trim().eq_ignore_ascii_case("br") && weight.parse::<f32>().map_or(true, |weight| weight > 0.0)
        })
}

fn hex_prefix(bytes: &[u8]) -> String {
    bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_a_hash_is_immutable() {
        for name in ["app-0123456789abcdef.js", "app-1f2e3d4c5b6a7988_bg.wasm", "style-9f86d081.css"] {
            assert!(is_hashed(Path::new(name)), "{name}");
        }
        for name in
            ["index.html", "manifest.webmanifest", "service-worker.js", "icon-512.png", "deadbeef.js", "a-facade-x.js"]
        {
            assert!(!is_hashed(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn brotli_goes_only_to_those_who_take_it() {
        let takes = |value: &'static str| {
            takes_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(takes("gzip, deflate, br") && takes("BR;q=0.5"));
        assert!(!takes("gzip") && !takes("gzip, br;q=0") && !takes("brotli"));
        assert!(!takes_brotli(&HeaderMap::new()));
    }

    #[test]
    fn what_was_compressed_reads_back() {
        let plain = b"the same words again and again ".repeat(500);
        let packed = compress(&plain);
        assert!(packed.len() < plain.len() / 10);
        let mut back = Vec::new();
        std::io::Read::read_to_end(&mut brotli::Decompressor::new(packed.as_slice(), 4096), &mut back).unwrap();
        assert_eq!(back, plain);
    }
}
