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
        ("status=held,cancelled".into(), vec![2]),
        ("status=held&status=cancelled".into(), vec![2]),
        ("status=cancelled&channel=ota&status=held,confirmed".into(), vec![2, 0]),
        ("status=cancelled,%20confirmed".into(), vec![3, 2, 1, 0]),
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
    for (query, pointer) in [
        ("limit=201", "/limit"),
        ("limit=1&limit=1", "/limit"),
        ("cursor=!", "/cursor"),
        ("status=lost", "/status"),
        ("status=held&status=lost", "/status"),
        ("channel=ota&channel=direct", "/channel"),
        ("check_in_from=soon", "/check_in_from"),
    ] {
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

/// U12: bookings are listed in several orders, each through all pages, and counted on request.
#[tokio::test]
async fn bookings_are_listed_in_several_orders() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, suites: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let mut made = Vec::new();
    for (name, dates, kind) in [
        ("Óscar", ["2026-12-12", "2026-12-13"], &hotel.double),
        ("ana", ["2026-12-10", "2026-12-15"], &hotel.double),
        ("Zoe", ["2026-12-10", "2026-12-11"], &hotel.suite),
        ("Ana", ["2026-12-11", "2026-12-12"], &hotel.double),
    ] {
        let request = with(hotel.request(dates[0], dates[1]), "/contact/full_name", json!(name));
        made.push(book(manager, &with(request, "/rooms/0/room_type_id", json!(kind))).await.expect(201));
    }
    for (sort, places) in [
        ("created_at", [0, 1, 2, 3]),
        ("-created_at", [3, 2, 1, 0]),
        ("check_in", [1, 2, 3, 0]),
        ("-check_in", [0, 3, 2, 1]),
        ("check_out", [2, 3, 0, 1]),
        ("-check_out", [1, 0, 3, 2]),
        ("name", [1, 3, 0, 2]),
        ("-name", [2, 0, 3, 1]),
        ("total", [0, 3, 2, 1]),
        ("-total", [1, 2, 3, 0]),
    ] {
        let path = format!("/v1/bookings?property_id={}&sort={sort}&limit=1", hotel.id);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = manager.get(&format!("{path}{cursor}")).await.expect(200);
            let id = &page.body["items"][0]["id"];
            seen.push(made.iter().position(|booking| booking.body["id"] == *id).expect("known"));
            let Some(next) = page.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, places, "{sort}, one by one");
    }
    let first = manager.get("/v1/bookings?sort=name&limit=1").await.expect(200);
    let cursor = first.body["next_cursor"].as_str().expect("more");
    let other = manager.get(&format!("/v1/bookings?sort=total&cursor={cursor}")).await.expect(422);
    assert_eq!(other.pointers(), ["/cursor"], "of another order");
    assert_eq!(manager.get("/v1/bookings?sort=luck").await.expect(422).pointers(), ["/sort"]);

    let counted = manager.get(&format!("/v1/bookings?property_id={}&limit=1&count=true", hotel.id)).await.expect(200);
    assert_eq!((&counted.body["count"], &first.body["count"]), (&json!(4), &Value::Null));
    let some = manager.get(&format!("/v1/bookings?property_id={}&q=zoe&count=true", hotel.id)).await.expect(200);
    assert_eq!(some.body["count"], 1);
}

/// U9: the desk types what it hears: words in any order, without accents, digits with blanks, a part of a reference.
#[tokio::test]
async fn bookings_are_found_by_any_words() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let (manager, guest) = (&hotel.manager, app.guest().await);
    let mut first = for_rooms(&hotel, ["2026-12-10", "2026-12-13"], &[json!({"guest_name": "Jürgen Łukasz"})]);
    first["contact"] = json!({"full_name": "Ana Müller Almeida", "email": "ana.almeida@example.com", "phone": "+351910000777"});
    first["notes"] = json!("allergic to feathers");
    first["tags"] = json!(["vip"]);
    first["guest_user_id"] = json!(guest.user_id());
    first["channel"] = json!("booking.example");
    first["external_reference"] = json!("4711-0815");
    let first = book(manager, &first).await.expect(201);
    let second = with(hotel.request("2026-12-12", "2026-12-14"), "/contact/full_name", json!("Eva Lima"));
    let second = book(manager, &second).await.expect(201);
    let reference = first.body["reference"].as_str().expect("text").to_owned();
    let bare = reference.trim_start_matches("HBS-").to_owned();
    let found = async |q: &str| {
        let query: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let list = manager.get(&format!("/v1/bookings?property_id={}&q={query}", hotel.id)).await.expect(200);
        list.body["items"].as_array().expect("a list").iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    for q in [
        "muller",
        "Müller",
        "MULLER ANA",
        "Almeida, Ana",
        "almeida  ana",
        "meida",
        "lukasz jurgen",
        "351 910",
        "+351 910-000",
        "910000777",
        "ana.almeida@",
        "@example.com almeida",
        &reference,
        &bare,
        &bare.to_lowercase(),
        &reference.replace('-', ""),
        &bare[2..6],
        "4711-0815",
        "47110815",
        "feathers",
        "VIP",
        "vip an",
    ] {
        assert_eq!(found(q).await, [json!(first.id())], "{q}");
    }
    assert_eq!(found("example.com").await, [json!(second.id()), json!(first.id())]);
    assert_eq!(found("li").await, [json!(second.id())], "also what is shorter than the index knows");
    for q in ["muller lima", "351 911", "müllerx", "%", "_"] {
        assert_eq!(found(q).await, Vec::<Value>::new(), "{q}");
    }
    let own = async |q: &str| guest.get(&format!("/v1/bookings?q={q}")).await.expect(200).body["items"].as_array().map(Vec::len);
    assert_eq!([own("muller").await, own(&bare).await, own("jurgen").await], [Some(1), Some(1), Some(1)]);
    assert_eq!([own("feathers").await, own("vip").await], [Some(0), Some(0)], "guests do not find by what they do not see");
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let list = elsewhere.manager.get("/v1/bookings?q=muller").await.expect(200);
    assert_eq!(list.body["items"], json!([]));

    // What is found follows what is written.
    let path = format!("/v1/bookings/{}", first.id());
    let patch = json!({"contact": {"full_name": "Ana Costa"}, "tags": [], "notes": null});
    manager.patch(&path, first.header("etag"), &patch).await.expect(200);
    let stay = first.body["stays"][0]["id"].clone();
    let renamed = json!({"stays": [{"stay_id": stay, "guest_name": "Bo Li"}]});
    manager.post(&format!("{path}/amend"), &renamed).await.expect(200);
    for (q, is_found) in
        [("costa", true), ("bo li ana", true), ("muller", false), ("lukasz", false), ("feathers", false), ("vip", false)]
    {
        assert_eq!(found(q).await.contains(&json!(first.id())), is_found, "{q}");
    }
}

