mod adding;
mod amending;
mod bulk;
mod cancelling;
mod caps;
mod choosing;
mod contact;
mod creating;
mod day_use;
mod dry_runs;
mod exempting;
mod extending;
mod folio;
pub mod guest_checkout;
mod holds;
mod importing;
mod keeping;
mod letters;
mod listing;
mod moving;
mod no_shows;
mod notes;
mod on_account;
mod prices;
mod quotes;
mod rate_plans;
mod reach;
mod rearranging;
mod registering;
mod requests;
mod resending;
mod rooming;
mod rooms;
mod settling;
mod splitting;
mod staying;
mod undoing;
mod waiting;
mod walking_in;
mod without_address;

pub use requests::requests;

use crate::support::{Client, Hotel, Reply, TestApp};
use serde_json::{Value, json};

/// A request with a value changed, and with it what leads there.
fn with(mut request: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = request.pointer_mut(parent).expect("something to change");
    match (parent, name.parse::<usize>()) {
        (Value::Array(items), Ok(place)) => items[place] = value,
        (parent, _) => parent[name] = value,
    }
    request
}

/// A request for one double for each of the rooms.
fn for_rooms(hotel: &Hotel, dates: [&str; 2], rooms: &[Value]) -> Value {
    let line = |extra: &Value| {
        let mut line = json!({"room_type_id": hotel.double, "adults": 1});
        line.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        line
    };
    with(hotel.request(dates[0], dates[1]), "/rooms", rooms.iter().map(line).collect())
}

async fn read(client: &Client, booking: &Reply) -> Reply {
    client.get(&format!("/v1/bookings/{}", booking.id())).await
}

async fn amend(client: &Client, booking: &Reply, body: &Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), body).await
}

fn stay(reply: &Reply, place: usize) -> &Value {
    &reply.body["stays"][place]
}

fn number(reply: &Reply, place: usize) -> &str {
    stay(reply, place)["room_number"].as_str().unwrap_or("none")
}

/// Returns how many doubles can be sold on a night.
async fn left(app: &TestApp, hotel: &Hotel, night: &str) -> i64 {
    let sql = format!(
        "SELECT capacity + overbooking - sold FROM inventory WHERE room_type_id = '{}' AND night = '{night}'",
        hotel.double
    );
    app.number(&sql).await
}

/// The fee for not coming, and for cancelling in the last day, of the hotel's default plan.
async fn terms(app: &TestApp, hotel: &Hotel, no_show: &str, value: i64, last_day_ppm: Option<i64>) {
    let of_hotel = format!("property_id = '{}'", hotel.id);
    app.sql(&format!(
        "UPDATE cancellation_policies SET no_show_fee_kind = '{no_show}', no_show_fee_value = {value} WHERE {of_hotel}"
    ))
    .await;
    if let Some(ppm) = last_day_ppm {
        app.sql(&format!(
            "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
             SELECT property_id, id, 24, 'percent', {ppm}, now(), now() FROM cancellation_policies WHERE {of_hotel}"
        ))
        .await;
    }
}

/// The lines of a folio that are not taken back and take nothing back: kind, amount, description.
async fn standing(client: &Client, booking: &Reply) -> Vec<(String, String, String)> {
    let folio = client.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries");
    let gone: Vec<&Value> = entries.iter().map(|entry| &entry["reverses_id"]).filter(|id| !id.is_null()).collect();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let left = entries.iter().filter(|entry| entry["reverses_id"].is_null() && !gone.contains(&&entry["id"]));
    left.map(|entry| (text(&entry["kind"]), text(&entry["amount"]["amount"]), text(&entry["description"]))).collect()
}

/// Gives the next so many bookings one reference, whatever was drawn for them.
async fn collide(app: &TestApp, bookings: u32) {
    app.sql(&format!(
        "CREATE SEQUENCE insertions;
         CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('insertions') <= {bookings} THEN NEW.reference := 'HBS-AAAAAAAA'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER collide BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION collide()"
    ))
    .await;
}
