//! Where the log goes.
use crate::{Error, Result};
use std::path::Path;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// JSON lines on standard output. Hold the guard until the end: it writes what is left.
pub fn to_stdout(filter: &str) -> Result<WorkerGuard> {
    let (writer, guard) = tracing_appender::non_blocking(std::io::stdout());
    let subscriber = tracing_subscriber::registry().with(json(writer).with_filter(env_filter(filter)?));
    subscriber.try_init().map_err(Error::internal)?;
    Ok(guard)
}

/// JSON lines into a file, warnings on the terminal as well: for `hbs dev`.
pub fn to_file(filter: &str, path: &Path) -> Result<WorkerGuard> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(Error::internal)?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let terminal = fmt::layer().compact().without_time().with_target(false).with_writer(std::io::stderr);
    let subscriber = tracing_subscriber::registry()
        .with(json(writer).with_filter(env_filter(filter)?))
        .with(terminal.with_filter(LevelFilter::WARN));
    subscriber.try_init().map_err(Error::internal)?;
    Ok(guard)
}

/// Warnings on standard error: for commands that do one thing.
pub fn warnings() -> Result<()> {
    let terminal = fmt::layer().compact().without_time().with_target(false).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(terminal.with_filter(LevelFilter::WARN)).try_init().map_err(Error::internal)
}

fn env_filter(filter: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(filter).map_err(|error| Error::internal(format!("log: {error}")))
}

fn json<S>(writer: NonBlocking) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'lookup> tracing_subscriber::registry::LookupSpan<'lookup>,
{
    fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).with_writer(writer)
}
