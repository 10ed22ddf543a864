use super::dto::{
    AmenityOut, AssignAmenities, AssignedAmenities, CreateAmenity, CreateRoom, CreateRoomType, OfProperty, RoomFilter, RoomNews,
    RoomOut, RoomPage, RoomTypeOut, SetAmenities, SetHousekeeping, SetHousekeepingOfRooms, UpdateAmenity, UpdateRoom,
    UpdateRoomType,
};
use super::error;
use super::service;
use super::service::import;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::changes::Known;
use crate::error::problems;
use crate::http::answer::Versioned;
use crate::http::news::HeldCopy;
use crate::http::{DryRun, PathId, Query, Reader, Rehearsable, Shown, Valid, Visitor, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{AmenitiesWrite, HousekeepingWrite, RoomTypesWrite, RoomsRead, RoomsWrite};
use crate::security::{Caller, Staff};
use crate::sheets;
use crate::sheets::{File, ImportQuery, Receiving, Report, SheetFile, Template, TemplateQuery};
use crate::stamps::Stamp;
use crate::version::{IfMatch, MustMatch};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of room types, rooms and amenities.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_room_types, create_room_type))
        .routes(routes!(get_room_type, update_room_type, delete_room_type))
        .routes(routes!(set_room_type_amenities))
        .routes(routes!(assign_amenities))
        .routes(routes!(list_rooms, create_room))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(import_rooms))))
        .routes(routes!(rooms_template))
        .routes(routes!(get_room, update_room, delete_room))
        .routes(routes!(set_housekeeping))
        .routes(routes!(set_housekeeping_of_rooms))
        .routes(routes!(list_amenities, create_amenity))
        .routes(routes!(get_amenity, update_amenity, delete_amenity))
}

/// List the room types of a property.
///
/// All room types of the property are listed, by code, with names and descriptions in the best available language.
#[utoipa::path(get, path = "/v1/room-types", tag = "rooms", security(()), params(OfProperty, Reader),
    responses((status = 200, body = Page<RoomTypeOut>)))]
pub async fn list_room_types(app: App, Query(of): Query<OfProperty>, reader: Reader) -> Result<Response> {
    let read = async || {
        let types = service::list_types(&app, of.property_id).await?;
        let body = Page::whole(types).map(|kind| kind.for_reader(&reader));
        let languages = body.items.iter().map(|kind| kind.locale.clone()).collect();
        Ok(Shown { body, version: None, languages })
    };
    reader.show(&app.answers, Stamp::of_property(&app.versions, of.property_id, app.clock.now()).await?, read).await
}

/// Show a room type.
///
/// Name and description are in the best available language.
#[utoipa::path(get, path = "/v1/room-types/{id}", tag = "rooms", security(()),
    params(("id" = uuid::Uuid, Path), Reader),
    responses((status = 200, body = RoomTypeOut)))]
pub async fn get_room_type(app: App, PathId(id): PathId, reader: Reader) -> Result<Response> {
    let read = async || {
        let body = service::get_type(&app, id).await?.for_reader(&reader);
        Ok(Shown { version: Some(body.version), languages: vec![body.locale.clone()], body })
    };
    reader.show(&app.answers, Stamp::of_room_type(&app.versions, id, app.clock.now()).await?, read).await
}

/// Add a room type.
///
/// It can be sold as soon as it has rooms, in the property's default rate plan, which is made with the first room type.
#[utoipa::path(post, path = "/v1/room-types", tag = "rooms", security(("bearer" = ["room_types:write"])),
    request_body = CreateRoomType, responses((status = 201, body = RoomTypeOut)),
    extensions(("x-problems" = json!([error::TYPE_CODE_TAKEN]))))]
pub async fn create_room_type(
    app: App,
    staff: Staff<RoomTypesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateRoomType>>,
) -> Result<Answer> {
    service::create_type(&app, &staff, &key, body).await
}

/// Change a room type (JSON merge patch).
///
/// The overbooking cannot be lowered so far that more rooms are sold than may be (409 `room.needed_for_sales`).
#[utoipa::path(patch, path = "/v1/room-types/{id}", tag = "rooms", security(("bearer" = ["room_types:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun),
    request_body = UpdateRoomType, responses((status = 200, body = RoomTypeOut)),
    extensions(("x-problems" = json!([error::TYPE_CODE_TAKEN, error::NEEDED_FOR_SALES]))))]
pub async fn update_room_type(
    app: App,
    staff: Staff<RoomTypesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<UpdateRoomType>>,
) -> Result<Answer> {
    service::update_type(&app, &staff, &key, seen, id, body).await
}

