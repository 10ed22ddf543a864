use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::ids::id;
use crate::outbox::{ActorKind, Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{housekeeping_credits, housekeeping_tasks, room_discrepancies};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a task of housekeeping.
    pub struct TaskId;
}

id! {
    /// Id of a discrepancy.
    pub struct DiscrepancyId;
}

text_enum! {
    /// Service that a room gets: `departure` after guests have left or before they do, `stay_over` while they stay.
    pub enum Service {
        /// The room is made up for its next guests.
        Departure = "departure",
        /// The room is made up for the guests who are in it.
        StayOver = "stay_over",
    }
}

text_enum! {
    /// Status of a task: `open`, `started`, `finished`, and `inspected` once a second person has found the room right;
    /// `skipped` if the room could not be made up.
    pub enum TaskStatus {
        Open = "open",
        Started = "started",
        Finished = "finished",
        Inspected = "inspected",
        Skipped = "skipped",
    }
}

text_enum! {
    /// Reason why a room was not made up.
    pub enum SkipReason {
        /// The sign is on the door.
        DoNotDisturb = "do_not_disturb",
        /// The guests want no service.
        Declined = "declined",
        /// The door cannot be opened.
        NoAccess = "no_access",
    }
}

text_enum! {
    /// Action on a task.
    pub enum TaskAction {
        Start = "start",
        Finish = "finish",
        Inspect = "inspect",
        Skip = "skip",
        /// Says that the room is to be made up after all.
        Reopen = "reopen",
    }
}

/// A room that is to be made up on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = housekeeping_tasks, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Task {
    pub property_id: Uuid,
    pub id: TaskId,
    pub date: NaiveDate,
    pub room_id: Uuid,
    pub service: Service,
    pub credits: i32,
    pub status: TaskStatus,
    pub attendant_id: Option<Uuid>,
    pub place: i32,
    pub is_rush: bool,
    pub changes_linen: bool,
    pub has_turn_down: bool,
    pub notes: Option<String>,
    pub skip_reason: Option<SkipReason>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub finished_by: Option<Uuid>,
    pub inspected_at: Option<DateTime<Utc>>,
    pub inspected_by: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Task {
    const ENTITY: &'static str = "housekeeping_task";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "date",
        "room_id",
        "service",
        "credits",
        "status",
        "attendant_id",
        "place",
        "is_rush",
        "changes_linen",
        "has_turn_down",
        "skip_reason",
        "started_at",
        "finished_at",
        "finished_by",
        "inspected_at",
        "inspected_by",
    ];
    const SEALED: &'static [&'static str] = &["notes"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// Change of a task by whoever plans the day.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = housekeeping_tasks)]
pub struct TaskChange {
    pub service: Option<Service>,
    pub credits: Option<i32>,
    pub attendant_id: Option<Option<Uuid>>,
    pub place: Option<i32>,
    pub is_rush: Option<bool>,
    pub changes_linen: Option<bool>,
    pub has_turn_down: Option<bool>,
    pub notes: Option<Option<String>>,
}

/// Change of a task by an action.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = housekeeping_tasks)]
pub struct Deed {
    pub status: TaskStatus,
    pub skip_reason: Option<Option<SkipReason>>,
    pub started_at: Option<Option<DateTime<Utc>>>,
    pub finished_at: Option<Option<DateTime<Utc>>>,
    pub finished_by: Option<Option<Uuid>>,
    pub inspected_at: Option<Option<DateTime<Utc>>>,
    pub inspected_by: Option<Option<Uuid>>,
}

/// The part of a task that a plan sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assigned {
    pub id: TaskId,
    pub attendant_id: Option<Uuid>,
    pub place: i32,
    pub service: Service,
    pub credits: i32,
}

/// A task as it is shown, with its room.
#[derive(Debug, Clone, Queryable)]
pub struct ShownTask {
    pub task: Task,
    pub room_number: String,
    pub floor: Option<String>,
    pub room_type_id: Uuid,
    pub housekeeping: Housekeeping,
    pub attendant_name: Option<String>,
    /// Day of departure of the guests who are in the room.
    pub leave_on: Option<NaiveDate>,
}

