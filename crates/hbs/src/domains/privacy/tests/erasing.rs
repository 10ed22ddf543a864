//! Erasing people: what goes, what stays and why, and that nothing of them is found afterwards.
use super::{ERASURES, WORDS, guest_with_everything};
use crate::payments::pay;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act};
use futures_util::TryStreamExt;
use hbs::domains::privacy;
use hbs::person_keys::ListedErasure;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Tables in which the law keeps something, which answers list.
const LISTED: [&str; 7] =
    ["invoices: ", "invoice_files: ", "folio_entries: ", "payments: ", "refunds: ", "registration_cards: ", "stay_guests: "];

pub async fn erase_me(client: &Client, dry: bool) -> Reply {
    let etag = client.get("/v1/me").await.expect(200).header("etag").to_owned();
    let path = if dry { "/v1/me?dry_run=true" } else { "/v1/me" };
    client.with("if-match", etag).send(Method::DELETE, path, None).await
}

pub async fn cancel(hotel: &Hotel, booking: &str) {
    let without_fee = json!({"waive_fee": true, "reason": "The guest is to be erased."});
    hotel.manager.post(&format!("/v1/bookings/{booking}/cancel"), &without_fee).await.expect(200);
}

/// The tables in which one of some words is found, whatever the column.
async fn found(app: &TestApp, words: &[&str]) -> Vec<String> {
    let tables = app.rows("SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()").await;
    let mut found = Vec::new();
    for table in tables.iter().filter_map(|table| table["name"].as_str()) {
        for word in words {
            let rows = format!("SELECT count(*) FROM {table} AS t WHERE strpos(lower(to_jsonb(t)::text), lower('{word}')) > 0");
            if app.number(&rows).await > 0 {
                found.push(format!("{table}: {word}"));
            }
        }
    }
    found
}

/// The tables in which she is found although no answer lists them as kept.
pub async fn unlisted(app: &TestApp) -> Vec<String> {
    let mut rest = found(app, &WORDS).await;
    rest.retain(|place| !LISTED.iter().any(|kept| place.starts_with(kept)));
    rest
}

fn places<'a>(body: &'a Value, member: &str) -> Vec<&'a str> {
    body[member].as_array().expect("a list").iter().map(|place| place["place"].as_str().expect("a name")).collect()
}

