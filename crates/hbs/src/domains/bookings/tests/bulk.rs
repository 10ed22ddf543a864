//! Actions on many bookings and stays, each with a result of its own.
use super::{for_rooms, read, stay};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, post};
use serde_json::{Value, json};

const CHECK_IN: &str = "/v1/bookings/bulk-check-in";
const CHECK_OUT: &str = "/v1/bookings/bulk-check-out";
const CANCEL: &str = "/v1/bookings/bulk-cancel";

fn items(hotel: &Hotel, bookings: &[&Reply]) -> Value {
    let items: Vec<Value> = bookings.iter().map(|booking| json!({"booking_id": booking.id()})).collect();
    json!({"property_id": hotel.id, "items": items})
}

/// Returns the status of each result, with the code of its problem.
fn outcomes(reply: &Reply) -> Vec<(u64, &str)> {
    let results = reply.body["results"].as_array().expect("results");
    let outcome = |result: &'_ Value| result["status"].as_u64().expect("a status");
    results.iter().map(|result| (outcome(result), result["problem"]["code"].as_str().unwrap_or_default())).collect()
}

/// Four bookings of a night from today on: one for today, one whose room is dirty, one that is cancelled, one for tomorrow.
async fn arrivals(hotel: &Hotel) -> [Reply; 4] {
    let mut made = Vec::new();
    for (room, (from, to)) in [("2026-12-01", "2026-12-02"); 3].into_iter().chain([("2026-12-02", "2026-12-03")]).enumerate() {
        made.push(book(&hotel.manager, &hotel.request_for(room, from, to)).await.expect(201));
    }
    let dirty = format!("/v1/rooms/{}/housekeeping", hotel.rooms[1]);
    hotel.manager.post(&dirty, &json!({"state": "dirty"})).await.expect(200);
    act(&hotel.manager, &made[2], "cancel").await.expect(200);
    made.try_into().expect("four")
}

/// U13: many bookings are checked in, checked out or cancelled in one request, each with the result that it would have alone.
#[tokio::test]
async fn each_has_the_result_that_it_would_have_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let bookings = arrivals(&hotel).await;
    let [ready, dirty, cancelled, tomorrow] = bookings.each_ref();
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let others = elsewhere.book(&elsewhere.manager, "2026-12-01", "2026-12-02").await;
    let request = items(&hotel, &[ready, dirty, cancelled, tomorrow, &others]);
    let done = app.admin().await.post(CHECK_IN, &request).await.expect(200);
    assert_eq!((&done.body["done"], &done.body["refused"]), (&json!(1), &json!(4)));
    let expected = [
        (200, ""),
        (409, "booking.room_not_ready"),
        (409, "booking.illegal_move"),
        (409, "booking.too_early"),
        (404, "request.not_found"),
    ];
    assert_eq!(outcomes(&done), expected);
    let now = read(&hotel.manager, ready).await;
    let first = &done.body["results"][0];
    assert_eq!((&first["booking"], &first["etag"]), (&now.body, &json!(now.header("etag"))));
    assert_eq!(now.body["status"], "checked_in");
    for (booking, result) in [dirty, tomorrow].into_iter().zip([1, 3]) {
        let alone = act(&hotel.manager, booking, "check-in").await.expect(409);
        let told = &done.body["results"][result]["problem"];
        for member in ["type", "title", "status", "detail", "code"] {
            assert_eq!(told[member], alone.body[member]);
        }
        assert_eq!(read(&hotel.manager, booking).await.body["status"], "confirmed");
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn options_hold_for_all_and_ask_for_their_permission() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let [ready, dirty, ..] = arrivals(&hotel).await;
    let mut request = items(&hotel, &[&ready, &dirty]);
    request["options"] = json!({"ignore_housekeeping": true, "reason": "The bus is here"});
    let desk = app.staff(&["stays:check_in"], Some(&hotel.id)).await;
    let refused = desk.post(CHECK_IN, &request).await.expect(200);
    assert_eq!(outcomes(&refused), [(403, "auth.forbidden"); 2]);
    assert_eq!(refused.body["results"][0]["problem"]["permission"], "stays:override");
    let done = hotel.manager.post(CHECK_IN, &request).await.expect(200);
    assert_eq!(outcomes(&done), [(200, ""); 2]);

    let leaving = hotel.manager.post(CHECK_OUT, &items(&hotel, &[&ready, &dirty])).await.expect(200);
    assert_eq!(outcomes(&leaving), [(200, ""); 2]);
    assert_eq!(leaving.body["results"][1]["booking"]["status"], "checked_out");
    app.assert_consistent().await;
}

