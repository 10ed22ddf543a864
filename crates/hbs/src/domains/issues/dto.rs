use super::model::{
    AttachmentFormat, CannedAnswer, CannedAnswerId, IssueAttachment, IssueAttachmentId, IssueCategory, IssueId, IssueMessageId,
    IssueOrigin, IssuePriority, IssueSettings, IssueStatus, IssueStepKind, IssueTeam, IssueView, IssueViewId,
};
use super::rules::canned::VARIABLES;
use super::rules::hours::{Targets, WeeklyHours};
use crate::domains::blocks::{BlockKind, RoomBlockChanged};
use crate::http::valid::{dates, present};
use crate::outbox::ActorKind;
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::Locale;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use serde_with::rust::double_option;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use uuid::Uuid;

/// Maximum number of languages of a canned answer, and of characters in each.
const MAX_LANGUAGES: usize = 20;
const MAX_ANSWER: usize = 5000;
/// Maximum number of addresses that are told of new issues, and of characters of one.
const MAX_RECIPIENTS: usize = 10;
const MAX_ADDRESS: usize = 254;

/// Issue to raise.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateIssue {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Category of the issue.
    #[garde(skip)]
    pub category: IssueCategory,
    /// Subject, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "The shower is cold")]
    pub subject: String,
    /// First message, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "There has been no warm water since this morning.")]
    pub text: String,
    /// Identifier of the booking that the issue is about; null or left out for none, and for the booking
    /// of a guest's link.
    #[garde(skip)]
    pub booking_id: Option<Uuid>,
    /// Identifier of the stay that the issue is about, of that booking; null or left out for none.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
    /// Identifier of the room that the issue is about, for staff; null or left out: the stay's room, if there is a stay.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Priority, for staff; `normal` if left out.
    #[garde(skip)]
    pub priority: Option<IssuePriority>,
    /// Team that sees to it, for staff; by the category if left out.
    #[garde(skip)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who sees to it, for staff; null or left out for nobody yet.
    #[garde(skip)]
    pub assignee_id: Option<Uuid>,
    /// `true` if no guest may learn of it, `false` to write to the guest of the booking. For staff; `true` if left out.
    #[garde(skip)]
    pub is_internal: Option<bool>,
}

/// Change of an issue. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateIssue {
    /// Status that the issue is moved to.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub status: Option<IssueStatus>,
    /// Category of the issue.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub category: Option<IssueCategory>,
    /// Priority of the issue; its targets are those of the new priority, counted from its beginning.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub priority: Option<IssuePriority>,
    /// Team that sees to the issue.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who sees to the issue; null for nobody.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub assignee_id: Option<Option<Uuid>>,
    /// Identifier of the room that the issue is about; null for none.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub room_id: Option<Option<Uuid>>,
    /// Subject, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub subject: Option<String>,
}

/// Message to write in an issue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostIssueMessage {
    /// Text, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "Somebody is on the way.")]
    pub text: String,
    /// `true` for a note of the staff among themselves, which no guest is shown.
    #[garde(skip)]
    #[serde(default)]
    pub is_note: bool,
    /// Status that the issue is moved to with the message, for staff. If left out, an answer takes up an open issue and opens a
    /// closed one again.
    #[garde(skip)]
    pub status: Option<IssueStatus>,
}

/// Name of an attachment.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct AttachmentQuery {
    /// Name of the file, 1 to 200 characters. What has a meaning in HTML, addresses or file systems is replaced, and the ending
    /// is that of the content.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[param(min_length = 1, max_length = 200, example = "shower.jpg")]
    pub name: Option<String>,
}

/// Filter of issues. Fields for staff find only issues of their own hotels.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct IssueFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Status of the issue.
    #[param(inline)]
    pub status: Option<IssueStatus>,
    /// `true` for issues that are neither resolved nor closed, `false` for the others.
    pub is_open: Option<bool>,
    /// Category of the issue.
    #[param(inline)]
    pub category: Option<IssueCategory>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Words of the subject or of messages, in any order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "shower cold", max_length = 200)]
    pub q: Option<String>,
    /// Priority of the issue. For staff.
    #[param(inline)]
    pub priority: Option<IssuePriority>,
    /// Team that sees to the issue. For staff.
    #[param(inline)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who sees to the issue. For staff.
    pub assignee_id: Option<Uuid>,
    /// `true` for issues that nobody sees to, `false` for the others. For staff.
    pub is_unassigned: Option<bool>,
    /// `true` for issues whose first answer or solution is due by now and is still missing, `false` for the others. For staff.
    pub is_overdue: Option<bool>,
    /// `true` for issues whose first answer or solution was ever late, `false` for the others. For staff.
    pub has_missed: Option<bool>,
    /// Identifier of the stay. For staff.
    pub stay_id: Option<Uuid>,
    /// Identifier of the room. For staff.
    pub room_id: Option<Uuid>,
}

