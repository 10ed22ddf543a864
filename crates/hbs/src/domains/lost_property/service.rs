use super::dto::{CloseLostItem, CreateLostItem, LostItemFilter, LostItemOut, UpdateLostItem};
use super::error::LostPropertyError;
use super::model::{LostItem, LostItemChange, LostItemId, LostItemStatus};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::local_date;
use crate::domains::properties::{self, Property};
use crate::domains::rooms;
use crate::error::Or404;
use crate::forgetting::{Forgotten, Past};
use crate::idempotency::IdempotencyKey;
use crate::media::{self, PictureFormat, Purpose, Received};
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{LostPropertyRead, LostPropertyWrite};
use crate::security::{Caller, Me, Scope, Staff};
use crate::stores::objects::Object;
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

pub async fn list(
    app: &App,
    staff: &Staff<LostPropertyRead>,
    filter: &LostItemFilter,
    page: &PageQuery,
) -> Result<Page<LostItemOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, before, limit + 1).await?;
    Ok(page.page(rows, |(item, _)| item.id)?.map(Into::into))
}

pub async fn get(app: &App, staff: &Staff<LostPropertyRead>, id: LostItemId) -> Result<LostItemOut> {
    let conn = app.db.conn().await?;
    shown(&conn, &staff.scope, id).await
}

async fn shown(conn: &Conn, scope: &Scope, id: LostItemId) -> Result<LostItemOut> {
    Ok(repository::find(conn, scope, id).await?.or_404("lost item")?.into())
}

/// Records a thing that was found.
pub async fn create(
    app: &App,
    staff: &Staff<LostPropertyWrite>,
    key: &IdempotencyKey,
    request: CreateLostItem,
) -> Result<Answer> {
    let CreateLostItem {
        property_id,
        category,
        description,
        found_at,
        found_in,
        room_id,
        stay_id,
        found_by,
        stored_in,
        keep_until,
    } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let found_at = found_at.unwrap_or(now);
    let found_by = found_by.or_else(|| own_name(&staff.caller)).ok_or_else(|| Error::invalid("/found_by", "is missing"))?;
    app.change(key, async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let room_id = match (room_id, stay_id) {
            (None, Some(stay_id)) => check_stay(conn, property_id, stay_id).await?,
            (room_id, stay_id) => {
                check_place(conn, &staff.scope, property_id, room_id, stay_id).await?;
                room_id
            }
        };
        let days = TimeDelta::days(property.settings.lost_property_days.into());
        let new = LostItem {
            property_id,
            id: LostItemId::now_v7(),
            status: LostItemStatus::Kept,
            category,
            description,
            found_at,
            found_in,
            room_id,
            stay_id,
            found_by,
            stored_in,
            keep_until: keep_until.unwrap_or_else(|| date_at(&property, found_at) + days),
            outcome: None,
            closed_at: None,
            photo_key: None,
            photo_format: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        check(&property, &new, now)?;
        repository::insert(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&new)]).await?;
        Answer::created(format!("/v1/lost-items/{}", new.id), new.version, &shown(conn, &staff.scope, new.id).await?)
    })
    .await
}

/// Returns the name of who calls, if that is a person.
fn own_name(caller: &Caller) -> Option<String> {
    Me::of(caller.clone()).ok().map(|me| me.person().full_name.clone())
}

fn date_at(property: &Property, at: DateTime<Utc>) -> NaiveDate {
    local_date(at, property.time_zone.tz())
}

/// Checks what an item would be.
fn check(property: &Property, item: &LostItem, now: DateTime<Utc>) -> Result<()> {
    if item.found_at > now {
        return Err(Error::invalid("/found_at", "is in the future"));
    }
    if item.found_in.is_none() && item.room_id.is_none() {
        return Err(Error::invalid("/found_in", "is needed where no room is named"));
    }
    if item.keep_until < date_at(property, item.found_at) {
        return Err(Error::invalid("/keep_until", "is before the day on which it was found"));
    }
    Ok(())
}

