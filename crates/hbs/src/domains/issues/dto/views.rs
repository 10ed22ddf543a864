//! Saved filters of issues.
use crate::domains::issues::model::{IssueCategory, IssuePriority, IssueStatus, IssueTeam, IssueView, IssueViewId};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Saved choice of issues, with the fields of the query of `GET /v1/issues`. Fields that are left out do not narrow it.
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
    /// Team that is responsible for the issue.
    #[garde(skip)]
    pub team: Option<IssueTeam>,
    /// Identifier of the person who is responsible for the issue.
    #[garde(skip)]
    pub assignee_id: Option<Uuid>,
    /// `true` for issues without an assignee.
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
    /// Name, 1 to 100 characters; no two of your own filters at the property have the same.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Defects that nobody sees to")]
    pub name: String,
    /// `true` to share it with all who see issues at the property, `false` to keep it to yourself.
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
    /// `true` if it is shared with all who see issues at the property.
    pub is_shared: bool,
    /// `true` if it is your own.
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
