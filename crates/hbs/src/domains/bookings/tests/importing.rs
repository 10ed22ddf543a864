//! Bookings that are imported from a spreadsheet.
use super::collide;
use crate::support::workbook::{XLSX, one_row};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur, size, together};
use http::Method;
use serde_json::{Value, json};
use std::time::Instant;

const HEADER: &str = "reference,room_type,check_in,check_out,adults,contact_name,contact_email";

async fn send(client: &Client, hotel: &Hotel, query: &str, text: &str) -> Reply {
    let path = format!("/v1/bookings/import?property_id={}{query}", hotel.id);
    client.with("content-type", "text/csv").send(Method::POST, &path, Some(text.into())).await
}

/// A sheet with columns more than those that are needed, whose names and e-mails are filled in.
fn sheet(more: &str, rows: &[&str]) -> String {
    let rows = rows.iter().map(|row| {
        let mut cells: Vec<&str> = row.split(',').collect();
        cells.splice(5..5, ["Ana Sousa", "ana@example.com"]);
        format!("{}\n", cells.join(","))
    });
    std::iter::once(format!("{HEADER}{more}\n")).chain(rows).collect()
}

fn items(reply: &Reply) -> &Vec<Value> {
    reply.body.pointer("/report/items").or_else(|| reply.body.get("items")).and_then(Value::as_array).expect("items")
}

fn outcomes(reply: &Reply) -> Vec<&str> {
    items(reply).iter().map(|item| item["outcome"].as_str().expect("text")).collect()
}

fn errors(reply: &Reply, row: usize) -> Vec<String> {
    let item = items(reply).iter().find(|item| item["row"] == row).expect("the row");
    let errors = item["errors"].as_array().expect("errors").iter();
    errors
        .map(|error| format!("{} {}", error["column"].as_str().unwrap_or("-"), error["detail"].as_str().unwrap_or_default()))
        .collect()
}

async fn count(app: &TestApp, table: &str) -> i64 {
    app.number(&format!("SELECT count(*) FROM {table}")).await
}

