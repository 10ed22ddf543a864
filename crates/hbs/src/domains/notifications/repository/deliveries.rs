use super::inbox::ROWS_AT_ONCE;
use crate::domains::notifications::model::{Delivery, DeliveryId, DeliveryStatus, Logged};
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{mail_log, notification_deliveries, notifications};
use std::collections::HashMap;
use uuid::Uuid;

pub async fn insert_deliveries(mut conn: &Conn, new: &[Delivery]) -> QueryResult<()> {
    for some in new.chunks(ROWS_AT_ONCE) {
        diesel::insert_into(notification_deliveries::table).values(some).execute(&mut conn).await?;
    }
    Ok(())
}

/// Deliveries that are due, to everybody or to one person, and that nobody else is at: those of a person together.
pub async fn lock_due(mut conn: &Conn, to: Option<Uuid>, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<Delivery>> {
    notification_deliveries::table
        .filter(notification_deliveries::due_at.le(now))
        .filter(to.is_none().into_sql::<Bool>().or(notification_deliveries::user_id.eq_any(to)))
        .order((notification_deliveries::user_id, notification_deliveries::id))
        .limit(limit)
        .select(Delivery::as_select())
        .for_update()
        .skip_locked()
        .load(&mut conn)
        .await
}

/// Those to whom something is due.
pub async fn due_people(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    notification_deliveries::table
        .filter(notification_deliveries::due_at.le(now))
        .order(notification_deliveries::user_id)
        .select(notification_deliveries::user_id)
        .distinct()
        .load(&mut conn)
        .await
}

/// Number of mails of notifications that people were sent since an instant.
pub async fn mails_since(mut conn: &Conn, user_ids: &[Uuid], since: DateTime<Utc>) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, Option<Uuid>)> = notification_deliveries::table
        .filter(notification_deliveries::user_id.eq_any(user_ids))
        .filter(notification_deliveries::mail_id.is_not_null())
        .filter(notification_deliveries::updated_at.gt(since))
        .select((notification_deliveries::user_id, notification_deliveries::mail_id))
        .distinct()
        .load(&mut conn)
        .await?;
    let mut counts: HashMap<Uuid, i64> = HashMap::new();
    for (user_id, _) in rows {
        *counts.entry(user_id).or_default() += 1;
    }
    Ok(counts)
}

/// Notes that a mail tells of deliveries of a person.
pub async fn set_queued(
    mut conn: &Conn,
    user_id: Uuid,
    ids: &[DeliveryId],
    mail_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(of(user_id, ids))
        .set((
            notification_deliveries::status.eq(DeliveryStatus::Queued),
            notification_deliveries::due_at.eq(None::<DateTime<Utc>>),
            notification_deliveries::mail_id.eq(mail_id),
            notification_deliveries::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Notes what has become of deliveries of a person, after which nothing comes.
pub async fn set_done(
    mut conn: &Conn,
    user_id: Uuid,
    ids: &[DeliveryId],
    status: DeliveryStatus,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(of(user_id, ids))
        .set((
            notification_deliveries::status.eq(status),
            notification_deliveries::due_at.eq(None::<DateTime<Utc>>),
            notification_deliveries::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Puts deliveries of a person off.
pub async fn postpone(
    mut conn: &Conn,
    user_id: Uuid,
    ids: &[DeliveryId],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(of(user_id, ids))
        .set((notification_deliveries::due_at.eq(until), notification_deliveries::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Claims deliveries of a person for an attempt, until an instant.
pub async fn set_lease(
    mut conn: &Conn,
    user_id: Uuid,
    ids: &[DeliveryId],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(of(user_id, ids))
        .set((
            notification_deliveries::due_at.eq(until),
            notification_deliveries::attempts.eq(notification_deliveries::attempts + 1),
            notification_deliveries::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of<'a>(user_id: Uuid, ids: &'a [DeliveryId]) -> _ {
    notification_deliveries::table
        .filter(notification_deliveries::user_id.eq(user_id))
        .filter(notification_deliveries::id.eq_any(ids))
}

/// Deliveries of a person, the newest first, with what became of their mails.
pub async fn list_deliveries(mut conn: &Conn, user_id: Uuid, before: Option<DeliveryId>, limit: i64) -> QueryResult<Vec<Logged>> {
    let of_notification = notifications::user_id
        .eq(notification_deliveries::user_id)
        .and(notifications::id.eq(notification_deliveries::notification_id));
    let of_mail = mail_log::id.nullable().eq(notification_deliveries::mail_id);
    let mut query = notification_deliveries::table
        .inner_join(notifications::table.on(of_notification))
        .left_join(mail_log::table.on(of_mail))
        .filter(notification_deliveries::user_id.eq(user_id))
        .order(notification_deliveries::id.desc())
        .limit(limit)
        .select((
            Delivery::as_select(),
            notifications::kind,
            (mail_log::outcome, mail_log::code, mail_log::updated_at).nullable(),
        ))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(notification_deliveries::id.lt(before));
    }
    query.load(&mut conn).await
}
