use crate::every_route::{Call, Request};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eventually};
use diesel_async::SimpleAsyncConnection;
use futures_util::TryStreamExt;
use hbs::domains::retention;
use http::Method;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use std::io::Cursor;
use std::time::Duration;

fn path(hotel: &Hotel) -> String {
    format!("/v1/properties/{}/retention-rules", hotel.id)
}

async fn set(hotel: &Hotel, etag: &str, rules: Value) -> Reply {
    hotel.manager.with("if-match", etag).put(&path(hotel), &json!({"rules": rules})).await
}

/// Returns what would go now: kind, number and the date of the oldest, of the kinds of which something would.
async fn previewed(hotel: &Hotel) -> Vec<(String, i64, Value)> {
    let preview = hotel.manager.get(&format!("{}/preview", path(hotel))).await.expect(200).body;
    let items = preview["items"].as_array().expect("items").iter().filter(|item| item["count"] != 0);
    let item = |item: &Value| {
        let kind = item["data"].as_str().expect("a kind").to_owned();
        (kind, item["count"].as_i64().expect("a number"), item["oldest"].clone())
    };
    items.map(item).collect()
}

fn due(kind: &str, count: i64, oldest: &str) -> (String, i64, Value) {
    (kind.to_owned(), count, json!(oldest))
}

async fn apply(app: &TestApp) -> usize {
    retention::apply(&app.app).await.expect("applied")
}

/// Returns the rules of a hotel as the record tells them: kinds of data with numbers.
async fn applied(app: &TestApp, hotel: &Hotel) -> Vec<(Value, Value)> {
    let told = app
        .rows(&format!(
            "SELECT actor_kind, changes FROM outbox WHERE kind = 'retention.applied' AND entity_id = '{}' ORDER BY id",
            hotel.id
        ))
        .await;
    assert!(told.iter().all(|event| event["actor_kind"] == "system"), "{told:?}");
    let fact = |event: &Value, name: &str| event["changes"][name]["after"].clone();
    told.iter().map(|event| (fact(event, "data"), fact(event, "count"))).collect()
}

fn person(name: &str, number: &str) -> Value {
    json!({"full_name": name, "birth_date": "1990-04-25", "nationality": "PT",
           "document": {"kind": "passport", "number": number, "country": "PT"}})
}

/// A booking of a guest who is in the house, registered with a document that the profile has, too.
struct InHouse {
    booking: Reply,
    /// Path of the stay.
    stay: String,
    /// Path of the profile.
    guest: String,
}

async fn come(app: &TestApp, hotel: &Hotel, name: &str, number: &str, leaves: &str) -> InHouse {
    let mut request = hotel.request("2026-12-01", leaves);
    request["contact"] = json!({"full_name": name, "email": format!("{number}@example.com")});
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let stay = booking.body["stays"][0]["id"].as_str().expect("a stay");
    let stay = format!("/v1/bookings/{}/stays/{stay}", booking.id());
    let guests = json!({"guests": [person(name, number)]});
    hotel.manager.with("if-match", booking.header("etag")).put(&format!("{stay}/guests"), &guests).await.expect(200);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let of_stay = format!("SELECT guest_id FROM stay_guests WHERE full_name = '{name}' AND property_id = '{}'", hotel.id);
    let guest = format!("/v1/guests/{}", app.rows(&of_stay).await[0]["guest_id"].as_str().expect("a profile"));
    write(&hotel.manager, &guest, number).await.expect(200);
    InHouse { booking, stay, guest }
}

/// Puts a document into a profile, as somebody who has just read it.
async fn write(client: &Client, guest: &str, number: &str) -> Reply {
    let etag = client.get(guest).await.expect(200).header("etag").to_owned();
    let document = json!({"kind": "passport", "number": number, "country": "PT", "expires_on": "2031-04-25"});
    client.with("if-match", etag).put(&format!("{guest}/documents"), &json!({"documents": [document]})).await
}

async fn documents(client: &Client, guest: &str) -> Vec<Value> {
    let shown = client.get(&format!("{guest}/documents")).await.expect(200).body;
    shown["documents"].as_array().expect("documents").iter().map(|document| document["number"].clone()).collect()
}

async fn of_stay(client: &Client, stay: &str) -> Value {
    client.get(&format!("{stay}/guests")).await.expect(200).body["guests"].clone()
}

