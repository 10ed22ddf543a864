//! Splitting a stay at a night.
use super::{amend, number, read, standing, stay, with};
use crate::support::{Client, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

async fn split(client: &Client, booking: &Reply, place: usize, night: &str) -> Reply {
    let id = stay(booking, place)["id"].as_str().expect("an id");
    client.post(&format!("/v1/bookings/{}/stays/{id}/split", booking.id()), &json!({"night": night})).await
}

/// An action on one of the stays of a booking.
async fn act_on(client: &Client, booking: &Reply, place: usize, action: &str) -> Reply {
    let id = stay(booking, place)["id"].as_str().expect("an id");
    client.post(&format!("/v1/bookings/{}/stays/{id}/{action}", booking.id()), &json!({})).await
}

fn dates(reply: &Reply, place: usize) -> (&Value, &Value) {
    (&stay(reply, place)["check_in"], &stay(reply, place)["check_out"])
}

/// What each stay of a booking is charged for each night, in minor units.
async fn charged(app: &TestApp, booking: &Reply) -> Vec<(i64, String, i64)> {
    let sql = format!(
        "SELECT s.position::bigint AS position, f.service_date::text AS night, sum(f.amount_minor)::bigint AS amount
         FROM folio_entries f JOIN stays s ON s.id = f.stay_id WHERE f.booking_id = '{}'
         GROUP BY 1, 2 HAVING sum(f.amount_minor) <> 0 ORDER BY 1, 2",
        booking.id()
    );
    let row = |row: &Value| {
        let number = |name: &str| row[name].as_i64().expect("a number");
        (number("position"), row["night"].as_str().expect("a night").to_owned(), number("amount"))
    };
    app.rows(&sql).await.iter().map(row).collect()
}

#[tokio::test]
async fn a_stay_to_come_becomes_two_without_anything_sold_or_freed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let request = with(hotel.request_for(0, "2026-12-10", "2026-12-14"), "/rooms/0/guest_name", json!("Rui Sousa"));
    let booking = book(desk, &request).await.expect(201);
    let lines = standing(desk, &booking).await;
    let sold = "SELECT sum(sold)::bigint FROM inventory";
    let (before, taken) = (app.number(sold).await, "SELECT count(*) FROM room_nights");
    let parts = split(desk, &booking, 0, "2026-12-12").await.expect(200);
    assert_eq!((parts.body["stays"].as_array().map(Vec::len), &parts.body["total"]), (Some(2), &eur("400.00")));
    assert_eq!(
        (dates(&parts, 0), dates(&parts, 1)),
        ((&json!("2026-12-10"), &json!("2026-12-12")), (&json!("2026-12-12"), &json!("2026-12-14")))
    );
    for field in ["guest_name", "room_id", "room_type_id", "is_pinned", "adults", "rate_plan_id", "cancellation_policy", "status"]
    {
        assert_eq!(stay(&parts, 0)[field], stay(&parts, 1)[field], "{field}");
    }
    assert_eq!((&stay(&parts, 0)["total"], &stay(&parts, 1)["total"]), (&eur("200.00"), &eur("200.00")));
    assert_eq!((&stay(&parts, 1)["split_from"], &stay(&parts, 0)["split_from"]), (&stay(&parts, 0)["id"], &Value::Null));
    assert_eq!((app.number(sold).await, app.number(taken).await), (before, 4));
    let night = |place: i64, date: &str| (place, format!("2026-12-{date}"), 10_000);
    assert_eq!(charged(&app, &booking).await, [night(0, "10"), night(0, "11"), night(1, "12"), night(1, "13")]);
    let mut after = standing(desk, &booking).await;
    after.sort();
    let mut expected = lines;
    expected.sort();
    assert_eq!(after, expected, "the same lines, two of the nights anew");
    let kinds = app.event_kinds().await;
    assert!(kinds.ends_with(&["stay.split".into(), "stay.created".into()]), "{kinds:?}");
    app.assert_consistent().await;

    // Each is a stay of its own: another type for the second, another date for the first, and one of them is cancelled.
    let second = stay(&parts, 1)["id"].clone();
    let suite = amend(desk, &booking, &json!({"stays": [{"stay_id": second, "room_type_id": hotel.suite}]})).await.expect(200);
    assert_eq!(
        (&suite.body["booking"]["total"], &suite.body["booking"]["stays"][1]["room_number"]),
        (&eur("700.00"), &json!("201"))
    );
    let longer = json!({"stays": [{"stay_id": stay(&parts, 0)["id"], "check_in": "2026-12-09"}]});
    assert_eq!(amend(desk, &booking, &longer).await.expect(200).body["booking"]["total"], eur("800.00"));
    app.assert_consistent().await;
    let gone = act_on(desk, &parts, 1, "cancel").await.expect(200);
    assert_eq!((&gone.body["total"], &gone.body["check_out"]), (&eur("300.00"), &json!("2026-12-12")));
    let back = act_on(desk, &parts, 1, "reinstate").await.expect(200);
    assert_eq!(back.body["total"], eur("800.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_stay_is_not_split_where_there_is_nothing_to_split() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let booking = hotel.book(desk, "2026-12-10", "2026-12-13").await;
    for night in ["2026-12-09", "2026-12-10", "2026-12-13", "2026-12-20"] {
        let refused = split(desk, &booking, 0, night).await.expect(422);
        assert_eq!(refused.pointers(), ["/night"]);
        let why = refused.body["errors"][0]["detail"].as_str().expect("a text");
        assert_eq!(why, "must be one of the nights from 2026-12-11 to 2026-12-12");
    }
    let short = hotel.book(desk, "2026-12-10", "2026-12-11").await;
    assert_eq!(split(desk, &short, 0, "2026-12-10").await.expect(422).pointers(), ["/night"]);
    act(desk, &booking, "cancel").await.expect(200);
    let ended = split(desk, &booking, 0, "2026-12-11").await.expect(409);
    assert_eq!((ended.code(), &ended.body["stay_status"]), ("booking.not_amendable", &json!("cancelled")));
    let guest = app.guest().await;
    assert_eq!(split(&guest, &short, 0, "2026-12-11").await.expect(403).body["permission"], "bookings:write");
}

/// U3: a stay is split at a night while its guests are in the house.
#[tokio::test]
async fn guests_in_the_house_go_on_in_the_second_stay() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true, "requires_identity": true});
    let hotel = app.hotel(HotelSpec { rooms: 2, settings, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let booking = hotel.book(desk, "2026-12-01", "2026-12-06").await;
    let guests = format!("/v1/bookings/{}/stays/{}/guests", booking.id(), stay(&booking, 0)["id"].as_str().expect("an id"));
    let ana = json!({"full_name": "Ana Sousa", "birth_date": "1980-02-29", "nationality": "PT",
                     "document": {"kind": "passport", "number": "X1234567", "country": "PT"}});
    desk.with("If-Match", "\"1\"").put(&guests, &json!({"guests": [ana]})).await.expect(200);
    act(desk, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    assert_eq!(split(desk, &booking, 0, "2026-12-02").await.expect(422).pointers(), ["/night"], "what is over is one stay's");

    let now = split(desk, &booking, 0, "2026-12-03").await.expect(200);
    let statuses = |reply: &Reply| -> Vec<String> {
        let stays = reply.body["stays"].as_array().expect("stays");
        stays.iter().map(|stay| stay["status"].as_str().expect("a status").to_owned()).collect()
    };
    assert_eq!((statuses(&now), &now.body["status"]), (vec!["checked_out".into(), "checked_in".into()], &json!("checked_in")));
    assert_eq!([number(&now, 0), number(&now, 1)], ["101", "101"]);
    let copied = guests.replace(stay(&now, 0)["id"].as_str().expect("an id"), stay(&now, 1)["id"].as_str().expect("an id"));
    assert_eq!(desk.get(&copied).await.expect(200).body["guests"][0]["document"]["number"], "•••• 4567");
    app.assert_consistent().await;
    assert_eq!(act_on(desk, &now, 0, "undo-check-out").await.expect(409).code(), "booking.room_occupied");

    // At a night to come, the second is to come, and nobody is moved into its room.
    let later = split(desk, &now, 1, "2026-12-05").await.expect(200);
    assert_eq!(statuses(&later), ["checked_out", "checked_in", "confirmed"]);
    assert_eq!((number(&later, 2), &stay(&later, 2)["is_pinned"]), ("101", &json!(true)));
    app.assert_consistent().await;
    let early = act_on(desk, &later, 2, "check-in").await.expect(409);
    assert_eq!(early.code(), "booking.too_early");
    app.set_clock("2026-12-05T10:00:00Z");
    assert_eq!(act_on(desk, &later, 2, "check-in").await.expect(409).code(), "booking.room_occupied");
    // They owe the nights that they have stayed before they go on, and those of the last stay later.
    let due = act_on(desk, &later, 1, "check-out").await.expect(409);
    assert_eq!((due.code(), &due.body["balance"]), ("booking.balance_due", &eur("400.00")));
    let path = format!("/v1/bookings/{}/stays/{}/check-out", later.id(), stay(&later, 1)["id"].as_str().expect("an id"));
    desk.post(&path, &json!({"ignore_balance": true, "reason": "they go on"})).await.expect(200);
    let room = desk.get(&format!("/v1/rooms/{}", hotel.rooms[0])).await.expect(200);
    assert_eq!(room.body["housekeeping"], "dirty");
    let here = act_on(desk, &later, 2, "check-in").await.expect(200);
    assert_eq!(
        (statuses(&here), number(&here, 2)),
        (vec!["checked_out".into(), "checked_out".into(), "checked_in".into()], "101")
    );
    app.assert_consistent().await;
    assert_eq!(read(desk, &booking).await.body["total"], eur("500.00"));
}

#[tokio::test]
async fn the_stay_of_a_group_is_split_within_what_is_set_aside() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let group = json!({
        "property_id": hotel.id, "name": "Wedding", "code": "wedding", "cut_off": "2026-12-05",
        "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-13", "rooms": 1}],
        "rates": [{"room_type_id": hotel.double, "nightly_price": eur("80.00")}],
    });
    let group = desk.post("/v1/groups", &group).await.expect(201);
    let booking = book(desk, &with(hotel.request("2026-12-10", "2026-12-13"), "/group_code", json!("wedding"))).await.expect(201);
    let picked = "SELECT sum(picked_up)::bigint FROM allotment_nights";
    assert_eq!(app.number(picked).await, 3);
    let parts = split(desk, &booking, 0, "2026-12-12").await.expect(200);
    assert_eq!((&parts.body["total"], &parts.body["group_id"]), (&eur("240.00"), &group.body["id"]));
    assert_eq!(app.number(picked).await, 3);
    act_on(desk, &parts, 1, "cancel").await.expect(200);
    assert_eq!(app.number(picked).await, 2);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_hold_is_split_as_one_hold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let hold = with(hotel.request("2026-12-10", "2026-12-13"), "/hold_minutes", json!(30));
    let held = book(&hotel.manager, &hold).await.expect(201);
    let parts = split(&hotel.manager, &held, 0, "2026-12-11").await.expect(200);
    assert_eq!(parts.body["status"], "held");
    let confirmed = act(&hotel.manager, &held, "confirm").await.expect(200);
    assert_eq!((&stay(&confirmed, 0)["status"], &stay(&confirmed, 1)["status"]), (&json!("confirmed"), &json!("confirmed")));
    app.assert_consistent().await;
    assert_eq!(read(&hotel.manager, &held).await.body["total"], eur("300.00"));
}
