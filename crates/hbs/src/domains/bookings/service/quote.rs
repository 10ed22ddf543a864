//! Quoting a price that holds for a while.
use crate::app::App;
use crate::domains::bookings::dto::{
    CreateQuote, QuoteOut, QuoteRoom, QuotedExtraOut, QuotedNight, QuotedRoom, QuotedService, QuotedTax,
};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::rules::extras::{Served, SoldExtra};
use crate::domains::bookings::rules::quote::Quote;
use crate::domains::bookings::rules::selling::{self, DIRECT, Sellable, Sold, SoldTax, Wish};
use crate::domains::bookings::rules::{self, Limits};
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::extras::ExtraWish;
use crate::domains::inventory::{self, Nights};
use crate::domains::rates::engine::{Asked, NightPrice, Party, StayPrice};
use crate::domains::rates::{HotelRates, pricing};
use crate::money::Money;
use crate::security::Caller;
use crate::security::permission::{BookingsWrite, Permission};
use crate::stamps;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::TimeDelta;
use futures_util::try_join;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Quotes the price of rooms that can be booked now; it holds until it expires. One round trip; one more where the
/// hotel's catalogue has changed.
pub async fn quote(app: &App, caller: Option<&Caller>, request: &CreateQuote, reading: &Reading) -> Result<QuoteOut> {
    let (property_id, nights) = (request.property_id, Nights::new(request.check_in, request.check_out));
    rules::check_order(nights).map_err(Error::invalid_fields)?;
    let mut wanted: BTreeMap<Uuid, i32> = BTreeMap::new();
    for room in &request.rooms {
        *wanted.entry(room.room_type_id).or_insert(0) += 1;
    }
    let types: Vec<Uuid> = wanted.keys().copied().collect();
    let conn = app.db.conn().await?;
    let (version, night_rates, rows) = try_join!(
        stamps::version(&conn, property_id),
        pricing::load_nights(&conn, property_id, Some(&types), nights),
        inventory::find_nights(&conn, property_id, nights),
    )?;
    let catalogue = Catalogues::of(app).get(&conn, property_id, version).await?;
    drop(conn);

    let catalogue = catalogue.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let (property, rates) = (&catalogue.property, catalogue.rates.at(night_rates));
    let now = app.clock.now();
    let limits = Limits::of(property, now);
    let is_staff = caller.is_some_and(|caller| caller.grants().holds(BookingsWrite::NAME, Some(property_id)));
    let limits = if is_staff { limits.for_staff() } else { limits };
    let mut errors = rules::check_limits(nights, request.rooms.len(), &limits).err().unwrap_or_default();
    let extras: Vec<Vec<ExtraWish>> =
        request.rooms.iter().map(|room| room.extras.iter().copied().map(ExtraWish::from).collect()).collect();
    let wishes: Vec<Wish<'_>> = request.rooms.iter().zip(&extras).map(|(room, extras)| wish(room, extras)).collect();
    let rooms = selling::sellable(&wishes, &catalogue, &rates).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Vec::new()
    });
    if !errors.is_empty() {
        return Err(Error::invalid_fields(errors));
    }
    let channel = request.channel.as_deref().unwrap_or(DIRECT);
    let asked = Asked { today: property.business_date(now), channel };
    let restricted = selling::restrictions(&rooms, &rates, nights, asked);
    if !restricted.is_empty() {
        return Err(BookingError::Restricted(restricted).into());
    }
    let short = inventory::shortages(&rows, &wanted, nights);
    if !short.is_empty() {
        return Err(BookingError::NoAvailability(short).into());
    }

    let prices: Vec<StayPrice> = rooms.iter().map(|room| selling::price(room, &rates, nights, &BTreeMap::new())).collect();
    let extras = selling::sold_extras(&rooms, &catalogue, nights)?;
    let lines = rooms.iter().zip(&prices).zip(extras);
    let lines = lines.map(|((room, price), extras)| Ok((*room, selling::sold(room, &rates, price)?, extras)));
    let lines: Vec<Line<'_>> = lines.collect::<Result<_>>()?;
    let expires_at = now + TimeDelta::minutes(app.config.quote_minutes.into());
    let words = Words { rates: &rates, catalogue: &catalogue, reading };
    let quote = Quote::new(property_id, nights, channel, property.currency, expires_at, &lines);
    Ok(QuoteOut {
        quote: quote.to_token(&app.security.data_key)?,
        expires_at,
        property_id,
        check_in: nights.from,
        check_out: nights.to,
        rooms: lines.iter().zip(&prices).map(|(line, price)| room_out(line, price, &words)).collect(),
        total: quote.total(),
    })
}

/// A quoted room: what it is sold for, and the extras with it.
type Line<'a> = (Sellable<'a>, Sold, Vec<SoldExtra>);

fn wish<'a>(room: &'a QuoteRoom, extras: &'a [ExtraWish]) -> Wish<'a> {
    Wish {
        room_type_id: room.room_type_id,
        rate_plan_id: room.rate_plan_id,
        party: Party { adults: room.adults, children_ages: &room.children_ages },
        nightly_price: None,
        extras,
    }
}

/// What quotes are told in: a hotel's names, in the reader's languages.
struct Words<'a> {
    rates: &'a HotelRates,
    catalogue: &'a Catalogue,
    reading: &'a Reading,
}

fn room_out((room, sold, extras): &Line<'_>, price: &StayPrice, words: &Words<'_>) -> QuotedRoom {
    let Words { rates, catalogue, reading } = words;
    let property = &catalogue.property;
    let money = |minor| Money::new(minor, property.currency);
    let night = |night: &NightPrice| QuotedNight {
        date: night.date,
        price: money(night.total()),
        lines: rates.explain(night, property.currency, reading, &property.default_locale),
    };
    QuotedRoom {
        room_type_id: room.basis.room_type_id,
        rate_plan_id: room.rate_plan_id,
        adults: room.wish.party.adults,
        children_ages: room.wish.party.children_ages.to_vec(),
        cancellation_policy: sold.terms.text_in(reading.language(&property.default_locale), property.currency),
        total: money(sold.total()),
        nightly: price.nights.iter().map(night).collect(),
        extras: extras.iter().map(|extra| extra_out(extra, words)).collect(),
    }
}

fn extra_out(extra: &SoldExtra, words: &Words<'_>) -> QuotedExtraOut {
    let Words { rates, catalogue, reading } = words;
    let (property, wish) = (&catalogue.property, extra.wish);
    let money = |minor| Money::new(minor, property.currency);
    let texts = catalogue.extras.iter().find(|offered| offered.extra.id == wish.extra_id).map(|offered| &offered.extra.texts);
    let tax = |tax: &SoldTax| QuotedTax {
        tax_rule_id: tax.tax_rule_id,
        name: rates.tax_name_for(tax.tax_rule_id, reading, &property.default_locale),
        amount: money(tax.amount_minor),
    };
    let service = |served: &Served| QuotedService {
        date: served.date,
        units: served.units,
        price: money(served.total()),
        taxes: served.taxes.iter().map(tax).collect(),
    };
    QuotedExtraOut {
        extra_id: wish.extra_id,
        name: reading.name(&extra.name, texts.unwrap_or(&serde_json::Value::Null), &property.default_locale),
        quantity: wish.quantity,
        total: money(extra.total()),
        services: extra.services.iter().map(service).collect(),
    }
}
