//! Blobs over HTTP: `PUT`, `GET` and `HEAD` of `/blob/<64 hex digits>`. Unknown, expired and malformed are the same `404`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use xchat_wire::{BLOB_PATH, BlobHash};

use super::guard::{Slot, Transfer};
use super::listen::Caller;
use super::range::Part;
use super::{Shared, app};
use crate::blob::{BlobError, Blobs, Leave, UploadError};
use crate::limits::BLOB_DOWNLOADS_AN_ADDRESS;
use crate::store::Shelved;

/// A client that asks too often is told when to come back.
fn too_many(shared: &Shared, request: &Request) -> Option<Response<Body>> {
    let address = request.extensions().get::<Caller>()?.behind(request.headers());
    let wait = shared.guard.pay_blob(address, shared.clock.steady()).err()?;
    shared.metrics.limited.add(1);
    let mut response = say(StatusCode::TOO_MANY_REQUESTS, "too many requests for blobs from this address");
    response.headers_mut().insert(header::RETRY_AFTER, wait.div_ceil(1000).into());
    Some(response)
}

/// A place for a transfer, for as long as it takes, unless its address has `most` under way.
fn slot(shared: &Shared, request: &Request, transfer: Transfer, most: usize) -> Option<Slot> {
    let address = request.extensions().get::<Caller>()?.behind(request.headers());
    let slot = shared.guard.begin(address, transfer, most, shared.clock.steady());
    if slot.is_none() {
        shared.metrics.limited.add(1);
    }
    slot
}

/// What an address without a place is told.
fn crowded() -> Response<Body> {
    let mut response = say(StatusCode::TOO_MANY_REQUESTS, "too many transfers of this address are under way");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Takes a blob for which the request holds a grant.
pub(super) async fn put(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    if let Some(refused) = too_many(&shared, &request) {
        return refused;
    }
    let (Some(blobs), Some(hash)) = (shared.blobs.clone(), hash_of(request.uri().path())) else {
        return app::not_here();
    };
    let leave = match leave(&blobs, &hash, request.headers()) {
        Ok(leave) => leave,
        Err(error) => return refused(&error),
    };
    let Some(slot) = slot(&shared, &request, Transfer::Upload, blobs.uploads_an_address()) else { return crowded() };
    // A task of its own: a client that goes away in the middle must not leave half of it undone.
    let body = request.into_body().into_data_stream();
    let outcome = tokio::spawn(async move {
        let _slot = slot;
        blobs.receive(&hash, leave, body).await
    })
    .await;
    match outcome.map_err(|lost| UploadError::Failed(BlobError::Task(lost))).and_then(|outcome| outcome) {
        Ok(shelved) => {
            shared.metrics.blobs_stored.add(1);
            let status = if shelved == Shelved::New { StatusCode::CREATED } else { StatusCode::OK };
            Response::builder().status(status).body(Body::empty()).unwrap_or_default()
        }
        Err(error) => refused(&error),
    }
}

/// What the request's grant allows; the length that it announces must be the granted one.
fn leave(blobs: &Blobs, hash: &BlobHash, headers: &HeaderMap) -> Result<Leave, UploadError> {
    let token = bearer(headers).ok_or(UploadError::NoGrant)?;
    let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| UploadError::Grant)?;
    let leave = blobs.leave(hash, &token).ok_or(UploadError::Grant)?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > leave.size => Err(UploadError::TooLong),
        Some(length) if length < leave.size => Err(UploadError::TooShort),
        _ => Ok(leave),
    }
}

