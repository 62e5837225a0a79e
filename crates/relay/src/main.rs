//! The relay's binary: settings in, one ready line out, and a clean stop.

use std::io::Write;
use std::process::ExitCode;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use xchat_relay::settings::{Log, LogFormat, Settings, SettingsError};

fn main() -> ExitCode {
    let settings = match Settings::load(std::env::args_os()) {
        Ok(settings) => settings,
        // Clap knows where help and errors of flags belong, and with which status.
        Err(SettingsError::Flags(error)) => error.exit(),
        Err(error) => return fail(&error.to_string()),
    };
    log_to_stderr(settings.log, settings.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let scheme = if settings.has_tls() { "https" } else { "http" };
    let outcome = runtime.block_on(async {
        // Before anyone reads that it listens: whoever has read it may ask it to stop at once.
        let stop = match stop() {
            Ok(stop) => stop,
            Err(error) => return Err(format!("cannot listen for signals: {error}")),
        };
        xchat_relay::serve(settings, |bound| announce(scheme, bound), stop).await.map_err(|error| error.to_string())
    });
    // Whatever still runs has nothing left to lose: what was accepted is on disk.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// One line on standard output, for which whoever started the relay may wait; and a second one where there are metrics.
fn announce(scheme: &str, bound: xchat_relay::Bound) {
    let mut lines = format!("listening on {scheme}://{}\n", bound.clients);
    if let Some(metrics) = bound.metrics {
        lines += &format!("metrics on http://{metrics}/metrics\n");
    }
    let mut out = std::io::stdout();
    // Nobody listening to standard output is no reason to stop.
    _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
}

fn fail(why: &str) -> ExitCode {
    eprintln!("xchat-relay: {why}");
    ExitCode::FAILURE
}

/// From now on a request to stop no longer ends the process; what is given back is done when there was one.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done when the relay is asked to stop.
#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        _ = tokio::signal::ctrl_c().await;
    })
}

/// Our own lines only: those of libraries may hold addresses.
fn log_to_stderr(log: Log, format: LogFormat) {
    let level = match log {
        Log::Off => LevelFilter::OFF,
        Log::Error => LevelFilter::ERROR,
        Log::Warn => LevelFilter::WARN,
        Log::Info => LevelFilter::INFO,
        Log::Debug => LevelFilter::DEBUG,
    };
    let ours = Targets::new().with_target("xchat_relay", level);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines).with(ours).init();
}
