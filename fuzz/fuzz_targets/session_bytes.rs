#![no_main]

libfuzzer_sys::fuzz_target!(|messages: Vec<Vec<u8>>| xchat_fuzz::session::run_raw(&messages));