async fn check_place(conn: &Conn, scope: &Scope, property_id: Uuid, room_id: Option<Uuid>, stay_id: Option<Uuid>) -> Result<()> {
    if let Some(room_id) = room_id {
        let room = rooms::find_room(conn, scope, room_id).await?.filter(|room| room.property_id == property_id);
        room.ok_or_else(|| Error::invalid("/room_id", "is not a room of the property"))?;
    }
    if let Some(stay_id) = stay_id {
        check_stay(conn, property_id, stay_id).await?;
    }
    Ok(())
}

/// Checks that there is such a stay, and returns its room.
async fn check_stay(conn: &Conn, property_id: Uuid, stay_id: Uuid) -> Result<Option<Uuid>> {
    let room = repository::room_of_stay(conn, property_id, stay_id).await?;
    room.ok_or_else(|| Error::invalid("/stay_id", "is not a stay at the property"))
}

pub async fn update(
    app: &App,
    staff: &Staff<LostPropertyWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: LostItemId,
    patch: UpdateLostItem,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let (room_id, stay_id) = (patch.room_id.flatten(), patch.stay_id.flatten());
    let change = LostItemChange::from(patch);
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("lost item")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("lost item")?;
        check_place(conn, &staff.scope, property.id, room_id, stay_id).await?;
        check(&property, &changed(&before, &change), now)?;
        change_item(conn, staff, &before, &change, "lost_item.updated", &cause).await
    })
    .await
}

/// Returns what a change makes of an item, as far as that is checked.
fn changed(before: &LostItem, change: &LostItemChange) -> LostItem {
    LostItem {
        found_at: change.found_at.unwrap_or(before.found_at),
        found_in: change.found_in.clone().unwrap_or_else(|| before.found_in.clone()),
        room_id: change.room_id.unwrap_or(before.room_id),
        keep_until: change.keep_until.unwrap_or(before.keep_until),
        ..before.clone()
    }
}

/// Returns an item to its owner, sends it to them, or disposes of it.
pub async fn close(
    app: &App,
    staff: &Staff<LostPropertyWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: LostItemId,
    request: CloseLostItem,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let CloseLostItem { status, outcome } = request;
    let status = LostItemStatus::from(status);
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("lost item")?;
        seen.check(before.version)?;
        if before.status != LostItemStatus::Kept {
            return Err(LostPropertyError::Closed(before.status).into());
        }
        let property = properties::find(conn, before.property_id).await?.or_404("lost item")?;
        if status == LostItemStatus::Disposed && date_at(&property, now) <= before.keep_until {
            return Err(LostPropertyError::KeptUntil(before.keep_until).into());
        }
        let change = LostItemChange {
            status: Some(status),
            outcome: Some(outcome),
            closed_at: Some(Some(now)),
            ..LostItemChange::default()
        };
        change_item(conn, staff, &before, &change, "lost_item.closed", &cause).await
    })
    .await
}

/// Takes back that an item has left the hotel.
pub async fn reopen(
    app: &App,
    staff: &Staff<LostPropertyWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: LostItemId,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("lost item")?;
        seen.check(before.version)?;
        if before.status == LostItemStatus::Kept {
            return Err(LostPropertyError::NotClosed.into());
        }
        let change = LostItemChange {
            status: Some(LostItemStatus::Kept),
            outcome: Some(None),
            closed_at: Some(None),
            ..LostItemChange::default()
        };
        change_item(conn, staff, &before, &change, "lost_item.reopened", &cause).await
    })
    .await
}

/// Changes an item that is locked, if that changes anything, and tells of it.
async fn change_item(
    conn: &Conn,
    staff: &Staff<LostPropertyWrite>,
    before: &LostItem,
    change: &LostItemChange,
    kind: &'static str,
    cause: &Cause,
) -> Result<Answer> {
    let after = repository::update(conn, before, change, cause.at).await?;
    let event = Event::changed(before, &after).named(kind);
    let shown = shown(conn, &staff.scope, before.id).await?;
    if event.is_empty() {
        let unchanged = LostItemOut { version: before.version, updated_at: before.updated_at, ..shown };
        return Answer::unchanged(before.version, &unchanged);
    }
    outbox::publish(conn, cause, [event]).await?;
    Answer::ok(after.version, &shown)
}

