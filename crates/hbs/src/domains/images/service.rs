use super::dto::{ImageOrder, ImageOut, UpdateImage};
use super::error::ImageError;
use super::model::{Image, MAX_IMAGES, NewImage, Owner, Subject};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::error::Or404;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::media::{self, PictureFormat, Purpose, Received};
use crate::outbox::{self, Cause, Event};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::ImagesWrite;
use crate::stores::objects::Object;
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::TimeDelta;
use futures_util::TryStreamExt;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Time for which a file without a row is left alone: its row may be about to come.
const GRACE: TimeDelta = TimeDelta::days(1);
/// Number of files that are looked up at once.
const BATCH: usize = 500;

// What there is

/// The pictures of something, in their order, and the version of what they belong to.
pub async fn list(app: &App, subject: Subject) -> Result<(i64, Vec<ImageOut>)> {
    let conn = app.db.conn().await?;
    let owner = repository::find_owner(&conn, subject).await?.or_404(subject.name())?;
    let images = repository::of_owner(&conn, &owner).await?;
    Ok((owner.version, images.into_iter().map(Into::into).collect()))
}

pub async fn get(app: &App, subject: Subject, id: Uuid) -> Result<ImageOut> {
    let (_, images) = list(app, subject).await?;
    images.into_iter().find(|image| image.id == id).or_404("picture")
}

/// The primary pictures of hotels themselves, or else their first ones, by hotel.
pub fn primary_by_property(images: Vec<Image>) -> HashMap<Uuid, ImageOut> {
    let mut primary: HashMap<Uuid, Image> = HashMap::new();
    for image in images {
        if image.is_primary || !primary.contains_key(&image.property_id) {
            primary.insert(image.property_id, image);
        }
    }
    primary.into_iter().map(|(property_id, image)| (property_id, image.into())).collect()
}

/// Pictures of room types, in their order, by type.
pub fn by_room_type(images: Vec<Image>) -> HashMap<Uuid, Vec<ImageOut>> {
    let mut by_type: HashMap<Uuid, Vec<ImageOut>> = HashMap::new();
    for image in images {
        if let Some(id) = image.room_type_id {
            by_type.entry(id).or_default().push(image.into());
        }
    }
    by_type
}

/// Pictures of offers, in their order, by offer.
pub fn by_offer(images: Vec<Image>) -> HashMap<Uuid, Vec<ImageOut>> {
    let mut by_offer: HashMap<Uuid, Vec<ImageOut>> = HashMap::new();
    for image in images {
        if let Some(id) = image.offer_id {
            by_offer.entry(id).or_default().push(image.into());
        }
    }
    by_offer
}

/// The files of some pictures in all sizes.
pub fn files_of(images: &[Image]) -> Vec<String> {
    images.iter().flat_map(|image| media::file_names(&image.key, image.format, &image.sizes())).collect()
}

// Changes. Whoever changes pictures holds what they belong to, so that one at a time does.

/// Adds a picture at the end. The first one is the primary one.
pub async fn add(
    app: &App,
    staff: &Staff<ImagesWrite>,
    key: &IdempotencyKey,
    subject: Subject,
    alt: String,
    received: Received,
) -> Result<Answer> {
    may_add(app, staff, subject).await?;
    let id = Uuid::now_v7();
    let picture = app.media.prepare(id, received, Purpose::Photo).await?;
    picture.store(&app.objects).await?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let added = app.change(key, async |conn| {
        let (owner, images) = lock(conn, staff, subject).await?;
        if images.len() >= MAX_IMAGES {
            return Err(ImageError::TooMany.into());
        }
        let new = NewImage {
            property_id: owner.property_id,
            id,
            room_type_id: owner.room_type_id,
            position: i32::try_from(images.len()).map_err(Error::internal)?,
            is_primary: images.is_empty(),
            alt: alt.clone(),
            key: picture.key.clone(),
            format: picture.format,
            sizes: serde_json::json!(picture.sizes()),
            created_at: now,
            updated_at: now,
            offer_id: owner.offer_id,
        };
        let image = repository::insert(conn, &new).await?;
        repository::touch_owner(conn, &owner, now).await?;
        outbox::publish(conn, &cause, [Event::created(&image).named("image.added")]).await?;
        Answer::created(format!("{}/images/{id}", subject.path()), image.version, &ImageOut::from(image))
    });
    picture.kept_if_made(&app.objects, added.await).await
}

