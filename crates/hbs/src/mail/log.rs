//! The log: what became of mails, and the mailboxes that take none.
use super::mailer::Failure;
use super::queue::Queued;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
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
    let rows: Vec<_> = lines
        .iter()
        .map(|Line { mail, outcome, code }| {
            (
                mail_log::id.eq(mail.id),
                mail_log::kind.eq(&mail.kind),
                mail_log::user_id.eq(mail.user_id),
                mail_log::outcome.eq(*outcome),
                mail_log::code.eq(*code),
                mail_log::attempts.eq(mail.attempts),
                mail_log::created_at.eq(mail.created_at),
                mail_log::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(mail_log::table)
        .values(rows)
        .on_conflict(mail_log::id)
        .do_update()
        .set((
            mail_log::outcome.eq(excluded(mail_log::outcome)),
            mail_log::code.eq(excluded(mail_log::code)),
            mail_log::attempts.eq(excluded(mail_log::attempts)),
            mail_log::updated_at.eq(excluded(mail_log::updated_at)),
        ))
        .execute(&mut conn)
        .await
        .map(drop)
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
