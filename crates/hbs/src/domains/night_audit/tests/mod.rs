mod arrivals;
mod day_use;

use crate::every_route::Exception::MayAsk;
use crate::every_route::{Call, Request};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, eur, together};
use serde_json::{Value, json};

/// Closes a date, though its day may not be over.
async fn close(hotel: &Hotel, date: &str) -> Reply {
    run(hotel, date, json!({"close_early": true, "reason": "the season ends"})).await
}

/// Runs the audit of a date, with more said.
async fn run(hotel: &Hotel, date: &str, more: Value) -> Reply {
    let mut body = more;
    body["business_date"] = date.into();
    hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &body).await
}

/// A hotel at which guests who have not come are no-shows, unless something else is said.
fn with_no_shows(rooms: u32) -> HotelSpec {
    HotelSpec { rooms, settings: json!({"open_arrivals": "no_show"}), ..HotelSpec::default() }
}

async fn preview(hotel: &Hotel) -> Value {
    hotel.manager.get(&format!("/v1/properties/{}/night-audit", hotel.id)).await.expect(200).body
}

async fn business_date(hotel: &Hotel) -> Value {
    hotel.manager.get(&format!("/v1/properties/{}", hotel.id)).await.expect(200).body["business_date"].clone()
}

#[tokio::test]
async fn a_date_is_closed_with_what_it_came_to() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..with_no_shows(4) }).await;
    let stays = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let leaves = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    let missing = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    let to_come = hotel.book(&hotel.manager, "2026-12-02", "2026-12-03").await;
    act(&hotel.manager, &stays, "check-in").await.expect(200);
    act(&hotel.manager, &leaves, "check-in").await.expect(200);

    let told = preview(&hotel).await;
    assert_eq!(
        (&told["business_date"], &told["can_close"], &told["is_day_over"], &told["departures"]),
        (&json!("2026-12-01"), &json!(false), &json!(false), &json!([]))
    );
    assert_eq!((&told["arrivals"][0]["decision"], &told["arrivals"][0]["is_late"]), (&json!("no_show"), &json!(false)));
    assert_eq!((told["arrivals"].as_array().map(Vec::len), &told["arrivals"][0]["booking_id"]), (Some(1), &missing.body["id"]));
    let closed = close(&hotel, "2026-12-01").await.expect(200);
    assert_eq!(
        closed.body,
        json!({"property_id": hotel.id, "business_date": "2026-12-01", "run_by": hotel.manager.user_id(), "no_shows": 1,
               "rooms_occupied": 2, "rooms_available": 4, "arrivals": 2, "departures": 0, "late_arrivals": 0,
               "early_reason": "the season ends",
               "room_revenue": eur("188.68"), "total_revenue": eur("400.00"), "closed_at": "2026-12-01T12:00:00Z"}),
        "two rooms without taxes; with them, and the fee of two nights"
    );
    assert_eq!(business_date(&hotel).await, "2026-12-02");
    let missed = hotel.manager.get(&format!("/v1/bookings/{}", missing.id())).await.expect(200);
    assert_eq!((&missed.body["status"], &missed.body["total"]), (&json!("no_show"), &eur("200.00")));
    let rooms = hotel.manager.get(&format!("/v1/rooms?property_id={}&housekeeping=dirty", hotel.id)).await.expect(200);
    assert_eq!(rooms.body["items"].as_array().map(Vec::len), Some(2), "those that are slept in");
    assert_eq!(close(&hotel, "2026-12-01").await.expect(200).body, closed.body, "closed once");
    app.assert_consistent().await;

    // It is a day later at the desk than by the clock.
    let back = hotel.manager.post(&format!("/v1/bookings/{}/reinstate", missing.id()), &json!({})).await.expect(422);
    assert_eq!(back.pointers(), ["/first_night"]);
    hotel.manager.post("/v1/bookings", &hotel.request("2026-12-01", "2026-12-02")).await.expect(422);
    let early = close(&hotel, "2026-12-02").await.expect(409);
    assert_eq!((early.code(), &early.body["business_date"]), ("night_audit.not_next", &json!("2026-12-02")));

    // The guests who should have left are in the way, also of those who come to their room.
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    let path = format!("/v1/bookings/{}/check-in", to_come.id());
    assert_eq!(hotel.manager.post(&path, &json!({})).await.expect(409).code(), "booking.room_occupied");
    app.set_clock("2026-12-02T23:00:00Z");
    let open = close(&hotel, "2026-12-02").await.expect(409);
    assert_eq!(open.code(), "night_audit.departures_open");
    let departure = &open.body["departures"][0];
    assert_eq!((&departure["booking_id"], &departure["guest_name"]), (&leaves.body["id"], &json!("Ana Sousa")));
    assert_eq!((&departure["next"]["booking_id"], &departure["room_number"]), (&to_come.body["id"], &json!("102")));
    assert_eq!(preview(&hotel).await["can_close"], false);
    act(&hotel.manager, &leaves, "check-out").await.expect(200);
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    act(&hotel.manager, &to_come, "check-in").await.expect(200);
    let second = close(&hotel, "2026-12-02").await.expect(200);
    assert_eq!(
        (&second.body["departures"], &second.body["no_shows"], &second.body["arrivals"]),
        (&json!(1), &json!(0), &json!(1))
    );

    let listed = hotel.manager.get(&format!("/v1/night-audits?property_id={}&limit=1", hotel.id)).await.expect(200);
    assert_eq!(listed.body["items"], json!([second.body]));
    let cursor = listed.body["next_cursor"].as_str().expect("a cursor");
    let rest = hotel.manager.get(&format!("/v1/night-audits?property_id={}&limit=1&cursor={cursor}", hotel.id)).await.expect(200);
    assert_eq!(rest.body, json!({"items": [closed.body], "next_cursor": null}));
    app.assert_consistent().await;
}

