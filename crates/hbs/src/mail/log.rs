//! The log: what became of mails, and the mailboxes that take none.
use super::mailer::Failure;
use super::queue::Queued;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::upsert::excluded;
use hbs_schema::{mail_bounces, mail_log};

/// Time for which the log is kept.
pub const KEPT: TimeDelta = TimeDelta::days(90);
/// Time after which a mailbox that refused a mail for good may have one again: many are set right.
const SUPPRESSED: TimeDelta = TimeDelta::days(30);

/// A line of the log: what came of an attempt.
pub(super) struct Line<'a> {
    pub mail: &'a Queued,
    pub outcome: &'static str,
    pub code: Option<&'a str>,
}

/// Notes what came of attempts. Of each mail the last one stands.
pub(super) async fn note(mut conn: &Conn, lines: &[Line<'_>], now: DateTime<Utc>) -> QueryResult<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let statement = constant_sql(
        "INSERT INTO mail_log (id, kind, user_id, outcome, code, attempts, created_at, updated_at) \
         SELECT new.*, $8 FROM unnest($1, $2, $3, $4, $5, $6, $7) \
             AS new (id, kind, user_id, outcome, code, attempts, created_at) \
         ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, code = excluded.code, attempts = excluded.attempts, \
             updated_at = excluded.updated_at",
    );
    let statement = statement
        .bind::<Array<SqlUuid>, _>(column(lines, |line| line.mail.id))
        .bind::<Array<Text>, _>(column(lines, |line| line.mail.kind.as_str()))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(lines, |line| line.mail.user_id))
        .bind::<Array<Text>, _>(column(lines, |line| line.outcome))
        .bind::<Array<Nullable<Text>>, _>(column(lines, |line| line.code))
        .bind::<Array<Integer>, _>(column(lines, |line| line.mail.attempts))
        .bind::<Array<Timestamptz>, _>(column(lines, |line| line.mail.created_at))
        .bind::<Timestamptz, _>(now);
    Cached(statement).execute(&mut conn).await.map(drop)
}

/// One column of some lines.
fn column<'a, T>(lines: &'a [Line<'a>], of: impl Fn(&'a Line<'a>) -> T) -> Vec<T> {
    lines.iter().map(of).collect()
}

/// Notes that the server of a mailbox refuses it for good.
pub(super) async fn note_bounce(mut conn: &Conn, mail: &Queued, failure: &Failure, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::insert_into(mail_bounces::table)
        .values((
            mail_bounces::mailbox.eq(mail.address.to_lowercase()),
            mail_bounces::code.eq(&failure.code),
            mail_bounces::created_at.eq(now),
            mail_bounces::updated_at.eq(now),
        ))
        .on_conflict(mail_bounces::mailbox)
        .do_update()
        .set((
            mail_bounces::code.eq(excluded(mail_bounces::code)),
            mail_bounces::updated_at.eq(excluded(mail_bounces::updated_at)),
        ))
        .execute(&mut conn)
        .await
        .map(drop)
}

/// The mailboxes among these, in lower case, that have refused a mail for good lately. What is optional is not sent there.
pub async fn bounced(mut conn: &Conn, mailboxes: &[String], now: DateTime<Utc>) -> QueryResult<Vec<String>> {
    mail_bounces::table
        .filter(mail_bounces::mailbox.eq_any(mailboxes))
        .filter(mail_bounces::updated_at.gt(now - SUPPRESSED))
        .select(mail_bounces::mailbox)
        .load(&mut conn)
        .await
}

/// Forgets old lines, and mailboxes that may have mails again.
pub(super) async fn sweep(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(mail_bounces::table.filter(mail_bounces::updated_at.lt(now - SUPPRESSED))).execute(&mut conn).await?;
    diesel::delete(mail_log::table.filter(mail_log::updated_at.lt(now - KEPT))).execute(&mut conn).await
}
