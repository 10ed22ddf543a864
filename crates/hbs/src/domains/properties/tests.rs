use crate::every_route::Exception::{ForAllProperties, Public};
use crate::every_route::{Call, Request, TO_LOOK};
use crate::support::{HotelSpec, Reply, TestApp, eventually};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::Duration;

fn miramar() -> Value {
    json!({"name": "Hotel Miramar", "time_zone": "Europe/Lisbon", "currency": "EUR", "prices": "gross",
           "address": {"street": "Avenida do Mar 1", "city": "Lagos", "postal_code": "8600-315", "country": "PT"}})
}

#[tokio::test]
async fn a_property_is_made_read_and_listed() {
    let app = TestApp::new().await;
    app.set_clock("2026-12-01T12:00:00Z");
    let admin = app.admin().await;
    let made = admin.post("/v1/properties", &miramar()).await.expect(201);
    insta::assert_json_snapshot!(made.body, {".id" => "[id]"}, @r#"
    {
      "address": {
        "city": "Lagos",
        "country": "PT",
        "postal_code": "8600-315",
        "street": "Avenida do Mar 1"
      },
      "business_date": "2026-12-01",
      "check_in_time": "15:00",
      "check_out_time": "11:00",
      "created_at": "2026-12-01T12:00:00Z",
      "currency": "EUR",
      "default_locale": "en",
      "description": "",
      "email": null,
      "id": "[id]",
      "images": [],
      "locale": "en",
      "location": null,
      "name": "Hotel Miramar",
      "phone": null,
      "prices": "gross",
      "settings": {
        "auto_no_show": false,
        "horizon_nights": 730,
        "invites_reviews": true,
        "lost_property_days": 90,
        "max_advance_days": 730,
        "max_child_age": 17,
        "max_hold_minutes": 60,
        "max_live_bookings": 20,
        "max_live_holds": 3,
        "max_live_nights": 365,
        "max_nights": 90,
        "max_rooms_per_booking": 5,
        "moderates_reviews": false,
        "night_audit_time": null,
        "no_show_cutoff": null,
        "open_arrivals": null,
        "requires_identity": false,
        "requires_inspection": false,
        "requires_settled_folio": true,
        "requires_verified_email": false,
        "review_edit_days": 30,
        "same_day_cutoff": null,
        "waitlist_hold_minutes": 720
      },
      "texts": {},
      "time_zone": "Europe/Lisbon",
      "updated_at": "2026-12-01T12:00:00Z",
      "version": 1
    }
    "#);
    assert_eq!((made.header("location"), made.header("etag")), (format!("/v1/properties/{}", made.id()).as_str(), "\"1\""));
    let stranger = app.anonymous();
    let read = stranger.get(made.header("location")).await.expect(200);
    assert_eq!(read.body, made.body);
    assert!(read.header("etag").starts_with("\"1-"), "{}", read.header("etag"));

    let mut other = miramar();
    other["address"] = json!({"street": "Unter den Linden 1", "city": "Berlin", "postal_code": "10117", "country": "DE"});
    let other = admin.post("/v1/properties", &other).await.expect(201);
    let ids = async |query: &str| {
        let page = stranger.get(&format!("/v1/properties{query}")).await.expect(200);
        let ids = page.body["items"].as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("text").to_owned());
        (ids.collect::<Vec<_>>(), page.body["next_cursor"].as_str().map(String::from))
    };
    assert_eq!(ids("").await, (vec![made.id().to_owned(), other.id().to_owned()], None));
    assert_eq!(ids("?city=BERLIN").await.0, [other.id()]);
    assert_eq!(ids("?country=pt").await.0, [made.id()]);
    assert_eq!(ids("?city=Lagos&country=DE").await.0, [""; 0]);
    let (first, cursor) = ids("?limit=1").await;
    assert_eq!(first, [made.id()]);
    assert_eq!(ids(&format!("?limit=1&cursor={}", cursor.unwrap())).await, (vec![other.id().to_owned()], None));
    for (query, pointer) in [("?limit=0", "/limit"), ("?limit=201", "/limit"), ("?limit=x", "/limit"), ("?cursor=x", "/cursor")] {
        let reply = stranger.get(&format!("/v1/properties{query}")).await.expect(422);
        assert_eq!(reply.pointers(), [pointer], "{query}");
        assert_eq!(reply.body["errors"][0]["in"], "query", "{query}");
    }
}

