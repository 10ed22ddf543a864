//! Issues of the demo hotels, so that lists look alive.
use super::desk::Desk;
use super::raising::{new_issue, raise};
use super::steps::{Step, save};
use crate::Result;
use crate::domains::issues::dto::CreateIssue;
use crate::domains::issues::model::{
    CannedAnswer, CannedAnswerId, IssueCategory, IssueMessage, IssueOrigin, IssuePriority, IssueStatus, IssueStepKind,
};
use crate::domains::issues::repository;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use serde_json::json;
use uuid::Uuid;

/// An issue of a guest of the demo.
pub struct DemoIssue {
    pub category: IssueCategory,
    pub is_urgent: bool,
    pub subject: &'static str,
    pub text: &'static str,
    /// Answer of the staff; none if nobody has answered yet.
    pub answer: Option<&'static str>,
    /// Note of the staff among themselves.
    pub note: Option<&'static str>,
}

/// A canned answer of the demo.
pub struct DemoAnswer {
    pub title: &'static str,
    pub english: &'static str,
    pub portuguese: &'static str,
}

/// Loads canned answers of a hotel of the demo.
pub async fn load_answers_for_demo(conn: &Conn, property_id: Uuid, answers: &[DemoAnswer], cause: &Cause) -> Result<()> {
    let mut events = Vec::with_capacity(answers.len());
    for DemoAnswer { title, english, portuguese } in answers {
        let new = CannedAnswer {
            property_id,
            id: CannedAnswerId::now_v7(),
            title: (*title).into(),
            texts: json!({"en": english, "pt": portuguese}),
            version: 1,
            created_at: cause.at,
            updated_at: cause.at,
        };
        repository::insert_canned_answer(conn, &new).await?;
        events.push(Event::created(&new));
    }
    outbox::publish(conn, cause, events).await?;
    Ok(())
}

/// Loads an issue of a booking of the demo. Nobody is written to.
pub async fn load_for_demo(conn: &Conn, property_id: Uuid, booking_id: Uuid, demo: &DemoIssue, cause: &Cause) -> Result<()> {
    let request = CreateIssue {
        property_id,
        category: demo.category,
        subject: demo.subject.into(),
        text: demo.text.into(),
        booking_id: Some(booking_id),
        stay_id: None,
        room_id: None,
        priority: demo.is_urgent.then_some(IssuePriority::Urgent),
        team: None,
        assignee_id: None,
        is_internal: None,
    };
    let desk = Desk::read(conn, property_id, cause.at).await?;
    let issue = new_issue(&desk, &request, (Some(booking_id), None), IssueOrigin::Guest, cause)?;
    raise(conn, &issue, demo.text, cause).await?;
    let Some(answer) = demo.answer else { return Ok(()) };
    let mut after = issue.clone();
    for (text, is_note) in [(Some(answer), false), (demo.note, true)] {
        if let Some(text) = text {
            let message = IssueMessage::new(&issue, text, (is_note, false), issue.version + 1, cause);
            let message = IssueMessage { told_at: (!is_note).then_some(cause.at), ..message };
            repository::insert_message(conn, &message).await?;
            after.message_count += 1;
        }
    }
    after.answered_at = Some(cause.at);
    after.move_to(IssueStatus::InProgress, &desk.hours, cause.at);
    save(conn, &issue, &mut after, Step::new(IssueStepKind::Answered, "issue.answered"), cause).await
}
