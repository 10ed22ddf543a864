//! Nights that stay what they were, whatever has become of taxes, plans, types and ages since they were sold.
use super::{amend, read, standing, stay, terms, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

async fn a_tax(hotel: &Hotel, body: Value) -> Reply {
    hotel.manager.post("/v1/tax-rules", &with(body, "/property_id", json!(hotel.id))).await.expect(201)
}

async fn end(hotel: &Hotel, tax: &Reply) {
    let path = format!("/v1/tax-rules/{}", tax.id());
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    hotel.manager.delete(&path, &etag).await.expect(204);
}

async fn patch(hotel: &Hotel, path: String, body: Value) {
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    hotel.manager.patch(&path, &etag, &body).await.expect(200);
}

async fn patch_type(hotel: &Hotel, body: Value) {
    patch(hotel, format!("/v1/room-types/{}", hotel.double), body).await;
}

fn city(amount: &str, more: &Value) -> Value {
    let mut tax = json!({"name": "City", "kind": "per_person_night", "is_included": false, "amount": eur(amount)});
    tax.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    tax
}

async fn try_to_amend(client: &Client, booking: &Reply, body: &Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/amend?dry_run=true", booking.id()), body).await
}

/// What the guest pays for a stay after an amendment.
async fn total_after(client: &Client, booking: &Reply, body: Value) -> Value {
    amend(client, booking, &body).await.expect(200).body["booking"]["total"].clone()
}

async fn folio(client: &Client, booking: &Reply) -> Vec<(String, String, String)> {
    let mut lines = standing(client, booking).await;
    lines.sort();
    lines
}

fn line(kind: &str, amount: &str, name: &str) -> (String, String, String) {
    (kind.into(), amount.into(), name.into())
}

/// F11: a night that stays keeps its price and the taxes that it was sold with, also where their rule is gone.
#[tokio::test]
async fn a_night_keeps_its_taxes_when_their_rule_is_replaced() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let old = a_tax(&hotel, city("2.00", &json!({}))).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-18", "2026-12-21").await;
    assert_eq!(booking.body["total"], eur("312.00"));
    end(&hotel, &old).await;
    a_tax(&hotel, with(city("3.00", &json!({})), "/name", json!("City 2027"))).await;

    assert_eq!(total_after(&guest, &booking, json!({"check_out": "2026-12-20"})).await, eur("208.00"));
    let kept = [
        line("room", "94.34", "DBL"),
        line("room", "94.34", "DBL"),
        line("tax", "4.00", "City"),
        line("tax", "4.00", "City"),
        line("tax", "5.66", "IVA 6 %"),
        line("tax", "5.66", "IVA 6 %"),
    ];
    assert_eq!(folio(&guest, &booking).await, kept);
    // A night more is taxed as nights are by now: 100.00 and 6.00 of the new tax.
    assert_eq!(total_after(&guest, &booking, json!({"check_out": "2026-12-21"})).await, eur("314.00"));
    // Cancelled and taken back, it is what it was.
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    assert_eq!(act(&hotel.manager, &booking, "reinstate").await.expect(200).body["total"], eur("314.00"));
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_out": "2026-12-20"})).await, eur("208.00"));
    assert_eq!(folio(&guest, &booking).await, kept);
    // Sold anew, all of it is at today's prices and taxes.
    assert_eq!(total_after(&hotel.manager, &booking, json!({"reprice": true})).await, eur("212.00"));
    app.assert_consistent().await;
}

