//! Reads of personal data on the record: exports, which show many people at once, and what is masked, or sealed in the record
//! itself, and was shown in full. Reads of the documents of guests have events of their own.
use crate::Result;
use crate::app::App;
use crate::outbox::{self, Entity, Event, Recorded};
use crate::security::{Caller, Scope};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// A read of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    AuditExport,
    BookingsExport,
}

impl Reading {
    const fn as_str(self) -> &'static str {
        match self {
            Self::AuditExport => "audit_export",
            Self::BookingsExport => "bookings_export",
        }
    }
}

/// Something masked that is shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revealing {
    GuestDocument,
    StayGuestDocument,
}

impl Revealing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::GuestDocument => "guest_document",
            Self::StayGuestDocument => "stay_guest_document",
        }
    }
}

/// Something that was read, at a property or at all.
struct Read(Entity);

impl Recorded for Read {
    const ENTITY: &'static str = "personal_data";
    const OPEN: &'static [&'static str] = &["source", "position", "entry_id", "entry_kind", "fields"];
    const SEALED: &'static [&'static str] = &["reason"];

    fn entity(&self) -> Entity {
        self.0
    }
}

/// Puts on the record who reads personal data, before it is shown: at the property that was asked for, else at each within the
/// scope. A scope of all is on the record of none. What cannot be recorded is not shown.
pub async fn record(app: &App, caller: &Caller, scope: &Scope, property_id: Option<Uuid>, reading: Reading) -> Result<()> {
    let places: Vec<Option<Uuid>> = match (property_id, scope) {
        (Some(property_id), _) => vec![Some(property_id)],
        (None, Scope::All) => vec![None],
        (None, Scope::Properties(ids)) => ids.iter().copied().map(Some).collect(),
    };
    let (id, cause) = (Uuid::now_v7(), caller.cause(app.clock.now()));
    let read = |property_id| Read(Entity::new(id).at(property_id));
    let event = |property_id| Event::of("personal_data.read", &read(property_id)).with("source", reading.as_str());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| outbox::publish(conn, &cause, places.into_iter().map(event)).await).await?;
    app.relay.wake();
    Ok(())
}

/// Personal values of an entry of the record that are revealed.
pub struct RevealedEntry<'a> {
    pub id: Uuid,
    /// Subject of the entry: with its keys, that of the reason is destroyed too.
    pub entity_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub kind: &'a str,
    pub fields: &'a [&'a str],
    pub reason: &'a str,
}

/// Puts on the record who reveals personal values and why, before they are shown: at the property of the entry.
pub async fn record_reveal(app: &App, caller: &Caller, property_id: Option<Uuid>, entry: &RevealedEntry<'_>) -> Result<()> {
    let about = Entity::new(entry.entity_id).at(property_id).in_booking(entry.booking_id);
    let event = Event::of("personal_data.revealed", &Read(about))
        .with("entry_id", entry.id)
        .with("entry_kind", entry.kind)
        .with("fields", entry.fields)
        .with("reason", entry.reason);
    let cause = caller.cause(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| outbox::publish(conn, &cause, [event]).await).await?;
    app.relay.wake();
    Ok(())
}

/// The event that somebody was shown in full what is masked of an entity: to be published before it is shown.
pub fn revealed(of: Entity, what: Revealing) -> Event {
    Event::of("personal_data.revealed", &Read(of)).with("source", what.as_str())
}
