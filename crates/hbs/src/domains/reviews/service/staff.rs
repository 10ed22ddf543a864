//! Responses and decisions of staff. They cannot change what an author wrote.
use super::letters;
use super::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::reviews::dto::{ModerateReview, ResponseVersionOut, SetReviewResponse, Sight};
use crate::domains::reviews::error::ReviewError;
use crate::domains::reviews::model::{Review, ReviewId, ReviewReportStatus, ReviewStatus};
use crate::domains::reviews::{repository, rules};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{ReviewsModerate, ReviewsRespond};
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};

/// Answers a review, or changes the answer. The author is told of the first one.
pub async fn respond(
    app: &App,
    staff: &Staff<ReviewsRespond>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: ReviewId,
    SetReviewResponse { text, language }: SetReviewResponse,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let answer = app
        .change(key, async |conn| {
            let before = repository::lock_within(conn, &staff.scope, id).await?.or_404("review")?;
            seen.check(before.version)?;
            if before.response.as_ref() == Some(&text) && before.response_language.as_ref() == Some(&language) {
                return Answer::unchanged(before.version, &shown(conn, before, Sight::Staff).await?);
            }
            if !before.is_shown() {
                return Err(ReviewError::NotPublished.into());
            }
            let is_first = before.response.is_none();
            repository::keep_response(conn, &before, now).await?;
            let after = Review {
                response: Some(text.clone()),
                response_language: Some(language.clone()),
                responded_at: before.responded_at.or(Some(now)),
                response_edited_at: (!is_first).then_some(now),
                version: before.version + 1,
                updated_at: now,
                ..before.clone()
            };
            repository::update(conn, &after).await?;
            let kind = if is_first { "review.responded" } else { "review.response_changed" };
            outbox::publish(conn, &cause, [Event::changed(&before, &after).named(kind)]).await?;
            if is_first {
                letters::tell_of_response(conn, &after).await?;
            }
            Answer::ok(after.version, &shown(conn, after, Sight::Staff).await?)
        })
        .await?;
    app.mailer.wake();
    Ok(answer)
}

/// Withdraws the response to a review.
pub async fn withdraw_response(
    app: &App,
    staff: &Staff<ReviewsRespond>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: ReviewId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_within(conn, &staff.scope, id).await?.or_404("review")?;
        seen.check(before.version)?;
        if before.response.is_none() {
            return Err(ReviewError::NoResponse.into());
        }
        repository::keep_response(conn, &before, now).await?;
        let after = Review {
            response: None,
            response_language: None,
            responded_at: None,
            response_edited_at: None,
            version: before.version + 1,
            updated_at: now,
            ..before.clone()
        };
        repository::update(conn, &after).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("review.response_withdrawn")]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// The earlier responses to a review.
pub async fn response_versions(app: &App, staff: &Staff<ReviewsRespond>, id: ReviewId) -> Result<Vec<ResponseVersionOut>> {
    let conn = app.db.conn().await?;
    let review = repository::find(&conn, &staff.reach(), id).await?.or_404("review")?;
    let versions = repository::response_versions(&conn, &review).await?;
    Ok(versions.into_iter().map(Into::into).collect())
}

/// Publishes or hides a review, which decides the open reports about it.
pub async fn moderate(
    app: &App,
    staff: &Staff<ReviewsModerate>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: ReviewId,
    ModerateReview { action, reason, note }: ModerateReview,
) -> Result<Answer> {
    let (status, hidden_for) = rules::moderated(action, reason).map_err(|detail| Error::invalid("/reason", detail))?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_within(conn, &staff.scope, id).await?.or_404("review")?;
        seen.check(before.version)?;
        let is_hidden = status == ReviewStatus::Hidden;
        let decided = if is_hidden { ReviewReportStatus::Upheld } else { ReviewReportStatus::Dismissed };
        let closed = repository::close_reports(conn, &before, decided, now).await?;
        let is_same = before.status == status && before.hidden_for == hidden_for && before.moderation_note == note;
        if is_same && closed == 0 {
            return Answer::unchanged(before.version, &shown(conn, before, Sight::Staff).await?);
        }
        let after = Review {
            status,
            hidden_for,
            moderation_note: note.clone(),
            moderated_at: Some(now),
            version: before.version + 1,
            updated_at: now,
            ..before.clone()
        };
        repository::update(conn, &after).await?;
        let kind = if is_hidden { "review.hidden" } else { "review.published" };
        let event = Event::changed(&before, &after).named(kind);
        let event = if closed > 0 { event.with("reports_closed", closed) } else { event };
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &shown(conn, after, Sight::Staff).await?)
    })
    .await
}
