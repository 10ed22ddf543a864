//! Changes by authors, for some days after they wrote.
use super::shown;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::domains::reviews::dto::{Sight, UpdateReview};
use crate::domains::reviews::error::ReviewError;
use crate::domains::reviews::model::{Review, ReviewId};
use crate::domains::reviews::{repository, rules};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::media;
use crate::outbox::{self, Event};
use crate::security::{Caller, Reach};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use chrono::{DateTime, Utc};

/// Locks a review of one's own for a change, and says whether reviews of the hotel wait.
pub(super) async fn lock_own(conn: &Conn, own: &Reach, id: ReviewId, now: DateTime<Utc>) -> Result<(Review, bool)> {
    let found = repository::find(conn, own, id).await?.or_404("review")?;
    let review = repository::lock(conn, found.property_id, id).await?.or_404("review")?;
    let property = properties::find(conn, review.property_id).await?.or_404("review")?;
    let days = property.settings.review_edit_days;
    if !rules::is_editable(review.created_at, days, now) {
        return Err(ReviewError::EditOver(days).into());
    }
    Ok((review, property.settings.moderates_reviews))
}

/// Returns a review as its author leaves it.
pub(super) fn edited(before: &Review, after: Review, is_moderated: bool, now: DateTime<Utc>) -> Review {
    Review {
        status: rules::status_after_edit(before.status, is_moderated),
        edited_at: Some(now),
        version: before.version + 1,
        updated_at: now,
        ..after
    }
}

/// Changes a review of one's own.
pub async fn update(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: ReviewId,
    patch: &UpdateReview,
) -> Result<Answer> {
    let (now, own) = (app.clock.now(), caller.own()?);
    let cause = caller.cause(now);
    app.change(key, async |conn| {
        let (before, is_moderated) = lock_own(conn, &own, id, now).await?;
        seen.check(before.version)?;
        let after = patch.changed(&before);
        if after == before {
            return Answer::unchanged(before.version, &shown(conn, before, Sight::Author).await?);
        }
        let after = edited(&before, after, is_moderated, now);
        repository::update(conn, &after).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after)]).await?;
        Answer::ok(after.version, &shown(conn, after, Sight::Author).await?)
    })
    .await
}

/// Removes a review of one's own, with its photos.
pub async fn delete(app: &App, caller: &Caller, key: &IdempotencyKey, seen: MustMatch, id: ReviewId) -> Result<Answer> {
    let (now, own) = (app.clock.now(), caller.own()?);
    let cause = caller.cause(now);
    let mut files = Vec::new();
    let answer = app
        .change(key, async |conn| {
            let (review, _) = lock_own(conn, &own, id, now).await?;
            seen.check(review.version)?;
            let photos = repository::delete_photos(conn, &review).await?;
            files = photos.iter().map(|photo| media::private_file(&photo.key, photo.format)).collect();
            repository::delete(conn, &review, now).await?;
            outbox::publish(conn, &cause, [Event::removed(&review)]).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.objects.remove(&files).await;
    Ok(answer)
}
