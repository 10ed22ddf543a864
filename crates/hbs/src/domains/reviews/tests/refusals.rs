//! Input that makes no sense.
use super::{REVIEWS, guest_who_left, invited, path_of, review_of, words, write};
use serde_json::{Value, json};

/// Bad input is refused by name, nothing of it is stored, and the stay can be reviewed still.
#[tokio::test]
async fn bad_reviews_are_refused_by_name_and_nothing_is_half_stored() {
    let (app, _, guest, booking) = guest_who_left().await;
    let with = |member: &str, value: Value| {
        let mut review = review_of(booking.id(), 4);
        review[member] = value;
        review
    };
    let rated = |category: &str, stars: Value| {
        let mut ratings = words(4)["ratings"].clone();
        ratings[category] = stars;
        with("ratings", ratings)
    };
    for (wrong, pointer) in [
        (rated("overall", json!(0)), "/ratings/overall"),
        (rated("overall", json!(6)), "/ratings/overall"),
        (rated("overall", json!("5")), "/ratings/overall"),
        (rated("overall", Value::Null), "/ratings/overall"),
        (rated("staff", json!(-1)), "/ratings/staff"),
        (rated("value", json!(6)), "/ratings/value"),
        (rated("breakfast", json!(5)), "/ratings/breakfast"),
        (with("booking_id", json!("HBS-1")), "/booking_id"),
        (with("title", json!("x".repeat(151))), "/title"),
        (with("text", json!("x".repeat(5001))), "/text"),
        (with("author_name", json!("x".repeat(81))), "/author_name"),
        (with("language", json!("English")), "/language"),
        (with("language", json!("pt_BR")), "/language"),
        (with("travel_type", json!("pilgrims")), "/travel_type"),
        (with("status", json!("published")), "/status"),
    ] {
        let refused = guest.post(REVIEWS, &wrong).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{wrong}");
    }
    let token = invited(&app, booking.id()).await;
    let mut by_link = words(6);
    by_link["token"] = json!(token);
    let path = format!("{REVIEWS}/by-link");
    assert_eq!(app.anonymous().post(&path, &by_link).await.expect(422).pointers(), ["/ratings/overall"]);
    assert_eq!(app.number("SELECT count(*) FROM reviews").await, 0);
    assert_eq!(app.number("SELECT count(*) FROM review_totals WHERE reviews > 0").await, 0);
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind LIKE 'review%'").await, 0);
    assert_eq!(app.number("SELECT count(*) FROM review_invitations WHERE used_at IS NOT NULL").await, 0);
    by_link["ratings"]["overall"] = json!(5);
    app.anonymous().post(&path, &by_link).await.expect(201);
}

/// Whoever has seen another version changes nothing.
#[tokio::test]
async fn stale_versions_of_a_review_change_nothing() {
    let (_app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 2).await.expect(201);
    let path = path_of(&written);
    guest.patch(&path, "\"1\"", &json!({"title": "Quiet"})).await.expect(200);
    let before = guest.get(&path).await.expect(200);
    let stale = hotel.manager.with("if-match", "\"1\"");
    let hide = json!({"action": "hide", "reason": "fake"});
    for refused in [
        guest.patch(&path, "\"1\"", &json!({"ratings": {"overall": 5}})).await,
        guest.delete(&path, "\"1\"").await,
        stale.put(&format!("{path}/response"), &json!({"text": "Thank you.", "language": "en"})).await,
        stale.post(&format!("{path}/moderate"), &hide).await,
    ] {
        assert_eq!(refused.expect(412).code(), "request.precondition_failed");
    }
    let no_version = guest.send(http::Method::PATCH, &path, Some(json!({"title": "Loud"}).to_string())).await;
    assert_eq!(no_version.status, 428);
    assert_eq!(guest.get(&path).await.expect(200).bytes, before.bytes);
}
