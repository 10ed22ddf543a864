//! Bookings that are made: what they are, and what a hotel takes.
use super::{collide, for_rooms, left, number, read, stay, with};
use crate::support::{HotelSpec, TestApp, act, book, eur};
use serde_json::{Value, json};

#[tokio::test]
async fn a_guest_books_a_room_and_cancels() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;

    let booking = hotel.book(&guest, "2026-12-10", "2026-12-13").await;
    assert_eq!(booking.header("location"), format!("/v1/bookings/{}", booking.id()));
    assert_eq!(booking.header("etag"), "\"1\"");
    assert_eq!(booking.body["status"], "confirmed");
    assert_eq!(booking.body["total"], eur("300.00"));
    assert_eq!(left(&app, &hotel, "2026-12-12").await, 1);
    app.assert_consistent().await;

    let path = format!("/v1/bookings/{}/cancel", booking.id());
    let cancelled = guest.post(&path, &json!({"reason": "ill"})).await.expect(200);
    assert_eq!((&cancelled.body["status"], &stay(&cancelled, 0)["status"]), (&json!("cancelled"), &json!("cancelled")));
    assert_eq!((&cancelled.body["total"], &stay(&cancelled, 0)["total"]), (&eur("0.00"), &eur("0.00")));
    assert_eq!(cancelled.header("etag"), "\"2\"");
    assert_eq!(read(&guest, &booking).await.expect(200).body, cancelled.body);
    assert_eq!(left(&app, &hotel, "2026-12-12").await, 2);
    app.assert_consistent().await;
    app.deliver().await;
}

#[tokio::test]
async fn a_booking_has_the_shape_that_clients_rely_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let mut request = hotel.request("2026-12-24", "2026-12-27");
    request["rooms"] = json!([
        {"room_type_id": hotel.double, "adults": 2, "children_ages": [7], "guest_name": "Rui Sousa"},
        {"room_type_id": hotel.suite, "adults": 4, "room_id": null},
    ]);
    request["contact"]["phone"] = json!("+351910000000");
    request["guest_user_id"] = json!(guest.user_id());
    request["channel"] = json!("booking.example");
    request["external_reference"] = json!("X-17");
    request["special_requests"] = json!("A quiet room");
    request["expected_total"] = eur("1050.00");
    let booking = book(&hotel.manager, &request).await.expect(201);
    let reference = booking.body["reference"].as_str().expect("text");
    let (prefix, code) = reference.split_once('-').unwrap();
    assert!(
        prefix == "HBS" && code.len() == 8 && code.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte)),
        "{reference}"
    );
    insta::assert_json_snapshot!(booking.body, {
        ".id" => "[id]", ".reference" => "[reference]", ".property_id" => "[id]", ".guest_user_id" => "[id]",
        ".stays[].id" => "[id]", ".stays[].room_type_id" => "[id]", ".stays[].room_id" => "[id]", ".stays[].rate_plan_id" => "[id]",
        ".stays[].booked_room_type_id" => "[id]", ".guest_id" => "[id]", ".stays[0].guest_id" => "[id]",
    }, @r#"
    {
      "account_id": null,
      "arrival_time": null,
      "awaits_email_verification": false,
      "awaits_payment": false,
      "balance": {
        "amount": "1050.00",
        "currency": "EUR"
      },
      "channel": "booking.example",
      "check_in": "2026-12-24",
      "check_out": "2026-12-27",
      "contact": {
        "email": "ana@example.com",
        "full_name": "Ana Sousa",
        "phone": "+351910000000"
      },
      "created_at": "2026-12-01T12:00:00Z",
      "external_reference": "X-17",
      "group_id": null,
      "group_name": null,
      "guest_id": "[id]",
      "guest_user_id": "[id]",
      "hold_expires_at": null,
      "id": "[id]",
      "locale": null,
      "notes": null,
      "property_id": "[id]",
      "reference": "[reference]",
      "special_requests": "A quiet room",
      "status": "confirmed",
      "stays": [
        {
          "adults": 2,
          "booked_check_out": null,
          "booked_room_type_id": "[id]",
          "cancellation_policy": "Free to cancel. If you do not come: 100 % of the price.",
          "check_in": "2026-12-24",
          "check_out": "2026-12-27",
          "children_ages": [
            7
          ],
          "extras": [],
          "guest_id": "[id]",
          "guest_name": "Rui Sousa",
          "id": "[id]",
          "is_day_use": false,
          "is_pinned": false,
          "late_on": null,
          "moves": [],
          "rate_plan_id": "[id]",
          "room_id": "[id]",
          "room_number": "101",
          "room_type_id": "[id]",
          "room_type_name": "DBL",
          "split_from": null,
          "status": "confirmed",
          "tax_exemption": null,
          "total": {
            "amount": "300.00",
            "currency": "EUR"
          }
        },
        {
          "adults": 4,
          "booked_check_out": null,
          "booked_room_type_id": "[id]",
          "cancellation_policy": "Free to cancel. If you do not come: 100 % of the price.",
          "check_in": "2026-12-24",
          "check_out": "2026-12-27",
          "children_ages": [],
          "extras": [],
          "guest_id": null,
          "guest_name": null,
          "id": "[id]",
          "is_day_use": false,
          "is_pinned": false,
          "late_on": null,
          "moves": [],
          "rate_plan_id": "[id]",
          "room_id": "[id]",
          "room_number": "201",
          "room_type_id": "[id]",
          "room_type_name": "STE",
          "split_from": null,
          "status": "confirmed",
          "tax_exemption": null,
          "total": {
            "amount": "750.00",
            "currency": "EUR"
          }
        }
      ],
      "tags": [],
      "total": {
        "amount": "1050.00",
        "currency": "EUR"
      },
      "updated_at": "2026-12-01T12:00:00Z",
      "version": 1
    }
    "#);
    assert_eq!(read(&hotel.manager, &booking).await.expect(200).body, booking.body);
    app.assert_consistent().await;
}

