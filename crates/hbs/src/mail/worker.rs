//! The worker: takes mails from the queue and sends them.
//!
//! Every process has one; they share the queue by claiming. A claim is a lease: `due_at` moves ahead,
//! past the time that sending may take, so no transaction is open while a mail server is talked to,
//! and what a process leaves unfinished comes due again.
use super::budget;
use super::log::{self, Line};
use super::mailer::Failure;
use super::opt_outs::{self, OptOut};
use super::queue::{self, Queued};
use super::template::{Letter, Text, Writer};
use crate::app::App;
use crate::clock::Clock;
use crate::failures::{Failures, together};
use crate::unsubscribe;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use futures_util::{StreamExt, stream};
use std::collections::BTreeMap;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const POLL: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Time between the beginnings of two batches that are not full: mails that are queued meanwhile are one batch, with the
/// statements and commits of one mail.
const PACE: Duration = Duration::from_millis(200);
const BATCH: i64 = 100;
/// Mails that are under way at once.
const AT_ONCE: usize = 10;
/// Time from the claim within which the mails of a batch are written and begun to be sent. A mail server that takes a minute for
/// each would hold the whole batch longer than it is claimed.
const BEGIN: Duration = Duration::from_secs(180);
/// Time for which mails are claimed, longer than a batch can take: [`BEGIN`], [`super::mailer::SEND_TIMEOUT`] and what is noted
/// after it.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// The pause after the first failure; it doubles with each one more.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// Maximum number of doublings: 30 s · 2^7 is longer than the longest pause.
const MAX_DOUBLINGS: i32 = 7;
/// Codes of mail servers that have no such mailbox, or do not let it have mail.
const NO_MAILBOX: &[&str] = &["550", "551", "553"];
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// Sends mail for as long as the process runs.
pub async fn run(app: App, writer: Writer) {
    loop {
        let begun = Instant::now();
        match send_due(&app, &writer).await {
            Ok(0) => app.mailer.wait(POLL).await,
            Ok(sent) if i64::try_from(sent).is_ok_and(|sent| sent < BATCH) => {
                tokio::time::sleep(PACE.saturating_sub(begun.elapsed())).await;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(?error, "the mail queue could not be read, or what became of mails not be noted");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Deals with one batch of what is due and says how many mails it had.
pub async fn send_due(app: &App, writer: &Writer) -> Result<usize> {
    let until = Instant::now() + BEGIN;
    let claimed = claim(app).await?;
    let count = claimed.len();
    let (over, spent) = budget::spend(app, &claimed).await?;
    let (left_out, batch): (Vec<Queued>, Vec<Queued>) = claimed.into_iter().partition(|mail| over.contains(&mail.id));
    // Before the others are written: what these were to tell, those may have to.
    leave_out(app, &left_out).await?;
    let ended = opt_outs::ended(app, &batch).await?;
    let (not_wanted, batch): (Vec<Queued>, Vec<Queued>) = batch.into_iter().partition(|mail| ended.contains(&mail.id));
    // In their order: of two links to the same person, the later one counts.
    let letters = writer.prepare(app, &batch).await;
    let unwritten = batch.iter().zip(&letters).filter(|(_, letter)| matches!(letter, Ok(None))).map(|(mail, _)| mail.id);
    let unwritten: Vec<Uuid> = unwritten.chain(ended).collect();
    budget::give_back(app, spent, unwritten).await?;
    if !not_wanted.is_empty() {
        settle_each(app, &mut not_wanted.iter().map(|mail| (mail, Outcome::NotWanted)).collect()).await?;
    }
    let gate = Gate { until, is_open: AtomicBool::new(true) };
    let sending: Vec<_> = batch.iter().zip(letters).map(|(mail, letter)| deal_with(app, writer, mail, letter, &gate)).collect();
    // What is done by then is noted together.
    let mut done = stream::iter(sending).buffer_unordered(AT_ONCE).ready_chunks(batch.len().max(1));
    let (mut unnoted, mut noted) = (Vec::new(), Ok(()));
    while let Some(outcomes) = done.next().await {
        unnoted.extend(outcomes);
        noted = settle_each(app, &mut unnoted).await;
        // Without the database no more is begun: it would be sent again. What is under way ends, and is noted with the rest.
        gate.is_open.store(noted.is_ok(), Ordering::Relaxed);
    }
    noted.map(|()| count)
}

/// Notes what became of attempts together, or of each by itself where that fails: otherwise one of which nothing can be noted
/// would have all the others sent again. Without the database nothing more is noted, and what is left stays in the list.
async fn settle_each(app: &App, outcomes: &mut Vec<(&Queued, Outcome)>) -> Result<()> {
    if together("what became of mails could not be noted together", settle(app, outcomes).await)?.is_some() {
        outcomes.clear();
        return Ok(());
    }
    let mut failures = Failures::default();
    while let Some(one) = outcomes.last() {
        let settled = settle(app, slice::from_ref(one)).await;
        failures.note("what became of a mail could not be noted", one.0.id, settled)?;
        outcomes.pop();
    }
    // What failed is in the log alone: the lease of such a mail ends, and it comes due again.
    Ok(())
}

/// Removes mails that there is no budget for.
async fn leave_out(app: &App, mails: &[Queued]) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let conn = app.db.conn().await?;
    for mail in mails {
        let Queued { id, kind, .. } = mail;
        log::note(&conn, &[Line { mail, outcome: "left_out", code: None }], Clock::real_now()).await?;
        queue::remove(&conn, &[*id], mail.attempts).await?;
        tracing::info!(mail_id = %id, %kind, "a mail was left out: enough went to an unproved address today");
        metrics::counter!("hbs_mail_total", "kind" => kind.clone(), "outcome" => "left_out").increment(1);
    }
    Ok(())
}

async fn claim(app: &App) -> Result<Vec<Queued>> {
    let now = Clock::real_now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let limit = match app.config.mails_per_minute {
            0 => BATCH,
            most => budget::left_this_minute(conn, most, now).await?.min(BATCH),
        };
        let mut batch = queue::lock_due(conn, limit, now).await?;
        if !batch.is_empty() {
            let ids: Vec<Uuid> = batch.iter().map(|mail| mail.id).collect();
            queue::lease(conn, &ids, now + LEASE, now).await?;
            if app.config.mails_per_minute > 0 {
                budget::count_this_minute(conn, batch.len(), now).await?;
            }
        }
        for mail in &mut batch {
            mail.attempts += 1;
        }
        Ok::<_, Error>(batch)
    })
    .await
}

/// Outcome of an attempt.
enum Outcome {
    Sent,
    NotWanted,
    NotBegun,
    Failed(Failure),
}

/// What decides whether a mail is begun to be sent.
struct Gate {
    /// Time after which none is.
    until: Instant,
    /// `false` once what became of another one could not be noted.
    is_open: AtomicBool,
}

impl Gate {
    fn lets_begin(&self) -> bool {
        self.is_open.load(Ordering::Relaxed) && Instant::now() <= self.until
    }
}

/// Sends a mail, if it may begin.
async fn deal_with<'a>(
    app: &App,
    writer: &Writer,
    mail: &'a Queued,
    letter: Result<Option<Letter>>,
    gate: &Gate,
) -> (&'a Queued, Outcome) {
    let outcome = match letter {
        _ if !gate.lets_begin() => Outcome::NotBegun,
        Ok(Some(letter)) => match send(app, writer, mail, &letter).await {
            Ok(()) => Outcome::Sent,
            Err(failure) => Outcome::Failed(failure),
        },
        Ok(None) => Outcome::NotWanted,
        Err(error) => Outcome::Failed(Failure::later(format!("{error:?}"))),
    };
    (mail, outcome)
}