#[tokio::test]
async fn rules_are_set_and_none_is_shorter_than_the_law() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
    let standard = json!({"guest_documents": 30, "stay_documents": 376, "registration_cards": 376, "lost_item_photos": 90,
                          "issue_attachments": 730, "waitlist_entries": 90, "guest_profiles": null});
    let shown = hotel.manager.get(&path(&hotel)).await.expect(200);
    assert_eq!((&shown.body["rules"], &shown.body["register_days"]), (&standard, &json!(376)));
    assert_eq!((&shown.body["version"], shown.header("etag")), (&json!(0), "\"0\""));
    let alike: Vec<(&str, i64)> = shown.body["alike"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|rule| (rule["data"].as_str().expect("a kind"), rule["days"].as_i64().expect("days")))
        .collect();
    assert!(alike.contains(&("request_answers", 1)) && alike.contains(&("sent_mails", 90)), "{alike:?}");
    assert!(alike.contains(&("notifications", 180)) && alike.contains(&("webhook_deliveries", 7)), "{alike:?}");

    let refused = set(&hotel, "\"0\"", json!({"stay_documents": 375, "registration_cards": 0, "guest_documents": 0})).await;
    let refused = refused.expect(422);
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/rules/registration_cards", "/rules/stay_documents"]);
    let refused = set(&hotel, "\"0\"", json!({"guest_profiles": 364, "waitlist_entries": 3651, "lost_item_photos": -1})).await;
    let refused = refused.expect(422);
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/rules/guest_profiles", "/rules/lost_item_photos", "/rules/waitlist_entries"]);

    let rules = json!({"guest_documents": 0, "stay_documents": null, "guest_profiles": 365});
    let done = set(&hotel, "\"0\"", rules.clone()).await.expect(200);
    assert_eq!((done.header("etag"), &done.body["rules"]["lost_item_photos"]), ("\"1\"", &Value::Null));
    assert_eq!(&done.body, &hotel.manager.get(&path(&hotel)).await.expect(200).body);
    assert_eq!(set(&hotel, "\"1\"", rules).await.expect(200).header("etag"), "\"1\"", "they are so already");
    set(&hotel, "\"0\"", standard).await.expect(412);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'retention_rules.updated'").await;
    assert_eq!((told.len(), &told[0]["changes"]["guest_documents_days"]), (1, &json!({"before": 30, "after": 0})));

    // A hotel in another country, of which no law is known, is free; once it moves, the law holds whatever its rules say.
    app.sql(&format!("UPDATE properties SET country = 'IS' WHERE id = '{}'", hotel.id)).await;
    set(&hotel, "\"1\"", json!({"stay_documents": 10})).await.expect(200);
    app.sql(&format!("UPDATE properties SET country = 'AT' WHERE id = '{}'", hotel.id)).await;
    let preview = hotel.manager.get(&format!("{}/preview", path(&hotel))).await.expect(200).body;
    assert_eq!((&preview["date"], &preview["items"][1]["days"]), (&json!("2026-12-01"), &json!(2557)));
    assert_eq!((&preview["items"][0]["days"], &preview["items"][0]["before"]), (&Value::Null, &Value::Null));
}

