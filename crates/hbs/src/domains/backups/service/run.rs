//! Running backups: one at a time over all processes, on command, on request, and by schedule; and removing old archives.
use super::super::error::BackupError;
use super::super::model::{Backup, BackupCause, BackupId, BackupStatus, Completed, NewBackup};
use super::super::repository;
use super::super::rules::{self, Keep, Kept};
use super::place::Place;
use super::{Tell, Told, adopt, in_words, place, take};
use crate::app::App;
use crate::archive::Manifest;
use crate::clock::Clock;
use crate::failures::Failures;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::{Conn, try_lead, while_leading};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use mongodb::bson::{self, Bson, Document, doc};
use serde::Serialize;
use std::time::Duration;

/// Name of the lock of whoever makes a backup.
pub const LOCK: &str = "backups.run";
/// Collection in which backups are recorded beside PostgreSQL.
const COLLECTION: &str = "backup_data_collections";
const LOOKS: Duration = Duration::from_secs(15);
const DIED: &str = "the process that made it ended before it was complete";

/// Makes what is asked for and what is due, for as long as the process runs. It is no job, since it can take hours, and few jobs run
/// at a time.
pub async fn watch(app: App) {
    let mut ticks = tokio::time::interval(LOOKS);
    loop {
        ticks.tick().await;
        if let Err(error) = run_waiting(&app).await {
            tracing::error!(?error, "a backup failed");
            metrics::counter!("hbs_backup_failures_total").increment(1);
        }
        if let Err(error) = measure(&app).await {
            tracing::warn!(?error, "the age of backups could not be measured");
        }
    }
}

async fn measure(app: &App) -> Result<()> {
    let conn = app.db.conn().await?;
    let proven = repository::last_proven(&conn).await?.and_then(|backup| backup.proven_at);
    let (completed, _) = repository::last_times(&conn).await?;
    for (name, at) in [("hbs_last_backup_timestamp_seconds", completed), ("hbs_last_proven_restore_timestamp_seconds", proven)] {
        let seconds = at.map_or(0, |at| u32::try_from(at.timestamp()).unwrap_or(u32::MAX));
        metrics::gauge!(name).set(f64::from(seconds));
    }
    let has_failed = repository::last_drilled(&conn).await?.is_some_and(|backup| backup.has_failed_drill());
    metrics::gauge!("hbs_last_drill_failed").set(f64::from(u8::from(has_failed)));
    Ok(())
}

/// Makes a backup now, for the command.
pub async fn back_up(app: &App, tell: Tell<'_>) -> Result<Backup> {
    let place = place::of(&app.config)?;
    let mut lock = app.db.conn().await?;
    lock.transaction(async |lock| {
        if !try_lead(lock, LOCK).await? {
            return Err(BackupError::Running.into());
        }
        let conn = app.db.conn().await?;
        forget_dead(app, &place, &conn).await?;
        let open = match insert(app, &conn, BackupCause::Command).await? {
            Some(backup) => backup,
            None => repository::open(&conn).await?.ok_or(BackupError::Running)?,
        };
        drop(conn);
        while_leading(lock, Box::pin(run(app, &place, open, tell))).await
    })
    .await
}

/// Makes the backup that somebody asked for, or that is due, if there is one and nobody is at it.
pub async fn run_waiting(app: &App) -> Result<Option<Backup>> {
    if app.config.backup_url.is_none() {
        return Ok(None);
    }
    let place = place::of(&app.config)?;
    let conn = app.db.conn().await?;
    if repository::open(&conn).await?.is_none() && !is_due(app, &conn).await? {
        return Ok(None);
    }
    drop(conn);
    let mut lock = app.db.conn().await?;
    lock.transaction(async |lock| {
        if !try_lead(lock, LOCK).await? {
            return Ok(None);
        }
        let conn = app.db.conn().await?;
        forget_dead(app, &place, &conn).await?;
        let waiting = match repository::open(&conn).await? {
            Some(backup) => Some(backup),
            None if is_due(app, &conn).await? => insert(app, &conn, BackupCause::Schedule).await?,
            None => None,
        };
        drop(conn);
        match waiting {
            Some(backup) => while_leading(lock, Box::pin(run(app, &place, backup, &|_| {}))).await.map(Some),
            None => Ok(None),
        }
    })
    .await
}

