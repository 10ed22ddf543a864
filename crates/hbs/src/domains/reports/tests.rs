use crate::every_route::{Call, Request};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act};
use serde_json::{Value, json};

async fn report(hotel: &Hotel, query: &str) -> Reply {
    hotel.manager.get(&format!("/v1/reports/stays?property_id={}&group=arrival_month{query}", hotel.id)).await
}

fn month(month: &str, [reservations, checked_out, nights_sold, cancellations, no_shows]: [i64; 5], revenue: &str) -> Value {
    json!({"month": month, "reservations": reservations, "checked_out": checked_out, "nights_sold": nights_sold,
           "room_revenue": {"amount": revenue, "currency": "EUR"}, "cancellations": cancellations, "no_shows": no_shows})
}

#[tokio::test]
async fn stays_are_counted_by_month_of_arrival() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    let stayed = hotel.book(&hotel.manager, "2026-12-30", "2027-01-02").await;
    let cancelled = hotel.book(&hotel.manager, "2026-12-30", "2027-01-02").await;
    let missing = hotel.book(&hotel.manager, "2026-12-31", "2027-01-03").await;
    let to_come = hotel.book(&hotel.manager, "2027-01-05", "2027-01-06").await;
    let mut two_rooms = hotel.request("2027-01-01", "2027-01-02");
    two_rooms["rooms"] = json!([{"room_type_id": hotel.double, "adults": 1, "nightly_price": {"amount": "80.00", "currency": "EUR"}},
                                {"room_type_id": hotel.double, "adults": 1}]);
    let two_rooms = hotel.manager.post("/v1/bookings", &two_rooms).await.expect(201);
    act(&hotel.manager, &cancelled, "cancel").await.expect(200);
    app.set_clock("2026-12-31T12:00:00Z");
    act(&hotel.manager, &stayed, "check-in").await.expect(200);
    act(&hotel.manager, &missing, "no-show").await.expect(200);
    app.set_clock("2027-01-01T12:00:00Z");
    act(&hotel.manager, &two_rooms, "check-in").await.expect(200);
    app.set_clock("2027-01-02T12:00:00Z");
    act(&hotel.manager, &two_rooms, "check-out").await.expect(200);
    act(&hotel.manager, &stayed, "check-out").await.expect(200);

    let december = month("2026-12", [3, 1, 3, 1, 1], "300.00");
    let january = month("2027-01", [3, 2, 2, 0, 0], "180.00");
    let whole = report(&hotel, "").await.expect(200);
    assert_eq!(
        whole.body,
        json!({"property_id": hotel.id, "group": "arrival_month", "items": [december, january]}),
        "without taxes"
    );
    assert_eq!(report(&hotel, "&from=2027-01-01").await.expect(200).body["items"], json!([january]));
    assert_eq!(report(&hotel, "&to=2026-12-31").await.expect(200).body["items"], json!([december]));
    assert_eq!(
        report(&hotel, "&from=2026-12-31&to=2026-12-31").await.expect(200).body["items"],
        json!([month("2026-12", [1, 0, 0, 0, 1], "0.00")])
    );
    assert_eq!(report(&hotel, "&from=2027-02-01").await.expect(200).body["items"], json!([]));
    assert_eq!(to_come.body["status"], "confirmed");
}

#[tokio::test]
async fn bad_input_is_pointed_at() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (query, pointer) in [("&from=yesterday", "/from"), ("&to=2026-02-30", "/to")] {
        assert_eq!(report(&hotel, query).await.expect(422).pointers(), [pointer]);
    }
    let reply = hotel.manager.get(&format!("/v1/reports/stays?property_id={}&group=weekday", hotel.id)).await.expect(422);
    assert_eq!(reply.pointers(), ["/group"]);
    for dates in ["&from=-9999-01-01", "&to=%2B99999-01-01"] {
        assert_eq!(report(&hotel, dates).await.expect(422).pointers().len(), 1, "{dates}");
    }
}

pub fn requests() -> Vec<Request> {
    vec![Request::new("stays_report", async |w| {
        w.booking().await;
        let by_month = Call::about(w.property().await).query("group", "arrival_month");
        by_month.query("from", "2026-01-01").query("to", "2026-12-31")
    })]
}
