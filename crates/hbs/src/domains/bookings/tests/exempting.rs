//! Stays that bear no taxes.
use super::{amend, read, stay};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn exempt(client: &Client, booking: &Reply, query: &str, body: &Value) -> Reply {
    let id = stay(booking, 0)["id"].as_str().expect("an id");
    client.post(&format!("/v1/bookings/{}/stays/{id}/tax-exemption{query}", booking.id()), body).await
}

async fn withdraw(client: &Client, booking: &Reply, query: &str, body: &Value) -> Reply {
    let id = stay(booking, 0)["id"].as_str().expect("an id");
    client.post(&format!("/v1/bookings/{}/stays/{id}/tax-exemption/withdraw{query}", booking.id()), body).await
}

/// An exemption as the booking shows it.
fn shown(body: &Value, until: Value, reason: Value) -> Value {
    let mut shown = body.clone();
    shown.as_object_mut().expect("an object").extend([("until".to_owned(), until), ("withdrawal_reason".to_owned(), reason)]);
    shown
}

#[tokio::test]
async fn an_exempt_stay_bears_no_taxes_from_a_date_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let city = city_tax(&hotel).await;
    let rules = manager.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let vat = rules.body["items"][0]["id"].clone();
    let parking =
        json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.60"), "posted": "per_night", "tax_rule_ids": [vat]});
    let parking = manager.post("/v1/extras", &parking).await.expect(201).id().to_owned();
    let mut request = hotel.request("2026-12-10", "2026-12-13");
    request["rooms"][0]["extras"] = json!([{"extra_id": parking}]);
    let booking = book(manager, &request).await.expect(201);
    assert_eq!(booking.body["total"], eur("337.80"));

    let body = json!({"from": "2026-12-11", "tax_rule_ids": [vat], "reason": "Diplomat", "reference": "MNE-2026-114"});
    // Of two nights, 5.66 and 0.60 each.
    let preview = exempt(manager, &booking, "?dry_run=true", &body).await.expect(200);
    assert_eq!(preview.body["total"], eur("325.28"));
    assert_eq!(read(manager, &booking).await.body["total"], eur("337.80"));
    let done = exempt(manager, &booking, "", &body).await.expect(200);
    assert_eq!((&done.body["total"], &done.body["balance"], done.header("etag")), (&eur("325.28"), &eur("325.28"), "\"2\""));
    assert_eq!(stay(&done, 0)["total"], eur("294.68"));
    assert_eq!(stay(&done, 0)["tax_exemption"], shown(&body, Value::Null, Value::Null));
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.tax_exempted'").await;
    assert_eq!(told[0]["changes"]["reason"], json!({"withheld": true}));
    assert_eq!(told[0]["changes"]["exempt_from"]["after"], "2026-12-11");
    assert_eq!(exempt(manager, &booking, "", &body).await.expect(409).code(), "booking.exempt_already");

    // What comes later is without as well, and the city tax is borne all the same.
    let longer = amend(manager, &booking, &json!({"check_out": "2026-12-14"})).await.expect(200);
    assert_eq!(longer.body["difference"], eur("106.34"));
    let shorter = amend(manager, &booking, &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(shorter.body["difference"], eur("-106.34"));
    let stay_id = stay(&booking, 0)["id"].as_str().expect("an id").to_owned();
    let extras = format!("/v1/bookings/{}/stays/{stay_id}/extras", booking.id());
    let more = manager.post(&extras, &json!({"extra_id": parking})).await.expect(200);
    assert_eq!(more.body["total"], eur("355.88"), "10.60, and twice 10.00");
    // Each part of a split stay is exempt.
    let split = format!("/v1/bookings/{}/stays/{stay_id}/split", booking.id());
    let parts = manager.post(&split, &json!({"night": "2026-12-12"})).await.expect(200);
    assert_eq!(stay(&parts, 1)["tax_exemption"], shown(&body, Value::Null, Value::Null));
    let second = stay(&parts, 1)["id"].clone();
    let longer = json!({"stays": [{"stay_id": second, "check_out": "2026-12-14"}]});
    let longer = amend(manager, &booking, &longer).await.expect(200);
    assert_eq!(longer.body["difference"], eur("116.34"));
    act(manager, &booking, "cancel").await.expect(200);
    let back = act(manager, &booking, "reinstate").await.expect(200);
    assert_eq!(back.body["total"], eur("472.22"), "what was taken off is off");
    assert!(!city.is_empty());
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_exemption_is_granted_to_stays_to_come_by_those_who_may() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-04").await;
    let body = json!({"from": "2026-12-01", "reason": "Diplomat", "reference": "MNE-1"});
    for (field, value, pointer) in [
        ("from", json!("2026-12-04"), "/from"),
        ("tax_rule_ids", json!([uuid::Uuid::nil()]), "/tax_rule_ids/0"),
        ("tax_rule_ids", json!([]), "/tax_rule_ids"),
        ("reason", json!(""), "/reason"),
        ("reference", json!(""), "/reference"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value.clone();
        assert_eq!(exempt(&hotel.manager, &booking, "", &wrong).await.expect(422).pointers(), [pointer], "{field} {value}");
    }
    exempt(&guest, &booking, "", &body).await.expect(403);
    // Guests in the house have borne the taxes of the first night.
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-02T12:00:00Z");
    let done = exempt(&hotel.manager, &booking, "", &body).await.expect(200);
    assert_eq!(done.body["total"], eur("288.68"));
    assert_eq!(stay(&read(&guest, &booking).await, 0)["tax_exemption"], Value::Null, "it is noted for staff");
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    let other = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    act(&hotel.manager, &other, "cancel").await.expect(200);
    assert_eq!(exempt(&hotel.manager, &other, "", &body).await.expect(409).code(), "booking.not_amendable");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_withdrawn_exemption_leaves_the_taxes_of_nights_to_come_as_they_were() {
    let app = TestApp::new().await;
    let taxes = &[("IVA 6 %", "6"), ("Tourism 1.5 %", "1.5")];
    let hotel = app.hotel(HotelSpec { taxes, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let rules = manager.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let vat = rules.body["items"][0]["id"].clone();
    let parking =
        json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.60"), "posted": "per_night", "tax_rule_ids": [vat]});
    let parking = manager.post("/v1/extras", &parking).await.expect(201).id().to_owned();
    let mut request = hotel.request("2026-12-01", "2026-12-04");
    request["rooms"][0]["extras"] = json!([{"extra_id": parking}]);
    let booking = book(manager, &request).await.expect(201);
    let (total, of_stay) = (booking.body["total"].clone(), stay(&booking, 0)["total"].clone());
    assert_eq!((&total, &of_stay), (&eur("331.80"), &eur("300.00")));
    assert_eq!(
        withdraw(manager, &booking, "", &json!({"from": "2026-12-01", "reason": "None"})).await.expect(409).code(),
        "booking.not_exempt"
    );

    // Exempt from all of it and withdrawn before it begins, the stay is what it was to the cent.
    let body = json!({"from": "2026-12-02", "tax_rule_ids": null, "reason": "Diplomat", "reference": "MNE-2026-114"});
    let exempted = exempt(manager, &booking, "", &body).await.expect(200);
    assert_ne!(exempted.body["total"], total);
    let wrong = json!({"from": "2026-12-01", "reason": "Of another person"});
    let preview = withdraw(manager, &booking, "?dry_run=true", &wrong).await.expect(200);
    assert_eq!(read(manager, &booking).await.body["total"], exempted.body["total"]);
    let withdrawn = withdraw(manager, &booking, "", &wrong).await.expect(200);
    assert_eq!((&withdrawn.body["total"], &stay(&withdrawn, 0)["total"]), (&total, &of_stay));
    assert_eq!(preview.body, withdrawn.body);
    let until = shown(&body, json!("2026-12-02"), json!("Of another person"));
    assert_eq!(stay(&withdrawn, 0)["tax_exemption"], until);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.tax_exemption_withdrawn'").await;
    assert_eq!(told[0]["changes"]["exempt_until"]["after"], "2026-12-02");
    assert_eq!(told[0]["changes"]["reason"], json!({"withheld": true}));
    assert_eq!(told[0]["changes"]["total"]["after"], total);
    assert_eq!(withdraw(manager, &booking, "", &wrong).await.expect(409).code(), "booking.not_exempt");

    // Nothing of it is left, so another can be granted; a night that was sold without taxes gets them when it is withdrawn.
    let body = json!({"from": "2026-12-02", "tax_rule_ids": [vat], "reason": "Diplomat", "reference": "MNE-2026-115"});
    let again = exempt(manager, &booking, "", &body).await.expect(200);
    assert_eq!(stay(&again, 0)["tax_exemption"], shown(&body, Value::Null, Value::Null));
    amend(manager, &booking, &json!({"check_out": "2026-12-05"})).await.expect(200);
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T12:00:00Z");
    for (from, reason, pointer) in
        [("2026-12-02", "Late", "/from"), ("2026-12-05", "Late", "/from"), ("2026-12-03", "", "/reason")]
    {
        let wrong = json!({"from": from, "reason": reason});
        assert_eq!(withdraw(manager, &booking, "", &wrong).await.expect(422).pointers(), [pointer], "{wrong}");
    }
    let late = json!({"from": "2026-12-03", "reason": "Of another person"});
    let withdrawn = withdraw(manager, &booking, "", &late).await.expect(200);
    // Four nights at 110.60 with all taxes; the second night stays without 6 % of 93.02 and of 10.00.
    assert_eq!(withdrawn.body["total"], eur("436.22"));
    assert_eq!(stay(&withdrawn, 0)["tax_exemption"]["until"], "2026-12-03");
    let after = amend(manager, &booking, &json!({"check_out": "2026-12-06"})).await.expect(200);
    assert_eq!(after.body["difference"], eur("110.60"), "what comes later bears them");
    withdraw(&app.guest().await, &booking, "", &late).await.expect(403);
    app.assert_consistent().await;
}

/// Nights that were relieved of a tax in their price were sold before: a rule that was made meanwhile does not come to them.
#[tokio::test]
async fn a_stay_that_was_exempt_bears_again_what_it_was_sold_with_and_nothing_else() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-10", "2026-12-12").await;
    city_tax(&hotel).await;
    let body = json!({"from": "2026-12-10", "tax_rule_ids": null, "reason": "Diplomat", "reference": "MNE-2026-116"});
    assert_eq!(exempt(manager, &booking, "", &body).await.expect(200).body["total"], eur("188.68"));
    let again = json!({"from": "2026-12-10", "reason": "Of another person"});
    assert_eq!(withdraw(manager, &booking, "", &again).await.expect(200).body["total"], eur("200.00"));
    app.assert_consistent().await;
}

/// Nights that an amendment sold anew for what they cost bear what there was by then: a tax of that time comes back as well.
#[tokio::test]
async fn a_stay_that_was_exempt_bears_again_what_an_amendment_brought() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-10", "2026-12-12").await;
    let city = city_tax(&hotel).await;
    let alone = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "adults": 1}]});
    assert_eq!(amend(manager, &booking, &alone).await.expect(200).body["difference"], eur("4.00"), "the room costs what it did");
    let body = json!({"from": "2026-12-10", "tax_rule_ids": [city], "reason": "Diplomat", "reference": "MNE-2026-117"});
    assert_eq!(exempt(manager, &booking, "", &body).await.expect(200).body["total"], eur("200.00"));
    let again = json!({"from": "2026-12-10", "reason": "Of another person"});
    assert_eq!(withdraw(manager, &booking, "", &again).await.expect(200).body["total"], eur("204.00"));
    app.assert_consistent().await;
}

