//! Use cases: the record is listed here, and shown as the history of a booking; `export` writes it as a file, `verification`
//! proves it and compares its copies, `redelivery` gives MongoDB what it lacks.
mod export;
mod redelivery;
mod verification;

pub use export::export;
pub use redelivery::redeliver;
pub use verification::{Verification, astray, overall, verify, verify_all, verify_stream};

use super::dto::{AuditEntry, AuditFilter};
use super::error::AuditError;
use super::repository::{self, Place};
use crate::actors::Names;
use crate::app::App;
use crate::domains::bookings;
use crate::error::{FieldError, Or404};
use crate::outbox::ActorKind;
use crate::page::{Page, PageQuery};
use crate::security::permission::{AuditRead, BookingsRead};
use crate::security::{OwnOr, Staff};
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
