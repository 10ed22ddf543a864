use crate::every_route::{Call, Exception::NotVersioned, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, png_chunk};
use futures_util::TryStreamExt;
use http::Method;
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, SystemTime};

const ITEMS: &str = "/v1/lost-items";

fn picture(width: u32, height: u32, colour: u8) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let pixels = RgbImage::from_pixel(width, height, Rgb([colour, 20, 20]));
    DynamicImage::from(pixels).write_to(&mut file, ImageFormat::Png).expect("a picture");
    file.into_inner()
}

fn umbrella(hotel: &Hotel) -> Value {
    let description = "Black umbrella\nwooden handle";
    json!({"property_id": hotel.id, "category": "other", "description": description, "found_in": "Breakfast room"})
}

async fn record(hotel: &Hotel, item: &Value) -> Reply {
    hotel.manager.post(ITEMS, item).await.expect(201)
}

async fn files(app: &TestApp) -> BTreeSet<String> {
    let listed: Vec<_> = app.app.objects.list().try_collect().await.expect("files");
    listed.into_iter().map(|file| file.name).collect()
}

#[tokio::test]
async fn what_is_found_is_kept_until_its_owner_has_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = record(&hotel, &umbrella(&hotel)).await;
    assert_eq!(made.header("location"), format!("{ITEMS}/{}", made.id()));
    let expected = json!({
        "status": "kept", "category": "other", "description": "Black umbrella\nwooden handle", "found_in": "Breakfast room",
        "room_id": null, "room_number": null, "stay_id": null, "stored_in": null, "outcome": null, "closed_at": null,
        "found_at": "2026-12-01T12:00:00Z", "keep_until": "2027-03-01", "photo_url": null, "version": 1,
    });
    for (name, value) in expected.as_object().expect("members") {
        assert_eq!(&made.body[name], value, "{name}");
    }
    assert!(made.body["found_by"].is_string(), "who records it has found it: {}", made.body);
    let path = format!("{ITEMS}/{}", made.id());
    let change = json!({"stored_in": "Safe", "keep_until": "2026-12-20", "room_id": hotel.rooms[1], "found_in": null});
    let changed = hotel.manager.patch(&path, "\"1\"", &change).await.expect(200);
    assert_eq!((&changed.body["room_number"], &changed.body["stored_in"]), (&json!("102"), &json!("Safe")));
    assert_eq!(hotel.manager.patch(&path, "\"2\"", &json!({"room_id": null})).await.expect(422).pointers(), ["/found_in"]);

    let disposed = json!({"status": "disposed", "outcome": "Charity"});
    let close = format!("{path}/close");
    assert_eq!(hotel.manager.post(&close, &disposed).await.expect(409).code(), "lost_property.kept_until");
    let sent = hotel.manager.post(&close, &json!({"status": "sent", "outcome": "Parcel RR1"})).await.expect(200);
    assert_eq!((&sent.body["status"], &sent.body["closed_at"]), (&json!("sent"), &json!("2026-12-01T12:00:00Z")));
    assert_eq!(hotel.manager.post(&close, &disposed).await.expect(409).code(), "lost_property.closed");
    let back = hotel.manager.post(&format!("{path}/reopen"), &json!({})).await.expect(200);
    assert_eq!(
        (&back.body["status"], &back.body["outcome"], &back.body["closed_at"]),
        (&json!("kept"), &Value::Null, &Value::Null)
    );
    assert_eq!(hotel.manager.post(&format!("{path}/reopen"), &json!({})).await.expect(409).code(), "lost_property.not_closed");
    assert_eq!(hotel.manager.post(&close, &json!({"status": "kept"})).await.expect(422).pointers(), ["/status"]);
    app.set_clock("2026-12-20T22:00:00Z");
    assert_eq!(hotel.manager.post(&close, &disposed).await.expect(409).code(), "lost_property.kept_until");
    app.set_clock("2026-12-21T09:00:00Z");
    assert_eq!(hotel.manager.post(&close, &disposed).await.expect(200).body["status"], "disposed");
    let kinds = app.event_kinds().await;
    for kind in ["created", "updated", "closed", "reopened"] {
        assert!(kinds.contains(&format!("lost_item.{kind}")), "{kind} is not on the record: {kinds:?}");
    }
}

