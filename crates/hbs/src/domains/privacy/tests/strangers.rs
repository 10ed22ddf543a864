//! What somebody has typed of another leads to nothing of that other: neither an export nor an erasure has the profile that a
//! booking merely found by a name, an address or a number.
use super::ERASURES;
use super::erasing::{cancel, erase_me};
use super::export::{Archive, NEWEST, ORDERS, address_of, make, order};
use crate::support::{Client, Hotel, HotelSpec, TestApp};
use http::Method;
use serde_json::{Value, json};

const NORA: &str = "nora@example.com";
const NAME: &str = "Nora Neighbour";
const PHONE: &str = "+351 910 777 111";

/// The profile that the desk has made of Nora, with a document and a preference.
async fn profile_of_nora(hotel: &Hotel) -> String {
    let profile =
        json!({"property_id": hotel.id, "full_name": NAME, "email": NORA, "phone": PHONE, "preferences": ["Likes tea"]});
    let profile = hotel.manager.post("/v1/guests", &profile).await.expect(201);
    let documents = json!({"documents": [{"kind": "passport", "number": "NQ445566", "country": "PT"}]});
    let path = format!("/v1/guests/{}/documents", profile.id());
    hotel.manager.with("if-match", profile.header("etag")).put(&path, &documents).await.expect(200);
    profile.id().to_owned()
}

fn request(hotel: &Hotel, email: &str) -> Value {
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["contact"] = json!({"full_name": NAME, "email": email, "phone": PHONE});
    request
}

async fn guest_of(app: &TestApp, booking: &str) -> String {
    let rows = app.rows(&format!("SELECT guest_id AS id FROM bookings WHERE id = '{booking}'")).await;
    rows[0]["id"].as_str().expect("a profile").to_owned()
}

async fn email_of(client: &Client) -> String {
    client.get("/v1/me").await.expect(200).body["email"].as_str().expect("an address").to_owned()
}

/// The profile, its document and its preference are as the desk wrote them, and no account has them.
async fn assert_whole(app: &TestApp, hotel: &Hotel, profile: &str) {
    let shown = hotel.manager.get(&format!("/v1/guests/{profile}")).await.expect(200).body;
    let facts = ["full_name", "email", "preferences", "user_id"].map(|name| &shown[name]);
    assert_eq!(facts, [&json!(NAME), &json!(NORA), &json!(["Likes tea"]), &Value::Null], "{shown}");
    assert_eq!(app.number(&format!("SELECT count(*) FROM guest_documents WHERE guest_id = '{profile}'")).await, 1);
}

/// The export of an account, once it is made.
async fn export_of(app: &TestApp, client: &Client) -> Archive {
    order(client, ORDERS).await;
    assert_eq!(make(app).await, 1);
    Archive::fetched(app, &address_of(client, NEWEST).await).await
}

/// Opens the link of the mail to an address, and returns the guest and the id of the booking.
async fn opened(app: &TestApp, address: &str) -> (Client, String) {
    let token = app.token_for(address).await;
    let opened = app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await.expect(200).body;
    let bearer = format!("Bearer {}", opened["access_token"].as_str().expect("a token"));
    let booking = opened["booking"]["id"].as_str().expect("an id").to_owned();
    (app.anonymous().with("authorization", bearer), booking)
}

fn sees_nothing_of_nora(archive: &Archive) {
    assert!(archive.rows("guest_profiles").is_empty() && archive.rows("identity_documents").is_empty(), "{}", archive.data);
    let text = archive.data.to_string();
    assert!(!text.contains("Likes tea") && !text.contains("NQ445566"), "{text}");
}

/// Somebody with an account who types name and address of another, or name and number with an address of their own that is proved,
/// has their booking matched with the profile of the other. It is neither theirs to read nor theirs to erase.
#[tokio::test]
async fn who_types_the_name_of_another_neither_reads_nor_erases_the_profile() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let profile = profile_of_nora(&hotel).await;
    for by_number in [false, true] {
        let mallory = app.guest().await;
        let email = if by_number { email_of(&mallory).await } else { NORA.to_owned() };
        let booking = mallory.post("/v1/bookings", &request(&hotel, &email)).await.expect(201);
        assert_eq!(guest_of(&app, booking.id()).await, profile, "for the desk it is the same person");
        sees_nothing_of_nora(&export_of(&app, &mallory).await);
        cancel(&hotel, booking.id()).await;
        let erased = erase_me(&mallory, false).await.expect(200).body;
        assert_eq!((&erased["guest_profile_ids"], &erased["booking_ids"]), (&json!([]), &json!([booking.id()])), "{erased}");
        assert_whole(&app, &hotel, &profile).await;
        let left = hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body;
        assert_eq!(left["contact"]["full_name"], "[erased]", "what they brought goes");
    }
}

/// A profile that the booking of another made stays with that other, also once nothing refers to it but the booking of the
/// stranger.
#[tokio::test]
async fn a_profile_that_another_booking_made_is_not_the_strangers() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let of_nora = hotel.manager.post("/v1/bookings", &request(&hotel, NORA)).await.expect(201);
    let profile = guest_of(&app, of_nora.id()).await;
    let mallory = app.guest().await;
    let booking = mallory.post("/v1/bookings", &request(&hotel, NORA)).await.expect(201);
    assert_eq!(guest_of(&app, booking.id()).await, profile);
    let other = json!({"contact": {"full_name": "Rui Costa", "email": "rui@example.com", "phone": null}});
    let path = format!("/v1/bookings/{}", of_nora.id());
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    hotel.manager.patch(&path, &etag, &other).await.expect(200);
    cancel(&hotel, booking.id()).await;
    assert_eq!(erase_me(&mallory, false).await.expect(200).body["guest_profile_ids"], json!([]));
    let shown = hotel.manager.get(&format!("/v1/guests/{profile}")).await.expect(200).body;
    assert_eq!((&shown["full_name"], &shown["email"]), (&json!(NAME), &json!(NORA)));
}

