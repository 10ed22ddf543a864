//! The queue: the table `mail_queue`.
use crate::clock::Clock;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{count_star, exists, min};
use diesel::prelude::*;
use hbs_schema::mail_queue;
use serde_json::Value;
use uuid::Uuid;

/// Time for which a mail that was given up is kept, for whoever looks into the reason.
pub const KEEP_GIVEN_UP: TimeDelta = TimeDelta::days(30);
/// Maximum length of a stored error of a mail server, in characters.
const MAX_ERROR: usize = 500;

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct Mail<'a> {
    /// A kind of letter that a domain registers.
    pub kind: &'static str,
    pub address: &'a str,
    /// User whom the mail is about, if known. Without one, the address decides when it is sent.
    pub user_id: Option<Uuid>,
    /// The booking that it is about, with its property.
    pub booking: Option<(Uuid, Uuid)>,
    /// Further parameters of the text. Never a secret.
    pub params: Value,
}

impl<'a> Mail<'a> {
    /// A mail about a booking. What it says is looked up when it is sent.
    pub fn of_booking(kind: &'static str, property_id: Uuid, booking_id: Uuid, address: &'a str) -> Self {
        Self { kind, address, user_id: None, booking: Some((property_id, booking_id)), params: no_params() }
    }

    /// A mail to somebody with an account.
    pub fn to_user(kind: &'static str, user_id: Uuid, address: &'a str) -> Self {
        Self { kind, address, user_id: Some(user_id), booking: None, params: no_params() }
    }
}

fn no_params() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A mail that waits, as its sender has claimed it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = mail_queue)]
pub struct Queued {
    pub id: Uuid,
    pub kind: String,
    pub address: String,
    pub user_id: Option<Uuid>,
    pub params: Value,
    /// Number of attempts, including this one.
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub property_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
}

