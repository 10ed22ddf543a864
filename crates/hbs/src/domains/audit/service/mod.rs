//! Use cases: the record is listed here, and shown as the history of a booking by `timeline`; `export` writes it as a file,
//! `verification` proves it and compares its copies, `redelivery` gives MongoDB what it lacks, `reveal` opens what is sealed in
//! an entry.
mod export;
mod redelivery;
mod reveal;
mod timeline;
mod verification;

pub use export::export;
pub use redelivery::redeliver;
pub use reveal::reveal;
pub use timeline::timeline;
pub use verification::{Verification, astray, overall, verify, verify_all, verify_stream};

use super::dto::{AuditEntry, AuditFilter};
use super::error::AuditError;
use super::repository::{self, Place};
use crate::actors::Names;
use crate::app::App;
use crate::domains::bookings;
use crate::error::FieldError;
use crate::outbox::ActorKind;
use crate::outbox::sealed::hide_sealed;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::AuditRead;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel::QueryResult;
use futures_util::try_join;
use uuid::Uuid;

pub async fn list(app: &App, staff: &Staff<AuditRead>, filter: &AuditFilter, page: &PageQuery) -> Result<Page<AuditEntry>> {
    let (limit, before) = (page.limit()?, page.after()?);
    check(staff, filter)?;
    let place = Place::Before(before);
    let rows = repository::list(&app.mongo, &staff.scope, filter, place, limit + 1).await.map_err(|error| away(&error))?;
    let mut page = page.page(rows, |entry| entry.position)?;
    page.items.iter_mut().for_each(for_readers);
    name_actors(app, &mut page.items).await?;
    Ok(page)
}

/// Refuses a filter that asks for a hotel beyond the scope, or for no time at all.
fn check(staff: &Staff<AuditRead>, filter: &AuditFilter) -> Result<()> {
    if let Some(property_id) = filter.property_id {
        staff.at(property_id)?;
    }
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && to <= from
    {
        return Err(Error::invalid_fields(vec![FieldError::query("to", "must be later than from")]));
    }
    Ok(())
}

/// Leaves out of an entry the ciphertext of personal values, and tells that there is some.
fn for_readers(entry: &mut AuditEntry) {
    entry.is_revealable = hide_sealed(&mut entry.changes);
}

/// Writes into entries the names of those who acted.
async fn name_actors(app: &App, entries: &mut [AuditEntry]) -> Result<()> {
    let conn = app.db.conn().await?;
    let bookings: Vec<Uuid> = entries.iter().filter_map(|entry| entry.booking_id).collect();
    let (names, owners) = try_join!(names(&conn, entries), bookings::owners_of(&conn, &bookings))?;
    for entry in entries {
        let owner = entry.booking_id.and_then(|id| owners.get(&id).copied());
        entry.actor_name = name_of(entry, &names, owner);
    }
    Ok(())
}

/// The names of those who acted.
async fn names(conn: &Conn, entries: &[AuditEntry]) -> QueryResult<Names> {
    let actors: Vec<_> = entries.iter().map(|entry| (kind_of(entry), entry.actor_id)).collect();
    Names::read(conn, &actors).await
}

fn kind_of(entry: &AuditEntry) -> ActorKind {
    entry.actor_kind.parse().unwrap_or(ActorKind::System)
}

/// Returns the name of who acted. Whose booking or account it is, is a guest: their names are told by the booking alone.
fn name_of(entry: &AuditEntry, names: &Names, owner: Option<Uuid>) -> String {
    let kind = kind_of(entry);
    match (kind, entry.actor_id) {
        (ActorKind::User, Some(id)) if owner == Some(id) => "guest".to_owned(),
        (ActorKind::User, Some(id)) if names.has_no_role(id) => match entry.entity == "user" && entry.entity_id == id {
            true => "guest".to_owned(),
            // Guests act on things of their own, such as places in line; but whoever works nowhere now may have done so then.
            false => "guest or former staff".to_owned(),
        },
        (_, id) => names.of(kind, id),
    }
}

fn away(error: &mongodb::error::Error) -> Error {
    tracing::warn!(%error, "the audit trail could not be read");
    AuditError::Unavailable.into()
}
