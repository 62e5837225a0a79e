//! Leave to put a chunk to the relay without the app: made with the relay's own key, as PROTOCOL.md section 7 has it.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use xchat_e2e::Relay;

const HOUR: Duration = Duration::from_secs(3600);

/// The relay's key, in hex.
pub(crate) fn key(relay: &Relay) -> String {
    fs::read_to_string(relay.blob_key()).expect("the relay has made its key").trim().to_owned()
}

/// The token, in hex, for a blob of this hash (in hex) and so many bytes, kept for an hour.
pub(crate) fn grant(relay: &Relay, hash: &str, size: u64) -> String {
    let key = hex::decode(key(relay)).expect("the key is in hex");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let millis = |time: Duration| u64::try_from(time.as_millis()).expect("a time of this age");
    let until = millis(now + HOUR).to_be_bytes();
    let fields = [size.to_be_bytes(), until, until].concat();
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    let hash = hex::decode(hash).expect("a hash in hex");
    let mac = mac.chain_update(b"xchat blob grant 1").chain_update(hash).chain_update(&fields).finalize().into_bytes();
    hex::encode([[1].as_slice(), &fields, &mac].concat())
}
