//! Private PostgreSQL, Redis and MongoDB servers on 127.0.0.1, for `hbs dev` and for the tests and
//! benches.
//!
//! [`DevStack::start`] starts the three servers, or attaches to those that another user of the
//! same directory already runs. The servers stop when the last user is gone, however it went: by
//! [`DevStack::stop`], by dropping the stack, by a panic or by `SIGKILL`. A small watchdog process
//! per user sees to that.
//!
//! In the directory of a stack:
//!
//! - `stack.json`: the ports;
//! - `mongodb-key`: MongoDB wants one;
//! - `postgres/`, `redis/`, `mongodb/`: the data. PostgreSQL refuses to run as root, so for root
//!   `postgres` is a link to a place that the `postgres` user can reach;
//! - `log/`: the servers' logs, of this run and the one before;
//! - `run/`: which processes are ours;
//! - `starting.lock`: held exclusively while the servers are started or stopped;
//! - `in-use.lock`: held in shared mode for every user.

mod error;
mod layout;
mod mongodb;
mod options;
mod ports;
mod postgres;
mod process;
mod programs;
mod redis;
mod server;
mod watchdog;

use std::path::Path;
use std::time::Instant;

pub use error::Error;
pub use options::{Options, dev_dir_from_env};
pub use server::Server;

use layout::Layout;
use ports::Ports;
use programs::Programs;
use watchdog::Watchdog;

/// Running PostgreSQL, Redis and MongoDB servers.
///
/// Dropping it returns at once and stops the servers in the background, unless the directory has
/// another user; [`DevStack::stop`] waits until they have stopped.
#[derive(Debug)]
pub struct DevStack {
    layout: Layout,
    servers: Servers,
    database_url: String,
    redis_url: String,
    mongodb_url: String,
    watchdog: Watchdog,
}

#[derive(Debug)]
struct Servers {
    postgres: Server,
    redis: Server,
    mongodb: Server,
}

impl DevStack {
    /// Starts the servers, or attaches to the running ones of the same directory, and returns when
    /// all three answer.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when a server program is not installed; [`Error::Exited`] or
    /// [`Error::NoAnswer`], with the end of the log, when a server does not come up within a
    /// minute; [`Error::MongoDb`] when MongoDB refuses its users; [`Error::Busy`] when another user starts or stops the servers
    /// for that long.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let began = Instant::now();
        let programs = Programs::find(&options)?;
        let layout = Layout::create(&options)?;
        let starting = layout.lock_starting().await?;
        // From here on the servers get stopped whatever happens to this process.
        let mut watchdog = Watchdog::spawn(&programs.flock, &layout)?;
        let started = start_servers(&programs, &layout, options.durable, &mut watchdog).await;
        drop(starting);
        let servers = match started {
            Ok(servers) => servers,
            Err(error) => {
                if let Err(error) = watchdog.finish().await {
                    tracing::warn!(%error, "the servers that did start were not stopped");
                }
                return Err(error);
            }
        };
        tracing::debug!(dir = %layout.dir.display(), elapsed = ?began.elapsed(), "servers ready");
        Ok(Self {
            database_url: postgres::url(servers.postgres.port()),
            redis_url: redis::url(servers.redis.port()),
            mongodb_url: mongodb::url(servers.mongodb.port()),
            layout,
            servers,
            watchdog,
        })
    }

    /// The directory of the stack; see the crate's documentation for what is in it.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.layout.dir
    }

    /// The PostgreSQL database `hbs`, as its superuser `hbs`, without a password.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// Redis, without a database number.
    #[must_use]
    pub fn redis_url(&self) -> &str {
        &self.redis_url
    }

    /// MongoDB, as a user with the rights of HBS, to be addressed directly and without a database name.
    #[must_use]
    pub fn mongodb_url(&self) -> &str {
        &self.mongodb_url
    }

    /// The PostgreSQL server.
    #[must_use]
    pub fn postgres(&self) -> &Server {
        &self.servers.postgres
    }

    /// The Redis server. It keeps its data in memory only.
    #[must_use]
    pub fn redis(&self) -> &Server {
        &self.servers.redis
    }

    /// The MongoDB server.
    #[must_use]
    pub fn mongodb(&self) -> &Server {
        &self.servers.mongodb
    }

    /// Stops the servers, unless the directory has another user, removes a throw-away directory,
    /// and returns when that is done.
    ///
    /// # Errors
    ///
    /// [`Error::NotStopped`] when a server withstood `SIGKILL` or the directory could not be
    /// removed.
    pub async fn stop(self) -> Result<(), Error> {
        self.watchdog.finish().await
    }
}

async fn start_servers(programs: &Programs, layout: &Layout, durable: bool, watchdog: &mut Watchdog) -> Result<Servers, Error> {
    layout.prepare_postgres()?;
    let mut ports = Ports::settle(layout)?;
    loop {
        let servers = Servers::new(programs, layout, ports, durable);
        let Err(error) = servers.start(programs, layout, durable).await else {
            watchdog.remember(servers.all()).await?;
            return Ok(servers);
        };
        // Between the choice of a port and the server's use of it, another program may take it.
        let settled = Ports::settle(layout)?;
        if settled == ports {
            return Err(error);
        }
        ports = settled;
    }
}

impl Servers {
    fn new(programs: &Programs, layout: &Layout, ports: Ports, durable: bool) -> Self {
        Self {
            postgres: postgres::server(programs, layout, ports.postgres, durable),
            redis: redis::server(programs, layout, ports.redis),
            mongodb: mongodb::server(programs, layout, ports.mongodb),
        }
    }

    fn all(&self) -> [&Server; 3] {
        [&self.postgres, &self.redis, &self.mongodb]
    }

    /// Starts all at once. It waits for each even when one fails, so that nothing is half-started
    /// when it returns.
    async fn start(&self, programs: &Programs, layout: &Layout, durable: bool) -> Result<(), Error> {
        let postgres = async {
            postgres::create_database(programs, layout, durable).await?;
            postgres::remove_stale_lock(layout)?;
            self.postgres.start().await
        };
        let mongodb = async {
            mongodb::prepare(layout)?;
            let port = self.mongodb.port();
            tokio::select! {
                started = self.mongodb.start() => started?,
                Err(error) = mongodb::initiate(port) => return Err(error),
            }
            mongodb::create_users(port).await
        };
        let (postgres, redis, mongodb) = tokio::join!(postgres, self.redis.start(), mongodb);
        postgres.and(redis).and(mongodb)
    }
}