/// A tax of 2.00 a night, beside the price.
async fn city_tax(hotel: &Hotel) -> String {
    let city = json!({"property_id": hotel.id, "name": "City", "kind": "per_night", "amount": eur("2.00"), "is_included": false});
    hotel.manager.post("/v1/tax-rules", &city).await.expect(201).id().to_owned()
}

/// A levy that is part of what bears value added tax, of 4.00 a night.
async fn levy(hotel: &Hotel) -> String {
    let levy = json!({"property_id": hotel.id, "name": "City", "kind": "per_night", "amount": eur("4.00"), "is_included": false,
                      "vat_treatment": "levy_in_base"});
    hotel.manager.post("/v1/tax-rules", &levy).await.expect(201).id().to_owned()
}

/// The invoice of all that a booking owes.
async fn invoice(hotel: &Hotel, booking: &Reply) -> Value {
    let body = json!({"folio_id": booking.id(), "kind": "invoice"});
    hotel.manager.post("/v1/invoices", &body).await.expect(201).body
}

#[tokio::test]
async fn who_does_not_bear_a_levy_does_not_bear_the_tax_on_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", taxes: &[("VAT 10 %", "10")], ..HotelSpec::default() }).await;
    let (manager, levy) = (&hotel.manager, levy(&hotel).await);
    let booking = hotel.book(manager, "2026-12-10", "2026-12-13").await;
    // Three times 100.00, 4.00, and 10 % of both.
    assert_eq!(booking.body["total"], eur("343.20"));
    let body = json!({"from": "2026-12-11", "tax_rule_ids": [levy], "reason": "Diplomat", "reference": "MNE-1"});
    let preview = exempt(manager, &booking, "?dry_run=true", &body).await.expect(200);
    let done = exempt(manager, &booking, "", &body).await.expect(200);
    // Two nights without 4.00 and 0.40.
    assert_eq!((&preview.body["total"], &done.body["total"]), (&eur("334.40"), &eur("334.40")));
    assert_eq!(stay(&done, 0)["total"], eur("334.40"));
    // A night that comes is without them as well, and goes as it came.
    let longer = amend(manager, &booking, &json!({"check_out": "2026-12-14"})).await.expect(200);
    assert_eq!(longer.body["difference"], eur("110.00"));
    // From the twelfth on it bears them again: as it bore them, and as it would have.
    let again = json!({"from": "2026-12-12", "reason": "Of another person"});
    let withdrawn = withdraw(manager, &booking, "", &again).await.expect(200);
    assert_eq!(withdrawn.body["total"], eur("453.20"), "three times 114.40, and 110.00");
    let charged = "SELECT service_date::text AS night, sum(amount_minor)::bigint AS vat FROM folio_entries
                   WHERE description = 'VAT 10 %' GROUP BY 1 ORDER BY 1";
    let vat = |night: &str, vat: i64| json!({"night": night, "vat": vat});
    let expected = [vat("2026-12-10", 1_040), vat("2026-12-11", 1_000), vat("2026-12-12", 1_040), vat("2026-12-13", 1_040)];
    assert_eq!(app.rows(charged).await, expected);
    let invoice = invoice(&hotel, &booking).await;
    assert_eq!((&invoice["total"], &invoice["tax"]), (&eur("453.20"), &eur("41.20")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_net_price_of_an_exempt_stay_is_that_of_any_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let (manager, levy) = (&hotel.manager, levy(&hotel).await);
    let booking = hotel.book(manager, "2026-12-10", "2026-12-13").await;
    // 94.11 for the room, 4.00 for the city, and 5.89 on both.
    assert_eq!(booking.body["total"], eur("312.00"));
    let of_net = "SELECT sum(amount_minor) FROM folio_entries WHERE kind = 'room'";
    assert_eq!(app.number(of_net).await, 28_233);
    let from_arrival = json!({"from": "2026-12-10", "reason": "Of another person"});
    // 6 % of 94.11 are 5.65; without any tax the net price is left.
    for (rules, total) in [(json!([levy]), "299.28"), (Value::Null, "282.33")] {
        let body = json!({"from": "2026-12-10", "tax_rule_ids": rules, "reason": "Diplomat", "reference": "MNE-1"});
        assert_eq!(exempt(manager, &booking, "", &body).await.expect(200).body["total"], eur(total));
        assert_eq!(app.number(of_net).await, 28_233);
        // Guests who come a day later are as exempt, and back again as well.
        for date in ["2026-12-11", "2026-12-10"] {
            amend(manager, &booking, &json!({"check_in": date})).await.expect(200);
        }
        assert_eq!(read(manager, &booking).await.body["total"], eur(total));
        let withdrawn = withdraw(manager, &booking, "", &from_arrival).await.expect(200);
        assert_eq!(withdrawn.body["total"], eur("312.00"), "to the cent");
    }
    let body = json!({"from": "2026-12-10", "tax_rule_ids": [levy], "reason": "Diplomat", "reference": "MNE-1"});
    exempt(manager, &booking, "", &body).await.expect(200);
    let invoice = invoice(&hotel, &booking).await;
    assert_eq!((&invoice["total"], &invoice["net"], &invoice["tax"]), (&eur("299.28"), &eur("282.34"), &eur("16.94")));
    app.assert_consistent().await;
}

/// What is sold to an account with an exemption is quoted, charged, and changed later without these taxes.
#[tokio::test]
async fn stays_of_an_exempt_account_bear_no_taxes_for_as_long_as_it_is() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let rules = manager.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let vat = rules.body["items"][0]["id"].clone();
    let parking =
        json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.60"), "posted": "per_night", "tax_rule_ids": [vat]});
    let parking = manager.post("/v1/extras", &parking).await.expect(201).id().to_owned();
    let embassy = json!({"property_id": hotel.id, "kind": "company", "name": "Embassy"});
    let embassy = manager.post("/v1/accounts", &embassy).await.expect(201);
    assert_eq!(embassy.body["tax_exemption"], Value::Null);
    let path = format!("/v1/accounts/{}", embassy.id());
    let terms =
        json!({"from": "2026-12-11", "until": "2026-12-12", "tax_rule_ids": [vat], "reason": "Embassy", "reference": "MNE-1"});

    let clerk = app.staff(&["accounts:read", "accounts:write"], Some(&hotel.id)).await;
    clerk.patch(&path, "\"1\"", &json!({"tax_exemption": terms})).await.expect(403);
    for (field, value, pointer) in [
        ("until", json!("2026-12-11"), "/tax_exemption/until"),
        ("tax_rule_ids", json!([uuid::Uuid::nil()]), "/tax_exemption/tax_rule_ids/0"),
        ("reason", json!(""), "/tax_exemption/reason"),
        ("reference", json!(""), "/tax_exemption/reference"),
    ] {
        let mut wrong = terms.clone();
        wrong[field] = value;
        let refused = manager.patch(&path, "\"1\"", &json!({"tax_exemption": wrong})).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{field}");
    }
    let set = manager.patch(&path, "\"1\"", &json!({"tax_exemption": terms})).await.expect(200);
    assert_eq!(set.body["tax_exemption"], terms);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'account.updated'").await;
    assert_eq!(told[0]["changes"]["tax_exemption"], json!({"withheld": true}));

    // Three nights at 110.60; the second without 5.66 and 0.60.
    let with_parking = |dates: [&str; 2]| {
        let mut request = hotel.request(dates[0], dates[1]);
        request["rooms"][0]["extras"] = json!([{"extra_id": parking}]);
        request
    };
    let plain = with_parking(["2026-12-10", "2026-12-13"]);
    let mut exempt = plain.clone();
    exempt["account_id"] = embassy.body["id"].clone();
    let quote = async |client: &Client, request: &Value| {
        let mut asked = request.clone();
        asked.as_object_mut().expect("an object").remove("contact");
        client.post("/v1/quotes", &asked).await
    };
    assert_eq!(quote(&app.anonymous(), &exempt).await.expect(422).pointers(), ["/account_id"]);
    let bears = quote(manager, &plain).await.expect(200);
    let bears_not = quote(manager, &exempt).await.expect(200);
    assert_eq!((&bears.body["total"], &bears_not.body["total"]), (&eur("331.80"), &eur("325.54")));
    let night = &bears_not.body["rooms"][0]["nightly"][1];
    let off = night["lines"].as_array().and_then(|lines| lines.last()).expect("a line");
    assert_eq!((&night["price"], &off["kind"], &off["amount"]), (&eur("94.34"), &json!("tax_exemption"), &eur("-5.66")));
    // A quote is for whom it was made.
    for (request, quote) in [(&exempt, &bears), (&plain, &bears_not)] {
        let mut other = request.clone();
        other["quote"] = quote.body["quote"].clone();
        assert_eq!(book(manager, &other).await.expect(422).pointers(), ["/quote"]);
    }
    let mut quoted = exempt.clone();
    quoted["quote"] = bears_not.body["quote"].clone();
    for request in [&exempt, &quoted] {
        let booking = book(manager, request).await.expect(201);
        assert_eq!((&booking.body["total"], &booking.body["balance"]), (&eur("325.54"), &eur("325.54")));
        let shown = shown(&terms, terms["until"].clone(), Value::Null);
        assert_eq!(stay(&booking, 0)["tax_exemption"], shown);
        assert_eq!(read(manager, &booking).await.body, booking.body);
        let charged = format!(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM folio_entries WHERE booking_id = '{}' AND kind = 'tax' \
             AND service_date = '2026-12-11'",
            booking.id()
        );
        assert_eq!(app.number(&charged).await, 0);
        let longer = amend(manager, &booking, &json!({"check_out": "2026-12-14"})).await.expect(200);
        assert_eq!(longer.body["difference"], eur("110.60"), "it has ended by then");
        act(manager, &booking, "cancel").await.expect(200);
    }

    // A room that is added is the account's, too; what is sold for other nights, or once it has ended, is not exempt.
    let mut own = hotel.request("2026-12-11", "2026-12-12");
    own["account_id"] = embassy.body["id"].clone();
    let booking = book(manager, &own).await.expect(201);
    assert_eq!(booking.body["total"], eur("94.34"));
    let more = json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 2}]});
    assert_eq!(amend(manager, &booking, &more).await.expect(200).body["difference"], eur("94.34"));
    let both = read(manager, &booking).await;
    assert_eq!(stay(&both, 1)["tax_exemption"], stay(&both, 0)["tax_exemption"]);
    let mut later = hotel.request("2026-12-20", "2026-12-21");
    later["account_id"] = embassy.body["id"].clone();
    let later = book(manager, &later).await.expect(201);
    assert_eq!((&later.body["total"], &stay(&later, 0)["tax_exemption"]), (&eur("100.00"), &Value::Null));
    let ended = manager.patch(&path, "\"2\"", &json!({"tax_exemption": null})).await.expect(200);
    assert_eq!(ended.body["tax_exemption"], Value::Null);
    assert_eq!(book(manager, &own).await.expect(201).body["total"], eur("100.00"));
    assert_eq!(read(manager, &booking).await.body["total"], eur("188.68"), "what was sold stays as it was");
    app.assert_consistent().await;
}