#[tokio::test]
async fn holds_for_nights_that_are_over_expire() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"max_hold_minutes": 10080}), ..HotelSpec::default() }).await;
    let mut hold = hotel.request("2026-12-01", "2026-12-03");
    hold["hold_minutes"] = 10080.into();
    let held = hotel.manager.post("/v1/bookings", &hold).await.expect(201);
    let missing = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &missing, "no-show").await.expect(200);
    assert_eq!(preview(&hotel).await["holds"][0]["booking_id"], held.body["id"]);
    let closed = close(&hotel, "2026-12-01").await.expect(200);
    assert_eq!(
        (&closed.body["no_shows"], &closed.body["total_revenue"]),
        (&json!(1), &eur("100.00")),
        "also those recorded by hand"
    );
    let gone = hotel.manager.get(&format!("/v1/bookings/{}", held.id())).await.expect(200);
    assert_eq!((&gone.body["status"], &gone.body["total"]), (&json!("expired"), &eur("0.00")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn charges_of_a_closed_date_are_not_taken_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let stay = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    act(&hotel.manager, &stay, "check-in").await.expect(200);
    close(&hotel, "2026-12-01").await.expect(200);
    app.sql(&format!("UPDATE room_types SET base_price_minor = 20000 WHERE id = '{}'", hotel.double)).await;
    let path = format!("/v1/bookings/{}/amend", stay.id());
    let anew = hotel.manager.post(&path, &json!({"reprice": true})).await.expect(200);
    assert_eq!(anew.body["booking"]["total"], eur("500.00"), "the first night as it was");
    let error = app.try_sql(
        "INSERT INTO folio_entries (property_id, id, booking_id, stay_id, kind, service_date, amount_minor, description, reverses_id,
                                    posted_on, posting_id, created_at, updated_at)
         SELECT property_id, gen_random_uuid(), booking_id, stay_id, kind, service_date, -amount_minor, description, id,
                '2026-12-01', gen_random_uuid(), now(), now() FROM folio_entries WHERE service_date = '2026-12-01'",
    );
    assert!(error.await.expect_err("refused").contains("closed business date"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn audits_and_no_shows_happen_by_themselves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let path = format!("/v1/properties/{}", hotel.id);
    let patch = async |settings: Value| {
        let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
        hotel.manager.patch(&path, &etag, &json!({"settings": settings})).await
    };
    assert_eq!(patch(json!({"auto_no_show": true})).await.expect(422).pointers(), ["/settings/auto_no_show"]);
    let stays = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    let missing = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    act(&hotel.manager, &stays, "check-in").await.expect(200);
    patch(json!({"auto_no_show": true, "no_show_cutoff": "23:00", "night_audit_time": "03:00"})).await.expect(200);
    assert_eq!(patch(json!({"no_show_cutoff": null})).await.expect(422).pointers(), ["/settings/auto_no_show"]);

    let status = async || hotel.manager.get(&format!("/v1/bookings/{}", missing.id())).await.expect(200).body["status"].clone();
    let at = async |now: &str| {
        app.set_clock(now);
        hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("the jobs");
    };
    at("2026-12-01T22:59:00Z").await;
    assert_eq!(status().await, "confirmed");
    at("2026-12-01T23:00:00Z").await;
    assert_eq!((status().await, business_date(&hotel).await), (json!("no_show"), json!("2026-12-01")));
    at("2026-12-02T02:59:00Z").await;
    let closed = |days| async move { assert_eq!(days, 0) };
    closed(app.number("SELECT count(*) FROM night_audits WHERE business_date >= '2026-12-01'").await).await;
    at("2026-12-02T03:00:00Z").await;
    assert_eq!(business_date(&hotel).await, "2026-12-02");
    // Guests who should have left stop the clock, and what was left behind is caught up.
    at("2026-12-04T12:00:00Z").await;
    assert_eq!(business_date(&hotel).await, "2026-12-03", "the day of departure stays open");
    act(&hotel.manager, &stays, "check-out").await.expect(200);
    at("2026-12-04T12:05:00Z").await;
    assert_eq!(business_date(&hotel).await, "2026-12-04");
    let own = app.number("SELECT count(*) FROM night_audits WHERE run_by IS NULL").await;
    assert!(own >= 3, "{own}");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_date_is_closed_once_however_many_ask() {
    let app = TestApp::new().await;
    let hotel = app.hotel(with_no_shows(2)).await;
    let missing = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    let asked = (0..6).map(|_| {
        let (manager, path) = (hotel.manager.clone(), path.clone());
        let body = json!({"business_date": "2026-12-01", "close_early": true, "reason": "the season ends"});
        async move { manager.post(&path, &body).await }
    });
    let replies = together(asked).await;
    for reply in &replies {
        assert_eq!((reply.status, &reply.body), (200, &replies[0].body));
    }
    assert_eq!(app.number("SELECT count(*) FROM night_audits").await, 1);
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'property.date_closed'").await, 1);
    assert_eq!(business_date(&hotel).await, "2026-12-02");
    let missed = hotel.manager.get(&format!("/v1/bookings/{}", missing.id())).await.expect(200);
    assert_eq!(missed.body["status"], "no_show");
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_first_date_may_be_yesterday() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (date, status) in [("2026-11-29", 409), ("2026-12-02", 409), ("2026-11-30", 200), ("2026-11-30", 200)] {
        close(&hotel, date).await.expect(status);
    }
    assert_eq!(business_date(&hotel).await, "2026-12-01");
    let bad = hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &json!({"date": "2026-12-01"})).await;
    assert_eq!(bad.expect(422).pointers(), ["/date"]);
    let clerk = app.staff(&["night_audit:read"], Some(&hotel.id)).await;
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    clerk.get(&path).await.expect(200);
    assert_eq!(
        clerk.post(&path, &json!({"business_date": "2026-12-01"})).await.expect(403).body["permission"],
        "night_audit:run"
    );
}

#[tokio::test]
async fn guests_who_should_have_left_are_extended_by_a_night_with_the_audit() {
    let app = TestApp::new().await;
    let hotel = app.hotel(with_no_shows(2)).await;
    let one = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    let other = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &one, "check-in").await.expect(200);
    act(&hotel.manager, &other, "check-in").await.expect(200);
    close(&hotel, "2026-12-01").await.expect(200);
    app.set_clock("2026-12-02T23:00:00Z");
    let next = hotel.book(&hotel.manager, "2026-12-02", "2026-12-03").await;
    let stay = |booking: &Reply| booking.body["stays"][0]["id"].clone();
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    let mut both = json!({"business_date": "2026-12-02", "extend_stays": [stay(&one), stay(&other)]});

    let auditor = app.staff(&["night_audit:run"], Some(&hotel.id)).await;
    assert_eq!(auditor.post(&path, &both).await.expect(403).body["permission"], "bookings:write");
    (both["close_early"], both["reason"]) = (json!(true), json!("the season ends"));
    // The guests who come have one of the two rooms: one of the two stays can be extended, and as the other cannot, neither is.
    let refused = hotel.manager.post(&path, &both).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("booking.no_availability", vec!["/extend_stays/1"]));
    let why = refused.body["errors"][0]["detail"].as_str().expect("text");
    let named = format!("Ana Sousa ({}, room 102) cannot be extended: ", other.body["reference"].as_str().expect("a reference"));
    assert!(why.starts_with(&named) && refused.body["detail"] == why, "{}", refused.body);
    assert_eq!(business_date(&hotel).await, "2026-12-02");
    let first = hotel.manager.get(&format!("/v1/bookings/{}", one.id())).await.expect(200);
    assert_eq!((&first.body["check_out"], first.header("etag")), (&json!("2026-12-02"), "\"2\""));
    act(&hotel.manager, &next, "cancel").await.expect(200);
    let closed = hotel.manager.post(&path, &both).await.expect(200);
    assert_eq!((&closed.body["rooms_occupied"], &closed.body["departures"]), (&json!(2), &json!(0)));
    assert_eq!(hotel.manager.post(&path, &both).await.expect(200).body, closed.body, "closed once");
    for booking in [&one, &other] {
        let now = hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
        assert_eq!((&now.body["check_out"], &now.body["total"]), (&json!("2026-12-03"), &eur("200.00")));
    }
    app.assert_consistent().await;
}