/// T-pri-grep, T-pri-legal, T-pri-chain and T-rev-erase: after an erasure, e-mail address, name, phone and document number are found
/// nowhere but where the answer says that they stay; the average of the hotel is as it was, and the record verifies.
#[tokio::test]
async fn of_who_is_erased_nothing_is_found_but_what_the_answer_lists() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let known = guest_with_everything(&app, &hotel).await;
    assert!(!found(&app, &WORDS).await.is_empty(), "there is something to find");
    let summary = format!("/v1/reviews/summary?property_id={}", hotel.id);
    let average = app.anonymous().get(&summary).await.expect(200).body;
    app.deliver().await;

    let admin = app.admin().await;
    assert_eq!(admin.get("/v1/audit-logs/verify").await.expect(200).body["intact"], true, "the record verifies before");

    let before = app.row_versions().await;
    let preview = erase_me(&known.client, true).await.expect(200);
    assert_eq!(app.row_versions().await, before, "a preview changes nothing");
    assert!(preview.body.get("proof").is_none(), "a preview proves nothing: {}", preview.body);
    let erased = erase_me(&known.client, false).await.expect(200);
    assert_eq!(erased.body["erased"], preview.body["erased"], "the preview told what came");
    for place in ["account", "bookings", "guest_profiles", "issues", "issue_messages", "reviews", "sessions"] {
        assert!(places(&erased.body, "erased").contains(&place), "{place}: {}", erased.body);
    }
    // The law keeps invoices and what they rest on, and the answer says until when.
    let kept = erased.body["kept"].as_array().expect("a list");
    let invoices = kept.iter().find(|place| place["place"] == "invoices").expect("the invoice");
    assert_eq!((&invoices["rows"], &invoices["until"]), (&json!(1), &json!("2036-12-31")), "{invoices}");
    assert_eq!(invoices["reason"], "accounting");
    let register = kept.iter().find(|place| place["place"] == "stay_guests").expect("the register");
    assert_eq!(
        (&register["rows"], &register["until"], &register["reason"]),
        (&json!(1), &json!("2027-12-13"), &json!("register"))
    );
    known.client.get("/v1/me").await.expect(401);

    // The answer is signed, and it names nobody.
    let proof = &erased.body["proof"];
    let statement = proof["statement"].as_str().expect("text");
    assert!(statement.contains(r#""format":"hbs-erasure-1""#), "{statement}");
    assert!(WORDS.iter().all(|word| !statement.contains(word)), "{statement}");

    // The farewell goes to the address that was proved, and with it the last trace.
    app.send_mail().await;
    app.move_clock("2026-12-02T13:00:00Z").await;
    app.deliver().await;
    assert_eq!(unlisted(&app).await, Vec::<String>::new(), "found although nothing says so");
    let copies = app.app.mongo.database().collection::<mongodb::bson::Document>("audit_logs");
    let copies: Vec<_> = copies.find(mongodb::bson::Document::new()).await.expect("copies").try_collect().await.expect("copies");
    assert!(copies.len() > 10, "{} copies", copies.len());
    let text = format!("{copies:?}");
    assert!(WORDS.iter().all(|word| !text.contains(word)), "the copies of the record tell who it was");

    // What others see: the rating stays, and staff see a booking of nobody.
    assert_eq!(app.anonymous().get(&summary).await.expect(200).body, average, "the average is as it was");
    let booking = hotel.manager.get(&format!("/v1/bookings/{}", known.booking)).await.expect(200).body;
    assert_eq!((&booking["contact"]["full_name"], &booking["status"]), (&json!("[erased]"), &json!("checked_out")));
    let said = hotel.manager.get(&format!("/v1/issues/{}/messages", known.issue)).await.expect(200).body;
    let said: Vec<&Value> = said["items"].as_array().expect("a list").iter().map(|message| &message["text"]).collect();
    assert_eq!(said, [&json!("[erased]"), &json!("We look at it."), &json!("[erased]")], "an answer that quotes goes too");
    let words_again = json!({"text": "Hello again"});
    let again = hotel.manager.post(&format!("/v1/issues/{}/messages", known.issue), &words_again).await.expect(409);
    assert_eq!(again.code(), "privacy.erased");

    // Those who may see it find it complete, and the record tells it with counts.
    let list = admin.get(ERASURES).await.expect(200).body;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert!(list["items"][0]["completed_at"].is_string(), "{list}");
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'person.erased'").await;
    assert_eq!(told.len(), 2, "once at the hotel, and once for the installation");
    let verified = admin.get("/v1/audit-logs/verify").await.expect(200).body;
    assert_eq!(verified["intact"], true, "{verified}");
    app.assert_consistent().await;
}

/// T-pri-legal: while something is open, nobody is erased, and the answer says what is to be done first.
#[tokio::test]
async fn what_is_open_stands_in_the_way() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let kinds = |reply: &Reply| -> Vec<String> {
        let obstacles = reply.body["obstacles"].as_array().expect("a list").iter();
        obstacles.map(|obstacle| obstacle["kind"].as_str().expect("text").to_owned()).collect()
    };
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let refused = erase_me(&guest, false).await.expect(409);
    assert_eq!((refused.code(), kinds(&refused)), ("privacy.in_the_way", vec!["balance".to_owned(), "stays".to_owned()]));
    assert_eq!(refused.body["obstacles"][1]["booking_ids"], json!([booking.id()]));
    cancel(&hotel, booking.id()).await;
    erase_me(&guest, true).await.expect(200);

    let staff = app.staff(&["rooms:read"], Some(&hotel.id)).await;
    let refused = erase_me(&staff, false).await.expect(409);
    assert_eq!(kinds(&refused), ["roles"]);

    // An old sign-in is not enough.
    app.sql(&format!("UPDATE sessions SET created_at = created_at - interval '1 hour' WHERE user_id = '{}'", guest.user_id()))
        .await;
    assert_eq!(erase_me(&guest, false).await.expect(422).pointers(), ["/current_password"]);
    let me = guest.get("/v1/me").await.expect(200);
    let proved = guest.with("if-match", me.header("etag"));
    let wrong = json!({"current_password": "not the password"}).to_string();
    let refused = proved.send(Method::DELETE, "/v1/me", Some(wrong)).await;
    assert_eq!(refused.code(), "auth.wrong_password");
}

