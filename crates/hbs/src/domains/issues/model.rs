use super::rules::hours::{Targets, WeeklyHours};
use crate::Error;
use crate::Result;
use crate::ids::id;
use crate::media::PictureFormat;
use crate::outbox::{ActorKind, Cause, Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{
    bookings, canned_answers, issue_attachments, issue_messages, issue_settings, issue_steps, issue_views, issues, room_blocks,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

id! {
    /// Id of an issue.
    pub struct IssueId;
}

id! {
    /// Id of a message of an issue.
    pub struct IssueMessageId;
}

id! {
    /// Id of an attachment of a message.
    pub struct IssueAttachmentId;
}

id! {
    /// Id of a saved filter.
    pub struct IssueViewId;
}

id! {
    /// Id of a canned answer.
    pub struct CannedAnswerId;
}

text_enum! {
    /// Status of an issue: nobody is at it (`open`), somebody is (`in_progress`), it waits for the guest (`waiting`), it is
    /// solved (`resolved`), and done with (`closed`). A message of the guest opens it again.
    pub enum IssueStatus {
        Open = "open",
        InProgress = "in_progress",
        /// Waiting for the guest: the time until the solution stands still.
        Waiting = "waiting",
        Resolved = "resolved",
        Closed = "closed",
    }
}

impl IssueStatus {
    /// Returns `true` while the hotel's time for the answer and the solution runs.
    pub fn runs(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

text_enum! {
    /// Category of an issue.
    pub enum IssueCategory {
        Booking = "booking",
        Payment = "payment",
        RoomDefect = "room_defect",
        Housekeeping = "housekeeping",
        Noise = "noise",
        Service = "service",
        LostItem = "lost_item",
        Accessibility = "accessibility",
        Feedback = "feedback",
        Other = "other",
    }
}

text_enum! {
    /// Priority of an issue, which sets its targets.
    pub enum IssuePriority {
        Low = "low",
        Normal = "normal",
        High = "high",
        Urgent = "urgent",
    }
}

text_enum! {
    /// Team of a hotel that sees to an issue.
    pub enum IssueTeam {
        FrontDesk = "front_desk",
        Housekeeping = "housekeeping",
        Maintenance = "maintenance",
        Reservations = "reservations",
        Finance = "finance",
        Management = "management",
    }
}

impl IssueCategory {
    /// Returns the team that sees to such an issue, unless staff say otherwise.
    pub fn team(self) -> IssueTeam {
        match self {
            Self::Booking => IssueTeam::Reservations,
            Self::Payment => IssueTeam::Finance,
            Self::RoomDefect => IssueTeam::Maintenance,
            Self::Housekeeping | Self::LostItem => IssueTeam::Housekeeping,
            Self::Feedback => IssueTeam::Management,
            Self::Noise | Self::Service | Self::Accessibility | Self::Other => IssueTeam::FrontDesk,
        }
    }
}

text_enum! {
    /// Origin of an issue: the guest, or the staff of the hotel.
    pub enum IssueOrigin {
        Guest = "guest",
        Staff = "staff",
    }
}

text_enum! {
    /// Target that an issue missed: the first answer, or the solution.
    pub enum IssueTarget {
        Answer = "answer",
        Solution = "solution",
    }
}

/// An issue.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = issues, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true, primary_key(property_id, id))]
pub struct Issue {
    pub property_id: Uuid,
    pub id: IssueId,
    pub status: IssueStatus,
    pub category: IssueCategory,
    pub priority: IssuePriority,
    pub team: IssueTeam,
    pub assignee_id: Option<Uuid>,
    pub subject: String,
    pub is_internal: bool,
    pub origin: IssueOrigin,
    pub guest_user_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub stay_id: Option<Uuid>,
    pub room_id: Option<Uuid>,
    pub block_id: Option<Uuid>,
    pub block_ended_at: Option<DateTime<Utc>>,
    pub answer_minutes: i32,
    pub solution_minutes: i32,
    pub answer_due_at: Option<DateTime<Utc>>,
    pub solution_due_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub paused_since: Option<DateTime<Utc>>,
    pub paused_seconds: i64,
    pub answer_breached_at: Option<DateTime<Utc>>,
    pub solution_breached_at: Option<DateTime<Utc>>,
    pub merged_into_id: Option<IssueId>,
    #[serde(skip)]
    pub message_count: i32,
    #[serde(skip)]
    pub attachment_count: i32,
    #[serde(skip)]
    pub guest_due_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub staff_due_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Issue {
    const ENTITY: &'static str = "issue";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "status",
        "category",
        "priority",
        "team",
        "assignee_id",
        "is_internal",
        "origin",
        "booking_id",
        "stay_id",
        "room_id",
        "block_id",
        "block_ended_at",
        "answer_minutes",
        "solution_minutes",
        "answer_due_at",
        "solution_due_at",
        "answered_at",
        "resolved_at",
        "closed_at",
        "paused_since",
        "paused_seconds",
        "answer_breached_at",
        "solution_breached_at",
        "merged_into_id",
        // Of what else is told of an issue.
        "message_id",
        "attachment_id",
        "target",
        "due_at",
        "other_id",
        "opened_by",
    ];
    const SEALED: &'static [&'static str] = &["subject", "guest_user_id"];

    /// Returns the issue as an entity of the hotel, and not of its booking: guests read the timeline of that.
    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// A message of an issue, or a note of the staff.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = issue_messages, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct IssueMessage {
    pub property_id: Uuid,
    pub id: IssueMessageId,
    pub issue_id: IssueId,
    pub is_note: bool,
    pub is_from_guest: bool,
    pub author_kind: ActorKind,
    pub author_id: Option<Uuid>,
    pub text: String,
    pub issue_version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Time at which the guest was written to about it, if it is an answer.
    pub told_at: Option<DateTime<Utc>>,
}

impl IssueMessage {
    /// Makes a message of whoever is the cause of it. `version` is that of the issue with it.
    pub fn new(issue: &Issue, text: &str, (is_note, is_from_guest): (bool, bool), version: i64, cause: &Cause) -> Self {
        let (author_kind, author_id) = cause.actor();
        Self {
            property_id: issue.property_id,
            id: IssueMessageId::now_v7(),
            issue_id: issue.id,
            is_note,
            is_from_guest,
            author_kind,
            author_id,
            text: text.to_owned(),
            issue_version: version,
            created_at: cause.at,
            updated_at: cause.at,
            told_at: None,
        }
    }
}

text_enum! {
    /// Format of an attachment, as it is stored.
    pub enum AttachmentFormat {
        Jpeg = "jpeg",
        Webp = "webp",
        Pdf = "pdf",
    }
}

impl From<PictureFormat> for AttachmentFormat {
    fn from(format: PictureFormat) -> Self {
        match format {
            PictureFormat::Jpeg => Self::Jpeg,
            PictureFormat::Webp => Self::Webp,
        }
    }
}

impl AttachmentFormat {
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }
}

/// An attachment of a message.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = issue_attachments, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct IssueAttachment {
    pub property_id: Uuid,
    pub id: IssueAttachmentId,
    pub message_id: IssueMessageId,
    pub name: String,
    pub format: AttachmentFormat,
    pub size: i64,
    pub key: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

text_enum! {
    /// Kind of a step in the history of an issue.
    pub enum IssueStepKind {
        Created = "created",
        Changed = "changed",
        Answered = "answered",
        /// A note was written, which is not for guests.
        Noted = "noted",
        Reopened = "reopened",
        Attached = "attached",
        RoomBlocked = "room_blocked",
        RoomReleased = "room_released",
        Merged = "merged",
        Linked = "linked",
        Unlinked = "unlinked",
        /// A target was missed.
        Overdue = "overdue",
    }
}

/// A step in the history of an issue.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = issue_steps, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct IssueStep {
    pub property_id: Uuid,
    pub id: Uuid,
    pub issue_id: IssueId,
    pub kind: IssueStepKind,
    pub changes: serde_json::Value,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The block of a room, as far as the issue that it was made for tells of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = room_blocks)]