/// A room that may have to be made up.
#[derive(Debug, Clone, Queryable)]
pub struct RoomRow {
    pub id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub room_type_id: Uuid,
    pub housekeeping: Housekeeping,
}

/// A stay that has a room on a day.
#[derive(Debug, Clone, Queryable)]
pub struct StayRow {
    pub room_id: Option<Uuid>,
    pub status: Status,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
}

/// A person who makes up rooms at a hotel.
#[derive(Debug, Clone, Queryable)]
pub struct Attendant {
    pub user_id: Uuid,
    pub name: String,
}

/// Credits that rooms of a type count.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = housekeeping_credits, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Credits {
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub departure: i32,
    pub stay_over: i32,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Credits {
    const ENTITY: &'static str = "housekeeping_credits";
    const OPEN: &'static [&'static str] = &["property_id", "room_type_id", "departure", "stay_over"];

    /// Returns the credits as an entity, under the id of the room type.
    fn entity(&self) -> Entity {
        Entity::new(self.room_type_id).at(self.property_id)
    }
}

impl Credits {
    /// Returns the credits of a type of which nothing is said: minutes that such rooms take on average.
    pub fn usual(property_id: Uuid, room_type_id: Uuid, at: DateTime<Utc>) -> Self {
        Self { property_id, room_type_id, departure: 30, stay_over: 20, version: 0, created_at: at, updated_at: at }
    }

    pub fn of(&self, service: Service) -> i32 {
        match service {
            Service::Departure => self.departure,
            Service::StayOver => self.stay_over,
        }
    }
}

text_enum! {
    /// Kind of a discrepancy: `skip` if the desk has guests in the room and nobody is there, `sleep` if the desk has
    /// nobody in the room and somebody is there.
    pub enum DiscrepancyKind {
        /// The desk has guests in the room; it is vacant.
        Skip = "skip",
        /// The desk has nobody in the room; it is occupied.
        Sleep = "sleep",
    }
}

text_enum! {
    /// Status of a discrepancy: `open` until the desk has resolved it.
    pub enum DiscrepancyStatus {
        Open = "open",
        Resolved = "resolved",
    }
}

text_enum! {
    /// Occupancy of a room as it was found.
    pub enum Found {
        /// Nobody is in the room, nor anything of theirs.
        Vacant = "vacant",
        /// Somebody is in the room, or their luggage.
        Occupied = "occupied",
    }
}

/// A room of which the desk and an attendant say different things.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = room_discrepancies, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Discrepancy {
    pub property_id: Uuid,
    pub id: DiscrepancyId,
    pub room_id: Uuid,
    pub kind: DiscrepancyKind,
    pub status: DiscrepancyStatus,
    pub notes: Option<String>,
    pub resolution: Option<String>,
    pub reported_by: Option<Uuid>,
    pub reported_at: DateTime<Utc>,
    pub resolved_by: Option<Uuid>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Discrepancy {
    const ENTITY: &'static str = "room_discrepancy";
    const OPEN: &'static [&'static str] =
        &["property_id", "id", "room_id", "kind", "status", "reported_by", "reported_at", "resolved_by", "resolved_at"];
    const SEALED: &'static [&'static str] = &["notes", "resolution"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// A discrepancy as it is shown: with the number of the room and who reported and resolved it.
#[derive(Debug, Clone, Queryable)]
pub struct ShownDiscrepancy {
    pub discrepancy: Discrepancy,
    pub room_number: String,
    pub reporter: Option<String>,
    pub resolver: Option<String>,
}

/// A line of the history of housekeeping, with the number of the room and the name of who made the change.
#[derive(Debug, Clone, Queryable)]
pub struct ShownChange {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_id: Uuid,
    pub room_number: String,
    pub before: Housekeeping,
    pub after: Housekeeping,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub person: Option<String>,
    pub api_key: Option<String>,
    pub changed_at: DateTime<Utc>,
}
