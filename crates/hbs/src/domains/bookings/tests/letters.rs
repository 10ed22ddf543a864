//! Tests of mails to guests about their bookings.
use super::{stay, terms, with};
use crate::support::{Client, Hotel, HotelSpec, MailServer, Reply, TestApp, act, book};
use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty};
use serde_json::{Value, json};

const GUEST: &str = "ana@example.com";

async fn subjects(app: &TestApp, address: &str) -> Vec<String> {
    let mails = app.mail_to(address).await;
    mails.iter().map(|mail| mail["subject"].as_str().expect("a subject").to_owned()).collect()
}

async fn newest(app: &TestApp, address: &str) -> Value {
    app.mail_to(address).await.into_iter().next().expect("a mail")
}

/// The events of a calendar, as another program reads them.
fn events(calendar: &str) -> Vec<ICalendarComponent> {
    let calendar = ICalendar::parse(calendar).unwrap_or_else(|error| panic!("{error:?} in {calendar}"));
    calendar.components.into_iter().filter(|part| part.component_type == ICalendarComponentType::VEvent).collect()
}

fn text(event: &ICalendarComponent, property: &ICalendarProperty) -> String {
    let entry = event.property(property).unwrap_or_else(|| panic!("no {property:?}"));
    let value = entry.values.first().expect("a value");
    value.as_text().map_or_else(|| format!("{value:?}"), str::to_owned)
}

fn raw<'a>(calendar: &'a str, name: &str) -> Vec<&'a str> {
    calendar.split("\r\n").filter_map(|line| line.strip_prefix(name)).collect()
}

#[tokio::test]
async fn a_confirmation_goes_to_the_mail_server_with_the_stay_for_the_calendar() {
    let mut server = MailServer::start(&[]).await;
    let app = TestApp::with(|config| {
        config.smtp_url = Some(server.url.clone());
        config.mail_from = "Hotels <no-reply@miramar.example>".into();
        config.public_url = "https://miramar.example".into();
    })
    .await;
    let hotel = app.hotel(HotelSpec { taxes: &[("City tax", "5")], ..HotelSpec::default() }).await;
    let before = app.number("SELECT count(*) FROM mail_queue").await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    // Such a name is refused today, but may be stored since before it was.
    app.sql("UPDATE stays SET guest_name = E'Eva\\r\\nBcc: x@example.com'").await;
    let reference = booking.body["reference"].as_str().expect("a reference");
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, before + 1);
    app.send_mail().await;
    let sent = loop {
        let sent = server.next().await;
        if sent["to"] == json!([GUEST]) {
            break sent;
        }
    };
    assert_eq!(sent["kind"], "multipart/mixed");
    assert_eq!(sent["headers"]["subject"], format!("Your booking {reference} at Test Hotel is confirmed"));
    assert!(sent["headers"].get("bcc").is_none(), "{sent}");
    let body = sent["text"].as_str().expect("text").replace("\r\n", "\n");
    for part in [
        "Hello Ana Sousa,",
        "Test Hotel\nRua 1, 1000-001 Lisboa, PT\n",
        "Arrival: Thursday, 10 December 2026, from 15:00\nDeparture: Saturday, 12 December 2026, until 11:00\nNights: 2\n",
        "\nDBL\n  For 2 adults: Eva Bcc: x@example.com\n  Price: 200.00 EUR\n  Terms: Free to cancel.",
        "\nRooms: 190.48 EUR\nCity tax: 9.52 EUR\nTotal: 200.00 EUR, all taxes included\n",
    ] {
        assert!(body.contains(part), "{part:?} is not in\n{body}");
    }
    let html = sent["html"].as_str().expect("HTML");
    assert!(html.contains("<strong>200.00 EUR</strong>") && html.contains(reference), "{html}");

    let file = &sent["attachments"][0];
    assert_eq!(file["name"], format!("{reference}.ics"));
    let kind = file["kind"].as_str().expect("a type");
    assert!(kind.starts_with("text/calendar") && kind.contains("method=\"PUBLISH\""), "{kind}");
    let calendar = file["content"].as_str().expect("a calendar");
    let event = &events(calendar)[0];
    let uid = format!("{}@miramar.example", stay(&booking, 0)["id"].as_str().expect("an id"));
    assert_eq!(text(event, &ICalendarProperty::Uid), uid);
    assert_eq!(text(event, &ICalendarProperty::Summary), "Test Hotel: DBL");
    let calendar = calendar.replace("\r\n", "\n").replace('\n', "\r\n");
    assert_eq!(raw(&calendar, "DTSTART;VALUE=DATE:"), ["20261210"]);
    assert_eq!(raw(&calendar, "DTEND;VALUE=DATE:"), ["20261212"]);
    assert_eq!(raw(&calendar, "STATUS:"), ["CONFIRMED"]);
    assert_eq!(raw(&calendar, "SEQUENCE:"), ["0"]);
}

