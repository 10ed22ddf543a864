//! Tests of who cannot review: everybody but a guest whose stay has ended.
use super::{REVIEWS, departed, guest_who_left, let_leave, path_of, review_of, summary, write};
use crate::support::{HotelSpec, TestApp, act, day, post, together};
use serde_json::{Value, json};

/// T-rev-once: fifty posts at once are one review.
#[tokio::test]
async fn a_stay_is_reviewed_once_however_many_write_at_once() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let posts = (0..50).map(|n| post(&guest, REVIEWS, review_of(booking.id(), n % 5 + 1)));
    let replies = together(posts).await;
    let statuses = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!((statuses(201), statuses(409)), (1, 49));
    for refused in replies.iter().filter(|reply| reply.status == 409) {
        assert_eq!(refused.code(), "review.already_written");
    }
    assert_eq!(summary(&app, &hotel).await["count"], 1);
}

/// T-rev-fraud: only a stay that has ended is reviewed.
#[tokio::test]
async fn fraud_with_a_stay_that_has_not_ended() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let refused = async |booking: &crate::support::Reply| write(&guest, booking, 5).await.expect(409).code().to_owned();

    let before = hotel.book(&guest, "2026-12-01", "2026-12-02").await;
    assert_eq!(refused(&before).await, "review.not_departed", "before the check-in");
    act(&hotel.manager, &before, "check-in").await.expect(200);
    assert_eq!(refused(&before).await, "review.not_departed", "before the check-out");

    let cancelled = hotel.book(&guest, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &cancelled, "cancel").await.expect(200);
    assert_eq!(refused(&cancelled).await, "review.not_departed", "cancelled");

    let missed = hotel.book(&guest, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &missed, "no-show").await.expect(200);
    assert_eq!(refused(&missed).await, "review.not_departed", "a no-show");

    app.set_clock("2026-12-02T10:00:00Z");
    act(&hotel.manager, &before, "check-out").await.expect(200);
    act(&hotel.manager, &before, "undo-check-out").await.expect(200);
    assert_eq!(refused(&before).await, "review.not_departed", "a check-out that was undone");
    act(&hotel.manager, &before, "check-out").await.expect(200);
    let mut other_type = review_of(before.id(), 5);
    other_type["room_type_id"] = json!(hotel.suite);
    assert_eq!(guest.post(REVIEWS, &other_type).await.expect(409).code(), "review.not_departed", "of another type of room");

    app.set_clock(&format!("{}T10:00:00Z", day(1 + 181)));
    assert_eq!(refused(&before).await, "review.too_late");
    app.set_clock(&format!("{}T10:00:00Z", day(1 + 180)));
    write(&guest, &before, 5).await.expect(201);
    assert_eq!(app.number("SELECT count(*) FROM reviews").await, 1);
}

