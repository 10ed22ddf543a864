//! Beginning of every use case: the issue, the hotel with its hours, and the version that was seen.
use super::reading::shown_messages;
use crate::Result;
use crate::domains::issues::dto::IssueMessageOut;
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{Issue, IssueId, IssueSettings};
use crate::domains::issues::repository;
use crate::domains::issues::rules::hours::ServiceHours;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::changed_meanwhile;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Name of an issue where it is not found.
pub const ISSUE: &str = "issue";

/// An issue within reach.
pub async fn find(conn: &Conn, reach: &Reach, id: IssueId) -> Result<Issue> {
    repository::find(conn, reach, id).await?.or_404(ISSUE)
}

/// Returns `true` if a caller sees an issue as staff do.
pub fn is_staff(reach: &Reach, issue: &Issue) -> bool {
    reach.scope.covers(issue.property_id)
}

/// A hotel with what it says about its issues.
pub struct Desk {
    pub property: Property,
    pub settings: IssueSettings,
    pub hours: ServiceHours,
}

impl Desk {
    pub async fn read(conn: &Conn, property_id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let settings = match repository::settings(conn, property_id).await? {
            Some(known) => known,
            None => IssueSettings::usual(property_id, now)?,
        };
        let hours = ServiceHours { weekly: settings.hours()?, holidays: settings.holidays()?, zone: property.time_zone.tz() };
        Ok(Self { property, settings, hours })
    }
}

/// Refuses with 412 unless an issue still has the version that the caller saw. Where the reason is that somebody has written, the
/// answer has what they wrote.
pub async fn check_seen(conn: &Conn, reach: &Reach, issue: &Issue, seen: Option<i64>) -> Result<()> {
    let Some(seen) = seen.filter(|seen| *seen != issue.version) else { return Ok(()) };
    if seen > issue.version {
        return Err(changed_meanwhile(issue.version));
    }
    let rows = repository::since(conn, issue, seen, is_staff(reach, issue)).await?;
    if rows.is_empty() {
        return Err(changed_meanwhile(issue.version));
    }
    let messages: Vec<IssueMessageOut> = shown_messages(conn, reach, issue, rows).await?;
    Err(IssueError::AnsweredMeanwhile { version: issue.version, messages }.into())
}
