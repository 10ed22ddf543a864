//! Guests without an account, and the link by which they reach their booking.
use super::{read, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eventually, post, together};
use serde_json::{Value, json};
use std::time::Duration;

const GUEST: &str = "ana@example.com";
const CHECKOUT: &str = "/v1/bookings/guest";

async fn check_out_as_guest(app: &TestApp, hotel: &Hotel) -> Reply {
    app.anonymous().post(CHECKOUT, &hotel.request("2026-12-10", "2026-12-12")).await.expect(201)
}

async fn open(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await
}

/// The guest with the access that a link gave.
fn guest_of(app: &TestApp, opened: &Reply) -> Client {
    app.anonymous().with("authorization", format!("Bearer {}", opened.body["access_token"].as_str().expect("a token")))
}

/// Returns a guest with a booking that their link has confirmed, the answer to the link, and its token.
pub async fn confirmed(app: &TestApp, hotel: &Hotel) -> (Client, Reply, String) {
    check_out_as_guest(app, hotel).await;
    let token = app.token_for(GUEST).await;
    let opened = open(app, &token).await.expect(200);
    (guest_of(app, &opened), opened, token)
}

async fn look_up(app: &TestApp, reference: &str, email: &str) -> Reply {
    app.anonymous().post("/v1/bookings/look-up", &json!({"reference": reference, "email": email})).await
}

#[track_caller]
fn assert_no_link(reply: &Reply) {
    assert_eq!((reply.status, reply.code(), reply.pointers()), (422, "booking.link_invalid", vec!["/token"]), "{}", reply.body);
}

