mod copies;
mod exporting;
mod refusals;
mod revealing;
mod timeline;

use crate::every_route::Exception::NotKeyed;
use crate::every_route::{Call, Request};
use crate::support::{HotelSpec, Reply, TestApp, act};
use serde_json::{Value, json};

fn items(reply: &Reply) -> &[Value] {
    reply.body["items"].as_array().unwrap_or_else(|| panic!("{}", reply.body))
}

fn kinds(reply: &Reply) -> Vec<&str> {
    items(reply).iter().map(|item| item["kind"].as_str().expect("text")).collect()
}

#[tokio::test]
async fn the_life_of_a_booking_is_on_the_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = guest
        .with("x-request-id", "req-create")
        .post("/v1/bookings", &hotel.request("2026-12-01", "2026-12-03"))
        .await
        .expect(201);
    let path = format!("/v1/bookings/{}", booking.id());
    guest.patch(&path, "\"1\"", &json!({"contact": {"full_name": "Eva Maria"}, "special_requests": "A cot"})).await.expect(200);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    app.deliver().await;

    let log = hotel.manager.get(&format!("/v1/audit-logs?property_id={}", hotel.id)).await.expect(200);
    let mut of_hotel = kinds(&log);
    of_hotel.reverse();
    assert_eq!(
        of_hotel,
        [
            "property.created",
            "room_type.created",
            "cancellation_policy.created",
            "rate_plan.created",
            "room_type.created",
            "rate_plan.updated",
            "room.created",
            "guest.created",
            "booking.created",
            "stay.created",
            "guest.created",
            "booking.updated",
            "booking.status_changed",
            "stay.checked_in",
            "room.housekeeping_set",
            "booking.status_changed",
            "stay.checked_out"
        ]
    );
    let seqs: Vec<i64> = items(&log).iter().rev().map(|item| item["seq"].as_i64().expect("a number")).collect();
    assert_eq!(seqs, (1..=17).collect::<Vec<_>>(), "without a gap");
    for pair in items(&log).windows(2) {
        assert_eq!(pair[0]["prev_hash"], pair[1]["hash"], "each follows from the one before");
    }
    let created = items(&log).iter().find(|item| item["kind"] == "booking.created").unwrap();
    assert_eq!(
        (&created["entity"], &created["entity_id"], &created["booking_id"]),
        (&json!("booking"), &booking.body["id"], &booking.body["id"])
    );
    assert_eq!(
        (&created["actor_kind"], &created["actor_id"], &created["request_id"]),
        (&json!("user"), &json!(guest.user_id()), &json!("req-create"))
    );
    assert_eq!(created["occurred_at"], "2026-12-01T12:00:00.000000Z");
    assert_eq!(created["changes"]["status"], json!({"before": null, "after": "confirmed"}));
    assert_eq!(created["changes"]["total"]["after"], json!({"amount": "200.00", "currency": "EUR"}));
    let updated = items(&log).iter().find(|item| item["kind"] == "booking.updated").unwrap();
    let withheld = json!({"withheld": true});
    assert_eq!(updated["changes"], json!({"contact_name": withheld, "guest_id": withheld, "special_requests": withheld}));
    for personal in ["Ana Sousa", "Eva Maria", "ana@example.com", "A cot", "example.com"] {
        assert!(!log.body.to_string().contains(personal), "{personal} is on the record");
    }

    // Filters and pages.
    let by = async |query: &str| hotel.manager.get(&format!("/v1/audit-logs?{query}")).await.expect(200);
    assert_eq!(kinds(&by("kind=stay.checked_in").await), ["stay.checked_in"]);
    assert_eq!(kinds(&by("request_id=req-create").await), ["stay.created", "booking.created", "guest.created"]);
    assert_eq!(items(&by(&format!("booking_id={}", booking.id())).await).len(), 7);
    assert_eq!(items(&by(&format!("actor_id={}", guest.user_id())).await).len(), 5);
    assert_eq!(items(&by("entity=room").await).len(), 2);
    assert_eq!(items(&by(&format!("entity_id={}", hotel.double)).await).len(), 1);
    let mut paged = by("limit=4").await;
    let mut seen = kinds(&paged).into_iter().map(String::from).collect::<Vec<_>>();
    while let Some(cursor) = paged.body["next_cursor"].as_str() {
        paged = by(&format!("limit=4&cursor={cursor}")).await;
        seen.extend(kinds(&paged).into_iter().map(String::from));
    }
    assert_eq!(seen, kinds(&log));
    // Delivering again delivers nothing twice.
    app.sql("UPDATE outbox_sinks SET position = 0").await;
    app.deliver().await;
    assert_eq!(by("").await.body, log.body);
}

