use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::authentication::{self, Origin};
use crate::domains::privacy::dto::erasure::{AnswerQuery, EraseMe, ErasePerson, ErasureOut};
use crate::domains::privacy::error;
use crate::domains::privacy::model::erasure::ErasureId;
use crate::domains::privacy::service::{answers, erasures};
use crate::error::problems;
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageQuery};
use crate::security::permission::PrivacyErase;
use crate::security::{Me, OwnOr, Staff, to_the_end};
use crate::version::MustMatch;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header;
use utoipa_axum::router::OpenApiRouter;

/// Routes of erasures.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(erase_me))
        .routes(routes!(list_erasures, erase_person))
        .routes(routes!(get_erasure))
        .routes(routes!(get_erasure_answer))
}

/// Erase your account and what belongs to it.
///
/// Your profile, sessions, messages, reviews' words and pictures go, and your bookings name nobody any more. What the law keeps, such
/// as invoices, is listed with the reason and the date, and the answer is signed: keep it. If your address was confirmed, a mail
/// goes there with an address under which the answer can be fetched once more. It cannot be undone. It is refused while
/// stays are ahead, something is left to be paid, or you have a role at a hotel. Look at it with `dry_run` first.
#[utoipa::path(delete, path = "/v1/me", tag = "privacy", security(("bearer" = [])), params(MustMatch, DryRun),
    request_body = Option<EraseMe>, responses((status = 200, body = ErasureOut)),
    extensions(("x-problems" = json!([error::IN_THE_WAY, error::BUSY, authentication::WRONG_PASSWORD, authentication::WRONG_CODE,
        authentication::TOO_MANY_ATTEMPTS, problems::BUSY]))))]
pub async fn erase_me(
    app: App,
    me: Me,
    origin: Origin,
    seen: MustMatch,
    Query(DryRun { dry_run }): Query<DryRun>,
    OptionalBody(body): OptionalBody<EraseMe>,
) -> Result<Answer> {
    // It takes no key: after it there is nobody who could ask for the answer again. The mail about it has its address.
    let key = if dry_run { IdempotencyKey::dry_run() } else { IdempotencyKey::none() };
    to_the_end(async move { erasures::erase_me(&app, &me, &origin, &key, seen, body).await }).await
}

/// Erase a person.
///
/// Staff erase on behalf of whom it is, at their hotels: by a guest profile, or by a booking that belongs to no account; an account
/// needs the permission for all properties. Guests with a link to their booking name that booking, and it alone is erased: a link may
/// have been passed on. Answer and obstacles are those of `DELETE /v1/me`.
#[utoipa::path(post, path = "/v1/privacy/erasures", tag = "privacy", security(("bearer" = []), ("bearer" = ["privacy:erase"])),
    params(DryRun), request_body = ErasePerson, responses((status = 201, body = ErasureOut)),
    extensions(("x-problems" = json!([error::IN_THE_WAY, error::BUSY]))))]
pub async fn erase_person(
    app: App,
    who: OwnOr<PrivacyErase>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ErasePerson>>,
) -> Result<Answer> {
    erasures::erase_person(&app, &who, &key, &body).await
}

/// List erasures, latest first.
///
/// You see those of people who were known at your hotels alone; with the permission for all properties, all of them.
#[utoipa::path(get, path = "/v1/privacy/erasures", tag = "privacy", security(("bearer" = ["privacy:erase"])),
    params(PageQuery), responses((status = 200, body = Page<ErasureOut>)))]
pub async fn list_erasures(
    app: App,
    staff: Staff<PrivacyErase>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ErasureOut>>> {
    Ok(Json(erasures::list(&app, &staff, &page).await?))
}

/// Show an erasure.
///
/// It is complete once files are deleted, and the keys of personal values in the record are destroyed.
#[utoipa::path(get, path = "/v1/privacy/erasures/{id}", tag = "privacy", security(("bearer" = ["privacy:erase"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = ErasureOut)))]
pub async fn get_erasure(app: App, staff: Staff<PrivacyErase>, PathId(id): PathId<ErasureId>) -> Result<Json<ErasureOut>> {
    Ok(Json(erasures::get(&app, &staff, id).await?))
}

/// Fetch the signed answer to an erasure.
///
/// For whoever was erased and has lost the answer of `DELETE /v1/me`: the mail that tells of the erasure has this address, which
/// is good for 30 days. The signature in it says which erasure it is; nobody need sign in. The answer names ids, counts and
/// dates, and nothing of the person.
#[utoipa::path(get, path = "/v1/erasures/{id}/answer", tag = "privacy", security(()),
    params(("id" = uuid::Uuid, Path), AnswerQuery), responses((status = 200, body = ErasureOut)),
    extensions(("x-problems" = json!([error::ANSWER_OVER]))))]
pub async fn get_erasure_answer(app: App, PathId(id): PathId<ErasureId>, Query(query): Query<AnswerQuery>) -> Result<Response> {
    let answer = answers::fetch(&app, id, &query.signature).await?;
    let name = format!("attachment; filename=\"erasure-{}.json\"", answer.erased_at.format("%Y-%m-%d"));
    let headers = [(header::CONTENT_DISPOSITION, name), (header::CACHE_CONTROL, "private, no-store".to_owned())];
    Ok((headers, Json(answer)).into_response())
}
