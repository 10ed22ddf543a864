use super::dto::{
    CreateReview, CreateReviewByLink, HotelAverages, ModerateReview, OpenReviewLink, ReportReview, ResponseVersionOut,
    ReviewAveragesQuery, ReviewFigures, ReviewFiguresQuery, ReviewFilter, ReviewInvitationOut, ReviewList, ReviewOut,
    ReviewReportOut, ReviewSummary, ReviewSummaryQuery, SetReviewResponse, StaffReviewFilter, UpdateReview,
};
use super::error;
use super::model::{ReviewId, ReviewPhotoId};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::upload::{PictureFile, UploadTurn, picture_limit};
use crate::http::{PathId, Query, Shown, Upload, Valid, Visitor, content_language, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::page::{Page, PageQuery};
use crate::request_id::RequestId;
use crate::security::permission::{ReviewsModerate, ReviewsRespond};
use crate::security::{Caller, Me, Staff};
use crate::texts::{Languages, Reading};
use crate::version::{IfMatch, MustMatch};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::header;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of reviews.
pub fn router() -> OpenApiRouter<App> {
    let photos = OpenApiRouter::new().routes(routes!(add_review_photo)).routes(routes!(get_review_photo, delete_review_photo));
    OpenApiRouter::new()
        .routes(routes!(list_reviews, create_review))
        .routes(routes!(get_review_summary))
        .routes(routes!(list_review_averages))
        .routes(routes!(get_review_figures))
        .routes(routes!(list_reviews_as_staff))
        .routes(routes!(list_own_reviews))
        .routes(routes!(open_review_link))
        .routes(routes!(create_review_by_link))
        .routes(routes!(get_review, update_review, delete_review))
        .routes(routes!(respond_to_review, withdraw_review_response))
        .routes(routes!(list_review_response_versions))
        .routes(routes!(moderate_review))
        .routes(routes!(list_review_reports, report_review))
        .routes(routes!(get_review_markup))
        .merge(photos.layer(picture_limit()))
}

// What readers see

/// List the published reviews of a hotel.
///
/// All are by guests whose stay has ended. `summary` has the figures over all reviews of the hotel, or over those that
/// `room_type_id`, `language` and `travel_type` choose; it is exact at the moment of the answer.
#[utoipa::path(get, path = "/v1/reviews", tag = "reviews", security(()),
    params(ReviewFilter, PageQuery, Visitor), responses((status = 200, body = ReviewList)))]
pub async fn list_reviews(
    app: App,
    visitor: Visitor,
    Query(filter): Query<ReviewFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Response> {
    let stamp = service::stamp(&app, filter.property_id).await?;
    let read = async || Ok(Shown::new(service::list(&app, &filter, &page).await?, None));
    visitor.show(&app.answers, stamp, read).await
}

/// Show the figures over the published reviews of a hotel.
///
/// They are exact at the moment of the answer: number, average, number by rating, averages by category, and the number of reviews
/// that staff have hidden, by reason.
#[utoipa::path(get, path = "/v1/reviews/summary", tag = "reviews", security(()),
    params(ReviewSummaryQuery, Visitor), responses((status = 200, body = ReviewSummary)))]
pub async fn get_review_summary(app: App, visitor: Visitor, Query(query): Query<ReviewSummaryQuery>) -> Result<Response> {
    let stamp = service::stamp(&app, query.property_id).await?;
    let read = async || Ok(Shown::new(service::summary(&app, &query).await?, None));
    visitor.show(&app.answers, stamp, read).await
}

/// List the averages of hotels and of their room types.
///
/// For lists of hotels without dates. The averages are exact at the moment of the answer, all from one read. A hotel that is not
/// there is left out.
#[utoipa::path(get, path = "/v1/reviews/averages", tag = "reviews", security(()),
    params(ReviewAveragesQuery), responses((status = 200, body = Page<HotelAverages>)))]
pub async fn list_review_averages(app: App, Query(query): Query<ReviewAveragesQuery>) -> Result<Json<Page<HotelAverages>>> {
    let ids: Vec<Uuid> = query.property_id.0.into_iter().collect();
    Ok(Json(service::averages(&app, &ids).await?))
}

