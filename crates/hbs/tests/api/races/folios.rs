//! Folios: of many who post, move, split and check out at once, none posts twice, half, or to the wrong folio.
use super::{Race, assert_tally, count, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, act, day, eur, post, size, together};
use serde_json::{Value, json};

async fn company(hotel: &Hotel, booking: &Reply) -> String {
    let folio = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    hotel.manager.post("/v1/folios", &folio).await.expect(201).id().to_owned()
}

async fn balance(client: &Client, folio: &str) -> Value {
    client.get(&format!("/v1/folios/{folio}")).await.expect(200).body["balance"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clerks_move_one_night_once() {
    let clerks = size(12, 100);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, day(10), day(12)).await;
    let company = company(&hotel, &booking).await;
    let folio = hotel.manager.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let night = &folio.body["entries"][0]["id"];
    let requests = (0..clerks).map(|n| {
        let (deed, share) = if n % 2 == 0 { ("move", None) } else { ("split", Some("50")) };
        let mut body = json!({"to_folio_id": company, "entry_ids": [night]});
        if let Some(percent) = share {
            body["percent"] = json!(percent);
        }
        post(&hotel.manager, format!("/v1/folios/{}/{deed}", booking.id()), body)
    });
    let replies = together(requests).await;
    let done: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(done.len(), 1, "{:?}", tally(&replies));
    assert_eq!(count(&replies, 409, "folio.entries_not_open"), clerks - 1, "{:?}", tally(&replies));
    let there = balance(&hotel.manager, &company).await;
    assert!(there == eur("100.00") || there == eur("50.00"), "{there}");
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn splits_of_one_folio_to_and_fro_lose_nothing() {
    let clerks = size(16, 64);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, day(10), day(15)).await;
    let company = company(&hotel, &booking).await;
    let requests = (0..clerks).map(|n| {
        let (from, to) = if n % 3 == 2 { (company.as_str(), booking.id()) } else { (booking.id(), company.as_str()) };
        let percent = (n % 90 + 5).to_string();
        post(&hotel.manager, format!("/v1/folios/{from}/split"), json!({"to_folio_id": to, "percent": percent}))
    });
    let replies = together(requests).await;
    for reply in &replies {
        let refusals = ["folio.nothing_to_move", "folio.not_divisible", "folio.too_many_entries"];
        let is_right = reply.status == 200 || refusals.contains(&reply.code());
        assert!(is_right, "{}", reply.body);
    }
    let all = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    assert_eq!(all.body["balance"], eur("500.00"));
    race.end(&replies).await;
}

/// An amendment reads what is charged, and somebody moves it before the amendment is written.
#[tokio::test(flavor = "multi_thread")]
async fn moves_beside_amendments_and_cancellations_leave_nothing_behind() {
    let bookings = size(8, 60);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 60, ..HotelSpec::default() }).await;
    let mut requests: Vec<futures_util::future::BoxFuture<'static, Reply>> = Vec::new();
    let mut booked = Vec::new();
    for n in 0..bookings {
        let booking = hotel.book(&hotel.manager, day(10), day(13)).await;
        let company = company(&hotel, &booking).await;
        let folio = format!("/v1/folios/{}", booking.id());
        let amend = format!("/v1/bookings/{}/amend", booking.id());
        requests.push(Box::pin(post(&hotel.manager, amend, json!({"check_out": day(12)}))));
        requests.push(Box::pin(post(&hotel.manager, format!("{folio}/move"), json!({"to_folio_id": company}))));
        requests.push(Box::pin(post(&hotel.manager, format!("{folio}/split"), json!({"to_folio_id": company, "percent": "40"}))));
        if n % 2 == 0 {
            requests.push(Box::pin(act(&hotel.manager, &booking, "cancel")));
        }
        booked.push(booking);
    }
    let replies = together(requests).await;
    for (n, booking) in booked.iter().enumerate() {
        let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
        let expected = if n % 2 == 0 { "0.00" } else { "200.00" };
        assert_eq!(folio.body["balance"], eur(expected), "booking {n}");
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_leave_nothing_unpaid_when_charges_come_as_they_leave() {
    let charges = size(10, 60);
    let race = Race::begin().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = race.app.hotel(HotelSpec { rooms: 1, settings, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, day(0), day(1)).await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    // All of it is on the house, so that nothing is left to be paid.
    let house = hotel.manager.post("/v1/folios", &json!({"property_id": hotel.id, "kind": "house"})).await.expect(201);
    let to_house = json!({"to_folio_id": house.id()});
    hotel.manager.post(&format!("/v1/folios/{}/move", booking.id()), &to_house).await.expect(200);
    let mut requests: Vec<futures_util::future::BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..charges {
        if n == charges / 2 {
            requests.push(Box::pin(act(&hotel.manager, &booking, "check-out")));
        }
        let bar = json!({"property_id": hotel.id, "room_number": "101", "description": "Bar", "amount": eur("5.00")});
        requests.push(Box::pin(post(&hotel.manager, "/v1/folios/charges", bar)));
    }
    let replies = together(requests).await;
    let charged = count(&replies, 200, "") - usize::from(replies.iter().any(|reply| reply.body["status"] == "checked_out"));
    let has_left =
        charged + count(&replies, 409, "folio.nobody_in_room") == charges && count(&replies, 409, "booking.balance_due") == 0;
    let stayed = count(&replies, 409, "booking.balance_due") == 1;
    assert!(has_left || stayed, "{:?}", tally(&replies));
    assert!(!has_left || charged == 0, "they left, and {charged} charges are unpaid: {:?}", tally(&replies));
    race.end(&replies).await;
}

/// Guests order and others book while the night audit closes the date: each line is in the books of this date or of the next.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_as_a_date_closes_is_in_its_books_or_in_the_next() {
    let charges = size(16, 200);
    let race = Race::begin().await;
    let rooms = u32::try_from(charges).expect("a number");
    let hotel = race.app.hotel(HotelSpec { rooms, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, day(0), day(4)).await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    let audit = |date: u64| post(&hotel.manager, path.clone(), json!({"business_date": day(date)}));
    race.app.set_clock(&format!("{}T02:00:00Z", day(1)));
    audit(0).await.expect(200);
    race.app.set_clock(&format!("{}T02:00:00Z", day(2)));
    let mut requests: Vec<futures_util::future::BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..charges {
        if n == charges / 2 {
            requests.push(Box::pin(audit(1)));
        }
        let bar = json!({"description": "Bar", "amount": eur("5.00")});
        requests.push(Box::pin(post(&hotel.manager, format!("/v1/folios/{}/charges", booking.id()), bar)));
        if n % 4 == 0 {
            requests.push(Box::pin(post(&hotel.manager, "/v1/bookings", hotel.request(day(10), day(12)))));
        }
    }
    let replies = together(requests).await;
    assert!(replies.iter().all(|reply| reply.status < 300), "{:?}", tally(&replies));
    let posted = "SELECT count(*) FROM folio_entries WHERE kind = 'extra'";
    assert_eq!(race.app.number(posted).await, i64::try_from(charges).expect("a number"));
    race.app.set_clock(&format!("{}T02:00:00Z", day(3)));
    audit(2).await.expect(200);
    let verified = hbs::domains::folios::verify(&race.app.app).await.expect("verified");
    assert_eq!((verified.closed_dates, verified.faults), (3, Vec::new()));
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_is_opened_once() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let group = json!({
        "property_id": hotel.id, "name": "Wedding", "cut_off": day(5),
        "block": [{"room_type_id": hotel.double, "from": day(10), "to": day(12), "rooms": 1}],
    });
    let group = hotel.manager.post("/v1/groups", &group).await.expect(201);
    let master = json!({"property_id": hotel.id, "kind": "master", "group_id": group.id()});
    let replies = together((0..8).map(|_| post(&hotel.manager, "/v1/folios", master.clone()))).await;
    assert_tally(&replies, &[(201, "", 1), (409, "folio.master_exists", 7)]);
    race.end(&replies).await;
}
