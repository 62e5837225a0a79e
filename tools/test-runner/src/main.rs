//! Runs one wasm test binary in a browser, exactly as `wasm-bindgen-test-runner` does.
//!
//! `cargo test --target wasm32-unknown-unknown` calls it for each test binary; `cargo xtask test` builds it and says
//! so to cargo. It is the official runner, taken as a library, because the published program cannot be installed
//! with its own lock file everywhere.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