/// Checks that a picture may be added, before work is done and files are written in vain.
async fn may_add(app: &App, staff: &Staff<ImagesWrite>, subject: Subject) -> Result<()> {
    let conn = app.db.conn().await?;
    let owner = repository::find_owner(&conn, subject).await?.filter(|owner| staff.scope.covers(owner.property_id));
    owner.map(|_| ()).or_404(subject.name())
}

/// Changes a picture's alternative text, its place, or which one is the primary one.
pub async fn update(
    app: &App,
    staff: &Staff<ImagesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    (subject, id): (Subject, Uuid),
    patch: UpdateImage,
) -> Result<Answer> {
    let UpdateImage { alt, position, is_primary } = patch;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let (owner, before) = lock(conn, staff, subject).await?;
        let image = find(&before, id)?;
        seen.check(image.version)?;
        if let Some(alt) = &alt {
            repository::set_alt(conn, image, alt, now).await?;
        }
        match is_primary {
            Some(true) => repository::set_primary(conn, &owner, id, now).await?,
            Some(false) if image.is_primary => return Err(ImageError::NeedsPrimary.into()),
            Some(false) | None => {}
        }
        if let Some(position) = position {
            repository::set_order(conn, &owner, &moved(&before, id, position), now).await?;
        }
        let Some((_, after)) = tell(conn, &cause, &owner, &before).await? else {
            return Answer::unchanged(image.version, &ImageOut::from(image.clone()));
        };
        let image = find(&after, id)?.clone();
        Answer::ok(image.version, &ImageOut::from(image))
    })
    .await
}

/// The ids in their order after one of them has moved.
fn moved(images: &[Image], id: Uuid, position: i32) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = images.iter().map(|image| image.id).filter(|other| *other != id).collect();
    let place = usize::try_from(position).unwrap_or(0).min(ids.len());
    ids.insert(place, id);
    ids
}

/// Puts all pictures into another order.
pub async fn order(
    app: &App,
    staff: &Staff<ImagesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    subject: Subject,
    ImageOrder { image_ids }: ImageOrder,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let (owner, before) = lock(conn, staff, subject).await?;
        seen.check(owner.version)?;
        let (asked, there): (HashSet<Uuid>, HashSet<Uuid>) =
            (image_ids.iter().copied().collect(), before.iter().map(|image| image.id).collect());
        if asked != there || image_ids.len() != there.len() {
            return Err(ImageError::NotTheSame.into());
        }
        repository::set_order(conn, &owner, &image_ids, now).await?;
        let Some((version, after)) = tell(conn, &cause, &owner, &before).await? else {
            return Answer::unchanged(owner.version, &Page::whole(before.into_iter().map(ImageOut::from).collect()));
        };
        Answer::ok(version, &Page::whole(after.into_iter().map(ImageOut::from).collect()))
    })
    .await
}

/// Removes a picture. If it was the primary one, the first of the others is.
pub async fn delete(
    app: &App,
    staff: &Staff<ImagesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    (subject, id): (Subject, Uuid),
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let mut files = Vec::new();
    let removed = app.change(key, async |conn| {
        let (owner, before) = lock(conn, staff, subject).await?;
        let image = find(&before, id)?;
        seen.check(image.version)?;
        files = media::file_names(&image.key, image.format, &image.sizes());
        repository::delete(conn, image, now).await?;
        let left: Vec<Uuid> = before.iter().map(|image| image.id).filter(|other| *other != id).collect();
        repository::set_order(conn, &owner, &left, now).await?;
        if let Some(first) = left.first().filter(|_| image.is_primary) {
            repository::set_primary(conn, &owner, *first, now).await?;
        }
        outbox::publish(conn, &cause, [Event::removed(image).named("image.removed")]).await?;
        tell_of(conn, &cause, &owner, &before).await?;
        Ok(Answer::no_content())
    });
    let answer = removed.await?;
    app.objects.remove(&files).await;
    Ok(answer)
}

