//! The relay as a server, in this process: what it keeps in files, what it logs, what it counts.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{Layer, filter::LevelFilter, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use xchat_relay::Bound;
use xchat_relay::settings::Settings;

/// Every line that the relay logs in this process, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let lines = tracing_subscriber::fmt::layer().with_writer(log.clone()).with_ansi(false);
        let ours = Targets::new().with_target("xchat_relay", LevelFilter::TRACE);
        tracing_subscriber::registry().with(lines.with_filter(ours)).init();
        log
    })
}

/// A folder that is gone with this value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xchat-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    /// Names and contents of all files in it and below.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        files_below(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![(path.display().to_string(), std::fs::read(&path).unwrap())],
        })
        .collect()
}

/// A relay that runs.
pub struct Server {
    pub bound: Bound,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    pub fn start(data: &Folder) -> Self {
        log();
        let flags = ["relay", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data"];
        let flags = flags.iter().map(Into::into).chain([data.0.clone().into_os_string()]);
        let settings = Settings::load(flags).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            let stopped = async { _ = stopped.await };
            runtime.block_on(xchat_relay::serve(settings, |bound| tell.send(bound).unwrap(), stopped)).unwrap();
        });
        Self { bound: told.recv().unwrap(), stop, thread }
    }

    pub fn metrics(&self) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.bound.metrics.unwrap()).unwrap();
        socket.write_all(b"GET /metrics HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        answer
    }

    /// Stops it in order; everything that any relay of this process has logged.
    pub fn stop(self) -> Vec<u8> {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap();
        log().0.lock().unwrap().clone()
    }
}
