//! Invitations: a mail a day after the departure, whose link writes one review and nothing else.
use super::{REVIEWS, departed, guest_who_left, invited, let_leave, path_of, review_of, words, write};
use crate::support::{Client, HotelSpec, Reply, TestApp, act, post, together};
use serde_json::{Value, json};

const ANA: &str = "ana@example.com";

async fn by_link(client: &Client, token: &str, overall: i32) -> Reply {
    let mut review = words(overall);
    review["token"] = json!(token);
    client.post(&format!("{REVIEWS}/by-link"), &review).await
}

/// T-rev-link: the link comes a day after the departure, works once, and does not sign in.
#[tokio::test]
async fn a_link_works_once_and_does_not_sign_in() {
    let (app, hotel, _, booking) = guest_who_left().await;
    let anyone = app.anonymous();
    let asked = async |app: &TestApp| {
        let mails = app.mail_to(ANA).await;
        mails.iter().filter(|mail| mail["subject"].as_str().is_some_and(|subject| subject.contains("How was your stay"))).count()
    };
    app.move_clock("2026-12-02T23:00:00Z").await;
    assert_eq!(asked(&app).await, 0, "they left today");
    app.move_clock("2026-12-03T08:00:00Z").await;
    app.move_clock("2026-12-03T09:00:00Z").await;
    assert_eq!(asked(&app).await, 1, "one mail, however often the job runs");
    let token = app.token_for(ANA).await;

    let about = anyone.post(&format!("{REVIEWS}/invitation"), &json!({"token": token})).await.expect(200).body;
    assert_eq!((&about["property_id"], &about["property_name"]), (&json!(hotel.id), &json!("Test Hotel")));
    assert_eq!(about["room_types"][0]["room_type_id"], json!(hotel.double));
    assert_eq!(
        (&about["room_types"][0]["check_in"], &about["room_types"][0]["check_out"]),
        (&json!("2026-12-01"), &json!("2026-12-02"))
    );
    for path in ["/v1/me", "/v1/me/reviews", &format!("/v1/bookings/{}", booking.id())] {
        let bearer = anyone.with("authorization", format!("Bearer {token}"));
        assert_eq!(
            bearer.get(path).await.expect(401).code(),
            "auth.unauthenticated",
            "{path}: the token of a link signs nobody in"
        );
    }

    let written = by_link(&anyone, &token, 5).await.expect(201);
    assert_eq!((&written.body["status"], &written.body["ratings"]["overall"]), (&json!("published"), &json!(5)));
    let again = by_link(&anyone, &token, 1).await.expect(422);
    assert_eq!(again.code(), "review.link_invalid");
    assert_eq!(
        anyone.post(&format!("{REVIEWS}/invitation"), &json!({"token": token})).await.expect(422).code(),
        "review.link_invalid"
    );
    assert_eq!(app.anonymous().get(&path_of(&written)).await.expect(200).body["ratings"]["overall"], 5);
    assert_eq!(app.number("SELECT count(*) FROM review_invitations WHERE used_at IS NOT NULL").await, 1);
    let actor = app.rows("SELECT actor_kind FROM outbox WHERE kind = 'review.created'").await;
    assert_eq!(actor[0]["actor_kind"], "guest_link");
}

/// T-rev-link: used by many at once, it writes one review.
#[tokio::test]
async fn a_link_that_many_use_at_once_writes_one_review() {
    let (app, _, _, booking) = guest_who_left().await;
    let token = invited(&app, booking.id()).await;
    let review = |stars: i32| {
        let mut review = words(stars);
        review["token"] = json!(token);
        review
    };
    let posts = (0..20).map(|n| post(&app.anonymous(), format!("{REVIEWS}/by-link"), review(n % 5 + 1)));
    let replies = together(posts.collect::<Vec<_>>()).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!((refused.status, refused.code()), (422, "review.link_invalid"));
    }
    assert_eq!(app.number("SELECT count(*) FROM reviews").await, 1);
}

