use super::dto::{CreateExtra, ExtraFilter, ExtraOut, ExtraSchedule, ScheduleQuery, UpdateExtra};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Shown, Valid, Visitor, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::{ExtrasRead, ExtrasWrite};
use crate::stamps::Stamp;
use crate::version::MustMatch;
use axum::Json;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of extras.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_extras, create_extra)).routes(routes!(get_extra_schedule)).routes(routes!(
        get_extra,
        update_extra,
        delete_extra
    ))
}

/// List the extras of a property, oldest first.
///
/// The list is always whole. Extras are wished for by room, with a quote or a booking, and added to stays later.
#[utoipa::path(get, path = "/v1/extras", tag = "extras", security(()), params(ExtraFilter, Visitor),
    responses((status = 200, body = Page<ExtraOut>)))]
pub async fn list_extras(app: App, Query(filter): Query<ExtraFilter>, visitor: Visitor) -> Result<Response> {
    let read = async || Ok(Shown::new(Page::whole(service::list(&app, &filter).await?), None));
    visitor.show(&app.answers, Stamp::of_property(&app.versions, filter.property_id, app.clock.now()).await?, read).await
}

/// Show the extras that are to be served on a day, and to whom.
///
/// It has what was sold with stays, what is in the price of their nights, and what was posted by hand, for guests who are
/// expected, in the house or have left; not for rooms that are only held.
#[utoipa::path(get, path = "/v1/extras/schedule", tag = "extras", security(("bearer" = ["extras:read"])), params(ScheduleQuery),
    responses((status = 200, body = ExtraSchedule)))]
pub async fn get_extra_schedule(
    app: App,
    staff: Staff<ExtrasRead>,
    Query(query): Query<ScheduleQuery>,
) -> Result<Json<ExtraSchedule>> {
    Ok(Json(service::schedule(&app, &staff, &query).await?))
}

/// Show an extra.
///
/// It needs no sign-in: guests see what they can add to a stay. An archived extra is still shown, with `is_archived`.
#[utoipa::path(get, path = "/v1/extras/{id}", tag = "extras", security(()), params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ExtraOut)))]
pub async fn get_extra(app: App, PathId(id): PathId) -> Result<Versioned<ExtraOut>> {
    let body = service::get(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add an extra.
///
/// It can be sold with stays from then on, and posted to folios.
#[utoipa::path(post, path = "/v1/extras", tag = "extras", security(("bearer" = ["extras:write"])),
    request_body = CreateExtra, responses((status = 201, body = ExtraOut)))]
pub async fn create_extra(
    app: App,
    staff: Staff<ExtrasWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateExtra>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change an extra (JSON merge patch).
///
/// Extras that were sold keep their price and taxes; nights that come to a stay are sold at the new ones.
#[utoipa::path(patch, path = "/v1/extras/{id}", tag = "extras", security(("bearer" = ["extras:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateExtra, responses((status = 200, body = ExtraOut)))]
pub async fn update_extra(
    app: App,
    staff: Staff<ExtrasWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateExtra>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Remove an extra.
///
/// An extra that was sold, or is in the price of a rate plan, is archived instead: it is sold no more, and what was sold of it
/// goes on, as do the plans.
#[utoipa::path(delete, path = "/v1/extras/{id}", tag = "extras", security(("bearer" = ["extras:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_extra(
    app: App,
    staff: Staff<ExtrasWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, NoBody): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}
