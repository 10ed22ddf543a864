use super::model::{ConflictReason, ConflictStatus, FeedConflict, FeedExport, FeedImport};
use super::rules;
use crate::http::valid::present;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFeedExport {
    #[garde(skip)]
    pub property_id: Uuid,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "Room 101 for the holiday site")]
    pub name: String,
    /// A room: the calendar has the nights on which it is occupied or blocked. Either this or `room_type_id`.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// A room type: the calendar has the nights on which no room of it is left.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedExportOut {
    pub id: Uuid,
    pub property_id: Uuid,
    #[schema(example = "Room 101 for the holiday site")]
    pub name: String,
    pub room_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<FeedExport> for FeedExportOut {
    fn from(row: FeedExport) -> Self {
        let FeedExport {
            property_id,
            id,
            name,
            room_id,
            room_type_id,
            content_hash: _,
            content_changed_at: _,
            version,
            created_at,
            updated_at,
        } = row;
        Self { id, property_id, name, room_id, room_type_id, version, created_at, updated_at }
    }
}

/// An export with its address, which is shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NewFeedExportOut {
    #[serde(flatten)]
    pub feed: FeedExportOut,
    /// Where the calendar is, at the address of this API. Whoever knows it can read it.
    #[schema(example = "/v1/feeds/2Xy…Q.ics")]
    pub path: String,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFeedImport {
    #[garde(skip)]
    pub property_id: Uuid,
    /// The room that its events block.
    #[garde(skip)]
    pub room_id: Uuid,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "Holiday site, room 101")]
    pub name: String,
    /// Where it is fetched. Without it, the file is uploaded.
    #[garde(inner(length(bytes, min = 1, max = 2000)))]
    #[schema(example = "https://www.example.com/calendar/ical/4711.ics?s=2b7e")]
    pub url: Option<String>,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateFeedImport {
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<String>,
    /// Another address, or the first one of a feed that was uploaded.
    #[garde(inner(length(bytes, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "present")]
    pub url: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedImportOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub room_id: Uuid,
    #[schema(example = "Holiday site, room 101")]
    pub name: String,
    pub url: Option<String>,
    /// When the feed was last read whole, or said that nothing is new.
    pub last_success_at: Option<DateTime<Utc>>,
    /// What was wrong the last time; null if nothing was.
    #[schema(example = "the server answered 404")]
    pub last_error: Option<String>,
    /// Whether it should have been read and could not for so long that its blocks may be out of date. Never of uploaded ones.
    pub is_stale: bool,
    pub next_poll_at: Option<DateTime<Utc>>,
    /// How many of its conflicts are open.
    pub open_conflicts: i64,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl FeedImportOut {
    pub fn new(row: FeedImport, open: &HashMap<Uuid, i64>, stale_after: TimeDelta, now: DateTime<Utc>) -> Self {
        let is_stale = rules::is_stale(&row, stale_after, now);
        let FeedImport {
            property_id,
            id,
            room_id,
            name,
            url,
            etag: _,
            last_modified: _,
            next_poll_at,
            failures: _,
            last_success_at,
            last_error,
            stale_since: _,
            version,
            created_at,
            updated_at,
        } = row;
        let open_conflicts = open.get(&id).copied().unwrap_or(0);
        Self {
            id,
            property_id,
            room_id,
            name,
            url,
            last_success_at,
            last_error,
            is_stale,
            next_poll_at,
            open_conflicts,
            version,
            created_at,
            updated_at,
        }
    }
}

/// What reading a calendar did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FeedReport {
    /// Blocks that were made.
    pub added: usize,
    /// Blocks that have other nights.
    pub moved: usize,
    /// Blocks that were released.
    pub released: usize,
    /// Events that are no blocks: see the conflicts.
    pub conflicts: usize,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedConflictOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub feed_id: Uuid,
    /// What the event is called in the feed.
    pub uid: String,
    /// The first night that it asks for, from today on; null if it does not say.
    pub from: Option<NaiveDate>,
    /// The day after the last night.
    pub to: Option<NaiveDate>,
    pub reason: ConflictReason,
    pub status: ConflictStatus,
    #[schema(example = "Guest moved to 102 by hand")]
    pub note: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<FeedConflict> for FeedConflictOut {
    fn from(row: FeedConflict) -> Self {
        let FeedConflict {
            property_id,
            id,
            feed_id,
            uid,
            from_date,
            to_date,
            reason,
            status,
            note,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            property_id,
            feed_id,
            uid,
            from: from_date,
            to: to_date,
            reason,
            status,
            note,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Which feeds.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct FeedFilter {
    pub property_id: Option<Uuid>,
}

/// Which conflicts.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct ConflictFilter {
    pub property_id: Option<Uuid>,
    pub feed_id: Option<Uuid>,
    #[param(inline)]
    pub status: Option<ConflictStatus>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissConflict {
    /// What was done about it.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(example = "Guest moved to 102 by hand")]
    pub note: String,
}
