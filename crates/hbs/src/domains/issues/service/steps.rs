//! Traces of every change of an issue: its row, a step in its history, an event on the record.
use crate::domains::issues::model::{Issue, IssueStep, IssueStepKind, IssueTarget};
use crate::domains::issues::repository;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A step that an issue takes, for its history and for the record.
pub struct Step {
    kind: IssueStepKind,
    event: &'static str,
    facts: Map<String, Value>,
}

impl Step {
    pub fn new(kind: IssueStepKind, event: &'static str) -> Self {
        Self { kind, event, facts: Map::new() }
    }

    /// Adds a fact beside what the rows tell.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
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
pub fn differences(before: &Issue, after: &Issue) -> Result<Map<String, Value>> {
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
pub async fn save(conn: &Conn, before: &Issue, after: &mut Issue, step: Step, cause: &Cause) -> Result<()> {
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
pub async fn note(conn: &Conn, issue: &Issue, kind: IssueStepKind, changes: Map<String, Value>, cause: &Cause) -> Result<()> {
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
pub async fn note_overdue(conn: &Conn, issue: &mut Issue, cause: &Cause) -> Result<bool> {
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