/// Queues mails in the transaction of what they tell of. Ring [`super::Mailer::wake`] after the
/// commit, else they wait for the next look at the queue.
pub async fn enqueue(conn: &Conn, mails: &[Mail<'_>]) -> QueryResult<()> {
    enqueue_each(conn, mails).await.map(drop)
}

/// Queues mails likewise, and returns their ids, by which the log of mails has them.
pub async fn enqueue_each(mut conn: &Conn, mails: &[Mail<'_>]) -> QueryResult<Vec<Uuid>> {
    let now = Clock::real_now();
    let ids: Vec<Uuid> = mails.iter().map(|_| Uuid::now_v7()).collect();
    let rows: Vec<_> = mails
        .iter()
        .zip(&ids)
        .map(|(Mail { kind, address, user_id, booking, params }, id)| {
            (
                mail_queue::id.eq(*id),
                mail_queue::kind.eq(*kind),
                mail_queue::address.eq(*address),
                mail_queue::user_id.eq(user_id),
                mail_queue::property_id.eq(booking.map(|(property_id, _)| property_id)),
                mail_queue::booking_id.eq(booking.map(|(_, booking_id)| booking_id)),
                mail_queue::params.eq(params),
                mail_queue::due_at.eq(now),
                mail_queue::created_at.eq(now),
                mail_queue::updated_at.eq(now),
            )
        })
        .collect();
    Cached(diesel::insert_into(mail_queue::table).values(rows)).execute(&mut conn).await?;
    Ok(ids)
}

/// A mail that waits, as far as others about the same booking need to know it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = mail_queue)]
pub struct Waiting {
    pub id: Uuid,
    pub kind: String,
    pub address: String,
    pub booking_id: Option<Uuid>,
}

/// The mails about some bookings, each given with its property, that wait to be sent, first to last. They are locked, so
/// that one at a time decides which of them is written.
pub async fn lock_waiting(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<Vec<Waiting>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    mail_queue::table
        .filter(mail_queue::property_id.eq_any(properties))
        .filter(mail_queue::booking_id.eq_any(ids))
        .filter(mail_queue::due_at.is_not_null())
        .order(mail_queue::id)
        .select(Waiting::as_select())
        .for_update()
        .load(&mut conn)
        .await
}

/// Leaves it to a later mail of a kind to tell what this one was to tell.
pub async fn fold(mut conn: &Conn, id: Uuid, later: Uuid, kind: &str) -> QueryResult<()> {
    diesel::update(mail_queue::table.find(later)).set(mail_queue::kind.eq(kind)).execute(&mut conn).await?;
    diesel::delete(mail_queue::table.find(id)).execute(&mut conn).await.map(drop)
}

/// Takes back mails of a kind about somebody that have not gone out, but for those to one address.
pub async fn withdraw(mut conn: &Conn, user_id: Uuid, kind: &str, but_to: &str) -> QueryResult<usize> {
    diesel::delete(mail_queue::table)
        .filter(mail_queue::user_id.eq(user_id))
        .filter(mail_queue::kind.eq(kind))
        .filter(mail_queue::address.ne(but_to))
        .execute(&mut conn)
        .await
}

/// Takes back all mail about somebody that waits to be sent. What is being sent just now is not waited for.
pub async fn withdraw_all(mut conn: &Conn, user_id: Uuid) -> QueryResult<usize> {
    let waiting: Vec<Uuid> = mail_queue::table
        .filter(mail_queue::user_id.eq(user_id))
        .select(mail_queue::id)
        .for_update()
        .skip_locked()
        .load(&mut conn)
        .await?;
    diesel::delete(mail_queue::table.filter(mail_queue::id.eq_any(waiting))).execute(&mut conn).await
}

/// Returns `true` if a mail that was claimed is still wanted.
pub async fn is_queued(mut conn: &Conn, id: Uuid) -> QueryResult<bool> {
    diesel::select(exists(mail_queue::table.find(id))).get_result(&mut conn).await
}

/// The oldest mails that are due and that nobody else is about to claim.
pub(super) async fn lock_due(mut conn: &Conn, limit: i64, now: DateTime<Utc>) -> QueryResult<Vec<Queued>> {
    mail_queue::table
        .filter(mail_queue::due_at.le(now))
        .order(mail_queue::due_at)
        .limit(limit)
        .select(Queued::as_select())
        .for_update()
        .skip_locked()
        .load(&mut conn)
        .await
}

/// Claims mails until an instant, and counts the attempt.
pub(super) async fn lease(mut conn: &Conn, ids: &[Uuid], until: DateTime<Utc>, now: DateTime<Utc>) -> QueryResult<usize> {
    let lease = diesel::update(mail_queue::table.filter(mail_queue::id.eq_any(ids))).set((
        mail_queue::due_at.eq(until),
        mail_queue::attempts.eq(mail_queue::attempts + 1),
        mail_queue::updated_at.eq(now),
    ));
    Cached(lease).execute(&mut conn).await
}

/// Removes mails that were dealt with at an attempt, unless somebody else has claimed them since.
pub(super) async fn remove(mut conn: &Conn, ids: &[Uuid], attempts: i32) -> QueryResult<usize> {
    let dealt_with = mail_queue::table.filter(mail_queue::id.eq_any(ids)).filter(mail_queue::attempts.eq(attempts));
    Cached(diesel::delete(dealt_with)).execute(&mut conn).await
}

/// Gives mails back that were claimed for an attempt that was not begun, unless somebody else has claimed them since.
pub(super) async fn give_back(mut conn: &Conn, ids: &[Uuid], attempts: i32, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(mail_queue::table.filter(mail_queue::id.eq_any(ids)).filter(mail_queue::attempts.eq(attempts)))
        .set((mail_queue::due_at.eq(now), mail_queue::attempts.eq(attempts - 1), mail_queue::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Puts a mail off, or (None) gives it up, unless somebody else has claimed it since.
pub(super) async fn postpone(
    mut conn: &Conn,
    mail: &Queued,
    due_at: Option<DateTime<Utc>>,
    error: &str,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let error: String = error.chars().take(MAX_ERROR).collect();
    diesel::update(mail_queue::table.find(mail.id).filter(mail_queue::attempts.eq(mail.attempts)))
        .set((mail_queue::due_at.eq(due_at), mail_queue::last_error.eq(error), mail_queue::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// How many mails are due at an instant, and since when the oldest of them is.
pub async fn due(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<(i64, Option<DateTime<Utc>>)> {
    mail_queue::table
        .filter(mail_queue::due_at.le(now))
        .select((count_star(), min(mail_queue::due_at)))
        .get_result(&mut conn)
        .await
}

/// Forgets mails that were given up long ago.
pub async fn sweep(mut conn: &Conn) -> QueryResult<usize> {
    super::budget::sweep(conn, Clock::real_now()).await?;
    super::log::sweep(conn, Clock::real_now()).await?;
    let long_ago = Clock::real_now() - KEEP_GIVEN_UP;
    diesel::delete(mail_queue::table.filter(mail_queue::due_at.is_null()).filter(mail_queue::created_at.lt(long_ago)))
        .execute(&mut conn)
        .await
}
