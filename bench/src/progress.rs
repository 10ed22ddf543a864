//! A progress bar on a terminal, plain lines otherwise.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PLAIN_LINES: u64 = 10;

pub struct Progress {
    label: String,
    total: u64,
    done: AtomicU64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(label: impl Into<String>, total: usize) -> Self {
        let label = label.into();
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let bar = stderr().is_terminal().then(|| terminal_bar(&label, total));
        Self { label, total, done: AtomicU64::new(0), bar }
    }

    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None => self.plain_line(done),
        }
    }

    /// Says where the work is, beside the bar.
    pub fn note(&self, text: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.into());
        }
    }

    /// Prints a line of its own, above the bar.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish();
        }
    }

    fn plain_line(&self, done: u64) {
        let lines_after = |done: u64| done.saturating_mul(PLAIN_LINES) / self.total.max(1);
        if lines_after(done) > lines_after(done - 1) {
            eprintln!("{}: {done} of {}", self.label, self.total);
        }
    }
}

fn terminal_bar(label: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.set_style(style);
    bar.set_prefix(label.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
