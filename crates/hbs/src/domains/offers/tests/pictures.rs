//! Pictures of offers: as those of room types, and shown to whoever is shown the offer.
use super::{OFFERS, offer};
use crate::support::{Client, HotelSpec, Reply, TestApp};
use http::Method;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use std::io::Cursor;

/// Adds a small picture to an offer, with what is said of it in the query.
pub async fn add(client: &Client, offer: &str, query: &str) -> Reply {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(40, 30).write_to(&mut file, ImageFormat::Png).expect("a picture");
    client.upload(Method::POST, &format!("{offer}/images{query}"), "image/png", &file.into_inner()).await
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|item| item["id"].as_str()).collect()
}

#[tokio::test]
async fn an_offer_has_pictures_as_a_room_type_has() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (manager, anybody) = (&hotel.manager, app.anonymous());
    let made = offer(&hotel, json!({})).await;
    let path = format!("{OFFERS}/{}", made.id());
    assert_eq!(made.body["images"], json!([]));
    let first = add(manager, &path, "?alt=The%20bay").await.expect(201);
    assert_eq!((first.header("location"), first.header("etag")), (&*format!("{path}/images/{}", first.id()), "\"1\""));
    assert_eq!(
        json!([first.body["alt"], first.body["position"], first.body["is_primary"], first.body["width"]]),
        json!(["The bay", 0, true, 40])
    );
    let second = add(manager, &path, "").await.expect(201);
    let shown = anybody.get(&path).await.expect(200);
    assert_eq!((&shown.body["images"], shown.header("etag")), (&json!([first.body, second.body]), "\"3\""));
    let listed = anybody.get(&format!("{OFFERS}?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(listed.body["items"], json!([shown.body]));
    let own = anybody.get(&format!("{path}/images")).await.expect(200);
    assert_eq!((&own.body["items"], own.header("etag")), (&shown.body["images"], "\"3\""));
    assert_eq!(anybody.get(&format!("{path}/images/{}", first.id())).await.expect(200).body, first.body);
    let file = first.body["url"].as_str().expect("an address");
    assert_eq!(anybody.get(file).await.expect(200).header("content-type"), "image/jpeg");

    let order = json!({"image_ids": [second.id(), first.id()]});
    let ordered = manager.with("if-match", "\"3\"").put(&format!("{path}/images/order"), &order).await.expect(200);
    assert_eq!((ids(&ordered.body["items"]), ordered.header("etag")), (vec![second.id(), first.id()], "\"4\""));
    let missing = json!({"image_ids": [first.id()]});
    let refused = manager.with("if-match", "\"4\"").put(&format!("{path}/images/order"), &missing).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("image.not_the_same", vec!["/image_ids"]));
    let patch = json!({"alt": "The pool", "is_primary": true});
    let changed = manager.patch(&format!("{path}/images/{}", second.id()), "\"2\"", &patch).await.expect(200);
    assert_eq!(json!([changed.body["alt"], changed.body["is_primary"]]), json!(["The pool", true]));
    let now = anybody.get(&path).await.expect(200);
    let primary: Vec<bool> =
        now.body["images"].as_array().expect("a list").iter().map(|image| image["is_primary"] == true).collect();
    assert_eq!(primary, [true, false]);

    manager.delete(&format!("{path}/images/{}", second.id()), changed.header("etag")).await.expect(204);
    let left = anybody.get(&path).await.expect(200);
    assert_eq!((ids(&left.body["images"]), &left.body["images"][0]["is_primary"]), (vec![first.id()], &json!(true)));
    // A picture of one offer is not one of another.
    let other = offer(&hotel, json!({"name": "Other"})).await;
    anybody.get(&format!("{OFFERS}/{}/images/{}", other.id(), first.id())).await.expect(404);
    assert_eq!(other.body["images"], json!([]));

    manager.delete(&path, left.header("etag")).await.expect(204);
    anybody.get(file).await.expect(404);
    assert_eq!(app.number("SELECT count(*) FROM images WHERE NOT is_deleted").await, 0);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds[kinds.len() - 2..], ["image.removed", "offer.deleted"]);
}

#[tokio::test]
async fn pictures_of_an_offer_with_a_code_are_shown_to_staff_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let secret = offer(&hotel, json!({"access": "code", "code": "FRIENDS"})).await;
    let path = format!("{OFFERS}/{}", secret.id());
    let picture = add(&hotel.manager, &path, "").await.expect(201);
    let (all, one) = (format!("{path}/images"), format!("{path}/images/{}", picture.id()));
    for path in [&all, &one] {
        for client in [app.anonymous(), app.guest().await] {
            assert_eq!(client.get(path).await.expect(404).code(), "request.not_found");
        }
    }
    assert_eq!(hotel.manager.get(&all).await.expect(200).body["items"], json!([picture.body]));
    assert_eq!(hotel.manager.get(&one).await.expect(200).body, picture.body);
    let elsewhere = app.hotel(HotelSpec::default()).await;
    add(&elsewhere.manager, &path, "").await.expect(404);
    let missing = hotel.manager.patch(&one, "\"9\"", &json!({"alt": "x"})).await.expect(412);
    assert_eq!(missing.code(), "request.precondition_failed");
}
