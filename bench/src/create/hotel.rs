//! The hotel that bookings are made in, the same for both sides.

use chrono::{NaiveDate, TimeDelta};
use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::dates::future_date;
use crate::error::Result;
use crate::hotel::{Hotel, RoomType, build};
use crate::load::{post, post_public};

const PATH: &str = "/v1/bookings";
const QUOTES: &str = "/v1/quotes";
/// Number of room types, with so many rooms of each that no booking of a round meets a full night.
pub const ROOM_TYPES: u32 = 20;
pub const ROOMS_PER_TYPE: usize = 20;
pub const HORIZON_NIGHTS: i64 = 730;
pub const NIGHTS: i64 = 3;
/// Days at the end of the horizon on which no stay begins.
const MARGIN: i64 = 10;
const CLIENTS: usize = 8;

#[derive(Debug, Clone)]
pub struct BenchHotel {
    pub property_id: String,
    pub room_types: Vec<String>,
    pub first_day: NaiveDate,
}

impl BenchHotel {
    pub async fn build(api: &Api) -> Result<Self> {
        let room_type = RoomType { rooms: ROOMS_PER_TYPE, max_adults: 2, max_children: 2, max_guests: 4 };
        let hotel = Hotel {
            room_types: (1..=ROOM_TYPES).map(|number| (format!("T{number:02}"), room_type.clone())).collect(),
            max_nights: 90,
            max_advance_days: HORIZON_NIGHTS,
            horizon_nights: HORIZON_NIGHTS,
        };
        let property = build(api, &hotel, &format!("Bench {}", Uuid::now_v7()), CLIENTS).await?;
        let room_types = property.room_types.into_values().collect();
        Ok(Self { property_id: property.id, room_types, first_day: future_date(0) })
    }

    /// The last day on which a stay begins, counted from the first.
    pub fn last_day() -> i64 {
        HORIZON_NIGHTS - NIGHTS - MARGIN
    }

    /// One room of a random type for some nights from a random day.
    fn stay(&self) -> Value {
        let random = &mut rand::rng();
        let check_in = self.first_day + TimeDelta::days(random.random_range(0..=Self::last_day()));
        json!({
            "property_id": self.property_id,
            "check_in": check_in,
            "check_out": check_in + TimeDelta::days(NIGHTS),
            "rooms": [{"room_type_id": self.room_types.choose(random), "adults": 2, "children_ages": []}],
        })
    }

    /// A quote for one room of a random type for some nights from a random day.
    pub fn quote(&self) -> Vec<u8> {
        post_public(QUOTES, &self.stay().to_string())
    }

    /// A booking of one room of a random type for some nights from a random day.
    pub fn booking(&self, bearer: &str) -> Vec<u8> {
        let mut body = self.stay();
        body["contact"] = json!({"full_name": "Guest of the bench", "email": "guest@bench.test"});
        post(PATH, bearer, &Uuid::now_v7().to_string(), &body.to_string())
    }
}
