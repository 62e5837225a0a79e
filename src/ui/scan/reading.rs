//! What a code says, and what is done about it: by its text alone, whoever made it. Nothing here is gone to.

/// No code of this app is longer, in bytes; a code can hold 2,953.
const MAX_BYTES: usize = 512;
/// Begins the code of a safety number. Its letters and the digits behind it are those that a QR code holds most densely.
const NUMBER: &str = "XCHAT-NUMBER:";
/// Digits of a safety number.
const DIGITS: usize = 60;

/// What a person came to scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Somebody's link, or a group's.
    Person,
    /// The link that a new device shows.
    Device,
    /// The other person's code of the safety number.
    Number,
}

/// What a code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A contact link or the invite link of a group, whole.
    Person(String),
    /// The link of a new device, whole.
    Device(String),
    /// A safety number: its digits, and which of the two people shows it.
    Number(String),
    /// None of this app.
    Foreign,
}

/// What is said of a code that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is what was wanted.
    Read(Code),
    /// The numbers are the same.
    Match,
    /// They are not.
    Mismatch,
    /// It is the person's own.
    Own,
    /// It is of this app, and for something else.
    OfPerson,
    OfDevice,
    OfNumber,
    /// It is none of this app.
    Foreign,
}

/// Reads what a code holds.
pub fn read(bytes: &[u8]) -> Code {
    let Some(text) = Some(bytes).filter(|bytes| bytes.len() <= MAX_BYTES).and_then(|bytes| str::from_utf8(bytes).ok())
    else {
        return Code::Foreign;
    };
    if text.contains(|letter: char| letter.is_control() || letter.is_whitespace()) {
        return Code::Foreign;
    }
    let is =
        |route: &str| text.split_once(route).is_some_and(|(before, payload)| is_address(before) && is_payload(payload));
    if is("#add/") || is("#join/") {
        Code::Person(text.to_owned())
    } else if is("#link/") {
        Code::Device(text.to_owned())
    } else if let Some(number) = text.strip_prefix(NUMBER).filter(|number| is_number(number)) {
        Code::Number(number.to_owned())
    } else {
        Code::Foreign
    }
}

/// The code of a safety number, as the one of two people shows it whose key is `own`. None: the number is not one.
pub fn number_code(number: &str, own: &[u8; 32], other: &[u8; 32]) -> Option<String> {
    shown(number, own, other).map(|shown| format!("{NUMBER}{shown}"))
}

/// What is to be said of a code. `own`: what this person's own code of the number holds; `other`: what the other's must hold.
pub fn judge(wanted: Wanted, code: Code, own: Option<&str>, other: Option<&str>) -> Verdict {
    match (wanted, code) {
        (Wanted::Person, code @ Code::Person(_)) | (Wanted::Device, code @ Code::Device(_)) => Verdict::Read(code),
        (Wanted::Number, Code::Number(number)) if Some(number.as_str()) == other => Verdict::Match,
        (Wanted::Number, Code::Number(number)) if Some(number.as_str()) == own => Verdict::Own,
        (Wanted::Number, Code::Number(_)) => Verdict::Mismatch,
        (_, Code::Person(_)) => Verdict::OfPerson,
        (_, Code::Device(_)) => Verdict::OfDevice,
        (_, Code::Number(_)) => Verdict::OfNumber,
        (_, Code::Foreign) => Verdict::Foreign,
    }
}

/// The digits, and one more that says whose code this is: both people have the same number, and one who scans their own
/// code has compared nothing.
pub fn shown(number: &str, own: &[u8; 32], other: &[u8; 32]) -> Option<String> {
    let mut digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != DIGITS || own == other {
        return None;
    }
    digits.push(if own < other { '1' } else { '2' });
    Some(digits)
}

fn is_number(number: &str) -> bool {
    number.len() == DIGITS + 1 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where the page of a link is: a relay's address, which the engine looks at more closely, or nothing.
fn is_address(before: &str) -> bool {
    before.is_empty() || before.starts_with("https://") || before.starts_with("http://")
}

/// base64url, of any length: what is missing or too much the engine says.
fn is_payload(payload: &str) -> bool {
    !payload.is_empty() && payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
