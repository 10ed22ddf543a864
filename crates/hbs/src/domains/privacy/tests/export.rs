//! Exports of personal data: what is in an archive, who can fetch it, and until when.
use crate::every_route::Exception::{ForLinksToo, OfOwner, Public};
use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eur, size};
use hbs::domains::privacy;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};

pub const ORDERS: &str = "/v1/me/exports";
pub const NEWEST: &str = "/v1/me/export";
const STAFF_ORDERS: &str = "/v1/privacy/exports";
const OWN: &str = "it is of the person who asks";

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("create_my_export", async |_| Call::plain()),
        Request::new("get_my_export", async |w| {
            order(&w.owner, ORDERS).await;
            Call::plain()
        })
        .but(OfOwner, OWN),
        Request::new("create_booking_export", async |w| Call::to(w.booking().await))
            .but(OfOwner, OWN)
            .but(ForLinksToo, "guests without an account have a link to their booking"),
        Request::new("get_booking_export", async |w| {
            let booking = w.booking().await;
            order(&w.owner, &format!("/v1/bookings/{booking}/exports")).await;
            Call::to(booking)
        })
        .but(OfOwner, OWN)
        .but(ForLinksToo, "guests without an account have a link to their booking"),
        Request::new("create_privacy_export", async |w| {
            Call::plain().json(&json!({"guest_profile_id": a_profile(&w.admin, w.property().await).await}))
        }),
        Request::new("get_privacy_export", async |w| Call::to(&of_profile(w).await)),
        Request::new("download_export", async |w| {
            order(&w.owner, ORDERS).await;
            make(&w.app).await;
            let address = address_of(&w.owner, NEWEST).await;
            let (path, signature) = address.split_once("?signature=").expect("a signature");
            Call::to(path.split('/').nth(3).expect("an id")).query("signature", signature)
        })
        .but(Public, "the signature in the address says what may be fetched"),
    ]
}

async fn a_profile(client: &Client, property: &str) -> String {
    let guest =
        json!({"property_id": property, "full_name": "Ana Sousa", "email": "ana@example.com", "preferences": ["High floor"]});
    client.post("/v1/guests", &guest).await.expect(201).id().to_owned()
}

/// The id of an export of a guest's profile.
async fn of_profile(w: &World) -> String {
    let profile = a_profile(&w.admin, w.property().await).await;
    w.admin.post(STAFF_ORDERS, &json!({"guest_profile_id": profile})).await.expect(202).id().to_owned()
}

pub async fn order(client: &Client, path: &str) -> Reply {
    client.send(Method::POST, path, None).await.expect(202)
}

/// Runs the job, and returns the number of archives that it made.
pub async fn make(app: &TestApp) -> usize {
    privacy::make_exports(&app.app).await.expect("the job")
}

/// The address of an archive that is ready: a path of the API, wherever the user interface is.
pub async fn address_of(client: &Client, path: &str) -> String {
    let export = client.get(path).await.expect(200).body;
    assert_eq!(export["status"], "ready", "{export}");
    let address = export["download_url"].as_str().expect("an address");
    assert!(
        address.starts_with(&format!("/v1/exports/{}/download?signature=", export["id"].as_str().expect("an id"))),
        "{address}"
    );
    address.to_owned()
}

/// An archive that was fetched.
pub struct Archive {
    pub data: Value,
    page: String,
    files: BTreeSet<String>,
}

impl Archive {
    pub async fn fetched(app: &TestApp, address: &str) -> Self {
        let reply = app.anonymous().get(address).await.expect(200);
        assert_eq!((reply.header("content-type"), reply.header("cache-control")), ("application/zip", "private, no-store"));
        assert!(reply.header("content-disposition").starts_with("attachment; filename=\"personal-data-"), "{:?}", reply.headers);
        Self::read(&reply.bytes)
    }

