#![no_main]

libfuzzer_sys::fuzz_target!(|record: (u64, u64, &[u8])| xchat_fuzz::files::record(record));
