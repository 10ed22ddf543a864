//! Photos of reviews. Their files are private: whoever may read the review may see them, and nobody when it is hidden.
use super::authors::{edited, lock_own};
use super::{photos_of, shown};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::reviews::dto::Sight;
use crate::domains::reviews::error::ReviewError;
use crate::domains::reviews::model::{MAX_PHOTOS, ReviewId, ReviewPhoto, ReviewPhotoId};
use crate::domains::reviews::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::media::{self, PictureFormat, Purpose, Received};
use crate::outbox::{self, Event};
use crate::security::Caller;
use crate::stores::objects::Object;
use crate::version::{IfMatch, MustMatch};
use uuid::Uuid;

/// A photo of a review that the caller may read, and what it is.
pub async fn photo(app: &App, caller: Option<Caller>, id: ReviewId, photo_id: ReviewPhotoId) -> Result<(PictureFormat, Object)> {
    let conn = app.db.conn().await?;
    let (review, _) = super::reading::find(&conn, caller, id).await?;
    let photo = photos_of(&conn, &review).await?.into_iter().find(|photo| photo.id == photo_id).or_404("photo")?;
    drop(conn);
    let name = media::private_file(&photo.key, photo.format);
    Ok((photo.format, app.objects.get(&name).await?.or_404("photo")?))
}

/// Adds a photo to a review of one's own.
pub async fn add_photo(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: ReviewId,
    received: Received,
) -> Result<Answer> {
    let (now, own) = (app.clock.now(), caller.own()?);
    let cause = caller.cause(now);
    // Before work is done and a file is written in vain.
    let conn = app.db.conn().await?;
    repository::find(&conn, &own, id).await?.or_404("review")?;
    drop(conn);
    let picture = app.media.prepare(Uuid::now_v7(), received, Purpose::Private).await?;
    picture.store(&app.objects).await?;
    let added = app.change(key, async |conn| {
        let (before, is_moderated) = lock_own(conn, &own, id, now).await?;
        seen.check(before.version)?;
        if photos_of(conn, &before).await?.len() >= MAX_PHOTOS {
            return Err(ReviewError::TooManyPhotos.into());
        }
        let photo = ReviewPhoto {
            property_id: before.property_id,
            id: ReviewPhotoId::now_v7(),
            review_id: id,
            key: picture.key.clone(),
            format: picture.format,
            created_at: now,
            updated_at: now,
        };
        repository::insert_photo(conn, &photo).await?;
        let after = edited(&before, before.clone(), is_moderated, now);
        repository::update(conn, &after).await?;
        let event = Event::changed(&before, &after).named("review.photo_added").with("photo_id", photo.id);
        outbox::publish(conn, &cause, [event]).await?;
        Answer::created(format!("/v1/reviews/{id}/photos/{}", photo.id), after.version, &shown(conn, after, Sight::Author).await?)
    });
    picture.kept_if_made(&app.objects, added.await).await
}

/// Removes a photo of a review of one's own.
pub async fn delete_photo(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: ReviewId,
    photo_id: ReviewPhotoId,
) -> Result<Answer> {
    let (now, own) = (app.clock.now(), caller.own()?);
    let cause = caller.cause(now);
    let mut files = Vec::new();
    let answer = app
        .change(key, async |conn| {
            let (before, is_moderated) = lock_own(conn, &own, id, now).await?;
            seen.check(before.version)?;
            let photo = photos_of(conn, &before).await?.into_iter().find(|photo| photo.id == photo_id).or_404("photo")?;
            files = vec![media::private_file(&photo.key, photo.format)];
            repository::delete_photo(conn, before.property_id, photo.id).await?;
            let after = edited(&before, before.clone(), is_moderated, now);
            repository::update(conn, &after).await?;
            let event = Event::changed(&before, &after).named("review.photo_removed").and("photo_id", photo.id, None::<()>);
            outbox::publish(conn, &cause, [event]).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.objects.remove(&files).await;
    Ok(answer)
}
