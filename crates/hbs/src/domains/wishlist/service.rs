use super::dto::{AddItem, ItemOut, OfferOut, WishlistQuery};
use super::error::WishlistError;
use super::model::{Item, ItemId, Wish, Wished};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::rules::check_order;
use crate::domains::bookings::selling::{self, Asking, DIRECT, OfferedPrice, Sellable, basis, check_capacity};
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::inventory::Nights;
use crate::domains::offers::Buyer;
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

/// Returns the caller's wishes, in a reader's languages. Two round trips, however many there are; one more where catalogues have
/// changed.
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
    let hotels: BTreeSet<Uuid> = wishes.iter().map(|wish| wish.property.id).collect();
    let hotels: Vec<Uuid> = hotels.into_iter().collect();
    let (versions, mut night_rates) =
        futures_util::try_join!(stamps::versions(conn, &hotels), pricing::load_nights_of(conn, &hotels, stay.nights),)?;
    let catalogues = Catalogues::of(app).get_all(conn, &versions).await?;
    let free: HashMap<Uuid, i32> = free.into_iter().filter_map(|(id, rooms)| Some((id, rooms?))).collect();
    let hotels: HashMap<Uuid, Hotel<'_>> = catalogues
        .iter()
        .map(|catalogue| {
            let id = catalogue.property.id;
            let rates = catalogue.rates.at(night_rates.remove(&id).unwrap_or_default());
            (id, Hotel { catalogue, rates, stay, free: &free, now: app.clock.now() })
        })
        .collect();
    let out = |wish: Wish| {
        let offer = hotels.get(&wish.property.id).map(|hotel| hotel.offer(&wish));
        item_out(wish, offer, reading)
    };
    Ok(wishes.into_iter().map(out).collect())
}

/// A hotel that has something which is wished for, for a stay.
struct Hotel<'a> {
    catalogue: &'a Catalogue,
    rates: HotelRates,
    stay: &'a Stay,
    free: &'a HashMap<Uuid, i32>,
    now: DateTime<Utc>,
}

impl Hotel<'_> {
    /// The price of what is wished for. An offer's is that of the cheapest room type that gets it.
    fn offer(&self, wish: &Wish) -> OfferOut {
        match &wish.what {
            Wished::RoomType(kind) => self.of_type(kind, None),
            Wished::Offer { .. } => {
                let of_types = self.catalogue.room_types().map(|kind| self.of_type(kind, wish.item.offer_id));
                let cheapest = of_types.min_by_key(|offer| (offer.total.is_none(), offer.total.map(|total| total.minor)));
                cheapest.filter(|offer| offer.bookable).unwrap_or(NOTHING)
            }
        }
    }

    /// The cheapest plan that sells the stay in a room of a type, and gets an offer, if one is wished for.
    fn of_type(&self, kind: &RoomType, offer_id: Option<Uuid>) -> OfferOut {
        let (property, rates, stay) = (&self.catalogue.property, &self.rates, self.stay);
        let available = self.free.get(&kind.id).copied().unwrap_or(0).max(0);
        let asked = Asked { today: property.business_date(self.now), channel: DIRECT };
        let fits = check_capacity(kind, rates, stay.party()).is_ok();
        let plans = rates.sold_for(kind.id).filter(|_| fits && available > 0);
        let open = plans.filter(|plan| rates.tariff.restrictions(plan.id, kind.id, stay.nights, asked).is_empty());
        let priced = open.filter_map(|plan| Some((self.price(kind, plan, offer_id)?, plan)));
        let priced: Vec<(i64, &RatePlan)> = priced.collect();
        let cheapest = priced.iter().min_by_key(|(total, _)| *total);
        let default = priced.iter().find(|(_, plan)| plan.is_default);
        let money = |(total, _): &(i64, &RatePlan)| Money::new(*total, property.currency);
        OfferOut {
            room_type_id: Some(kind.id),
            available,
            bookable: cheapest.is_some(),
            rate_plan_id: cheapest.map(|(_, plan)| plan.id),
            total: cheapest.map(money),
            default_total: default.map(money),
        }
    }

    /// The price in a plan, less what offers take off; none if an offer that is wished for is not one of these.
    fn price(&self, kind: &RoomType, plan: &RatePlan, offer_id: Option<Uuid>) -> Option<i64> {
        let property = &self.catalogue.property;
        let (rate_plan_id, party) = (Some(plan.id), self.stay.party());
        let wish = selling::Wish { room_type_id: kind.id, rate_plan_id, party, nightly_price: None, extras: &[] };
        let line = Sellable { wish, basis: basis(kind), rate_plan_id: plan.id };
        let buyer = Buyer {
            local_date: property.local_time(self.now).date(),
            today: property.business_date(self.now),
            channel: DIRECT,
            // A wishlist is that of an account.
            is_member: true,
            code: None,
            without: &[],
        };
        let asking = Asking { on_sale: &self.catalogue.offers, buyer };
        let OfferedPrice { price, offers } = selling::price_with(&line, &self.rates, self.stay.nights, &asking);
        let gets_it = offer_id.is_none_or(|id| offers.iter().any(|reduced| reduced.offer_id == id));
        gets_it.then(|| price.total())
    }
}

