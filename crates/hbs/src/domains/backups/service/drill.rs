//! The drill: the newest archive is restored into stores that are there for it, looked over, and removed again; once a night by itself.
use super::super::model::{Backup, BackupId, NOT_ENDED};
use super::super::repository;
use super::super::rules::is_drill_due;
use super::{Finding, Tell, Told, in_words, place, restore, signed};
use crate::app::App;
use crate::archive::Manifest;
use crate::config::{Config, drill_database_of};
use crate::domains::{audit, checkpoints, folios, inventory};
use crate::outbox::{self, Cause, Event};
use crate::quarantine;
use crate::stores::postgres::{Conn, try_lead, while_leading};
use crate::{Error, Result};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use std::time::Duration;

/// Name of the lock of whoever drills.
pub const LOCK: &str = "backups.drill";
/// Name of the mark in MongoDB and in the storage of files: what lies beside it was left there by a drill.
const MARK: &str = "hbs_drill";
/// Pause between two looks whether a drill is due.
pub const LOOKS: Duration = Duration::from_secs(30);

/// Archive that a drill has restored, and the checks that it has passed.
#[derive(Debug, Clone)]
pub struct Drilled {
    pub manifest: Manifest,
    pub findings: Vec<Finding>,
}

/// Drills when it is due, for as long as the process runs, where the settings have the private key and stores for it.
pub async fn watch_drills(app: App) {
    if !drills_by_itself(&app.config) {
        return;
    }
    let mut ticks = tokio::time::interval(LOOKS);
    loop {
        ticks.tick().await;
        match drill_due(&app, &|_| {}).await {
            Ok(Some(drilled)) => {
                tracing::info!(archive = drilled.manifest.name, "a drill has restored all of the newest archive");
            }
            Ok(None) => {}
            Err(error) => tracing::error!(?error, "no drill has proven the newest backup"),
        }
    }
}

/// Returns `true` if the settings have the private key, and stores for drills.
pub fn drills_by_itself(config: &Config) -> bool {
    place::of_drills(config).is_some()
}

/// Drills if it is due and nobody is at it: the newest backup, in the stores that the settings name.
pub async fn drill_due(app: &App, tell: Tell<'_>) -> Result<Option<Drilled>> {
    let Some(into) = place::of_drills(&app.config) else { return Ok(None) };
    if due(app, &*app.db.conn().await?).await?.is_none() {
        return Ok(None);
    }
    let mut lock = app.db.conn().await?;
    lock.transaction(async |lock| {
        if !try_lead(lock, LOCK).await? {
            return Ok(None);
        }
        // Another process may have drilled since the first look.
        let Some(backup) = due(app, lock).await? else { return Ok(None) };
        let name = backup.name.unwrap_or_default();
        while_leading(lock, Box::pin(attempt(app, backup.id, &name, &into, false, tell))).await.map(Some)
    })
    .await
}

/// The backup that is to be tried now. What was restored proves nothing before it is resumed.
async fn due(app: &App, conn: &Conn) -> Result<Option<Backup>> {
    let last = repository::last_drilled(conn).await?.and_then(|backup| backup.drilled_at);
    if !is_drill_due(app.config.drill_at, app.clock.now(), last) || quarantine::find(conn).await?.is_some() {
        return Ok(None);
    }
    Ok(repository::newest(conn).await?)
}

/// Restores the newest archive into the stores of these addresses, which must be empty or those of an earlier drill, and notes that it
/// was proven. They are emptied again unless they are to be kept. One drill is made at a time.
pub async fn drill(app: &App, into: &[String], keeps: bool, tell: Tell<'_>) -> Result<Drilled> {
    place::of(&app.config)?;
    let newest = place::catalogue(&app.config).await?.pop().ok_or_else(|| Error::internal("backup_url: there is no archive"))?;
    let named = place::of_drills(&app.config);
    let into = if into.is_empty() { named.as_deref().unwrap_or_default() } else { into };
    let mut lock = app.db.conn().await?;
    lock.transaction(async |lock| {
        if !try_lead(lock, LOCK).await? {
            return Err(Error::internal("another drill is under way, and there is one at a time: try again when it has ended"));
        }
        while_leading(lock, Box::pin(attempt(app, newest.id.into(), &newest.name, into, keeps, tell))).await
    })
    .await
}

