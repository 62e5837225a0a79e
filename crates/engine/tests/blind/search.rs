//! Bytes in every spelling that a file or a log might have.

/// What must not be found, and the ways in which it might be written.
pub struct Needle {
    pub what: String,
    pub bytes: Vec<u8>,
    /// How it is spelled, and the bytes of that spelling.
    pub spellings: Vec<(String, Vec<u8>)>,
}

impl Needle {
    /// What is shorter than this would be found by chance, or in other words.
    const LEAST: usize = 12;

    pub fn new(what: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= Self::LEAST, "{what} is too short to be looked for");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let list = |between: &str| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(between);
        let mut spellings = vec![
            ("raw".to_owned(), bytes.to_vec()),
            ("as CBOR numbers".into(), bytes.iter().flat_map(|byte| cbor_number(*byte)).collect()),
            ("hex".into(), hex.clone().into_bytes()),
            ("upper hex".into(), hex.to_uppercase().into_bytes()),
            ("as a list".into(), list(", ").into_bytes()),
            ("as a tight list".into(), list(",").into_bytes()),
            ("escaped".into(), bytes.escape_ascii().to_string().into_bytes()),
        ];
        for (kind, last_two) in [("base64", "+/"), ("base64url", "-_")] {
            // Whatever stands before it and behind it: three places of its first byte, whole triples from there.
            for skipped in 0..3 {
                spellings
                    .push((format!("{kind} from byte {skipped}"), base64(&bytes[skipped..], last_two).into_bytes()));
            }
        }
        Self { what: what.to_owned(), bytes: bytes.to_vec(), spellings }
    }

    /// The spellings in which it is in there.
    pub fn found_in(&self, hay: &[u8]) -> Vec<&str> {
        self.spellings.iter().filter(|(_, bytes)| find(hay, bytes)).map(|(spelling, _)| spelling.as_str()).collect()
    }
}

/// An array's element as serde writes bytes that it takes for numbers.
fn cbor_number(byte: u8) -> Vec<u8> {
    if byte < 24 { vec![byte] } else { vec![0x18, byte] }
}

/// Base64 of whole triples.
fn base64(bytes: &[u8], last_two: &str) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last_two.chars()).collect();
    bytes
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            [18, 12, 6, 0].map(|shift| letters[(bits >> shift) as usize & 63])
        })
        .collect()
}

pub fn find(hay: &[u8], needle: &[u8]) -> bool {
    position(hay, needle).is_some()
}

/// Where a needle begins. Looks at its first byte before the rest: files are large.
pub fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, last) = (needle.first()?, hay.len().checked_sub(needle.len())?);
    let mut from = 0;
    while let Some(at) = hay[from..=last].iter().position(|byte| byte == first) {
        if hay[from + at..].starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
        if from > last {
            break;
        }
    }
    None
}