/// F16: the night audit extends a stay by moving those who have the room next.
#[tokio::test]
async fn a_stay_is_extended_with_the_audit_though_others_have_the_room_next() {
    let app = TestApp::new().await;
    let hotel = app.hotel(with_no_shows(2)).await;
    let stays = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &stays, "check-in").await.expect(200);
    close(&hotel, "2026-12-01").await.expect(200);
    app.set_clock("2026-12-03T02:00:00Z");
    let comes = hotel.manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-02", "2026-12-03")).await.expect(201);
    let path = format!("/v1/bookings/{}/stays/{}/room", comes.id(), comes.body["stays"][0]["id"].as_str().expect("an id"));
    hotel.manager.with("If-Match", "\"1\"").put(&path, &json!({"is_pinned": false})).await.expect(200);
    let told = preview(&hotel).await;
    assert_eq!(told["departures"][0]["next"]["booking_id"], comes.body["id"]);
    let extended = json!({"business_date": "2026-12-02", "extend_stays": [stays.body["stays"][0]["id"]]});
    let closed = hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &extended).await.expect(200);
    assert_eq!((&closed.body["rooms_occupied"], &closed.body["no_shows"]), (&json!(1), &json!(1)));
    let room = async |booking: &Reply| {
        hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body["stays"][0]["room_id"].clone()
    };
    assert_eq!((room(&stays).await, room(&comes).await), (json!(hotel.rooms[0]), json!(hotel.rooms[1])));
    app.assert_consistent().await;
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_night_audits", async |w| {
            close(w.hotel().await, "2026-11-30").await.expect(200);
            Call::about(w.property().await)
        }),
        Request::new("preview_night_audit", async |w| Call::to(w.property().await)),
        Request::new("run_night_audit", async |w| {
            let arrival = json!({"stay_id": w.stay().await, "decision": "expected_until_morning"});
            Call::to(w.property().await).json(&json!({"business_date": "2026-11-30", "arrivals": [arrival]}))
        })
        .but(MayAsk("night_audit:close_early"), "`close_early`")
        .but(MayAsk("bookings:waive_fee"), "`waive_fee`"),
    ]
}