/// U7: who has no account books, and proves the address by the link that is mailed.
#[tokio::test]
async fn who_has_no_account_books_and_confirms_by_the_link_that_is_mailed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/rooms/0/guest_name", json!("Buy now at evil.example"));
    let spoken = app.anonymous().with("accept-language", "pt-PT, en;q=0.5");
    let held = spoken.post(CHECKOUT, &request).await.expect(201);
    assert_eq!(
        (&held.body["status"], &held.body["awaits_email_verification"], &held.body["guest_user_id"], &held.body["locale"]),
        (&json!("held"), &json!(true), &Value::Null, &json!("pt-PT"))
    );
    let path = format!("/v1/bookings/{}", held.id());
    assert_eq!(held.header("location"), path);
    app.anonymous().get(&path).await.expect(401);

    let mails = app.mail_to(GUEST).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    let reference = held.body["reference"].as_str().expect("text");
    assert_eq!(mail["subject"], format!("Confirme a sua reserva {reference} em Test Hotel"));
    let text = mail["text"].as_str().expect("text");
    assert!(text.contains("até terça-feira, 1 de dezembro de 2026, 13:00 (hora do hotel)"), "{text}");
    assert!(!text.contains("evil.example") && !text.contains("Ana Sousa"), "nobody has proved the address: {text}");
    assert_eq!(mail["attachment"], Value::Null, "a hold is not for the calendar");

    let token = app.token_for(GUEST).await;
    let opened = open(&app, &token).await.expect(200);
    assert_eq!((&opened.body["booking"]["status"], &opened.body["token_type"]), (&json!("confirmed"), &json!("Bearer")));
    assert_eq!(opened.body["booking"]["awaits_email_verification"], false);
    let guest = guest_of(&app, &opened);
    assert_eq!(guest.get(&path).await.expect(200).body, opened.body["booking"]);
    let confirmation = &app.mail_to(GUEST).await[0];
    let text = confirmation["text"].as_str().expect("text");
    assert!(confirmation["subject"].as_str().expect("text").ends_with("está confirmada"), "{confirmation}");
    assert!(text.starts_with("Olá Ana Sousa,") && text.contains("#token="), "the address is proved now: {text}");
    // The link in any of the mails works, as often as it is used.
    for token in [token, app.token_for(GUEST).await] {
        let again = open(&app, &token).await.expect(200);
        assert_eq!(again.body["booking"], opened.body["booking"]);
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_link_shows_changes_and_cancels_the_booking() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (guest, opened, _) = confirmed(&app, &hotel).await;
    let booking = &opened.body["booking"];
    let path = format!("/v1/bookings/{}", booking["id"].as_str().expect("an id"));
    let etag = guest.get(&path).await.expect(200).header("etag").to_owned();
    let patched = guest.patch(&path, &etag, &json!({"special_requests": "A cot", "contact": {"phone": "+351910000000"}})).await;
    assert_eq!(patched.expect(200).body["special_requests"], "A cot");
    let listed = guest.get("/v1/bookings").await.expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
    let amended = guest.post(&format!("{path}/amend"), &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(amended.body["booking"]["total"]["amount"], "300.00");
    let folio = guest.get(&format!("{path}/folio")).await.expect(200);
    assert_eq!(folio.body["balance"]["amount"], "300.00");
    guest.get(&format!("{path}/cancellation")).await.expect(200);
    // By the rules for guests.
    guest.post(&format!("{path}/check-in"), &json!({})).await.expect(403);
    guest.post(&format!("{path}/cancel"), &json!({"waive_fee": true, "reason": "please"})).await.expect(403);

    let cancelled = guest.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled.body["status"], "cancelled");
    assert_eq!(app.mail_to(GUEST).await[0]["subject"].as_str().map(|subject| subject.ends_with("is cancelled")), Some(true));

    app.deliver().await;
    let timeline = guest.get(&format!("{path}/timeline")).await.expect(200);
    let actors: Vec<&Value> =
        timeline.body["items"].as_array().expect("items").iter().map(|entry| &entry["actor_kind"]).collect();
    assert!(actors.contains(&&json!("anonymous")) && actors.contains(&&json!("guest_link")), "{actors:?}");
    let told = app.rows("SELECT DISTINCT actor_kind, actor_id::text FROM outbox WHERE kind = 'booking.updated'").await;
    assert_eq!(told, [json!({"actor_kind": "guest_link", "actor_id": booking["id"]})]);
    let record = json!(app.rows("SELECT * FROM outbox").await).to_string();
    assert!(!record.contains(GUEST) && !record.contains("Ana Sousa"), "the record tells who it was: {record}");
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_without_an_account_ask_for_changes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    super::terms(&app, &hotel, "nights", 1, Some(1_000_000)).await;
    let (guest, opened, _) = confirmed(&app, &hotel).await;
    let path = format!("/v1/bookings/{}", opened.body["booking"]["id"].as_str().expect("an id"));
    app.set_clock("2026-12-09T20:00:00Z");
    let asked = json!({"message": "My train is late", "cancellation": {}});
    let request = guest.post(&format!("{path}/change-requests"), &asked).await.expect(201);
    let request_path = format!("/v1/change-requests/{}", request.id());
    assert_eq!(guest.get(&request_path).await.expect(200).body["status"], "open");
    assert_eq!(guest.get("/v1/change-requests").await.expect(200).body["items"][0]["id"], request.body["id"]);
    let stranger = app.guest().await;
    stranger.get(&request_path).await.expect(404);
    let withdrawn = guest.post(&format!("{request_path}/withdraw"), &json!({})).await.expect(200);
    assert_eq!(withdrawn.body["status"], "withdrawn");
}

#[tokio::test]
async fn a_hold_that_nobody_proves_expires() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    check_out_as_guest(&app, &hotel).await;
    let token = app.token_for(GUEST).await;
    let full = hotel.request("2026-12-10", "2026-12-12");
    book(&hotel.manager, &full).await.expect(409);
    app.move_clock("2026-12-01T13:01:00Z").await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let late = open(&app, &token).await.expect(200);
    assert_eq!(late.body["booking"]["status"], "expired", "the link shows what has become of it");
    assert_eq!(guest_of(&app, &late).get("/v1/bookings").await.expect(200).body["items"][0]["status"], "expired");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_link_reaches_its_booking_alone() {
    let app = &TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, opened, _) = confirmed(app, &hotel).await;
    let other = hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    assert_eq!(read(&guest, &other).await.status, 404, "another booking of the same address has a link of its own");
    // A link is no account to book by: the hotel is there all the same.
    let another = guest.post("/v1/bookings", &hotel.request("2026-12-20", "2026-12-21")).await.expect(403);
    assert_eq!((another.code(), &another.body["permission"]), ("auth.forbidden", &json!("bookings:write")));
    let own = format!("/v1/bookings/{}", opened.body["booking"]["id"].as_str().expect("an id"));
    assert_eq!(guest.get(&own).await.expect(200).body["status"], "confirmed", "nothing of it has happened to the booking");
}