/// Who is exempt from a levy that bears value added tax is quoted and sold a price without that tax on it.
#[tokio::test]
async fn an_account_that_bears_no_levy_bears_no_tax_on_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", taxes: &[("VAT 10 %", "10")], ..HotelSpec::default() }).await;
    let (manager, levy) = (&hotel.manager, levy(&hotel).await);
    let embassy = json!({"property_id": hotel.id, "kind": "company", "name": "Embassy"});
    let embassy = manager.post("/v1/accounts", &embassy).await.expect(201);
    let terms = json!({"from": "2026-12-01", "until": null, "tax_rule_ids": [levy], "reason": "Embassy", "reference": "MNE-1"});
    manager.patch(&format!("/v1/accounts/{}", embassy.id()), "\"1\"", &json!({"tax_exemption": terms})).await.expect(200);
    let mut request = hotel.request("2026-12-10", "2026-12-13");
    request["account_id"] = embassy.body["id"].clone();
    let booking = book(manager, &request).await.expect(201);
    assert_eq!((&booking.body["total"], &booking.body["balance"]), (&eur("330.00"), &eur("330.00")));

    request.as_object_mut().expect("an object").remove("contact");
    let quote = manager.post("/v1/quotes", &request).await.expect(200);
    assert_eq!(quote.body["total"], eur("330.00"));
    let night = &quote.body["rooms"][0]["nightly"][0];
    let off: Vec<&str> = night["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .filter(|line| line["kind"] == "tax_exemption")
        .map(|line| line["amount"]["amount"].as_str().expect("an amount"))
        .collect();
    assert_eq!(night["price"], eur("110.00"));
    assert_eq!(BTreeSet::from_iter(off), BTreeSet::from(["-0.40", "-4.00"]));
    app.assert_consistent().await;
}

