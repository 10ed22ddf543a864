//! Exports are made, and removed when their time is over.
use super::{letters, writing};
use crate::app::App;
use crate::domains::privacy::model::erasure::Person;
use crate::domains::privacy::model::export::{Export, ExportStatus, Written};
use crate::domains::privacy::repository::export as repository;
use crate::domains::privacy::rules::export as rules;
use crate::failures::Failures;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use diesel_async::AsyncConnection;

/// Exports that a run of the job makes, ends or removes.
const BATCH: i64 = 50;
/// Time for which it is remembered that there was an export.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// Removes the archives whose time is over, and makes those that were asked for. Returns the number of archives that were made.
pub async fn run(app: &App) -> Result<usize> {
    let mut failures = Failures::default();
    expire(app).await?;
    remove(app, &mut failures).await?;
    let now = app.clock.now();
    let waiting = repository::waiting(&*app.db.conn().await?, BATCH).await?;
    let mut made = 0;
    for export in waiting.iter().filter(|export| rules::is_due(export.failures, export.updated_at, now)) {
        let done = make(app, export).await;
        let is_made = failures.note("an export that could not be made could not be noted so", export.id, done)?;
        made += usize::from(is_made.unwrap_or(false));
    }
    failures.result(made)
}

/// Ends the exports of somebody who is erased, in the transaction of that. Returns the names of their files, which the job removes
/// should nobody else do so.
pub async fn forget(conn: &Conn, person: &Person, cause: &Cause) -> Result<Vec<String>> {
    let ended = repository::forget(conn, person, cause.at).await?;
    outbox::publish(conn, cause, ended.iter().map(expired)).await?;
    Ok(ended.iter().map(Export::file).collect())
}

fn expired(export: &Export) -> Event {
    Event::of("privacy_export.expired", export)
}

async fn expire(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let over = repository::expire(conn, now, BATCH).await?;
        outbox::publish(conn, &Cause::system(now), over.iter().map(expired)).await?;
        Ok::<_, Error>(())
    })
    .await
}

/// Removes the files of exports that are over. Nobody else makes or removes any meanwhile, since one job does both.
async fn remove(app: &App, failures: &mut Failures) -> Result<()> {
    let conn = app.db.conn().await?;
    let over = repository::to_be_removed(&conn, BATCH).await?;
    drop(conn);
    for export in over {
        let removed = remove_one(app, &export).await;
        failures.note("the file of an export could not be removed; it is tried again", export.id, removed)?;
    }
    let conn = app.db.conn().await?;
    repository::sweep(&conn, app.clock.now() - REMEMBERED).await?;
    Ok(())
}

async fn remove_one(app: &App, export: &Export) -> Result<()> {
    app.objects.delete(&export.file()).await?;
    let conn = app.db.conn().await?;
    repository::note_removed(&conn, export.id, app.clock.now()).await?;
    Ok(())
}

/// Makes an archive. Returns `true` if it is there.
async fn make(app: &App, export: &Export) -> Result<bool> {
    match try_to_make(app, export).await {
        Ok(is_there) => Ok(is_there),
        Err(error) => {
            tracing::warn!(export_id = %export.id, ?error, "an export of personal data could not be made");
            fail(app, export).await.map(|()| false)
        }
    }
}

async fn try_to_make(app: &App, export: &Export) -> Result<bool> {
    let written = writing::write(app, export).await?;
    complete(app, export, &written).await
}

async fn complete(app: &App, export: &Export, written: &Written) -> Result<bool> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    let is_wanted = conn
        .transaction(async |conn| {
            let Some(after) = repository::complete(conn, export.id, written, now + rules::KEPT, now).await? else {
                return Ok(false);
            };
            let event = Event::changed(export, &after).named("privacy_export.ready");
            outbox::publish(conn, &Cause::system(now), [event]).await?;
            letters::queue(conn, &after).await?;
            Ok::<_, Error>(true)
        })
        .await?;
    drop(conn);
    app.relay.wake();
    app.mailer.wake();
    if !is_wanted {
        // The person was erased meanwhile.
        app.objects.delete(&export.file()).await?;
    }
    Ok(is_wanted)
}

async fn fail(app: &App, export: &Export) -> Result<()> {
    let is_last = export.failures + 1 >= rules::ATTEMPTS;
    let status = if is_last { ExportStatus::Failed } else { ExportStatus::Requested };
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let failed = repository::fail(conn, export.id, status, now).await?;
        let events = failed.iter().filter(|_| is_last).map(|after| Event::changed(export, after).named("privacy_export.failed"));
        outbox::publish(conn, &Cause::system(now), events).await?;
        Ok::<_, Error>(())
    })
    .await
}
