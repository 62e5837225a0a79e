//! Pictures of every screen, at a desktop's width and a phone's, light and dark: made to be looked at, nothing passes or fails.
//!
//! `cargo xtask screenshots` builds what it needs and runs it. The one argument is the folder.

mod camera;

use std::env;
use std::path::PathBuf;

use camera::Camera;
use xchat_e2e::{House, tour};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let camera = Camera::new(PathBuf::from(env::args().nth(1).expect("the folder for the pictures")));
    let house = House::build("screenshots").await;
    tour(&house, &camera).await;
    house.leave().await;
    println!("{} pictures in {}", camera.taken(), camera.folder().display());
}
