//! English, of the dialog that scans codes.

use crate::ui::i18n::Scan;

pub(super) static SCAN: Scan = Scan {
    person_title: "Scan their code",
    device_title: "Scan the new device’s code",
    number_title: "Scan to compare",
    // The camera.
    asking: "Your browser asks whether X Chat may use the camera.",
    looking: "Looking for a code",
    denied: "The camera is off for this page. Turn it on in the address bar, then try again. Or choose a picture.",
    missing: "No camera was found. Connect one and try again, or choose a picture.",
    busy: "The camera cannot be used right now. Close other apps that use it, then try again.",
    insecure: "Browsers give the camera to secure pages alone. Open X Chat at an address that starts with https://, or choose a picture.",
    paused: "The camera was turned off while you were away.",
    go_on: "Turn the camera on",
    try_again: "Try again",
    promise: "What the camera sees stays on this device.",
    // Other ways.
    choose: "Choose a picture",
    reading: "Reading the picture…",
    paste: "Paste a link instead",
    by_eye: "Compare by eye instead",
    // Codes and pictures that are of no use.
    foreign: "This is no X Chat code.",
    of_person: "This code adds a person or a group. Open New chat to scan it.",
    of_device: "This code links a device. Open Settings, then Devices, to scan it.",
    of_number: "This code compares safety numbers. Open the page of that person to scan it.",
    own: "This is your own code. Scan the one on the other screen.",
    no_code: "No code was found in this picture.",
    too_large: "This picture is too large. Choose a smaller one.",
    unreadable: "This picture cannot be read. Choose a PNG, JPEG, WebP or GIF.",
    // Numbers that were compared.
    same: "The numbers match",
    same_more: "Nobody sits between you and {name}. {name} is marked as verified.",
    differ: "The numbers do not match",
    differ_more: "This may be the code of another chat. If it is the one that {name} shows for you, somebody may sit between you: do not write anything secret here. Nothing was marked.",
    again: "Scan again",
    done: "Done",
};
