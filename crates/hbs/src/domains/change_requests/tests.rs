use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};

/// Sets a policy by which cancelling costs half the price from a month before arrival on.
async fn half_price_fee(app: &TestApp, hotel: &Hotel) {
    app.sql(&format!(
        "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
         SELECT property_id, id, 720, 'percent', 500000, now(), now() FROM cancellation_policies WHERE property_id = '{}'",
        hotel.id
    ))
    .await;
}

async fn ask(client: &Client, booking: &Reply, wanted: Value) -> Reply {
    let mut body = wanted;
    body["message"] = "Our flight was cancelled".into();
    client.post(&format!("/v1/bookings/{}/change-requests", booking.id()), &body).await
}

async fn act(client: &Client, request: &Reply, action: &str, body: Value) -> Reply {
    client.post(&format!("/v1/change-requests/{}/{action}", request.id()), &body).await
}

async fn read(client: &Client, booking: &Reply) -> Value {
    client.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body
}

/// U8: a change request says whose it is and for when; what is proposed keeps its rooms and its price until the guest accepts.
#[tokio::test]
async fn a_proposal_keeps_its_rooms_and_its_price_until_the_guest_accepts() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let [guest, buyer] = [app.guest().await, app.guest().await];
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let wanted = json!({"amendment": {"check_in": "2026-12-20", "check_out": "2026-12-23"}});
    let once = guest.with("idempotency-key", "ask");
    let request = ask(&once, &booking, wanted.clone()).await.expect(201);
    assert_eq!(request.header("location"), format!("/v1/change-requests/{}", request.id()));
    assert_eq!(
        request.body,
        json!({"id": request.id(), "property_id": hotel.id, "booking_id": booking.id(), "reference": booking.body["reference"],
               "booking_status": "confirmed", "guest_name": "Ana Sousa", "check_in": "2026-12-10", "check_out": "2026-12-12",
               "status": "open", "kind": "amendment",
               "amendment": {"check_in": "2026-12-20", "check_out": "2026-12-23", "stays": [], "reprice": false, "ignore_restrictions": false},
               "cancellation": null, "message": "Our flight was cancelled", "answer": null, "proposal": null, "version": 1,
               "created_at": "2026-12-01T12:00:00Z", "updated_at": "2026-12-01T12:00:00Z"})
    );
    assert_eq!(ask(&once, &booking, wanted.clone()).await.expect(201).body, request.body, "sent again");
    assert_eq!(ask(&guest, &booking, wanted).await.expect(409).code(), "change_request.already_open");
    assert_eq!(act(&guest, &request, "accept", json!({})).await.expect(409).code(), "change_request.illegal_move");
    act(&guest, &request, "propose", json!({"amendment": {}})).await.expect(403);

    // Staff offer two more nights at a price of their own.
    let stay = booking.body["stays"][0]["id"].clone();
    let price = json!({"stay_id": stay, "check_out": "2026-12-14", "nightly_price": eur("80.00")});
    let proposal = json!({"amendment": {"stays": [price]}, "answer": "A day later we are full; stay longer for less?"});
    let proposed = act(&hotel.manager.with("idempotency-key", "offer"), &request, "propose", proposal.clone()).await.expect(200);
    assert_eq!(
        (
            &proposed.body["status"],
            &proposed.body["answer"],
            &proposed.body["proposal"]["total"],
            &proposed.body["proposal"]["difference"]
        ),
        (&json!("proposed"), &proposal["answer"], &eur("320.00"), &eur("120.00"))
    );
    assert_eq!(proposed.body["proposal"]["expires_at"], "2026-12-01T12:30:00Z");
    let again = act(&hotel.manager.with("idempotency-key", "offer"), &request, "propose", proposal).await.expect(200);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&proposed.body, "true"));
    let mails = app.mail_to("ana@example.com").await;
    let text =
        mails.iter().map(|mail| mail["text"].as_str().expect("text")).find(|text| text.contains("propose")).expect("a mail");
    for words in [
        "Test Hotel",
        "320.00 EUR",
        "120.00 EUR",
        "stay longer for less?",
        "Tuesday, 1 December 2026, 12:30",
        &format!("/bookings/{}", booking.id()),
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    app.assert_consistent().await;

    // One of the two rooms is set aside on the nights that are added, and on no other.
    hotel.book(&buyer, "2026-12-12", "2026-12-14").await;
    let refused = buyer.post("/v1/bookings", &hotel.request("2026-12-13", "2026-12-15")).await.expect(409);
    assert_eq!((refused.code(), &refused.body["nights"][0]["date"]), ("booking.no_availability", &json!("2026-12-13")));
    hotel.book(&buyer, "2026-12-10", "2026-12-12").await;

    // Prices go up, the plan is closed, and the guest gets what was proposed all the same.
    app.sql(&format!("UPDATE room_types SET base_price_minor = 50000 WHERE id = '{}'", hotel.double)).await;
    let plan = hotel.default_plan(&app).await;
    app.sql(&format!("UPDATE rate_plans SET is_active = false, is_default = false WHERE id = '{plan}'")).await;
    act(&buyer, &request, "accept", json!({})).await.expect(404);
    let accepting = guest.with("idempotency-key", "yes");
    let accepted = act(&accepting, &request, "accept", json!({})).await.expect(200);
    assert_eq!((&accepted.body["status"], accepted.header("etag")), (&json!("accepted"), "\"3\""));
    let amended = read(&guest, &booking).await;
    assert_eq!(
        (&amended["check_in"], &amended["check_out"], &amended["total"], &amended["status"]),
        (&json!("2026-12-10"), &json!("2026-12-14"), &eur("320.00"), &json!("confirmed"))
    );
    assert_eq!(act(&accepting, &request, "accept", json!({})).await.expect(200).body, accepted.body, "sent again");
    assert_eq!(act(&guest, &request, "accept", json!({})).await.expect(409).code(), "change_request.illegal_move");
    assert_eq!(act(&guest, &request, "decline", json!({})).await.expect(409).body["from"], "accepted");
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 0);
    let kinds = app.event_kinds().await;
    for kind in ["change_request.created", "change_request.proposed", "change_request.accepted", "booking.amended"] {
        assert_eq!(kinds.iter().filter(|told| *told == kind).count(), 1, "{kind}");
    }
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'change_request.created'").await;
    assert_eq!(told[0]["changes"]["message"], json!({"withheld": true}));
    app.assert_consistent().await;
}

