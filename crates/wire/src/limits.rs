//! Bounds that both sides know. A relay may set lower ones for abuse; it never accepts more.

use std::ops::RangeInclusive;

/// WebSocket subprotocol; the number is the version of the whole protocol.
pub const SUBPROTOCOL: &str = "xchat.relay.1";
/// Path of the WebSocket on the relay's origin.
pub const SOCKET_PATH: &str = "/relay";
/// Largest frame in bytes, in both directions.
pub const MAX_FRAME: usize = 256 * 1024;
/// Largest record body in bytes; the rest of a frame is room for headers.
pub const MAX_BODY: usize = MAX_FRAME - 4 * 1024;
/// Largest body of one inbox delivery or welcome in bytes.
pub const MAX_DELIVERY: usize = 64 * 1024;
/// Largest key package in a pool, in bytes.
pub const MAX_PACKAGE: usize = 16 * 1024;
/// Most one-time key packages that a pool holds.
pub const MAX_PACKAGES: usize = 100;
/// Largest cell body in bytes.
pub const MAX_CELL: usize = 24 * 1024;
/// Most welcomes that ride with one commit.
pub const MAX_WELCOMES: usize = 32;
/// Records that one subscription may have under way without new credit.
pub const MAX_CREDIT: u32 = 1024;
/// Largest body of a signal in bytes.
pub const MAX_SIGNAL: usize = 4 * 1024;
/// Largest blob in bytes.
pub const MAX_BLOB: u64 = 8 * 1024 * 1024;
/// Most claims of one blob that can be given up; one above that holds it for its time.
pub const MAX_CLAIMS: usize = 64;
/// Path of the blobs on the relay's origin; behind it come the 64 lower-case hex digits of the hash.
pub const BLOB_PATH: &str = "/blob/";
/// How long a blob's grant can be used, in milliseconds: as long as the largest blob takes at the slowest pace that a relay waits for (2 KiB a
/// second), and some.
pub const GRANT_MS: u64 = 75 * 60 * 1000;
/// How long TURN credentials hold, in seconds.
pub const TURN_SECONDS: u32 = 10 * 60;
/// Most TURN servers that a relay names.
pub const MAX_TURN_URLS: usize = 8;
/// Subscriptions on one connection.
pub const MAX_SUBSCRIPTIONS: usize = 4096;
/// Length of a relay origin (`https://host:port`) in a proof, in bytes.
pub const ORIGIN_LEN: RangeInclusive<usize> = 8..=255;
/// A client that has nothing to send pings this often, in milliseconds; a browser cannot send WebSocket pings.
pub const PING_EVERY_MS: u64 = 25_000;
/// A side that has heard nothing for this long, in milliseconds, takes the connection for dead.
pub const SILENCE_MS: u64 = 60_000;
