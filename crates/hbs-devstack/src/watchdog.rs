use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::layout::{Layout, open_append};
use crate::process;
use crate::{Error, Server};

/// Longer than all that it does and waits for.
const LIMIT: Duration = Duration::from_secs(120);

/// A process that waits for the end of its owner and then stops the servers of a stack, unless the
/// stack has another user.
///
/// It notices by the pipe to its standard input, whose other end only we have: that closes when
/// this value is dropped, and when our process ends in any way. It also holds our share of the
/// in-use lock, so that no moment passes between the end of our use and the watchdog's notice.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
    dir: PathBuf,
    log: PathBuf,
}

impl Watchdog {
    /// Starts the watchdog. For the holder of the starting lock alone.
    pub fn spawn(flock: &Path, layout: &Layout) -> Result<Self, Error> {
        let log = layout.log("watchdog");
        let mut command = Command::new("sh");
        command
            .args(["-c", include_str!("watchdog.sh"), "hbs-watchdog"])
            .arg(flock)
            .arg(&layout.dir)
            .stdin(Stdio::piped())
            .stdout(layout.lock_in_use()?)
            .stderr(open_append(&log)?)
            .process_group(0);
        if layout.throw_away {
            command.args([&layout.dir, &layout.postgres]);
        }
        let child = command.spawn().map_err(Error::io("run", Path::new("sh")))?;
        Ok(Self { child, dir: layout.dir.clone(), log })
    }

    /// Tells the watchdog which processes to stop, in case that the directory with their records
    /// gets removed.
    pub async fn remember(&mut self, servers: [&Server; 3]) -> Result<(), Error> {
        let Some(stdin) = &mut self.child.stdin else {
            return Ok(());
        };
        for server in servers {
            let path = &server.launch.pid_file;
            let record = fs::read(path).map_err(Error::io("read", path))?;
            stdin.write_all(&record).await.map_err(Error::io("write to the watchdog of", &self.dir))?;
        }
        stdin.flush().await.map_err(Error::io("write to the watchdog of", &self.dir))
    }

    /// Ends our use and waits until the watchdog has done its work.
    pub async fn finish(mut self) -> Result<(), Error> {
        drop(self.child.stdin.take());
        let reason = match timeout(LIMIT, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => format!("{status}: {}", process::tail(&self.log)),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("not done after {LIMIT:?}"),
        };
        Err(Error::NotStopped { dir: self.dir, reason })
    }
}