#[tokio::test]
async fn items_are_found_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"lost_property_days": 10}), ..HotelSpec::default() }).await;
    let booking = hotel.manager.post("/v1/bookings", &hotel.request_for(1, "2026-12-01", "2026-12-02")).await.expect(201);
    let umbrella = record(&hotel, &umbrella(&hotel)).await;
    let stay = &booking.body["stays"][0]["id"];
    let phone = json!({"property_id": hotel.id, "category": "electronics", "description": "Téléphone", "stay_id": stay,
                       "stored_in": "Safe", "found_at": "2026-11-20T10:00:00Z", "found_by": "Hugo"});
    let phone = record(&hotel, &phone).await;
    assert_eq!(
        (&phone.body["room_number"], &phone.body["keep_until"]),
        (&json!("102"), &json!("2026-11-30")),
        "the room of the stay"
    );
    assert!(!phone.body.to_string().contains("Ana"), "whose it may be is not told: {}", phone.body);
    let found = async |filter: &str| -> Vec<String> {
        let list = hotel.manager.get(&format!("{ITEMS}?property_id={}&{filter}", hotel.id)).await.expect(200).body;
        let items = list["items"].as_array().expect("a list").iter();
        items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    };
    let (umbrella, phone) = (umbrella.id(), phone.id());
    let (by_room, by_stay) = (format!("room_id={}", hotel.rooms[1]), format!("stay_id={}", stay.as_str().expect("an id")));
    assert_eq!(found("limit=10").await, [phone, umbrella], "the newest first");
    for (filter, expected) in [
        ("text=UMBRELLA", vec![umbrella]),
        ("text=telephone", vec![phone]),
        ("text=safe", vec![phone]),
        ("text=breakfast", vec![umbrella]),
        ("text=hat", vec![]),
        ("q=handle%20BLACK", vec![umbrella]),
        ("q=safe%20phone", vec![phone]),
        ("q=safe%20umbrella", vec![]),
        ("category=electronics", vec![phone]),
        ("status=kept", vec![phone, umbrella]),
        ("status=sent", vec![]),
        ("found_from=2026-12-01", vec![umbrella]),
        ("found_to=2026-11-30", vec![phone]),
        ("keep_until_to=2026-12-01", vec![phone]),
        (by_room.as_str(), vec![phone]),
        (by_stay.as_str(), vec![phone]),
    ] {
        assert_eq!(found(filter).await, expected, "{filter}");
    }
    // In summer the day begins an hour earlier in Lisbon than in UTC.
    let summer = json!({"property_id": hotel.id, "category": "keys", "description": "Key", "found_in": "Bar",
                        "found_at": "2026-07-01T23:30:00Z"});
    let summer = record(&hotel, &summer).await;
    assert_eq!(found("found_from=2026-07-02&found_to=2026-07-02").await, [summer.id()]);
    assert_eq!(found("found_to=2026-07-01").await, Vec::<String>::new());
    let wrong = |field: &str, value: Value| {
        let mut item = json!({"property_id": hotel.id, "category": "keys", "description": "Key", "found_in": "Lobby"});
        item[field] = value;
        let manager = hotel.manager.clone();
        async move { manager.post(ITEMS, &item).await.expect(422) }
    };
    for (field, value) in [
        ("found_at", json!("2026-12-02T00:00:00Z")),
        ("found_at", json!("-9999-01-01T00:00:00Z")),
        ("found_at", json!("0001-01-01T00:00:00Z")),
        ("found_at", json!("+262142-01-01T00:00:00Z")),
        ("room_id", json!(hotel.double)),
        ("stay_id", json!(hotel.double)),
        ("keep_until", json!("2026-11-30")),
        ("found_in", Value::Null),
        ("description", json!("")),
    ] {
        assert_eq!(wrong(field, value).await.pointers(), [format!("/{field}")], "{field}");
    }
}

