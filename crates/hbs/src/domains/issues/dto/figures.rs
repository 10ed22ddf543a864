//! Numbers of issues.
use crate::domains::issues::model::IssuePriority;
use crate::http::valid::dates;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Choice of a property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfPropertyQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
}

/// Numbers of issues of a property, for the queues of the staff.
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
    /// Number of open, waiting or in-progress issues without an assignee.
    pub unassigned: i64,
    /// Number of open, waiting or in-progress issues that are assigned to you.
    pub mine: i64,
    /// Number of open or in-progress issues whose first answer is overdue.
    pub answer_overdue: i64,
    /// Number of open or in-progress issues whose solution is overdue.
    pub solution_overdue: i64,
    /// Numbers of open, waiting or in-progress issues by team; teams without any are left out.
    #[schema(example = json!({"maintenance": 2}))]
    pub teams: BTreeMap<String, i64>,
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

/// Report on how a property has met its targets.
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
    /// Number of these that guests have raised and the property has answered.
    #[schema(example = 35)]
    pub answered: i64,
    /// Number of these whose first answer came late or is overdue.
    #[schema(example = 3)]
    pub answer_missed: i64,
    /// Median time until the first answer to a guest in minutes, counted day and night; null if none was answered.
    #[schema(example = 42)]
    pub median_answer_minutes: Option<i64>,
    /// Number of these that are resolved or closed.
    #[schema(example = 38)]
    pub resolved: i64,
    /// Number of these whose solution came late or is overdue.
    #[schema(example = 2)]
    pub solution_missed: i64,
}
