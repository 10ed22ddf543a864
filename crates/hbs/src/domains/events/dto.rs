use super::rules::kinds::{self, Kind};
use super::rules::page::Stretch;
use super::rules::schema;
use crate::http::valid::sets;
use crate::numbers::hex;
use crate::outbox::{self, Link, Numbered, SYSTEM_STREAM};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

pub const DEFAULT_LIMIT: i64 = 50;

/// Kinds of events, as text with commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds(pub BTreeSet<&'static str>);

impl TryFrom<String> for Kinds {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let known = words.map(|word| kinds::find(word).map(|kind| kind.name).ok_or_else(|| unknown(word)));
        let kinds: BTreeSet<&'static str> = known.collect::<Result<_, _>>()?;
        if kinds.is_empty() { Err("names no kind".into()) } else { Ok(Self(kinds)) }
    }
}

fn unknown(word: &str) -> String {
    let word: String = word.chars().take(60).collect();
    format!("has a kind that is not in the catalogue: {word:?}")
}

/// Part of the feed that is asked for.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct FeedQuery {
    /// Position after which the page begins: `next_after` of the page before; 0 for the beginning.
    #[garde(inner(range(min = 0, max = 1_000_000_000_000_i64)))]
    #[param(example = 0, default = 0, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub after: Option<i64>,
    /// Kinds of events, separated by commas, as in the catalogue of kinds; all if left out. Of events of other kinds, the page
    /// tells sequence number and hash.
    #[serde(deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "booking.created,booking.status_changed", pattern = r"^[a-z_., ]*$")]
    pub kinds: Option<Kinds>,
    /// Identifier of the property; all that you may see if left out.
    pub property_id: Option<Uuid>,
    /// Maximum number of events, 1 to 200.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(example = 50, default = 50, minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Seconds to wait for an event where there is none yet, up to 20; 0 answers at once.
    #[garde(inner(range(min = 0, max = 20)))]
    #[param(example = 0, default = 0, minimum = 0, maximum = 20)]
    pub wait: Option<i64>,
}

/// Event without the values of what changed: who wants to know those reads the thing itself, with what they may see by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EventPayload {
    /// Identifier of the event. An event that comes twice has the same.
    pub id: Uuid,
    /// Kind of the event.
    #[serde(rename = "type")]
    #[schema(example = "booking.created")]
    pub kind: String,
    /// Time of the event (UTC).
    pub timestamp: DateTime<Utc>,
    /// Position of the event among all events: later ones have greater positions. Those of a reader have gaps, for events that
    /// are not theirs to see; `data.seq` has none.
    pub sequence: i64,
    /// Identifiers of what the event is about.
    pub data: EventData,
}

/// Identifiers of what an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EventData {
    /// Property that the event belongs to; null if it belongs to none.
    pub property_id: Option<Uuid>,
    /// Stream of the event: its property, or the nil UUID for events that belong to none.
    pub stream_id: Uuid,
    /// Number of the event within its stream, from 1 without a gap. It grows from event to event of each thing and each booking.
    pub seq: i64,
    /// Kind of the thing that changed.
    #[schema(example = "booking")]
    pub entity: String,
    /// Identifier of the thing that changed.
    pub entity_id: Uuid,
    /// Identifier of the booking that the event belongs to; null if it belongs to none.
    pub booking_id: Option<Uuid>,
    /// Version of the thing, as in its `ETag`, with this change in it; null of kinds that say `has_version: false`, and where the
    /// thing was gone.
    pub version: Option<i64>,
    /// Names of the changed fields, without their values.
    #[schema(example = json!(["check_out", "total"]))]
    pub changed: Vec<String>,
}

/// Returns what is told of an event outside of HBS, by the feed and by webhooks.
pub fn payload(numbered: &Numbered) -> EventPayload {
    let Numbered { event, position, seq, .. } = numbered;
    let changed = event.changes.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
    EventPayload {
        id: event.event_id,
        kind: event.kind.clone(),
        timestamp: event.occurred_at,
        sequence: *position,
        data: EventData {
            property_id: property(event.stream_id),
            stream_id: event.stream_id,
            seq: *seq,
            entity: event.entity.clone(),
            entity_id: event.entity_id,
            booking_id: event.booking_id,
            version: event.version,
            changed,
        },
    }
}

fn property(stream_id: Uuid) -> Option<Uuid> {
    (stream_id != SYSTEM_STREAM).then_some(stream_id)
}