/// Show a review.
///
/// Everybody is shown published reviews. Authors are shown their own in any status, and staff (`reviews:respond`) those of their
/// hotels.
#[utoipa::path(get, path = "/v1/reviews/{id}", tag = "reviews", security((), ("bearer" = [])),
    params(("id" = Uuid, Path)), responses((status = 200, body = ReviewOut)))]
pub async fn get_review(app: App, caller: Option<Caller>, PathId(id): PathId<ReviewId>) -> Result<Versioned<ReviewOut>> {
    let body = service::get(&app, caller, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Download a photo of a review.
///
/// It is shown to whoever is shown the review, and to nobody else.
#[utoipa::path(get, path = "/v1/reviews/{id}/photos/{photo_id}", tag = "reviews", security((), ("bearer" = [])),
    params(("id" = Uuid, Path), ("photo_id" = Uuid, Path)),
    responses((status = 200, content((PictureFile = "image/jpeg"), (PictureFile = "image/webp")))))]
pub async fn get_review_photo(
    app: App,
    caller: Option<Caller>,
    PathId((id, photo_id)): PathId<(ReviewId, ReviewPhotoId)>,
) -> Result<Response> {
    let (format, file) = service::photo(&app, caller, id, photo_id).await?;
    let headers = [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_LENGTH, file.size.to_string())];
    Ok((headers, Body::from_stream(file.content)).into_response())
}

/// Show a hotel with its newest reviews as search engines read it.
///
/// The answer is JSON-LD in the words of schema.org: a `Hotel` with its `aggregateRating`, unless it has no reviews, and its ten
/// newest reviews. It can stand in a `script` element of a page as it is.
#[utoipa::path(get, path = "/v1/properties/{id}/reviews.jsonld", tag = "reviews", security(()),
    params(("id" = Uuid, Path), Languages),
    responses((status = 200, content_type = "application/ld+json", body = serde_json::Value,
        headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))))]
pub async fn get_review_markup(app: App, PathId(id): PathId, spoken: Languages) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let markup = service::markup(&app, id, &reading).await?;
    Ok((content_language(&reading.used()), [(header::CONTENT_TYPE, "application/ld+json")], markup))
}

// What authors do

/// Review a stay of your own.
///
/// A stay is reviewed after its check-out, by the owner of the booking: with the account that has it, or with the access token of
/// the link to it. A booking has one review for each type of room in which its guests were. It is published at once, unless the
/// hotel's setting `moderates_reviews` says otherwise: then it waits as `pending`.
#[utoipa::path(post, path = "/v1/reviews", tag = "reviews", security(("bearer" = [])),
    request_body = CreateReview, responses((status = 201, body = ReviewOut)),
    extensions(("x-problems" = json!([error::WRITING]))))]
pub async fn create_review(app: App, caller: Caller, Keyed(key, Valid(body)): Keyed<Valid<CreateReview>>) -> Result<Answer> {
    let (booking_id, written) = body.into();
    service::create(&app, &caller, &key, booking_id, &written).await
}

/// Show the stay that a mailed link asks to review.
///
/// A day after the departure guests are mailed a link, unless the hotel's setting `invites_reviews` says otherwise. Showing the
/// stay does not use the link up, and it does not sign in.
#[utoipa::path(post, path = "/v1/reviews/invitation", tag = "reviews", security(()),
    params(Languages), request_body = OpenReviewLink, responses((status = 200, body = ReviewInvitationOut)),
    extensions(("x-problems" = json!([error::LINK_INVALID]))))]
pub async fn open_review_link(
    app: App,
    spoken: Languages,
    Valid(body): Valid<OpenReviewLink>,
) -> Result<Json<ReviewInvitationOut>> {
    Ok(Json(service::open_link(&app, &body.token, &Reading::new(spoken.0)).await?))
}

/// Review a stay by a mailed link.
///
/// The link works once for each type of room in which the guests of the booking were. Its author changes a review later with the
/// account that has the booking, or with the link to the booking.
#[utoipa::path(post, path = "/v1/reviews/by-link", tag = "reviews", security(()),
    request_body = CreateReviewByLink, responses((status = 201, body = ReviewOut)),
    extensions(("x-problems" = json!([error::WRITING, error::LINK_INVALID]))))]
