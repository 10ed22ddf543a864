//! Everything at once: one order of locks, and a deadlock that would be noticed.
use super::{BOOKINGS, Race, cart, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, day, place_on, size, together};
use diesel_async::SimpleAsyncConnection;
use hbs::domains::inventory;
use hbs_devstack::{DevStack, Options};
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_deadlock_would_be_noticed() {
    // Stores of its own: the others expect that there is none in theirs.
    let stack = DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"));
    let app = TestApp::on(place_on(&stack).await).await;
    let (mut one, mut other) = (app.connect().await, app.connect().await);
    one.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1)").await.expect("locked");
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(2)").await.expect("locked");
    let crossed = tokio::join!(
        one.batch_execute("SELECT pg_advisory_xact_lock(2)"),
        other.batch_execute("SELECT pg_advisory_xact_lock(1); COMMIT")
    );
    assert!(crossed.0.is_err() || crossed.1.is_err());
    assert_eq!(app.deadlocks_at_the_end().await, 1);
    stack.stop().await.expect("stopped");
}

/// A worker in the hotel where everything happens at once.
struct Worker {
    client: Client,
    hotel: Arc<Hotel>,
    random: StdRng,
    replies: Vec<Reply>,
}

impl Worker {
    async fn post(&mut self, path: &str, body: &Value) -> Reply {
        let reply = self.client.post(path, body).await;
        self.replies.push(reply.clone());
        reply
    }

    /// Changes or removes a thing as it is now, unless it has been removed.
    async fn change(&mut self, path: &str, patch: Option<&Value>) {
        let seen = self.client.get(path).await;
        if seen.status == 200 {
            let etag = seen.header("etag").to_owned();
            let reply = match patch {
                Some(patch) => self.client.patch(path, &etag, patch).await,
                None => self.client.delete(path, &etag).await,
            };
            self.replies.push(reply);
        }
        self.replies.push(seen);
    }

    fn a_type(&mut self) -> String {
        let types = [&self.hotel.double, &self.hotel.suite];
        (*types.choose(&mut self.random).expect("a type")).clone()
    }

    /// Makes an amendment: other dates for all stays, and another type for the first.
    fn amendment(&mut self, booking: &Reply) -> Value {
        let from = self.random.random_range(0..4);
        let dates = json!({"check_in": day(from), "check_out": day(from + self.random.random_range(1..=4))});
        if self.random.random_range(0..2) == 0 {
            return dates;
        }
        json!({"stays": [{"stay_id": booking.body["stays"][0]["id"], "room_type_id": self.a_type(), "check_out": dates["check_out"]}]})
    }

    /// Books both types in any order, and then does whatever can be done with a booking.
    async fn book(&mut self, steps: usize) {
        for _ in 0..steps {
            let mut types = vec![self.a_type(), self.a_type(), self.a_type()];
            types.truncate(self.random.random_range(1..=3));
            types.shuffle(&mut self.random);
            let types: Vec<&str> = types.iter().map(String::as_str).collect();
            let from = self.random.random_range(0..4);
            let mut request = cart(&self.hotel, &types, from, from + self.random.random_range(1..=4));
            if self.random.random_range(0..3) == 0 {
                request["hold_minutes"] = 30.into();
            }
            let booking = self.post(BOOKINGS, &request).await;
            if booking.status != 201 {
                continue;
            }
            let path = format!("{BOOKINGS}/{}", booking.id());
            for action in
                ["confirm", "check-in", "undo-check-in", "no-show", "reinstate", "check-out", "undo-check-out", "cancel"]
            {
                if self.random.random_range(0..2) == 0 {
                    self.post(&format!("{path}/{action}"), &json!({})).await;
                }
                if self.random.random_range(0..4) == 0 {
                    let amendment = self.amendment(&booking);
                    self.post(&format!("{path}/amend"), &amendment).await;
                }
            }
            self.change(&path, Some(&json!({"special_requests": "a view"}))).await;
            self.post(&format!("{path}/cancel"), &json!({})).await;
        }
    }

    async fn move_rooms(&mut self, steps: usize) {
        for step in 0..steps {
            let room = self.hotel.rooms[step % self.hotel.rooms.len()].clone();
            let room_type_id = self.a_type();
            self.change(&format!("/v1/rooms/{room}"), Some(&json!({"room_type_id": room_type_id}))).await;
        }
    }

    async fn add_and_remove_rooms(&mut self, steps: usize, name: usize) {
        for step in 0..steps {
            let room_type_id = self.a_type();
            let room = json!({"property_id": self.hotel.id, "room_type_id": room_type_id, "number": format!("{name}-{step}")});
            let room = self.post("/v1/rooms", &room).await;
            if room.status == 201 && self.random.random_range(0..4) > 0 {
                self.change(&format!("/v1/rooms/{}", room.id()), None).await;
            }
        }
    }

