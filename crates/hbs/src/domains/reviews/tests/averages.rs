//! Averages are exact at every instant, whatever happens at once.
use super::{REVIEWS, review_of, words};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, size, together};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Copies of a booking whose stay has ended, each of one account: their ids.
async fn stays_of(app: &TestApp, hotel: &Hotel, guest: &Client, count: usize) -> Vec<String> {
    let one = hotel.book(guest, "2026-12-01", "2026-12-02").await;
    super::let_leave(app, one.id()).await;
    let booking = one.id();
    app.sql(&format!(
        "INSERT INTO bookings SELECT (jsonb_populate_record(t, jsonb_build_object(
             'id', md5('review' || n)::uuid, 'reference', 'REV-' || n, 'external_reference', null))).*
         FROM bookings t, generate_series(1, {count}) n WHERE t.id = '{booking}';
         INSERT INTO stays SELECT (jsonb_populate_record(t, jsonb_build_object(
             'id', md5('stay' || n)::uuid, 'booking_id', md5('review' || n)::uuid, 'room_id', null,
             'room_type_id', CASE n % 2 WHEN 0 THEN t.room_type_id ELSE '{suite}'::uuid END))).*
         FROM stays t, generate_series(1, {count}) n WHERE t.booking_id = '{booking}'",
        suite = hotel.suite,
    ))
    .await;
    let rows = app.rows(&format!("SELECT md5('review' || n)::uuid::text AS id FROM generate_series(1, {count}) n")).await;
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// SQL for the number of types of rooms whose kept sums are not what counting the reviews gives, in one snapshot.
const WRONG: &str = "SELECT count(*) FROM (
        SELECT property_id, room_type_id, reviews, rated_1, rated_2, rated_3, rated_4, rated_5, staff_count, staff_sum,
               value_count, value_sum FROM review_totals WHERE reviews > 0) kept
    FULL JOIN (
        SELECT property_id, room_type_id, count(*) AS reviews, count(*) FILTER (WHERE overall = 1) AS rated_1,
               count(*) FILTER (WHERE overall = 2) AS rated_2, count(*) FILTER (WHERE overall = 3) AS rated_3,
               count(*) FILTER (WHERE overall = 4) AS rated_4, count(*) FILTER (WHERE overall = 5) AS rated_5,
               count(staff) AS staff_count, coalesce(sum(staff), 0) AS staff_sum, count(value) AS value_count,
               coalesce(sum(value), 0) AS value_sum
        FROM reviews WHERE status = 'published' AND NOT is_suspended AND NOT is_deleted GROUP BY 1, 2) counted
    USING (property_id, room_type_id, reviews, rated_1, rated_2, rated_3, rated_4, rated_5, staff_count, staff_sum,
           value_count, value_sum)
    WHERE kept.property_id IS NULL OR counted.property_id IS NULL";

/// Does with the reviews of some stays all that changes what counts.
async fn live(guest: Client, manager: Client, bookings: Vec<String>) -> Vec<Reply> {
    let mut replies = Vec::new();
    for (n, booking) in bookings.iter().enumerate() {
        let stars = i32::try_from(n % 5).expect("few") + 1;
        let written = guest.post(REVIEWS, &review_of(booking, stars)).await;
        let path = format!("{REVIEWS}/{}", written.id());
        let mut etag = written.header("etag").to_owned();
        replies.push(written);
        for step in 0..(n % 4) {
            let change =
                json!({"ratings": {"overall": (n + step) % 5 + 1, "staff": if step == 1 { Value::Null } else { json!(2) }}});
            let changed = guest.patch(&path, &etag, &change).await;
            etag = changed.header("etag").to_owned();
            replies.push(changed);
        }
        match n % 3 {
            0 => replies.push(guest.delete(&path, &etag).await),
            1 => {
                replies.push(manager.post(&format!("{path}/moderate"), &json!({"action": "hide", "reason": "fake"})).await);
                if n % 2 == 0 {
                    replies.push(manager.post(&format!("{path}/moderate"), &json!({"action": "publish"})).await);
                }
            }
            _ => {}
        }
    }
    replies
}

/// T-rev-avg: at every sampled instant the sums are what counting gives, while many write, change, remove and hide.
#[tokio::test]
async fn averages_are_exact_at_every_instant() {
    let app = Arc::new(TestApp::new().await);
    let deadlocks = app.deadlocks().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 2, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    // Some four changes of each.
    let stays = stays_of(&app, &hotel, &guest, size(176, 3_200)).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let (sampled, over) = (Arc::clone(&app), Arc::clone(&is_over));
    let sampler = tokio::spawn(async move {
        let mut samples = 0;
        while !over.load(Ordering::Relaxed) {
            assert_eq!(sampled.number(WRONG).await, 0, "sums that are wrong at sample {samples}");
            samples += 1;
        }
        samples
    });
    let work = stays
        .chunks(stays.len().div_ceil(size(16, 64)))
        .map(|bookings| live(guest.clone(), hotel.manager.clone(), bookings.to_vec()));
    let replies: Vec<Reply> = together(work.collect::<Vec<_>>()).await.into_iter().flatten().collect();
    is_over.store(true, Ordering::Relaxed);
    let samples = sampler.await.expect("every sample right");
    assert!(samples > 10, "only {samples} samples");
    for reply in &replies {
        assert!([200, 201, 204].contains(&reply.status), "{} {}", reply.status, reply.body);
    }
    assert!(replies.len() >= size(500, 10_000), "only {} changes", replies.len());

    assert_eq!(app.number(WRONG).await, 0);
    let shown = super::summary(&app, &hotel).await;
    let counted = app.number("SELECT count(*) FROM reviews WHERE is_counted").await;
    let sum = app.number("SELECT coalesce(sum(overall), 0) FROM reviews WHERE is_counted").await;
    assert_eq!(shown["count"], json!(counted));
    let average = shown["average"].as_f64().expect("a number");
    let exact = f64::from(i32::try_from(sum).expect("small")) / f64::from(i32::try_from(counted).expect("small"));
    assert!((average - exact).abs() <= 0.005, "{average} and {exact}");
    // By language and journey the figures are counted, and come to the same.
    let chosen = app.anonymous().get(&format!("{REVIEWS}/summary?property_id={}&language=en&travel_type=couple", hotel.id)).await;
    assert_eq!(chosen.expect(200).body, shown);
    let app = Arc::into_inner(app).expect("the only one");
    assert_eq!(app.deadlocks_at_the_end().await, deadlocks, "deadlocks");
}

