//! The erasure itself: one transaction, in which everything of a person goes that the law lets go, and the signed answer is written.
use super::person::Found;
use super::{answers, export};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::privacy::model::erasure::{
    AskedBy, ErasedPlace, Erasure, ErasureId, ErasureStatement, KeptPlace, KeyOfFile, OtherPlace, Person,
};
use crate::domains::privacy::repository::{erasing, erasures};
use crate::domains::privacy::rules::legal::KeptFor;
use crate::domains::privacy::rules::places::{ELSEWHERE, Fate, Place, places};
use crate::domains::{authentication, checkpoints, reviews};
use crate::language::Language;
use crate::media::{self, PictureFormat};
use crate::outbox::{self, Cause, Entity, Event};
use crate::security::{Forget, Forgetting};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Form of the statement, by which nobody takes it for another that the same key signed.
pub const FORMAT: &str = "hbs-erasure-1";

/// An erasure that was written, and what is to be done after the commit.
pub struct Written {
    pub erasure: Erasure,
    pub forgetting: Forgetting,
}

/// Erases a person who is found and locked. With an id of its own it repeats an earlier erasure.
pub async fn erase(app: &App, conn: &Conn, found: Found, asked_by: AskedBy, cause: &Cause, id: ErasureId) -> Result<Written> {
    let Found { person, user, .. } = found;
    let now = cause.at;
    let entity_ids = erasing::entities(conn, &person, now).await?;
    let mut files: Vec<String> = erasing::files(conn, &person, now).await?.into_iter().flat_map(file_names).collect();
    // Sessions by their ids too: what Redis keeps of one has the name of its owner.
    let sessions = erasing::sessions(conn, &person.users).await?;
    let forgets = person.users.iter().map(|id| Forget::User(*id)).chain(sessions.into_iter().map(Forget::Session));
    let forgetting = Forgetting::new(forgets);
    for user_id in &person.users {
        authentication::clear_lock_outs(conn, *user_id).await?;
        authentication::shut_out(conn, *user_id, "deleted", cause).await?;
    }
    let (erased, more_files) = erase_places(conn, &person, cause).await?;
    files.extend(more_files);
    let kept = kept_places(conn, &person, now).await?;
    // The last letter goes out after all others were withdrawn.
    if let Some(user) = user.filter(|user| user.is_email_verified && !user.is_deleted && asked_by != AskedBy::Restore) {
        answers::tell(conn, &user, id).await?;
    }
    let language = language_of(&person);
    let statement = ErasureStatement {
        format: FORMAT.into(),
        installation: app.config.host(),
        erased_at: now,
        user_id: person.users.first().copied(),
        guest_profile_ids: person.guests.clone(),
        booking_ids: person.bookings.clone(),
        erased,
        kept,
        elsewhere: ELSEWHERE.iter().map(|(place, about, label)| other_place(place, about, label.of(language))).collect(),
    };
    tell(conn, cause, id, asked_by, &statement, &person).await?;
    let text = checkpoints::canonical(&statement).map_err(Error::internal)?;
    let signed = checkpoints::sign(app, conn, &text, Clock::real_now()).await?;
    let erasure = Erasure {
        id,
        asked_by,
        user_id: statement.user_id,
        hotel_ids: some(&person.hotels),
        profile_ids: some(&person.guests),
        booking_ids: some(&person.bookings),
        entity_ids: some(&entity_ids),
        files: files.into_iter().map(Some).collect(),
        statement: text,
        kid: signed.kid,
        signature: signed.signature,
        erased_at: now,
        completed_at: None,
        created_at: now,
        updated_at: now,
    };
    erasures::insert(conn, &erasure).await?;
    forgetting.record(conn).await?;
    Ok(Written { erasure, forgetting })
}

