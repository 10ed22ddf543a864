use crate::domains::blocks::Subject;
use crate::outbox::{Entity, Recorded};
use crate::outgoing::Known;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Jsonb;
use hbs_schema::{feed_conflicts, feed_exports, feed_imports};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A calendar export: it shows when a room, or a room type, is taken.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = feed_exports)]
pub struct FeedExport {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: String,
    pub room_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    #[serde(skip)]
    pub content_hash: Option<Vec<u8>>,
    #[serde(skip)]
    pub content_changed_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Calendar import of the program that reads the export.
    pub import_id: Option<Uuid>,
}

impl Recorded for FeedExport {
    const ENTITY: &'static str = "feed_export";
    const OPEN: &'static [&'static str] = &["property_id", "id", "room_id", "room_type_id", "import_id"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = feed_exports, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewFeedExport<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: &'a str,
    pub room_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    pub token_hash: &'a [u8],
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub import_id: Option<Uuid>,
}

/// A calendar import: it shows when a room, or rooms of a type, are taken elsewhere.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = feed_imports)]
pub struct FeedImport {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_id: Option<Uuid>,
    pub name: String,
    /// Address of the feed. It may hold a secret, so events do not show it.
    #[serde(skip)]
    pub url: Option<String>,
    #[serde(skip)]
    pub etag: Option<String>,
    #[serde(skip)]
    pub last_modified: Option<String>,
    #[serde(skip)]
    pub next_poll_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub failures: i32,
    #[serde(skip)]
    pub last_success_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub last_error: Option<String>,
    #[serde(skip)]
    pub stale_since: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Nights of events that the room's own stays and blocks had already, when the feed was last read.
    #[serde(skip)]
    pub echoes: Echoes,
    pub room_type_id: Option<Uuid>,
}

impl FeedImport {
    /// Returns the rooms that the import blocks; there always are some.
    pub fn subject(&self) -> Option<Subject> {
        self.room_id.map(Subject::Room).or(self.room_type_id.map(Subject::RoomType))
    }
}

/// Nights of an event that were satisfied by what the room had already: most likely its own stays, told back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    pub uid: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// The echoes of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[serde(transparent)]
pub struct Echoes(pub Vec<Echo>);

impl FromSql<Jsonb, Pg> for Echoes {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(FromSql::<Jsonb, Pg>::from_sql(bytes)?)?)
    }
}

impl ToSql<Jsonb, Pg> for Echoes {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let json = serde_json::to_value(self)?;
        ToSql::<Jsonb, Pg>::to_sql(&json, &mut out.reborrow())
    }
}

impl Recorded for FeedImport {
    const ENTITY: &'static str = "feed_import";
    const OPEN: &'static [&'static str] =
        &["property_id", "id", "room_id", "room_type_id", "is_fetched", "has_new_url", "is_stale", "last_success_at"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = feed_imports, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewFeedImport<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    pub name: &'a str,
    pub url: Option<&'a str>,
    pub next_poll_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Result of a poll of a feed.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = feed_imports, treat_none_as_null = true)]
pub struct PollState {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub next_poll_at: Option<DateTime<Utc>>,
    pub failures: i32,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    pub stale_since: Option<DateTime<Utc>>,
}

impl PollState {
    /// Makes the state of a feed that was read, or that has nothing new.
    pub fn read(known: Known, next_poll_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        Self {
            etag: known.etag,
            last_modified: known.last_modified,
            next_poll_at,
            failures: 0,
            last_success_at: Some(now),
            last_error: None,
            stale_since: None,
        }
    }

    /// Makes the state of a feed that could not be read.
    pub fn failed(feed: &FeedImport, error: String, next_poll_at: DateTime<Utc>) -> Self {
        Self {
            etag: feed.etag.clone(),
            last_modified: feed.last_modified.clone(),
            next_poll_at: Some(next_poll_at),
            failures: feed.failures.saturating_add(1),
            last_success_at: feed.last_success_at,
            last_error: Some(error),
            stale_since: feed.stale_since,
        }
    }
}

text_enum! {
    /// Reason for a conflict: the room, or every room of the type, is taken (`room_taken`), the event recurs in a way that
    /// cannot be followed (`recurring`), something of the event cannot be read (`unreadable`), or the calendar has lost all its
    /// events (`empty`).
    pub enum ConflictReason {
        /// The room is taken by guests or another block, or its nights are sold; of a room type, no room is left.
        RoomTaken = "room_taken",
        /// The event recurs in a way that cannot be followed, so it may ask for more nights than are blocked.
        Recurring = "recurring",
        /// Something of the event is unreadable, or it is shorter than a night.
        Unreadable = "unreadable",
        /// The calendar has no events any more. Its blocks stay until staff confirm that, or it has events again.
        Empty = "empty",
    }
}

text_enum! {
    /// Status of a feed conflict: `open`; dealt with otherwise by staff (`dismissed`); or over, since its event is gone
    /// from the feed or is a block by now (`resolved`).
    pub enum ConflictStatus {
        /// Nobody has dealt with the conflict.
        Open = "open",
        /// A member of staff dealt with the conflict otherwise.
        Dismissed = "dismissed",
        /// The conflict is over: its event is gone from the feed, or is a block by now.
        Resolved = "resolved",
    }
}

/// A conflict: an event of a feed, or nights of it, that cannot be blocked.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = feed_conflicts)]
pub struct FeedConflict {
    pub property_id: Uuid,
    pub id: Uuid,
    pub feed_id: Uuid,
    pub uid: String,
    pub from_date: Option<NaiveDate>,
    pub to_date: Option<NaiveDate>,
    pub reason: ConflictReason,
    pub status: ConflictStatus,
    pub note: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The reason in words.
    pub detail: Option<String>,
}

impl Recorded for FeedConflict {
    const ENTITY: &'static str = "feed_conflict";
    const OPEN: &'static [&'static str] = &["property_id", "id", "feed_id", "from_date", "to_date", "reason", "status"];
    const SEALED: &'static [&'static str] = &["note"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = feed_conflicts, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewFeedConflict<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub feed_id: Uuid,
    pub uid: &'a str,
    pub from_date: Option<NaiveDate>,
    pub to_date: Option<NaiveDate>,
    pub reason: ConflictReason,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub detail: &'a str,
}

/// New state of a conflict.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = feed_conflicts, treat_none_as_null = true)]
pub struct ConflictState {
    pub from_date: Option<NaiveDate>,
    pub to_date: Option<NaiveDate>,
    pub reason: ConflictReason,
    pub status: ConflictStatus,
    pub note: Option<String>,
    pub detail: Option<String>,
}