const NOTHING: OfferOut =
    OfferOut { room_type_id: None, available: 0, bookable: false, rate_plan_id: None, total: None, default_total: None };

fn item_out(Wish { item, property, what }: Wish, offer: Option<OfferOut>, reading: &Reading) -> ItemOut {
    let (room_type_name, base_price, offer_name) = match what {
        Wished::RoomType(kind) => {
            let name = reading.name(&kind.name, &kind.texts, &property.default_locale);
            (Some(name), Some(Money::new(kind.base_price_minor, property.currency)), None)
        }
        Wished::Offer { name, texts } => (None, None, Some(reading.name(&name, &texts, &property.default_locale))),
    };
    ItemOut {
        id: item.id,
        property_id: property.id,
        property_name: reading.name(&property.name, &property.texts, &property.default_locale),
        room_type_id: item.room_type_id,
        room_type_name,
        base_price,
        offer_id: item.offer_id,
        offer_name,
        offer,
        added_at: item.created_at,
    }
}

/// Adds a room type or an offer. The person is locked, so that two requests at once neither pass the limit nor add one twice.
pub async fn add(app: &App, me: &Me, key: &IdempotencyKey, request: &AddItem) -> Result<Answer> {
    let now = app.clock.now();
    let (user_id, cause) = (me.user_id(), me.caller.cause(now));
    let AddItem { room_type_id, offer_id } = *request;
    app.change(key, async |conn| {
        let count = repository::lock_and_count(conn, user_id).await?;
        let property_id = property_of(conn, request).await?;
        let item = Item { id: ItemId::now_v7(), user_id, property_id, room_type_id, offer_id, created_at: now, updated_at: now };
        if repository::is_there(conn, &item).await? {
            return Err(WishlistError::AlreadyThere { is_offer: offer_id.is_some() }.into());
        }
        if count >= MAX_ITEMS {
            return Err(WishlistError::Full(MAX_ITEMS).into());
        }
        repository::insert(conn, &item).await?;
        outbox::publish(conn, &cause, [Event::created(&item).named("wishlist_item.added")]).await?;
        let wish = repository::list(conn, user_id, Some(item.id)).await?.pop();
        let wish = wish.or_404("wishlist item")?;
        Answer::created(format!("/v1/me/wishlist/{}", item.id), 1, &item_out(wish, None, &Reading::default()))
    })
    .await
}

/// The hotel of what is wished for.
async fn property_of(conn: &Conn, request: &AddItem) -> Result<Uuid> {
    match (request.room_type_id, request.offer_id) {
        (Some(id), None) => {
            let found = repository::property_of_type(conn, id).await?;
            found.ok_or_else(|| Error::invalid("/room_type_id", "is not a room type"))
        }
        (None, Some(id)) => {
            let found = repository::property_of_offer(conn, id).await?;
            found.ok_or_else(|| Error::invalid("/offer_id", "is not an offer that needs no code"))
        }
        _ => Err(Error::invalid("/room_type_id", "or offer_id is needed, and only one of them")),
    }
}

pub async fn remove(app: &App, me: &Me, key: &IdempotencyKey, id: ItemId) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let item = repository::delete(conn, me.user_id(), id).await?.or_404("wishlist item")?;
        let event = Event::of("wishlist_item.removed", &item).and("room_type_id", item.room_type_id, None::<()>);
        let event = event.and("offer_id", item.offer_id, None::<()>);
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}
