//! What was done about issues, who has read them, and who is looking at them.
use crate::domains::issues::model::{IssueMessageId, IssueStepKind};
use crate::outbox::ActorKind;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A step in the history of an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueStepOut {
    /// Identifier of the step.
    pub id: Uuid,
    /// Kind of the step.
    pub kind: IssueStepKind,
    /// Fields that were changed, each with its value `before` and `after`, and further details of the step.
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

/// Last message of an issue that was read.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReadIssue {
    /// Identifier of the last message that was read; null or left out for the newest one.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    pub message_id: Option<IssueMessageId>,
}

/// Report that the caller is looking at an issue.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ViewIssue {
    /// `true` while you are writing.
    #[garde(skip)]
    pub is_writing: bool,
}

/// Other people who are looking at an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueViewersOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// People who have reported it within the last 30 seconds.
    pub viewers: Vec<IssueViewerOut>,
}

/// A person who is looking at an issue.
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
