//! Headers of every response: what a page from here may do, and that is little.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::settings::Origin;

/// Those that are the same for every relay.
fn fixed() -> [(HeaderName, &'static str); 9] {
    [
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // For browsers that do not know `frame-ancestors`.
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
        (HeaderName::from_static("x-dns-prefetch-control"), "off"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("permissions-policy"),
            "accelerometer=(), autoplay=(self), browsing-topics=(), camera=(self), display-capture=(self), \
         geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(self), \
         midi=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), \
         screen-wake-lock=(self), serial=(), usb=(), xr-spatial-tracking=()",
        ),
    ]
}

/// The headers, made once at start.
pub(crate) struct SecurityHeaders {
    policy: HeaderValue,
    secure: bool,
}

impl SecurityHeaders {
    /// For pages of these origins.
    pub(crate) fn new(origins: &[Origin]) -> Self {
        let policy = HeaderValue::from_str(&content_policy(origins));
        Self {
            // An origin holds nothing but letters, digits and `.-:[]`.
            policy: policy.expect("a policy of plain characters is a header"),
            secure: origins.iter().all(Origin::is_secure),
        }
    }

    /// Puts them on a response.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in fixed() {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.secure {
            // Two years. Not for subdomains: they are their operator's to decide about.
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
        }
    }
}

/// The content security policy. Safari does not take `'self'` for a WebSocket, so each is named.
fn content_policy(origins: &[Origin]) -> String {
    let mut connect = String::from("connect-src 'self'");
    for origin in origins {
        let scheme = if origin.is_secure() { "wss" } else { "ws" };
        connect.push_str(&format!(" {scheme}://{}", origin.host()));
    }
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        &connect,
        "manifest-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_may_use_camera_and_microphone_and_no_frame_within_it() {
        let policy = fixed().into_iter().find(|(name, _)| name == "permissions-policy").unwrap().1;
        let allows: Vec<&str> = policy.split(',').map(str::trim).collect();
        for right in ["microphone=(self)", "camera=(self)", "autoplay=(self)", "geolocation=()"] {
            assert!(allows.contains(&right), "{right} in {policy}");
        }
    }

    #[test]
    fn a_page_may_connect_to_its_own_relay_and_nowhere_else() {
        let origins = ["https://chat.example".parse().unwrap(), "http://localhost:8080".parse().unwrap()];
        let policy = content_policy(&origins);
        assert!(policy.starts_with("default-src 'none'; "));
        assert!(policy.contains("; connect-src 'self' wss://chat.example ws://localhost:8080; "));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    /// What somebody sent is shown and played from `blob:`; nothing is ever run, fetched or framed from there.
    #[test]
    fn files_are_shown_from_the_pages_own_memory_and_are_never_more_than_shown() {
        let policy = content_policy(&["https://chat.example".parse().unwrap()]);
        let from_memory = policy.split("; ").filter(|rule| rule.contains("blob:")).collect::<Vec<_>>();
        assert_eq!(from_memory, ["img-src 'self' data: blob:", "media-src 'self' blob:"]);
        assert!(
            policy.contains("; worker-src 'self'; ") && policy.contains("; script-src 'self' 'wasm-unsafe-eval'; ")
        );
        for rule in ["frame-src", "child-src", "object-src"] {
            assert!(!policy.contains(rule), "what is not named is 'none'");
        }
    }
}