impl IssueFilter {
    /// Returns `true` if it asks for what only staff know of an issue.
    pub fn is_for_staff(&self) -> bool {
        self.priority.is_some()
            || self.team.is_some()
            || self.assignee_id.is_some()
            || self.is_unassigned.is_some()
            || self.is_overdue.is_some()
            || self.has_missed.is_some()
            || self.stay_id.is_some()
            || self.room_id.is_some()
    }
}

/// An issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueOut {
    /// Identifier of the issue.
    #[schema(value_type = Uuid)]
    pub id: IssueId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Status of the issue.
    pub status: IssueStatus,
    /// Category of the issue.
    pub category: IssueCategory,
    /// Subject of the issue.
    #[schema(example = "The shower is cold")]
    pub subject: String,
    /// Origin of the issue.
    pub origin: IssueOrigin,
    /// Identifier of the booking that it is about; null for none.
    pub booking_id: Option<Uuid>,
    /// Reference of that booking; null for none.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: Option<String>,
    /// Identifier of the stay that it is about; null for none.
    pub stay_id: Option<Uuid>,
    /// Number of messages of others that you have not read.
    #[schema(example = 1)]
    pub unread: i64,
    /// Time of the hotel's first answer (UTC); null if there is none yet.
    pub answered_at: Option<DateTime<Utc>>,
    /// Time at which it was solved (UTC); null while it is not.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Time at which it was closed (UTC); null while it is not.
    pub closed_at: Option<DateTime<Utc>>,
    /// Details that only staff are shown; null for the guest.
    pub staff: Option<IssueStaffSide>,
    /// Number that grows with each change; the `ETag` header carries it. Notes of the staff leave it as it is.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// Details of an issue that only staff are shown.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueStaffSide {
    /// `true` if no guest may learn of the issue.
    pub is_internal: bool,
    /// Priority of the issue.
    pub priority: IssuePriority,
    /// Team that sees to it.
    pub team: IssueTeam,
    /// Identifier of the person who sees to it; null for nobody.
    pub assignee_id: Option<Uuid>,
    /// Name of the person who sees to it; null for nobody.
    #[schema(example = "Sofia Support")]
    pub assignee_name: Option<String>,
    /// Name of the guest; null for internal issues without a booking.
    #[schema(example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Time up to which the guest has read (UTC); null if they have not.
    pub guest_read_at: Option<DateTime<Utc>>,
    /// Identifier of the room that it is about; null for none.
    pub room_id: Option<Uuid>,
    /// Number on the door of that room; null for none.
    #[schema(example = "304")]
    pub room_number: Option<String>,
    /// Block of the room that was made for the issue; null for none.
    pub room_block: Option<IssueRoomBlock>,
    /// Minutes of service until the first answer, by the priority.
    pub answer_minutes: i32,
    /// Minutes of service until the solution, by the priority.
    pub solution_minutes: i32,
    /// Time by which the first answer is due (UTC); null once it was given, and while the clock stands still.
    pub answer_due_at: Option<DateTime<Utc>>,
    /// Time by which the solution is due (UTC); null while the clock stands still.
    pub solution_due_at: Option<DateTime<Utc>>,
    /// Time since when the clock stands still (UTC): it waits for the guest, or is over; null while the clock runs.
    pub paused_since: Option<DateTime<Utc>>,
    /// Time at which the first answer was due and was not given (UTC); null if it was in time.
    pub answer_breached_at: Option<DateTime<Utc>>,
    /// Time at which the solution was due and was not there (UTC); null if it was in time.
    pub solution_breached_at: Option<DateTime<Utc>>,
    /// Identifier of the issue into which it was merged; null for none.
    #[schema(value_type = Option<Uuid>)]
    pub merged_into_id: Option<IssueId>,
}