/// The dry run is the deed: what it names goes, and nothing else, at this hotel or another.
#[tokio::test]
async fn documents_go_after_the_departure_as_the_dry_run_says() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let rules = json!({"guest_documents": 10, "stay_documents": 376});
    set(&hotel, "\"0\"", rules).await.expect(200);
    set(&elsewhere, "\"0\"", json!({})).await.expect(200);
    let left = come(&app, &hotel, "Ana Sousa", "CA123456", "2026-12-02").await;
    let in_house = come(&app, &hotel, "Rui Costa", "RC778899", "2026-12-20").await;
    let of_others = come(&app, &elsewhere, "Ana Sousa", "CA123456", "2026-12-02").await;
    app.set_clock("2026-12-02T12:00:00Z");
    act(&hotel.manager, &left.booking, "check-out").await.expect(200);
    act(&elsewhere.manager, &of_others.booking, "check-out").await.expect(200);

    // The tenth day after the departure is the last one in the profile.
    app.set_clock("2026-12-12T12:00:00Z");
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![], 0));
    app.set_clock("2026-12-13T12:00:00Z");
    assert_eq!(previewed(&hotel).await, [due("guest_documents", 1, "2026-12-02")]);
    let etag = hotel.manager.get(&left.guest).await.expect(200).header("etag").to_owned();
    assert_eq!(apply(&app).await, 1);
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![], 0), "once");
    assert_eq!(documents(&hotel.manager, &left.guest).await, Vec::<Value>::new());
    let outdated =
        hotel.manager.with("if-match", etag).put(&format!("{}/documents", left.guest), &json!({"documents": []})).await;
    outdated.expect(412);
    assert_eq!(of_stay(&hotel.manager, &left.stay).await[0]["document"]["number"], "•••• 3456", "the register keeps it");

    // And after the days of the register, though the guest who is still there has overstayed.
    app.set_clock("2027-12-14T12:00:00Z");
    assert_eq!(previewed(&hotel).await, [due("stay_documents", 1, "2026-12-02")]);
    let before = hotel.manager.get(&format!("{}/guests", left.stay)).await.expect(200).header("etag").to_owned();
    assert_eq!(apply(&app).await, 1);
    let guests = of_stay(&hotel.manager, &left.stay).await;
    assert_eq!((&guests[0]["full_name"], &guests[0]["document"]), (&json!("Ana Sousa"), &Value::Null));
    assert_ne!(hotel.manager.get(&format!("{}/guests", left.stay)).await.expect(200).header("etag"), before);
    assert_eq!(applied(&app, &hotel).await, [(json!("guest_documents"), json!(1)), (json!("stay_documents"), json!(1))]);
    for (manager, kept) in [(&hotel.manager, &in_house), (&elsewhere.manager, &of_others)] {
        assert_eq!(documents(manager, &kept.guest).await.len(), 1, "{}", kept.guest);
        assert_eq!(of_stay(manager, &kept.stay).await[0]["document"]["kind"], "passport", "{}", kept.stay);
    }
    assert!(applied(&app, &elsewhere).await.is_empty());
}

fn picture() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(40, 30).write_to(&mut file, ImageFormat::Png).expect("a picture");
    file.into_inner()
}

async fn found(hotel: &Hotel) -> String {
    let item = json!({"property_id": hotel.id, "category": "other", "description": "Umbrella", "found_in": "Bar"});
    let item = hotel.manager.post("/v1/lost-items", &item).await.expect(201);
    let path = format!("/v1/lost-items/{}", item.id());
    hotel.manager.upload(Method::PUT, &format!("{path}/photo"), "image/png", &picture()).await.expect(200);
    path
}

/// An issue of the staff with an attachment, by its path.
async fn attached(hotel: &Hotel) -> String {
    let issue = json!({"property_id": hotel.id, "category": "room_defect", "subject": "Lamp", "text": "Broken",
                       "room_id": hotel.rooms[0]});
    let issue = format!("/v1/issues/{}", hotel.manager.post("/v1/issues", &issue).await.expect(201).id());
    let messages = hotel.manager.get(&format!("{issue}/messages")).await.expect(200).body;
    let message = messages["items"][0]["id"].as_str().expect("a message");
    let attach = format!("{issue}/messages/{message}/attachments?name=lamp.png");
    hotel.manager.upload(Method::POST, &attach, "application/octet-stream", &picture()).await.expect(201);
    issue
}

async fn attachments(hotel: &Hotel, issue: &str) -> usize {
    let messages = hotel.manager.get(&format!("{issue}/messages")).await.expect(200).body;
    messages["items"][0]["attachments"].as_array().expect("attachments").len()
}

