//! What happens to thousands at once, as it comes about: an import, a night audit, a group that is cancelled. Each is at most one
//! mail a guest and booking, and one row and one mail to each member of the desk.
use super::support::{NOTIFICATIONS, deliver, inbox, wish};
use crate::support::{Client, Hotel, HotelSpec, TestApp, day, size};
use http::Method;
use serde_json::{Value, json};

const HEADER: &str = "reference,room_type,check_in,check_out,adults,contact_name,contact_email";
/// Mails to guests about their bookings that wait to be sent.
const OF_BOOKINGS: &str = "SELECT count(*) FROM mail_queue WHERE booking_id IS NOT NULL";

/// A hotel at which nobody is expected late, with two at the desk who want to hear of all that can come in thousands.
async fn house(rooms: usize) -> (TestApp, Hotel, Vec<Client>) {
    let app = TestApp::new().await;
    let rooms = u32::try_from(rooms).expect("a number");
    let hotel = app.hotel(HotelSpec { rooms, settings: json!({"open_arrivals": "no_show"}), ..HotelSpec::default() }).await;
    let all = json!({"in_app": true, "email": true});
    let wishes = json!({"kinds": {
        "booking_created": all, "booking_cancelled": all, "bookings_imported": all, "night_audit_done": all,
    }});
    let mut desk = Vec::new();
    for _ in 0..2 {
        let person = app.staff(&["bookings:read", "bookings:write", "night_audit:read"], Some(&hotel.id)).await;
        wish(&person, &wishes).await;
        desk.push(person);
    }
    (app, hotel, desk)
}

/// Sends a spreadsheet, all of whose rows must be taken.
async fn import(hotel: &Hotel, path: &str, header: &str, rows: &[String]) {
    let count = rows.len();
    let text = format!("{header}\n{}\n", rows.join("\n"));
    let done = hotel.manager.with("content-type", "text/csv").send(Method::POST, path, Some(text)).await.expect(200);
    assert_eq!(done.body["imported"], count, "{}", done.body);
}

async fn import_bookings(hotel: &Hotel, header: &str, rows: &[String]) {
    import(hotel, &format!("/v1/bookings/import?property_id={}", hotel.id), header, rows).await;
}

/// Notifications that a person has not read: the kind of each, and of how much it tells.
async fn unread(person: &Client) -> Vec<(Value, Value)> {
    let unread = inbox(person).await.into_iter().filter(|one| one["read_at"].is_null());
    unread.map(|one| (one["kind"].clone(), one["count"].clone())).collect()
}

/// Lets the desk know of everything up to now, so that what comes next stands alone.
async fn forget(app: &TestApp, desk: &[Client]) {
    app.consume().await;
    for person in desk {
        person.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    }
    deliver(app).await;
    app.sql("DELETE FROM mail_queue").await;
}

/// Mails to a person that tell of the hotel.
async fn mails(app: &TestApp, person: &Client) -> Vec<Value> {
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", person.user_id())).await[0]["email"].clone();
    let all = app.mail_to(address.as_str().expect("an address")).await;
    all.into_iter().filter(|mail| mail["text"].to_string().contains("Test Hotel")).collect()
}

/// Asserts that what has happened is so many mails to guests, one for each guest and booking at most, and to each member of the
/// desk one row and, some time later, one mail.
async fn assert_told_once(app: &TestApp, desk: &[Client], (kind, count): (&str, usize), to_guests: usize, later: &str) {
    app.consume().await;
    let different = "SELECT count(DISTINCT (booking_id, address)) FROM mail_queue WHERE booking_id IS NOT NULL";
    let to_guests = i64::try_from(to_guests).expect("a number");
    assert_eq!((app.number(OF_BOOKINGS).await, app.number(different).await), (to_guests, to_guests));
    for person in desk {
        assert_eq!(unread(person).await, [(json!(kind), json!(count))]);
    }
    deliver(app).await;
    app.set_clock(later);
    for _ in 0..2 {
        deliver(app).await;
    }
    for person in desk {
        let mails = mails(app, person).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
    }
}

