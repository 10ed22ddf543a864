use crate::every_route::{Call, Request};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book};
use serde_json::{Value, json};

async fn search(client: &Client, hotel: &Hotel, q: &str) -> Reply {
    let query: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
    client.get(&format!("/v1/search?property_id={}&q={query}", hotel.id)).await
}

fn all<'a>(reply: &'a Reply, kind: &str, field: &str) -> Vec<&'a Value> {
    reply.body[kind].as_array().expect("a list").iter().map(|hit| &hit[field]).collect()
}

/// U9: one search finds bookings, guests, rooms and groups by whatever is typed: in any order and case, without accents, by
/// digits or a part of a reference.
#[tokio::test]
async fn a_palette_finds_whatever_is_typed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let mut request = hotel.request_for(0, "2026-12-01", "2026-12-03");
    request["contact"] = json!({"full_name": "Ana Müller", "email": "ana@example.com", "phone": "+351910000777"});
    request["rooms"][0]["guest_name"] = json!("Rui Müller");
    let here = book(desk, &request).await.expect(201);
    act(desk, &here, "check-in").await.expect(200);
    request["rooms"][0] = json!({"room_type_id": hotel.double, "adults": 1});
    request["check_in"] = json!("2026-12-20");
    request["check_out"] = json!("2026-12-21");
    let later = book(desk, &request).await.expect(201);
    let group = json!({"property_id": hotel.id, "name": "Wedding Muller", "code": "MUELLER-26", "cut_off": "2026-12-09",
                       "block": [{"room_type_id": hotel.suite, "from": "2026-12-10", "to": "2026-12-11", "rooms": 1}]});
    let group = desk.post("/v1/groups", &group).await.expect(201);

    let found = search(desk, &hotel, "muller").await.expect(200);
    assert_eq!(all(&found, "bookings", "booking_id"), [&here.body["id"], &later.body["id"]], "the nearest first");
    let hit = &found.body["bookings"][0];
    assert_eq!(
        json!([hit["reference"], hit["status"], hit["guest_name"], hit["room_numbers"], hit["version"], hit["check_out"]]),
        json!([here.body["reference"], "checked_in", "Ana Müller", ["101"], 2, "2026-12-03"])
    );
    assert_eq!(all(&found, "guests", "guest_name"), ["Ana Müller", "Rui Müller"]);
    let person = &found.body["guests"][0];
    assert_eq!(
        json!([person["bookings"], person["booking_id"], person["email"], person["phone"]]),
        json!([2, here.id(), "ana@example.com", "+351910000777"])
    );
    assert_eq!(found.body["guests"][1]["email"], Value::Null);
    assert_eq!(person["guest_id"], desk.get(&format!("/v1/bookings/{}", here.id())).await.expect(200).body["guest_id"]);
    assert_eq!((all(&found, "groups", "group_id"), all(&found, "rooms", "room_id")), (vec![&group.body["id"]], vec![]));

    let bare = later.body["reference"].as_str().expect("text").trim_start_matches("HBS-").to_lowercase();
    for q in [bare.as_str(), "Müller Ana", "910 000", "ana@ex"] {
        let found = search(desk, &hotel, q).await.expect(200);
        assert!(all(&found, "bookings", "booking_id").contains(&&later.body["id"]), "{q}: {}", found.body);
    }
    let room = search(desk, &hotel, "101").await.expect(200);
    let hit = &room.body["rooms"][0];
    assert_eq!(
        json!([hit["room_number"], hit["room_type_name"], hit["housekeeping"], hit["guest_name"], hit["booking_id"]]),
        json!(["101", "DBL", "clean", "Rui Müller", here.id()])
    );
    assert_eq!(all(&search(desk, &hotel, "10").await.expect(200), "rooms", "room_number"), ["101", "102", "103"]);
    let nothing = json!({"bookings": [], "guests": [], "rooms": [], "groups": []});
    assert_eq!(search(desk, &hotel, "nobody").await.expect(200).body, nothing);
    assert_eq!(search(desk, &hotel, ",").await.expect(200).body, nothing);
}

#[tokio::test]
async fn a_palette_finds_guests_who_have_booked_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = &hotel.manager;
    let guest = |name: &str| json!({"property_id": hotel.id, "full_name": name, "email": "rui@example.com"});
    let rui = desk.post("/v1/guests", &guest("Rui Sousa")).await.expect(201);
    let booking = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    let found = search(desk, &hotel, "sousa").await.expect(200);
    assert_eq!(all(&found, "guests", "guest_name"), ["Ana Sousa", "Rui Sousa"], "those with bookings first, and each once");
    assert_eq!(all(&found, "guests", "booking_id"), [&booking.body["id"], &Value::Null]);
    let hit = &found.body["guests"][1];
    assert_eq!(
        json!([hit["guest_id"], hit["email"], hit["bookings"], hit["reference"], hit["check_in"]]),
        json!([rui.id(), "rui@example.com", 0, null, null])
    );
    assert_eq!(all(&search(desk, &hotel, "SOUSA rui").await.expect(200), "guests", "guest_id"), [&rui.body["id"]]);
    let path = format!("/v1/search?property_id={}&q=sousa&limit=1", hotel.id);
    assert_eq!(all(&desk.get(&path).await.expect(200), "guests", "guest_name"), ["Ana Sousa"]);
    let reader = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    let found = search(&reader, &hotel, "sousa").await.expect(200);
    assert_eq!(all(&found, "guests", "guest_name"), ["Ana Sousa"], "profiles are for those who read guests");
}

#[tokio::test]
async fn a_palette_shows_what_one_may_read() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let reader = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    assert_eq!(search(&reader, &hotel, "101").await.expect(200).body["rooms"], json!([]), "rooms are for those who read rooms");
    assert_eq!(all(&search(&reader, &hotel, "sousa").await.expect(200), "bookings", "guest_name"), ["Ana Sousa"]);
    search(&reader, &other, "sousa").await.expect(404);
    search(&app.guest().await, &hotel, "sousa").await.expect(403);
    assert_eq!(search(&other.manager, &other, "sousa").await.expect(200).body["bookings"], json!([]));
    for (query, pointer) in [("q=", "/q"), ("", "/q"), ("q=a&limit=51", "/limit")] {
        let path = format!("/v1/search?property_id={}&{query}", hotel.id);
        assert_eq!(reader.get(&path).await.expect(422).pointers(), [pointer], "{query}");
    }
}

pub fn requests() -> Vec<Request> {
    vec![Request::new("search_palette", async |w| {
        w.booking().await;
        Call::about(w.property().await).query("q", "ana")
    })]
}