#[tokio::test]
async fn rooms_of_a_proposal_come_back_when_it_ends() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let [guest, buyer] = [app.guest().await, app.guest().await];
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let longer = json!({"amendment": {"check_out": "2026-12-13"}});
    let last_night = hotel.request("2026-12-12", "2026-12-13");
    let propose = async || {
        let request = ask(&guest, &booking, json!({"amendment": {"check_out": "2026-12-14"}})).await.expect(201);
        act(&hotel.manager, &request, "propose", longer.clone()).await.expect(200);
        assert_eq!(buyer.post("/v1/bookings", &last_night).await.expect(409).code(), "booking.no_availability");
        request
    };

    let request = propose().await;
    assert_eq!(act(&hotel.manager, &request, "propose", longer.clone()).await.expect(409).body["from"], "proposed");
    assert_eq!(act(&guest, &request, "withdraw", json!({})).await.expect(409).code(), "change_request.illegal_move");
    let declined = act(&guest, &request, "decline", json!({})).await.expect(200);
    assert_eq!((&declined.body["status"], &declined.body["proposal"]["total"]), (&json!("declined"), &eur("300.00")));
    let sold = buyer.post("/v1/bookings", &last_night).await.expect(201);
    buyer.post(&format!("/v1/bookings/{}/cancel", sold.id()), &json!({})).await.expect(200);
    app.assert_consistent().await;

    // Past its time, a sale takes the rooms before any job has come by; and what was proposed is not to be had any more.
    let request = propose().await;
    app.set_clock("2026-12-01T12:31:00Z");
    let sold = buyer.post("/v1/bookings", &last_night).await.expect(201);
    assert_eq!(act(&guest, &request, "accept", json!({})).await.expect(409).code(), "change_request.lapsed");
    app.assert_consistent().await;
    app.move_clock("2026-12-01T12:32:00Z").await;
    let lapsed = guest.get(&format!("/v1/change-requests/{}", request.id())).await.expect(200);
    assert_eq!(lapsed.body["status"], "lapsed");
    assert_eq!(read(&guest, &booking).await["check_out"], "2026-12-12");
    buyer.post(&format!("/v1/bookings/{}/cancel", sold.id()), &json!({})).await.expect(200);
    app.assert_consistent().await;

    // By the job alone.
    let request = propose().await;
    app.move_clock("2026-12-01T13:05:00Z").await;
    assert_eq!(act(&guest, &request, "decline", json!({})).await.expect(409).body["from"], "lapsed");
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 0);

    // What the booking has become meanwhile is not what was talked about.
    let request = propose().await;
    hotel.manager.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_in": "2026-12-11"})).await.expect(200);
    assert_eq!(act(&guest, &request, "accept", json!({})).await.expect(409).code(), "booking.agreement_outdated");
    act(&guest, &request, "decline", json!({})).await.expect(200);

    // A proposal that cannot be is none.
    let request = ask(&guest, &booking, json!({"amendment": {"check_out": "2026-12-14"}})).await.expect(201);
    hotel.book(&buyer, "2026-12-13", "2026-12-14").await;
    let full = act(&hotel.manager, &request, "propose", json!({"amendment": {"check_out": "2026-12-14"}})).await.expect(409);
    assert_eq!(full.code(), "booking.no_availability");
    let stay = booking.body["stays"][0]["id"].clone();
    assert_eq!(act(&hotel.manager, &request, "propose", json!({"amendment": {}})).await.expect(422).pointers(), ["/amendment"]);
    let wrong = json!({"amendment": {"stays": [{"stay_id": stay, "adults": 3}]}});
    assert_eq!(act(&hotel.manager, &request, "propose", wrong).await.expect(422).pointers(), ["/amendment/stays/0/adults"]);
    assert_eq!(guest.get(&format!("/v1/change-requests/{}", request.id())).await.expect(200).body["status"], "open");
    // Another type for the guest, by the way of the same rooms.
    let suite = json!({"amendment": {"stays": [{"stay_id": stay, "room_type_id": hotel.suite}]}});
    act(&hotel.manager, &request, "propose", suite).await.expect(200);
    act(&guest, &request, "accept", json!({})).await.expect(200);
    let moved = read(&guest, &booking).await;
    assert_eq!((&moved["stays"][0]["room_type_id"], &moved["total"]), (&json!(hotel.suite), &eur("250.00")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_accepted_has_a_room_of_its_type_if_not_one_throughout() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-20", "2026-12-21").await;
    let request =
        ask(&guest, &booking, json!({"amendment": {"check_in": "2026-12-10", "check_out": "2026-12-14"}})).await.expect(201);
    act(&hotel.manager, &request, "propose", json!({"amendment": {"check_in": "2026-12-10", "check_out": "2026-12-14"}}))
        .await
        .expect(200);
    // Others book the two rooms, by their names, so that each night has one and no one room has all nights.
    for (room, dates) in [(0, ["2026-12-10", "2026-12-12"]), (1, ["2026-12-12", "2026-12-14"])] {
        hotel.manager.post("/v1/bookings", &hotel.request_for(room, dates[0], dates[1])).await.expect(201);
    }
    act(&guest, &request, "accept", json!({})).await.expect(200);
    let amended = hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body;
    assert_eq!(
        (&amended["check_in"], &amended["stays"][0]["room_id"]),
        (&json!("2026-12-10"), &Value::Null),
        "the desk finds one"
    );
    app.assert_consistent().await;
}

#[tokio::test]
async fn staff_grant_or_refuse_what_policy_forbids() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let [guest, other] = [app.guest().await, app.guest().await];
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let free = hotel.book(&guest, "2027-03-10", "2027-03-12").await;

    for (wanted, pointers) in [
        (json!({}), vec!["/amendment"]),
        (json!({"amendment": {}}), vec!["/amendment"]),
        (json!({"amendment": {"reason": "because"}}), vec!["/amendment"]),
        (json!({"amendment": {"stays": [{"stay_id": booking.body["stays"][0]["id"]}]}}), vec!["/amendment"]),
        (json!({"amendment": {"check_out": "2026-12-13"}, "cancellation": {}}), vec!["/cancellation"]),
        (json!({"amendment": {"check_out": "2026-12-10"}}), vec!["/amendment/check_out"]),
        (json!({"amendment": {"reprice": true}}), vec!["/amendment/reprice"]),
        (json!({"amendment": {"expected_total": eur("1.00")}}), vec!["/amendment/expected_total"]),
        (json!({"amendment": {"stays": [{"stay_id": hotel.id, "adults": 1}]}}), vec!["/amendment/stays/0/stay_id"]),
    ] {
        let refused = ask(&guest, &booking, wanted.clone()).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{wanted}: {}", refused.body);
    }
    let path = format!("/v1/bookings/{}", free.id());
    for (wanted, do_at) in [
        (json!({"amendment": {"check_out": "2027-03-13"}}), format!("{path}/amend")),
        (json!({"cancellation": {}}), format!("{path}/cancel")),
        (
            json!({"cancellation": {"stay_id": free.body["stays"][0]["id"]}}),
            format!("{path}/stays/{}/cancel", free.body["stays"][0]["id"].as_str().expect("an id")),
        ),
    ] {
        let needless = ask(&guest, &free, wanted).await.expect(409);
        assert_eq!((needless.code(), &needless.body["do_at"]), ("change_request.not_needed", &json!(do_at)));
    }
    ask(&other, &booking, json!({"cancellation": {}})).await.expect(404);

    // Refused, with a reason.
    let request = ask(&guest, &booking, json!({"cancellation": {}})).await.expect(201);
    assert_eq!((&request.body["kind"], &request.body["cancellation"]), (&json!("cancellation"), &json!({"stay_id": null})));
    act(&hotel.manager, &request, "refuse", json!({})).await.expect(422);
    let refused = act(&hotel.manager, &request, "refuse", json!({"answer": "Not at this price"})).await.expect(200);
    assert_eq!((&refused.body["status"], &refused.body["answer"]), (&json!("refused"), &json!("Not at this price")));

    // Withdrawn, noted by staff, and granted.
    let request = ask(&guest, &booking, json!({"amendment": {"check_out": "2026-12-13"}})).await.expect(201);
    assert_eq!(act(&guest, &request, "withdraw", json!({})).await.expect(200).body["status"], "withdrawn");
    let noted = ask(&hotel.manager, &booking, json!({"amendment": {"check_out": "2026-12-13"}})).await.expect(201);
    let dear = act(&hotel.manager, &noted, "grant", json!({"expected_total": eur("200.00")})).await.expect(409);
    assert_eq!((dear.code(), &dear.body["actual_total"]), ("booking.price_changed", &eur("300.00")));
    act(&guest, &noted, "grant", json!({})).await.expect(403);
    let granted = act(&hotel.manager, &noted, "grant", json!({"answer": "With pleasure"})).await.expect(200);
    assert_eq!((&granted.body["status"], &granted.body["answer"]), (&json!("granted"), &json!("With pleasure")));
    assert_eq!(read(&guest, &booking).await["total"], eur("300.00"));
    assert_eq!(act(&hotel.manager, &noted, "grant", json!({})).await.expect(409).code(), "change_request.illegal_move");

    // A fee is waived by who may.
    let request = ask(&guest, &booking, json!({"cancellation": {}})).await.expect(201);
    let clerk = app.staff(&["bookings:write", "bookings:read"], Some(&hotel.id)).await;
    assert_eq!(act(&clerk, &request, "grant", json!({})).await.expect(403).body["permission"], "bookings:waive_fee");
    let once = hotel.manager.with("idempotency-key", "grant");
    let granted = act(&once, &request, "grant", json!({})).await.expect(200);
    assert_eq!(act(&once, &request, "grant", json!({})).await.expect(200).body, granted.body);
    let cancelled = read(&guest, &booking).await;
    assert_eq!((&cancelled["status"], &cancelled["total"]), (&json!("cancelled"), &eur("0.00")));
    assert_eq!(ask(&guest, &booking, json!({"cancellation": {}})).await.expect(409).code(), "booking.not_amendable");

    let ids =
        |reply: Reply| reply.body["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    let list = |query: &str| format!("/v1/change-requests?property_id={}{query}", hotel.id);
    assert_eq!(
        ids(clerk.get(&list("&status=granted")).await.expect(200)),
        [noted.body["id"].clone(), request.body["id"].clone()]
    );
    let first = clerk.get(&list("&limit=1")).await.expect(200);
    let cursor = first.body["next_cursor"].as_str().expect("a cursor").to_owned();
    assert_eq!(ids(clerk.get(&list(&format!("&cursor={cursor}&booking_id={}", booking.id()))).await.expect(200)).len(), 3);
    assert_eq!(ids(other.get("/v1/change-requests").await.expect(200)), Vec::<Value>::new());
    assert_eq!(ids(guest.get("/v1/change-requests").await.expect(200)).len(), 4);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_asked_of_a_booking_ends_with_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let guest = app.guest().await;
    let longer = json!({"amendment": {"check_out": "2026-12-13"}});
    let bookings = [hotel.book(&guest, "2026-12-10", "2026-12-12").await, hotel.book(&guest, "2026-12-10", "2026-12-12").await];
    let proposed = ask(&guest, &bookings[0], longer.clone()).await.expect(201);
    act(&hotel.manager, &proposed, "propose", longer.clone()).await.expect(200);
    let open = ask(&guest, &bookings[1], longer).await.expect(201);
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 1);
    for booking in &bookings {
        guest.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
    }
    app.move_clock("2026-12-01T12:01:00Z").await;
    for (request, status) in [(&proposed, "lapsed"), (&open, "withdrawn")] {
        let now = guest.get(&format!("/v1/change-requests/{}", request.id())).await.expect(200);
        assert_eq!(now.body["status"], status);
    }
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_proposal_to_a_guest_of_a_group_uses_the_groups_rooms() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let guest = app.guest().await;
    let group = json!({
        "property_id": hotel.id, "name": "Tour", "code": "TOUR", "cut_off": "2026-12-05",
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-13", "rooms": 2}],
    });
    hotel.manager.post("/v1/groups", &group).await.expect(201);
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["group_code"] = "TOUR".into();
    let booking = guest.post("/v1/bookings", &request).await.expect(201);
    let longer = json!({"amendment": {"check_out": "2026-12-14"}});
    let asked = ask(&guest, &booking, longer.clone()).await.expect(201);
    act(&hotel.manager, &asked, "propose", longer).await.expect(200);
    // Beside what is set aside for the group: the night that is none of it, and no other.
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory WHERE night = '2026-12-12'").await, 2);
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory WHERE night = '2026-12-13'").await, 1);
    act(&guest, &asked, "accept", json!({})).await.expect(200);
    assert_eq!(read(&guest, &booking).await["check_out"], "2026-12-14");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_proposal_can_be_of_a_room_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let double = json!({"amendment": {"add_rooms": [{"room_type_id": hotel.double, "adults": 2}]}});
    let request = ask(&guest, &booking, double).await.expect(201);
    let suite = json!({"amendment": {"add_rooms": [{"room_type_id": hotel.suite, "adults": 2}]}});
    let proposed = act(&hotel.manager, &request, "propose", suite).await.expect(200);
    assert_eq!(proposed.body["proposal"]["difference"], eur("500.00"));
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 2);
    // The price is what was agreed.
    app.sql(&format!("UPDATE room_types SET base_price_minor = 90000 WHERE id = '{}'", hotel.suite)).await;
    act(&guest, &request, "accept", json!({})).await.expect(200);
    let now = read(&guest, &booking).await;
    assert_eq!((now["stays"].as_array().expect("stays").len(), &now["total"]), (2, &eur("700.00")));
    assert_eq!(app.number("SELECT sum(allotted) FROM inventory").await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_proposal_is_for_the_dates_that_it_was_made_for() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let request = ask(&guest, &booking, json!({"cancellation": {}})).await.expect(201);
    let double = json!({"amendment": {"add_rooms": [{"room_type_id": hotel.double, "adults": 2}]}});
    act(&hotel.manager, &request, "propose", double).await.expect(200);
    // The dates of the booking, for which the room was proposed, become others.
    let longer = json!({"add_rooms": [{"room_type_id": hotel.suite, "adults": 1, "check_out": "2026-12-20"}]});
    guest.post(&format!("/v1/bookings/{}/amend", booking.id()), &longer).await.expect(200);
    let outdated = act(&guest, &request, "accept", json!({})).await.expect(409);
    assert_eq!(outdated.code(), "booking.agreement_outdated");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_proposal_is_for_all_stays_that_it_was_made_for() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    half_price_fee(&app, &hotel).await;
    let guest = app.guest().await;
    let mut two = hotel.request("2026-12-10", "2026-12-12");
    two["rooms"] = json!([two["rooms"][0], two["rooms"][0]]);
    let booking = guest.post("/v1/bookings", &two).await.expect(201);
    let longer = json!({"amendment": {"check_out": "2026-12-13"}});
    let request = ask(&guest, &booking, longer.clone()).await.expect(201);
    act(&hotel.manager, &request, "propose", longer).await.expect(200);
    let one = booking.body["stays"][0]["id"].as_str().expect("an id");
    guest.post(&format!("/v1/bookings/{}/stays/{one}/cancel", booking.id()), &json!({})).await.expect(200);
    assert_eq!(act(&guest, &request, "accept", json!({})).await.expect(409).code(), "booking.agreement_outdated");
    app.assert_consistent().await;
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("request_change", async |w| {
            // What guests cannot do by themselves: there are no suites.
            let suite = json!({"stay_id": w.stay().await, "room_type_id": w.hotel().await.suite});
            Call::to(w.booking().await).json(&json!({"amendment": {"stays": [suite]}, "message": "A suite, please"}))
        }),
        Request::new("list_change_requests", async |w| {
            asked(w).await;
            Call::plain()
        }),
        Request::new("get_change_request", async |w| Call::to(asked(w).await.id())),
        Request::new("withdraw_change_request", async |w| Call::to(asked(w).await.id())),
        Request::new("grant_change_request", async |w| Call::to(asked(w).await.id()).json(&json!({}))),
        Request::new("refuse_change_request", async |w| Call::to(asked(w).await.id()).json(&json!({"answer": "We are full"}))),
        Request::new("propose_change", async |w| {
            Call::to(asked(w).await.id()).json(&json!({"amendment": {"check_out": "2026-12-05"}}))
        }),
        Request::new("accept_change", async |w| Call::to(proposed(w).await.id())),
        Request::new("decline_change", async |w| Call::to(proposed(w).await.id())),
    ]
}

/// The owner's request to stay for a night more.
async fn asked(w: &World) -> Reply {
    let path = format!("/v1/bookings/{}/change-requests", w.booking().await);
    let longer = json!({"amendment": {"check_out": "2026-12-04"}, "message": "Longer, please"});
    w.admin.post(&path, &longer).await.expect(201)
}

/// Makes a change request with a proposal of the hotel.
async fn proposed(w: &World) -> Reply {
    let asked = asked(w).await;
    act(&w.admin, &asked, "propose", json!({"amendment": {"check_out": "2026-12-04"}})).await.expect(200);
    asked
}