async fn lock(conn: &Conn, staff: &Staff<ImagesWrite>, subject: Subject) -> Result<(Owner, Vec<Image>)> {
    let owner = repository::lock_owner(conn, &staff.scope, subject).await?.or_404(subject.name())?;
    let images = repository::of_owner(conn, &owner).await?;
    Ok((owner, images))
}

fn find(images: &[Image], id: Uuid) -> Result<&Image> {
    images.iter().find(|image| image.id == id).or_404("picture")
}

/// Tells of each picture that is not as it was, as [`tell_of`] does; none if all are as they were.
async fn tell(conn: &Conn, cause: &Cause, owner: &Owner, before: &[Image]) -> Result<Option<(i64, Vec<Image>)>> {
    let after = repository::of_owner(conn, owner).await?;
    match changes(before, &after).is_empty() {
        true => Ok(None),
        false => Ok(Some(tell_of(conn, cause, owner, before).await?)),
    }
}

/// Tells of each picture that is not as it was and makes a new version of what they belong to. Returns that
/// version and the pictures as they are now.
async fn tell_of(conn: &Conn, cause: &Cause, owner: &Owner, before: &[Image]) -> Result<(i64, Vec<Image>)> {
    let after = repository::of_owner(conn, owner).await?;
    outbox::publish(conn, cause, changes(before, &after)).await?;
    Ok((repository::touch_owner(conn, owner, cause.at).await?, after))
}

fn changes(before: &[Image], after: &[Image]) -> Vec<Event> {
    let changed = after.iter().filter_map(|image| {
        let old = before.iter().find(|old| old.id == image.id)?;
        Some(Event::changed(old, image)).filter(|event| !event.is_empty())
    });
    changed.collect()
}

// Files

/// The file of a picture in one size, and what it is.
pub async fn file(app: &App, name: &str) -> Result<(PictureFormat, Object)> {
    let (_, format) = media::parse_name(name).or_404("picture")?;
    Ok((format, app.objects.get(name).await?.or_404("picture")?))
}

/// Removes the files that nothing refers to and that were not removed when that came about, a day after they were written. A key
/// is never used for a second upload, so what nothing refers to by then, nothing will.
pub async fn sweep(app: &App) -> Result<usize> {
    if app.objects.are_held().await? {
        return Ok(0);
    }
    let before = Clock::real_now() - GRACE;
    let (mut removed, mut failures) = (0, Failures::default());
    let (mut files, mut batch) = (app.objects.list(), Vec::with_capacity(BATCH));
    while let Some(file) = files.try_next().await? {
        if file.written_at < before && media::key_of(&file.name).is_some() {
            batch.push(file.name);
        }
        if batch.len() == BATCH {
            removed += sweep_batch(app, std::mem::take(&mut batch), &mut failures).await?;
        }
    }
    removed += sweep_batch(app, batch, &mut failures).await?;
    failures.result(removed)
}

async fn sweep_batch(app: &App, names: Vec<String>, failures: &mut Failures) -> Result<usize> {
    let key_of = |name: &str| media::key_of(name).map(String::from);
    let keys: Vec<String> = names.iter().filter_map(|name| key_of(name)).collect();
    let conn = app.db.conn().await?;
    let referenced: HashSet<String> = repository::referenced(&conn, &keys).await?.into_iter().collect();
    drop(conn);
    let mut removed = 0;
    for name in names.iter().filter(|name| key_of(name).is_some_and(|key| !referenced.contains(&key))) {
        let done = app.objects.delete(name).await;
        removed += usize::from(failures.note("a file that nothing refers to could not be removed", name, done)?.is_some());
    }
    Ok(removed)
}