/// F12: a night that stays is not taxed anew by another rate, whether it was booked by a quote or without one.
#[tokio::test]
async fn a_night_keeps_its_taxes_when_their_rate_changes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", taxes: &[("VAT 10 %", "10")], ..HotelSpec::default() }).await;
    let taxes = app.rows(&format!("SELECT id FROM tax_rules WHERE property_id = '{}'", hotel.id)).await;
    let rule = format!("/v1/tax-rules/{}", taxes[0]["id"].as_str().expect("an id"));
    let guest = app.guest().await;
    let plain = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let wish = hotel.request("2026-12-14", "2026-12-16");
    let quote = app
        .anonymous()
        .post(
            "/v1/quotes",
            &json!({"property_id": hotel.id, "check_in": "2026-12-14",
        "check_out": "2026-12-16", "rooms": wish["rooms"]}),
        )
        .await
        .expect(200);
    patch(&hotel, rule.clone(), json!({"percent": "20"})).await;
    // The quote is redeemed after the change, and promises what it promised.
    let quoted = book(&guest, &with(wish, "/quote", quote.body["quote"].clone())).await.expect(201);
    for (booking, longer) in [(&plain, "2026-12-13"), (&quoted, "2026-12-17")] {
        assert_eq!(booking.body["total"], eur("220.00"));
        let told = try_to_amend(&guest, booking, &json!({"check_out": longer})).await.expect(200);
        assert_eq!((&told.body["difference"], &told.body["booking"]["total"]), (&eur("120.00"), &eur("340.00")));
        assert_eq!(total_after(&guest, booking, json!({"check_out": longer})).await, eur("340.00"));
    }
    // Whether the rule is in the price now or added to it, the nights that were sold are as they were; what is sold by now costs 100.00.
    patch(&hotel, rule, json!({"is_included": true})).await;
    assert_eq!(total_after(&guest, &plain, json!({"check_in": "2026-12-09"})).await, eur("440.00"));
    assert_eq!(total_after(&guest, &plain, json!({"check_in": "2026-12-11", "check_out": "2026-12-12"})).await, eur("110.00"));
    // Other guests are sold anew.
    let alone = json!({"stays": [{"stay_id": stay(&plain, 0)["id"], "adults": 1}]});
    assert_eq!(total_after(&guest, &plain, alone).await, eur("100.00"));
    app.assert_consistent().await;
}

/// A levy that bears value added tax falls on the first two nights, whichever these are.
#[tokio::test]
async fn the_tax_on_a_levy_comes_and_goes_with_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", taxes: &[("VAT 10 %", "10")], ..HotelSpec::default() }).await;
    a_tax(&hotel, city("2.00", &json!({"max_nights": 2, "vat_treatment": "levy_in_base"}))).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-13").await;
    // Twice 100.00, 4.00 and 10.40, and once 100.00 and 10.00.
    assert_eq!(booking.body["total"], eur("338.80"));
    assert_eq!(total_after(&guest, &booking, json!({"check_in": "2026-12-09"})).await, eur("448.80"));
    let charged = [
        [line("room", "100.00", "DBL"), line("room", "100.00", "DBL")],
        [line("room", "100.00", "DBL"), line("room", "100.00", "DBL")],
        [line("tax", "10.00", "VAT 10 %"), line("tax", "10.00", "VAT 10 %")],
        [line("tax", "10.40", "VAT 10 %"), line("tax", "10.40", "VAT 10 %")],
        [line("tax", "4.00", "City"), line("tax", "4.00", "City")],
    ];
    assert_eq!(folio(&guest, &booking).await, charged.concat());
    assert_eq!(total_after(&guest, &booking, json!({"check_in": "2026-12-10"})).await, eur("338.80"));
    app.assert_consistent().await;
}

/// Prices that staff set, and that were agreed with a group, are as little taken for others as those of a plan.
#[tokio::test]
async fn prices_set_by_staff_and_fees_are_kept_as_well() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let old = a_tax(&hotel, city("2.00", &json!({}))).await;
    let request = with(hotel.request("2026-12-01", "2026-12-05"), "/rooms/0/nightly_price", eur("80.00"));
    let booking = book(&hotel.manager, &request).await.expect(201);
    assert_eq!(booking.body["total"], eur("336.00"));
    end(&hotel, &old).await;
    a_tax(&hotel, city("5.00", &json!({}))).await;
    patch_type(&hotel, json!({"base_price": eur("300.00")})).await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-02T10:00:00Z");
    // A day less: three nights at 84.00; then early departure: one night stayed, and half of the two that are left.
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_out": "2026-12-04"})).await, eur("252.00"));
    let left = act(&hotel.manager, &booking, "check-out").await.expect(200);
    assert_eq!(left.body["total"], eur("168.00"));
    assert_eq!(act(&hotel.manager, &booking, "undo-check-out").await.expect(200).body["total"], eur("252.00"));
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_out": "2026-12-03"})).await, eur("168.00"));
    app.assert_consistent().await;
}