#[tokio::test]
async fn bad_input_is_pointed_at() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for (pointer, value) in [
        ("/name", json!("")),
        ("/time_zone", json!("Lisbon")),
        ("/currency", json!("EURO")),
        ("/currency", json!("XXX")),
        ("/prices", json!("both")),
        ("/email", json!("nobody")),
        ("/email", json!(format!("{}@{}example.com", "a".repeat(60), "a.".repeat(100)))),
        ("/check_in_time", json!("25:00")),
        ("/address/country", json!("Portugal")),
        ("/address/city", json!("")),
        ("/settings/max_nights", json!(0)),
        ("/settings/max_nights", json!(366)),
        ("/settings/horizon_nights", json!(1501)),
        ("/settings/max_rooms_per_booking", json!(51)),
        ("/settings/max_child_age", json!(18)),
        ("/settings/same_day_cutoff", json!("24:00")),
        ("/settings/no_show_cutoff", json!(22)),
        ("/location/latitude", json!(90.5)),
        ("/location/longitude", json!(-180.5)),
        ("/location/longitude", json!("west")),
        ("/stars", json!(5)),
    ] {
        let mut body = miramar();
        body["settings"] = json!({});
        body["location"] = json!({"latitude": 37.1, "longitude": -8.67});
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value.clone();
        let reply = admin.post("/v1/properties", &body).await;
        assert_eq!((reply.status, reply.pointers()), (422, vec![pointer]), "{value}: {}", reply.body);
    }
    assert_eq!(app.number("SELECT count(*) FROM properties").await, 0);
}

#[tokio::test]
async fn cut_offs_are_set_and_taken_away() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let mut body = miramar();
    body["settings"] = json!({"same_day_cutoff": "18:00", "no_show_cutoff": "23:30", "max_child_age": 12});
    let made = admin.post("/v1/properties", &body).await.expect(201);
    let settings = |reply: &Reply| {
        let settings = &reply.body["settings"];
        [settings["same_day_cutoff"].clone(), settings["no_show_cutoff"].clone(), settings["max_child_age"].clone()]
    };
    assert_eq!(settings(&made), [json!("18:00"), json!("23:30"), json!(12)]);
    let path = made.header("location");
    let patched =
        admin.patch(path, "\"1\"", &json!({"settings": {"same_day_cutoff": null, "max_child_age": 15}})).await.expect(200);
    assert_eq!(settings(&patched), [Value::Null, json!("23:30"), json!(15)]);
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_takes_away() {
    let app = TestApp::new().await;
    app.set_clock("2026-12-01T12:00:00Z");
    let admin = app.admin().await;
    let mut body = miramar();
    body["email"] = json!("desk@miramar.example");
    body["phone"] = json!("+351282000000");
    let made = admin.post("/v1/properties", &body).await.expect(201);
    let path = format!("/v1/properties/{}", made.id());
    app.set_clock("2026-12-01T13:00:00Z");
    let patch = json!({"address": {"city": "Faro"}, "email": null, "settings": {"max_nights": 30}, "check_in_time": "16:30"});
    let patched = admin.patch(&path, "\"1\"", &patch).await.expect(200);
    let mut expected = made.body.clone();
    expected["address"]["city"] = json!("Faro");
    expected["email"] = Value::Null;
    expected["settings"]["max_nights"] = json!(30);
    expected["check_in_time"] = json!("16:30");
    expected["version"] = json!(2);
    expected["updated_at"] = json!("2026-12-01T13:00:00Z");
    assert_eq!(patched.body, expected);
    assert_eq!(patched.header("etag"), "\"2\"");
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, expected);
    let stale = admin.patch(&path, "\"1\"", &json!({"name": "Other"})).await.expect(412);
    assert!(stale.body["detail"].as_str().expect("text").contains("\"2\""), "{}", stale.body);
    let refused = admin.patch(&path, "\"2\"", &json!({"currency": "USD"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/currency"], "cannot be changed");

    let events = app.rows("SELECT kind, changes FROM outbox WHERE entity = 'property' ORDER BY id").await;
    assert_eq!(events[1]["kind"], "property.updated");
    let changes = json!({"city": {"before": "Lagos", "after": "Faro"}, "email": {"withheld": true}, "max_nights": {"before": 90, "after": 30},
                         "check_in_time": {"before": "15:00:00", "after": "16:30:00"}});
    assert_eq!(events[1]["changes"], changes);
    assert_eq!(events.len(), 2, "what is refused is no event");
}

#[tokio::test]
async fn today_is_the_date_at_the_hotel() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    app.set_clock("2026-12-31T23:30:00Z");
    for (time_zone, date) in
        [("Europe/Lisbon", "2026-12-31"), ("Europe/Berlin", "2027-01-01"), ("Pacific/Honolulu", "2026-12-31")]
    {
        let mut body = miramar();
        body["time_zone"] = json!(time_zone);
        let made = admin.post("/v1/properties", &body).await.expect(201);
        assert_eq!(made.body["business_date"], date, "{time_zone}");
    }
}

#[tokio::test]
async fn a_property_with_guests_to_come_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    let path = format!("/v1/properties/{}", hotel.id);
    let refused = hotel.manager.delete(&path, "\"1\"").await.expect(409);
    assert_eq!(refused.code(), "property.has_stays");
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
    hotel.manager.delete(&path, "\"1\"").await.expect(204);

    let stranger = app.anonymous();
    for gone in [
        path.clone(),
        format!("/v1/room-types?property_id={}", hotel.id),
        format!("/v1/room-types/{}", hotel.double),
        format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11", hotel.id),
    ] {
        assert_eq!(stranger.get(&gone).await.expect(404).code(), "request.not_found", "{gone}");
    }
    assert_eq!(stranger.get("/v1/properties").await.expect(200).body["items"], json!([]));
    let refused = hotel.manager.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-12")).await.expect(422);
    assert_eq!(refused.pointers(), ["/property_id"]);
    hotel.manager.patch(&path, "\"2\"", &json!({"name": "Still here"})).await.expect(404);
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    assert_eq!(folio.body["balance"]["amount"], "0.00", "what was booked can still be read");
}

