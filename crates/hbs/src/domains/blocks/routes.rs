use super::dto::{CreateRoomBlock, RoomBlockChanged, RoomBlockFilter, RoomBlockOut, UpdateRoomBlock};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::NoBody;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{RoomBlocksWrite, RoomsRead};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of room blocks.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_room_blocks, create_room_block)).routes(routes!(
        get_room_block,
        update_room_block,
        delete_room_block
    ))
}

/// List room blocks.
///
/// The list is ordered by the first night. Blocks that were released are not listed.
#[utoipa::path(get, path = "/v1/room-blocks", tag = "room blocks", security(("bearer" = ["rooms:read"])),
    params(RoomBlockFilter, PageQuery), responses((status = 200, body = Page<RoomBlockOut>)))]
pub async fn list_room_blocks(
    app: App,
    staff: Staff<RoomsRead>,
    Query(filter): Query<RoomBlockFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<RoomBlockOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show a room block.
#[utoipa::path(get, path = "/v1/room-blocks/{id}", tag = "room blocks", security(("bearer" = ["rooms:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RoomBlockOut)))]
pub async fn get_room_block(app: App, staff: Staff<RoomsRead>, PathId(id): PathId) -> Result<Versioned<RoomBlockOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Block a room.
///
/// `out_of_order` and `frozen` take the room off sale on these nights. Stays that may move are given another room of
/// the type; if that is impossible, the answer is 409 with the stays in question. `out_of_service` is only a note: the
/// room stays on sale.
///
/// `force` (needs `inventory:override` and `force_reason`) overbooks nights that are sold, moves pinned stays as well,
/// and takes the room from stays for which there is no other. Guests in the house keep their room.
#[utoipa::path(post, path = "/v1/room-blocks", tag = "room blocks", security(("bearer" = ["room_blocks:write"])),
    params(DryRun), request_body = CreateRoomBlock, responses((status = 201, body = RoomBlockChanged)),
    extensions(("x-problems" = json!([error::NO_CAPACITY, error::STAYS_IN_THE_WAY, error::OVERLAP, error::ENDED, error::ROOM_CHANGED]))))]
pub async fn create_room_block(
    app: App,
    staff: Staff<RoomBlocksWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateRoomBlock>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a room block (JSON merge patch).
///
/// Nights that are added are blocked as by a new block; nights that are given up are on sale again.
#[utoipa::path(patch, path = "/v1/room-blocks/{id}", tag = "room blocks", security(("bearer" = ["room_blocks:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun), request_body = UpdateRoomBlock,
    responses((status = 200, body = RoomBlockChanged)),
    extensions(("x-problems" = json!([error::NO_CAPACITY, error::STAYS_IN_THE_WAY, error::OVERLAP, error::ENDED, error::ROOM_CHANGED, error::OF_FEED]))))]
pub async fn update_room_block(
    app: App,
    staff: Staff<RoomBlocksWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<UpdateRoomBlock>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Release a room block.
///
/// Its nights from today on are on sale again. Earlier nights stay on record and in the calendar.
#[utoipa::path(delete, path = "/v1/room-blocks/{id}", tag = "room blocks", security(("bearer" = ["room_blocks:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun), responses((status = 204)),
    extensions(("x-problems" = json!([error::ENDED, error::OF_FEED]))))]
pub async fn delete_room_block(
    app: App,
    staff: Staff<RoomBlocksWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::release(&app, &staff, &key, seen, id).await
}
