//! chromedriver: one process that starts and steers all browsers of a house.

use std::path::PathBuf;

use tokio::process::Command;

use crate::process::Running;
use crate::programs::Programs;

/// The driver.
pub(crate) struct Driver {
    url: String,
    _running: Running,
}

impl Driver {
    /// Starts it on a free port.
    pub(crate) async fn start(programs: &Programs, log: PathBuf) -> Self {
        let mut command = Command::new(&programs.chromedriver);
        command.arg("--port=0");
        let (running, rest) = Running::start(&mut command, "started successfully on port ", &log).await;
        let port: u16 = rest.trim_end_matches('.').trim().parse().expect("chromedriver names its port");
        Self { url: format!("http://127.0.0.1:{port}"), _running: running }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
