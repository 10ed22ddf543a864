use super::{Client, Reply, TestApp, book, eur};
use serde_json::{Value, json};
use std::fmt::Display;

/// Specification of a test's hotel.
pub struct HotelSpec {
    /// Number of rooms of the first type.
    pub rooms: u32,
    /// Number of rooms of a second type, if there is one.
    pub suites: u32,
    pub overbooking: u32,
    pub prices: &'static str,
    /// Taxes: name and percentage.
    pub taxes: &'static [(&'static str, &'static str)],
    pub settings: Value,
}

impl Default for HotelSpec {
    fn default() -> Self {
        Self { rooms: 2, suites: 0, overbooking: 0, prices: "gross", taxes: &[], settings: json!({}) }
    }
}

/// A hotel in Lisbon: doubles at 100.00 EUR for two adults and a child, suites at 250.00.
/// "Today" there is 2026-12-01.
pub struct Hotel {
    pub id: String,
    pub double: String,
    pub suite: String,
    /// Ids of the doubles, by number from 101.
    pub rooms: Vec<String>,
    /// Client that may do everything at this hotel.
    pub manager: Client,
}

impl Hotel {
    pub(super) async fn create(app: &TestApp, spec: HotelSpec) -> Self {
        app.set_clock("2026-12-01T12:00:00Z");
        let hotel = Self::made_by(app.admin().await, spec).await;
        let all: Vec<&str> = hbs::security::permission::CATALOGUE.iter().map(|entry| entry.name).collect();
        Self { manager: app.staff(&all, Some(&hotel.id)).await, ..hotel }
    }

    /// A hotel managed by somebody who may make hotels.
    pub async fn made_by(manager: Client, spec: HotelSpec) -> Self {
        let property = json!({
            "name": "Test Hotel", "time_zone": "Europe/Lisbon", "currency": "EUR", "prices": spec.prices,
            "address": {"street": "Rua 1", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"},
            "settings": with_room_for_many(&spec.settings),
        });
        let id = manager.post("/v1/properties", &property).await.expect(201).id().to_owned();
        for (name, percent) in spec.taxes {
            manager.post("/v1/tax-rules", &json!({"property_id": id, "name": name, "percent": percent})).await.expect(201);
        }
        let kind = |code: &str, adults: u32, price: &str| {
            json!({"property_id": id, "code": code, "name": code, "max_adults": adults, "max_children": 1, "max_guests": adults + 1,
                   "base_price": eur(price), "overbooking": spec.overbooking})
        };
        let double = manager.post("/v1/room-types", &kind("DBL", 2, "100.00")).await.expect(201).id().to_owned();
        let suite = manager.post("/v1/room-types", &kind("STE", 4, "250.00")).await.expect(201).id().to_owned();
        let mut rooms = Vec::new();
        for (count, first, room_type_id) in [(spec.rooms, 101, &double), (spec.suites, 201, &suite)] {
            for n in 0..count {
                let room = json!({"property_id": id, "room_type_id": room_type_id, "number": (first + n).to_string()});
                let room = manager.post("/v1/rooms", &room).await.expect(201);
                if first == 101 {
                    rooms.push(room.id().to_owned());
                }
            }
        }
        Self { id, double, suite, rooms, manager }
    }

    /// A request for one double room.
    pub fn request(&self, check_in: impl Display, check_out: impl Display) -> Value {
        json!({
            "property_id": self.id, "check_in": check_in.to_string(), "check_out": check_out.to_string(),
            "rooms": [{"room_type_id": self.double, "adults": 2}],
            "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
        })
    }

    /// A request for one double room by its place among the hotel's, which pins it.
    pub fn request_for(&self, room: usize, check_in: impl Display, check_out: impl Display) -> Value {
        let mut request = self.request(check_in, check_out);
        request["rooms"][0]["room_id"] = json!(self.rooms[room]);
        request
    }

    /// Books one double room, which must work.
    pub async fn book(&self, client: &Client, check_in: impl Display, check_out: impl Display) -> Reply {
        book(client, &self.request(check_in, check_out)).await.expect(201)
    }

    /// The plan that is sold where a request names none.
    pub async fn default_plan(&self, app: &TestApp) -> String {
        let found = app.rows(&format!("SELECT id FROM rate_plans WHERE property_id = '{}' AND is_default", self.id)).await;
        found[0]["id"].as_str().expect("a plan").to_owned()
    }

    /// A plan more that sells all types, on the default plan's terms. `columns` are those of its row that differ:
    /// `[("min_stay", "3")]`, as SQL.
    pub async fn plan(&self, app: &TestApp, code: &str, columns: &[(&str, &str)]) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        app.sql(&format!(
            "INSERT INTO rate_plans (property_id, id, code, name, board, payment_policy, cancellation_policy_id, created_at, updated_at)
             SELECT property_id, '{id}', '{code}', '{code}', 'breakfast', 'pay_at_property', cancellation_policy_id, now(), now()
             FROM rate_plans WHERE property_id = '{property}' AND is_default;
             INSERT INTO rate_plan_room_types (property_id, rate_plan_id, room_type_id, created_at, updated_at)
             SELECT property_id, '{id}', id, now(), now() FROM room_types WHERE property_id = '{property}';",
            property = self.id
        ))
        .await;
        for (column, value) in columns {
            app.sql(&format!("UPDATE rate_plans SET {column} = {value} WHERE id = '{id}'")).await;
        }
        id
    }

    /// Sets a plan's rate for a night of the doubles: columns of `rates` with their values, as SQL.
    pub async fn rate(&self, app: &TestApp, plan: &str, night: &str, columns: &[(&str, &str)]) {
        let (names, values): (Vec<&str>, Vec<&str>) = columns.iter().copied().unzip();
        let set: Vec<String> = columns.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        app.sql(&format!(
            "INSERT INTO rates (property_id, night, room_type_id, rate_plan_id, created_at, updated_at, {})
             VALUES ('{}', '{night}', '{}', '{plan}', now(), now(), {}) ON CONFLICT (property_id, night, room_type_id, rate_plan_id) DO UPDATE SET {}",
            names.join(", "),
            self.id,
            self.double,
            values.join(", "),
            set.join(", ")
        ))
        .await;
    }
}

/// Settings in which a few guests can book a lot, unless they say otherwise: tests have few guests. They leave without paying,
/// too, where a test is about something else.
fn with_room_for_many(settings: &Value) -> Value {
    let mut all = json!({"max_live_bookings": 1000, "max_live_nights": 100_000, "requires_settled_folio": false});
    for (name, value) in settings.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    all
}