#[tokio::test]
async fn reservations_of_a_sheet_are_bookings() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    let more = ",contact_phone,channel,room,status,children_ages,guest_name,nightly_price,total,special_requests";
    let text = format!(
        "{HEADER}{more}\n\
         A1,DBL,2026-12-10,2026-12-13,2,Ana Sousa,ana@example.com,+351910000000,booking.com,,,\"4\",Rui,,,Late arrival\n\
         A1,STE,2026-12-11,2026-12-14,2,,,,booking.com,,confirmed,,,80.00,,\n\
         A2,DBL,2026-11-29,2026-12-03,1,Bo Li,bo@example.com,,,103,checked_in,,,,100.01,\n\
         A3,DBL,2026-11-20,2026-11-22,1,Cy Day,cy@example.com,,,102,checked_out,,,,200,\n\
         A4,DBL,2026-11-20,2026-11-22,1,Di Fox,di@example.com,,,,checked_out,,,,200,\n"
    );
    let events = app.event_kinds().await.len();
    let dry = send(&hotel.manager, &hotel, "&dry_run=true", &text).await.expect(200);
    assert_eq!((&dry.body["imported"], &dry.body["items"][0]["id"]), (&json!(5), &Value::Null));
    assert_eq!((count(&app, "bookings").await, app.event_kinds().await.len()), (0, events), "a dry run changes nothing");
    app.assert_consistent().await;

    let key = hotel.manager.with("idempotency-key", "import-1");
    let done = send(&key, &hotel, "", &text).await.expect(200);
    assert_eq!(outcomes(&done), ["imported"; 5]);
    let id = |n: usize| done.body["items"][n]["id"].as_str().expect("an id").to_owned();
    assert_eq!(id(0), id(1), "two rows, one booking");
    let booking = hotel.manager.get(&format!("/v1/bookings/{}", id(0))).await.expect(200).body;
    assert_eq!(
        json!([booking["channel"], booking["external_reference"], booking["status"], booking["check_in"], booking["check_out"]]),
        json!(["booking.com", "A1", "confirmed", "2026-12-10", "2026-12-14"])
    );
    assert_eq!(booking["contact"], json!({"full_name": "Ana Sousa", "email": "ana@example.com", "phone": "+351910000000"}));
    assert_eq!(booking["special_requests"], "Late arrival");
    assert_eq!(booking["total"], eur("540.00"), "three nights at the plan's 100.00 and three at 80.00");
    let stays = booking["stays"].as_array().expect("stays");
    assert_eq!(json!([stays[0]["guest_name"], stays[0]["children_ages"], stays[1]["total"]]), json!(["Rui", [4], eur("240.00")]));
    assert!(stays.iter().all(|stay| stay["room_id"].is_string()), "{booking}");

    let house = hotel.manager.get(&format!("/v1/bookings/{}", id(2))).await.expect(200).body;
    assert_eq!(
        json!([house["status"], house["channel"], house["stays"][0]["room_number"]]),
        json!(["checked_in", "import", "103"])
    );
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", id(2))).await.expect(200).body;
    let lines = folio["entries"].as_array().or_else(|| folio["items"].as_array()).expect("lines");
    assert_eq!(lines.len(), 8, "a room and a tax for each of four nights: {folio}");
    assert_eq!(house["total"], eur("100.01"));
    let gone = hotel.manager.get(&format!("/v1/bookings/{}", id(4))).await.expect(200).body;
    assert_eq!(json!([gone["status"], gone["stays"][0]["room_id"]]), json!(["checked_out", null]), "nobody knows which room");
    app.assert_consistent().await;
    // The guest in the house leaves as any other does.
    hotel.manager.post(&format!("/v1/bookings/{}/check-out", id(2)), &json!({})).await.expect(200);

    let again = send(&key, &hotel, "", &text).await.expect(200);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &done.body));
    assert_eq!(count(&app, "bookings").await, 4);
    let refused = send(&hotel.manager, &hotel, "", &text).await.expect(422);
    assert_eq!(errors(&refused, 2), ["reference there is a booking of the channel booking.com with this reference already"]);
    let kinds = app.event_kinds().await;
    let of = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!((of("booking.created"), of("stay.created")), (4, 5));
    let marked = "SELECT count(*) FROM outbox WHERE kind = 'booking.created' AND changes->'imported'->'after' = 'true'";
    assert_eq!(app.number(marked).await, 4);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_by_column() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    let more = ",channel,rate_plan,room,status,children_ages,nightly_price,total,contact_phone,guest_name";
    let long = "x".repeat(201);
    let named = format!("1,DBL,2026-12-10,2026-12-12,2,,,,,,,,,{long}");
    for (row, expected) in [
        (",DBL,2026-12-10,2026-12-12,2,,,,,,,,,", "reference is empty"),
        ("1,,2026-12-10,2026-12-12,2,,,,,,,,,", "room_type is empty"),
        ("1,XXX,2026-12-10,2026-12-12,2,,,,,,,,,", "room_type \"XXX\" is not the code of a room type of the hotel"),
        ("1,DBL,10.13.2026,2026-12-12,2,,,,,,,,,", "check_in \"10.13.2026\" is not a date such as 2026-12-24"),
        ("1,DBL,2026-12-10,,2,,,,,,,,,", "check_out is empty"),
        ("1,DBL,2026-12-10,2026-12-09,2,,,,,,,,,", "check_out must be after check_in"),
        (
            "1,DBL,2026-12-10,2026-12-10,2,,,,,,,,,",
            "check_out must be after check_in: a stay has a night at least. Day use is sold by staff of the hotel: one room and \
             one day, as a booking or a walk-in",
        ),
        ("1,DBL,2026-12-10,2027-12-11,2,,,,,,,,,", "check_out a stay has at most 365 nights"),
        ("1,DBL,2026-12-10,2026-12-12,,,,,,,,,,", "adults is empty"),
        ("1,DBL,2026-12-10,2026-12-12,0,,,,,,,,,", "adults \"0\" is not a whole number from 1 to 50"),
        ("1,DBL,2026-12-10,2026-12-12,3,,,,,,,,,", "adults a room of this type takes at most 2 adults"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,,18,,,,", "children_ages \"18\" are not ages from 0 to 17 such as \"4 9\""),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,,4 9,,,,", "children_ages a room of this type takes at most 1 children"),
        (
            "1,DBL,2026-12-10,2026-12-12,2,Booking,,,,,,,,",
            "channel \"Booking\" is not at most 50 lower-case letters, digits and _./- such as booking.com",
        ),
        ("1,DBL,2026-12-10,2026-12-12,2,,XXX,,,,,,,", "rate_plan \"XXX\" is not the code of a rate plan that sells DBL"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,999,,,,,,", "room \"999\" is not a room of the hotel"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,201,,,,,,", "room 201 is a room of another type than DBL"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,held,,,,,", "status \"held\" is none of confirmed, checked_in and checked_out"),
        (
            "1,DBL,2026-11-10,2026-11-12,2,,,,,,,,,",
            "status the stay is over: it cannot be confirmed; today is 2026-12-01 at the hotel",
        ),
        (
            "1,DBL,2026-12-02,2026-12-12,2,,,101,checked_in,,,,,",
            "status the stay is not now: nobody is in the house; today is 2026-12-01 at the hotel",
        ),
        ("1,DBL,2026-12-01,2026-12-12,2,,,,checked_in,,,,,", "room is empty, but a guest who is in the house has a room"),
        (
            "1,DBL,2026-11-30,2026-12-02,2,,,,checked_out,,,,,",
            "status the stay is not over: nobody has left; today is 2026-12-01 at the hotel",
        ),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,,,80,160,,", "total goes without a nightly_price: one of them says it"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,,,-80,,,", "nightly_price \"-80\" is not an amount of EUR such as 123.45"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,,,,99999999999999,,", "total is absurdly large"),
        ("1,DBL,2026-12-10,2026-12-12,2,,,,,,,,7,", "contact_phone length must be at least 3"),
        (&named, "guest_name is longer than 200 characters"),
        ("1,DBL,2030-12-10,2030-12-11,2,,,,,,,,,", "- the hotel does not sell that far ahead: 2030-12-10"),
    ] {
        let reply = send(&hotel.manager, &hotel, "", &sheet(more, &[row])).await;
        assert_eq!((reply.status, reply.code()), (422, "import.refused"), "{row}: {}", reply.body);
        assert_eq!(errors(&reply, 2), [expected], "{row}");
    }
    let no_mail = format!("{HEADER}\n1,DBL,2026-12-10,2026-12-12,2,,a@example.com\n2,DBL,2026-12-10,2026-12-12,2,Ana,no mail\n");
    let reply = send(&hotel.manager, &hotel, "", &no_mail).await.expect(422);
    assert_eq!(errors(&reply, 2), ["contact_name is empty"]);
    assert!(errors(&reply, 3)[0].starts_with("contact_email must be an e-mail address such as"), "{:?}", errors(&reply, 3));
    assert_eq!(count(&app, "bookings").await, 0);
}

