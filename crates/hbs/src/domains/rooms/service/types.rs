//! Room types.
use super::amenities::put_amenities;
use super::{lock_names, none_needed, shown};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::images;
use crate::domains::rooms::dto::{CreateRoomType, RoomTypeOut, UpdateRoomType};
use crate::domains::rooms::error::RoomError;
use crate::domains::rooms::model::{NewRoomType, RoomType, RoomTypeChange};
use crate::domains::rooms::repository;
use crate::domains::{inventory, properties, rates};
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::RoomTypesWrite;
use crate::texts::Texts;
use crate::version::MustMatch;
use crate::{Error, Result};
use futures_util::try_join;
use uuid::Uuid;

pub async fn list_types(app: &App, property_id: Uuid) -> Result<Vec<RoomTypeOut>> {
    let conn = app.db.conn().await?;
    let ids = &[property_id];
    let (property, types, mut codes, images) = try_join!(
        properties::find(&conn, property_id),
        repository::types_of(&conn, ids),
        repository::amenity_codes(&conn, ids),
        images::of_room_types(&conn, ids),
    )?;
    let property = property.or_404("property")?;
    let mut images = images::by_room_type(images);
    let shown = |row: RoomType| {
        let (codes, images) = (codes.remove(&row.id), images.remove(&row.id));
        RoomTypeOut::new(row, &property, codes.unwrap_or_default(), images.unwrap_or_default())
    };
    Ok(types.into_iter().map(shown).collect())
}

pub async fn get_type(app: &App, id: Uuid) -> Result<RoomTypeOut> {
    let conn = app.db.conn().await?;
    let (row, property) = repository::find_type(&conn, id).await?.or_404("room type")?;
    let (codes, images) = try_join!(
        repository::amenities_of_type(&conn, row.property_id, row.id),
        images::of_room_type(&conn, row.property_id, row.id)
    )?;
    Ok(RoomTypeOut::new(row, &property, codes, shown(images)))
}

/// Adds a type. It can be sold as soon as it has rooms.
pub async fn create_type(
    app: &App,
    staff: &Staff<RoomTypesWrite>,
    key: &IdempotencyKey,
    request: CreateRoomType,
) -> Result<Answer> {
    staff.at(request.property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let CreateRoomType {
        property_id,
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds,
        size_sqm,
        base_price,
        overbooking,
        amenities,
        texts,
    } = request;
    if max_guests < max_adults {
        return Err(Error::invalid("/max_guests", "must be at least max_adults"));
    }
    let mut new = NewRoomType {
        property_id,
        id: Uuid::now_v7(),
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds: serde_json::json!(beds),
        size_sqm,
        base_price_minor: base_price.minor,
        overbooking,
        texts: serde_json::Value::Null,
        created_at: now,
        updated_at: now,
    };
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        same_currency(base_price, property.currency)?;
        new.texts = Texts::default().merged(&texts, &property.default_locale)?.to_json();
        let row =
            repository::insert_room_type(conn, &new).await.on_constraint("room_types_code_key", || RoomError::TypeCodeTaken)?;
        let codes = put_amenities(conn, &row, &amenities, now).await?;
        inventory::open_types(conn, property_id, &[row.id], property.business_date(now), property.settings.horizon_nights, now)
            .await?;
        outbox::publish(conn, &cause, [Event::created(&row).with("amenities", &codes)]).await?;
        rates::ensure_default_plan(conn, property_id, row.id, &cause).await?;
        let (id, version) = (row.id, row.version);
        Answer::created(format!("/v1/room-types/{id}"), version, &RoomTypeOut::new(row, &property, codes, Vec::new()))
    })
    .await
}

pub async fn update_type(
    app: &App,
    staff: &Staff<RoomTypesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateRoomType,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let UpdateRoomType {
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds,
        size_sqm,
        base_price,
        overbooking,
        amenities,
        texts,
    } = patch;
    let mut change = RoomTypeChange {
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds: beds.map(|beds| serde_json::json!(beds)),
        size_sqm,
        base_price_minor: base_price.map(|price| price.minor),
        overbooking,
        texts: None,
    };
    app.change(key, async |conn| {
        if change.code.is_some() {
            let known = repository::find_type(conn, id).await?.or_404("room type")?;
            lock_names(conn, &staff.scope, known.0.property_id, "room type").await?;
        }
        let before = repository::lock_type(conn, &staff.scope, id).await?.or_404("room type")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("property")?;
        if let Some(price) = base_price {
            same_currency(price, property.currency)?;
        }
        if let Some(overbooking) = overbooking.filter(|overbooking| *overbooking != before.overbooking) {
            let today = property.business_date(now);
            let needed = inventory::change_overbooking(conn, property.id, id, today, overbooking, now).await?;
            none_needed(needed)?;
        }
        if let Some(texts) = &texts {
            change.texts = Some(before.texts().merged(texts, &property.default_locale)?.to_json());
        }
        let after = repository::update_type(conn, &before, &change, now)
            .await
            .on_constraint("room_types_code_key", || RoomError::TypeCodeTaken)?;
        if after.max_guests < after.max_adults {
            return Err(Error::invalid("/max_guests", "must be at least max_adults"));
        }
        let old_codes = repository::amenities_of_type(conn, property.id, id).await?;
        let codes = match &amenities {
            Some(codes) => put_amenities(conn, &after, codes, now).await?,
            None => old_codes.clone(),
        };
        let mut event = Event::changed(&before, &after);
        if codes != old_codes {
            event = event.and("amenities", old_codes, &codes);
        }
        let images = images::of_room_type(conn, property.id, id).await?;
        if event.is_empty() {
            return Answer::unchanged(before.version, &RoomTypeOut::new(before, &property, codes, shown(images)));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &RoomTypeOut::new(after, &property, codes, shown(images)))
    })
    .await
}

/// Removes a type that has no rooms and nothing sold.
pub async fn delete_type(
    app: &App,
    staff: &Staff<RoomTypesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let row = repository::lock_type(conn, &staff.scope, id).await?.or_404("room type")?;
        seen.check(row.version)?;
        let property = properties::find(conn, row.property_id).await?.or_404("property")?;
        if repository::type_has_rooms(conn, &row).await? {
            return Err(RoomError::TypeHasRooms.into());
        }
        // Whoever sells the type holds its nights: with these locked, either the sale or the removal is seen.
        let today = property.business_date(now);
        inventory::lock(conn, row.property_id, &[id], inventory::Nights::new(today, chrono::NaiveDate::MAX)).await?;
        if repository::type_has_sales(conn, &row, today).await? {
            return Err(RoomError::TypeHasStays.into());
        }
        repository::delete_type(conn, &row, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&row)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

fn same_currency(price: Money, currency: Currency) -> Result<()> {
    if price.currency == currency {
        Ok(())
    } else {
        Err(Error::invalid("/base_price/currency", format!("must be {currency}, the property's currency")))
    }
}