/// F12: only taxes that count nights move to others when nights come or go.
#[tokio::test]
async fn only_taxes_that_count_nights_move() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let capped = a_tax(&hotel, city("2.00", &json!({"max_nights": 2}))).await;
    let once = a_tax(&hotel, json!({"name": "Once", "kind": "per_stay", "is_included": true, "amount": eur("5.00")})).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-13").await;
    // Two nights with 4.00, and 5.00 of the first night's price are a tax.
    assert_eq!(booking.body["total"], eur("308.00"));
    for old in [&capped, &once] {
        end(&hotel, old).await;
    }
    a_tax(&hotel, city("3.00", &json!({"max_nights": 2}))).await;
    a_tax(&hotel, json!({"name": "Once more", "kind": "per_stay", "is_included": true, "amount": eur("7.00")})).await;
    a_tax(&hotel, json!({"name": "IVA 50 %", "percent": "50"})).await;

    // Without its first night the second and the third are the first two, under the rules by which they were sold.
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_in": "2026-12-11"})).await, eur("208.00"));
    let shorter = [
        line("room", "89.62", "DBL"),
        line("room", "94.34", "DBL"),
        line("tax", "4.00", "City"),
        line("tax", "4.00", "City"),
        line("tax", "5.00", "Once"),
        line("tax", "5.38", "IVA 6 %"),
        line("tax", "5.66", "IVA 6 %"),
    ];
    assert_eq!(folio(&hotel.manager, &booking).await, shorter);
    // A night before them is the first one now, and bears what a first night bears today: 100.00 with 7.00 in it, and 6.00 added.
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_in": "2026-12-10"})).await, eur("310.00"));
    let names = |lines: Vec<(String, String, String)>, name: &str| lines.iter().filter(|line| line.2 == name).count();
    let lines = folio(&hotel.manager, &booking).await;
    for (name, count) in [("City", 2), ("Once", 0), ("Once more", 1), ("IVA 6 %", 3), ("IVA 50 %", 1)] {
        assert_eq!(names(lines.clone(), name), count, "{name}: {lines:?}");
    }
    // And away with it: all is as it was.
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_in": "2026-12-11"})).await, eur("208.00"));
    assert_eq!(folio(&hotel.manager, &booking).await, shorter);
    app.assert_consistent().await;
}

/// A stay whose nights were sold at two times bears a tax since it was priced anew; then another of its nights becomes the first.
#[tokio::test]
async fn a_tax_that_a_stay_bears_since_it_was_priced_anew_moves_with_its_nights() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let dates = |from: &str, to: &str| json!({"check_in": from, "check_out": to});
    assert_eq!(total_after(&hotel.manager, &booking, dates("2026-12-09", "2026-12-13")).await, eur("400.00"));
    a_tax(&hotel, city("1.80", &json!({"max_nights": 1}))).await;
    assert_eq!(total_after(&hotel.manager, &booking, json!({"reprice": true})).await, eur("403.60"));
    assert_eq!(total_after(&hotel.manager, &booking, dates("2026-12-12", "2026-12-16")).await, eur("403.60"));
    app.assert_consistent().await;
}

/// Nights that were sold by two postings and priced anew together: only the first came to cost something else by that.
#[tokio::test]
async fn nights_that_were_priced_together_bear_a_tax_at_their_place() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let dates = |from: &str, to: &str| json!({"check_in": from, "check_out": to});
    let at = |hour: u32| app.set_clock(&format!("2026-12-01T{hour}:00:00Z"));
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    at(13);
    assert_eq!(total_after(&hotel.manager, &booking, dates("2026-12-09", "2026-12-12")).await, eur("300.00"));
    at(14);
    a_tax(&hotel, city("1.80", &json!({"max_nights": 1}))).await;
    at(15);
    assert_eq!(total_after(&hotel.manager, &booking, json!({"reprice": true})).await, eur("303.60"));
    assert_eq!(app.number("SELECT count(*) FROM stays WHERE priced_at IS NOT NULL").await, 1);
    at(16);
    assert_eq!(total_after(&hotel.manager, &booking, dates("2026-12-11", "2026-12-14")).await, eur("303.60"));
    app.assert_consistent().await;
}