#[tokio::test]
async fn a_booking_is_imported_whole_and_a_sheet_unless_asked_otherwise() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let text = sheet("", &["G1,DBL,2026-12-10,2026-12-12,2", "G1,DBL,2026-12-10,2026-12-12,9", "S2,DBL,2026-12-10,2026-12-12,2"]);
    let refused = send(&hotel.manager, &hotel, "", &text).await.expect(422);
    assert_eq!(outcomes(&refused), ["refused", "refused", "held_back"]);
    assert_eq!(errors(&refused, 2), ["reference row 3 of the same booking is wrong"]);
    assert_eq!(count(&app, "bookings").await, 0);
    let partial = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
    assert_eq!((&partial.body["imported"], &partial.body["refused"]), (&json!(1), &json!(2)));
    assert_eq!((count(&app, "bookings").await, count(&app, "stays").await), (1, 1));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_has_its_guests_until_they_are_checked_out() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let first = sheet(",room,status", &["O1,DBL,2026-11-29,2026-12-02,1,101,checked_in"]);
    send(&hotel.manager, &hotel, "", &first).await.expect(200);
    app.set_clock("2026-12-04T12:00:00Z");
    let text = sheet(
        ",room,status",
        &["O2,DBL,2026-12-03,2026-12-06,1,101,checked_in", "O3,DBL,2026-12-03,2026-12-06,1,102,checked_in"],
    );
    let reply = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
    assert_eq!(outcomes(&reply), ["refused", "imported"]);
    assert_eq!(
        errors(&reply, 2),
        ["room has guests who have not been checked out, or another row names it for guests in the house"]
    );
    app.assert_consistent().await;
}