pub struct BlockOfIssue {
    pub id: Uuid,
    pub from_date: NaiveDate,
    pub to_date: NaiveDate,
    pub is_deleted: bool,
}

/// The booking of an issue, as far as the issue is shown with it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct BookingOfIssue {
    pub reference: String,
    pub contact_name: String,
}

/// Settings of a hotel for its issues.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = issue_settings, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
#[diesel(primary_key(property_id))]
pub struct IssueSettings {
    pub property_id: Uuid,
    pub hours: serde_json::Value,
    pub holidays: serde_json::Value,
    pub targets: serde_json::Value,
    pub recipients: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for IssueSettings {
    const ENTITY: &'static str = "issue_settings";
    const OPEN: &'static [&'static str] = &["property_id", "hours", "holidays", "targets"];
    const SEALED: &'static [&'static str] = &["recipients"];

    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}

impl IssueSettings {
    /// Returns the settings of a hotel that has said nothing.
    pub fn usual(property_id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            property_id,
            hours: serde_json::to_value(WeeklyHours::default()).map_err(Error::internal)?,
            holidays: serde_json::json!([]),
            targets: serde_json::to_value(Targets::default()).map_err(Error::internal)?,
            recipients: serde_json::json!([]),
            version: 0,
            created_at: now,
            updated_at: now,
        })
    }

    pub fn hours(&self) -> Result<WeeklyHours> {
        serde_json::from_value(self.hours.clone()).map_err(Error::internal)
    }

    pub fn holidays(&self) -> Result<BTreeSet<NaiveDate>> {
        serde_json::from_value(self.holidays.clone()).map_err(Error::internal)
    }

    pub fn targets(&self) -> Result<Targets> {
        serde_json::from_value(self.targets.clone()).map_err(Error::internal)
    }

    pub fn recipients(&self) -> Result<Vec<String>> {
        serde_json::from_value(self.recipients.clone()).map_err(Error::internal)
    }
}

/// A filter of issues that somebody has saved.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = issue_views, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct IssueView {
    pub property_id: Uuid,
    pub id: IssueViewId,
    pub user_id: Uuid,
    pub name: String,
    pub is_shared: bool,
    pub filter: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for IssueView {
    const ENTITY: &'static str = "issue_view";
    const OPEN: &'static [&'static str] = &["property_id", "id", "is_shared"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// An answer that is written once and used often.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = canned_answers, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct CannedAnswer {
    pub property_id: Uuid,
    pub id: CannedAnswerId,
    pub title: String,
    pub texts: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for CannedAnswer {
    const ENTITY: &'static str = "canned_answer";
    const OPEN: &'static [&'static str] = &["property_id", "id"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

impl CannedAnswer {
    pub fn texts(&self) -> Result<BTreeMap<Locale, String>> {
        serde_json::from_value(self.texts.clone()).map_err(Error::internal)
    }
}

/// Change of a canned answer.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = canned_answers)]
pub struct CannedAnswerChange {
    pub title: Option<String>,
    pub texts: Option<serde_json::Value>,
}
