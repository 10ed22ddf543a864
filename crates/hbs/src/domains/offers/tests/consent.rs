//! Consent: whatever becomes of an offer between a quote and a sale, no guest pays more without being asked.
use super::{OFFERS, cents, counted, offer, quote, request};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

const DATES: [&str; 2] = ["2026-12-10", "2026-12-13"];

async fn book_as_quoted(client: &Client, hotel: &Hotel, quoted: &Reply) -> Reply {
    book(client, &request(hotel, DATES, &json!({"quote": quoted.body["quote"]}))).await
}

/// A quote holds its price until it expires, whatever becomes of its offers: other terms, another window, an end.
#[tokio::test]
async fn a_quote_holds_its_price_whatever_becomes_of_the_offer() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let patches = [
        json!({"percent": "1"}),
        json!({"book_until": "2026-11-30"}),
        json!({"min_nights": 7}),
        json!({"channels": ["ota"]}),
        json!({"is_archived": true}),
    ];
    for (n, patch) in patches.iter().enumerate() {
        let code = format!("KEPT{n}");
        let by_code = (json!({"access": "code", "code": code}), json!({"code": code}));
        for (terms, asked) in [(json!({}), json!({})), by_code] {
            let made = offer(&hotel, terms).await;
            let quoted = quote(&guest, &hotel, DATES, asked).await.expect(200);
            assert_eq!(quoted.body["total"], eur("270.00"));
            let path = format!("{OFFERS}/{}", made.id());
            let changed = hotel.manager.patch(&path, "\"1\"", patch).await.expect(200);
            let booked = book_as_quoted(&guest, &hotel, &quoted).await.expect(201);
            assert_eq!(booked.body["total"], eur("270.00"), "{patch}");
            act(&hotel.manager, &booked, "cancel").await.expect(200);
            // It is archived, so that the next one is alone.
            hotel.manager.delete(&path, changed.header("etag")).await.expect(204);
        }
    }
    app.assert_consistent().await;
}

/// Unless nothing is left: then the quote is refused by name, nothing is booked, and once something is left again it holds.
#[tokio::test]
async fn a_quote_is_refused_by_name_where_nothing_is_left_of_its_offer() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    for (limit, condition) in [
        (json!({"max_redemptions": 1}), "redemptions"),
        (json!({"max_per_day": 1}), "per_day"),
        (json!({"budget": eur("30.00")}), "budget"),
    ] {
        let made = offer(&hotel, limit.clone()).await;
        let quoted = quote(&guest, &hotel, DATES, json!({})).await.expect(200);
        assert_eq!(quoted.body["total"], eur("270.00"), "{limit}");
        let first = book(&hotel.manager, &request(&hotel, DATES, &json!({}))).await.expect(201);
        assert_eq!(first.body["total"], eur("270.00"), "{limit}");
        let before = app.number("SELECT count(*) FROM bookings").await;
        let refused = book_as_quoted(&guest, &hotel, &quoted).await.expect(409);
        let told = &refused.body["conditions"][0];
        assert_eq!(
            json!([refused.code(), told["offer_id"], told["condition"]]),
            json!(["offers.exhausted", made.id(), condition]),
            "{limit}"
        );
        assert_eq!(app.number("SELECT count(*) FROM bookings").await, before, "{limit}");
        act(&hotel.manager, &first, "cancel").await.expect(200);
        let booked = book_as_quoted(&guest, &hotel, &quoted).await.expect(201);
        assert_eq!((&booked.body["total"], counted(&app, made.id()).await[1]), (&eur("270.00"), 1), "{limit}");
        act(&hotel.manager, &booked, "cancel").await.expect(200);
        let path = format!("{OFFERS}/{}", made.id());
        hotel.manager.patch(&path, "\"1\"", &json!({"is_archived": true})).await.expect(200);
    }
    app.assert_consistent().await;
}

/// Without a quote, the total that the guest was shown guards: whether the offer has ended, or nothing is left of it.
#[tokio::test]
async fn without_a_quote_a_dearer_price_is_told_before_anything_is_booked() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    for is_used_up in [false, true] {
        let made = offer(&hotel, json!({"max_redemptions": 1})).await;
        if is_used_up {
            book(&hotel.manager, &request(&hotel, DATES, &json!({}))).await.expect(201);
        } else {
            let path = format!("{OFFERS}/{}", made.id());
            hotel.manager.patch(&path, "\"1\"", &json!({"is_archived": true})).await.expect(200);
        }
        let expected = json!({"expected_total": eur("270.00")});
        let refused = book(&guest, &request(&hotel, DATES, &expected)).await.expect(409);
        assert_eq!((refused.code(), &refused.body["actual_total"]), ("booking.price_changed", &eur("300.00")));
        let agreed = json!({"expected_total": eur("300.00")});
        let booked = book(&guest, &request(&hotel, DATES, &agreed)).await.expect(201);
        assert_eq!(cents(&booked.body["total"]), 30_000);
        act(&hotel.manager, &booked, "cancel").await.expect(200);
    }
    app.assert_consistent().await;
}

/// A hold's redemption lapses with it, and a late confirmation takes rooms and redemption together: where either is gone, neither
/// is taken.
#[tokio::test]
async fn a_late_confirmation_takes_rooms_and_redemption_together_or_neither() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let made = offer(&hotel, json!({"max_redemptions": 1})).await;
    let held = book(manager, &request(&hotel, DATES, &json!({"hold_minutes": 5}))).await.expect(201);
    assert_eq!(counted(&app, made.id()).await, [1, 1, 3_000, 3_000]);
    app.move_clock("2026-12-01T12:06:00Z").await;
    assert_eq!(counted(&app, made.id()).await, [0, 0, 0, 0], "it lapsed with the hold");

    // The room is gone, something is left of the offer.
    let other = book(manager, &request(&hotel, DATES, &json!({"rooms": room_at(&hotel, "250.00")}))).await.expect(201);
    assert_eq!(act(manager, &held, "confirm").await.expect(409).code(), "booking.no_availability");
    assert_eq!(counted(&app, made.id()).await[1], 0, "the price that staff set is the price");
    act(manager, &other, "cancel").await.expect(200);

    // The room is free, nothing is left of the offer.
    let elsewhere = book(manager, &request(&hotel, ["2026-12-20", "2026-12-21"], &json!({}))).await.expect(201);
    assert_eq!(act(manager, &held, "confirm").await.expect(409).code(), "offers.exhausted");
    let nights =
        format!("SELECT count(*) FROM room_nights n JOIN stays s ON s.id = n.stay_id WHERE s.booking_id = '{}'", held.id());
    assert_eq!((app.number(&nights).await, counted(&app, made.id()).await[1]), (0, 1));

    act(manager, &elsewhere, "cancel").await.expect(200);
    let confirmed = act(manager, &held, "confirm").await.expect(200);
    assert_eq!((&confirmed.body["status"], &confirmed.body["total"]), (&json!("confirmed"), &eur("270.00")));
    assert_eq!((app.number(&nights).await, counted(&app, made.id()).await[1]), (3, 1));
    app.assert_consistent().await;
}

/// One double at a price that staff set.
fn room_at(hotel: &Hotel, nightly_price: &str) -> Value {
    json!([{"room_type_id": hotel.double, "adults": 2, "nightly_price": eur(nightly_price)}])
}