/// Priced anew, a stay costs what it did, and still its nights are sold by today's rules from then on.
#[tokio::test]
async fn nights_that_cost_the_same_when_they_are_priced_anew_are_sold_then() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let dates = |from: &str, to: &str| json!({"check_in": from, "check_out": to});
    let at = |hour: u32| app.set_clock(&format!("2026-12-01T{hour}:00:00Z"));
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    at(13);
    a_tax(&hotel, city("1.80", &json!({"max_nights": 1}))).await;
    at(14);
    // A night before them is sold with the tax, and is the first.
    assert_eq!(total_after(&hotel.manager, &booking, dates("2026-12-09", "2026-12-12")).await, eur("303.60"));
    at(15);
    let anew = amend(&hotel.manager, &booking, &json!({"reprice": true})).await.expect(200);
    assert_eq!((&anew.body["booking"]["total"], &anew.body["entries"]), (&eur("303.60"), &json!([])));
    let again = amend(&hotel.manager, &booking, &json!({"reprice": true})).await.expect(200);
    assert_eq!(again.header("etag"), anew.header("etag"), "nothing changes by doing it twice");
    at(16);
    assert_eq!(total_after(&hotel.manager, &booking, dates("2026-12-10", "2026-12-12")).await, eur("203.60"));
    app.assert_consistent().await;
}

