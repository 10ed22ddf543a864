//! Tests of what guests can have at a time, and of what they have to prove first.
use super::{number, read, stay, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book};
use serde_json::{Value, json};

const SETTINGS: &[(&str, i32)] = &[("max_live_bookings", 2), ("max_live_nights", 6)];

async fn capped() -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    let settings: Value =
        SETTINGS.iter().map(|(name, most)| ((*name).to_owned(), json!(most))).collect::<serde_json::Map<_, _>>().into();
    let hotel = app.hotel(HotelSpec { rooms: 9, settings, ..HotelSpec::default() }).await;
    (app, hotel)
}

/// The hotel's request, for a contact of one's own.
fn of(hotel: &Hotel, email: &str, check_in: &str, check_out: &str) -> Value {
    with(hotel.request(check_in, check_out), "/contact/email", json!(email))
}

#[track_caller]
fn assert_too_many(reply: &Reply) {
    assert_eq!((reply.status, reply.code()), (409, "booking.too_many_bookings"), "{}", reply.body);
}

/// S5: an account has so many live bookings and no more, be they held or confirmed.
#[tokio::test]
async fn an_account_has_so_many_bookings_held_or_not_and_no_more() {
    let (app, hotel) = capped().await;
    let guest = app.guest().await;
    let mine = |n: usize| of(&hotel, &format!("contact{n}@example.com"), "2026-12-10", "2026-12-11");
    let first = book(&guest, &mine(1)).await.expect(201);
    book(&guest, &with(mine(2), "/hold_minutes", json!(30))).await.expect(201);
    assert_too_many(&book(&guest, &mine(3)).await);
    assert_too_many(&book(&guest, &with(mine(3), "/hold_minutes", json!(30))).await);
    // Staff book what they like, also for the guest; what is theirs does not count.
    let for_guest = with(mine(4), "/guest_user_id", json!(guest.user_id()));
    for _ in 0..3 {
        book(&hotel.manager, &for_guest).await.expect(201);
    }
    act(&guest, &first, "cancel").await.expect(200);
    book(&guest, &mine(5)).await.expect(201);
    assert_too_many(&book(&guest, &mine(6)).await);
    // What is over leaves room: the hold of half an hour.
    app.move_clock("2026-12-01T13:00:00Z").await;
    book(&guest, &mine(7)).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_mailbox_has_so_many_bookings_whichever_accounts_make_them() {
    let (app, hotel) = capped().await;
    let (one, other, third) = (app.guest().await, app.guest().await, app.guest().await);
    book(&one, &of(&hotel, "stranger@example.com", "2026-12-10", "2026-12-11")).await.expect(201);
    book(&other, &of(&hotel, "Stranger+hotel@Example.com", "2026-12-10", "2026-12-11")).await.expect(201);
    for email in ["stranger@example.com", "stranger+again@example.com", "STRANGER@EXAMPLE.COM"] {
        assert_too_many(&book(&third, &of(&hotel, email, "2026-12-10", "2026-12-11")).await);
    }
    // Nor is it reached by way of another address.
    let own = book(&third, &of(&hotel, "third@example.com", "2026-12-10", "2026-12-11")).await.expect(201);
    let path = format!("/v1/bookings/{}", own.id());
    let contact = |email: &str| json!({"contact": {"full_name": "Ana", "email": email}});
    assert_too_many(&third.patch(&path, "\"1\"", &contact("stranger@example.com")).await);
    third.patch(&path, "\"1\"", &contact("fourth@example.com")).await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn nights_are_counted_by_room_however_they_come() {
    let (app, hotel) = capped().await;
    let guest = app.guest().await;
    assert_too_many(&book(&guest, &of(&hotel, "a@example.com", "2026-12-10", "2026-12-17")).await);
    let mut rooms = of(&hotel, "a@example.com", "2026-12-10", "2026-12-12");
    rooms["rooms"] = json!(vec![json!({"room_type_id": hotel.double, "adults": 2}); 4]);
    assert_too_many(&book(&guest, &rooms).await);
    let booked = book(&guest, &of(&hotel, "a@example.com", "2026-12-10", "2026-12-13")).await.expect(201);
    assert_too_many(&book(&guest, &of(&hotel, "b@example.com", "2026-12-10", "2026-12-14")).await);
    let other = book(&guest, &of(&hotel, "b@example.com", "2026-12-10", "2026-12-12")).await.expect(201);
    // Three and two: one more is left, by whichever way.
    let amend = async |by: &Client, body: Value| by.post(&format!("/v1/bookings/{}/amend", booked.id()), &body).await;
    assert_too_many(&amend(&guest, json!({"check_out": "2026-12-15"})).await);
    assert_too_many(&amend(&guest, json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1}]})).await);
    amend(&guest, json!({"check_out": "2026-12-14"})).await.expect(200);
    assert_too_many(&amend(&guest, json!({"check_out": "2026-12-15"})).await);
    amend(&guest, json!({"check_out": "2026-12-12"})).await.expect(200);
    amend(&hotel.manager, json!({"check_out": "2026-12-20"})).await.expect(200);
    amend(&guest, json!({"check_out": "2026-12-19"})).await.expect(200);
    assert_eq!(read(&guest, &other).await.body["status"], "confirmed");
    app.assert_consistent().await;
}