/// Removes what was recorded by mistake, with its photo.
pub async fn delete(
    app: &App,
    staff: &Staff<LostPropertyWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: LostItemId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let mut photo = None;
    let answer = app
        .change(key, async |conn| {
            let item = repository::lock(conn, &staff.scope, id).await?.or_404("lost item")?;
            seen.check(item.version)?;
            repository::delete(conn, &item, now).await?;
            outbox::publish(conn, &cause, [Event::removed(&item)]).await?;
            photo = photo_of(&item);
            Ok(Answer::no_content())
        })
        .await?;
    remove(app, photo).await;
    Ok(answer)
}

// Photos

/// Returns the name of the file of an item's photo, and its format.
fn photo_of(item: &LostItem) -> Option<(String, PictureFormat)> {
    let (key, format) = (item.photo_key.as_ref()?, item.photo_format?);
    Some((media::private_file(key, format), format))
}

async fn remove(app: &App, photo: Option<(String, PictureFormat)>) {
    if let Some((name, _)) = photo {
        app.objects.remove(&[name]).await;
    }
}

/// The photo of an item, and what it is.
pub async fn photo(app: &App, staff: &Staff<LostPropertyRead>, id: LostItemId) -> Result<(PictureFormat, Object)> {
    let conn = app.db.conn().await?;
    let (item, _) = repository::find(&conn, &staff.scope, id).await?.or_404("lost item")?;
    drop(conn);
    let (name, format) = photo_of(&item).or_404("photo")?;
    Ok((format, app.objects.get(&name).await?.or_404("photo")?))
}

/// Gives an item a photo in place of the one that it has, if it is another one.
pub async fn set_photo(
    app: &App,
    staff: &Staff<LostPropertyWrite>,
    key: &IdempotencyKey,
    id: LostItemId,
    received: Received,
) -> Result<Answer> {
    let conn = app.db.conn().await?;
    let (known, _) = repository::find(&conn, &staff.scope, id).await?.or_404("lost item")?;
    drop(conn);
    let picture = app.media.prepare(Uuid::now_v7(), received, Purpose::Private).await?;
    let is_same = match photo_of(&known) {
        Some((name, _)) => picture.is_stored_as(&app.objects, &name).await?,
        None => false,
    };
    picture.store(&app.objects).await?;
    let cause = staff.caller.cause(app.clock.now());
    let mut old = None;
    let changed = app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("lost item")?;
        if is_same && before.photo_key == known.photo_key {
            return Answer::unchanged(before.version, &shown(conn, &staff.scope, id).await?);
        }
        let change = LostItemChange {
            photo_key: Some(Some(picture.key.clone())),
            photo_format: Some(Some(picture.format)),
            ..LostItemChange::default()
        };
        old = photo_of(&before);
        change_item(conn, staff, &before, &change, "lost_item.photo_set", &cause).await
    });
    let answer = picture.kept_if_made(&app.objects, changed.await).await?;
    remove(app, old).await;
    Ok(answer)
}

/// Removes the photo of an item, if it has one.
pub async fn delete_photo(app: &App, staff: &Staff<LostPropertyWrite>, key: &IdempotencyKey, id: LostItemId) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let mut old = None;
    let answer = app
        .change(key, async |conn| {
            let before = repository::lock(conn, &staff.scope, id).await?.or_404("lost item")?;
            if before.photo_key.is_some() {
                let change = LostItemChange { photo_key: Some(None), photo_format: Some(None), ..LostItemChange::default() };
                change_item(conn, staff, &before, &change, "lost_item.photo_deleted", &cause).await?;
                old = photo_of(&before);
            }
            Ok(Answer::no_content())
        })
        .await?;
    remove(app, old).await;
    Ok(answer)
}

/// Forgets photos that are due, of items that have left the hotel. Whoever changes one at the same time is waited for.
pub async fn forget_photos(conn: &Conn, past: Past, limit: i64, now: DateTime<Utc>) -> Result<Forgotten> {
    let due = repository::due_photos(conn, past, limit).await?;
    let locked = repository::lock_each(conn, past.property_id, &due.ids).await?;
    let still = due.still(&repository::due_photos(conn, past, limit).await?);
    let gone = locked.iter().filter(|item| still.contains(&item.id.into()));
    let files = gone.filter_map(photo_of).map(|(name, _)| name).collect();
    let count = repository::forget_photos(conn, past.property_id, &still, now).await?;
    Ok(Forgotten { count, files })
}
