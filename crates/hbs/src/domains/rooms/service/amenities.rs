//! Amenities, and which of them room types have.
use super::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::rooms::dto::{
    AmenityOut, AssignAmenities, AssignedAmenities, CreateAmenity, RoomTypeOut, SetAmenities, UpdateAmenity,
};
use crate::domains::rooms::error::RoomError;
use crate::domains::rooms::model::RoomType;
use crate::domains::rooms::repository;
use crate::domains::{images, properties};
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::AmenitiesWrite;
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use futures_util::try_join;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

pub async fn list_amenities(app: &App, property_id: Uuid) -> Result<Vec<AmenityOut>> {
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.or_404("property")?;
    Ok(repository::list_amenities(&conn, property_id).await?.into_iter().map(Into::into).collect())
}

pub async fn get_amenity(app: &App, id: Uuid) -> Result<AmenityOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find_amenity(&conn, id).await?.or_404("amenity")?.into())
}

pub async fn create_amenity(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    request: CreateAmenity,
) -> Result<Answer> {
    let CreateAmenity { property_id, code, name } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        properties::find(conn, property_id).await?.or_404("property")?;
        let amenity = repository::insert_amenity(conn, property_id, &code, &name, now)
            .await
            .on_constraint("amenities_code_key", || RoomError::AmenityCodeTaken)?;
        outbox::publish(conn, &cause, [Event::created(&amenity)]).await?;
        let (id, version) = (amenity.id, amenity.version);
        Answer::created(format!("/v1/amenities/{id}"), version, &AmenityOut::from(amenity))
    })
    .await
}

pub async fn update_amenity(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateAmenity,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_amenity(conn, &staff.scope, id).await?.or_404("amenity")?;
        seen.check(before.version)?;
        let name = patch.name.as_ref().unwrap_or(&before.name);
        let after = repository::rename_amenity(conn, &before, name, now).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &AmenityOut::from(before));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &AmenityOut::from(after))
    })
    .await
}

pub async fn delete_amenity(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let amenity = repository::lock_amenity(conn, &staff.scope, id).await?.or_404("amenity")?;
        seen.check(amenity.version)?;
        repository::delete_amenity(conn, &amenity, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&amenity)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Makes these the amenities of a type.
pub async fn set_type_amenities(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    SetAmenities { amenities }: SetAmenities,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_type(conn, &staff.scope, id).await?.or_404("room type")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("property")?;
        let known = repository::amenity_ids(conn, property.id).await?;
        let ids = ids_of(&known, &amenities).map_err(|(place, code)| unknown_code(&format!("/amenities/{place}"), &code))?;
        assign(conn, &cause, &known, &[(&before, ids)]).await?;
        let ids = [id];
        let (row, codes, images) = try_join!(
            repository::find_types(conn, property.id, &ids),
            repository::amenities_of_type(conn, property.id, id),
            images::of_room_type(conn, property.id, id)
        )?;
        let row = row.into_iter().next().or_404("room type")?;
        Answer::ok(row.version, &RoomTypeOut::new(row, &property, codes, shown(images)))
    })
    .await
}

/// Makes these the amenities of some types of a property: of all of them or of none.
pub async fn assign_amenities(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    AssignAmenities { property_id, assignments }: AssignAmenities,
) -> Result<Answer> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let wanted: Vec<Uuid> = assignments.iter().map(|assignment| assignment.room_type_id).collect();
    if let Some(place) = wanted.iter().enumerate().position(|(place, id)| wanted[..place].contains(id)) {
        return Err(Error::invalid(format!("/assignments/{place}/room_type_id"), "is there twice"));
    }
    app.change(key, async |conn| {
        properties::find(conn, property_id).await?.or_404("property")?;
        let types = repository::lock_types(conn, property_id, &wanted).await?;
        let known = repository::amenity_ids(conn, property_id).await?;
        let mut sets = Vec::with_capacity(assignments.len());
        for (place, assignment) in assignments.iter().enumerate() {
            let pointer = format!("/assignments/{place}");
            let row = types.iter().find(|row| row.id == assignment.room_type_id);
            let not_there = || Error::invalid(format!("{pointer}/room_type_id"), "is not a room type of the property");
            let row = row.ok_or_else(not_there)?;
            if assignment.version.is_some_and(|seen| seen != row.version) {
                return Err(RoomError::TypeChanged { place, version: row.version }.into());
            }
            let ids = ids_of(&known, &assignment.amenities)
                .map_err(|(place, code)| unknown_code(&format!("{pointer}/amenities/{place}"), &code))?;
            sets.push((row, ids));
        }
        assign(conn, &cause, &known, &sets).await?;
        let of_property = &[property_id];
        let (rows, mut codes) =
            try_join!(repository::find_types(conn, property_id, &wanted), repository::amenity_codes(conn, of_property))?;
        let versions: HashMap<Uuid, i64> = rows.iter().map(|row| (row.id, row.version)).collect();
        let assigned = |room_type_id: &Uuid| AssignedAmenities {
            room_type_id: *room_type_id,
            amenities: codes.remove(room_type_id).unwrap_or_default(),
            version: versions.get(room_type_id).copied().unwrap_or_default(),
        };
        let items: Vec<AssignedAmenities> = wanted.iter().map(assigned).collect();
        Answer::done(&Page::whole(items))
    })
    .await
}

/// The amenities by code, or the place and the code of the first that is unknown.
fn ids_of(known: &[(Uuid, String)], codes: &[String]) -> Result<BTreeSet<Uuid>, (usize, String)> {
    let id_of = |code: &String| known.iter().find(|(_, other)| other == code).map(|(id, _)| *id);
    let ids = codes.iter().enumerate().map(|(place, code)| id_of(code).ok_or_else(|| (place, code.clone())));
    ids.collect()
}

fn unknown_code(pointer: &str, code: &str) -> Error {
    Error::invalid(pointer, format!("{code:?} is not the code of an amenity of the property"))
}

/// Makes these the amenities of types of one property that are locked. What stays the same gets no new version.
async fn assign(conn: &Conn, cause: &Cause, known: &[(Uuid, String)], sets: &[(&RoomType, BTreeSet<Uuid>)]) -> Result<()> {
    let Some((first, _)) = sets.first() else { return Ok(()) };
    let mut old_codes = repository::amenity_codes(conn, &[first.property_id]).await?;
    let codes_of = |ids: &BTreeSet<Uuid>| -> BTreeSet<String> {
        known.iter().filter(|(id, _)| ids.contains(id)).map(|(_, code)| code.clone()).collect()
    };
    let mut changed: Vec<(Uuid, &BTreeSet<Uuid>)> = Vec::new();
    let mut events = Vec::new();
    for (row, ids) in sets {
        let old: BTreeSet<String> = old_codes.remove(&row.id).unwrap_or_default().into_iter().collect();
        let new = codes_of(ids);
        if old != new {
            changed.push((row.id, ids));
            events.push(Event::of("room_type.updated", *row).and("amenities", old, new));
        }
    }
    repository::replace_amenities(conn, first.property_id, &changed, cause.at).await?;
    outbox::publish(conn, cause, events).await?;
    Ok(())
}

/// Makes these the type's amenities and returns them by code.
pub(super) async fn put_amenities(
    conn: &Conn,
    row: &RoomType,
    codes: &[String],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<String>> {
    let unknown = repository::set_amenities(conn, row.property_id, row.id, codes, now).await?;
    match unknown.first() {
        Some(code) => Err(Error::invalid("/amenities", format!("{code:?} is not the code of an amenity of the property"))),
        None => Ok(repository::amenities_of_type(conn, row.property_id, row.id).await?),
    }
}