/// Without an account, everything goes by the link in the mail. Who has not the mailbox has no link, and erases and exports
/// nothing; who books with a mailbox of their own and the number of another erases that booking; and whose mailbox it is erases
/// the profile, too.
#[tokio::test]
async fn by_a_link_goes_what_its_mailbox_proves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let profile = profile_of_nora(&hotel).await;

    // The number of another, and a mailbox of one's own.
    app.anonymous().post("/v1/bookings/guest", &request(&hotel, "mallory@example.com")).await.expect(201);
    let (mallory, booking) = opened(&app, "mallory@example.com").await;
    assert_eq!(guest_of(&app, &booking).await, profile);
    cancel(&hotel, &booking).await;
    let erased = mallory.post(ERASURES, &json!({"booking_id": booking})).await.expect(201);
    assert_eq!((&erased.body["guest_profile_ids"], &erased.body["booking_ids"]), (&json!([]), &json!([booking])));
    assert_whole(&app, &hotel, &profile).await;

    // The address of another: the answer has no key to the booking, and neither a visitor nor an account gets at it.
    let typed = app.anonymous().post("/v1/bookings/guest", &request(&hotel, NORA)).await.expect(201);
    assert_eq!(typed.body.get("access_token"), None, "{}", typed.body);
    let (by_booking, exports) = (json!({"booking_id": typed.id()}), format!("/v1/bookings/{}/exports", typed.id()));
    app.anonymous().post(ERASURES, &by_booking).await.expect(401);
    app.anonymous().send(Method::POST, &exports, None).await.expect(401);
    let stranger = app.guest().await;
    stranger.post(ERASURES, &by_booking).await.expect(404);
    stranger.send(Method::POST, &exports, None).await.expect(404);
    app.anonymous().post("/v1/bookings/access", &json!({"token": "guessed"})).await.expect(422);

    // The mailbox of the profile.
    let (nora, booking) = opened(&app, NORA).await;
    cancel(&hotel, &booking).await;
    let erased = nora.post(ERASURES, &json!({"booking_id": booking})).await.expect(201).body;
    assert_eq!((&erased["guest_profile_ids"], &erased["booking_ids"]), (&json!([profile]), &json!([booking])), "{erased}");
}

/// An account with the name and the number of another gets nothing of what that other books later: its profile is found by a
/// number only once that is proved, and a booking with another address is its contact's, whoever put it to the profile.
#[tokio::test]
async fn an_account_gets_nothing_that_is_booked_with_a_number_it_typed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let mallory = app.guest().await;
    let own = mallory.post("/v1/bookings", &request(&hotel, &email_of(&mallory).await)).await.expect(201);
    let profile = guest_of(&app, own.id()).await;
    let has_account = format!("SELECT count(*) FROM guests WHERE id = '{profile}' AND user_id = '{}'", mallory.user_id());
    assert_eq!(app.number(&has_account).await, 1, "the profile is of the account");

    let mut by_number = request(&hotel, NORA);
    by_number["contact"] = json!({"full_name": NAME, "phone": PHONE});
    let later = hotel.manager.post("/v1/bookings", &by_number).await.expect(201);
    let with_address = hotel.manager.post("/v1/bookings", &request(&hotel, NORA)).await.expect(201);
    for booking in [&later, &with_address] {
        assert_ne!(guest_of(&app, booking.id()).await, profile);
    }
    // The desk is mistaken, too.
    let path = format!("/v1/bookings/{}", with_address.id());
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    hotel.manager.patch(&path, &etag, &json!({"guest_id": profile})).await.expect(200);
    assert_eq!(guest_of(&app, with_address.id()).await, profile);

    let archive = export_of(&app, &mallory).await;
    let references: Vec<&Value> = archive.rows("bookings").iter().map(|row| &row["booking"]).collect();
    assert_eq!(references, [&own.body["reference"]], "{}", archive.data);
    assert!(!archive.data.to_string().contains(NORA), "{}", archive.data);
    cancel(&hotel, own.id()).await;
    let erased = erase_me(&mallory, false).await.expect(200).body;
    assert_eq!((&erased["booking_ids"], &erased["guest_profile_ids"]), (&json!([own.id()]), &json!([profile])), "{erased}");
    let left = hotel.manager.get(&path).await.expect(200).body;
    assert_eq!((&left["contact"]["full_name"], &left["contact"]["email"]), (&json!(NAME), &json!(NORA)));

    // With the number proved, it is as good as the address.
    let nora = app.guest().await;
    let proved = format!("UPDATE users SET phone = '+351910777111', phone_verified_at = now() WHERE id = '{}'", nora.user_id());
    app.sql(&proved).await;
    let hers = guest_of(&app, later.id()).await;
    app.sql(&format!("UPDATE guests SET user_id = '{}' WHERE id = '{hers}'", nora.user_id())).await;
    let again = hotel.manager.post("/v1/bookings", &by_number).await.expect(201);
    assert_eq!(guest_of(&app, again.id()).await, hers);
}
