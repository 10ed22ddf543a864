//! Actions on many bookings beside actions on one, and lists of a group beside each other.
use super::{BOOKINGS, Race};
use crate::support::{Client, Hotel, HotelSpec, Reply, act, day, eur, post, size, together};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

fn many(hotel: &Hotel, bookings: &[Reply]) -> Value {
    let items: Vec<Value> = bookings.iter().map(|booking| json!({"booking_id": booking.id()})).collect();
    json!({"property_id": hotel.id, "items": items})
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_and_one_by_one_do_each_thing_once() {
    let race = Race::with_background().await;
    let rooms = size(8, 40);
    let hotel = race.app.hotel(HotelSpec { rooms: u32::try_from(rooms).expect("a number"), ..HotelSpec::default() }).await;
    let mut bookings = Vec::new();
    for _ in 0..rooms {
        bookings.push(hotel.book(&hotel.manager, day(0), day(2)).await);
    }
    let path = |action: &str| format!("{BOOKINGS}/bulk-{action}");
    let again = hotel.manager.with("idempotency-key", "the bus");
    let mut all: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for client in [&hotel.manager, &again, &again] {
        all.push(Box::pin(post(client, path("check-in"), many(&hotel, &bookings))));
    }
    let (half, _) = bookings.split_at(rooms / 2);
    all.push(Box::pin(post(&hotel.manager, path("cancel"), many(&hotel, half))));
    for booking in &bookings {
        all.push(Box::pin(act(&hotel.manager, booking, "check-in")));
    }
    for booking in half {
        all.push(Box::pin(act(&hotel.manager, booking, "cancel")));
    }
    let replies = together(all).await;
    let results = |reply: &Reply| reply.body["results"].as_array().cloned().unwrap_or_default();
    let told: Vec<Value> = replies.iter().flat_map(results).collect();
    for result in &told {
        let status = result["status"].as_u64().expect("a status");
        assert!(matches!(status, 200 | 409), "{result}");
    }
    assert_eq!(replies[1].body, replies[2].body, "one request with one key");
    for (status, kind) in [("checked_in", "stay.checked_in"), ("cancelled", "stay.cancelled")] {
        let stays = race.app.number(&format!("SELECT count(*) FROM stays WHERE status = '{status}'")).await;
        let events = race.app.number(&format!("SELECT count(*) FROM outbox WHERE kind = '{kind}'")).await;
        assert_eq!(stays, events, "each is {status} once");
    }
    assert_eq!(race.app.number("SELECT count(*) FROM stays WHERE status = 'confirmed'").await, 0);
    race.end(&replies).await;
}

/// A list of so many guests, by numbers that begin with a letter.
fn list(letter: &str, guests: usize) -> String {
    let rows = (1..=guests).map(|n| format!("{letter}{n},Guest {n},DBL,{},{},1\n", day(9), day(11)));
    std::iter::once("reference,guest_name,room_type,check_in,check_out,adults\n".to_owned()).chain(rows).collect()
}

async fn send(client: Client, group: String, list: String) -> Reply {
    let path = format!("/v1/groups/{group}/rooming-list");
    client.with("content-type", "text/csv").send(http::Method::POST, &path, Some(list)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_a_group_do_not_take_the_same_rooms() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 6, ..HotelSpec::default() }).await;
    let group = json!({
        "property_id": hotel.id, "name": "Tour", "code": "tour", "cut_off": day(5),
        "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
        "block": [{"room_type_id": hotel.double, "from": day(9), "to": day(11), "rooms": 4}],
        "rates": [{"room_type_id": hotel.double, "nightly_price": eur("80.00")}],
    });
    let group = hotel.manager.post("/v1/groups", &group).await.expect(201).id().to_owned();
    let guests = race.guests(2).await;
    let keyed = hotel.manager.with("idempotency-key", "list");
    let lists = [(&hotel.manager, "A"), (&hotel.manager, "A"), (&keyed, "B"), (&keyed, "B")];
    let mut all: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for (client, letter) in lists {
        all.push(Box::pin(send(client.clone(), group.clone(), list(letter, 3))));
    }
    for guest in &guests {
        all.push(Box::pin(post(guest, BOOKINGS, hotel.request(day(9), day(10)))));
    }
    let replies = together(all).await;
    let booked = |letters: &[Reply]| letters.iter().filter(|reply| reply.status == 200).count();
    assert!(booked(&replies[..2]) <= 1, "the same list is booked once");
    if replies[2].status == 200 && replies[3].status == 200 {
        assert_eq!(replies[2].body, replies[3].body, "one request with one key");
    }
    for reply in &replies[..4] {
        assert!(matches!((reply.status, reply.code()), (200, _) | (422, "import.refused")), "{}", reply.body);
    }
    let of_group = "SELECT count(*) FROM stays s JOIN bookings b ON b.id = s.booking_id WHERE b.group_id IS NOT NULL";
    assert_eq!(race.app.number(of_group).await % 3, 0, "a list is booked whole");
    assert!(race.app.number(of_group).await >= 3, "one list at least has the group's rooms");
    race.end(&replies).await;
}