async fn amend(client: &Client, booking: &Reply, check_out: &str) {
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": check_out})).await.expect(200);
}

async fn two_rooms(client: &Client, hotel: &Hotel) -> Reply {
    let room = json!({"room_type_id": hotel.double, "adults": 2});
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/rooms", json!([room, room]));
    book(client, &request).await.expect(201)
}

#[tokio::test]
async fn each_change_is_told_once_and_none_that_is_overtaken() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let desk = &hotel.manager;
    let booking = two_rooms(desk, &hotel).await;
    let at = |what: &str| format!("Your booking {} at Test Hotel {what}", booking.body["reference"].as_str().expect("text"));
    assert_eq!(subjects(&app, GUEST).await, [at("is confirmed")]);

    // Several changes before the mail goes out: one mail, of how it is by then.
    amend(desk, &booking, "2026-12-13").await;
    amend(desk, &booking, "2026-12-14").await;
    let first = stay(&booking, 0)["id"].as_str().expect("an id").to_owned();
    desk.post(&format!("/v1/bookings/{}/stays/{first}/cancel", booking.id()), &json!({})).await.expect(200);
    assert_eq!(subjects(&app, GUEST).await, [at("has changed"), at("is confirmed")]);
    let mail = newest(&app, GUEST).await;
    let body = mail["text"].as_str().expect("text");
    assert!(body.contains("DBL (cancelled)") && body.contains("until 11:00\nNights: 4\n"), "{body}");
    let calendar = mail["attachment"]["content"].as_str().expect("a calendar");
    assert_eq!(raw(calendar, "STATUS:"), ["CANCELLED", "CONFIRMED"]);
    assert_eq!(raw(calendar, "SEQUENCE:"), ["3", "3"], "it rises with each change");
    assert_eq!(events(calendar).len(), 2);

    // Nothing was sent of it: only that it is cancelled is told.
    amend(desk, &booking, "2026-12-15").await;
    act(desk, &booking, "cancel").await.expect(200);
    assert_eq!(subjects(&app, GUEST).await.first(), Some(&at("is cancelled")));
    assert_eq!(subjects(&app, GUEST).await.len(), 3);
    let mail = newest(&app, GUEST).await;
    assert_eq!(raw(mail["attachment"]["content"].as_str().expect("a calendar"), "STATUS:"), ["CANCELLED", "CANCELLED"]);
    act(desk, &booking, "reinstate").await.expect(200);
    assert_eq!(subjects(&app, GUEST).await.first(), Some(&at("is confirmed")));

    // A confirmation that waits stays one, whatever is changed.
    let other = hotel.book(desk, "2026-12-20", "2026-12-22").await;
    amend(desk, &other, "2026-12-21").await;
    let told = subjects(&app, GUEST).await;
    assert!(told[0].contains("is confirmed") && told.len() == 5, "{told:?}");
    assert!(newest(&app, GUEST).await["text"].as_str().expect("text").contains("Nights: 1\n"));

    // A dry run changes nothing, and an address that is no longer the contact's gets nothing more.
    let path = format!("/v1/bookings/{}", other.id());
    desk.post(&format!("{path}/amend?dry_run=true"), &json!({"check_out": "2026-12-23"})).await.expect(200);
    amend(desk, &other, "2026-12-22").await;
    let etag = desk.get(&path).await.expect(200).header("etag").to_owned();
    let changed = desk.patch(&path, &etag, &json!({"contact": {"email": "eva@example.com"}})).await.expect(200);
    let told = subjects(&app, "eva@example.com").await;
    assert!(told.len() == 1 && told[0].contains("is confirmed"), "{told:?}");
    desk.patch(&path, changed.header("etag"), &json!({"special_requests": "a cot"})).await.expect(200);
    assert_eq!(subjects(&app, GUEST).await.len(), 5);
    assert_eq!(subjects(&app, "eva@example.com").await.len(), 1);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn holds_are_told_when_they_are_confirmed_and_guests_in_their_language() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let etag = hotel.manager.get(&format!("/v1/room-types/{}", hotel.double)).await.expect(200).header("etag").to_owned();
    let texts = json!({"texts": {"pt": {"name": "Quarto duplo"}}});
    hotel.manager.patch(&format!("/v1/room-types/{}", hotel.double), &etag, &texts).await.expect(200);
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let guest = app.guest().await;

    let held = with(hotel.request("2026-12-10", "2026-12-11"), "/hold_minutes", json!(10));
    let released = book(&guest, &held).await.expect(201);
    act(&guest, &released, "cancel").await.expect(200);
    let lapsed = book(&guest, &held).await.expect(201);
    let kept = guest.with("Accept-Language", "de, pt-BR;q=0.9").post("/v1/bookings", &held).await.expect(201);
    assert_eq!(kept.body["locale"], "pt-BR");
    assert!(subjects(&app, GUEST).await.is_empty());
    app.set_clock("2026-12-01T12:09:00Z");
    act(&guest, &kept, "confirm").await.expect(200);
    app.set_clock("2026-12-01T12:11:00Z");
    let taken = with(hotel.request("2026-12-10", "2026-12-11"), "/contact/email", json!("next@example.com"));
    let rooms = json!([{"room_type_id": hotel.double, "adults": 1}, {"room_type_id": hotel.double, "adults": 1}, {"room_type_id": hotel.double, "adults": 1}]);
    book(&hotel.manager, &with(taken, "/rooms", rooms)).await.expect(201);
    assert_eq!(guest.get(&format!("/v1/bookings/{}", lapsed.id())).await.expect(200).body["status"], "expired");

    let mail = newest(&app, GUEST).await;
    assert_eq!(subjects(&app, GUEST).await.len(), 1, "of holds that ended nobody is told");
    let reference = kept.body["reference"].as_str().expect("text");
    assert_eq!(mail["subject"], format!("A sua reserva {reference} em Test Hotel está confirmada"));
    let body = mail["text"].as_str().expect("text");
    assert!(body.starts_with("Olá,"), "a name that anybody could have written is left out: {body}");
    for part in [
        "Chegada: quinta-feira, 10 de dezembro de 2026, a partir das 15:00",
        "\nQuarto duplo\n  Para 2 adultos\n  Preço: 100,00 EUR\n  Condições: Gratuito até 24 horas antes da chegada; depois, 50 % do preço. Se não comparecer: a primeira noite.",
    ] {
        assert!(body.contains(part), "{part:?} is not in\n{body}");
    }

    // Late, with a fee.
    app.set_clock("2026-12-10T09:00:00Z");
    let cancelled = act(&guest, &kept, "cancel").await.expect(200);
    assert_eq!(cancelled.body["total"]["amount"], "50.00");
    let body = newest(&app, GUEST).await["text"].as_str().expect("text").to_owned();
    assert!(body.contains("é devida uma taxa: 50,00 EUR"), "{body}");

    // Staff speak for their guests, not for themselves; a change of the language counts from then on.
    let request = with(hotel.request("2026-12-20", "2026-12-21"), "/locale", json!("en-GB"));
    let booking = hotel.manager.with("Accept-Language", "pt").post("/v1/bookings", &request).await.expect(201);
    let path = format!("/v1/bookings/{}", booking.id());
    let patched = hotel.manager.patch(&path, booking.header("etag"), &json!({"locale": "pt"})).await.expect(200);
    assert_eq!((&booking.body["locale"], &patched.body["locale"]), (&json!("en-GB"), &json!("pt")));
    assert!(newest(&app, GUEST).await["text"].as_str().expect("text").starts_with("Olá Ana Sousa,"));
    let wrong = with(request, "/locale", json!("english"));
    assert_eq!(book(&hotel.manager, &wrong).await.expect(422).pointers(), ["/locale"]);
}
