//! Search over many hotels for the cheapest offer of each.
use super::asked::{Guests, buyer, codes_at, too_old, wrong};
use super::offers::{Cheapest, Offers};
use crate::app::App;
use crate::domains::availability::dto::{HotelOffer, HotelOut, HotelSort, HotelsOut, HotelsQuery, NoOffer};
use crate::domains::availability::model::{Area, Around};
use crate::domains::availability::repository;
use crate::domains::bookings::rules::{self, Limits};
use crate::domains::bookings::selling::{self, Asking, DIRECT};
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::inventory::Nights;
use crate::domains::offers::GivenCode;
use crate::domains::properties::{Location, Property};
use crate::domains::rates::engine::{Asked, Party};
use crate::domains::rates::{HotelRates, pricing};
use crate::domains::reviews::{self, RatingOut, Score};
use crate::guesses::Guesser;
use crate::money::Money;
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use futures_util::try_join;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Maximum number of hotels in one search; an area with more must be narrowed down.
const MAX_HOTELS: usize = 500;
const MAX_RADIUS_KM: f64 = 500.0;
const RADIUS_KM: f64 = 10.0;

/// The hotels of an area with the cheapest offer of each. Two round trips, however many there are; one more where
/// catalogues of theirs have changed, and one for a code.
pub async fn search_hotels(app: &App, guesser: Guesser, query: &HotelsQuery, reading: &Reading) -> Result<HotelsOut> {
    let nights = Nights::new(query.check_in, query.check_out);
    rules::check_order(nights).map_err(Error::invalid_query)?;
    let guests = Guests::of(query.adults, query.children.as_ref(), query.children_ages.as_ref(), query.rooms)?;
    let area = area(query)?;
    let most = max_total(query)?;
    if query.sort == Some(HotelSort::Distance) && area.around.is_none() {
        return Err(wrong("sort", "distance needs near"));
    }
    let conn = app.db.conn().await?;
    let hotels = hotels_in(&conn, &area, query).await?;
    let ids: Vec<Uuid> = hotels.iter().map(|(id, _)| *id).collect();
    let (free, mut night_rates, scores) = try_join!(
        repository::free_throughout(&conn, &ids, nights, guests.rooms),
        pricing::load_nights_of(&conn, &ids, nights),
        reviews::scores_of_hotels(&conn, &ids),
    )?;
    let mut hotels = Catalogues::of(app).get_all(&conn, &hotels).await?;
    drop(conn);
    if let Some(around) = &area.around {
        hotels.retain(|hotel| distance(around, &hotel.property).is_some_and(|km| km <= around.radius_km));
    }

    let now = app.clock.now();
    let codes = codes_at(app, guesser, &hotels, query.code.as_deref(), now).await?;
    let ages = guests.ages(hotels.iter().map(|hotel| &hotel.rates))?;
    let stay = Stay {
        nights,
        party: Party { adults: guests.adults, children_ages: &ages },
        rooms: guests.rooms,
        room_count: guests.room_count(),
        channel: query.channel.as_deref().unwrap_or(DIRECT),
        free: free.into_iter().collect(),
        now,
        reading,
    };
    let mut out = |hotel: &Arc<Catalogue>| {
        let rates = hotel.rates.at(night_rates.remove(&hotel.property.id).unwrap_or_default());
        let code = codes.get(&hotel.property.id);
        let offer = stay.cheapest(hotel, &selling::opened(rates, false, code, hotel), code);
        let score = scores.get(&hotel.property.id).copied().unwrap_or_default();
        hotel_out(hotel, offer, score, area.around, reading)
    };
    let mut items: Vec<HotelOut> = hotels.iter().map(&mut out).collect();
    if let Some(most) = most {
        items.retain(|item| item.offer.as_ref().is_some_and(|offer| offer.total.minor <= most));
    }
    if let Some(least) = query.min_rating {
        items.retain(|item| item.reviews.average.is_some_and(|average| average >= least));
    }
    sort(&mut items, query.sort.unwrap_or(HotelSort::Price));
    Ok(HotelsOut { check_in: nights.from, check_out: nights.to, rooms: guests.rooms, items })
}

/// The hotels of an area with the versions of their catalogues. More than are searched at once are refused.
async fn hotels_in(conn: &Conn, area: &Area, query: &HotelsQuery) -> Result<Vec<(Uuid, i64)>> {
    let limit = i64::try_from(MAX_HOTELS).unwrap_or(i64::MAX);
    let hotels = repository::hotels_in(conn, area, limit + 1).await?;
    if hotels.len() <= MAX_HOTELS {
        return Ok(hotels);
    }
    let name = if query.city.is_some() {
        "city"
    } else if query.near.is_some() {
        "near"
    } else {
        "country"
    };
    Err(wrong(name, format!("there are more than {MAX_HOTELS} hotels; narrow the search down")))
}

fn area(query: &HotelsQuery) -> Result<Area> {
    let around = match (&query.near, query.radius_km) {
        (None, None) => None,
        (None, Some(_)) => return Err(wrong("near", "is needed with radius_km")),
        (Some(near), radius) => Some(around(near, radius.unwrap_or(RADIUS_KM))?),
    };
    let area = Area { city: query.city.clone(), country: query.country.clone(), currency: query.currency, around };
    if area.city.is_none() && area.country.is_none() && area.around.is_none() {
        return Err(wrong("city", "say where: city, country or near"));
    }
    Ok(area)
}

