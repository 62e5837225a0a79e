//! Mounts the page.

fn main() {
    xchat::ui::start();
}