/// A booking of two types of rooms has two reviews, and one link for both: each by one of those who have it.
#[tokio::test]
async fn a_link_works_once_for_each_type_of_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 2, ..HotelSpec::default() }).await;
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["rooms"] = json!([{"room_type_id": hotel.double, "adults": 2}, {"room_type_id": hotel.suite, "adults": 2}]);
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let_leave(&app, booking.id()).await;
    app.set_clock("2026-12-03T08:00:00Z");
    let token = invited(&app, booking.id()).await;
    let anyone = app.anonymous();
    let of_type = |room_type: &str, overall: i32| {
        let mut review = words(overall);
        (review["token"], review["room_type_id"]) = (json!(token), json!(room_type));
        review
    };
    let path = format!("{REVIEWS}/by-link");
    let asked = async || {
        let about = anyone.post(&format!("{REVIEWS}/invitation"), &json!({"token": token})).await;
        let types = about.body["room_types"].as_array().cloned().unwrap_or_default();
        (about.status, types.into_iter().map(|one| one["room_type_id"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(asked().await.1.len(), 2);
    assert_eq!(by_link(&anyone, &token, 4).await.expect(422).pointers(), ["/room_type_id"]);
    anyone.post(&path, &of_type(&hotel.double, 4)).await.expect(201);
    assert_eq!(asked().await, (200, vec![json!(hotel.suite)]), "the other type is left");
    assert_eq!(anyone.post(&path, &of_type(&hotel.double, 1)).await.expect(409).code(), "review.already_written");
    anyone.post(&path, &of_type(&hotel.suite, 5)).await.expect(201);
    assert_eq!(anyone.post(&path, &of_type(&hotel.suite, 1)).await.expect(422).code(), "review.link_invalid");
    assert_eq!(asked().await, (422, Vec::new()));
    assert_eq!(app.number("SELECT count(*) FROM reviews").await, 2);
    assert_eq!(app.number("SELECT count(*) FROM review_invitations WHERE used_at IS NOT NULL").await, 1);
}

/// T-rev-link: it ends, is nowhere to be read, and cannot be guessed.
#[tokio::test]
async fn a_link_ends_and_is_stored_nowhere() {
    let (app, _, _, _) = guest_who_left().await;
    app.move_clock("2026-12-03T08:00:00Z").await;
    let token = app.token_for(ANA).await;
    assert!(token.len() >= 43, "256 bits");
    let stored = format!("SELECT count(*) FROM review_invitations WHERE encode(token_hash, 'escape') LIKE '%{token}%'");
    assert_eq!(app.number(&stored).await, 0);
    let hashed = format!("SELECT count(*) FROM review_invitations WHERE token_hash = sha256('{token}')");
    assert_eq!(app.number(&hashed).await, 1);
    let anyone = app.anonymous();
    let other = if token.starts_with('A') { 'B' } else { 'A' };
    let near = format!("{other}{}", &token[1..]);
    assert_eq!(by_link(&anyone, &near, 5).await.expect(422).code(), "review.link_invalid");

    app.set_clock("2027-02-02T08:00:00Z");
    assert_eq!(by_link(&anyone, &token, 5).await.expect(422).code(), "review.link_invalid", "after sixty days");
    app.set_clock("2027-01-31T08:00:00Z");
    by_link(&anyone, &token, 5).await.expect(201);
}

/// A link does no more than its guest could: what is not reviewed is not reviewed by a link, which then still works.
#[tokio::test]
async fn a_link_writes_no_review_that_its_guest_could_not() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let token = invited(&app, booking.id()).await;
    let anyone = app.anonymous();
    act(&hotel.manager, &booking, "undo-check-out").await.expect(200);
    assert_eq!(by_link(&anyone, &token, 5).await.expect(409).code(), "review.not_departed");
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    write(&guest, &booking, 4).await.expect(201);
    assert_eq!(by_link(&anyone, &token, 5).await.expect(409).code(), "review.already_written");
    assert_eq!(app.number("SELECT count(*) FROM review_invitations WHERE used_at IS NULL").await, 1);
}

/// Nobody is asked who has written already, whose hotel does not ask, or who left long ago.
#[tokio::test]
async fn guests_are_asked_once_and_only_if_there_is_something_to_ask() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let silent = app.hotel(HotelSpec { settings: json!({"invites_reviews": false}), ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let reviewed = departed(&app, &hotel, &guest).await;
    write(&guest, &reviewed, 4).await.expect(201);
    departed(&app, &silent, &guest).await;
    let asked = departed(&app, &hotel, &guest).await;
    app.move_clock("2026-12-04T08:00:00Z").await;
    let rows = app.rows("SELECT booking_id FROM review_invitations").await;
    assert_eq!(rows, [json!({"booking_id": asked.id()})]);

    let old = departed(&app, &hotel, &guest).await;
    app.move_clock("2026-12-20T08:00:00Z").await;
    let late = format!("SELECT count(*) FROM review_invitations WHERE booking_id = '{}'", old.id());
    assert_eq!(app.number(&late).await, 0, "they left 18 days ago");
}

/// Whoever wants no mails about reviews ends them by one request: invitations, and answers of hotels.
#[tokio::test]
async fn mails_about_reviews_are_ended_by_one_request() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    app.move_clock("2026-12-03T08:00:00Z").await;
    let about_reviews = async || {
        let mails = app.mail_to(ANA).await;
        let subjects = ["How was your stay", "has answered"];
        let is_one = |mail: &Value| subjects.iter().any(|subject| mail["subject"].to_string().contains(subject));
        mails.into_iter().filter(is_one).collect::<Vec<_>>()
    };
    let written = write(&guest, &booking, 4).await.expect(201);
    let path = format!("{}/response", path_of(&written));
    let respond = async |etag: &str, text: &str| {
        hotel.manager.with("if-match", etag).put(&path, &json!({"text": text, "language": "en"})).await.expect(200);
    };
    let invitation = about_reviews().await;
    assert_eq!(invitation.len(), 0, "it was written meanwhile: {invitation:?}");
    respond("\"1\"", "Thank you.").await;
    let told = about_reviews().await;
    assert_eq!(told.len(), 1, "{told:?}");
    let address = told[0]["unsubscribe"].as_str().expect("an address to end it by");
    let (_, path_of_end) = address.split_once("/v1/").expect("a path");
    for _ in 0..2 {
        app.anonymous().send(http::Method::POST, &format!("/v1/{path_of_end}"), None).await.expect(204);
    }
    // The response is withdrawn and given anew, and she stays once more: nobody writes to her.
    hotel.manager.delete(&path, "\"2\"").await.expect(204);
    respond("\"3\"", "Thank you again.").await;
    let next = departed(&app, &hotel, &guest).await;
    app.move_clock("2026-12-03T09:00:00Z").await;
    assert_eq!(app.number(&format!("SELECT count(*) FROM review_invitations WHERE booking_id = '{}'", next.id())).await, 1);
    assert_eq!(about_reviews().await.len(), 1);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE kind LIKE 'review_%'").await, 0);
    // The mail that ended them brings them back.
    app.anonymous().send(http::Method::POST, &format!("/v1/{path_of_end}/undo"), None).await.expect(204);
    hotel.manager.delete(&path, "\"4\"").await.expect(204);
    respond("\"5\"", "Once more.").await;
    assert_eq!(about_reviews().await.len(), 2);
}

#[tokio::test]
async fn a_guest_who_cannot_be_asked_for_a_review_holds_up_no_other() {
    let (app, hotel, guest, broken) = guest_who_left().await;
    let other = departed(&app, &hotel, &guest).await;
    let refused = format!("booking_id <> '{}'", broken.id());
    app.sql(&format!("ALTER TABLE review_invitations ADD CONSTRAINT broken CHECK ({refused})")).await;
    app.move_clock_in_vain("2026-12-03T08:00:00Z").await;
    let asked = app.rows("SELECT booking_id FROM review_invitations").await;
    assert_eq!(asked, [json!({"booking_id": other.id()})]);
    app.sql("ALTER TABLE review_invitations DROP CONSTRAINT broken").await;
    app.move_clock("2026-12-03T09:00:00Z").await;
    assert_eq!(app.number("SELECT count(*) FROM review_invitations").await, 2);
}

/// Asks the guests who left, and returns whether all could be asked, with the number of those who were.
async fn ask(app: &TestApp) -> (bool, i64) {
    app.set_clock("2026-12-03T08:00:00Z");
    let done = (hbs::domains::reviews::DOMAIN.jobs[0].run)(app.app.clone()).await;
    (done.is_ok(), app.number("SELECT count(*) FROM review_invitations").await)
}

/// More guests than are read at a time cannot be asked, and whoever comes after them is.
#[tokio::test]
async fn guests_who_cannot_be_asked_do_not_stand_before_all_others() {
    let (app, _, _, booking) = guest_who_left().await;
    app.sql(&format!(
        "INSERT INTO bookings SELECT (jsonb_populate_record(t, jsonb_build_object(
             'id', ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'reference', 'REV-' || n,
             'external_reference', null, 'check_in', '2026-11-30', 'check_out', '2026-12-01'))).*
         FROM bookings t, generate_series(1, 250) n WHERE t.id = '{}';
         ALTER TABLE review_invitations ADD CONSTRAINT broken CHECK (booking_id::text NOT LIKE '00000000-%')",
        booking.id()
    ))
    .await;
    assert_eq!(ask(&app).await, (false, 1));
    assert_eq!(app.rows("SELECT booking_id FROM review_invitations").await, [json!({"booking_id": booking.id()})]);
    app.sql("ALTER TABLE review_invitations DROP CONSTRAINT broken").await;
    assert_eq!(ask(&app).await, (true, 251));
}