/// U12: the record names who acted, and tells guests less of it than staff.
#[tokio::test]
async fn a_timeline_tells_guests_less_than_staff() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-03").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.deliver().await;
    let path = format!("/v1/bookings/{}/timeline", booking.id());
    let (seen, all) = (guest.get(&path).await.expect(200), hotel.manager.get(&path).await.expect(200));
    let expected = ["booking.created", "stay.created", "booking.status_changed", "stay.checked_in"];
    assert_eq!((kinds(&seen), kinds(&all)), (expected.to_vec(), expected.to_vec()), "oldest first");
    assert_eq!(items(&seen)[0]["actor_id"], guest.user_id());
    assert_eq!((&items(&seen)[2]["actor_id"], &items(&seen)[2]["request_id"]), (&Value::Null, &Value::Null));
    assert_eq!(items(&all)[2]["actor_id"], hotel.manager.user_id());
    let names = |reply: &Reply| items(reply).iter().map(|entry| entry["actor_name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&all), ["guest", "guest", "Test Person", "Test Person"], "for those who may not read accounts");
    assert_eq!(names(&seen), ["guest", "guest", "hotel", "hotel"]);
    assert!(items(&all)[1]["changes"]["room_id"].is_object(), "{}", items(&all)[1]);
    assert!(items(&seen)[1]["changes"].get("room_id").is_none(), "{}", items(&seen)[1]);
    assert!(!seen.body.to_string().contains(hotel.manager.user_id()));
    let page = guest.get(&format!("{path}?limit=3")).await.expect(200);
    let rest =
        guest.get(&format!("{path}?limit=3&cursor={}", page.body["next_cursor"].as_str().expect("text"))).await.expect(200);
    assert_eq!((kinds(&page).len(), kinds(&rest)), (3, vec!["stay.checked_in"]));
    app.guest().await.get(&path).await.expect(404);

    // What the hotel keeps to itself is not even named.
    let booking = format!("/v1/bookings/{}", booking.id());
    for patch in
        [json!({"notes": "Difficult", "tags": ["vip"]}), json!({"notes": "Better now", "special_requests": "A cot, please"})]
    {
        let etag = hotel.manager.get(&booking).await.expect(200).header("etag").to_owned();
        hotel.manager.patch(&booking, &etag, &patch).await.expect(200);
    }
    app.deliver().await;
    let of_staff = hotel.manager.get(&format!("{path}?limit=200")).await.expect(200);
    assert_eq!(kinds(&of_staff)[4..], ["booking.updated", "booking.updated"], "{}", of_staff.body);
    let of_guest = guest.get(&format!("{path}?limit=200")).await.expect(200);
    assert_eq!(kinds(&of_guest)[4..], ["booking.updated"], "{}", of_guest.body);
    assert_eq!(items(&of_guest)[4]["changes"], json!({"special_requests": {"withheld": true}}));
    assert!(!of_guest.body.to_string().contains(hotel.manager.user_id()), "{}", of_guest.body);
}

#[tokio::test]
async fn a_chain_that_was_touched_is_found_out() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for _ in 0..2 {
        hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    }
    app.deliver().await;
    let entries = app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}'", hotel.id)).await;
    let path = format!("/v1/audit-logs/verify?property_id={}", hotel.id);
    // What is said of the chains; of the copies, other tests tell.
    let verified = async || {
        let body = hotel.manager.get(&path).await.expect(200).body;
        let mut streams = body["streams"].clone();
        for stream in streams.as_array_mut().expect("a list") {
            stream.as_object_mut().expect("an object").remove("copies");
        }
        json!({"intact": body["intact"], "streams": streams})
    };
    let whole = json!({"intact": true, "streams": [{"stream_id": hotel.id, "entries": entries, "first_broken_seq": null, "pruned_seq": 0}]});
    assert_eq!(verified().await, whole);

    let at = |seq: i64| format!("stream_id = '{}' AND seq = {seq}", hotel.id);
    let broken = |seq: i64| json!({"intact": false, "streams": [{"stream_id": hotel.id, "entries": seq - 1, "first_broken_seq": seq, "pruned_seq": 0}]});
    app.sql("CREATE TABLE kept AS SELECT * FROM outbox").await;
    for (sql, seq) in [
        (format!("UPDATE outbox SET changes = '{{}}' WHERE {}", at(5)), 5),
        (format!("UPDATE outbox SET actor_id = gen_random_uuid() WHERE {}", at(1)), 1),
        (format!("UPDATE outbox SET occurred_at = occurred_at + interval '1 second' WHERE {}", at(3)), 3),
        (format!("UPDATE outbox SET kind = 'booking.forged' WHERE {}", at(entries)), entries),
        (format!("DELETE FROM outbox WHERE {}", at(4)), 4),
        (format!("DELETE FROM outbox WHERE {}", at(entries)), entries),
        (format!("UPDATE outbox SET hash = sha256('x') WHERE {}", at(2)), 2),
        (format!("UPDATE outbox SET prev_hash = sha256('x') WHERE {}", at(2)), 2),
    ] {
        app.sql(&sql).await;
        assert_eq!(verified().await, broken(seq), "{sql}");
        app.sql("DELETE FROM outbox; INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept").await;
        assert_eq!(verified().await, whole);
    }
    // The auditor of all sees every stream, and the other hotels are whole.
    app.sql(&format!("UPDATE outbox SET changes = '{{}}' WHERE {}", at(5))).await;
    let auditor = app.staff(&["audit:read"], None).await;
    app.deliver().await;
    let all = auditor.get("/v1/audit-logs/verify").await.expect(200);
    assert_eq!((&all.body["intact"], all.body["streams"].as_array().expect("a list").len()), (&json!(false), 2));
    let system = &all.body["streams"][0];
    assert_eq!((&system["stream_id"], &system["first_broken_seq"]), (&json!(uuid::Uuid::nil()), &Value::Null));
}

