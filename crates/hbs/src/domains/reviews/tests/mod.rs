//! Reviews through the API: who writes them, who sees what, and what comes of it.
mod averages;
mod fraud;
mod links;
mod moderating;
mod reading;
mod refusals;
mod xss;

use crate::every_route::Exception::{ForLinksToo, KeyedForAll, OfOwner, Public};
use crate::every_route::{Call, Request, TO_LOOK, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act};
use http::Method;
use serde_json::{Value, json};

const REVIEWS: &str = "/v1/reviews";
/// Why a guest without an account may do what the owner of an account may.
const BY_LINK: &str = "guests without an account have a link to their booking";

/// A review with ratings and words.
fn words(overall: i32) -> Value {
    json!({
        "ratings": {"overall": overall, "staff": 5, "value": 3}, "title": "Quiet rooms", "text": "Good bed.\nBetter breakfast.",
        "language": "en", "travel_type": "couple",
    })
}

fn review_of(booking: &str, overall: i32) -> Value {
    let mut review = words(overall);
    review["booking_id"] = json!(booking);
    review
}

async fn write(guest: &Client, booking: &Reply, overall: i32) -> Reply {
    guest.post(REVIEWS, &review_of(booking.id(), overall)).await
}

/// A guest's stay of one night at a hotel, from the arrival to the check-out: "today" is 2026-12-02 then.
async fn departed(app: &TestApp, hotel: &Hotel, guest: &Client) -> Reply {
    app.set_clock("2026-12-01T12:00:00Z");
    let booking = hotel.book(guest, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-02T10:00:00Z");
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    booking
}

/// A hotel, a guest, and the guest's booking whose stay has ended.
async fn guest_who_left() -> (TestApp, Hotel, Client, Reply) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 6, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = departed(&app, &hotel, &guest).await;
    (app, hotel, guest, booking)
}

/// The figures that everybody sees of a hotel.
async fn summary(app: &TestApp, hotel: &Hotel) -> Value {
    app.anonymous().get(&format!("{REVIEWS}/summary?property_id={}", hotel.id)).await.expect(200).body
}

fn path_of(review: &Reply) -> String {
    format!("{REVIEWS}/{}", review.id())
}

fn png() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut file, image::ImageFormat::Png).expect("a picture");
    file.into_inner()
}

/// A stay that is over at once.
async fn let_leave(app: &TestApp, booking: &str) {
    app.sql(&format!(
        "UPDATE stays SET status = 'checked_out' WHERE booking_id = '{booking}';
         UPDATE bookings SET status = 'checked_out' WHERE id = '{booking}'"
    ))
    .await;
}

/// The token of an invitation to review a booking, as it would have been mailed.
async fn invited(app: &TestApp, booking: &str) -> String {
    let token = format!("token-{booking}");
    app.sql(&format!(
        "INSERT INTO review_invitations (property_id, booking_id, token_hash, expires_at, created_at, updated_at)
         SELECT property_id, id, sha256('{token}'), '2027-01-01T00:00:00Z', now(), now() FROM bookings WHERE id = '{booking}'"
    ))
    .await;
    token
}

/// The owner's booking, whose stay has ended.
async fn left(w: &World) -> &str {
    let booking = w.booking().await;
    let_leave(&w.app, booking).await;
    booking
}

/// A review by the owner.
async fn a_review(w: &World) -> String {
    let booking = left(w).await;
    w.owner.post(REVIEWS, &review_of(booking, 4)).await.expect(201).id().to_owned()
}

/// A review by the owner with a photo: the ids of both.
async fn with_photo(w: &World) -> (String, String) {
    let review = a_review(w).await;
    let path = format!("{REVIEWS}/{review}/photos");
    let added = w.owner.upload(Method::POST, &path, "image/png", &png()).await.expect(201);
    // The version that the call names is that of a thing that nobody has touched.
    w.app.sql(&format!("UPDATE reviews SET version = 1 WHERE id = '{review}'")).await;
    (review, added.body["photos"][0]["id"].as_str().expect("a photo").to_owned())
}

pub fn requests() -> Vec<Request> {
    [of_readers(), of_authors(), of_staff()].into_iter().flatten().collect()
}

