//! Tests of what readers find, and in which order; and what is left of somebody who was forgotten.
use super::{REVIEWS, departed, guest_who_left, path_of, review_of, summary, write};
use crate::support::{Client, Hotel, HotelSpec, TestApp};
use hbs::domains::reviews;
use hbs::outbox::Cause;
use http::Method;
use serde_json::{Value, json};

/// Reviews with these ratings, languages and journeys, in this order: their ids.
async fn several(app: &TestApp, hotel: &Hotel, guest: &Client, of: &[(i32, &str, &str)]) -> Vec<String> {
    let mut ids = Vec::new();
    for (overall, language, travel_type) in of {
        let booking = departed(app, hotel, guest).await;
        let mut review = review_of(booking.id(), *overall);
        review["language"] = json!(language);
        review["travel_type"] = json!(travel_type);
        ids.push(guest.post(REVIEWS, &review).await.expect(201).id().to_owned());
    }
    ids
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn readers_choose_and_sort_reviews() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let of = [(5, "en", "couple"), (1, "pt", "family"), (4, "pt-BR", "family"), (5, "en-GB", "solo"), (3, "de", "business")];
    let made = several(&app, &hotel, &guest, &of).await;
    let list =
        async |choice: &str| app.anonymous().get(&format!("{REVIEWS}?property_id={}{choice}", hotel.id)).await.expect(200).body;
    for (choice, expected) in [
        ("", vec![4, 3, 2, 1, 0]),
        ("&sort=created_at", vec![0, 1, 2, 3, 4]),
        ("&sort=rating", vec![1, 4, 2, 0, 3]),
        ("&sort=-rating", vec![3, 0, 2, 4, 1]),
        ("&rating=5", vec![3, 0]),
        ("&rating=1,3", vec![4, 1]),
        ("&language=pt", vec![2, 1]),
        ("&language=en&travel_type=solo", vec![3]),
        ("&has_response=true", vec![]),
    ] {
        let expected: Vec<&str> = expected.into_iter().map(|place: usize| made[place].as_str()).collect();
        let whole = list(choice).await;
        assert_eq!(ids(&whole), expected, "{choice}");
        // Page by page the same.
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&format!("{choice}&limit=2{cursor}")).await;
            found.extend(ids(&page).into_iter().map(String::from));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, expected, "{choice} by pages");
    }
    let of_families = list("&language=pt&travel_type=family").await["summary"].clone();
    assert_eq!((&of_families["count"], &of_families["average"]), (&json!(2), &json!(2.5)));
    assert_eq!(list("").await["summary"]["histogram"], json!([1, 0, 1, 1, 2]));
    for (wrong, pointer) in
        [("&rating=6", "/rating"), ("&language=PT", "/language"), ("&sort=stars", "/sort"), ("&limit=0", "/limit")]
    {
        let refused = app.anonymous().get(&format!("{REVIEWS}?property_id={}{wrong}", hotel.id)).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{wrong}");
    }
    let nowhere = app.anonymous().get(&format!("{REVIEWS}?property_id={}", uuid::Uuid::now_v7())).await;
    assert_eq!(nowhere.status, 404);
}

/// A copy is asked for anew each time, and is right directly after each change.
#[tokio::test]
async fn a_copy_holds_until_something_changes() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let path = format!("{REVIEWS}?property_id={}", hotel.id);
    let reader = app.anonymous();
    let empty = reader.get(&path).await.expect(200);
    assert_eq!(reader.with("if-none-match", empty.header("etag")).get(&path).await.status, 304);
    let written = write(&guest, &booking, 4).await.expect(201);
    let one = reader.with("if-none-match", empty.header("etag")).get(&path).await.expect(200);
    assert_eq!(ids(&one.body), [written.id()]);
    let response = json!({"text": "Thank you.", "language": "en"}).to_string();
    let answered = hotel.manager.with("if-match", "\"1\"");
    answered.send(Method::PUT, &format!("{}/response", path_of(&written)), Some(response)).await.expect(200);
    let two = reader.with("if-none-match", one.header("etag")).get(&path).await.expect(200);
    assert_eq!(two.body["items"][0]["response"]["text"], "Thank you.");
}

