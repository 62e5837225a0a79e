//! Starts the engine's worker.

fn main() {
    xchat::worker::start();
}
