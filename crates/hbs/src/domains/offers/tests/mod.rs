//! Offers, through the API: what staff keep, what guests are shown, sold and told, and what becomes of it.
mod agreeing;
mod amending;
mod consent;
mod keeping;
mod limits;
mod pictures;
mod selling;
mod statements;
mod telling;

use crate::every_route::Exception::Public;
use crate::every_route::{Call, Request, TO_LOOK, TODAY, World};
use crate::support::{Client, Hotel, Reply, TestApp};
use serde_json::{Value, json};

const OFFERS: &str = "/v1/offers";

/// The body of an offer of 10 % for everybody, with what differs.
fn body(hotel: &str, differing: &Value) -> Value {
    let mut body = json!({"property_id": hotel, "name": "Ten off", "kind": "percent", "percent": "10", "access": "automatic"});
    for (name, value) in differing.as_object().expect("an object") {
        if value.is_null() {
            body.as_object_mut().expect("an object").remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

/// Adds an offer of 10 % for everybody, with what differs; null leaves out.
async fn offer(hotel: &Hotel, differing: Value) -> Reply {
    hotel.manager.post(OFFERS, &body(&hotel.id, &differing)).await.expect(201)
}

/// A quote of one double.
async fn quote(client: &Client, hotel: &Hotel, dates: [&str; 2], differing: Value) -> Reply {
    let mut request = json!({
        "property_id": hotel.id, "check_in": dates[0], "check_out": dates[1], "rooms": [{"room_type_id": hotel.double, "adults": 2}],
    });
    for (name, value) in differing.as_object().expect("an object") {
        request[name] = value.clone();
    }
    client.post("/v1/quotes", &request).await
}

/// A request for one double, with what differs.
fn request(hotel: &Hotel, dates: [&str; 2], differing: &Value) -> Value {
    let mut request = hotel.request(dates[0], dates[1]);
    for (name, value) in differing.as_object().expect("an object") {
        request[name] = value.clone();
    }
    request
}

/// Whole cents of an amount.
fn cents(money: &Value) -> i64 {
    money["amount"].as_str().expect("an amount").replace('.', "").parse().expect("cents")
}

/// The lines of a booking's folio that stand: kind, date, text, amount.
async fn standing(client: &Client, booking: &str) -> Vec<(String, String, String, i64)> {
    let folio = client.get(&format!("/v1/bookings/{booking}/folio")).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries").clone();
    let is_open =
        |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let line = |entry: &Value| {
        (text(&entry["kind"]), text(&entry["service_date"]), text(&entry["description"]), cents(&entry["amount"]))
    };
    entries.iter().filter(is_open).map(line).collect()
}

/// Returns the counts of an offer, and those of its live bookings: uses and cents.
async fn counted(app: &TestApp, offer: &str) -> [i64; 4] {
    let number = async |sql: String| app.number(&sql).await;
    let live = format!("FROM offer_redemptions WHERE offer_id = '{offer}' AND is_live");
    [
        number(format!("SELECT used::bigint FROM offer_counters WHERE offer_id = '{offer}'")).await,
        number(format!("SELECT count(*) {live}")).await,
        number(format!("SELECT spent_minor FROM offer_counters WHERE offer_id = '{offer}'")).await,
        number(format!("SELECT coalesce(sum(discount_minor), 0)::bigint {live}")).await,
    ]
}

async fn an_offer(w: &World) -> String {
    w.admin.post(OFFERS, &body(w.property().await, &json!({}))).await.expect(201).id().to_owned()
}

/// A picture of an offer.
async fn a_picture(w: &World) -> Call {
    let offer = an_offer(w).await;
    let picture = pictures::add(&w.admin, &format!("{OFFERS}/{offer}"), "").await.expect(201);
    Call::to(&offer).and(picture.id())
}

async fn with_codes(w: &World) -> String {
    let single = json!({"access": "single_use_codes"});
    w.admin.post(OFFERS, &body(w.property().await, &single)).await.expect(201).id().to_owned()
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_offers", async |w| Call::about(w.property().await)).but(Public, TO_LOOK),
        Request::new("get_offer", async |w| Call::to(&an_offer(w).await)).but(Public, TO_LOOK),
        Request::new("create_offer", async |w| Call::plain().json(&body(w.property().await, &json!({})))),
        Request::new("update_offer", async |w| Call::to(&an_offer(w).await).json(&json!({"percent": "12"}))),
        Request::new("delete_offer", async |w| Call::to(&an_offer(w).await)),
        Request::new("validate_offer", async |w| {
            let offer = an_offer(w).await;
            let hotel = w.hotel().await;
            let body = json!({
                "property_id": hotel.id, "offer_id": offer, "check_in": TODAY, "check_out": "2026-12-03",
                "room_type_id": hotel.double, "rate_plan_id": hotel.default_plan(&w.app).await,
            });
            Call::plain().json(&body)
        })
        .but(Public, TO_LOOK),
        Request::new("get_offer_report", async |w| Call::about(w.property().await).query("from", TODAY).query("to", TODAY)),
        Request::new("list_offer_codes", async |w| Call::to(&with_codes(w).await)),
        Request::new("create_offer_codes", async |w| Call::to(&with_codes(w).await).json(&json!({"count": 3}))),
        Request::new("export_offer_codes", async |w| Call::to(&with_codes(w).await)),
        Request::new("list_offer_images", async |w| Call::to(&an_offer(w).await)).but(Public, TO_LOOK),
        Request::new("add_offer_image", async |w| Call::to(&an_offer(w).await).picture()),
        Request::new("get_offer_image", async |w| a_picture(w).await).but(Public, TO_LOOK),
        Request::new("update_offer_image", async |w| a_picture(w).await.json(&json!({"alt": "The bay"}))),
        Request::new("delete_offer_image", async |w| a_picture(w).await),
        Request::new("order_offer_images", async |w| Call::to(&an_offer(w).await).json(&json!({"image_ids": []}))),
    ]
}
