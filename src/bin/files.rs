//! Starts the file worker.

fn main() {
    xchat::files::start();
}
