//! The door of `/relay`: who may open a WebSocket here, and which origin its proofs must name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use xchat_wire::{MAX_FRAME, SUBPROTOCOL};

use super::guard::Seat;
use super::listen::Caller;
use super::{Shared, socket};
use crate::settings::Origin;

/// Bytes that a connection's socket may buffer: an idle one costs little.
const BUFFER: usize = 4096;

/// Answers an upgrade, or says in plain words what is wrong with it.
pub(super) async fn open(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let origin = match admit(&shared.origins, request.headers()) {
        Ok(origin) => origin.text().clone(),
        Err((status, why)) => return (status, format!("{why}\n")).into_response(),
    };
    let (mut parts, _) = request.into_parts();
    let Some(seat) = seat(&parts, &shared) else {
        let later = [(header::RETRY_AFTER, HeaderValue::from_static("60"))];
        return (StatusCode::TOO_MANY_REQUESTS, later, "too many connections from this address\n").into_response();
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &shared).await {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(refused) => return refused.into_response(),
    };
    if upgrade.selected_protocol().is_none() {
        let why = format!("this relay speaks the WebSocket subprotocol {SUBPROTOCOL}; the client did not offer it\n");
        return (StatusCode::BAD_REQUEST, why).into_response();
    }
    if !shared.elsewhere.catch_up().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "the relay has lost touch with its cluster\n").into_response();
    }
    if *shared.stop.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the relay is stopping\n").into_response();
    }
    upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(2 * MAX_FRAME)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(move |socket| socket::run(socket, shared, origin, seat))
}

/// The place that this WebSocket takes, if it may have one. Behind a proxy it is one for the address that the proxy names
/// last; whatever stands before it was the client's to choose.
fn seat(parts: &Parts, shared: &Shared) -> Option<Arc<Seat>> {
    let caller = parts.extensions.get::<Caller>()?;
    if let Some(seat) = &caller.seat {
        return Some(seat.clone());
    }
    shared.enter(caller.behind(&parts.headers)).map(Arc::new)
}

impl Caller {
    /// The address that counts by address go by: behind a proxy the one that it names last.
    pub(super) fn behind(&self, headers: &HeaderMap) -> IpAddr {
        let own = self.seat.is_some();
        forwarded(headers).filter(|_| !own).unwrap_or(self.address)
    }
}

/// The last address of `X-Forwarded-For`, with or without a port.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let address = last.parse().ok();
    address.or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The origin that a request came to. Its `Host` must be one of ours; when a browser says where the page is from, that
/// must be ours as well and of the same host.
fn admit<'o>(origins: &'o [Origin], headers: &HeaderMap) -> Result<&'o Origin, (StatusCode, &'static str)> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let page = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    let here = |origin: &&Origin| origin.host().eq_ignore_ascii_case(strip_default_port(host, origin));
    let mut ours = origins.iter().filter(here).peekable();
    if ours.peek().is_none() {
        return Err((
            StatusCode::MISDIRECTED_REQUEST,
            "this relay does not go by that host; its operator names its origins with --origin",
        ));
    }
    match page {
        None => ours.next(),
        Some(page) => ours.find(|origin| origin.text().eq_ignore_ascii_case(page)),
    }
    .ok_or((StatusCode::FORBIDDEN, "a page of another origin may not connect to this relay"))
}

fn strip_default_port<'h>(host: &'h str, origin: &Origin) -> &'h str {
    let port = if origin.is_secure() { ":443" } else { ":80" };
    host.strip_suffix(port).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(host: &'static str, page: Option<&'static str>) -> Result<String, u16> {
        let origins: Vec<Origin> = ["https://chat.example", "http://localhost:8080", "https://localhost:8080"]
            .map(|o| o.parse().unwrap())
            .into();
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        if let Some(page) = page {
            headers.insert(header::ORIGIN, HeaderValue::from_static(page));
        }
        admit(&origins, &headers).map(Origin::to_string).map_err(|(status, _)| status.as_u16())
    }

    #[test]
    fn a_connection_is_to_the_origin_that_its_host_names() {
        assert_eq!(admitted("chat.example", None).unwrap(), "https://chat.example");
        assert_eq!(admitted("Chat.Example:443", None).unwrap(), "https://chat.example");
        assert_eq!(admitted("localhost:8080", Some("https://localhost:8080")).unwrap(), "https://localhost:8080");
    }

    #[test]
    fn the_last_forwarded_address_counts_and_no_other() {
        let of = |lines: &[&'static str]| {
            let lines = lines.iter().map(|line| ("x-forwarded-for".parse().unwrap(), HeaderValue::from_static(line)));
            forwarded(&HeaderMap::from_iter(lines)).map(|address| address.to_string())
        };
        assert_eq!(of(&["192.0.2.1"]).unwrap(), "192.0.2.1");
        assert_eq!(of(&["10.0.0.1, 192.0.2.1"]).unwrap(), "192.0.2.1");
        assert_eq!(of(&["10.0.0.1", "10.0.0.2,2001:db8::1"]).unwrap(), "2001:db8::1");
        assert_eq!(of(&["[2001:db8::1]:4711"]).unwrap(), "2001:db8::1");
        assert_eq!(of(&["unknown"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn another_host_or_a_page_from_elsewhere_is_refused() {
        assert_eq!(admitted("evil.example", None), Err(421));
        assert_eq!(admitted("", None), Err(421));
        assert_eq!(admitted("chat.example:8443", None), Err(421));
        assert_eq!(admitted("chat.example", Some("https://evil.example")), Err(403));
        assert_eq!(admitted("chat.example", Some("http://localhost:8080")), Err(403));
        assert_eq!(admitted("chat.example", Some("null")), Err(403));
    }
}