/// Drills with one archive, and notes in the stores that serve what came of it.
async fn attempt(app: &App, id: BackupId, name: &str, into: &[String], keeps: bool, tell: Tell<'_>) -> Result<Drilled> {
    note(app, id, Outcome::Begun).await?;
    match Box::pin(restore_for_proof(app, name, into, keeps, tell)).await {
        Ok(drilled) => {
            note(app, id, Outcome::Proven).await?;
            Ok(drilled)
        }
        Err(error) => {
            note(app, id, Outcome::Failed(&in_words(&error))).await?;
            Err(error)
        }
    }
}

async fn restore_for_proof(app: &App, name: &str, into: &[String], keeps: bool, tell: Tell<'_>) -> Result<Drilled> {
    let keys = match signed::keys_of(&app.config)? {
        Some(keys) => keys,
        None => checkpoints::public_keys(&*app.db.conn().await?).await?,
    };
    let scratch = App::new(scratch(&app.config, into)?, None).await?;
    clear_leftovers(&scratch).await?;
    refuse_collections(&scratch).await?;
    let archive = place::Archives::of(&app.config)?.readable(name).await?;
    let path = &archive.path;
    let manifest = restore::verify_file(&scratch.config, path, Some(&keys), tell).await?;
    restore::prepare(&scratch, &manifest).await?;
    // They are empty, so from here on all that is in them is ours.
    mark(&scratch).await?;
    let restored = async {
        restore::fill(&scratch, path, &manifest, tell).await?;
        tell(Told::Stage { name: "looking over what was restored", bytes: None });
        look_over(&scratch).await
    }
    .await;
    let left = if keeps { unmark(&scratch).await } else { clear(&scratch).await };
    // Why nothing was proven comes first: the next drill empties the stores.
    if let (Err(_), Err(error)) = (&restored, &left) {
        tracing::warn!(?error, "the stores for drills could not be emptied after a drill that failed");
    }
    let findings = restored?;
    left?;
    Ok(Drilled { manifest, findings })
}

/// The settings with other stores, none of which is that of HBS itself: they are emptied.
fn scratch(config: &Config, into: &[String]) -> Result<Config> {
    let mut scratch = config.clone();
    let (mut has_postgres, mut has_mongo, mut has_files) = (false, false, false);
    for url in into {
        if config.is_own_store(url) {
            let scheme = url.split("://").next().unwrap_or_default();
            return Err(Error::internal(format!(
                "drills need stores of their own, and the address {scheme}://… is that of HBS itself"
            )));
        }
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => {
                has_postgres = true;
                scratch.database_url = Some(url.clone());
            }
            Some(("mongodb" | "mongodb+srv", _)) => {
                has_mongo = true;
                scratch.mongodb_database = drill_database_of(url).to_owned();
                scratch.mongodb_url = Some(url.clone());
            }
            Some(("file" | "s3", _)) => {
                has_files = true;
                scratch.object_store_url = Some(url.clone());
            }
            _ => return Err(Error::internal("--into: takes postgres://…, mongodb://… and file:///… or s3://…")),
        }
    }
    match has_postgres && has_mongo && has_files {
        true => Ok(scratch),
        false => Err(Error::internal("--into: needs a PostgreSQL, a MongoDB and a storage of files, all of them empty")),
    }
}

/// Looks whether what was restored holds together. That it is what the archive says has been seen.
async fn look_over(scratch: &App) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let chains = audit::verify_all(scratch, |_| {}).await?;
    if let Some(broken) = chains.iter().find(|chain| chain.first_broken_seq.is_some()) {
        return Err(Error::internal(format!("the chain of {} is broken in what was restored", broken.stream_id)));
    }
    findings.push(Finding(format!("{} chains of the record hold", chains.len())));
    let books = folios::verify(scratch).await?;
    if !books.faults.is_empty() {
        return Err(Error::internal(format!("the books have {} faults in what was restored", books.faults.len())));
    }
    findings.push(Finding(format!("{} lines of folios are those of the record", books.lines)));
    let nights = inventory::verify(scratch).await?;
    if !nights.is_empty() {
        return Err(Error::internal(format!(
            "{} nights of the inventory differ from the stays in what was restored",
            nights.len()
        )));
    }
    findings.push(Finding("the inventory is that of the stays".to_owned()));
    Ok(findings)
}

// A drill that dies leaves stores that are not empty, and every later one would be refused. So each store is marked while it is a
// drill's; what has no mark is never removed.

