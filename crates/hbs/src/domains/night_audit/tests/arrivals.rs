//! Guests who have not come when their date is closed: when it may be, what becomes of them, and those who come after all.
use super::{business_date, close, preview, run, with_no_shows};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eur};
use serde_json::{Value, json};

/// Half past two in the morning after the first day.
const NIGHT: &str = "2026-12-02T02:30:00Z";

async fn read(hotel: &Hotel, booking: &Reply) -> Value {
    hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body
}

fn stay_of(booking: &Reply) -> &str {
    booking.body["stays"][0]["id"].as_str().expect("a stay")
}

fn decision(booking: &Reply, decision: &str) -> Value {
    json!({"stay_id": stay_of(booking), "decision": decision})
}

async fn reinstate(client: &Client, booking: &Reply, body: &Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/reinstate", booking.id()), body).await
}

/// The sum of the lines of a booking by date of service, in minor units, but for lines that belong to it no more.
async fn by_date(app: &TestApp, booking: &Reply) -> Vec<(String, i64)> {
    let rows = app
        .rows(&format!(
            "SELECT service_date::text AS date, sum(amount_minor)::bigint AS amount FROM folio_entries
             WHERE booking_id = '{}' GROUP BY 1 HAVING sum(amount_minor) <> 0 ORDER BY 1",
            booking.id()
        ))
        .await;
    let of = |row: &Value| (row["date"].as_str().expect("a date").to_owned(), row["amount"].as_i64().expect("an amount"));
    rows.iter().map(of).collect()
}

fn sums(sums: &[(&str, i64)]) -> Vec<(String, i64)> {
    sums.iter().map(|(date, amount)| ((*date).to_owned(), *amount)).collect()
}

/// U2: a date is closed after its day, or before by who may and says why.
#[tokio::test]
async fn a_date_is_not_closed_before_its_day_is_over_unless_that_is_meant() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    let date = |more: Value| {
        let mut body = more;
        body["business_date"] = "2026-12-01".into();
        body
    };
    app.set_clock("2026-12-01T23:59:59Z");
    let early = hotel.manager.post(&path, &date(json!({}))).await.expect(409);
    assert_eq!(early.code(), "night_audit.day_not_over");
    assert!(early.body["detail"].as_str().is_some_and(|detail| detail.contains("2026-12-01 23:59")), "{}", early.body);
    for more in [json!({"close_early": true}), json!({"close_early": true, "reason": "  "})] {
        assert_eq!(hotel.manager.post(&path, &date(more)).await.expect(422).pointers(), ["/reason"]);
    }
    let meant = date(json!({"close_early": true, "reason": "closed for the season"}));
    let desk = app.staff(&["night_audit:read", "night_audit:run"], Some(&hotel.id)).await;
    assert_eq!(desk.post(&path, &meant).await.expect(403).body["permission"], "night_audit:close_early");
    assert_eq!(business_date(&hotel).await, "2026-12-01");

    let closed = hotel.manager.post(&path, &meant).await.expect(200);
    assert_eq!(closed.body["early_reason"], "closed for the season");
    let changes = app.rows("SELECT changes FROM outbox WHERE kind = 'property.date_closed'").await[0]["changes"].clone();
    assert_eq!(changes["closed_early"]["after"], true, "{changes}");
    assert!(changes["reason"].is_object() && !changes.to_string().contains("season"), "{changes}");
    // Who asks for the closed date again needs nothing of that, and at midnight nobody does.
    assert_eq!(desk.post(&path, &date(json!({}))).await.expect(200).body, closed.body);
    app.set_clock("2026-12-03T00:00:00Z");
    assert_eq!(preview(&hotel).await["can_close"], true);
    let next = desk.post(&path, &json!({"business_date": "2026-12-02"})).await.expect(200);
    assert_eq!(next.body["early_reason"], Value::Null);
}

