use super::dto::{AddItem, ItemOut, OfferOut, WishlistQuery};
use super::error::WishlistError;
use super::model::{Free, Item, Wish};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::rules::{Capacity, check_order};
use crate::domains::inventory::Nights;
use crate::domains::rates::{TaxRule, rules::night_price};
use crate::error::{FieldError, Place};
use crate::http::Me;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Changes, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use std::collections::HashMap;
use uuid::Uuid;

const MAX_ITEMS: i64 = 200;

/// The caller's wishes. One round trip, however many there are.
pub async fn list(app: &App, me: &Me, query: &WishlistQuery) -> Result<Vec<ItemOut>> {
    let stay = Stay::of(query)?;
    let conn = app.db.conn().await?;
    load(&conn, me.user_id(), None, stay.as_ref()).await
}

/// When, and for whom.
struct Stay {
    nights: Nights,
    adults: i32,
    children: usize,
}

impl Stay {
    fn of(query: &WishlistQuery) -> Result<Option<Self>> {
        let (check_in, check_out) = match (query.check_in, query.check_out) {
            (Some(check_in), Some(check_out)) => (check_in, check_out),
            (None, None) => return Ok(None),
            (None, Some(_)) => {
                return Err(Error::invalid_fields(vec![FieldError::query("check_in", "is needed with check_out")]));
            }
            (Some(_), None) => {
                return Err(Error::invalid_fields(vec![FieldError::query("check_out", "is needed with check_in")]));
            }
        };
        let adults = query.adults.unwrap_or(2);
        if !(1..=50).contains(&adults) {
            return Err(Error::invalid_fields(vec![FieldError::query("adults", "must be from 1 to 50")]));
        }
        let nights = Nights::new(check_in, check_out);
        check_order(nights).map_err(|errors| {
            Error::invalid_fields(errors.into_iter().map(|error| FieldError { place: Place::Query, ..error }).collect())
        })?;
        Ok(Some(Self { nights, adults, children: query.children.unwrap_or(0).into() }))
    }
}

async fn load(conn: &Conn, user_id: Uuid, id: Option<Uuid>, stay: Option<&Stay>) -> Result<Vec<ItemOut>> {
    let free = async {
        match stay {
            Some(stay) => repository::free(conn, user_id, stay.nights).await,
            None => Ok(Vec::new()),
        }
    };
    let (wishes, taxes, free) =
        futures_util::try_join!(repository::list(conn, user_id, id), repository::taxes(conn, user_id), free)?;
    let mut by_property: HashMap<Uuid, Vec<TaxRule>> = HashMap::new();
    for (property_id, tax) in taxes {
        by_property.entry(property_id).or_default().push(tax);
    }
    let free: HashMap<Uuid, Free> = free.into_iter().map(|free| (free.room_type_id, free)).collect();
    let none = Vec::new();
    let out = |wish: Wish| {
        let taxes = by_property.get(&wish.property.id).unwrap_or(&none);
        let free = free.get(&wish.room_type.id);
        item_out(wish, taxes, stay, free)
    };
    Ok(wishes.into_iter().map(out).collect())
}

fn item_out(wish: Wish, taxes: &[TaxRule], stay: Option<&Stay>, free: Option<&Free>) -> ItemOut {
    let Wish { id, added_at, property, room_type } = wish;
    let nightly = night_price(room_type.base_price_minor, property.prices, taxes).total();
    let money = |minor| Money::new(minor, property.currency);
    let offer = stay.map(|stay| {
        let (max_adults, max_children, max_guests) = (room_type.max_adults, room_type.max_children, room_type.max_guests);
        let fits = Capacity { max_adults, max_children, max_guests }.check(stay.adults, stay.children).is_none();
        let whole = free.filter(|free| free.nights == stay.nights.count());
        let available = whole.and_then(|free| free.available).unwrap_or(0).max(0);
        OfferOut { available, bookable: fits && available > 0, total: money(nightly * stay.nights.count()) }
    });
    ItemOut {
        id,
        property_id: property.id,
        property_name: property.name,
        room_type_id: room_type.id,
        room_type_name: room_type.name,
        nightly: money(nightly),
        offer,
        added_at,
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
        let item = Item { id: Uuid::now_v7(), user_id, property_id, room_type_id, created_at: now, updated_at: now };
        repository::insert(conn, &item).await?;
        outbox::publish(conn, &cause, [event("wishlist_item.added", item.id, Changes::created(&item))]).await?;
        let shown = load(conn, user_id, Some(item.id), None).await?;
        let shown = shown.first().ok_or_else(|| Error::not_found("wishlist item"))?;
        Answer::created(format!("/v1/me/wishlist/{}", item.id), 1, shown)
    })
    .await
}

pub async fn remove(app: &App, me: &Me, key: &IdempotencyKey, id: Uuid) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let item = repository::delete(conn, me.user_id(), id).await?.ok_or_else(|| Error::not_found("wishlist item"))?;
        let changes = Changes::between(&item, &serde_json::json!({})).and("room_type_id", item.room_type_id, None::<()>);
        outbox::publish(conn, &cause, [event("wishlist_item.removed", item.id, changes)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// A wish is its owner's affair: its events are of no property.
fn event(kind: &'static str, id: Uuid, changes: Changes) -> Event {
    Event { kind, property_id: None, entity: "wishlist_item", entity_id: id, booking_id: None, changes }
}
