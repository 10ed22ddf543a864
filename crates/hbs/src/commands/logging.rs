//! Destinations of the log.
use super::json_lines::JsonLines;
use crate::{Error, Result};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// JSON lines on standard output. Hold the guard until the end: it writes what is left.
pub fn to_stdout(filter: &str) -> Result<WorkerGuard> {
    let (writer, guard) = tracing_appender::non_blocking(Gathered::new(std::io::stdout()));
    let subscriber = tracing_subscriber::registry().with(json(writer).with_filter(env_filter(filter)?));
    subscriber.try_init().map_err(Error::internal)?;
    Ok(guard)
}

/// JSON lines into a file, warnings on the terminal as well: for `hbs dev`.
pub fn to_file(filter: &str, path: &Path) -> Result<WorkerGuard> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(Error::internal)?;
    let (writer, guard) = tracing_appender::non_blocking(Gathered::new(file));
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

/// Writes lines together. The thread that writes calls `flush` when no line waits; it rests then, so
/// that under load lines neither wake it nor are written one by one.
struct Gathered<W: Write>(BufWriter<W>);

const REST: Duration = Duration::from_millis(10);
const GATHERED_BYTES: usize = 64 * 1024;

impl<W: Write> Gathered<W> {
    fn new(out: W) -> Self {
        Self(BufWriter::with_capacity(GATHERED_BYTES, out))
    }
}

impl<W: Write> Write for Gathered<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        std::thread::sleep(REST);
        Ok(())
    }
}

fn env_filter(filter: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(filter).map_err(|error| Error::internal(format!("log: {error}")))
}

fn json<S>(writer: NonBlocking) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'lookup> tracing_subscriber::registry::LookupSpan<'lookup>,
{
    fmt::layer().event_format(JsonLines).with_writer(writer)
}