/// F13: capacities, ages and limits that were set later do not keep a stay from being shortened; what is changed is judged.
#[tokio::test]
async fn settings_that_came_later_do_not_lock_a_stay() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    patch_type(&hotel, json!({"max_adults": 3, "max_guests": 4})).await;
    let plan = hotel.plan(&app, "LESS", &[]).await;
    let derived = format!(
        "UPDATE rate_plans SET parent_id = (SELECT id FROM rate_plans WHERE property_id = '{0}' AND is_default),
             derivation_kind = 'percent', derivation_value = -100000 WHERE id = '{plan}';
         UPDATE rate_plan_room_types SET price_minor = NULL WHERE rate_plan_id = '{plan}'",
        hotel.id
    );
    app.sql(&derived).await;
    let request = hotel.request("2026-12-18", "2026-12-21");
    let request = with(with(request, "/rooms/0/adults", json!(3)), "/rooms/0/children_ages", json!([15]));
    let booking = book(&guest, &with(request, "/rooms/0/rate_plan_id", json!(plan))).await.expect(201);
    assert_eq!(booking.body["total"], eur("270.00"));
    patch_type(&hotel, json!({"max_adults": 2, "max_children": 0, "max_guests": 2})).await;
    patch(&hotel, format!("/v1/properties/{}", hotel.id), json!({"settings": {"max_child_age": 11, "max_nights": 1}})).await;
    app.sql(&format!("UPDATE rate_plans SET is_active = false, min_stay = 9 WHERE id = '{plan}'")).await;

    assert_eq!(total_after(&guest, &booking, json!({"check_out": "2026-12-20"})).await, eur("180.00"));
    let named = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "guest_name": "Rui", "adults": 3, "children_ages": [15]}]});
    assert_eq!(total_after(&guest, &booking, named).await, eur("180.00"));
    // What is changed is judged: more nights than the hotel sells, more guests, older children, another type.
    assert_eq!(amend(&guest, &booking, &json!({"check_out": "2026-12-21"})).await.expect(422).pointers(), ["/check_out"]);
    patch(&hotel, format!("/v1/properties/{}", hotel.id), json!({"settings": {"max_nights": 30}})).await;
    assert_eq!(
        total_after(&guest, &booking, json!({"check_out": "2026-12-21"})).await,
        eur("270.00"),
        "10 % less than the parent"
    );
    for (pointer, change) in [
        ("/stays/0/adults", json!({"adults": 4})),
        ("/stays/0/children_ages", json!({"children_ages": [15, 12]})),
        ("/stays/0/children_ages", json!({"children_ages": [14]})),
    ] {
        let body = json!({"stays": [with(change, "/stay_id", stay(&booking, 0)["id"].clone())]});
        assert_eq!(amend(&guest, &booking, &body).await.expect(422).pointers(), [pointer], "{body}");
    }
    let fewer = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "adults": 2, "children_ages": []}]});
    assert_eq!(total_after(&guest, &booking, fewer).await, eur("270.00"));
    // A room more is judged by itself, and what is cancelled comes back as it was.
    patch_type(&hotel, json!({"max_adults": 1, "max_guests": 1})).await;
    let more = json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1}]});
    assert_eq!(total_after(&hotel.manager, &booking, more).await, eur("570.00"));
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    assert_eq!(act(&hotel.manager, &booking, "reinstate").await.expect(200).body["total"], eur("570.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_minimum_that_came_later_holds_for_what_breaks_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.sql(&format!("UPDATE rate_plans SET min_stay = 4 WHERE id = '{plan}'")).await;
    for (check_out, status) in [("2026-12-11", 200), ("2026-12-13", 200), ("2026-12-14", 200), ("2026-12-13", 409)] {
        let reply = amend(&hotel.manager, &booking, &json!({"check_out": check_out})).await;
        assert_eq!(reply.status, status, "{check_out}: {}", reply.body);
    }
    let later = amend(&hotel.manager, &booking, &json!({"check_in": "2026-12-11"})).await.expect(409);
    assert_eq!((later.code(), &later.body["nights"][0]["reason"]), ("booking.restricted", &json!("min_stay")));
}

/// F14: an amendment that changes nothing is refused by the field that asks for it, and writes neither a version nor an event.
#[tokio::test]
async fn an_amendment_that_changes_nothing_writes_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let plan = hotel.default_plan(&app).await;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-03").await;
    let id = stay(&booking, 0)["id"].clone();
    let one = |field: &str, value: Value| json!({"stays": [with(json!({"stay_id": id}), &format!("/{field}"), value)]});
    let same = [
        ("/check_in", json!({"check_in": "2026-12-01"})),
        ("/check_out", json!({"check_out": "2026-12-03"})),
        ("/stays/0/check_in", one("check_in", json!("2026-12-01"))),
        ("/stays/0/check_out", one("check_out", json!("2026-12-03"))),
        ("/stays/0/adults", one("adults", json!(2))),
        ("/stays/0/children_ages", one("children_ages", json!([]))),
        ("/stays/0/guest_name", one("guest_name", Value::Null)),
        ("/stays/0/rate_plan_id", one("rate_plan_id", json!(plan))),
        ("/stays/0/room_type_id", one("room_type_id", json!(hotel.double))),
        ("/stays/0/nightly_price", one("nightly_price", eur("100.00"))),
        ("", json!({"reason": "none"})),
        ("", json!({})),
    ];
    let in_house =
        [("/check_in", json!({"check_in": "2026-12-02"})), ("/stays/0/check_in", one("check_in", json!("2026-12-02")))];
    let before = "SELECT count(*) FROM outbox";
    let refused = async |cases: &[(&str, Value)]| {
        let (events, was) = (app.number(before).await, read(manager, &booking).await);
        for (pointer, body) in cases {
            for path in ["amend", "amend?dry_run=true"] {
                let reply = manager.post(&format!("/v1/bookings/{}/{path}", booking.id()), body).await.expect(422);
                assert_eq!(reply.pointers(), [*pointer], "{path} {body}: {}", reply.body);
            }
        }
        let is = read(manager, &booking).await;
        assert_eq!((&is.body, is.header("etag"), app.number(before).await), (&was.body, was.header("etag"), events));
    };
    refused(&same).await;
    // Asked for today's prices, which are those that it has, it stays as it is.
    let (events, was) = (app.number(before).await, read(manager, &booking).await);
    let repriced = amend(manager, &booking, &json!({"reprice": true})).await.expect(200);
    assert_eq!((&repriced.body["booking"], &repriced.body["entries"]), (&was.body, &json!([])));
    assert_eq!((repriced.header("etag"), app.number(before).await), (was.header("etag"), events));
    act(manager, &booking, "check-in").await.expect(200);
    refused(&same).await;
    refused(&in_house).await;
    app.assert_consistent().await;
}

