#![no_main]

libfuzzer_sys::fuzz_target!(|acts: Vec<xchat_fuzz::engine::acts::Act>| {
    xchat_fuzz::engine::play::run(acts);
});