#[tokio::test]
async fn lines_of_one_type_are_counted_together() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let line = json!({});
    let three = for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[line.clone(), line.clone(), line.clone()]);
    let two = for_rooms(&hotel, ["2026-12-11", "2026-12-13"], &[line.clone(), line.clone()]);
    let first = book(&guest, &two).await.expect(201);
    assert_eq!(first.body["total"], eur("400.00"));
    let refused = book(&guest, &three).await.expect(409);
    assert_eq!(refused.code(), "booking.no_availability");
    let night = json!({"date": "2026-12-11", "room_type_id": hotel.double, "reason": "sold_out", "available": 1});
    assert_eq!(refused.body["nights"], json!([night]));
    book(&guest, &two).await.expect(409);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 3, "a refusal takes nothing");
    act(&guest, &first, "cancel").await.expect(200);
    let all = book(&hotel.manager, &three).await.expect(201);
    let mut numbers = [number(&all, 0), number(&all, 1), number(&all, 2)];
    numbers.sort_unstable();
    assert_eq!(numbers, ["101", "102", "103"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn beyond_the_horizon_nothing_is_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    let refused = book(&app.guest().await, &hotel.request("2026-12-10", "2026-12-12")).await.expect(409);
    let night = json!({"date": "2026-12-11", "room_type_id": hotel.double, "reason": "beyond_horizon", "available": 0});
    assert_eq!((refused.code(), &refused.body["nights"]), ("booking.no_availability", &json!([night])));
}

#[tokio::test]
async fn what_a_hotel_does_not_take_is_pointed_at() {
    let app = TestApp::new().await;
    let settings = json!({"max_rooms_per_booking": 2, "max_nights": 7, "max_advance_days": 100, "max_hold_minutes": 30});
    let hotel = app.hotel(HotelSpec { rooms: 5, settings, ..HotelSpec::default() }).await;
    let other = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let request = hotel.request("2026-12-10", "2026-12-12");
    let room = json!({"room_type_id": hotel.double, "adults": 1});
    for (pointer, value, expected) in [
        ("/property_id", json!(uuid::Uuid::now_v7()), vec!["/property_id"]),
        ("/property_id", json!("Hotel"), vec!["/property_id"]),
        ("/check_in", json!("2026-11-30"), vec!["/check_in", "/check_out"]),
        ("/check_in", json!("2026-12-12"), vec!["/check_out"]),
        ("/check_in", json!("2026-12-13"), vec!["/check_out"]),
        ("/check_in", json!("2026-02-30"), vec!["/check_in"]),
        ("/check_in", json!("-9999-01-01"), vec!["/check_in"]),
        ("/check_out", json!("2026-12-18"), vec!["/check_out"]),
        ("/check_out", json!("2028-12-18"), vec!["/check_out"]),
        ("/rooms", json!([]), vec!["/rooms"]),
        ("/rooms", json!([room, room, room]), vec!["/rooms"]),
        ("/rooms/0/room_type_id", json!(other.double), vec!["/rooms/0/room_type_id"]),
        ("/rooms/0/adults", json!(0), vec!["/rooms/0/adults"]),
        ("/rooms/0/adults", json!(3), vec!["/rooms/0/adults"]),
        ("/rooms/0/children_ages", json!([1, 2]), vec!["/rooms/0/children_ages"]),
        ("/rooms/0/children_ages", json!([4, 18]), vec!["/rooms/0/children_ages/1"]),
        ("/rooms/0/guest_name", json!(""), vec!["/rooms/0/guest_name"]),
        ("/rooms/0/adults", json!("two"), vec!["/rooms/0/adults"]),
        ("/contact/email", json!("ana"), vec!["/contact/email"]),
        ("/contact/full_name", json!(""), vec!["/contact/full_name"]),
        ("/contact", Value::Null, vec!["/contact"]),
        ("/hold_minutes", json!(0), vec!["/hold_minutes"]),
        ("/hold_minutes", json!(31), vec!["/hold_minutes"]),
        ("/special_requests", json!("x".repeat(2001)), vec!["/special_requests"]),
        ("/total", eur("1.00"), vec!["/total"]),
    ] {
        let reply = book(&guest, &with(request.clone(), pointer, value.clone())).await;
        assert_eq!(
            (reply.status, reply.code(), reply.pointers()),
            (422, "request.invalid", expected),
            "{pointer}: {value}: {}",
            reply.body
        );
    }
    let far = book(&guest, &hotel.request("2027-03-12", "2027-03-13")).await.expect(422);
    assert_eq!(far.pointers(), ["/check_in"]);
    book(&guest, &hotel.request("2027-03-11", "2027-03-18")).await.expect(201);
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn today_is_the_hotels_today() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.set_clock("2026-12-10T23:59:59Z");
    book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-11")).await.expect(201);
    app.set_clock("2026-12-11T00:00:00Z");
    let late = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-11")).await.expect(422);
    assert_eq!(late.pointers(), ["/check_in"], "midnight in Lisbon");
}

#[tokio::test]
async fn guests_who_come_today_book_before_the_cut_off() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, settings: json!({"same_day_cutoff": "18:00"}), ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let today = hotel.request("2026-12-01", "2026-12-02");
    app.set_clock("2026-12-01T17:59:00Z");
    book(&guest, &today).await.expect(201);
    app.set_clock("2026-12-01T18:00:00Z");
    let refused = book(&guest, &today).await.expect(422);
    assert_eq!(refused.pointers(), ["/check_in"]);
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("18:00")), "{}", refused.body);
    book(&guest, &hotel.request("2026-12-02", "2026-12-03")).await.expect(201);
    book(&hotel.manager, &today).await.expect(201);

    let quote = json!({"property_id": hotel.id, "check_in": "2026-12-01", "check_out": "2026-12-02",
                       "rooms": [{"room_type_id": hotel.double, "adults": 1}]});
    for stranger in [&guest, &app.anonymous()] {
        assert_eq!(stranger.post("/v1/quotes", &quote).await.expect(422).pointers(), ["/check_in"]);
    }
    hotel.manager.post("/v1/quotes", &quote).await.expect(200);
}

