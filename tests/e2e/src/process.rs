//! Child processes: started with their words kept, awaited by a line that they say, stopped by signals.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// A program that runs until it is stopped, at the latest when this value is dropped.
pub(crate) struct Running {
    child: Child,
    // A program whose output nobody reads would stop when there is too much of it.
    said: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.said.abort();
    }
}

impl Running {
    /// Starts a program and waits until a line of its output has `mark` in it; gives what stands after the mark. What it
    /// complains goes to `log`, and so does what it says afterwards.
    pub(crate) async fn start(command: &mut Command, mark: &str, log: &Path) -> (Self, String) {
        let shown = format!("{:?}", command.as_std().get_program());
        let log_file =
            File::options().create(true).append(true).open(log).expect("a log can be written in the test's folder");
        let mut further = log_file.try_clone().expect("a log can be written in two places");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log_file).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
        let output = child.stdout.take().expect("its output was asked for");
        let mut said = BufReader::new(output).lines();
        let ready = timeout(PATIENCE, async {
            while let Some(line) = said.next_line().await.expect("its output can be read") {
                if let Some((_, rest)) = line.split_once(mark) {
                    return Some(rest.to_owned());
                }
            }
            None
        });
        let rest = ready.await.ok().flatten();
        let rest = rest.unwrap_or_else(|| {
            panic!("{shown} did not say {mark:?}. It complained:\n{}", fs::read_to_string(log).unwrap_or_default())
        });
        let said = tokio::spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                if writeln!(further, "{line}").is_err() {
                    return;
                }
            }
        });
        (Self { child, said }, rest)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.child.id().expect("it was not awaited before");
        send(pid.cast_signed(), signal);
    }

    /// Waits for its end; true if it called it a success.
    pub(crate) async fn ended(mut self) -> bool {
        let ended = timeout(PATIENCE, self.child.wait()).await.expect("a program that was told to stop stops");
        ended.expect("a child can be awaited").success()
    }
}

/// Sends a signal to a process that may be gone by now.
pub(crate) fn send(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _gone = kill_process(pid, signal);
    }
}

/// The processes whose command line has `mark` in it, and all below them. `mark` must be a path that only this test has.
pub(crate) fn tree(mark: &str) -> Vec<i32> {
    let all: Vec<(i32, i32, bool)> = fs::read_dir("/proc")
        .expect("end-to-end tests find a browser's processes in /proc, as Linux has it")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?, command_line(pid).contains(mark))))
        .collect();
    let mut tree: Vec<i32> = all.iter().filter(|(_, _, marked)| *marked).map(|(pid, ..)| *pid).collect();
    let mut at = 0;
    while at < tree.len() {
        let below =
            all.iter().filter(|(pid, parent, _)| *parent == tree[at] && !tree.contains(pid)).map(|(pid, ..)| *pid);
        let below: Vec<i32> = below.collect();
        tree.extend(below);
        at += 1;
    }
    tree
}

/// The arguments, separated by spaces; nothing for a process that is gone or a zombie.
fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// The fourth field of `stat`; the second, a name in brackets, may hold anything.
fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