fn around(near: &str, radius_km: f64) -> Result<Around> {
    let place = near.split_once(',').and_then(|(latitude, longitude)| {
        let (latitude, longitude): (f64, f64) = (latitude.trim().parse().ok()?, longitude.trim().parse().ok()?);
        ((-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)).then_some((latitude, longitude))
    });
    let (latitude, longitude) = place.ok_or_else(|| wrong("near", "must be latitude,longitude in degrees: 38.72,-9.14"))?;
    if !(radius_km > 0.0 && radius_km <= MAX_RADIUS_KM) {
        return Err(wrong("radius_km", format!("must be more than 0 and at most {MAX_RADIUS_KM}")));
    }
    Ok(Around { latitude, longitude, radius_km })
}

/// Returns the highest total in minor units. An amount means something in one currency only.
fn max_total(query: &HotelsQuery) -> Result<Option<i64>> {
    let Some(text) = &query.max_price else { return Ok(None) };
    let currency = query.currency.ok_or_else(|| wrong("currency", "is needed with max_price"))?;
    let money = Money::parse(text, currency).map_err(|detail| wrong("max_price", detail))?;
    Ok(Some(money.minor))
}

fn distance(around: &Around, hotel: &Property) -> Option<f64> {
    Some(around.distance_km(hotel.latitude?, hotel.longitude?))
}

/// Request that each hotel is searched for.
struct Stay<'a> {
    nights: Nights,
    party: Party<'a>,
    rooms: i32,
    room_count: usize,
    channel: &'a str,
    /// Number of free rooms by type, for types with enough rooms on every night.
    free: HashMap<Uuid, i32>,
    now: DateTime<Utc>,
    /// The languages of the answer.
    reading: &'a Reading,
}

impl Stay<'_> {
    fn cheapest(&self, catalogue: &Catalogue, rates: &HotelRates, code: Option<&GivenCode>) -> Option<HotelOffer> {
        let hotel = &catalogue.property;
        let limits = Limits::of(hotel, self.now);
        rules::check_limits(self.nights, self.room_count, &limits).ok()?;
        if too_old(self.party.children_ages, hotel).is_some() {
            return None;
        }
        let types = catalogue.room_types().filter(|kind| self.free.contains_key(&kind.id));
        let asking = Asking { on_sale: &catalogue.offers, buyer: buyer(hotel, self.now, self.channel, false, code) };
        let offers = Offers::new(types, rates, |_| true, self.nights, self.party, &asking);
        let asked = Asked { today: limits.today, channel: self.channel };
        // Types without rooms have been left out.
        let cheapest = offers.cheapest(self.nights, asked, |_| Ok::<_, NoOffer>(())).ok()?;
        let Cheapest { offer, total, discount, default_total } = cheapest;
        let money = |minor: i64| Money::new(minor.saturating_mul(i64::from(self.rooms)), hotel.currency);
        Some(HotelOffer {
            room_type_id: offer.kind.id,
            room_type_name: self.reading.name(&offer.kind.name, &offer.kind.texts, &hotel.default_locale),
            rate_plan_id: offer.plan.id,
            rate_plan_name: self.reading.name(&offer.plan.name, &offer.plan.texts, &hotel.default_locale),
            board: offer.plan.board,
            available: self.free.get(&offer.kind.id).copied().unwrap_or(0),
            total: money(total),
            default_total: default_total.map(money),
            discount: (discount > 0).then(|| money(discount)),
        })
    }
}

fn hotel_out(
    catalogue: &Catalogue,
    offer: Option<HotelOffer>,
    score: Score,
    around: Option<Around>,
    reading: &Reading,
) -> HotelOut {
    let hotel = &catalogue.property;
    let distance_km = around.and_then(|around| distance(&around, hotel)).map(|km| (km * 10.0).round() / 10.0);
    HotelOut {
        property_id: hotel.id,
        name: reading.name(&hotel.name, &hotel.texts, &hotel.default_locale),
        city: hotel.city.clone(),
        country: hotel.country.clone(),
        location: Location::from_degrees(hotel.latitude, hotel.longitude),
        image: catalogue.image.clone(),
        reviews: RatingOut::from(score),
        distance_km,
        offer,
    }
}

/// Sorts hotels: those with an offer first. Prices are compared within a currency; of equals the name decides, by which
/// the hotels are ordered already.
fn sort(items: &mut [HotelOut], by: HotelSort) {
    match by {
        HotelSort::Price => items.sort_by_key(|item| {
            item.offer.as_ref().map_or((true, "", 0), |offer| (false, offer.total.currency.code(), offer.total.minor))
        }),
        HotelSort::Name => items.sort_by_key(|item| item.offer.is_none()),
        HotelSort::Rating => items.sort_by(|a, b| {
            let key = |item: &HotelOut| item.reviews.average.unwrap_or(0.0);
            a.offer.is_none().cmp(&b.offer.is_none()).then(key(b).total_cmp(&key(a)))
        }),
        HotelSort::Distance => items.sort_by(|a, b| {
            let key = |item: &HotelOut| item.distance_km.unwrap_or(f64::MAX);
            a.offer.is_none().cmp(&b.offer.is_none()).then(key(a).total_cmp(&key(b)))
        }),
    }
}