#[tokio::test]
async fn rows_get_the_rooms_that_there_are_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let text = sheet(
        ",room",
        &[
            "R1,DBL,2026-12-11,2026-12-13,2,",
            "R2,DBL,2026-12-11,2026-12-14,2,",
            "R3,DBL,2026-12-12,2026-12-15,2,102",
            "R4,DBL,2026-12-14,2026-12-15,2,102",
        ],
    );
    let reply = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
    assert_eq!(errors(&reply, 3), ["- no room of this type is left on 2026-12-11"], "{}", reply.body);
    assert_eq!(errors(&reply, 5), ["room is not free on these nights, or another row names it for one of them"]);
    // Every night has a room for the first row, but its only free one is wanted by name from the second night on.
    let scattered = "every night has a room of this type, but no one room is free throughout";
    assert!(errors(&reply, 2)[0].contains(scattered), "{}", reply.body);
    assert_eq!(outcomes(&reply), ["refused", "refused", "imported", "refused"]);
    app.assert_consistent().await;

    // By arrival, whatever the order of the rows: all find a room.
    let orderly = sheet(
        "",
        &[
            "S3,DBL,2026-12-24,2026-12-27,2",
            "S2,DBL,2026-12-21,2026-12-24,2",
            "S4,DBL,2026-12-22,2026-12-27,2",
            "S1,DBL,2026-12-20,2026-12-22,2",
        ],
    );
    send(&hotel.manager, &hotel, "", &orderly).await.expect(200);
    let roomless = "SELECT count(*) FROM stays WHERE room_id IS NULL";
    assert_eq!(app.number(roomless).await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_is_sold_beyond_the_rooms_has_none() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let rows = ["O1", "O2", "O3"].map(|name| format!("{name},DBL,2026-12-10,2026-12-12,2"));
    let text = sheet("", &rows.iter().map(String::as_str).collect::<Vec<_>>());
    let reply = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
    assert_eq!(outcomes(&reply), ["imported", "imported", "refused"]);
    assert_eq!(app.number("SELECT count(*) FROM stays WHERE room_id IS NULL").await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn prices_are_the_files_to_the_cent_for_who_may_set_them() {
    let app = TestApp::new().await;
    let taxes = &[("City", "8.875"), ("State", "5")];
    let hotel = app.hotel(HotelSpec { rooms: 3, prices: "net", taxes, ..HotelSpec::default() }).await;
    let text = sheet(
        ",nightly_price,total",
        &["P1,DBL,2026-12-10,2026-12-13,2,,333.33", "P2,DBL,2026-12-10,2026-12-13,2,100.00,", "P3,DBL,2026-12-10,2026-12-13,2,,"],
    );
    let clerk = app.staff(&["bookings:write", "bookings:read"], Some(&hotel.id)).await;
    let refused = send(&clerk, &hotel, "", &text).await;
    assert_eq!((refused.status, &refused.body["permission"]), (403, &json!("bookings:price")));
    send(&clerk, &hotel, "", &sheet("", &["P0,DBL,2026-12-20,2026-12-21,1"])).await.expect(200);
    let done = send(&hotel.manager, &hotel, "", &text).await.expect(200);
    let mut totals = Vec::new();
    for item in items(&done) {
        let booking = hotel.manager.get(&format!("/v1/bookings/{}", item["id"].as_str().expect("an id"))).await.expect(200);
        totals.push(booking.body["total"]["amount"].as_str().expect("text").to_owned());
    }
    // A night of 100.00 has 8.88 and 5.00 on it.
    assert_eq!(totals, ["333.33", "341.64", "341.64"]);
    app.assert_consistent().await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    assert_eq!(send(&elsewhere.manager, &hotel, "", &text).await.status, 404);
}

const ROW: [&str; 7] = ["X1", "DBL", "2026-12-10", "2026-12-12", "><v>2</v>", "Ana Sousa", "ana@example.com"];
const UNCOMPUTED: &str =
    "the cell has a formula that was not computed; calculate the file and save it again, or paste the values";

async fn send_row(client: &Client, hotel: &Hotel, more: &[(&str, &str)]) -> Reply {
    let header = std::iter::once(HEADER).chain(more.iter().map(|(name, _)| *name)).collect::<Vec<_>>().join(",");
    let cells: Vec<&str> = ROW.into_iter().chain(more.iter().map(|(_, cell)| *cell)).collect();
    let path = format!("/v1/bookings/import?property_id={}", hotel.id);
    client.upload(Method::POST, &path, XLSX, &one_row(&header, &cells)).await
}

/// F8: in whatever column, a cell with an error or with a formula that was not computed refuses its row; it is no empty cell.
#[tokio::test]
async fn what_a_spreadsheet_does_not_know_is_no_empty_cell() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let mut names: Vec<&str> = HEADER.split(',').collect();
    names.extend(["total", "rate_plan", "guest_name", "children_ages", "room"]);
    for (n, name) in names.iter().enumerate() {
        for (cell, reason) in [
            ("t=\"e\"><v>#N/A</v>", "the cell has the error #N/A"),
            ("t=\"str\"><f>A1</f><v>#REF!</v>", "the cell has the error #REF!"),
            ("><f>A1</f>", UNCOMPUTED),
        ] {
            let header = names.join(",");
            let mut cells = ROW.to_vec();
            cells.resize(names.len(), "><v/>");
            cells[n] = cell;
            let path = format!("/v1/bookings/import?property_id={}", hotel.id);
            let reply = hotel.manager.upload(Method::POST, &path, XLSX, &one_row(&header, &cells)).await;
            assert_eq!((reply.status, reply.code()), (422, "import.refused"), "{name}: {}", reply.body);
            assert_eq!(errors(&reply, 2), [format!("{name} {reason}")]);
        }
    }
    assert_eq!(count(&app, "bookings").await, 0);
}

/// F9: the noise of binary fractions is rounded away, and a fraction of a minor unit that is meant is refused.
#[tokio::test]
async fn a_total_may_have_the_noise_of_a_spreadsheet_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let done = send_row(&hotel.manager, &hotel, &[("total", "><v>299.70000000000005</v>")]).await.expect(200);
    let id = items(&done)[0]["id"].as_str().expect("an id");
    assert_eq!(hotel.manager.get(&format!("/v1/bookings/{id}")).await.expect(200).body["total"], eur("299.70"));
    let refused = send_row(&hotel.manager, &hotel, &[("total", "><v>299.705</v>")]).await.expect(422);
    assert_eq!(errors(&refused, 2)[1], "total \"299.705\" is not an amount of EUR, which has 2 decimals", "{}", refused.body);
}