/// The block of a room that was made for an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueRoomBlock {
    /// Identifier of the room block.
    pub id: Uuid,
    /// First blocked night.
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last blocked night.
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// State of the block.
    pub state: IssueBlockState,
}

/// State of the block of an issue: it lasts (`active`), it was ended when the issue was solved (`solved`), somebody has released
/// it before (`ended_by_hand`), or its last night is past (`over`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueBlockState {
    Active,
    Solved,
    EndedByHand,
    Over,
}

/// Author of a message: the guest, or the staff of the hotel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueAuthor {
    Guest,
    Staff,
}

/// A message of an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueMessageOut {
    /// Identifier of the message.
    #[schema(value_type = Uuid)]
    pub id: IssueMessageId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the issue.
    #[schema(value_type = Uuid)]
    pub issue_id: IssueId,
    /// Author of the message.
    pub author: IssueAuthor,
    /// Name of the author, for staff; null for the guest.
    #[schema(example = "Sofia Support")]
    pub author_name: Option<String>,
    /// `true` for a note of the staff among themselves. Guests are shown none.
    pub is_note: bool,
    /// Text of the message: plain text, to be shown as such.
    #[schema(example = "Somebody is on the way.")]
    pub text: String,
    /// Files that are attached to it.
    pub attachments: Vec<IssueAttachmentOut>,
    /// Time of the message (UTC).
    pub created_at: DateTime<Utc>,
}

/// A file that is attached to a message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueAttachmentOut {
    /// Identifier of the attachment.
    #[schema(value_type = Uuid)]
    pub id: IssueAttachmentId,
    /// Name of the file.
    #[schema(example = "shower.jpg")]
    pub name: String,
    /// Format of the file, as it is stored.
    pub format: AttachmentFormat,
    /// Size in bytes.
    pub size: i64,
    /// Address of the file. It needs sign-in, and the file is to be saved rather than shown.
    #[schema(example = "/v1/issues/01a203ed-d571-732d-9af1-34b36c0dae65/attachments/01a203ed-d571-732d-9af1-34b36c0dae66")]
    pub url: String,
    /// Time at which it was attached (UTC).
    pub created_at: DateTime<Utc>,
}

impl IssueAttachmentOut {
    pub fn new(row: IssueAttachment, issue_id: IssueId) -> Self {
        let IssueAttachment { property_id: _, id, message_id: _, name, format, size, key: _, created_at, updated_at: _ } = row;
        Self { id, name, format, size, url: format!("/v1/issues/{issue_id}/attachments/{id}"), created_at }
    }
}

/// An issue as a message has made it, with that message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueMessagePosted {
    #[serde(flatten)]
    pub issue: IssueOut,
    /// Message that was written.
    pub message: IssueMessageOut,
}

/// Block of the room of an issue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRoomOfIssue {
    /// Kind of the block; any but `external`.
    #[garde(skip)]
    pub kind: BlockKind,
    /// First blocked night: today at the hotel, or later.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last blocked night; at most 1095 nights in all.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// Reason for the block, shown to staff, 1 to 500 characters; the subject of the issue if left out.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500, example = "Burst pipe in the bathroom")]
    pub reason: Option<String>,
    /// `true` to block the room even if stays to come would be left without a room. Needs `inventory:override`.
    #[garde(skip)]
    #[serde(default)]
    pub force: bool,
    /// Reason for forcing the block; needed with `force`.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500, example = "The ceiling may come down")]
    pub force_reason: Option<String>,
}

/// An issue whose room was blocked, with the block and its effects.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomOfIssueBlocked {
    #[serde(flatten)]
    pub issue: IssueOut,
    /// Block, and its effects on stays to come.
    pub block: RoomBlockChanged,
}

/// Choice of another issue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherIssue {
    /// Identifier of the other issue, of the same property.
    #[garde(skip)]
    #[schema(value_type = Uuid)]
    pub issue_id: IssueId,
}

