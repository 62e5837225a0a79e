#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| xchat_fuzz::files::name(text));