    fn read(bytes: &[u8]) -> Self {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
        let names: BTreeSet<String> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
        let mut text = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).expect(name).read_to_string(&mut text).expect("text");
            text
        };
        let data: Value = serde_json::from_str(&text("data.json")).expect("JSON");
        let files = names.into_iter().filter(|name| name.starts_with("files/")).collect();
        assert_eq!(json!(files), sorted(&data["files"]), "the files are those that it names");
        Self { page: text("index.html"), data, files }
    }

    pub fn rows(&self, section: &str) -> &[Value] {
        self.data["sections"][section].as_array().unwrap_or_else(|| panic!("no section {section}"))
    }
}

fn sorted(names: &Value) -> Value {
    let names: BTreeSet<&str> = names.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    json!(names)
}

pub fn png() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut file, image::ImageFormat::Png).expect("a picture");
    file.into_inner()
}

/// A guest who has come on the first of December, and what is known of them, with a mark in what they wrote.
async fn arrived(app: &TestApp, hotel: &Hotel, guest: &Client, mark: &str) -> Reply {
    let (manager, user_id) = (&hotel.manager, guest.user_id());
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["contact"] = json!({"full_name": format!("{mark} Guest"), "email": format!("{mark}@example.com")});
    request["special_requests"] = json!(format!("{mark} asks for a quiet room"));
    let booking = guest.post("/v1/bookings", &request).await.expect(201);
    let id = booking.id();
    app.sql(&format!(
        "UPDATE users SET full_name = '{mark} <script>alert(1)</script>' WHERE id = '{user_id}';
         UPDATE guests SET user_id = '{user_id}', preferences = '{{{mark} likes tea}}', notes = 'NOTE of {mark}'
         WHERE id = (SELECT guest_id FROM bookings WHERE id = '{id}');
         INSERT INTO notification_preferences (user_id, kind, channel, is_enabled, created_at, updated_at)
         VALUES ('{user_id}', 'broadcast', 'email', false, now(), now())"
    ))
    .await;
    let profile = app.rows(&format!("SELECT guest_id AS id FROM bookings WHERE id = '{id}'")).await;
    let profile = format!("/v1/guests/{}", profile[0]["id"].as_str().expect("a profile"));
    let etag = manager.get(&profile).await.expect(200).header("etag").to_owned();
    let documents = json!({"documents": [{"kind": "passport", "number": format!("{mark}1234"), "country": "PT"}]});
    manager.with("if-match", etag).put(&format!("{profile}/documents"), &documents).await.expect(200);
    let cash = json!({"booking_id": id, "method": "cash", "amount": eur("100.00")});
    manager.post("/v1/payments", &cash).await.expect(201);
    act(manager, &booking, "check-in").await.expect(200);
    booking
}

/// The guest leaves on the next day, and writes to the hotel.
async fn departed(hotel: &Hotel, guest: &Client, booking: &Reply, mark: &str) {
    let (manager, id) = (&hotel.manager, booking.id());
    act(manager, booking, "check-out").await.expect(200);
    manager.post("/v1/invoices", &json!({"folio_id": id, "kind": "invoice"})).await.expect(201);

    guest.upload(Method::PUT, "/v1/me/avatar", "image/png", &png()).await.expect(200);
    guest.post("/v1/me/wishlist", &json!({"room_type_id": hotel.suite})).await.expect(201);
    let review = json!({"booking_id": id, "ratings": {"overall": 4}, "title": format!("{mark} slept well"), "text": "Good bed.",
                        "language": "en", "travel_type": "couple"});
    let review = guest.post("/v1/reviews", &review).await.expect(201);
    guest.upload(Method::POST, &format!("/v1/reviews/{}/photos", review.id()), "image/png", &png()).await.expect(201);
    let issue = json!({"property_id": hotel.id, "category": "room_defect", "subject": format!("{mark} has no towel"),
                       "text": "Since this morning", "booking_id": id});
    let issue = guest.post("/v1/issues", &issue).await.expect(201);
    let messages = format!("/v1/issues/{}/messages", issue.id());
    manager.post(&messages, &json!({"text": format!("NOTE about {mark}"), "is_note": true})).await.expect(201);
    manager.post(&messages, &json!({"text": format!("We come to {mark}")})).await.expect(201);
}