/// Remove a room type.
///
/// A room type can be removed only when no room is of this type (409 `room_type.has_rooms`) and none of its nights to
/// come is sold (409 `room_type.has_stays`).
#[utoipa::path(delete, path = "/v1/room-types/{id}", tag = "rooms", security(("bearer" = ["room_types:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun), responses((status = 204)),
    extensions(("x-problems" = json!([error::TYPE_HAS_ROOMS, error::TYPE_HAS_STAYS]))))]
pub async fn delete_room_type(
    app: App,
    staff: Staff<RoomTypesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::delete_type(&app, &staff, &key, seen, id).await
}

/// Set the amenities of a room type.
///
/// The list is complete: amenities that are not named are removed from the room type.
#[utoipa::path(put, path = "/v1/room-types/{id}/amenities", tag = "rooms", security(("bearer" = ["amenities:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = SetAmenities, responses((status = 200, body = RoomTypeOut)))]
pub async fn set_room_type_amenities(
    app: App,
    staff: Staff<AmenitiesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetAmenities>>,
) -> Result<Answer> {
    service::set_type_amenities(&app, &staff, &key, seen, id, body).await
}

/// Set the amenities of many room types.
///
/// Each list is complete. Either all of the named room types are changed or, if one cannot be, none. Other room types
/// keep their amenities.
#[utoipa::path(put, path = "/v1/amenities/assignments", tag = "rooms", security(("bearer" = ["amenities:write"])),
    request_body = AssignAmenities, responses((status = 200, body = Page<AssignedAmenities>)),
    extensions(("x-problems" = json!([error::TYPE_CHANGED]))))]
pub async fn assign_amenities(
    app: App,
    staff: Staff<AmenitiesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<AssignAmenities>>,
) -> Result<Answer> {
    service::assign_amenities(&app, &staff, &key, body).await
}

/// List the amenities of a property.
///
/// All amenities of the property are listed, by code.
#[utoipa::path(get, path = "/v1/amenities", tag = "rooms", security(()), params(OfProperty, Visitor),
    responses((status = 200, body = Page<AmenityOut>)))]
pub async fn list_amenities(app: App, Query(of): Query<OfProperty>, visitor: Visitor) -> Result<Response> {
    let read = async || Ok(Shown::new(Page::whole(service::list_amenities(&app, of.property_id).await?), None));
    visitor.show(&app.answers, Stamp::of_property(&app.versions, of.property_id, app.clock.now()).await?, read).await
}

/// Show an amenity.
///
/// An amenity has a code, by which room types name it, and a name for guests.
#[utoipa::path(get, path = "/v1/amenities/{id}", tag = "rooms", security(()),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = AmenityOut)))]
pub async fn get_amenity(app: App, PathId(id): PathId) -> Result<Versioned<AmenityOut>> {
    let body = service::get_amenity(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add an amenity.
///
/// Room types name the amenity by its code, which cannot be changed.
#[utoipa::path(post, path = "/v1/amenities", tag = "rooms", security(("bearer" = ["amenities:write"])),
    request_body = CreateAmenity, responses((status = 201, body = AmenityOut)),
    extensions(("x-problems" = json!([error::AMENITY_CODE_TAKEN]))))]
pub async fn create_amenity(
    app: App,
    staff: Staff<AmenitiesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateAmenity>>,
) -> Result<Answer> {
    service::create_amenity(&app, &staff, &key, body).await
}

/// Change an amenity (JSON merge patch).
///
/// Only the name can be changed.
#[utoipa::path(patch, path = "/v1/amenities/{id}", tag = "rooms", security(("bearer" = ["amenities:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = UpdateAmenity, responses((status = 200, body = AmenityOut)))]
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
///
/// Room types that have the amenity lose it.
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
///
/// Rooms of the properties at which you hold the permission are listed, by property and number. With `updated_since`, the
/// answer has the rooms that have changed since an earlier answer, and the identifiers of those that are not found any more.
#[utoipa::path(get, path = "/v1/rooms", tag = "rooms", security(("bearer" = ["rooms:read"])),
    params(RoomFilter, RoomNews, PageQuery, HeldCopy), responses((status = 200, body = RoomPage)))]
pub async fn list_rooms(
    app: App,
    staff: Staff<RoomsRead>,
    held: HeldCopy,
    Query(filter): Query<RoomFilter>,
    Query(RoomNews { updated_since }): Query<RoomNews>,
    Query(page): Query<PageQuery>,
) -> Result<Response> {
    let known = Known::of(held.mark.clone(), updated_since.as_deref())?;
    let (mark, body) = service::list_rooms(&app, &staff, &filter, &page, &known).await?;
    held.answer(mark.as_ref(), body.as_ref())
}

