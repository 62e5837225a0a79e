#![no_main]

libfuzzer_sys::fuzz_target!(|damages: Vec<xchat_fuzz::engine::rows::Damage>| {
    xchat_fuzz::engine::rows::run(&damages);
});
