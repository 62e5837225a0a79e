//! Starts the engine's worker.

fn main() {}