/// T-rev-fraud, T-rev-hide: nobody reviews for others, the hotel does not review itself, and it changes no word of a review.
#[tokio::test]
async fn fraud_by_somebody_else_than_the_guest() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let review = review_of(booking.id(), 5);
    assert_eq!(app.anonymous().post(REVIEWS, &review).await.expect(401).code(), "auth.unauthenticated");
    assert_eq!(app.guest().await.post(REVIEWS, &review).await.status, 404, "another guest");
    assert_eq!(hotel.manager.post(REVIEWS, &review).await.status, 404, "staff, of a guest's booking");
    assert_eq!(app.admin().await.post(REVIEWS, &review).await.status, 404, "who may do everything");

    let grants = json!([{"permission": "bookings:write", "property_id": hotel.id}]);
    let made = hotel.manager.post("/v1/api-keys", &json!({"name": "Channel", "grants": grants})).await.expect(201);
    let key = app.anonymous().with("authorization", format!("Bearer {}", made.body["key"].as_str().expect("a key")));
    assert_eq!(key.post(REVIEWS, &review).await.expect(403).code(), "auth.person_required", "an API key");

    // A stay of a member of staff.
    app.set_clock("2026-12-01T12:00:00Z");
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["guest_user_id"] = json!(hotel.manager.user_id());
    let own = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let_leave(&app, own.id()).await;
    assert_eq!(write(&hotel.manager, &own, 5).await.expect(409).code(), "review.staff");
    // One that another account has booked with the address of a member of staff.
    let clerk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    let address = clerk.get("/v1/me").await.expect(200).body["email"].as_str().expect("an address").to_owned();
    app.set_clock("2026-12-01T12:00:00Z");
    let other = app.guest().await;
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["contact"]["email"] = json!(address);
    let hidden = other.post("/v1/bookings", &request).await.expect(201);
    let_leave(&app, hidden.id()).await;
    assert_eq!(write(&other, &hidden, 5).await.expect(409).code(), "review.staff");
    // Staff of another hotel are guests here.
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let colleague = app.staff(&["bookings:read"], Some(&elsewhere.id)).await;
    let theirs = departed(&app, &hotel, &colleague).await;
    write(&colleague, &theirs, 4).await.expect(201);

    // Nobody changes what is not theirs, and none of the hotel's changes a word of it.
    let written = write(&guest, &booking, 1).await.expect(201);
    let change = json!({"ratings": {"overall": 5}, "text": "Splendid."});
    for somebody in [&hotel.manager, &app.admin().await, &other] {
        assert_eq!(somebody.patch(&path_of(&written), "\"1\"", &change).await.status, 404);
        assert_eq!(somebody.delete(&path_of(&written), "\"1\"").await.status, 404);
    }
    assert_eq!(app.anonymous().get(&path_of(&written)).await.expect(200).body["text"], "Good bed.\nBetter breakfast.");
}

/// T-rev-fraud: a check-out that is undone takes its review with it, for as long as it is undone.
#[tokio::test]
async fn fraud_by_undoing_the_check_out_is_undone() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 5).await.expect(201);
    let path = path_of(&written);
    assert_eq!(summary(&app, &hotel).await["count"], 1);
    act(&hotel.manager, &booking, "undo-check-out").await.expect(200);
    let figures = summary(&app, &hotel).await;
    assert_eq!((&figures["count"], &figures["average"]), (&json!(0), &Value::Null));
    assert_eq!(app.anonymous().get(&path).await.status, 404);
    assert_eq!(guest.get(&path).await.expect(200).body["is_suspended"], true);
    let list = app.anonymous().get(&format!("{REVIEWS}?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(list.body["items"], json!([]));
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    assert_eq!(summary(&app, &hotel).await["count"], 1);
    assert_eq!(app.anonymous().get(&path).await.expect(200).body["version"], 3);
}

/// T-rev-fraud: a booking that an account has claimed is not reviewed a second time, and merging profiles gives nobody a review.
#[tokio::test]
async fn fraud_by_merging_and_claiming_gives_no_second_review() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 3).await.expect(201);
    let other = app.guest().await;
    let theirs = departed(&app, &hotel, &other).await;
    let profile = |reply: Value| reply["guest_id"].as_str().expect("a profile").to_owned();
    let one = profile(hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body);
    let two = profile(hotel.manager.get(&format!("/v1/bookings/{}", theirs.id())).await.expect(200).body);
    if one != two {
        hotel.manager.post(&format!("/v1/guests/{one}/merge"), &json!({"merged_id": two})).await.expect(200);
    }
    assert_eq!(other.patch(&path_of(&written), "\"1\"", &json!({"title": "Mine"})).await.status, 404);
    assert_eq!(other.post(REVIEWS, &review_of(booking.id(), 1)).await.status, 404);
    // The booking goes to another account: so does the review.
    app.sql(&format!("UPDATE bookings SET user_id = '{}' WHERE id = '{}'", other.user_id(), booking.id())).await;
    assert_eq!(other.post(REVIEWS, &review_of(booking.id(), 1)).await.expect(409).code(), "review.already_written");
    assert_eq!(guest.patch(&path_of(&written), "\"1\"", &json!({"title": "Mine"})).await.status, 404);
    assert_eq!(summary(&app, &hotel).await["count"], 1);
}