/// Event of the feed, with its place in the hash chain of its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FeedEvent {
    /// Identifier of the event. An event that comes twice has the same.
    pub id: Uuid,
    /// Kind of the event.
    #[serde(rename = "type")]
    #[schema(example = "booking.created")]
    pub kind: String,
    /// Time of the event (UTC).
    pub timestamp: DateTime<Utc>,
    /// Position of the event among all events: later ones have greater positions. Those of a reader have gaps, for events that
    /// are not theirs to see; `data.seq` has none.
    pub sequence: i64,
    /// Identifiers of what the event is about.
    pub data: EventData,
    /// Hash of the event before in the stream, in hexadecimal; all zeros for the first event.
    pub prev_hash: String,
    /// SHA-256 hash of the event, which covers the one before, in hexadecimal.
    pub hash: String,
}

impl From<&Numbered> for FeedEvent {
    fn from(numbered: &Numbered) -> Self {
        let EventPayload { id, kind, timestamp, sequence, data } = payload(numbered);
        Self { id, kind, timestamp, sequence, data, prev_hash: hex(&numbered.prev_hash), hash: hex(&numbered.hash) }
    }
}

/// Event that the filter left out: its place in the chain only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// Number of the event within its stream.
    pub seq: i64,
    /// Hash of the event, in hexadecimal.
    pub hash: String,
}

impl From<&Link> for LeftOut {
    fn from(link: &Link) -> Self {
        Self { seq: link.seq, hash: hex(&link.hash) }
    }
}

/// Stretch of a stream that a page covers without a gap: each of its numbers is among the events or among those left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StreamStretch {
    /// Stream: a property, or the nil UUID for events that belong to none.
    pub stream_id: Uuid,
    /// Property of the stream; null for events that belong to none.
    pub property_id: Option<Uuid>,
    /// Number of the first event of the stretch.
    pub from_seq: i64,
    /// Number of the last event of the stretch.
    pub to_seq: i64,
    /// Hash of the event before the stretch, in hexadecimal; all zeros at the beginning of the stream.
    pub prev_hash: String,
    /// Hash of the last event of the stretch, in hexadecimal.
    pub hash: String,
    /// Events of the stretch that the filter left out, by number.
    pub left_out: Vec<LeftOut>,
}

impl From<&Stretch> for StreamStretch {
    fn from(stretch: &Stretch) -> Self {
        Self {
            stream_id: stretch.stream_id,
            property_id: property(stretch.stream_id),
            from_seq: stretch.from_seq,
            to_seq: stretch.to_seq,
            prev_hash: hex(&stretch.prev_hash),
            hash: hex(&stretch.hash),
            left_out: stretch.left_out.iter().map(LeftOut::from).collect(),
        }
    }
}

/// Page of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FeedPage {
    /// Events of the page, in the order of their positions. There may be none although there is more: the filter left them out.
    pub items: Vec<FeedEvent>,
    /// Stretches of the streams of which the page has read something, for the proof that nothing is missing.
    pub streams: Vec<StreamStretch>,
    /// Position up to which the page has read: `after` of the next request.
    pub next_after: i64,
    /// `true` if there is more to read now.
    pub has_more: bool,
}

/// A kind of event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EventKind {
    /// Name of the kind.
    #[schema(example = "booking.created")]
    pub name: &'static str,
    /// Kind of the thing that events of this kind are about.
    #[schema(example = "booking")]
    pub entity: &'static str,
    /// Sentence that says what happened.
    #[schema(example = "A booking was made.")]
    pub about: &'static str,
    /// `true` if the things that events of this kind are about have versions: then `data.version` tells it, unless the thing was
    /// gone.
    pub has_version: bool,
    /// Version of the schema. Members may be added without a new one: readers pass over those that they do not know.
    #[schema(example = 1)]
    pub schema_version: u32,
    /// Address of the JSON schema of its events.
    #[schema(example = "/v1/event-kinds/booking.created/schema")]
    pub schema: String,
}

impl From<&Kind> for EventKind {
    fn from(kind: &Kind) -> Self {
        let Kind { name, entity, about } = *kind;
        Self {
            name,
            entity,
            about,
            has_version: outbox::has_version(entity),
            schema_version: schema::VERSION,
            schema: format!("/v1/event-kinds/{name}/schema"),
        }
    }
}

/// JSON schema of the events of a kind (2020-12).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(value_type = Object)]
pub struct EventSchema(pub serde_json::Value);