#[tokio::test]
async fn made_up_and_foreign_tokens_are_worth_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (_, opened, token) = confirmed(&app, &hotel).await;
    let access = opened.body["access_token"].as_str().expect("a token");
    let bare = access.strip_prefix("hbsg_").expect("a prefix");
    let cut = &token[..token.len() - 2];
    for wrong in ["x", cut, bare, access, hotel.manager.access_token(), hotel.manager.refresh_token()] {
        assert_no_link(&open(&app, wrong).await);
    }
    for wrong in [token.clone(), format!("hbsg_{token}"), format!("hbsg_{}", &bare[1..]), "hbsg_".into(), bare.to_owned()] {
        let client = app.anonymous().with("authorization", format!("Bearer {wrong}"));
        assert_eq!(client.get("/v1/bookings").await.expect(401).code(), "auth.unauthenticated");
    }
    // The address of another installation's key opens nothing here.
    let other = TestApp::with(|config| config.data_key = Some(hbs::security::new_data_key())).await;
    assert_no_link(&open(&other, &token).await);
    // Weeks after the departure the link has ended.
    app.set_clock("2027-01-11T12:00:00Z");
    open(&app, &token).await.expect(200);
    app.set_clock("2027-01-12T12:00:00Z");
    assert_no_link(&open(&app, &token).await);
}

#[tokio::test]
async fn access_is_short_and_the_link_gives_it_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (_, _, token) = confirmed(&app, &hotel).await;
    // Another process, whose tokens are short: those that made the hotel are not.
    let mut config = app.app.config.clone();
    config.access_token_seconds = 1;
    let short = TestApp::on(config).await;
    short.set_clock("2026-12-01T12:00:00Z");
    let opened = open(&short, &token).await.expect(200);
    assert_eq!(opened.body["expires_in"], 1);
    let guest = guest_of(&short, &opened);
    eventually(Duration::from_secs(3), async || guest.get("/v1/bookings").await.status == 401).await;
    open(&short, &token).await.expect(200);
}

#[tokio::test]
async fn another_address_ends_the_links_to_the_old_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, opened, token) = confirmed(&app, &hotel).await;
    let path = format!("/v1/bookings/{}", opened.body["booking"]["id"].as_str().expect("an id"));
    let etag = guest.get(&path).await.expect(200).header("etag").to_owned();
    // The same address once more is no change, and stays proved.
    let same = guest.patch(&path, &etag, &json!({"contact": {"email": "Ana@Example.com"}})).await.expect(200);
    assert_eq!(same.header("etag"), etag);
    guest.patch(&path, &etag, &json!({"contact": {"email": "eva@example.com"}})).await.expect(200);
    guest.get(&path).await.expect(404);
    assert_no_link(&open(&app, &token).await);
    assert_eq!(app.number("SELECT count(*) FROM bookings WHERE contact_proved_at IS NOT NULL").await, 0);

    let mail = &app.mail_to("eva@example.com").await[0];
    assert!(mail["text"].as_str().expect("text").starts_with("Hello,"), "she has yet to prove that it is hers: {mail}");
    // Whoever proved the old address is told, and no more than that: somebody else may have used the link.
    let told = &app.mail_to("ana@example.com").await[0];
    assert!(told["subject"].as_str().expect("text").starts_with("The e-mail address of your booking HBS-"), "{told}");
    assert!(!told.to_string().contains("eva@example.com") && !told.to_string().contains("#token="), "{told}");
    assert_eq!(told["attachment"], json!(null));
    let token = app.token_for("eva@example.com").await;
    let hers = open(&app, &token).await.expect(200);
    assert_eq!(guest_of(&app, &hers).get(&path).await.expect(200).body["contact"]["email"], "eva@example.com");
}