#[tokio::test]
async fn a_property_is_not_removed_under_a_sale() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    // A sale that has seen the property and waits for its last step: its nights name their room.
    let mut holder = app.transaction(&format!("SELECT FROM rooms WHERE property_id = '{}' FOR UPDATE", hotel.id)).await;
    let (path, request, is_answered) =
        (format!("/v1/properties/{}", hotel.id), hotel.request("2026-12-10", "2026-12-12"), Cell::new(false));
    let removal = async {
        eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 1).await;
        let reply = hotel.manager.delete(&path, "\"1\"").await;
        is_answered.set(true);
        reply
    };
    let release = async {
        eventually(Duration::from_secs(5), async || is_answered.get() || app.waiting_for_locks().await == 2).await;
        holder.batch_execute("ROLLBACK").await.expect("released");
    };
    let (sale, removal, ()) = futures_util::join!(guest.post("/v1/bookings", &request), removal, release);
    assert_eq!((sale.status, removal.status, removal.code()), (201, 409, "property.has_stays"), "{} {}", sale.body, removal.body);
}

#[tokio::test]
async fn a_longer_horizon_opens_nights() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    let search = format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-13", hotel.id);
    let found = app.anonymous().get(&search).await.expect(200);
    assert_eq!((&found.body["items"][0]["bookable"], &found.body["items"][0]["available"]), (&json!(false), &json!(0)));
    let reasons = |date: &str| json!({"date": date, "room_type_id": hotel.double, "reason": "beyond_horizon", "available": 0});
    let double = found.body["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|item| item["room_type_id"] == hotel.double.as_str())
        .unwrap();
    assert_eq!(double["reasons"], json!([reasons("2026-12-11"), reasons("2026-12-12")]));

    let path = format!("/v1/properties/{}", hotel.id);
    hotel.manager.patch(&path, "\"1\"", &json!({"settings": {"horizon_nights": 12}})).await.expect(200);
    app.move_clock("2026-12-01T12:00:00Z").await;
    let found = app.anonymous().get(&search).await.expect(200);
    let double = found.body["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|item| item["room_type_id"] == hotel.double.as_str())
        .unwrap();
    assert_eq!((&double["bookable"], &double["available"], &double["reasons"]), (&json!(true), &json!(2), &json!([])));
    // As days go by, nights come in sight.
    let later = format!("/v1/availability?property_id={}&check_in=2026-12-13&check_out=2026-12-14", hotel.id);
    assert_eq!(app.anonymous().get(&later).await.expect(200).body["items"][0]["bookable"], false);
    app.move_clock("2026-12-02T12:00:00Z").await;
    assert_eq!(app.anonymous().get(&later).await.expect(200).body["items"][0]["bookable"], true);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_a_property_must_have_cannot_be_patched_away() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}", hotel.id);
    for (patch, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"settings": {"max_nights": null}}), "/settings/max_nights"),
        (json!({"address": {"city": null}}), "/address/city"),
    ] {
        let refused = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{}", refused.body);
    }
    let property = app.anonymous().get(&path).await.expect(200);
    assert_eq!((&property.body["name"], &property.body["version"]), (&json!("Test Hotel"), &json!(1)));
}

