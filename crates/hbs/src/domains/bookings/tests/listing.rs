//! The booking list: its filters, and the same as a spreadsheet.
use super::{for_rooms, with};
use crate::support::{HotelSpec, TestApp, act, book};
use serde_json::{Value, json};

#[tokio::test]
async fn bookings_are_listed_by_filter_and_in_pages() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let other = app.hotel(HotelSpec::default()).await;
    let admin = app.staff(&["bookings:read"], None).await;
    let mut made = Vec::new();
    for (dates, contact, channel) in [
        (["2026-12-10", "2026-12-12"], "Ana Sousa", "ota"),
        (["2026-12-11", "2026-12-12"], "100% Rui_Lima", "direct"),
        (["2026-12-12", "2026-12-13"], "Eva Maria", "ota"),
    ] {
        let request =
            with(with(hotel.request(dates[0], dates[1]), "/contact/full_name", json!(contact)), "/channel", json!(channel));
        made.push(book(&hotel.manager, &with(request, "/external_reference", json!(contact))).await.expect(201));
    }
    made.push(other.book(&other.manager, "2026-12-11", "2026-12-12").await);
    act(&hotel.manager, &made[2], "cancel").await.expect(200);
    let found = async |query: &str| {
        let list = admin.get(&format!("/v1/bookings?{query}")).await.expect(200);
        let place = |item: &Value| made.iter().position(|booking| booking.body["id"] == item["id"]).unwrap();
        list.body["items"].as_array().expect("a list").iter().map(place).collect::<Vec<_>>()
    };
    let reference = made[1].body["reference"].as_str().expect("text").to_lowercase();
    for (query, places) in [
        (String::new(), vec![3, 2, 1, 0]),
        (format!("property_id={}", hotel.id), vec![2, 1, 0]),
        ("status=cancelled".into(), vec![2]),
        ("status=confirmed".into(), vec![3, 1, 0]),
        (format!("reference={reference}"), vec![1]),
        ("channel=ota".into(), vec![2, 0]),
        ("channel=ota&external_reference=Eva%20Maria".into(), vec![2]),
        ("check_in_from=2026-12-11".into(), vec![3, 2, 1]),
        ("check_in_to=2026-12-11".into(), vec![3, 1, 0]),
        ("check_in_from=2026-12-11&check_in_to=2026-12-11".into(), vec![3, 1]),
        ("contact=ANA".into(), vec![3, 2, 1, 0]),
        ("contact=sousa&channel=ota".into(), vec![0]),
        ("contact=100%25%20rui_l".into(), vec![1]),
        ("contact=%25".into(), vec![1]),
        ("contact=a_s".into(), vec![]),
    ] {
        assert_eq!(found(&query).await, places, "{query}");
    }
    let mut seen = Vec::new();
    let mut page = admin.get("/v1/bookings?limit=3").await.expect(200);
    loop {
        seen.extend(page.body["items"].as_array().expect("a list").iter().map(|item| item["reference"].clone()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        page = admin.get(&format!("/v1/bookings?limit=3&cursor={cursor}")).await.expect(200);
    }
    assert_eq!(seen, made.iter().rev().map(|booking| booking.body["reference"].clone()).collect::<Vec<_>>());
    for (query, pointer) in
        [("limit=201", "/limit"), ("cursor=!", "/cursor"), ("status=lost", "/status"), ("check_in_from=soon", "/check_in_from")]
    {
        assert_eq!(admin.get(&format!("/v1/bookings?{query}")).await.expect(422).pointers(), [pointer], "{query}");
    }
    admin.get("/v1/bookings?check_in_from=-9999-01-01&check_in_to=%2B99999-12-31").await.expect(422);
}

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
            "2026-12-01T12:00:00+00:00",
            "",
            "",
            ""
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