/// U7: a booking is looked up by reference and address without telling what exists.
#[tokio::test]
async fn a_link_is_mailed_anew_and_nobody_learns_whether() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let reference = booking.body["reference"].as_str().expect("text").to_owned();
    app.token_for(GUEST).await;
    let before = app.mail_to(GUEST).await.len();
    let mut answers = Vec::new();
    for (reference, email) in [
        (reference.to_lowercase(), "Ana@example.com"),
        (reference.clone(), "eve@example.com"),
        ("HBS-00000000".into(), GUEST),
        ("'; --".into(), "nobody@example.com"),
    ] {
        let answer = look_up(&app, &reference, email).await.expect(202);
        answers.push((answer.bytes, answer.headers.keys().cloned().collect::<Vec<_>>()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let mails = app.mail_to(GUEST).await;
    assert_eq!(mails.len(), before + 1, "the right one alone");
    assert_eq!(mails[0]["subject"], format!("Your booking {reference} at Test Hotel"));
    for stranger in ["eve@example.com", "nobody@example.com"] {
        assert!(app.mail_to(stranger).await.is_empty(), "{stranger}");
    }
    // What staff booked for a contact is shown by the link, too.
    let opened = open(&app, &app.token_for(GUEST).await).await.expect(200);
    assert_eq!(opened.body["booking"]["id"], booking.body["id"]);
    act(&guest_of(&app, &opened), &booking, "cancel").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 1, "its cancellation waits, and nothing of the others");
}

#[tokio::test]
async fn bookings_of_accounts_and_of_other_channels_have_no_link() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let own = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/channel", json!("booking.com"));
    let of_channel = book(&hotel.manager, &with(request, "/external_reference", json!("B-1"))).await.expect(201);
    let before = app.mail_to(GUEST).await;
    assert!(before.iter().all(|mail| !mail.to_string().contains("#token=")), "{before:?}");
    for booking in [&own, &of_channel] {
        look_up(&app, booking.body["reference"].as_str().expect("text"), GUEST).await.expect(202);
    }
    assert_eq!(app.mail_to(GUEST).await.len(), before.len());
}

#[tokio::test]
async fn who_looks_up_too_much_waits() {
    let app = TestApp::with(|config| {
        config.rate_limits = true;
        config.rate_limit_login_per_minute = 1000;
    })
    .await;
    let guesser = app.anonymous().from("192.0.2.9");
    for n in 0..20 {
        let body = json!({"reference": format!("HBS-0000000{n}"), "email": "eve@example.com"});
        guesser.post("/v1/bookings/look-up", &body).await.expect(202);
    }
    let body = json!({"reference": "HBS-00000000", "email": "eve@example.com"});
    let refused = guesser.post("/v1/bookings/look-up", &body).await.expect(429);
    assert_eq!((refused.code(), &refused.body["budget"]), ("request.rate_limited", &json!("codes")));
    app.anonymous().from("192.0.2.10").post("/v1/bookings/look-up", &body).await.expect(202);
}

#[tokio::test]
async fn an_account_claims_the_bookings_of_its_proved_address() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let (guest, opened, token) = confirmed(&app, &hotel).await;
    let by_staff = hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    let of_others = with(hotel.request("2026-12-14", "2026-12-15"), "/contact/email", json!("eva@example.com"));
    book(&hotel.manager, &of_others).await.expect(201);
    let ana = app.register(GUEST).await;
    assert_eq!(ana.get("/v1/bookings").await.expect(200).body["items"], json!([]));
    let claim = async || ana.post("/v1/bookings/claim", &json!({})).await;
    assert_eq!(claim().await.expect(409).code(), "booking.email_not_verified", "anybody can register with her address");
    let verification = app.token_for(GUEST).await;
    app.anonymous().post("/v1/auth/email/verify", &json!({"token": verification})).await.expect(200);

    let claimed = claim().await.expect(200);
    let ids: Vec<&Value> = claimed.body["items"].as_array().expect("items").iter().map(|item| &item["id"]).collect();
    assert_eq!(ids, [&opened.body["booking"]["id"], &by_staff.body["id"]]);
    assert_eq!(ana.get("/v1/bookings").await.expect(200).body["items"].as_array().map(Vec::len), Some(2));
    act(&ana, &by_staff, "cancel").await.expect(200);
    assert_eq!(claim().await.expect(200).body["items"], json!([]), "there is nothing left to claim");
    // The account decides from now on.
    assert_no_link(&open(&app, &token).await);
    assert_eq!(guest.get("/v1/bookings").await.expect(200).body["items"], json!([]));
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.claimed' ORDER BY id LIMIT 1").await;
    assert_eq!(told, [json!({"changes": {"user_id": {"before": null, "after": ana.user_id()}}})]);
}