#[tokio::test]
async fn texts_come_in_the_language_that_the_reader_wants() {
    let mut app = TestApp::new().await;
    app.set_clock("2026-12-01T12:00:00Z");
    app.start_background();
    let second = app.second().await;
    second.set_clock("2026-12-01T12:00:00Z");
    let admin = app.admin().await;
    let mut body = miramar();
    body["description"] = json!("A quiet house.");
    body["texts"] =
        json!({"pt": {"description": "Uma casa tranquila."}, "de-AT": {"name": "Haus Miramar", "description": "Ruhig."}});
    let made = admin.post("/v1/properties", &body).await.expect(201);
    assert_eq!(
        (&made.body["locale"], &made.body["default_locale"], &made.body["texts"]),
        (&json!("en"), &json!("en"), &body["texts"])
    );
    let path = made.header("location").to_owned();
    let stranger = app.anonymous();
    for (accept, query, locale, name, description) in [
        ("", "", "en", "Hotel Miramar", "A quiet house."),
        ("pt-BR, en;q=0.5", "", "pt", "Hotel Miramar", "Uma casa tranquila."),
        ("en;q=0.5, de", "", "de-AT", "Haus Miramar", "Ruhig."),
        ("fr, en-GB, pt;q=0.1", "", "en", "Hotel Miramar", "A quiet house."),
        ("de", "?locale=pt", "pt", "Hotel Miramar", "Uma casa tranquila."),
        ("de", "?locale=en", "en", "Hotel Miramar", "A quiet house."),
        ("de", "?locale=fr", "en", "Hotel Miramar", "A quiet house."),
    ] {
        let reader = stranger.with("accept-language", accept);
        let read = reader.get(&format!("{path}{query}")).await.expect(200);
        let expected = (&json!(locale), &json!(name), &json!(description));
        assert_eq!((&read.body["locale"], &read.body["name"], &read.body["description"]), expected, "{accept} {query}");
        assert_eq!(read.header("content-language"), locale, "{accept} {query}");
        assert!(read.headers.get_all("vary").iter().any(|value| value == "accept-language"), "{accept} {query}");
        let listed = reader.get(&format!("/v1/properties{query}")).await.expect(200);
        assert_eq!((&listed.body["items"][0], listed.header("content-language")), (&read.body, locale), "{accept} {query}");
    }
    assert_eq!(stranger.get(&format!("{path}?locale=Portuguese")).await.expect(422).pointers(), ["/locale"]);

    // What is known need not come again: in this language, until it changes, from whichever process.
    let reader = stranger.with("accept-language", "pt");
    let read = reader.get(&path).await.expect(200);
    assert_eq!(read.header("cache-control"), "public, max-age=0, must-revalidate");
    let knows = reader.with("if-none-match", read.header("etag"));
    let there = knows.at(second.router.clone());
    for client in [&knows, &there] {
        let same = client.get(&path).await.expect(304);
        assert!(same.bytes.is_empty());
        assert_eq!((same.header("etag"), same.header("content-language")), (read.header("etag"), "pt"));
    }
    stranger.with("if-none-match", read.header("etag")).get(&path).await.expect(200);
    let patch = json!({"texts": {"pt": {"description": "Uma casa muito tranquila."}, "de-AT": null}});
    let patched = admin.patch(&path, read.header("etag"), &patch).await.expect(200);
    assert_eq!(patched.body["texts"], json!({"pt": {"description": "Uma casa muito tranquila."}}));
    for client in [&knows, &there] {
        assert_eq!(client.get(&path).await.expect(200).body["description"], "Uma casa muito tranquila.");
    }
    let list = reader.get("/v1/properties").await.expect(200);
    let knows = reader.with("if-none-match", list.header("etag"));
    knows.get("/v1/properties").await.expect(304);
    // The date at the hotel is part of what is read.
    app.set_clock("2026-12-02T12:00:00Z");
    assert_eq!(knows.get("/v1/properties").await.expect(200).body["items"][0]["business_date"], "2026-12-02");
}