pub async fn create_review_by_link(
    app: App,
    Extension(request_id): Extension<RequestId>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateReviewByLink>>,
) -> Result<Answer> {
    let (token, written) = body.into();
    service::create_by_link(&app, request_id, &key, &token, &written).await
}

/// List your own reviews, newest first.
///
/// They are listed in any status, with the reason for which one is hidden.
#[utoipa::path(get, path = "/v1/me/reviews", tag = "reviews", security(("bearer" = [])),
    params(PageQuery), responses((status = 200, body = Page<ReviewOut>)))]
pub async fn list_own_reviews(app: App, me: Me, Query(page): Query<PageQuery>) -> Result<Json<Page<ReviewOut>>> {
    Ok(Json(service::list_own(&app, &me, &page).await?))
}

/// Change a review of your own (JSON merge patch).
///
/// Reviews are changed for as many days as the hotel's setting `review_edit_days` says, and show when they were. Where reviews
/// wait for staff, a changed one waits again; what is hidden stays hidden.
#[utoipa::path(patch, path = "/v1/reviews/{id}", tag = "reviews", security(("bearer" = [])),
    params(("id" = Uuid, Path), MustMatch), request_body = UpdateReview, responses((status = 200, body = ReviewOut)),
    extensions(("x-problems" = json!([error::EDIT_OVER]))))]
pub async fn update_review(
    app: App,
    caller: Caller,
    PathId(id): PathId<ReviewId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateReview>>,
) -> Result<Answer> {
    service::update(&app, &caller, &key, seen, id, &body).await
}

/// Remove a review of your own, with its photos.
///
/// It is gone for good: the stay is not reviewed again.
#[utoipa::path(delete, path = "/v1/reviews/{id}", tag = "reviews", security(("bearer" = [])),
    params(("id" = Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::EDIT_OVER]))))]
pub async fn delete_review(
    app: App,
    caller: Caller,
    PathId(id): PathId<ReviewId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &caller, &key, seen, id).await
}

/// Add a photo to a review of your own.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels; a review has at most 10 photos.
/// It is stored upright and without its metadata, at most 1600 pixels wide and high.
#[utoipa::path(post, path = "/v1/reviews/{id}/photos", tag = "reviews", security(("bearer" = [])),
    params(("id" = Uuid, Path), IfMatch),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 201, body = ReviewOut)),
    extensions(("x-problems" = json!([media::PROBLEMS, error::EDIT_OVER, error::TOO_MANY_PHOTOS]))))]
pub async fn add_review_photo(
    app: App,
    caller: Caller,
    PathId(id): PathId<ReviewId>,
    seen: IfMatch,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    service::add_photo(&app, &caller, &key, seen, id, Received { turn, file }).await
}

/// Remove a photo of a review of your own.
///
/// Its file is removed, too. The version is that of the review, which changes with it.
#[utoipa::path(delete, path = "/v1/reviews/{id}/photos/{photo_id}", tag = "reviews", security(("bearer" = [])),
    params(("id" = Uuid, Path), ("photo_id" = Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::EDIT_OVER]))))]
pub async fn delete_review_photo(
    app: App,
    caller: Caller,
    PathId((id, photo_id)): PathId<(ReviewId, ReviewPhotoId)>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_photo(&app, &caller, &key, seen, id, photo_id).await
}

/// Report a review of somebody else.
///
/// Staff of the hotel decide: they hide the review or dismiss the report. Somebody reports a review once.
#[utoipa::path(post, path = "/v1/reviews/{id}/reports", tag = "reviews", security(("bearer" = [])),
    params(("id" = Uuid, Path)), request_body = ReportReview, responses((status = 201, body = ReviewReportOut)),
    extensions(("x-problems" = json!([error::OWN, error::ALREADY_REPORTED]))))]
pub async fn report_review(
    app: App,
    me: Me,
    PathId(id): PathId<ReviewId>,
    Keyed(key, Valid(body)): Keyed<Valid<ReportReview>>,
) -> Result<Answer> {
    service::report(&app, &me, &key, id, body).await
}

// What staff do