#[tokio::test]
async fn files_cards_and_entries_go_when_their_time_is_over() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let (returned, kept) = (found(&hotel).await, found(&hotel).await);
    manager.post(&format!("{returned}/close"), &json!({"status": "returned", "outcome": "To its owner"})).await.expect(200);
    let (closed, open) = (attached(&hotel).await, attached(&hotel).await);
    let etag = manager.get(&closed).await.expect(200).header("etag").to_owned();
    manager.patch(&closed, &etag, &json!({"status": "closed"})).await.expect(200);
    hotel.book(manager, "2026-12-10", "2026-12-12").await;
    let wish = json!({"property_id": hotel.id, "room_type_id": hotel.double, "check_in": "2026-12-10", "check_out": "2026-12-12",
                      "adults": 2, "contact": {"full_name": "Eva Reis", "email": "eva@example.com"}});
    let (left, waits) = (app.guest().await, app.guest().await);
    let entry = left.post("/v1/waitlist", &wish).await.expect(201);
    left.post(&format!("/v1/waitlist/{}/leave", entry.id()), &json!({})).await.expect(200);
    let waiting = waits.post("/v1/waitlist", &wish).await.expect(201);
    let stay = come(&app, &hotel, "Ana Sousa", "CA123456", "2026-12-02").await;
    let card = manager.post(&format!("{}/registration-cards", stay.stay), &json!({})).await.expect(201);
    let signature = format!("/v1/registration-cards/{}/signature", card.id());
    manager.with("if-match", "\"1\"").upload(Method::PUT, &signature, "image/png", &picture()).await.expect(200);
    app.set_clock("2026-12-02T12:00:00Z");
    act(manager, &stay.booking, "check-out").await.expect(200);
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![], 0));

    app.set_clock("2029-01-01T12:00:00Z");
    let expected = [
        due("guest_documents", 1, "2026-12-02"),
        due("stay_documents", 1, "2026-12-02"),
        due("registration_cards", 1, "2026-12-02"),
        due("lost_item_photos", 1, "2026-12-01"),
        due("issue_attachments", 1, "2026-12-01"),
        due("waitlist_entries", 1, "2026-12-10"),
    ];
    assert_eq!(previewed(&hotel).await, expected);
    assert_eq!(apply(&app).await, expected.len());
    assert!(previewed(&hotel).await.is_empty());
    let told: Vec<(Value, Value)> = expected.iter().map(|(kind, count, _)| (json!(kind), json!(count))).collect();
    assert_eq!(applied(&app, &hotel).await, told);

    assert_eq!(manager.get(&returned).await.expect(200).body["photo_url"], Value::Null);
    manager.get(&format!("{kept}/photo")).await.expect(200);
    assert_eq!((attachments(&hotel, &closed).await, attachments(&hotel, &open).await), (0, 1));
    left.get(&format!("/v1/waitlist/{}", entry.id())).await.expect(404);
    waits.get(&format!("/v1/waitlist/{}", waiting.id())).await.expect(200);
    manager.get(&signature).await.expect(404);
    assert_eq!(app.number("SELECT count(*) FROM registration_cards").await, 0);
    let files: Vec<_> = app.app.objects.list().try_collect().await.expect("files");
    assert_eq!(files.len(), 2, "those of what is kept and of what is open");
}

#[tokio::test]
async fn profiles_of_those_who_do_not_come_any_more_lose_what_they_tell() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    set(&hotel, "\"0\"", json!({"guest_profiles": 365})).await.expect(200);
    let make = async |name: &str, email: &str| {
        let guest =
            json!({"property_id": hotel.id, "full_name": name, "email": email, "notes": "Likes it warm", "tags": ["golf"]});
        manager.post("/v1/guests", &guest).await.expect(201).id().to_owned()
    };
    let (gone, merged) = (make("Ana Sousa", "ana@example.com").await, make("A. Sousa", "a.sousa@example.com").await);
    manager.post(&format!("/v1/guests/{gone}/merge"), &json!({"merged_id": merged})).await.expect(200);
    write(manager, &format!("/v1/guests/{gone}"), "CA123456").await.expect(200);
    let expected = make("Rui Costa", "rui@example.com").await;
    let mut request = hotel.request("2028-11-01", "2028-11-02");
    request["contact"] = json!({"full_name": "Rui Costa", "email": "rui@example.com"});
    app.set_clock("2026-12-02T12:00:00Z");
    let booking = manager.post("/v1/bookings", &request).await.expect(201);
    assert_eq!(booking.body["guest_id"], json!(expected));

    app.set_clock("2027-12-03T12:00:00Z");
    assert_eq!(previewed(&hotel).await, [due("guest_profiles", 1, "2026-12-01")]);
    assert_eq!(apply(&app).await, 1);
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![], 0), "once");
    manager.post(&format!("/v1/guests/{merged}/unmerge"), &json!({})).await.expect(200);
    for id in [&gone, &merged] {
        let profile = manager.get(&format!("/v1/guests/{id}")).await.expect(200).body;
        assert_eq!(profile["full_name"], format!("#{}", &id[id.len() - 8..]));
        assert_eq!((&profile["email"], &profile["notes"], &profile["tags"]), (&Value::Null, &Value::Null, &json!([])));
        assert_eq!(documents(manager, &format!("/v1/guests/{id}")).await, Vec::<Value>::new());
    }
    assert_eq!(manager.get(&format!("/v1/guests/{expected}")).await.expect(200).body["full_name"], "Rui Costa");
    let found =
        app.number("SELECT count(*) FROM guests g WHERE g::text LIKE '%Sousa%' OR g::text LIKE '%ana@example.com%'").await;
    assert_eq!((found, app.number("SELECT count(*) FROM guest_merges WHERE filled::text LIKE '%sousa%'").await), (0, 0));
}

