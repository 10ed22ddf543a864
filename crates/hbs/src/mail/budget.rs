//! The budget of mails to addresses that are not known to be those of whoever gave cause for the mail: a few a day to each
//! mailbox, and on behalf of each account. Otherwise anybody could have HBS write to strangers without end.
//!
//! A mailbox is known to be the account's that a mail is about once that account has proved it. Of a password that was
//! forgotten nobody knows who asks: there it is enough that anybody has proved it. A guest without an account has proved it by
//! the link to the booking that a mail is about. Staff answer for what they book, so the
//! mails of each of their bookings are counted apart.
use super::queue::Queued;
use crate::app::App;
use crate::clock::Clock;
use crate::security::secret_hash;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncConnection;
use futures_util::future::try_join_all;
use hbs_schema::mail_budgets;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Days for which counts are kept.
const KEEP_DAYS: Days = Days::new(2);

/// A mail to a mailbox that is not known to be that of whoever gave cause for it.
#[derive(Debug, QueryableByName)]
struct Unproved {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    mailbox: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    account_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    booking_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    is_by_staff: bool,
}

/// A mail that was paid for, by the subjects that paid.
#[derive(Debug, Default)]
pub(super) struct Spent(HashMap<Uuid, Vec<Vec<u8>>>);

/// Takes mails out of their budgets. Returns those that there is nothing left for, and what was spent on the others.
pub(super) async fn spend(app: &App, mails: &[Queued]) -> Result<(HashSet<Uuid>, Spent)> {
    // What is tried again has been paid for.
    let first: Vec<Uuid> = mails.iter().filter(|mail| mail.attempts == 1).map(|mail| mail.id).collect();
    if first.is_empty() {
        return Ok((HashSet::new(), Spent::default()));
    }
    // In one transaction: a commit for each mail would be most of the work that a mail makes.
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| spend_on(app, conn, &first).await).await
}

/// Takes some mails out of their budgets. Counts are locked until the transaction ends: those of mailboxes before those of
/// accounts, and each in the order of subjects, so that processes do not wait for each other in a circle.
async fn spend_on(app: &App, conn: &Conn, ids: &[Uuid]) -> Result<(HashSet<Uuid>, Spent)> {
    let mut unproved = unproved(conn, ids).await?;
    let (per_mailbox, per_account) = (app.config.mails_per_unproved_address, app.config.mails_per_account_to_unproved);
    let of_mailbox = |mail: &Unproved| match mail.booking_id.filter(|_| mail.is_by_staff) {
        Some(booking_id) => secret_hash(&format!("booking:{booking_id}:{}", mail.mailbox)),
        None => secret_hash(&format!("mailbox:{}", mail.mailbox)),
    };
    let of_account = |mail: &Unproved| {
        mail.account_id.filter(|_| !mail.is_by_staff).map(|account_id| secret_hash(&format!("account:{account_id}")))
    };
    let now = Clock::real_now();
    let (mut over, mut spent) = (HashSet::new(), Spent::default());
    unproved.sort_by_cached_key(of_mailbox);
    let taken = try_join_all(unproved.iter().map(|mail| take(conn, of_mailbox(mail), per_mailbox, now))).await?;
    let (mut paid, unpaid): (Vec<_>, Vec<_>) = unproved.iter().zip(taken).partition(|(_, taken)| *taken);
    over.extend(unpaid.into_iter().map(|(mail, _)| mail.id));
    paid.sort_by_cached_key(|(mail, _)| (of_account(mail), mail.id));
    let taken = try_join_all(paid.iter().map(|(mail, _)| take_if_any(conn, of_account(mail), per_account, now))).await?;
    for ((mail, _), taken) in paid.iter().zip(taken) {
        let subjects = [of_mailbox(mail)].into_iter().chain(of_account(mail).filter(|_| taken)).collect();
        spent.0.insert(mail.id, subjects);
        if !taken {
            over.insert(mail.id);
        }
    }
    give_back_to(conn, &mut spent, over.iter().copied().collect(), now).await?;
    Ok((over, spent))
}

/// Gives back what was spent on mails that were not written after all.
pub(super) async fn give_back(app: &App, mut spent: Spent, unwritten: Vec<Uuid>) -> Result<()> {
    let unwritten: Vec<Uuid> = unwritten.into_iter().filter(|id| spent.0.contains_key(id)).collect();
    if unwritten.is_empty() {
        return Ok(());
    }
    give_back_to(&*app.db.conn().await?, &mut spent, unwritten, Clock::real_now()).await
}