#[tokio::test]
async fn two_stays_of_a_booking_are_seen_at_one_version() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let three = book(&hotel.manager, &for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[json!({}), json!({}), json!({})])).await;
    let three = three.expect(201);
    let item =
        |place: usize, version: i64| json!({"booking_id": three.id(), "stay_id": stay(&three, place)["id"], "version": version});
    let cancel =
        async |items: Vec<Value>| hotel.manager.post(CANCEL, &json!({"property_id": hotel.id, "items": items})).await.expect(200);
    assert_eq!(outcomes(&cancel(vec![item(0, 7)]).await), [(412, "request.precondition_failed")]);
    let done = cancel(vec![item(0, 1), item(1, 1)]).await;
    assert_eq!(outcomes(&done), [(200, ""); 2]);
    assert_eq!(done.body["results"][1]["etag"], "\"3\"");
    assert_eq!(outcomes(&cancel(vec![item(2, 1)]).await), [(412, "request.precondition_failed")], "somebody else's");
    let twice = json!({"property_id": hotel.id, "items": [item(2, 3), item(2, 3)]});
    assert_eq!(hotel.manager.post(CANCEL, &twice).await.expect(422).pointers(), ["/items/1"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_dry_run_tries_each_item_by_itself() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let two = book(&hotel.manager, &for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[json!({}), json!({})])).await.expect(201);
    let item = |place: usize| json!({"booking_id": two.id(), "stay_id": stay(&two, place)["id"], "version": 1});
    let request = json!({"property_id": hotel.id, "items": [item(0), item(1)]});
    let dry = hotel.manager.post(&format!("{CANCEL}?dry_run=true"), &request).await.expect(200);
    assert_eq!(outcomes(&dry), [(200, ""); 2]);
    assert_eq!(dry.body["results"][1]["etag"], "\"2\"", "the first is not there for the second");
    assert_eq!(read(&hotel.manager, &two).await.header("etag"), "\"1\"");
}

#[tokio::test]
async fn a_request_that_broke_off_goes_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut bookings = Vec::new();
    for _ in 0..3 {
        bookings.push(hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await);
    }
    let all: Vec<&Reply> = bookings.iter().collect();
    let keyed = hotel.manager.with("idempotency-key", "the bus");
    // As if the process had died after the first one.
    let request = items(&hotel, &all);
    keyed.post(CANCEL, &items(&hotel, &all[..1])).await.expect(200);
    assert_eq!(keyed.post(CANCEL, &request).await.expect(409).code(), "idempotency.key_reused");
    app.sql("DELETE FROM idempotency_keys").await;

    let first = keyed.post(CANCEL, &request).await.expect(200);
    let expected = [(409, "booking.illegal_move"), (200, ""), (200, "")];
    assert_eq!(outcomes(&first), expected);
    let events = app.number("SELECT count(*) FROM outbox").await;
    let without_end = "UPDATE idempotency_keys SET status = NULL, body = NULL WHERE body LIKE '%\"results\"%'";
    app.sql(without_end).await;
    let again = keyed.post(CANCEL, &request).await.expect(200);
    assert_eq!(outcomes(&again), expected);
    for done in [1, 2] {
        assert_eq!(again.body["results"][done], first.body["results"][done], "done once");
    }
    assert_eq!(again.header("idempotency-replayed"), "", "it has been done to its end only now");
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, events, "nothing was done again");
    assert_eq!(keyed.post(CANCEL, &request).await.expect(200).header("idempotency-replayed"), "true");
    app.sql(without_end).await;
    let other = items(&hotel, &all[1..]);
    assert_eq!(keyed.post(CANCEL, &other).await.expect(409).code(), "idempotency.key_reused", "also while it is not at its end");

    // After a day the key is free, and nothing of the old answer is left.
    app.sql("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours'").await;
    let anew = keyed.post(CANCEL, &request).await.expect(200);
    assert_eq!((outcomes(&anew), anew.header("idempotency-replayed")), (vec![(409, "booking.illegal_move"); 3], ""));
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_same_request_at_once_is_done_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let mut bookings = Vec::new();
    for _ in 0..5 {
        bookings.push(hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await);
    }
    let request = items(&hotel, &bookings.iter().collect::<Vec<_>>());
    let keyed: Client = hotel.manager.with("idempotency-key", "once");
    let replies = crate::support::together((0..3).map(|_| post(&keyed, CANCEL, request.clone()))).await;
    for reply in &replies {
        assert_eq!((reply.status, outcomes(reply)), (200, vec![(200, ""); 5]), "{}", reply.body);
        assert_eq!(reply.body, replies[0].body);
    }
    let cancelled = "SELECT count(*) FROM outbox WHERE kind = 'booking.status_changed'";
    assert_eq!(app.number(cancelled).await, 5);
    app.assert_consistent().await;
}
