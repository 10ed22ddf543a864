use super::model::{
    Attendant, Credits, Discrepancy, DiscrepancyId, DiscrepancyKind, DiscrepancyStatus, Found, Service, ShownChange,
    ShownDiscrepancy, ShownTask, SkipReason, Task, TaskAction, TaskChange, TaskId, TaskStatus,
};
use crate::domains::front_desk::Occupancy;
use crate::domains::rooms::Housekeeping;
use crate::http::valid::{dates, present};
use crate::outbox::ActorKind;
use crate::sheets::{Export, Value};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

// The day

/// Choice of the hotel, the day and the tasks.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct DayQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day to show; today at the hotel if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
    /// `true` for one's own tasks only.
    #[serde(default)]
    pub mine: bool,
    /// Identifier of the attendant whose tasks are shown.
    #[serde(default)]
    pub attendant_id: Option<Uuid>,
    /// Status of the tasks.
    #[serde(default)]
    #[param(inline)]
    pub status: Option<TaskStatus>,
    /// Floor of the rooms, exactly as it is recorded.
    #[garde(inner(length(chars, max = 20)))]
    #[serde(default)]
    #[param(example = "3", max_length = 20)]
    pub floor: Option<String>,
}

/// The work of housekeeping on a day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HousekeepingDay {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day that is shown.
    pub date: NaiveDate,
    /// Attendants with tasks on the day, by name, whatever tasks are shown.
    pub attendants: Vec<AttendantDay>,
    /// Tasks by attendant, each attendant's in their order: urgent ones first. Tasks without an attendant come last.
    pub tasks: Vec<TaskOut>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

impl HousekeepingDay {
    /// The tasks as a list that is carried through the house.
    pub fn table(&self) -> Export {
        Export {
            of: self.hotels.clone(),
            name: format!("housekeeping-{}", self.date),
            date: self.date,
            notes: Vec::new(),
            columns: vec![
                "room",
                "attendant_name",
                "place",
                "service",
                "status",
                "notes",
                "is_rush",
                "is_arriving",
                "changes_linen",
                "has_turn_down",
                "floor",
                "housekeeping",
                "occupancy",
                "credits",
            ],
            rows: self.tasks.iter().map(TaskOut::row).collect(),
        }
    }
}

/// An attendant's work on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AttendantDay {
    /// Identifier of the attendant.
    pub attendant_id: Uuid,
    /// Name of the attendant.
    #[schema(example = "Hugo Housekeeping")]
    pub attendant_name: String,
    /// Number of the attendant's tasks.
    pub tasks: usize,
    /// Number of these tasks that are finished or inspected.
    pub tasks_done: usize,
    /// Credits of the attendant's tasks.
    pub credits: i32,
    /// Credits of these tasks that are finished or inspected.
    pub credits_done: i32,
}

