//! Extras: what is added while guests leave, or while their booking is cancelled, is charged and counted once, or not at all.
use super::{Race, count, tally};
use crate::support::{Hotel, HotelSpec, Reply, act, day, eur, post, size, together};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

async fn parking(hotel: &Hotel) -> String {
    let extra = json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.00"), "posted": "per_night"});
    hotel.manager.post("/v1/extras", &extra).await.expect(201).id().to_owned()
}

fn path_of(booking: &Reply) -> String {
    format!("/v1/bookings/{}/stays/{}/extras", booking.id(), booking.body["stays"][0]["id"].as_str().expect("a stay"))
}

fn cents(money: &Value) -> i64 {
    money["amount"].as_str().expect("an amount").replace('.', "").parse().expect("cents")
}

#[tokio::test(flavor = "multi_thread")]
async fn extras_added_while_a_booking_is_cancelled_are_taken_back_or_refused() {
    let clerks = size(12, 24);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let parking = parking(&hotel).await;
    let booking = hotel.book(&hotel.manager, day(10), day(13)).await;
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..clerks {
        if n == clerks / 2 {
            requests.push(Box::pin(act(&hotel.manager, &booking, "cancel")));
        }
        requests.push(Box::pin(post(&hotel.manager, path_of(&booking), json!({"extra_id": parking}))));
    }
    let replies = together(requests).await;
    let refused = count(&replies, 409, "booking.not_amendable");
    assert_eq!(count(&replies, 200, "") + refused, clerks + 1, "{:?}", tally(&replies));
    let after = hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
    assert_eq!(
        (&after.body["status"], &after.body["total"], &after.body["balance"]),
        (&json!("cancelled"), &eur("0.00"), &eur("0.00"))
    );
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn extras_added_while_guests_leave_are_charged_once_or_refused() {
    let clerks = size(12, 24);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let parking = parking(&hotel).await;
    let booking = hotel.book(&hotel.manager, day(0), day(1)).await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..clerks {
        if n == clerks / 2 {
            requests.push(Box::pin(act(&hotel.manager, &booking, "check-out")));
        }
        requests.push(Box::pin(post(&hotel.manager, path_of(&booking), json!({"extra_id": parking}))));
    }
    let replies = together(requests).await;
    let refused = count(&replies, 409, "booking.not_amendable");
    let added = clerks - refused;
    assert_eq!(count(&replies, 200, ""), added + 1, "{:?}", tally(&replies));
    let after = hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
    assert_eq!(after.body["status"], "checked_out");
    let added = i64::try_from(added).expect("few");
    assert_eq!((cents(&after.body["total"]), cents(&after.body["balance"])), (10_000 + 1_000 * added, 10_000 + 1_000 * added));
    race.end(&replies).await;
}