#[tokio::test]
async fn photos_of_lost_items_are_for_those_who_keep_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("{ITEMS}/{}", record(&hotel, &umbrella(&hotel)).await.id());
    let photo = format!("{path}/photo");
    let set = async |client: &Client, file: &[u8]| client.upload(Method::PUT, &photo, "image/png", file).await;
    hotel.manager.get(&photo).await.expect(404);
    let first = set(&hotel.manager, &picture(2000, 1000, 200)).await.expect(200);
    assert_eq!((&first.body["photo_url"], first.header("etag")), (&json!(photo), "\"2\""));
    let names = files(&app).await;
    assert_eq!(names.len(), 1, "{names:?}");
    let shown = hotel.manager.get(&photo).await.expect(200);
    assert_eq!((shown.header("content-type"), shown.header("cache-control")), ("image/jpeg", "no-store"));
    assert_eq!(image::load_from_memory(&shown.bytes).expect("a picture").dimensions(), (1600, 800));
    // It has no public address, and others do not see it.
    let name = names.first().expect("a file");
    app.anonymous().get(&format!("/v1/images/{name}")).await.expect(404);
    app.anonymous().get(&photo).await.expect(401);
    app.staff(&["lost_property:write"], Some(&hotel.id)).await.get(&photo).await.expect(403);

    // The same once more changes nothing, another one takes its place.
    assert_eq!(set(&hotel.manager, &picture(2000, 1000, 200)).await.expect(200).header("etag"), "\"2\"");
    assert_eq!(files(&app).await, names, "nothing was left over");
    assert_eq!(set(&hotel.manager, &picture(100, 100, 20)).await.expect(200).header("etag"), "\"3\"");
    let next = files(&app).await;
    assert!(next.len() == 1 && next != names, "{next:?}");
    // What is referred to stays, however old it is.
    let left = format!("{}-private.jpg", "0".repeat(64));
    app.app.objects.put(&left, "image/jpeg", bytes::Bytes::from_static(b"x")).await.expect("a file");
    let folder = app.app.config.object_store_url.as_ref().and_then(|url| url.strip_prefix("file://")).expect("a folder");
    for name in files(&app).await {
        let path = Path::new(folder).join(&name[..2]).join(&name);
        let file = File::options().write(true).open(path).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).expect("older");
    }
    let sweep = hbs::server::jobs().iter().copied().find(|job| job.name == "images.sweep").expect("the job");
    (sweep.run)(app.app.clone()).await.expect("swept");
    assert_eq!(files(&app).await, next);
    hotel.manager.send(Method::DELETE, &photo, None).await.expect(204);
    hotel.manager.send(Method::DELETE, &photo, None).await.expect(204);
    assert_eq!((files(&app).await.len(), &hotel.manager.get(&path).await.expect(200).body["photo_url"]), (0, &Value::Null));
    set(&hotel.manager, &picture(100, 100, 20)).await.expect(200);
    hotel.manager.delete(&path, "\"5\"").await.expect(204);
    hotel.manager.get(&path).await.expect(404);
    assert_eq!(files(&app).await.len(), 0);

    let hostile = [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(b"IHDR", &[0, 0, 255, 255, 0, 0, 255, 255, 8, 2, 0, 0, 0])].concat();
    let path = format!("{ITEMS}/{}/photo", record(&hotel, &umbrella(&hotel)).await.id());
    assert_eq!(hotel.manager.upload(Method::PUT, &path, "image/png", &hostile).await.status, 422);
    assert_eq!(hotel.manager.upload(Method::PUT, &path, "image/png", b"GIF89a").await.status, 415);
}

async fn an_item(w: &World) -> String {
    let item = json!({"property_id": w.property().await, "category": "keys", "description": "Car key", "found_in": "Garage"});
    w.admin.post(ITEMS, &item).await.expect(201).id().to_owned()
}

async fn an_item_with_photo(w: &World) -> String {
    let item = an_item(w).await;
    w.admin.upload(Method::PUT, &format!("{ITEMS}/{item}/photo"), "image/png", &picture(40, 30, 9)).await.expect(200);
    item
}

const OF_ITEM: &str = "a photo has no version of its own, and takes the place of whichever there is";

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_lost_items", async |w| {
            an_item(w).await;
            Call::about(w.property().await)
        }),
        Request::new("create_lost_item", async |w| {
            let property = w.property().await;
            Call::plain().json(&json!({"property_id": property, "category": "keys", "description": "Key", "found_in": "Bar"}))
        }),
        Request::new("get_lost_item", async |w| Call::to(&an_item(w).await)),
        Request::new("update_lost_item", async |w| Call::to(&an_item(w).await).json(&json!({"stored_in": "Safe"}))),
        Request::new("delete_lost_item", async |w| Call::to(&an_item(w).await)),
        Request::new("close_lost_item", async |w| Call::to(&an_item(w).await).json(&json!({"status": "returned"}))),
        Request::new("reopen_lost_item", async |w| {
            let item = an_item(w).await;
            w.admin.post(&format!("{ITEMS}/{item}/close"), &json!({"status": "sent"})).await.expect(200);
            Call::to(&item)
        }),
        Request::new("get_lost_item_photo", async |w| Call::to(&an_item_with_photo(w).await)),
        Request::new("set_lost_item_photo", async |w| Call::to(&an_item(w).await).picture()).but(NotVersioned, OF_ITEM),
        Request::new("delete_lost_item_photo", async |w| Call::to(&an_item_with_photo(w).await)).but(NotVersioned, OF_ITEM),
    ]
}