/// A task of housekeeping: a room that is to be made up on a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TaskOut {
    /// Identifier of the task.
    #[schema(value_type = Uuid)]
    pub id: TaskId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day of the task.
    pub date: NaiveDate,
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room.
    #[schema(example = "304")]
    pub room_number: String,
    /// Floor of the room; null for none.
    pub floor: Option<String>,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Housekeeping state of the room.
    pub housekeeping: Housekeeping,
    /// Occupancy of the room now.
    pub occupancy: Occupancy,
    /// `true` if guests are still to come into the room on the day of the task.
    pub is_arriving: bool,
    /// Service that the room gets.
    pub service: Service,
    /// Credits that the task counts.
    pub credits: i32,
    /// Status of the task.
    pub status: TaskStatus,
    /// Identifier of the attendant; null if nobody has the task yet.
    pub attendant_id: Option<Uuid>,
    /// Name of the attendant; null if nobody has the task yet.
    pub attendant_name: Option<String>,
    /// Place among the attendant's tasks, from 1; 0 if nobody has the task yet.
    pub place: i32,
    /// `true` if the room is needed at once.
    pub is_rush: bool,
    /// `true` if the linen is to be changed.
    pub changes_linen: bool,
    /// `true` if the room is to be turned down in the evening.
    pub has_turn_down: bool,
    /// Notes for the attendant; null for none.
    pub notes: Option<String>,
    /// Reason why the room was not made up; null unless the task is `skipped`.
    pub skip_reason: Option<SkipReason>,
    /// Time at which the task was started (UTC).
    pub started_at: Option<DateTime<Utc>>,
    /// Time at which the task was finished (UTC).
    pub finished_at: Option<DateTime<Utc>>,
    /// Identifier of the person who finished the task; null for integrations.
    pub finished_by: Option<Uuid>,
    /// Time at which the room was inspected (UTC).
    pub inspected_at: Option<DateTime<Utc>>,
    /// Identifier of the person who inspected the room; null for integrations.
    pub inspected_by: Option<Uuid>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl TaskOut {
    fn row(&self) -> Vec<Value> {
        let said = |is_so: bool| Value::from(if is_so { "yes" } else { "no" });
        vec![
            self.room_number.as_str().into(),
            self.attendant_name.as_deref().into(),
            i64::from(self.place).into(),
            self.service.as_str().into(),
            self.status.as_str().into(),
            self.notes.as_deref().into(),
            said(self.is_rush),
            said(self.is_arriving),
            said(self.changes_linen),
            said(self.has_turn_down),
            self.floor.as_deref().into(),
            self.housekeeping.as_str().into(),
            self.occupancy.as_str().into(),
            i64::from(self.credits).into(),
        ]
    }

    /// Shows a task. `today` is the date at the hotel.
    pub fn new(shown: ShownTask, is_arriving: bool, today: NaiveDate) -> Self {
        let ShownTask { task, room_number, floor, room_type_id, housekeeping, attendant_name, leave_on } = shown;
        let Task {
            property_id,
            id,
            date,
            room_id,
            service,
            credits,
            status,
            attendant_id,
            place,
            is_rush,
            changes_linen,
            has_turn_down,
            notes,
            skip_reason,
            started_at,
            finished_at,
            finished_by,
            inspected_at,
            inspected_by,
            version,
            created_at,
            updated_at,
        } = task;
        let occupancy = Occupancy::of(leave_on, today);
        Self {
            id,
            property_id,
            date,
            room_id,
            room_number,
            floor,
            room_type_id,
            housekeeping,
            occupancy,
            is_arriving,
            service,
            credits,
            status,
            attendant_id,
            attendant_name,
            place,
            is_rush,
            changes_linen,
            has_turn_down,
            notes,
            skip_reason,
            started_at,
            finished_at,
            finished_by,
            inspected_at,
            inspected_by,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Plan of a day.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDay {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day to plan: today at the hotel, or one of the seven days after; today if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
    /// Attendants among whom the tasks are shared; none to make the tasks only.
    #[garde(length(max = 200), dive)]
    #[serde(default)]
    #[schema(max_items = 200)]
    pub attendants: Vec<PlanAttendant>,
    /// `true` to share the open tasks anew that have an attendant already.
    #[garde(skip)]
    #[serde(default)]
    pub redistribute: bool,
}

/// An attendant who works on a day.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanAttendant {
    /// Identifier of the attendant, who holds `housekeeping:write` at the hotel.
    #[garde(skip)]
    pub attendant_id: Uuid,
    /// Maximum number of credits of the attendant's tasks; null or left out for no limit.
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000, example = 480)]
    pub max_credits: Option<i32>,
}

/// Change of a task. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTask {
    /// Identifier of the attendant, who gets the task as the last one; null to take it away.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub attendant_id: Option<Option<Uuid>>,
    /// Service that the room gets.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub service: Option<Service>,
    /// Credits that the task counts, 0 to 1,000.
    #[garde(inner(range(min = 0, max = 1000)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 1000)]
    pub credits: Option<i32>,
    /// `true` if the room is needed at once.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_rush: Option<bool>,
    /// `true` if the linen is to be changed.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub changes_linen: Option<bool>,
    /// `true` if the room is to be turned down in the evening.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub has_turn_down: Option<bool>,
    /// Notes for the attendant, 1 to 500 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 500))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 500, example = "Cot for a baby")]
    pub notes: Option<Option<String>>,
}

