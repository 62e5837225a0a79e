//! English, of Help and About. What is promised here is what docs/THREAT_MODEL.md holds, with the limits it names.

use crate::ui::i18n::Help;

pub(super) static HELP: Help = Help {
    // Help.
    help: "Help",
    help_more: "What is protected, and what is not",
    topics: [
        (
            "What end-to-end encryption means here",
            &[
                "Your browser makes your keys and encrypts each message before it leaves. Only the devices of the people in a chat can read it. The server passes on what it cannot open.",
                "The method is MLS, an open standard (RFC 9420). Two ways to agree on keys are used at once, X25519 and ML-KEM-768: what somebody records today stays closed to a quantum computer unless both are broken. Signatures are of the classical kind. Such a computer could pose as people in new chats, but not open old ones.",
                "A message’s key is gone once it was used, and each device renews its keys about every week that it is online. Who steals a device can read what is stored on it, but cannot open what they recorded before.",
                "The app itself comes from the server. Who controls that server could serve you another app, and nothing in the browser would notice. If you need more, run a server of your own. Nobody outside the project has reviewed X Chat yet.",
            ],
        ),
        (
            "What the server sees",
            &[
                "It sees your network address, when you are connected, and that something is written in a chat: when, how large in rounded steps, and which connections write and read it. From that it can work out who talks to whom. Only a network that hides where you are helps against this.",
                "It does not see what you write, names, pictures, the members of a group or your 12 words. Whoever gives it your link shows it what is on your card.",
                "It can hold messages back, delay them or lose them. If it shows two people different histories of a chat, X Chat often notices and says so. It does not notice when the newest messages are held back.",
            ],
        ),
        (
            "What the 12 words are",
            &[
                "All the keys of your identity come from them. Write them on paper and show them to nobody: anyone who has them can be you, and nobody can give you new ones.",
                "Once you have checked them, this device forgets the words. It keeps the keys, so that it can go on.",
                "An account cannot be brought back from the words yet. A second device is what protects you from losing the first.",
            ],
        ),
        (
            "What comparing the safety number does",
            &[
                "A name is what its owner claims. The safety number is made from your identity and theirs. If you both see the same digits, nobody sits between you.",
                "Scan the code on their screen, or compare the digits in a call you trust, not in the chat itself. It says whom you talk to. It does not say that their device is safe or that they keep what you write to themselves.",
            ],
        ),
        (
            "When a device is lost",
            &[
                "On another of your devices, open Settings, then Devices, and remove it. It leaves your open chats, their keys change, and it reads nothing that is written after that.",
                "What it had before is still on it. X Chat has no passphrase yet, so the lock and the disk encryption of the device are what protects it.",
                "Each device holds the key of your identity. Somebody who takes it out of the device can go on as you. Then only a new account helps, and telling people so.",
            ],
        ),
        (
            "How long the browser keeps your chats",
            &[
                "They are stored in this browser, encrypted, and stay until you clear this site’s data. A browser may also clear them when the disk is full. X Chat asks it not to.",
                "Safari deletes them once you have used it for seven days without opening X Chat. Add X Chat to the Home Screen or to the Dock: there it does not.",
            ],
        ),
        (
            "What deleting and timers can do",
            &[
                "Deleting for everyone, and a timer, ask the other devices to remove a message. X Chat does as asked. Another app may not, and nobody can stop a person from copying or photographing what they read.",
                "What is gone from a chat may stay in the files of the browser for a while, and in notifications that your system keeps.",
            ],
        ),
        (
            "What a copied link gives away",
            &[
                "Whoever has your link sees your name, your line about yourself and your picture, also later ones, and can write to you as a request. They learn nothing more until you accept. Your link cannot be changed yet.",
                "Whoever has the invite link of a group sees its name, description and number of people, and whom of its admins they can write to. They can ask to join, and an admin decides. Admins can replace the link or switch it off.",
                "What makes a link work stands after its #, which browsers do not send to a server. It does stay in the history of the browser that opened it.",
            ],
        ),
    ],
    // Keys.
    shortcuts: "Keyboard shortcuts",
    shortcuts_more: "Press ? to see them",
    keys: [
        (
            "Anywhere",
            &[
                ("?", "This list"),
                ("/", "Search chats and messages"),
                ("Ctrl K", "The same, also while you write"),
                ("Esc", "Close what lies over the page"),
                ("Shift F10", "Menu of a chat or a message"),
            ],
        ),
        ("Chats", &[("↑ ↓", "From the search along the chats"), ("Esc", "Clear the search")]),
        ("Messages", &[("↑ ↓", "From message to message"), ("Ctrl F", "Search in this chat")]),
        (
            "While you write",
            &[
                ("Enter", "Send"),
                ("Shift Enter", "New line"),
                ("↑", "Edit your last message, while nothing is written"),
                ("Esc", "Stop replying or editing"),
                ("@", "Mention somebody in a group"),
                ("↑ ↓", "Choose whom to mention"),
                ("Tab", "Mention them"),
                ("Ctrl B, I, E", "Bold, italic, code"),
                ("Ctrl Shift X", "Struck out"),
            ],
        ),
        (
            "Pictures and sounds",
            &[
                ("← →", "To the next picture, or along a sound"),
                ("+ −", "Zoom in, zoom out"),
                ("0", "The whole picture"),
            ],
        ),
        (
            "Menus and emoji",
            &[
                ("↑ ↓ ← →", "Move"),
                ("Home", "To the beginning"),
                ("End", "To the end"),
                ("Enter", "Choose"),
                ("Shift Enter", "Choose an emoji and go on"),
            ],
        ),
    ],
    // About.
    about: "About",
    version: "Version",
    build: "Build",
    licence: "Licence of X Chat",
    emoji_names: "Licence of the emoji names",
    components: "What X Chat is made of",
    components_missing: "The list could not be loaded. Check your connection, then close and open this again.",
};
