//! Events of the record, as streams tell of them.
use crate::domains::notifications::dto::StreamEvent;
use crate::domains::notifications::repository;
use crate::domains::notifications::rules::{self, Of};
use crate::outbox::{self, Numbered, SYSTEM_STREAM, Thing};
use crate::security::Grants;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use futures_util::try_join;
use serde::Serialize;
use uuid::Uuid;

/// Events that are read at a time.
pub const BATCH: i64 = 1000;

/// An event that some stream tells of, written once for all of them.
#[derive(Debug)]
pub struct Told {
    pub position: i64,
    pub to: To,
    /// As it is sent: `id`, `event` and `data`.
    pub text: String,
}

/// Those to whom an event is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// One person.
    Person(Uuid),
    /// Whoever holds a permission at a property.
    Holders(&'static str, Uuid),
}

impl To {
    /// The property that it is about; none if it is about a person's own things.
    fn property_id(self) -> Option<Uuid> {
        match self {
            Self::Person(_) => None,
            Self::Holders(_, property_id) => Some(property_id),
        }
    }
}

impl Told {
    /// Returns `true` if a person with these grants is told.
    pub fn is_for(&self, user_id: Uuid, grants: &Grants) -> bool {
        match self.to {
            To::Person(id) => id == user_id,
            To::Holders(permission, property_id) => grants.holds(permission, Some(property_id)),
        }
    }
}

/// An event on the way to be told.
struct Draft<'a> {
    position: i64,
    to: To,
    kind: &'static str,
    thing: Thing<'a>,
    /// Number that stands for the version of what has none.
    number: Option<i64>,
}

/// Writes those of some events that streams tell of, with the versions that things have by now.
pub async fn tell(conn: &Conn, events: &[Numbered]) -> Result<Vec<Told>> {
    let drafts: Vec<Draft<'_>> = events.iter().filter_map(draft).collect();
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let things: Vec<Thing<'_>> = drafts.iter().map(|draft| draft.thing).collect();
    let of_person = |draft: &Draft<'_>| if let To::Person(id) = draft.to { Some((id, draft.thing.id)) } else { None };
    let (people, own): (Vec<Uuid>, Vec<Uuid>) = drafts.iter().filter_map(of_person).unzip();
    let (versions, own) = try_join!(outbox::versions(conn, &things), repository::versions(conn, &people, &own))?;
    let told = drafts.into_iter().map(|Draft { position, to, kind, thing, number }| {
        let version = number.or_else(|| versions.of(thing)).or_else(|| own.get(&thing.id).copied());
        let event = StreamEvent { kind, id: thing.id, version, sequence: position, property_id: to.property_id() };
        Ok(Told { position, to, text: written(position, kind, &event)? })
    });
    told.collect()
}

/// How an event is told of, and to whom; none if no stream tells of it.
fn draft(recorded: &Numbered) -> Option<Draft<'_>> {
    let (event, position) = (&recorded.event, recorded.position);
    if event.entity == "notification" {
        let user_id: Uuid = event.changes["user_id"]["after"].as_str()?.parse().ok()?;
        let kind = match event.kind.as_str() {
            "notification.created" => "notification.created",
            "notification.deleted" => "notification.deleted",
            "notification.all_read" => "notifications.read",
            _ => "notification.changed",
        };
        return Some(Draft { position, to: To::Person(user_id), kind, thing: Thing::from(recorded), number: None });
    }
    let seen = rules::seen(&event.kind, &event.entity).filter(|_| event.stream_id != SYSTEM_STREAM)?;
    let (thing, number) = match seen.of {
        Of::Thing => (Thing::from(recorded), None),
        Of::Booking => (Thing { entity: "booking", stream_id: event.stream_id, id: event.booking_id? }, None),
        Of::Numbered => (Thing::from(recorded), Some(recorded.seq)),
    };
    Some(Draft { position, to: To::Holders(seen.permission, event.stream_id), kind: seen.kind, thing, number })
}

/// An event as it is sent.
pub fn written(id: i64, kind: &str, data: &impl Serialize) -> Result<String> {
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    Ok(format!("id: {id}\nevent: {kind}\ndata: {data}\n\n"))
}