/// U2: the audit asks for a decision about each guest who has not come: still expected, no-show, or cancelled.
#[tokio::test]
async fn the_audit_asks_about_each_arrival_that_is_open() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let mut bookings = Vec::new();
    for _ in 0..4 {
        bookings.push(hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await);
    }
    let [late, missing, cancelled, free] = bookings.as_slice() else { panic!("four") };
    app.set_clock(NIGHT);
    let told = preview(&hotel).await;
    assert_eq!((&told["business_date"], &told["can_close"]), (&json!("2026-12-02"), &json!(false)), "no date was closed yet");

    let open = run(&hotel, "2026-12-01", json!({})).await.expect(409);
    assert_eq!(open.code(), "night_audit.arrivals_open");
    let named: Vec<&Value> = open.body["arrivals"].as_array().expect("a list").iter().map(|stay| &stay["booking_id"]).collect();
    assert_eq!(named, bookings.iter().map(|booking| &booking.body["id"]).collect::<Vec<_>>());
    assert_eq!(open.body["arrivals"][0]["room_number"], "101");
    let three = [decision(late, "expected_until_morning"), decision(missing, "no_show"), decision(cancelled, "cancel")];
    let open = run(&hotel, "2026-12-01", json!({"arrivals": three})).await.expect(409);
    assert_eq!(
        (open.body["arrivals"].as_array().map(Vec::len), &open.body["arrivals"][0]["booking_id"]),
        (Some(1), &free.body["id"])
    );
    for booking in &bookings {
        assert_eq!(read(&hotel, booking).await["version"], 1, "nothing is half done");
    }

    // What is asked for needs its permission and its reason.
    let waived = |reason: Option<&str>| {
        let mut last = decision(free, "no_show");
        (last["waive_fee"], last["reason"]) = (json!(true), json!(reason));
        json!({"arrivals": [three[0], three[1], three[2], last]})
    };
    assert_eq!(run(&hotel, "2026-12-01", waived(None)).await.expect(422).pointers(), ["/arrivals/3/reason"]);
    let twice = json!({"arrivals": [three[0], three[0]]});
    assert_eq!(run(&hotel, "2026-12-01", twice).await.expect(422).pointers(), ["/arrivals/1/stay_id"]);
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    let clerk = app.staff(&["night_audit:run"], Some(&hotel.id)).await;
    let mut body = json!({"business_date": "2026-12-01", "arrivals": [three[2]]});
    assert_eq!(clerk.post(&path, &body).await.expect(403).body["permission"], "bookings:write");
    body["arrivals"] = waived(Some("the airport was closed"))["arrivals"].clone();
    let clerk = app.staff(&["night_audit:run", "bookings:write"], Some(&hotel.id)).await;
    assert_eq!(clerk.post(&path, &body).await.expect(403).body["permission"], "bookings:waive_fee");

    let closed = hotel.manager.post(&path, &body).await.expect(200);
    assert_eq!(
        (&closed.body["late_arrivals"], &closed.body["no_shows"], &closed.body["arrivals"]),
        (&json!(1), &json!(2), &json!(0))
    );
    let mut after = Vec::new();
    for booking in &bookings {
        let now = read(&hotel, booking).await;
        after.push((now["status"].clone(), now["total"].clone(), now["stays"][0]["late_on"].clone()));
    }
    let expected = [
        ("confirmed", "200.00", json!("2026-12-02")),
        ("no_show", "200.00", json!(null)),
        ("cancelled", "0.00", json!(null)),
        ("no_show", "0.00", json!(null)),
    ];
    assert_eq!(after, expected.map(|(status, total, late_on)| (json!(status), eur(total), late_on)));
    let kept = app.rows("SELECT changes FROM outbox WHERE kind = 'stay.expected_late'").await;
    assert_eq!(kept[0]["changes"]["late_on"]["after"], "2026-12-02");
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_fee_of_each_decision_is_told_before() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    let of_hotel = format!("property_id = '{}'", hotel.id);
    app.sql(&format!(
        "UPDATE cancellation_policies SET no_show_fee_kind = 'nights', no_show_fee_value = 1 WHERE {of_hotel};
         INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
         SELECT property_id, id, 24, 'percent', 500000, now(), now() FROM cancellation_policies WHERE {of_hotel}"
    ))
    .await;
    let missing = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let cancelled = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let mut hold = hotel.request("2026-12-01", "2026-12-02");
    hold["hold_minutes"] = json!(30);
    hotel.manager.post("/v1/bookings", &hold).await.expect(201);
    app.set_clock(NIGHT);
    let fees = |arrival: &Value| json!([arrival["no_show_fee"], arrival["cancellation_fee"]]);
    let told = preview(&hotel).await;
    assert_eq!(fees(&told["holds"][0]), json!([null, null]));
    let open = run(&hotel, "2026-12-01", json!({})).await.expect(409);
    for arrivals in [&told["arrivals"], &open.body["arrivals"]] {
        let all: Vec<Value> = arrivals.as_array().expect("a list").iter().map(fees).collect();
        assert_eq!(all, vec![json!([eur("100.00"), eur("150.00")]); 2], "a night, or half of three");
    }
    let arrivals = json!({"arrivals": [decision(&missing, "no_show"), decision(&cancelled, "cancel")]});
    run(&hotel, "2026-12-01", arrivals).await.expect(200);
    for (booking, fee) in [(&missing, "100.00"), (&cancelled, "150.00")] {
        assert_eq!(read(&hotel, booking).await["total"], eur(fee));
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_who_are_expected_arrive_on_the_new_date() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let short = desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-01", "2026-12-02")).await.expect(201);
    let long = desk.post("/v1/bookings", &hotel.request_for(1, "2026-12-01", "2026-12-04")).await.expect(201);
    app.set_clock(NIGHT);
    let both = [decision(&short, "expected_until_morning"), decision(&long, "expected_until_morning")];
    run(&hotel, "2026-12-01", json!({"arrivals": both})).await.expect(200);

    let day = desk.get(&format!("/v1/front-desk?property_id={}", hotel.id)).await.expect(200).body;
    let listed: Vec<&Value> = day["arrivals"].as_array().expect("a list").iter().map(|stay| &stay["booking_id"]).collect();
    assert_eq!((&day["date"], listed), (&json!("2026-12-02"), vec![&short.body["id"], &long.body["id"]]));
    assert_eq!((&day["arrivals"][0]["late_on"], &day["arrivals"][0]["room_number"]), (&json!("2026-12-02"), &json!("101")));
    // Nobody else has the night that is theirs, and the clock does not make them a no-show.
    hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("the jobs");
    for booking in [&short, &long] {
        assert_eq!(act(desk, booking, "check-in").await.expect(200).body["status"], "checked_in");
    }
    app.assert_consistent().await;
    let day = desk.get(&format!("/v1/front-desk?property_id={}", hotel.id)).await.expect(200).body;
    assert_eq!(day["departures"][0]["booking_id"], short.body["id"], "who came for one night leaves on the same date");
    assert_eq!(act(desk, &short, "check-out").await.expect(200).body["total"], eur("100.00"));
    assert_eq!(by_date(&app, &long).await, sums(&[("2026-12-01", 10_000), ("2026-12-02", 10_000), ("2026-12-03", 10_000)]));
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_was_expected_and_did_not_come_is_decided_about_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut bookings = Vec::new();
    for until in ["2026-12-02", "2026-12-04", "2026-12-04"] {
        bookings.push(hotel.book(&hotel.manager, "2026-12-01", until).await);
    }
    let [short, long, again] = bookings.as_slice() else { panic!("three") };
    let all = |decisions: [&str; 3]| -> Value {
        let arrivals = bookings.iter().zip(decisions).map(|(booking, word)| decision(booking, word));
        json!({"arrivals": arrivals.collect::<Vec<_>>()})
    };
    let expected = "expected_until_morning";
    app.set_clock(NIGHT);
    run(&hotel, "2026-12-01", all([expected, expected, expected])).await.expect(200);
    app.set_clock("2026-12-03T01:00:00Z");
    let told = preview(&hotel).await;
    assert_eq!((&told["arrivals"][0]["is_late"], &told["arrivals"][0]["decision"]), (&json!(true), &json!(null)));
    let over = run(&hotel, "2026-12-02", all([expected, "no_show", expected])).await.expect(422);
    assert_eq!(over.pointers(), ["/arrivals/0/decision"]);
    assert_eq!(business_date(&hotel).await, "2026-12-02");
    run(&hotel, "2026-12-02", all(["no_show", "no_show", expected])).await.expect(200);
    // The fee, which is the whole price, is in place of the night that was kept, too.
    assert_eq!(by_date(&app, short).await, sums(&[("2026-12-02", 10_000)]));
    assert_eq!(by_date(&app, long).await, sums(&[("2026-12-02", 30_000)]));
    assert_eq!(read(&hotel, again).await["stays"][0]["late_on"], "2026-12-03");
    app.assert_consistent().await;
    act(&hotel.manager, again, "check-in").await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_hotel_has_a_default_which_holds_for_audits_that_run_by_themselves() {
    let app = TestApp::new().await;
    let settings = json!({"night_audit_time": "02:00"});
    let hotel = app.hotel(HotelSpec { settings, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-05").await;
    let at = async |now: &str| {
        app.set_clock(now);
        hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("the jobs");
        business_date(&hotel).await
    };
    close(&hotel, "2026-11-30").await.expect(200);
    assert_eq!(at(NIGHT).await, "2026-12-01", "nobody said what becomes of the arrival");

    let path = format!("/v1/properties/{}", hotel.id);
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    let setting = json!({"settings": {"open_arrivals": "expected_until_morning"}});
    let changed = hotel.manager.patch(&path, &etag, &setting).await.expect(200);
    assert_eq!(changed.body["settings"]["open_arrivals"], "expected_until_morning");
    assert_eq!(at("2026-12-02T02:35:00Z").await, "2026-12-02");
    let late = read(&hotel, &booking).await;
    assert_eq!((&late["status"], &late["stays"][0]["late_on"]), (&json!("confirmed"), &json!("2026-12-02")));
    assert_eq!(preview(&hotel).await["arrivals"][0]["decision"], "no_show", "guests are expected once");
    assert_eq!(at("2026-12-03T02:35:00Z").await, "2026-12-03");
    assert_eq!(read(&hotel, &booking).await["status"], "no_show");
    app.assert_consistent().await;
    let gone = hotel.manager.patch(&path, changed.header("etag"), &json!({"settings": {"open_arrivals": null}})).await;
    assert_eq!(gone.expect(200).body["settings"]["open_arrivals"], Value::Null);
}

/// U2: a guest who comes at two in the morning is reinstated on the next date, and the charge is credited there.
#[tokio::test]
async fn a_late_guest_is_reinstated_on_the_next_date() {
    let app = TestApp::new().await;
    let hotel = app.hotel(with_no_shows(3)).await;
    let desk =
        app.staff(&["bookings:read", "bookings:write", "stays:undo", "stays:check_in", "stays:no_show"], Some(&hotel.id)).await;
    let mut bookings = Vec::new();
    for (room, until) in [(0, "2026-12-04"), (1, "2026-12-04"), (2, "2026-12-02")] {
        bookings.push(hotel.manager.post("/v1/bookings", &hotel.request_for(room, "2026-12-01", until)).await.expect(201));
    }
    let [charged, waived, one_night] = bookings.as_slice() else { panic!("three") };
    app.set_clock(NIGHT);
    let closed = run(&hotel, "2026-12-01", json!({})).await.expect(200);
    assert_eq!((&closed.body["no_shows"], &closed.body["total_revenue"]), (&json!(3), &eur("700.00")));

    let why = "landed at one in the morning";
    for (body, pointer) in [
        (json!({"reason": why}), "/first_night"),
        (json!({"first_night": "charged"}), "/reason"),
        (json!({"first_night": "free", "reason": why}), "/first_night"),
    ] {
        assert_eq!(reinstate(&desk, charged, &body).await.expect(422).pointers(), [pointer]);
    }
    let free = json!({"first_night": "waived", "reason": why});
    assert_eq!(reinstate(&desk, waived, &free).await.expect(403).body["permission"], "bookings:waive_fee");
    let paid = json!({"first_night": "charged", "reason": why});
    let back = reinstate(&desk, charged, &paid).await.expect(200);
    let stay = &back.body["stays"][0];
    assert_eq!(
        (&back.body["status"], &back.body["total"], &stay["late_on"], &stay["room_number"]),
        (&json!("confirmed"), &eur("300.00"), &json!("2026-12-02"), &json!("101"))
    );
    let back = reinstate(&hotel.manager, waived, &free).await.expect(200);
    assert_eq!(back.body["total"], eur("200.00"));
    assert_eq!(reinstate(&desk, one_night, &paid).await.expect(200).body["total"], eur("100.00"));
    // The closed date bears what it bore. The fee is credited on the open one, with what else is new on it.
    let fee = |booking: &Reply| {
        format!("SELECT sum(amount_minor)::bigint FROM folio_entries WHERE booking_id = '{}' AND kind = 'fee'", booking.id())
    };
    for booking in &bookings {
        assert_eq!(app.number(&fee(booking)).await, 0);
    }
    assert_eq!(
        app.number("SELECT count(*) FROM folio_entries WHERE kind = 'fee' AND amount_minor < 0 AND posted_on = '2026-12-02'")
            .await,
        3
    );
    assert_eq!(
        hotel.manager.get(&format!("/v1/night-audits?property_id={}", hotel.id)).await.expect(200).body["items"][0],
        closed.body
    );
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'stay.reinstated' ORDER BY id").await;
    assert_eq!(told[0]["changes"]["late_on"]["after"], "2026-12-02", "{told:?}");
    app.assert_consistent().await;
    for booking in &bookings {
        act(&desk, booking, "check-in").await.expect(200);
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_late_guest_gets_the_nights_that_are_still_there() {
    let app = TestApp::new().await;
    let hotel = app.hotel(with_no_shows(2)).await;
    let desk = &hotel.manager;
    let body = json!({"first_night": "charged", "reason": "the train was late"});
    let moves = desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-01", "2026-12-04")).await.expect(201);
    let lost = desk.post("/v1/bookings", &hotel.request_for(1, "2026-12-01", "2026-12-04")).await.expect(201);
    app.set_clock(NIGHT);
    run(&hotel, "2026-12-01", json!({})).await.expect(200);
    // Their rooms are sold again, but one night of one of them.
    let other = desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-02", "2026-12-04")).await.expect(201);
    let back = reinstate(desk, &moves, &body).await.expect(200);
    assert_eq!(back.body["stays"][0]["room_number"], "102", "another room, for the nights that are left");
    let nights = app
        .rows(&format!(
            "SELECT night::text AS night, number FROM room_nights n JOIN rooms r ON r.id = n.room_id WHERE stay_id = '{}' ORDER BY 1",
            stay_of(&moves)
        ))
        .await;
    let rooms: Vec<&Value> = nights.iter().map(|night| &night["number"]).collect();
    assert_eq!(rooms, ["101", "102", "102"]);
    app.assert_consistent().await;
    let full = reinstate(desk, &lost, &body).await.expect(409);
    assert_eq!(full.code(), "booking.no_availability");
    act(desk, &other, "cancel").await.expect(200);
    reinstate(desk, &lost, &body).await.expect(200);
    app.assert_consistent().await;
    // They do not come after all; that is undone on the same date as ever, and two dates later nobody is taken back.
    assert_eq!(act(desk, &lost, "no-show").await.expect(200).body["total"], eur("300.00"));
    app.assert_consistent().await;
    let both = json!({"first_night": "charged", "reason": "they came"});
    assert_eq!(reinstate(desk, &lost, &both).await.expect(422).pointers(), ["/first_night"], "nothing of it is closed");
    assert_eq!(act(desk, &lost, "reinstate").await.expect(200).body["total"], eur("300.00"));
    act(desk, &lost, "no-show").await.expect(200);
    app.set_clock("2026-12-04T01:00:00Z");
    for date in ["2026-12-02", "2026-12-03"] {
        run(&hotel, date, json!({})).await.expect(200);
    }
    assert_eq!(reinstate(desk, &lost, &body).await.expect(409).code(), "booking.too_late");
    app.assert_consistent().await;
}
