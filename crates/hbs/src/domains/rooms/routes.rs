use super::dto::{
    AmenityOut, CreateAmenity, CreateRoom, CreateRoomType, OfProperty, RoomFilter, RoomOut, RoomTypeOut, UpdateAmenity,
    UpdateRoom, UpdateRoomType,
};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::page::{Page, PageQuery};
use crate::http::{MustMatch, PathId, Query, Staff, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::security::permission::{AmenitiesWrite, RoomTypesWrite, RoomsRead, RoomsWrite};
use axum::Json;

/// List the room types of a property.
#[utoipa::path(get, path = "/v1/room-types", tag = "rooms", security(()), params(OfProperty),
    responses((status = 200, body = Page<RoomTypeOut>)))]
pub async fn list_room_types(app: App, Query(of): Query<OfProperty>) -> Result<Json<Page<RoomTypeOut>>> {
    Ok(Json(Page::whole(service::list_types(&app, of.property_id).await?)))
}

/// Show a room type.
#[utoipa::path(get, path = "/v1/room-types/{id}", tag = "rooms", security(()),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = RoomTypeOut)))]
pub async fn get_room_type(app: App, PathId(id): PathId) -> Result<Versioned<RoomTypeOut>> {
    let body = service::get_type(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a room type.
#[utoipa::path(post, path = "/v1/room-types", tag = "rooms", security(("bearer" = ["room_types:write"])),
    request_body = CreateRoomType, responses((status = 201, body = RoomTypeOut)))]
pub async fn create_room_type(
    app: App,
    staff: Staff<RoomTypesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateRoomType>>,
) -> Result<Answer> {
    service::create_type(&app, &staff, &key, body).await
}

/// Change a room type (JSON merge patch).
#[utoipa::path(patch, path = "/v1/room-types/{id}", tag = "rooms", security(("bearer" = ["room_types:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateRoomType, responses((status = 200, body = RoomTypeOut)))]
pub async fn update_room_type(
    app: App,
    staff: Staff<RoomTypesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateRoomType>>,
) -> Result<Answer> {
    service::update_type(&app, &staff, &key, seen, id, body).await
}

/// Remove a room type.
#[utoipa::path(delete, path = "/v1/room-types/{id}", tag = "rooms", security(("bearer" = ["room_types:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_room_type(
    app: App,
    staff: Staff<RoomTypesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_type(&app, &staff, &key, seen, id).await
}

/// List the amenities of a property.
#[utoipa::path(get, path = "/v1/amenities", tag = "rooms", security(()), params(OfProperty),
    responses((status = 200, body = Page<AmenityOut>)))]
pub async fn list_amenities(app: App, Query(of): Query<OfProperty>) -> Result<Json<Page<AmenityOut>>> {
    Ok(Json(Page::whole(service::list_amenities(&app, of.property_id).await?)))
}

/// Show an amenity.
#[utoipa::path(get, path = "/v1/amenities/{id}", tag = "rooms", security(()),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = AmenityOut)))]
pub async fn get_amenity(app: App, PathId(id): PathId) -> Result<Versioned<AmenityOut>> {
    let body = service::get_amenity(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add an amenity.
#[utoipa::path(post, path = "/v1/amenities", tag = "rooms", security(("bearer" = ["amenities:write"])),
    request_body = CreateAmenity, responses((status = 201, body = AmenityOut)))]
pub async fn create_amenity(
    app: App,
    staff: Staff<AmenitiesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateAmenity>>,
) -> Result<Answer> {
    service::create_amenity(&app, &staff, &key, body).await
}

/// Change an amenity (JSON merge patch).
#[utoipa::path(patch, path = "/v1/amenities/{id}", tag = "rooms", security(("bearer" = ["amenities:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateAmenity, responses((status = 200, body = AmenityOut)))]
pub async fn update_amenity(
    app: App,
    staff: Staff<AmenitiesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateAmenity>>,
) -> Result<Answer> {
    service::update_amenity(&app, &staff, &key, seen, id, body).await
}

/// Remove an amenity.
#[utoipa::path(delete, path = "/v1/amenities/{id}", tag = "rooms", security(("bearer" = ["amenities:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_amenity(
    app: App,
    staff: Staff<AmenitiesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_amenity(&app, &staff, &key, seen, id).await
}

/// List rooms.
#[utoipa::path(get, path = "/v1/rooms", tag = "rooms", security(("bearer" = ["rooms:read"])), params(RoomFilter, PageQuery),
    responses((status = 200, body = Page<RoomOut>)))]
pub async fn list_rooms(
    app: App,
    staff: Staff<RoomsRead>,
    Query(filter): Query<RoomFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<RoomOut>>> {
    Ok(Json(service::list_rooms(&app, &staff, &filter, &page).await?))
}

/// Show a room.
#[utoipa::path(get, path = "/v1/rooms/{id}", tag = "rooms", security(("bearer" = ["rooms:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = RoomOut)))]
pub async fn get_room(app: App, staff: Staff<RoomsRead>, PathId(id): PathId) -> Result<Versioned<RoomOut>> {
    let body = service::get_room(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a room.
///
/// It can be sold from today on.
#[utoipa::path(post, path = "/v1/rooms", tag = "rooms", security(("bearer" = ["rooms:write"])),
    request_body = CreateRoom, responses((status = 201, body = RoomOut)))]
pub async fn create_room(
    app: App,
    staff: Staff<RoomsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateRoom>>,
) -> Result<Answer> {
    service::create_room(&app, &staff, &key, body).await
}

/// Change a room (JSON merge patch).
#[utoipa::path(patch, path = "/v1/rooms/{id}", tag = "rooms", security(("bearer" = ["rooms:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateRoom, responses((status = 200, body = RoomOut)))]
pub async fn update_room(
    app: App,
    staff: Staff<RoomsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateRoom>>,
) -> Result<Answer> {
    service::update_room(&app, &staff, &key, seen, id, body).await
}

/// Remove a room.
#[utoipa::path(delete, path = "/v1/rooms/{id}", tag = "rooms", security(("bearer" = ["rooms:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_room(
    app: App,
    staff: Staff<RoomsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_room(&app, &staff, &key, seen, id).await
}
