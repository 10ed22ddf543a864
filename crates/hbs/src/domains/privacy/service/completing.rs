//! What an erasure does after its commit: at least once, and to the end.
use super::{erasing, person};
use crate::app::App;
use crate::domains::checkpoints;
use crate::domains::privacy::model::erasure::{AskedBy, Erasure, ErasureId, Person};
use crate::domains::privacy::repository::{self, erasures};
use crate::domains::privacy::rules::places::{Fate, places};
use crate::error::Or404;
use crate::failures::Failures;
use crate::outbox::{self, Cause, Entity, Event, key_ids};
use crate::person_keys::ListedErasure;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::SecondsFormat;
use diesel_async::AsyncConnection;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Erasures that are read at a time, and of which one run deletes what takes long to be found.
const BATCH: i64 = 20;
/// Erasures that are looked for at a time in the list beside the archives.
const LOOKED_FOR: i64 = 1000;
/// Form of what is listed beside the archives.
const FORMAT: &str = "hbs-erasure-listed-1";
/// Words of the log for an erasure of which a step failed.
const INCOMPLETE: &str = "an erasure is not complete yet";

/// Completes the erasures that wait for it: all of them are listed and lose their keys before any file is deleted, which may have
/// to wait. One that fails is tried again, and holds up no other.
pub async fn complete_all(app: &App) -> Result<()> {
    let mut failures = Failures::default();
    let mut last = None;
    loop {
        let waiting = erasures::unforgotten(&*app.db.conn().await?, last, BATCH).await?;
        let Some(newest) = waiting.last() else { break };
        last = Some(newest.id);
        forget(app, &waiting, &mut failures).await?;
    }
    let in_turn = erasures::incomplete(&*app.db.conn().await?, BATCH).await?;
    for erasure in in_turn {
        failures.note(INCOMPLETE, erasure.id, finish(app, &erasure).await)?;
    }
    failures.result(())
}

/// Lists some erasures, and destroys the keys of those that are listed.
async fn forget(app: &App, waiting: &[Erasure], failures: &mut Failures) -> Result<()> {
    let mut with_keys = Vec::with_capacity(waiting.len());
    for erasure in waiting {
        if failures.note(INCOMPLETE, erasure.id, list(app, erasure).await)?.is_some() {
            with_keys.push(erasure);
        }
    }
    for erasure in with_keys {
        failures.note(INCOMPLETE, erasure.id, destroy_keys(app, erasure).await)?;
    }
    Ok(())
}

/// Removes what the register has kept of people who were erased, and whose time is over, and tells the record at each hotel how many
/// rows went, and nothing of whom. Returns the number of rows.
pub async fn let_go(app: &App) -> Result<i64> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    let gone = conn
        .transaction(async |conn| {
            let gone = repository::erasing::let_go(conn, now).await?;
            let event = |(hotel, rows): (&Uuid, &i64)| {
                Event::about::<Erasure>("person.let_go", Entity::new(*hotel).at(*hotel)).with("rows_erased", *rows)
            };
            outbox::publish(conn, &Cause::system(now), gone.iter().map(event)).await?;
            Ok::<_, Error>(gone.values().sum::<i64>())
        })
        .await?;
    app.relay.wake();
    Ok(gone)
}

/// Completes again what the list beside the archives lacks: it was brought back from an older copy, and with it keys that were
/// destroyed. Returns the number of such erasures.
pub async fn complete_unlisted(app: &App) -> Result<usize> {
    let (mut last, mut completed) = (None, 0);
    let mut failures = Failures::default();
    loop {
        let mut ids = erasures::forgotten(&*app.db.conn().await?, last, LOOKED_FOR).await?;
        let Some(newest) = ids.last() else { break };
        last = Some(*newest);
        let wanted: Vec<Uuid> = ids.iter().map(|id| (*id).into()).collect();
        let listed: BTreeSet<Uuid> = app.person_keys.listed_among(&wanted).await?.into_iter().collect();
        ids.retain(|id| !listed.contains(&(*id).into()));
        for id in &ids {
            let erasure = erasures::find(&*app.db.conn().await?, &Scope::All, *id).await?.or_404("erasure")?;
            completed += usize::from(failures.note(INCOMPLETE, *id, complete_one(app, &erasure).await)?.is_some());
        }
    }
    failures.result(completed)
}

/// Lists an erasure, destroys its keys and deletes what is left.
async fn complete_one(app: &App, erasure: &Erasure) -> Result<()> {
    list(app, erasure).await?;
    destroy_keys(app, erasure).await?;
    finish(app, erasure).await
}

/// Lists an erasure beside the archives. It comes first: from then on a restored system repeats the erasure, whatever becomes of
/// this process.
async fn list(app: &App, erasure: &Erasure) -> Result<()> {
    app.person_keys.list_erasure(&listed(app, erasure).await?).await
}

