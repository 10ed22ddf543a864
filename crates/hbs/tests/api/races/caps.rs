//! Caps: of many bookings at once no more get through than one after the other.
use super::{BOOKINGS, Race, assert_tally};
use crate::support::{HotelSpec, day, post, size, together};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn many_bookings_of_one_account_do_not_get_past_the_cap() {
    let clients = size(24, 200);
    let race = Race::begin().await;
    let settings = json!({"max_live_bookings": 5});
    let hotel = race.app.hotel(HotelSpec { rooms: 20, settings, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    // Nights and addresses of their own: nothing but the account is in common. Some are holds.
    let requests = (0..clients).map(|n| {
        let first = u64::try_from(n % 8).expect("a number") * 3;
        let mut request = hotel.request(day(10 + first), day(12 + first));
        request["contact"]["email"] = json!(format!("contact{n}@example.com"));
        if n % 4 == 0 {
            request["hold_minutes"] = json!(30);
        }
        post(&guest, BOOKINGS, request)
    });
    let replies = together(requests.collect::<Vec<_>>()).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    let refused = replies.iter().filter(|reply| reply.code() == "booking.too_many_bookings").count();
    let holds = replies.iter().filter(|reply| reply.code() == "booking.too_many_holds").count();
    assert_eq!((made, refused + holds), (5, clients - 5));
    assert_eq!(race.app.number("SELECT count(*) FROM bookings").await, 5);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_accounts_do_not_get_past_the_cap_of_a_mailbox() {
    let clients = size(24, 200);
    let race = Race::begin().await;
    let settings = json!({"max_live_bookings": 1000, "max_live_nights": 12});
    let hotel = race.app.hotel(HotelSpec { rooms: 30, settings, ..HotelSpec::default() }).await;
    let guests = race.guests(8).await;
    let request = |n: usize| {
        let mut request = hotel.request(day(10), day(13));
        request["contact"]["email"] = json!(if n.is_multiple_of(2) { "one@example.com" } else { "One+more@example.com" });
        request
    };
    let replies = together((0..clients).map(|n| post(&guests[n % 8], BOOKINGS, request(n))).collect::<Vec<_>>()).await;
    assert_tally(&replies, &[(201, "", 4), (409, "booking.too_many_bookings", clients - 4)]);
    race.end(&replies).await;
}

/// Amending and booking at once come to no more than either alone.
#[tokio::test(flavor = "multi_thread")]
async fn amending_is_no_way_past_the_cap() {
    let race = Race::begin().await;
    let settings = json!({"max_live_bookings": 1000, "max_live_nights": 12});
    let hotel = race.app.hotel(HotelSpec { rooms: 30, settings, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    let mut bookings = Vec::new();
    for _ in 0..4 {
        bookings.push(hotel.book(&guest, day(10), day(12)).await);
    }
    // Eight nights are there, four are left: for two of these, whichever come first.
    let amended = bookings
        .iter()
        .map(|booking| post(&guest, format!("{BOOKINGS}/{}/amend", booking.id()), json!({"check_out": day(14).to_string()})));
    let booked = (0..4).map(|_| post(&guest, BOOKINGS.to_owned(), hotel.request(day(10), day(12))));
    let replies = together(amended.chain(booked).collect::<Vec<_>>()).await;
    let done = replies.iter().filter(|reply| reply.status < 300).count();
    let refused = replies.iter().filter(|reply| reply.code() == "booking.too_many_bookings").count();
    assert_eq!((done, refused), (2, 6), "{replies:?}");
    assert_eq!(race.app.number("SELECT sum(check_out - check_in) FROM stays").await, 12);
    race.end(&replies).await;
}

/// Issues of a booking and those without one count together.
#[tokio::test(flavor = "multi_thread")]
async fn many_issues_of_one_guest_do_not_get_past_the_cap() {
    let clients = size(40, 200);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let guest = race.app.guest().await;
    let booking = hotel.book(&guest, day(10), day(12)).await;
    let requests = (0..clients).map(|n| {
        let issue = json!({"property_id": hotel.id, "category": "noise", "subject": format!("Noise {n}"), "text": "Next door",
                           "booking_id": n.is_multiple_of(2).then(|| booking.id())});
        post(&guest, "/v1/issues", issue)
    });
    let replies = together(requests.collect::<Vec<_>>()).await;
    assert_tally(&replies, &[(201, "", 20), (409, "issue.too_many", clients - 20)]);
    assert_eq!(race.app.number("SELECT count(*) FROM issues").await, 20);
    race.end(&replies).await;
}