async fn give_back_to(mut conn: &Conn, spent: &mut Spent, ids: Vec<Uuid>, now: DateTime<Utc>) -> Result<()> {
    for subject in ids.into_iter().filter_map(|id| spent.0.remove(&id)).flatten() {
        diesel::update(mail_budgets::table.find((subject, now.date_naive())))
            .filter(mail_budgets::sent.gt(0))
            .set((mail_budgets::sent.eq(mail_budgets::sent - 1), mail_budgets::updated_at.eq(now)))
            .execute(&mut conn)
            .await?;
    }
    Ok(())
}

async fn unproved(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Unproved>> {
    let query = constant_sql(
        "SELECT m.id, mailbox_of(m.address) AS mailbox, coalesce(m.user_id, b.user_id) AS account_id, b.id AS booking_id,
                b.id IS NOT NULL AND (b.created_by_key IS NOT NULL
                                      OR b.created_by IS NOT NULL AND b.created_by IS DISTINCT FROM b.user_id) AS is_by_staff
         FROM mail_queue m LEFT JOIN bookings b ON b.property_id = m.property_id AND b.id = m.booking_id
         WHERE m.id = ANY($1) AND NOT coalesce(b.contact_proved_at IS NOT NULL AND b.contact_email = lower(m.address), false)
           AND NOT EXISTS (
             SELECT FROM users u WHERE u.email = lower(m.address) AND u.email_verified_at IS NOT NULL AND NOT u.is_deleted
             AND (u.id = coalesce(m.user_id, b.user_id) OR (m.user_id IS NULL AND m.booking_id IS NULL)))
         ORDER BY m.id",
    );
    Cached(query.bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await
}

/// Counts one mail more of a subject today, unless there were enough: one statement, so that processes that send at the same
/// time do not come past it.
async fn take(mut conn: &Conn, subject: Vec<u8>, most: u32, now: DateTime<Utc>) -> Result<bool> {
    let take = constant_sql(
        "INSERT INTO mail_budgets AS b (subject, day, sent, created_at, updated_at) VALUES ($1, $2, 1, $4, $4)
         ON CONFLICT (subject, day) DO UPDATE SET sent = b.sent + 1, updated_at = $4 WHERE b.sent < $3",
    );
    let take = take.bind::<Binary, _>(subject).bind::<Date, _>(now.date_naive());
    let most = i32::try_from(most).map_err(Error::internal)?;
    let counted = Cached(take.bind::<Integer, _>(most).bind::<Timestamptz, _>(now)).execute(&mut conn).await?;
    Ok(counted == 1)
}

async fn take_if_any(conn: &Conn, subject: Option<Vec<u8>>, most: u32, now: DateTime<Utc>) -> Result<bool> {
    match subject {
        Some(subject) => take(conn, subject, most, now).await,
        None => Ok(true),
    }
}

/// How many mails more may go out in this minute, of all processes together. The count is locked until the transaction ends,
/// so that they do not come past it.
pub(super) async fn left_this_minute(mut conn: &Conn, most: u32, now: DateTime<Utc>) -> Result<i64> {
    let begin = constant_sql(
        "INSERT INTO mail_budgets (subject, day, sent, created_at, updated_at) VALUES ($1, $2, 0, $3, $3)
         ON CONFLICT (subject, day) DO NOTHING",
    );
    let (subject, day) = (of_minute(now), now.date_naive());
    Cached(begin.bind::<Binary, _>(&subject).bind::<Date, _>(day).bind::<Timestamptz, _>(now)).execute(&mut conn).await?;
    let sent: i32 =
        mail_budgets::table.find((&subject, day)).select(mail_budgets::sent).for_update().get_result(&mut conn).await?;
    Ok((i64::from(most) - i64::from(sent)).max(0))
}

/// Counts mails that are begun in this minute.
pub(super) async fn count_this_minute(mut conn: &Conn, mails: usize, now: DateTime<Utc>) -> Result<()> {
    let mails = i32::try_from(mails).map_err(Error::internal)?;
    diesel::update(mail_budgets::table.find((of_minute(now), now.date_naive())))
        .set((mail_budgets::sent.eq(mail_budgets::sent + mails), mail_budgets::updated_at.eq(now)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

fn of_minute(now: DateTime<Utc>) -> Vec<u8> {
    secret_hash(&format!("minute:{}", now.timestamp().div_euclid(60)))
}

/// Forgets what was counted days ago.
pub(super) async fn sweep(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    let today: NaiveDate = now.date_naive();
    diesel::delete(mail_budgets::table.filter(mail_budgets::day.lt(today - KEEP_DAYS))).execute(&mut conn).await
}