/// The signature of an address of the answer to an erasure, good until a year begins.
pub fn signature(app: &TestApp, purpose: &str, id: &str, year: u32) -> String {
    let claims = json!({"erasure_id": id, "ends_at": format!("{year}-01-01T00:00:00Z")});
    app.app.security.data_key.sign(purpose, &claims).expect("signed")
}

/// Whoever has lost the answer to their erasure cannot sign in to ask again: the mail has an address of it, for a time.
#[tokio::test]
async fn the_signed_answer_is_fetched_once_more_from_the_mail() {
    let app = TestApp::with(|config| config.public_url = "https://miramar.example/".into()).await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let email = guest.get("/v1/me").await.expect(200).body["email"].as_str().expect("an address").to_owned();
    let erased = erase_me(&guest, false).await.expect(200).body;
    let of_other = erase_me(&other, false).await.expect(200).id().to_owned();
    guest.get("/v1/me").await.expect(401);

    let mails = app.mail_to(&email).await;
    let text = mails[0]["text"].as_str().expect("text");
    let address = text.split_whitespace().find(|word| word.contains("/v1/erasures/")).unwrap_or_else(|| panic!("{text}"));
    let path = address.strip_prefix("https://miramar.example").unwrap_or_else(|| panic!("a mail needs the host: {address}"));
    let fetched = app.anonymous().get(path).await.expect(200);
    assert_eq!(fetched.body, erased, "the answer with its proof");
    assert!(fetched.header("content-disposition").starts_with("attachment; filename=\"erasure-"), "it is kept as a file");
    assert!(!fetched.body.to_string().contains(&email), "it names nobody");

    let id = erased["id"].as_str().expect("an id");
    let (of_mail, signed) = path.split_once("?signature=").expect("a signature");
    assert_eq!(of_mail, format!("/v1/erasures/{id}/answer"));
    for forged in ["x", &signed[..signed.len() - 2], &signature(&app, "privacy export", id, 2999)] {
        app.anonymous().get(&format!("{of_mail}?signature={forged}")).await.expect(404);
    }
    app.anonymous().get(&format!("/v1/erasures/{of_other}/answer?signature={signed}")).await.expect(404);
    app.anonymous().get(of_mail).await.expect(422);
    let late = signature(&app, "erasure answer", id, 2020);
    let late = app.anonymous().get(&format!("{of_mail}?signature={late}")).await.expect(410);
    assert_eq!(late.code(), "privacy.answer_over");
}

/// After the erasure of an account there is nobody who could ask for the answer again, so none is kept for whoever sends a key.
#[tokio::test]
async fn of_the_erasure_of_an_account_no_answer_is_kept() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let kept = async || app.number("SELECT count(*) FROM idempotency_keys").await;
    let before = kept().await;
    let keyed = guest.with("idempotency-key", "erase me");
    erase_me(&keyed, false).await.expect(200);
    assert_eq!(kept().await, before);
    let again = keyed.with("if-match", "\"1\"").send(Method::DELETE, "/v1/me", None).await.expect(401);
    assert_eq!(again.code(), "auth.unauthenticated");
}