fn of_readers() -> Vec<Request> {
    vec![
        Request::new("list_reviews", async |w| {
            a_review(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("get_review_summary", async |w| {
            a_review(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("list_review_averages", async |w| {
            a_review(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("get_review", async |w| Call::to(&a_review(w).await)).but(Public, TO_LOOK),
        Request::new("get_review_photo", async |w| {
            let (review, photo) = with_photo(w).await;
            Call::to(&review).and(&photo)
        })
        .but(Public, TO_LOOK),
        Request::new("get_review_markup", async |w| {
            a_review(w).await;
            Call::to(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("report_review", async |w| Call::to(&a_review(w).await).json(&json!({"reason": "off_topic"}))),
    ]
}

fn of_authors() -> Vec<Request> {
    vec![
        Request::new("create_review", async |w| Call::plain().json(&review_of(left(w).await, 5)))
            .but(ForLinksToo, BY_LINK)
            .but(OfOwner, "it is about a stay of one's own"),
        Request::new("open_review_link", async |w| {
            let token = invited(&w.app, left(w).await).await;
            Call::plain().json(&json!({"token": token}))
        })
        .but(Public, "the link is the proof"),
        Request::new("create_review_by_link", async |w| {
            let mut review = words(5);
            review["token"] = json!(invited(&w.app, left(w).await).await);
            Call::plain().json(&review)
        })
        .but(Public, "the link is the proof")
        .but(KeyedForAll, "the link works once, and an answer may be lost"),
        Request::new("list_own_reviews", async |w| {
            a_review(w).await;
            Call::plain()
        })
        .but(OfOwner, "they are one's own"),
        Request::new("update_review", async |w| Call::to(&a_review(w).await).json(&json!({"title": "Quiet"})))
            .but(ForLinksToo, BY_LINK)
            .but(OfOwner, "it is one's own"),
        Request::new("delete_review", async |w| Call::to(&a_review(w).await))
            .but(ForLinksToo, BY_LINK)
            .but(OfOwner, "it is one's own"),
        Request::new("add_review_photo", async |w| Call::to(&a_review(w).await).picture())
            .but(ForLinksToo, BY_LINK)
            .but(OfOwner, "it is of one's own review"),
        Request::new("delete_review_photo", async |w| {
            let (review, photo) = with_photo(w).await;
            Call::to(&review).and(&photo)
        })
        .but(ForLinksToo, BY_LINK)
        .but(OfOwner, "it is of one's own review"),
    ]
}

fn of_staff() -> Vec<Request> {
    vec![
        Request::new("list_reviews_as_staff", async |w| {
            a_review(w).await;
            Call::plain()
        }),
        Request::new("get_review_figures", async |w| {
            a_review(w).await;
            Call::about(w.property().await).query("from", "2026-01-01").query("to", "2026-12-31")
        }),
        Request::new("respond_to_review", async |w| {
            Call::to(&a_review(w).await).json(&json!({"text": "Thank you.", "language": "en"}))
        }),
        Request::new("withdraw_review_response", async |w| {
            let review = a_review(w).await;
            w.app
                .sql(&format!(
                    "UPDATE reviews SET response = 'Thank you.', response_language = 'en', responded_at = now() WHERE id = '{review}'"
                ))
                .await;
            Call::to(&review)
        }),
        Request::new("list_review_response_versions", async |w| Call::to(&a_review(w).await)),
        Request::new("moderate_review", async |w| {
            Call::to(&a_review(w).await).json(&json!({"action": "hide", "reason": "off_topic"}))
        }),
        Request::new("list_review_reports", async |w| Call::to(&a_review(w).await)),
    ]
}

#[tokio::test]
async fn a_guest_who_has_left_reviews_the_stay() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 4).await.expect(201);
    assert_eq!((written.header("etag"), written.header("location")), ("\"1\"", path_of(&written).as_str()));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("review.created"));

    let shown = app.anonymous().get(&path_of(&written)).await.expect(200);
    assert_eq!(
        shown.body,
        json!({
            "id": written.id(), "property_id": hotel.id, "room_type_id": hotel.double, "status": "published", "author_name": "Ana",
            "ratings": {"overall": 4, "staff": 5, "cleanliness": null, "comfort": null, "location": null, "facilities": null, "value": 3},
            "title": "Quiet rooms", "text": "Good bed.\nBetter breakfast.", "language": "en", "travel_type": "couple",
            "stayed_in": "2026-12", "nights": 1, "photos": [], "response": null, "edited_at": null, "version": 1,
            "created_at": "2026-12-02T10:00:00Z", "updated_at": "2026-12-02T10:00:00Z",
        })
    );
    let own = guest.get(&path_of(&written)).await.expect(200);
    assert_eq!((&own.body["booking_id"], &own.body["is_suspended"]), (&json!(booking.id()), &json!(false)));
    assert_eq!(guest.get("/v1/me/reviews").await.expect(200).body["items"][0], own.body);

    let figures = summary(&app, &hotel).await;
    assert_eq!(
        (&figures["count"], &figures["average"], &figures["histogram"]),
        (&json!(1), &json!(4.0), &json!([0, 0, 0, 1, 0]))
    );
    assert_eq!((&figures["categories"]["staff"], &figures["categories"]["comfort"]), (&json!(5.0), &Value::Null));
}

#[tokio::test]
async fn authors_change_and_remove_what_they_wrote_for_some_days() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 2).await.expect(201);
    let path = path_of(&written);
    app.set_clock("2026-12-03T10:00:00Z");
    let change = json!({"ratings": {"overall": 5, "staff": null}, "title": null, "text": "All is well.", "author_name": "A. S."});
    let changed = guest.patch(&path, "\"1\"", &change).await.expect(200);
    assert_eq!((&changed.body["ratings"]["overall"], &changed.body["ratings"]["staff"]), (&json!(5), &Value::Null));
    assert_eq!((&changed.body["title"], &changed.body["text"]), (&Value::Null, &json!("All is well.")));
    assert_eq!((&changed.body["author_name"], &changed.body["edited_at"]), (&json!("A. S."), &json!("2026-12-03T10:00:00Z")));
    assert_eq!(guest.patch(&path, "\"1\"", &change).await.expect(412).code(), "request.precondition_failed");
    let figures = summary(&app, &hotel).await;
    assert_eq!((&figures["average"], &figures["categories"]["staff"]), (&json!(5.0), &Value::Null));

    for (wrong, pointer) in [
        (json!({"ratings": {"overall": 6}}), "/ratings/overall"),
        (json!({"ratings": {"value": 0}}), "/ratings/value"),
        (json!({"language": "English"}), "/language"),
        (json!({"travel_type": "pilgrims"}), "/travel_type"),
        (json!({"text": ""}), "/text"),
        (json!({"author_name": null}), "/author_name"),
    ] {
        let refused = guest.patch(&path, "\"2\"", &wrong).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{wrong}");
    }

    app.set_clock("2027-01-01T10:00:00Z");
    let late = guest.patch(&path, "\"2\"", &json!({"title": "Late"})).await.expect(409);
    assert_eq!(late.code(), "review.edit_over");
    assert_eq!(guest.delete(&path, "\"2\"").await.expect(409).code(), "review.edit_over");
    app.set_clock("2026-12-31T10:00:00Z");
    guest.delete(&path, "\"2\"").await.expect(204);
    assert_eq!(app.anonymous().get(&path).await.status, 404);
    assert_eq!(guest.get(&path).await.status, 404);
    let figures = summary(&app, &hotel).await;
    assert_eq!((&figures["count"], &figures["average"]), (&json!(0), &Value::Null));
    assert_eq!(write(&guest, &booking, 5).await.expect(409).code(), "review.already_written");
    let words = "SELECT count(*) FROM reviews WHERE num_nonnulls(author_name, title, body) > 0";
    assert_eq!(app.number(words).await, 0, "words of a review that its author removed");
}

/// A photo goes where its review goes. What the hotel sees and says of it is in `images`.
#[tokio::test]
async fn photos_are_shown_to_whom_the_review_is_shown() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 4).await.expect(201);
    let path = path_of(&written);
    let added = guest.upload(Method::POST, &format!("{path}/photos"), "image/png", &png()).await.expect(201);
    let url = added.body["photos"][0]["url"].as_str().expect("an address").to_owned();
    assert_eq!((added.header("etag"), added.header("location")), ("\"2\"", url.as_str()));
    assert_eq!(app.anonymous().get(&url).await.expect(200).header("content-type"), "image/jpeg");
    let file = app.number("SELECT count(*) FROM review_photos WHERE length(key) = 64").await;
    assert_eq!(file, 1);

    let hidden = hotel.manager.post(&format!("{path}/moderate"), &json!({"action": "hide", "reason": "personal_data"})).await;
    hidden.expect(200);
    assert_eq!(app.anonymous().get(&url).await.status, 404);
    assert_eq!(guest.get(&url).await.status, 200, "its author");
    assert_eq!(hotel.manager.get(&url).await.status, 200, "staff");

    assert_eq!(guest.upload(Method::POST, &format!("{path}/photos"), "image/png", b"no picture").await.status, 415);
    for _ in 0..9 {
        guest.upload(Method::POST, &format!("{path}/photos"), "image/png", &png()).await.expect(201);
    }
    let many = guest.upload(Method::POST, &format!("{path}/photos"), "image/png", &png()).await.expect(409);
    assert_eq!(many.code(), "review.too_many_photos");
    // Whoever removes or adds one names the version of the review that they saw.
    let etag = guest.get(&path).await.expect(200).header("etag").to_owned();
    assert_eq!(guest.send(Method::DELETE, &url, None).await.expect(428).code(), "request.precondition_required");
    assert_eq!(guest.delete(&url, "\"2\"").await.expect(412).code(), "request.precondition_failed");
    guest.delete(&url, &etag).await.expect(204);
    assert_eq!(guest.get(&url).await.status, 404);
    let stale = guest.with("if-match", etag).upload(Method::POST, &format!("{path}/photos"), "image/png", &png()).await;
    assert_eq!(stale.expect(412).code(), "request.precondition_failed");
    let left = guest.get(&path).await.expect(200).body["photos"].as_array().map(Vec::len);
    assert_eq!((left, app.number("SELECT count(*) FROM review_photos").await), (Some(9), 9));
    let other = app.guest().await;
    assert_eq!(other.upload(Method::POST, &format!("{path}/photos"), "image/png", &png()).await.status, 404);
}
