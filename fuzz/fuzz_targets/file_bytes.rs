#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::files::first_bytes(bytes));
