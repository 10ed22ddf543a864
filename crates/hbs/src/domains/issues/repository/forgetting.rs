//! Forgetting of issues' messages and attachments once their time is over.
use crate::domains::issues::model::IssueAttachment;
use crate::forgetting::{Due, DueRow, Past};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Uuid as SqlUuid};
use hbs_schema::{issue_attachments, issue_messages, issues};
use uuid::Uuid;

/// The issues with attachments that were closed before a date.
pub async fn due_attachments(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH due AS ( \
             SELECT id, local_date($1, closed_at) AS since FROM issues \
             WHERE property_id = $1 AND status = 'closed' AND attachment_count > 0 \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// Locks issues of a hotel, in the order of their ids.
pub async fn lock_each(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<()> {
    issues::table
        .filter(issues::property_id.eq(property_id))
        .filter(issues::id.eq_any(ids))
        .order(issues::id)
        .select(issues::id)
        .for_no_key_update()
        .load::<Uuid>(&mut conn)
        .await
        .map(drop)
}

/// Removes the attachments of some issues, and returns what they were. Whoever does holds the issues.
pub async fn forget_attachments(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<IssueAttachment>> {
    let of_issues: Vec<Uuid> = issue_messages::table
        .filter(issue_messages::property_id.eq(property_id))
        .filter(issue_messages::issue_id.eq_any(ids))
        .select(issue_messages::id)
        .load(&mut conn)
        .await?;
    let attached = issue_attachments::table
        .filter(issue_attachments::property_id.eq(property_id))
        .filter(issue_attachments::message_id.eq_any(of_issues));
    let gone = diesel::delete(attached).returning(IssueAttachment::as_returning()).get_results(&mut conn).await?;
    let those = issues::table.filter(issues::property_id.eq(property_id)).filter(issues::id.eq_any(ids));
    diesel::update(those).set(issues::attachment_count.eq(0)).execute(&mut conn).await?;
    Ok(gone)
}
