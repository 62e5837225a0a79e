//! What the dialog that scans codes says. A table of its own, which comes with that dialog.

/// The sentences of one language.
#[derive(Debug)]
pub struct Scan {
    pub person_title: &'static str,
    pub device_title: &'static str,
    pub number_title: &'static str,
    // The camera.
    pub asking: &'static str,
    pub looking: &'static str,
    pub denied: &'static str,
    pub missing: &'static str,
    pub busy: &'static str,
    pub insecure: &'static str,
    pub paused: &'static str,
    pub go_on: &'static str,
    pub try_again: &'static str,
    pub promise: &'static str,
    // Other ways.
    pub choose: &'static str,
    pub reading: &'static str,
    pub paste: &'static str,
    pub by_eye: &'static str,
    // Codes and pictures that are of no use.
    pub foreign: &'static str,
    pub of_person: &'static str,
    pub of_device: &'static str,
    pub of_number: &'static str,
    pub own: &'static str,
    pub no_code: &'static str,
    pub too_large: &'static str,
    pub unreadable: &'static str,
    // Numbers that were compared.
    pub same: &'static str,
    pub same_more: &'static str,
    pub differ: &'static str,
    pub differ_more: &'static str,
    pub again: &'static str,
    pub done: &'static str,
}
