//! The booking list: its filters, and the same as a spreadsheet.
use super::{act, book, for_rooms, with};
use crate::support::{HotelSpec, TestApp};
use serde_json::json;

#[tokio::test]
async fn bookings_are_found_by_what_the_desk_knows() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let mut first = for_rooms(&hotel, ["2026-12-10", "2026-12-13"], &[json!({"guest_name": "Rui_Sousa"}), json!({})]);
    first["contact"]["phone"] = json!("+351910000777");
    first["channel"] = json!("booking.example");
    let first = book(manager, &first).await.expect(201);
    app.set_clock("2026-12-02T09:00:00Z");
    let second =
        with(hotel.request("2026-12-12", "2026-12-14"), "/contact", json!({"full_name": "Eva Lima", "email": "eva@example.com"}));
    let second = book(manager, &second).await.expect(201);
    act(manager, &second, "cancel").await.expect(200);
    let both = [second.id(), first.id()];
    for (query, expected) in [
        ("", &both[..]),
        ("check_out_from=2026-12-14", &both[..1]),
        ("check_out_to=2026-12-13", &both[1..]),
        ("created_from=2026-12-02", &both[..1]),
        ("created_to=2026-12-01", &both[1..]),
        ("created_from=2026-12-01&created_to=2026-12-02", &both),
        ("night=2026-12-12", &both),
        ("night=2026-12-13", &both[..1]),
        ("night=2026-12-14", &[]),
        ("guest=rui_s", &both[1..]),
        ("guest=ruixs", &[]),
        ("guest=LIMA", &both[..1]),
        ("guest=910000777", &both[1..]),
        ("contact=910000777", &both[1..]),
        ("contact=rui", &[]),
        ("has_balance=true", &both[1..]),
        ("has_balance=false", &both[..1]),
        ("channel=booking.example&status=confirmed&guest=ana", &both[1..]),
    ] {
        let listed = manager.get(&format!("/v1/bookings?property_id={}&{query}", hotel.id)).await.expect(200);
        let ids: Vec<&str> =
            listed.body["items"].as_array().expect("items").iter().filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    for (pointer, query) in
        [("/night", "night=soon"), ("/has_balance", "has_balance=perhaps"), ("/created_from", "created_from=1")]
    {
        assert_eq!(manager.get(&format!("/v1/bookings?{query}")).await.expect(422).pointers(), [pointer]);
    }
}

#[tokio::test]
async fn the_list_is_exported_whatever_its_length() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let formula = with(
        hotel.request("2026-12-10", "2026-12-11"),
        "/contact",
        json!({"full_name": "=1+1, \"x\"", "email": "ana@example.com"}),
    );
    let booking = book(manager, &formula).await.expect(201);
    // More than a page.
    app.sql(&format!(
        "INSERT INTO bookings (property_id, id, reference, status, channel, created_by, contact_name, contact_email, check_in, check_out,
                               currency, total_minor, created_at, updated_at)
         SELECT property_id, gen_random_uuid(), 'HBS-' || n, 'cancelled', 'direct', created_by, 'Somebody', 'x@example.com', check_in,
                check_out, currency, 0, created_at, updated_at FROM bookings, generate_series(1, 1203) n WHERE id = '{}'",
        booking.id()
    ))
    .await;
    let path = format!("/v1/bookings/export?property_id={}", hotel.id);
    let export = manager.get(&path).await.expect(200);
    assert_eq!(export.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(export.header("content-disposition"), "attachment; filename=\"bookings.csv\"");
    let mut reader = csv::Reader::from_reader(&export.bytes[..]);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows of one length");
    assert_eq!(rows.len(), 1204);
    let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(ids.len(), 1204, "each once");
    let own = rows.iter().find(|row| &row[0] == booking.id()).expect("the booking");
    let cells: Vec<&str> = own.iter().skip(2).collect();
    assert_eq!(
        cells,
        [
            "confirmed",
            "direct",
            "",
            "2026-12-10",
            "2026-12-11",
            "1",
            "101",
            "2",
            "'=1+1, \"x\"",
            "ana@example.com",
            "",
            "100.00",
            "EUR",
            "2026-12-01T12:00:00+00:00"
        ]
    );
    let filtered = manager.get(&format!("{path}&status=confirmed")).await.expect(200);
    assert_eq!(filtered.bytes.iter().filter(|byte| **byte == b'\n').count(), 2, "the header and one line");
    app.staff(&["bookings:read"], None).await.get(&path).await.expect(200);
    let elsewhere = app.hotel(HotelSpec::default()).await;
    elsewhere.manager.get(&path).await.expect(404);
    let own = elsewhere.manager.get("/v1/bookings/export").await.expect(200);
    assert_eq!(own.bytes.iter().filter(|byte| **byte == b'\n').count(), 1, "nothing of other hotels");
}
