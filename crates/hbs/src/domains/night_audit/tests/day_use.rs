//! Rooms that were sold by day, when their date is closed: whoever has not left is due for departure.
use super::{business_date, preview, run};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, eur};
use serde_json::{Value, json};

const TODAY: &str = "2026-12-01";

/// A hotel with a room that is sold by day at 60.00 and for a night at 100.00.
async fn hotel(app: &TestApp, settings: Value) -> Hotel {
    let hotel = app.hotel(HotelSpec { rooms: 1, settings, ..HotelSpec::default() }).await;
    app.sql("UPDATE rate_plan_room_types SET day_price_minor = 6000").await;
    hotel
}

async fn by_day(hotel: &Hotel) -> Reply {
    hotel.manager.post("/v1/bookings", &hotel.request(TODAY, TODAY)).await.expect(201)
}

/// What the report of occupancy says of a date.
async fn occupancy(hotel: &Hotel) -> Value {
    let path = format!("/v1/reports/occupancy?property_id={}&from={TODAY}&to={TODAY}", hotel.id);
    hotel.manager.get(&path).await.expect(200).body["items"][0].clone()
}

#[tokio::test]
async fn guests_of_the_day_who_have_not_left_are_due_and_stay_the_night_or_leave() {
    let app = TestApp::new().await;
    let hotel = hotel(&app, json!({})).await;
    let levy = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"),
                      "is_included": false});
    hotel.manager.post("/v1/tax-rules", &levy).await.expect(201);
    let day = by_day(&hotel).await;
    let stay = day.body["stays"][0]["id"].clone();
    act(&hotel.manager, &day, "check-in").await.expect(200);
    let told = preview(&hotel).await;
    let due = &told["departures"][0];
    assert_eq!((&due["stay_id"], &due["check_out"], &due["next"]), (&stay, &json!(TODAY), &Value::Null));
    app.set_clock("2026-12-02T02:00:00Z");
    let open = run(&hotel, TODAY, json!({})).await.expect(409);
    assert_eq!((open.code(), &open.body["departures"][0]["stay_id"]), ("night_audit.departures_open", &stay));

    let closed = run(&hotel, TODAY, json!({"extend_stays": [stay]})).await.expect(200);
    assert_eq!(
        (&closed.body["rooms_occupied"], &closed.body["arrivals"], &closed.body["departures"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!((&closed.body["room_revenue"], &closed.body["total_revenue"]), (&eur("60.00"), &eur("64.00")));
    let night = hotel.manager.get(&format!("/v1/bookings/{}", day.id())).await.expect(200);
    assert_eq!(
        (&night.body["check_out"], &night.body["total"], &night.body["stays"][0]["is_day_use"]),
        (&json!("2026-12-02"), &eur("64.00"), &json!(false))
    );
    assert_eq!(occupancy(&hotel).await["rooms_sold"], 1);
    app.assert_consistent().await;
    let gone = act(&hotel.manager, &day, "check-out").await.expect(200);
    assert_eq!((&gone.body["status"], &gone.body["total"]), (&json!("checked_out"), &eur("64.00")));
    assert_eq!(occupancy(&hotel).await["rooms_sold"], 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_who_wanted_a_room_by_day_are_not_expected_until_morning() {
    let app = TestApp::new().await;
    let hotel = hotel(&app, json!({"open_arrivals": "expected_until_morning"})).await;
    let day = by_day(&hotel).await;
    let stay = day.body["stays"][0]["id"].clone();
    assert_eq!(preview(&hotel).await["arrivals"][0]["decision"], "no_show");
    app.set_clock("2026-12-02T02:00:00Z");
    let late = json!({"arrivals": [{"stay_id": stay, "decision": "expected_until_morning"}]});
    assert_eq!(run(&hotel, TODAY, late).await.expect(422).pointers(), ["/arrivals/0/decision"]);
    let closed = run(&hotel, TODAY, json!({})).await.expect(200);
    assert_eq!((&closed.body["no_shows"], &closed.body["late_arrivals"]), (&json!(1), &json!(0)));
    assert_eq!(business_date(&hotel).await, "2026-12-02");
    let missed = hotel.manager.get(&format!("/v1/bookings/{}", day.id())).await.expect(200);
    assert_eq!(
        (&missed.body["status"], &missed.body["check_out"], &missed.body["total"]),
        (&json!("no_show"), &json!(TODAY), &eur("60.00")),
        "the fee is the price"
    );
    let back = hotel.manager.post(&format!("/v1/bookings/{}/reinstate", day.id()), &json!({})).await.expect(409);
    assert_eq!(back.code(), "booking.too_late");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_that_is_sold_twice_a_day_is_occupied_once() {
    let app = TestApp::new().await;
    let hotel = hotel(&app, json!({})).await;
    let day = by_day(&hotel).await;
    act(&hotel.manager, &day, "check-in").await.expect(200);
    assert_eq!(occupancy(&hotel).await["rooms_sold"], 1, "while they are there");
    act(&hotel.manager, &day, "check-out").await.expect(200);
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    let evening = hotel.book(&hotel.manager, TODAY, "2026-12-02").await;
    act(&hotel.manager, &evening, "check-in").await.expect(200);
    app.set_clock("2026-12-02T02:00:00Z");
    let closed = run(&hotel, TODAY, json!({})).await.expect(200);
    assert_eq!(
        (&closed.body["rooms_occupied"], &closed.body["arrivals"], &closed.body["departures"], &closed.body["room_revenue"]),
        (&json!(1), &json!(2), &json!(1), &eur("160.00"))
    );
    let written = occupancy(&hotel).await;
    let counted = [&written["rooms_sold"], &written["arrivals"], &written["departures"], &written["rooms_available"]];
    assert_eq!(counted, [1, 2, 1, 1].map(Value::from).each_ref());
    assert_eq!((&written["occupancy"], &written["adr"]), (&json!("100.00"), &eur("160.00")), "what the day brought counts too");
    app.assert_consistent().await;
}