/// Show a room.
///
/// The answer has the room's type, its features and its housekeeping state.
#[utoipa::path(get, path = "/v1/rooms/{id}", tag = "rooms", security(("bearer" = ["rooms:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = RoomOut)))]
pub async fn get_room(app: App, staff: Staff<RoomsRead>, PathId(id): PathId) -> Result<Versioned<RoomOut>> {
    let body = service::get_room(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a room.
///
/// The room can be sold from today on.
#[utoipa::path(post, path = "/v1/rooms", tag = "rooms", security(("bearer" = ["rooms:write"])),
    params(DryRun), request_body = CreateRoom, responses((status = 201, body = RoomOut)),
    extensions(("x-problems" = json!([error::NUMBER_TAKEN]))))]
pub async fn create_room(
    app: App,
    staff: Staff<RoomsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateRoom>>,
) -> Result<Answer> {
    service::create_room(&app, &staff, &key, body).await
}

/// Import rooms from a spreadsheet.
///
/// The file is CSV or XLSX, at most 10 MiB and 50,000 rows. Its first line names the columns of `GET
/// /v1/rooms/import/template`. All rows are imported or none, unless `partial=true`.
#[utoipa::path(post, path = "/v1/rooms/import", tag = "rooms", security(("bearer" = ["rooms:write"])), params(ImportQuery),
    request_body(content((SheetFile = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (SheetFile = "application/octet-stream"))),
    responses((status = 200, body = Report)),
    extensions(("x-problems" = json!([sheets::PROBLEMS, problems::BUSY]))))]
pub async fn import_rooms(
    app: App,
    staff: Staff<RoomsWrite>,
    Query(query): Query<ImportQuery>,
    receiving: Receiving,
    Rehearsable(key, File(file)): Rehearsable<File>,
) -> Result<Answer> {
    let _turn = receiving.turn(&app).await?;
    service::import_rooms(&app, &staff, &key, &query, file).await
}

/// Get an empty spreadsheet for importing rooms.
///
/// The file has the columns of `POST /v1/rooms/import` and one example row, which is to be replaced. In XLSX, each
/// column has a note on its content.
#[utoipa::path(get, path = "/v1/rooms/import/template", tag = "rooms", security(("bearer" = [])), params(TemplateQuery),
    responses((status = 200, content((String = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn rooms_template(_caller: Caller, Query(query): Query<TemplateQuery>) -> Result<Template> {
    Template::new("rooms", import::COLUMNS, query.format)
}

/// Change a room (JSON merge patch).
///
/// A room can be given another type only when nobody has it today or later and no block holds it back (409
/// `room.occupied`), and when its nights are not needed for sales of its present type (409 `room.needed_for_sales`).
#[utoipa::path(patch, path = "/v1/rooms/{id}", tag = "rooms", security(("bearer" = ["rooms:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun),
    request_body = UpdateRoom, responses((status = 200, body = RoomOut)),
    extensions(("x-problems" = json!([error::NUMBER_TAKEN, error::OCCUPIED, error::NEEDED_FOR_SALES]))))]
pub async fn update_room(
    app: App,
    staff: Staff<RoomsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<UpdateRoom>>,
) -> Result<Answer> {
    service::update_room(&app, &staff, &key, seen, id, body).await
}

/// Remove a room.
///
/// A room can be removed only when nobody has it today or later and no block holds it back (409 `room.occupied`), and
/// when its nights are not needed for sales of its type (409 `room.needed_for_sales`).
#[utoipa::path(delete, path = "/v1/rooms/{id}", tag = "rooms", security(("bearer" = ["rooms:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun), responses((status = 204)),
    extensions(("x-problems" = json!([error::OCCUPIED, error::NEEDED_FOR_SALES]))))]
pub async fn delete_room(
    app: App,
    staff: Staff<RoomsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::delete_room(&app, &staff, &key, seen, id).await
}

/// Set the housekeeping state of a room.
///
/// The state that the room has already is accepted and changes nothing.
#[utoipa::path(post, path = "/v1/rooms/{id}/housekeeping", tag = "rooms", security(("bearer" = ["housekeeping:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    request_body = SetHousekeeping, responses((status = 200, body = RoomOut)))]
pub async fn set_housekeeping(
    app: App,
    staff: Staff<HousekeepingWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SetHousekeeping>>,
) -> Result<Answer> {
    service::set_housekeeping(&app, &staff, &key, seen, id, body.state()?).await
}

/// Set the housekeeping state of many rooms.
///
/// The rooms are given by id, or as all rooms of a floor. With both, each of the rooms must be on the floor. If one
/// room does not exist, none is changed.
#[utoipa::path(post, path = "/v1/rooms/housekeeping", tag = "rooms", security(("bearer" = ["housekeeping:write"])),
    params(DryRun), request_body = SetHousekeepingOfRooms, responses((status = 200, body = Page<RoomOut>)))]
pub async fn set_housekeeping_of_rooms(
    app: App,
    staff: Staff<HousekeepingWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SetHousekeepingOfRooms>>,
) -> Result<Answer> {
    service::set_housekeeping_of_rooms(&app, &staff, &key, body).await
}