/// With the triggers asleep, nothing tells of a change: the kept answer is all there is.
#[tokio::test]
async fn an_answer_is_made_once_until_something_changes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (id, double) = (&hotel.id, &hotel.double);
    let paths = [
        format!("/v1/properties/{id}"),
        "/v1/properties?city=Lisboa".to_owned(),
        format!("/v1/room-types/{double}"),
        format!("/v1/room-types?property_id={id}"),
        format!("/v1/cancellation-policies?property_id={id}"),
    ];
    let names = async |path: &str| {
        let body = app.anonymous().get(path).await.expect(200).body;
        body.get("items").map_or(&body, |items| &items[0])["name"].as_str().expect("a name").to_owned()
    };
    let mut first = Vec::new();
    for path in &paths {
        first.push(names(path).await);
    }
    let rename = format!(
        "UPDATE properties SET name = 'New'; UPDATE room_types SET name = 'New' WHERE id = '{double}';
         UPDATE cancellation_policies SET name = 'New';"
    );
    app.sql(&format!("SET session_replication_role = replica; {rename}")).await;
    for (path, first) in paths.iter().zip(&first) {
        assert_eq!(&names(path).await, first, "{path} is kept");
    }
    let portuguese = app.anonymous().with("accept-language", "pt").get(&paths[0]).await.expect(200);
    assert_eq!(portuguese.body["name"], "New", "another language is another answer");
    app.sql(&rename).await;
    for path in &paths {
        assert_eq!(names(path).await, "New", "{path} is made anew");
    }
    app.sql("UPDATE properties SET is_deleted = true, deleted_at = now()").await;
    for (path, status) in paths.iter().zip([404, 200, 404, 404, 404]) {
        app.anonymous().get(path).await.expect(status);
    }
    assert_eq!(app.anonymous().get(&paths[1]).await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn bad_texts_are_pointed_at() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = admin.post("/v1/properties", &miramar()).await.expect(201);
    let path = made.header("location");
    let many: serde_json::Map<String, Value> =
        (b'a'..=b'u').map(|letter| (format!("x{}", char::from(letter)), json!({"name": "x"}))).collect();
    for (pointer, patch) in [
        ("/texts/PT", json!({"texts": {"PT": {"name": "x"}}})),
        ("/texts/pt_BR", json!({"texts": {"pt_BR": {"name": "x"}}})),
        ("/texts/en", json!({"texts": {"en": {"name": "x"}}})),
        ("/texts/pt/name", json!({"texts": {"pt": {"name": ""}}})),
        ("/texts/pt/title", json!({"texts": {"pt": {"title": "x"}}})),
        ("/texts", json!({"texts": many})),
        ("/texts", json!({"texts": null})),
        ("/default_locale", json!({"default_locale": "english"})),
    ] {
        let refused = admin.patch(path, "\"1\"", &patch).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{patch}: {}", refused.body);
    }
    let patched = admin.patch(path, "\"1\"", &json!({"texts": {"pt": {"name": "Miramar"}}})).await.expect(200);
    let refused = admin.patch(path, patched.header("etag"), &json!({"default_locale": "pt"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/default_locale"]);
    let patch = json!({"default_locale": "pt", "texts": {"pt": null, "en": {"name": "Hotel Miramar"}}});
    let patched = admin.patch(path, patched.header("etag"), &patch).await.expect(200);
    assert_eq!((&patched.body["locale"], &patched.body["texts"]), (&json!("pt"), &json!({"en": {"name": "Hotel Miramar"}})));
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_properties", async |w| {
            w.hotel().await;
            Call::plain()
        })
        .but(Public, TO_LOOK),
        Request::new("get_property", async |w| Call::to(w.property().await)).but(Public, TO_LOOK),
        Request::new("create_property", async |_| Call::plain().json(&miramar()))
            .but(ForAllProperties, "a new property is within nobody's scope but that of all"),
        Request::new("update_property", async |w| Call::to(w.property().await).json(&json!({"name": "Another name"}))),
        Request::new("delete_property", async |w| Call::to(w.property().await)),
    ]
}
