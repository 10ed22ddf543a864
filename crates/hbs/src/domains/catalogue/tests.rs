use crate::support::{Hotel, HotelSpec, TestApp, together};
use serde_json::{Value, json};

async fn found(app: &TestApp, hotel: &Hotel) -> Value {
    let path = format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11&adults=2", hotel.id);
    app.anonymous().get(&path).await.expect(200).body
}

/// Changes each table that a catalogue is made of, behind the back of a process that has read it.
#[tokio::test]
async fn a_change_is_told_by_every_process_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    let (id, double) = (&hotel.id, &hotel.double);
    let at = "'2026-12-01', '2026-12-01'";
    let amenity = "018f0000-0000-7000-8000-000000000001";
    let policy = format!("(SELECT cancellation_policy_id FROM rate_plans WHERE id = '{plan}')");
    let key = "a".repeat(64);
    let offer = "018f0000-0000-7000-8000-000000000002";
    let changes = [
        (format!("UPDATE room_types SET name = 'Twin' WHERE id = '{double}'"), "/name", json!("Twin")),
        (format!("INSERT INTO amenities VALUES ('{id}', '{amenity}', 'sauna', 'Sauna', 1, false, NULL, {at})"), "/amenities", json!([])),
        (format!("INSERT INTO room_type_amenities VALUES ('{id}', '{double}', '{amenity}', {at})"), "/amenities", json!(["sauna"])),
        (format!("UPDATE amenities SET code = 'spa' WHERE id = '{amenity}'"), "/amenities", json!(["spa"])),
        (format!("DELETE FROM room_type_amenities WHERE amenity_id = '{amenity}'"), "/amenities", json!([])),
        (
            format!(
                "INSERT INTO images (property_id, id, room_type_id, position, is_primary, alt, key, format, sizes, created_at, updated_at)
                 VALUES ('{id}', gen_random_uuid(), '{double}', 0, true, 'Bed', '{key}', 'jpeg', '[[10, 10]]', {at})"
            ),
            "/images/0/alt",
            json!("Bed"),
        ),
        (format!("UPDATE images SET alt = 'Window' WHERE property_id = '{id}'"), "/images/0/alt", json!("Window")),
        (format!("UPDATE rate_plans SET name = 'Best' WHERE id = '{plan}'"), "/plans/0/name", json!("Best")),
        (
            format!("UPDATE rate_plan_room_types SET price_minor = 12345 WHERE rate_plan_id = '{plan}'"),
            "/total/amount",
            json!("123.45"),
        ),
        (
            format!("INSERT INTO cancellation_windows VALUES ('{id}', {policy}, 24, 'nights', 1, {at})"),
            "/plans/0/cancellation_policy",
            json!("Free until 24 hours before arrival, then the first night. If you do not come: 100 % of the price."),
        ),
        (
            format!("DELETE FROM cancellation_windows WHERE property_id = '{id}'"),
            "/plans/0/cancellation_policy",
            json!("Free to cancel. If you do not come: 100 % of the price."),
        ),
        (
            format!("UPDATE cancellation_policies SET is_non_refundable = true WHERE id = {policy}"),
            "/plans/0/is_refundable",
            json!(false),
        ),
        (
            format!(
                "INSERT INTO tax_rules (property_id, id, name, kind, amount_minor, is_included, created_at, updated_at)
                 VALUES ('{id}', gen_random_uuid(), 'City', 'per_night', 100, false, {at})"
            ),
            "/total/amount",
            json!("124.45"),
        ),
        (format!("UPDATE tax_rules SET amount_minor = 200 WHERE property_id = '{id}'"), "/total/amount", json!("125.45")),
        (
            format!(
                "INSERT INTO offers (property_id, id, name, kind, percent_ppm, access, created_at, updated_at)
                 VALUES ('{id}', '{offer}', 'Half', 'percent', 500000, 'automatic', {at});
                 INSERT INTO offer_counters (property_id, offer_id, created_at, updated_at) VALUES ('{id}', '{offer}', {at})"
            ),
            "/plans/0/offers/0/name",
            json!("Half"),
        ),
        (format!("UPDATE offers SET name = 'Less' WHERE id = '{offer}'"), "/plans/0/offers/0/name", json!("Less")),
        (
            format!("INSERT INTO offer_rate_plans SELECT '{id}', '{offer}', id, {at} FROM rate_plans WHERE property_id = '{id}'"),
            "/plans/0/offers/0/name",
            json!("Less"),
        ),
        (
            format!(
                "UPDATE offers SET max_redemptions = 1 WHERE id = '{offer}';
                 UPDATE offer_counters SET used = 1 WHERE offer_id = '{offer}'"
            ),
            "/plans/0/offers",
            json!([]),
        ),
        (format!("UPDATE properties SET currency = 'USD' WHERE id = '{id}'"), "/total/currency", json!("USD")),
    ];
    for (sql, pointer, expected) in &changes {
        found(&app, &hotel).await;
        app.sql(sql).await;
        let body = found(&app, &hotel).await;
        assert_eq!(body["items"][0].pointer(pointer), Some(expected), "after {sql}: {body}");
    }
    let path = format!("/v1/availability?property_id={id}&check_in=2026-12-10&check_out=2026-12-11&adults=1&children=1");
    app.anonymous().get(&path).await.expect(200);
    app.sql(&format!("INSERT INTO age_bands VALUES ('{id}', 'child', 3, 12, {at})")).await;
    assert_eq!(app.anonymous().get(&path).await.expect(422).pointers(), ["/children"], "their ages count now");
    app.sql(&format!("UPDATE properties SET is_deleted = true, deleted_at = now() WHERE id = '{id}'")).await;
    app.anonymous().get(&path).await.expect(404);
}