/// Texts are data wherever they go: whoever shows them as markup has the characters as they were typed.
#[tokio::test]
async fn scripts_in_texts_are_inert() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`";
    let mut review = review_of(booking.id(), 4);
    for field in ["title", "text"] {
        review[field] = json!(hostile);
    }
    review["author_name"] = json!("<svg onload=alert(1)>");
    let written = guest.post(REVIEWS, &review).await.expect(201);
    let shown = app.anonymous().get(&path_of(&written)).await.expect(200);
    assert_eq!((&shown.body["title"], &shown.body["text"]), (&json!(hostile), &json!(hostile)));
    assert_eq!((shown.header("content-type"), shown.header("x-content-type-options")), ("application/json", "nosniff"));

    let markup = format!("/v1/properties/{}/reviews.jsonld", hotel.id);
    let marked_up = app.anonymous().get(&markup).await.expect(200);
    assert_eq!(marked_up.header("content-type"), "application/ld+json");
    assert_eq!(marked_up.body["review"][0]["reviewBody"], json!(hostile));
    assert!(!marked_up.bytes.contains(&b'<'), "it can stand in a script element");

    let response = json!({"text": hostile, "language": "en"}).to_string();
    let staff = hotel.manager.with("if-match", "\"1\"");
    staff.send(Method::PUT, &format!("{}/response", path_of(&written)), Some(response)).await.expect(200);
    let mails = app.mail_to("ana@example.com").await;
    let html = mails[0]["html"].as_str().expect("HTML");
    assert!(html.contains("&lt;script&gt;") || html.contains("&lt;&#x2f;script"), "{html}");
    assert!(!html.contains("<script") && !html.contains("<img src=x"), "{html}");
}

#[tokio::test]
async fn search_engines_are_told_of_reviews_that_there_are() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let markup = format!("/v1/properties/{}/reviews.jsonld", hotel.id);
    let none = app.anonymous().get(&markup).await.expect(200).body;
    assert_eq!((&none["@type"], &none["review"], none.get("aggregateRating")), (&json!("Hotel"), &json!([]), None));
    write(&guest, &booking, 4).await.expect(201);
    let one = app.anonymous().get(&markup).await.expect(200).body;
    assert_eq!(
        one["aggregateRating"],
        json!({"@type": "AggregateRating", "ratingValue": 4.0, "reviewCount": 1, "bestRating": 5, "worstRating": 1})
    );
    assert_eq!((&one["review"][0]["author"]["name"], &one["review"][0]["datePublished"]), (&json!("Ana"), &json!("2026-12-02")));
}

#[tokio::test]
async fn staff_see_figures_month_by_month() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    write(&guest, &booking, 4).await.expect(201);
    let second = departed(&app, &hotel, &guest).await;
    let written = write(&guest, &second, 1).await.expect(201);
    app.sql(&format!("UPDATE reviews SET departed_on = '2026-10-31' WHERE id = '{}'", written.id())).await;
    let path = format!("{REVIEWS}/figures?property_id={}&from=2026-01-01&to=2026-12-31", hotel.id);
    let figures = hotel.manager.get(&path).await.expect(200).body;
    let months: Vec<(&Value, &Value, &Value)> = figures["months"]
        .as_array()
        .expect("months")
        .iter()
        .map(|month| (&month["month"], &month["count"], &month["average"]))
        .collect();
    assert_eq!(months, [(&json!("2026-10"), &json!(1), &json!(1.0)), (&json!("2026-12"), &json!(1), &json!(4.0))]);
    for to in ["2025-12-31", "2036-01-02"] {
        let wrong = hotel.manager.get(&format!("{REVIEWS}/figures?property_id={}&from=2026-01-01&to={to}", hotel.id)).await;
        assert_eq!(wrong.expect(422).pointers(), ["/to"], "{to}");
    }
}

/// T-rev-erase, as far as reviews have a part in it: the words go, the rating stays.
#[tokio::test]
async fn who_is_forgotten_leaves_a_rating() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 2).await.expect(201);
    guest.upload(Method::POST, &format!("{}/photos", path_of(&written)), "image/png", &super::png()).await.expect(201);
    let before = summary(&app, &hotel).await;
    let author = guest.user_id().parse().expect("an id");
    let cause = Cause::system(app.app.clock.now());
    assert_eq!(reviews::forget_author(&app.app, author, &cause).await.expect("forgotten"), 1);
    let shown = app.anonymous().get(&path_of(&written)).await.expect(200).body;
    for field in ["author_name", "title", "text"] {
        assert_eq!(shown[field], Value::Null, "{field}");
    }
    assert_eq!((&shown["ratings"]["overall"], &shown["photos"]), (&json!(2), &json!([])));
    assert_eq!(summary(&app, &hotel).await, before);
    assert_eq!(reviews::forget_author(&app.app, author, &cause).await.expect("forgotten"), 0, "there is nothing left");
}

/// F19: what quotes somebody who is forgotten goes, however their name is written there.
#[tokio::test]
async fn an_answer_that_quotes_who_is_forgotten_goes_however_the_name_is_written() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 2).await.expect(201);
    let answer = json!({"text": "Dear JURGEN Müller, thank you.", "language": "en"}).to_string();
    let path = format!("{}/response", path_of(&written));
    hotel.manager.with("if-match", "\"1\"").send(Method::PUT, &path, Some(answer)).await.expect(200);
    let author: uuid::Uuid = guest.user_id().parse().expect("an id");
    let cause = Cause::system(app.app.clock.now());
    for (words, text) in [("somebody else", "Dear JURGEN Müller, thank you."), ("jürgen mu\u{308}ller", "[erased]")] {
        let booking_id: uuid::Uuid = booking.id().parse().expect("an id");
        let hotel_id: uuid::Uuid = hotel.id.parse().expect("an id");
        let forgotten = reviews::Forgotten {
            authors: &[author],
            property_ids: &[hotel_id],
            booking_ids: &[booking_id],
            words: &[words.to_owned()],
        };
        let conn = app.app.db.conn().await.expect("a connection");
        assert_eq!(reviews::forget_guests(&conn, forgotten, &cause).await.expect("forgotten").0, 1);
        drop(conn);
        let shown = app.anonymous().get(&path_of(&written)).await.expect(200).body;
        assert_eq!(shown["response"]["text"], text);
    }
}
