use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::process::{self, Launch, POLL, Process, Signals};
use crate::{Error, mongodb, postgres, redis};

/// Maximum time that a server may take to answer after its start.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Maximum time that a server that already runs may take to answer before it is taken for hung.
const ATTACH_LIMIT: Duration = Duration::from_secs(15);
/// Maximum time that a server may take to stop before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// Maximum time that one question to a server may take before it is asked anew.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Number of times that a server is started when it exits at once, with a pause between. Locks and shared memory of a
/// killed server can outlive it for a moment.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// One server of a stack. The methods are for fault tests: they affect all users of the stack, and
/// the port and, but for Redis, the data stay the same.
#[derive(Debug)]
pub struct Server {
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    pub(crate) launch: Launch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Redis,
    MongoDb,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::MongoDb => "mongodb",
        }
    }

    pub fn signals(self) -> Signals {
        let (stop, discard) = match self {
            // Both make the main process end its children; only killed, it leaves shared memory.
            Self::Postgres => ("INT", "QUIT"),
            Self::Redis | Self::MongoDb => ("TERM", "KILL"),
        };
        Signals { stop, discard }
    }

    async fn answers(self, port: u16) -> bool {
        let answer = async {
            match self {
                Self::Postgres => postgres::answers(port).await,
                Self::Redis => redis::answers(port).await,
                Self::MongoDb => mongodb::answers(port).await,
            }
        };
        matches!(timeout(ANSWER_LIMIT, answer).await, Ok(Ok(true)))
    }
}

impl Server {
    /// `postgres`, `redis` or `mongodb`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.kind.name()
    }

    /// The TCP port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's (main) process, if it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process().map(|process| process.pid)
    }

    /// Starts the server if it does not run, and returns when it answers. One that runs but does
    /// not answer is started anew.
    ///
    /// # Errors
    ///
    /// [`Error::Exited`] or [`Error::NoAnswer`] when it does not come up within a minute.
    pub async fn start(&self) -> Result<(), Error> {
        if let Some(process) = self.process() {
            if self.ready(ATTACH_LIMIT, || self.pid().is_some()).await.is_ok() {
                return Ok(());
            }
            process.stop(self.launch.signals.stop, STOP_LIMIT).await?;
        }
        for _ in 1..ATTEMPTS {
            match self.launch().await {
                Err(Error::Exited { .. }) => sleep(PAUSE).await,
                result => return result,
            }
        }
        self.launch().await
    }

    /// Stops the server in an orderly way, if it runs; after half a minute it is killed.
    ///
    /// # Errors
    ///
    /// Only when the system refuses to send signals.
    pub async fn stop(&self) -> Result<(), Error> {
        match self.process() {
            Some(process) => process.stop(self.launch.signals.stop, STOP_LIMIT).await,
            None => Ok(()),
        }
    }

    /// Kills the server and its child processes by `SIGKILL`, if it runs.
    ///
    /// # Errors
    ///
    /// Only when the system refuses to send signals.
    pub async fn kill(&self) -> Result<(), Error> {
        match self.process() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    fn process(&self) -> Option<Process> {
        process::recorded(&self.launch.pid_file)
    }

    async fn launch(&self) -> Result<(), Error> {
        let mut child = self.launch.command()?.spawn().map_err(Error::io("run", &self.launch.program))?;
        self.ready(START_LIMIT, || matches!(child.try_wait(), Ok(None))).await?;
        tracing::debug!(server = self.name(), port = self.port, pid = child.id(), "started");
        Ok(())
    }

    /// Waits until the server answers.
    async fn ready(&self, limit: Duration, mut runs: impl FnMut() -> bool) -> Result<(), Error> {
        let ready = async {
            loop {
                let answers = self.kind.answers(self.port).await;
                // In this order: if our server is gone, it was another one that answered.
                if !runs() {
                    return Err(exited(self.kind, &self.launch));
                }
                if answers {
                    return Ok(());
                }
                sleep(POLL).await;
            }
        };
        timeout(limit, ready).await.unwrap_or_else(|_| {
            Err(Error::NoAnswer {
                name: self.kind.name(),
                waited: limit,
                log: self.launch.log.clone(),
                tail: process::tail(&self.launch.log),
            })
        })
    }
}

/// The error for a program that should not have exited.
pub(crate) fn exited(kind: Kind, launch: &Launch) -> Error {
    Error::Exited { name: kind.name(), log: launch.log.clone(), tail: process::tail(&launch.log) }
}