/// The token behind `Bearer` (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn refused(error: &UploadError) -> Response<Body> {
    if let UploadError::Failed(inside) = error {
        tracing::error!(error = %inside, "an upload failed");
    }
    let status = match error {
        UploadError::NoGrant => StatusCode::UNAUTHORIZED,
        UploadError::Grant => StatusCode::FORBIDDEN,
        UploadError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        UploadError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        UploadError::TooShort | UploadError::Broken => StatusCode::BAD_REQUEST,
        UploadError::Hash => StatusCode::UNPROCESSABLE_ENTITY,
        UploadError::Slow => StatusCode::REQUEST_TIMEOUT,
        UploadError::Full => StatusCode::INSUFFICIENT_STORAGE,
        UploadError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = say(status, &error.to_string());
    if let UploadError::NoGrant = error {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A blob, or one range of it.
pub(super) async fn get(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    if let Some(refused) = too_many(&shared, &request) {
        return refused;
    }
    let (Some(blobs), Some(hash)) = (&shared.blobs, hash_of(request.uri().path())) else { return app::not_here() };
    // What it does not know of may have been uploaded to another one meanwhile.
    if !shared.elsewhere.is_fresh() {
        return say(StatusCode::SERVICE_UNAVAILABLE, "the relay has lost touch with its cluster");
    }
    let found = match *request.method() {
        Method::HEAD => head(blobs, &hash).await,
        _ => match slot(&shared, &request, Transfer::Download, BLOB_DOWNLOADS_AN_ADDRESS) {
            Some(slot) => read(blobs, &hash, request.headers(), slot).await,
            None => return crowded(),
        },
    };
    match found {
        Ok(Some(response)) => {
            shared.metrics.blobs_served.add(1);
            response
        }
        Ok(None) => app::not_here(),
        Err(error) => {
            tracing::error!(%error, "a blob could not be read");
            say(StatusCode::INTERNAL_SERVER_ERROR, "the relay failed; try again")
        }
    }
}

async fn head(blobs: &Blobs, hash: &BlobHash) -> Result<Option<Response<Body>>, BlobError> {
    Ok(blobs.size(hash).await?.map(|size| bytes(StatusCode::OK, size, Body::empty())))
}

async fn read(
    blobs: &Blobs,
    hash: &BlobHash,
    asked: &HeaderMap,
    slot: Slot,
) -> Result<Option<Response<Body>>, BlobError> {
    let range = asked.get(header::RANGE);
    let Some(size) = blobs.row(hash).await? else { return Ok(None) };
    let part = match Part::of(range, size) {
        Part::Whole => None,
        Part::Bytes(part) => Some(part),
        Part::Unsatisfiable => {
            let mut response = say(StatusCode::RANGE_NOT_SATISFIABLE, "the blob has no such bytes");
            content_range(&mut response, &format!("bytes */{size}"));
            return Ok(blobs.size(hash).await?.map(|_| response));
        }
    };
    let Some(stream) = blobs.read(hash, part.clone()).await? else { return Ok(None) };
    // The slot goes with the last bytes, or with the connection.
    let body = Body::from_stream(stream.inspect(move |_| _ = &slot));
    Ok(Some(match part {
        None => bytes(StatusCode::OK, size, body),
        Some(part) => {
            let mut response = bytes(StatusCode::PARTIAL_CONTENT, part.end - part.start, body);
            content_range(&mut response, &format!("bytes {}-{}/{size}", part.start, part.end - 1));
            response
        }
    }))
}

/// A response that is ciphertext: never shown, never run, kept by the browser as it cannot change.
fn bytes(status: StatusCode, length: u64, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    for (name, value) in [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        // Without an age `immutable` means nothing (RFC 8246).
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (header::ACCEPT_RANGES, "bytes"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn content_range(response: &mut Response<Body>, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
}

/// One short sentence.
fn say(status: StatusCode, why: &str) -> Response<Body> {
    (status, [(header::CACHE_CONTROL, "no-store")], format!("{why}\n")).into_response()
}

/// The hash in a path: 64 lower-case hex digits, so that each blob has one address and not several.
fn hash_of(path: &str) -> Option<BlobHash> {
    let name = path.strip_prefix(BLOB_PATH)?;
    let lower = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut hash = [0; BlobHash::LEN];
    (lower && hex::decode_to_slice(name, &mut hash).is_ok()).then_some(BlobHash::new(hash))
}