/// Staff erase on behalf of guests: by profile at their own hotel, merged profiles with it, and never beyond it.
#[tokio::test]
async fn staff_erase_guests_of_their_hotel_only() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let profile = |email: &str| json!({"property_id": hotel.id, "full_name": "Bruno Wexlar", "email": email});
    let first = hotel.manager.post("/v1/guests", &profile("bruno@example.com")).await.expect(201);
    let second = hotel.manager.post("/v1/guests", &profile("b.wexlar@example.com")).await.expect(201);
    let merge = format!("/v1/guests/{}/merge", first.id());
    hotel.manager.post(&merge, &json!({"merged_id": second.id()})).await.expect(200);

    let by_profile = json!({"guest_profile_id": first.id()});
    other.manager.post(ERASURES, &by_profile).await.expect(404);
    let stranger = app.guest().await;
    stranger.post(ERASURES, &by_profile).await.expect(404);
    hotel.manager.post(ERASURES, &json!({"user_id": stranger.user_id()})).await.expect(404);
    let nobody = hotel.manager.post(ERASURES, &json!({})).await.expect(422);
    assert_eq!(nobody.pointers(), [""]);
    let detail = "The body: must name one person: by user_id, guest_profile_id or booking_id";
    assert_eq!(nobody.body["detail"], detail, "no colon at the beginning");

    let erased = hotel.manager.post(ERASURES, &by_profile).await.expect(201);
    let mut profiles = vec![first.id(), second.id()];
    profiles.sort_unstable();
    assert_eq!(erased.body["guest_profile_ids"], json!(profiles), "merged profiles are followed");
    assert_eq!(found(&app, &["Wexlar", "bruno@example.com", "b.wexlar@example.com"]).await, Vec::<String>::new());
    hotel.manager.post(ERASURES, &by_profile).await.expect(404);
    assert_eq!(hotel.manager.get(ERASURES).await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(other.manager.get(ERASURES).await.expect(200).body["items"], json!([]));
    other.manager.get(&format!("{ERASURES}/{}", erased.id())).await.expect(404);

    // The database itself refuses to write of them again.
    let refused = app.try_sql(&format!("UPDATE guests SET email = 'x@example.com' WHERE id = '{}'", first.id())).await;
    assert!(refused.is_err_and(|error| error.contains("guests_erased")));
}

/// What others wrote down of somebody is theirs too: a booking that the desk made for them, and whoever was in the room under another
/// name. The register stays for as long as the law says, and then goes by itself.
#[tokio::test]
async fn what_others_wrote_down_of_somebody_goes_too() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let client = app.guest().await;
    let hers = format!("UPDATE users SET email = 'zuzanna.quuxford@example.com' WHERE id = '{}'", client.user_id());
    app.sql(&hers).await;
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["contact"] = json!({"full_name": "Zuzanna Quuxford", "email": "zuzanna.quuxford@example.com"});
    let booking = client.post("/v1/bookings", &request).await.expect(201);
    let manager = &hotel.manager;
    let stay = booking.body["stays"][0]["id"].as_str().expect("a stay");
    let path = format!("/v1/bookings/{}/stays/{stay}/guests", booking.id());
    let guest = |name: &str, number: &str| {
        json!({"full_name": name, "birth_date": "1990-04-25", "nationality": "PT",
               "document": {"kind": "passport", "number": number, "country": "PT"}})
    };
    let in_the_room = json!({"guests": [guest("Zuzanna Maria Quuxford", "ZQ998877"), guest("Kaspar Quill", "KQ112233")]});
    let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
    manager.with("if-match", etag).put(&path, &in_the_room).await.expect(200);
    act(manager, &booking, "check-in").await.expect(200);
    pay(manager, booking.id(), "100.00").await.expect(201);
    app.set_clock("2026-12-02T10:00:00Z");
    act(manager, &booking, "check-out").await.expect(200);
    request["check_in"] = json!("2026-12-20");
    request["check_out"] = json!("2026-12-21");
    let by_the_desk = manager.post("/v1/bookings", &request).await.expect(201);

    let refused = erase_me(&client, false).await.expect(409);
    assert_eq!(refused.body["obstacles"][0]["booking_ids"], json!([by_the_desk.id()]), "{}", refused.body);
    cancel(&hotel, by_the_desk.id()).await;
    let erased = erase_me(&client, false).await.expect(200).body;
    let mut bookings = vec![booking.id(), by_the_desk.id()];
    bookings.sort_unstable();
    assert_eq!(erased["booking_ids"], json!(bookings));
    let words = ["Zuzanna Quuxford", "zuzanna.quuxford@example.com", "Zuzanna Maria", "Kaspar Quill"];
    app.send_mail().await;
    app.move_clock("2026-12-02T13:00:00Z").await;
    assert_eq!(found(&app, &words).await, ["stay_guests: Zuzanna Maria", "stay_guests: Kaspar Quill"], "the register stays");
    app.move_clock("2027-12-13T13:00:00Z").await;
    assert_eq!(app.number("SELECT count(*) FROM stay_guests").await, 2, "on the last day");
    app.move_clock("2027-12-14T13:00:00Z").await;
    assert_eq!(found(&app, &words).await, Vec::<String>::new(), "the law keeps it no longer");
    let told = app.rows("SELECT stream_id, changes FROM outbox WHERE kind = 'person.let_go'").await;
    let counted = json!({"rows_erased": {"before": null, "after": 2}});
    assert_eq!((told.len(), &told[0]["stream_id"], &told[0]["changes"]), (1, &json!(hotel.id), &counted), "{told:?}");
}

