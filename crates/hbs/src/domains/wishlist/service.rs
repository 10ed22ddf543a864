use super::dto::{AddItem, ItemOut, OfferOut, WishlistQuery};
use super::error::WishlistError;
use super::model::{Item, ItemId, Wish};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::rules::check_order;
use crate::domains::bookings::selling::{DIRECT, basis, check_capacity};
use crate::domains::catalogue::Catalogues;
use crate::domains::inventory::Nights;
use crate::domains::properties::Property;
use crate::domains::rates::engine::{Asked, Party};
use crate::domains::rates::{HotelRates, RatePlan, pricing};
use crate::domains::rooms::RoomType;
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Event};
use crate::security::Me;
use crate::stamps;
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const MAX_ITEMS: i64 = 200;

/// Returns the caller's wishes, in a reader's languages. Two round trips, however many there are; one more where catalogues have changed.
pub async fn list(app: &App, me: &Me, query: &WishlistQuery, reading: &Reading) -> Result<Vec<ItemOut>> {
    let stay = Stay::of(query)?;
    let conn = app.db.conn().await?;
    match stay {
        Some(stay) => load(app, &conn, me.user_id(), &stay, reading).await,
        None => {
            let wishes = repository::list(&conn, me.user_id(), None).await?;
            Ok(wishes.into_iter().map(|wish| item_out(wish, None, reading)).collect())
        }
    }
}

/// Dates and guests of a stay.
struct Stay {
    nights: Nights,
    adults: i32,
    children_ages: Vec<i32>,
}

impl Stay {
    fn of(query: &WishlistQuery) -> Result<Option<Self>> {
        let wrong = |name, detail: &str| Error::invalid_fields(vec![FieldError::query(name, detail)]);
        let (check_in, check_out) = match (query.check_in, query.check_out) {
            (Some(check_in), Some(check_out)) => (check_in, check_out),
            (None, None) => return Ok(None),
            (None, Some(_)) => return Err(wrong("check_in", "is needed with check_out")),
            (Some(_), None) => return Err(wrong("check_out", "is needed with check_in")),
        };
        let adults = query.adults.unwrap_or(2);
        let nights = Nights::new(check_in, check_out);
        check_order(nights).map_err(Error::invalid_query)?;
        let children_ages = query.children_ages.as_ref().map(|ages| ages.0.clone()).unwrap_or_default();
        Ok(Some(Self { nights, adults, children_ages }))
    }

    fn party(&self) -> Party<'_> {
        Party { adults: self.adults, children_ages: &self.children_ages }
    }
}

async fn load(app: &App, conn: &Conn, user_id: Uuid, stay: &Stay, reading: &Reading) -> Result<Vec<ItemOut>> {
    let (wishes, free) =
        futures_util::try_join!(repository::list(conn, user_id, None), repository::free(conn, user_id, stay.nights))?;
    let hotels: BTreeSet<Uuid> = wishes.iter().map(|(_, _, property)| property.id).collect();
    let hotels: Vec<Uuid> = hotels.into_iter().collect();
    let (versions, mut night_rates) =
        futures_util::try_join!(stamps::versions(conn, &hotels), pricing::load_nights_of(conn, &hotels, stay.nights),)?;
    let catalogues = Catalogues::of(app).get_all(conn, &versions).await?;
    let rates: HashMap<Uuid, HotelRates> = catalogues
        .iter()
        .map(|hotel| (hotel.property.id, hotel.rates.at(night_rates.remove(&hotel.property.id).unwrap_or_default())))
        .collect();
    let now = app.clock.now();
    let free: HashMap<Uuid, i32> = free.into_iter().filter_map(|(id, rooms)| Some((id, rooms?))).collect();
    let out = |wish: Wish| {
        let (_, kind, property) = &wish;
        let available = free.get(&kind.id).copied().unwrap_or(0).max(0);
        let offer = rates.get(&property.id).map(|rates| offer(kind, property, rates, stay, available, now));
        item_out(wish, offer, reading)
    };
    Ok(wishes.into_iter().map(out).collect())
}

/// The cheapest plan that sells the stay.
fn offer(kind: &RoomType, property: &Property, rates: &HotelRates, stay: &Stay, available: i32, now: DateTime<Utc>) -> OfferOut {
    let asked = Asked { today: property.business_date(now), channel: DIRECT };
    let fits = check_capacity(kind, rates, stay.party()).is_ok();
    let plans = rates.sold_for(kind.id).filter(|_| fits && available > 0);
    let open = plans.filter(|plan| rates.tariff.restrictions(plan.id, kind.id, stay.nights, asked).is_empty());
    let price = |plan: &RatePlan| rates.tariff.price(plan.id, basis(kind), stay.nights, stay.party()).total();
    let priced: Vec<(i64, &RatePlan)> = open.map(|plan| (price(plan), plan)).collect();
    let cheapest = priced.iter().min_by_key(|(total, _)| *total);
    let default = priced.iter().find(|(_, plan)| plan.is_default);
    let money = |(total, _): &(i64, &RatePlan)| Money::new(*total, property.currency);
    OfferOut {
        available,
        bookable: cheapest.is_some(),
        rate_plan_id: cheapest.map(|(_, plan)| plan.id),
        total: cheapest.map(money),
        default_total: default.map(money),
    }
}

fn item_out((item, kind, property): Wish, offer: Option<OfferOut>, reading: &Reading) -> ItemOut {
    ItemOut {
        id: item.id,
        property_id: property.id,
        property_name: reading.name(&property.name, &property.texts, &property.default_locale),
        room_type_id: kind.id,
        room_type_name: reading.name(&kind.name, &kind.texts, &property.default_locale),
        base_price: Money::new(kind.base_price_minor, property.currency),
        offer,
        added_at: item.created_at,
    }
}

/// Adds a room type. The person is locked, so that two requests at once neither pass the limit nor add one twice.
pub async fn add(app: &App, me: &Me, key: &IdempotencyKey, request: &AddItem) -> Result<Answer> {
    let now = app.clock.now();
    let (user_id, cause) = (me.user_id(), me.caller.cause(now));
    let room_type_id = request.room_type_id;
    app.change(key, async |conn| {
        let count = repository::lock_and_count(conn, user_id).await?;
        let property_id = repository::property_of_type(conn, room_type_id)
            .await?
            .ok_or_else(|| Error::invalid("/room_type_id", "is not a room type"))?;
        if repository::exists_for(conn, user_id, room_type_id).await? {
            return Err(WishlistError::AlreadyThere.into());
        }
        if count >= MAX_ITEMS {
            return Err(WishlistError::Full(MAX_ITEMS).into());
        }
        let item = Item { id: ItemId::now_v7(), user_id, property_id, room_type_id, created_at: now, updated_at: now };
        repository::insert(conn, &item).await?;
        outbox::publish(conn, &cause, [Event::created(&item).named("wishlist_item.added")]).await?;
        let wish = repository::list(conn, user_id, Some(item.id)).await?.pop();
        let wish = wish.or_404("wishlist item")?;
        Answer::created(format!("/v1/me/wishlist/{}", item.id), 1, &item_out(wish, None, &Reading::default()))
    })
    .await
}

pub async fn remove(app: &App, me: &Me, key: &IdempotencyKey, id: ItemId) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let item = repository::delete(conn, me.user_id(), id).await?.or_404("wishlist item")?;
        let event = Event::of("wishlist_item.removed", &item).and("room_type_id", item.room_type_id, None::<()>);
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}