/// F10: a phone in exponent form has lost digits and is refused; the apostrophe by which an export guards a cell is taken away.
#[tokio::test]
async fn phones_are_whole_and_without_the_guard_of_an_export() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let cut = sheet(",contact_phone", &["P1,DBL,2026-12-10,2026-12-12,2,3.51912E+11"]);
    let refused = send(&hotel.manager, &hotel, "", &cut).await.expect(422);
    assert!(
        errors(&refused, 2)[0].starts_with("contact_phone the cell has the number 3.51912E+11, of which"),
        "{}",
        refused.body
    );

    let guarded = sheet(",contact_phone,guest_name", &["P2,DBL,2026-12-10,2026-12-12,2,'+351910000000,'=1+1"]);
    let done = send(&hotel.manager, &hotel, "", &guarded).await.expect(200);
    let id = items(&done)[0]["id"].as_str().expect("an id");
    let booking = hotel.manager.get(&format!("/v1/bookings/{id}")).await.expect(200).body;
    assert_eq!((&booking["contact"]["phone"], &booking["stays"][0]["guest_name"]), (&json!("+351910000000"), &json!("=1+1")));
}

/// F10: what is exported comes back as it was, and a plain phone number needs no guard.
#[tokio::test]
async fn what_is_exported_is_imported_as_it_was() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 6, ..HotelSpec::default() }).await;
    let people = [
        ("=1+1", "+351910000000"),
        ("Ana;=1+1", "+351 910 000 000"),
        ("＝1", "@1234"),
        ("'=x, -1", "-351/910"),
        ("O'Neill", "910"),
    ];
    for (n, (name, phone)) in people.iter().enumerate() {
        let mut request = hotel.request("2026-12-10", "2026-12-11");
        request["contact"] = json!({"full_name": name, "email": format!("p{n}@example.com"), "phone": phone});
        hotel.manager.post("/v1/bookings", &request).await.expect(201);
    }
    let export = hotel.manager.get(&format!("/v1/bookings/export?property_id={}", hotel.id)).await.expect(200);
    let mut reader = csv::Reader::from_reader(&export.bytes[..]);
    let place = |headers: &csv::StringRecord, name: &str| headers.iter().position(|header| header == name).expect("a column");
    let headers = reader.headers().expect("a header").clone();
    let wanted = ["reference", "check_in", "check_out", "contact_name", "contact_email", "contact_phone"]
        .map(|name| place(&headers, name));
    let mut back = csv::Writer::from_writer(Vec::new());
    back.write_record([
        "reference",
        "check_in",
        "check_out",
        "contact_name",
        "contact_email",
        "contact_phone",
        "room_type",
        "adults",
    ])
    .expect("written");
    let mut phones = Vec::new();
    for record in reader.records().map(|record| record.expect("a line")) {
        phones.push(record[wanted[5]].to_owned());
        let cells = wanted.iter().map(|n| record[*n].replace("2026-12-1", "2027-01-1"));
        back.write_record(cells.chain(["DBL".to_owned(), "1".to_owned()])).expect("written");
    }
    phones.sort();
    assert_eq!(phones, ["'-351/910", "'@1234", "+351 910 000 000", "+351910000000", "910"], "a plain number is not guarded");
    let text = String::from_utf8(back.into_inner().expect("bytes")).expect("text");
    send(&hotel.manager, &hotel, "", &text).await.expect(200);
    let rows = app.rows("SELECT contact_name AS name, contact_phone AS phone FROM bookings WHERE check_in = '2027-01-10' ORDER BY contact_email").await;
    let read: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["name"].as_str().expect("text"), row["phone"].as_str().expect("text"))).collect();
    assert_eq!(read, people);
}

