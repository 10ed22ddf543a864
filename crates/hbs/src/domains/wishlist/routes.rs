use super::dto::{AddItem, ItemOut, WishlistQuery};
use super::error;
use super::model::ItemId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::{PathId, Query, Valid, content_language, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::Page;
use crate::security::Me;
use crate::texts::{Languages, Reading};
use axum::Json;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;

/// Routes of wishlists.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_wishlist, add_to_wishlist)).routes(routes!(remove_from_wishlist))
}

/// List your wishlist, newest first.
///
/// With dates, each room type and each offer is shown with its availability and price on these dates.
#[utoipa::path(get, path = "/v1/me/wishlist", tag = "wishlist", security(("bearer" = [])), params(WishlistQuery, Languages),
    responses((status = 200, body = Page<ItemOut>, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))))]
pub async fn list_wishlist(app: App, me: Me, spoken: Languages, Query(query): Query<WishlistQuery>) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let items = service::list(&app, &me, &query, &reading).await?;
    Ok((content_language(&reading.used()), Json(Page::whole(items))))
}

/// Add a room type or an offer to your wishlist.
///
/// Each can be on a wishlist once (409 `wishlist.already_there`), and a wishlist has at most 200 items (409
/// `wishlist.full`).
#[utoipa::path(post, path = "/v1/me/wishlist", tag = "wishlist", security(("bearer" = [])), request_body = AddItem,
    responses((status = 201, body = ItemOut)),
    extensions(("x-problems" = json!([error::ALREADY_THERE, error::FULL]))))]
pub async fn add_to_wishlist(app: App, me: Me, Keyed(key, Valid(body)): Keyed<Valid<AddItem>>) -> Result<Answer> {
    service::add(&app, &me, &key, &body).await
}

/// Remove a room type or an offer from your wishlist.
///
/// The item is given by its own id, not by that of its room type or its offer.
#[utoipa::path(delete, path = "/v1/me/wishlist/{id}", tag = "wishlist", security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 204)))]
pub async fn remove_from_wishlist(app: App, me: Me, PathId(id): PathId<ItemId>, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    service::remove(&app, &me, &key, id).await
}
