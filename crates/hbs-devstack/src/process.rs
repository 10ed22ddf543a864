//! Processes that outlive ours, and that any process can find again by a record on disk.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::time::sleep;

use crate::Error;
use crate::layout::{User, open_append};

/// Pause between two looks at a condition that takes a moment.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// Number of lines of a log that an error shows.
const TAIL_LINES: usize = 20;

/// Writes the record to its standard output and becomes the program. So there is a record before
/// there is a server. The record is locked until it is written, so that who finds it empty knows
/// that none will follow, whenever we get killed.
///
/// `$0` and `$1` are the signals for the record; the rest is the command.
const RECORD: &str = r#"
echo "$$ $(cut -d ' ' -f 22 "/proc/$$/stat") $0 $1"
shift
exec "$@" >&2
"#;

/// Order to run a program.
#[derive(Debug)]
pub(crate) struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// User who runs the program; none for our own user.
    pub user: Option<User>,
    /// The working directory.
    pub dir: PathBuf,
    pub log: PathBuf,
    pub pid_file: PathBuf,
    pub signals: Signals,
}

/// The names of the signals that make a program stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signals {
    /// In an orderly way.
    pub stop: &'static str,
    /// As fast as possible, when its data is about to be removed.
    pub discard: &'static str,
}

impl Launch {
    /// The command, with no standard input. Its log starts afresh, the one before stays as `.old`.
    pub fn command(&self) -> Result<Command, Error> {
        let mut command = Command::new("sh");
        command
            .args(["-c", RECORD, self.signals.stop, self.signals.discard])
            .arg(&self.program)
            .args(&self.arguments)
            .current_dir(&self.dir)
            // Out of the reach of a terminal's Ctrl-C, which is for our own process.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(create_record(&self.pid_file)?)
            .stderr(create_log(&self.log)?);
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        Ok(command)
    }
}

/// An empty and locked file.
fn create_record(path: &Path) -> Result<File, Error> {
    let file = open_append(path)?;
    file.lock().map_err(Error::io("lock", path))?;
    file.set_len(0).map_err(Error::io("empty", path))?;
    Ok(file)
}

fn create_log(path: &Path) -> Result<File, Error> {
    match fs::rename(path, path.with_extension("log.old")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("rename", path)(error)),
        _ => File::create(path).map_err(Error::io("create", path)),
    }
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// A process, told apart from later ones with the same number by its start time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub pid: u32,
    parent: u32,
    /// In clock ticks since the machine started.
    started: u64,
}

/// The process of a record, if it is still running. This waits the few milliseconds that a record
/// takes to be written.
pub(crate) fn recorded(pid_file: &Path) -> Option<Process> {
    let mut file = File::open(pid_file).ok()?;
    file.lock_shared().ok()?;
    let mut record = String::new();
    file.read_to_string(&mut record).ok()?;
    let mut words = record.split_whitespace();
    let process = running(words.next()?.parse().ok()?)?;
    (words.next()?.parse() == Ok(process.started)).then_some(process)
}

/// The process with this number, unless it has ended and only waits for its parent to notice.
fn running(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(pid, &stat)
}

/// Reads `/proc/PID/stat`. Its second field, a name in parentheses, can contain anything.
fn parse_stat(pid: u32, stat: &str) -> Option<Process> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let (state, parent) = (fields.first()?, fields.get(1)?);
    let (threads, started) = (fields.get(17)?, fields.get(19)?);
    // While other threads of it are left, its files and ports are still open.
    let ended = matches!(*state, "Z" | "X") && matches!(*threads, "0" | "1");
    (!ended).then_some(Process { pid, parent: parent.parse().ok()?, started: started.parse().ok()? })
}

impl Process {
    fn is_running(&self) -> bool {
        // The parent changes when the first one ends.
        running(self.pid).is_some_and(|process| process.started == self.started)
    }

    fn children(&self) -> Result<Vec<Process>, Error> {
        let proc = Path::new("/proc");
        let entries = fs::read_dir(proc).map_err(Error::io("read", proc))?;
        Ok(entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(running)
            .filter(|process| process.parent == self.pid)
            .collect())
    }

    /// Asks it to stop, and kills it if it has not after `limit`.
    pub async fn stop(&self, name: &str, limit: Duration) -> Result<(), Error> {
        signal(name, &[*self]).await?;
        if ended(&[*self], limit).await {
            return Ok(());
        }
        self.kill().await
    }

    /// Kills it and its child processes.
    pub async fn kill(&self) -> Result<(), Error> {
        let mut family = self.children()?;
        family.insert(0, *self);
        signal("KILL", &family).await?;
        // Nothing withstands this, but in an overloaded system it takes its time.
        ended(&family, Duration::from_secs(10)).await;
        Ok(())
    }
}

/// Sends a signal to those of the processes that are still there.
async fn signal(name: &str, processes: &[Process]) -> Result<(), Error> {
    let pids = processes.iter().map(|process| process.pid.to_string());
    Command::new("sh")
        .args(["-c", r#"kill -s "$0" "$@""#, name])
        .args(pids)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .map_err(Error::io("run", Path::new("sh")))?;
    Ok(())
}

async fn ended(processes: &[Process], limit: Duration) -> bool {
    let began = Instant::now();
    while processes.iter().any(Process::is_running) {
        if began.elapsed() > limit {
            return false;
        }
        sleep(POLL).await;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let fields = "S 17 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        let process = parse_stat(9, &format!("9 (a) Z (b) {fields}"));
        assert_eq!(process, Some(Process { pid: 9, parent: 17, started: 4711 }));
    }

    #[test]
    fn an_ended_process_is_not_running() {
        let stat = |threads| format!("9 (a) Z 17 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 {threads} 0 4711 0 0");
        assert_eq!(parse_stat(9, &stat(1)), None);
        assert!(parse_stat(9, &stat(2)).is_some());
    }
}
