//! The record as a file: one entry a line.
use super::{away, check, name_actors};
use crate::app::App;
use crate::domains::audit::dto::{AuditFilter, EndOfExport};
use crate::domains::audit::repository::{self, Place};
use crate::outbox::sealed::sealed_facts;
use crate::reading::{self, Reading};
use crate::security::permission::AuditRead;
use crate::security::{Scope, Staff};
use crate::{Error, Result};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

/// Number of entries that are in memory at a time.
const PAGE: i64 = 1000;

/// An export on its way.
struct Export {
    app: App,
    scope: Scope,
    filter: AuditFilter,
    /// Position of the last entry that is written, and of the last one that there was at the beginning.
    place: (i64, i64),
    written: usize,
    is_done: bool,
}

/// The entries that the filter finds, oldest first, as lines of JSON, up to the newest one that there is now. Fails if the
/// first page does; a failure after that ends the file before its last line, which says how many entries there are. Whoever
/// exports is on the record.
pub async fn export(
    app: App,
    staff: &Staff<AuditRead>,
    filter: AuditFilter,
) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + use<>> {
    check(staff, &filter)?;
    let newest = repository::newest_position(&app.mongo).await.map_err(|error| away(&error))?;
    let (scope, property_id) = (staff.scope.clone(), filter.property_id);
    let mut export = Export { app, scope, filter, place: (0, newest), written: 0, is_done: false };
    let first = export.page().await?;
    reading::record(&export.app, &staff.caller, &staff.scope, property_id, Reading::AuditExport).await?;
    let rest = stream::try_unfold(export, |mut export| async move {
        if export.is_done {
            return Ok(None);
        }
        let lines = export.page().await.map_err(|error| {
            tracing::warn!(?error, "an export of the audit trail ended early");
            std::io::Error::other("the export ended early")
        })?;
        Ok(Some((lines, export)))
    });
    Ok(stream::iter([Ok(first)]).chain(rest))
}

impl Export {
    /// The next lines, and after the last entry the line that ends the file.
    async fn page(&mut self) -> Result<Bytes> {
        let place = Place::Between(self.place.0, self.place.1);
        let found = repository::list(&self.app.mongo, &self.scope, &self.filter, place, PAGE).await;
        let mut entries = found.map_err(|error| away(&error))?;
        name_actors(&self.app, &mut entries).await?;
        let mut lines = Vec::new();
        for entry in &mut entries {
            // With the ciphertext, which hashes cover.
            entry.is_revealable = !sealed_facts(&entry.changes).is_empty();
            write_line(&mut lines, entry)?;
            self.place.0 = entry.position;
        }
        self.written += entries.len();
        self.is_done = i64::try_from(entries.len()).map_err(Error::internal)? < PAGE;
        if self.is_done {
            write_line(&mut lines, &EndOfExport { is_end: true, entries: self.written })?;
        }
        Ok(lines.into())
    }
}

fn write_line(lines: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(&mut *lines, value).map_err(Error::internal)?;
    lines.push(b'\n');
    Ok(())
}
