//! Events of the record, as streams tell of them.
use crate::domains::notifications::dto::StreamEvent;
use crate::domains::notifications::repository;
use crate::domains::notifications::rules;
use crate::outbox::{Numbered, SYSTEM_STREAM};
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
struct Draft {
    position: i64,
    to: To,
    kind: &'static str,
    id: Uuid,
}

/// Writes those of some events that streams tell of, with the versions that things have by now.
pub async fn tell(conn: &Conn, events: &[Numbered]) -> Result<Vec<Told>> {
    let drafts: Vec<Draft> = events.iter().filter_map(draft).collect();
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let ids = |kind: &str| drafts.iter().filter(|draft| draft.kind.starts_with(kind)).map(|draft| draft.id).collect::<Vec<_>>();
    let people: Vec<Uuid> =
        drafts.iter().filter_map(|draft| if let To::Person(id) = draft.to { Some(id) } else { None }).collect();
    let hotels: Vec<Uuid> = drafts.iter().filter_map(|draft| draft.to.property_id()).collect();
    let (bookings, rooms, issues, own) = (ids("booking."), ids("room."), ids("issue."), ids("notification."));
    let (bookings, rooms, issues, own) = try_join!(
        repository::booking_versions(conn, &bookings),
        repository::room_versions(conn, &rooms),
        repository::issue_versions(conn, &hotels, &issues),
        repository::versions(conn, &people, &own),
    )?;
    let versions = [bookings, rooms, issues, own];
    let told = drafts.into_iter().map(|Draft { position, to, kind, id }| {
        let version = versions.iter().find_map(|versions| versions.get(&id)).copied();
        let event = StreamEvent { kind, id, version, sequence: position, property_id: to.property_id() };
        Ok(Told { position, to, text: written(position, kind, &event)? })
    });
    told.collect()
}

/// How an event is told of, and to whom; none if no stream tells of it.
fn draft(recorded: &Numbered) -> Option<Draft> {
    let (event, position) = (&recorded.event, recorded.position);
    if event.entity == "notification" {
        let user_id: Uuid = event.changes["user_id"]["after"].as_str()?.parse().ok()?;
        let kind = match event.kind.as_str() {
            "notification.created" => "notification.created",
            "notification.deleted" => "notification.deleted",
            "notification.all_read" => "notifications.read",
            _ => "notification.changed",
        };
        return Some(Draft { position, to: To::Person(user_id), kind, id: event.entity_id });
    }
    let seen = rules::seen(&event.kind, &event.entity).filter(|_| event.stream_id != SYSTEM_STREAM)?;
    let id = if seen.is_of_booking { event.booking_id? } else { event.entity_id };
    Some(Draft { position, to: To::Holders(seen.permission, event.stream_id), kind: seen.kind, id })
}

/// An event as it is sent.
pub fn written(id: i64, kind: &str, data: &impl Serialize) -> Result<String> {
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    Ok(format!("id: {id}\nevent: {kind}\ndata: {data}\n\n"))
}
