//! Builds hotels through the API.

use std::collections::BTreeMap;
use std::iter::repeat_n;

use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::json;

use crate::api::Api;
use crate::error::{Context, Result};
use crate::progress::Progress;

pub const CURRENCY: &str = "EUR";
const MAX_ROOMS_PER_BOOKING: u32 = 5;
const TIME_ZONE: &str = "Europe/Lisbon";

/// A hotel to build.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hotel {
    /// Room types, by code.
    pub room_types: BTreeMap<String, RoomType>,
    pub max_nights: u32,
    pub max_advance_days: i64,
    pub horizon_nights: i64,
}

impl Hotel {
    pub fn rooms(&self) -> usize {
        self.room_types.values().map(|room_type| room_type.rooms).sum()
    }
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RoomType {
    pub rooms: usize,
    pub max_adults: u32,
    pub max_children: u32,
    pub max_guests: u32,
}

/// A hotel as the server knows it.
pub struct Property {
    pub id: String,
    /// The id of each room type, by its code.
    pub room_types: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub struct Created {
    pub id: String,
}

pub async fn build(api: &Api, hotel: &Hotel, name: &str, clients: usize) -> Result<Property> {
    let id = create_property(api, hotel, name).await?;
    let mut room_types = BTreeMap::new();
    for (code, room_type) in &hotel.room_types {
        room_types.insert(code.clone(), create_room_type(api, &id, code, room_type).await?);
    }
    let property = Property { id, room_types };
    create_rooms(api, hotel, &property, clients).await?;
    Ok(property)
}

async fn create_property(api: &Api, hotel: &Hotel, name: &str) -> Result<String> {
    let body = json!({
        "name": name,
        "time_zone": TIME_ZONE,
        "currency": CURRENCY,
        // And no taxes: the file's rates are what the guests paid.
        "prices": "gross",
        "address": {"street": "Avenida da Praia 1", "city": "Faro", "postal_code": "8000-000", "country": "PT"},
        "settings": {
            "max_rooms_per_booking": MAX_ROOMS_PER_BOOKING,
            "max_nights": hotel.max_nights,
            "max_advance_days": hotel.max_advance_days,
            "horizon_nights": hotel.horizon_nights,
            // Few clients book for many guests.
            "max_live_bookings": 1000,
            "max_live_nights": 100_000,
            "open_arrivals": "no_show",
            // Whoever leaves in a storm has not paid.
            "requires_settled_folio": false,
        },
    });
    let created: Created = api.post("/properties", &body).await.context("cannot create the property")?;
    Ok(created.id)
}

async fn create_room_type(api: &Api, property_id: &str, code: &str, room_type: &RoomType) -> Result<String> {
    let body = json!({
        "property_id": property_id,
        "code": code,
        "name": format!("Type {code}"),
        "max_adults": room_type.max_adults,
        "max_children": room_type.max_children,
        "max_guests": room_type.max_guests,
        "base_price": {"amount": "100.00", "currency": CURRENCY},
    });
    let created: Created = api.post("/room-types", &body).await.context(format!("cannot create room type {code}"))?;
    Ok(created.id)
}

async fn create_rooms(api: &Api, hotel: &Hotel, property: &Property, clients: usize) -> Result<()> {
    let progress = Progress::new("rooms", hotel.rooms());
    // Both maps have the same keys in the same order.
    let types_of_rooms =
        hotel.room_types.values().zip(property.room_types.values()).flat_map(|(room_type, id)| repeat_n(id, room_type.rooms));
    let bodies = types_of_rooms.enumerate().map(|(index, room_type_id)| {
        json!({
            "property_id": property.id,
            "room_type_id": room_type_id,
            "number": (index + 1).to_string(),
        })
    });
    let calls = bodies.map(|body| async move { api.post::<Created>("/rooms", &body).await });
    let mut answers = stream::iter(calls).buffer_unordered(clients);
    while let Some(answer) = answers.next().await {
        answer.context("cannot create a room")?;
        progress.step();
    }
    progress.finish();
    Ok(())
}