async fn send(app: &App, writer: &Writer, mail: &Queued, letter: &Letter) -> Result<(), Failure> {
    let text = in_words(app, writer, mail, letter).map_err(|error| Failure::later(format!("{error:?}")))?;
    app.mailer.send(mail, &text, letter).await
}

/// The words of a letter, with the address by which its mailbox ends such letters where it may.
fn in_words(app: &App, writer: &Writer, mail: &Queued, letter: &Letter) -> Result<Text> {
    let mut text = writer.render(letter)?;
    if let Some(class) = OptOut::of_letter(&mail.kind) {
        text.unsubscribe = Some(unsubscribe::opt_out_address(app, class, &mail.address)?);
    }
    Ok(text)
}

/// Kind of the mail to somebody who was erased: nothing of them is kept if it cannot be sent.
const FAREWELL: &str = "account_erased";

/// Notes what became of attempts: one statement for all that went well. It is counted and told once it is noted, since that is
/// done again where it fails.
async fn settle(app: &App, outcomes: &[(&Queued, Outcome)]) -> Result<()> {
    let conn = app.db.conn().await?;
    let now = Clock::real_now();
    let (mut done, mut not_begun) = (BTreeMap::<i32, Vec<Uuid>>::new(), BTreeMap::<i32, Vec<Uuid>>::new());
    let (mut lines, mut failures) = (Vec::with_capacity(outcomes.len()), Vec::new());
    for (mail, outcome) in outcomes {
        match outcome {
            Outcome::Sent | Outcome::NotWanted => {
                done.entry(mail.attempts).or_default().push(mail.id);
                let told = if matches!(outcome, Outcome::Sent) { "sent" } else { "not_wanted" };
                lines.push(Line { mail, outcome: told, code: None });
            }
            Outcome::NotBegun => not_begun.entry(mail.attempts).or_default().push(mail.id),
            Outcome::Failed(failure) => {
                let due_at = next_attempt(mail, now).filter(|_| !failure.is_final);
                let is_farewell = mail.kind == FAREWELL;
                if is_farewell && due_at.is_none() {
                    done.entry(mail.attempts).or_default().push(mail.id);
                } else {
                    queue::postpone(&conn, mail, due_at, &failure.text, now).await?;
                }
                if failure.is_final && !is_farewell && failure.code.as_deref().is_some_and(|code| NO_MAILBOX.contains(&code)) {
                    log::note_bounce(&conn, mail, failure, now).await?;
                }
                let told = if due_at.is_some() { "failed" } else { "given_up" };
                lines.push(Line { mail, outcome: told, code: failure.code.as_deref() });
                failures.push((mail, failure, due_at));
            }
        }
    }
    // Before they go: what was sent is not forgotten, whatever happens in between.
    log::note(&conn, &lines, now).await?;
    for (attempts, ids) in done {
        queue::remove(&conn, &ids, attempts).await?;
    }
    for (attempts, ids) in not_begun {
        queue::give_back(&conn, &ids, attempts, now).await?;
    }
    for Line { mail, outcome, .. } in &lines {
        metrics::counter!("hbs_mail_total", "kind" => mail.kind.clone(), "outcome" => *outcome).increment(1);
    }
    for (mail, failure, due_at) in failures {
        tell_failure(mail, failure, due_at);
    }
    Ok(())
}