/// T-pri-export: of each kind of thing there is one in the archive, for programs and for people, and nothing of anybody else.
#[tokio::test]
async fn an_export_has_all_of_a_person_and_nothing_of_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, taxes: &[("IVA 13 %", "13")], ..HotelSpec::default() }).await;
    let settings = format!("/v1/properties/{}/invoice-settings", hotel.id);
    let known = hotel.manager.get(&settings).await.expect(200);
    let issuer = json!({"legal_name": "Exemplo Hotéis, S.A.", "vat_id": "PT501234567"});
    hotel.manager.patch(&settings, known.header("etag"), &issuer).await.expect(200);
    let (ana, rui) = (app.guest().await, app.guest().await);
    let of_ana = arrived(&app, &hotel, &ana, "ANA").await;
    let of_rui = arrived(&app, &hotel, &rui, "RUI").await;
    app.set_clock("2026-12-02T10:00:00Z");
    departed(&hotel, &ana, &of_ana, "ANA").await;
    departed(&hotel, &rui, &of_rui, "RUI").await;
    app.deliver().await;

    assert_eq!(ana.get(NEWEST).await.expect(404).code(), "request.not_found");
    let asked = order(&ana, ORDERS).await;
    assert_eq!(
        (asked.header("location"), &asked.body["status"], &asked.body["download_url"]),
        (NEWEST, &json!("requested"), &Value::Null)
    );
    assert_eq!(order(&ana, ORDERS).await.body, asked.body, "one at a time");
    order(&rui, ORDERS).await;
    assert_eq!((make(&app).await, make(&app).await), (2, 0));
    let archive = Archive::fetched(&app, &address_of(&ana, NEWEST).await).await;

    for section in [
        "account",
        "sessions",
        "consents",
        "guest_profiles",
        "identity_documents",
        "bookings",
        "stays",
        "folios",
        "charges",
        "payments",
        "invoices",
        "reviews",
        "issues",
        "messages",
        "wishlist",
        "activity",
        "history_of_bookings",
    ] {
        assert!(!archive.rows(section).is_empty(), "nothing in {section}: {}", archive.data);
    }
    let booking = &archive.rows("bookings")[0];
    assert_eq!((&booking["special_requests"], &booking["total"]), (&json!("ANA asks for a quiet room"), &eur("100.00")));
    assert_eq!(archive.rows("identity_documents")[0]["number"], "ANA1234");
    assert_eq!(archive.rows("guest_profiles")[0]["preferences"], json!(["ANA likes tea"]));
    let said: Vec<&Value> = archive.rows("messages").iter().map(|message| &message["text"]).collect();
    assert_eq!(said, [&json!("Since this morning"), &json!("We come to ANA")]);
    let consent = &archive.rows("consents")[0];
    assert!(consent["is_enabled"] == false && consent["updated_at"].is_string(), "{consent}");
    for place in ["avatar", "reviews", "invoices"] {
        assert!(archive.files.iter().any(|name| name.starts_with(&format!("files/{place}/"))), "{place}: {:?}", archive.files);
    }
    for (form, text) in [("data.json", archive.data.to_string()), ("index.html", archive.page.clone())] {
        assert!(!text.contains("RUI"), "{form} has what is another's");
        assert!(!text.contains("NOTE"), "{form} has what the staff noted");
    }
    let page = &archive.page;
    assert!(page.contains("ANA &lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    let others = Archive::fetched(&app, &address_of(&rui, NEWEST).await).await;
    assert!(!others.data.to_string().contains("ANA") && others.rows("bookings").len() == 1);
    let kinds = app.event_kinds().await;
    for kind in ["privacy_export.requested", "privacy_export.ready", "privacy_export.fetched"] {
        assert_eq!(kinds.iter().filter(|told| *told == kind).count(), 2, "{kind}");
    }
}

/// T-pri-export: only who has an address that is signed and not too old fetches an archive, of which nothing is left after a week.
#[tokio::test]
async fn an_address_is_good_for_a_day_and_an_archive_for_a_week() {
    let app = TestApp::new().await;
    app.set_clock("2026-12-01T12:00:00Z");
    let (ana, rui) = (app.guest().await, app.guest().await);
    order(&ana, ORDERS).await;
    order(&rui, ORDERS).await;
    assert_eq!(make(&app).await, 2);
    let (address, other) = (address_of(&ana, NEWEST).await, address_of(&rui, NEWEST).await);
    Archive::fetched(&app, &address).await;
    let (path, signature) = address.split_once("?signature=").expect("a signature");
    let (_, of_other) = other.split_once("?signature=").expect("a signature");
    let id = ana.get(NEWEST).await.expect(200).id().to_owned();
    let signed = |purpose: &str, year: u32| {
        let claims = json!({"export_id": id, "ends_at": format!("{year}-01-01T00:00:00Z")});
        app.app.security.data_key.sign(purpose, &claims).expect("signed")
    };
    for forged in ["x", of_other, &signature[..signature.len() - 2], &signed("content preview", 2999)] {
        app.anonymous().get(&format!("{path}?signature={forged}")).await.expect(404);
    }
    app.anonymous().get(path).await.expect(422);
    let late = app.anonymous().get(&format!("{path}?signature={}", signed("privacy export", 2020))).await.expect(410);
    assert_eq!(late.code(), "privacy.export_over");

    app.set_clock("2026-12-08T11:59:00Z");
    make(&app).await;
    assert_eq!(ana.get(NEWEST).await.expect(200).body["status"], "ready");
    app.set_clock("2026-12-08T12:00:00Z");
    make(&app).await;
    let over = ana.get(NEWEST).await.expect(200).body;
    assert_eq!((&over["status"], &over["download_url"]), (&json!("expired"), &Value::Null));
    assert_eq!(app.anonymous().get(&address).await.expect(410).code(), "privacy.export_over");
    assert!(app.app.objects.get(&format!("export-{id}.zip")).await.expect("the store").is_none());
    assert!(app.event_kinds().await.iter().any(|kind| kind == "privacy_export.expired"));
}

/// T-pri-export: of somebody who is erased, no archive is left.
#[tokio::test]
async fn an_erasure_ends_exports() {
    let app = TestApp::new().await;
    app.set_clock("2026-12-01T12:00:00Z");
    let ana = app.guest().await;
    order(&ana, ORDERS).await;
    make(&app).await;
    let address = address_of(&ana, NEWEST).await;
    let waiting = order(&ana, ORDERS).await.id().to_owned();
    let etag = ana.get("/v1/me").await.expect(200).header("etag").to_owned();
    ana.with("if-match", etag).send(Method::DELETE, "/v1/me", None).await.expect(200);
    assert_eq!(app.anonymous().get(&address).await.expect(410).code(), "privacy.export_over");
    assert_eq!(make(&app).await, 0, "{waiting} is not made any more");
    let (path, _) = address.split_once("/download").expect("an address");
    let name = format!("export-{}.zip", path.rsplit('/').next().expect("an id"));
    assert!(app.app.objects.get(&name).await.expect("the store").is_none());
    assert_eq!(app.number("SELECT count(*) FROM privacy_exports WHERE status <> 'expired' OR removed_at IS NULL").await, 0);
}

/// F17: an export that cannot be made keeps no other one from it.
#[tokio::test]
async fn an_export_that_cannot_be_made_keeps_no_other_from_it() {
    let app = TestApp::new().await;
    let (ana, rui) = (app.guest().await, app.guest().await);
    let first = order(&ana, ORDERS).await;
    let second = order(&rui, ORDERS).await;
    app.sql(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON privacy_exports FOR EACH ROW
             WHEN (OLD.id = '{}' AND NEW.status = 'ready') EXECUTE FUNCTION fail();",
        first.id()
    ))
    .await;
    assert_eq!(make(&app).await, 1);
    let rows = app.rows("SELECT id::text AS id, status, failures FROM privacy_exports ORDER BY id").await;
    let expected = [
        json!({"id": first.id(), "status": "requested", "failures": 1}),
        json!({"id": second.id(), "status": "ready", "failures": 0}),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn five_exports_a_day_are_enough() {
    let app = TestApp::new().await;
    app.set_clock("2026-12-01T12:00:00Z");
    let ana = app.guest().await;
    for _ in 0..5 {
        order(&ana, ORDERS).await;
        assert_eq!(make(&app).await, 1);
    }
    let refused = ana.send(Method::POST, ORDERS, None).await.expect(429);
    assert_eq!((refused.code(), refused.header("retry-after")), ("privacy.too_many_exports", "3600"));
    assert_eq!(make(&app).await, 0, "what was refused is not made");
    app.set_clock("2026-12-02T12:00:01Z");
    order(&ana, ORDERS).await;
}

/// Staff export what their hotel has of a guest, and of an account all only if they may do so everywhere.
#[tokio::test]
async fn staff_export_within_their_scope() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let ana = app.guest().await;
    let here = hotel.book(&ana, "2026-12-10", "2026-12-12").await;
    other.book(&ana, "2026-12-10", "2026-12-12").await;
    let profile = app.rows(&format!("SELECT guest_id AS id FROM bookings WHERE id = '{}'", here.id())).await[0]["id"].clone();
    let (manager, admin) = (app.staff(&["privacy:export"], Some(&hotel.id)).await, app.staff(&["privacy:export"], None).await);

    let of_account = json!({"user_id": ana.user_id()});
    assert_eq!(manager.post(STAFF_ORDERS, &of_account).await.expect(403).code(), "auth.forbidden");
    assert_eq!(manager.post(STAFF_ORDERS, &json!({})).await.expect(422).pointers(), ["/user_id"]);
    let both = json!({"user_id": ana.user_id(), "guest_profile_id": profile});
    assert_eq!(manager.post(STAFF_ORDERS, &both).await.expect(422).pointers(), ["/guest_profile_id"]);
    let of_profile = manager.post(STAFF_ORDERS, &json!({"guest_profile_id": profile})).await.expect(202);
    let of_account = admin.post(STAFF_ORDERS, &of_account).await.expect(202);
    manager.get(of_account.header("location")).await.expect(404);
    assert_eq!(make(&app).await, 2);
    let archive = Archive::fetched(&app, &address_of(&manager, of_profile.header("location")).await).await;
    assert_eq!((archive.rows("bookings").len(), archive.rows("account").len()), (1, 0), "what the hotel has: {}", archive.data);
    let archive = Archive::fetched(&app, &address_of(&admin, of_account.header("location")).await).await;
    assert_eq!((archive.rows("bookings").len(), archive.rows("account").len()), (2, 1), "all that there is: {}", archive.data);
}

/// T-pri-export: numbers of identity documents are masked for staff who may not read them, and the archive says so. The person gets
/// them in full, as do those who may, and nobody gets the one by asking for the other.
#[tokio::test]
async fn staff_who_may_not_read_documents_get_their_numbers_masked() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let ana = app.guest().await;
    let booking = arrived(&app, &hotel, &ana, "ANA").await;
    let profile = app.rows(&format!("SELECT guest_id AS id FROM bookings WHERE id = '{}'", booking.id())).await[0]["id"].clone();
    let of_profile = json!({"guest_profile_id": profile});
    let clerk = app.staff(&["privacy:export"], Some(&hotel.id)).await;
    let reader = app.staff(&["privacy:export", "guest_documents:read"], Some(&hotel.id)).await;
    let whole = reader.post(STAFF_ORDERS, &of_profile).await.expect(202);
    let masked = clerk.post(STAFF_ORDERS, &of_profile).await.expect(202);
    assert_ne!(masked.id(), whole.id(), "what waits for others is not the answer");
    assert_eq!((&masked.body["with_documents"], &whole.body["with_documents"]), (&json!(false), &json!(true)));
    order(&ana, ORDERS).await;
    assert_eq!(make(&app).await, 3);

    let archive = Archive::fetched(&app, &address_of(&clerk, masked.header("location")).await).await;
    assert_eq!(archive.rows("identity_documents")[0]["number"], "•••• 234");
    assert!(!archive.data.to_string().contains("ANA1234") && !archive.page.contains("ANA1234"));
    let note = archive.data["note"].as_str().expect("a sentence that says so");
    assert!(note.contains("masked") && archive.page.contains(note), "{note}");
    let shown = clerk.get(whole.header("location")).await.expect(200).body;
    assert_eq!((&shown["status"], &shown["download_url"]), (&json!("ready"), &Value::Null), "it is for others");
    for (client, path) in [(&reader, whole.header("location")), (&ana, NEWEST)] {
        let archive = Archive::fetched(&app, &address_of(client, path).await).await;
        assert_eq!((&archive.rows("identity_documents")[0]["number"], &archive.data["note"]), (&json!("ANA1234"), &Value::Null));
    }
}