async fn mark(scratch: &App) -> Result<()> {
    repository::mark_for_drills(&*scratch.db.conn().await?).await?;
    let mark = scratch.mongo.durable::<Document>(MARK);
    mark.insert_one(doc! {"_id": MARK}).await.map_err(|error| of_mongodb(&error))?;
    scratch.objects.put(MARK, "text/plain", MARK.into()).await
}

async fn unmark(scratch: &App) -> Result<()> {
    repository::unmark(&*scratch.db.conn().await?).await?;
    let mark = scratch.mongo.database().collection::<Document>(MARK);
    mark.drop().await.map_err(|error| of_mongodb(&error))?;
    scratch.objects.delete(MARK).await
}

/// Empties the stores that an earlier drill has left full.
async fn clear_leftovers(scratch: &App) -> Result<()> {
    let conn = scratch.db.conn().await?;
    let is_of_a_drill = repository::is_of_a_drill(&conn).await?;
    if is_of_a_drill && repository::is_installed(&conn).await? {
        return Err(Error::internal(
            "the database of PostgreSQL for drills has a row in its table installation, as HBS itself and a restore write one \
             and no drill does: a drill uses a database of its own",
        ));
    }
    drop(conn);
    if is_of_a_drill {
        clear_postgres(scratch).await?;
    }
    if collections(scratch).await?.iter().any(|name| name == MARK) {
        clear_mongodb(scratch).await?;
    }
    if scratch.objects.get(MARK).await?.is_some() {
        clear_files(scratch).await?;
    }
    Ok(())
}

/// Refuses a database of MongoDB with anything in it, whatever that is: at the end of the drill it is dropped.
async fn refuse_collections(scratch: &App) -> Result<()> {
    let collections = collections(scratch).await?;
    match collections.iter().find(|name| !name.starts_with("system.")) {
        Some(name) => Err(Error::internal(format!(
            "the database of MongoDB for drills has the collection {name}: a drill uses a database of its own"
        ))),
        None => Ok(()),
    }
}

async fn collections(scratch: &App) -> Result<Vec<String>> {
    scratch.mongo.database().list_collection_names().await.map_err(|error| of_mongodb(&error))
}

async fn clear(scratch: &App) -> Result<()> {
    clear_postgres(scratch).await?;
    clear_mongodb(scratch).await?;
    clear_files(scratch).await
}

/// Removes what was restored, and then the mark, in one transaction.
async fn clear_postgres(scratch: &App) -> Result<()> {
    let mut conn = scratch.db.conn().await?;
    conn.transaction(async |conn| {
        if let Some(schema) = repository::schema(conn).await? {
            let anew = format!("DROP SCHEMA \"{schema}\" CASCADE; CREATE SCHEMA \"{schema}\"");
            conn.batch_execute(&anew).await.map_err(Error::internal)?;
        }
        Ok(repository::unmark(conn).await?)
    })
    .await
}

async fn clear_mongodb(scratch: &App) -> Result<()> {
    scratch.mongo.database().drop().await.map_err(|error| of_mongodb(&error))
}

/// Removes all files, and the mark at last.
async fn clear_files(scratch: &App) -> Result<()> {
    let files: Vec<String> = scratch.objects.list().map_ok(|file| file.name).try_collect().await?;
    for file in files.iter().filter(|file| *file != MARK) {
        scratch.objects.delete(file).await?;
    }
    scratch.objects.delete(MARK).await
}

fn of_mongodb(error: &mongodb::error::Error) -> Error {
    Error::internal(format!("the database of MongoDB for drills could not be prepared or emptied again: {error}"))
}

/// Outcome of a drill, as far as it is known.
enum Outcome<'a> {
    Begun,
    Proven,
    Failed(&'a str),
}

/// Notes in the stores that serve what has become of a drill. An archive that they do not know is not noted.
async fn note(app: &App, id: BackupId, outcome: Outcome<'_>) -> Result<()> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(before) = repository::find(conn, id).await? else { return Ok(()) };
        let (after, kind) = match outcome {
            Outcome::Begun => (repository::fail_drill(conn, id, NOT_ENDED, now).await?, "backup.drill_begun"),
            Outcome::Proven => (repository::prove(conn, id, now).await?, "backup.proven"),
            Outcome::Failed(why) => (repository::fail_drill(conn, id, why, now).await?, "backup.drill_failed"),
        };
        if let Some(after) = after {
            outbox::publish(conn, &Cause::system(now), [Event::changed(&before, &after).named(kind)]).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}
