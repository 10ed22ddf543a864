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

/// Imports at once, from the moment on in which a file begins to come.
const AT_ONCE: usize = 2;
/// Maximum number of imports that wait: of an address, and in all.
const MOST_OF_ADDRESS: usize = 16;
const MOST: usize = 1000;
/// Maximum time of waiting for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Turns of imports, and the thread that reads their files.
struct Imports {
    turns: Arc<Turns<Option<IpAddr>>>,
    workers: OnceLock<Workers>,
}

impl Default for Imports {
    fn default() -> Self {
        Self { turns: Turns::new(AT_ONCE, MOST_OF_ADDRESS, MOST, PATIENCE), workers: OnceLock::new() }
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

/// The right to import a file, taken before the file is read and held until it is imported. It stands after the
/// permission and before the body in a handler's arguments; 503 `server.busy` if others hold it for too long.
pub struct ImportTurn {
    _permit: Permit<Option<IpAddr>>,
}

impl FromRequestParts<App> for ImportTurn {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Ok(ClientIp(from)) = ClientIp::from_request_parts(parts, app).await;
        let imports = app.memory.of::<Imports>();
        let permit = imports.turns.take(from).await.ok_or_else(busy)?;
        Ok(Self { _permit: permit })
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