#[tokio::test]
async fn a_mailbox_has_so_many_holds_without_an_account() {
    let app = TestApp::new().await;
    let settings = json!({"max_live_holds": 2});
    let hotel = app.hotel(HotelSpec { rooms: 9, settings, ..HotelSpec::default() }).await;
    let of = |email: &str| with(hotel.request("2026-12-10", "2026-12-12"), "/contact/email", json!(email));
    let attempts = (0..6).map(|n| post(&app.anonymous(), CHECKOUT, of(&format!("ana+{n}@example.com"))));
    let replies = together(attempts).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 2);
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!((refused.status, refused.code()), (409, "booking.too_many_holds"), "{}", refused.body);
    }
    app.anonymous().post(CHECKOUT, &of("eva@example.com")).await.expect(201);
    let no_address = with(hotel.request("2026-12-10", "2026-12-12"), "/contact", json!({"full_name": "Ana", "phone": "123"}));
    assert_eq!(app.anonymous().post(CHECKOUT, &no_address).await.expect(422).pointers(), ["/contact/email"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_checkout_that_is_sent_twice_books_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let request = hotel.request("2026-12-10", "2026-12-12");
    let client = app.anonymous().with("idempotency-key", "checkout");
    let (one, other) = futures_util::join!(client.post(CHECKOUT, &request), client.post(CHECKOUT, &request));
    assert_eq!((one.status, &one.body), (201, &other.body));
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 1);
    let changed = with(request, "/contact/email", json!("eve@example.com"));
    assert_eq!(client.post(CHECKOUT, &changed).await.expect(409).code(), "idempotency.key_reused");
    assert_eq!(app.mail_to(GUEST).await.len(), 1);
}

#[tokio::test]
async fn guests_of_a_group_and_of_a_quote_need_no_account() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let rooms = json!([{"room_type_id": hotel.double, "adults": 2}]);
    let asked = json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-12", "rooms": rooms});
    let quoted = app.anonymous().post("/v1/quotes", &asked).await.expect(200);
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/quote", quoted.body["quote"].clone());
    let booked = app.anonymous().post(CHECKOUT, &request).await.expect(201);
    assert_eq!(booked.body["total"], quoted.body["total"]);
    let unknown = with(hotel.request("2026-12-10", "2026-12-12"), "/group_code", json!("NO-SUCH"));
    assert_eq!(app.anonymous().post(CHECKOUT, &unknown).await.expect(422).pointers(), ["/group_code"]);
    for (pointer, value) in [("/channel", json!("direct")), ("/guest_user_id", Value::Null), ("/hold_minutes", json!(5))] {
        let wrong = with(hotel.request("2026-12-10", "2026-12-12"), pointer, value);
        assert_eq!(app.anonymous().post(CHECKOUT, &wrong).await.expect(422).pointers(), [pointer]);
    }
}

#[tokio::test]
async fn a_few_mails_go_to_an_address_that_nobody_has_proved() {
    let app = TestApp::with(|config| config.mails_per_unproved_address = 2).await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    for from in 10..13 {
        let request = hotel.request(format!("2026-12-{from}"), format!("2026-12-{}", from + 1));
        app.anonymous().post(CHECKOUT, &request).await.expect(201);
        app.send_mail().await;
    }
    let mails = app.mail_to(GUEST).await;
    assert_eq!(mails.len(), 2, "the third waits for nobody: {mails:?}");
    // Once the link has proved the address, mails about its booking go as usual.
    let opened = open(&app, &app.token_for(GUEST).await).await.expect(200);
    assert_eq!(opened.body["booking"]["status"], "confirmed");
    assert_eq!(app.mail_to(GUEST).await.len(), 3);
}
