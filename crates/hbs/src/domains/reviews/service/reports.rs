//! Reports about reviews, by readers.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::reviews::dto::{ReportReview, ReviewReportOut};
use crate::domains::reviews::error::ReviewError;
use crate::domains::reviews::model::{ReviewId, ReviewReport, ReviewReportId, ReviewReportStatus};
use crate::domains::reviews::repository;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::permission::ReviewsModerate;
use crate::security::{Me, Staff};

/// Reports a published review.
pub async fn report(
    app: &App,
    me: &Me,
    key: &IdempotencyKey,
    id: ReviewId,
    ReportReview { reason, comment }: ReportReview,
) -> Result<Answer> {
    let now = app.clock.now();
    let (own, cause) = (me.caller.own()?, me.caller.cause(now));
    app.change(key, async |conn| {
        if repository::find(conn, &own, id).await?.is_some() {
            return Err(ReviewError::Own.into());
        }
        let review = repository::find_shown(conn, id).await?.or_404("review")?;
        let report = ReviewReport {
            property_id: review.property_id,
            id: ReviewReportId::now_v7(),
            review_id: id,
            reported_by: me.user_id(),
            reported_for: reason,
            comment: comment.clone(),
            status: ReviewReportStatus::Open,
            closed_at: None,
            created_at: now,
            updated_at: now,
        };
        let inserted = repository::insert_report(conn, &report).await;
        inserted.on_constraint("review_reports_once", || ReviewError::AlreadyReported)?;
        outbox::publish(conn, &cause, [Event::created(&report)]).await?;
        Answer::created(format!("/v1/reviews/{id}/reports"), 1, &ReviewReportOut::from(report))
    })
    .await
}

/// The reports about a review.
pub async fn list_reports(app: &App, staff: &Staff<ReviewsModerate>, id: ReviewId) -> Result<Vec<ReviewReportOut>> {
    let conn = app.db.conn().await?;
    let review = repository::find(&conn, &staff.reach(), id).await?.or_404("review")?;
    let reports = repository::reports_of(&conn, &review).await?;
    Ok(reports.into_iter().map(Into::into).collect())
}
