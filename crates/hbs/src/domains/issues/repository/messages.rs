use crate::domains::issues::model::{Issue, IssueAttachment, IssueAttachmentId, IssueId, IssueMessage, IssueMessageId};
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{issue_attachments, issue_messages};
use uuid::Uuid;

/// Messages of an issue, the oldest first; with notes for the staff alone.
pub async fn list(
    mut conn: &Conn,
    issue: &Issue,
    with_notes: bool,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<IssueMessage>> {
    let mut query = issue_messages::table
        .filter(issue_messages::property_id.eq(issue.property_id))
        .filter(issue_messages::issue_id.eq(issue.id))
        .order(issue_messages::id)
        .limit(limit)
        .select(IssueMessage::as_select())
        .into_boxed();
    if !with_notes {
        query = query.filter(not(issue_messages::is_note));
    }
    if let Some(after) = after {
        query = query.filter(issue_messages::id.gt(after));
    }
    query.load(&mut conn).await
}

/// Messages that made a later version of an issue than this one; with notes for the staff alone.
pub async fn since(mut conn: &Conn, issue: &Issue, version: i64, with_notes: bool) -> QueryResult<Vec<IssueMessage>> {
    issue_messages::table
        .filter(issue_messages::property_id.eq(issue.property_id))
        .filter(issue_messages::issue_id.eq(issue.id))
        .filter(issue_messages::issue_version.gt(version))
        .filter(with_notes.into_sql::<Bool>().or(not(issue_messages::is_note)))
        .order(issue_messages::id)
        .select(IssueMessage::as_select())
        .load(&mut conn)
        .await
}

/// Notes that the guest of an issue is written to about its answers, and returns those that were not told of before. Whoever does
/// holds the issue.
pub async fn tell_answers(mut conn: &Conn, issue: &Issue, now: DateTime<Utc>) -> QueryResult<Vec<IssueMessageId>> {
    let untold = issue_messages::table
        .filter(issue_messages::property_id.eq(issue.property_id))
        .filter(issue_messages::issue_id.eq(issue.id))
        .filter(not(issue_messages::is_note))
        .filter(not(issue_messages::is_from_guest))
        .filter(issue_messages::told_at.is_null());
    diesel::update(untold).set(issue_messages::told_at.eq(now)).returning(issue_messages::id).get_results(&mut conn).await
}

/// Messages of a hotel by their ids, whichever issues they are of by now.
pub async fn messages_by_id(mut conn: &Conn, property_id: Uuid, ids: &[IssueMessageId]) -> QueryResult<Vec<IssueMessage>> {
    issue_messages::table
        .filter(issue_messages::property_id.eq(property_id))
        .filter(issue_messages::id.eq_any(ids))
        .select(IssueMessage::as_select())
        .load(&mut conn)
        .await
}

/// The last message of an issue; with notes for the staff alone.
pub async fn newest(mut conn: &Conn, issue: &Issue, with_notes: bool) -> QueryResult<Option<IssueMessageId>> {
    issue_messages::table
        .filter(issue_messages::property_id.eq(issue.property_id))
        .filter(issue_messages::issue_id.eq(issue.id))
        .filter(with_notes.into_sql::<Bool>().or(not(issue_messages::is_note)))
        .order(issue_messages::id.desc())
        .select(issue_messages::id)
        .first(&mut conn)
        .await
        .optional()
}

/// A message of an issue; notes are found by the staff alone.
pub async fn find_message(
    mut conn: &Conn,
    issue: &Issue,
    id: IssueMessageId,
    with_notes: bool,
) -> QueryResult<Option<IssueMessage>> {
    issue_messages::table
        .find((issue.property_id, id))
        .filter(issue_messages::issue_id.eq(issue.id))
        .filter(with_notes.into_sql::<Bool>().or(not(issue_messages::is_note)))
        .select(IssueMessage::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert_message(mut conn: &Conn, new: &IssueMessage) -> QueryResult<usize> {
    diesel::insert_into(issue_messages::table).values(new).execute(&mut conn).await
}

pub async fn attach(mut conn: &Conn, new: &IssueAttachment) -> QueryResult<usize> {
    diesel::insert_into(issue_attachments::table).values(new).execute(&mut conn).await
}

/// The attachments of some messages of a hotel, in their order.
pub async fn attachments(mut conn: &Conn, property_id: Uuid, messages: &[IssueMessageId]) -> QueryResult<Vec<IssueAttachment>> {
    issue_attachments::table
        .filter(issue_attachments::property_id.eq(property_id))
        .filter(issue_attachments::message_id.eq_any(messages))
        .order(issue_attachments::id)
        .select(IssueAttachment::as_select())
        .load(&mut conn)
        .await
}

/// The number of attachments of a message.
pub async fn attachments_of(mut conn: &Conn, message: &IssueMessage) -> QueryResult<i64> {
    issue_attachments::table
        .filter(issue_attachments::property_id.eq(message.property_id))
        .filter(issue_attachments::message_id.eq(message.id))
        .count()
        .get_result(&mut conn)
        .await
}

/// An attachment of an issue; those of notes are found by the staff alone.
pub async fn attachment(
    mut conn: &Conn,
    (property_id, issue_id): (Uuid, IssueId),
    id: IssueAttachmentId,
    with_notes: bool,
) -> QueryResult<Option<IssueAttachment>> {
    let of_message =
        issue_messages::property_id.eq(issue_attachments::property_id).and(issue_messages::id.eq(issue_attachments::message_id));
    issue_attachments::table
        .inner_join(issue_messages::table.on(of_message))
        .filter(issue_attachments::property_id.eq(property_id))
        .filter(issue_attachments::id.eq(id))
        .filter(issue_messages::issue_id.eq(issue_id))
        .filter(with_notes.into_sql::<Bool>().or(not(issue_messages::is_note)))
        .select(IssueAttachment::as_select())
        .first(&mut conn)
        .await
        .optional()
}
