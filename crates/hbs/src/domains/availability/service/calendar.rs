//! The cheapest total per day of arrival.
use super::asked::{Guests, buyer, given_code, wrong};
use super::offers::{Cheapest, Offers};
use crate::Result;
use crate::app::App;
use crate::domains::availability::dto::{NoOffer, PriceCalendarDay, PriceCalendarOut, PriceCalendarQuery};
use crate::domains::availability::model::FreeNights;
use crate::domains::availability::repository;
use crate::domains::bookings::rules::Limits;
use crate::domains::bookings::selling::{self, Asking, DIRECT};
use crate::domains::catalogue::Catalogues;
use crate::domains::inventory::Nights;
use crate::domains::properties::Property;
use crate::domains::rates::engine::{Asked, Party};
use crate::domains::rates::{RatePlan, pricing};
use crate::domains::rooms::RoomType;
use crate::error::Or404;
use crate::guesses::Guesser;
use crate::money::Money;
use crate::stamps;
use chrono::{Days, NaiveDate};
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// The cheapest total for each day of arrival. One round trip, however many days; one more where the hotel's catalogue
/// has changed, and for a code that is not in it.
pub async fn calendar(app: &App, guesser: Guesser, query: &PriceCalendarQuery) -> Result<PriceCalendarOut> {
    let (days, count) = (query.days.unwrap_or(365), query.nights.unwrap_or(1));
    let guests = Guests::of(query.adults, query.children.as_ref(), query.children_ages.as_ref(), query.rooms)?;
    let now = app.clock.now();
    // Which date it is at the hotel is not known yet: a day more on either side.
    let yesterday = now.date_naive() - Days::new(1);
    let from = query.from.map_or(yesterday, |from| from.max(yesterday));
    let span = Nights::new(from, from + nights(days + count + 2));

    let conn = app.db.conn().await?;
    let (version, free, night_rates) = try_join!(
        stamps::version(&conn, query.property_id),
        repository::free_nights(&conn, query.property_id, span),
        pricing::load_nights(&conn, query.property_id, None, span),
    )?;
    let catalogue = Catalogues::of(app).get(&conn, query.property_id, version).await?;
    drop(conn);
    let catalogue = catalogue.or_404("property")?;
    let (property, rates) = (&catalogue.property, catalogue.rates.at(night_rates));
    let code = given_code(app, guesser, &catalogue, query.code.as_deref(), now).await?;
    let rates = selling::opened(rates, false, code.as_ref(), &catalogue);
    let limits = Limits::of(property, now);
    check_limits(count, &guests, &limits)?;
    let ages = guests.ages([&rates])?;
    guests.check_ages(&ages, property)?;

    let party = Party { adults: guests.adults, children_ages: &ages };
    let types = catalogue.room_types().filter(|kind| query.room_type_id.is_none_or(|id| id == kind.id));
    let is_asked_for = |plan: &RatePlan| query.rate_plan_id.is_none_or(|id| id == plan.id);
    let asked = Asked { today: limits.today, channel: query.channel.as_deref().unwrap_or(DIRECT) };
    let asking = Asking { on_sale: &catalogue.offers, buyer: buyer(property, now, asked.channel, false, code.as_ref()) };
    let offers = Offers::new(types, &rates, is_asked_for, span, party, &asking);
    let free = Free::new(free, span);
    let latest = limits.today + nights(limits.max_advance_days);
    let day = |arrival: NaiveDate| {
        let stay = Nights::new(arrival, arrival + nights(count));
        let found = match arrival > latest {
            true => Err(NoOffer::TooFarAhead),
            false => offers.cheapest(stay, asked, |kind| free.check(kind, stay, guests.rooms)),
        };
        day_out(arrival, &found, property, guests.rooms)
    };
    let first = from.max(limits.today);
    Ok(PriceCalendarOut {
        property_id: property.id,
        nights: count,
        rooms: guests.rooms,
        items: Nights::new(first, first + nights(days)).iter().map(day).collect(),
    })
}

fn nights(count: i32) -> Days {
    Days::new(u64::try_from(count).unwrap_or(0))
}

fn check_limits(count: i32, guests: &Guests<'_>, limits: &Limits) -> Result<()> {
    if count > limits.max_nights {
        return Err(wrong("nights", format!("a stay here has at most {} nights", limits.max_nights)));
    }
    if guests.rooms > limits.max_rooms {
        return Err(wrong("rooms", format!("a booking here has at most {} rooms", limits.max_rooms)));
    }
    Ok(())
}

fn day_out(check_in: NaiveDate, found: &Result<Cheapest<'_>, NoOffer>, property: &Property, rooms: i32) -> PriceCalendarDay {
    let money = |minor: i64| Money::new(minor.saturating_mul(i64::from(rooms)), property.currency);
    match found {
        Ok(Cheapest { offer, total, discount, default_total }) => PriceCalendarDay {
            check_in,
            total: Some(money(*total)),
            default_total: default_total.map(money),
            room_type_id: Some(offer.kind.id),
            rate_plan_id: Some(offer.plan.id),
            discount: (*discount > 0).then(|| money(*discount)),
            reason: None,
        },
        Err(reason) => PriceCalendarDay {
            check_in,
            total: None,
            default_total: None,
            room_type_id: None,
            rate_plan_id: None,
            discount: None,
            reason: Some(*reason),
        },
    }
}

/// Free rooms of each night; none where a night is not on sale yet.
struct Free {
    by_type: HashMap<Uuid, Vec<Option<i32>>>,
    span: Nights,
}

impl Free {
    fn new(rows: Vec<FreeNights>, span: Nights) -> Self {
        let length = usize::try_from(span.count()).unwrap_or(0);
        let mut by_type = HashMap::with_capacity(rows.len());
        for FreeNights { room_type_id, nights, rooms } in rows {
            let mut free = vec![None; length];
            for (night, rooms) in nights.into_iter().zip(rooms) {
                if let Some(slot) = place(span, night).and_then(|place| free.get_mut(place)) {
                    *slot = Some(rooms);
                }
            }
            by_type.insert(room_type_id, free);
        }
        Self { by_type, span }
    }

    fn check(&self, kind: &RoomType, stay: Nights, wanted: i32) -> Result<(), NoOffer> {
        let range = place(self.span, stay.from).zip(place(self.span, stay.to));
        let free = self.by_type.get(&kind.id).zip(range).and_then(|(free, (from, to))| free.get(from..to));
        match free.unwrap_or(&[None]).iter().copied().collect::<Option<Vec<i32>>>() {
            None => Err(NoOffer::BeyondHorizon),
            Some(free) if free.iter().any(|rooms| *rooms < wanted) => Err(NoOffer::SoldOut),
            Some(_) => Ok(()),
        }
    }
}

fn place(span: Nights, night: NaiveDate) -> Option<usize> {
    usize::try_from((night - span.from).num_days()).ok()
}