/// A step in the history of an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueStepOut {
    /// Identifier of the step.
    pub id: Uuid,
    /// Kind of the step.
    pub kind: IssueStepKind,
    /// Fields that it changed, each with its value `before` and `after`, and what else is known of it.
    #[schema(value_type = Object, example = json!({"status": {"before": "open", "after": "in_progress"}}))]
    pub changes: serde_json::Value,
    /// Kind of who did it.
    pub actor_kind: ActorKind,
    /// Name of who did it.
    #[schema(example = "Sofia Support")]
    pub actor_name: String,
    /// Time of the step (UTC).
    pub created_at: DateTime<Utc>,
}

/// Place up to which an issue was read.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReadIssue {
    /// Identifier of the last message that was read; null or left out for the newest one.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    pub message_id: Option<IssueMessageId>,
}

/// State of one's own presence at an issue.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ViewIssue {
    /// `true` while you are writing.
    #[garde(skip)]
    pub is_writing: bool,
}

/// People who have an issue on their screen beside yourself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueViewersOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// People who have said so within the last 30 seconds.
    pub viewers: Vec<IssueViewerOut>,
}

/// A person who has an issue on their screen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueViewerOut {
    /// Identifier of the person.
    pub user_id: Uuid,
    /// Name of the person.
    #[schema(example = "Sofia Support")]
    pub name: String,
    /// `true` if the person is writing.
    pub is_writing: bool,
}

/// Choice of a property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfPropertyQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
}

/// Number of issues of a property, as queues of staff show it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueCounts {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Number of issues that are open.
    pub open: i64,
    /// Number of issues in progress.
    pub in_progress: i64,
    /// Number of issues that wait for the guest.
    pub waiting: i64,
    /// Number of issues that are resolved and not closed.
    pub resolved: i64,
    /// Number of issues in progress, open or waiting that nobody sees to.
    pub unassigned: i64,
    /// Number of issues in progress, open or waiting that you see to.
    pub mine: i64,
    /// Number of issues in progress or open whose first answer is overdue.
    pub answer_overdue: i64,
    /// Number of issues in progress or open whose solution is overdue.
    pub solution_overdue: i64,
    /// Number of issues in progress, open or waiting by team; teams without any are left out.
    #[schema(example = json!({"maintenance": 2}))]
    pub teams: BTreeMap<String, i64>,
}

/// Property and dates of a report on issues.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct IssueReportQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First day on which issues were raised, by the calendar of the hotel.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last day on which issues were raised, inclusive, at most 366 days from the first.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
}

/// Report on how a hotel has met its targets.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueReport {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First day on which issues were raised.
    #[schema(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last day on which issues were raised, inclusive.
    #[schema(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Numbers by priority, the most urgent first; priorities without issues are left out.
    pub priorities: Vec<IssueReportRow>,
}

/// Numbers of issues of a priority. Issues that were merged into others are not counted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueReportRow {
    /// Priority of the issues.
    pub priority: IssuePriority,
    /// Number of issues that were raised.
    #[schema(example = 40)]
    pub raised: i64,
    /// Number of these that guests raised and the hotel has answered.
    #[schema(example = 35)]
    pub answered: i64,
    /// Number of these whose first answer came late, or is late.
    #[schema(example = 3)]
    pub answer_missed: i64,
    /// Median time until the first answer to guests in minutes, day and night; null if none was answered.
    #[schema(example = 42)]
    pub median_answer_minutes: Option<i64>,
    /// Number of these that are solved.
    #[schema(example = 38)]
    pub resolved: i64,
    /// Number of these whose solution came late, or is late.
    #[schema(example = 2)]
    pub solution_missed: i64,
}

/// Settings of a hotel for its issues.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueSettingsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Service hours of a week, in the time zone of the hotel.
    pub hours: WeeklyHours,
    /// Dates without service.
    #[schema(example = json!(["2026-12-25"]))]
    pub holidays: BTreeSet<NaiveDate>,
    /// Targets by priority.
    pub targets: Targets,
    /// Addresses that are told of new issues of guests; if empty, that of the hotel is.
    #[schema(example = json!(["desk@miramar.example"]))]
    pub recipients: Vec<String>,
    /// Number that grows with each change, 0 while nothing has been set; the `ETag` header carries it.
    pub version: i64,
}

