//! Imports of a process: a few at once, since a file may become several times its size, and off the async threads.
use super::column::Column;
use super::read::Sheet;
use crate::app::App;
use crate::error::problems;
use crate::middleware::ClientIp;
use crate::turns::{Permit, Turns};
use crate::workers::{Priority, Workers};
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::request::Parts;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Files that are imported at once, from the moment on in which a file is there.
const AT_ONCE: usize = 2;
/// Files that are received at once: who sends slowly holds one of these, and nobody who is done.
const RECEIVED_AT_ONCE: usize = 8;
/// Maximum number of imports that wait: of an address, and in all.
const MOST_OF_ADDRESS: usize = 16;
const MOST: usize = 1000;
/// Maximum time of waiting for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Turns of imports, and the thread that reads their files.
struct Imports {
    receiving: Arc<Turns<Option<IpAddr>>>,
    turns: Arc<Turns<Option<IpAddr>>>,
    workers: OnceLock<Workers>,
}

impl Default for Imports {
    fn default() -> Self {
        let turns = |at_once| Turns::new(at_once, MOST_OF_ADDRESS, MOST, PATIENCE);
        Self { receiving: turns(RECEIVED_AT_ONCE), turns: turns(AT_ONCE), workers: OnceLock::new() }
    }
}

impl Imports {
    fn workers(&self) -> Result<&Workers> {
        if let Some(workers) = self.workers.get() {
            return Ok(workers);
        }
        let workers = Workers::new("sheet", 1, Priority::Low)?;
        Ok(self.workers.get_or_init(|| workers))
    }
}

/// The right to send a file, taken before the file is received and held until it is imported. It stands after the
/// permission and before the body in a handler's arguments; 503 `server.busy` if others hold it for too long.
pub struct Receiving {
    from: Option<IpAddr>,
    permit: Permit<Option<IpAddr>>,
}

/// The right to import a file that has been received, held until it is imported.
#[must_use]
pub struct ImportTurn {
    _receiving: Permit<Option<IpAddr>>,
    _permit: Permit<Option<IpAddr>>,
}

impl Receiving {
    /// Takes the turn to import, once the file is there: whoever sends slowly keeps nobody from it. 503 `server.busy` if
    /// others hold it for too long.
    pub async fn turn(self, app: &App) -> Result<ImportTurn> {
        let permit = app.memory.of::<Imports>().turns.take(self.from).await.ok_or_else(busy)?;
        Ok(ImportTurn { _receiving: self.permit, _permit: permit })
    }
}

impl FromRequestParts<App> for Receiving {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Ok(ClientIp(from)) = ClientIp::from_request_parts(parts, app).await;
        let imports = app.memory.of::<Imports>();
        let permit = imports.receiving.take(from).await.ok_or_else(busy)?;
        Ok(Self { from, permit })
    }
}

fn busy() -> Error {
    let detail = "Other files are being imported at this moment. Try again in a few seconds.";
    Error::client(&problems::BUSY, detail).with_retry_after(5)
}

/// Reads a file off the async threads.
pub async fn open(app: &App, file: Bytes, columns: &'static [Column]) -> Result<Sheet> {
    let imports = app.memory.of::<Imports>();
    let read = move || Sheet::read(&file, columns);
    Ok(imports.workers()?.run(read).await??)
}
