//! The record of changes tells of no person in clear.
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A name that is written wherever people write of people: into names, addresses, reasons and notes.
const MARK: &str = "Zebedee";

impl TestApp {
    /// Asserts that there are events of this kind, and that none of any kind tells the mark.
    async fn assert_withheld(&self, kind: &str) {
        assert!(self.event_kinds().await.iter().any(|told| told == kind), "{kind} is not on the record");
        let telling = self.rows(&format!("SELECT kind, changes FROM outbox WHERE changes::text ILIKE '%{MARK}%'")).await;
        assert!(telling.is_empty(), "after {kind}: {telling:#?}");
    }
}

fn contact() -> Value {
    json!({"full_name": MARK, "email": format!("{MARK}@example.com"), "phone": "+351910000001"})
}

fn of_zebedee(hotel: &Hotel) -> Value {
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["contact"] = contact();
    request["special_requests"] = json!(format!("{MARK} is allergic to feathers"));
    request["rooms"][0]["guest_name"] = json!(MARK);
    request
}

async fn hotel(rooms: u32) -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    // With keys at hand, so that values are sealed where they may be.
    app.app.person_keys.fill().await.expect("keys");
    let hotel = app.hotel(HotelSpec { rooms, ..HotelSpec::default() }).await;
    (app, hotel)
}

async fn booked(hotel: &Hotel, client: &Client) -> Reply {
    client.post("/v1/bookings", &of_zebedee(hotel)).await.expect(201)
}

#[tokio::test]
async fn who_stays_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let mut request = of_zebedee(&hotel);
    (request["channel"], request["external_reference"]) = (json!("agency"), json!(MARK));
    let made = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    app.assert_withheld("stay.created").await;
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.created'").await;
    assert_eq!(told[0]["changes"]["external_reference"]["withheld"], true);
    let change = json!({"contact": contact(), "special_requests": format!("{MARK} brings a dog")});
    hotel.manager.patch(&format!("/v1/bookings/{}", made.id()), "\"1\"", &change).await.expect(200);
    app.assert_withheld("booking.updated").await;
}

/// S11: the record says that there was a reason, and not which.
#[tokio::test]
async fn why_somebody_cancels_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let guest = app.guest().await;
    let made = booked(&hotel, &guest).await;
    let reason = json!({"reason": format!("{MARK} is ill")});
    guest.post(&format!("/v1/bookings/{}/cancel", made.id()), &reason).await.expect(200);
    app.assert_withheld("booking.status_changed").await;
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed'").await;
    assert_eq!(told[0]["changes"]["reason"]["withheld"], true, "that there was one is told");
    assert_eq!(told[0]["changes"]["status"], json!({"before": "confirmed", "after": "cancelled"}));
}

#[tokio::test]
async fn why_somebody_stays_longer_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let made = booked(&hotel, &hotel.manager).await;
    let longer = json!({"check_out": "2026-12-13", "reason": format!("{MARK} cannot travel yet")});
    hotel.manager.post(&format!("/v1/bookings/{}/amend", made.id()), &longer).await.expect(200);
    app.assert_withheld("booking.amended").await;
}

#[tokio::test]
async fn what_guests_ask_for_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let guest = app.guest().await;
    // Guests do by themselves what costs nothing, and ask for the rest.
    app.sql(
        "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
         SELECT property_id, id, 720, 'percent', 500000, now(), now() FROM cancellation_policies",
    )
    .await;
    let made = booked(&hotel, &guest).await;
    let asked = json!({"amendment": {"check_out": "2026-12-13"}, "message": format!("{MARK} is ill")});
    guest.post(&format!("/v1/bookings/{}/change-requests", made.id()), &asked).await.expect(201);
    app.assert_withheld("change_request.created").await;
}

#[tokio::test]
async fn what_people_write_on_payments_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let made = booked(&hotel, &hotel.manager).await;
    let cash = |amount: &str| json!({"booking_id": made.id(), "method": "cash", "amount": eur(amount), "reference": MARK});
    let paid = hotel.manager.post("/v1/payments", &cash("50.00")).await.expect(201);
    app.assert_withheld("payment.created").await;
    let refund = json!({"payment_id": paid.id(), "amount": eur("1.00"), "reason": format!("{MARK} was cold")});
    let asked = hotel.manager.post("/v1/refunds", &refund).await.expect(201);
    app.assert_withheld("refund.requested").await;
    let reject = format!("/v1/refunds/{}/reject", asked.id());
    hotel.manager.post(&reject, &json!({"reason": format!("{MARK} was not")})).await.expect(200);
    app.assert_withheld("refund.rejected").await;
    let void = format!("/v1/payments/{}/void", paid.id());
    hotel.manager.post(&void, &json!({"reason": format!("{MARK} paid by card")})).await.expect(200);
    app.assert_withheld("payment.voided").await;
}