/// F15: an upgrade needs room for all guests, or an override with its permission and a reason.
#[tokio::test]
async fn a_room_of_another_type_takes_the_guests() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let suites = app.rows(&format!("SELECT id FROM rooms WHERE room_type_id = '{}'", hotel.suite)).await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/rooms/0/children_ages", json!([4]));
    let booking = book(manager, &request).await.expect(201);
    let small =
        |adults: i32, children: i32| json!({"max_adults": adults, "max_children": children, "max_guests": adults + children});
    let path = format!("/v1/bookings/{}/stays/{}/room", booking.id(), stay(&booking, 0)["id"].as_str().expect("an id"));
    let put = async |client: &Client, more: Value| {
        let mut body = json!({"room_id": suites[0]["id"], "upgrade": true});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        client.with("if-match", read(manager, &booking).await.header("etag")).put(&path, &body).await
    };
    for (adults, children) in [(1, 1), (2, 0)] {
        patch(&hotel, format!("/v1/room-types/{}", hotel.suite), small(adults, children)).await;
        let refused = put(manager, json!({})).await.expect(409);
        assert_eq!((refused.code(), refused.pointers()), ("booking.room_too_small", vec!["/room_id"]));
    }
    let meant = json!({"ignore_capacity": true, "reason": "the other rooms are flooded"});
    let clerk = app.staff(&["bookings:write", "bookings:read"], Some(&hotel.id)).await;
    assert_eq!(put(&clerk, meant.clone()).await.expect(403).body["permission"], "stays:override");
    assert_eq!(put(manager, json!({"ignore_capacity": true})).await.expect(422).pointers(), ["/reason"]);
    let put_there = put(manager, meant).await.expect(200);
    assert_eq!(stay(&put_there, 0)["room_id"], suites[0]["id"]);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'stay.moved'").await;
    assert_eq!(told[0]["changes"]["ignored_capacity"]["after"], true);
    assert_eq!(told[0]["changes"]["reason"], json!({"withheld": true}));
    // In the room that they are in by now there is no room for more, whatever was sold; back in what was sold there is.
    patch_type(&hotel, json!({"max_adults": 3, "max_guests": 4})).await;
    let more = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "adults": 3}]});
    assert_eq!(amend(manager, &booking, &more).await.expect(422).pointers(), ["/stays/0/adults"]);
    put(manager, json!({"room_id": hotel.rooms[0]})).await.expect(200);
    amend(manager, &booking, &more).await.expect(200);
    app.assert_consistent().await;
}

/// F11: lines from before they had terms get those that their rules had, and so do lines that an older process writes beside a
/// newer one.
#[tokio::test]
async fn lines_without_terms_get_those_that_their_rules_had() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let city = a_tax(&hotel, city("2.00", &json!({}))).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let rules = app.rows("SELECT id FROM tax_rules ORDER BY id").await;
    app.set_clock("2026-12-01T13:00:00Z");
    for change in [json!({"is_included": false, "percent": "20"}), json!({"percent": "30"})] {
        patch(&hotel, format!("/v1/tax-rules/{}", rules[0]["id"].as_str().expect("an id")), change).await;
        app.set_clock("2026-12-01T14:00:00Z");
    }
    end(&hotel, &city).await;
    let terms = "SELECT DISTINCT description, tax_included, tax_rate_ppm FROM folio_entries WHERE kind = 'tax' ORDER BY 1";
    let before = app.rows(terms).await;
    let expected = json!([
        {"description": "City", "tax_included": false, "tax_rate_ppm": null},
        {"description": "IVA 6 %", "tax_included": true, "tax_rate_ppm": 60_000},
    ]);
    assert_eq!(json!(before), expected);
    app.sql(concat!(
        "ALTER TABLE folio_entries DROP CONSTRAINT folio_entries_tax_terms;",
        "UPDATE folio_entries SET tax_included = NULL, tax_rate_ppm = NULL;",
        include_str!("../../../../../../migrations/2026-11-29-000031_tax_terms_of_old/up.sql"),
    ))
    .await;
    assert_eq!(json!(app.rows(terms).await), expected);
    assert_eq!(total_after(&hotel.manager, &booking, json!({"check_out": "2026-12-11"})).await, eur("104.00"));
    // An older process names no terms: its line has those of the rule as it is.
    app.sql(
        "INSERT INTO folio_entries (property_id, id, booking_id, stay_id, kind, service_date, amount_minor, description, tax_rule_id,
             created_at, updated_at, posting_id)
         SELECT property_id, gen_random_uuid(), booking_id, stay_id, kind, service_date, 0, 'Old', tax_rule_id, created_at, updated_at,
             posting_id FROM folio_entries WHERE description = 'IVA 6 %' LIMIT 1",
    )
    .await;
    let old = app.rows("SELECT tax_included, tax_rate_ppm FROM folio_entries WHERE description = 'Old'").await;
    assert_eq!(json!(old), json!([{"tax_included": false, "tax_rate_ppm": 300_000}]));
}
