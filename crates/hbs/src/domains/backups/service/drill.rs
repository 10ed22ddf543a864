//! The drill: the newest archive is restored into stores that are there for it, looked over, and removed again.
use super::super::repository;
use super::{Finding, Tell, place, restore};
use crate::app::App;
use crate::archive::{ARCHIVE, Manifest};
use crate::clock::Clock;
use crate::config::Config;
use crate::domains::{audit, folios, inventory};
use crate::outbox::{self, Cause, Event};
use crate::{Error, Result};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::TryStreamExt;

/// Database of MongoDB for the drill, where its address names none.
const DATABASE: &str = "hbs_drill";

/// Restores the newest archive into the stores of these addresses, which must be empty, and notes that it was proven. They are
/// emptied again unless they are to be kept.
pub async fn drill(app: &App, into: &[String], keeps: bool, tell: Tell<'_>) -> Result<(Manifest, Vec<Finding>)> {
    let place = place::of(&app.config)?;
    let newest = place::catalogue(&app.config)?.pop().ok_or_else(|| Error::internal("backup_url: there is no archive"))?;
    let path = place.folder.join(format!("{}{ARCHIVE}", newest.name));
    let scratch = App::new(scratch(&app.config, into)?, None).await?;
    let manifest = restore::bring_back(&scratch, &path, tell).await?;
    let looked = look_over(&scratch).await;
    if !keeps {
        clear(&scratch, &manifest).await?;
    }
    let findings = looked?;
    prove(app, &manifest).await?;
    Ok((manifest, findings))
}

/// The settings with other stores.
fn scratch(config: &Config, into: &[String]) -> Result<Config> {
    let mut scratch = config.clone();
    let (mut has_postgres, mut has_mongo, mut has_files) = (false, false, false);
    for url in into {
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => {
                has_postgres = true;
                scratch.database_url = Some(url.clone());
            }
            Some(("mongodb" | "mongodb+srv", rest)) => {
                has_mongo = true;
                let named = rest.split_once('/').map(|(_, path)| path.split('?').next().unwrap_or_default());
                scratch.mongodb_database = named.filter(|name| !name.is_empty()).unwrap_or(DATABASE).to_owned();
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

/// Removes what was restored: it was put into empty stores, so all of it is ours.
async fn clear(scratch: &App, manifest: &Manifest) -> Result<()> {
    let schema = &manifest.database_schema;
    let anew = format!("DROP SCHEMA \"{schema}\" CASCADE; CREATE SCHEMA \"{schema}\"");
    scratch.db.conn().await?.batch_execute(&anew).await.map_err(Error::internal)?;
    let dropped = scratch.mongo.database().drop().await;
    dropped.map_err(|error| Error::internal(format!("--into: the database of MongoDB could not be emptied again: {error}")))?;
    let files: Vec<String> = scratch.objects.list().map_ok(|file| file.name).try_collect().await?;
    for file in files {
        scratch.objects.delete(&file).await?;
    }
    Ok(())
}

/// Notes in the stores that serve that the archive was proven.
async fn prove(app: &App, manifest: &Manifest) -> Result<()> {
    let now = Clock::real_now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let before = repository::find(conn, manifest.id.into()).await?;
        if let (Some(before), Some(after)) = (before, repository::prove(conn, manifest.id.into(), now).await?) {
            let event = Event::changed(&before, &after).named("backup.proven");
            outbox::publish(conn, &Cause::system(now), [event]).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}