impl IssueSettingsOut {
    pub fn new(row: &IssueSettings) -> Result<Self> {
        Ok(Self {
            property_id: row.property_id,
            hours: row.hours()?,
            holidays: row.holidays()?,
            targets: row.targets()?,
            recipients: row.recipients()?,
            version: row.version,
        })
    }
}

/// New settings of a hotel for its issues. They count for issues that are raised, moved or given another priority from then on.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetIssueSettings {
    /// Service hours of a week, in the time zone of the hotel.
    #[garde(skip)]
    pub hours: WeeklyHours,
    /// Dates without service, at most 366.
    #[garde(length(max = 366))]
    #[serde(deserialize_with = "days")]
    #[schema(max_items = 366, example = json!(["2026-12-25"]))]
    pub holidays: Vec<NaiveDate>,
    /// Targets by priority.
    #[garde(dive)]
    pub targets: Targets,
    /// E-mail addresses that are told of new issues of guests, at most 10; if empty, that of the hotel is.
    #[garde(custom(few), inner(custom(address)))]
    #[schema(schema_with = described_recipients)]
    pub recipients: Vec<String>,
}

/// Deserializes dates of our time.
fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    struct Day(#[serde(deserialize_with = "dates::plausible")] NaiveDate);
    Ok(Vec::<Day>::deserialize(deserializer)?.into_iter().map(|Day(date)| date).collect())
}

/// Describes addresses that are told of new issues.
fn described_recipients() -> RefOr<Schema> {
    let address = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("email".into())));
    ArrayBuilder::new()
        .items(address.max_length(Some(MAX_ADDRESS)))
        .max_items(Some(MAX_RECIPIENTS))
        .description(Some("E-mail addresses that are told of new issues of guests, at most 10; if empty, that of the hotel is."))
        .examples([json!(["desk@miramar.example"])])
        .into()
}

fn few(addresses: &[String], (): &()) -> garde::Result {
    match addresses.len() > MAX_RECIPIENTS {
        true => Err(garde::Error::new(format!("must have at most {MAX_RECIPIENTS} items"))),
        false => Ok(()),
    }
}

fn address(address: &str, (): &()) -> garde::Result {
    let is_long = address.chars().count() > MAX_ADDRESS;
    let is_one = address.split_once('@').is_some_and(|(box_name, host)| !box_name.is_empty() && host.contains('.'));
    if is_long || !is_one || address.contains(char::is_whitespace) {
        return Err(garde::Error::new("must be an e-mail address"));
    }
    Ok(())
}

/// Choice of issues that is saved, as in the query of `GET /v1/issues`. Fields that are left out find all.
#[derive(Debug, Clone, Default, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SavedFilter {
    /// Status of the issue.
    #[garde(skip)]
    pub status: Option<IssueStatus>,
    /// `true` for issues that are neither resolved nor closed.
    #[garde(skip)]
    pub is_open: Option<bool>,
    /// Category of the issue.
    #[garde(skip)]
    pub category: Option<IssueCategory>,
    /// Priority of the issue.
    #[garde(skip)]
    pub priority: Option<IssuePriority>,
    /// Team that sees to the issue.
    #[garde(skip)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who sees to the issue.
    #[garde(skip)]
    pub assignee_id: Option<Uuid>,
    /// `true` for issues that nobody sees to.
    #[garde(skip)]
    pub is_unassigned: Option<bool>,
    /// `true` for issues whose first answer or solution is due by now and is still missing.
    #[garde(skip)]
    pub is_overdue: Option<bool>,
    /// `true` for issues whose first answer or solution was ever late.
    #[garde(skip)]
    pub has_missed: Option<bool>,
    /// Words of the subject or of messages, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "shower")]
    pub q: Option<String>,
}

/// Filter to save.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateIssueView {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Name, 1 to 100 characters, once among one's own at the hotel.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Defects that nobody sees to")]
    pub name: String,
    /// `true` for all who see issues at the hotel, `false` for oneself.
    #[garde(skip)]
    #[serde(default)]
    pub is_shared: bool,
    /// Choice of the issues that it finds.
    #[garde(dive)]
    pub filter: SavedFilter,
}

/// Filter of saved filters.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct IssueViewFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
}

