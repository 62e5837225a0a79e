//! What a browser's pages and workers hold in memory: of their processes what is theirs alone and not of a file, as the system says it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use xchat_e2e::Browser;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(50);

/// Looks for as long as it lives.
pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    most: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to look.
    pub(crate) fn over(browser: &Browser) -> Self {
        let profile = browser.profile().to_owned();
        let (over, most) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (ends, highest) = (over.clone(), most.clone());
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                highest.fetch_max(kibibytes(&profile), Ordering::Relaxed);
                thread::sleep(EVERY);
            }
        });
        Self { over, most, thread: Some(thread) }
    }

    /// The most that was seen, in MiB.
    pub(crate) fn most(mut self) -> f64 {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("looking does not fail");
        }
        self.most.load(Ordering::Relaxed) as f64 / 1024.0
    }
}

/// What they hold now, in MiB.
pub(crate) fn memory(browser: &Browser) -> f64 {
    kibibytes(browser.profile()) as f64 / 1024.0
}

/// Of all processes that show pages or run workers, and descend from the one with this profile.
fn kibibytes(profile: &Path) -> u64 {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes: Vec<Process> = numbers.filter_map(|entry| Process::read(&entry.path())).collect();
    let mark = profile.display().to_string();
    let mut family: Vec<u32> = processes.iter().filter(|one| one.command.contains(&mark)).map(|one| one.id).collect();
    loop {
        let children = processes.iter().filter(|one| family.contains(&one.parent) && !family.contains(&one.id));
        let children: Vec<u32> = children.map(|one| one.id).collect();
        if children.is_empty() {
            break;
        }
        family.extend(children);
    }
    let pages = processes.iter().filter(|one| family.contains(&one.id) && one.command.contains("--type=renderer"));
    pages.map(|one| one.anonymous).sum()
}

struct Process {
    id: u32,
    parent: u32,
    command: String,
    /// In KiB.
    anonymous: u64,
}

impl Process {
    /// None: it is no process, or has ended.
    fn read(folder: &Path) -> Option<Self> {
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        let status = fs::read_to_string(folder.join("status")).ok()?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let command = fs::read(folder.join("cmdline")).ok()?;
        Some(Self {
            id,
            parent: u32::try_from(number("PPid:")?).ok()?,
            command: String::from_utf8_lossy(&command).replace('\0', " "),
            anonymous: number("RssAnon:").unwrap_or_default(),
        })
    }
}