#[tokio::test]
async fn who_waits_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    booked(&hotel, &hotel.manager).await;
    let wish = json!({"property_id": hotel.id, "room_type_id": hotel.double, "check_in": "2026-12-10",
                      "check_out": "2026-12-12", "adults": 2, "contact": contact()});
    app.guest().await.post("/v1/waitlist", &wish).await.expect(201);
    app.assert_withheld("waitlist_entry.created").await;
}

#[tokio::test]
async fn why_a_room_is_blocked_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    booked(&hotel, &hotel.manager).await;
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "kind": "out_of_order", "from": "2026-12-10",
                       "to": "2026-12-12", "reason": format!("{MARK} broke the bed"), "force": true,
                       "force_reason": format!("{MARK} could fall")});
    hotel.manager.post("/v1/room-blocks", &block).await.expect(201);
    app.assert_withheld("room_block.created").await;
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'room_block.created'").await;
    assert_eq!(told[0]["changes"]["kind"], json!({"before": null, "after": "out_of_order"}));
}

#[tokio::test]
async fn whose_wedding_it_is_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let group = json!({"property_id": hotel.id, "name": format!("Wedding of {MARK}"), "code": MARK, "cut_off": "2026-12-05",
                       "contact": contact(), "notes": format!("{MARK} eats no nuts"),
                       "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-12", "rooms": 1}]});
    hotel.manager.post("/v1/groups", &group).await.expect(201);
    app.assert_withheld("group.created").await;
}

/// S11: names of feeds and keys are withheld from the record.
#[tokio::test]
async fn whose_feeds_and_keys_they_are_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let feed = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "name": format!("Site of {MARK}")});
    hotel.manager.post("/v1/feed-exports", &feed).await.expect(201);
    hotel.manager.post("/v1/feed-imports", &feed).await.expect(201);
    let grants = json!([{"permission": "bookings:read", "property_id": hotel.id}]);
    let key = json!({"name": format!("Laptop of {MARK}"), "grants": grants});
    hotel.manager.post("/v1/api-keys", &key).await.expect(201);
    for kind in ["feed_export.created", "feed_import.created", "api_key.created"] {
        app.assert_withheld(kind).await;
    }
}

#[tokio::test]
async fn who_works_at_the_hotel_is_not_on_the_record() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let mut invitation = contact();
    invitation["assignments"] = json!([]);
    let invited = admin.post("/v1/users", &invitation).await.expect(201);
    let reason = json!({"reason": format!("{MARK} is under suspicion")});
    admin.post(&format!("/v1/users/{}/suspend", invited.id()), &reason).await.expect(200);
    app.assert_withheld("user.invited").await;
    app.assert_withheld("user.suspended").await;
}

#[tokio::test]
async fn what_housekeeping_finds_is_not_on_the_record() {
    let (app, hotel) = hotel(1).await;
    let manager = &hotel.manager;
    let found =
        json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "found": "occupied", "notes": format!("Shoes of {MARK}")});
    let reported = manager.post("/v1/housekeeping/discrepancies", &found).await.expect(201);
    app.assert_withheld("room_discrepancy.created").await;
    let resolution = json!({"resolution": format!("{MARK} stays with a friend")});
    manager.post(&format!("/v1/housekeeping/discrepancies/{}/resolve", reported.id()), &resolution).await.expect(200);
    app.assert_withheld("room_discrepancy.resolved").await;
    manager.post(&format!("/v1/rooms/{}/housekeeping", hotel.rooms[0]), &json!({"state": "dirty"})).await.expect(200);
    let day = manager.post("/v1/housekeeping/plan", &json!({"property_id": hotel.id})).await.expect(200).body;
    let task = format!("/v1/housekeeping/tasks/{}", day["tasks"][0]["id"].as_str().expect("a task"));
    manager.patch(&task, "\"1\"", &json!({"notes": format!("{MARK} likes it warm")})).await.expect(200);
    app.assert_withheld("housekeeping_task.updated").await;

    let item = json!({"property_id": hotel.id, "category": "documents", "description": format!("Passport of {MARK}"),
                      "found_in": format!("Chair of {MARK}"), "found_by": MARK, "stored_in": format!("Bag {MARK}")});
    let item = manager.post("/v1/lost-items", &item).await.expect(201);
    app.assert_withheld("lost_item.created").await;
    let close = json!({"status": "returned", "outcome": format!("To {MARK}")});
    manager.post(&format!("/v1/lost-items/{}/close", item.id()), &close).await.expect(200);
    app.assert_withheld("lost_item.closed").await;
}