/// U12: a list tells what has changed since a mark, and what has left it.
#[tokio::test]
async fn a_list_tells_what_is_new_and_what_has_left_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let first = hotel.book(manager, "2026-12-10", "2026-12-12").await;
    let second = hotel.book(manager, "2026-12-11", "2026-12-13").await;
    let path = format!("/v1/bookings?property_id={}&status=confirmed", hotel.id);
    let whole = manager.get(&path).await.expect(200);
    assert_eq!((&whole.body["is_delta"], whole.body["items"].as_array().map(Vec::len)), (&json!(false), Some(2)));
    let sync = whole.body["sync"].as_str().expect("a mark").to_owned();
    assert_eq!(whole.header("etag"), format!("\"{sync}\""));
    manager.with("if-none-match", whole.header("etag")).get(&path).await.expect(304);
    let since = async |sync: &str| manager.get(&format!("{path}&updated_since={sync}")).await.expect(200);
    let nothing = since(&sync).await;
    assert_eq!(json!([nothing.body["is_delta"], nothing.body["items"], nothing.body["removed"]]), json!([true, [], []]));
    assert!(nothing.bytes.len() < 1024);

    act(manager, &first, "cancel").await.expect(200);
    let third = hotel.book(manager, "2026-12-14", "2026-12-15").await;
    let delta = since(&sync).await;
    assert_eq!((&delta.body["removed"], &delta.body["is_delta"]), (&json!([first.id()]), &json!(true)));
    assert_eq!(delta.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(delta.body["items"][0]["id"], third.body["id"]);
    manager.with("if-none-match", whole.header("etag")).get(&path).await.expect(200);
    let now = delta.body["sync"].as_str().expect("a mark").to_owned();
    assert_eq!(since(&now).await.body["items"], json!([]));

    // Another filter is another list, and another hotel's changes are none of this one.
    let other = manager.get(&format!("/v1/bookings?property_id={}&updated_since={now}", hotel.id)).await.expect(200);
    assert_eq!((&other.body["is_delta"], other.body["items"].as_array().map(Vec::len)), (&json!(false), Some(3)));
    let elsewhere = app.hotel(HotelSpec::default()).await;
    elsewhere.book(&elsewhere.manager, "2026-12-11", "2026-12-12").await;
    assert_eq!(since(&now).await.body["items"], json!([]));

    // A time does as well.
    app.set_clock("2026-12-01T18:00:00Z");
    manager.patch(&format!("/v1/bookings/{}", second.id()), "\"1\"", &json!({"notes": "late"})).await.expect(200);
    let later = manager.get(&format!("{path}&updated_since=2026-12-01T18:02:00Z")).await.expect(200);
    assert_eq!(later.body["items"].as_array().map(Vec::len), Some(1), "and tells again what may have been under way");
    assert_eq!((&later.body["items"][0]["id"], &later.body["is_delta"]), (&second.body["id"], &json!(true)));
    for (query, pointer) in [
        (format!("{path}&updated_since=yesterday"), "/updated_since"),
        (format!("/v1/bookings?updated_since={now}"), "/property_id"),
    ] {
        assert_eq!(manager.get(&query).await.expect(422).pointers(), [pointer]);
    }
    let guest = app.guest().await.get(&format!("{path}&updated_since={now}")).await.expect(422);
    assert_eq!(guest.pointers(), ["/property_id"], "guests have their few bookings whole");
}