#[tokio::test]
async fn what_is_not_committed_is_not_told() {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let rename = |name: &str| format!("UPDATE room_types SET name = '{name}' WHERE id = '{}'", hotel.double);
    let mut first = app.transaction(&rename("One")).await;
    assert_eq!(found(&app, &hotel).await["items"][0]["name"], "DBL");
    first.batch_execute("ROLLBACK").await.expect("rolled back");
    assert_eq!(found(&app, &hotel).await["items"][0]["name"], "DBL");
    let mut second = app.transaction(&rename("Two")).await;
    assert_eq!(found(&app, &hotel).await["items"][0]["name"], "DBL");
    second.batch_execute("COMMIT").await.expect("committed");
    assert_eq!(found(&app, &hotel).await["items"][0]["name"], "Two");
}

#[tokio::test]
async fn another_process_sells_at_the_new_price_at_once() {
    let app = TestApp::new().await;
    let second = app.second().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let types = format!("/v1/room-types/{}", hotel.double);
    let guest = app.guest().await;
    for price in ["101.00", "102.00", "103.00"] {
        let etag = hotel.manager.get(&types).await.expect(200).header("etag").to_owned();
        let body = json!({"base_price": {"amount": price, "currency": "EUR"}});
        hotel.manager.patch(&types, &etag, &body).await.expect(200);
        for app in [&second, &app] {
            assert_eq!(found(app, &hotel).await["items"][0]["total"]["amount"], price);
        }
        let guest = guest.at(second.router.clone());
        let mut request = hotel.request("2026-12-10", "2026-12-11");
        request["hold_minutes"] = json!(5);
        let booked = guest.post("/v1/bookings", &request).await.expect(201);
        assert_eq!(booked.body["total"]["amount"], price);
        let etag = booked.header("etag").to_owned();
        guest.with("If-Match", etag).post(&format!("/v1/bookings/{}/cancel", booked.id()), &json!({})).await.expect(200);
    }
}

/// Notes are taken last, so changes of one thing after another wait for nobody in a circle.
#[tokio::test]
async fn changes_at_once_do_not_block_each_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let before = app.deadlocks().await;
    let ids = [&hotel.double, &hotel.suite].map(|id| format!("/v1/room-types/{id}"));
    let renamed = (0..40).map(|n| {
        let (manager, path) = (hotel.manager.clone(), ids[n % 2].clone());
        async move {
            let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
            manager.patch(&path, &etag, &json!({"name": format!("Name {n}")})).await.status
        }
    });
    let statuses = together(renamed).await;
    assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    assert_eq!(app.deadlocks_at_the_end().await, before);
}