/// U17: a file may name its separator, be in Windows-1252, and have decimal commas and local dates if these can be one thing
/// only.
#[tokio::test]
async fn files_of_all_countries_are_read() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let text = "sep=;\r\nreference;room_type;check_in;check_out;adults;contact_name;contact_email;total\r\n\
        W1;DBL;10.12.2026;12.12.2026;2;Jörg Größe;j@example.com;1.234,50\r\n\
        W2;DBL;14.12.2026;15.12.2026;2;Zoë;z@example.com;99,00\r\n";
    // As Windows-1252 has it.
    let western: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("of Latin 1")).collect();
    let path = format!("/v1/bookings/import?property_id={}", hotel.id);
    let done = hotel.manager.upload(Method::POST, &path, "text/csv", &western).await.expect(200);
    let id = items(&done)[0]["id"].as_str().expect("an id");
    let booking = hotel.manager.get(&format!("/v1/bookings/{id}")).await.expect(200).body;
    assert_eq!(booking["contact"]["full_name"], "Jörg Größe");
    assert_eq!(
        json!([booking["check_in"], booking["check_out"], booking["total"]]),
        json!(["2026-12-10", "2026-12-12", eur("1234.50")])
    );

    let ambiguous = sheet("", &["A1,DBL,01/02/2027,02/02/2027,2"]);
    let refused = send(&hotel.manager, &hotel, "", &ambiguous).await.expect(422);
    let said = errors(&refused, 2);
    assert_eq!(
        said[0],
        "check_in \"01/02/2027\" can be 2027-02-01 or 2027-01-02, and no date of the file shows which; write it like one of these"
    );
    let decided = sheet("", &["A1,DBL,01/02/2027,03/02/2027,2", "A2,DBL,27/02/2027,28/02/2027,2"]);
    let done = send(&hotel.manager, &hotel, "", &decided).await.expect(200);
    let id = items(&done)[0]["id"].as_str().expect("an id");
    assert_eq!(hotel.manager.get(&format!("/v1/bookings/{id}")).await.expect(200).body["check_in"], "2027-02-01");
    app.assert_consistent().await;
}

/// The closing balances of the ledgers of a date that have something.
async fn ledgers(hotel: &Hotel, date: &str) -> Value {
    let path = format!("/v1/reports/trial-balance?property_id={}&date={date}", hotel.id);
    let balance = hotel.manager.get(&path).await.expect(200).body;
    let all = balance["ledgers"].as_array().expect("ledgers").iter();
    let told = all.map(|one| json!([one["ledger"], one["closing"]["amount"]])).filter(|one| one[1] != "0.00");
    json!([told.collect::<Vec<_>>(), balance["payments"]])
}