#[tokio::test]
async fn only_who_sees_all_sees_what_belongs_to_no_property() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.deliver().await;
    let auditor = app.staff(&["audit:read"], None).await;
    let all = auditor.get("/v1/audit-logs?kind=user.registered").await.expect(200);
    assert_eq!(items(&all).len(), 2, "the administrator and the manager, before the auditor came");
    assert_eq!(items(&hotel.manager.get("/v1/audit-logs?kind=user.registered").await.expect(200)).len(), 0);
    let page = auditor.get("/v1/audit-logs?limit=201").await.expect(422);
    assert_eq!(page.pointers(), ["/limit"]);
}

#[tokio::test]
async fn events_of_one_transaction_are_numbered_without_gap_whatever_comes_late() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    app.deliver().await;
    // An event with an earlier id that commits late, as if its transaction had been slow.
    app.sql("CREATE TABLE late AS SELECT * FROM outbox WHERE false").await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    app.sql("WITH gone AS (DELETE FROM outbox WHERE position IS NULL AND kind = 'booking.created' RETURNING *) INSERT INTO late SELECT * FROM gone").await;
    app.deliver().await;
    app.sql("INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM late").await;
    app.deliver().await;
    let stream =
        app.rows(&format!("SELECT seq, kind FROM outbox WHERE stream_id = '{}' ORDER BY seq DESC LIMIT 2", hotel.id)).await;
    assert_eq!(stream[0]["kind"], "booking.created", "the late one comes last");
    assert_eq!(stream[0]["seq"].as_i64(), stream[1]["seq"].as_i64().map(|seq| seq + 1));
    let verified = hotel.manager.get("/v1/audit-logs/verify").await.expect(200);
    assert_eq!(verified.body["intact"], true);
    assert_eq!(app.number("SELECT count(*) - count(DISTINCT position) FROM outbox").await, 0);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_audit_logs", async |w| {
            w.booking().await;
            w.app.deliver().await;
            Call::plain()
        }),
        Request::new("export_audit_logs", async |w| {
            w.booking().await;
            w.app.deliver().await;
            Call::about(w.property().await)
        }),
        Request::new("redeliver_audit_logs", async |w| {
            w.booking().await;
            w.app.deliver().await;
            Call::plain().json(&json!({"property_id": w.property().await}))
        }),
        Request::new("reveal_audit_log", async |w| {
            w.app.app.person_keys.fill().await.expect("keys");
            let booking = w.booking().await;
            w.app.deliver().await;
            let entry = format!("SELECT event_id FROM outbox WHERE booking_id = '{booking}' AND kind = 'booking.created'");
            let entry = &w.app.rows(&entry).await[0]["event_id"];
            Call::to(entry.as_str().expect("an id")).json(&json!({"reason": "The guest asked"}))
        })
        .but(NotKeyed, "the answer must not be kept: an erasure would not find it"),
        Request::new("verify_audit_logs", async |w| {
            w.booking().await;
            w.app.deliver().await;
            Call::about(w.property().await)
        }),
        Request::new("booking_timeline", async |w| {
            let booking = w.booking().await;
            w.app.deliver().await;
            Call::to(booking)
        }),
    ]
}