/// S5: an account with an address that nobody has proved holds rooms; they are confirmed once it is proved.
#[tokio::test]
async fn where_the_hotel_wants_that_a_booking_waits_for_the_proof_of_an_address() {
    let app = TestApp::new().await;
    let settings = json!({"requires_verified_email": true, "max_hold_minutes": 45});
    let hotel = app.hotel(HotelSpec { rooms: 5, settings, ..HotelSpec::default() }).await;
    let guest = app.register("new@example.com").await;
    let request = of(&hotel, "new@example.com", "2026-12-10", "2026-12-12");
    let waits = book(&guest, &request).await.expect(201);
    assert_eq!((&waits.body["status"], &stay(&waits, 0)["status"]), (&json!("held"), &json!("held")));
    assert_eq!(
        (&waits.body["awaits_email_verification"], &waits.body["hold_expires_at"]),
        (&json!(true), &json!("2026-12-01T12:45:00Z"))
    );
    assert_eq!(act(&guest, &waits, "confirm").await.expect(409).code(), "booking.email_not_verified");
    let held = book(&guest, &with(request.clone(), "/hold_minutes", json!(30))).await.expect(201);
    assert_eq!(held.body["awaits_email_verification"], false, "it is held because that was asked for");
    assert_eq!(act(&guest, &held, "confirm").await.expect(409).code(), "booking.email_not_verified");
    let mails = app.mail_to("new@example.com").await;
    assert_eq!(mails.len(), 1, "the link alone: {mails:?}");
    let token = app.token_for("new@example.com").await;
    assert_eq!(
        book(&hotel.manager, &with(request.clone(), "/guest_user_id", json!(guest.user_id()))).await.expect(201).body["status"],
        "confirmed"
    );

    app.anonymous().post("/v1/auth/email/verify", &json!({"token": token})).await.expect(200);
    app.move_clock("2026-12-01T12:01:00Z").await;
    let confirmed = read(&guest, &waits).await;
    assert_eq!((&confirmed.body["status"], &confirmed.body["hold_expires_at"]), (&json!("confirmed"), &Value::Null));
    assert_eq!(confirmed.body["awaits_email_verification"], false);
    assert_eq!(read(&guest, &held).await.body["status"], "held", "nobody asked for that to be confirmed");
    act(&guest, &held, "confirm").await.expect(200);
    assert_eq!(book(&guest, &request).await.expect(201).body["status"], "confirmed");
    assert!(!number(&confirmed, 0).is_empty());

    // Who proves nothing has nothing in the end.
    let other = app.register("other@example.com").await;
    let waits = book(&other, &of(&hotel, "other@example.com", "2026-12-10", "2026-12-12")).await.expect(201);
    app.move_clock("2026-12-01T12:46:00Z").await;
    assert_eq!(read(&other, &waits).await.body["status"], "expired");
    app.assert_consistent().await;
}

/// S5: strangers are written to a few times a day, whatever it is about and whoever asks.
#[tokio::test]
async fn a_stranger_gets_a_few_mails_a_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 30, ..HotelSpec::default() }).await;
    let guest = app.register("stranger@example.com").await;
    let mut bookings = Vec::new();
    for _ in 0..8 {
        let request = of(&hotel, "stranger@example.com", "2026-12-10", "2026-12-11");
        bookings.push(book(&guest, &request).await.expect(201));
        app.send_mail().await;
    }
    for booking in &bookings {
        act(&guest, booking, "cancel").await.expect(200);
    }
    for _ in 0..3 {
        guest.send(http::Method::POST, "/v1/auth/email/resend", None).await.expect(202);
        app.anonymous().post("/v1/auth/password/forgot", &json!({"email": "stranger@example.com"})).await.expect(202);
        app.sql("UPDATE user_tokens SET created_at = created_at - interval '2 minutes'").await;
        app.send_mail().await;
    }
    assert_eq!(app.mail_to("stranger@example.com").await.len(), 5);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 0, "the others do not wait");
    // Others of the same mailbox, and other accounts, come to the same.
    let second = app.guest().await;
    book(&second, &of(&hotel, "stranger+more@example.com", "2026-12-10", "2026-12-11")).await.expect(201);
    assert_eq!(app.mail_to("stranger%2Bmore@example.com").await.len(), 0);
    // The mails of what staff book are counted by the booking.
    for _ in 0..3 {
        book(&hotel.manager, &of(&hotel, "stranger@example.com", "2026-12-10", "2026-12-11")).await.expect(201);
    }
    assert_eq!(app.mail_to("stranger@example.com").await.len(), 8);
    // A day later there are a few more.
    app.sql("UPDATE mail_budgets SET day = day - 1").await;
    book(&second, &of(&hotel, "stranger@example.com", "2026-12-10", "2026-12-11")).await.expect(201);
    assert_eq!(app.mail_to("stranger@example.com").await.len(), 9);
}

/// Many strangers are not written to on behalf of one account either; who has proved an address is written to without end.
#[tokio::test]
async fn an_account_writes_to_a_few_strangers_a_day_and_to_itself() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 60, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let own = guest.get("/v1/me").await.expect(200).body["email"].as_str().expect("text").to_owned();
    app.send_mail().await;
    app.sql("DELETE FROM mail_budgets").await;
    for n in 0..25 {
        book(&guest, &of(&hotel, &format!("stranger{n}@example.com"), "2026-12-10", "2026-12-11")).await.expect(201);
    }
    for _ in 0..8 {
        book(&guest, &of(&hotel, &own, "2026-12-10", "2026-12-11")).await.expect(201);
    }
    app.send_mail().await;
    let mut strangers = 0;
    for n in 0..25 {
        strangers += app.mail_to(&format!("stranger{n}@example.com")).await.len();
    }
    assert_eq!(strangers, 20);
    let booked = app.mail_to(&own).await.into_iter().filter(|mail| mail["subject"] != "Confirm your e-mail address").count();
    assert_eq!(booked, 8);
}