/// List the reviews of your hotels in any status, newest first.
///
/// Reviews that wait, hidden ones and reported ones are found by the filters.
#[utoipa::path(get, path = "/v1/reviews/staff", tag = "reviews", security(("bearer" = ["reviews:respond"])),
    params(StaffReviewFilter, PageQuery), responses((status = 200, body = Page<ReviewOut>)))]
pub async fn list_reviews_as_staff(
    app: App,
    staff: Staff<ReviewsRespond>,
    Query(filter): Query<StaffReviewFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ReviewOut>>> {
    Ok(Json(service::list_within(&app, &staff, &filter, &page).await?))
}

/// Show the figures over the published reviews of a hotel, month by month.
///
/// Reviews are counted in the month of the departure.
#[utoipa::path(get, path = "/v1/reviews/figures", tag = "reviews", security(("bearer" = ["reviews:respond"])),
    params(ReviewFiguresQuery), responses((status = 200, body = ReviewFigures)))]
pub async fn get_review_figures(
    app: App,
    staff: Staff<ReviewsRespond>,
    Query(query): Query<ReviewFiguresQuery>,
) -> Result<Json<ReviewFigures>> {
    Ok(Json(service::figures(&app, &staff, &query).await?))
}

/// Respond to a review, or change the response.
///
/// A review has one response. Readers see when it was changed; earlier versions are kept. The author is told of the response by
/// mail.
#[utoipa::path(put, path = "/v1/reviews/{id}/response", tag = "reviews", security(("bearer" = ["reviews:respond"])),
    params(("id" = Uuid, Path), MustMatch), request_body = SetReviewResponse, responses((status = 200, body = ReviewOut)),
    extensions(("x-problems" = json!([error::NOT_PUBLISHED]))))]
pub async fn respond_to_review(
    app: App,
    staff: Staff<ReviewsRespond>,
    PathId(id): PathId<ReviewId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetReviewResponse>>,
) -> Result<Answer> {
    service::respond(&app, &staff, &key, seen, id, body).await
}

/// Withdraw the response to a review.
///
/// It is kept among the earlier versions.
#[utoipa::path(delete, path = "/v1/reviews/{id}/response", tag = "reviews", security(("bearer" = ["reviews:respond"])),
    params(("id" = Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::NO_RESPONSE]))))]
pub async fn withdraw_review_response(
    app: App,
    staff: Staff<ReviewsRespond>,
    PathId(id): PathId<ReviewId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::withdraw_response(&app, &staff, &key, seen, id).await
}

/// List the earlier responses to a review.
///
/// The list is always whole, oldest first: each response that was changed or withdrawn.
#[utoipa::path(get, path = "/v1/reviews/{id}/response/versions", tag = "reviews", security(("bearer" = ["reviews:respond"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<ResponseVersionOut>)))]
pub async fn list_review_response_versions(
    app: App,
    staff: Staff<ReviewsRespond>,
    PathId(id): PathId<ReviewId>,
) -> Result<Json<Page<ResponseVersionOut>>> {
    Ok(Json(Page::whole(service::response_versions(&app, &staff, id).await?)))
}

/// Publish or hide a review.
///
/// Hiding takes a reason, by which readers are told the number of hidden reviews. Open reports about the review are decided with
/// it. The text of a review is its author's: staff cannot change it.
#[utoipa::path(post, path = "/v1/reviews/{id}/moderate", tag = "reviews", security(("bearer" = ["reviews:moderate"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ModerateReview, responses((status = 200, body = ReviewOut)))]
pub async fn moderate_review(
    app: App,
    staff: Staff<ReviewsModerate>,
    PathId(id): PathId<ReviewId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ModerateReview>>,
) -> Result<Answer> {
    service::moderate(&app, &staff, &key, seen, id, body).await
}

/// List the reports about a review, newest first.
///
/// The list is always whole. Nobody is told who made them.
#[utoipa::path(get, path = "/v1/reviews/{id}/reports", tag = "reviews", security(("bearer" = ["reviews:moderate"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<ReviewReportOut>)))]
pub async fn list_review_reports(
    app: App,
    staff: Staff<ReviewsModerate>,
    PathId(id): PathId<ReviewId>,
) -> Result<Json<Page<ReviewReportOut>>> {
    Ok(Json(Page::whole(service::list_reports(&app, &staff, id).await?)))
}