/// T-pri-grep: answers that are kept sealed cannot be searched, so they go by the ids that stand beside them: with the erasure itself,
/// not with the job after it, and those of others stay.
#[tokio::test]
async fn sealed_answers_go_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (ana, rui) = (app.guest().await, app.guest().await);
    let mut profiles = Vec::new();
    for (client, name) in [(&ana, "Ana Sousa"), (&rui, "Rui Costa")] {
        let mut request = hotel.request("2026-12-10", "2026-12-11");
        request["contact"] = json!({"full_name": name, "email": format!("{}@example.com", client.user_id())});
        let booking = client.post("/v1/bookings", &request).await.expect(201);
        let stay = booking.body["stays"][0]["id"].as_str().expect("a stay");
        let path = format!("/v1/bookings/{}/stays/{stay}/guests", booking.id());
        let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
        let keyed = hotel.manager.with("if-match", etag).with("idempotency-key", format!("guests of {name}"));
        let guest = json!({"full_name": name, "document": {"kind": "passport", "number": "CA123456", "country": "PT"}});
        keyed.put(&path, &json!({"guests": [guest]})).await.expect(200);
        cancel(&hotel, booking.id()).await;
        let of_booking = format!("SELECT guest_id AS id FROM bookings WHERE id = '{}'", booking.id());
        let profile = app.rows(&of_booking).await[0]["id"].as_str().expect("a profile").to_owned();
        let path = format!("/v1/guests/{profile}");
        let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
        let keyed = hotel.manager.with("if-match", etag).with("idempotency-key", format!("documents of {name}"));
        let documents = json!({"documents": [{"kind": "passport", "number": "CA123456", "country": "PT"}]});
        keyed.put(&format!("{path}/documents"), &documents).await.expect(200);
        profiles.push(profile);
    }
    let sealed = async || app.number("SELECT count(*) FROM idempotency_keys WHERE body LIKE 'sealed:%'").await;
    assert_eq!(sealed().await, 4);
    let preview = erase_me(&ana, true).await.expect(200).body;
    assert_eq!(sealed().await, 4, "a preview deletes nothing");
    let erased = erase_me(&ana, false).await.expect(200).body;
    assert_eq!(sealed().await, 2, "hers are gone before any job has run");
    for body in [preview, erased] {
        let place = body["erased"].as_array().expect("a list").iter().find(|place| place["place"] == "sealed_answers");
        assert_eq!(place.expect("the answers")["rows"], 2, "{body}");
    }
    hotel.manager.post(ERASURES, &json!({"guest_profile_id": profiles[1]})).await.expect(201);
    assert_eq!(sealed().await, 0);
}

/// A profile that was merged with that of another account is that account's.
#[tokio::test]
async fn the_profile_of_another_account_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (ana, rui) = (app.guest().await, app.guest().await);
    let mut profiles = Vec::new();
    for (client, name) in [(&ana, "Ana Sousa"), (&rui, "Rui Costa")] {
        let mut request = hotel.request("2026-12-10", "2026-12-11");
        request["contact"] = json!({"full_name": name, "email": format!("{}@example.com", client.user_id())});
        let booking = client.post("/v1/bookings", &request).await.expect(201);
        cancel(&hotel, booking.id()).await;
        let of = format!("SELECT guest_id AS id FROM bookings WHERE id = '{}'", booking.id());
        let profile = app.rows(&of).await[0]["id"].as_str().expect("an id").to_owned();
        app.sql(&format!("UPDATE guests SET user_id = '{}' WHERE id = '{profile}'", client.user_id())).await;
        profiles.push(profile);
    }
    app.sql(&format!("UPDATE guests SET merged_into_id = '{0}', survivor_id = '{0}' WHERE id = '{1}'", profiles[0], profiles[1]))
        .await;
    let erased = erase_me(&ana, false).await.expect(200).body;
    assert_eq!(erased["guest_profile_ids"], json!([profiles[0]]));
    assert_eq!(app.number("SELECT count(*) FROM guests WHERE full_name = 'Rui Costa' AND erased_at IS NULL").await, 1);
}