#[tokio::test]
async fn who_is_too_old_for_a_child_is_an_adult() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"max_child_age": 12}), ..HotelSpec::default() }).await;
    let request = |age: i32| with(hotel.request("2026-12-10", "2026-12-11"), "/rooms/0/children_ages", json!([age]));
    assert_eq!(book(&hotel.manager, &request(13)).await.expect(422).pointers(), ["/rooms/0/children_ages/0"]);
    book(&hotel.manager, &request(12)).await.expect(201);
    let quote = json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-11",
                       "rooms": [{"room_type_id": hotel.double, "adults": 1, "children_ages": [13]}]});
    let refused = app.anonymous().post("/v1/quotes", &quote).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/children_ages/0"]);
}

#[tokio::test]
async fn an_external_reference_belongs_to_one_booking_of_its_channel() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let request = |channel: Value, reference: Value| {
        with(with(hotel.request("2026-12-10", "2026-12-12"), "/channel", channel), "/external_reference", reference)
    };
    book(&hotel.manager, &request(json!("ota"), json!("17"))).await.expect(201);
    let taken = book(&hotel.manager, &request(json!("ota"), json!("17"))).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("booking.external_reference_taken", vec!["/external_reference"]));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 4, "a refusal takes nothing");
    book(&hotel.manager, &request(json!("other"), json!("17"))).await.expect(201);
    book(&hotel.manager, &request(json!("ota"), Value::Null)).await.expect(201);
    book(&hotel.manager, &request(json!("ota"), Value::Null)).await.expect(201);
    assert_eq!(book(&hotel.manager, &request(Value::Null, json!("18"))).await.expect(422).pointers(), ["/channel"]);
    assert_eq!(book(&hotel.manager, &request(json!("Not A Channel"), Value::Null)).await.expect(422).pointers(), ["/channel"]);
    let guest = app.guest().await;
    assert_eq!(book(&guest, &request(json!("ota"), Value::Null)).await.expect(422).pointers(), ["/channel"]);
    assert_eq!(book(&guest, &request(Value::Null, json!("19"))).await.expect(422).pointers(), ["/external_reference"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_reference_that_is_taken_is_drawn_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    collide(&app, 2).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let second = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!(app.number("SELECT last_value FROM insertions").await, 3, "the second one was drawn twice");
    let rows = app.rows("SELECT reference FROM bookings ORDER BY id").await;
    assert_eq!((&rows[0]["reference"], &rows[1]["reference"]), (&json!("HBS-AAAAAAAA"), &second.body["reference"]));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 0, "the attempt in between took nothing");
    app.assert_consistent().await;
}

