mod timeline;

pub use timeline::timeline;

use super::dto::{AuditEntry, AuditFilter, StreamOut, VerificationOut, VerifyQuery};
use super::error::AuditError;
use super::repository;
use crate::actors::Names;
use crate::app::App;
use crate::domains::bookings;
use crate::outbox::{self, ActorKind, chain};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::AuditRead;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel::QueryResult;
use futures_util::try_join;
use uuid::Uuid;

const BATCH: i64 = 1000;

pub async fn list(app: &App, staff: &Staff<AuditRead>, filter: &AuditFilter, page: &PageQuery) -> Result<Page<AuditEntry>> {
    let (limit, before) = (page.limit()?, page.after()?);
    if let Some(property_id) = filter.property_id {
        staff.at(property_id)?;
    }
    let rows = repository::list(&app.mongo, &staff.scope, filter, before, limit + 1).await.map_err(|error| away(&error))?;
    let mut page = page.page(rows, |entry| entry.position)?;
    let conn = app.db.conn().await?;
    let bookings: Vec<Uuid> = page.items.iter().filter_map(|entry| entry.booking_id).collect();
    let (names, owners) = try_join!(names(&conn, &page.items), bookings::owners_of(&conn, &bookings))?;
    for entry in &mut page.items {
        let owner = entry.booking_id.and_then(|id| owners.get(&id).copied());
        entry.actor_name = name_of(entry, &names, owner);
    }
    Ok(page)
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

/// Result of verifying a stream: the number of recomputed entries, and the first broken one, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    pub stream_id: Uuid,
    pub entries: i64,
    pub first_broken_seq: Option<i64>,
}

/// Recomputes the chains that the caller may see.
pub async fn verify(app: &App, staff: &Staff<AuditRead>, query: &VerifyQuery) -> Result<VerificationOut> {
    if let Some(property_id) = query.property_id {
        staff.at(property_id)?;
    }
    let conn = app.db.conn().await?;
    let streams = outbox::counts(&conn).await?;
    drop(conn);
    let mut verified = Vec::new();
    for (stream_id, entries) in streams {
        let asked = query.property_id.is_none_or(|property_id| property_id == stream_id);
        if asked && repository::may_see(&staff.scope, stream_id) {
            verified.push(verify_stream(app, stream_id, entries).await?);
        }
    }
    let intact = verified.iter().all(|stream| stream.first_broken_seq.is_none());
    let streams = verified
        .into_iter()
        .map(|Verification { stream_id, entries, first_broken_seq }| StreamOut { stream_id, entries, first_broken_seq })
        .collect();
    Ok(VerificationOut { intact, streams })
}

/// Recomputes every chain, telling of each as it is done.
pub async fn verify_all(app: &App, mut tell: impl FnMut(&Verification)) -> Result<Vec<Verification>> {
    let conn = app.db.conn().await?;
    let streams = outbox::counts(&conn).await?;
    drop(conn);
    let mut verified = Vec::new();
    for (stream_id, entries) in streams {
        let verification = verify_stream(app, stream_id, entries).await?;
        tell(&verification);
        verified.push(verification);
    }
    Ok(verified)
}

/// Recomputes a chain of `entries` from its first to its last entry. A missing one breaks it.
pub async fn verify_stream(app: &App, stream_id: Uuid, entries: i64) -> Result<Verification> {
    let conn = app.db.conn().await?;
    let (mut seq, mut hash) = (0, chain::GENESIS.to_vec());
    loop {
        let batch = outbox::chain_after(&conn, stream_id, seq, BATCH).await?;
        for entry in &batch {
            if entry.seq != seq + 1 || !chain::holds(&hash, entry) {
                return Ok(Verification { stream_id, entries: seq, first_broken_seq: Some(seq + 1) });
            }
            seq = entry.seq;
            hash.clone_from(&entry.hash);
        }
        if batch.is_empty() {
            let first_broken_seq = (seq < entries).then_some(seq + 1);
            return Ok(Verification { stream_id, entries: seq, first_broken_seq });
        }
    }
}