/// T-not-storm: guests whose bookings are imported are written to by nobody, and the desk is told of all of them as one.
#[tokio::test]
async fn not_storm_an_import_is_one_row_and_one_mail() {
    let (app, hotel, desk) = house(size(10, 60)).await;
    let (bookings, a_day) = (size(50, 5000), size(3, 20));
    let row = |n: usize| {
        let night = u64::try_from(1 + n / a_day).expect("a number");
        format!("S{n},DBL,{},{},2,Guest {n},guest{n}@example.com", day(night), day(night + 3))
    };
    import_bookings(&hotel, HEADER, &(0..bookings).map(row).collect::<Vec<_>>()).await;
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, i64::try_from(bookings).expect("a number"));
    // Whoever took the bookings has confirmed them.
    assert_told_once(&app, &desk, ("bookings_imported", bookings), 0, "2026-12-01T12:02:00Z").await;
}

/// T-not-storm: a night audit that records half a house of no-shows is one row and one mail, and none to guests.
#[tokio::test]
async fn not_storm_a_night_audit_is_one_row_and_one_mail() {
    let rooms = size(20, 500);
    let (app, hotel, desk) = house(rooms).await;
    let row = |n: usize| {
        let is_there = n < rooms / 2;
        let (room, status) = if is_there { ((101 + n).to_string(), "checked_in") } else { (String::new(), "confirmed") };
        format!("A{n},DBL,{},{},2,Guest {n},guest{n}@example.com,{room},{status}", day(0), day(2))
    };
    import_bookings(&hotel, &format!("{HEADER},room,status"), &(0..rooms).map(row).collect::<Vec<_>>()).await;
    forget(&app, &desk).await;
    app.set_clock("2026-12-02T00:30:00Z");
    let audit = json!({"business_date": "2026-12-01"});
    let closed = hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    assert_eq!(
        (&closed.body["no_shows"], &closed.body["rooms_occupied"]),
        (&json!(rooms - rooms / 2), &json!(rooms / 2)),
        "{}",
        closed.body
    );
    // Guests who have not come know.
    assert_told_once(&app, &desk, ("night_audit_done", 1), 0, "2026-12-02T00:32:00Z").await;
}

/// T-not-storm: of a group that is cancelled each guest has one mail for each booking, and the desk one row and one mail.
#[tokio::test]
async fn not_storm_a_cancelled_group_is_one_mail_a_guest_and_one_row() {
    let guests = size(10, 200);
    let (app, hotel, desk) = house(guests).await;
    let group = json!({
        "property_id": hotel.id, "name": "Tour", "code": "tour", "cut_off": "2026-12-05",
        "contact": {"full_name": "Gil Guia", "email": "gil@example.com"},
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-13", "rooms": guests}],
    });
    let group = hotel.manager.post("/v1/groups", &group).await.expect(201).id().to_owned();
    let row = |n: usize| format!("{n},Guest {n},DBL,2026-12-10,2026-12-13,2,Guest {n},guest{n}@example.com");
    let header = "reference,guest_name,room_type,check_in,check_out,adults,contact_name,contact_email";
    import(&hotel, &format!("/v1/groups/{group}/rooming-list"), header, &(0..guests).map(row).collect::<Vec<_>>()).await;
    forget(&app, &desk).await;

    let off = json!({"reason": "The tour is off"});
    let cancelled = hotel.manager.post(&format!("/v1/groups/{group}/cancel"), &off).await.expect(200);
    assert_eq!((&cancelled.body["done"], &cancelled.body["remaining"]), (&json!(guests), &json!(0)));
    assert_told_once(&app, &desk, ("booking_cancelled", guests), guests, "2026-12-01T12:02:00Z").await;
    let sent = "SELECT count(*) FROM mail_log WHERE kind = 'booking_cancelled' AND outcome = 'sent'";
    assert_eq!(app.number(sent).await, i64::try_from(guests).expect("a number"));
    let last = app.mail_to(&format!("guest{}@example.com", guests - 1)).await;
    assert_eq!(last.len(), 1, "{last:?}");
    assert!(last[0]["subject"].as_str().is_some_and(|subject| subject.contains("cancelled")), "{last:?}");
}
