//! Reads of personal data on the record: exports, which show many people at once. The documents of guests have events of their
//! own.
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

/// Something that was read, at a property or at all.
struct Read {
    id: Uuid,
    property_id: Option<Uuid>,
}

impl Recorded for Read {
    const ENTITY: &'static str = "personal_data";
    const OPEN: &'static [&'static str] = &["source"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
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
    let event = |property_id| Event::of("personal_data.read", &Read { id, property_id }).with("source", reading.as_str());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| outbox::publish(conn, &cause, places.into_iter().map(event)).await).await?;
    app.relay.wake();
    Ok(())
}
