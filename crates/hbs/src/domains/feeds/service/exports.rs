//! Calendar exports for other programs: the nights on which a room, or all rooms of a type, are taken, without guest
//! data.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::feeds::dto::{CreateFeedExport, FeedExportOut, FeedFilter, NewFeedExportOut};
use crate::domains::feeds::model::{Echoes, FeedExport, NewFeedExport};
use crate::domains::feeds::repository::{self, TakenNight, TypeNight};
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::ical::{self, Entry};
use crate::idempotency::IdempotencyKey;
use crate::numbers::hex;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{FeedsRead, FeedsWrite};
use crate::security::{Staff, random_secret, secret_hash};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, SubsecRound, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Number of past nights that a calendar still shows.
const DAYS_BACK: u64 = 30;
const SUFFIX: &str = ".ics";

pub async fn list(app: &App, staff: &Staff<FeedsRead>, filter: &FeedFilter, page: &PageQuery) -> Result<Page<FeedExportOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_exports(&conn, &staff.scope, filter.property_id, after, limit + 1).await?;
    Ok(page.page(rows, |feed| feed.id)?.map(Into::into))
}

pub async fn get(app: &App, staff: &Staff<FeedsRead>, id: Uuid) -> Result<FeedExportOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find_export(&conn, &staff.scope, id).await?.or_404("feed")?.into())
}

/// Makes a calendar with a secret address, which is in the answer and nowhere else.
pub async fn create(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, request: CreateFeedExport) -> Result<Answer> {
    let CreateFeedExport { property_id, name, room_id, room_type_id, import_id } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let token = random_secret();
    let token_hash = secret_hash(&token);
    app.change(key, async |conn| {
        check_subject(conn, property_id, room_id, room_type_id).await?;
        check_import(conn, property_id, import_id).await?;
        let new = NewFeedExport {
            property_id,
            id: Uuid::now_v7(),
            name: &name,
            room_id,
            room_type_id,
            token_hash: &token_hash,
            created_at: now,
            updated_at: now,
            import_id,
        };
        let row = repository::insert_export(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&row)]).await?;
        let (id, version) = (row.id, row.version);
        Ok(Answer::created(format!("/v1/feed-exports/{id}"), version, &with_path(row, &token))?.secret())
    })
    .await
}

pub(super) async fn check_subject(
    conn: &Conn,
    property_id: Uuid,
    room_id: Option<Uuid>,
    room_type_id: Option<Uuid>,
) -> Result<()> {
    match (room_id, room_type_id) {
        (Some(room_id), None) => check_room(conn, property_id, room_id).await,
        (None, Some(room_type_id)) => match repository::has_room_type(conn, property_id, room_type_id).await? {
            true => Ok(()),
            false => Err(Error::invalid("/room_type_id", "is not a room type of the property")),
        },
        (Some(_), Some(_)) => Err(Error::invalid("/room_type_id", "cannot be given together with room_id")),
        (None, None) => Err(Error::invalid("/room_id", "is needed, or room_type_id")),
    }
}

async fn check_room(conn: &Conn, property_id: Uuid, room_id: Uuid) -> Result<()> {
    let scope = crate::security::Scope::Properties([property_id].into());
    match rooms::find_room(conn, &scope, room_id).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("/room_id", "is not a room of the property")),
    }
}

async fn check_import(conn: &Conn, property_id: Uuid, import_id: Option<Uuid>) -> Result<()> {
    let Some(import_id) = import_id else { return Ok(()) };
    let scope = crate::security::Scope::Properties([property_id].into());
    match repository::find_import(conn, &scope, import_id).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("/import_id", "is not a calendar import of the property")),
    }
}

fn with_path(row: FeedExport, token: &str) -> NewFeedExportOut {
    NewFeedExportOut { feed: row.into(), path: format!("/v1/feeds/{token}{SUFFIX}") }
}

/// Gives a calendar another address. The one that it had is good for nothing from now on.
pub async fn rotate(
    app: &App,
    staff: &Staff<FeedsWrite>,
    key: &IdempotencyKey,
    seen: crate::version::IfMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let token = random_secret();
    let token_hash = secret_hash(&token);
    app.change(key, async |conn| {
        let before = repository::lock_export(conn, &staff.scope, id).await?.or_404("feed")?;
        seen.check(before.version)?;
        let row = repository::set_token(conn, &before, &token_hash, now).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &row).named("feed_export.rotated")]).await?;
        let version = row.version;
        Ok(Answer::ok(version, &with_path(row, &token))?.secret())
    })
    .await
}

pub async fn revoke(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let row = repository::lock_export(conn, &staff.scope, id).await?.or_404("feed")?;
        seen.check(row.version)?;
        repository::revoke_export(conn, &row, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&row).named("feed_export.revoked")]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// A calendar as other programs read it.
pub struct Calendar {
    pub text: String,
    /// Entity tag of the content.
    pub etag: String,
    /// Time since which the content is the same, to the second.
    pub changed_at: DateTime<Utc>,
}