/// A saved filter of issues.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueViewOut {
    /// Identifier of the saved filter.
    #[schema(value_type = Uuid)]
    pub id: IssueViewId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the filter.
    #[schema(example = "Defects that nobody sees to")]
    pub name: String,
    /// `true` if it is for all who see issues at the hotel.
    pub is_shared: bool,
    /// `true` if it is one's own.
    pub is_own: bool,
    /// Choice of the issues that it finds.
    pub filter: SavedFilter,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl IssueViewOut {
    pub fn new(row: IssueView, reader: Uuid) -> Result<Self> {
        let IssueView { property_id, id, user_id, name, is_shared, filter, version, created_at, updated_at: _ } = row;
        let filter = serde_json::from_value(filter).map_err(Error::internal)?;
        Ok(Self { id, property_id, name, is_shared, is_own: user_id == reader, filter, version, created_at })
    }
}

/// Canned answer to add.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCannedAnswer {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Title by which staff find it, 1 to 100 characters, once in the hotel.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Somebody is on the way")]
    pub title: String,
    /// Texts by language (BCP 47), 1 to 20 languages, at most 5,000 characters each.
    #[garde(custom(answers))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(schema_with = described_answers)]
    pub texts: BTreeMap<Locale, String>,
}

/// Change of a canned answer. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCannedAnswer {
    /// Title by which staff find it, 1 to 100 characters, once in the hotel.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub title: Option<String>,
    /// Texts by language (BCP 47), 1 to 20 languages, at most 5,000 characters each: the complete list from now on.
    #[garde(inner(custom(answers)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(schema_with = described_answers)]
    pub texts: Option<BTreeMap<Locale, String>>,
}

/// Describes texts by language.
fn described_answers() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX_ANSWER));
    let about = format!(
        "Texts by language (BCP 47), 1 to {MAX_LANGUAGES} languages, at most {MAX_ANSWER} characters each: the complete list. \
         Variables stand in double braces: {}.",
        VARIABLES.join(", ")
    );
    ObjectBuilder::new()
        .description(Some(about))
        .additional_properties(Some(Schema::from(text)))
        .examples([json!({"en": "Dear {{guest_name}}, somebody is on the way."})])
        .build()
}

/// Validates the number and the lengths of texts.
fn answers(texts: &BTreeMap<Locale, String>, (): &()) -> garde::Result {
    if texts.is_empty() || texts.len() > MAX_LANGUAGES {
        return Err(garde::Error::new(format!("must have 1 to {MAX_LANGUAGES} languages")));
    }
    match texts.iter().find(|(_, text)| text.is_empty() || text.chars().count() > MAX_ANSWER) {
        Some((locale, _)) => Err(garde::Error::new(format!("must have 1 to {MAX_ANSWER} characters in {locale}"))),
        None => Ok(()),
    }
}

/// Filter of canned answers.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct CannedAnswerFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Words of the title, in any order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "on the way", max_length = 200)]
    pub q: Option<String>,
}

/// A canned answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CannedAnswerOut {
    /// Identifier of the canned answer.
    #[schema(value_type = Uuid)]
    pub id: CannedAnswerId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Title by which staff find it.
    #[schema(example = "Somebody is on the way")]
    pub title: String,
    /// Texts by language (BCP 47), with their variables.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"en": "Dear {{guest_name}}, somebody is on the way."}))]
    pub texts: BTreeMap<Locale, String>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl CannedAnswerOut {
    pub fn new(row: CannedAnswer) -> Result<Self> {
        let texts = row.texts()?;
        let CannedAnswer { property_id, id, title, texts: _, version, created_at, updated_at } = row;
        Ok(Self { id, property_id, title, texts, version, created_at, updated_at })
    }
}

/// A canned answer as it reads for an issue: in the guest's language, with its variables filled in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilledAnswer {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Language of the text.
    #[schema(value_type = String, example = "en")]
    pub locale: Locale,
    /// Text to be looked over and sent.
    #[schema(example = "Dear Ana Sousa, somebody is on the way.")]
    pub text: String,
}

impl IssueCounts {
    /// The numbers of a property without issues.
    pub fn none(property_id: Uuid) -> Self {
        Self {
            property_id,
            open: 0,
            in_progress: 0,
            waiting: 0,
            resolved: 0,
            unassigned: 0,
            mine: 0,
            answer_overdue: 0,
            solution_overdue: 0,
            teams: BTreeMap::new(),
        }
    }
}