async fn is_due(app: &App, conn: &Conn) -> Result<bool> {
    let (completed, tried) = repository::last_times(conn).await?;
    Ok(rules::is_due(app.config.backup_every_hours, app.clock.now(), completed, tried))
}

/// Whoever has the lock knows that nobody else is at it: what is said to run does not.
async fn forget_dead(app: &App, place: &Place, conn: &Conn) -> Result<()> {
    let now = app.clock.now();
    for backup in repository::fail(conn, &[BackupStatus::Running], DIED, now).await? {
        outbox::publish(conn, &Cause::system(now), [Event::created(&backup).named("backup.failed")]).await?;
        if let Some(name) = &backup.name {
            clean_up(place, name).await;
        }
    }
    Ok(())
}

/// Removes what there is of an archive that is none, as far as that can be done: nobody finds the rest.
async fn clean_up(place: &Place, name: &str) {
    if let Err(error) = place.archives.remove(name).await {
        tracing::warn!(?error, name, "what there is of a backup that failed could not be removed");
    }
}

async fn insert(app: &App, conn: &Conn, cause: BackupCause) -> Result<Option<Backup>> {
    let now = app.clock.now();
    let status = BackupStatus::Requested;
    let new = NewBackup { id: BackupId::now_v7(), status, cause, requested_by: None, created_at: now, updated_at: now };
    Ok(repository::insert(conn, &new).await?)
}

async fn run(app: &App, place: &Place, backup: Backup, tell: Tell<'_>) -> Result<Backup> {
    let name = name_of(&backup);
    let last = repository::newest(&*app.db.conn().await?).await?;
    tell(Told::Stage { name: "backing up", bytes: last.and_then(|last| size_of_contents(&last)) });
    let backup = repository::begin(&*app.db.conn().await?, backup.id, &name, app.clock.now()).await?;
    let taken = take::take(app, place, &backup, &name, tell).await;
    let recorded = match taken {
        Ok(manifest) => record(app, &backup, &manifest).await,
        Err(error) => Err(error),
    };
    match recorded {
        Ok(backup) => {
            if let Err(error) = Box::pin(adopt::adopt(app, &place.archives)).await {
                tracing::warn!(?error, "archives that the database does not know could not be looked for");
            }
            if let Err(error) = remove_expired(app, place).await {
                tracing::warn!(?error, "old archives could not be removed");
            }
            Ok(backup)
        }
        Err(error) => {
            // An archive that nobody recorded is not to be found by anybody.
            clean_up(place, &name).await;
            let why = in_words(&error);
            let now = app.clock.now();
            let mut conn = app.db.conn().await?;
            conn.transaction(async |conn| {
                let failed = repository::fail(conn, &[BackupStatus::Running], &why, now).await?;
                let events = failed.iter().map(|failed| Event::changed(&backup, failed).named("backup.failed"));
                outbox::publish(conn, &Cause::system(now), events).await?;
                Ok::<_, Error>(())
            })
            .await?;
            Err(error)
        }
    }
}

/// The size of what a backup holds, before it is encrypted: the next one will be about as large.
fn size_of_contents(backup: &Backup) -> Option<u64> {
    let manifest: Manifest = serde_json::from_value(backup.manifest.clone()?).ok()?;
    Some(manifest.contents_size())
}

/// The name of an archive: when it was begun, and a part of its id.
fn name_of(backup: &Backup) -> String {
    let id = uuid::Uuid::from(backup.id).simple().to_string();
    format!("hbs-{}-{}", Clock::real_now().format("%Y%m%dT%H%M%SZ"), &id[20..])
}