/// A guest without an account erases the booking of their link, and staff the rest of what was booked with its address.
#[tokio::test]
async fn who_has_no_account_is_erased_by_their_link() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let request = hotel.request("2026-12-10", "2026-12-12");
    app.anonymous().post("/v1/bookings/guest", &request).await.expect(201);
    let token = app.token_for("ana@example.com").await;
    let opened = app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await.expect(200);
    let bearer = format!("Bearer {}", opened.body["access_token"].as_str().expect("a token"));
    let (guest, booking) = (app.anonymous().with("authorization", bearer), &opened.body["booking"]);
    // Another booking with the same address, by the desk.
    let second = hotel.book(&hotel.manager, "2026-12-20", "2026-12-21").await;

    let mine = json!({"booking_id": booking["id"]});
    guest.post(ERASURES, &json!({"booking_id": second.id()})).await.expect(404);
    let refused = guest.post(ERASURES, &mine).await.expect(409);
    assert_eq!(refused.code(), "privacy.in_the_way");
    for id in [booking["id"].as_str().expect("an id"), second.id()] {
        cancel(&hotel, id).await;
    }
    let erased = guest.post(ERASURES, &mine).await.expect(201);
    assert_eq!((&erased.body["asked_by"], &erased.body["booking_ids"]), (&json!("person"), &json!([booking["id"]])));
    guest.get(&format!("/v1/bookings/{}", second.id())).await.expect(404);
    let left = hotel.manager.get(&format!("/v1/bookings/{}", second.id())).await.expect(200).body;
    assert_eq!(left["contact"]["email"], "ana@example.com", "a link may have been passed on, so no other booking goes");
    hotel.manager.post(ERASURES, &json!({"booking_id": second.id()})).await.expect(201);
    assert_eq!(found(&app, &["ana@example.com", "Ana Sousa"]).await, Vec::<String>::new());
}

/// Of however many erasures whose files wait, none waits to be listed and to lose its keys, and each has its turn.
#[tokio::test]
async fn no_erasure_waits_behind_the_files_of_others() {
    const MANY: i64 = 23;
    let app = TestApp::with_own_person_keys().await;
    erase_many(&app, MANY).await;
    app.sql("UPDATE erasures SET files = '{gone.jpg}'").await;
    let state = async || {
        let counts = "count(forgotten_at) AS forgotten, count(tried_at) AS tried, count(completed_at) AS complete";
        let rows = app.rows(&format!("SELECT {counts} FROM erasures")).await;
        ["forgotten", "tried", "complete"].map(|name| rows[0][name].as_i64().expect("a number"))
    };
    let objects = &app.app.objects;
    objects.hold("2999-01-01T00:00:00Z".parse().expect("an instant")).await.expect("held");
    app.move_clock("2026-12-01T13:00:00Z").await;
    let listed = app.app.person_keys.listed_erasures(None, 100).await.expect("a list").len();
    assert_eq!((listed, state().await), (23, [MANY, 20, 0]), "all are listed, and twenty were tried");
    app.move_clock("2026-12-01T13:01:00Z").await;
    assert_eq!(state().await, [MANY, MANY, 0], "the others have had their turn");

    objects.release().await.expect("released");
    for minute in [2, 3] {
        app.move_clock(&format!("2026-12-01T13:0{minute}:00Z")).await;
    }
    assert_eq!(state().await, [MANY; 3]);
}

/// Erases as many profiles as that, and returns the ids of the erasures in their order.
async fn erase_many(app: &TestApp, many: i64) -> Vec<String> {
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut ids = Vec::new();
    for n in 0..many {
        let profile = json!({"property_id": hotel.id, "full_name": "Bruno Wexlar", "email": format!("bruno{n}@example.com")});
        let profile = hotel.manager.post("/v1/guests", &profile).await.expect(201);
        let erased = hotel.manager.post(ERASURES, &json!({"guest_profile_id": profile.id()})).await.expect(201);
        ids.push(erased.id().to_owned());
    }
    ids
}