/// T-pri-export: a guest without an account gets what was booked with their address, at that address alone.
#[tokio::test]
async fn a_guest_without_an_account_gets_the_export_by_mail() {
    const GUEST: &str = "ana@example.com";
    let app = TestApp::with(|config| config.public_url = "https://miramar.example/".into()).await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let first = app.anonymous().post("/v1/bookings/guest", &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    let token = app.token_for(GUEST).await;
    let opened = app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await.expect(200);
    let bearer = format!("Bearer {}", opened.body["access_token"].as_str().expect("a token"));
    let guest = app.anonymous().with("authorization", bearer);
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    let mut foreign = hotel.request("2026-12-14", "2026-12-15");
    foreign["contact"] = json!({"full_name": "Rui Costa", "email": "rui@example.com"});
    let foreign = hotel.manager.post("/v1/bookings", &foreign).await.expect(201);

    guest.send(Method::POST, &format!("/v1/bookings/{}/exports", foreign.id()), None).await.expect(404);
    let (orders, newest) = (format!("/v1/bookings/{}/exports", first.id()), format!("/v1/bookings/{}/export", first.id()));
    assert_eq!(order(&guest, &orders).await.header("location"), newest);
    assert_eq!(make(&app).await, 1);
    let shown = guest.get(&newest).await.expect(200).body;
    assert_eq!((&shown["status"], &shown["download_url"]), (&json!("ready"), &Value::Null), "a link may have been passed on");
    let mails = app.mail_to(GUEST).await;
    let text = mails[0]["text"].as_str().expect("text");
    let address = text.split_whitespace().find(|word| word.contains("/v1/exports/")).unwrap_or_else(|| panic!("{text}"));
    let path = address.strip_prefix("https://miramar.example").unwrap_or_else(|| panic!("a mail needs the host: {address}"));
    let archive = Archive::fetched(&app, path).await;
    assert_eq!(archive.rows("bookings").len(), 2, "both bookings of the address: {}", archive.data);
    assert!(archive.rows("account").is_empty() && !archive.data.to_string().contains("rui@example.com"));
}

/// T-pri-export: somebody with many bookings gets them all. Of rows and pieces of the archive a few are in memory at a time.
#[tokio::test]
async fn an_export_of_many_bookings_has_them_all() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let ana = app.guest().await;
    let first = hotel.book(&ana, "2026-12-10", "2026-12-12").await;
    let many = size(250, 2000);
    app.sql(&format!(
        "INSERT INTO bookings SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5('export' || n)::uuid, 'status', 'cancelled',
             'reference', 'MANY-' || n, 'special_requests', repeat('word ', 200)))).*
         FROM bookings t, generate_series(2, {many}) n WHERE t.id = '{}'",
        first.id()
    ))
    .await;
    order(&ana, ORDERS).await;
    assert_eq!(make(&app).await, 1);
    let archive = Archive::fetched(&app, &address_of(&ana, NEWEST).await).await;
    let references: BTreeSet<&str> = archive.rows("bookings").iter().filter_map(|row| row["booking"].as_str()).collect();
    assert_eq!(references.len(), many, "each booking once");
    assert_eq!(archive.rows("bookings").len(), many);
    assert!(references.iter().all(|reference| archive.page.contains(reference)), "the page has each of them too");
}