/// A statement that is prepared anew costs each sale a round trip more.
#[tokio::test]
async fn what_a_sale_reads_is_prepared_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, suites: 2, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let prepared = async || {
        // One request at a time: they all have one connection.
        let conn = app.app.db.conn().await.expect("a connection");
        hbs_statements(&conn).await
    };
    hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let first = prepared().await;
    for table in [
        "rate_plans",
        "rate_plan_room_types",
        "rates",
        "tax_rules",
        "cancellation_policies",
        "cancellation_windows",
        "age_bands",
        "inventory",
    ] {
        assert!(
            first.iter().any(|sql| sql.contains(&format!("FROM \"{table}\""))),
            "{table} is not read by a prepared statement"
        );
    }
    let two = with(hotel.request("2026-12-10", "2026-12-15"), "/rooms/0/room_type_id", json!(hotel.suite));
    book(&guest, &two).await.expect(201);
    hotel.book(&guest, "2026-12-20", "2026-12-22").await;
    assert_eq!(prepared().await, first, "other nights and types, the same statements");
}

/// The statements that a connection has prepared.
async fn hbs_statements(mut conn: &hbs::stores::postgres::Conn) -> Vec<String> {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Statement {
        #[diesel(sql_type = diesel::sql_types::Text)]
        statement: String,
    }
    #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
    let query =
        diesel::sql_query("SELECT statement FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prepared%' ORDER BY 1");
    let rows: Vec<Statement> = query.load(&mut conn).await.expect("statements");
    rows.into_iter().map(|row| row.statement).collect()
}