/// A guest who is exempt pays without taxes where staff name the profile, or one that was merged into it, and no account pays.
#[tokio::test]
async fn stays_of_an_exempt_guest_bear_no_taxes_where_the_guest_pays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 8, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let make = async |name: &str, email: &str| {
        let guest = json!({"property_id": hotel.id, "full_name": name, "email": email});
        manager.post("/v1/guests", &guest).await.expect(201)
    };
    let (diplomat, double) = (make("Ana Sousa", "ana@embassy.example").await, make("A. Sousa", "ana@home.example").await);
    let company = json!({"property_id": hotel.id, "kind": "company", "name": "Exemplo, Lda."});
    let company = manager.post("/v1/accounts", &company).await.expect(201);
    let path = format!("/v1/guests/{}", diplomat.id());
    let terms = json!({"from": "2026-12-01", "until": null, "tax_rule_ids": null, "reason": "Diplomat", "reference": "MNE-2"});
    let clerk = app.staff(&["guests:read", "guests:write"], Some(&hotel.id)).await;
    clerk.patch(&path, "\"1\"", &json!({"tax_exemption": terms})).await.expect(403);
    let set = manager.patch(&path, "\"1\"", &json!({"tax_exemption": terms})).await.expect(200);
    assert_eq!(set.body["tax_exemption"], terms);
    manager.post(&format!("{path}/merge"), &json!({"merged_id": double.id()})).await.expect(200);

    let request = |named: &Value| {
        let mut request = hotel.request("2026-12-10", "2026-12-11");
        request.as_object_mut().expect("an object").extend(named.as_object().expect("an object").clone());
        request
    };
    for named in [json!({"guest_id": diplomat.id()}), json!({"guest_id": double.id()})] {
        let mut asked = request(&named);
        asked.as_object_mut().expect("an object").remove("contact");
        let quote = manager.post("/v1/quotes", &asked).await.expect(200);
        assert_eq!(quote.body["total"], eur("94.34"));
        let mut quoted = request(&named);
        quoted["quote"] = quote.body["quote"].clone();
        for request in [request(&named), quoted] {
            let booking = book(manager, &request).await.expect(201);
            assert_eq!((&booking.body["total"], &booking.body["balance"]), (&eur("94.34"), &eur("94.34")));
            assert_eq!(stay(&booking, 0)["tax_exemption"]["reference"], "MNE-2");
        }
    }
    for named in [json!({}), json!({"guest_id": diplomat.id(), "account_id": company.id()})] {
        let booking = book(manager, &request(&named)).await.expect(201);
        assert_eq!((&booking.body["total"], &stay(&booking, 0)["tax_exemption"]), (&eur("100.00"), &Value::Null));
    }
    let booking = book(manager, &request(&json!({"guest_id": diplomat.id()}))).await.expect(201);
    let more = json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 2}]});
    assert_eq!(amend(manager, &booking, &more).await.expect(200).body["difference"], eur("94.34"));
    app.assert_consistent().await;
}
