//! Dry runs: what a deed would come to, and slips that must not do it. That nothing is kept of any is a matter of `every_route`.
use super::{left, number, read, stay, terms, with};
use crate::support::{Client, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

async fn try_to(client: &Client, booking: &Reply, action: &str, body: &Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/{action}?dry_run=true", booking.id()), body).await
}

#[tokio::test]
async fn what_cancelling_and_leaving_early_cost_is_told_before() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(500_000)).await;
    let (guest, desk) = (app.guest().await, &hotel.manager);
    let booking = hotel.book(&guest, "2026-12-02", "2026-12-05").await;
    app.set_clock("2026-12-01T16:00:00Z");
    let before = app.contents().await;
    let cancelled = try_to(&guest, &booking, "cancel", &json!({})).await.expect(200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("cancelled"), &eur("150.00")));
    assert_eq!(read(&guest, &booking).await.body, booking.body, "it is as it was");
    app.set_clock("2026-12-02T12:00:00Z");
    let absent = try_to(desk, &booking, "no-show", &json!({})).await.expect(200);
    assert_eq!((&absent.body["status"], &absent.body["total"]), (&json!("no_show"), &eur("300.00")));
    let refused = try_to(desk, &booking, "check-out", &json!({})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["from"]), ("booking.illegal_move", &json!("confirmed")));
    let refused = try_to(&guest, &booking, "cancel", &json!({"waive_fee": true, "reason": "Please"})).await.expect(403);
    assert_eq!(refused.body["permission"], "bookings:waive_fee");
    assert_eq!(app.contents().await, before);

    act(desk, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    let told = try_to(desk, &booking, "check-out", &json!({})).await.expect(200);
    assert_eq!((&told.body["check_out"], stay(&told, 0)["status"].as_str()), (&json!("2026-12-03"), Some("checked_out")));
    assert_eq!((left(&app, &hotel, "2026-12-03").await, left(&app, &hotel, "2026-12-04").await), (1, 1), "the nights are kept");
    let gone = act(desk, &booking, "check-out").await.expect(200);
    assert_eq!(gone.body, told.body);
    assert_eq!(left(&app, &hotel, "2026-12-03").await, 2);
    let back = try_to(desk, &booking, "undo-check-out", &json!({})).await.expect(200);
    assert_eq!((&back.body["status"], &back.body["total"]), (&json!("checked_in"), &eur("300.00")));
    assert_eq!(read(desk, &booking).await.body, gone.body);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_sale_is_tried_without_taking_the_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await.with("idempotency-key", "once");
    let request = hotel.request("2026-12-10", "2026-12-12");
    let before = app.contents().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let told = guest.post("/v1/bookings?dry_run=true", &request).await.expect(201);
        assert_eq!((&told.body["status"], &told.body["total"]), (&json!("confirmed"), &eur("200.00")));
        assert_eq!(told.header("idempotency-replayed"), "", "a dry run is not answered by a key, nor for one");
        guest.get(&format!("/v1/bookings/{}", told.id())).await.expect(404);
        ids.push(told.id().to_owned());
    }
    assert_ne!(ids[0], ids[1]);
    let dear = guest.post("/v1/bookings?dry_run=true", &with(request.clone(), "/expected_total", eur("180.00"))).await;
    assert_eq!(dear.expect(409).body["actual_total"], eur("200.00"));
    assert_eq!(app.contents().await, before);

    let booked = guest.post("/v1/bookings", &request).await.expect(201);
    assert!(!ids.contains(&booked.id().to_owned()), "the ids of dry runs are not kept");
    let full = guest.post("/v1/bookings?dry_run=true", &request).await.expect(409);
    assert_eq!(full.code(), "booking.no_availability");
    assert_eq!(guest.post("/v1/bookings", &request).await.expect(201).header("idempotency-replayed"), "true");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_rearrangement_is_tried_and_nobody_moves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = &hotel.manager;
    let first = book(desk, &hotel.request_for(0, "2026-12-12", "2026-12-14")).await.expect(201);
    let movable = hotel.book(desk, "2026-12-12", "2026-12-14").await;
    act(desk, &first, "cancel").await.expect(200);
    book(desk, &hotel.request_for(0, "2026-12-10", "2026-12-12")).await.expect(201);
    assert_eq!(number(&movable, 0), "102");

    let request = hotel.request("2026-12-10", "2026-12-14");
    let before = app.contents().await;
    let told = desk.post("/v1/bookings?dry_run=true", &request).await.expect(201);
    assert_eq!(app.contents().await, before);
    let done = book(desk, &request).await.expect(201);
    assert_eq!((number(&told, 0), number(&done, 0)), ("102", "102"));
    assert_eq!(number(&read(desk, &movable).await, 0), "101", "where the one before was");
    app.assert_consistent().await;
}

/// U1: a query parameter that is misspelt, or has no value that is known, is refused by its name, and nothing is done.
#[tokio::test]
async fn a_slip_in_the_query_does_not_do_the_deed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, desk) = (app.guest().await, &hotel.manager);
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-03").await;
    let path = format!("/v1/bookings/{}", booking.id());
    for (query, meant) in [("dryrun=true", "dry_run"), ("dryRun=true", "dry_run"), ("dry-run=1", "dry_run")] {
        let refused = guest.post(&format!("{path}/cancel?{query}"), &json!({})).await.expect(422);
        let name = query.split('=').next().expect("a name");
        assert_eq!((refused.code(), refused.pointers()), ("request.invalid", vec![format!("/{name}").as_str()]));
        let detail = format!("is not a parameter of this operation; did you mean {meant}?");
        assert_eq!(refused.body["errors"][0], json!({"pointer": format!("/{name}"), "in": "query", "detail": detail}));
    }
    for query in ["dry_run=perhaps", "dry_run=", "dry_run=1", "dry_run=true&dry_run=false"] {
        let refused = guest.post(&format!("{path}/cancel?{query}"), &json!({})).await.expect(422);
        assert_eq!(refused.pointers(), ["/dry_run"], "{query}: {}", refused.body);
    }
    assert_eq!(read(&guest, &booking).await.body, booking.body);
    let listed = desk.get("/v1/bookings?statuss=held&limit=1&x").await.expect(422);
    assert_eq!(listed.pointers(), ["/statuss", "/x"]);
    let none = guest.get(&format!("{path}?expand=stays")).await.expect(422);
    assert_eq!(none.body["errors"][0]["detail"], "is not a parameter of this operation, which takes none");
    assert_eq!(act(&guest, &booking, "cancel?dry_run=false").await.expect(200).body["status"], "cancelled");
}
