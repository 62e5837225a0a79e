//! The drivers: one chromedriver starts and steers all browsers of a house; a geckodriver has one browser, so each has its own.

use std::path::PathBuf;

use tokio::process::Command;

use crate::process::Running;
use crate::programs::{Kind, Programs};

/// The driver.
pub(crate) struct Driver {
    url: String,
    _running: Running,
}

impl Driver {
    /// Starts it on a free port.
    pub(crate) async fn start(programs: &Programs, log: PathBuf) -> Self {
        let mut command = Command::new(&programs.driver);
        let mark = match programs.kind {
            Kind::Chromium => {
                command.arg("--port=0");
                "started successfully on port "
            }
            Kind::Firefox => {
                command.args(["--port=0", "--websocket-port=0"]);
                "Listening on 127.0.0.1:"
            }
        };
        let (running, rest) = Running::start(&mut command, mark, &log).await;
        let port: u16 = rest.trim_end_matches('.').trim().parse().expect("a driver names its port");
        Self { url: format!("http://127.0.0.1:{port}"), _running: running }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