/// Fields that rows tell in clear although they sound like those of people, with why that is harmless.
const HARMLESS: &[(&str, &str, &str)] = &[
    ("Booking", "contact_proved_at", "that an address was proved, not which"),
    ("Account", "email_verified_at", "when an address was proved, not which"),
    ("Amenity", "name", "a word of the hotel's"),
    ("CancellationPolicy", "name", "the hotel's own, and public"),
    ("Export", "guest_id", "whose it is, not who that is"),
    ("Extra", "name", "the hotel's own, and public"),
    ("FeedConflict", "reason", "one of a few words"),
    ("FeedImport", "has_new_url", "that there is one, not which"),
    ("Invoice", "name", "the number of a document, as it is printed"),
    ("Issue", "answer_breached_at", "when a target was missed"),
    ("Issue", "answer_due_at", "a target"),
    ("Issue", "answer_minutes", "a target"),
    ("Issue", "message_id", "which message, not its words"),
    ("NewSession", "revoked_reason", "one of a few words"),
    ("Broadcast", "by_email", "that it goes by mail, not to whom"),
    ("Notification", "reason", "one of a few words"),
    ("Offer", "max_per_guest", "a number"),
    ("Offer", "name", "the hotel's own, and public"),
    ("Property", "name", "the hotel's own, and public"),
    ("Property", "requires_verified_email", "a rule of the hotel's"),
    ("RatePlan", "name", "the hotel's own, and public"),
    ("RetentionRules", "guest_documents_days", "a number of days"),
    ("RetentionRules", "guest_profiles_days", "a number of days"),
    ("Role", "name", "what people do, not who they are"),
    ("RoomType", "name", "the hotel's own, and public"),
    ("Task", "skip_reason", "one of a few words"),
    ("TaxRule", "name", "the law's"),
    ("User", "email_verified", "that an address was proved, not which"),
    ("Webhook", "disabled_reason", "one of a few words"),
    ("Webhook", "has_new_url", "that there is one, not which"),
    ("Webhook", "previous_secret_until", "when a secret ends, not which"),
];

/// Words in the names of fields that tell of people, or that people write.
const PERSONAL: &[&str] = &[
    "address",
    "agent",
    "answer",
    "birth",
    "contact",
    "document",
    "email",
    "guest",
    "ip",
    "message",
    "name",
    "nationality",
    "note",
    "notes",
    "password",
    "phone",
    "proposal",
    "reason",
    "requests",
    "secret",
    "token",
    "uid",
    "url",
    "wanted",
];

/// Rows with the fields that they tell in clear, as the code says.
fn rows() -> Vec<(String, Vec<String>)> {
    let files = code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let impls = files.iter().flat_map(|code| code.split("impl Recorded for ").skip(1));
    let rows = impls.map(|code| (code.split([' ', '<']).next().unwrap_or_default().to_owned(), open(code)));
    rows.filter_map(|(row, open)| Some((row, open?))).collect()
}

/// Returns the open fields of an entity; none for rows that tell what others of their kind do.
fn open(code: &str) -> Option<Vec<String>> {
    let list = code.split("const OPEN: ").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    (!list.ends_with("::OPEN")).then(|| list.split('"').skip(1).step_by(2).map(String::from).collect())
}

fn code(folder: &Path) -> Vec<String> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    let files = files.iter().map(|path| fs::read_to_string(path).expect("a file"));
    files.chain(folders.iter().flat_map(|folder| code(folder))).collect()
}

/// S11: what people write is withheld from the record: a row tells in clear only the fields that it lists, and none of these
/// sounds like one of people without a reason.
#[test]
fn no_row_tells_of_people_in_clear() {
    let rows = rows();
    assert!(rows.len() >= 20, "only {} rows were found", rows.len());
    let tells = |row: &str, field: &str| rows.iter().any(|(name, open)| name == row && open.iter().any(|one| one == field));
    for (row, field, _) in HARMLESS {
        assert!(tells(row, field), "{row} does not tell its {field} any more: take it off the list");
    }
    let known: BTreeSet<(&str, &str)> = HARMLESS.iter().map(|(row, field, _)| (*row, *field)).collect();
    for (row, open) in &rows {
        assert!(!open.is_empty(), "{row} tells nothing, or what it tells was not found");
        for field in open.iter().filter(|field| field.split('_').any(|word| PERSONAL.contains(&word))) {
            assert!(known.contains(&(row.as_str(), field.as_str())), "{row} tells its {field} in clear");
        }
    }
}
