//! The use cases of issues, one function each.
mod around;
mod blocking;
mod canned;
mod changing;
mod deadlines;
mod demo;
mod files;
mod letters;
mod merging;
mod raising;
mod reading;
mod settings;
mod talking;
mod views;

pub use around::{history, mark_read, sweep_viewers, view};
pub use blocking::block_room;
pub use canned::{
    create_canned_answer, delete_canned_answer, fill_canned_answer, get_canned_answer, list_canned_answers, update_canned_answer,
};
pub use changing::update;
pub use deadlines::tell_overdue;
pub use demo::{DemoIssue, load_for_demo};
pub use files::{attach, download};
pub use letters::{prepare_mail, queue_mails};
pub use merging::{link, links, merge, unlink};
pub use raising::create;
pub use reading::{counts, get, list, messages, report};
pub use settings::{get_settings, set_settings};
pub use talking::post_message;
pub use views::{create_view, delete_view, get_view, list_views};

use super::dto::IssueMessageOut;
use super::error::IssueError;
use super::model::{Issue, IssueId, IssueSettings, IssueStep, IssueStepKind, IssueTarget};
use super::repository;
use super::rules::hours::ServiceHours;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::changed_meanwhile;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What an issue is called where it is not found.
const ISSUE: &str = "issue";

/// An issue within reach.
async fn find(conn: &Conn, reach: &Reach, id: IssueId) -> Result<Issue> {
    repository::find(conn, reach, id).await?.or_404(ISSUE)
}

/// An issue within reach, locked against other changes.
async fn lock(conn: &Conn, reach: &Reach, id: IssueId) -> Result<Issue> {
    let known = find(conn, reach, id).await?;
    repository::lock(conn, known.property_id, id).await?.or_404(ISSUE)
}

/// Returns `true` if a caller sees an issue as staff do.
fn is_staff(reach: &Reach, issue: &Issue) -> bool {
    reach.scope.covers(issue.property_id)
}

/// A hotel with what it says about its issues.
struct Desk {
    property: Property,
    settings: IssueSettings,
    hours: ServiceHours,
}

impl Desk {
    async fn read(conn: &Conn, property_id: Uuid, now: DateTime<Utc>) -> Result<Self> {
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
async fn check_seen(conn: &Conn, reach: &Reach, issue: &Issue, seen: Option<i64>) -> Result<()> {
    let Some(seen) = seen.filter(|seen| *seen != issue.version) else { return Ok(()) };
    if seen > issue.version {
        return Err(changed_meanwhile(issue.version));
    }
    let rows = repository::since(conn, issue, seen, is_staff(reach, issue)).await?;
    if rows.is_empty() {
        return Err(changed_meanwhile(issue.version));
    }
    let messages: Vec<IssueMessageOut> = reading::shown_messages(conn, reach, issue, rows).await?;
    Err(IssueError::AnsweredMeanwhile { version: issue.version, messages }.into())
}

/// A step that an issue takes, for its history and for the record.
struct Step {
    kind: IssueStepKind,
    event: &'static str,
    facts: Map<String, Value>,
}

impl Step {
    fn new(kind: IssueStepKind, event: &'static str) -> Self {
        Self { kind, event, facts: Map::new() }
    }

    /// Adds a fact beside what the rows tell.
    fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.facts.insert(name.into(), json!(value));
        self
    }
}

/// Fields whose changes the history of an issue shows.
const SHOWN: &[&str] = &[
    "status",
    "category",
    "priority",
    "team",
    "assignee_id",
    "room_id",
    "subject",
    "block_id",
    "block_ended_at",
    "merged_into_id",
];

/// Returns the changes of the shown fields: `{"status": {"before": …, "after": …}}`.
fn differences(before: &Issue, after: &Issue) -> Result<Map<String, Value>> {
    let (before, after) = (json_of(before)?, json_of(after)?);
    let changed = SHOWN.iter().filter(|name| before.get(**name) != after.get(**name));
    Ok(changed.map(|name| ((*name).to_owned(), json!({"before": before.get(*name), "after": after.get(*name)}))).collect())
}

fn json_of(issue: &Issue) -> Result<Map<String, Value>> {
    match serde_json::to_value(issue).map_err(Error::internal)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::internal("an issue is an object")),
    }
}

/// Writes an issue as a step makes it, with what is told of it. Whoever does holds its row.
async fn save(conn: &Conn, before: &Issue, after: &mut Issue, step: Step, cause: &Cause) -> Result<()> {
    after.version = before.version + 1;
    after.updated_at = cause.at;
    repository::update(conn, after).await?;
    tell(conn, before, after, step, cause).await
}

/// Tells of a step in the history and on the record.
async fn tell(conn: &Conn, before: &Issue, after: &Issue, step: Step, cause: &Cause) -> Result<()> {
    let Step { kind, event, facts } = step;
    let mut told = Event::changed(before, after).named(event);
    for (name, value) in &facts {
        told = told.with(name, value);
    }
    let mut changes = differences(before, after)?;
    changes.extend(facts);
    note(conn, after, kind, changes, cause).await?;
    outbox::publish(conn, cause, [told]).await?;
    Ok(())
}

/// Adds a step to the history of an issue.
async fn note(conn: &Conn, issue: &Issue, kind: IssueStepKind, changes: Map<String, Value>, cause: &Cause) -> Result<()> {
    let (actor_kind, actor_id) = cause.actor();
    let step = IssueStep {
        property_id: issue.property_id,
        id: Uuid::now_v7(),
        issue_id: issue.id,
        kind,
        changes: Value::Object(changes),
        actor_kind,
        actor_id,
        created_at: cause.at,
        updated_at: cause.at,
    };
    repository::add_step(conn, &step).await?;
    Ok(())
}

/// Tells once of each target that an issue has missed. Whoever is about to change the issue calls this first, so that none is
/// missed unnoticed however late the job comes; the row is written with that change.
async fn note_overdue(conn: &Conn, issue: &mut Issue, cause: &Cause) -> Result<bool> {
    let missed = issue.note_overdue(cause.at);
    for (target, due_at) in &missed {
        let event = match target {
            IssueTarget::Answer => "issue.answer_overdue",
            IssueTarget::Solution => "issue.solution_overdue",
        };
        let system = Cause::system(cause.at);
        let facts = Map::from_iter([("target".to_owned(), json!(target)), ("due_at".to_owned(), json!(due_at))]);
        note(conn, issue, IssueStepKind::Overdue, facts, &system).await?;
        let told = Event::of(event, issue).with("target", target).with("due_at", due_at);
        outbox::publish(conn, &system, [told]).await?;
    }
    Ok(!missed.is_empty())
}
