//! Issues: raising, changing, finding and showing them, and the blocks of their rooms.
use crate::domains::blocks::{BlockKind, RoomBlockChanged};
use crate::domains::issues::model::{IssueCategory, IssueId, IssueOrigin, IssuePriority, IssueStatus, IssueTeam};
use crate::http::valid::{dates, present};
use crate::plain_text::paragraphs;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

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
    /// Team that is responsible, for staff; if left out, the category decides.
    #[garde(skip)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who is responsible (the assignee), for staff; null or left out for nobody yet.
    #[garde(skip)]
    pub assignee_id: Option<Uuid>,
    /// `true` for an issue that is hidden from guests, `false` for one that is sent to the guest of the booking. For staff;
    /// `true` if left out.
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
    /// Priority of the issue. Its due times are those of the new priority, counted from when the issue was raised.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub priority: Option<IssuePriority>,
    /// Team that is responsible for the issue.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who is responsible for the issue; null for nobody.
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

/// Filter of issues. Fields marked for staff find only issues of the hotels where the caller works.
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
    /// Team that is responsible for the issue. For staff.
    #[param(inline)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who is responsible for the issue. For staff.
    pub assignee_id: Option<Uuid>,
    /// `true` for issues without an assignee, `false` for the others. For staff.
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
    /// Number of messages by others that you have not read.
    #[schema(example = 1)]
    pub unread: i64,
    /// Time of the hotel's first answer (UTC); null if there is none yet.
    pub answered_at: Option<DateTime<Utc>>,
    /// Time at which it was resolved or closed (UTC); null while it is neither.
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
    /// `true` if the issue is hidden from guests.
    pub is_internal: bool,
    /// Priority of the issue.
    pub priority: IssuePriority,
    /// Team that is responsible for it.
    pub team: IssueTeam,
    /// Identifier of the person who is responsible for it; null for nobody.
    pub assignee_id: Option<Uuid>,
    /// Name of the person who is responsible for it; null for nobody.
    #[schema(example = "Sofia Support")]
    pub assignee_name: Option<String>,
    /// Name of the guest; null for internal issues without a booking.
    #[schema(example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Time at which the guest last marked messages as read (UTC); null if they never did.
    pub guest_read_at: Option<DateTime<Utc>>,
    /// Identifier of the room that it is about; null for none.
    pub room_id: Option<Uuid>,
    /// Number on the door of that room; null for none.
    #[schema(example = "304")]
    pub room_number: Option<String>,
    /// Block of the room that was made for the issue; null for none.
    pub room_block: Option<IssueRoomBlock>,
    /// Target for the first answer in minutes of service; it follows from the priority.
    pub answer_minutes: i32,
    /// Target for the solution in minutes of service; it follows from the priority.
    pub solution_minutes: i32,
    /// Time by which the first answer is due (UTC); null once it was given, and while the clock is stopped.
    pub answer_due_at: Option<DateTime<Utc>>,
    /// Time by which the solution is due (UTC); null while the clock is stopped.
    pub solution_due_at: Option<DateTime<Utc>>,
    /// Time since when the clock is stopped (UTC), because the issue waits for the guest, is resolved or closed; null while the
    /// clock runs.
    pub paused_since: Option<DateTime<Utc>>,
    /// Time at which the first answer was due, if that was missed (UTC); null if it was not.
    pub answer_breached_at: Option<DateTime<Utc>>,
    /// Time at which the solution was due, if that was missed (UTC); null if it was not.
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

/// State of the block of an issue: it has not ended (`active`), it ended when the issue was resolved or closed (`solved`),
/// somebody ended it before that (`ended_by_hand`), or its last night is past (`over`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueBlockState {
    Active,
    Solved,
    EndedByHand,
    Over,
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
