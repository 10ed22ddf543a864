//! What the desk notes on a booking: when the guests come, what staff should know, and tags to find it by.
use super::{read, with};
use crate::support::{Hotel, HotelSpec, TestApp, book};
use serde_json::{Value, json};

fn noted(hotel: &Hotel) -> Value {
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/arrival_time", json!("22:30"));
    let request = with(request, "/notes", json!("Night train.\nKeep a quiet room"));
    with(request, "/tags", json!(["VIP", "Wake Up: 07:00", "message:Call Ana, please", "vip"]))
}

/// U15: a booking has a time of arrival, notes for staff alone, and tags.
#[tokio::test]
async fn staff_note_what_guests_do_not_see() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let request = with(noted(&hotel), "/guest_user_id", json!(guest.user_id()));
    let booking = book(&hotel.manager, &request).await.expect(201);
    let tags = json!(["message:Call Ana, please", "vip", "wake-up:07:00"]);
    let notes = |body: &Value| json!([body["arrival_time"], body["notes"], body["tags"]]);
    assert_eq!(notes(&booking.body), json!(["22:30", "Night train.\nKeep a quiet room", tags]));
    assert_eq!(read(&hotel.manager, &booking).await.body, booking.body);
    assert_eq!(notes(&read(&guest, &booking).await.body), json!(["22:30", null, []]), "the rest is for staff");

    let path = format!("/v1/bookings/{}", booking.id());
    let own = guest.patch(&path, "\"1\"", &json!({"arrival_time": "23:00"})).await.expect(200);
    assert_eq!((notes(&own.body), own.header("etag")), (json!(["23:00", null, []]), "\"2\""));
    for (field, value) in [("notes", json!("hello")), ("tags", json!([])), ("tags", Value::Null)] {
        let refused = guest.patch(&path, "\"2\"", &json!({field: value})).await.expect(422);
        assert_eq!(refused.pointers(), [format!("/{field}")]);
        let request = with(hotel.request("2026-12-20", "2026-12-21"), &format!("/{field}"), json!(["x"]));
        let request = if field == "notes" { with(request, "/notes", json!("x")) } else { request };
        assert_eq!(book(&guest, &request).await.expect(422).pointers(), [format!("/{field}")]);
    }

    let kept = hotel.manager.patch(&path, "\"2\"", &json!({"tags": ["late"]})).await.expect(200);
    assert_eq!(notes(&kept.body), json!(["23:00", "Night train.\nKeep a quiet room", ["late"]]), "what is left out stays");
    let same = hotel.manager.patch(&path, "\"3\"", &json!({"tags": ["LATE", "late"]})).await.expect(200);
    assert_eq!(same.header("etag"), "\"3\"", "nothing has changed");
    let gone = hotel.manager.patch(&path, "\"3\"", &json!({"arrival_time": null, "notes": null, "tags": null})).await.expect(200);
    assert_eq!(notes(&gone.body), json!([null, null, []]));

    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.updated' ORDER BY id").await;
    assert_eq!(told[0]["changes"]["arrival_time"]["after"], "23:00:00");
    assert_eq!(told[1]["changes"]["tags"], json!({"withheld": true}), "anybody may be named in a tag");
    assert_eq!(told[2]["changes"]["notes"], json!({"withheld": true}));
}

#[tokio::test]
async fn tags_and_times_have_their_limits() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let many: Vec<String> = (0..21).map(|n| format!("tag-{n}")).collect();
    for (pointer, value) in [
        ("/tags", json!(["a;b"])),
        ("/tags", json!([":07:00"])),
        ("/tags", json!(["x".repeat(101)])),
        ("/tags", json!(many)),
        ("/notes", json!("x".repeat(2001))),
        ("/notes", json!("")),
        ("/arrival_time", json!("25:00")),
        ("/arrival_time", json!("tonight")),
    ] {
        let refused = book(&hotel.manager, &with(hotel.request("2026-12-10", "2026-12-12"), pointer, value)).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{}", refused.body);
    }
    let walk_in = json!({"property_id": hotel.id, "check_out": "2026-12-02", "tags": ["Walk In"], "notes": "Pays in cash",
                         "rooms": [{"room_type_id": hotel.double, "adults": 1}],
                         "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"}});
    let sold = hotel.manager.post("/v1/walk-ins", &walk_in).await.expect(201);
    assert_eq!((&sold.body["tags"], &sold.body["notes"]), (&json!(["walk-in"]), &json!("Pays in cash")));
}

#[tokio::test]
async fn bookings_are_found_by_tag() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let noted = book(&hotel.manager, &with(noted(&hotel), "/guest_user_id", json!(guest.user_id()))).await.expect(201);
    let late = with(hotel.request("2026-12-10", "2026-12-12"), "/tags", json!(["wake-up"]));
    let late = book(&hotel.manager, &late).await.expect(201);
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let found = async |query: &str| {
        let list = hotel.manager.get(&format!("/v1/bookings?property_id={}&tag={query}", hotel.id)).await.expect(200);
        list.body["items"].as_array().expect("a list").iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let (noted, late) = (json!(noted.id()), json!(late.id()));
    assert_eq!(found("Wake%20Up").await, [late.clone(), noted.clone()], "whatever follows the name");
    assert_eq!(found("wake-up:07:00").await, std::slice::from_ref(&noted));
    assert_eq!(found("VIP").await, [noted]);
    assert_eq!(found("wake").await, Vec::<Value>::new());
    let own = guest.get("/v1/bookings?tag=vip").await.expect(200);
    assert_eq!(own.body["items"], json!([]), "guests do not find by what they do not see");
}