/// Goes through the places in their order. Returns what was erased, and the files that went with it.
async fn erase_places(conn: &Conn, person: &Person, cause: &Cause) -> Result<(Vec<ErasedPlace>, Vec<String>)> {
    let (mut erased, mut files) = (Vec::new(), Vec::new());
    let language = language_of(person);
    let now = cause.at;
    for place in places() {
        let rows = match place.fate {
            Fate::Deleted => erasing::delete(conn, place, person, now).await?,
            Fate::Changed(set) => erasing::change(conn, place, set, person, now).await?,
            Fate::ByOwner => {
                let (rows, of_place) = by_owner(conn, place, person, cause).await?;
                files.extend(of_place);
                rows
            }
            Fate::Follows(_) | Fate::Kept(..) | Fate::Afterwards => 0,
        };
        if rows > 0 {
            let rows = i64::try_from(rows).map_err(Error::internal)?;
            erased.push(ErasedPlace { place: place.name.into(), label: place.label.of(language).into(), rows });
        }
    }
    Ok((erased, files))
}

/// Lets reviews forget their authors, and exports end. Photos of reviews go with them: they are counted before.
async fn by_owner(conn: &Conn, place: &Place, person: &Person, cause: &Cause) -> Result<(usize, Vec<String>)> {
    let rows = erasing::count(conn, place, person, cause.at).await?;
    let rows = usize::try_from(rows).map_err(Error::internal)?;
    match place.table {
        "reviews" => {}
        "privacy_exports" => return Ok((rows, export::forget(conn, person, cause).await?)),
        _ => return Ok((rows, Vec::new())),
    }
    let guests = reviews::Forgotten {
        authors: &person.users,
        property_ids: &person.hotels,
        booking_ids: &person.bookings,
        words: &person.words,
    };
    let (_, files) = reviews::forget_guests(conn, guests, cause).await?;
    Ok((rows, files))
}

async fn kept_places(conn: &Conn, person: &Person, now: DateTime<Utc>) -> Result<Vec<KeptPlace>> {
    let language = language_of(person);
    let mut kept = Vec::new();
    for place in places() {
        let Fate::Kept(reason, from) = place.fate else { continue };
        let (rows, until) = match reason {
            // It is long, and has no index by whom it tells of: what is sealed in it is found after the commit.
            KeptFor::Record => (None, None),
            KeptFor::Accounting | KeptFor::Register => {
                let found = erasing::kept(conn, place, reason, from, person, now).await?;
                (Some(found.rows), found.until)
            }
        };
        if rows != Some(0) {
            kept.push(KeptPlace {
                place: place.name.into(),
                label: place.label.of(language).into(),
                rows,
                reason,
                explanation: reason.sentence().into(),
                until,
            });
        }
    }
    Ok(kept)
}

/// Tells the record: each hotel that the person was known at, and the system, with counts only.
async fn tell(
    conn: &Conn,
    cause: &Cause,
    id: ErasureId,
    asked_by: AskedBy,
    statement: &ErasureStatement,
    person: &Person,
) -> Result<()> {
    let erased: i64 = statement.erased.iter().map(|place| place.rows).sum();
    let kept: i64 = statement.kept.iter().filter_map(|place| place.rows).sum();
    let event = |entity: Entity| {
        Event::about::<Erasure>("person.erased", entity)
            .with("asked_by", asked_by)
            .with("rows_erased", erased)
            .with("rows_kept", kept)
            .with("places", statement.erased.len())
    };
    let system = Entity::new(id.into());
    let at_hotels = person.hotels.iter().map(|hotel| Entity::new(id.into()).at(*hotel));
    outbox::publish(conn, cause, at_hotels.chain([system]).map(event)).await?;
    Ok(())
}

fn other_place(place: &str, about: &str, label: &str) -> OtherPlace {
    OtherPlace { place: place.into(), label: label.into(), about: about.into() }
}

fn language_of(person: &Person) -> Language {
    person.locale.as_ref().and_then(Language::of).unwrap_or(Language::English)
}

fn file_names(file: KeyOfFile) -> Vec<String> {
    let KeyOfFile { kind, key, format } = file;
    match (kind.as_str(), format.as_str()) {
        ("avatar", _) => media::avatar_files(&key),
        (_, "pdf") => vec![media::private_document(&key)],
        (_, "webp") => vec![media::private_file(&key, PictureFormat::Webp)],
        _ => vec![media::private_file(&key, PictureFormat::Jpeg)],
    }
}

fn some(ids: &[Uuid]) -> Vec<Option<Uuid>> {
    ids.iter().copied().map(Some).collect()
}