/// The hotel's sums are those of its types of rooms.
#[tokio::test]
async fn a_hotel_and_its_types_of_rooms_have_their_averages() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 2, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["rooms"] = json!([{"room_type_id": hotel.double, "adults": 2}, {"room_type_id": hotel.suite, "adults": 2}]);
    let booking = guest.post("/v1/bookings", &request).await.expect(201);
    super::let_leave(&app, booking.id()).await;
    let refused = guest.post(REVIEWS, &review_of(booking.id(), 4)).await.expect(422);
    assert_eq!(refused.pointers(), ["/room_type_id"], "the guests were in rooms of two types");
    for (room_type_id, stars) in [(&hotel.double, 2), (&hotel.suite, 5)] {
        let mut review = words(stars);
        review["booking_id"] = json!(booking.id());
        review["room_type_id"] = json!(room_type_id);
        guest.post(REVIEWS, &review).await.expect(201);
    }
    let of = async |choice: &str| {
        let figures = app.anonymous().get(&format!("{REVIEWS}/summary?property_id={}{choice}", hotel.id)).await.expect(200).body;
        (figures["count"].clone(), figures["average"].clone())
    };
    assert_eq!(of("").await, (json!(2), json!(3.5)));
    assert_eq!(of(&format!("&room_type_id={}", hotel.double)).await, (json!(1), json!(2.0)));
    assert_eq!(of(&format!("&room_type_id={}", hotel.suite)).await, (json!(1), json!(5.0)));

    let dates = "check_in=2026-12-10&check_out=2026-12-11";
    let found = app.anonymous().get(&format!("/v1/availability?property_id={}&{dates}", hotel.id)).await.expect(200).body;
    assert_eq!(found["reviews"], json!({"count": 2, "average": 3.5}));
    let types = found["items"].as_array().expect("types");
    let double = types.iter().find(|kind| kind["room_type_id"] == json!(hotel.double)).expect("the doubles");
    assert_eq!(double["reviews"], json!({"count": 1, "average": 2.0}));
    for (choice, found) in [("", 1), ("&min_rating=3.5", 1), ("&min_rating=3.6", 0), ("&sort=rating", 1)] {
        let hotels = app.anonymous().get(&format!("/v1/availability/hotels?city=Lisboa&{dates}{choice}")).await.expect(200).body;
        assert_eq!(hotels["items"].as_array().map(Vec::len), Some(found), "{choice}: {hotels}");
    }

    // A hotel that is not there is left out; one without reviews has none.
    let silent = app.hotel(HotelSpec::default()).await;
    let of = format!("{REVIEWS}/averages?property_id={},{},{}", hotel.id, silent.id, uuid::Uuid::now_v7());
    let averages = app.anonymous().get(&of).await.expect(200).body;
    let expected = json!([
        {"property_id": hotel.id, "reviews": {"count": 2, "average": 3.5}, "room_types": [
            {"room_type_id": hotel.double, "reviews": {"count": 1, "average": 2.0}},
            {"room_type_id": hotel.suite, "reviews": {"count": 1, "average": 5.0}},
        ]},
        {"property_id": silent.id, "reviews": {"count": 0, "average": null}, "room_types": []},
    ]);
    assert_eq!(averages["items"], expected);
    let refused = app.anonymous().get(&format!("{REVIEWS}/averages?property_id={},x", hotel.id)).await.expect(422);
    assert_eq!(refused.pointers(), ["/property_id"]);
}

/// The hotels of a search come in the order of their averages.
#[tokio::test]
async fn hotels_are_sorted_by_their_averages() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let mut expected = Vec::new();
    for stars in [Some(3), Some(5), None] {
        let hotel = app.hotel(HotelSpec::default()).await;
        if let Some(stars) = stars {
            let booking = super::departed(&app, &hotel, &guest).await;
            super::write(&guest, &booking, stars).await.expect(201);
        }
        expected.push((stars, hotel.id));
    }
    expected.sort_by_key(|(stars, _)| std::cmp::Reverse(*stars));
    let dates = "check_in=2026-12-10&check_out=2026-12-11";
    let hotels = app.anonymous().get(&format!("/v1/availability/hotels?city=Lisboa&{dates}&sort=rating")).await.expect(200).body;
    let found: Vec<&Value> = hotels["items"].as_array().expect("hotels").iter().map(|hotel| &hotel["property_id"]).collect();
    assert_eq!(found, expected.iter().map(|(_, id)| json!(id)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}
