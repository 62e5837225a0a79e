//! The relay under test: the release binary, on a port of its own, over a store that goes with the test.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use tokio::process::Command;

use crate::process::Running;
use crate::programs::Programs;

/// The relay. It can be stopped, killed, frozen, and started again on the same port over the same store.
pub struct Relay {
    program: PathBuf,
    /// The app as it was built.
    dist: PathBuf,
    /// What is served: that, or less.
    served: RefCell<PathBuf>,
    data: PathBuf,
    log: PathBuf,
    /// `127.0.0.1:PORT`
    address: RefCell<String>,
    running: RefCell<Option<Running>>,
}

impl Relay {
    /// Starts it on a free port.
    pub(crate) async fn start(programs: &Programs, folder: &Path, log: PathBuf) -> Self {
        let relay = Self {
            program: programs.relay.clone(),
            dist: programs.dist.clone(),
            served: RefCell::new(programs.dist.clone()),
            data: folder.join("relay"),
            log,
            address: RefCell::new("127.0.0.1:0".to_owned()),
            running: RefCell::default(),
        };
        relay.start_again().await;
        relay
    }

    /// Where the app is served: `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address.borrow())
    }

    /// Starts it after [`Relay::stop`] or [`Relay::kill`]: same port, same store.
    pub async fn start_again(&self) {
        assert!(self.running.borrow().is_none(), "the relay runs already");
        let listen = self.address.borrow().clone();
        let mut command = Command::new(&self.program);
        command.args(["--listen", &listen, "--log", "debug"]);
        command.arg("--data").arg(&self.data).arg("--app").arg(&*self.served.borrow());
        let (running, address) = Running::start(&mut command, "listening on http://", &self.log).await;
        *self.address.borrow_mut() = address.trim().to_owned();
        *self.running.borrow_mut() = Some(running);
    }

    /// What its grants of uploads are made with, in hex.
    pub fn blob_key(&self) -> PathBuf {
        self.data.join("blob.key")
    }

    /// Where it keeps the bytes of blobs, on shelves.
    pub(crate) fn blob_folder(&self) -> PathBuf {
        self.data.join("blobs")
    }

    /// Lets it serve, from its next start on, an app without the files whose names begin like this: to a page that is open,
    /// another build's.
    pub fn serve_without(&self, beginning: &str) {
        let rest = self.data.with_extension(format!("without-{beginning}"));
        std::fs::create_dir(&rest).expect("a folder can be made");
        let mut left_out = 0;
        for entry in std::fs::read_dir(&self.dist).expect("the app can be read") {
            let file = entry.expect("the app can be read");
            if file.file_name().to_string_lossy().starts_with(beginning) {
                left_out += 1;
            } else if file.path().is_file() {
                std::fs::copy(file.path(), rest.join(file.file_name())).expect("a file can be copied");
            }
        }
        assert!(left_out > 0, "the app has no file that begins with {beginning}");
        *self.served.borrow_mut() = rest;
    }

    /// Lets it serve the whole app again, from its next start on.
    pub fn serve_all(&self) {
        self.served.borrow_mut().clone_from(&self.dist);
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(&self) {
        let running = self.take();
        running.signal(Signal::TERM);
        assert!(running.ended().await, "the relay failed while it stopped: {}", self.log.display());
    }

    /// Ends it in the middle of whatever it does.
    pub async fn kill(&self) {
        let running = self.take();
        running.signal(Signal::KILL);
        running.ended().await;
    }

    /// Lets it do nothing, connected as it is, until [`Relay::thaw`].
    pub fn freeze(&self) {
        self.running.borrow().as_ref().expect("the relay runs").signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.running.borrow().as_ref().expect("the relay runs").signal(Signal::CONT);
    }

    fn take(&self) -> Running {
        self.running.borrow_mut().take().expect("the relay runs")
    }
}