/// A profile that was erased is nobody's any more: it is never due, and in the way of no other.
#[tokio::test]
async fn profiles_of_the_erased_stay_as_the_erasure_left_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    set(&hotel, "\"0\"", json!({"guest_profiles": 365})).await.expect(200);
    let make = async |name: &str, email: &str| {
        let guest = json!({"property_id": hotel.id, "full_name": name, "email": email});
        manager.post("/v1/guests", &guest).await.expect(201).id().to_owned()
    };
    let (erased, idle) = (make("Ana Sousa", "ana@example.com").await, make("Rui Costa", "rui@example.com").await);
    manager.post("/v1/privacy/erasures", &json!({"guest_profile_id": erased})).await.expect(201);

    app.set_clock("2027-12-03T12:00:00Z");
    assert_eq!(previewed(&hotel).await, [due("guest_profiles", 1, "2026-12-01")]);
    assert_eq!(apply(&app).await, 1);
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![], 0), "once");
    let profile = manager.get(&format!("/v1/guests/{idle}")).await.expect(200).body;
    assert_eq!((&profile["full_name"], &profile["email"]), (&json!(format!("#{}", &idle[idle.len() - 8..])), &Value::Null));
    let left = format!("id = '{erased}' AND full_name LIKE '[erased]%' AND forgotten_at IS NULL");
    assert_eq!(app.number(&format!("SELECT count(*) FROM guests WHERE {left}")).await, 1);
}

/// A document that goes is no change of the profile: that goes when it would have gone anyway.
#[tokio::test]
async fn the_time_of_a_profile_does_not_begin_anew_when_its_document_goes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    set(&hotel, "\"0\"", json!({"guest_documents": 30, "guest_profiles": 365})).await.expect(200);
    let guest = json!({"property_id": hotel.id, "full_name": "Ana Sousa", "email": "ana@example.com"});
    let guest = hotel.manager.post("/v1/guests", &guest).await.expect(201);
    write(&hotel.manager, &format!("/v1/guests/{}", guest.id()), "CA123456").await.expect(200);
    app.set_clock("2027-06-01T12:00:00Z");
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![due("guest_documents", 1, "2026-12-01")], 1));
    app.set_clock("2027-12-03T12:00:00Z");
    assert_eq!((previewed(&hotel).await, apply(&app).await), (vec![due("guest_profiles", 1, "2026-12-01")], 1));
}

/// Whoever sets the rules while the job is at it is obeyed: by rules that are no more, nothing goes.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_by_a_rule_that_is_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    set(&hotel, "\"0\"", json!({"guest_documents": 30})).await.expect(200);
    let guest = hotel.manager.post("/v1/guests", &json!({"property_id": hotel.id, "full_name": "Ana Sousa"})).await.expect(201);
    let guest = format!("/v1/guests/{}", guest.id());
    write(&hotel.manager, &guest, "CA123456").await.expect(200);
    app.set_clock("2027-06-01T12:00:00Z");
    let held = format!("SELECT FROM properties WHERE id = '{}' FOR NO KEY UPDATE", hotel.id);
    let mut setting = app.transaction(&held).await;
    let set_otherwise = async {
        eventually(Duration::from_secs(20), async || app.waiting_for_locks().await == 1).await;
        let kept = format!("UPDATE retention_rules SET guest_documents_days = NULL WHERE property_id = '{}'; COMMIT", hotel.id);
        setting.batch_execute(&kept).await.expect("set");
    };
    let (gone, ()) = tokio::join!(apply(&app), set_otherwise);
    assert_eq!((gone, documents(&hotel.manager, &guest).await.len()), (0, 1));
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("get_retention_rules", async |w| Call::to(w.property().await)),
        Request::new("preview_retention_rules", async |w| Call::to(w.property().await)),
        Request::new("set_retention_rules", async |w| {
            let path = format!("/v1/properties/{}/retention-rules", w.property().await);
            w.admin.with("if-match", "\"0\"").put(&path, &json!({"rules": {"guest_documents": 7}})).await.expect(200);
            Call::to(w.property().await).json(&json!({"rules": {"guest_documents": 14, "waitlist_entries": 30}}))
        }),
    ]
}