/// Erasures that wait are read some at a time. However many of them fail, those behind them are forgotten, and a list that lost
/// some has them again.
#[tokio::test]
async fn erasures_that_fail_hold_up_none_behind_them() {
    let app = TestApp::with_own_person_keys().await;
    let ids = erase_many(&app, 23).await;
    app.sql(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON erasures FOR EACH ROW
             WHEN (NEW.forgotten_at IS NOT NULL AND NEW.id <= '{}') EXECUTE FUNCTION fail();",
        ids[20]
    ))
    .await;
    let forgotten = async || app.number("SELECT count(*) FROM erasures WHERE forgotten_at IS NOT NULL").await;
    assert!(privacy::complete_erasures(&app.app).await.is_err(), "the job tells that some failed");
    assert_eq!(forgotten().await, 2, "the last two are behind a whole batch that failed");
    let listed = app.app.person_keys.listed_erasures(None, 100).await.expect("a list");
    assert_eq!(listed.len(), 23, "each is listed before its keys go");
    let rest = app.app.person_keys.listed_erasures(Some(listed[20].id), 100).await.expect("the rest of the list");
    assert_eq!(rest, listed[21..], "the list goes on behind any of them");

    app.sql("DROP TRIGGER fail ON erasures").await;
    privacy::complete_erasures(&app.app).await.expect("all of them");
    assert_eq!(forgotten().await, 23);
    assert_eq!(privacy::complete_unlisted(&app.app).await.expect("looked for"), 0, "the list lacks none");
    // One that the list does not know, as after the list was brought back from an older copy.
    let unknown = Uuid::now_v7();
    app.sql(&format!("UPDATE erasures SET id = '{unknown}' WHERE id = '{}'", ids[4])).await;
    assert_eq!(privacy::complete_unlisted(&app.app).await.expect("completed"), 1);
    let among = app.app.person_keys.listed_among(&[unknown, Uuid::now_v7()]).await.expect("looked for");
    assert_eq!(among, [unknown]);
}

/// T-bak-erase: a restored system repeats a listed erasure by ids, whatever it still has, and once is as good as twice.
#[tokio::test]
async fn an_erasure_is_repeated_where_the_person_is_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let known = guest_with_everything(&app, &hotel).await;
    let guests = app.rows("SELECT id FROM guests WHERE email = 'zuzanna.quuxford@example.com'").await;
    let uuid = |text: &str| text.parse::<Uuid>().expect("an id");
    let listed = ListedErasure {
        id: Uuid::now_v7(),
        user_id: Some(uuid(known.client.user_id())),
        profile_ids: guests.iter().filter_map(|row| row["id"].as_str()).map(uuid).collect(),
        booking_ids: vec![uuid(&known.booking)],
        erased_at: app.app.clock.now(),
        signature: "AAAA".into(),
        key_id: "made-after-the-backup".into(),
    };
    privacy::replay(&app.app, &listed).await.expect("repeated");
    assert_eq!(unlisted(&app).await, Vec::<String>::new(), "found although it was erased");
    let before = app.contents().await;
    privacy::replay(&app.app, &listed).await.expect("repeated once more");
    assert_eq!(app.contents().await, before, "it was done already");

    // What a key of this system signed otherwise is not believed.
    hbs::domains::checkpoints::make(&app.app).await.expect("a checkpoint");
    let keys = app.rows("SELECT kid FROM audit_keys").await;
    let forged = ListedErasure { id: Uuid::now_v7(), key_id: keys[0]["kid"].as_str().expect("an id").into(), ..listed };
    assert!(privacy::replay(&app.app, &forged).await.is_err(), "a list that somebody has changed");
}

/// The hotel of a guest is a stranger's no more than before: what others have stays as it was.
#[tokio::test]
async fn nobody_else_is_touched() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (guest, neighbour) = (app.guest().await, app.guest().await);
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["contact"] = json!({"full_name": "Nora Neighbour", "email": "nora@example.com"});
    let theirs = neighbour.post("/v1/bookings", &request).await.expect(201);
    let before = app.rows(&of_neighbour(&hotel, &neighbour)).await;
    erase_me(&guest, false).await.expect(200);
    assert_eq!(app.rows(&of_neighbour(&hotel, &neighbour)).await, before);
    let booking = neighbour.get(&format!("/v1/bookings/{}", theirs.id())).await.expect(200).body;
    assert_eq!(booking["contact"]["full_name"], "Nora Neighbour");
}