impl UpdateTask {
    /// Returns the change; `place` is the task's among those of its new attendant.
    pub fn into_change(self, place: Option<i32>) -> TaskChange {
        let Self { attendant_id, service, credits, is_rush, changes_linen, has_turn_down, notes } = self;
        TaskChange { service, credits, attendant_id, place, is_rush, changes_linen, has_turn_down, notes }
    }
}

/// Tasks to give to an attendant.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignTasks {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifier of the attendant; null to take the tasks away from theirs.
    #[garde(skip)]
    pub attendant_id: Option<Uuid>,
    /// Tasks of one day, in the order in which they are to be done; they come after the attendant's other tasks.
    #[garde(length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<Uuid>)]
    pub task_ids: Vec<TaskId>,
}

/// Reason for not making up a room.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipTask {
    /// Reason why the room was not made up.
    #[garde(skip)]
    pub reason: SkipReason,
}

/// Action on many tasks.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActOnTasks {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Action on the tasks. `inspect` and `reopen` need `housekeeping:plan`.
    #[garde(skip)]
    pub action: TaskAction,
    /// Tasks, at most 1,000.
    #[garde(length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<Uuid>)]
    pub task_ids: Vec<TaskId>,
    /// Reason why the rooms were not made up; needed for `skip`, and for that only.
    #[garde(skip)]
    pub reason: Option<SkipReason>,
}

/// Results of an action on many tasks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskResults {
    /// Results, in the order in which the tasks were named.
    pub results: Vec<TaskResult>,
}

/// Result for one of many tasks: either `task`, or `code` and `detail`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskResult {
    /// Identifier of the task.
    #[schema(value_type = Uuid)]
    pub task_id: TaskId,
    /// The task as it is now; null if the action was refused.
    pub task: Option<TaskOut>,
    /// Code of the problem for which the action was refused; null if it was done.
    #[schema(example = "housekeeping.wrong_status")]
    pub code: Option<String>,
    /// Reason for the refusal, as a sentence; null if the action was done.
    pub detail: Option<String>,
}

// Attendants and credits

/// Choice of the hotel.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct AtProperty {
    /// Identifier of the property.
    pub property_id: Uuid,
}

/// The people who can make up rooms at a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttendantsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// People who hold `housekeeping:write` at the hotel, by name.
    pub attendants: Vec<AttendantOut>,
}

/// A person who can make up rooms.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttendantOut {
    /// Identifier of the attendant.
    pub attendant_id: Uuid,
    /// Name of the attendant.
    #[schema(example = "Hugo Housekeeping")]
    pub attendant_name: String,
}

impl From<Attendant> for AttendantOut {
    fn from(row: Attendant) -> Self {
        let Attendant { user_id, name } = row;
        Self { attendant_id: user_id, attendant_name: name }
    }
}

/// Credits of all room types of a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AllCreditsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Credits by room type, in the order of the codes of the types.
    pub credits: Vec<CreditsOut>,
}

/// Credits that making up a room of a type counts, such as the minutes that it takes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CreditsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Credits for a room whose guests leave.
    #[schema(example = 30)]
    pub departure: i32,
    /// Credits for a room whose guests stay.
    #[schema(example = 20)]
    pub stay_over: i32,
    /// Number that grows with each change, 0 while nothing has been set; the `ETag` header carries it.
    pub version: i64,
}

impl From<Credits> for CreditsOut {
    fn from(row: Credits) -> Self {
        let Credits { property_id, room_type_id, departure, stay_over, version, created_at: _, updated_at: _ } = row;
        Self { property_id, room_type_id, departure, stay_over, version }
    }
}

/// New credits of a room type.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCredits {
    /// Credits for a room whose guests leave, 0 to 1,000.
    #[garde(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000, example = 30)]
    pub departure: i32,
    /// Credits for a room whose guests stay, 0 to 1,000.
    #[garde(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000, example = 20)]
    pub stay_over: i32,
}

// Discrepancies