/// Tells the log of a failure. A server's answer may name the address, so only its code is told; the row has the rest.
fn tell_failure(mail: &Queued, failure: &Failure, due_at: Option<DateTime<Utc>>) {
    let Queued { id, kind, attempts, .. } = mail;
    let code = failure.code.as_deref().unwrap_or("none");
    match due_at {
        Some(due_at) => {
            tracing::warn!(mail_id = %id, %kind, attempts, code, %due_at, "a mail could not be sent; it is tried again");
        }
        None => tracing::error!(mail_id = %id, %kind, attempts, code, "a mail could not be sent and was given up"),
    }
}

/// Returns the time of the next attempt, if there is one.
fn next_attempt(mail: &Queued, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let doublings = (mail.attempts - 1).clamp(0, MAX_DOUBLINGS);
    let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
    Some(now + pause).filter(|next| *next <= mail.created_at + GIVE_UP_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_end_after_a_day() {
        let created_at = Clock::real_now();
        let mail = |attempts| Queued {
            id: Uuid::now_v7(),
            kind: "reset_password".into(),
            address: "ana@example.com".into(),
            user_id: None,
            params: serde_json::Value::Null,
            attempts,
            created_at,
            property_id: None,
            booking_id: None,
        };
        let pauses: Vec<_> =
            (1..10).map(|n| next_attempt(&mail(n), created_at).expect("again") - created_at).map(|p| p.num_seconds()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(next_attempt(&mail(30), created_at + TimeDelta::hours(23)), Some(created_at + TimeDelta::hours(24)));
        assert_eq!(next_attempt(&mail(30), created_at + TimeDelta::hours(23) + TimeDelta::seconds(1)), None);
        assert_eq!(next_attempt(&mail(i32::MAX), created_at), Some(created_at + TimeDelta::hours(1)));
    }
}
