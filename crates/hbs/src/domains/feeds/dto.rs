use super::model::{ConflictReason, ConflictStatus, Echo, FeedConflict, FeedExport, FeedImport};
use super::rules;
use crate::http::valid::present;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// Calendar to export: that of a room or of a room type.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFeedExport {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Name of the export for staff, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Room 101 for the holiday site")]
    pub name: String,
    /// Room whose occupied and blocked nights the calendar shows. Either this or `room_type_id`.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Room type whose sold-out nights the calendar shows: those on which no room of it is left.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    /// Calendar import of the program that will read this export. Its own blocks are not told back to it; those of other
    /// imports are told. Without it, no blocks of imports are told at all.
    #[garde(skip)]
    pub import_id: Option<Uuid>,
}

/// A calendar export, without its secret address.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedExportOut {
    /// Identifier of the calendar export.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the export for staff.
    #[schema(example = "Room 101 for the holiday site")]
    pub name: String,
    /// Identifier of the room whose calendar is exported; null for the calendar of a room type.
    pub room_id: Option<Uuid>,
    /// Identifier of the room type whose calendar is exported; null for the calendar of a room.
    pub room_type_id: Option<Uuid>,
    /// Identifier of the calendar import of the program that reads the export; null if none was named.
    pub import_id: Option<Uuid>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
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
            import_id,
        } = row;
        Self { id, property_id, name, room_id, room_type_id, import_id, version, created_at, updated_at }
    }
}

/// A calendar export with its secret address, shown only in this answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NewFeedExportOut {
    #[serde(flatten)]
    pub feed: FeedExportOut,
    /// Path of the calendar under the address of this API. Anyone who knows it can read the calendar.
    #[schema(example = "/v1/feeds/2Xy…Q.ics")]
    pub path: String,
}

/// Calendar to import for a room or a room type.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFeedImport {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Room that the calendar's events block. Either this or `room_type_id`.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Room type of which each event blocks one room, so that events on the same nights block several.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    /// Name of the import for staff, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Holiday site, room 101")]
    pub name: String,
    /// Address from which the calendar is fetched; `webcal://` is taken for `https://`. Without one, its file is
    /// uploaded.
    #[garde(inner(length(bytes, min = 1, max = 2000)))]
    #[schema(
        format = "uri",
        min_length = 1,
        max_length = 2000,
        example = "https://www.example.com/calendar/ical/4711.ics?s=2b7e"
    )]
    pub url: Option<String>,
}

/// Change of a calendar import. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateFeedImport {
    /// Name of the import for staff, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New address, or the first address of a feed whose file was uploaded so far.
    #[garde(inner(length(bytes, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, format = "uri", min_length = 1, max_length = 2000)]
    pub url: Option<String>,
}

/// A calendar import, with the result of its last reading.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedImportOut {
    /// Identifier of the calendar import.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room that the calendar's events block; null for the calendar of a room type.
    pub room_id: Option<Uuid>,
    /// Identifier of the room type of which each event blocks one room; null for the calendar of a room.
    pub room_type_id: Option<Uuid>,
    /// Name of the import for staff.
    #[schema(example = "Holiday site, room 101")]
    pub name: String,
    /// Address from which the calendar is fetched; null if its file is uploaded.
    pub url: Option<String>,
    /// Time at which the feed was last read completely, or had nothing new.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Error of the last attempt; null if it succeeded.
    #[schema(example = "the server answered 404")]
    pub last_error: Option<String>,
    /// `true` if the feed could not be read for so long that its blocks may be out of date. Always `false` for uploaded
    /// feeds.
    pub is_stale: bool,
    /// Time from which the calendar is fetched again (UTC); null if its file is uploaded.
    pub next_poll_at: Option<DateTime<Utc>>,
    /// Number of conflicts that are open.
    pub open_conflicts: i64,
    /// Number of spans of nights that were taken for the image of what the hotel has sold itself, when the calendar was last
    /// read. The echoes of the import list those for which nothing is blocked.
    pub echoes: usize,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
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
            echoes,
            room_type_id,
        } = row;
        let open_conflicts = open.get(&id).copied().unwrap_or(0);
        Self {
            id,
            property_id,
            room_id,
            room_type_id,
            name,
            url,
            last_success_at,
            last_error,
            is_stale,
            next_poll_at,
            open_conflicts,
            echoes: echoes.0.len(),
            version,
            created_at,
            updated_at,
        }
    }
}

/// Nights of an event for which nothing is blocked, since the hotel had sold or blocked them itself: the event is taken for
/// their image.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedEchoOut {
    /// Identifier (UID) of the event in the feed, or its dates if it has none.
    pub uid: String,
    /// First night of the echo.
    pub from: NaiveDate,
    /// End of the echo, exclusive: the day after its last night.
    pub to: NaiveDate,
    /// `true` if a calendar export may have told these nights to the program that the feed comes from. If `false`, HBS has
    /// told it nothing: unless another program has, the nights may be sold there as well.
    pub is_told: bool,
}

impl FeedEchoOut {
    pub fn new(Echo { uid, from, to }: Echo, is_told: bool) -> Self {
        Self { uid, from, to, is_told }
    }
}

/// Effects of reading a calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FeedReport {
    /// Number of blocks that were made.
    pub added: usize,
    /// Number of blocks whose nights changed.
    pub moved: usize,
    /// Number of blocks that were released.
    pub released: usize,
    /// Number of conflicts: events that could not be blocked or not be read, in part or as a whole.
    pub conflicts: usize,
}

/// Event of a calendar import, or nights of one, that could not be blocked; or a calendar that has lost its events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedConflictOut {
    /// Identifier of the feed conflict.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the calendar import.
    pub feed_id: Uuid,
    /// Identifier (UID) of the event in the feed, or its dates if it has none.
    pub uid: String,
    /// First night of the conflict, from today on: a night that is not blocked because it is taken, or that the event
    /// asks for if something of it cannot be read; null if it names none.
    pub from: Option<NaiveDate>,
    /// End, exclusive: the day after the last night.
    pub to: Option<NaiveDate>,
    /// Reason for the conflict.
    pub reason: ConflictReason,
    /// Reason in words; for what cannot be read with the line of the file.
    #[schema(example = "line 12: DTEND cannot be read")]
    pub detail: Option<String>,
    /// Status of the conflict.
    pub status: ConflictStatus,
    /// Note of staff on how the conflict was dealt with; null unless it was dismissed.
    #[schema(example = "Guest moved to 102 by hand")]
    pub note: Option<String>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
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
            detail,
        } = row;
        Self {
            id,
            property_id,
            feed_id,
            uid,
            from: from_date,
            to: to_date,
            reason,
            detail,
            status,
            note,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Filter of calendar exports and imports.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct FeedFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
}

/// Filter of feed conflicts.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct ConflictFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the calendar import.
    pub feed_id: Option<Uuid>,
    /// Status of the conflict; `open` if left out.
    #[param(inline)]
    pub status: Option<ConflictStatus>,
}

/// Dismissal of a feed conflict.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissConflict {
    /// Note on how the conflict was dealt with.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Guest moved to 102 by hand")]
    pub note: String,
}
