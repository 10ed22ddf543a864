//! Progress of long work: a bar on a terminal; elsewhere, such as in the log of a scheduler, a line now and then.
use crate::domains::backups::Told;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least time between two lines of a stage.
const PAUSE: Duration = Duration::from_secs(10);

/// Progress of work that comes in stages.
#[derive(Default)]
pub(super) struct Progress(Mutex<Option<Stage>>);

struct Stage {
    name: &'static str,
    bytes: Option<u64>,
    done: u64,
    began: Instant,
    told: Instant,
    /// None, where there is no terminal.
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn hear(&self, told: Told) {
        let mut stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match told {
            Told::Stage { name, bytes } => {
                if let Some(over) = stage.take() {
                    over.end();
                }
                *stage = Some(Stage::begin(name, bytes));
            }
            Told::Bytes(more) => {
                if let Some(stage) = stage.as_mut() {
                    stage.go_on(more);
                }
            }
        }
    }

    /// Ends the last stage, however the work went.
    pub fn end(self) {
        if let Some(stage) = self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            stage.end();
        }
    }
}

impl Stage {
    fn begin(name: &'static str, bytes: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(name, bytes));
        if bar.is_none() {
            eprintln!("{name}");
        }
        let now = Instant::now();
        Self { name, bytes, done: 0, began: now, told: now, bar }
    }

    fn go_on(&mut self, more: u64) {
        self.done += more;
        // What was estimated may turn out to be more.
        let bytes = self.bytes.map(|bytes| bytes.max(self.done));
        match &self.bar {
            Some(bar) => {
                if let Some(bytes) = bytes {
                    bar.set_length(bytes);
                }
                bar.set_position(self.done);
            }
            None if self.told.elapsed() >= PAUSE => {
                eprintln!("{}", line(self.name, self.done, bytes, self.began.elapsed()));
                self.told = Instant::now();
            }
            None => {}
        }
    }

    fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(name: &'static str, bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (ProgressBar::new(bytes), "{msg} {bar:30} {percent:>3} %  {bytes} of {total_bytes}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}  {bytes} in {elapsed}, {bytes_per_sec}"),
    };
    let bar = match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    };
    bar.with_message(name)
}

/// How far a stage has come, in one line. The rest is taken to go as the part that is done.
fn line(name: &str, done: u64, bytes: Option<u64>, elapsed: Duration) -> String {
    let Some(bytes) = bytes.filter(|bytes| *bytes > 0 && done > 0) else {
        return format!("{name}: {} so far", HumanBytes(done));
    };
    let percent = u128::from(done) * 100 / u128::from(bytes);
    let left = elapsed.as_millis() * u128::from(bytes.saturating_sub(done)) / u128::from(done);
    let left = Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX));
    format!("{name}: {percent} %, {} of {}, {} left", HumanBytes(done), HumanBytes(bytes), HumanDuration(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_how_long_it_takes() {
        let told = line("restoring", 256 << 20, Some(1 << 30), Duration::from_secs(20));
        assert_eq!(told, "restoring: 25 %, 256.00 MiB of 1.00 GiB, 60 seconds left");
        assert_eq!(line("backing up", 1 << 10, None, Duration::from_secs(20)), "backing up: 1.00 KiB so far");
        assert_eq!(line("verifying", 0, Some(7), Duration::ZERO), "verifying: 0 B so far");
    }
}