    async fn change_types(&mut self, steps: usize) {
        for _ in 0..steps {
            let path = format!("/v1/room-types/{}", self.a_type());
            let patch = json!({"overbooking": self.random.random_range(0..4), "name": "Room"});
            self.change(&path, Some(&patch)).await;
        }
    }

    /// Renames: two of these give each other's numbers and codes to the same two rooms and types.
    async fn rename(&mut self, steps: usize) {
        for _ in 0..steps {
            let [a, b] = [0, 1].map(|n| format!("/v1/rooms/{}", self.hotel.rooms[n]));
            let [c, d] = [&self.hotel.double, &self.hotel.suite].map(|id| format!("/v1/room-types/{id}"));
            for (path, patch) in [
                (&a, json!({"number": "A"})),
                (&b, json!({"number": "B"})),
                (&a, json!({"number": "B"})),
                (&b, json!({"number": "A"})),
                (&c, json!({"code": "STE"})),
                (&d, json!({"code": "DBL"})),
                (&c, json!({"code": "X"})),
                (&d, json!({"code": "Y"})),
            ] {
                self.change(path, Some(&patch)).await;
            }
        }
    }

    /// Blocks rooms, by force or not, changes the dates and releases most of them.
    async fn block_rooms(&mut self, steps: usize) {
        for step in 0..steps {
            let room = self.hotel.rooms[(2 * step) % self.hotel.rooms.len()].clone();
            let from = self.random.random_range(0..4);
            let to = from + self.random.random_range(1..=4);
            let mut block = json!({
                "property_id": self.hotel.id, "room_id": room, "kind": "out_of_order", "reason": "paint",
                "from": day(from), "to": day(to),
            });
            if self.random.random_range(0..2) == 0 {
                block["force"] = true.into();
                block["force_reason"] = "wet paint".into();
            }
            let block = self.post("/v1/room-blocks", &block).await;
            if block.status == 201 {
                let path = format!("/v1/room-blocks/{}", block.id());
                self.change(&path, Some(&json!({"to": day(to + 2)}))).await;
                self.change(&path, Some(&json!({"to": day(from + 1)}))).await;
                if self.random.random_range(0..4) > 0 {
                    self.change(&path, None).await;
                }
            }
        }
    }

    async fn change_the_hotel(&mut self, steps: usize) {
        for step in 0..steps {
            let path = format!("/v1/properties/{}", self.hotel.id);
            let horizon = 20 + u64::try_from(step % 20).expect("a number");
            self.change(&path, Some(&json!({"settings": {"horizon_nights": horizon, "max_live_holds": 100}}))).await;
            let kind = json!({
                "property_id": self.hotel.id, "code": format!("N{step}"), "name": "New", "max_adults": 2, "max_children": 0,
                "max_guests": 2, "base_price": {"amount": "50.00", "currency": "EUR"},
            });
            let kind = self.post("/v1/room-types", &kind).await;
            if kind.status == 201 {
                self.change(&format!("/v1/room-types/{}", kind.id()), None).await;
            }
            let tax = json!({"property_id": self.hotel.id, "name": format!("Tax {step}"), "percent": "1"});
            self.post("/v1/tax-rules", &tax).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_locks_in_one_order() {
    let steps = size(8, 150);
    let race = Race::with_background().await;
    let spec =
        HotelSpec { rooms: 6, suites: 4, settings: json!({"horizon_nights": 20, "max_live_holds": 100}), ..HotelSpec::default() };
    let hotel = Arc::new(race.app.hotel(spec).await);
    let guests = race.guests(3).await;
    let work = (0..18_usize).map(|n| {
        let client = if n < 3 { guests[n].clone() } else { hotel.manager.clone() };
        let random = StdRng::seed_from_u64(u64::try_from(n).expect("a number"));
        let mut worker = Worker { client, hotel: Arc::clone(&hotel), random, replies: Vec::new() };
        let app = race.app.app.clone();
        async move {
            match n {
                0..=6 => worker.book(steps).await,
                7 | 8 => worker.move_rooms(2 * steps).await,
                9 | 10 => worker.add_and_remove_rooms(steps, n).await,
                11 | 12 => worker.change_types(2 * steps).await,
                13 | 14 => worker.rename(steps / 4 + 1).await,
                15 | 16 => worker.block_rooms(2 * steps).await,
                _ => {
                    worker.change_the_hotel(steps / 2).await;
                    for _ in 0..steps {
                        inventory::extend_horizon(&app).await.expect("the horizon");
                        hbs::jobs::run_due(&app, &hbs::server::jobs()).await.expect("the jobs");
                    }
                }
            }
            worker.replies
        }
    });
    let replies: Vec<Reply> = together(work).await.into_iter().flatten().collect();
    for status in [200, 201, 204, 409] {
        assert!(replies.iter().any(|reply| reply.status == status), "no {status}: {:?}", tally(&replies));
    }
    race.end(&replies).await;
}
