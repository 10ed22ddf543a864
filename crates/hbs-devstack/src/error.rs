use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reason why the servers cannot be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not installed.
    #[error("`{program}` was not found: install it, or run scripts/install-deps.sh (`make deps`)")]
    Missing {
        /// The program looked for.
        program: &'static str,
    },
    /// There is no other user to run PostgreSQL as, which refuses to run as root.
    #[error("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor a user `nobody`")]
    NoUser,
    /// A file operation failed.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// Action that was tried, such as "create".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The directory belongs to another operating system user.
    #[error("{} belongs to another user; use it as that user, or remove it", .path.display())]
    OtherUser {
        /// The file or directory that does.
        path: PathBuf,
    },
    /// Other users of the directory were starting or stopping the servers for too long.
    #[error("another process has been starting or stopping the servers in {} for {waited:?}", .dir.display())]
    Busy {
        /// The directory of the stack.
        dir: PathBuf,
        /// Time that was waited.
        waited: Duration,
    },
    /// A server, or a program that prepares its data, exited while starting.
    #[error("{name} exited while starting; the end of {}:\n{tail}", .log.display())]
    Exited {
        /// The server.
        name: &'static str,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// MongoDB did not become a replica set with the user of HBS.
    #[error("cannot set MongoDB up: {0}")]
    MongoDb(#[from] ::mongodb::error::Error),
    /// A server runs but does not answer.
    #[error("{name} did not answer within {waited:?}; the end of {}:\n{tail}", .log.display())]
    NoAnswer {
        /// The server.
        name: &'static str,
        /// Time that was waited.
        waited: Duration,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// Servers are still running, or a throw-away directory is still there.
    #[error("the servers in {} were not stopped and cleaned up: {reason}", .dir.display())]
    NotStopped {
        /// The directory of the stack.
        dir: PathBuf,
        /// Failure that was found.
        reason: String,
    },
}

impl Error {
    /// For `map_err` on a file operation.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