#[tokio::test]
async fn without_the_database_guests_are_not_asked_one_by_one() {
    let (app, hotel, guest, _) = guest_who_left().await;
    departed(&app, &hotel, &guest).await;
    app.disconnect_at("INSERT ON review_invitations").await;
    assert_eq!(ask(&app).await, (false, 0));
    assert_eq!(app.reconnect().await, 1);
    assert_eq!(ask(&app).await, (true, 2));
}

/// The mail that asks for a review has the address by which such mails are ended.
#[tokio::test]
async fn an_invitation_can_be_ended_by_one_request() {
    let (app, _, _, _) = guest_who_left().await;
    app.move_clock("2026-12-03T08:00:00Z").await;
    let mails = app.mail_to(ANA).await;
    let asked = mails.iter().find(|mail| mail["subject"].to_string().contains("How was your stay")).expect("an invitation");
    let address = asked["unsubscribe"].as_str().expect("an address to end it by");
    assert!(address.contains("/v1/unsubscribe/"), "{address}");
    let others: Vec<&Value> = mails.iter().filter(|mail| !mail["subject"].to_string().contains("How was your stay")).collect();
    assert!(others.iter().all(|mail| mail["unsubscribe"].is_null()), "one has to have them: {others:?}");
}

/// A guest without an account changes their review with the link to the booking, which is another one.
#[tokio::test]
async fn a_guest_without_an_account_changes_the_review_by_the_link_to_the_booking() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booked = app.anonymous().post("/v1/bookings/guest", &hotel.request("2026-12-01", "2026-12-02")).await.expect(201);
    let link = app.token_for(ANA).await;
    let access = app.anonymous().post("/v1/bookings/access", &json!({"token": link})).await.expect(200).body;
    let guest = app.anonymous().with("authorization", format!("Bearer {}", access["access_token"].as_str().expect("a token")));
    assert_eq!(guest.post(REVIEWS, &review_of(booked.id(), 4)).await.expect(409).code(), "review.not_departed");
    let_leave(&app, booked.id()).await;
    app.set_clock("2026-12-03T08:00:00Z");

    let token = invited(&app, booked.id()).await;
    let written = by_link(&app.anonymous(), &token, 2).await.expect(201);
    let changed = guest.patch(&path_of(&written), "\"1\"", &json!({"ratings": {"overall": 3}})).await.expect(200);
    assert_eq!(changed.body["ratings"]["overall"], 3);
    assert_eq!(guest.post(REVIEWS, &review_of(booked.id(), 4)).await.expect(409).code(), "review.already_written");
    guest.delete(&path_of(&written), "\"2\"").await.expect(204);
}