/// What somebody has typed is no proof of whose address it is: neither what staff write into a profile nor what guests write into a
/// booking changes what others rely on.
#[tokio::test]
async fn an_address_that_somebody_typed_leads_to_nothing_of_others() {
    const NORA: &str = "nora@example.com";
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let company = json!({"property_id": hotel.id, "kind": "company", "name": "Quintas, Lda.", "contact_name": "Nora Neighbour",
                         "email": NORA});
    let company = hotel.manager.post("/v1/accounts", &company).await.expect(201);
    let refused = format!("INSERT INTO mail_bounces VALUES ('{NORA}', '550', now(), now())");
    app.sql(&refused).await;
    let bounces = async || app.number("SELECT count(*) FROM mail_bounces").await;

    // Somebody with an account books with an address that is not theirs, and goes.
    let guest = app.guest().await;
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["contact"] = json!({"full_name": "Ana Sousa", "email": NORA});
    let booking = guest.post("/v1/bookings", &request).await.expect(201);
    cancel(&hotel, booking.id()).await;
    let erased = erase_me(&guest, false).await.expect(200).body;
    assert!(!places(&erased, "erased").contains(&"company_contacts"), "{erased}");
    let path = format!("/v1/accounts/{}", company.id());
    assert_eq!(hotel.manager.get(&path).await.expect(200).body["contact_name"], "Nora Neighbour");
    assert_eq!(bounces().await, 1);

    // Staff write it into a profile: it is theirs to say who their own contacts are, and nothing beyond the hotel.
    let profile = json!({"property_id": hotel.id, "full_name": "Bruno Wexlar", "email": NORA});
    let profile = hotel.manager.post("/v1/guests", &profile).await.expect(201);
    let erased = hotel.manager.post(ERASURES, &json!({"guest_profile_id": profile.id()})).await.expect(201).body;
    assert!(places(&erased, "erased").contains(&"company_contacts"), "{erased}");
    assert_eq!(hotel.manager.get(&path).await.expect(200).body["contact_name"], Value::Null);
    assert_eq!(bounces().await, 1, "the whole installation relies on it");

    // With the account whose proved address it is, it goes.
    let nora = app.guest().await;
    app.sql(&format!("UPDATE users SET email = '{NORA}' WHERE id = '{}'", nora.user_id())).await;
    erase_me(&nora, false).await.expect(200);
    assert_eq!(bounces().await, 0);
}

fn of_neighbour(hotel: &Hotel, neighbour: &Client) -> String {
    format!(
        "SELECT b.contact_name, b.contact_email, b.version, u.email, u.version AS of_user, g.full_name, g.version AS of_guest \
         FROM bookings AS b JOIN users AS u ON u.id = b.user_id \
         JOIN guests AS g ON g.property_id = b.property_id AND g.id = b.guest_id \
         WHERE b.property_id = '{}' AND u.id = '{}'",
        hotel.id,
        neighbour.user_id()
    )
}

/// Two erasures that the list beside the archives lacks, of which the first cannot be completed again.
#[tokio::test]
async fn an_erasure_that_cannot_be_completed_again_holds_up_no_other() {
    let app = TestApp::new().await;
    erase_me(&app.guest().await, false).await.expect(200);
    app.move_clock("2026-12-01T12:10:00Z").await;
    let others = "jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'tried_at', NULL))";
    app.sql(&format!("INSERT INTO erasures SELECT ({others}).* FROM erasures e, generate_series(1, 2)")).await;
    let lacking = app.rows("SELECT id FROM erasures WHERE tried_at IS NULL ORDER BY id").await;
    let [broken, whole] = [0, 1].map(|place: usize| lacking[place]["id"].as_str().expect("an id").to_owned());
    app.sql(&format!("ALTER TABLE erasures ADD CONSTRAINT broken CHECK (id <> '{broken}' OR tried_at IS NULL)")).await;
    assert!(privacy::complete_unlisted(&app.app).await.is_err(), "somebody has to look at it");
    let tried = app.rows("SELECT id FROM erasures WHERE tried_at IS NULL").await;
    assert_eq!(tried, [json!({"id": broken})], "not {whole}");
}