/// Report of what was found in a room, other than the desk says.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportDiscrepancy {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifier of the room.
    #[garde(skip)]
    pub room_id: Uuid,
    /// Occupancy of the room as it was found.
    #[garde(skip)]
    pub found: Found,
    /// Notes for the desk, 1 to 500 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500, example = "Suitcases, no key in the slot")]
    pub notes: Option<String>,
}

/// Resolution of a discrepancy.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveDiscrepancy {
    /// Finding of the desk, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Guests had left without checking out; checked out now")]
    pub resolution: String,
}

/// Filter of discrepancies.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct DiscrepancyFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Identifier of the room.
    pub room_id: Option<Uuid>,
    /// Status of the discrepancy.
    #[param(inline)]
    pub status: Option<DiscrepancyStatus>,
}

/// A room of which the desk and an attendant say different things.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DiscrepancyOut {
    /// Identifier of the discrepancy.
    #[schema(value_type = Uuid)]
    pub id: DiscrepancyId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room.
    #[schema(example = "304")]
    pub room_number: String,
    /// Kind of the discrepancy.
    pub kind: DiscrepancyKind,
    /// Status of the discrepancy.
    pub status: DiscrepancyStatus,
    /// Notes of whoever reported the discrepancy; null for none.
    pub notes: Option<String>,
    /// Finding of the desk; null while the discrepancy is open.
    pub resolution: Option<String>,
    /// Identifier of the person who reported the discrepancy; null for integrations.
    pub reported_by: Option<Uuid>,
    /// Name of the person who reported the discrepancy; null for integrations.
    pub reported_by_name: Option<String>,
    /// Time of the report (UTC).
    pub reported_at: DateTime<Utc>,
    /// Identifier of the person who resolved the discrepancy; null while it is open, and for integrations.
    pub resolved_by: Option<Uuid>,
    /// Name of the person who resolved the discrepancy; null while it is open, and for integrations.
    pub resolved_by_name: Option<String>,
    /// Time of the resolution (UTC); null while the discrepancy is open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<ShownDiscrepancy> for DiscrepancyOut {
    fn from(shown: ShownDiscrepancy) -> Self {
        let ShownDiscrepancy { discrepancy, room_number, reporter, resolver } = shown;
        let Discrepancy {
            property_id,
            id,
            room_id,
            kind,
            status,
            notes,
            resolution,
            reported_by,
            reported_at,
            resolved_by,
            resolved_at,
            version,
            created_at,
            updated_at,
        } = discrepancy;
        Self {
            id,
            property_id,
            room_id,
            room_number,
            kind,
            status,
            notes,
            resolution,
            reported_by,
            reported_by_name: reporter,
            reported_at,
            resolved_by,
            resolved_by_name: resolver,
            resolved_at,
            version,
            created_at,
            updated_at,
        }
    }
}

// History

/// Filter of changes of housekeeping states.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ChangeFilter {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room.
    #[serde(default)]
    pub room_id: Option<Uuid>,
}

/// A change of a room's housekeeping state.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HousekeepingChangeOut {
    /// Identifier of the change.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room.
    #[schema(example = "304")]
    pub room_number: String,
    /// Housekeeping state before the change.
    pub before: Housekeeping,
    /// Housekeeping state after the change.
    pub after: Housekeeping,
    /// Kind of the actor: a user, an integration (`api_key`), or HBS itself (`system`).
    pub actor_kind: ActorKind,
    /// Identifier of the user or API key that made the change; null for HBS itself.
    pub actor_id: Option<Uuid>,
    /// Name of the user or API key that made the change; null for HBS itself.
    pub actor_name: Option<String>,
    /// Time of the change (UTC).
    pub changed_at: DateTime<Utc>,
}

impl From<ShownChange> for HousekeepingChangeOut {
    fn from(row: ShownChange) -> Self {
        let ShownChange {
            property_id,
            id,
            room_id,
            room_number,
            before,
            after,
            actor_kind,
            actor_id,
            person,
            api_key,
            changed_at,
        } = row;
        let actor_name = person.or(api_key);
        Self { id, property_id, room_id, room_number, before, after, actor_kind, actor_id, actor_name, changed_at }
    }
}
