//! `cargo xtask run`: everything built, the relay serving it, one URL.

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::native::Build;
use crate::step::{note, output, seconds};
use crate::{bundle, native, paths};

const DEFAULT_PORT: u16 = 8080;

/// How long a relay may take to answer before `announce` gives up.
const PATIENCE: Duration = Duration::from_secs(30);

struct Options {
    port: u16,
    data: PathBuf,
    open: bool,
}

/// Builds what has changed, then becomes the relay: Ctrl-C, or ending this process, ends it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let options = options(args)?;
    let start = Instant::now();
    // Before the build, which takes a while on the first day.
    let listen = SocketAddr::from(([127, 0, 0, 1], options.port));
    free(listen)?;
    let dist = bundle::build()?;
    let relay = native::relay(Build::Release)?;
    free(listen)?;
    note(format!(
        "ready after {}; the relay keeps its records in {}",
        seconds(start.elapsed()),
        options.data.display()
    ));

    let mut announcer = Command::new(env::current_exe().context("finding this program")?);
    let (address, relay_id) = (listen.to_string(), std::process::id().to_string());
    announcer.args(["announce", &address, &relay_id]).args(options.open.then_some("--open"));
    announcer.stdin(Stdio::null()).spawn().context("starting the announcer")?;
    // Replaces this process: whoever stops it stops the relay, and none is left behind on the port.
    let failure = Command::new(&relay)
        .current_dir(paths::root())
        .args(["--listen", &address])
        .arg("--data")
        .arg(&options.data)
        .arg("--app")
        .arg(&dist)
        // Its one line there is for programs that wait for it; people get the announcer's. Its log is on stderr.
        .stdout(Stdio::null())
        .exec();
    Err(failure).with_context(|| format!("cannot start {}", relay.display()))
}

/// Waits until the relay answers at the address, then prints the URL; with `--open` shows it in a browser.
pub(crate) fn announce(args: &[String]) -> Result<()> {
    let [address, relay, ..] = args else { bail!("announce needs the relay's address and process") };
    let (address, relay): (SocketAddr, u32) = (address.parse()?, relay.parse()?);
    let url = format!("http://{address}/");
    let start = Instant::now();
    while !answers(address) {
        if std::os::unix::process::parent_id() != relay {
            return Ok(()); // The relay ended, and has said why.
        }
        if start.elapsed() > PATIENCE {
            bail!("the relay did not answer at {url} within {}", seconds(PATIENCE));
        }
        thread::sleep(Duration::from_millis(20));
    }
    println!("\n    X Chat: {url}\n\n    (Ctrl-C stops it)\n");
    if args.iter().any(|word| word == "--open") {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        output(Command::new(opener).arg(&url)).context("opening a browser")?;
    }
    Ok(())
}

/// Whether a web server answers there with the page.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start.starts_with(b"HTTP/1."))
    };
    ask().unwrap_or(false)
}

fn free(listen: SocketAddr) -> Result<()> {
    match TcpListener::bind(listen) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {} is taken: stop what uses it, perhaps another `cargo xtask run`, or choose another with --port N \
             and a --data folder of its own. (To a browser another port is another place, with another account.)",
            listen.port()
        ),
        Err(error) => Err(error).with_context(|| format!("cannot listen at {listen}")),
    }
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options { port: DEFAULT_PORT, data: paths::relay_data(), open: false };
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--port" => options.port = value()?.parse().context("--port needs a number from 1 to 65535")?,
            "--data" => options.data = std::path::absolute(value()?)?,
            "--open" => options.open = true,
            other => bail!("`cargo xtask run` has --port N, --data DIR and --open, not `{other}`"),
        }
    }
    if options.port == 0 {
        bail!("--port needs a number from 1 to 65535");
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_are_read_and_strange_ones_refused() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let read = options(&words("--port 9000 --data /srv/relay --open")).unwrap();
        assert_eq!((read.port, read.data.to_str(), read.open), (9000, Some("/srv/relay"), true));
        for line in ["--port", "--port 0", "--port 70000", "--verbose"] {
            assert!(options(&words(line)).is_err(), "{line}");
        }
    }
}
