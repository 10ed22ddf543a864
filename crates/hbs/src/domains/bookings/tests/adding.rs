//! Rooms that are added to what is booked.
use super::{amend, for_rooms, left, number, read, stay, terms, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

#[tokio::test]
async fn a_guest_takes_one_room_more() {
    let app = TestApp::new().await;
    let taxes = &[("VAT 6 %", "6")];
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, taxes, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let more = json!({"add_rooms": [
        {"room_type_id": hotel.double, "adults": 1, "guest_name": "Rui Sousa"},
        {"room_type_id": hotel.suite, "adults": 3, "children_ages": [4], "check_out": "2026-12-13"},
    ]});

    let told = guest.post(&format!("/v1/bookings/{}/amend?dry_run=true", booking.id()), &more).await.expect(200);
    assert_eq!((&told.body["difference"], &told.body["booking"]["total"]), (&eur("950.00"), &eur("1150.00")));
    assert_eq!(read(&guest, &booking).await.body, booking.body, "nothing was changed");

    let other_total = with(more.clone(), "/expected_total", eur("1000.00"));
    assert_eq!(amend(&guest, &booking, &other_total).await.expect(409).code(), "booking.price_changed");
    let done = amend(&guest, &booking, &more).await.expect(200);
    let now = read(&hotel.manager, &booking).await;
    assert_eq!(done.body["entries"].as_array().expect("entries").len(), 10, "rooms and taxes of five nights");
    assert_eq!(
        (&now.body["total"], &now.body["check_out"], &now.body["version"]),
        (&eur("1150.00"), &json!("2026-12-13"), &json!(2))
    );
    let numbers = [number(&now, 0), number(&now, 1), number(&now, 2)];
    assert_eq!(numbers, ["101", "102", "201"]);
    let dates = |place| (stay(&now, place)["check_in"].clone(), stay(&now, place)["check_out"].clone());
    assert_eq!(dates(1), (json!("2026-12-10"), json!("2026-12-12")), "those of the booking");
    assert_eq!(dates(2), (json!("2026-12-10"), json!("2026-12-13")));
    assert_eq!((&stay(&now, 1)["status"], &stay(&now, 1)["guest_name"]), (&json!("confirmed"), &json!("Rui Sousa")));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 0);
    app.assert_consistent().await;
    let kinds =
        app.rows("SELECT kind FROM outbox WHERE kind IN ('booking.amended', 'stay.amended', 'stay.created') ORDER BY id").await;
    let kinds: Vec<&Value> = kinds.iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["stay.created", "booking.amended", "stay.created", "stay.created"]);

    // What was added is like any other stay.
    let path = format!("/v1/bookings/{}/stays/{}/cancel", booking.id(), stay(&now, 1)["id"].as_str().expect("id"));
    guest.post(&path, &json!({})).await.expect(200);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn rooms_that_are_added_are_within_what_the_hotel_allows() {
    let app = TestApp::new().await;
    let settings = json!({"max_rooms_per_booking": 3, "max_nights": 10});
    let hotel = app.hotel(HotelSpec { rooms: 2, settings, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let room = |extra: Value| {
        let mut room = json!({"room_type_id": hotel.double, "adults": 1});
        room.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        json!({"add_rooms": [room]})
    };
    let three = json!({"add_rooms": vec![json!({"room_type_id": hotel.double, "adults": 1}); 3]});
    for (pointer, body) in [
        ("/add_rooms", three),
        ("/add_rooms/0/room_type_id", room(json!({"room_type_id": booking.id()}))),
        ("/add_rooms/0/rate_plan_id", room(json!({"rate_plan_id": booking.id()}))),
        ("/add_rooms/0/adults", room(json!({"adults": 3}))),
        ("/add_rooms/0/adults", room(json!({"adults": 0}))),
        ("/add_rooms/0/children_ages/0", room(json!({"children_ages": [18]}))),
        ("/add_rooms/0/check_in", room(json!({"check_in": "2026-11-30", "check_out": "2026-12-02"}))),
        ("/add_rooms/0/check_out", room(json!({"check_out": "2026-12-10"}))),
        ("/add_rooms/0/check_out", room(json!({"check_out": "2026-12-24"}))),
        ("/add_rooms/0/nightly_price", room(json!({"nightly_price": eur("1.00")}))),
        ("/add_rooms/0/room_id", room(json!({"room_id": hotel.rooms[0]}))),
    ] {
        let refused = amend(&guest, &booking, &body).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{body}: {}", refused.body);
    }
    let two = json!({"add_rooms": vec![json!({"room_type_id": hotel.double, "adults": 1}); 2]});
    let full = amend(&guest, &booking, &two).await.expect(409);
    assert_eq!((full.code(), &full.body["nights"][0]["available"]), ("booking.no_availability", &json!(1)));
    let dollars = room(json!({"nightly_price": {"amount": "1.00", "currency": "USD"}}));
    assert_eq!(amend(&hotel.manager, &booking, &dollars).await.expect(422).pointers(), ["/add_rooms/0/nightly_price/currency"]);
    let plan = hotel.default_plan(&app).await;
    hotel.rate(&app, &plan, "2026-12-10", &[("closed_to_arrival", "true")]).await;
    let closed = amend(&guest, &booking, &room(json!({}))).await.expect(409);
    assert_eq!((closed.code(), &closed.body["nights"][0]["room"]), ("booking.restricted", &json!(1)));
    let anyway = with(room(json!({"nightly_price": eur("60.00")})), "/ignore_restrictions", json!(true));
    let added = amend(&hotel.manager, &booking, &anyway).await.expect(200);
    assert_eq!(added.body["difference"], eur("120.00"));
    act(&guest, &booking, "cancel").await.expect(200);
    let gone = amend(&guest, &booking, &room(json!({}))).await.expect(409);
    assert_eq!(gone.code(), "booking.not_amendable");
    app.assert_consistent().await;
}

#[tokio::test]
async fn rooms_are_added_to_holds_and_to_guests_in_the_house() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let guest = app.guest().await;
    let room = json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1}]});
    let hold = with(for_rooms(&hotel, ["2026-12-01", "2026-12-04"], &[json!({})]), "/hold_minutes", 30.into());
    let hold = book(&guest, &hold).await.expect(201);
    // Also where the guest could not give the first one back for nothing.
    let held = amend(&guest, &hold, &room).await.expect(200);
    let booking = &held.body["booking"];
    assert_eq!((&booking["status"], &booking["stays"][1]["status"]), (&json!("held"), &json!("held")));
    act(&guest, &hold, "confirm").await.expect(200);

    act(&hotel.manager, &hold, "check-in").await.expect(200);
    app.move_clock("2026-12-02T12:00:00Z").await;
    let third = amend(&guest, &hold, &room).await.expect(200);
    let (booking, new) = (&third.body["booking"], &third.body["booking"]["stays"][2]);
    assert_eq!((&booking["status"], &booking["total"]), (&json!("checked_in"), &eur("800.00")));
    assert_eq!((&new["status"], &new["check_in"]), (&json!("confirmed"), &json!("2026-12-02")), "from today on");
    act(&hotel.manager, &hold, "check-in").await.expect(200);
    app.assert_consistent().await;
}

