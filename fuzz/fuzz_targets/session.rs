#![no_main]

libfuzzer_sys::fuzz_target!(|acts: Vec<xchat_fuzz::acts::Act>| {
    xchat_fuzz::session::run(acts);
});