/// Notes that an archive is complete: in MongoDB, and then in PostgreSQL.
async fn record(app: &App, backup: &Backup, manifest: &Manifest) -> Result<Backup> {
    let completed = completed(manifest)?;
    note_in_mongodb(app, manifest, &completed).await?;
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let after = repository::complete(conn, backup.id, &completed, now).await?;
        outbox::publish(conn, &Cause::system(now), [Event::changed(backup, &after).named("backup.completed")]).await?;
        Ok(after)
    })
    .await
}

/// A complete archive as it is noted, by its manifest.
pub(super) fn completed(manifest: &Manifest) -> Result<Completed> {
    let whole = manifest.archive.as_ref().ok_or_else(|| Error::internal("a manifest that does not know its archive"))?;
    Ok(Completed {
        size_bytes: i64::try_from(whole.size).unwrap_or(i64::MAX),
        sha256: whole.sha256.clone(),
        manifest: serde_json::to_value(manifest).map_err(Error::internal)?,
    })
}

/// Notes an archive in MongoDB, unless it is noted there.
pub(super) async fn note_in_mongodb(app: &App, manifest: &Manifest, completed: &Completed) -> Result<()> {
    let failed = |error: mongodb::error::Error| Error::internal(format!("{COLLECTION}: {error}"));
    let collection = app.mongo.durable::<Document>(COLLECTION);
    if collection.find_one(doc! {"_id": manifest.id.to_string()}).await.map_err(failed)?.is_some() {
        return Ok(());
    }
    collection.insert_one(document(manifest, completed)?).await.map_err(failed)?;
    Ok(())
}

fn document(manifest: &Manifest, completed: &Completed) -> Result<Document> {
    Ok(doc! {
        "_id": manifest.id.to_string(),
        "name": &manifest.name,
        "taken_at": manifest.taken_at.to_rfc3339(),
        "schema_version": &manifest.schema_version,
        "size": completed.size_bytes,
        "sha256": &completed.sha256,
        "contents": to_bson(&manifest.contents)?,
        "members": to_bson(&manifest.members)?,
        "left_out": to_bson(&manifest.left_out)?,
    })
}

fn to_bson(value: &impl Serialize) -> Result<Bson> {
    bson::serialize_to_bson(value).map_err(Error::internal)
}

/// Removes the archives whose time is over. What could not be removed is not noted as removed, and so is tried again after the
/// next backup.
async fn remove_expired(app: &App, place: &Place) -> Result<()> {
    let config = &app.config;
    let keep = Keep { daily: config.backup_keep_daily, weekly: config.backup_keep_weekly, monthly: config.backup_keep_monthly };
    let conn = app.db.conn().await?;
    let backups = repository::completed(&conn).await?;
    let in_drill = repository::last_drilled(&conn).await?.filter(Backup::is_in_drill).map(|backup| backup.id);
    drop(conn);
    let archives: Vec<Kept> = backups.iter().filter_map(|backup| kept(backup, in_drill)).collect();
    let mut failures = Failures::default();
    for name in rules::expired(keep, &archives) {
        let Some(before) = backups.iter().find(|backup| backup.name.as_ref() == Some(&name)) else { continue };
        let removed = place.archives.remove(&name).await;
        if failures.note("an archive whose time is over could not be removed", &name, removed)?.is_some() {
            let noted = note_expired(app, before, &name).await;
            failures.note("the removal of an archive could not be noted", &name, noted)?;
        }
    }
    failures.result(())
}

/// The archive of a backup, as it is judged whether its time is over.
fn kept(backup: &Backup, in_drill: Option<BackupId>) -> Option<Kept> {
    let taken_at: DateTime<Utc> = backup.manifest.as_ref()?.get("taken_at")?.as_str()?.parse().ok()?;
    let (is_proven, is_in_drill) = (backup.proven_at.is_some(), in_drill == Some(backup.id));
    Some(Kept { name: backup.name.clone()?, taken_at, is_proven, is_in_drill })
}

/// Notes that an archive was removed.
async fn note_expired(app: &App, before: &Backup, name: &str) -> Result<()> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        if let Some(after) = repository::expire(conn, name, now).await? {
            let event = Event::changed(before, &after).named("backup.expired");
            outbox::publish(conn, &Cause::system(now), [event]).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}