/// A group with two doubles from the 10th to the 12th at 70.00 a night.
async fn tour(app: &TestApp, hotel: &Hotel, rate_plan: Option<&str>) -> Reply {
    let group = json!({
        "property_id": hotel.id, "name": "Tour", "code": "TOUR", "cut_off": "2026-12-05", "rate_plan_id": rate_plan,
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-12", "rooms": 2}],
        "rates": [{"room_type_id": hotel.double, "nightly_price": eur("70.00")}],
    });
    let group = hotel.manager.post("/v1/groups", &group).await.expect(201);
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 4);
    group
}

async fn book_of_the_tour(client: &Client, hotel: &Hotel, rooms: usize) -> Reply {
    let request = for_rooms(hotel, ["2026-12-10", "2026-12-12"], &vec![json!({}); rooms]);
    book(client, &with(request, "/group_code", "TOUR".into())).await.expect(201)
}

fn totals(amended: &Reply) -> Vec<&Value> {
    let stays = amended.body["booking"]["stays"].as_array().expect("stays");
    stays.iter().map(|stay| &stay["total"]["amount"]).collect()
}

#[tokio::test]
async fn rooms_that_are_added_are_of_the_group() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let group = tour(&app, &hotel, None).await;
    let booking = book_of_the_tour(&guest, &hotel, 1).await;
    // One at the rate of the group, of which there is one room left, and one at that of the day.
    let double = json!({"room_type_id": hotel.double, "adults": 1});
    let done = amend(&guest, &booking, &json!({"add_rooms": [double, double]})).await.expect(200);
    assert_eq!(totals(&done), ["140.00", "140.00", "200.00"]);
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 0);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 1);
    // Neither other guests nor prices of the day bring the last one to the rate of the group, nor the others from it.
    let couples: Vec<Value> =
        (0..3).map(|place| json!({"stay_id": done.body["booking"]["stays"][place]["id"], "adults": 2})).collect();
    let couples = amend(&guest, &booking, &json!({"stays": couples})).await.expect(200);
    assert_eq!(totals(&couples), ["140.00", "140.00", "200.00"]);
    let anew = amend(&hotel.manager, &booking, &json!({"reprice": true})).await.expect(200);
    assert_eq!(totals(&anew), ["140.00", "140.00", "200.00"]);
    hotel.manager.post(&format!("/v1/groups/{}/release", group.id()), &json!({})).await.expect(200);
    let later = amend(&hotel.manager, &booking, &json!({"reprice": true})).await.expect(200);
    assert_eq!(totals(&later), ["140.00", "140.00", "200.00"], "what was sold at the rate stays so");
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_a_stay_gives_up_of_the_group_another_takes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, suites: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    tour(&app, &hotel, None).await;
    let booking = book_of_the_tour(&guest, &hotel, 2).await;
    let exchange = json!({
        "stays": [{"stay_id": stay(&booking, 0)["id"], "room_type_id": hotel.suite}],
        "add_rooms": [{"room_type_id": hotel.double, "adults": 1}],
    });
    let done = amend(&guest, &booking, &exchange).await.expect(200);
    assert_eq!(totals(&done), ["500.00", "140.00", "140.00"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn rooms_that_are_added_are_sold_as_those_of_the_group() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let plan = hotel.plan(&app, "GRP", &[]).await;
    tour(&app, &hotel, Some(&plan)).await;
    let booking = book_of_the_tour(&guest, &hotel, 1).await;
    hotel.rate(&app, &plan, "2026-12-10", &[("closed_to_arrival", "true")]).await;
    let double = json!({"room_type_id": hotel.double, "adults": 1});
    let done = amend(&guest, &booking, &json!({"add_rooms": [double]})).await.expect(200);
    assert_eq!(done.body["booking"]["stays"][1]["rate_plan_id"], json!(plan));
    // Of what is not set aside for the group it holds.
    assert_eq!(amend(&guest, &booking, &json!({"add_rooms": [double]})).await.expect(409).code(), "booking.restricted");
    app.assert_consistent().await;
}

#[tokio::test]
async fn prices_that_staff_set_are_on_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let set = json!({
        "stays": [{"stay_id": stay(&booking, 0)["id"], "nightly_price": eur("80.00")}],
        "add_rooms": [{"room_type_id": hotel.double, "adults": 1, "nightly_price": eur("60.00")}],
    });
    amend(&hotel.manager, &booking, &set).await.expect(200);
    let told =
        app.rows("SELECT kind, changes->'nightly_price' AS price FROM outbox WHERE changes ? 'nightly_price' ORDER BY id").await;
    let of = |listed: &str, set: &str| json!({"before": eur(listed), "after": eur(set)});
    let told: Vec<_> = told.iter().map(|row| (row["kind"].as_str().expect("text"), &row["price"])).collect();
    assert_eq!(told, [("stay.amended", &of("100.00", "80.00")), ("stay.created", &of("100.00", "60.00"))]);
}