#[tokio::test]
async fn what_was_paid_elsewhere_is_on_the_folio_and_no_money_of_today() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let text = sheet(
        ",paid,paid_method,status,room",
        &[
            "P1,DBL,2026-12-10,2026-12-12,2,60.00,bank_transfer,,",
            "P1,DBL,2026-12-10,2026-12-12,2,30.00,CASH,,",
            "P2,DBL,2026-11-29,2026-12-03,2,150.00,card_terminal,checked_in,101",
            "P3,DBL,2026-12-10,2026-12-11,2,0.00,,,",
        ],
    );
    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    assert_eq!(send(&clerk, &hotel, "", &text).await.expect(403).body["permission"], "payments:write");
    send(manager, &hotel, "&dry_run=true", &text).await.expect(200);
    assert_eq!(count(&app, "payments").await, 0);
    let done = send(manager, &hotel, "", &text).await.expect(200);
    let id = |n: usize| items(&done)[n]["id"].as_str().expect("an id").to_owned();
    let payments = async |booking: &str| -> Vec<Value> {
        let found = manager.get(&format!("/v1/payments?booking_id={booking}")).await.expect(200);
        found.body["items"].as_array().expect("a list").clone()
    };
    let mut told: Vec<Value> = payments(&id(0))
        .await
        .iter()
        .map(|one| {
            json!([one["method"], one["captured"], one["status"], one["is_brought_in"], one["drawer_id"], one["folio_id"]])
        })
        .collect();
    told.sort_by_key(ToString::to_string);
    let expected = [
        json!(["bank_transfer", eur("60.00"), "captured", true, null, id(0)]),
        json!(["cash", eur("30.00"), "captured", true, null, id(0)]),
    ];
    assert_eq!(told, expected, "each row that says so, on the main folio");
    assert_eq!(payments(&id(3)).await, Vec::<Value>::new());
    let balance = async |n: usize| manager.get(&format!("/v1/folios/{}", id(n))).await.expect(200).body["balance"].clone();
    assert_eq!((balance(0).await, balance(2).await), (eur("310.00"), eur("250.00")));
    // Two nights of the guests in the house are over, and one is today's.
    let begun = json!([[["guest", "150.00"], ["deposits", "-90.00"], ["revenue", "-100.00"], ["opening", "40.00"]], []]);
    assert_eq!(ledgers(&hotel, "2026-12-01").await, begun);
    let report = format!("/v1/reports/payments?property_id={}&from=2026-12-01&to=2026-12-01", hotel.id);
    assert_eq!(manager.get(&report).await.expect(200).body["items"], json!([]));
    app.assert_consistent().await;

    // A slip is taken back as it came, and what is paid back is money of today.
    let cash = payments(&id(0)).await.into_iter().find(|one| one["method"] == "cash").expect("a payment");
    let void = format!("/v1/payments/{}/void", cash["id"].as_str().expect("an id"));
    assert_eq!(manager.post(&void, &json!({"reason": "Of another guest"})).await.expect(200).body["status"], "voided");
    let back = json!({"payment_id": payments(&id(2)).await[0]["id"], "amount": eur("20.00"), "reason": "No hot water"});
    let back = manager.post("/v1/refunds", &back).await.expect(201);
    let other = app.staff(&["refunds:approve"], Some(&hotel.id)).await;
    other.post(&format!("/v1/refunds/{}/approve", back.id()), &json!({})).await.expect(200);
    let money = json!([{"method": "card_terminal", "received": eur("0.00"), "refunded": eur("20.00"), "net": eur("-20.00")}]);
    let after = json!([
        [["guest", "170.00"], ["deposits", "-60.00"], ["revenue", "-100.00"], ["clearing", "-20.00"], ["opening", "10.00"]],
        money
    ]);
    assert_eq!(ledgers(&hotel, "2026-12-01").await, after);
    app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    let refused = app.try_sql("UPDATE payments SET is_brought_in = NOT is_brought_in").await.expect_err("refused");
    assert!(refused.contains("is what it was made as"), "{refused}");
}