/// The calendar at `<secret>.ics`.
pub async fn read(app: &App, file: &str) -> Result<Calendar> {
    let token = file.strip_suffix(SUFFIX).or_404("feed")?;
    let conn = app.db.conn().await?;
    let (feed, name) = repository::find_export_by_token(&conn, &secret_hash(token)).await?.or_404("feed")?;
    let property = properties::find(&conn, feed.property_id).await?.or_404("feed")?;
    let from = property.business_date(app.clock.now()) - Days::new(DAYS_BACK);
    let host = app.config.host();
    let entries = match (feed.room_id, feed.room_type_id) {
        (Some(room_id), _) => of_room(&told_nights(&conn, &feed, room_id, from).await?, &host),
        (_, Some(id)) => of_type(id, &repository::type_nights(&conn, feed.property_id, id, feed.import_id, from).await?, &host),
        (None, None) => Vec::new(),
    };
    let text = ical::feed(&format!("{}: {name}", property.name), &entries);
    let hash = Sha256::digest(text.as_bytes()).to_vec();
    let etag = format!("\"{}\"", hex(&hash[..16]));
    let changed_at = changed_at(&conn, &feed, &hash, app.clock.now()).await?;
    Ok(Calendar { text, etag, changed_at })
}

/// Returns the time since which the calendar is the same. HTTP dates are to the second, so two contents must not have
/// the same one.
async fn changed_at(conn: &Conn, feed: &FeedExport, hash: &[u8], now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    match (&feed.content_hash, feed.content_changed_at) {
        (Some(known), Some(since)) if known == hash => Ok(since),
        (_, before) => {
            let now = now.trunc_subsecs(0);
            let since = before.map_or(now, |before| now.max(before + TimeDelta::seconds(1)));
            Ok(repository::note_content(conn, feed, hash, since).await?.unwrap_or(since))
        }
    }
}

/// The nights of a room that the reader of an export is told of. Not those that it told itself, which would keep each
/// other alive; so without knowing who reads, no nights that an import blocks. Echoes are told to nobody: where several
/// programs mirror a room, they would go round for ever.
async fn told_nights(conn: &Conn, feed: &FeedExport, room_id: Uuid, from: NaiveDate) -> Result<Vec<TakenNight>> {
    let mut nights = repository::taken_nights(conn, feed.property_id, room_id, from).await?;
    let imports: Vec<Uuid> = nights.iter().filter_map(|night| night.feed_id).collect();
    let echoes: Vec<(Uuid, Echoes)> = repository::echoes_of(conn, feed.property_id, &imports).await?;
    let is_echo = |import_id: Uuid, night: &TakenNight| {
        let of_import = echoes.iter().filter(|(id, _)| *id == import_id).flat_map(|(_, Echoes(echoes))| echoes);
        let mut of_event = of_import.filter(|echo| Some(&echo.uid) == night.feed_uid.as_ref());
        of_event.any(|echo| echo.from <= night.night && night.night < echo.to)
    };
    nights.retain(|night| match (night.feed_id, feed.import_id) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(import_id), Some(reader)) => import_id != reader && !is_echo(import_id, night),
    });
    Ok(nights)
}

/// The nights of a room as events, one for each span of nights of a stay or block. Guests who changed rooms there and back have
/// two.
fn of_room(nights: &[TakenNight], host: &str) -> Vec<Entry<'static>> {
    let mut spans: Vec<(&TakenNight, NaiveDate, usize)> = Vec::new();
    for night in nights {
        let next = night.night + Days::new(1);
        match spans.last_mut() {
            Some((first, to, _)) if first.owner_id == night.owner_id && *to == night.night => *to = next,
            _ => {
                let earlier = spans.iter().filter(|(first, ..)| first.owner_id == night.owner_id).count();
                spans.push((night, next, earlier));
            }
        }
    }
    let entry = |(first, to, earlier): (&TakenNight, NaiveDate, usize)| {
        let id = match earlier {
            0 => first.owner_id.to_string(),
            more => format!("{}-{}", first.owner_id, more + 1),
        };
        Entry {
            uid: ical::uid(id, host),
            sequence: first.version - 1,
            changed_at: first.changed_at,
            from: first.night,
            to,
            is_cancelled: false,
            summary: if first.is_block { "Blocked" } else { "Reserved" }.into(),
            details: None,
        }
    };
    spans.into_iter().map(entry).collect()
}

/// The nights on which no room of the type is left, as spans, each known by its first night. What is sold beyond capacity is
/// not offered to others: they cannot know of it.
fn of_type(room_type_id: Uuid, nights: &[TypeNight], host: &str) -> Vec<Entry<'static>> {
    // A span has no version. Seconds rise with every change of the type, also where a night is gone from the span.
    let changed_at = nights.iter().map(|night| night.changed_at).max().unwrap_or_default();
    let mut spans: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for TypeNight { night, is_full, .. } in nights {
        match spans.last_mut() {
            _ if !is_full => {}
            Some((_, to)) if to == night => *to = *night + Days::new(1),
            _ => spans.push((*night, *night + Days::new(1))),
        }
    }
    let entry = |(from, to): (NaiveDate, NaiveDate)| Entry {
        uid: ical::uid(format!("{room_type_id}-{}", from.format("%Y%m%d")), host),
        sequence: (changed_at.timestamp() - SEQUENCE_EPOCH).max(0),
        changed_at,
        from,
        to,
        is_cancelled: false,
        summary: "Unavailable".into(),
        details: None,
    };
    spans.into_iter().map(entry).collect()
}

/// Epoch of SEQUENCE, which has 31 bits: 2020-01-01.
const SEQUENCE_EPOCH: i64 = 1_577_836_800;
