use super::dto::{NightOut, OfferedType, SearchOut, SearchQuery, TaxOut};
use crate::app::App;
use crate::domains::bookings::rules::{self, Capacity, Limits};
use crate::domains::inventory::{self, NightRow, Nights};
use crate::domains::properties::{self, Property};
use crate::domains::rates::{self, TaxRule, rules::night_price};
use crate::domains::rooms::{self, RoomType};
use crate::error::{FieldError, Place};
use crate::money::Money;
use crate::{Error, Result};
use futures_util::try_join;
use std::collections::BTreeMap;

/// What is free, with prices. One round trip, however many nights and types.
pub async fn search(app: &App, query: &SearchQuery) -> Result<SearchOut> {
    let nights = Nights::new(query.check_in, query.check_out);
    rules::check_order(nights).map_err(in_query)?;
    let adults = in_range("adults", query.adults.unwrap_or(2))?;
    let wanted = in_range("rooms", query.rooms.unwrap_or(1))?;
    let children = query.children.as_ref().map_or(0, |children| children.0);

    let conn = app.db.conn().await?;
    let (property, types, taxes, rows) = try_join!(
        properties::find(&conn, query.property_id),
        rooms::list_types_with_amenities(&conn, query.property_id),
        rates::tax_rules_of(&conn, query.property_id),
        inventory::find_nights(&conn, query.property_id, nights),
    )?;
    drop(conn);
    let property = property.ok_or_else(|| Error::not_found("property"))?;
    check_limits(app, &property, nights, wanted)?;

    let fits = |(kind, _): &(RoomType, Vec<String>)| {
        let capacity = Capacity { max_adults: kind.max_adults, max_children: kind.max_children, max_guests: kind.max_guests };
        capacity.check(adults, children).is_none()
    };
    let mut items: Vec<OfferedType> = types
        .into_iter()
        .filter(fits)
        .map(|(kind, amenities)| offer(kind, amenities, &property, &taxes, &rows, nights, wanted))
        .collect();
    items.sort_by_key(|item| (!item.bookable, item.total.minor));
    Ok(SearchOut { property_id: property.id, check_in: nights.from, check_out: nights.to, rooms: wanted, items })
}

fn check_limits(app: &App, property: &Property, nights: Nights, wanted: i32) -> Result<()> {
    let limits = Limits {
        today: property.business_date(app.clock.now()),
        max_nights: property.max_nights,
        max_advance_days: property.max_advance_days,
        max_rooms: property.max_rooms_per_booking,
    };
    rules::check_limits(nights, usize::try_from(wanted).unwrap_or(0), &limits).map_err(in_query)
}

fn in_query(errors: Vec<FieldError>) -> Error {
    Error::invalid_fields(errors.into_iter().map(|error| FieldError { place: Place::Query, ..error }).collect())
}

fn in_range(name: &str, number: i32) -> Result<i32> {
    if (1..=50).contains(&number) {
        Ok(number)
    } else {
        Err(Error::invalid_fields(vec![FieldError::query(name, "must be from 1 to 50")]))
    }
}

fn offer(
    kind: RoomType,
    amenities: Vec<String>,
    property: &Property,
    taxes: &[TaxRule],
    rows: &[NightRow],
    nights: Nights,
    wanted: i32,
) -> OfferedType {
    let own: Vec<NightRow> = rows.iter().filter(|row| row.room_type_id == kind.id).copied().collect();
    let reasons = inventory::shortages(&own, &BTreeMap::from([(kind.id, wanted)]), nights);
    let is_whole = i64::try_from(own.len()).is_ok_and(|rows| rows == nights.count());
    let available = if is_whole { own.iter().map(NightRow::available).min().unwrap_or(0) } else { 0 };
    let price = night_price(kind.base_price_minor, property.prices, taxes);
    let money = |minor| Money::new(minor, property.currency);
    let night = |date| NightOut {
        date,
        price: money(price.total()),
        taxes: taxes
            .iter()
            .zip(&price.taxes)
            .map(|(tax, (_, amount))| TaxOut { name: tax.name.clone(), amount: money(*amount) })
            .collect(),
    };
    OfferedType {
        room_type_id: kind.id,
        name: kind.name,
        description: kind.description,
        max_adults: kind.max_adults,
        max_children: kind.max_children,
        max_guests: kind.max_guests,
        beds: serde_json::from_value(kind.beds).unwrap_or_default(),
        size_sqm: kind.size_sqm,
        amenities,
        available,
        bookable: reasons.is_empty(),
        total: money(price.total() * nights.count() * i64::from(wanted)),
        nightly: nights.iter().map(night).collect(),
        reasons,
    }
}