#[tokio::test]
async fn what_is_wrong_with_what_was_paid_is_said_by_column() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let unknown = |word: &str| format!("paid_method \"{word}\" is none of cash, card_terminal and bank_transfer");
    for (cells, expected) in [
        ("50.001,cash", "paid \"50.001\" is not an amount of EUR such as 123.45".to_owned()),
        ("-50,cash", "paid \"-50\" is not an amount of EUR such as 123.45".to_owned()),
        ("much,cash", "paid \"much\" is not an amount of EUR such as 123.45".to_owned()),
        ("99999999999999,cash", "paid is absurdly large".to_owned()),
        ("200.01,cash", "paid comes to 200.01 for a booking of 200.00; bring a credit in with the opening balances".to_owned()),
        ("50.00,", "paid_method is empty, but something was paid".to_owned()),
        ("50.00,paypal", unknown("paypal")),
        ("50.00,gateway", unknown("gateway")),
        (",cheque", unknown("cheque")),
    ] {
        let row = format!("1,DBL,2026-12-10,2026-12-12,2,{cells}");
        let text = sheet(",paid,paid_method", &[row.as_str()]);
        let refused = send(&hotel.manager, &hotel, "", &text).await.expect(422);
        assert_eq!(errors(&refused, 2), [expected], "{cells}");
    }
    // Rows of one booking are added up.
    let text =
        sheet(",paid,paid_method", &["G1,DBL,2026-12-10,2026-12-12,2,250.00,cash", "G1,DBL,2026-12-10,2026-12-12,2,150.01,cash"]);
    let refused = send(&hotel.manager, &hotel, "", &text).await.expect(422);
    let beyond = "paid comes to 400.01 for a booking of 400.00; bring a credit in with the opening balances";
    assert_eq!((errors(&refused, 3), errors(&refused, 2).len()), (vec![beyond.to_owned()], 1));
    assert_eq!((count(&app, "bookings").await, count(&app, "payments").await), (0, 0));
    send(&hotel.manager, &hotel, "", &text.replace("150.01", "150.00")).await.expect(200);
    assert_eq!(app.number("SELECT sum(balance_minor)::bigint FROM folios").await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_template_can_be_sent() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let template = hotel.manager.get("/v1/bookings/import/template").await.expect(200);
    assert_eq!(template.header("content-disposition"), "attachment; filename=\"bookings.csv\"");
    send(&hotel.manager, &hotel, "", template.body.as_str().expect("text")).await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_reference_that_somebody_else_draws_at_the_same_moment_imports_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    collide(&app, 2).await;
    let rows = sheet("", &["1,DBL,2026-12-10,2026-12-11,2", "2,DBL,2026-12-10,2026-12-11,2"]);
    assert_eq!(send(&hotel.manager, &hotel, "", &rows).await.expect(503).code(), "booking.busy");
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 0);
    send(&hotel.manager, &hotel, "", &rows).await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_last_room_goes_to_a_row_or_to_a_guest() {
    let app = TestApp::new().await;
    let deadlocks = app.deadlocks().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    for round in 0..size(6, 30) {
        let night = chrono::NaiveDate::from_ymd_opt(2026, 12, 10).unwrap() + chrono::Days::new(u64::try_from(2 * round).unwrap());
        let last = night + chrono::Days::new(2);
        let file = sheet("", &[&format!("X{round},DBL,{night},{last},2")]);
        let request = hotel.request(night, last);
        let work = (0..4).map(|n| {
            let (client, id, file, request) = (hotel.manager.clone(), hotel.id.clone(), file.clone(), request.clone());
            async move {
                if n % 2 == 0 {
                    let path = format!("/v1/bookings/import?property_id={id}");
                    client.with("content-type", "text/csv").send(Method::POST, &path, Some(file)).await.status
                } else {
                    client.post("/v1/bookings", &request).await.status
                }
            }
        });
        let statuses = together(work).await;
        let sold = statuses.iter().filter(|status| matches!(**status, 200 | 201)).count();
        assert_eq!(sold, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(*status, 200 | 201 | 409 | 422)), "{statuses:?}");
    }
    app.assert_consistent().await;
    assert_eq!(app.deadlocks_at_the_end().await, deadlocks);
}

#[tokio::test]
async fn thousands_of_reservations_take_seconds() {
    let app = TestApp::new().await;
    let rows = size(1_000, 10_000);
    let rooms = u32::try_from(size(10, 60)).unwrap();
    let hotel = app.hotel(HotelSpec { rooms, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    let first = chrono::NaiveDate::from_ymd_opt(2026, 12, 2).unwrap();
    let per_day = size(3, 20);
    let lines = (0..rows).map(|n| {
        let check_in = first + chrono::Days::new(u64::try_from(n / per_day).unwrap());
        let check_out = check_in + chrono::Days::new(3);
        format!("L{n},DBL,{check_in},{check_out},2,Guest {n},guest{n}@example.com\n")
    });
    let text: String = std::iter::once(format!("{HEADER}\n")).chain(lines).collect();
    count_locks(&app).await;
    let start = Instant::now();
    let done = send(&hotel.manager, &hotel, "", &text).await.expect(200);
    println!("{rows} reservations: {:?}", start.elapsed());
    assert_eq!(done.body["imported"], rows);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert_eq!(app.number("SELECT count(*) FROM stays WHERE room_id IS NULL").await, 0, "the house is full, and all have a room");
    // PostgreSQL has room for 6,400 locks of all transactions together, as it is installed.
    let locks = app.number("SELECT max(locks) FROM held").await;
    assert!((1..=600).contains(&locks), "{locks} locks for {rows} names");
    app.assert_consistent().await;
}

/// Notes in a table `held` how many advisory locks are held whenever profiles are made.
async fn count_locks(app: &TestApp) {
    app.sql(
        "CREATE TABLE held (locks bigint);
         CREATE FUNCTION count_locks() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             INSERT INTO held SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory';
             RETURN NULL;
         END
         $$;
         CREATE TRIGGER count_locks AFTER INSERT ON guests FOR EACH STATEMENT EXECUTE FUNCTION count_locks()",
    )
    .await;
}