/// Destroys the keys of a person's values in the record.
async fn destroy_keys(app: &App, erasure: &Erasure) -> Result<()> {
    let person = person_of(erasure);
    app.person_keys.destroy(&key_ids::find(app, &person.entities, &person.bookings).await?).await?;
    erasures::forget(&*app.db.conn().await?, erasure.id, app.clock.now()).await?;
    Ok(())
}

/// Deletes what is found by long searches, and files.
async fn finish(app: &App, erasure: &Erasure) -> Result<()> {
    let now = app.clock.now();
    let person = person_of(erasure);
    let conn = app.db.conn().await?;
    erasures::attempt(&conn, erasure.id, now).await?;
    for place in places().filter(|place| matches!(place.fate, Fate::Afterwards)) {
        repository::erasing::delete(&conn, place, &person, now).await?;
    }
    drop(conn);
    // While a backup copies them, files stay, and the erasure is not complete.
    if !erasure.files.is_empty() && app.objects.are_held().await? {
        return Ok(());
    }
    for name in erasure.files.iter().flatten() {
        app.objects.delete(name).await?;
    }
    erasures::complete(&*app.db.conn().await?, erasure.id, now).await?;
    Ok(())
}

fn person_of(erasure: &Erasure) -> Person {
    let ids = |ids: &[Option<Uuid>]| ids.iter().flatten().copied().collect();
    Person {
        users: erasure.user_id.into_iter().collect(),
        guests: ids(&erasure.profile_ids),
        bookings: ids(&erasure.booking_ids),
        hotels: ids(&erasure.hotel_ids),
        entities: ids(&erasure.entity_ids),
        ..Person::default()
    }
}

// The list beside the archives

#[derive(Serialize)]
struct Statement<'a> {
    format: &'static str,
    id: Uuid,
    user_id: Option<Uuid>,
    profile_ids: &'a [Uuid],
    booking_ids: &'a [Uuid],
    erased_at: String,
}

fn statement(listed: &ListedErasure) -> Result<String> {
    let ListedErasure { id, user_id, profile_ids, booking_ids, erased_at, signature: _, key_id: _ } = listed;
    let erased_at = erased_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let statement = Statement { format: FORMAT, id: *id, user_id: *user_id, profile_ids, booking_ids, erased_at };
    checkpoints::canonical(&statement).map_err(Error::internal)
}

async fn listed(app: &App, erasure: &Erasure) -> Result<ListedErasure> {
    let person = person_of(erasure);
    let unsigned = ListedErasure {
        id: erasure.id.into(),
        user_id: erasure.user_id,
        profile_ids: person.guests,
        booking_ids: person.bookings,
        erased_at: erasure.erased_at,
        signature: String::new(),
        key_id: String::new(),
    };
    let text = statement(&unsigned)?;
    let signed = checkpoints::sign(app, &*app.db.conn().await?, &text, app.clock.now()).await?;
    Ok(ListedErasure { signature: BASE64_URL_SAFE_NO_PAD.encode(&signed.signature), key_id: signed.kid, ..unsigned })
}

/// Repeats an erasure from the list, in a system that was restored from an older backup: the same rows by the same code, whatever is
/// open there, and the same keys. What was erased already stays so.
pub async fn replay(app: &App, listed: &ListedErasure) -> Result<()> {
    let mut conn = app.db.conn().await?;
    check_signature(&conn, listed).await?;
    let erasure = conn.transaction(async |conn| repeat(app, conn, listed).await).await?;
    drop(conn);
    complete_one(app, &erasure).await
}

async fn repeat(app: &App, conn: &Conn, listed: &ListedErasure) -> Result<Erasure> {
    let id: ErasureId = serde_json::from_value(json!(listed.id)).map_err(Error::internal)?;
    if let Some(known) = erasures::find(conn, &Scope::All, id).await? {
        return Ok(known);
    }
    let found = person::find_listed(conn, listed).await?;
    let cause = Cause::system(listed.erased_at);
    let written = erasing::erase(app, conn, found, AskedBy::Restore, &cause, id).await?;
    Ok(written.erasure)
}

/// Refuses what a key signed otherwise. A key that was made after the backup is not known to it: the list is then believed, since
/// whoever can write to it could destroy the keys as well.
async fn check_signature(conn: &Conn, listed: &ListedErasure) -> Result<()> {
    match checkpoints::is_signed(conn, &listed.key_id, &statement(listed)?, &listed.signature).await? {
        Some(true) => Ok(()),
        Some(false) => Err(Error::internal(format!("the listed erasure {} is not as it was signed", listed.id))),
        None => {
            tracing::warn!(erasure = %listed.id, key = listed.key_id, "a listed erasure was signed by a key that the backup lacks");
            Ok(())
        }
    }
}
