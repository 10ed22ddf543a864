use super::dto::{AuditEntry, AuditFilter, StreamOut, VerificationOut, VerifyQuery};
use super::error::AuditError;
use super::repository;
use crate::actors::Names;
use crate::app::App;
use crate::domains::bookings;
use crate::error::Or404;
use crate::outbox::{self, ActorKind, chain};
use crate::page::{Page, PageQuery};
use crate::security::permission::{AuditRead, BookingsRead};
use crate::security::{OwnOr, Staff};
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

pub async fn timeline(app: &App, who: &OwnOr<BookingsRead>, booking_id: Uuid, page: &PageQuery) -> Result<Page<AuditEntry>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let booking = bookings::find(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    drop(conn);
    let rows = repository::timeline(&app.mongo, booking_id, after, limit + 1).await.map_err(|error| away(&error))?;
    let page = page.page(rows, |entry| entry.position)?;
    if !who.reach.scope.covers(booking.property_id) {
        let Page { items, next_cursor } = page;
        let items = items.into_iter().filter_map(|entry| for_guest(entry, who.caller.id())).collect();
        return Ok(Page { items, next_cursor });
    }
    let conn = app.db.conn().await?;
    let names = names(&conn, &page.items).await?;
    Ok(page.map(|entry| AuditEntry { actor_name: name_of(&entry, &names, booking.user_id), ..entry }))
}

/// What guests may know of their booking. Whatever else is recorded is for the hotel: its notes and tags, who took a
/// signature, how folios are kept, and which room is meant before it is certain.
const FOR_GUESTS: [&str; 62] = [
    "adults",
    "amount_minor",
    "arrival_time",
    "awaits_payment",
    "awaits_proof",
    "booked_check_out",
    "booked_room_type_id",
    "booking_id",
    "cancellation_terms",
    "captured_minor",
    "channel",
    "check_in",
    "check_out",
    "children_ages",
    "closed_at",
    "contact_email",
    "contact_name",
    "contact_phone",
    "contact_proved_at",
    "currency",
    "expires_at",
    "fee",
    "first_night",
    "group_id",
    "guest_name",
    "hold_expires_at",
    "id",
    "is_hold_extended",
    "kind",
    "late_on",
    "lines",
    "locale",
    "method",
    "moved_on",
    "nightly_price",
    "position",
    "posting_id",
    "property_id",
    "proposed_difference_minor",
    "proposed_total_minor",
    "quote_expires_at",
    "rate_plan_id",
    "reason",
    "reference",
    "refunded_minor",
    "registered_guests",
    "room_type_id",
    "rooms",
    "signed_at",
    "special_requests",
    "split_from",
    "split_into",
    "status",
    "status_on",
    "stay_id",
    "total",
    "total_minor",
    "unpaid_balance",
    "user_id",
    "value_date",
    "wait_until",
    "waived_fee",
];

/// Hides from guests which member of staff acted, why, and what is for the hotel alone. Returns nothing for what was
/// about such things only.
fn for_guest(mut entry: AuditEntry, guest: Uuid) -> Option<AuditEntry> {
    let is_own = entry.actor_id == Some(guest);
    entry.actor_name = match kind_of(&entry) {
        ActorKind::User | ActorKind::ApiKey => if is_own { "guest" } else { "hotel" }.to_owned(),
        ActorKind::GuestLink => "guest".to_owned(),
        ActorKind::Anonymous | ActorKind::System => entry.actor_kind.clone(),
    };
    if !is_own {
        entry.actor_id = None;
        entry.request_id = None;
    }
    if let Some(changes) = entry.changes.as_object_mut() {
        let was_empty = changes.is_empty();
        changes.retain(|name, _| FOR_GUESTS.contains(&name.as_str()));
        if entry.actor_id.is_none() {
            // Of old, reasons were told in clear.
            changes.remove("reason");
        }
        if changes.is_empty() && !was_empty {
            return None;
        }
    }
    Some(entry)
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
    /// Number of the last entry that retention has taken out of PostgreSQL; 0 if none.
    pub pruned_seq: i64,
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
        .map(|Verification { stream_id, entries, first_broken_seq, pruned_seq }| StreamOut {
            stream_id,
            entries,
            first_broken_seq,
            pruned_seq,
        })
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

/// Recomputes a chain of `entries` from the first that is in PostgreSQL to its last entry. A missing one breaks it.
pub async fn verify_stream(app: &App, stream_id: Uuid, entries: i64) -> Result<Verification> {
    let conn = app.db.conn().await?;
    loop {
        let beginning = outbox::beginning(&conn, stream_id).await?;
        let verified = verify_from(&conn, stream_id, entries, &beginning).await?;
        // What left the outbox meanwhile is not missing.
        if verified.first_broken_seq.is_none() || outbox::beginning(&conn, stream_id).await? == beginning {
            return Ok(verified);
        }
    }
}

async fn verify_from(conn: &Conn, stream_id: Uuid, entries: i64, beginning: &outbox::Beginning) -> Result<Verification> {
    let outbox::Beginning { seq: pruned_seq, hash } = beginning;
    let (mut seq, mut hash) = (*pruned_seq, hash.clone());
    let verified = |seq: i64, first_broken_seq: Option<i64>| Verification {
        stream_id,
        entries: seq - pruned_seq,
        first_broken_seq,
        pruned_seq: *pruned_seq,
    };
    loop {
        let batch = outbox::chain_after(conn, stream_id, seq, BATCH).await?;
        for entry in &batch {
            if entry.seq != seq + 1 || !chain::holds(&hash, entry) {
                return Ok(verified(seq, Some(seq + 1)));
            }
            seq = entry.seq;
            hash.clone_from(&entry.hash);
        }
        if batch.is_empty() {
            return Ok(verified(seq, (seq < entries).then_some(seq + 1)));
        }
    }
}
